from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from junitparser import Failure, JUnitXml, Skipped, TestCase, TestSuite
from msgspec.structs import replace

from migrator.findings.base import Severity
from migrator.merge.model import Migration
from migrator.report.junit import RUN, junit_report
from migrator.report.options import ReportOptions
from tests import manual
from tests.report import sample
from tests.report.conftest import Named
from tests.report.test_sarif import WORST

# What the schema of Jenkins' xUnit plugin knows of each element, and in which order.
KNOWN = {
    "testsuites": ("testsuite",),
    "testsuite": ("testcase",),
    "testcase": ("skipped", "failure", "system-out"),
}


def read(text: str) -> JUnitXml:
    """The report as a consumer reads it; its sums are those of its cases."""
    report = JUnitXml.fromstring(text.encode())
    told = (report.tests, report.failures, report.errors, report.skipped)
    report.update_statistics()  # type: ignore[no-untyped-call] # junitparser types only a part
    assert (report.tests, report.failures, report.errors, report.skipped) == told
    for suite in report:
        told = (suite.tests, suite.failures, suite.errors, suite.skipped)
        suite.update_statistics()  # type: ignore[no-untyped-call] # the same
        assert (suite.tests, suite.failures, suite.errors, suite.skipped) == told
    return report


def suite_of(report: JUnitXml, name: str) -> TestSuite:
    return next(suite for suite in report if suite.name == name)


def case_of(suite: TestSuite, start: str) -> TestCase:
    return next(case for case in suite if case.name.startswith(start))


def test_each_file_is_a_suite(migration: Migration) -> None:
    names = [suite.name for suite in read(junit_report(migration))]
    assert names == [RUN, *sorted(source.path for source in migration.sources)]


def test_each_unit_and_each_group_of_findings_is_a_case(migration: Migration) -> None:
    suite = suite_of(read(junit_report(migration)), sample.CHAT)
    conversion = case_of(suite, "https://chat.example.com: conversion")
    assert conversion.is_passed
    lost = case_of(suite, "T602 ")
    (failure,) = lost.result
    assert isinstance(failure, Failure)
    assert failure.type == "T602"
    assert "lost-protection" in failure.text
    assert lost.classname == "policies.chat_yaml"


def test_a_file_without_the_action_has_a_case_that_passes(migration: Migration) -> None:
    (case,) = suite_of(read(junit_report(migration)), sample.WEB)
    assert case.name == "nothing to convert"
    assert case.is_passed


@pytest.mark.parametrize(
    "fail_on,kind", [(Severity.ERROR, Skipped), (None, Skipped), (Severity.WARNING, Failure)]
)
def test_a_warning_fails_only_where_it_fails_the_run(
    migration: Migration, fail_on: Severity | None, kind: type
) -> None:
    report = read(junit_report(migration, ReportOptions(fail_on=fail_on)))
    (outcome,) = case_of(suite_of(report, sample.CHAT), "T402 ").result
    assert isinstance(outcome, kind)
    (error,) = case_of(suite_of(report, sample.CHAT), "T602 ").result
    assert isinstance(error, Failure)


def test_names_are_distinct_and_hold_no_line(migration: Migration) -> None:
    doubled = replace(migration, findings=tuple(replace(one, unit=None) for one in migration.findings) * 2)
    for suite in read(junit_report(doubled)):
        names = [case.name for case in suite]
        assert len(set(names)) == len(names)
    moved = tuple(
        one if one.at is None else replace(one, at=replace(one.at, span=replace_lines(one.at.span.line)))
        for one in migration.findings
    )
    before, after = (
        sorted((case.classname, case.name) for suite in read(junit_report(made)) for case in suite)
        for made in (migration, replace(migration, findings=moved))
    )
    assert before == after


def replace_lines(line: int):  # type: ignore[no-untyped-def] # noqa: ANN201 - a span further down
    from migrator.spans import Span

    return Span(line + 100, 1, line + 100, 2)


@pytest.mark.parametrize("case", manual.all_cases(), ids=lambda case: case.name)
def test_the_fixtures_give_elements_that_consumers_know(case: manual.Case) -> None:
    text = junit_report(manual.run(case).migration)
    read(text)
    for element in ET.fromstring(text).iter():  # noqa: S314 - our own text
        inner = [child.tag for child in element]
        known = KNOWN.get(element.tag, ())
        assert inner == sorted(inner, key=known.index)


@pytest.mark.parametrize("text", WORST)
def test_a_hostile_policy_is_harmless(named: Named, text: str) -> None:
    written = junit_report(named(text))
    assert written.replace("\n", "").isprintable()
    report = read(written)
    assert report.tests > 3
    for element in ET.fromstring(written).iter():  # noqa: S314 - our own text
        assert element.tag in {*KNOWN, "skipped", "failure", "system-out"}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(text=st.text(min_size=1, max_size=40))
def test_any_text_at_all_can_be_read_back(named: Named, text: str) -> None:
    assert read(junit_report(named(text))).tests > 0


def test_control_characters_are_made_visible(named: Named) -> None:
    written = junit_report(named("a\x00\x1b[31m\ufffeb"))
    assert "a\\x00\\x1b[31m\\ufffeb" in written


def test_a_report_can_be_written_to_a_file(migration: Migration, tmp_path: Path) -> None:
    file = tmp_path / "report.xml"
    file.write_text(junit_report(migration), encoding="utf-8")
    assert json.dumps(JUnitXml.fromfile(str(file)).name) == '"migrator"'
