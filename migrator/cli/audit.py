"""``migrator audit``."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator

import click

from migrator.api import Options, Result
from migrator.api import audit as audit_inputs
from migrator.cli.options import (
    complete_paths,
    conversion_options,
    debug_option,
    jobs_option,
    read_stdin,
)
from migrator.cli.pace import progress
from migrator.cli.reports import audit_options, own_outputs
from migrator.cli.run import emit, say_found
from migrator.cli.terminal import for_stream
from migrator.findings.base import Category, Finding
from migrator.pipeline import Jobs
from migrator.report.audit import Audit
from migrator.report.audit_data import audit_csv, audit_json
from migrator.report.audit_formats import audit_markdown, audit_text
from migrator.report.options import ReportOptions

FORMATS: dict[str, Callable[[Audit, ReportOptions], str]] = {
    "text": audit_text,
    "markdown": audit_markdown,
    "csv": lambda audit, _: audit_csv(audit),
    "json": lambda audit, _: audit_json(audit),
}


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH...", shell_complete=complete_paths)
@click.option(
    "--format",
    "form",
    type=click.Choice(list(FORMATS)),
    default="text",
    show_default=True,
    help="What to print.",
)
@audit_options
@jobs_option
@conversion_options
@debug_option
def audit(paths: tuple[str, ...], form: str, shown: ReportOptions, jobs: Jobs, options: Options) -> int:
    """Find every policy below some paths, and show how they would convert and what stands in the way.

    PATH is a file, a pattern, - for standard input, or a directory, which is searched as a repository: without what
    .gitignore names, vendored trees and links that lead out of it. Whatever holds a policy is read, programs and
    scripts included. Files that mention the address of one of the endpoints are listed: who calls them.

    Per file, or what --group-by says, the outcome with counts and percentages, policies that stand at several places,
    then a ranked list of what is unsupported, the open decisions and the manual tasks; at the end how many files hold
    how many distinct policies, and what was not looked into. Nothing is written.

    \b
    Exit status: 0 fine; 1 findings at the --fail-on threshold; 2 wrong usage, or no input
    readable.

    \b
    Examples:
      migrator audit .
      migrator audit policies/ --fail-on never
      migrator audit policies/ --baseline report.json
      migrator audit clusters/ --group-by namespace
      migrator audit account/ src/ --format json | jq .mentions
      migrator audit 'clusters/**/*.yaml' --format csv > audit.csv
    """
    with progress() as tell:
        audited = audit_inputs(
            paths,
            options,
            stdin=read_stdin(paths),
            tell=tell,
            jobs=jobs,
            baseline=shown.baseline,
            group_by=shown.group_by or "file",
            without=own_outputs(),
        )
    emit(FORMATS[form](audited.audit, for_stream(sys.stdout, shown)))
    say_found(_without_a_row(audited.result))
    return audited.result.exit_code(shown.fail_on, shown.baseline)


def _without_a_row(result: Result) -> Iterator[Finding]:
    """What is wrong with the call: paths that lead to no file, which no table of files has."""
    files = {source.path for source in result.migration.sources}
    for found in result.findings:
        if found.category is Category.READ and found.at is not None and found.at.path not in files:
            yield found
