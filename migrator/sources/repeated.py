"""Aliases that put an action which was read at one place into another one, where nobody reads it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from migrator.policy.origin import Field, escape
from migrator.tree.nodes import Mapping, Node, Sequence

_Way = tuple[int, str]
"""``id()`` of a mapping or a sequence, and the pointer's step from there."""


def repeated_actions(root: Node, actions: Iterable[Field], ignored: set[int]) -> list[Node]:
    """What stands at the aliases of a document that lead to one of these actions, but on no way on which it was read.

    The first place, which has the anchor, is there to be repeated. ``ignored`` are ``id()`` of nodes that were
    passed over for a reason.
    """
    ways: set[_Way] = set()
    passed: set[int] = set()
    for action in actions:
        if action.origin.embedding is None:
            ways |= _ways(root, f"{action.origin.pointer}{action.pointer}", passed)
    found: list[Node] = []
    seen: set[int] = set()
    todo: list[tuple[_Way, Node, Node]] = [((0, ""), root, root)]
    while todo:
        way, shown, node = todo.pop()
        if id(node) not in seen:
            seen.add(id(node))
            todo += reversed([((id(node), step), place, child) for step, place, child in _children(node)])
        elif id(node) in passed and id(node) not in ignored and way not in ways:
            found.append(shown)
    return found


def _ways(root: Node, pointer: str, passed: set[int]) -> set[_Way]:
    """The steps from the root to an action. ``passed`` hears of every node on the way but the root."""
    ways: set[_Way] = set()
    node = root
    for step in pointer.split("/")[1:]:
        child = next((child for known, _, child in _children(node) if known == step), None)
        if child is None:
            break
        ways.add((id(node), step))
        passed.add(id(child))
        node = child
    return ways


def _children(node: Node) -> Iterator[tuple[str, Node, Node]]:
    """The step to each child, what of the file shows its place, and the child."""
    if isinstance(node, Sequence):
        for index, item in enumerate(node.items):
            yield str(index), node, item
    elif isinstance(node, Mapping):
        for entry in node.entries:
            yield escape(entry.key.text), node if entry.merged else entry.key, entry.value
