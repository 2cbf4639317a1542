"""Reading a configuration file: every node as what was expected there, or an error that names file, line and form."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import Final

from msgspec import Struct

from migrator.errors import UsageError
from migrator.findings.rulings import says_something
from migrator.report.escape import bounded
from migrator.report.suggest import did_you_mean
from migrator.sources.prose import prose, sure, without_credentials
from migrator.spans import Location
from migrator.tree.load import load
from migrator.tree.nodes import Entry, Mapping, Node, Scalar, Sequence
from migrator.tree.problems import Problem, problem_text
from migrator.tree.text import decode

SIZE_LIMIT: Final = 16 * 1024 * 1024

_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")
_QUOTED: Final = 80


class Reader(Struct, frozen=True):
    """One file being read. ``path`` is as the user names it. Every method raises UsageError."""

    path: Path
    held: str | None = None
    """The text, where it is not what stands in the file."""

    def text_of_file(self) -> str | Problem:
        if self.held is not None:
            return self.held
        try:
            with self.path.open("rb") as file:
                data = file.read(SIZE_LIMIT + 1)
        except OSError as error:
            raise UsageError(
                f"{self.path} could not be read: {(error.strerror or 'error').lower()}"
            ) from error
        if len(data) > SIZE_LIMIT:
            raise UsageError(
                f"{self.path} is larger than {SIZE_LIMIT // 1024 // 1024} MiB", "Is it this file?"
            )
        return decode(data)

    def root(self) -> Mapping | None:
        """What the file holds; None where it holds nothing but comments."""
        text = self.text_of_file()
        if isinstance(text, Problem):
            raise self._refused(text)
        loaded = load(text)
        if loaded.problems:
            raise self._refused(loaded.problems[0])
        held = [document for document in loaded.documents if document.root is not None]
        if len(held) > 1:
            raise UsageError(
                f"{self.path}:{held[1].span.line}: a second document begins",
                "Write everything into one document.",
            )
        root = held[0].root if held else None
        if root is None or (isinstance(root, Scalar) and root.kind == "null"):
            return None
        if not isinstance(root, Mapping):
            raise UsageError(
                f"{self.path}:{root.span.line}: expected a mapping", "Write `decisions: {ID: OPTION}`."
            )
        return root

    def at(self, node: Node) -> Location:
        return Location(self.path.as_posix(), node.span)

    def error(self, node: Node, text: str, remedy: str = "") -> UsageError:
        return UsageError(f"{self.path}:{node.span.line}: {text}", remedy)

    def known(self, held: Mapping, names: Iterable[str], where: str, remedy: str) -> Iterator[Entry]:
        """The entries, whose keys have to be among ``names``."""
        allowed = list(names)
        for entry in held.entries:
            key = entry.key.text
            if key not in allowed:
                hint = did_you_mean(key, allowed)
                text = f"unknown key {quoted(key)}{where}"
                raise self.error(entry.key, text, " ".join(part for part in (hint, remedy) if part))
            yield entry

    def mapping(self, entry: Entry, of: str, remedy: str) -> Mapping | None:
        """The mapping below a key; None where nothing stands there."""
        node = entry.value
        if isinstance(node, Scalar) and node.kind == "null":
            return None
        if not isinstance(node, Mapping):
            raise self.error(entry.key, f"{entry.key.text} is a mapping of {of}", remedy)
        return node

    def sequence(self, entry: Entry, of: str, remedy: str) -> Sequence | None:
        """The list below a key; None where nothing stands there."""
        node = entry.value
        if isinstance(node, Scalar) and node.kind == "null":
            return None
        if not isinstance(node, Sequence):
            raise self.error(entry.key, f"{entry.key.text} is a list of {of}", remedy)
        return node

    def text(self, entry: Entry, remedy: str) -> str:
        """The text below a key: one value, and not an empty one."""
        node = entry.value
        if not isinstance(node, Scalar) or node.kind == "null" or not node.text.strip():
            raise self.error(entry.key, f"{quoted(entry.key.text)} is text", remedy)
        return node.text

    def prose(self, entry: Entry, remedy: str) -> str:
        """The same for what people read: something that they see, no credential, on one line."""
        text = self.text(entry, remedy)
        if not says_something(text):
            raise self.error(
                entry.key, f"{quoted(entry.key.text)} has nothing but invisible characters", remedy
            )
        return prose(text)

    def choice(self, entry: Entry, among: Iterable[str], remedy: str) -> str:
        """The text below a key, one of a few words."""
        words = list(among)
        text = self.text(entry, remedy)
        if text not in words:
            hint = did_you_mean(text, words)
            one_of = f"Choose one of: {', '.join(words)}."
            raise self.error(
                entry.value, f"{quoted(entry.key.text)} cannot be {quoted(text)}", f"{hint} {one_of}".lstrip()
            )
        return text

    def day(self, entry: Entry, remedy: str) -> date:
        """The day below a key, as ``2027-01-31``."""
        text = self.text(entry, remedy)
        try:
            return parsed_day(text)
        except ValueError as error:
            raise self.error(entry.value, f"{quoted(entry.key.text)}: {error}", remedy) from None

    def _refused(self, problem: Problem) -> UsageError:
        reason, hint = problem_text(problem)
        if problem.kind == "duplicate-key":
            hint = "Keep one of the two."
        return UsageError(f"{self.path}:{problem.span.line}:{problem.span.column}: {reason}", hint)


def parsed_day(text: str) -> date:
    """A day written as YYYY-MM-DD and in no other way. Raises ValueError that says what is wrong."""
    if not _DATE.match(text):
        raise ValueError(f"{quoted(text)} is not a day written as YYYY-MM-DD")
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"there is no day {text}") from None


def quoted(text: str) -> str:
    """A word of the file's in a message: bounded, and no credential."""
    return bounded(without_credentials(text, sure), _QUOTED)
