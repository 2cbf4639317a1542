"""``jsonencode`` of Terraform: the text that it makes of an expression, with the places of its parts.

The text keeps the lines and blanks of the expression, so that it stands where the expression does, and what is cut
out of the one can be cut out of the other. A reader of YAML takes it for what ``yamlencode`` gives, too.
"""

from __future__ import annotations

import json
import re
from itertools import pairwise
from typing import TYPE_CHECKING

from migrator.sources.hosts.hcl import DEPTH, UNKNOWN, Scope, Text, Unknown, Value, evaluate, plain
from migrator.sources.hosts.hcl_tree import of_type, unwrapped
from migrator.sources.hosts.literal import Gap, Pieces

if TYPE_CHECKING:
    from tree_sitter import Node

_NAME = re.compile(r"[\w-]+")
_LOCAL = re.compile(r"local\.([\w-]+)")
_STRINGS = frozenset({"string_lit", "quoted_template"})
_COLLECTIONS = frozenset({"tuple", "object"})
_VISIBLE = re.compile(r"\S")
_COMMENT = re.compile(r"(?:#|//)[^\n]*|/\*.*?\*/", re.DOTALL)


def encoded(node: Node, scope: Scope, depth: int) -> Text | Unknown:
    """The text of an expression; unknown where that is."""
    is_written = scope.own and not node.has_error and unwrapped(node).type in (*_COLLECTIONS, *_STRINGS)
    value = None if is_written else evaluate(node, scope, depth + 1)
    if isinstance(value, Unknown):
        return UNKNOWN
    if not scope.own:
        held = Pieces()
        made = plain(json.dumps(_data(value, held), indent=1, ensure_ascii=False))
        made.pieces.gaps += held.gaps
        made.pieces.inherit(held)
        return made
    writer = _Writer(scope)
    writer.value(_defined(node, scope), depth)
    return Text(writer.pieces)


class _Writer:
    """The text while it is written."""

    def __init__(self, scope: Scope) -> None:
        self.pieces = Pieces()
        self._scope = scope
        self._text = scope.source.text

    def value(self, node: Node, depth: int) -> None:
        """Write one value. Parentheses around it belong to its first and last character: they go with it."""
        place = self._scope.source.range(node)
        node = unwrapped(node)
        if node.has_error:
            self._other(node, depth, place)
        elif node.type in _COLLECTIONS and depth < DEPTH and self._has_plain_keys(node):
            self._collection(node, depth, place)
        elif node.type in _STRINGS:
            self._string(node, depth, place)
        else:
            self._other(node, depth, place)

    def _collection(self, node: Node, depth: int, place: tuple[int, int]) -> None:
        at = self._scope.source.range(node)[0]
        held = [child for child in node.children if child.type != "comment"]
        for child, following in pairwise([*held, None]):
            assert child is not None  # noqa: S101 -- only the last is none
            start, end = self._scope.source.range(child)
            self._blank(at, start)
            is_last = following is None or following.type in ("object_end", "tuple_end")
            if child.type == "object_elem":
                self._element(child, depth)
            elif child.type == "expression":
                self.value(child, depth + 1)
            elif child.type == ",":
                self.pieces.add(" " if is_last else ",", start, end)
            else:
                begin = place[0] if child.type in ("object_start", "tuple_start") else start
                behind = place[1] if following is None else end
                self.pieces.add(self._text[start:end], begin, behind)
            if child.type == "object_elem" and following is not None and following.type == "object_elem":
                self.pieces.add(",", end, end)  # a new line parts them, too
            at = end

    def _element(self, node: Node, depth: int) -> None:
        key, value = _key_and_value(node)
        start, end = self._scope.source.range(key)
        if _NAME.fullmatch(self._text, start, end):
            self.pieces.add('"', start, start)
            self.pieces.add(self._text[start:end], start, end)
            self.pieces.add('"', end, end)
        else:
            self.value(key, depth + 1)
        begins = self._scope.source.range(value)[0]
        sign = of_type(node, "=", ":")
        assert sign is not None  # noqa: S101 -- the syntax tree has it
        at, behind = self._scope.source.range(sign)
        self._blank(end, at)
        self.pieces.add(":", at, behind)
        self._blank(behind, begins)
        self.value(value, depth + 1)

    def _string(self, node: Node, depth: int, place: tuple[int, int]) -> None:
        value = evaluate(node, self._scope, depth + 1)
        assert isinstance(value, Text)  # noqa: S101 -- a string is one, whatever it holds
        start, end = self._scope.source.range(node)
        self.pieces.add('"', place[0], start + 1)
        holes = {(gap.start, gap.end) for gap in value.pieces.gaps}
        for piece in value.pieces.done:
            if not piece.verbatim or (piece.start, piece.end) in holes:
                self.pieces.add(_escaped(piece.text), piece.start, piece.end)
                continue
            for at, char in enumerate(piece.text, piece.start):
                self.pieces.add(_escaped(char), at, at + 1)
        self.pieces.add('"', end - 1, place[1])
        self.pieces.gaps += value.pieces.gaps
        self.pieces.inherit(value.pieces)

    def _other(self, node: Node, depth: int, place: tuple[int, int]) -> None:
        """A value that is not written as it is: all of it stands where the expression does, or where a local does.

        None is as long as the expression, as which it would pass.
        """
        start, end = place
        value = evaluate(node, self._scope, depth + 1)
        if isinstance(value, Unknown):
            self.pieces.add('"', start, start)
            self.pieces.gap(self._scope.source.written(node), start, end)
            self.pieces.add('"', end, end)
            return
        own = _local(node, self._scope) if depth < DEPTH and isinstance(value, dict | list) else None
        if own is not None:
            with self.pieces.by_name(start, end):
                before = len(self.pieces.done)
                self.value(own, depth + 1)
                if sum(len(piece.text) for piece in self.pieces.done[before:]) == end - start:
                    self.pieces.add(" ", end, end)
            return
        held = Pieces()
        text = json.dumps(_data(value, held), ensure_ascii=False)
        if len(text) == end - start and text != self._text[start:end]:
            text += " "
        self.pieces.add(text, start, end)
        self.pieces.gaps += [Gap(start, end)] if held.gaps else []
        self.pieces.inherit(held)

    def _has_plain_keys(self, node: Node) -> bool:
        """Whether every key of an object is known, and stands there once; a list has none."""
        keys: list[str] = []
        for element in node.named_children:
            if element.type != "object_elem":
                continue
            key, _ = _key_and_value(element)
            written = self._scope.source.written(key)
            held = unwrapped(key)
            if _NAME.fullmatch(written):
                keys.append(written)
                continue
            value = evaluate(key, self._scope)
            if held.type not in _STRINGS or not isinstance(value, Text) or value.pieces.gaps:
                return False
            keys.append(value.text)
        return len(keys) == len(set(keys))

    def _blank(self, start: int, end: int) -> None:
        """What stands between values: comments become blanks, one of several lines a single blank: it goes whole."""
        at = start
        for comment in _COMMENT.finditer(self._text, start, end):
            self.pieces.add(self._text[at : comment.start()], at, comment.start())
            is_of_lines = "\n" in comment.group()
            self.pieces.add(" " if is_of_lines else _VISIBLE.sub(" ", comment.group()), *comment.span())
            at = comment.end()
        self.pieces.add(self._text[at:end], at, end)


def _local(node: Node, scope: Scope) -> Node | None:
    """Where the local value stands that an expression names."""
    name = _LOCAL.fullmatch(scope.source.written(node))
    return None if name is None else scope.local(name[1])


def _defined(node: Node, scope: Scope) -> Node:
    """An expression, or the local value that is all of it."""
    for _ in range(DEPTH):
        own = _local(node, scope)
        if own is None:
            break
        node = own
    return node


def _key_and_value(element: Node) -> tuple[Node, Node]:
    key, value = (child for child in element.named_children if child.type == "expression")
    return key, value


def _escaped(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)[1:-1]


def _data(value: Value, held: Pieces) -> object:
    """A value as JSON has it; ``held`` gets what is filled in when Terraform runs, and where the strings are from."""
    match value:
        case Text():
            held.gaps += value.pieces.gaps
            held.inherit(value.pieces)
            return value.text
        case dict():
            return {key: _data(item, held) for key, item in value.items()}
        case list():
            return [_data(item, held) for item in value]
        case Unknown():
            return None
    return value
