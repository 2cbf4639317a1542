"""From nodes to text."""

from __future__ import annotations

from enum import IntEnum
from typing import TypeAlias, assert_never

from migrator.cel.literals import bytes_text, double_text, string_text
from migrator.cel.nodes import (
    Binary,
    Call,
    Conditional,
    Ident,
    Index,
    ListLit,
    Literal,
    MapLit,
    MessageLit,
    Node,
    Select,
    Unary,
)
from migrator.patterns import pattern


class _Level(IntEnum):
    """How tightly an expression holds together: the table of precedence, loosest first."""

    CONDITIONAL = 0
    OR = 1
    AND = 2
    RELATION = 3
    ADDITION = 4
    MULTIPLICATION = 5
    UNARY = 6
    MEMBER = 7


_LEVELS = (
    {"||": _Level.OR, "&&": _Level.AND}
    | dict.fromkeys(("<", "<=", ">=", ">", "==", "!=", "in"), _Level.RELATION)
    | dict.fromkeys(("+", "-"), _Level.ADDITION)
    | dict.fromkeys(("*", "/", "%"), _Level.MULTIPLICATION)
)

_SELECTOR = pattern(r"(?!(?:true|false|null|in)\Z)[_a-zA-Z][_a-zA-Z0-9]*")

_Piece: TypeAlias = str | tuple[Node, _Level]
"""Text, or an expression and how tightly it has to hold together where it stands."""


def unparse(node: Node) -> str:
    """``node`` as an expression, with the parentheses it needs: ``parse(unparse(node)) == node``.

    Mask characters stand in the result as they stand in the node's strings.
    """
    written: list[str] = []
    pending: list[_Piece] = [(node, _Level.CONDITIONAL)]
    while pending:
        piece = pending.pop()
        if isinstance(piece, str):
            written.append(piece)
            continue
        inner, floor = piece
        level, pieces = _pieces(inner)
        if level < floor:
            pieces = ["(", *pieces, ")"]
        pending.extend(reversed(pieces))
    return "".join(written)


def _pieces(node: Node) -> tuple[_Level, list[_Piece]]:
    match node:
        case Literal():
            return _literal(node)
        case Ident():
            return _Level.MEMBER, ["." * node.rooted, node.name]
        case Select():
            return _Level.MEMBER, [_member(node.operand), ".", "?" * node.optional, _selector(node.field)]
        case Index():
            return _Level.MEMBER, [_member(node.operand), "[", "?" * node.optional, _whole(node.index), "]"]
        case Call():
            target = [] if node.target is None else [_member(node.target), "."]
            args = _separated([[_whole(arg)] for arg in node.args])
            return _Level.MEMBER, [*target, "." * node.rooted, node.function, "(", *args, ")"]
        case Unary():
            repeated = isinstance(node.operand, Unary) and node.operand.op == node.op
            return _Level.UNARY, [node.op, (node.operand, _Level.UNARY if repeated else _Level.MEMBER)]
        case Binary():
            level = _LEVELS[node.op]
            return level, [(node.left, level), f" {node.op} ", (node.right, _Level(level + 1))]
        case Conditional():
            condition, then = (node.condition, _Level.OR), (node.then, _Level.OR)
            return _Level.CONDITIONAL, [condition, " ? ", then, " : ", _whole(node.otherwise)]
        case ListLit():
            elements = [
                ["?" * (at in node.optional), _whole(element)] for at, element in enumerate(node.elements)
            ]
            return _Level.MEMBER, ["[", *_separated(elements), "]"]
        case MapLit():
            entries = [
                ["?" * entry.optional, _whole(entry.key), ": ", _whole(entry.value)] for entry in node.entries
            ]
            return _Level.MEMBER, ["{", *_separated(entries), "}"]
        case MessageLit():
            fields = [
                ["?" * field.optional, _selector(field.name), ": ", _whole(field.value)]
                for field in node.fields
            ]
            return _Level.MEMBER, ["." * node.rooted, node.name, "{", *_separated(fields), "}"]
        case _:
            assert_never(node)


def _literal(node: Literal) -> tuple[_Level, list[_Piece]]:
    """A number that can have a sign is no member: `-(1)` is no literal, and `(-1).f()` reads clearer."""
    match node.value:
        case None:
            return _Level.MEMBER, ["null"]
        case bool():
            return _Level.MEMBER, ["true" if node.value else "false"]
        case str():
            return _Level.MEMBER, [string_text(node.value)]
        case bytes():
            return _Level.MEMBER, [bytes_text(node.value)]
        case float():
            return _Level.UNARY, [double_text(node.value)]
        case int() if node.kind == "uint":
            return _Level.MEMBER, [f"{node.value}u"]
        case int():
            return _Level.UNARY, [str(node.value)]
        case _:
            assert_never(node.value)


def _member(node: Node) -> _Piece:
    return node, _Level.MEMBER


def _whole(node: Node) -> _Piece:
    return node, _Level.CONDITIONAL


def _separated(items: list[list[_Piece]]) -> list[_Piece]:
    return [piece for at, item in enumerate(items) for piece in ([", ", *item] if at else item)]


def _selector(name: str) -> str:
    return name if _SELECTOR.fullmatch(name) else f"`{name}`"
