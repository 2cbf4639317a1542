"""Strings that are a line of a policy, whose other lines are other strings."""

from __future__ import annotations

import re

from migrator.policy.parse import GATEWAY, LEGACY_PHASES, PHASES
from migrator.tree.nodes import Mapping, Node, Scalar, Sequence

NAMED = re.compile(rf"(?<![\w.-]){re.escape(GATEWAY)}(?![\w.-]|/)")
"""The action's name by itself, not as a part of a host name or a path."""

_BEFORE = 80
"""Code points around a string that say what becomes of it."""

_ASKED_FOR = re.compile(
    r"(?:[=!]=|\b(?:not\s+)?in|\w*(?:assert|contain|count|expect|find|grep|has_?(?:prefix|suffix)|include|index_?of|match|search"
    r"|(?:starts|ends)_?with)\w*!?(?:\s+-\w+)*\s*(?:\(\s*(?:[\w.]+\s*,)?)?)\s*\Z",
    re.IGNORECASE,
)
_ASKED_OF = re.compile(r"\s*(?:[=!]==?|\bnot\s+in\b|\bin\b)")


def is_asked_for(text: str, start: int, end: int) -> bool:
    """Whether the string in a range of a host is what something is compared with, or searched for."""
    before, behind = text[max(start - _BEFORE, 0) : start], text[end : end + _BEFORE]
    return _ASKED_FOR.search(before) is not None or _ASKED_OF.match(behind) is not None


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
