"""What ``--prune`` deletes: what carries the migration's mark and is not in the manifest, unless something uses it."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from typing import Final

from msgspec.structs import replace

from migrator.account import Live
from migrator.apply.model import Change
from migrator.apply.normal import Names, normal
from migrator.apply.ownership import Observed, Ownership, users
from migrator.target.state import Body

_SHOWN: Final = 5
_WRITTEN: Final = {"accessKeys": "its token stops working", "providerKeys": "its value is gone"}


def pruned(
    observed: Observed, owners: Ownership, changes: Sequence[Change], names: Names
) -> tuple[Change, ...]:
    """The deletes after ``changes``, in the order in which they can be made.

    The API refuses to delete what something refers to, as an object of somebody else's, so that is a problem.
    """
    referring = users(_with_changed(observed, changes))
    taken = {one.id for one in owners.foreign if one.shares == "providerId"}  # the entry says what to do
    gone: set[str] = set()
    made: list[Change] = []
    for live in _orphans(observed, owners):
        left = [user for user in referring.get((live.member, live.id), ()) if user not in gone]
        ref = live.mark.ref if live.mark is not None else live.id
        notes = (_WRITTEN[live.member],) if live.member in _WRITTEN else ()
        seen = normal(live.member, live.body, names)
        made.append(
            Change(
                live.member,
                ref,
                "delete",
                live.id,
                None,
                seen,
                problem="" if live.id in taken else _in_use(left),
                notes=notes,
            )
        )
        if not left:
            gone.add(live.id)
    return tuple(made)


def _orphans(observed: Observed, owners: Ownership) -> Iterator[Live]:
    """What refers to others before what is referred to."""
    ids = {(orphan.member, orphan.id) for orphan in owners.orphans}
    yield from (live for live in reversed(list(observed.all())) if (live.member, live.id) in ids)


def _with_changed(observed: Observed, changes: Sequence[Change]) -> Observed:
    """The account as it is when its objects are updated. References in a body name what has an entry, and stays."""
    bodies = {(one.member, one.id): one.body for one in changes if one.action == "update" and one.body}
    return replace(
        observed,
        objects={
            member: tuple(_changed(live, bodies.get((member, live.id))) for live in several)
            for member, several in observed.objects.items()
        },
    )


def _changed(live: Live, body: Body | None) -> Live:
    if body is None:
        return live
    named = "accessKeyConfigurationId"
    linked = {"accessKeyConfiguration": {"id": body[named]}} if named in body else {}
    return dataclasses.replace(live, body={**live.body, **body, **linked})


def _in_use(left: Sequence[str]) -> str:
    if not left:
        return ""
    some = ", ".join(left[:_SHOWN]) + (", …" if len(left) > _SHOWN else "")
    refer = "refers" if len(left) == 1 else "refer"
    return f"{some} {refer} to it, and the API deletes nothing that is in use: remove that first, or leave out --prune"
