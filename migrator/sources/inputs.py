"""From the paths of a call to the files to read: directories, patterns, standard input.

A path is named in outputs as the user named it; ``stem`` is what unit ids are made of: the path below
the directory that was given, or the path of a file as it was given (of an absolute one the file's own
name), so that neither the working directory nor the other inputs change it.
"""

from __future__ import annotations

import glob
import os
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from migrator.findings.base import Finding
from migrator.findings.read import LinkLoop, NoSuchPath, NotReadable
from migrator.spans import whole

STDIN = "-"
STDIN_NAME = "<stdin>"
SUFFIXES = (".yaml", ".yml", ".json", ".jsonl", ".ndjson", ".tfstate")
"""What a directory search reads; any file may be named directly."""

_SKIPPED = frozenset(
    {".git", ".hg", ".svn", "node_modules", "__pycache__", ".venv", "venv", ".terraform", ".tox"}
)


@dataclass(frozen=True)
class Input:
    """One input. ``data`` is given for standard input and by library callers; else ``path`` is read.

    ``probe``: found by a directory search, and no YAML or JSON by its name: read if it is of a language
    whose strings are searched, else only looked at for mentions of the action.
    """

    path: str
    stem: str
    data: bytes | None = None
    probe: bool = False
    file: str | None = None
    """The system's own path, where the one that is shown leads elsewhere (odd bytes, dots behind a link)."""


@dataclass(frozen=True)
class Found:
    """The inputs in order of their paths, and what was wrong with the paths."""

    inputs: tuple[Input, ...] = ()
    findings: tuple[Finding, ...] = ()


def find_inputs(paths: Iterable[str | os.PathLike[str] | Input], stdin: bytes | None = None) -> Found:
    """Every file the paths lead to, each once. ``stdin`` is what ``-`` stands for."""
    inputs: dict[str, Input] = {}
    findings: list[Finding] = []
    for given in paths:
        for item in _expand(given, stdin):
            if isinstance(item, Input):
                if inputs.setdefault(item.path, item) != item and item.data is not None:
                    findings.append(
                        NotReadable(at=whole(item.path), reason="another input has the same path")
                    )
            else:
                findings.append(item)
    ordered = sorted(inputs.values(), key=lambda item: item.path)
    return Found(tuple(_distinct(ordered)), tuple(dict.fromkeys(findings)))


def _expand(given: str | os.PathLike[str] | Input, stdin: bytes | None) -> Iterator[Input | Finding]:
    if isinstance(given, Input):
        yield given
        return
    path = os.fspath(given)
    if path == STDIN:
        yield Input(STDIN_NAME, "stdin", stdin or b"")
    elif os.path.isdir(path):
        yield from _directory(path)
    elif os.path.lexists(path):
        yield Input(_named(path), _stem(path), file=path)
    else:
        matches = sorted(glob.glob(path, recursive=True, include_hidden=True)) if glob.has_magic(path) else []
        if not matches:
            yield NoSuchPath(at=whole(_named(path)))
        for match in matches:
            if os.path.isfile(match):
                yield Input(_named(match), _below(path, match), file=match)
            elif not os.path.isdir(match):
                yield Input(_named(match), _stem(match), file=match)


def _below(pattern: str, match: str) -> str:
    """A match's path below the part of its pattern that has no wildcard."""
    fixed: list[str] = []
    for part in pattern.split(os.sep)[:-1]:
        if glob.has_magic(part):
            break
        fixed.append(part)
    return os.path.relpath(
        match, os.sep.join(fixed) or (os.sep if pattern.startswith(os.sep) else ".")
    ).replace(os.sep, "/")


def _stem(path: str) -> str:
    """A file named by itself: its path as it was given; of an absolute one only the file's own name."""
    return _readable(os.path.basename(path)) if os.path.isabs(path) else _named(path)


def _named(path: str) -> str:
    return _readable(os.path.normpath(path))


def _readable(path: str) -> str:
    """A path as text: with slashes, and with bytes that are no UTF-8 spelled out."""
    return path.replace(os.sep, "/").encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def _directory(top: str) -> Iterator[Input | Finding]:
    """A directory and all below, each real directory once; links are followed."""
    seen: set[tuple[int, int]] = set()
    todo = [top]
    while todo:
        folder = todo.pop()
        try:
            status = os.stat(folder)
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
        except OSError as error:
            yield NotReadable(at=whole(_named(folder)), reason=reason_of(error))
            continue
        if (status.st_dev, status.st_ino) in seen:
            yield LinkLoop(at=whole(_named(folder)))
            continue
        seen.add((status.st_dev, status.st_ino))
        for entry in entries:
            try:
                is_folder = entry.is_dir()
                is_file = stat.S_ISREG(os.stat(entry.path).st_mode)
            except OSError as error:
                if entry.name.lower().endswith(SUFFIXES):
                    yield NotReadable(at=whole(_named(entry.path)), reason=reason_of(error))
                continue
            if is_folder and entry.name not in _SKIPPED:
                todo.append(entry.path)
            elif entry.name.lower().endswith(SUFFIXES):
                yield Input(_named(entry.path), _readable(os.path.relpath(entry.path, top)), file=entry.path)
            elif is_file:
                below = _readable(os.path.relpath(entry.path, top))
                yield Input(_named(entry.path), below, probe=True, file=entry.path)


def _distinct(inputs: list[Input]) -> Iterator[Input]:
    """Files of one name from different places: the later ones are told apart by their whole path."""
    taken: set[str] = set()
    for item in inputs:
        if item.stem in taken:
            yield Input(item.path, item.path.lstrip("./"), item.data, item.probe, item.file)
        else:
            taken.add(item.stem)
            yield item


def reason_of(error: OSError) -> str:
    """The system's words for an error, without the path and without its number."""
    return (error.strerror or "unknown error").lower()
