"""One way through a tree before it is masked: its values, and whether the rarer rules have anything to find.

Nearly no file has a credential in a key, or says by itself that a value is sensitive. To look for each in
a traversal of its own, and in order, pays only where this one has seen something that may be one.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct, field

from migrator.sources.credentials import Context, may_have_form, placed_entries
from migrator.sources.sensitive import may_declare
from migrator.tree.nodes import Node, Scalar, Sequence


class Survey(Struct):
    """The scalar values of some trees, as ``credentials.walk`` yields them.

    ``keys`` and ``declared`` are False where surely no key has a credential and no value is declared one.
    """

    scalars: list[tuple[Scalar, Context]] = field(default_factory=list)
    keys: bool = False
    declared: bool = False


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
            continue
        visit = (id(node), bool(context.holder))
        if visit in seen or (visit[0], not visit[1]) in seen:
            found.keys = True  # what an alias repeats has several contexts: they are judged in their order
            if visit in seen:
                continue
        seen.add(visit)
        found.declared = found.declared or may_declare(node)
        if isinstance(node, Sequence):
            todo.extend([(item, context) for item in reversed(node.items)])
            continue
        entries = placed_entries(node, context)
        if not found.keys:
            mapped = bool(context.holder) and "vars" in context.path
            found.keys = mapped or any(may_have_form(entry.key.text) for entry, _ in entries)
        todo.extend([(entry.value, inner) for entry, inner in reversed(entries)])
