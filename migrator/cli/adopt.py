"""``migrator adopt``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

import click

from migrator.account import KINDS
from migrator.apply.adopt import Adoption, adoption
from migrator.apply.adopt import adopt as write_mark
from migrator.apply.once import Once
from migrator.apply.ownership import observe
from migrator.apply.run import held, journal_beside
from migrator.cli.manifests import (
    Where,
    account_options,
    file_of,
    for_people,
    manifest_argument,
    manifest_at,
    member_shown,
    opened_account,
)
from migrator.cli.options import debug_option
from migrator.cli.run import emit, say
from migrator.errors import UsageError
from migrator.render.safe import json_text, shown

DECLINED: Final = 1


@click.command()
@manifest_argument
@click.argument("ref")
@click.argument("identity", metavar="[ID]", required=False)
@click.option(
    "--from",
    "from_migration",
    metavar="NAME",
    help="Take over an object of this other migration, which then creates another.",
)
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option(
    "--journal",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Where what is done is written down. Default: migrator-journal-MIGRATION.sqlite3 next to the manifest.",
)
@account_options
@debug_option
def adopt(
    manifest: str,
    ref: str,
    identity: str | None,
    from_migration: str | None,
    yes: bool,
    journal: Path | None,
    where: Where,
) -> int:
    """Take over an object that exists at ngrok.ai for an entry of a manifest.

    REF is the entry, as plan shows it (providers/ollama); ID is the object, needed where several have its name or
    providerId. The mark of the migration is written into the object's metadata, beside what is there, and nothing
    else is changed: the next plan shows what differs. A rollback gives the metadata back.

    \b
    Exit status: 0 it is taken over; 1 not agreed to; 2 it cannot be.

    \b
    Examples:
      migrator adopt build/migration providers/ollama
      migrator adopt build/migration providerKeys/openai-primary aigpk_2x...
    """
    wanted = manifest_at(manifest)
    if manifest == "-" and journal is None:
        raise UsageError(
            "a manifest on standard input has no place next to it", "Name the journal: --journal FILE."
        )
    place = journal or journal_beside(file_of(manifest).parent, wanted.migration)
    with opened_account(where) as account, held(account, wanted.migration, place) as opened:
        once = Once(account, opened, None, wanted.migration, lambda _: None)
        chosen = adoption(wanted, observe(account), ref, identity, from_migration=from_migration)
        _show(chosen)
        if not yes and not _agreed():
            say("Nothing was changed.")
            return DECLINED
        live = write_mark(once, chosen)
    emit(f"adopted {chosen.entry.address} {live.id}\n")
    say(f"Written down in {place}. Next: migrator plan {shown(manifest)}")
    return 0


def _show(chosen: Adoption) -> None:
    live = chosen.live
    named = f" named {json_text(live.name)}" if live.name else ""
    say(for_people(f"{KINDS[live.member].title} {live.id}{named} becomes {chosen.entry.address}."))
    say(
        f"  metadata: {member_shown('metadata', live.body.get('metadata'))} -> {member_shown('metadata', chosen.metadata)}"
    )
    for warning in chosen.warnings:
        say(f"  {warning}")


def _agreed() -> bool:
    if not sys.stdin.isatty():
        raise UsageError(
            "nobody can be asked whether to take it over: standard input is no terminal",
            "Nothing was changed. To go on without being asked: --yes.",
        )
    return click.prompt("Take it over? Only 'yes' does", default="no", err=True) == "yes"
