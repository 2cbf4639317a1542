"""What of a manifest exists, what is missing, and which tokens were handed out when."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC

from msgspec import Struct

from migrator.account import Live
from migrator.apply.journal import HandedOut, Step
from migrator.apply.model import Plan
from migrator.apply.ownership import Observed, ownership
from migrator.apply.plan import make_plan
from migrator.manifest.model import MEMBERS, Manifest
from migrator.render.safe import shown

LOW_CENTS = 500
"""Below this, credits are worth a warning."""


class Status(Struct, frozen=True):
    """What a status shows.

    ``owned`` is by address. ``handed`` are the tokens that the journal knows; ``interrupted`` is how many
    requests of an earlier run have no known outcome. ``cents`` is None where the balance could not be had.
    """

    plan: Plan
    owned: dict[str, Live]
    handed: dict[str, HandedOut]
    interrupted: int = 0
    cents: int | None = None

    @property
    def missing(self) -> tuple[str, ...]:
        return tuple(change.address for change in self.plan.changes if change.action == "create")

    @property
    def differing(self) -> tuple[str, ...]:
        return tuple(change.address for change in self.plan.changes if change.action == "update")

    @property
    def is_complete(self) -> bool:
        """Whether everything is there as the manifest says."""
        return not self.plan.has_changes and not self.interrupted


def status_of(
    manifest: Manifest,
    observed: Observed,
    handed: tuple[HandedOut, ...] = (),
    *,
    interrupted: int = 0,
    cents: int | None = None,
) -> Status:
    """The status of a manifest in an account."""
    owned = dict(ownership(manifest, observed).owned)
    return Status(make_plan(manifest, observed), owned, {one.id: one for one in handed}, interrupted, cents)


def interrupted(steps: Sequence[Step]) -> int:
    """How many requests have no known outcome, and were not made up for by a later one."""
    last = {step.address: step.number for step in steps if step.state == "done"}
    return sum(step.is_open and step.number > last.get(step.address, 0) for step in steps)


def status_lines(status: Status) -> Iterator[str]:
    """The status for people."""
    plan = status.plan
    total, missing, differing = len(plan.changes), len(status.missing), len(status.differing)
    yield (
        f"Migration {shown(plan.migration)}: {total - missing} of {total} objects exist, {differing} differ, "
        f"{missing} are missing."
    )
    yield ""
    width = max(map(len, MEMBERS))
    for member in MEMBERS:
        held = [change for change in plan.changes if change.member == member]
        there = sum(change.action != "create" for change in held)
        yield f"  {member:<{width}}  {there} of {len(held)}"
    yield from _listed("Missing (migrator apply creates them):", status.missing)
    yield from _listed("Different (migrator plan shows how):", status.differing)
    if plan.settings is not None:
        yield from _listed(
            "Account settings that differ:", tuple(field.path[1:] for field in plan.settings.fields)
        )
    yield from _listed("Tokens:", tuple(_tokens(status)))
    yield from _listed("To look at:", tuple(_remarks(status)))
    if status.cents is not None:
        yield ""
        yield f"Credits: {money(status.cents)}"


def warnings(status: Status) -> Iterator[str]:
    """What needs somebody's attention before clients are switched over."""
    if status.interrupted:
        yield (
            f"{status.interrupted} request(s) of an interrupted run have no known outcome; run migrator apply again"
        )
    if status.cents is not None and status.cents <= 0:
        yield "no credits are left, and every request pays from them, also with keys of your own"
    elif status.cents is not None and status.cents < LOW_CENTS:
        yield (
            f"{money(status.cents)} of credits are left, and every request pays from them, also with keys of your own"
        )


def money(cents: int) -> str:
    """An amount in dollars: ``$12.05``."""
    sign = "-" if cents < 0 else ""
    return f"{sign}${abs(cents) // 100}.{abs(cents) % 100:02}"


def _listed(title: str, lines: tuple[str, ...]) -> Iterator[str]:
    if lines:
        yield ""
        yield title
        yield from (f"  {shown(line)}" for line in lines)


def _tokens(status: Status) -> Iterator[str]:
    for address, live in status.owned.items():
        if live.member != "accessKeys":
            continue
        handed = status.handed.get(live.id)
        used = live.body.get("lastUsed")
        last = f"last used {used}" if isinstance(used, str) else "never used"
        if handed is None:
            yield f"{address} ({live.id}): no token was handed out from here; {last}"
        else:
            at = handed.at.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")
            yield f"{address} ({live.id}): handed out {at} to {handed.place}; {last}"


def _remarks(status: Status) -> Iterator[str]:
    plan = status.plan
    for orphan in plan.orphans:
        yield f"{orphan.member}/{orphan.ref} ({orphan.id}) is not in the manifest any more"
    for duplicate in plan.duplicates:
        yield f"{duplicate.id} carries the mark of {duplicate.member}/{duplicate.ref} too, beside {duplicate.kept}"
    orphans = {one.id for one in plan.orphans}
    for foreign in plan.foreign:
        if foreign.id in orphans:
            yield (
                f"{foreign.id} has the {foreign.shares} of {foreign.member}/{foreign.ref}: migrator adopt gives it that ref"
            )
            continue
        yield f"{foreign.id} has the {foreign.shares} of {foreign.member}/{foreign.ref}, and is not this migration's"
