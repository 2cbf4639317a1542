"""From a manifest and an account to a plan. Pure: nothing is asked, nothing is changed."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from msgspec import Struct

from migrator.account import KINDS, Live
from migrator.apply.compare import changed, differences, wanted_of
from migrator.apply.model import Change, FieldChange, Plan, Seen, SettingsChange
from migrator.apply.normal import Names, metadata_object, normal, normal_settings, others
from migrator.apply.ownership import Observed, Ownership, ownership
from migrator.apply.prune import pruned
from migrator.apply.widen import payer_reasons, plain, scope_reasons, server_reasons
from migrator.errors import UsageError
from migrator.manifest.model import REF, Entry, Manifest
from migrator.manifest.problems import near
from migrator.target import limits
from migrator.target.bodies import MARK
from migrator.target.state import Body

_KEYS: Final = "providerKeys"
_IMMUTABLE: Final = frozenset({"providerId"})


def offline_plan(manifest: Manifest, *, rotate: Iterable[str] = ()) -> Plan:
    """The plan for an account that holds nothing of the migration: everything is a create."""
    _rotated(manifest, rotate)
    names = Names(provider_ids=_provider_ids(manifest))
    changes = tuple(_create(entry, names) for entry in manifest.entries)
    settings = None
    if manifest.settings is not None:
        wanted = normal_settings(manifest.settings, manifest.settings)
        fields = tuple(FieldChange(f"/{name}", None, value) for name, value in sorted(wanted.items()))
        settings = SettingsChange(manifest.settings, {}, fields)
    return Plan(manifest.migration, manifest.digest, changes, settings, is_offline=True)


def make_plan(
    manifest: Manifest,
    observed: Observed,
    *,
    rotate: Iterable[str] = (),
    prune: bool = False,
    prefer: Mapping[str, str] | None = None,
) -> Plan:
    """What would make the account hold what the manifest says.

    ``rotate`` are provider keys to give their value again, by ref or address. ``prune`` deletes what carries
    the migration's mark and is not in the manifest. ``prefer`` names, by address, which of several objects
    with one mark to work with. Raises UsageError for a ``rotate`` that names nothing.
    """
    rotated = _rotated(manifest, rotate)
    owners = ownership(manifest, observed, prefer)
    names = _names(manifest, observed, owners)
    making = _Making(
        observed,
        owners,
        names,
        rotated,
        {entry.address: entry for entry in manifest.entries},
        {one: address for address, one in names.ids.items()},
    )
    seen = tuple(_seen(live, making.names) for live in _marked(manifest, observed))
    changes = tuple(making.change(entry) for entry in manifest.entries)
    deletes = pruned(observed, owners, changes, names) if prune else ()
    return Plan(
        manifest.migration,
        manifest.digest,
        (*changes, *deletes),
        _settings(manifest, observed),
        owners.foreign,
        owners.orphans,
        owners.duplicates,
        seen,
        None if manifest.settings is None else normal_settings(observed.settings or {}, manifest.settings),
        tuple(_notices(manifest, observed, making)),
        prune=prune,
        rotate=rotated,
        account=observed.account,
    )


class _Making(Struct, frozen=True):
    observed: Observed
    owners: Ownership
    names: Names
    rotated: tuple[str, ...]
    entries: Mapping[str, Entry]
    addresses: Mapping[str, str]
    """By the id of a live object, the address of its entry."""

    def change(self, entry: Entry) -> Change:
        live = self.owners.owned.get(entry.address)
        if live is None:
            return _create(entry, self.names, self._taken(entry) or self._unknown(entry))
        fields = differences(entry, live.body, self.names)
        rotates = entry.address in self.rotated
        body = _update(entry, live, fields) if fields else None
        return Change(
            entry.member,
            entry.ref,
            "update" if fields else "none",
            live.id,
            body,
            normal(live.member, live.body, self.names),
            fields,
            tuple(self._widens(entry, live)) if fields else (),
            tuple(self._pays(entry, live)) if fields else (),
            rotates,
            {"name": entry.body["name"], "value": entry.body["value"]} if rotates else None,
            _immutable(fields) or _too_long(body) or (self._unknown(entry) if fields else ""),
            at=_at(entry),
            source=entry.source,
        )

    def say(self, value: Any) -> str:
        """What people call an id or a reference: the address of its entry where there is one."""
        if isinstance(value, dict) and value.keys() == {REF}:
            return str(value[REF])
        return self.addresses.get(value, value) if isinstance(value, str) else plain(value)

    def _taken(self, entry: Entry) -> str:
        taken = (
            [one for one in self.owners.foreign if one.shares == "providerId" and one.ref == entry.ref]
            if entry.member == "providers"
            else []
        )
        if not taken:
            return ""
        has = f"{taken[0].id} has this providerId already, which an account has once"
        orphan = next((one for one in self.owners.orphans if one.id == taken[0].id), None)
        if orphan is not None:
            return (
                f"{has}, and is this migration's {orphan.member}/{orphan.ref}, which the manifest does not have: "
                f"`migrator adopt` gives it this ref"
            )
        return f"{has}, and it is not this migration's: `migrator adopt` takes it over"

    def _unknown(self, entry: Entry) -> str:
        """Why an id that the manifest spells out is none."""
        named = _ids(entry)
        for member, identity in named:
            if self.observed.of(member, identity) is None:
                return f"it names {identity[:80]}, and the account has no such {KINDS[member].title}"
        return ""

    def _widens(self, entry: Entry, live: Live) -> Iterator[str]:
        before, after = normal(live.member, live.body, self.names), wanted_of(entry, self.names)
        match entry.member:
            case "accessKeyConfigurations":
                yield from scope_reasons(before, after, self.say)
            case "providers":
                yield from server_reasons(before, after)
            case "accessKeys" if (moved := self._moved(before, after)) is not None:
                old, new = moved
                if new is None:
                    yield "accessKeyConfigurationId: what its new configuration allows is not known"
                elif old is not None:
                    yield from (
                        f"its configuration changes: {one}" for one in scope_reasons(old, new, self.say)
                    )
            case _:
                pass

    def _pays(self, entry: Entry, live: Live) -> Iterator[str]:
        before, after = normal(live.member, live.body, self.names), wanted_of(entry, self.names)
        match entry.member:
            case "accessKeyConfigurations":
                yield from payer_reasons(before, after, self.say)
            case "accessKeys" if (moved := self._moved(before, after)) is not None:
                old, new = moved
                if old is None:
                    yield "it had no configuration: any provider key of the account paid, then only what the new one says"
                elif new is not None:
                    yield from (
                        f"its configuration changes: {one}" for one in payer_reasons(old, new, self.say)
                    )
            case _:
                pass

    def _moved(self, before: Body, after: Body) -> tuple[Body | None, Body | None] | None:
        """The configurations of a key that changes it; None for one that keeps it."""
        old, new = before.get("accessKeyConfigurationId"), after.get("accessKeyConfigurationId")
        if old == new:
            return None
        return self._configuration(old, is_wanted=False), self._configuration(new, is_wanted=True)

    def _configuration(self, value: Any, *, is_wanted: bool) -> Body | None:
        """What a configuration says: now, or after the plan. None for no configuration and for an unknown one."""
        if is_wanted and (entry := self.entries.get(self.say(value))) is not None:
            return wanted_of(entry, self.names)
        live = self.observed.of("accessKeyConfigurations", value) if isinstance(value, str) else None
        return None if live is None else normal(live.member, live.body, self.names)


def _ids(entry: Entry) -> Iterator[tuple[str, str]]:
    """(member, id) of every live object that the body names by its id and not by a reference."""
    named = entry.body.get("accessKeyConfigurationId")
    if isinstance(named, str):
        yield "accessKeyConfigurations", named
    for rule in (entry.body.get("router") or {}).get("rules", ()):
        for step in rule["steps"]:
            yield from ((_KEYS, key["id"]) for key in step.get("keys") or () if isinstance(key["id"], str))


def _create(entry: Entry, names: Names, problem: str = "") -> Change:
    shown = normal(entry.member, entry.body, names) | others(entry.member, entry.body)
    fields = tuple(FieldChange(f"/{name}", None, value) for name, value in shown.items())
    return Change(
        entry.member,
        entry.ref,
        "create",
        None,
        entry.body,
        None,
        fields,
        problem=problem,
        at=_at(entry),
        source=entry.source,
    )


def _at(entry: Entry) -> str:
    return f"{entry.at.path}:{entry.at.span.line}" if entry.at is not None else ""


def _update(entry: Entry, live: Live, fields: tuple[FieldChange, ...]) -> Body:
    """The members that differ, whole, as the manifest has them; None for one that goes."""
    names = dict.fromkeys(change.path.split("/")[1] for change in fields)
    body = {name: entry.body.get(name) for name in names}
    if "metadata" in body:
        body["metadata"] = _merged(entry.body["metadata"], live.body.get("metadata"))
    return body


def _merged(wanted: str, held: Any) -> str:
    """The manifest's metadata, together with what others wrote there."""
    own, there = metadata_object(wanted) or {}, metadata_object(held) or {}
    kept = {key: value for key, value in there.items() if key != MARK}
    return json.dumps({MARK: own[MARK], **kept, **own}, ensure_ascii=False, separators=(",", ":"))


def _immutable(fields: tuple[FieldChange, ...]) -> str:
    for change in fields:
        name = change.path[1:]
        if name in _IMMUTABLE:
            return f"{name} of a live object cannot be changed: give the entry another ref, and a new one is created"
    return ""


def _too_long(body: Body | None) -> str:
    text = (body or {}).get("metadata")
    if isinstance(text, str) and len(text) > limits.METADATA:
        return f"its metadata, with what others wrote there, has more than {limits.METADATA} characters"
    return ""


def _names(manifest: Manifest, observed: Observed, owners: Ownership) -> Names:
    live = {
        one.id: named
        for one in observed.objects.get("providers", ())
        if isinstance(named := one.body.get("providerId"), str)
    }
    ids = {address: one.id for address, one in owners.owned.items()}
    return Names(ids, {**live, **_provider_ids(manifest)})


def _provider_ids(manifest: Manifest) -> dict[str, str]:
    return {
        entry.address: entry.body["providerId"] for entry in manifest.entries if entry.member == "providers"
    }


def _marked(manifest: Manifest, observed: Observed) -> Iterator[Live]:
    for live in observed.all():
        if live.mark is not None and live.mark.migration == manifest.migration:
            yield live


def _seen(live: Live, names: Names) -> Seen:
    return Seen(
        live.member,
        live.id,
        live.mark.ref if live.mark is not None else "",
        normal(live.member, live.body, names),
    )


def _settings(manifest: Manifest, observed: Observed) -> SettingsChange | None:
    if manifest.settings is None:
        return None
    before = normal_settings(observed.settings or {}, manifest.settings)
    fields = tuple(changed(before, normal_settings(manifest.settings, manifest.settings)))
    names = {change.path[1:] for change in fields}
    body = {name: value for name, value in manifest.settings.items() if name in names}
    return SettingsChange(body, before, fields) if fields else None


def _notices(manifest: Manifest, observed: Observed, making: _Making) -> Iterator[str]:
    free = [
        live.id
        for live in observed.objects.get("accessKeys", ())
        if live.body.get("accessKeyConfiguration") is None
    ]
    new = [
        entry for entry in manifest.entries if entry.member == _KEYS and entry.address not in making.names.ids
    ]
    if free and new:
        keys = (
            "1 access key of the account has"
            if len(free) == 1
            else f"{len(free)} access keys of the account have"
        )
        yield (
            f"{keys} no configuration ({', '.join(free[:5])}{', …' if len(free) > 5 else ''}): a provider key "  # noqa: PLR2004 - what fits
            "pays for such keys too, from the moment it exists"
        )


def _rotated(manifest: Manifest, rotate: Iterable[str]) -> tuple[str, ...]:
    """The addresses that are meant, in the manifest's order."""
    known = [entry.address for entry in manifest.entries if entry.member == _KEYS]
    meant = set()
    for name in rotate:
        address = name if "/" in name else f"{_KEYS}/{name}"
        if address not in known:
            title = KINDS[_KEYS].title
            raise UsageError(
                f"--rotate {name[:120]}: the manifest has no {title} of that ref",
                near(address, known).strip() or f"It has: {', '.join(known[:20]) or 'none'}.",
            )
        meant.add(address)
    return tuple(address for address in known if address in meant)
