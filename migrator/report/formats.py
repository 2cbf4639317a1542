"""The formats of ``--report FORMAT[=FILE]``: the one table, and how a name is looked up.

A further format is a module with one function of this signature, and here one line and the function that
imports it: a run seldom needs more than one.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

from msgspec import Struct

from migrator.errors import UsageError
from migrator.merge.model import Migration
from migrator.patterns import pattern
from migrator.report.options import DEFAULTS, ReportOptions


class ReportFormat(Struct, frozen=True):
    """A way to write a report: what ``--report`` calls it, what help says, the file a bundle puts it into.

    ``file_name`` is None for a format that only the machinery of a pipeline reads: no bundle holds it.
    """

    name: str
    about: str
    file_name: str | None
    render: Callable[[Migration, ReportOptions], str]
    begins: str
    """A regular expression for how every one begins, so that one is told from a file of somebody's."""

    def wrote(self, path: Path) -> bool:
        """Whether a file is such a report."""
        try:
            with path.open("rb") as file:
                head = file.read(_HEAD)
        except OSError:
            return False
        return pattern(self.begins).match(head.decode("utf-8", "replace")) is not None


_HEAD: Final = 4096


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
        ReportFormat("text", "for a terminal", "report.txt", _text, "── "),
        ReportFormat(
            "markdown", "a comment on a pull request", "report.md", _markdown, "## Migration report\n"
        ),
        ReportFormat(
            "html",
            "a page for a browser",
            "report.html",
            _html,
            r"<!DOCTYPE html>\n[\s\S]*<title>Migration report</title>",
        ),
        ReportFormat("json", "the JSON contract", "report.json", _json, r'\{\s*"formatVersion":'),
        ReportFormat(
            "sarif",
            "SARIF 2.1.0, for code scanning",
            None,
            _sarif,
            r'\{[\s\S]*"driver": \{\s*"name": "migrator"',
        ),
        ReportFormat(
            "junit",
            "JUnit XML, for test reports",
            None,
            _junit,
            r'<\?xml [^>]*>\s*<testsuites name="migrator"',
        ),
        ReportFormat(
            "github",
            "annotations of a GitHub workflow",
            None,
            _github,
            r"::(?:error|warning|notice) |migrator: ",
        ),
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
