"""How large a node is when every alias under it is written out."""

from __future__ import annotations

from typing import NamedTuple

from migrator.tree.nodes import Mapping, Node, Sequence, values


class Size(NamedTuple):
    """``nodes`` counts keys too; ``depth`` is 0 for a scalar."""

    nodes: int
    depth: int


class Sizes:
    """Measures complete nodes; what is inside a measured node is never measured again."""

    def __init__(self) -> None:
        self._known: dict[int, Size] = {}

    def of(self, node: Node) -> Size:
        known = self._known
        todo = [node]
        while todo:
            last = todo[-1]
            inside = values(last)
            missing = [value for value in inside if id(value) not in known]
            if missing and id(last) not in known:
                todo += missing
                continue
            todo.pop()
            sizes = [known[id(value)] for value in inside]
            keys = len(inside) if isinstance(last, Mapping) else 0
            deep = isinstance(last, Sequence | Mapping)
            known[id(last)] = Size(
                1 + keys + sum(size.nodes for size in sizes),
                deep + max((size.depth for size in sizes), default=0),
            )
        return known[id(node)]
