"""``migrator plan``."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Final

import click
from msgspec.structs import replace

from migrator.apply.ownership import observe
from migrator.apply.plan import make_plan, offline_plan
from migrator.apply.plan_file import HEAD, is_plan, save_plan
from migrator.cli.manifests import (
    Where,
    account_options,
    file_of,
    manifest_argument,
    manifest_at,
    opened_account,
    plan_shown,
    prune_option,
    rotate_option,
)
from migrator.cli.options import debug_option
from migrator.cli.run import emit, say
from migrator.cli.terminal import shows_colours
from migrator.errors import UsageError
from migrator.render.files import is_stream
from migrator.render.safe import shown
from migrator.sources.prose import digested

CANNOT: Final = 1
CHANGES: Final = 2


@click.command()
@manifest_argument
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Save the plan, for `migrator apply FILE`: it is applied as it was shown, or not at all.",
)
@click.option("--offline", is_flag=True, help="Ask nobody: as if the account had nothing of the migration.")
@click.option(
    "--detailed-exitcode",
    is_flag=True,
    help="Exit with 0 if there is nothing to do, 2 if there is, and 1 if anything fails.",
)
@rotate_option
@prune_option
@account_options
@debug_option
def plan(
    manifest: str,
    out: Path | None,
    offline: bool,
    detailed_exitcode: bool,
    rotate: tuple[str, ...],
    prune: bool,
    where: Where,
) -> int:
    """Show what would be created, changed and left alone at ngrok.ai.

    MANIFEST is a file that convert wrote, the folder of a bundle, or - for standard input. Nothing is changed,
    and no secret is read. Objects are recognised by the mark in their metadata, whoever created them; what has
    no mark of this migration is reported at most. + is created, ~ is changed, - is deleted, = stays.

    \b
    Exit status: 0 the plan is shown; 1 it could not be applied; 2 wrong usage, a manifest that cannot
    be used, or an account that cannot be asked. See --detailed-exitcode for use in scripts.

    \b
    Examples:
      migrator plan build/migration --offline
      AI_GATEWAY_API_KEY=... migrator plan build/migration --out build/migration/plan.json
      migrator plan manifest.yaml --detailed-exitcode
    """
    wanted = manifest_at(manifest)
    if out is not None:
        _check_place(out, manifest)
    if offline:
        if out is not None or prune:
            raise UsageError(
                "an offline plan knows nothing of the account: it cannot be saved, and cannot prune",
                "Leave out --offline, or --out and --prune.",
            )
        made = offline_plan(wanted, rotate=rotate)
    else:
        with opened_account(where) as account:
            made = make_plan(wanted, observe(account), rotate=rotate, prune=prune)
    emit(plan_shown(made, colour=shows_colours(sys.stdout)))
    if any(True for _ in made.problems()):
        return CANNOT
    if out is not None:
        way = "" if manifest == "-" else os.path.relpath(file_of(manifest), out.parent)
        save_plan(replace(made, manifest=way), out, digested)
        say(f"The plan is in {out}. To apply it: migrator apply {out}")
    return CHANGES if detailed_exitcode and made.has_changes else 0


def _check_place(out: Path, manifest: str) -> None:
    """Raise UsageError for a file that the plan would replace and that is no plan: it may hold the only tokens."""
    other = "Name another file: --out plan.json."
    if manifest != "-" and out.exists() and out.samefile(file_of(manifest)):
        raise UsageError(f"the plan would replace the manifest {shown(str(out))}", other)
    if not out.is_file() or is_stream(out):
        return
    try:
        with out.open("rb") as stream:
            start = stream.read(HEAD)
    except OSError as error:
        reason = (error.strerror or "error").lower()
        raise UsageError(f"{shown(str(out))} is there and could not be read: {reason}", other) from None
    if start.strip() and not is_plan(start):
        raise UsageError(f"the plan would replace {shown(str(out))}, which is no saved plan", other)
