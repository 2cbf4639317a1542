"""What is known of records, as values of the language."""

from __future__ import annotations

from typing import Final

from migrator.cel.nodes import Node
from migrator.cel.possible import Failed, Open, Possible, Record
from migrator.cel.problems import Problems
from migrator.cel.values import Map, OperationError, Spend, Value, adopt
from migrator.cel.vocabulary import looked_up

_METADATA: Final = frozenset({"metadata"})


class Facts:
    """The facts of records during one evaluation; each is adopted once."""

    def __init__(self, problems: Problems) -> None:
        self._problems = problems
        self._adopted: dict[tuple[Record, str], Value | Failed] = {}
        self._metadata: dict[int, Map] = {}

    def of(self, spend: Spend, record: Record, path: str, node: Node, left: Node) -> Possible:
        """A field of a record, or what is inside it: asked for by ``node``, where ``left`` is left if it is open."""
        if path in record.facts:
            known = self._known(spend, record, path)
            return Open(left, frozenset({path}), path=path) if isinstance(known, Failed) else known
        found = looked_up(record.kind, path)
        if found.missing:
            self._problems.note("field", found.missing, found.present, node)
            return Open(left, frozenset({path}), path=path)
        return Open(left, frozenset({path}), fails=not found.declared, record=record, path=path)

    def absent(self, node: Node, operand: Map) -> Possible:
        """What a key comes to that a map does not have."""
        if id(operand) in self._metadata:
            # Nobody documents what metadata is that a model does not have: null, or no value.
            return Open(node, _METADATA, (None,))
        return Failed("the map has no such key", node.start, node.end)

    def _known(self, spend: Spend, record: Record, path: str) -> Value | Failed:
        """A fact as a value; what is no value of the language has failed, and counts as unknown."""
        if (record, path) not in self._adopted:
            try:
                value: Value | Failed = adopt(spend, record.facts[path])
            except OperationError as error:
                value = Failed(error.reason)
            if path == "metadata":
                value = Map() if value is None else value
                self._note_metadata(value)
            self._adopted[record, path] = value
        return self._adopted[record, path]

    def _note_metadata(self, value: Value | Failed) -> None:
        pending = [value]
        while pending:
            inner = pending.pop()
            if isinstance(inner, Map):
                self._metadata[id(inner)] = inner
                pending += [held for _, held in inner.items()]
            elif isinstance(inner, list):
                pending += inner
