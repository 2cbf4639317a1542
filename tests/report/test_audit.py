from __future__ import annotations

import csv
import io
import json
import re
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from migrator.api import Input, Options, convert
from migrator.api import audit as audit_inputs
from migrator.findings.base import Severity
from migrator.merge.model import Migration, SourceSummary
from migrator.report.audit import Audit, audit
from migrator.report.audit_data import audit_csv, audit_json
from migrator.report.audit_formats import audit_markdown, audit_text
from migrator.report.options import COLOURED, ReportOptions
from migrator.target.state import DesiredState
from migrator.verify.model import Kind
from tests.report import sample
from tests.report.conftest import Named
from tests.report.markup import tags, tokens
from tests.report.test_escape import HOSTILE

if TYPE_CHECKING:
    from syrupy.assertion import SnapshotAssertion


def test_a_fleet_reads_like_this(migration: Migration, snapshot: SnapshotAssertion) -> None:
    assert audit_text(audit(migration)) == snapshot


def test_a_fleet_is_this_page(migration: Migration, snapshot: SnapshotAssertion) -> None:
    assert audit_markdown(audit(migration)) == snapshot


def test_a_fleet_is_this_table(migration: Migration, snapshot: SnapshotAssertion) -> None:
    assert audit_csv(audit(migration)).replace("\r\n", "\n") == snapshot


def test_a_fleet_is_this_document(migration: Migration, snapshot: SnapshotAssertion) -> None:
    assert audit_json(audit(migration)) == snapshot


def test_what_concerns_most_files_ranks_first(fleet: Migration, migration: Migration) -> None:
    both = replace(fleet, findings=(*fleet.findings, *migration.findings))
    ranked = audit(both).obstacles
    assert [one.files for one in ranked] == sorted((one.files for one in ranked), reverse=True)
    assert (ranked[0].files, ranked[0].units) == (501, 501)
    assert all(one.severity is not Severity.NOTE for one in ranked)


def test_files_are_counted_once_and_percentages_add_up(migration: Migration) -> None:
    document = json.loads(audit_json(audit(migration)))
    files = document["summary"]["files"]
    assert files["total"] == 4
    assert sum(entry["percent"] for name, entry in files.items() if name != "total") == 100
    assert (
        sum(entry["count"] for name, entry in document["summary"]["leaves"].items() if name != "total") == 31
    )


def test_every_file_has_a_row_of_its_own(migration: Migration) -> None:
    rows = list(csv.DictReader(io.StringIO(audit_csv(audit(migration)), newline="")))
    assert [row["path"] for row in rows] == [sample.BROKEN, sample.CHAT, sample.RESEARCH, sample.WEB]
    assert (rows[1]["errors"], rows[1]["unsupported"], rows[1]["convertedPercent"]) == ("4", "9", "42.3")
    assert rows[3]["convertedPercent"] == ""


@pytest.mark.parametrize("path", ["=1+1.yaml", "+1.yaml", "-1.yaml", "@SUM(A1).yaml", '=HYPERLINK("x","y")'])
def test_no_cell_is_a_formula(path: str) -> None:
    cell = _rows(path)[1][0]
    assert cell == f"'{path}"


@pytest.mark.parametrize("path", ['a"b.yaml', "a,b.yaml", "plain.yaml", "名前.yaml"])
def test_a_cell_says_what_was_meant(path: str) -> None:
    assert _rows(path)[1][0] == path


def test_lines_end_as_the_standard_says() -> None:
    text = audit_csv(audit(_run("two\nlines.yaml")))
    assert text.count("\n") == text.count("\r\n") == 2
    assert "two\\nlines.yaml" in text


def _run(path: str) -> Migration:
    source = SourceSummary(sample.file(path, path), "converted", sample.coverage(1))
    return Migration(DesiredState("default"), sources=(source,))


def _rows(path: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(audit_csv(audit(_run(path))), newline=""), strict=True))


@pytest.mark.parametrize("jobs", [1, 2])
def test_an_audit_judges_as_a_conversion_does_and_keeps_no_witnesses(repository: Path, jobs: int) -> None:
    paths = [repository / "fixtures" / "demo", repository / "fixtures" / "strategies"]
    fleet = audit_inputs(paths, jobs=jobs).result
    whole = convert(paths)
    judged = [unit.verdict for unit in fleet.units if unit.verdict is not None]
    assert judged == [
        replace(unit.verdict, differences=()) for unit in whole.units if unit.verdict is not None
    ]
    assert any(one.kind is not Kind.EQUAL for one in judged)
    assert (fleet.findings, fleet.decisions) == (whole.findings, whole.decisions)


def test_an_idle_fleet_has_no_empty_sections(idle: Migration) -> None:
    text, page = audit_text(audit(idle)), audit_markdown(audit(idle))
    assert "manual tasks" not in text
    assert "does not carry over" not in text
    assert "### Open decisions" not in page


def test_a_run_over_nothing_divides_by_nothing() -> None:
    nothing = audit(Migration(DesiredState("default")))
    assert "0.0%" in audit_text(nothing)
    assert json.loads(audit_json(nothing))["summary"]["files"]["failed"] == {"count": 0, "percent": 0.0}
    assert audit_markdown(nothing)
    assert audit_csv(nothing).count("\r\n") == 1


def test_a_question_of_a_whole_fleet_is_answered_by_one_line(fleet: Migration) -> None:
    text = audit_text(audit(fleet), ReportOptions(width=120))
    assert '"who-pays:*:anthropic": ngrok' in text
    assert "Asked 500 times." in text.replace("\n      #", "")


def test_a_terminal_may_have_colours(migration: Migration) -> None:
    assert "\x1b[1m── outcome" in audit_text(audit(migration), ReportOptions(style=COLOURED))


@pytest.mark.parametrize("text", [*HOSTILE, "x" * 10_000, "\u202eabc", "\x1b[2J", "half \udcff"])
def test_a_hostile_policy_is_harmless(named: Named, text: str) -> None:
    found = audit(named(text))
    assert audit_text(found).replace("\n", "").isprintable()
    assert audit_csv(found).replace("\r\n", "").isprintable()
    assert json.loads(audit_json(found).encode())["files"][0]["path"] == text
    page = audit_markdown(found)
    assert page.encode()
    assert tags(page) <= {
        *(
            "h2",
            "h3",
            "p",
            "table",
            "thead",
            "tbody",
            "tr",
            "th",
            "td",
            "ul",
            "li",
            "strong",
            "br",
            "code",
            "pre",
        )
    }
    assert [token.type for token in tokens(page)].count("table_open") == 4


# ---- by endpoint or namespace

TEAM = """\
kind: NgrokTrafficPolicy
apiVersion: ngrok.k8s.ngrok.com/v1alpha1
metadata: {{name: {name}, namespace: {team}}}
spec:
  policy:
    on_http_request:
      - actions:
          - {{type: restrict-ips, config: {{enforce: true, allow: [10.0.0.0/8]}}}}
          - {{type: ai-gateway, config: {{providers: [{{id: openai}}]}}}}
"""


@pytest.fixture
def teams(tmp_path: Path) -> Path:
    for name, team in (("chat", "sales"), ("search", "sales"), ("desk", "=help")):
        (tmp_path / f"{name}.yaml").write_text(TEAM.format(name=name, team=team))
    (tmp_path / "broken.yaml").write_text("on_http_request: [{actions: [{type: ai-gateway\n")
    (tmp_path / "idle.yaml").write_text("on_http_request: []\n")
    return tmp_path


def test_a_fleet_can_be_seen_by_namespace(teams: Path) -> None:
    by_file = audit_inputs([teams]).audit
    by_team = audit_inputs([teams], group_by="namespace").audit
    assert [(one.name, len(one.units), one.status) for one in by_team.groups] == [
        (None, 0, "failed"),
        ("=help", 1, "partial"),
        ("sales", 2, "partial"),
    ]
    for count in ("severities", "leaves"):
        sums = [
            sum((Counter(getattr(one, count)) for one in found.rows), Counter())
            for found in (by_file, by_team)
        ]
        assert sums[0] == sums[1]
    text, page = audit_text(by_team), audit_markdown(by_team)
    assert "── namespaces ─" in text
    assert "── files ─" not in text
    assert "| Namespace | Status |" in page
    assert "| sales | partial | 2 |" in page


def test_a_row_of_a_table_is_a_group(teams: Path) -> None:
    rows = list(
        csv.DictReader(io.StringIO(audit_csv(audit_inputs([teams], group_by="namespace").audit), newline=""))
    )
    assert [row["namespace"] for row in rows] == ["(none)", "'=help", "sales"]
    assert "container" not in rows[0]
    document = json.loads(audit_json(audit_inputs([teams], group_by="endpoint").audit))
    assert document["groupBy"] == "endpoint"
    assert [one["name"] for one in document["groups"]] == [None, "=help/desk", "sales/chat", "sales/search"]
    assert json.loads(audit_json(audit_inputs([teams]).audit))["groups"] == []


def test_details_name_groups(teams: Path) -> None:
    found = audit_inputs([teams], group_by="endpoint").audit
    unit = next(one.units[0] for one in found.groups if one.name == "sales/chat")
    for pattern in ("*/chat", unit):
        text = audit_text(found, ReportOptions(details=(pattern,)))
        listed = text[text.index("── endpoints") : text.index("── found")]
        assert "sales/chat" in listed.split("and 3 more")[0]
        assert "and 3 more" in listed
    missed = "--details mispelt: no endpoint of that name has anything to say"
    assert missed in audit_text(found, ReportOptions(details=("mispelt", "*/chat")))


def test_files_about_which_nothing_is_said_have_no_row(teams: Path) -> None:
    found = audit_inputs([teams / "idle.yaml"], group_by="namespace").audit
    assert found.groups == ()
    assert audit_markdown(found)
    assert audit_text(found)


# ---- of a fleet no more than anybody reads


@pytest.fixture(scope="module")
def crowd() -> Audit:
    inputs = [
        Input(f"p{number}.yaml", f"p{number}.yaml", CROWDED.format(number=number).encode())
        for number in range(60)
    ]
    return audit(convert(inputs, Options(verify=False)).migration)


CROWDED = """\
on_http_request:
  - actions:
      - {{type: deny-{number}}}
      - type: ai-gateway
        config:
          providers:
            - {{id: c{number}, base_url: "https://c{number}.example.com", models: [{{id: m}}]}}
"""


def test_a_fleet_is_not_asked_every_question_at_once(crowd: Audit) -> None:
    for shown in (audit_text(crowd), audit_markdown(crowd)):
        assert shown.count("keyless-custom-provider:") == 20
        assert re.search(r"and 40 more: `?--details '\*'`? lists all", shown, re.IGNORECASE)
    everything = ReportOptions(details=("*",))
    for whole in (audit_text(crowd, everything), audit_markdown(crowd, everything)):
        assert whole.count("keyless-custom-provider:") == 60
        assert "40 more" not in whole


def test_a_task_says_that_others_are_like_it(crowd: Audit) -> None:
    for shown in (audit_text(crowd), audit_markdown(crowd)):
        assert "unknown action deny-0, and 59 others like it" in shown
