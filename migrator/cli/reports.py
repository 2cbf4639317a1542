"""``--report FORMAT[=FILE]``."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from migrator.api import Result
from migrator.cli.terminal import PLAIN_WIDTH, shows_colours, width_of
from migrator.findings.base import Severity
from migrator.report.formats import FORMATS
from migrator.report.options import COLOURED, PLAIN, ReportOptions

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem


class ReportRequest(NamedTuple):
    """One report to write; ``file`` None is stderr."""

    format: str
    file: Path | None


class ReportType(click.ParamType[ReportRequest]):
    """A report format, with the file it goes to."""

    name = "report"

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        from click.shell_completion import CompletionItem

        return [
            CompletionItem(name, help=one.about)
            for name, one in FORMATS.items()
            if name.startswith(incomplete)
        ]

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> ReportRequest:
        if isinstance(value, ReportRequest):
            return value
        name, equals, file = str(value).partition("=")
        if name not in FORMATS:
            from migrator.report.suggest import did_you_mean

            hint = did_you_mean(name, FORMATS)
            self.fail(
                f"no report format {name!r}; there are {', '.join(FORMATS)}. {hint}".rstrip(), param, ctx
            )
        if equals and not file:
            self.fail(f"no file behind {name}=", param, ctx)
        return ReportRequest(name, Path(file) if file else None)


def write_reports(result: Result, requests: Sequence[ReportRequest], fail_on: Severity | None) -> None:
    """Write every report asked for; a text report to stderr if none was."""
    for request in requests or (ReportRequest("text", None),):
        if request.file is None:
            click.echo(
                _rendered(result, request.format, fail_on, terminal=True).encode("utf-8", "backslashreplace"),
                nl=False,
                err=True,
            )
        else:
            result.write_report(request.format, request.file, fail_on)


def _rendered(result: Result, name: str, fail_on: Severity | None, *, terminal: bool) -> str:
    colours = terminal and shows_colours(sys.stderr)
    width = width_of(sys.stderr) if terminal else PLAIN_WIDTH
    return result.report(
        name,
        ReportOptions(
            width=width, style=COLOURED if colours else PLAIN, fail_on=fail_on, base=str(Path.cwd())
        ),
    )
