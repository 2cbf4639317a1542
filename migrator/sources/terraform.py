"""What Terraform has of cloud endpoints in JSON: its state, what ``terraform show -json`` makes of state or plan, its files.

A plan repeats itself: an endpoint is taken from the values that are planned, else from what a change
leads to, else from what was there before.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec.structs import replace

from migrator.policy.origin import Field
from migrator.sources.context import Context, at_path, has_keys, items_at, text_at
from migrator.sources.model import Endpoint
from migrator.sources.ngrok_api import endpoint_of
from migrator.tree.nodes import Mapping, Node, Scalar, Sequence

_TYPE = "ngrok_cloud_endpoint"


class TerraformState:
    """A state file of version 4: ``resources[].instances[].attributes``."""

    name = "terraform-state"

    def matches(self, root: Node) -> bool:
        return (
            isinstance(root, Mapping)
            and isinstance(root.get("resources"), Sequence)
            and has_keys(root, "terraform_version", "lineage", "serial")
        )

    def read(self, root: Field, context: Context) -> None:
        for resource in items_at(root, "resources"):
            if text_at(resource, "type") != _TYPE:
                continue
            for instance in items_at(resource, "instances"):
                values = at_path(instance, "attributes")
                held = at_path(instance, "attributes", "traffic_policy")
                if values is not None and held is not None:
                    context.policy(held, endpoint=_endpoint(values, self._address(resource, instance)))

    def _address(self, resource: Field, instance: Field) -> str:
        data = "data" if text_at(resource, "mode") == "data" else None
        parts = (text_at(resource, "module"), data, _TYPE, text_at(resource, "name"))
        address = ".".join(part for part in parts if part)
        index = at_path(instance, "index_key")
        if index is None or not isinstance(index.node, Scalar):
            return address
        return f'{address}["{index.text}"]' if index.node.kind == "str" else f"{address}[{index.text}]"


class TerraformShow:
    """``terraform show -json``, of a state (``values``) or of a plan (``planned_values``, ``resource_changes``)."""

    name = "terraform-show"

    def matches(self, root: Node) -> bool:
        return has_keys(root, "format_version") and has_keys(
            root, "values", "planned_values", "resource_changes", "prior_state"
        )

    def read(self, root: Field, context: Context) -> None:
        taken: set[str] = set()
        for address, values in _described(root):
            held = at_path(values, "traffic_policy")
            if held is None:
                continue
            if address in taken:
                context.ignored.add(id(held.node))
            else:
                taken.add(address)
                context.policy(held, endpoint=_endpoint(values, address))


def _described(root: Field) -> Iterator[tuple[str, Field]]:
    """(address, values) of every endpoint, what counts most first."""
    for keys in (("values",), ("planned_values",)):
        yield from _modules(at_path(root, *keys, "root_module"))
    for when in ("after", "before"):
        for list_of_changes in ("resource_changes", "resource_drift"):
            for resource in items_at(root, list_of_changes):
                yield from _resource(resource, at_path(resource, "change", when))
    yield from _modules(at_path(root, "prior_state", "values", "root_module"))


def _modules(module: Field | None) -> Iterator[tuple[str, Field]]:
    todo = [module]
    while todo:
        held = todo.pop()
        if held is None:
            continue
        for resource in items_at(held, "resources"):
            yield from _resource(resource, at_path(resource, "values"))
        todo += reversed(list(items_at(held, "child_modules")))


def _resource(resource: Field, values: Field | None) -> Iterator[tuple[str, Field]]:
    if values is not None and text_at(resource, "type") == _TYPE:
        yield text_at(resource, "address") or f"{_TYPE}.{text_at(resource, 'name') or ''}", values


def _endpoint(values: Field, address: str) -> Endpoint:
    return replace(endpoint_of(values), name=address, kind="cloud")


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
                            _policy(held, _endpoint_of_block(block, label.text), context)


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


def _endpoint_of_block(block: Field, label: str) -> Endpoint:
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
