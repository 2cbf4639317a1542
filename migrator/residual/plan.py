"""Which nodes of a document go with the action, and the tree that is left.

Everything is a path from the document's root, so a node that aliases repeat is changed only
where the action is.
"""

from __future__ import annotations

from typing import Final, TypeAlias

from msgspec import Struct, field

from migrator.errors import InternalError
from migrator.policy.parse import GATEWAY, Policy
from migrator.spans import START
from migrator.tree.nodes import Entry, Mapping, Node, Scalar, Sequence

Path: TypeAlias = tuple[str | int, ...]
"""Keys and list indices from the root of a document."""

EMPTY_PHASE: Final = Sequence([], flow=True, span=START)
"""What a phase becomes that held nothing but the action."""

EMPTY_POLICY: Final = Mapping([Entry(Scalar("on_http_request", "str", "", START), EMPTY_PHASE)], False, START)  # noqa: FBT003 - no flow
"""What a policy becomes that was nothing but the action's configuration."""


class Changes(Struct):
    """What happens to one document: list items that go, values that are put in place of others."""

    root: Node
    drops: dict[Path, set[int]] = field(default_factory=dict)
    puts: dict[Path, Node] = field(default_factory=dict)

    def drop(self, sequence: Path, index: int) -> None:
        self.drops.setdefault(sequence, set()).add(index)

    def put(self, at: Path, node: Node) -> None:
        self.puts[at] = node


def resolve(root: Node, pointer: str) -> tuple[Path, Node, str]:
    """A JSON pointer as a path, what is there, and what of the pointer is left where a string stands in its way.

    Raises ``InternalError`` where it leads nowhere.
    """
    path: list[str | int] = []
    node = root
    tokens = pointer.split("/")[1:]
    for number, token in enumerate(tokens):
        key = token.replace("~1", "/").replace("~0", "~")
        inside = node.get(key) if isinstance(node, Mapping) else None
        if isinstance(node, Sequence) and key.isdecimal() and int(key) < len(node.items):
            path.append(int(key))
            node = node.items[int(key)]
        elif inside is not None:
            path.append(key)
            node = inside
        elif isinstance(node, Scalar):
            return tuple(path), node, "".join(f"/{one}" for one in tokens[number:])
        else:
            raise InternalError(
                "a policy stands in its file's text where it was found: the pointer leads nowhere"
            )
    return tuple(path), node, ""


def node_at(root: Node, path: Path) -> Node | None:
    """The node at the end of a path, if there is one."""
    node: Node | None = root
    for step in path:
        if isinstance(node, Sequence) and isinstance(step, int):
            node = node.items[step]
        else:
            node = node.get(step) if isinstance(node, Mapping) and isinstance(step, str) else None
    return node


def plan(changes: Changes, policy: Policy, top: Node, at: Path = ()) -> None:
    """Note what goes with the actions of the policy ``top``, which stands at ``at``.

    A rule goes as a whole when the action was all it did; a phase that is left without rules
    stays, empty. Raises ``InternalError`` when the actions do not stand there.
    """
    of_rules: dict[str, list[str]] = {}
    for rule, action in policy.gateways():
        of_rules.setdefault(rule.field.pointer, []).append(action.field.pointer)
    for rule_pointer, pointers in of_rules.items():
        rule_path, _, _ = resolve(top, rule_pointer)
        found = [resolve(top, pointer)[:2] for pointer in pointers]
        if any(path and not _is_gateway(node) for path, node in found):
            raise InternalError("an action stands in its file's text where it was found")
        actions = (*rule_path, "actions")
        held = node_at(top, actions)
        gone = {path[-1] for path, _ in found if path[:-1] == actions}
        if isinstance(held, Sequence) and len(gone) == len(pointers) < len(held.items):
            for index in gone:
                changes.drop((*at, *actions), int(index))
        else:
            _drop_rule(changes, at, rule_path)


def _is_gateway(node: Node) -> bool:
    kind = node.get("type") if isinstance(node, Mapping) else None
    return isinstance(kind, Scalar) and kind.text == GATEWAY


def _drop_rule(changes: Changes, at: Path, rule: Path) -> None:
    if not rule:
        changes.put(at, EMPTY_POLICY)
    elif isinstance(rule[-1], int):
        changes.drop((*at, *rule[:-1]), rule[-1])
    else:
        changes.put((*at, *rule), EMPTY_PHASE)


def without(changes: Changes) -> Node:
    """The tree that is left of the document. What did not change is shared with it."""
    touched = {path[:length] for path in (*changes.drops, *changes.puts) for length in range(len(path) + 1)}

    def rebuilt(node: Node, path: Path) -> Node:
        if path in changes.puts:
            return changes.puts[path]
        if path not in touched or isinstance(node, Scalar):
            return node
        if isinstance(node, Sequence):
            gone = changes.drops.get(path, ())
            items = [rebuilt(item, (*path, i)) for i, item in enumerate(node.items) if i not in gone]
            return Sequence(items, node.flow, node.span)
        entries = [Entry(entry.key, rebuilt(entry.value, (*path, entry.key.text))) for entry in node.entries]
        return Mapping(entries, node.flow, node.span)

    return rebuilt(changes.root, ())
