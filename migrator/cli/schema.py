"""``migrator schema``."""

from __future__ import annotations

import click

from migrator.cli.options import debug_option
from migrator.cli.run import emit
from migrator.report.schemas import SCHEMAS, schema_text


@click.command()
@click.argument("name", type=click.Choice(list(SCHEMAS)), metavar="NAME")
@debug_option
def schema(name: str) -> int:
    """Print the JSON Schema of a file that migrator reads or writes.

    Editors complete and check files with it, and scripts what they read. It is of draft 2020-12 and
    needs nothing from a network.

    \b
    manifest       manifest.yaml, what has to exist at ngrok.ai
    decisions      migrator.yaml, the decisions file
    report         convert --format json, and report.json of a bundle
    audit          audit --format json
    verification   verify --format json
    plan           plan --out FILE

    \b
    Exit status: 0 fine; 2 there is no such schema.

    \b
    Examples:
      migrator schema manifest > manifest.schema.json
      migrator schema decisions > .migrator.schema.json
    """
    emit(schema_text(name))
    return 0
