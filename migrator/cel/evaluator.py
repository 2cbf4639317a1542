"""From nodes and bindings to a value: evaluation where everything is known.

What the language leaves to functions is in ``migrator.cel.functions``, what it takes for a macro in
``migrator.cel.dialect``; here is what decides itself which of its parts are evaluated, and in which
scope. The work is counted, so that no expression and no binding can make it endless.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from migrator.cel.dialect import MACROS, Fold, Macro, absent, is_has, macro
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
    UInt,
    Value,
    adopt,
    plain,
    type_phrase,
)

MAX_STEPS: Final = 1_000_000
"""How much work one evaluation may be: a node is one step, and what is large costs more."""


class Activation:
    """What the names outside of all macros mean: the bindings, then the types.

    A binding is adopted when its name is first looked up. Its name may have dots in it.
    """

    def __init__(self, bindings: Mapping[str, object]) -> None:
        self._bindings = bindings
        self._adopted: dict[str, Value] = dict(TYPES_BY_NAME)
        for name in bindings:
            self._adopted.pop(name, None)
        self.has_dotted = any("." in name for name in bindings)

    def __contains__(self, name: str) -> bool:
        return name in self._adopted or name in self._bindings

    def __getitem__(self, name: str) -> Value:
        """The value of a name that is in here; ``OperationError`` if it is bound to no value of CEL."""
        if name not in self._adopted:
            self._adopted[name] = adopt(self._bindings[name])
        return self._adopted[name]


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
        return _METHODS[type(node)](self, node)

    def _spend(self, work: int) -> None:
        self._left -= work
        if self._left < 0:
            raise ExhaustedError("the evaluation takes too many steps")

    def _apply(self, node: Part, name: str, overloads: Overloads, *operands: Value) -> Value:
        try:
            return apply(self._spend, name, overloads, operands)
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
        return self._global(node, node.name)

    def _global(self, node: Node, name: str) -> Value:
        if name not in self._activation:
            raise CelEvaluationError(f"there is no variable `{name}`", node.start, node.end)
        try:
            return self._activation[name]
        except OperationError as error:
            raise _failed(node, OperationError(f"`{name}` is bound to {error.reason}")) from None

    def _select(self, node: Select) -> Value:
        if self._activation.has_dotted and (name := self._qualified(node)) in self._activation:
            return self._global(node, name)
        fields = self._fields(node)
        if node.field not in fields:
            raise CelEvaluationError(f"the map has no key `{node.field}`", node.start, node.end)
        return fields[node.field]

    def _has(self, node: Node) -> bool:
        assert isinstance(node, Select)  # noqa: S101 checked before
        return node.field in self._fields(node)

    def _fields(self, node: Select) -> Map:
        operand = self.value(node.operand)
        if isinstance(operand, Map):
            return operand
        raise CelEvaluationError(f"{type_phrase(operand)} has no fields", node.start, node.end)

    def _qualified(self, node: Select) -> str:
        """The node as one name, if it can be one: dots between names, the first no macro's variable."""
        names = [node.field]
        operand = node.operand
        while isinstance(operand, Select):
            names.append(operand.field)
            operand = operand.operand
        if not isinstance(operand, Ident) or (not operand.rooted and self._is_variable(operand.name)):
            return ""
        return ".".join((operand.name, *reversed(names)))

    def _is_variable(self, name: str) -> bool:
        variable = self._variable
        while variable is not None and variable.name != name:
            variable = variable.outer
        return variable is not None
