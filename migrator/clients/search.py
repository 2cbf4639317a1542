"""The files below some paths → their mentions."""

from __future__ import annotations

import codecs
import os
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Final, Protocol

from msgspec import Struct

from migrator.catalog.model import Catalog
from migrator.clients.bundle import Bundle
from migrator.clients.evidence import FileText, why_fixed
from migrator.clients.files import read_file
from migrator.clients.inherited import takes_config_maps
from migrator.clients.mentions import Finder, Mention
from migrator.errors import UsageError
from migrator.render.safe import shown

LIMIT: Final = 8 * 1024 * 1024
"""Bytes of a file; more was generated."""

_WIDE: Final = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)

_LONE_RETURN: Final = re.compile(r"\r(?!\n)")


class Walked(Protocol):
    """A file that a walk met."""

    @property
    def path(self) -> str:
        """As the walk's top names it."""


Walk = Callable[[str], Iterable[Walked]]


class FoundFile(Struct, frozen=True):
    """A file with mentions. ``data`` is what it said when it was read."""

    file: FileText
    data: bytes
    mentions: tuple[Mention, ...]

    @property
    def written(self) -> str:
        """Its text as it is written, of the same length as the one that was searched. Only of a file that may be changed."""
        return _text(self.data)


class Searched(Struct, frozen=True):
    """What a search found. ``unread`` are files that could not be looked into: path and why."""

    files: tuple[FoundFile, ...]
    count: int
    unread: tuple[tuple[str, str], ...] = ()

    @property
    def mentions(self) -> tuple[Mention, ...]:
        return tuple(mention for file in self.files for mention in file.mentions)


def search(
    bundle: Bundle,
    paths: Iterable[str],
    catalog: Catalog,
    walk: Walk,
    *,
    ignore: frozenset[str] = frozenset(),
    tell: Callable[[int], None] | None = None,
) -> Searched:
    """Look into every file below ``paths``, each once. Raises UsageError for a path that does not exist.

    ``ignore`` are kinds of mentions that are left out; ``tell`` hears how many files were looked into.
    """
    finder = Finder(bundle, catalog)
    looked: list[tuple[FoundFile, str | None]] = []
    maps: set[str] = set()
    unread: list[tuple[str, str]] = []
    count = 0
    for path in _files(bundle, list(paths), walk):
        data = read_file(path, LIMIT)
        if isinstance(data, str):
            unread.append((path, data))
            continue
        count += 1
        if tell is not None:
            tell(count)
        file = text_of(path, data)
        if file is None:
            continue
        container = bundle.sources.get(os.path.realpath(path))
        mentions = finder.mentions(file, container)
        maps |= finder.config_maps(file, container) if mentions else frozenset()
        if mentions or takes_config_maps(file.text):
            looked.append((FoundFile(file, data, mentions), container))
    found = [_kept(finder, one, container, frozenset(maps), ignore) for one, container in looked]
    files = sorted((one for one in found if one.mentions), key=lambda one: one.file.path)
    return Searched(tuple(files), count, tuple(sorted(unread)))


def _kept(
    finder: Finder, one: FoundFile, container: str | None, maps: frozenset[str], ignore: frozenset[str]
) -> FoundFile:
    """A file with the mentions that are wanted, once it is known which ConfigMaps hold an old address."""
    mentions = finder.beside_settings(one.file, container, one.mentions, maps) if maps else one.mentions
    return FoundFile(one.file, one.data, tuple(mention for mention in mentions if mention.kind not in ignore))


def _files(bundle: Bundle, paths: list[str], walk: Walk) -> Iterator[str]:
    seen: set[str] = set()
    for top in paths:
        if not os.path.lexists(top):
            raise UsageError(f"{shown(top)} does not exist", "PATH is a file or a folder of an application.")
        walked = (one.path for one in walk(top)) if Path(top).is_dir() else (top,)
        for path in walked:
            real = os.path.realpath(path)
            if real not in seen and not real.startswith(f"{bundle.folder}{os.sep}"):
                seen.add(real)
                yield path.removeprefix("./")


def text_of(path: str, data: bytes) -> FileText | None:
    """A file as text; None for a binary one. Bytes that are no UTF-8 stay what they are.

    Every line ends with a line feed: one that ends with a carriage return alone is told and searched like any other.
    """
    for mark, encoding in _WIDE:
        if data.startswith(mark):
            text = data.decode(encoding, "replace")
            return FileText(
                path, _with_line_feeds(text), f"the file is {encoding.upper()}, which is not rewritten"
            )
    if b"\0" in data:
        return None
    text = _with_line_feeds(_text(data))
    return FileText(path, text, why_fixed(path, text))


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")


def _with_line_feeds(text: str) -> str:
    return _LONE_RETURN.sub("\n", text) if "\r" in text else text
