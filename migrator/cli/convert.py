"""``migrator convert``."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

import click
from msgspec.structs import replace

from migrator.api import Options, Result, convert_many
from migrator.cli.options import (
    complete_paths,
    conversion_options,
    debug_option,
    jobs_option,
    read_stdin,
)
from migrator.cli.pace import progress
from migrator.cli.reports import (
    ReportRequest,
    ReportType,
    own_outputs,
    refuse_files,
    refuse_inputs,
    report_options,
    write_reports,
)
from migrator.cli.run import emit
from migrator.errors import UsageError
from migrator.pipeline import Jobs
from migrator.report.formats import FORMATS as REPORTS
from migrator.report.options import ReportOptions

FORMATS: dict[str, Callable[[Result], str | Iterable[str]]] = {
    "manifest": Result.manifest_yaml,
    "json": Result.json_pieces,
    "calls": Result.calls,
    "curl": Result.curl,
    "none": lambda _: "",
}


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH...", shell_complete=complete_paths)
@click.option(
    "--format",
    "form",
    type=click.Choice(list(FORMATS)),
    default="manifest",
    show_default=True,
    help="What to print: the manifest as YAML, one JSON document with everything, the API calls as JSON Lines in "
    "executable order, a POSIX shell script that makes them with curl and jq, or nothing but the reports.",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(),
    metavar="DIR",
    help="Write a bundle instead: manifest, calls, script, report, secrets.env.example, CUTOVER.md and each "
    "input's policy without the retired action. Only files that migrator wrote are replaced.",
)
@click.option(
    "--report",
    "reports",
    type=ReportType(),
    multiple=True,
    metavar="FORMAT[=FILE]",
    help=f"{', '.join(REPORTS)}; to stderr, or to FILE. Repeatable. Default: text.",
)
@click.option(
    "--no-verify",
    is_flag=True,
    help="Do not compare the result with what the policies did; see migrator verify.",
)
@report_options
@jobs_option
@conversion_options
@debug_option
def convert(  # noqa: PLR0913, PLR0917 -- one argument for each option
    paths: tuple[str, ...],
    form: str,
    output: str | None,
    reports: tuple[ReportRequest, ...],
    no_verify: bool,
    jobs: Jobs,
    shown: ReportOptions,
    options: Options,
) -> int:
    """Convert Traffic Policy files to access key configurations.

    PATH is a file, a directory (searched for YAML, JSON, state files, and for programs that
    mention the action), a quoted pattern, or - for standard input. Nothing is sent anywhere and
    no credential is needed, but for --catalog live.

    Each unit is compared with what its policy did, for every model, name and kind of client:
    its verdict stands in the reports, and what works now and was refused is an error.

    \b
    Exit status: 0 fine; 1 findings at the --fail-on threshold; 2 wrong usage, no input
    readable, an output that could not be written, or a mistake of the tool itself (V003).

    \b
    Examples:
      migrator convert policies/ -o build/migration
      migrator convert policy.yaml --report markdown=report.md > manifest.yaml
      migrator convert policies/ --report html=report.html > manifest.yaml
      migrator convert policy.yaml --format json | jq .units
      migrator convert policies/ --baseline report.json --report text > manifest.yaml
      migrator convert clusters/ --group-by namespace --details 'team-*' > manifest.yaml
    """
    if output in ("", "-"):
        raise UsageError("-o takes a folder", "Without -o the manifest goes to standard output.")
    refuse_files(reports, click.get_current_context())
    chosen = replace(options, verify=not no_verify)
    with progress() as tell:
        result = convert_many(
            paths, chosen, jobs=jobs, stdin=read_stdin(paths), tell=tell, without=own_outputs(reports)
        )
    refuse_inputs(result, reports)
    if output is not None:
        result = result.write_bundle(Path(output))
    elif not result.nothing_readable:
        emit(FORMATS[form](result))
    write_reports(result, reports, shown)
    return result.exit_code(shown.fail_on, shown.baseline)
