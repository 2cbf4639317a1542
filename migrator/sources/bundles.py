"""The list that a bundle has of its files: by it a run knows what an earlier one wrote."""

from __future__ import annotations

import hashlib
import json
import os
import re
import stat
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from msgspec import Struct

from migrator.policy.parse import GATEWAY
from migrator.sources.walk import BUNDLE_INDEX
from migrator.tree.problems import Problem
from migrator.tree.text import decode

FORMAT_VERSION: Final = 1

_SPELLED: Final = re.compile(r"\\[uUx]")

INDEX_LIMIT: Final = 64 * 1024 * 1024
"""Bytes of a list; one of ours has some hundred for a file."""

Digests = dict[str, frozenset[str]]
"""The digests a file of ours may have, by its path: two after a run that was cut off."""


class Bundle(Struct, frozen=True):
    """A folder that holds a bundle, and what was written there."""

    folder: str
    digests: Digests

    def wrote(self, path: str) -> bool:
        """Whether a regular file below the folder is the list itself or what it names.

        Not what was changed since and has the action: a residual policy that somebody completes is none of the
        inputs, a policy that somebody puts in its place is.
        """
        name = os.path.relpath(path, self.folder).replace(os.sep, "/")
        if name not in self.digests:
            return name == BUNDLE_INDEX
        try:
            if not stat.S_ISREG(Path(path).stat().st_mode):
                return False
            data = Path(path).read_bytes()
        except OSError:
            return False
        return hashlib.sha256(data).hexdigest() in self.digests[name] or not _may_have_action(data)


def _may_have_action(data: bytes) -> bool:
    """Whether a file names the action in any encoding, or has escapes that may spell it."""
    text = decode(data)
    return isinstance(text, Problem) or GATEWAY in text or _SPELLED.search(text) is not None


def written_below(top: str, paths: Iterable[str]) -> dict[str, Bundle]:
    """Those of some paths that were written as a bundle, with it; its folder is ``top`` or below."""
    bundles: dict[Path, Bundle | None] = {}
    found: dict[str, Bundle] = {}
    for path in paths:
        for folder in Path(path).parents:
            if folder not in bundles:
                bundles[folder] = bundle_in(str(folder))
            bundle = bundles[folder]
            if bundle is not None and bundle.wrote(path):
                found[path] = bundle
            if bundle is not None or folder == Path(top):
                break
    return found


def bundle_in(folder: str) -> Bundle | None:
    """The bundle that a folder holds, if its list can be read."""
    path = Path(folder, BUNDLE_INDEX)
    try:
        found = path.stat()
        if not stat.S_ISREG(found.st_mode) or found.st_size > INDEX_LIMIT:
            return None
        digests = parse_index(path.read_bytes())
    except OSError:
        return None
    return None if digests is None else Bundle(folder, digests)


def digest_of(path: Path) -> str:
    """Raises OSError."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def is_inside(name: str) -> bool:
    """Whether ``name`` is a path below a folder, and none that the bundle needs for itself."""
    parts = name.split("/")
    return name != BUNDLE_INDEX and "\0" not in name and not any(part in ("", ".", "..") for part in parts)


def parse_index(data: bytes) -> Digests | None:
    """A list of files, or None for anything else: people can edit it, and by it files are removed."""
    try:
        document = json.loads(data)
    except (ValueError, RecursionError):
        return None
    match document:
        case {"formatVersion": version, "files": list(files)} if version == FORMAT_VERSION:
            known: Digests = {}
        case _:
            return None
    for entry in files:
        match entry:
            case {"path": str(name), "sha256": str(sha256)} if is_inside(name):
                known[name] = known.get(name, frozenset()) | {sha256}
            case _:
                return None
    return known
