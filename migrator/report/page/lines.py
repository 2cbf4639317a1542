"""Source and manifest, line by line: what the page needs to lead from one to the other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from msgspec import Struct

from migrator.merge.model import Migration, SourceSummary
from migrator.render.manifest import ManifestText, manifest_text
from migrator.render.safe import Quoted, html_text
from migrator.target.state import Object
from migrator.tree.text import split_lines

_LONGEST_LINE: Final = 4000
_MOST_LINES: Final = 20_000
_CUT: Final = "…"
_ITEM: Final = 2
"""Tokens of a pointer to an object: ``/accessKeys/0``."""


class Listing(Struct, frozen=True):
    """A text in lines, each quoted; ``left`` says how many there are besides."""

    text: Quoted
    numbers: Quoted
    count: int
    left: int


class Manifest(Struct, frozen=True):
    """The manifest's text; where each object stands; what each entry came from.

    ``links`` are ``[first line, last line, file, line, file, line, …]``; ``objects`` are the first and
    last lines of each object, and ``object_of`` their numbers by (member, ref).
    """

    listing: Listing
    objects: tuple[tuple[int, int], ...]
    links: tuple[tuple[int, ...], ...]
    object_of: Mapping[tuple[str, str], int]


def manifest_with_links(migration: Migration, files: Mapping[str, int]) -> Manifest:
    """``files`` numbers the files that the page shows."""
    made: ManifestText = manifest_text(migration)
    links: list[tuple[int, ...]] = []
    objects: list[tuple[tuple[int, int], tuple[str, str]]] = []
    named = _refs(migration)
    for pointer, places in migration.provenance():
        if pointer not in made.ranges:
            continue
        first, last = made.ranges[pointer]
        _, member, *rest = pointer.split("/")
        if len(rest) == _ITEM - 1:
            objects.append(((first, last), (member, named[member, rest[0]])))
        distinct = dict.fromkeys((files[at.path], at.span.line) for at in places if at.path in files)
        if distinct:
            links.append((first, last, *(number for place in distinct for number in place)))
    objects.sort()
    return Manifest(
        listing(made.lines),
        tuple(where for where, _ in objects),
        tuple(sorted(links, key=lambda link: (link[0], -link[1]))),
        {key: number for number, (_, key) in enumerate(objects)},
    )


def _refs(migration: Migration) -> dict[tuple[str, str], str]:
    """(member, index in it) → ref."""
    state = migration.state
    lists: tuple[tuple[Object, ...], ...] = (
        state.providers,
        state.provider_keys,
        state.configurations,
        state.access_keys,
    )
    return {(one.member, str(index)): one.ref for items in lists for index, one in enumerate(items)}


def source_listing(source: SourceSummary) -> Listing | None:
    """The file's masked text; None where it could not be masked, and so is not shown."""
    text = source.file.text
    return None if text is None else listing(split_lines(text))


def listing(lines: Iterable[str]) -> Listing:
    every = list(lines)
    while every and not every[-1]:
        every.pop()
    kept = every[:_MOST_LINES]
    return Listing(
        Quoted("\n".join(_line(line) for line in kept)),
        Quoted("\n".join(map(str, range(1, len(kept) + 1)))),
        len(kept),
        len(every) - len(kept),
    )


def _line(line: str) -> Quoted:
    cut = line if len(line) <= _LONGEST_LINE else line[:_LONGEST_LINE] + _CUT
    return html_text(cut.expandtabs(4) if "\t" in cut else cut)
