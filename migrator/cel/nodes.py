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
from typing import Any, TypeAlias
from typing import Literal as OneOf

from msgspec import Struct

Kind: TypeAlias = OneOf["int", "uint", "double", "string", "bytes", "bool", "null"]
UnaryOperator: TypeAlias = OneOf["!", "-"]
BinaryOperator: TypeAlias = OneOf["||", "&&", "<", "<=", ">=", ">", "==", "!=", "in", "+", "-", "*", "/", "%"]

_PLACE = ("start", "end")


class Part(Struct, frozen=True, kw_only=True):
    """Anything that stands somewhere in an expression's text.

    ``start`` and ``end`` are code-point offsets into that text, the end exclusive, any
    parentheses around the part included; -1 for a part that was not read from a text.
    """

    start: int = -1
    end: int = -1

    def __eq__(self, other: object) -> bool:
        """Whether it says the same, wherever it stands."""
        return type(other) is type(self) and _said(self) == _said(other)

    def __hash__(self) -> int:
        return hash((type(self), _said(self)))

    def __repr__(self) -> str:
        said = ", ".join(f"{name}={value!r}" for name, value in members(self))
        return f"{type(self).__name__}({said})"


class Literal(Part, frozen=True):
    """A constant. ``value`` is the Python value of ``kind``: ``1`` is an int, ``1u`` a uint.

    A sign in front of an int or a double belongs to the literal: ``-1`` is one, ``-(1)`` is a
    ``Unary``. What is read is in the range of its kind (64 bits; finite).
    """

    value: int | float | str | bytes | bool | None
    kind: Kind


class Ident(Part, frozen=True):
    """A name. ``rooted``: written with a leading dot, so resolved outside any scope."""

    name: str
    rooted: bool = False


class Select(Part, frozen=True):
    """A field of a value, or the next part of a qualified name. ``field`` is without backticks."""

    operand: Node
    field: str
    optional: bool = False


class Index(Part, frozen=True):
    """An element of a list or map."""

    operand: Node
    index: Node
    optional: bool = False


class Call(Part, frozen=True):
    """A function, method (with ``target``) or macro call. ``rooted``: ``.f()``."""

    function: str
    args: tuple[Node, ...] = ()
    target: Node | None = None
    rooted: bool = False


class Unary(Part, frozen=True):
    """A negation, logical or arithmetic."""

    op: UnaryOperator
    operand: Node


class Binary(Part, frozen=True):
    """An operator between two operands. A chain leans left: ``a || b || c`` is ``(a || b) || c``."""

    op: BinaryOperator
    left: Node
    right: Node


class Conditional(Part, frozen=True):
    """``condition ? then : otherwise``."""

    condition: Node
    then: Node
    otherwise: Node


class ListLit(Part, frozen=True):
    """A list. ``optional`` holds the positions of the elements written ``?a``, in order."""

    elements: tuple[Node, ...] = ()
    optional: tuple[int, ...] = ()


class MapEntry(Part, frozen=True):
    """``key: value`` of a map."""

    key: Node
    value: Node
    optional: bool = False


class MapLit(Part, frozen=True):
    """A map, its entries as written: a key may occur twice."""

    entries: tuple[MapEntry, ...] = ()


class MessageField(Part, frozen=True):
    """``name: value`` of a message. ``name`` is without backticks."""

    name: str
    value: Node
    optional: bool = False


class MessageLit(Part, frozen=True):
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
    for _, value in members(part):
        if isinstance(value, Part):
            yield value
        elif isinstance(value, tuple):
            yield from (item for item in value if isinstance(item, Part))


def members(part: Part) -> Iterator[tuple[str, Any]]:
    """What a part says, by field: all but where it stands."""
    for name in part.__struct_fields__:
        if name not in _PLACE:
            yield name, getattr(part, name)


def _said(part: Part) -> tuple[Any, ...]:
    return tuple(value for _, value in members(part))
