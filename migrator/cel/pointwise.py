"""Functions and operators of operands of which not all is known: one result for each value they can have."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import product
from typing import TYPE_CHECKING, Final

from migrator.cel.errors import CelLimitError
from migrator.cel.functions import INDEX, Overloads, apply
from migrator.cel.listing import (
    alike,
    as_listing,
    concatenated,
    contains,
    element,
    phrase,
    plain,
    size,
    waits_of,
)
from migrator.cel.nodes import Index, Node
from migrator.cel.possible import (
    TRUTHS,
    Failed,
    Known,
    Listing,
    Open,
    Possible,
    Record,
    join,
    needs,
    outcomes,
)
from migrator.cel.residual import left_of, with_operands
from migrator.cel.values import TYPES, ExhaustedError, Map, OperationError, Value

if TYPE_CHECKING:
    from migrator.cel.partial import Partial

MAX_OUTCOMES: Final = 512
"""How many combinations of possible operands are tried one by one."""

_COMPARED: Final = frozenset({"==", "!="})
_TRUTH_OF: Final = _COMPARED | {
    *("<", "<=", ">", ">=", "in", "!"),
    *("contains", "startsWith", "endsWith", "matches"),
}
"""Operators and methods that come to true or false, if to anything."""

_NOTHING: Final[frozenset[str]] = frozenset()


def pointwise(
    left: Node, operands: Sequence[Possible], function: Callable[..., Possible], name: str = ""
) -> Possible:
    """A function that needs all its operands, for each combination of what they can be.

    ``left`` is the expression that is left if it stays open; ``name`` the operator that it is.
    """
    options: list[tuple[Known, ...]] = []
    combinations = 1
    is_open = fails = anything = False
    for operand in operands:
        if isinstance(operand, Failed):
            return operand
        is_open = is_open or isinstance(operand, Open)
        values, failing = outcomes(operand)
        fails = fails or failing
        anything = anything or values is None
        if values is not None:
            options.append(values)
            combinations *= len(values)
    if not is_open:
        return function(*operands)
    if anything or combinations > MAX_OUTCOMES:
        truth = TRUTHS if name in _TRUTH_OF else None
        return Open(left, needs(*operands), truth, fails=fails or name not in _COMPARED)
    results = [function(*combination) for combination in product(*options)]
    return join(left, results, needs(*operands), fails=fails)


def applied(
    partial: Partial, node: Node, name: str, overloads: Overloads, operands: Sequence[Known]
) -> Possible:
    """A function or operator of the language, of operands that are known."""
    values: list[Value] = []
    for operand in operands:
        if isinstance(operand, Listing):
            partial.spend(len(operand.items))
        value = plain(operand)
        if isinstance(value, Record | Listing):
            return _unlike(partial, node, name, operands)
        values.append(value)
    if name == INDEX and len(values) > 1 and isinstance(values[0], Map) and values[1] not in values[0]:
        return partial.facts.absent(node, values[0])
    try:
        return apply(partial.spend, name, overloads, values)
    except ExhaustedError as error:
        raise CelLimitError(error.reason, node.start, node.end) from None
    except OperationError as error:
        return Failed(error.reason, node.start, node.end)


def _unlike(partial: Partial, node: Node, name: str, operands: Sequence[Known]) -> Possible:
    """The same where an operand is a record, or a list of which not all is known."""
    first, last = operands[0], operands[-1]
    listings = [as_listing(operand) for operand in operands]
    match name, listings:
        case "==" | "!=", _:
            same = alike(partial.spend, first, last)
            waits = _NOTHING.union(*[waits_of(listing) for listing in listings if listing is not None])
            return Open(node, waits, TRUTHS, fails=False) if same is None else same is (name == "==")
        case "in", [_, Listing() as container]:
            found, waits = contains(partial.spend, container, first)
            return Open(node, waits, TRUTHS, fails=False) if found is None else found
        case "in", _ if isinstance(last, Map):
            return False  # neither a list nor a record is a key
        case "[]", [Listing() as container, _]:
            return element(node, container, last)
        case "+", [Listing() as one, Listing() as other]:
            return concatenated(node, one, other)
        case "size", [Listing() as listing]:
            return size(node, listing)
        case "type", [Listing()]:
            return TYPES[list]
        case "dyn", [_]:
            return first
        case "[]", _ if isinstance(first, Record) and isinstance(last, str):
            place = node.index if isinstance(node, Index) else node
            return join(
                node, [partial.facts.of(partial.spend, first, last, place, node)], _NOTHING, fails=True
            )
        case "size" | "type" | "in", _ if isinstance(last, Record):
            # Nobody documents whether a model is a map to the language.
            return Open(node, frozenset({f"what {phrase(last)} is"}), TRUTHS if name == "in" else None)
    described = next(operand for operand in operands if isinstance(operand, Record | Listing))
    return Failed(f"`{name}` is not defined for {phrase(described)}", node.start, node.end)


def call_left(node: Node, nodes: Sequence[Node], operands: Sequence[Possible]) -> Node:
    """What is left of an operation: itself, or with what is left of its operands."""
    if not any(isinstance(operand, Open) for operand in operands):
        return node
    return with_operands(node, [left_of(part, at) for part, at in zip(operands, nodes, strict=True)])
