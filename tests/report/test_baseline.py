"""A run beside an earlier report: what is new, known, gone; and files that are no report."""

from __future__ import annotations

import json
import random
from collections import Counter
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from sarif_kit.validate import validation_errors

from migrator.api import Input, Options, convert
from migrator.errors import UsageError
from migrator.findings.base import Finding, Severity
from migrator.findings.read import BrokenSyntax
from migrator.findings.requests import HeaderLost
from migrator.findings.verify import NotCompared, ToldByNothing
from migrator.merge.model import Migration
from migrator.report.baseline import Baseline, Entry, compare
from migrator.report.baseline_file import REMEDY, read_baseline
from migrator.report.formats import FORMATS, render_report
from migrator.report.json_report import json_text
from migrator.report.markdown import LIMIT, markdown_report
from migrator.report.options import ReportOptions
from migrator.report.outcome import exit_code
from migrator.report.schemas import schema
from migrator.secrets import mask
from migrator.target.state import DesiredState
from tests import manual
from tests.report import sample
from tests.report.test_escape import HOSTILE
from tests.report.test_html import parsed

PEOPLE = ("text", "markdown", "html", "junit", "github")


def recorded(found: Finding, **changes: Any) -> Entry:
    at = found.at
    place = ("", 0, 0) if at is None else (at.path, at.span.line, at.span.column)
    entry = Entry(
        found.code,
        found.severity,
        found.fingerprint,
        found.unit,
        found.title,
        found.text,
        *place,
        pointer=found.pointer,
    )
    return replace(entry, **{"is_waived": found.waiver is not None, **changes})


def baseline_of(migration: Migration) -> Baseline:
    """What ``read_baseline`` makes of a run, without a file."""
    pending = frozenset(one.id for one in migration.decisions if one.is_open)
    return Baseline("report.json", tuple(map(recorded, migration.findings)), pending)


def written(folder: Path, migration: Migration, baseline: Baseline | None = None) -> Baseline:
    file = folder / "report.json"
    file.write_text(json_text(migration, baseline), encoding="utf-8", newline="\n")
    return read_baseline(file)


def header(name: str, line: int = 21) -> HeaderLost:
    at = sample.at(sample.CHAT, "0.2")
    moved = replace(at, span=at.span._replace(line=line, end_line=line))
    return HeaderLost(at=moved, name=name, kind="tracing")


def run_with(*findings: Finding) -> Migration:
    return Migration(DesiredState("default"), findings=findings)


def test_a_report_is_the_baseline_of_its_own_run(migration: Migration, tmp_path: Path) -> None:
    found = written(tmp_path, migration)
    assert replace(found, path="report.json") == baseline_of(migration)
    compared = compare(migration, found)
    assert compared.gone == ()
    assert compared.open_decisions == ()
    assert [one.code for one in compared.shown.findings] == ["R003"]
    assert compared.known == len(migration.findings) - 1


@pytest.mark.parametrize("case", manual.all_cases(), ids=lambda case: case.name)
def test_every_fixture_run_again_has_nothing_new(case: manual.Case, tmp_path: Path) -> None:
    result = manual.run(case)
    compared = compare(result.migration, written(tmp_path, result.migration))
    assert compared.gone == ()
    assert all(one.category == "read" and one.severity is Severity.ERROR for one in compared.shown.findings)


def test_moved_lines_are_known_and_a_copy_is_new() -> None:
    before = baseline_of(run_with(header("a"), header("a", 30), header("b")))
    now = run_with(header("a", 30), header("a", 40), header("a", 50), header("b", 99))
    compared = compare(now, before)
    assert compared.states == ("known", "known", "new", "known")
    assert compared.gone == ()


def test_the_copy_that_stands_where_one_stood_is_the_known_one() -> None:
    compared = compare(run_with(header("a", 5), header("a", 30)), baseline_of(run_with(header("a", 30))))
    assert compared.states == ("new", "known")


def test_one_copy_fewer_has_disappeared_once() -> None:
    compared = compare(run_with(header("a", 30)), baseline_of(run_with(header("a", 20), header("a", 30))))
    assert compared.states == ("known",)
    assert [one.line for one in compared.gone] == [20]


POLICY = """\
on_http_request:
{front}  - actions:
{inner}      - {{type: restrict-ips, config: {{enforce: true, allow: [10.0.0.0/8]}}}}
      - {{type: ai-gateway, config: {{providers: [{{id: openai}}]}}}}
"""
RULE = "  - actions: [{type: add-headers, config: {headers: {x-team: a}}}]\n"
ACTION = "      - {type: restrict-ips, config: {enforce: true, allow: [10.1.0.0/16]}}\n"


def converted(front: str = "", inner: str = "") -> Migration:
    policy = Input("p.yaml", "p.yaml", POLICY.format(front=front, inner=inner).encode())
    return convert([policy], Options(verify=False)).migration


def test_a_rule_in_front_makes_nothing_behind_it_new(tmp_path: Path) -> None:
    before = written(tmp_path, converted())
    compared = compare(converted(front=RULE), before)
    assert {one.code for one in compared.shown.findings}.isdisjoint({one.code for one in before.findings})
    assert compared.gone == ()


def test_an_action_in_front_that_is_lost_as_well_is_one_new_finding(tmp_path: Path) -> None:
    before = written(tmp_path, converted())
    compared = compare(converted(inner=ACTION), before)
    assert [one.code for one in compared.shown.findings] == ["T602"]
    assert compared.gone == ()
    back = compare(converted(), written(tmp_path, converted(inner=ACTION)))
    assert (back.shown.findings, [one.code for one in back.gone]) == ((), ["T602"])


@pytest.mark.parametrize(
    "change",
    [
        {"is_waived": True},
        {"severity": Severity.NOTE},
        {"unit": "another"},
        {"path": "other.yaml"},
        {"message": "another"},
        {"pointer": "/on_tcp_connect/0/actions/0"},
    ],
)
def test_only_what_says_the_same_and_is_as_grave_has_moved(change: dict[str, Any]) -> None:
    earlier, now = converted(), converted(front=RULE)
    entries = tuple(recorded(one, **change) for one in earlier.findings if one.code == "T602")
    compared = compare(now, Baseline("b.json", entries))
    assert "T602" in {one.code for one in compared.shown.findings}


counts = st.dictionaries(st.sampled_from("abcd"), st.integers(0, 4), max_size=4)


@given(counts, counts, st.randoms(use_true_random=False))
def test_findings_are_matched_as_multisets(
    before: dict[str, int], now: dict[str, int], chance: random.Random
) -> None:
    earlier = [header(name, chance.randrange(1, 9)) for name, count in before.items() for _ in range(count)]
    later = [header(name, chance.randrange(1, 9)) for name, count in now.items() for _ in range(count)]
    chance.shuffle(earlier)
    compared = compare(run_with(*later), baseline_of(run_with(*earlier)))
    old = Counter(one.fingerprint for one in earlier)
    new = Counter(one.fingerprint for one in later)
    assert Counter(one.fingerprint for one in compared.shown.findings) == new - old
    assert Counter(one.fingerprint for one in compared.gone) == old - new
    assert compared.known == (old & new).total()


def test_what_got_graver_is_new_and_has_not_disappeared() -> None:
    found = header("a")
    note = Baseline("b", (recorded(found, severity=Severity.NOTE),))
    assert found.severity.rank > Severity.NOTE.rank
    compared = compare(run_with(found), note)
    assert (compared.states, compared.gone) == (("new",), ())
    error = Baseline("b", (recorded(found, severity=Severity.ERROR),))
    assert compare(run_with(found), error).states == ("known",)


def test_no_baseline_hides_a_mistake_of_the_tool_or_what_could_not_be_looked_at() -> None:
    at = sample.at(sample.CHAT, "0.2")
    told = ToldByNothing(at=at, difference="a request")
    broken = BrokenSyntax(at=at, reason="A tab", hint="Remove it.")
    run = run_with(told, broken, NotCompared(at=at), header("a"))
    compared = compare(run, baseline_of(run))
    assert compared.states == ("new", "new", "new", "known")
    assert compared.gone == ()


def test_what_is_new_decides_how_the_run_ends(migration: Migration) -> None:
    fine = replace(
        migration,
        findings=tuple(one for one in migration.findings if one.code != "R003"),
        sources=migration.sources[1:],
    )
    assert exit_code(fine, Severity.ERROR) == 1
    assert exit_code(fine, Severity.WARNING, baseline_of(fine)) == 0
    assert exit_code(migration, Severity.ERROR, baseline_of(migration)) == 1
    unread = replace(migration, sources=migration.sources[:1])
    assert exit_code(unread, None, baseline_of(unread)) == 2


def test_an_open_decision_that_was_open_is_not_asked_again(migration: Migration) -> None:
    before = baseline_of(migration)
    assert compare(migration, before).known_decisions == 2
    one = replace(before, decisions=frozenset(sorted(before.decisions)[:1]))
    compared = compare(migration, one)
    assert [decision.id for decision in compared.open_decisions] == sorted(before.decisions)[1:]
    text = render_report("text", migration, ReportOptions(baseline=one))
    assert "new open decisions: 1" in text
    assert "3  2 open, 1 of them new" in text


@pytest.mark.parametrize("name", PEOPLE)
def test_a_report_for_people_shows_what_is_new_and_what_disappeared(migration: Migration, name: str) -> None:
    dropped, *kept = [one for one in migration.findings if one.code == "T602"]
    assert kept == []
    without = replace(migration, findings=tuple(one for one in migration.findings if one.code != "T201"))
    baseline = baseline_of(without)
    now = replace(migration, findings=tuple(one for one in migration.findings if one is not dropped))
    report = " ".join(render_report(name, now, ReportOptions(baseline=baseline)).split())
    assert "T201" in report
    assert "T616" not in report
    assert "known, not shown" in report
    assert "1 disappeared" in report
    assert "T602" in report


@pytest.mark.parametrize("name", PEOPLE)
def test_without_a_baseline_nothing_is_said_of_one(migration: Migration, name: str) -> None:
    report = render_report(name, migration)
    assert "disappeared" not in report
    assert "baseline" not in report.replace("dominant-baseline", "").replace("align-items:baseline", "")


def test_the_json_report_keeps_everything_and_is_the_next_baseline(
    migration: Migration, tmp_path: Path
) -> None:
    before = replace(migration, findings=migration.findings[3:])
    baseline = written(tmp_path, before)
    whole = json.loads(json_text(migration, baseline))
    jsonschema.validate(whole, schema("report"))
    plain = json.loads(json_text(migration))
    states = [one.pop("baseline") for one in whole["findings"]]
    said = whole.pop("baseline")
    assert whole == plain
    assert said["new"] == states.count("new") >= 3
    assert said["known"] == states.count("known")
    again = written(tmp_path, migration, baseline)
    assert again.findings == baseline_of(migration).findings


def test_what_disappeared_is_in_the_json_report_as_it_was(migration: Migration, tmp_path: Path) -> None:
    now = replace(migration, findings=())
    whole = json.loads(json_text(now, written(tmp_path, migration)))
    jsonschema.validate(whole, schema("report"))
    told = Counter(
        (one["fingerprint"], None if one["location"] is None else tuple(one["location"].values()))
        for one in whole["baseline"]["gone"]
    )
    assert told == Counter(
        (one.fingerprint, None if one.at is None else (one.at.path, one.at.span.line, one.at.span.column))
        for one in migration.findings
    )


def test_sarif_says_it_as_the_standard_does(migration: Migration) -> None:
    now = replace(migration, findings=tuple(one for one in migration.findings if one.code != "T602"))
    before = replace(
        migration, findings=tuple(one for one in migration.findings if one.code not in ("T201", "D001"))
    )
    log = json.loads(render_report("sarif", now, ReportOptions(baseline=baseline_of(before))))
    assert validation_errors(log) == []
    (run,) = log["runs"]
    states = {
        state: {one["ruleId"] for one in run["results"] if one["baselineState"] == state}
        for state in ("new", "unchanged", "absent")
    }
    assert states["absent"] == {"T602"}
    assert states["new"] == {"T201", "R003"}
    assert len(run["results"]) == sum(one.at is not None for one in now.findings) + 1
    assert all(
        run["tool"]["driver"]["rules"][one["ruleIndex"]]["id"] == one["ruleId"] for one in run["results"]
    )
    (told,) = run["invocations"][0]["toolConfigurationNotifications"]
    assert told["properties"] == {"baselineState": "new"}


def test_a_code_and_a_finding_without_a_place_of_another_version_are_told(migration: Migration) -> None:
    strange = Entry("Z999", Severity.ERROR, "0" * 16, None, "Old", "No such thing now")
    options = ReportOptions(
        baseline=Baseline("b", (strange, replace(strange, path="a.yaml", line=3, column=1)))
    )
    for name in FORMATS:
        assert "Z999" in render_report(name, migration, options)
    log = json.loads(render_report("sarif", migration, options))
    assert validation_errors(log) == []


@pytest.mark.parametrize(
    "text", [*HOSTILE, "\u202eabc", "\x1b[2J", "x" * 100_000, "##[error]x", "\n::error::x"]
)
def test_nothing_of_a_baseline_is_trusted(migration: Migration, text: str) -> None:
    hostile = Entry("T201", Severity.ERROR, "0" * 16, text, text, text, text or "a", 1, 1)
    options = ReportOptions(baseline=Baseline(text, (hostile,)))
    reports = {name: render_report(name, migration, options) for name in FORMATS}
    for report in reports.values():
        assert "\x1b" not in report
        assert "\u202e" not in report
    assert parsed(reports["html"]) is not None
    assert ET.fromstring(reports["junit"]).tag == "testsuites"  # noqa: S314 -- our own bytes
    assert validation_errors(json.loads(reports["sarif"])) == []
    assert all(line.startswith(("::", "migrator: ")) for line in reports["github"].splitlines())
    assert len(reports["markdown"].encode()) <= LIMIT


@pytest.mark.parametrize("name", FORMATS)
def test_a_credential_in_a_baseline_is_in_no_report(migration: Migration, name: str) -> None:
    planted = "sk-" + "proj-PLANTEDkey0123456789abcdefghijklmnopqrstuvwx"
    text = f"key {planted} and {mask(0, 20)} at https://me:hunter2pass@example.com/?token=abc123tokenvalue"
    entry = Entry("T201", Severity.ERROR, "0" * 16, text, text, text, f"{planted}.yaml", 1, 1)
    report = render_report(name, migration, ReportOptions(baseline=Baseline("b", (entry,))))
    assert planted not in report
    assert "hunter2pass" not in report
    assert mask(0, 1) not in report
    assert "***" in report


def test_many_that_disappeared_fit_a_comment_and_are_counted(migration: Migration) -> None:
    entry = recorded(migration.findings[-1])
    many = tuple(replace(entry, fingerprint=f"{number:016x}") for number in range(5000))
    options = ReportOptions(baseline=Baseline("b", many))
    comment = markdown_report(migration, options)
    assert len(comment.encode()) <= LIMIT
    assert "5000 disappeared" in comment
    assert "more left out" in comment
    assert "and 4950 more: --report json=FILE has all" in render_report("text", migration, options)
    assert "and 4990 more" in render_report("github", migration, options)


GOOD: dict[str, Any] = {"formatVersion": 1, "findings": [], "decisions": []}
FINDING = {
    "code": "T201",
    "severity": "error",
    "fingerprint": "0123456789abcdef",
    "unit": None,
    "title": "t",
    "message": "m",
    "location": None,
}


def with_finding(**changes: Any) -> bytes:
    held = {name: value for name, value in {**FINDING, **changes}.items() if value != "absent"}
    return json.dumps({**GOOD, "findings": [held]}).encode()


@pytest.mark.parametrize(
    "data,why",
    [
        (b"", "it is empty"),
        (b" \n ", "it is empty"),
        (b"hello", "it is not JSON"),
        (b"\x00\x01\x02", "it is not text"),
        (b"\xff\xfe\xff", "it is not text"),
        (b'{"formatVersion": 1,', "line 1: here it is not the JSON of one object"),
        (b'{"formatVersion": 1\n"findings": []}', "line 2: here it is not the JSON of one object"),
        (b"[]", "line 1: here it is not the JSON of one object"),
        (b"[" * 200_000, "line 1: here it is not the JSON of one object"),
        (b'{"x": ' + b"[" * 200_000, "its values are nested too deeply"),
        (b'{"findings": ' + b'{"a":' * 200_000, "its values are nested too deeply"),
        (json.dumps(GOOD).encode() + b" x", "line 1: here it is not the JSON of one object"),
        (b"{}", "it has no formatVersion"),
        (b'{"formatVersion": 1, "formatVersion": 1}', "a member stands twice in it"),
        (
            b'{"formatVersion": 1, "findings": [{"code": 1, "code": 2}]}',
            "a member stands twice in one of its",
        ),
        (b'{"formatVersion": NaN}', "NaN is no number of JSON"),
        (b'{"formatVersion": ' + b"1" * 5000 + b"}", "it has a number with too many digits"),
        (b'{"version": "2.1.0", "runs": []}', "it is a SARIF log"),
        (json.dumps({**GOOD, "formatVersion": 2}).encode(), "its formatVersion is 2, expected 1"),
        (json.dumps({**GOOD, "formatVersion": True}).encode(), "its formatVersion is true, expected 1"),
        (json.dumps({**GOOD, "formatVersion": "1"}).encode(), 'its formatVersion is "1", expected 1'),
        (b'{"formatVersion": 1, "units": []}', "it has no findings"),
        (b'{"formatVersion": 1, "findings": []}', "it has no decisions"),
        (b'{"formatVersion": 1, "mentions": [], "unsupported": []}', "it is the document of migrator audit"),
        (json.dumps({**GOOD, "findings": {}}).encode(), "findings: expected a list"),
        (json.dumps({**GOOD, "findings": [1]}).encode(), "findings/0: expected an object"),
        (json.dumps({**GOOD, "decisions": [{"id": "a"}]}).encode(), "decisions/0 has no by"),
        (with_finding(code="absent"), "findings/0 has no code"),
        (with_finding(code="x"), "findings/0/code: expected a letter and three digits"),
        (with_finding(fingerprint="xyz"), "findings/0/fingerprint: expected 16 hexadecimal digits"),
        (with_finding(severity="fatal"), "findings/0/severity: expected error, warning, note"),
        (with_finding(unit=3), "findings/0/unit: expected text"),
        (with_finding(unit="absent"), "findings/0 has no unit"),
        (with_finding(message=None), "findings/0/message: expected text"),
        (with_finding(location="absent"), "findings/0 has no location"),
        (with_finding(location="a.yaml"), "findings/0/location: expected an object"),
        (
            with_finding(location={"path": "a", "line": 0, "column": 1}),
            "findings/0/location/line: expected a number from 1",
        ),
    ],
    ids=range(37),
)
def test_what_is_no_report_is_refused_with_file_and_reason(tmp_path: Path, data: bytes, why: str) -> None:
    file = tmp_path / "old.json"
    file.write_bytes(data)
    with pytest.raises(UsageError) as refused:
        read_baseline(file)
    assert refused.value.message.startswith(f"{file} is no baseline: {why}")
    assert refused.value.remedy == REMEDY


def test_the_smallest_report_is_one_and_other_members_do_not_matter(tmp_path: Path) -> None:
    file = tmp_path / "old.json"
    file.write_text(json.dumps({**GOOD, "later": [1, {"a": None}]}), encoding="utf-16")
    assert read_baseline(file) == Baseline(str(file))


def test_a_folder_and_a_file_that_is_not_there_are_refused(tmp_path: Path) -> None:
    for path, why in ((tmp_path, "is a directory"), (tmp_path / "none", "no such file")):
        with pytest.raises(UsageError, match=f"{path}: the baseline could not be read: {why}"):
            read_baseline(path)


def test_a_file_that_is_too_big_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("migrator.report.baseline_file.SIZE_LIMIT", 1024 * 1024)
    file = tmp_path / "big.json"
    file.write_bytes(b" " * (1024 * 1024 + 1))
    with pytest.raises(UsageError, match="it is bigger than 1 MiB"):
        read_baseline(file)
