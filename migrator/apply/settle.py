"""Settling what earlier requests left open: by looking at the account, before a plan and at the end of a run.

What a lost request made after all is found by its mark, and is written down or removed:

- an access key whose token never arrived is deleted, so that it is created anew with a token that arrives;
- a second object with one mark is deleted if nothing refers to it and this migration's journal shows that it
  can only come from a request of its own whose answer was lost;
- everything else with the migration's mark, as what was taken over, is left alone, and a second one is told.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from migrator.account import KINDS, Live, Mark
from migrator.apply.events import Told
from migrator.apply.journal import Step
from migrator.apply.once import Once, comparable, filled
from migrator.apply.ownership import Observed, users_of

LATE: Final = 3600.0
"""Seconds after which nobody waits for a request to be carried out after all."""

_ACCESS_KEYS: Final = "accessKeys"


def needs_settling(once: Once) -> bool:
    """Whether anything is open: a request without an outcome, or a key without a token."""
    if any(step.is_open for step in once.journal.steps()):
        return True
    kept = {handed.id for handed in once.journal.tokens()}
    return any(
        step.member == _ACCESS_KEYS and each not in kept for each, step in once.journal.standing().items()
    )


def settle(once: Once, observed: Observed) -> bool:
    """Settle what can be; whether the account was changed. Raises MigratorError; what is open stays in the journal."""
    changed = False
    for member in reversed(KINDS):
        for ref, several in _marked(once, observed, member).items():
            if member == _ACCESS_KEYS:
                changed |= _settle_keys(once, ref, several)
            else:
                changed |= _settle_objects(once, ref, several, observed)
    _close(once, observed)
    return changed


def preferred(once: Once) -> Mapping[str, str]:
    """By address, the object that the journal works with."""
    return {step.address: identity for identity, step in once.journal.standing().items()}


def _marked(once: Once, observed: Observed, member: str) -> dict[str, list[Live]]:
    """By ref, what carries the migration's mark, oldest first."""
    found: dict[str, list[Live]] = {}
    for live in reversed(observed.objects.get(member, ())):
        if live.mark is not None and live.mark.migration == once.migration:
            found.setdefault(live.mark.ref, []).append(live)
    return found


def _settle_keys(once: Once, ref: str, several: list[Live]) -> bool:
    standing, kept = once.journal.standing(), {handed.id for handed in once.journal.tokens()}
    unanswered, adopted = _open(once, _ACCESS_KEYS, ref), _adopted(once)
    lost: list[tuple[Live, Step | None]] = []
    others: list[Live] = []
    for live in several:
        is_new = live.id in standing or (unanswered and live.id not in adopted)
        if live.id in kept or not is_new:
            others.append(live)  # known, or somebody else's doing, as the generated script's
            continue
        step = standing.get(live.id) or unanswered.pop()
        if once.tokens is not None and once.tokens.has(live.id):
            once.journal.done(step.number, live.id, live.body, kept_at=once.tokens.place)
            others.append(live)
        elif live.body.get("lastUsed") is not None:
            once.tell(
                Told(
                    f"accessKeys/{ref}: the token of {live.id} did not arrive here, but it is in use (last at "
                    f"{live.body['lastUsed']}): left alone"
                )
            )
            others.append(live)
        else:
            lost.append((live, None if live.id in standing else step))
    for live, made_by in lost:
        once.replace((live,))
        if made_by is not None:
            once.journal.done(made_by.number, live.id, live.body)
    _tell_several(once, ref, others)
    return bool(lost)


def _settle_objects(once: Once, ref: str, several: list[Live], observed: Observed) -> bool:
    member = several[0].member
    standing, unanswered = once.journal.standing(), _open(once, member, ref)
    ours = standing.keys() | _adopted(once)
    known = [live for live in several if live.id in ours]
    unknown = [live for live in several if live.id not in ours]
    if unanswered and unknown and not known:
        # A request that was lost made this one; the first that something refers to, as it cannot go.
        unknown.sort(key=lambda live: not users_of(observed, live))
        first = unknown.pop(0)
        once.journal.done(unanswered.pop().number, first.id, first.body)
        known = [first]
    changed = False
    for live in list(unknown):
        if unanswered and known and not users_of(observed, live):
            once.delete(live, f"a duplicate of {known[0].id}")
            once.journal.done(unanswered.pop().number, live.id, live.body)
            once.tell(
                Told(
                    f"{member}/{ref}: {live.id} was created late, by a request whose answer was lost, beside "
                    f"{known[0].id}: deleted"
                )
            )
            unknown.remove(live)
            changed = True
    _tell_several(once, ref, known + unknown)
    return changed


def _tell_several(once: Once, ref: str, several: list[Live]) -> None:
    if len(several) > 1:
        ids = ", ".join(live.id for live in several)
        once.tell(
            Told(
                f"{several[0].member}/{ref}: {len(several)} objects carry its mark ({ids}); remove all but one by hand"
            )
        )


def _open(once: Once, member: str, ref: str) -> list[Step]:
    """The creates of which nobody knows what came, newest last."""
    return [
        step for step in _opened(once) if step.action == "create" and (step.member, step.ref) == (member, ref)
    ]


def _adopted(once: Once) -> set[str]:
    """The ids of what was taken over, or may have been: no create made it, and nothing of it is removed."""
    return {
        step.id
        for step in once.journal.steps()
        if step.action == "adopt" and step.state != "refused" and step.id is not None
    }


def _opened(once: Once) -> Iterator[Step]:
    return (step for step in once.journal.steps() if step.is_open)


def _close(once: Once, observed: Observed) -> None:
    """Close what cannot come to anything any more."""
    for step in _opened(once):
        match step.action:
            case "delete":
                if step.id is not None and observed.of(step.member, step.id) is None:
                    once.journal.done(step.number, step.id)
                else:
                    once.journal.ended(step.number, "void")
            case "create":
                if once.journal.age(step) > LATE:
                    once.journal.ended(step.number, "void")
            case "rotate":
                once.journal.ended(step.number, "void")
                once.tell(
                    Told(
                        f"{step.address}: it is not known whether its value was replaced when a run was interrupted; "
                        f"--rotate {step.ref} replaces it again"
                    )
                )
            case "update" if (live := observed.of(step.member, step.id or "")) is not None and _is_made(
                step, live, observed, once.migration
            ):
                once.journal.done(step.number, step.id, live.body)
            case "adopt" if (live := observed.of(step.member, step.id or "")) is not None and (
                live.mark == Mark(once.migration, step.ref)
            ):
                once.journal.done(step.number, step.id, live.body)
            case _:
                once.journal.ended(step.number, "void")  # the next plan sees what is still to change


def _is_made(step: Step, live: Live, observed: Observed, migration: str) -> bool:
    """Whether an object is what an update whose answer was lost would have made of it."""
    ids = {
        f"{each.member}/{each.mark.ref}": each.id
        for each in observed.all()
        if each.mark is not None and each.mark.migration == migration
    }
    try:
        sent = filled(step.sent or {}, ids, {})
    except KeyError:
        return False
    return comparable(live.member, {**(step.before or {}), **sent}) == comparable(live.member, live.body)
