"""A plan as data: what stands between a manifest and an account.

Bodies are those of the manifest, with ``$ref`` and ``$secret`` in place of ids and secrets, so a plan
can be shown and saved. What was seen of live objects is in normal form (``migrator.apply.normal``).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

from msgspec import Struct

from migrator.target.state import Body

Action = Literal["create", "update", "delete", "none"]


class FieldChange(Struct, frozen=True, forbid_unknown_fields=True):
    """One difference. ``path`` is a JSON pointer into the body; None is *not there*."""

    path: str
    before: Any
    after: Any


class Change(Struct, frozen=True, forbid_unknown_fields=True):
    """What happens to one object.

    ``body`` is what is sent: the whole object for a create, the members that differ for an update (null
    where one goes), nothing else. ``before`` is what was seen, ``fields`` the differences. ``rotates``: its
    secret is replaced (``POST …/rotate``), whether or not anything else changes. ``problem`` says why it
    cannot be done; a plan with one is not applied. ``notes`` are what a reader should know besides. ``at`` is
    the line of the manifest, ``source`` are the lines of the old policies that it came from.
    """

    member: str
    ref: str
    action: Action
    id: str | None = None
    body: Body | None = None
    before: Body | None = None
    fields: tuple[FieldChange, ...] = ()
    widens: tuple[str, ...] = ()
    pays: tuple[str, ...] = ()
    rotates: bool = False
    rotation: Body | None = None
    """The body of the rotation, ``{"name": …, "value": {"$secret": …}}``."""
    problem: str = ""
    notes: tuple[str, ...] = ()
    at: str = ""
    source: str = ""

    @property
    def address(self) -> str:
        """``member/ref``."""
        return f"{self.member}/{self.ref}"

    @property
    def is_change(self) -> bool:
        """Whether anything is sent."""
        return self.action != "none" or self.rotates


class Foreign(Struct, frozen=True, forbid_unknown_fields=True):
    """A live object without this migration's mark that has the name or the ``providerId`` of an entry.

    ``shares`` is ``name`` or ``providerId``; ``migration`` is whose mark it carries, if any.
    """

    member: str
    ref: str
    id: str
    name: str
    shares: Literal["name", "providerId"]
    migration: str | None = None


class Orphan(Struct, frozen=True, forbid_unknown_fields=True):
    """A live object with this migration's mark whose ref the manifest does not have (any more)."""

    member: str
    ref: str
    id: str
    name: str


class Duplicate(Struct, frozen=True, forbid_unknown_fields=True):
    """A live object whose mark another live object has too; ``kept`` is the id of the one the plan works with.

    ``used_by`` are the ids of live objects that refer to it: empty for one that nothing refers to.
    """

    member: str
    ref: str
    id: str
    kept: str
    used_by: tuple[str, ...] = ()


class SettingsChange(Struct, frozen=True, forbid_unknown_fields=True):
    """What changes in the account's settings, which every key of the account has."""

    body: Body
    before: Body
    fields: tuple[FieldChange, ...]


class Seen(Struct, frozen=True, forbid_unknown_fields=True):
    """What was seen of a live object that carries this migration's mark, in normal form; no secret."""

    member: str
    id: str
    ref: str
    body: Body


class Plan(Struct, frozen=True, forbid_unknown_fields=True):
    """``changes`` are in the order in which they can be made: creates and updates, then deletes in reverse.

    ``seen`` holds every live object with this migration's mark, ``settings_seen`` the account settings that
    the manifest names; both are empty for a plan made offline.
    """

    migration: str
    digest: str
    changes: tuple[Change, ...]
    settings: SettingsChange | None = None
    foreign: tuple[Foreign, ...] = ()
    orphans: tuple[Orphan, ...] = ()
    duplicates: tuple[Duplicate, ...] = ()
    seen: tuple[Seen, ...] = ()
    settings_seen: Body | None = None
    notices: tuple[str, ...] = ()
    is_offline: bool = False
    prune: bool = False
    rotate: tuple[str, ...] = ()
    manifest: str = ""
    """Of a saved plan, the way from its folder to the manifest: journal and tokens stand there."""
    account: str = ""
    """The id of the account that it was made for; empty for a plan made offline."""

    @property
    def has_changes(self) -> bool:
        """Whether applying it would send anything that changes the account."""
        return self.settings is not None or any(change.is_change for change in self.changes)

    def count(self, action: Action) -> int:
        return sum(change.action == action for change in self.changes)

    @property
    def touched(self) -> tuple[Change, ...]:
        """The changes to objects that exist: what ``--max-changes`` counts, account settings besides."""
        return tuple(change for change in self.changes if change.is_change and change.action != "create")

    def widening(self) -> Iterator[tuple[str, str]]:
        """(address, reason) for everything that needs ``--allow-widen``."""
        for change in self.changes:
            for reason in (*change.widens, *change.pays):
                yield change.address, reason

    def problems(self) -> Iterator[tuple[str, str]]:
        """(address, why) for everything that cannot be done."""
        for change in self.changes:
            if change.problem:
                yield change.address, change.problem
