"""Where a policy's root stands, and fields: nodes that know their way back to it."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from typing import NamedTuple, TypedDict

from msgspec import Struct

from migrator.spans import Location, Span
from migrator.tree.nodes import Mapping, Node, Scalar, Sequence, leaves


class LeafKey(NamedTuple):
    """A leaf by its source position, so that anchors and shared policies count once."""

    path: str
    span: Span
    embedded: tuple[int, int] | None


class Stretch(NamedTuple):
    """Code points of one line of a string, from ``line`` and ``column`` on, and what the file has for them.

    ``verbatim``: each of them as it is; otherwise ``host`` as a whole stands for them (an escape).
    """

    line: int
    column: int
    host: Span
    verbatim: bool = True


class Embedding(Struct, frozen=True):
    """How positions inside a policy held as a string map to the host file.

    ``line`` and ``column`` are what to add where the string stands verbatim in the file (a
    literal block); where it is written in parts (escapes, indentation that is no part of it),
    ``stretches`` are these in order. Otherwise ``exact`` is False and ``host`` is the string's
    whole range. ``outer`` is for a string that stands within another one.
    """

    host: Span
    exact: bool = False
    line: int = 0
    column: int = 0
    stretches: tuple[Stretch, ...] = ()
    outer: Embedding | None = None

    def place(self, span: Span) -> Span:
        if not self.exact:
            own = self.host
        elif self.stretches:
            own = Span(*self._start(span.line, span.column), *self._end(span.end_line, span.end_column))
        else:
            own = Span(
                span.line + self.line,
                span.column + self.column,
                span.end_line + self.line,
                span.end_column + self.column,
            )
        return own if self.outer is None else self.outer.place(own)

    def _start(self, line: int, column: int) -> tuple[int, int]:
        held = self._stretch(line, column)
        further = column - held.column if held.verbatim and held.line == line else 0
        return held.host.line, held.host.column + further

    def _end(self, line: int, column: int) -> tuple[int, int]:
        """The end is exclusive: behind the last code point, not before the next one."""
        if column == 1:
            return self._start(line, column)
        held = self._stretch(line, column - 1)
        if held.verbatim and held.line == line:
            return held.host.line, held.host.column + column - held.column
        return held.host.end_line, held.host.end_column

    def _stretch(self, line: int, column: int) -> Stretch:
        after = bisect_right(self.stretches, (line, column), key=_begin)
        return self.stretches[max(after - 1, 0)]


def _begin(stretch: Stretch) -> tuple[int, int]:
    return stretch.line, stretch.column


class Origin(Struct, frozen=True):
    """The root of a policy: file, document index (from 0), JSON pointer in that document."""

    path: str
    document: int = 0
    pointer: str = ""
    embedding: Embedding | None = None

    def location(self, span: Span) -> Location:
        if self.embedding is None:
            return Location(self.path, span)
        return Location(self.path, self.embedding.place(span), (span.line, span.column))


class Place(TypedDict):
    """Where a finding is: the members of ``Finding`` that say so."""

    at: Location
    pointer: str


class Field:
    """A node of a policy with its JSON pointer (from the policy's root) and its origin."""

    __slots__ = ("_location", "node", "origin", "pointer")

    def __init__(self, node: Node, pointer: str, origin: Origin) -> None:
        self.node = node
        self.pointer = pointer
        self.origin = origin
        self._location: Location | None = None

    @property
    def location(self) -> Location:
        """One for all that stands here."""
        if self._location is None:
            self._location = self.origin.location(self.node.span)
        return self._location

    @property
    def place(self) -> Place:
        """For findings: ``SomeFinding(**field.place, …)``."""
        return {"at": self.location, "pointer": self.pointer}

    @property
    def is_null(self) -> bool:
        return isinstance(self.node, Scalar) and self.node.kind == "null"

    @property
    def scalar(self) -> Scalar | None:
        """The node if it is a scalar other than null."""
        return self.node if isinstance(self.node, Scalar) and self.node.kind != "null" else None

    @property
    def text(self) -> str | None:
        """The scalar as written, whatever its implicit type: ngrok reads ids and durations as text."""
        scalar = self.scalar
        return None if scalar is None else scalar.text

    def get(self, key: str) -> Field | None:
        if not isinstance(self.node, Mapping):
            return None
        node = self.node.get(key)
        return None if node is None else self.below(key, node)

    def below(self, key: str, node: Node) -> Field:
        """The field that ``node`` is, which this mapping has under ``key``."""
        return Field(node, f"{self.pointer}/{escape(key)}", self.origin)

    def entries(self) -> Iterator[tuple[Scalar, Field]]:
        """(key, value) of a mapping; nothing for any other node."""
        if isinstance(self.node, Mapping):
            for entry in self.node.entries:
                yield entry.key, self.below(entry.key.text, entry.value)

    def items(self) -> Iterator[Field]:
        """The items of a sequence; nothing for any other node."""
        if isinstance(self.node, Sequence):
            for index, item in enumerate(self.node.items):
                yield Field(item, f"{self.pointer}/{index}", self.origin)

    def leaf_keys(self) -> Iterable[LeafKey]:
        if isinstance(self.node, Scalar):
            return (self.leaf_key(self.node),)
        return (self.leaf_key(leaf) for leaf in leaves(self.node))

    def leaf_key(self, leaf: Node) -> LeafKey:
        if self.origin.embedding is None:
            return LeafKey(self.origin.path, leaf.span, None)
        place = self.origin.location(leaf.span)
        return LeafKey(place.path, place.span, place.embedded)


def escape(key: str) -> str:
    """A mapping key as a JSON pointer token (RFC 6901)."""
    return key.replace("~", "~0").replace("/", "~1") if "~" in key or "/" in key else key
