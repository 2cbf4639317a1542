"""The formats of ``--report FORMAT[=FILE]``: the one table, and how a name is looked up.

A further format is a module with one function of this signature and one line here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from migrator.errors import UsageError
from migrator.merge.model import Migration
from migrator.report.github import github_report
from migrator.report.html import html_report
from migrator.report.json_report import json_text
from migrator.report.junit import junit_report
from migrator.report.markdown import markdown_report
from migrator.report.options import DEFAULTS, ReportOptions
from migrator.report.sarif import sarif_report
from migrator.report.suggest import did_you_mean
from migrator.report.text import text_report


@dataclass(frozen=True)
class ReportFormat:
    """A way to write a report: what ``--report`` calls it, what help says, the file a bundle puts it into.

    ``file_name`` is None for a format that only the machinery of a pipeline reads: no bundle holds it.
    """

    name: str
    about: str
    file_name: str | None
    render: Callable[[Migration, ReportOptions], str]


FORMATS: Final = {
    one.name: one
    for one in (
        ReportFormat("text", "for a terminal", "report.txt", text_report),
        ReportFormat("markdown", "a comment on a pull request", "report.md", markdown_report),
        ReportFormat("html", "a page for a browser", "report.html", html_report),
        ReportFormat("json", "the JSON contract", "report.json", lambda migration, _: json_text(migration)),
        ReportFormat("sarif", "SARIF 2.1.0, for code scanning", None, sarif_report),
        ReportFormat("junit", "JUnit XML, for test reports", None, junit_report),
        ReportFormat("github", "annotations of a GitHub workflow", None, github_report),
    )
}


def report_format(name: str) -> ReportFormat:
    """The format called ``name``. Raises UsageError, with the closest names, where there is none."""
    found = FORMATS.get(name)
    if found is None:
        hint = did_you_mean(name, FORMATS)
        raise UsageError(
            f"there is no report format {name}", f"{hint} Choose one of: {', '.join(FORMATS)}.".lstrip()
        )
    return found


def render_report(name: str, migration: Migration, options: ReportOptions = DEFAULTS) -> str:
    """The report on ``migration`` in the format called ``name``."""
    return report_format(name).render(migration, options)
