"""The tree of one document: scalars, sequences and mappings, each with its place in the text.

Nodes compare and hash by identity. An alias is the node of its anchor, not a copy, so one node
may stand at several places of a tree; its span is where it was written, at the anchor.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, Literal, NamedTuple, TypeAlias

from msgspec import Struct

from migrator.spans import Span
from migrator.tree.scalars import Kind, ScalarValue, value_of

Style: TypeAlias = Literal["", "'", '"', "|", ">"]
"""How a scalar was written; ``""`` is plain, that is without quotes."""

MERGE_KEY: Final = "<<"


class _Part(Struct, eq=False):
    """A part of a tree, which is equal to nothing but itself, and does not show what it holds."""

    __repr__ = object.__repr__


class Scalar(_Part):
    """One value that is not a collection.

    ``text`` is the value with quotes, escapes and folding undone. It is assignable, so that a
    credential can be masked; whoever replaces the text of a number sets ``kind`` to ``"str"``
    as well. ``span`` covers the source: quotes, and an anchor or a tag in front, included.
    A value that is left out (``key:``) is an empty null of no width.
    """

    text: str
    kind: Kind
    style: Style
    span: Span
    anchor: str | None = None

    @property
    def value(self) -> ScalarValue:
        """The value as Python has it: str, int, float, bool or None, as ``kind`` says."""
        return value_of(self.text, self.kind)


class Sequence(_Part):
    """A list. ``flow`` tells ``[a, b]`` from the form with dashes.

    The span of the form with dashes ends where its last item ends.
    """

    items: list[Node]
    flow: bool
    span: Span
    anchor: str | None = None


class Entry(_Part):
    """One key of a mapping with its value. ``merged``: it came in through ``<<``.

    A merged entry shares key and value with the mapping it was written in.
    """

    key: Scalar
    value: Node
    merged: bool = False


class Mapping(_Part):
    """Entries in the order of the text, merged ones last; no two keys have the same text.

    ``<<`` itself is not among the entries. ``flow`` tells ``{a: b}`` from the form with
    lines, whose span ends where its last value ends.
    """

    entries: list[Entry]
    flow: bool
    span: Span
    anchor: str | None = None

    def entry(self, key: str) -> Entry | None:
        """The entry whose key reads ``key``."""
        for entry in self.entries:
            if entry.key.text == key:
                return entry
        return None

    def get(self, key: str) -> Node | None:
        """The value under ``key``; ``None`` when there is no such key (a null is a node)."""
        for entry in self.entries:
            if entry.key.text == key:
                return entry.value
        return None

    def keys(self) -> list[str]:
        """The texts of the keys, in order."""
        return [entry.key.text for entry in self.entries]


Node: TypeAlias = Scalar | Sequence | Mapping


class Document:
    """One document of a stream.

    ``root`` is ``None`` when nothing but markers or comments stands there. ``index`` counts
    from 0 over all documents of the text, those that were refused included.
    """

    __slots__ = ("index", "root", "span")

    def __init__(self, root: Node | None, index: int, span: Span) -> None:
        self.root = root
        self.index = index
        self.span = span

    def __reduce__(self) -> tuple[object, tuple[object, ...]]:
        # Pickle recurses, about four calls for each level, and a tree may have 100 levels.
        return (_unpickled, (_rows(self.root), self.index, self.span))


class _Row(NamedTuple):
    """A collection without its contents: their numbers stand in, a mapping's keys and values in turn."""

    flow: bool
    span: Span
    anchor: str | None
    inside: list[int]
    merged: list[bool] | None


def _rows(root: Node | None) -> list[Scalar | _Row]:
    """A tree as a flat list, the root first."""
    found: list[Node] = []
    numbers: dict[int, int] = {}

    def number(node: Node) -> int:
        if id(node) not in numbers:
            numbers[id(node)] = len(found)
            found.append(node)
        return numbers[id(node)]

    if root is not None:
        number(root)
    rows: list[Scalar | _Row] = []
    for node in found:  # it grows by what is met
        match node:
            case Scalar():
                rows.append(node)
            case Sequence():
                rows.append(
                    _Row(node.flow, node.span, node.anchor, [number(item) for item in node.items], None)
                )
            case Mapping():
                inside = [number(part) for entry in node.entries for part in (entry.key, entry.value)]
                merged = [entry.merged for entry in node.entries]
                rows.append(_Row(node.flow, node.span, node.anchor, inside, merged))
    return rows


def _unpickled(rows: list[Scalar | _Row], index: int, span: Span) -> Document:
    nodes: list[Node] = []
    for row in rows:
        if isinstance(row, Scalar):
            nodes.append(row)
        elif row.merged is None:
            nodes.append(Sequence([], row.flow, row.span, row.anchor))
        else:
            nodes.append(Mapping([], row.flow, row.span, row.anchor))
    for node, row in zip(nodes, rows, strict=True):
        if isinstance(row, Scalar):
            continue
        inside = [nodes[number] for number in row.inside]
        if isinstance(node, Sequence):
            node.items = inside
        elif isinstance(node, Mapping):
            node.entries = [
                Entry(key, value, merged)
                for key, value, merged in zip(inside[::2], inside[1::2], row.merged or (), strict=True)
                if isinstance(key, Scalar)
            ]
    return Document(nodes[0] if nodes else None, index, span)


def values(node: Node) -> list[Node]:
    """What stands directly inside a node: items, or the values of entries; keys are not."""
    if type(node) is Sequence:
        return node.items
    if type(node) is Mapping:
        return [entry.value for entry in node.entries]
    return []


def leaves(node: Node) -> Iterator[Scalar | Sequence | Mapping]:
    """Every scalar value and every empty collection under ``node``, in order, each once.

    An aliased leaf is yielded where it first appears. Keys are not leaves.
    """
    seen: set[int] = set()
    todo = [node]
    while todo:
        node = todo.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        inside = values(node)
        if inside:
            todo.extend(reversed(inside))
        else:
            yield node


def elsewhere(node: Node) -> Iterator[Node]:
    """What stands on other lines than ``node``, and below it by an alias or by a merge; each once."""
    met = {id(node)}
    todo = [node]
    for held in todo:
        for one in values(held):
            if id(one) in met:
                continue
            met.add(id(one))
            todo.append(one)
            if not (_begins_in(one, node) or _begins_in(one, held)):
                yield one


def _begins_in(node: Node, other: Node) -> bool:
    return other.span.line <= node.span.line <= other.span.end_line


def to_python(node: Node) -> object:
    """The tree as lists, dicts and plain values; keys are the keys' texts, always ``str``.

    An aliased collection becomes one shared object, as in the tree.
    """
    shells: dict[int, list[object] | dict[str, object]] = {}
    todo: list[Sequence | Mapping] = []

    def shell(inner: Node) -> object:
        if isinstance(inner, Scalar):
            return inner.value
        made = shells.get(id(inner))
        if made is None:
            made = shells[id(inner)] = [] if isinstance(inner, Sequence) else {}
            todo.append(inner)
        return made

    root = shell(node)
    while todo:
        filled = todo.pop()
        target = shells[id(filled)]
        if isinstance(filled, Sequence) and isinstance(target, list):
            target.extend(shell(item) for item in filled.items)
        elif isinstance(filled, Mapping) and isinstance(target, dict):
            target.update((e.key.text, shell(e.value)) for e in filled.entries)
    return root
