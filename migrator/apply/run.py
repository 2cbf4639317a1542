"""A whole apply: hold the account, settle what an earlier run left open, plan, ask, execute, look again."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Protocol

from msgspec import Struct, field

from migrator.account import Account
from migrator.apply.events import Event, Report, Tell, Told
from migrator.apply.execute import execute
from migrator.apply.gates import Allowed, check
from migrator.apply.hide import Hide, nothing
from migrator.apply.journal import About, Journal, journal_at
from migrator.apply.lock import only_one
from migrator.apply.model import Plan
from migrator.apply.once import Once
from migrator.apply.ownership import Observed, observe
from migrator.apply.plan import make_plan
from migrator.apply.saved import remaining
from migrator.apply.settle import needs_settling, preferred, settle
from migrator.apply.tokens import Tokens
from migrator.errors import MigratorError, StaleError
from migrator.manifest import Manifest
from migrator.naming import slug
from migrator.secrets import Secret

_PLANS: Final = 3
"""How often a run plans again when somebody changes the account under it."""

_ACCESS_KEYS: Final = "accessKeys"
TOKENS: Final = "access-key-tokens.jsonl"
"""The tokens file in the folder of a manifest: the one that the generated script uses, too."""


def journal_beside(folder: Path, migration: str) -> Path:
    """Where the journal of a migration is by default: in the folder of its manifest."""
    return folder / f"migrator-journal-{slug(migration)}.sqlite3"


class Talk(Protocol):
    """Whoever asked for the apply."""

    def show(self, plan: Plan) -> None:
        """A plan was made; whether it may be carried out is checked next."""
        ...

    def agrees(self) -> bool:
        """Whether the plan that was shown is to be carried out. Raises MigratorError if nobody can say."""
        ...

    def secrets(self, plan: Plan) -> Mapping[str, Secret]:
        """Every value that the plan needs, by the name of its environment variable. Raises MigratorError."""
        ...

    def tell(self, event: Event) -> None:
        """Something happened."""
        ...


class Order(Struct, frozen=True):
    """What is to be applied, and what is allowed.

    ``rotate`` and ``prune`` are for a manifest; a saved plan has its own. ``hide`` is what that was saved with.
    """

    source: Manifest | Plan
    allowed: Allowed = field(default_factory=Allowed)
    rotate: tuple[str, ...] = ()
    prune: bool = False
    hide: Hide = nothing


def apply(
    account: Account,
    order: Order,
    journal: Path,
    tokens: Tokens,
    talk: Talk,
    *,
    sleep: Callable[[float], None] = time.sleep,
) -> Report:
    """Make the account hold what the manifest says.

    Raises MigratorError while nothing of the plan was carried out. From then on what was done, and what stopped
    it, is in the report: the journal knows all of it, and the next apply goes on.
    """
    report = Report()
    source = order.source
    with held(account, source.migration, journal) as opened:
        once = Once(account, opened, tokens, source.migration, teller(report, talk.tell), sleep)
        for number in range(_PLANS):
            try:
                _plan_and_execute(order, once, tokens, talk, report)
            except MigratorError as error:
                if number == 0:
                    raise
                report.failure = error
            if not _is_stale(report) or isinstance(source, Plan):
                break
    return report


def _plan_and_execute(order: Order, once: Once, tokens: Tokens, talk: Talk, report: Report) -> None:
    """Plan, ask and execute. Raises MigratorError while nothing of this plan was carried out."""
    observed = settled(once)
    plan = _plan(order, observed, once)
    _tell_unknown_tokens(plan, once)
    talk.show(plan)
    check(plan, order.allowed)
    with_settings = order.allowed.account_settings
    report.failure, report.left = None, 0
    if not _is_anything_to_do(plan, with_settings=with_settings):
        return
    if not talk.agrees():
        report.is_declined = True
        return
    secrets = talk.secrets(plan)
    if any(change.member == _ACCESS_KEYS and change.action == "create" for change in plan.changes):
        tokens.make_room()
    execute(plan, observed, once, secrets, report, with_settings=with_settings)


def _is_anything_to_do(plan: Plan, *, with_settings: bool) -> bool:
    return any(change.is_change for change in plan.changes) or (with_settings and plan.settings is not None)


def _tell_unknown_tokens(plan: Plan, once: Once) -> None:
    """Access keys that exist, and of which neither journal nor tokens file knows the token."""
    known = {handed.id for handed in once.journal.tokens()}
    known |= {step.id for step in once.journal.steps() if step.action == "adopt" and step.id is not None}
    for change in plan.changes:
        if change.member != _ACCESS_KEYS or change.id is None or change.id in known:
            continue
        if change.action != "delete" and not (once.tokens is not None and once.tokens.has(change.id)):
            once.tell(
                Told(
                    f"{change.address}: {change.id} exists, and neither this journal nor the tokens file knows its "
                    "token; if nobody has it, delete the key and apply again"
                )
            )


def _is_stale(report: Report) -> bool:
    return isinstance(report.failure, StaleError)


def _plan(order: Order, observed: Observed, once: Once) -> Plan:
    if isinstance(order.source, Plan):
        return remaining(order.source, observed, once.journal, order.hide)
    return make_plan(order.source, observed, rotate=order.rotate, prune=order.prune, prefer=preferred(once))


@contextmanager
def held(account: Account, migration: str, journal: Path) -> Iterator[Journal]:
    """The account, for this process alone, with the journal of a migration in it. Raises MigratorError."""
    identity: str = account.settings()["accountId"]
    with (
        only_one(identity),
        journal_at(journal, About(account.url, identity, migration)) as opened,
    ):
        yield opened


def settled(once: Once) -> Observed:
    """What the account holds, after everything was settled that earlier runs left open."""
    observed = observe(once.account)
    if needs_settling(once) and settle(once, observed):
        return observe(once.account)
    return observed


def teller(report: Report, tell: Tell) -> Tell:
    """Tell, and remember what was told; nothing is told twice."""
    lock = threading.Lock()

    def told(event: Event) -> None:
        with lock:
            if isinstance(event, Told):
                if event in report.told:
                    return
                report.told.append(event)
            tell(event)

    return told
