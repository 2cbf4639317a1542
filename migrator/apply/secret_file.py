"""A file of secrets: dotenv, as ``secrets.env.example`` is, or YAML. Refused if others may read it.

Dotenv is read as a shell reads it, less everything that a shell would do: no variable, no command. Messages
name file, line and variable, never a value.
"""

from __future__ import annotations

import os
import re
import shlex
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from migrator.errors import UsageError
from migrator.render.safe import shown
from migrator.secrets import Secret
from migrator.tree.load import load
from migrator.tree.nodes import Mapping, Scalar
from migrator.tree.problems import Problem, problem_text
from migrator.tree.text import decode, split_lines

_SIZE_LIMIT: Final = 1024 * 1024
_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO
_LINE: Final = re.compile(r"[ \t]*(?:export[ \t]+)?([A-Za-z_][A-Za-z0-9_]*)=(.*)\Z")
_QUOTED: Final = r"""'[^']*'|"(?:[^"\\$`]|\\.)*"|\\."""
_PLAIN: Final = r"[^\s'\"\\$`;&|<>()~]"
_WORD: Final = re.compile(rf"((?:{_QUOTED}|{_PLAIN})*)(?:[ \t]+#.*|[ \t]*)\Z")
"""One word, in which nothing stands that a shell would do, and a comment."""

_PART: Final = re.compile(rf"{_QUOTED}|{_PLAIN}+")
_YAML: Final = frozenset({".yaml", ".yml", ".json"})


def read_secrets_file(path: Path) -> dict[str, Secret]:
    """The values in a file, by name. Raises UsageError for one that cannot be read, or that others can."""
    name = shown(str(path))
    data = _private(path, name)
    text = decode(data)
    if isinstance(text, Problem):
        raise UsageError(f"{name}:{text.span.line}: {problem_text(text)[0]}", problem_text(text)[1])
    pairs = _yaml(text, name) if path.suffix in _YAML else _dotenv(text, name)
    found: dict[str, Secret] = {}
    for line, variable, value in pairs:
        if variable in found:
            raise UsageError(f"{name}:{line}: {variable} is here a second time", "Keep one of the two.")
        found[variable] = Secret(value)
    return found


def _private(path: Path, name: str) -> bytes:
    """The bytes of a file that nobody else may read; looked at and read through one descriptor."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb") as stream:
            status = os.fstat(stream.fileno())
            if stat.S_ISREG(status.st_mode) and status.st_mode & _OTHERS:
                raise UsageError(
                    f"{name} can be read by others (its mode is {stat.S_IMODE(status.st_mode):04o}), so nothing was read",
                    f"chmod 600 {shown(shlex.quote(str(path)))}, and think of who may have read it.",
                )
            if stat.S_ISREG(status.st_mode) and status.st_uid not in {os.geteuid(), 0}:
                raise UsageError(f"{name} belongs to somebody else", "Use a file of your own.")
            data = stream.read(_SIZE_LIMIT + 1)
    except OSError as error:
        reason = (error.strerror or "error").lower()
        raise UsageError(
            f"{name} could not be read: {reason}", "--secrets takes a file, dotenv or YAML."
        ) from None
    if len(data) > _SIZE_LIMIT:
        raise UsageError(
            f"{name} is larger than {_SIZE_LIMIT} bytes", "--secrets takes a file, dotenv or YAML."
        )
    return data


def _dotenv(text: str, name: str) -> Iterator[tuple[int, str, str]]:
    for number, line in enumerate(split_lines(text), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        found = _LINE.match(line)
        if found is None:
            raise UsageError(
                f"{name}:{number}: expected NAME=VALUE", "Write one variable a line, comments behind #."
            )
        variable, written = found.groups()
        word = _WORD.match(written)
        if word is None:
            raise UsageError(
                f"{name}:{number}: the value of {variable} is not one word that a shell would take as it is",
                "Put the value in single quotes, right behind the =.",
            )
        yield number, variable, "".join(_part(part) for part in _PART.findall(word.group(1)))


def _part(part: str) -> str:
    """A part of a word with its quotes and escapes undone."""
    match part[0]:
        case "'":
            return part[1:-1]
        case '"':
            return re.sub(r"\\([\\\"$`])", r"\1", part[1:-1])
        case "\\":
            return part[1:]
        case _:
            return part


def _yaml(text: str, name: str) -> Iterator[tuple[int, str, str]]:
    loaded = load(text)
    if loaded.problems:
        reason, remedy = problem_text(loaded.problems[0])
        raise UsageError(f"{name}:{loaded.problems[0].span.line}: {reason}", remedy)
    roots = [document.root for document in loaded.documents if document.root is not None]
    if not roots:
        return
    if len(roots) != 1 or not isinstance(roots[0], Mapping):
        raise UsageError(f"{name}:1: expected one mapping", "Write NAME: VALUE, one a line.")
    for entry in roots[0].entries:
        line = entry.key.span.line
        if not isinstance(entry.value, Scalar):
            raise UsageError(
                f"{name}:{line}: expected a text for each name", "Write NAME: VALUE, one a line, in quotes."
            )
        yield line, entry.key.text, "" if entry.value.kind == "null" else entry.value.text
