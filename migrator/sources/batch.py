"""Several documents in one list, as ``jq -s`` makes it of pages and dumps."""

from __future__ import annotations

from migrator.policy.origin import Field
from migrator.sources.context import Container, Context
from migrator.tree.nodes import Node, Sequence


class Batch:
    """A list in which documents of other kinds stand; each is read as what it is."""

    name = "list"

    def __init__(self, kinds: tuple[Container, ...]) -> None:
        self._kinds = kinds

    def matches(self, root: Node) -> bool:
        return isinstance(root, Sequence) and any(
            self._kind(item) is not None or self.matches(item) for item in root.items
        )

    def read(self, root: Field, context: Context) -> None:
        first: str | None = None
        for item in root.items():
            kind = self._kind(item.node)
            if kind is not None:
                context.container = kind.name
                kind.read(item, context)
            elif self.matches(item.node):
                self.read(item, context)
            first = first or context.container
        context.container = first or self.name

    def _kind(self, item: Node) -> Container | None:
        return next((kind for kind in self._kinds if kind.matches(item)), None)
