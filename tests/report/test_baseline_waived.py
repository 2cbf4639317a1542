"""A baseline and the decisions file together: waived then, waived now, or both."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from msgspec.structs import replace
from sarif_kit.validate import validation_errors

from migrator.api import Input, Options, Result, convert
from migrator.errors import UsageError
from migrator.findings.base import Severity
from migrator.findings.rulings import Rulings
from migrator.report.audit import audit
from migrator.report.audit_data import audit_json
from migrator.report.audit_formats import audit_text
from migrator.report.baseline import Baseline, compare
from migrator.report.baseline_file import read_baseline
from migrator.report.formats import FORMATS
from migrator.report.options import FLEET, ReportOptions
from migrator.report.schemas import schema
from tests.report.test_baseline import recorded
from tests.ruled import DAY, LOST, POLICY, run, waiver


@pytest.fixture(scope="module")
def plain() -> Result:
    return run()


@pytest.fixture(scope="module")
def ruled() -> Result:
    return run(waiver())


def baseline(folder: Path, result: Result) -> Baseline:
    file = folder / "report.json"
    result.write_report("json", file)
    return read_baseline(file)


def test_a_waived_entry_does_not_stand_for_what_is_not_waived_any_more(
    plain: Result, ruled: Result, tmp_path: Path
) -> None:
    before = baseline(tmp_path, ruled)
    assert {entry.code for entry in before.findings if entry.is_waived} == {LOST}
    compared = compare(plain.migration, before)
    assert [found.code for found in compared.shown.findings] == [LOST, LOST]
    assert compared.gone == ()
    assert plain.exit_code(Severity.ERROR, before) == 1
    for form in ("text", "markdown", "html", "github", "junit"):
        assert LOST in plain.report(form, ReportOptions(baseline=before)), form


def test_a_waived_entry_stands_for_what_is_still_waived(ruled: Result, tmp_path: Path) -> None:
    before = baseline(tmp_path, ruled)
    compared = compare(ruled.migration, before)
    assert (compared.shown.findings, compared.gone) == ((), ())
    assert ruled.exit_code(Severity.ERROR, before) == 0


def test_what_is_waived_since_then_is_known_and_its_waiver_told(
    plain: Result, ruled: Result, tmp_path: Path
) -> None:
    before = baseline(tmp_path, plain)
    compared = compare(ruled.migration, before)
    assert (compared.shown.findings, compared.gone) == ((), ())
    for form in ("text", "markdown", "html"):
        text = " ".join(ruled.report(form, ReportOptions(baseline=before)).split()).replace("\\", "")
        assert "waived until 2026-06-30 by Ada: ticket 12; 2 findings" in text, form


def test_what_is_new_and_waived_is_told_as_waived_and_fails_nothing(ruled: Result) -> None:
    options = ReportOptions(baseline=Baseline("report.json"))
    text = ruled.report("text", options)
    assert "2 waived); " in " ".join(text.split())
    assert "── waived: 2 findings" in text
    assert f"::error title={LOST}" not in ruled.report("github", options)
    assert ruled.report("github", options).splitlines()[-1].endswith(", 2 waived")
    lost = [found for found in ruled.findings if found.code == LOST]
    only = Baseline("report.json", tuple(recorded(found) for found in ruled.findings if found.code != LOST))
    compared = compare(ruled.migration, only)
    assert list(compared.shown.findings) == lost
    assert compared.words.startswith("2 new findings (2 waived); ")
    assert ruled.exit_code(Severity.WARNING, only) == 0


def test_json_has_waivers_beside_states_and_reads_them_back(ruled: Result, tmp_path: Path) -> None:
    before = baseline(tmp_path, ruled)
    document = json.loads(ruled.report("json", ReportOptions(baseline=before)))
    Draft202012Validator(schema("report")).validate(document)
    assert {one["baseline"] for one in document["findings"]} == {"known"}
    assert [one["waiver"]["by"] for one in document["findings"] if one["waiver"]] == ["Ada", "Ada"]
    assert document["recorded"]["waivers"][0]["findings"] == 2
    assert len(document["distinctConfigurations"]) > 0
    (tmp_path / "next.json").write_text(json.dumps(document))
    assert read_baseline(tmp_path / "next.json").findings == before.findings


def test_what_disappeared_says_whether_it_was_waived(ruled: Result) -> None:
    nothing = replace(ruled, migration=replace(ruled.migration, findings=()))
    before = Baseline("report.json", tuple(map(recorded, ruled.findings)))
    options = ReportOptions(baseline=before)
    document = json.loads(nothing.report("json", options))
    Draft202012Validator(schema("report")).validate(document)
    assert {one["code"] for one in document["baseline"]["gone"] if one["waived"]} == {LOST}
    assert f"- {LOST} " in nothing.report("text", options)
    assert "(waived):" in nothing.report("text", options)
    log = json.loads(nothing.report("sarif", options))
    assert validation_errors(log) == []
    results = log["runs"][0]["results"]
    assert {one["ruleId"] for one in results if one["suppressions"]} == {LOST}
    assert {one["baselineState"] for one in results} == {"absent"}


def test_sarif_has_suppressions_beside_states(ruled: Result, tmp_path: Path) -> None:
    log = json.loads(ruled.report("sarif", ReportOptions(baseline=baseline(tmp_path, ruled))))
    assert validation_errors(log) == []
    results = log["runs"][0]["results"]
    assert {one["ruleId"] for one in results if one["suppressions"]} == {LOST}
    assert {one["baselineState"] for one in results} == {"unchanged"}


def test_the_fleet_view_has_both(plain: Result, ruled: Result, tmp_path: Path) -> None:
    before = baseline(tmp_path, ruled)
    known = audit(ruled.migration, baseline=before)
    assert known.obstacles == ()
    assert "decisions file" in audit_text(known)
    document = json.loads(audit_json(known))
    Draft202012Validator(schema("audit")).validate(document)
    assert (document["baseline"]["new"], document["recorded"]["waivers"][0]["findings"]) == (0, 2)
    assert [one.code for one in audit(plain.migration, baseline=before).obstacles] == [LOST]


@pytest.mark.parametrize("form", sorted(FORMATS))
def test_every_format_is_made_with_both(ruled: Result, tmp_path: Path, form: str) -> None:
    options = ReportOptions(baseline=baseline(tmp_path, ruled), group_by="endpoint")
    assert ruled.report(form, options) == ruled.report(form, options) != ""


@pytest.mark.parametrize("waived", [True, "yes", [], 0])
def test_a_waiver_that_is_none_is_refused(ruled: Result, tmp_path: Path, waived: object) -> None:
    document = json.loads(ruled.json())
    document["findings"][0]["waiver"] = waived
    (tmp_path / "odd.json").write_text(json.dumps(document))
    with pytest.raises(UsageError, match="findings/0/waiver: expected null or an object"):
        read_baseline(tmp_path / "odd.json")


def test_reports_from_before_there_were_waivers_are_read(plain: Result, tmp_path: Path) -> None:
    document = json.loads(plain.json())
    for one in document["findings"]:
        del one["waiver"]
    (tmp_path / "old.json").write_text(json.dumps(document))
    assert read_baseline(tmp_path / "old.json").findings == baseline(tmp_path, plain).findings


def test_the_page_of_a_fleet_tells_waivers_and_ranks_nothing_of_them() -> None:
    inputs = [Input(f"{number}.yaml", f"{number}.yaml", POLICY) for number in range(FLEET + 10)]
    rulings = Rulings((waiver(),), {})
    fleet = convert(inputs, Options(rulings=rulings, as_of=DAY))
    text = fleet.report("text")
    ranks = text[text.index("── what does not carry over") : text.index("── files")]
    assert LOST not in ranks
    assert "T303" in ranks
    assert f"── waived: {FLEET + 10} findings" in text
    assert "until 2026-06-30 by Ada: ticket 12; 60 findings" in " ".join(text.split())
    assert f"{FLEET + 10} waived" in text[: text.index("── what does not carry over")]
    assert LOST not in text[text.index("── files") :].partition("── waived")[0]
    assert len(text.splitlines()) < 150
    before = Baseline("report.json", tuple(map(recorded, fleet.findings)))
    assert len(compare(convert(inputs, Options()).migration, before).shown.findings) == FLEET + 10
