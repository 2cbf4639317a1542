"""What looks like the action but was not read as one: nothing that holds it may pass without a word."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable

from migrator.policy.parse import GATEWAY
from migrator.tree.nodes import MERGE_KEY, Mapping, Node, Scalar, Sequence

_IN_LINE = re.compile(rf"type[\"']?\s*(?::\s*[\"']?|=\s*[\"']){GATEWAY}")
_NAMED = re.compile(GATEWAY.replace("-", "[-_]"), re.IGNORECASE)
ENCODED = ("YWktZ2F0ZXdhe", "FpLWdhdGV3YX", "haS1nYXRld2F5")
"""What Base64 makes of the action's name, wherever it stands among the bytes."""

_APPLIED = "last-applied-configuration"
_OBJECT = ("kind", "metadata", "spec")
_EVENT = ("involvedObject", "regarding")


def is_all_that_is_named(text: str, count: int) -> bool:
    """Whether a text, as it is written, names the action so many times and not more.

    False also where an escape could hide a name, and where ``<<`` could repeat one.
    """
    return "\\" not in text and MERGE_KEY not in text and len(_NAMED.findall(text)) == count


def encoded_actions(text: str, scalars: Iterable[Scalar]) -> list[Scalar]:
    """Strings of a file that hold the action in Base64, as Secrets hold files; ``text`` is the file as it is written."""
    if not any(part in text for part in ENCODED):
        return []
    return [scalar for scalar in scalars if _is_encoded(scalar.text)]


def _is_encoded(text: str) -> bool:
    if not any(part in text for part in ENCODED):
        return False
    try:
        held = base64.b64decode("".join(text.split()), validate=True)
    except ValueError:
        return False
    return GATEWAY.encode() in held and b"type" in held


def stray_actions(root: Node, known: set[int], read: set[int]) -> list[Node]:
    """Nodes that name the action where one is named, or strings that hold it, but for those in ``known``.

    ``known`` are ``id()`` of the ``type`` keys that were read, and of nodes that were passed over for a reason.
    A key, for its value may be an alias of one that another action has as well. ``read`` are those of the actions:
    what merges one of them (``<<``) shares its keys, and was not read unless it is an action too. One with an
    anchor is there to be merged or repeated.
    """
    found: dict[int, Node] = {}
    seen: set[int] = set()
    todo: list[tuple[Node, str]] = [(root, "")]
    while todo:
        node, key = todo.pop()
        if id(node) in known and not isinstance(node, Mapping | Sequence):
            continue
        if isinstance(node, Scalar):
            if _names_it(node, key) or holds_it(node):
                found[id(node)] = node
            continue
        if id(node) in seen or (id(node) in known and key):
            continue
        seen.add(id(node))
        if isinstance(node, Sequence):
            todo.extend((item, key) for item in node.items)
            continue
        if id(node) not in read and node.anchor is None and _merges_it(node):
            found[id(node)] = node
        for entry in node.entries:
            if id(node) not in known and _is_gateway(entry.key.text) and not isinstance(entry.value, Scalar):
                found[id(entry.key)] = entry.key
            if id(entry.key) not in known and not _is_copy(node, entry.key.text):
                todo.append((entry.value, entry.key.text))
    return sorted(found.values(), key=lambda node: node.span)


def _is_copy(node: Mapping, key: str) -> bool:
    """Whether Kubernetes repeats under this key what stands elsewhere, or tells there what may stand somewhere."""
    return (
        key.endswith(_APPLIED)
        or (key == "status" and any(node.get(part) is not None for part in _OBJECT))
        or (key in ("message", "note") and any(node.get(part) is not None for part in _EVENT))
        or key == "openAPIV3Schema"
    )


def _merges_it(node: Mapping) -> bool:
    entry = node.entry("type")
    return (
        entry is not None
        and entry.merged
        and isinstance(entry.value, Scalar)
        and _is_gateway(entry.value.text)
    )


def _names_it(node: Scalar, key: str) -> bool:
    return key.lower() in ("type", "action", "actions") and _is_gateway(node.text)


def _is_gateway(text: str) -> bool:
    return len(text) >= len(GATEWAY) and text.strip().lower().replace("_", "-") == GATEWAY


def holds_it(node: Scalar) -> bool:
    """Whether a string looks like one that holds a policy with the action."""
    text = node.text
    if GATEWAY not in text or "type" not in text:
        return False
    return "\n" in text or text.lstrip()[:1] in ("{", "[") or _IN_LINE.search(text) is not None
