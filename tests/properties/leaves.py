"""Leaves of a policy, counted without the migrator: on the nodes of PyYAML, or on plain JSON.

A leaf is a scalar (null included) or an empty collection, of every rule of each phase of a
policy, or of a bare configuration. What an alias stands for counts once; what a mapping
overrules of its merge key is no part of it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Final

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from tests.properties.writing import LEGACY, PHASES, Written

_GATEWAY: Final = "ai-gateway"
_CONFIG: Final = frozenset(
    {
        *("max_input_tokens", "max_output_tokens", "headers", "query_params", "body", "on_error"),
        *("total_timeout", "per_request_timeout", "providers", "only_allow_configured_providers"),
        *("only_allow_configured_models", "model_selection", "api_key_selection"),
    }
)

Path = tuple[str | int, ...]


def root_of(made: Written) -> Node:
    """The node of the policy's root."""
    if made.held is not None:
        return _composed(made.held)
    node = _composed(made.text)
    for step in made.where:
        node = dict(entries(node))[step] if isinstance(step, str) else node.value[step]
    return node


def _composed(text: str) -> Node:
    if text.startswith(("{", "[")):
        try:
            return _json_node(json.loads(text))
        except ValueError:
            pass
    node = yaml.compose(text.lstrip("\ufeff"), Loader=yaml.CSafeLoader)
    assert node is not None
    return node


def _json_node(value: Any) -> Node:
    if isinstance(value, dict):
        pairs = [
            (ScalarNode("tag:yaml.org,2002:str", key), _json_node(inner)) for key, inner in value.items()
        ]
        return MappingNode("", pairs)
    if isinstance(value, list):
        return SequenceNode("", [_json_node(inner) for inner in value])
    return ScalarNode("" if value is not None else "tag:yaml.org,2002:null", str(value))


def entries(node: Node) -> list[tuple[str, Node]]:
    """Keys and values of a mapping, merge keys resolved; nothing for any other node."""
    if not isinstance(node, MappingNode):
        return []
    own = {key.value: value for key, value in node.value if key.tag != "tag:yaml.org,2002:merge"}
    for key, value in node.value:
        if key.tag == "tag:yaml.org,2002:merge":
            for source in value.value if isinstance(value, SequenceNode) else [value]:
                for name, inner in entries(source):
                    own.setdefault(name, inner)
    return list(own.items())


def get(node: Node, key: str) -> Node | None:
    return dict(entries(node)).get(key)


def rules(root: Node) -> list[tuple[Path, Node]]:
    """Every item of every phase with its path: what the accounting covers."""
    if isinstance(root, SequenceNode):
        return [((index,), item) for index, item in enumerate(root.value)]
    phases = [(name, value) for name, value in entries(root) if name in (*PHASES, *LEGACY)]
    if not phases:
        return [((), root)]
    found: list[tuple[Path, Node]] = []
    for name, phase in phases:
        if isinstance(phase, MappingNode):
            found.append(((name,), phase))
        elif isinstance(phase, SequenceNode):
            found += [((name, index), item) for index, item in enumerate(phase.value)]
    return found


def actions(path: Path, rule: Node) -> list[tuple[Path, Node]]:
    """The actions of a rule with their paths."""
    held = get(rule, "actions")
    if held is None:
        return [(path, rule)]
    if isinstance(held, SequenceNode):
        return [((*path, "actions", index), item) for index, item in enumerate(held.value)]
    return [((*path, "actions"), held)]


def is_gateway(action: Node) -> bool:
    kind = get(action, "type")
    return isinstance(kind, ScalarNode) and kind.value == _GATEWAY and kind.tag != "tag:yaml.org,2002:null"


def gateways(root: Node) -> list[Path]:
    """The paths of the policy's gateway actions; a bare configuration is one."""
    return [
        where
        for path, rule in rules(root)
        for where, action in actions(path, rule)
        if is_gateway(action) or (not path and _is_bare(root))
    ]


def _is_bare(root: Node) -> bool:
    held = dict(entries(root))
    for key in ("config", "ai_gateway"):
        if set(held) == {key}:
            return bool(_CONFIG.intersection(name for name, _ in entries(held[key])))
    providers = held.get("providers")
    if not isinstance(providers, SequenceNode) or not _CONFIG.issuperset(held):
        return False
    return all(get(item, "id") is not None for item in providers.value)


def leaves(root: Node, without: tuple[Path, ...] = ()) -> set[int]:
    """``id`` of each leaf, those left out that nothing but the actions at ``without`` holds."""
    return {
        id(node)
        for path, node in _walk(root)
        if is_leaf(node) and not any(path[: len(action)] == action for action in without)
    }


def _walk(root: Node) -> Iterator[tuple[Path, Node]]:
    todo: list[tuple[Path, Node]] = list(reversed(rules(root)))
    while todo:
        path, node = todo.pop()
        yield path, node
        if isinstance(node, SequenceNode):
            todo += [((*path, index), item) for index, item in enumerate(node.value)]
        todo += [((*path, name), value) for name, value in entries(node)]


def is_leaf(node: Node) -> bool:
    return isinstance(node, ScalarNode) or not node.value
