"""HCL: the syntax tree of a file, and its parts."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tree_sitter import Node

_ODD_BLANK = re.compile(r"[^\S \t\r\n]")
"""Blanks that HCL does not have. The parser looks past a run of them again at each."""

_MARKS = {1: "\x01", 2: "\u00a7", 3: "\u20ac"}
WRAPPING = frozenset({"expression", "literal_value", "collection_value", "template_expr"})
"""Nodes around a value."""


class Source:
    """A text with its syntax tree. The tree counts bytes, everything here code points.

    Where the text is no HCL the tree holds nodes that say so.
    """

    def __init__(self, text: str) -> None:
        import tree_sitter_hcl
        from tree_sitter import Language, Parser

        self.text = text
        data = _ODD_BLANK.sub(_mark, text).encode("utf-8", "surrogatepass")
        self._bytes = [] if len(data) == len(text) else list(_begins(text))
        self._tree = Parser(Language(tree_sitter_hcl.language())).parse(data)

    @property
    def root(self) -> Node:
        return self._tree.root_node

    def range(self, node: Node) -> tuple[int, int]:
        return self._offset(node.start_byte), self._offset(node.end_byte)

    def written(self, node: Node) -> str:
        start, end = self.range(node)
        return self.text[start:end]

    def _offset(self, byte: int) -> int:
        return bisect_left(self._bytes, byte) if self._bytes else byte


def _mark(found: re.Match[str]) -> str:
    """What HCL does not have either, with as many bytes."""
    return _MARKS[len(found.group().encode())]


def _begins(text: str) -> Iterator[int]:
    """The byte at which each code point begins, and the one behind the last."""
    at = 0
    for char in text:
        yield at
        at += len(char.encode("utf-8", "surrogatepass"))
    yield at


def nodes(root: Node) -> Iterator[Node]:
    """Every node below ``root``, in order, without recursion."""
    todo = [root]
    while todo:
        node = todo.pop()
        yield node
        todo.extend(reversed(node.children))


def of_type(node: Node, *types: str) -> Node | None:
    """The first child of one of these types."""
    return next((child for child in node.children if child.type in types), None)


def said(node: Node) -> list[Node]:
    """What stands in a node, but for comments and signs."""
    return [child for child in node.named_children if child.type != "comment"]


def unwrapped(node: Node) -> Node:
    """What an expression is, without what only wraps it, parentheses as well."""
    while node.type in WRAPPING and len(inside := said(node)) == 1:
        node = inside[0]
    return node


def called(node: Node) -> tuple[str, list[Node]]:
    """The name of a called function, as its source has it, and the arguments."""
    name, held = of_type(node, "identifier"), of_type(node, "function_arguments")
    given = [child for child in (held.named_children if held else ()) if child.type == "expression"]
    return (name.text or b"").decode("utf-8", "replace") if name is not None else "", given


class Block:
    """One block of a file, with its labels and its attributes. ``file`` is the one beside the file that is read."""

    def __init__(self, node: Node, source: Source, file: str) -> None:
        self.source = source
        self.file = file
        first = node.children[0] if node.children else None
        self.type = source.written(first) if first is not None else ""
        self.labels = [source.written(part).strip('"') for part in node.children[1:] if part.type in _LABELS]
        self.attributes = attributes(of_type(node, "body"), source)


_LABELS = frozenset({"string_lit", "identifier"})


def blocks(source: Source, file: str = "") -> Iterator[Block]:
    """The blocks of a file that stand in no other."""
    body = of_type(source.root, "body")
    for node in body.children if body is not None else ():
        if node.type == "block":
            yield Block(node, source, file)


def attributes(body: Node | None, source: Source) -> dict[str, Node]:
    """The expressions of a body by their names."""
    held: dict[str, Node] = {}
    for child in body.children if body is not None else ():
        name, value = of_type(child, "identifier"), of_type(child, "expression")
        if child.type == "attribute" and name is not None and value is not None:
            held[source.written(name)] = value
    return held
