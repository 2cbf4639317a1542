"""Strings that are a line of a policy, whose other lines are other strings."""

from __future__ import annotations

import re

from migrator.policy.parse import GATEWAY, LEGACY_PHASES, PHASES
from migrator.tree.nodes import Mapping, Node, Scalar, Sequence

_BEFORE = 80
"""Code points around a string that say what becomes of it."""

_ADDED = re.compile(
    r"(?:,|\+=|\b(?:add|append|echo|extend|join|print|push|write)\w*!?[ \t]*\(?)\s*(?:-\w+\s+)*(?:'[^'\n]*'\s+)*\Z",
    re.IGNORECASE,
)
_FOLLOWED = re.compile(r"\s*,\s*[A-Za-z]{0,2}[\"'`]")


def is_added(text: str, start: int, end: int) -> bool:
    """Whether the string in a range of a host is joined to others, in a list or by calls that each add one."""
    before, behind = text[max(start - _BEFORE, 0) : start], text[end : end + _BEFORE]
    return _ADDED.search(before) is not None or _FOLLOWED.match(behind) is not None


def is_cut_off(root: Node | None) -> bool:
    """Whether a text without a phase ends within the action: a line of a policy whose others are other strings."""
    if isinstance(root, Mapping) and not {*PHASES, *LEGACY_PHASES}.isdisjoint(root.keys()):
        return False
    node, key = root, ""
    while isinstance(node, Mapping | Sequence) and not node.flow:
        if isinstance(node, Mapping):
            last = node.entries[-1]
            node, key = last.value, last.key.text
        else:
            node = node.items[-1]
    if node is root or not isinstance(node, Scalar):
        return False
    return node.kind == "null" or (key == "type" and node.text == GATEWAY)
