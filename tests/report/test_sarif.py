from __future__ import annotations

import json
from typing import Any
from urllib.parse import unquote

import pytest
from msgspec.structs import replace
from sarif_kit.validate import validation_errors

from migrator.findings.base import REGISTER, Severity
from migrator.merge.model import Migration, SourceSummary
from migrator.report.baseline import Baseline, Entry
from migrator.report.options import ReportOptions
from migrator.report.sarif import FINGERPRINT, sarif_report
from migrator.spans import Location, Span
from tests import manual
from tests.report import sample
from tests.report.conftest import Named
from tests.report.test_escape import HOSTILE

WORST = (
    *HOSTILE,
    "x" * 10_000,
    "\u202eabc",
    "\x1b[2J\x00\x07",
    "half \udcff \ud83d",
    "a:b?c#d%e",
    "{0} {1}",
    "",
)


def run_of(migration: Migration, options: ReportOptions | None = None) -> dict[str, Any]:
    """The one run of the log, which is valid."""
    log = json.loads(sarif_report(migration, options or ReportOptions()))
    assert validation_errors(log) == []
    (run,) = log["runs"]
    assert isinstance(run, dict)
    return run


def test_every_finding_is_a_result_or_a_notification(migration: Migration) -> None:
    run = run_of(migration)
    told = run["invocations"][0]["toolConfigurationNotifications"]
    codes = [one["ruleId"] for one in run["results"]] + [one["associatedRule"]["id"] for one in told]
    assert sorted(codes) == sorted(found.code for found in migration.findings)
    assert [one["associatedRule"]["id"] for one in told] == ["D001"]


def test_of_more_than_code_scanning_takes_the_gravest_are_kept(
    migration: Migration, monkeypatch: pytest.MonkeyPatch
) -> None:
    placed = [found for found in migration.findings if found.at is not None]
    grave = [found.code for found in placed if found.severity is not Severity.NOTE]
    monkeypatch.setattr("migrator.report.sarif.MOST_RESULTS", len(grave))
    run = run_of(migration)
    assert [one["ruleId"] for one in run["results"]] == grave
    (told,) = run["invocations"][0]["toolExecutionNotifications"]
    assert told["message"]["text"].startswith(f"{len(placed) - len(grave)} results are left out")


def test_what_disappeared_counts_as_well(migration: Migration, monkeypatch: pytest.MonkeyPatch) -> None:
    entry = Entry("T602", Severity.ERROR, "0" * 16, None, "title", "message", "a.yaml", 1, 1)
    baseline = Baseline("b.json", (replace(entry, fingerprint="1" * 16), entry))
    placed = sum(found.at is not None for found in migration.findings)
    monkeypatch.setattr("migrator.report.sarif.MOST_RESULTS", placed + 1)
    run = run_of(migration, ReportOptions(baseline=baseline))
    assert [one["baselineState"] for one in run["results"]].count("absent") == 1
    assert len(run["results"]) == placed + 1
    (told,) = run["invocations"][0]["toolExecutionNotifications"]
    assert told["message"]["text"].startswith("1 result is left out")


@pytest.mark.parametrize("case", manual.all_cases(), ids=lambda case: case.name)
def test_what_the_fixtures_give_is_valid(case: manual.Case) -> None:
    result = manual.run(case)
    run = run_of(result.migration)
    assert len(run["results"]) == len(result.findings)


def test_regions_are_the_places_of_the_findings(migration: Migration) -> None:
    placed = [found.at for found in migration.findings if found.at is not None]
    for result, at in zip(run_of(migration)["results"], placed, strict=True):
        (location,) = result["locations"]
        region = location["physicalLocation"]["region"]
        assert (
            Span(region["startLine"], region["startColumn"], region["endLine"], region["endColumn"])
            == at.span
        )
        assert location["physicalLocation"]["artifactLocation"]["uri"] == at.path


def test_columns_count_code_points(migration: Migration) -> None:
    assert run_of(migration)["columnKind"] == "unicodeCodePoints"


def test_a_policy_in_a_string_says_where_within_it(migration: Migration) -> None:
    at = Location("state.json", Span(7, 20, 7, 400), (3, 5))
    run = run_of(replace(migration, findings=(replace(migration.findings[-1], at=at),)))
    assert run["results"][0]["locations"][0]["message"]["text"].startswith("Line 3, column 5 of the policy")


def test_rules_say_what_a_finding_means(migration: Migration) -> None:
    run = run_of(migration)
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == sorted({found.code for found in migration.findings})
    for rule in rules:
        kind = REGISTER[rule["id"]]
        assert rule["name"] == kind.__name__
        assert rule["defaultConfiguration"]["level"] == kind.level
        assert "Why:" in rule["help"]["text"]
        assert "**Why:**" in rule["help"]["markdown"]
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]


def test_artifacts_are_found_by_their_index(migration: Migration) -> None:
    run = run_of(migration)
    for result in run["results"]:
        named = result["locations"][0]["physicalLocation"]["artifactLocation"]
        assert run["artifacts"][named["index"]]["location"]["uri"] == named["uri"]


def test_lost_protection_is_tagged_as_security(migration: Migration) -> None:
    tags = {rule["id"]: rule["properties"]["tags"] for rule in run_of(migration)["tool"]["driver"]["rules"]}
    assert tags["T602"] == ["lost-protection", "security"]
    assert tags["T106"] == ["narrower"]


def test_a_fingerprint_survives_moved_lines(migration: Migration) -> None:
    moved = tuple(
        found if found.at is None else replace(found, at=replace(found.at, span=Span(90, 1, 91, 1)))
        for found in migration.findings
    )
    before, after = (
        [one["partialFingerprints"][FINGERPRINT] for one in run_of(made)["results"]]
        for made in (migration, replace(migration, findings=moved))
    )
    assert before == after
    assert set(before) <= {found.fingerprint for found in migration.findings}


@pytest.mark.parametrize("fail_on,code", [(Severity.ERROR, 1), (Severity.WARNING, 1), (None, 0)])
def test_the_invocation_has_the_exit_code(migration: Migration, fail_on: Severity | None, code: int) -> None:
    (invocation,) = run_of(migration, ReportOptions(fail_on=fail_on))["invocations"]
    assert (invocation["executionSuccessful"], invocation["exitCode"]) == (True, code)


def test_a_run_that_could_read_nothing_did_not_succeed() -> None:
    (invocation,) = run_of(Migration(sample.state()))["invocations"]
    assert (invocation["executionSuccessful"], invocation["exitCode"]) == (False, 2)


def test_nothing_to_report_is_a_run_without_results(fine: Migration) -> None:
    run = run_of(fine)
    assert run["results"] == []
    assert run["tool"]["driver"]["rules"] == []


@pytest.mark.parametrize(
    "path,base,uri",
    [
        ("policies/a b.yaml", "", "policies/a%20b.yaml"),
        ("Köln/名.yaml", "", "K%C3%B6ln/%E5%90%8D.yaml"),
        ("a:b.yaml", "", "a%3Ab.yaml"),
        ("<stdin>", "", "%3Cstdin%3E"),
        ("odd\udcff.yaml", "", "odd%FF.yaml"),
        ("/home/somebody/work/policies/a.yaml", "/home/somebody/work", "policies/a.yaml"),
        ("/home/somebody/work/policies/a.yaml", "/home/somebody/other", "named.yaml"),
        ("/home/somebody/work/policies/a.yaml", "", "named.yaml"),
        ("/srv/a.yaml", "/", "srv/a.yaml"),
    ],
)
def test_a_path_is_a_relative_reference(migration: Migration, path: str, base: str, uri: str) -> None:
    found = replace(migration.findings[-1], at=Location(path, Span(1, 1, 1, 2)))
    source = SourceSummary(sample.file(path, "named.yaml", "policy-file", ""), "partial", sample.coverage())
    text = sarif_report(replace(migration, findings=(found,), sources=(source,)), ReportOptions(base=base))
    place = json.loads(text)["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]
    assert place == {"uri": uri, "uriBaseId": "%SRCROOT%", "index": 0}
    assert "somebody" not in text


def test_a_path_out_of_the_directory_has_no_base(migration: Migration) -> None:
    found = replace(migration.findings[-1], at=Location("../a.yaml", Span(1, 1, 1, 2)))
    run = run_of(replace(migration, findings=(found,), sources=()))
    assert run["artifacts"][0]["location"] == {"uri": "../a.yaml"}


def test_a_message_names_no_root_of_a_machine(migration: Migration) -> None:
    path = "/home/somebody/a.yaml"
    found = next(one for one in migration.findings if one.code == "M001")
    moved = replace(found, values=f"2m at {path}:3")
    source = SourceSummary(sample.file(path, "a.yaml", "policy-file", ""), "partial", sample.coverage())
    text = sarif_report(replace(migration, findings=(moved,), sources=(source,)), ReportOptions())
    assert "2m at a.yaml:3" in text
    assert "somebody" not in text


@pytest.mark.parametrize("text", WORST)
def test_a_hostile_policy_is_harmless(named: Named, text: str) -> None:
    migration = named(text)
    written = sarif_report(migration)
    assert written.replace("\n", "").isprintable()
    run = run_of(migration)
    for result in run["results"]:
        message = result["message"]["text"]
        assert message.replace("\n", "").isprintable()
        assert "](" not in message
        assert len(message) < 10_000
    if "\udcff" not in text and not text.startswith("/"):
        assert unquote(run["artifacts"][0]["location"]["uri"]) == text
