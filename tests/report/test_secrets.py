"""Planted credentials: wherever a mask stands, people see three asterisks and nothing else."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from migrator.merge.model import Migration
from migrator.report.audit import Audit, audit
from migrator.report.audit_data import audit_csv, audit_json
from migrator.report.audit_formats import audit_markdown, audit_text
from migrator.report.formats import FORMATS, render_report
from migrator.report.options import ReportOptions
from migrator.secrets import SHOWN, has_mask, mask
from tests.report.conftest import Named

PLANTED = (
    mask(0, 40),
    f"Bearer {mask(1, 7)}",
    f"{mask(0, 3)}{mask(1, 3)}",
    f"${{'{mask(2, 500)}'}}",
    mask(0xFFFD, 1),
)

AUDITS: tuple[Callable[[Audit], str], ...] = (audit_text, audit_markdown, audit_csv, audit_json)


def _is_clean(text: str) -> bool:
    return not has_mask(text) and SHOWN in text.replace("\\*", "*")


@pytest.mark.parametrize("planted", PLANTED, ids=range(len(PLANTED)))
@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("width", [40, 100, 1000])
def test_no_report_shows_a_credential(named: Named, name: str, planted: str, width: int) -> None:
    assert _is_clean(render_report(name, named(planted), ReportOptions(width=width)))


@pytest.mark.parametrize("planted", PLANTED, ids=range(len(PLANTED)))
@pytest.mark.parametrize("render", AUDITS)
def test_no_audit_shows_a_credential(named: Named, render: Callable[[Audit], str], planted: str) -> None:
    assert _is_clean(render(audit(named(planted))))


@pytest.mark.parametrize("name", FORMATS)
def test_the_line_with_the_credential_is_shown_without_it(migration: Migration, name: str) -> None:
    report = render_report(name, migration)
    assert not has_mask(report)
    assert name not in ("text", "markdown", "html") or f"- value: {SHOWN}" in report
