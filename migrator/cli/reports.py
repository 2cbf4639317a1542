"""``--report FORMAT[=FILE]``, and what a report shows."""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, get_args

import click
from msgspec.structs import replace

from migrator.api import Result
from migrator.cli.options import FAIL_ON, fail_on_option
from migrator.cli.run import emit_bytes
from migrator.cli.terminal import for_stream
from migrator.config import DEFAULT_NAME
from migrator.errors import UsageError
from migrator.report.formats import FORMATS
from migrator.report.options import DEFAULTS, FLEET, GroupBy, ReportOptions
from migrator.sources.inputs import Identity, identity

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from migrator.report.baseline import Baseline


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


_baseline = click.option(
    "--baseline",
    type=click.Path(),
    metavar="FILE",
    help="The JSON report of an earlier run: show only what is new, and what disappeared; only new findings "
    "count for --fail-on. What could not be read, and mistakes of the tool, are always shown.",
)
_group_by = click.option(
    "--group-by",
    type=click.Choice(get_args(GroupBy)),
    help="Put findings together by endpoint, file or Kubernetes namespace. Default: file.",
)
_details = click.option(
    "--details",
    multiple=True,
    metavar="PATTERN",
    help="Show the findings of groups whose name matches, '*' for all. Repeatable. Default: all; none for a "
    f"fleet (more than {FLEET} units or files), whose text report is a page.",
)
_rows = click.option(
    "--details",
    multiple=True,
    metavar="PATTERN",
    help="List the files, or whatever --group-by says, whose name matches, '*' for all. Repeatable. Default: all; "
    f"the worst of a fleet (more than {FLEET}).",
)
_row_by = click.option(
    "--group-by",
    type=click.Choice(get_args(GroupBy)),
    help="What to show a row for: each endpoint, file or Kubernetes namespace. Default: file.",
)


def report_options(command: Callable[..., int]) -> Callable[..., int]:
    """The options of what a report shows; the command gets them as one ``shown`` argument."""
    return _with((_baseline, _group_by, _details, fail_on_option), command)


def audit_options(command: Callable[..., int]) -> Callable[..., int]:
    """Those of them that the fleet view has."""
    return _with((_baseline, _row_by, _rows, fail_on_option), command)


def _with(
    options: Sequence[Callable[[Callable[..., int]], Callable[..., int]]], command: Callable[..., int]
) -> Callable[..., int]:
    @functools.wraps(command)
    def with_options(
        baseline: str | None,
        details: tuple[str, ...],
        fail_on: str,
        group_by: GroupBy | None = None,
        **others: Any,
    ) -> int:
        shown = ReportOptions(
            fail_on=FAIL_ON[fail_on], baseline=_read(baseline), group_by=group_by, details=details
        )
        return command(shown=shown, **others)

    made: Callable[..., int] = with_options
    for option in reversed(options):
        made = option(made)
    return made


def _read(path: str | None) -> Baseline | None:
    """The baseline, read before anything else is done: a wrong one costs no conversion."""
    if path is None:
        return None
    from migrator.report.baseline_file import read_baseline

    return read_baseline(path)


def own_outputs(requests: Sequence[ReportRequest] = ()) -> set[Identity]:
    """What this run writes, which is no input where a search finds it.

    That are reports of an earlier run that new ones take the place of, and the empty files that the shell made
    for standard output and error.
    """
    found = {identity(file) for form, file in requests if file is not None and FORMATS[form].wrote(file)}
    found |= {identity(number) for number in (1, 2) if _is_empty(number)}
    return {one for one in found if one is not None}


def _is_empty(descriptor: int) -> bool:
    try:
        return os.fstat(descriptor).st_size == 0
    except OSError:
        return False


def refuse_files(requests: Sequence[ReportRequest], call: click.Context) -> None:
    """Raises UsageError for a report that would take the place of another, or of a file that says how to convert."""
    said = [call.params["config"] or DEFAULT_NAME, *call.params["catalog"]]
    read = {one for one in map(identity, said) if one is not None}
    taken: set[str] = set()
    for file in (request.file for request in requests):
        if file is None or (file.exists() and not file.is_file()):
            continue
        if identity(file) in read:
            raise UsageError(
                f"the report {file} would take the place of a file that the run is told by",
                "Name another file. Nothing was written.",
            )
        if (place := os.path.realpath(file)) in taken:
            raise UsageError(f"two reports are to be written to {file}", "Name a file for each.")
        taken.add(place)


def refuse_inputs(result: Result, requests: Sequence[ReportRequest]) -> None:
    """Raises UsageError for a report that would take the place of an input."""
    for file in (request.file for request in requests):
        if file is None or not file.exists():
            continue
        for source in result.migration.sources:
            if Path(source.path).exists() and file.samefile(source.path):
                raise UsageError(
                    f"the report {file} would take the place of an input",
                    "Name another file. Nothing was written.",
                )


def write_reports(
    result: Result, requests: Sequence[ReportRequest], options: ReportOptions = DEFAULTS
) -> None:
    """Write every report asked for; a text report to stderr if none was."""
    for request in requests or (ReportRequest("text", None),):
        if request.file is None:
            text = _rendered(result, request.format, options)
            emit_bytes(text.encode("utf-8", "backslashreplace"), err=True)
        else:
            result.write_report(request.format, request.file, options.fail_on, options)


def _rendered(result: Result, name: str, options: ReportOptions) -> str:
    return result.report(name, replace(for_stream(sys.stderr, options), base=str(Path.cwd())))
