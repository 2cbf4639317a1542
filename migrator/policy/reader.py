"""Reading a mapping so that what nobody asked for is known afterwards."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeVar

from msgspec import Struct
from msgspec import field as struct_field

from migrator.findings.base import Finding
from migrator.findings.policy import UnknownField, WrongType
from migrator.policy.origin import Field
from migrator.tree.nodes import Mapping, Scalar, Sequence

T = TypeVar("T")
_TRUE = frozenset({"true", "True", "TRUE"})
_FALSE = frozenset({"false", "False", "FALSE"})


class Notes(Struct):
    """What reading found; passed along instead of a return channel of its own."""

    findings: list[Finding] = struct_field(default_factory=list)
    unknown: list[Field] = struct_field(default_factory=list)

    def add(self, finding: Finding) -> None:
        self.findings.append(finding)


class Reader:
    """One mapping of a policy. Each accessor marks its key as read; ``close`` reports the rest.

    An accessor answers None for an absent or null field and for one of the wrong type, which
    it reports.
    """

    def __init__(self, field: Field, what: str, notes: Notes) -> None:
        self.field = field
        self.what = what
        self.notes = notes
        self._read: set[str] = set()
        """The keys that are there and that somebody asked for."""
        mapping = field.node
        self._held = {e.key.text: e.value for e in mapping.entries} if isinstance(mapping, Mapping) else {}
        if not isinstance(mapping, Mapping) and not field.is_null:
            self._wrong(field, "a mapping")

    def take(self, key: str) -> Field | None:
        """The field whatever its type, null included."""
        node = self._held.get(key)
        if node is None:
            return None
        self._read.add(key)
        return self.field.below(key, node)

    def present(self, key: str) -> Field | None:
        """The field unless absent or null."""
        if key not in self._held:  # most are: that much is faster than asking ``take``
            return None
        found = self.take(key)
        return None if found is None or found.is_null else found

    def text(self, key: str) -> tuple[str, Field] | None:
        return self._scalar(key, "text", _text)

    def flag(self, key: str) -> tuple[bool, Field] | None:
        return self._scalar(key, "true or false", _flag)

    def switch(self, key: str) -> tuple[bool, Field] | None:
        """A flag that restricts: one that cannot be read is reported and counts as on."""
        held = self.present(key)
        return None if held is None else self.flag(key) or (True, held)

    def whole_number(self, key: str) -> tuple[int, Field] | None:
        return self._scalar(key, "a whole number", _whole_number)

    def items(self, key: str) -> list[Field]:
        """The items of a list field. A single value where a list belongs is reported, then taken."""
        found = self.present(key)
        if found is None:
            return []
        if not isinstance(found.node, Sequence):
            self._wrong(found, "a list")
            return []
        return list(found.items())

    def texts(self, key: str) -> list[tuple[str, Field]]:
        read: list[tuple[str, Field]] = []
        for item in self.items(key):
            if item.text is None:
                self._wrong(item, "text")
            else:
                read.append((item.text, item))
        return read

    def mapping(self, key: str) -> Field | None:
        found = self.present(key)
        if found is not None and not isinstance(found.node, Mapping):
            self._wrong(found, "a mapping")
            return None
        return found

    def unread(self) -> Iterator[tuple[Scalar, Field]]:
        if len(self._read) == len(self._held):
            return
        for key, value in self.field.entries():
            if key.text not in self._read:
                yield key, value

    def close(self) -> None:
        """Report every key that nobody asked for."""
        for key, value in self.unread():
            self.notes.unknown.append(value)
            at = value.origin.location(key.span)
            self.notes.add(UnknownField(at=at, pointer=value.pointer, field=key.text, where=self.what))

    def _scalar(
        self, key: str, expected: str, convert: Callable[[Scalar], T | None]
    ) -> tuple[T, Field] | None:
        found = self.present(key)
        if found is None:
            return None
        value = None if found.scalar is None else convert(found.scalar)
        if value is None:
            self._wrong(found, expected)
            return None
        return value, found

    def _wrong(self, field: Field, expected: str) -> None:
        self.notes.add(
            WrongType(
                **field.place,
                field=field.pointer.rpartition("/")[2] or "the root",
                where=self.what,
                expected=expected,
            )
        )


def _text(scalar: Scalar) -> str:
    return scalar.text


def _flag(scalar: Scalar) -> bool | None:
    return True if scalar.text in _TRUE else False if scalar.text in _FALSE else None


def _whole_number(scalar: Scalar) -> int | None:
    value = scalar.value if scalar.kind == "int" else None
    return value if isinstance(value, int) and value >= 0 else None
