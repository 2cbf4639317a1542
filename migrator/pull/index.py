"""``index.json``: what a folder holds of an account, so that a pull goes on where another one ended.

::

    {"formatVersion": 1, "apiUrl": "https://api.ngrok.com",
     "lists": [{"name": "endpoints", "isComplete": true, "count": 1, "next": null}, …],
     "files": [{"path": "endpoints/ep_1.json", "sha256": "…", "isListed": true}, …]}

Before files are written it has their old digests and their new ones, so that after a crash at any
moment the next run still knows its own files.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Final

from msgspec import Struct, field

from migrator.pull.model import RESOURCES

INDEX: Final = "index.json"
FORMAT_VERSION: Final = 1

_PATH: Final = re.compile(r"(?:endpoints/)?[A-Za-z0-9_][A-Za-z0-9_.-]*\.json\Z")


class ListState(Struct, frozen=True):
    """How far a list is pulled. ``next`` is the page to go on with; None for the first one."""

    is_complete: bool = False
    count: int = 0
    next: str | None = None


class FileState(Struct, frozen=True):
    """The digests a file of ours may have, and whether its object is in the list as it was last read."""

    digests: frozenset[str]
    is_listed: bool = True


class Index(Struct, frozen=True):
    """All lists, and all files by their paths."""

    api_url: str
    lists: Mapping[str, ListState] = field(default_factory=dict)
    files: Mapping[str, FileState] = field(default_factory=dict)

    def of(self, name: str) -> ListState:
        return self.lists.get(name, ListState())


def index_document(index: Index) -> dict[str, object]:
    """What stands in the file."""
    return {
        "formatVersion": FORMAT_VERSION,
        "apiUrl": index.api_url,
        "lists": [
            {
                "name": resource.name,
                "isComplete": state.is_complete,
                "count": state.count,
                "next": state.next,
            }
            for resource in RESOURCES
            for state in [index.of(resource.name)]
        ],
        "files": [
            {"path": path, "sha256": digest, "isListed": state.is_listed}
            for path, state in sorted(index.files.items())
            for digest in sorted(state.digests)
        ],
    }


def parse_index(data: bytes) -> Index | None:
    """An index, or None for anything else: people can edit it, and by it files are replaced."""
    try:
        document = json.loads(data)
    except (ValueError, RecursionError):
        return None
    match document:
        case {
            "formatVersion": version,
            "apiUrl": str(api_url),
            "lists": list(lists),
            "files": list(files),
        } if version == FORMAT_VERSION and len(document) == 4:  # noqa: PLR2004 -- those, and no others
            states = _list_states(lists)
            known = _file_states(files)
        case _:
            return None
    return None if states is None or known is None else Index(api_url, states, known)


def _list_states(lists: list[object]) -> dict[str, ListState] | None:
    states: dict[str, ListState] = {}
    for entry in lists:
        match entry:
            case {
                "name": str(name),
                "isComplete": bool(is_complete),
                "count": int(count),
                "next": onward,
            } if onward is None or isinstance(onward, str):
                states[name] = ListState(is_complete, count, onward)
            case _:
                return None
    return states


def _file_states(files: list[object]) -> dict[str, FileState] | None:
    known: dict[str, FileState] = {}
    for entry in files:
        match entry:
            case {"path": str(path), "sha256": str(sha256), "isListed": bool(is_listed)} if (
                _PATH.match(path) and path != INDEX
            ):
                before = known.get(path, FileState(frozenset())).digests
                known[path] = FileState(before | {sha256}, is_listed)
            case _:
                return None
    return known
