"""``migrator audit``."""

from __future__ import annotations

from collections.abc import Callable

import click

from migrator.api import Options
from migrator.api import convert as convert_inputs
from migrator.cli.common import FAIL_ON, conversion_options, debug_option, fail_on_option, read_stdin
from migrator.cli.run import emit
from migrator.report.audit import Audit
from migrator.report.audit import audit as make_audit
from migrator.report.audit_formats import audit_csv, audit_json, audit_markdown, audit_text

FORMATS: dict[str, Callable[[Audit], str]] = {
    "text": audit_text,
    "markdown": audit_markdown,
    "csv": audit_csv,
    "json": audit_json,
}


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option(
    "--format",
    "form",
    type=click.Choice(list(FORMATS)),
    default="text",
    show_default=True,
    help="What to print.",
)
@fail_on_option
@conversion_options
@debug_option
def audit(paths: tuple[str, ...], form: str, fail_on: str, options: Options) -> int:
    """Show how a fleet of policies would convert, and what stands in the way.

    Per file the outcome with counts and percentages, then a ranked list of what is unsupported, the open
    decisions and the manual tasks. Nothing is written.

    \b
    Examples:
      migrator audit policies/ --fail-on never
      migrator audit 'clusters/**/*.yaml' --format csv > audit.csv
    """
    result = convert_inputs(paths, options, stdin=read_stdin(paths))
    emit(FORMATS[form](make_audit(result.migration)))
    return result.exit_code(FAIL_ON[fail_on])
