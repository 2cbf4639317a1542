"""From the paths of a call to the files to read: directories, patterns, standard input.

A path is named in outputs as the user named it; ``stem`` is what unit ids are made of: the path below
the directory that was given, or the path of a file as it was given (of an absolute one the file's own
name), so that neither the working directory nor the other inputs change it.
"""

from __future__ import annotations

import glob
import os
import stat
from collections.abc import Collection, Iterable, Iterator
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from migrator.errors import UsageError
from migrator.findings.base import Finding
from migrator.findings.read import LinkLoop, NoSuchPath, NothingToRead, NotReadable
from migrator.naming import digest
from migrator.sources.walk import PassedOver, WalkedFile, named, readable, walk, walk_repository
from migrator.spans import whole

STDIN = "-"
STDIN_NAME = "<stdin>"
_UP = ".."
_EMPTY: Final = '""'
"""What an empty path is shown as."""
Identity = tuple[int, int]
"""A file as the system knows it: device and number."""
SUFFIXES = (".yaml", ".yml", ".json", ".jsonl", ".ndjson", ".tfstate")
"""What a directory search reads; any file may be named directly."""


class Input(Struct, frozen=True):
    """One input. ``data`` is given for standard input and by library callers; else ``path`` is read.

    ``path`` is what findings name; ``stem`` is what ids are made of where no URL gives a better name.

    ``probe``: found by a directory search, and no YAML or JSON by its name: read if it is of a language
    whose strings are searched, else only looked at for mentions of the action.
    """

    path: str
    stem: str
    data: bytes | None = None
    probe: bool = False
    file: str | None = None
    """The system's own path, where the one that is shown leads elsewhere (odd bytes, dots behind a link)."""

    def leads_to_it(self) -> bool:
        """Whether the path that is shown leads to the file as well."""
        if self.file is None or self.data is not None or self.file == self.path:
            return True
        if _UP not in self.file.split(os.sep):
            return os.path.normpath(self.file).replace(os.sep, "/") == self.path
        return _is_one_file(self.path, self.file)

    def is_behind_link(self) -> bool:
        """Whether the path that is shown, below the working directory, is a link or leads through one."""
        if self.data is not None or self.path.startswith("/"):
            return False
        steps = self.path.split("/")
        return any(os.path.islink("/".join(steps[:count])) for count in range(1, len(steps) + 1))


class Found(Struct, frozen=True):
    """The inputs in order of their paths, and what was wrong with the paths."""

    inputs: tuple[Input, ...] = ()
    findings: tuple[Finding, ...] = ()


def find_inputs(
    paths: Iterable[str | os.PathLike[str] | Input],
    stdin: bytes | None = None,
    passed: PassedOver | None = None,
    without: Collection[Identity] = (),
) -> Found:
    """Every file the paths lead to, each once. ``stdin`` is what ``-`` stands for.

    Files of ``without`` are none of them, unless a path names one itself. With ``passed``, directories are searched
    as repositories: it is told what was not looked into. Raises UsageError for one path in place of several: the
    letters of ``"policies/"`` are paths as well, and the last of them is the whole machine.
    """
    if isinstance(paths, str | bytes | os.PathLike | Input):
        raise UsageError("the inputs are one path, and not a list of paths", "Put it into a list.")
    inputs: dict[str, Input] = {}
    findings: list[Finding] = []
    for given in paths:
        for item in _expand(given, stdin, passed):
            if isinstance(item, Input):
                if without and _is_found(item, given) and identity(item.file or item.path) in without:
                    continue
                if _is_another(inputs.setdefault(item.path, item), item):
                    findings.append(
                        NotReadable(at=whole(item.path), reason="another input has the same path")
                    )
            else:
                findings.append(item)
    ordered = sorted(inputs.values(), key=lambda item: item.path)
    return Found(tuple(_distinct(ordered)), tuple(dict.fromkeys(findings)))


def identity(path: str | os.PathLike[str] | int) -> Identity | None:
    """Which file a path or a descriptor leads to, whatever it is called; None for what is no regular file."""
    try:
        status = os.stat(path)
    except OSError:
        return None
    return (status.st_dev, status.st_ino) if stat.S_ISREG(status.st_mode) else None


def _is_found(item: Input, given: str | os.PathLike[str] | Input) -> bool:
    """Whether a search led to an input, and not its own name."""
    return not isinstance(given, Input) and item.data is None and item.file != os.fspath(given)


def _is_another(first: Input, item: Input) -> bool:
    """Whether two inputs of one path are not the same."""
    if first.data is not None or item.data is not None:
        return first != item
    return not _is_one_file(first.file or first.path, item.file or item.path)


def _is_one_file(path: str, other: str) -> bool:
    if path == other:
        return True
    try:
        return os.path.samefile(path, other)
    except OSError:  # a link that leads nowhere
        return os.path.realpath(path) == os.path.realpath(other)


def _expand(
    given: str | os.PathLike[str] | Input, stdin: bytes | None, passed: PassedOver | None
) -> Iterator[Input | Finding]:
    if isinstance(given, Input):
        yield given
        return
    path = os.fspath(given)
    if not path:  # what a variable that is not set makes; `.` is no name for it
        yield NoSuchPath(at=whole(_EMPTY))
    elif path == STDIN:
        yield Input(STDIN_NAME, "stdin", stdin or b"")
    elif os.path.isdir(path):
        yield from _directory(path, passed)
    elif os.path.lexists(path):
        yield Input(named(path), _stem(path), file=path)
    else:
        matches = sorted(glob.glob(path, recursive=True, include_hidden=True)) if glob.has_magic(path) else []
        if not matches:
            yield NoSuchPath(at=whole(named(path)))
        own = _of_bundles(_fixed(path), matches, passed)
        for match in matches:
            if match in own:
                continue
            if os.path.isfile(match):
                yield Input(named(match), _below(path, match), file=match)
            elif not os.path.isdir(match):
                yield Input(named(match), _stem(match), file=match)


def _of_bundles(top: str, paths: list[str], passed: PassedOver | None) -> frozenset[str]:
    """What an earlier run wrote into folders that a pattern leads to."""
    from migrator.sources.bundles import written_below

    found = written_below(top, paths)
    if passed is not None:
        for bundle in found.values():
            passed.of_bundle(bundle)
    return frozenset(found)


def _below(pattern: str, match: str) -> str:
    """A match's path below the part of its pattern that has no wildcard."""
    top = _fixed(pattern) or (os.sep if pattern.startswith(os.sep) else ".")
    return os.path.relpath(match, top).replace(os.sep, "/")


def _fixed(pattern: str) -> str:
    """The part of a pattern that has no wildcard."""
    fixed: list[str] = []
    for part in pattern.split(os.sep)[:-1]:
        if glob.has_magic(part):
            break
        fixed.append(part)
    return os.sep.join(fixed)


def _stem(path: str) -> str:
    """A file named by itself: its path as it was given; of an absolute one only the file's own name."""
    return readable(os.path.basename(path)) if os.path.isabs(path) else named(path)


def _directory(top: str, passed: PassedOver | None) -> Iterator[Input | Finding]:
    """A directory and all below. Of a file that is not read anyway nobody need know that it cannot be."""
    over = PassedOver() if passed is None else passed
    is_empty = True
    for found in walk(top, over) if passed is None else walk_repository(top, over):
        is_empty = False
        if isinstance(found, WalkedFile):
            known = found.path.lower().endswith(SUFFIXES)
            if known or found.is_regular:
                yield Input(named(found.path), readable(found.relative), probe=not known, file=found.path)
        elif isinstance(found, LinkLoop) or _is_searched(found):
            yield found
    if is_empty and passed is None:
        reason = (
            "all in it was written by migrator"
            if over.bundles
            else "it is empty, or has only what tools keep there"
        )
        yield NothingToRead(at=whole(named(top)), reason=reason)


def _is_searched(found: Finding) -> bool:
    """Whether a path that cannot be looked at is a folder, or a file that would have been read."""
    path = found.at.path if found.at is not None else ""
    return os.path.isdir(path) or path.lower().endswith(SUFFIXES)


def _distinct(inputs: list[Input]) -> Iterator[Input]:
    """Files of one name from different places: the later ones are told apart by their whole path.

    Where that is what another one is called, with a digest of it: two literals of one stem would be one secret.
    """
    own = {item.stem for item in inputs}
    taken: set[str] = set()
    for item in inputs:
        if item.stem not in taken:
            taken.add(item.stem)
            yield item
            continue
        stem = item.path.lstrip("./")
        if stem in own or stem in taken:
            root, suffix = os.path.splitext(stem)
            stem = f"{root}..{digest(item.path)}{suffix}"
        taken.add(stem)
        yield replace(item, stem=stem)
