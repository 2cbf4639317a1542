"""Mentions → the text after them: as a patch, or on the disk."""

from __future__ import annotations

import os
from collections.abc import Iterable

from msgspec import Struct

from migrator.clients.files import replace_file
from migrator.clients.mentions import Mention
from migrator.clients.search import FoundFile, Searched
from migrator.patch import blocks, patch
from migrator.sources.suspects import suspect_lines


class Patched(Struct, frozen=True):
    """A patch as bytes, and the mentions it leaves out although they are unambiguous."""

    data: bytes
    left_out: tuple[Mention, ...]


class Written(Struct, frozen=True):
    """What was written. ``refused``: files that were left alone, and why."""

    done: tuple[Mention, ...]
    refused: tuple[tuple[str, str], ...]


def patched(searched: Searched) -> Patched:
    """Every unambiguous change as one patch, without any line that may hold a credential."""
    parts: list[str] = []
    left: list[Mention] = []
    for found in searched.files:
        edits = _edits(found)
        if not edits:
            continue
        text, path = found.written, found.file.path
        real = _behind_links(path)
        if not (_is_inside(path) and _is_inside(real)):
            left += _sure(found)
            continue
        suspects = suspect_lines(text, path)
        made = patch(real, text, blocks(text, edits), suspects.__contains__)
        parts.append(made.text)
        refused = {line for block in made.refused for line in range(block.first, block.last)}
        left += [mention for mention in _sure(found) if text.count("\n", 0, mention.start) in refused]
    return Patched("".join(parts).encode("utf-8", "surrogateescape"), tuple(left))


def written(searched: Searched) -> Written:
    """Make every unambiguous change on the disk: each file whole or not at all."""
    done: list[Mention] = []
    refused: list[tuple[str, str]] = []
    for found in searched.files:
        sure = _sure(found)
        if not sure:
            continue
        why = replace_file(found.file.path, found.data, changed(found))
        if why is None:
            done += sure
        else:
            refused.append((found.file.path, why))
    return Written(tuple(done), tuple(refused))


def changed(found: FoundFile) -> bytes:
    """A file after its unambiguous changes."""
    text = found.written
    parts: list[str] = []
    done = 0
    for start, end, new in _edits(found):
        parts += (text[done:start], new)
        done = end
    return "".join((*parts, text[done:])).encode("utf-8", "surrogateescape")


def _sure(found: FoundFile) -> list[Mention]:
    return [mention for mention in found.mentions if mention.is_unambiguous]


def _edits(found: FoundFile) -> list[tuple[int, int, str]]:
    sure: Iterable[Mention] = _sure(found)
    return [(one.start, one.end, one.replacement) for one in sure if one.replacement is not None]


def _is_inside(path: str) -> bool:
    """Whether git takes a path: one that stays below the folder it stands in."""
    return not path.startswith("/") and ".." not in path.split("/")


def _behind_links(path: str) -> str:
    """The file's own path from the working directory: git refuses a patch of which one path has a link in it."""
    return os.path.relpath(os.path.realpath(path)).replace(os.sep, "/")
