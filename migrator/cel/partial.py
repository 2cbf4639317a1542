"""Partial evaluation: what an expression certainly is, what it may be, and what is left of it.

Standard CEL over the values of ``migrator.cel.possible``, with the functions that Traffic Policy's
selection strategies add (``migrator.cel.collections``). Where everything is known the result is that
of full evaluation; an unknown spreads no further than it must: ``false && x`` is false, ``x in []``
is false, and a listing keeps what is certainly and what is possibly in it.

A name, field or function that does not exist is a ``Problem`` and counts as unknown.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Final, assert_never

from migrator.cel.collections import COLLECTION, called
from migrator.cel.dialect import FOREIGN, MACROS, check, macro, presence
from migrator.cel.errors import CelEvaluationError, CelLimitError
from migrator.cel.facts import Facts
from migrator.cel.functions import FUNCTIONS, INDEX, METHODS, OPERATORS, Overloads
from migrator.cel.listing import phrase, plain
from migrator.cel.macros import folded
from migrator.cel.nodes import (
    Binary,
    Call,
    Conditional,
    Ident,
    Index,
    ListLit,
    Literal,
    MapLit,
    MessageLit,
    Node,
    Select,
    Unary,
)
from migrator.cel.pointwise import applied, call_left, pointwise
from migrator.cel.possible import (
    TRUTHS,
    Failed,
    Item,
    Known,
    Listing,
    Open,
    Order,
    Possible,
    Record,
    join,
    needs,
    settled,
)
from migrator.cel.problems import Problems
from migrator.cel.residual import with_branches, with_operand
from migrator.cel.truths import either, truths_of
from migrator.cel.values import TYPES_BY_NAME, Map, OperationError, UInt, Value
from migrator.cel.vocabulary import COLLECTIONS, ELSEWHERE, SURROUNDINGS
from migrator.cel.vocabulary import FUNCTIONS as COLLECTION_FUNCTIONS
from migrator.errors import InternalError

MAX_STEPS: Final = 500_000
"""How much work one evaluation may be: a node is one step, and what is large costs more."""

_CALLABLE: Final = (*COLLECTION_FUNCTIONS, *sorted(MACROS), *METHODS, *FUNCTIONS)
_NOTHING: Final[frozenset[str]] = frozenset()


class Variable:
    """The variable of a macro while the macro is evaluated, and those around it."""

    __slots__ = ("name", "outer", "value")

    def __init__(self, name: str, outer: Variable | None) -> None:
        self.name = name
        self.outer = outer
        self.value: Possible = None


class Partial:
    """One partial evaluation over the collections ``ai.models``, ``ai.providers`` … that are given.

    ``problems`` collects names that do not exist; ``dropped`` says for each record by which part of
    the expression it was dropped first, if ``trace`` is on. ``text`` is what the expression was read
    from: problems have their exact place only with it.
    """

    def __init__(
        self,
        collections: Mapping[str, Listing],
        steps: int = MAX_STEPS,
        *,
        trace: bool = False,
        text: str = "",
    ) -> None:
        self.collections = collections
        self.problems = Problems(text)
        self.dropped: dict[Record, Node] = {}
        self.trace = trace
        self._left = steps
        self._variable: Variable | None = None
        self.facts = Facts(self.problems)

    def evaluate(self, node: Node) -> Possible:
        """What ``node`` may come to. Never raises for an expression: what is refused or too much work has failed."""
        try:
            check(node)
            return self.possible(node)
        except CelEvaluationError as error:
            return Failed(error.reason, error.offset, error.end)

    def possible(self, node: Node) -> Possible:
        self._left -= 1
        if self._left < 0:
            raise CelLimitError("the evaluation takes too many steps", node.start, node.end)
        match node:
            case Literal():
                return UInt(node.value) if node.kind == "uint" and isinstance(node.value, int) else node.value
            case Ident():
                return self._ident(node)
            case Select():
                return self._select(node)
            case Call():
                return self._call(node)
            case Binary():
                return self._binary(node)
            case Unary():
                return self._operation(node, node.op, OPERATORS[node.op], (node.operand,))
            case Conditional():
                return self._conditional(node)
            case Index():
                return self._index(node)
            case ListLit():
                return self._list(node)
            case MapLit():
                return self._map(node)
            case MessageLit():
                raise InternalError("an expression was evaluated without being checked")
            case _:
                assert_never(node)

    # The count of the work, and scopes

    def spend(self, work: int) -> None:
        self._left -= work
        if self._left < 0:
            raise CelLimitError("the evaluation takes too many steps")

    @contextmanager
    def uncounted(self) -> Iterator[None]:
        """For what only explains a result: it must not change it."""
        left, self._left = self._left, MAX_STEPS
        try:
            yield
        finally:
            self._left = left

    @contextmanager
    def scope(self, name: str) -> Iterator[Variable]:
        """The scope of a macro's variable."""
        outer = self._variable
        self._variable = Variable(name, outer)
        try:
            yield self._variable
        finally:
            self._variable = outer

    def drop(self, value: Known | Open, node: Node, own: Variable | None = None) -> None:
        """Note by what a record is dropped, by a macro with its ``own`` variable or by a function.

        What is dropped in the condition of a macro is not what the strategy is about.
        """
        outer = self._variable if own is None else own.outer
        if self.trace and outer is None and isinstance(value, Record):
            self.dropped.setdefault(value, node)

    # Names and fields

    def _bound(self, node: Ident) -> Variable | None:
        variable = None if node.rooted else self._variable
        while variable is not None and variable.name != node.name:
            variable = variable.outer
        return variable

    def _ident(self, node: Ident) -> Possible:
        variable = self._bound(node)
        if variable is not None:
            return variable.value
        if node.name in TYPES_BY_NAME:
            return TYPES_BY_NAME[node.name]
        exists = node.name in SURROUNDINGS or node.name == "ai"
        if not exists:
            self.problems.note("name", node.name, ("ai", *sorted(SURROUNDINGS)), node)
        return Open(node, frozenset({node.name}), fails=not exists, path=node.name)

    def _select(self, node: Select) -> Possible:
        if (
            isinstance(node.operand, Ident)
            and node.operand.name == "ai"
            and self._bound(node.operand) is None
        ):
            return self._collection(node)
        operand = self.possible(node.operand)
        return self._selected(node, operand)

    def _collection(self, node: Select) -> Possible:
        if node.field in self.collections:
            return self.collections[node.field]
        if node.field not in COLLECTIONS:
            self.problems.note("field", node.field, COLLECTIONS, node)
        return Open(node, frozenset({f"ai.{node.field}"}), path=f"ai.{node.field}")

    def _selected(self, node: Select, operand: Possible) -> Possible:
        left = with_operand(node, operand.left) if isinstance(operand, Open) else node
        if not isinstance(operand, Open) or operand.values is not None:
            return pointwise(left, (operand,), lambda value: self._field(node, value))
        if not operand.path:
            return Open(left, operand.needs)
        path = f"{operand.path}.{node.field}"
        if operand.record is not None:
            return self.facts.of(self.spend, operand.record, path, node, left)
        return Open(left, frozenset({path}), path=path)

    def _field(self, node: Select, operand: Known) -> Possible:
        if isinstance(operand, Record):
            return self.facts.of(self.spend, operand, node.field, node, node)
        if not isinstance(operand, Map):
            return Failed(f"{phrase(operand)} has no fields", node.start, node.end)
        return operand[node.field] if node.field in operand else self.facts.absent(node, operand)

    # Operators

    def _binary(self, node: Binary) -> Possible:
        if node.op in ("&&", "||"):
            return self._logic(node)
        operands = self.possible(node.left), self.possible(node.right)
        if node.op == "in" and _is_empty(operands[1]) and isinstance(operands[0], Open):
            # A fact that is only not known has a value; a computation may have none.
            fails = operands[0].fails and not operands[0].path
            return Open(node, operands[0].needs, (False,)) if fails else False
        return self._applied(node, node.op, OPERATORS[node.op], (node.left, node.right), operands)

    def _logic(self, node: Binary) -> Possible:
        decisive = node.op == "||"
        one = truths_of(self.possible(node.left), node.left)
        if one.surely(decisive):
            return decisive
        return either(node, one, truths_of(self.possible(node.right), node.right))

    def _conditional(self, node: Conditional) -> Possible:
        condition = truths_of(self.possible(node.condition), node.condition)
        if not condition.values:
            return Failed("the condition has no value", node.condition.start, node.condition.end)
        branches: list[Possible] = []
        for truth, branch in ((True, node.then), (False, node.otherwise)):
            if truth in condition.values:
                branches.append(self.possible(branch))
        if len(branches) == 1 and not condition.fails:
            return branches[0]
        left = with_branches(node, condition.left, node.then, node.otherwise)
        return join(left, branches, condition.needs, fails=condition.fails)

    def _operation(self, node: Node, name: str, overloads: Overloads, nodes: Sequence[Node]) -> Possible:
        operands: list[Possible] = []
        for operand in nodes:
            operands.append(self.possible(operand))  # noqa: PERF401 -- a comprehension is a call more per level
        return self._applied(node, name, overloads, nodes, operands)

    def _applied(
        self, node: Node, name: str, overloads: Overloads, nodes: Sequence[Node], operands: Sequence[Possible]
    ) -> Possible:
        left = call_left(node, nodes, operands)
        return pointwise(left, operands, lambda *values: applied(self, node, name, overloads, values), name)

    def _index(self, node: Index) -> Possible:
        operand = self.possible(node.operand)
        index = self.possible(node.index)
        if isinstance(operand, Open) and operand.values is None and isinstance(index, str):
            if operand.record is not None and f"{operand.path}.{index}" in operand.record.facts:
                return self.facts.of(self.spend, operand.record, f"{operand.path}.{index}", node, node)
            path = f"{operand.path}[{index!r}]" if operand.path else ""
            waits = frozenset({path}) if path else operand.needs
            return Open(with_operand(node, operand.left), waits, path=path)
        return self._applied(node, INDEX, OPERATORS[INDEX], (node.operand, node.index), (operand, index))

    # Literals of several values

    def _list(self, node: ListLit) -> Possible:
        items: list[Item] = []
        failing: list[Possible] = []
        for part in node.elements:
            found = self.possible(part)
            if isinstance(found, Failed):
                return found
            if isinstance(found, Open) and found.fails:
                failing.append(found)
            items.append(Item(settled(found)))
        listing = Listing(tuple(items), Order(node, known=True))
        return join(node, [plain(listing)], needs(*failing), fails=bool(failing))

    def _map(self, node: MapLit) -> Possible:
        """A map of which not all is known is not known at all."""
        parts: list[Value] = []
        opened: list[Possible] = []
        for entry in node.entries:
            for part in (entry.key, entry.value):
                found = self.possible(part)
                if isinstance(found, Failed):
                    return found
                known = found if isinstance(found, Open) else plain(found)
                if isinstance(known, Open | Listing | Record):
                    opened.append(known)
                else:
                    parts.append(known)
        if opened:
            return Open(node, needs(*opened) or frozenset({"a map"}))
        try:
            return Map(zip(parts[::2], parts[1::2], strict=True))
        except OperationError as error:
            return Failed(error.reason, node.start, node.end)

    # Calls

    def _call(self, node: Call) -> Possible:
        if node.target is not None and node.function in COLLECTION:
            return called(self, node, node.target)
        found = macro(node) if node.function in MACROS else None
        if found is not None:
            return folded(self, node, found)
        selection = presence(node)
        if selection is not None:
            return self._presence(node, selection, self.possible(selection.operand))
        overloads = (FUNCTIONS if node.target is None else METHODS).get(node.function)
        if overloads is None:
            return self._unknown(node)
        target = () if node.target is None else (node.target,)
        return self._operation(node, node.function, overloads, (*target, *node.args))

    def _unknown(self, node: Call) -> Possible:
        """A function that is not evaluated here, or does not exist: nothing is known of what it does."""
        target: Possible = None
        named = node.target if isinstance(node.target, Ident) else None
        is_spaced = named is not None and named.name in SURROUNDINGS and self._bound(named) is None
        if node.target is not None and not is_spaced:
            target = self.possible(node.target)
            if isinstance(target, Failed):
                return target
        variable = node.args[0] if len(node.args) > 1 and node.target is not None else None
        if isinstance(variable, Ident) and not variable.rooted:  # it looks like a macro
            with self.scope(variable.name) as bound:
                bound.value = Open(variable, _NOTHING)
                parts = [self.possible(argument) for argument in node.args[1:]]
        else:
            parts = [self.possible(argument) for argument in node.args]
        if not is_spaced and node.function not in FOREIGN and node.function not in ELSEWHERE:
            self.problems.note("function", node.function, _CALLABLE, node)
        return Open(node, needs(target, *parts) | {f"{node.function}()"})

    def _presence(self, node: Call, selection: Select, operand: Possible) -> Possible:
        if isinstance(operand, Open) and operand.values is None:
            found = self._selected(selection, operand)
            return Open(node, found.needs, TRUTHS, operand.fails) if isinstance(found, Open) else True
        return pointwise(node, (operand,), lambda value: self._has(node, selection, value))

    def _has(self, node: Call, selection: Select, operand: Known) -> Possible:
        if isinstance(operand, Map):
            return selection.field in operand
        found = self._field(selection, operand)
        if isinstance(found, Open):
            return Open(node, found.needs, TRUTHS, fails=False)
        return found if isinstance(found, Failed) else True


def _is_empty(possible: Possible) -> bool:
    if isinstance(possible, Listing):
        return not possible.items
    return isinstance(possible, list) and not possible
