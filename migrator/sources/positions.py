"""Trees that were read from a part of a text, moved to where that part stands."""

from __future__ import annotations

from collections.abc import Iterator

from migrator.spans import Span
from migrator.tree.nodes import Mapping, Node, Scalar, Sequence


def move(root: Node, lines: int, columns: int, *, every_line: bool = False) -> None:
    """Move a tree's spans down and to the right; to the right only in its first line, or in every one."""
    for node in every_node(root):
        node.span = moved(node.span, lines, columns, every_line=every_line)


def moved(span: Span, lines: int, columns: int, *, every_line: bool = False) -> Span:
    return Span(
        span.line + lines,
        span.column + (columns if every_line or span.line == 1 else 0),
        span.end_line + lines,
        span.end_column + (columns if every_line or span.end_line == 1 else 0),
    )


def every_node(*roots: Node) -> Iterator[Node]:
    """Every node of some trees, keys included, each once."""
    seen: set[int] = set()
    todo = list(roots)
    while todo:
        node = todo.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        yield node
        if isinstance(node, Sequence):
            todo.extend(node.items)
        elif isinstance(node, Mapping):
            todo.extend(part for entry in node.entries for part in (entry.key, entry.value))


def every_scalar_below(root: Node) -> Iterator[Scalar]:
    """Every scalar of a tree, keys included, each once."""
    return (node for node in every_node(root) if isinstance(node, Scalar))
