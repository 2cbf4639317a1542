"""The formats of ``--report FORMAT[=FILE]``: the one table, and how a name is looked up.

A further format is a module with one function of this signature, and here one line and the function that
imports it: a run seldom needs more than one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from msgspec import Struct

from migrator.errors import UsageError
from migrator.merge.model import Migration
from migrator.report.options import DEFAULTS, ReportOptions


class ReportFormat(Struct, frozen=True):
    """A way to write a report: what ``--report`` calls it, what help says, the file a bundle puts it into.

    ``file_name`` is None for a format that only the machinery of a pipeline reads: no bundle holds it.
    """

    name: str
    about: str
    file_name: str | None
    render: Callable[[Migration, ReportOptions], str]


def _text(migration: Migration, options: ReportOptions) -> str:
    from migrator.report.text import text_report

    return text_report(migration, options)


def _markdown(migration: Migration, options: ReportOptions) -> str:
    from migrator.report.markdown import markdown_report

    return markdown_report(migration, options)


def _html(migration: Migration, options: ReportOptions) -> str:
    from migrator.report.html import html_report

    return html_report(migration, options)


def _json(migration: Migration, options: ReportOptions) -> str:
    from migrator.report.json_report import json_text

    return json_text(migration, options.baseline)


def _sarif(migration: Migration, options: ReportOptions) -> str:
    from migrator.report.sarif import sarif_report

    return sarif_report(migration, options)


def _junit(migration: Migration, options: ReportOptions) -> str:
    from migrator.report.junit import junit_report

    return junit_report(migration, options)


def _github(migration: Migration, options: ReportOptions) -> str:
    from migrator.report.github import github_report

    return github_report(migration, options)


FORMATS: Final = {
    one.name: one
    for one in (
        ReportFormat("text", "for a terminal", "report.txt", _text),
        ReportFormat("markdown", "a comment on a pull request", "report.md", _markdown),
        ReportFormat("html", "a page for a browser", "report.html", _html),
        ReportFormat("json", "the JSON contract", "report.json", _json),
        ReportFormat("sarif", "SARIF 2.1.0, for code scanning", None, _sarif),
        ReportFormat("junit", "JUnit XML, for test reports", None, _junit),
        ReportFormat("github", "annotations of a GitHub workflow", None, _github),
    )
}


def report_format(name: str) -> ReportFormat:
    """The format called ``name``. Raises UsageError, with the closest names, where there is none."""
    found = FORMATS.get(name)
    if found is None:
        from migrator.report.suggest import did_you_mean

        hint = did_you_mean(name, FORMATS)
        raise UsageError(
            f"there is no report format {name}", f"{hint} Choose one of: {', '.join(FORMATS)}.".lstrip()
        )
    return found


def render_report(name: str, migration: Migration, options: ReportOptions = DEFAULTS) -> str:
    """The report on ``migration`` in the format called ``name``."""
    return report_format(name).render(migration, options)
