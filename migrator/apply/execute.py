"""Making the changes of a plan, in an order in which each can be made, several at once where that is safe."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import groupby
from typing import Final

from msgspec import Struct, field

from migrator.account import SETTINGS, Live
from migrator.apply.events import Done, Report, Told, Verb, Working
from migrator.apply.model import Change, Plan
from migrator.apply.once import Once, filled
from migrator.apply.ownership import Observed, observe
from migrator.apply.settle import needs_settling, settle
from migrator.errors import MigratorError, StaleError
from migrator.secrets import Secret

WORKERS: Final = 4
_APART: Final = "accessKeys"
"""One after the other: each token is on the disk before the next key is created."""


def execute(
    plan: Plan,
    observed: Observed,
    once: Once,
    secrets: Mapping[str, Secret],
    report: Report,
    *,
    with_settings: bool,
) -> None:
    """Make the changes of ``plan``, which was made from ``observed``; then look again and settle what is open.

    What was done, and what stopped it, is in ``report``. Nothing is raised but what no run can go on after.
    """
    before = len(report.done)
    run = _Run(plan, observed, once, secrets, report)
    run.of = sum(change.is_change for change in plan.changes) + (with_settings and plan.settings is not None)
    try:
        for group in _groups(plan.changes):
            run.group(group)
        if with_settings and plan.settings is not None:
            run.settings()
    except MigratorError as error:
        report.failure = error
    report.left = run.of - (len(report.done) - before)
    look_again(once, report)


def look_again(once: Once, report: Report) -> None:
    """The end of every run: if anything is open, look at the account and settle it."""
    try:
        if needs_settling(once):
            settle(once, observe(once.account))
    except MigratorError as error:
        if report.failure is None:
            report.failure = error
        else:
            once.tell(
                Told(
                    f"The account could not be looked at again ({error.message}): run apply again, which "
                    "settles what is open"
                )
            )


def _groups(changes: Iterable[Change]) -> Iterator[list[Change]]:
    """Runs of changes of one kind: of these, none needs another."""
    todo = (change for change in changes if change.is_change)
    for _, group in groupby(todo, key=lambda change: (change.member, change.action == "delete")):
        yield list(group)


class _Run(Struct):
    plan: Plan
    observed: Observed
    once: Once
    secrets: Mapping[str, Secret]
    report: Report
    of: int = 0
    begun: int = 0
    ids: dict[str, str] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)
    stop: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.ids = {change.address: change.id for change in self.plan.changes if change.id is not None}

    def group(self, changes: Sequence[Change]) -> None:
        """Make changes that do not need each other. Raises the first MigratorError; others are begun no more."""
        first = changes[0]
        if len(changes) == 1 or first.member == _APART or first.action == "delete":
            for change in changes:
                self.change(change)
            return
        with ThreadPoolExecutor(min(WORKERS, len(changes))) as pool:
            futures = [pool.submit(self._guarded, change) for change in changes]
            try:
                for future in futures:
                    future.result()
            except BaseException:
                self.stop.set()
                raise

    def _guarded(self, change: Change) -> None:
        if self.stop.is_set():
            return
        try:
            self.change(change)
        except BaseException:
            self.stop.set()
            raise

    def change(self, change: Change) -> None:
        self._working(change.address)
        if change.action == "create":
            body = filled(change.body, self.ids, self.secrets)
            made = self.once.create(change.member, change.ref, change.body or {}, body)
            with self.lock:
                self.ids[change.address] = made
            self._done("created", change.address, made)
            return
        live = self._live(change)
        if change.action == "update":
            body = filled(change.body, self.ids, self.secrets)
            live = self.once.update(live, change.ref, change.body or {}, body)
            if not change.rotates:
                self._done("updated", change.address, live.id)
        if change.rotates and change.rotation is not None:
            rotation = filled(change.rotation, self.ids, self.secrets)
            self.once.rotate(live, change.ref, rotation["name"], rotation["value"])
            self._done("rotated", change.address, live.id)
        if change.action == "delete":
            self.once.delete_unchanged(live, "the manifest does not have it")
            self._done("deleted", change.address, live.id)

    def settings(self) -> None:
        """Change the settings of the account."""
        if self.plan.settings is not None:
            self._working(SETTINGS)
            self.once.change_settings(self.plan.settings.before, self.plan.settings.body)
            self._done("changed", SETTINGS, SETTINGS)

    def _live(self, change: Change) -> Live:
        live = None if change.id is None else self.observed.of(change.member, change.id)
        if live is None:
            raise StaleError(f"{change.address}: {change.id} is gone since the plan was made", "Plan again.")
        return live

    def _working(self, address: str) -> None:
        with self.lock:
            self.begun += 1
            self.once.tell(Working(address, self.begun, self.of))

    def _done(self, verb: Verb, address: str, identity: str) -> None:
        done = Done(verb, address, identity)
        with self.lock:
            self.report.done.append(done)
            self.once.tell(done)
