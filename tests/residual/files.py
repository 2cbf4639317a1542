"""Files as the reading stage hands them on, made without it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from migrator.policy.origin import Embedding, Origin, escape
from migrator.policy.parse import is_policy, parse
from migrator.policy.reader import Notes
from migrator.residual.residual import Residual, residual
from migrator.secrets import mask
from migrator.sources.model import Endpoint, FileRead, FoundPolicy
from migrator.tree.load import load
from migrator.tree.nodes import Mapping, Node, Scalar, Sequence

CREDENTIAL = re.compile(r"made-up-[a-z0-9-]+")
"""What stands for a credential in these tests."""

_HOLDERS = {"traffic_policy", "policy", "trafficPolicy", "inline"}


def name(ordinal: int) -> str:
    return f"LITERAL_{ordinal}"


def read(text: str, endpoint: Endpoint | None = None) -> FileRead:
    """The policies of a file: its documents, or what stands under a key that holds policies."""
    ordinals: dict[str, int] = {}
    masked = CREDENTIAL.sub(
        lambda found: mask(ordinals.setdefault(found.group(), len(ordinals)), len(found.group())), text
    )
    loaded = load(masked)
    policies = [
        found
        for document in loaded.documents
        if document.root is not None
        for found in _policies(document.root, Origin("file", document.index), endpoint)
    ]
    return FileRead("file", "file", text=masked, policies=tuple(policies))


def left(text: str, endpoint: Endpoint | None = None) -> Residual:
    """The residual of a text that holds the action."""
    made = residual(read(text, endpoint), name)
    assert made is not None
    return made


def text_left(text: str) -> str:
    return left(text).text


def codes(made: Residual) -> list[str]:
    return [finding.code for finding in made.findings]


def _policies(root: Node, at: Origin, endpoint: Endpoint | None, key: str = "") -> Iterator[FoundPolicy]:
    if isinstance(root, Scalar):
        inner = load(root.text).documents if key in _HOLDERS else ()
        if inner and inner[0].root is not None and is_policy(inner[0].root):
            string = Origin(at.path, at.document, at.pointer, Embedding(root.span))
            yield FoundPolicy(parse(inner[0].root, string, Notes()), string, "test", endpoint=endpoint)
    elif (key in _HOLDERS or not at.pointer) and is_policy(root):
        yield FoundPolicy(parse(root, at, Notes()), at, "test", endpoint=endpoint)
    elif isinstance(root, Sequence):
        for index, item in enumerate(root.items):
            yield from _policies(item, _below(at, str(index)), endpoint, key)
    else:
        for entry in root.entries:
            yield from _policies(
                entry.value, _below(at, entry.key.text), _endpoint(root) or endpoint, entry.key.text
            )


def _below(at: Origin, key: str) -> Origin:
    return Origin(at.path, at.document, f"{at.pointer}/{escape(key)}")


def _endpoint(node: Mapping) -> Endpoint | None:
    upstream, kind, proto = node.get("upstream"), node.get("type"), node.get("proto")
    if isinstance(upstream, Mapping):
        url = upstream.get("url")
        return Endpoint(kind="agent", upstream=url.text if isinstance(url, Scalar) else None)
    if proto is not None:
        address = node.get("addr")
        return Endpoint(kind="agent", upstream=address.text if isinstance(address, Scalar) else None)
    if isinstance(kind, Scalar) and kind.text == "cloud":
        return Endpoint(kind="cloud")
    return None
