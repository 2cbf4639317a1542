"""Expressions of CEL as data.

::

    Literal      1  1u  1.0  'a'  b'a'  true  null  -1
    Ident        a  .a
    Select       a.b  a.?b  a.`b`
    Index        a[0]  a[?0]
    Call         f(a)  .f(a)  a.f(b)                       macros are calls: has(a.b), a.map(x, x)
    Unary        !a  -a
    Binary       a || b  a == b  a in b  a + b
    Conditional  a ? b : c
    ListLit      [a, ?b]
    MapLit       {a: b, ?c: d}                             its entries: MapEntry
    MessageLit   a.B{c: d, ?e: f}                          its fields: MessageField

Two nodes are equal if they have the same structure, wherever they were read. Parentheses and
comments leave no trace in it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal as OneOf
from typing import TypeAlias

Kind: TypeAlias = OneOf["int", "uint", "double", "string", "bytes", "bool", "null"]
UnaryOperator: TypeAlias = OneOf["!", "-"]
BinaryOperator: TypeAlias = OneOf["||", "&&", "<", "<=", ">=", ">", "==", "!=", "in", "+", "-", "*", "/", "%"]


@dataclass(frozen=True, slots=True)
class Part:
    """Anything that stands somewhere in an expression's text.

    ``start`` and ``end`` are code-point offsets into that text, the end exclusive, any
    parentheses around the part included; -1 for a part that was not read from a text.
    """

    start: int = field(default=-1, compare=False, repr=False, kw_only=True)
    end: int = field(default=-1, compare=False, repr=False, kw_only=True)


@dataclass(frozen=True, slots=True)
class Literal(Part):
    """A constant. ``value`` is the Python value of ``kind``: ``1`` is an int, ``1u`` a uint.

    A sign in front of an int or a double belongs to the literal: ``-1`` is one, ``-(1)`` is a
    ``Unary``. What is read is in the range of its kind (64 bits; finite).
    """

    value: int | float | str | bytes | bool | None
    kind: Kind


@dataclass(frozen=True, slots=True)
class Ident(Part):
    """A name. ``rooted``: written with a leading dot, so resolved outside any scope."""

    name: str
    rooted: bool = False


@dataclass(frozen=True, slots=True)
class Select(Part):
    """A field of a value, or the next part of a qualified name. ``field`` is without backticks."""

    operand: Node
    field: str
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Index(Part):
    """An element of a list or map."""

    operand: Node
    index: Node
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Call(Part):
    """A function, method (with ``target``) or macro call. ``rooted``: ``.f()``."""

    function: str
    args: tuple[Node, ...] = ()
    target: Node | None = None
    rooted: bool = False


@dataclass(frozen=True, slots=True)
class Unary(Part):
    """A negation, logical or arithmetic."""

    op: UnaryOperator
    operand: Node


@dataclass(frozen=True, slots=True)
class Binary(Part):
    """An operator between two operands. A chain leans left: ``a || b || c`` is ``(a || b) || c``."""

    op: BinaryOperator
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Conditional(Part):
    """``condition ? then : otherwise``."""

    condition: Node
    then: Node
    otherwise: Node


@dataclass(frozen=True, slots=True)
class ListLit(Part):
    """A list. ``optional`` holds the positions of the elements written ``?a``, in order."""

    elements: tuple[Node, ...] = ()
    optional: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class MapEntry(Part):
    """``key: value`` of a map."""

    key: Node
    value: Node
    optional: bool = False


@dataclass(frozen=True, slots=True)
class MapLit(Part):
    """A map, its entries as written: a key may occur twice."""

    entries: tuple[MapEntry, ...] = ()


@dataclass(frozen=True, slots=True)
class MessageField(Part):
    """``name: value`` of a message. ``name`` is without backticks."""

    name: str
    value: Node
    optional: bool = False


@dataclass(frozen=True, slots=True)
class MessageLit(Part):
    """A message of the type with this dotted name. ``rooted``: written with a leading dot."""

    name: str
    fields: tuple[MessageField, ...] = ()
    rooted: bool = False


Node: TypeAlias = (
    Literal | Ident | Select | Index | Call | Unary | Binary | Conditional | ListLit | MapLit | MessageLit
)
"""An expression: any part but an entry or a field."""


def children(part: Part) -> Iterator[Part]:
    """What a part is directly made of, in the order of its fields."""
    for name in part.__slots__:
        value = getattr(part, name)
        if isinstance(value, Part):
            yield value
        elif isinstance(value, tuple):
            yield from (item for item in value if isinstance(item, Part))
