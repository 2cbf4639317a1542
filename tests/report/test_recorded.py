"""What reports tell of the decisions file, and how they tell of what is waived."""

from __future__ import annotations

import json
import re
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from jsonschema import Draft202012Validator

from migrator.api import Result
from migrator.findings.base import Severity
from migrator.render.safe import shown
from migrator.report.audit import audit
from migrator.report.audit_data import audit_json
from migrator.report.audit_formats import audit_markdown, audit_text
from migrator.report.formats import FORMATS
from migrator.report.options import ReportOptions
from migrator.report.schemas import schema
from migrator.translate.model import Name, Names, Reason
from tests.ruled import LOST, run, waiver

HOSTILE = "\x1b[31mred\x1b[0m \u202eright <script>alert(1)</script> @everyone | `x` ]]> ::error::no %0A 日本"


@pytest.fixture(scope="module")
def ruled() -> Result:
    return run(
        waiver(),
        waiver("T303", reason="only the first", unit="chat"),
        severity={"T105": Severity.ERROR},
        names=Names({"accessKeys/chat--default": Name("Chat app")}),
        decisions={"other-providers:*": "close"},
        reasons={"other-providers:*": Reason("agreed", "Bob")},
    )


@pytest.mark.parametrize("form", ["text", "markdown", "html"])
def test_reports_for_people_echo_the_file(ruled: Result, form: str) -> None:
    text = " ".join(ruled.report(form).split()).replace("\\", "").replace("&lt;", "<")
    for said in (
        "accessKeys/chat--default is called Chat app",
        "T105 is error in place of warning: because; 2 findings",
        f"{LOST} waived until 2026-06-30 by Ada: ticket 12; 2 findings",
        "other-providers:* is close, 2 decisions by Bob: agreed",
        "waivers are judged as of 2026-06-30",
        "only the first",
    ):
        assert said in text


def test_a_run_without_a_file_tells_nothing_of_one() -> None:
    plain = run()
    assert json.loads(plain.json())["recorded"] is None
    assert "decisions file" not in plain.report("text")
    assert "decisions file" not in plain.report("markdown")


def test_people_are_not_shown_thousands_of_entries() -> None:
    many = [waiver(reason=f"ticket {number}") for number in range(1000)]
    lines = run(*many).report("text")
    assert "and 801 more, all in the JSON report" in lines
    assert "ticket 199" in lines
    assert "ticket 200" not in lines


def test_text_counts_what_is_waived_apart(ruled: Result) -> None:
    text = ruled.report("text")
    assert "── waived: 3 findings" in text
    assert re.search(r"^findings +\d+ +2 errors, .* 3 waived$", text, re.MULTILINE)
    assert "2 findings of severity error or above" in text
    assert ruled.report("github").splitlines()[-1].endswith("3 waived")


def test_json_says_who_waived_what(ruled: Result) -> None:
    document = json.loads(ruled.json())
    Draft202012Validator(schema("report")).validate(document)
    waived = {(one["code"], one["unit"]): one["waiver"] for one in document["findings"] if one["waiver"]}
    assert set(waived) == {(LOST, "chat"), (LOST, "docs"), ("T303", "chat")}
    assert waived[LOST, "chat"] == {"reason": "ticket 12", "by": "Ada", "until": "2026-06-30", "at": None}
    assert document["recorded"]["asOf"] == "2026-06-30"
    assert [one["findings"] for one in document["recorded"]["waivers"]] == [2, 1]
    assert document["recorded"]["severities"][0]["default"] == "warning"


def test_sarif_suppresses_what_is_waived(ruled: Result) -> None:
    (log,) = json.loads(ruled.report("sarif"))["runs"]
    by_rule: dict[str, list[Any]] = {}
    for one in log["results"]:
        by_rule.setdefault(one["ruleId"], []).append(one["suppressions"])
    assert (
        by_rule[LOST]
        == [
            [
                {
                    "kind": "external",
                    "status": "accepted",
                    "justification": "waived until 2026-06-30 by Ada: ticket 12",
                }
            ]
        ]
        * 2
    )
    assert sorted(map(len, by_rule["T303"])) == [0, 1]
    rules = {one["id"]: one["defaultConfiguration"]["level"] for one in log["tool"]["driver"]["rules"]}
    assert (rules["T105"], rules["T303"]) == ("error", "warning")
    assert {one["level"] for one in log["results"] if one["ruleId"] == "T105"} == {"error"}


def test_sarif_says_nothing_of_suppressions_where_nothing_is_waived() -> None:
    (log,) = json.loads(run().report("sarif"))["runs"]
    assert not [one for one in log["results"] if "suppressions" in one]


def test_what_is_waived_is_no_failure_and_no_annotation(ruled: Result) -> None:
    options = ReportOptions(fail_on=Severity.WARNING)
    suites = ET.fromstring(ruled.report("junit", options))  # noqa: S314 -- our own
    cases = {case.get("name", ""): case for case in suites.iter("testcase")}
    lost = [case for name, case in cases.items() if name.startswith(LOST)]
    assert len(lost) == 2
    for case in lost:
        assert case.find("failure") is None
        skipped = case.find("skipped")
        assert skipped is not None
        assert skipped.get("message") == "waived until 2026-06-30 by Ada: ticket 12"
    assert f"title={LOST}" not in ruled.report("github")
    assert f"title={LOST}" in run().report("github")


def test_a_waived_task_is_nobodys_task(ruled: Result) -> None:
    assert "Keep access keys inside the network" in run().report("text").partition("manual tasks")[2]
    assert "Keep access keys inside the network" not in ruled.report("text")


def test_the_audit_counts_what_is_waived_apart(ruled: Result) -> None:
    fleet = audit(ruled.migration)
    document = json.loads(audit_json(fleet))
    Draft202012Validator(schema("audit")).validate(document)
    assert document["summary"]["waived"] == 3
    assert document["recorded"]["waivers"][0]["code"] == LOST
    assert LOST not in {one["code"] for one in document["unsupported"]}
    for text in (audit_text(fleet), audit_markdown(fleet).replace("\\", "")):
        assert "3 findings waived" in text


@pytest.mark.parametrize("form", FORMATS)
def test_no_reason_breaks_a_report(form: str) -> None:
    hostile = run(
        waiver(reason=HOSTILE, by=HOSTILE),
        decisions={"other-providers:*": "close"},
        reasons={"other-providers:*": Reason(HOSTILE, HOSTILE)},
    )
    text = hostile.report(form)
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "<script>alert" not in text or form in ("text", "json", "sarif", "github")
    match form:
        case "json" | "sarif":
            json.loads(text)
        case "junit":
            ET.fromstring(text)  # noqa: S314 -- our own
        case "github":
            assert not [line for line in text.splitlines() if line.startswith("::error::no")]
        case "text":
            assert shown(HOSTILE)[:20] in text
        case "markdown":
            assert "@everyone" not in text
