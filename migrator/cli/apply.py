"""``migrator apply``."""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click
from msgspec import Struct

from migrator.apply.events import Event, Report
from migrator.apply.gates import MAX_CHANGES, Allowed
from migrator.apply.run import TOKENS, Order, journal_beside
from migrator.apply.run import apply as apply_source
from migrator.apply.secrets import needed_secrets, resolve_secrets
from migrator.apply.tokens import TokenCommand, Tokens, TokensAt
from migrator.cli.bar import Bar
from migrator.cli.manifests import (
    Where,
    account_options,
    file_of,
    folder_of,
    manifest_argument,
    manifest_or_plan_at,
    opened_account,
    plan_shown,
    prune_option,
    rotate_option,
    secret_options,
)
from migrator.cli.options import debug_option
from migrator.cli.progress import tell_on
from migrator.cli.run import emit, say, say_error
from migrator.cli.terminal import shows_colours
from migrator.errors import UsageError
from migrator.render.safe import shown
from migrator.sources.prose import digested

if TYPE_CHECKING:
    from migrator.apply.model import Plan
    from migrator.apply.secrets import SecretSources
    from migrator.secrets import Secret

STOPPED: Final = 1

Command = Callable[..., int]

journal_option = click.option(
    "--journal",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Where what is done is written down. Default: migrator-journal-MIGRATION.sqlite3 next to the manifest.",
)
_place_options: Final = (
    click.option(
        "--tokens",
        type=click.Path(path_type=Path),
        metavar="FILE",
        help=f"Where tokens of access keys go, one line of JSON each. Default: {TOKENS} next to the manifest.",
    ),
    click.option(
        "--tokens-command",
        metavar="COMMAND",
        help="A command that keeps tokens instead: run without a shell for each, with the line of JSON on its "
        "standard input. What it prints is not shown.",
    ),
    journal_option,
)
_leave_options: Final = (
    click.option("--yes", is_flag=True, help="Do not ask: carry out the plan that is shown."),
    click.option(
        "--allow-account-settings",
        is_flag=True,
        help="Change the settings of the account, too, which hold for every access key in it.",
    ),
    click.option(
        "--allow-widen",
        is_flag=True,
        help="Let live objects do more than before, or change who pays for them.",
    ),
    click.option(
        "--max-changes",
        type=click.IntRange(min=0),
        default=MAX_CHANGES,
        show_default=True,
        metavar="N",
        help="Refuse a plan that changes more existing objects than this.",
    ),
)


class Places(Struct, frozen=True):
    """What was said of where tokens and journal go."""

    tokens: Path | None
    tokens_command: str | None
    journal: Path | None


class Leave(Struct, frozen=True):
    """What the caller allows, and whether there is nothing to be asked."""

    allowed: Allowed
    is_agreed: bool


def _place_arguments(command: Command) -> Command:
    @functools.wraps(command)
    def with_places(
        tokens: Path | None, tokens_command: str | None, journal: Path | None, **others: Any
    ) -> int:
        return command(places=Places(tokens, tokens_command, journal), **others)

    return _with(_place_options, with_places)


def _leave_arguments(command: Command) -> Command:
    @functools.wraps(command)
    def with_leave(
        yes: bool, allow_account_settings: bool, allow_widen: bool, max_changes: int, **others: Any
    ) -> int:
        return command(leave=Leave(Allowed(allow_account_settings, allow_widen, max_changes), yes), **others)

    return _with(_leave_options, with_leave)


def _with(options: Sequence[Callable[[Command], Command]], command: Command) -> Command:
    for option in reversed(options):
        command = option(command)
    return command


@click.command()
@manifest_argument
@_leave_arguments
@_place_arguments
@rotate_option
@prune_option
@secret_options
@account_options
@debug_option
def apply(
    manifest: str,
    leave: Leave,
    places: Places,
    rotate: tuple[str, ...],
    prune: bool,
    sources: SecretSources,
    where: Where,
) -> int:
    """Create at ngrok.ai what a manifest says, or carry out a saved plan.

    MANIFEST is a file that convert wrote, the folder of a bundle, or a plan that `plan --out` saved. The plan is
    shown, and carried out if you agree. Everything is written down before it is done: after any interruption,
    run the same command again, and it goes on. Nothing is created twice, and no token is lost.

    \b
    Exit status: 0 the account is as the manifest says; 1 stopped on the way, or not agreed to: run
    again to go on; 2 nothing was changed: wrong usage, a plan that is not allowed, or no answer.

    \b
    Examples:
      AI_GATEWAY_API_KEY=... migrator apply build/migration --secrets secrets.env
      migrator plan build/migration --out build/migration/plan.json
      migrator apply build/migration/plan.json --yes
      migrator apply build/migration --secrets-command 'op read op://{vault}/{name}/password'
    """
    source = manifest_or_plan_at(manifest)
    order = Order(source, leave.allowed, rotate, prune, digested)
    _check_usage(order, manifest, places)
    folder = folder_of(manifest, source)
    journal = places.journal or journal_beside(folder, source.migration)
    place = places.tokens or folder / TOKENS
    if places.tokens_command is None:
        _check_tokens(place, {"manifest": file_of(manifest), "journal": journal, "secrets": sources.file})
    with (
        opened_account(where) as account,
        _tokens(place, places.tokens_command) as tokens,
        Bar(sys.stderr, is_shown=sys.stderr.isatty(), patience=0) as bar,
    ):
        talk = Conversation(sources, bar, is_agreed=leave.is_agreed)
        try:
            report = apply_source(account, order, journal, tokens, talk)
        except KeyboardInterrupt:
            bar.clear()
            say(f"What was done is in {journal}. Run the same command again to go on.")
            raise
    return _ended(report, talk, leave, journal, tokens)


class Conversation:
    """Shows plans, asks on the terminal, and tells what happens."""

    def __init__(self, sources: SecretSources, bar: Bar, *, is_agreed: bool) -> None:
        self.plan: Plan | None = None
        self._sources = sources
        self._bar = bar
        self._is_agreed = is_agreed

    def show(self, plan: Plan) -> None:
        if self.plan is not None:
            say("The account was changed meanwhile; this is left to do:")
        self.plan = plan
        emit(plan_shown(plan, colour=shows_colours(sys.stdout)))

    def agrees(self) -> bool:
        if self._is_agreed:
            return True
        if not sys.stdin.isatty():
            raise UsageError(
                "nobody can be asked whether to apply this plan: standard input is no terminal",
                "Nothing was changed. To apply without being asked: --yes.",
            )
        return click.prompt("Apply this plan? Only 'yes' does", default="no", err=True) == "yes"

    def secrets(self, plan: Plan) -> Mapping[str, Secret]:
        return resolve_secrets(needed_secrets(plan), self._sources)

    def tell(self, event: Event) -> None:
        tell_on(self._bar)(event)


@contextmanager
def _tokens(path: Path, command: str | None) -> Iterator[Tokens]:
    if command is not None:
        yield TokenCommand(command)
        return
    with TokensAt(path) as file:
        yield file


def _check_usage(order: Order, manifest: str, places: Places) -> None:
    from migrator.apply.model import Plan

    if isinstance(order.source, Plan) and (order.rotate or order.prune):
        raise UsageError(
            "a saved plan says itself what is rotated and pruned", "Give these to `migrator plan`."
        )
    if places.tokens is not None and places.tokens_command is not None:
        raise UsageError("tokens go to a file or to a command, not to both", "Leave out one of the two.")
    if manifest == "-" and (places.journal is None or not (places.tokens or places.tokens_command)):
        raise UsageError(
            "a manifest on standard input has no place next to it",
            "Name the places: --journal FILE, and --tokens FILE or --tokens-command COMMAND.",
        )


def _check_tokens(place: Path, others: Mapping[str, Path | None]) -> None:
    """Raise UsageError where tokens would be written into a file that is for something else."""
    for what, other in others.items():
        if other is not None and os.path.realpath(place) == os.path.realpath(other):
            raise UsageError(
                f"the tokens would be written into the {what}, {shown(str(place))}",
                "Name another file: --tokens FILE.",
            )


def _ended(report: Report, talk: Conversation, leave: Leave, journal: Path, tokens: Tokens) -> int:
    if report.is_declined and not report.done:
        say("Nothing was changed.")
        return STOPPED
    if report.done:
        counted = ((verb, report.count(verb)) for verb in dict.fromkeys(each.verb for each in report.done))
        say(f"Done: {', '.join(f'{count} {verb}' for verb, count in counted)}. Written down in {journal}.")
    if any(each.address.startswith("accessKeys/") and each.verb == "created" for each in report.done):
        say(f"The tokens are in {tokens.place}. Hand each to its client, then delete it there.")
    plan = talk.plan
    if (
        plan is not None
        and plan.settings is not None
        and not leave.allowed.account_settings
        and not report.is_declined
    ):
        say("The account settings were left as they are; --allow-account-settings changes them.")
    if report.is_declined:
        say("What was shown last was not done. Run the same command again to go on.")
        return STOPPED
    return 0 if report.failure is None else tell_failure(report)


def tell_failure(report: Report) -> int:
    """What stopped a run, and how to go on; the exit status."""
    if report.failure is not None:
        say_error(report.failure)
    if report.left:
        say(f"{report.left} changes are left. Run the same command again to go on.")
    return STOPPED
