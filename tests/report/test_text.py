from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec.structs import astuple, replace

from migrator.api import Input, convert
from migrator.findings.base import Severity
from migrator.findings.policy import Shorthand
from migrator.findings.requests import HeaderLost
from migrator.findings.strategies import StrategyNotEvaluated
from migrator.merge.model import Migration
from migrator.report.options import COLOURED, ReportOptions
from migrator.report.text import text_report
from migrator.spans import columns_of
from migrator.tree.load import load
from migrator.tree.nodes import to_python
from tests.report import sample
from tests.report.conftest import Named

if TYPE_CHECKING:
    from syrupy.assertion import SnapshotAssertion


def test_a_whole_run_reads_like_this(migration: Migration, snapshot: SnapshotAssertion) -> None:
    assert text_report(migration) == snapshot


def test_a_narrow_terminal_gets_narrow_lines(migration: Migration, snapshot: SnapshotAssertion) -> None:
    assert text_report(migration, ReportOptions(width=60)) == snapshot


@pytest.mark.parametrize("width", [40, 60, 80, 100, 200])
def test_no_excerpt_is_wider_than_the_terminal(migration: Migration, width: int) -> None:
    excerpts = [
        line for line in text_report(migration, ReportOptions(width=width)).splitlines() if " | " in line
    ]
    assert excerpts
    assert all(columns_of(line) <= width for line in excerpts)


def test_nothing_is_said_about_what_is_fine(fine: Migration, snapshot: SnapshotAssertion) -> None:
    assert text_report(fine) == snapshot


def test_a_run_without_the_action_says_that_there_is_nothing_to_do(
    idle: Migration, snapshot: SnapshotAssertion
) -> None:
    assert text_report(idle) == snapshot


def test_the_same_finding_at_many_places_stands_once(migration: Migration) -> None:
    places = [replace(sample.at(sample.CHAT, "deny"), path=sample.CHAT)]
    places += [
        replace(places[0], span=places[0].span._replace(line=line, end_line=line)) for line in range(20, 40)
    ]
    run = replace(migration, findings=tuple(Shorthand(at=place) for place in places))
    report = text_report(run)
    assert report.count("P001") == 1
    assert "21 times, at lines 10, 20, 21, 22, 23, 24, 25, 26, 27, 28 and 11 more" in report


def test_one_line_with_a_finding_twice_is_one_line() -> None:
    policy = b"""on_http_request: [{type: ai-gateway, config: {providers: [
      {id: openai, api_keys: [{value: sk-made-up-000001}, {value: sk-made-up-000002}]}]}}]
"""
    text = text_report(convert([Input("p.yaml", "p", policy)]).migration)
    assert "2 times, at line 2\n" in text


@pytest.mark.parametrize(
    "fail_on,line",
    [
        (Severity.ERROR, "5 findings of severity error or above: the run fails (--fail-on error)."),
        (Severity.WARNING, "11 findings of severity warning or above: the run fails (--fail-on warning)."),
        (None, "Findings do not fail this run (--fail-on never)."),
    ],
)
def test_the_last_line_tells_the_exit_code(migration: Migration, fail_on: Severity | None, line: str) -> None:
    assert text_report(migration, ReportOptions(fail_on=fail_on)).splitlines()[-1] == line


def test_below_the_threshold_the_run_does_not_fail(fine: Migration) -> None:
    last = text_report(fine, ReportOptions(fail_on=Severity.WARNING)).splitlines()[-1]
    assert last == "No finding of severity warning or above (--fail-on warning)."


def test_colours_change_nothing_but_colours(migration: Migration) -> None:
    coloured = text_report(migration, ReportOptions(style=COLOURED))
    assert "\x1b[1;31merror T602\x1b[0m" in coloured
    plain = coloured
    for sequence in {*astuple(COLOURED), "\x1b[0m"}:
        plain = plain.replace(sequence, "")
    assert plain == text_report(migration)


def test_the_answers_are_a_file_that_can_be_read(migration: Migration) -> None:
    lines = text_report(migration).splitlines()
    begin = lines.index("    decisions:")
    end = lines.index("", begin)
    document = load("\n".join(lines[begin:end])).documents[0].root
    assert document is not None
    assert to_python(document) == {
        "decisions": {
            "account-setting:perRequestTimeout": "leave",
            "who-pays:chat.example.com:anthropic": "ngrok",
        }
    }


@pytest.mark.parametrize(
    "text",
    [
        "\x1b[2J\x1b]0;title\x07",
        "two\nlines",
        "a\r\nb",
        "right\u202eto\u2066left",
        "half \udcff pair",
        "x" * 10_000,
        "",
        "\x85\u2028\x00",
    ],
)
def test_a_hostile_name_stays_on_its_line(named: Named, text: str) -> None:
    report = text_report(named(text), ReportOptions(style=COLOURED))
    for sequence in {*astuple(COLOURED), "\x1b[0m"}:
        report = report.replace(sequence, "")
    assert all(char.isprintable() for char in report.replace("\n", ""))
    assert report.encode()


def test_an_expression_of_several_lines_stands_on_one(migration: Migration) -> None:
    strategy = StrategyNotEvaluated(
        at=sample.at(sample.CHAT, "0.2"), expression="ai.models\n  .filter(m, true)\n", reason="it is odd"
    )
    report = text_report(replace(migration, findings=(strategy,)))
    assert "not evaluated, it is odd: ai.models .filter(m, true)" in report.replace("\n    ", " ")


def test_a_unit_without_configuration_and_an_input_that_could_not_be_read_are_told(
    migration: Migration,
) -> None:
    failed = replace(migration.units[0], configuration=None, access_keys=(), status="failed")
    unreadable = replace(migration, units=(failed,), sources=migration.sources[:1])
    lines = text_report(unreadable, ReportOptions(fail_on=None)).splitlines()
    assert "https://chat.example.com: failed, no configuration" in lines
    assert lines[-1] == "No input could be read: the run fails."


def test_many_tasks_of_one_kind_are_counted(fleet: Migration) -> None:
    headers = tuple(
        HeaderLost(at=sample.at(sample.CHAT, "0.2"), name=f"X-{number}", kind="tracing")
        for number in range(25)
    )
    report = text_report(replace(fleet, findings=headers), ReportOptions(details=("*",)))
    assert "    and 15 more of these" in report.splitlines()


def test_a_long_fact_is_cut(named: Named) -> None:
    assert len(text_report(named("x" * 10_000))) < 120_000
