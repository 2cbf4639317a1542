"""Which live object is which entry's. The mark in its metadata says so, whoever created it, and nothing else."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from typing import Any, Literal

from msgspec import Struct, field

from migrator.account import Account, Live
from migrator.account import Body as LiveBody
from migrator.apply.model import Duplicate, Foreign, Orphan
from migrator.manifest.model import MEMBERS, Entry, Manifest

_LAST = "~"
"""Behind every date."""


class Observed(Struct, frozen=True):
    """What an account holds: every object of the four kinds, and the account settings.

    The order in which an account lists its objects decides nothing.
    """

    objects: Mapping[str, tuple[Live, ...]] = field(default_factory=dict)
    settings: LiveBody | None = None

    def all(self) -> Iterator[Live]:
        """Every object, what is referred to before what refers to it."""
        for member in MEMBERS:
            yield from sorted(self.objects.get(member, ()), key=_place)

    @property
    def account(self) -> str:
        """The id of the account; empty where its settings do not tell."""
        identity = (self.settings or {}).get("accountId")
        return identity if isinstance(identity, str) else ""

    def of(self, member: str, identity: str) -> Live | None:
        return next((live for live in self.objects.get(member, ()) if live.id == identity), None)


class Ownership(Struct, frozen=True):
    """``owned`` is by address; whatever is neither there nor in one of the lists is nobody's business."""

    owned: Mapping[str, Live]
    duplicates: tuple[Duplicate, ...]
    orphans: tuple[Orphan, ...]
    foreign: tuple[Foreign, ...]


def observe(account: Account) -> Observed:
    """Everything a plan needs to see. Raises CallError."""
    return Observed({member: account.list(member) for member in MEMBERS}, account.settings())


def ownership(manifest: Manifest, observed: Observed, prefer: Mapping[str, str] | None = None) -> Ownership:
    """Who owns what. ``prefer`` names, by address, the object to work with where several carry one mark."""
    referring = users(observed)
    found: dict[str, list[Live]] = {}
    for live in observed.all():
        if live.mark is not None and live.mark.migration == manifest.migration:
            found.setdefault(f"{live.member}/{live.mark.ref}", []).append(live)
    entries = {entry.address: entry for entry in manifest.entries}
    owned: dict[str, Live] = {}
    duplicates: list[Duplicate] = []
    orphans: list[Orphan] = []
    for address, several in found.items():
        entry, wanted = entries.get(address), (prefer or {}).get(address)
        first, *rest = sorted(several, key=lambda live: _rank(live, entry, wanted, referring))
        ref = address.partition("/")[2]
        if entry is None:
            orphans += [Orphan(live.member, ref, live.id, live.name) for live in (first, *rest)]
            continue
        owned[address] = first
        duplicates += [
            Duplicate(live.member, ref, live.id, first.id, referring.get((live.member, live.id), ()))
            for live in rest
        ]
    named = _named(observed, {live.id for live in owned.values()})
    foreign = [
        one for entry in manifest.entries if entry.address not in owned for one in _foreign(entry, named)
    ]
    return Ownership(owned, tuple(duplicates), tuple(orphans), tuple(foreign))


def users_of(observed: Observed, live: Live) -> tuple[str, ...]:
    """The ids of the live objects that refer to this one."""
    return users(observed).get((live.member, live.id), ())


def _place(live: Live) -> tuple[str, str]:
    return (live.mark.ref if live.mark is not None else "", live.id)


def _rank(
    live: Live, entry: Entry | None, wanted: str | None, users: Mapping[tuple[str, str], tuple[str, ...]]
) -> tuple[object, ...]:
    """The one to work with comes first: known, right, in use, used, old."""
    provider = entry.body.get("providerId") if entry is not None else None
    created = live.body.get("createdAt")
    return (
        live.id != wanted,
        provider is not None and live.body.get("providerId") != provider,
        not users.get((live.member, live.id)),
        live.body.get("lastUsed") is None,
        created if isinstance(created, str) else _LAST,
        live.id,
    )


def _named(observed: Observed, owned: Container[str]) -> dict[tuple[str, str, object], list[Live]]:
    """Every object by its member with its ``providerId`` if it is a provider, and with its name if no entry has it."""
    found: dict[tuple[str, str, object], list[Live]] = {}
    for live in observed.all():
        provider = live.body.get("providerId")
        if live.name and live.id not in owned:
            found.setdefault((live.member, "name", live.name), []).append(live)
        if live.member == "providers" and isinstance(provider, str):
            found.setdefault((live.member, "providerId", provider), []).append(live)
    return found


def _foreign(entry: Entry, named: Mapping[tuple[str, str, object], list[Live]]) -> Iterator[Foreign]:
    """What would be a second of its kind beside what the entry creates; its own object does not exist."""
    provider = entry.body.get("providerId")
    told: set[str] = set()
    shared: tuple[Literal["providerId", "name"], ...] = ("providerId", "name")
    for shares in shared:
        for live in named.get((entry.member, shares, entry.body.get(shares)), ()):
            is_other = entry.member == "providerKeys" and live.body.get("providerId") != provider
            if live.id not in told and not is_other:
                told.add(live.id)
                migration = live.mark.migration if live.mark is not None else None
                yield Foreign(entry.member, entry.ref, live.id, live.name, shares, migration)


def users(observed: Observed) -> dict[tuple[str, str], tuple[str, ...]]:
    """By member and id of an object, the ids of the live objects that refer to it."""
    named = {
        live.body["providerId"]: live.id
        for live in observed.objects.get("providers", ())
        if isinstance(live.body.get("providerId"), str)
    }
    found: dict[tuple[str, str], dict[str, None]] = {}
    for live in observed.all():
        for member, name in _uses(live):
            target = named.get(name, name) if member == "providers" else name
            found.setdefault((member, target), {})[live.id] = None
    return {target: tuple(ids) for target, ids in found.items()}


def _uses(live: Live) -> Iterator[tuple[str, str]]:
    """(member, id or ``providerId``) of everything that an object refers to, as far as it can be read."""
    body = live.body
    match live.member, body:
        case "providerKeys", {"providerId": str(provider)}:
            yield "providers", provider
        case "accessKeys", {"accessKeyConfiguration": {"id": str(configuration)}}:
            yield "accessKeyConfigurations", configuration
        case "accessKeyConfigurations", _:
            for provider in _listed(body.get("access"), "providers", "allow"):
                if isinstance(provider, str):
                    yield "providers", provider
            for rule in _listed(body.get("router"), "rules"):
                if isinstance(rule, dict):
                    yield from _rule_uses(rule)
        case _:
            pass


def _rule_uses(rule: dict[str, Any]) -> Iterator[tuple[str, str]]:
    if isinstance(provider := rule.get("provider"), str):
        yield "providers", provider
    for step in _listed(rule, "steps"):
        for key in _listed(step, "keys"):
            if isinstance(key, dict) and isinstance(identity := key.get("id"), str):
                yield "providerKeys", identity


def _listed(value: object, *path: str) -> list[Any]:
    """The list at the end of ``path``; an empty one where there is none."""
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return value if isinstance(value, list) else []
