"""Values that a file itself calls secret, or that are one by the kind of object they stand in.

Terraform says which attributes are sensitive (``sensitive_values``, ``sensitive_attributes``, outputs); a
vault's secret has its value under ``value``; an option of a command line has its value in the next word.
The policy of an endpoint is not masked as a whole where Terraform calls it sensitive: it is read, and the
credentials in it are masked like those of any policy.
"""

from __future__ import annotations

from collections.abc import Iterator

from migrator.policy.vocabulary import holds_credentials
from migrator.tree.nodes import Mapping, Node, Scalar, Sequence

_MARKED = (("values", "sensitive_values"), ("before", "before_sensitive"), ("after", "after_sensitive"))
_SECRET_IDS = ("aigk_", "aigpk_", "secret_")
_READ = "traffic_policy"


_TELLING = frozenset(
    {"sensitive", "sensitive_attributes", "configuration", "vault_id", *(marks for _, marks in _MARKED)}
)
"""Keys without which nothing is declared, but for the kinds of objects and the lists that ``may_declare`` knows."""


def may_declare(node: Mapping | Sequence) -> bool:
    """Whether a node may say of a value that it is secret: False only where it does not."""
    if isinstance(node, Sequence):
        return any(isinstance(item, Scalar) and item.text.startswith("-") for item in node.items)
    if not _TELLING.isdisjoint([entry.key.text for entry in node.entries]):
        return True
    return _text(node, "type") == "ngrok_secret" or _text(node, "id").startswith(_SECRET_IDS)


def declared(root: Node) -> dict[int, str]:
    """Roles of the scalars of a tree that are secret because something beside or around them says so, by ``id()``."""
    found: dict[int, str] = {}
    seen: set[int] = set()
    todo: list[Node] = [root]
    while todo:
        node = todo.pop()
        if isinstance(node, Scalar) or id(node) in seen:
            continue
        seen.add(id(node))
        for scalar, role in _of_mapping(node) if isinstance(node, Mapping) else _of_list(node):
            if scalar.kind not in ("bool", "null") and scalar.text:
                found.setdefault(id(scalar), role)
        inside = [entry.value for entry in node.entries] if isinstance(node, Mapping) else node.items
        todo.extend(inside)
    return found


def _of_mapping(node: Mapping) -> Iterator[tuple[Scalar, str]]:
    value = node.get("value")
    if value is not None and _is_true(node.get("sensitive")):
        yield from _all(value, "sensitive value")
    for key, marks in _MARKED:
        yield from _follow(node.get(key), node.get(marks))
    attributes, paths = node.get("attributes"), node.get("sensitive_attributes")
    if attributes is not None and isinstance(paths, Sequence):
        for path in paths.items:
            yield from _at(attributes, path)
    yield from _variables(node)
    if _text(node, "type") == "ngrok_secret":
        yield from _values(node)
    if _text(node, "id").startswith(_SECRET_IDS) or (value is not None and node.get("vault_id") is not None):
        for key in ("value", "token", "key", "secret"):
            if (held := node.get(key)) is not None:
                yield from _all(held, "secret")


def _of_list(node: Sequence) -> Iterator[tuple[Scalar, str]]:
    """What follows an option that takes a credential."""
    before = ""
    for item in node.items:
        text = item.text if isinstance(item, Scalar) else ""
        name = before.lstrip("-")
        if before.startswith("-") and not text.startswith(("-", "$")) and holds_credentials(name):
            yield from _all(item, name)
        before = text


def _follow(values: Node | None, marks: Node | None) -> Iterator[tuple[Scalar, str]]:
    """What is marked in a tree of marks with the shape of the values."""
    todo = [(values, marks)]
    while todo:
        held, mark = todo.pop()
        if held is None or mark is None:
            continue
        if _is_true(mark):
            yield from _all(held, "sensitive value")
        elif isinstance(held, Mapping) and isinstance(mark, Mapping):
            todo += [(held.get(e.key.text), e.value) for e in mark.entries if e.key.text != _READ]
        elif isinstance(held, Sequence) and isinstance(mark, Sequence):
            todo += zip(held.items, mark.items, strict=False)


def _at(attributes: Node, path: Node) -> Iterator[tuple[Scalar, str]]:
    """What a path of steps leads to, as a state file has them; all of it where a step is not understood."""
    held: Node | None = attributes
    for step in path.items if isinstance(path, Sequence) else [path]:
        value = step.get("value") if isinstance(step, Mapping) else step
        name = value.get("value") if isinstance(value, Mapping) else value
        text = name.text if isinstance(name, Scalar) else None
        if held is attributes and text == _READ:
            return
        inner = _member(held, text)
        if inner is None:
            break
        held = inner
    if held is not None and held is not attributes:
        yield from _all(held, "sensitive attribute")


def _member(held: Node | None, step: str | None) -> Node | None:
    if isinstance(held, Mapping) and step is not None:
        return held.get(step)
    if isinstance(held, Sequence) and step is not None:
        return next((item for index, item in enumerate(held.items) if str(index) == step), None)
    return None


def _variables(node: Mapping) -> Iterator[tuple[Scalar, str]]:
    """Values of a plan's variables that its configuration declares as sensitive."""
    given, declarations = node.get("variables"), node
    for key in ("configuration", "root_module", "variables"):
        inner = declarations.get(key)
        if not isinstance(inner, Mapping):
            return
        declarations = inner
    for entry in declarations.entries:
        if isinstance(entry.value, Mapping) and _is_true(entry.value.get("sensitive")):
            held = given.get(entry.key.text) if isinstance(given, Mapping) else None
            yield from _all(held, "sensitive variable")


def _values(root: Node) -> Iterator[tuple[Scalar, str]]:
    """Everything that stands under ``value`` anywhere below."""
    seen: set[int] = set()
    todo: list[Node] = [root]
    while todo:
        node = todo.pop()
        if isinstance(node, Scalar) or id(node) in seen:
            continue
        seen.add(id(node))
        if isinstance(node, Sequence):
            todo.extend(node.items)
            continue
        for entry in node.entries:
            if entry.key.text == "value":
                yield from _all(entry.value, "secret")
            else:
                todo.append(entry.value)


def _all(root: Node | None, role: str) -> Iterator[tuple[Scalar, str]]:
    """Every scalar value of a tree but for an endpoint's policy."""
    seen: set[int] = set()
    todo: list[Node] = [] if root is None else [root]
    while todo:
        node = todo.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        if isinstance(node, Scalar):
            yield node, role
        elif isinstance(node, Sequence):
            todo.extend(node.items)
        else:
            todo.extend(entry.value for entry in node.entries if entry.key.text != _READ)


def _is_true(node: Node | None) -> bool:
    return isinstance(node, Scalar) and node.value is True


def _text(node: Mapping, key: str) -> str:
    held = node.get(key)
    return held.text if isinstance(held, Scalar) else ""
