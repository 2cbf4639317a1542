"""An account in memory, as the API would answer after a manifest was applied to it."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterable
from functools import cache
from typing import Any, Final

from migrator.account import KINDS, Live, mark_of
from migrator.apply.ownership import Observed
from migrator.manifest import MEMBERS, Manifest, read_manifest
from tests.manifest.small import SMALL

IDS: Final = {
    "providers": "aigp",
    "providerKeys": "aigpk",
    "accessKeyConfigurations": "aigac",
    "accessKeys": "aigk",
}
SETTINGS: Final = {
    "accountId": "acc_1",
    "uri": "https://api.ngrok.ai/gateway-config",
    "totalTimeout": "2m0s",
    "perRequestTimeout": "1m0s",
    "maxInputTokens": 100_000,
    "maxOutputTokens": None,
    "metadata": None,
}

Change = Callable[[dict[str, Any]], Any]


@cache
def manifest(text: str = SMALL) -> Manifest:
    return read_manifest(text.encode(), "m.yaml")


def live(member: str, identity: str, body: dict[str, Any]) -> Live:
    return Live(member, identity, {"id": identity, **body}, mark_of(body.get("metadata")))


def applied(wanted: Manifest, settings: dict[str, Any] | None = None) -> Observed:
    """What the account holds once everything of ``wanted`` was created."""
    ids = {entry.address: f"{IDS[entry.member]}_{number}" for number, entry in enumerate(wanted.entries)}
    objects: dict[str, list[Live]] = {member: [] for member in MEMBERS}
    for number, entry in enumerate(wanted.entries):
        body = answered(entry.member, _resolved(copy.deepcopy(entry.body), ids), number)
        objects[entry.member].append(live(entry.member, ids[entry.address], body))
    return Observed(
        {member: tuple(reversed(held)) for member, held in objects.items()},
        {**SETTINGS, **(wanted.settings or {}), **(settings or {})},
    )


def answered(member: str, body: dict[str, Any], number: int = 0) -> dict[str, Any]:
    """A body as the API reads it back: more members, other order, nothing that is write-only."""
    body.pop("value", None)
    if "accessKeyConfigurationId" in body:
        identity = body.pop("accessKeyConfigurationId")
        body["accessKeyConfiguration"] = {
            "id": identity,
            "uri": f"https://api.ngrok.ai/{identity}",
            "name": "x",
        }
    if member in ("providerKeys", "accessKeys"):
        body |= {"keyRedacted": "made-up-0***last", "lastUsed": None}
    if member == "accessKeyConfigurations":
        body["accessKeyCount"] = 1
        for rule in body.get("router", {}).get("rules", ()):
            for step in rule["steps"]:
                for key in step.get("keys", ()):
                    key |= {"name": "x", "keyRedacted": "made-up-0***last"}
    if member == "providers":
        for index, model in enumerate(body.get("models", ())):
            model |= {"id": f"aigpm_{index}", "unsupportedParams": model.get("unsupportedParams", [])}
    return {
        "uri": f"https://api.ngrok.ai{KINDS[member].path}/x",
        "createdAt": f"2026-11-24T10:00:{number % 60:02}Z",
        "updatedAt": "2026-11-24T10:00:00Z",
        "createdBy": {"id": "usr_1", "uri": "x"},
        "lastUpdatedBy": {"id": "usr_1", "uri": "x"},
        **dict(reversed(list(body.items()))),
    }


def with_changed(account: Observed, address: str, change: Change) -> Observed:
    """The account with one marked object changed; a ``change`` that returns False removes it."""
    member, _, ref = address.partition("/")
    objects = dict(account.objects)
    made = []
    for one in objects[member]:
        if one.mark is not None and one.mark.ref == ref:
            body: dict[str, Any] = copy.deepcopy(dict(one.body))
            if change(body) is False:
                continue
            made.append(live(member, one.id, body))
        else:
            made.append(one)
    objects[member] = tuple(made)
    return Observed(objects, account.settings)


def with_also(account: Observed, lives: Iterable[Live]) -> Observed:
    objects = dict(account.objects)
    for one in lives:
        objects[one.member] = (one, *objects[one.member])
    return Observed(objects, account.settings)


def marked(ref: str, migration: str = "default", **others: object) -> str:
    return json.dumps({"migrator": {"migration": migration, "ref": ref}, **others})


def _resolved(value: Any, ids: dict[str, str]) -> Any:
    if isinstance(value, dict):
        if value.keys() == {"$ref"}:
            return ids[value["$ref"]]
        return {key: _resolved(one, ids) for key, one in value.items()}
    return [_resolved(one, ids) for one in value] if isinstance(value, list) else value
