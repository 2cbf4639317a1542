"""Terraform's own files in JSON, written by hand or by its CDK: every string is a template."""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec.structs import replace

from migrator.policy.origin import Field
from migrator.sources.context import Context, at_path
from migrator.sources.model import Endpoint
from migrator.sources.ngrok_api import endpoint_of
from migrator.tree.nodes import Mapping, Node, Sequence

_TYPE = "ngrok_cloud_endpoint"
_FILE = re.compile(r'\$\{\s*file\(\s*"(?:\$\{path\.(?:module|root)\}/)?([^"$\\%]+)"\s*\)\s*\}')
_COMPUTED = re.compile(r"(?<!\$)\$\{|%\{|\$\$(?!\{)")
"""What is filled in, and what escapes otherwise than ``$${``."""


class TerraformJson:
    """``resource.ngrok_cloud_endpoint.NAME.traffic_policy``: a finished text, or the file that has it."""

    name = "terraform-json"

    def matches(self, root: Node) -> bool:
        held = root.get("resource") if isinstance(root, Mapping) else None
        blocks = held.items if isinstance(held, Sequence) else [held]
        return any(isinstance(block, Mapping) and block.get(_TYPE) is not None for block in blocks)

    def read(self, root: Field, context: Context) -> None:
        for resources in _each(root.get("resource")):
            for labelled in _each(resources.get(_TYPE)):
                for label, blocks in labelled.entries():
                    for block in _each(blocks):
                        held = at_path(block, "traffic_policy")
                        if held is not None:
                            _policy(held, _endpoint(block, label.text), context)


def _policy(held: Field, endpoint: Endpoint, context: Context) -> None:
    """Take what is no expression; an expression that has the action is told as any place that was not read."""
    text = held.text or ""
    named = _FILE.fullmatch(text)
    if named is not None:
        context.reference(held, named[1], endpoint)
    elif _COMPUTED.search(text) is None:
        found = context.open(held, dollars=True) if "$" in text else held
        if found is not None and context.policy(found, endpoint=endpoint):
            context.read_string(held)


def _endpoint(block: Field, label: str) -> Endpoint:
    """As the resource says it, but for what is known only when Terraform runs."""
    made = replace(endpoint_of(block), name=label, id=None, kind="cloud")
    url, description = (None if "${" in (text or "") else text for text in (made.url, made.description))
    return replace(made, url=url, description=description)


def _each(field: Field | None) -> Iterator[Field]:
    """A block, or the blocks of a list: JSON may write either."""
    if field is not None and isinstance(field.node, Sequence):
        yield from field.items()
    elif field is not None:
        yield field
