"""From nodes and bindings to a value: evaluation where everything is known.

What the language leaves to functions is in ``migrator.cel.functions``, what it takes for a macro in
``migrator.cel.dialect``; here is what decides itself which of its parts are evaluated, and in which
scope. The work is counted, so that no expression and no binding can make it endless.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Final, assert_never

from migrator.cel.dialect import MACROS, Fold, Macro, absent, macro, presence
from migrator.cel.errors import CelEvaluationError, CelLimitError
from migrator.cel.functions import FUNCTIONS, INDEX, METHODS, OPERATORS, Overloads, apply
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
    Part,
    Select,
    Unary,
)
from migrator.cel.values import (
    TYPES_BY_NAME,
    ExhaustedError,
    Map,
    OperationError,
    Plain,
    Spend,
    UInt,
    Value,
    adopt,
    plain,
    type_phrase,
)
from migrator.errors import InternalError

MAX_STEPS: Final = 1_000_000
"""How much work one evaluation may be: a node is one step, and what is large costs more."""


class Activation:
    """What the names outside of all macros mean: what is bound to them, or the types they name.

    What is bound is adopted when the name is first looked up. A name may have dots in it.
    """

    def __init__(self, bindings: Mapping[str, object]) -> None:
        self._bindings = bindings
        self._adopted: dict[str, Value] = {}
        self.has_dotted = any("." in name for name in bindings)

    def __contains__(self, name: str) -> bool:
        return name in self._bindings or name in TYPES_BY_NAME

    def value(self, spend: Spend, name: str) -> Value:
        """The value of a name that is in here; ``OperationError`` if it is bound to something else."""
        if name in self._adopted:
            return self._adopted[name]
        if name not in self._bindings:
            return TYPES_BY_NAME[name]
        value = self._adopted[name] = adopt(spend, self._bindings[name])
        return value


class _Variable:
    """The variable of a macro while the macro is evaluated, and those of the macros around it."""

    __slots__ = ("name", "outer", "value")

    def __init__(self, name: str, outer: _Variable | None) -> None:
        self.name = name
        self.outer = outer
        self.value: Value = None


class Evaluator:
    """One evaluation: of nodes that ``dialect.check`` accepts, with one count of the work."""

    def __init__(self, activation: Activation, steps: int = MAX_STEPS) -> None:
        self._activation = activation
        self._left = steps
        self._variable: _Variable | None = None

    def plain(self, node: Node) -> Plain:
        """The node's value as Python code expects it."""
        value = self.value(node)
        try:
            return plain(self._spend, value)
        except OperationError as error:
            raise _failed(node, error) from None

    def value(self, node: Node) -> Value:
        """The node's value. Raises ``CelEvaluationError``, and nothing else, if it has none."""
        self._left -= 1
        if self._left < 0:
            raise CelLimitError("the evaluation takes too many steps", node.start, node.end)
        match node:
            case Select():
                return self._select(node)
            case Ident():
                return self._ident(node)
            case Literal():
                return self._literal(node)
            case Call():
                return self._call(node)
            case Binary():
                return self._binary(node)
            case Unary():
                return self._unary(node)
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

    def _spend(self, work: int) -> None:
        self._left -= work
        if self._left < 0:
            raise ExhaustedError("the evaluation takes too many steps")

    def _apply(self, node: Part, name: str, overloads: Overloads, operands: Sequence[Value]) -> Value:
        try:
            return apply(self._spend, name, overloads, operands)
        except OperationError as error:
            raise _failed(node, error) from None

    # Literals

    def _literal(self, node: Literal) -> Value:
        value = node.value
        return UInt(value) if node.kind == "uint" and isinstance(value, int) else value

    def _list(self, node: ListLit) -> Value:
        elements = []
        for element in node.elements:
            elements.append(self.value(element))  # noqa: PERF401 -- a comprehension is a call more per level
        return elements

    def _map(self, node: MapLit) -> Value:
        entries = []
        for entry in node.entries:
            entries.append((self.value(entry.key), self.value(entry.value)))  # noqa: PERF401 -- see above
        try:
            return Map(entries)
        except OperationError as error:
            raise _failed(node, error) from None

    # Names and fields

    def _ident(self, node: Ident) -> Value:
        if not node.rooted:
            variable = self._variable
            while variable is not None:
                if variable.name == node.name:
                    return variable.value
                variable = variable.outer
        if node.name not in self._activation:
            raise CelEvaluationError(f"there is no variable `{node.name}`", node.start, node.end)
        return self._bound(node, node.name)

    def _bound(self, node: Node, name: str) -> Value:
        try:
            return self._activation.value(self._spend, name)
        except ExhaustedError as error:
            raise _failed(node, error) from None
        except OperationError as error:
            reason = f"what `{name}` is bound to is no value: {error.reason}"
            raise CelEvaluationError(reason, node.start, node.end) from None

    def _select(self, node: Select) -> Value:
        if self._activation.has_dotted:
            name = self._qualified(node)
            if name is not None and name in self._activation:
                return self._bound(node, name)
        operand = self.value(node.operand)
        if not isinstance(operand, Map):
            raise _fieldless(node, operand)
        if node.field not in operand:
            raise CelEvaluationError(f"the map has no key `{node.field}`", node.start, node.end)
        return operand[node.field]

    def _qualified(self, node: Select) -> str | None:
        """The selection as one name, if it can be one: names with dots, the first no macro's variable."""
        names = [node.field]
        operand = node.operand
        while isinstance(operand, Select):
            names.append(operand.field)
            operand = operand.operand
        if not isinstance(operand, Ident):
            return None
        variable = None if operand.rooted else self._variable
        while variable is not None:
            if variable.name == operand.name:
                return None
            variable = variable.outer
        return ".".join((operand.name, *reversed(names)))

    def _index(self, node: Index) -> Value:
        operands = self.value(node.operand), self.value(node.index)
        return self._apply(node, INDEX, OPERATORS[INDEX], operands)

    # Operators

    def _unary(self, node: Unary) -> Value:
        return self._apply(node, node.op, OPERATORS[node.op], (self.value(node.operand),))

    def _binary(self, node: Binary) -> Value:
        if node.op in _DECISIVE:
            return self._logic(node, _DECISIVE[node.op])
        operands = self.value(node.left), self.value(node.right)
        return self._apply(node, node.op, OPERATORS[node.op], operands)

    def _logic(self, node: Binary, decisive: bool) -> bool:  # noqa: FBT001 -- the value that decides
        """Either operand decides, whatever the other one is: even if it has no value."""
        left = self._truth(node.left)
        if left is decisive:
            return decisive
        right = self._truth(node.right)
        if right is decisive:
            return decisive
        for truth in (left, right):
            if isinstance(truth, CelEvaluationError):
                raise truth
        return not decisive

    def _truth(self, node: Node) -> bool | CelEvaluationError:
        """The truth of a node, or why it has none."""
        try:
            value = self.value(node)
        except CelLimitError:
            raise
        except CelEvaluationError as error:
            return error
        return value if isinstance(value, bool) else _no_truth(node, value)

    def _condition(self, node: Node) -> bool:
        value = self.value(node)
        if isinstance(value, bool):
            return value
        raise _no_truth(node, value)

    def _conditional(self, node: Conditional) -> Value:
        return self.value(node.then if self._condition(node.condition) else node.otherwise)

    # Calls

    def _call(self, node: Call) -> Value:
        found = macro(node) if node.function in MACROS else None
        if found is None:
            return self._function(node)
        match found.fold:
            case Fold.ALL | Fold.EXISTS:
                return self._quantify(found)
            case Fold.EXISTS_ONE:
                return self._exists_one(found)
            case Fold.COLLECT:
                return self._collect(found)
            case _:
                assert_never(found.fold)

    def _function(self, node: Call) -> Value:
        selection = presence(node)
        if selection is not None:
            operand = self.value(selection.operand)
            if not isinstance(operand, Map):
                raise _fieldless(selection, operand)
            return selection.field in operand
        overloads = (FUNCTIONS if node.target is None else METHODS).get(node.function)
        if overloads is None:
            raise CelEvaluationError(absent(node), node.start, node.end)
        operands = [] if node.target is None else [self.value(node.target)]
        for argument in node.args:
            operands.append(self.value(argument))  # noqa: PERF401 -- see above
        return self._apply(node, node.function, overloads, operands)

    # Macros

    def _quantify(self, found: Macro) -> bool:
        """``&&`` or ``||`` of all the results: any may decide, whatever the others are."""
        decisive = found.fold is Fold.EXISTS
        failure = None
        elements = self._elements(found.range)
        with self._scope(found.variable) as variable:
            for element in elements:
                variable.value = element
                truth = self._truth(found.result)
                if truth is decisive:
                    return decisive
                if isinstance(truth, CelEvaluationError):
                    failure = truth
        if failure is not None:
            raise failure
        return not decisive

    def _exists_one(self, found: Macro) -> bool:
        count = 0
        elements = self._elements(found.range)
        with self._scope(found.variable) as variable:
            for element in elements:
                variable.value = element
                count += self._condition(found.result)
        return count == 1

    def _collect(self, found: Macro) -> Value:
        results = []
        elements = self._elements(found.range)
        with self._scope(found.variable) as variable:
            for element in elements:
                variable.value = element
                if found.condition is None or self._condition(found.condition):
                    results.append(self.value(found.result))
        return results

    def _elements(self, node: Node) -> Iterable[Value]:
        """What a macro goes through: the elements of a list, the keys of a map."""
        value = self.value(node)
        if isinstance(value, list | Map):
            return value
        raise CelEvaluationError(f"{type_phrase(value)} has no elements", node.start, node.end)

    @contextmanager
    def _scope(self, name: Ident) -> Iterator[_Variable]:
        outer = self._variable
        self._variable = _Variable(name.name, outer)
        try:
            yield self._variable
        finally:
            self._variable = outer


def _failed(node: Part, error: OperationError) -> CelEvaluationError:
    kind = CelLimitError if isinstance(error, ExhaustedError) else CelEvaluationError
    return kind(error.reason, node.start, node.end)


def _fieldless(node: Select, operand: Value) -> CelEvaluationError:
    return CelEvaluationError(f"{type_phrase(operand)} has no fields", node.start, node.end)


def _no_truth(node: Node, value: Value) -> CelEvaluationError:
    return CelEvaluationError(f"{type_phrase(value)} in place of true or false", node.start, node.end)


_DECISIVE: Final[Mapping[str, bool]] = {"&&": False, "||": True}
"""The operators of which one operand can decide, and by which value."""
