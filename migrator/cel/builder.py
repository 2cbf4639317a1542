"""From grammar to nodes: one method for each alternative of ``grammars/cel.lark``.

The parser calls a method when it has read the alternative, with all its symbols: tokens, and
what the methods returned for the rules in it.
"""

from __future__ import annotations

from typing import Any, TypeAlias

from msgspec.structs import replace

from migrator.cel.lexer import Token
from migrator.cel.literals import bytes_value, double_value, int_value, string_value, uint_value
from migrator.cel.nodes import (
    Binary,
    Call,
    Conditional,
    Ident,
    Index,
    Kind,
    ListLit,
    Literal,
    MapEntry,
    MapLit,
    MessageField,
    MessageLit,
    Node,
    Select,
    Unary,
)

Symbols: TypeAlias = list[Any]
"""The tokens, nodes and lists of one alternative, in the order of the grammar."""


class _Optional:
    """A list element written ``?a``, until its list is complete."""

    def __init__(self, node: Node) -> None:
        self.node = node


class Builder:
    """What the parser calls. It has no state."""

    # Operators

    def conditional(self, symbols: Symbols) -> Node:
        condition, _, then, _, otherwise = symbols
        return Conditional(condition, then, otherwise, start=condition.start, end=otherwise.end)

    def binary(self, symbols: Symbols) -> Node:
        left, op, right = symbols
        return Binary(op.value, left, right, start=left.start, end=right.end)

    def unary(self, symbols: Symbols) -> Node:
        op, operand = symbols
        return Unary(op.value, operand, start=op.start, end=operand.end)

    # Members

    def ident(self, symbols: Symbols) -> Node:
        (name,) = symbols
        return Ident(name.value, start=name.start, end=name.end)

    def rooted_ident(self, symbols: Symbols) -> Node:
        dot, name = symbols
        return Ident(name.value, rooted=True, start=dot.start, end=name.end)

    def select(self, symbols: Symbols) -> Node:
        operand, _, name = symbols
        return Select(operand, _field(name), start=operand.start, end=name.end)

    def optional_select(self, symbols: Symbols) -> Node:
        operand, _, _, name = symbols
        return Select(operand, _field(name), optional=True, start=operand.start, end=name.end)

    def method(self, symbols: Symbols) -> Node:
        target, _, name, *arguments, close = symbols
        return Call(name.value, _args(arguments), target, start=target.start, end=close.end)

    def index(self, symbols: Symbols) -> Node:
        operand, _, index, close = symbols
        return Index(operand, index, start=operand.start, end=close.end)

    def optional_index(self, symbols: Symbols) -> Node:
        operand, _, _, index, close = symbols
        return Index(operand, index, optional=True, start=operand.start, end=close.end)

    # Primaries

    def call(self, symbols: Symbols) -> Node:
        name, *arguments, close = symbols
        return Call(name.value, _args(arguments), start=name.start, end=close.end)

    def rooted_call(self, symbols: Symbols) -> Node:
        dot, name, *arguments, close = symbols
        return Call(name.value, _args(arguments), rooted=True, start=dot.start, end=close.end)

    def paren(self, symbols: Symbols) -> Node:
        opening, node, close = symbols
        widened: Node = replace(node, start=opening.start, end=close.end)
        return widened

    def list_lit(self, symbols: Symbols) -> Node:
        items = _inits(symbols[1:])
        return ListLit(
            tuple(item.node if isinstance(item, _Optional) else item for item in items),
            tuple(at for at, item in enumerate(items) if isinstance(item, _Optional)),
            start=symbols[0].start,
            end=symbols[-1].end,
        )

    def optional_element(self, symbols: Symbols) -> _Optional:
        _, node = symbols
        return _Optional(node)

    def map_lit(self, symbols: Symbols) -> Node:
        return MapLit(tuple(_inits(symbols[1:])), start=symbols[0].start, end=symbols[-1].end)

    def map_init(self, symbols: Symbols) -> MapEntry:
        key, _, value = symbols
        return MapEntry(key, value, start=key.start, end=value.end)

    def optional_map_init(self, symbols: Symbols) -> MapEntry:
        mark, key, _, value = symbols
        return MapEntry(key, value, optional=True, start=mark.start, end=value.end)

    def message_lit(self, symbols: Symbols) -> Node:
        name, *_, close = symbols
        segments = []
        head = name
        while isinstance(head, Select):
            segments.append(head.field)
            head = head.operand
        segments.append(head.name)
        return MessageLit(
            ".".join(reversed(segments)),
            tuple(_inits(symbols[2:])),
            rooted=head.rooted,
            start=name.start,
            end=close.end,
        )

    def field_init(self, symbols: Symbols) -> MessageField:
        name, _, value = symbols
        return MessageField(_field(name), value, start=name.start, end=value.end)

    def optional_field_init(self, symbols: Symbols) -> MessageField:
        mark, name, _, value = symbols
        return MessageField(_field(name), value, optional=True, start=mark.start, end=value.end)

    # Sequences

    def first(self, symbols: Symbols) -> Symbols:
        return symbols

    def following(self, symbols: Symbols) -> Symbols:
        items: Symbols
        items, _, item = symbols
        items.append(item)
        return items

    # Literals

    def int_lit(self, symbols: Symbols) -> Node:
        (token,) = symbols
        return _literal(symbols, int_value(token.value, token.start), "int")

    def signed_int_lit(self, symbols: Symbols) -> Node:
        sign, token = symbols
        return _literal(symbols, int_value(token.value, sign.start, negative=True), "int")

    def uint_lit(self, symbols: Symbols) -> Node:
        (token,) = symbols
        return _literal(symbols, uint_value(token.value, token.start), "uint")

    def double_lit(self, symbols: Symbols) -> Node:
        (token,) = symbols
        return _literal(symbols, double_value(token.value, token.start), "double")

    def signed_double_lit(self, symbols: Symbols) -> Node:
        sign, token = symbols
        return _literal(symbols, -double_value(token.value, sign.start), "double")

    def string_lit(self, symbols: Symbols) -> Node:
        (token,) = symbols
        return _literal(symbols, string_value(token.value, token.start), "string")

    def bytes_lit(self, symbols: Symbols) -> Node:
        (token,) = symbols
        return _literal(symbols, bytes_value(token.value, token.start), "bytes")

    def true_lit(self, symbols: Symbols) -> Node:
        return _literal(symbols, value=True, kind="bool")

    def false_lit(self, symbols: Symbols) -> Node:
        return _literal(symbols, value=False, kind="bool")

    def null_lit(self, symbols: Symbols) -> Node:
        return _literal(symbols, None, "null")


def _literal(symbols: Symbols, value: float | str | bytes | None, kind: Kind) -> Literal:
    return Literal(value, kind, start=symbols[0].start, end=symbols[-1].end)


def _field(name: Token) -> str:
    """A field's name: a SELECTOR, or what stands between backticks."""
    text: str = name.value
    return text.strip("`")


def _args(arguments: Symbols) -> tuple[Node, ...]:
    """The arguments of a call, from the symbols between its name and its last parenthesis."""
    return tuple(arguments[1]) if len(arguments) > 1 else ()


def _inits(symbols: Symbols) -> Symbols:
    """The items of a literal, from the symbols after its first bracket: they may be missing."""
    items: Symbols = symbols[0] if isinstance(symbols[0], list) else []
    return items
