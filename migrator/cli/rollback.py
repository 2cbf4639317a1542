"""``migrator rollback``."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from migrator.apply.events import Report
from migrator.apply.journal import read_journal
from migrator.apply.once import Once
from migrator.apply.ownership import observe
from migrator.apply.rollback import Undo, roll_back, undo_plan
from migrator.apply.run import held, journal_beside, settled, teller
from migrator.cli.apply import STOPPED, journal_option, tell_failure
from migrator.cli.bar import Bar
from migrator.cli.manifests import (
    Where,
    account_options,
    folder_of,
    for_people,
    manifest_or_plan_at,
    member_shown,
    opened_account,
)
from migrator.cli.options import debug_option
from migrator.cli.progress import tell_on
from migrator.cli.run import emit, say
from migrator.errors import UsageError
from migrator.render.safe import shown

if TYPE_CHECKING:
    from migrator.apply.ownership import Observed

_SIGNS: Final = {"delete": "-", "restore": "~", "settings": "~"}


@click.command()
@click.argument("manifest", metavar="[MANIFEST]", required=False)
@journal_option
@click.option(
    "--yes", is_flag=True, help="Do it. Without this, what would be done is shown, and nothing else."
)
@account_options
@debug_option
def rollback(manifest: str | None, journal: Path | None, yes: bool, where: Where) -> int:
    """Remove what an apply created at ngrok.ai, and restore what it changed.

    Nothing is done without --yes. The journal says what there is to take back: the one next to MANIFEST, or
    --journal. Objects that the migration created are deleted, in reverse; account settings and objects that it took
    over get back what they had. What somebody changed since stays, and so does what something else refers to.
    Tokens of deleted access keys stop working.

    \b
    Exit status: 0 everything was, or would be, taken back; 1 something stays, and is told; 2 wrong
    usage, a journal that cannot be used, or an account that cannot be asked.

    \b
    Examples:
      AI_GATEWAY_API_KEY=... migrator rollback build/migration
      migrator rollback build/migration --yes
      migrator rollback --journal migrator-journal-default.sqlite3
    """
    kept = _journal(manifest, journal)
    steps, _, about = read_journal(kept)
    open_steps = sum(step.is_open for step in steps)
    report = Report()
    with (
        opened_account(where) as account,
        held(account, about.migration, kept) as opened,
        Bar(sys.stderr, is_shown=sys.stderr.isatty(), patience=0) as bar,
    ):
        once = Once(account, opened, None, about.migration, teller(report, tell_on(bar)))
        observed = settled(once) if yes else observe(account)
        undos = undo_plan(opened.steps(), opened.standing(), observed)
        emit(for_people("".join(f"{line}\n" for line in _lines(undos, observed))))
        if yes:
            roll_back(undos, observed, once, report)
    stays = any(undo.problem for undo in undos)
    if not yes:
        if open_steps:
            say(f"{open_steps} requests of an interrupted run are open; --yes first looks what came of them.")
        say("Nothing was changed. To do it: --yes.")
        return STOPPED if stays else 0
    return tell_failure(report) if report.failure is not None else STOPPED if stays else 0


def _journal(manifest: str | None, journal: Path | None) -> Path:
    if journal is not None:
        return journal
    if manifest is None or manifest == "-":
        raise UsageError(
            "rollback needs the journal of what it is to take back",
            "Give the manifest that was applied, or --journal FILE.",
        )
    source = manifest_or_plan_at(manifest)
    return journal_beside(folder_of(manifest, source), source.migration)


def _lines(undos: tuple[Undo, ...], observed: Observed) -> Iterator[str]:
    if not undos:
        yield "There is nothing to take back: nothing that the journal says was created or changed is there."
        return
    yield "What the journal says can be taken back:"
    yield ""
    for undo in undos:
        sign = "!" if undo.problem else _SIGNS[undo.action]
        name = (
            "account settings" if undo.action == "settings" else f"{shown(undo.address)} ({shown(undo.id)})"
        )
        yield f"  {sign} {name}" + (f": {shown(undo.note)}" if undo.note else "")
        if undo.problem:
            yield f"      stays: {shown(undo.problem)}"
        held: Any = undo.live.body if undo.live is not None else observed.settings or {}
        for member, value in (undo.body or {}).items():
            yield f"      ~ {shown(member)}: {_value(member, held.get(member))} -> {_value(member, value)}"
    todo = [undo for undo in undos if not undo.problem]
    yield ""
    yield (
        f"Rollback: {sum(undo.action == 'delete' for undo in todo)} to delete, "
        f"{sum(undo.action != 'delete' for undo in todo)} to restore, {len(undos) - len(todo)} to stay."
    )


def _value(member: str, value: Any) -> str:
    text = member_shown(member, value)
    return text if len(text) <= 120 else f"{text[:120]}…"  # noqa: PLR2004 -- what fits on a line
