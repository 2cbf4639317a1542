"""One way through a tree before it is masked: its values, and whether the rarer rules have anything to find.

Nearly no file has a credential in a key, or says by itself that a value is sensitive. To look for each in
a traversal of its own, and in order, pays only where this one has seen something that may be one.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

from msgspec import Struct, field

from migrator.sources.credentials import Context, may_have_form, placed_entries
from migrator.sources.sensitive import may_declare
from migrator.tree.nodes import Mapping, Node, Scalar, Sequence

_SAYING: Final = frozenset({"id", "kind", "type"})
"""Keys whose values say what the mapping is, and with that what the others are: a Secret, an object of a vault."""

_SAID: Final = ("Secret", "ngrok_secret", "secret_", "aigk_", "aigpk_")
"""How such values begin where they say that there are credentials."""

_NAMING: Final = frozenset({"name", "key"})
"""Keys whose values say what a ``value`` beside them is."""

_SHORT: Final = 400
_MOST: Final = 4096
_SHAPES: dict[tuple[Context, tuple[str, ...]], _Shape] = {}
"""By place and keys, what is true of mappings that policies repeat."""


class _Shape(NamedTuple):
    """The contexts of the values of a mapping, and those among these that must not begin as ``_SAID``.

    Nothing else of the mapping says that it holds a credential, and none of its keys does hold one.
    """

    inside: list[Context]
    saying: list[int]


class Survey(Struct):
    """The scalar values of some trees, as ``credentials.walk`` yields them.

    ``keys``, ``declared`` and ``variables`` are False where surely no key has a credential, no value is declared
    one, and no variable is set or used.
    """

    scalars: list[tuple[Scalar, Context]] = field(default_factory=list)
    keys: bool = False
    declared: bool = False
    variables: bool = False


def survey(roots: Iterable[Node]) -> Survey:
    """Look at every node of the trees once, or once more where an alias leads to it."""
    found = Survey()
    for root in roots:
        _look(root, found)
    return found


def _look(root: Node, found: Survey) -> None:
    scalars = found.scalars
    seen: set[tuple[int, bool]] = set()
    todo: list[tuple[Node, Context]] = [(root, Context(()))]
    while todo:
        node, context = todo.pop()
        if isinstance(node, Scalar):
            scalars.append((node, context))
            if "vars." in node.text:
                found.variables = True
            continue
        visit = (id(node), bool(context.holder))
        if visit in seen or (visit[0], not visit[1]) in seen:
            found.keys = True  # what an alias repeats has several contexts: they are judged in their order
            if visit in seen:
                continue
        seen.add(visit)
        if isinstance(node, Sequence):
            found.declared = found.declared or may_declare(node)
            todo.extend([(item, context) for item in reversed(node.items)])
        else:
            inside = _contexts(node, context, found)
            todo.extend(
                [(entry.value, inner) for entry, inner in zip(node.entries, inside, strict=True)][::-1]
            )


def _contexts(node: Mapping, context: Context, found: Survey) -> list[Context]:
    """The contexts of a mapping's values. ``found`` hears what the mapping may declare, and what its keys may hold."""
    entries = node.entries
    keys = tuple([entry.key.text for entry in entries])
    shape = _SHAPES.get((context, keys))
    if shape is not None and not any(_says(entries[index].value) for index in shape.saying):
        return shape.inside
    inside = [inner for _, inner in placed_entries(node, context)]
    mapped = bool(context.holder) and "vars" in context.path
    has_keys = mapped or any(may_have_form(key) for key in keys)
    declares = may_declare(node)
    has_variables = "vars" in keys
    found.variables = found.variables or has_variables
    found.keys = found.keys or has_keys
    found.declared = found.declared or declares
    saying = [index for index, key in enumerate(keys) if key in _SAYING]
    is_named = "value" in keys and not _NAMING.isdisjoint(keys)
    if not (
        has_keys
        or has_variables
        or declares
        or is_named
        or any(_says(entries[index].value) for index in saying)
    ):
        _remember((context, keys), _Shape(inside, saying))
    return inside


def _says(value: Node) -> bool:
    return isinstance(value, Scalar) and value.text.startswith(_SAID)


def _remember(place: tuple[Context, tuple[str, ...]], shape: _Shape) -> None:
    if sum(map(len, (*place[0].path, *place[1]))) > _SHORT:
        return
    if len(_SHAPES) >= _MOST:
        _SHAPES.clear()
    _SHAPES[place] = shape
