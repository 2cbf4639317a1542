"""``migrator status``."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import click

from migrator.account.gateway import GATEWAY_URL
from migrator.apply.ownership import Observed, observe
from migrator.apply.run import TOKENS, journal_beside
from migrator.apply.status import Status, interrupted, status_lines, status_of, warnings
from migrator.cli.manifests import (
    Where,
    account_options,
    file_of,
    manifest_argument,
    manifest_at,
    opened_account,
)
from migrator.cli.options import debug_option
from migrator.cli.run import emit, say
from migrator.errors import CallError, MigratorError
from migrator.manifest import Manifest
from migrator.render.safe import shown

INCOMPLETE: Final = 1


@click.command()
@manifest_argument
@click.option(
    "--journal",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="The journal of the applies. Default: migrator-journal-MIGRATION.sqlite3 next to the manifest.",
)
@click.option(
    "--probe",
    is_flag=True,
    help="Send one tiny request with each access key to the gateway. It is paid for like any other.",
)
@click.option(
    "--tokens",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help=f"The tokens to probe with, as apply wrote them. Default: {TOKENS} next to the manifest.",
)
@click.option("--probe-model", metavar="MODEL", help="The model to ask where a configuration names none.")
@click.option(
    "--gateway-url",
    default=GATEWAY_URL,
    show_default=True,
    envvar="MIGRATOR_GATEWAY_URL",
    metavar="URL",
    help="The gateway to probe; also MIGRATOR_GATEWAY_URL.",
)
@account_options
@debug_option
def status(
    manifest: str,
    journal: Path | None,
    probe: bool,
    tokens: Path | None,
    probe_model: str | None,
    gateway_url: str,
    where: Where,
) -> int:
    """Show what of a manifest exists at ngrok.ai, and which tokens were handed out when.

    Says what is missing or different, what the journal of the applies knows of tokens, and how many credits are
    left. Nothing is changed, and nothing is sent to the gateway unless --probe asks for it.

    \b
    Exit status: 0 everything is as the manifest says; 1 something is missing, different or does not
    answer; 2 wrong usage, or an account that cannot be asked.

    \b
    Examples:
      AI_GATEWAY_API_KEY=... migrator status build/migration
      migrator status build/migration --probe --probe-model openai:gpt-4o-mini
    """
    wanted = manifest_at(manifest)
    folder = Path() if manifest == "-" else file_of(manifest).parent
    with opened_account(where) as account:
        observed = observe(account)
        try:
            cents = account.credits()
        except CallError as error:
            cents = None
            say(f"Warning: {error.message}.")
    found = _with_journal(wanted, observed, journal, folder, cents)
    emit("".join(f"{line}\n" for line in status_lines(found)))
    for warning in warnings(found):
        say(f"Warning: {warning}.")
    answers = True
    if probe:
        answers = _probe(found, observed, tokens or folder / TOKENS, probe_model, gateway_url, where)
    return 0 if found.is_complete and answers else INCOMPLETE


def _with_journal(
    wanted: Manifest, observed: Observed, journal: Path | None, folder: Path, cents: int | None
) -> Status:
    """The status, with what the journal knows; a default one that is not there knows nothing."""
    from migrator.apply.journal import read_journal

    place = journal or journal_beside(folder, wanted.migration)
    if journal is None and not place.exists():
        return status_of(wanted, observed, cents=cents)
    try:
        steps, handed, _ = read_journal(place)
    except MigratorError as error:
        say(f"Warning: {error.message}; what it knows of tokens is not shown.")
        return status_of(wanted, observed, cents=cents)
    return status_of(wanted, observed, handed, interrupted=interrupted(steps), cents=cents)


def _probe(
    found: Status, observed: Observed, tokens: Path, model: str | None, gateway_url: str, where: Where
) -> bool:
    """Send the requests and tell what came of each; whether all that can be answered were."""
    from migrator.account.gateway import probe as send
    from migrator.apply.probe import probes, read_tokens

    keys = {address: live for address, live in found.owned.items() if live.member == "accessKeys"}
    emit("\nProbes:\n")
    every = True
    for one in probes(observed, keys, read_tokens(tokens), model):
        if one.token is None:
            emit(f"  {shown(one.address)}: not asked, {one.skipped}\n")
            every = every and one.is_closed
            continue
        try:
            send(gateway_url, one.token, one.model, ca_file=where.ca_file)
        except CallError as error:
            emit(f"  {shown(one.address)}: {shown(error.message)} (asked for {shown(one.model)})\n")
            every = False
        else:
            emit(f"  {shown(one.address)}: answered, with {shown(one.model)}\n")
    return every
