"""From an API's answer to what may be stored of it."""

from __future__ import annotations

import re
from collections import Counter
from typing import Final

from msgspec import Struct, field

from migrator.errors import RemoteError
from migrator.http import path_below
from migrator.naming import slug
from migrator.pull.model import Resource
from migrator.secrets import SHOWN, Secret

DEPTH_LIMIT: Final = 100
"""As deep as ``convert`` reads."""

ENTRY_LIMIT: Final = 1_000
"""Of one page; the API gives 100."""

_PLAIN_ID: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]{0,99}\Z")
_NOT_NGROK: Final = "Check the address of the API."


class Tally(Struct):
    """What was taken out of the objects of one list."""

    dropped: Counter[str] = field(default_factory=Counter)
    repeats: int = 0
    """Places where the key stood that asks."""


class Page(Struct, frozen=True):
    """Objects by their ids, and where the list goes on."""

    objects: dict[str, dict[str, object]]
    twice: int
    """Ids that stand in it twice, with different content."""
    broken: int
    """Entries that cannot be stored."""
    onward: str | None
    problem: RemoteError | None = None
    """Why the list cannot go on where the answer says it does."""


def page_of(answer: object, resource: Resource, base_url: str, token: Secret, tally: Tally) -> Page:
    """One answer. Raises RemoteError for one that has no such list."""
    entries = answer.get(resource.member) if isinstance(answer, dict) else None
    if not isinstance(answer, dict) or not isinstance(entries, list):
        raise RemoteError(
            f"the answer to GET {resource.path} is not what the API documents: "
            f"it has no list `{resource.member}`",
            _NOT_NGROK,
        )
    if len(entries) > ENTRY_LIMIT:
        raise RemoteError(
            f"the answer to GET {resource.path} has more than {ENTRY_LIMIT} entries on one page", _NOT_NGROK
        )
    objects: dict[str, dict[str, object]] = {}
    twice = broken = 0
    for entry in entries:
        try:
            kept = _storable(entry, resource.never_stored, token, tally, 0)
        except _TooDeepError:
            kept = None
        identity = kept.get("id") if isinstance(kept, dict) else None
        if not isinstance(kept, dict) or not isinstance(identity, str) or not identity:
            broken += 1
            continue
        twice += objects.get(identity, kept) != kept
        objects[identity] = kept
    onward, problem = _onward(answer.get("next_page_uri"), resource, base_url, token)
    return Page(objects, twice, broken, onward, problem)


def is_page_path(path: str, resource: Resource) -> bool:
    """Whether ``path`` is of another page of the same list."""
    return path.isascii() and path.isprintable() and path.partition("?")[0] == resource.path


def file_name(identity: str) -> str:
    """A file's name for an id: the id itself if it is of ngrok's form, else one that no id can shape."""
    return f"{identity if _PLAIN_ID.match(identity) else slug(identity)}.json"


def _onward(
    named: object, resource: Resource, base_url: str, token: Secret
) -> tuple[str | None, RemoteError | None]:
    if named is None or named == "":
        return None, None
    path = path_below(base_url, named) if isinstance(named, str) else None
    if path is None:
        what = "leads to another host or is no URL"
    elif not is_page_path(path, resource):
        what = "leads to something else"
    elif token.reveal() in path:
        what = "holds the API key"
    else:
        return path, None
    return None, RemoteError(
        f"the next page of {resource.title} {what}: not asked for, and the key not sent there",
        f"Pages are followed only at the address that was given. {_NOT_NGROK}",
    )


class _TooDeepError(Exception):
    """An object has more levels than anything reads."""


def _storable(value: object, never_stored: frozenset[str], token: Secret, tally: Tally, depth: int) -> object:
    """``value`` without credentials that it should not have, and without the key that asks."""
    if depth > DEPTH_LIMIT:
        raise _TooDeepError
    if isinstance(value, str):
        hidden = value.replace(token.reveal(), SHOWN)
        tally.repeats += hidden != value
        return hidden
    if isinstance(value, list):
        return [_storable(item, never_stored, token, tally, depth + 1) for item in value]
    if not isinstance(value, dict):
        return value
    kept: dict[str, object] = {}
    for name, item in value.items():
        if name in never_stored:
            tally.dropped[name] += item not in (None, "")
            continue
        kept[name.replace(token.reveal(), SHOWN)] = _storable(item, never_stored, token, tally, depth + 1)
    return kept
