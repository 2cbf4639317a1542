"""Where a policy is open for actions that its host fills in."""

from __future__ import annotations

import re
from collections.abc import Iterator

from migrator.tree.nodes import Mapping, Node, Scalar, Sequence

_PHASES = frozenset({"on_http_request", "inbound"})
"""Where the action may stand."""
_HOLE = re.compile(r"\$(?:\{[A-Z0-9_]+\}|[A-Z0-9_]+)")
"""What stands for a gap: see ``placeholder``."""


def open_places(policy: Node) -> Iterator[Scalar]:
    """The holes of a policy that may become an action: a whole one, its type, or whatever holds it."""
    return (place for place in _places(policy) if _HOLE.search(place.text))


def _places(policy: Node) -> Iterator[Scalar]:
    if not isinstance(policy, Mapping):
        yield from _whole(policy)
        return
    for entry in policy.entries:
        yield entry.key
        if entry.key.text in _PHASES:
            yield from _listed(entry.value)


def _listed(node: Node) -> Iterator[Scalar]:
    """Rules, or actions: a list of them, or a hole in its place."""
    if not isinstance(node, Sequence):
        yield from _whole(node)
        return
    for item in node.items:
        yield from _whole(item)
        for entry in item.entries if isinstance(item, Mapping) else ():
            yield entry.key
            if entry.key.text == "type":
                yield from _whole(entry.value)
            elif entry.key.text == "actions":
                yield from _listed(entry.value)


def _whole(node: Node) -> Iterator[Scalar]:
    if isinstance(node, Scalar):
        yield node
