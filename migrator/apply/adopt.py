"""Taking over an object that nobody marked: its metadata gets the mark, and keeps what it has.

Nothing else of the object is changed; the next plan shows what differs. What its metadata was is in the
journal, so that a rollback restores it.
"""

from __future__ import annotations

import json
from typing import Any, Final

from msgspec import Struct

from migrator.account import KINDS, Live, Mark
from migrator.apply.journal import Journal
from migrator.apply.normal import metadata_object
from migrator.apply.once import Once
from migrator.apply.ownership import Observed, ownership
from migrator.errors import CallError, StaleError, UsageError
from migrator.manifest.model import Entry, Manifest
from migrator.manifest.problems import near
from migrator.target import limits
from migrator.target.bodies import MARK

_PLAIN: Final = "text"
"""Where metadata that is no object is kept."""


class Adoption(Struct, frozen=True):
    """What is taken over for what, and the metadata it gets. ``warnings`` are what to think of first."""

    entry: Entry
    live: Live
    metadata: str
    warnings: tuple[str, ...]


def adoption(
    manifest: Manifest,
    observed: Observed,
    name: str,
    identity: str | None,
    *,
    from_migration: str | None = None,
) -> Adoption:
    """What taking over ``identity`` for the entry ``name`` means; without one, the one object that fits.

    Raises UsageError for an entry that has its object, and for an object that cannot be the entry's.
    """
    entry = _entry(manifest, name)
    owners = ownership(manifest, observed)
    owned = owners.owned.get(entry.address)
    if owned is not None:
        raise UsageError(
            f"{entry.address} has its object already: {owned.id}",
            "An entry has one object. Nothing needs to be taken over.",
        )
    if identity is None:
        fitting = [one.id for one in owners.foreign if (one.member, one.ref) == (entry.member, entry.ref)]
        if len(fitting) != 1:
            found = f"these do: {', '.join(fitting)}" if fitting else "none does"
            raise UsageError(
                f"which object to take over for {entry.address}? One that has its name or providerId: {found}",
                "Say which: migrator adopt MANIFEST REF ID.",
            )
        identity = fitting[0]
    live = observed.of(entry.member, identity)
    if live is None:
        raise UsageError(
            f"the account has no {KINDS[entry.member].title} {identity[:80]}",
            "migrator plan shows what has the name of an entry.",
        )
    is_left = any(one.id == live.id for one in owners.orphans)
    _refuse(entry, live, manifest.migration if is_left else from_migration)
    text = json.dumps(_metadata(entry, live, manifest.migration), ensure_ascii=False, separators=(",", ":"))
    if len(text) > limits.METADATA:
        raise UsageError(
            f"the metadata of {live.id} has no room for the mark: {len(text)} characters, {limits.METADATA} are the most",
            "Shorten it at app.ngrok.ai first.",
        )
    return Adoption(entry, live, text, _warnings(entry))


def adopt(once: Once, chosen: Adoption) -> Live:
    """Write the mark; the object as it is then. Raises MigratorError, StaleError if somebody changed it since."""
    entry, live, account, journal = chosen.entry, chosen.live, once.account, once.journal
    now = account.find(live.member, live.id, entry.address)
    if now is None or now.body.get("metadata") != live.body.get("metadata"):
        raise StaleError(
            f"{live.id} was changed or deleted since it was looked at", "Nothing was changed. Try again."
        )
    body = {"metadata": chosen.metadata}
    step = journal.intend("adopt", live.member, entry.ref, identity=live.id, sent=body, before=now.body)
    try:
        after = account.update(live.member, live.id, body, entry.address)
    except CallError as error:
        if not error.is_uncertain:
            journal.ended(step, "refused")
            raise
        return _looked_for(once, journal, step, chosen, error)
    journal.done(step, live.id, after.body)
    return after


def _looked_for(once: Once, journal: Journal, step: int, chosen: Adoption, error: CallError) -> Live:
    """The answer was lost: the object itself says whether it carries the mark."""
    live = chosen.live
    found = once.account.find(live.member, live.id, chosen.entry.address)
    if found is not None and found.mark == Mark(once.migration, chosen.entry.ref):
        journal.done(step, live.id, found.body)
        return found
    journal.ended(step, "lost")
    raise error


def _entry(manifest: Manifest, name: str) -> Entry:
    found = [entry for entry in manifest.entries if name in (entry.address, entry.ref)]
    if len(found) == 1:
        return found[0]
    known = [entry.address for entry in manifest.entries]
    if found:
        raise UsageError(
            f"several entries have the ref {name[:120]}",
            f"Say which: {', '.join(entry.address for entry in found)}.",
        )
    raise UsageError(
        f"the manifest has no entry {name[:120]}",
        near(name, known).strip() or "migrator plan shows the entries, as member/ref.",
    )


def _refuse(entry: Entry, live: Live, from_migration: str | None) -> None:
    if live.mark is not None and live.mark.migration != from_migration:
        raise UsageError(
            f"{live.id} is of the migration {live.mark.migration}, as {live.mark.ref}",
            "If it is to change hands: --from with the name of that migration. Its own manifest creates another then.",
        )
    wanted, there = entry.body.get("providerId"), live.body.get("providerId")
    if wanted is not None and wanted != there:
        raise UsageError(
            f"{live.id} has another providerId than {entry.address}, and it cannot be changed",
            "Take over one with the same providerId, or none.",
        )


def _metadata(entry: Entry, live: Live, migration: str) -> dict[str, Any]:
    held = live.body.get("metadata")
    own = metadata_object(held)
    if own is None:
        own = {_PLAIN: held} if held not in (None, "") else {}
    kept = {key: value for key, value in own.items() if key != MARK}
    return {MARK: {"migration": migration, "ref": entry.ref}, **kept}


def _warnings(entry: Entry) -> tuple[str, ...]:
    match entry.member:
        case "accessKeys":
            return ("Its token is not known here, and cannot be had again: whoever has it goes on using it.",)
        case "providerKeys":
            return (f"Its value stays as it is; --rotate {entry.ref} gives it the one of this manifest.",)
        case _:
            return (
                "Whoever made it may still change it; the next apply changes it to what the manifest says.",
            )
