"""Names that do not exist where an expression uses them, each told once, at its place in the text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, TypeAlias
from typing import Literal as OneOf

from msgspec import Struct

from migrator.cel.nodes import Call, Literal, Node, Select
from migrator.cel.vocabulary import meant
from migrator.patterns import pattern

Kind: TypeAlias = OneOf["name", "field", "function"]

MAX_MEANT: Final = 100
"""For how many names of one expression it is looked for what was meant."""

_BEFORE = pattern(r"(?:[\t\n\f\r (.?`]|//[^\n]*)*")
"""What can stand between a target and the name that is selected or called, or before a name."""


class Problem(Struct, frozen=True):
    """A name that does not exist where it is used. ``instead`` is what was probably meant, or empty.

    ``start`` and ``end`` are its place in the expression (code points, the end exclusive). Where the
    text of the expression was not given, white space and comments before the name displace it.
    """

    kind: Kind
    name: str
    instead: str
    start: int
    end: int


class Problems:
    """The problems of one expression. ``text`` is what it was read from, if that is known."""

    def __init__(self, text: str = "") -> None:
        self._text = text
        self._found: dict[tuple[Kind, str, int, int], Problem] = {}

    def __iter__(self) -> Iterator[Problem]:
        return iter(self._found.values())

    def note(self, kind: Kind, name: str, known: Iterable[str], node: Node) -> None:
        """``name`` stands in ``node`` and is none of the ``known`` ones."""
        key = kind, name, node.start, node.end
        if key in self._found:
            return
        names = tuple(known)
        if name in names and isinstance(node, Call):  # it exists, but is called in the other way
            instead: str | None = f"VALUE.{name}(…)" if node.target is None else f"{name}(VALUE)"
        else:
            instead = meant(name, names) if len(self._found) < MAX_MEANT else None
        self._found[key] = Problem(kind, name, instead or "", *self._place(node, name))

    def _place(self, node: Node, name: str) -> tuple[int, int]:
        target = node.operand if isinstance(node, Select) else node.target if isinstance(node, Call) else None
        after = node.start if target is None else target.end
        if after < 0:
            return node.start, node.end
        if not self._text:
            start = after + (target is not None or isinstance(node, Literal))
        elif isinstance(node, Literal):
            start = self._text.find(name, after, node.end)
        else:
            spaces = _BEFORE.match(self._text, after)
            start = spaces.end() if spaces is not None else -1
        if self._text and (start < 0 or not self._text.startswith(name, start)):
            return node.start, node.end  # written in another way, with an escape
        return start, start + len(name)


def in_order(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Each problem once, in the order of the text."""
    return tuple(sorted(set(problems), key=lambda one: (one.start, one.end, one.kind, one.name, one.instead)))
