"""Trees as plain tuples, to compare and to read in a failing test."""

from __future__ import annotations

from migrator.tree.load import Loaded
from migrator.tree.nodes import Mapping, Node, Scalar, Sequence


def shape(node: Node | None) -> object:
    """Everything there is to a node and what is inside it."""
    match node:
        case Scalar():
            return (node.text, node.kind, node.style, node.anchor, tuple(node.span))
        case Sequence():
            return ("[", node.flow, node.anchor, tuple(node.span), [shape(item) for item in node.items])
        case Mapping():
            entries = [(shape(entry.key), shape(entry.value), entry.merged) for entry in node.entries]
            return ("{", node.flow, node.anchor, tuple(node.span), entries)
    return None


def shapes(loaded: Loaded) -> list[object]:
    return [(document.index, tuple(document.span), shape(document.root)) for document in loaded.documents]
