"""The macros over elements of which not all is known: ``all``, ``exists``, ``exists_one``, ``filter``, ``map``.

A model for which the condition of ``filter`` has no value (it reads metadata that the model does not
have) is not kept: the old product's own examples filter on metadata that only some models have. With
every other element, as with every other macro, the whole has no value then.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from migrator.cel.dialect import Fold, Macro
from migrator.cel.listing import as_listing, phrase, plain
from migrator.cel.nodes import Binary, Call, Ident, Node
from migrator.cel.possible import (
    TRUTHS,
    Condition,
    Failed,
    Item,
    Known,
    Listing,
    Open,
    Possible,
    Record,
    join,
    needs,
    outcomes,
    perhaps,
    settled,
)
from migrator.cel.residual import with_target
from migrator.cel.truths import Truths, quantified, truths_of
from migrator.cel.values import Map

if TYPE_CHECKING:
    from migrator.cel.partial import Partial, Variable

_ENTERED: Final = 8
"""What it costs to enter a macro, beside its elements."""


def folded(partial: Partial, node: Call, found: Macro) -> Possible:
    """What a macro makes of what its target can be."""
    target = partial.possible(found.range)
    if isinstance(target, Failed):
        return target
    values, fails = outcomes(target)
    left = with_target(node, target.left) if isinstance(target, Open) else node
    if values is None:
        return Open(left, needs(target), _truths(found))
    results: list[Possible] = []
    for value in values:
        results.append(_of_elements(partial, node, found, value))  # noqa: PERF401 -- a call less per level
    return join(left, results, needs(target), fails=fails)


def _truths(found: Macro) -> tuple[Known, ...] | None:
    return None if found.fold is Fold.COLLECT else TRUTHS


def _of_elements(partial: Partial, node: Call, found: Macro, value: Known) -> Possible:
    if isinstance(value, Record):
        # It has elements if it is a map.
        return Open(node, frozenset({f"what {phrase(value)} is"}), _truths(found))
    elements = list(value) if isinstance(value, Map) else value
    listing = as_listing(elements)
    if listing is None:
        return Failed(f"{phrase(value)} has no elements", node.start, node.end)
    partial.spend(_ENTERED + len(listing.items))
    with partial.scope(found.variable.name) as variable:
        if found.fold is Fold.COLLECT:
            return _collected(partial, node, found, listing, variable)
        return _quantified(partial, node, found, listing, variable)


def _quantified(partial: Partial, node: Call, found: Macro, listing: Listing, variable: Variable) -> Possible:
    conditions: list[Truths] = []
    decisive = found.fold is Fold.EXISTS
    for item in listing.items:
        variable.value = _named(item.value, found.variable)
        truths = truths_of(partial.possible(found.result), found.result)
        if not item.certain:
            absent = found.fold is Fold.ALL
            truths = replace(truths, values=truths.values | {absent}, needs=truths.needs | item.needs)
        elif found.fold is not Fold.EXISTS_ONE and truths.surely(decisive):
            return decisive
        conditions.append(truths)
    return quantified(node, found.fold, conditions)


def _collected(partial: Partial, node: Call, found: Macro, listing: Listing, variable: Variable) -> Possible:
    """``filter`` and ``map``: the elements that a condition selects, and what becomes of them."""
    items: list[Item] = []
    failing: list[frozenset[str]] = []
    for item in listing.items:
        variable.value = _named(item.value, found.variable)
        kept: Item | None = item
        if found.condition is not None:
            truths = truths_of(partial.possible(found.condition), found.condition)
            forgiven = _is_forgiven(found, item.value) if truths.fails else True
            if forgiven is False and item.certain and not truths.values:
                return Failed("a condition has no value", found.condition.start, found.condition.end)
            if not forgiven:
                failing += [truths.needs, item.needs]
            kept = _kept(found, item, truths)
            if kept is None and partial.trace and variable.outer is None:
                with partial.uncounted():
                    partial.drop(item.value, _culprit(partial, found.condition), variable)
        if kept is not None and found.result is not found.variable:
            result = partial.possible(found.result)
            if isinstance(result, Failed):
                if kept.certain:
                    return result
                failing.append(kept.needs)
                continue
            if isinstance(result, Open) and result.fails:
                failing += [result.needs, kept.needs]
            kept = replace(kept, value=settled(result))
        if kept is not None:
            items.append(kept)
    waits = frozenset[str]().union(*failing)
    return join(node, [plain(Listing(tuple(items), listing.order))], waits, fails=bool(failing))


def _named(value: Known | Open, variable: Ident) -> Known | Open:
    """What is left of an expression speaks of the variable: what that stands for may be large, and shared."""
    return replace(value, left=variable) if isinstance(value, Open) else value


def _kept(found: Macro, item: Item, truths: Truths) -> Item | None:
    """The element, certainly or perhaps; None if the condition drops it."""
    if truths.certain:
        return item
    return (
        perhaps(item, Condition(truths.left, found.variable.name), truths.needs) if truths.possible else None
    )


def _is_forgiven(found: Macro, value: Known | Open) -> bool | None:
    """Whether an element whose condition has no value is just not selected; None where nobody knows."""
    values, _ = outcomes(value)
    records = None if values is None else {isinstance(one, Record) for one in values}
    if records == {True}:
        return True if found.result is found.variable else None
    return False if records == {False} else None


def _culprit(partial: Partial, condition: Node) -> Node:
    """The first part of a conjunction that cannot be true."""
    pending = [condition]
    while pending:
        part = pending.pop()
        if isinstance(part, Binary) and part.op == "&&":
            pending += [part.right, part.left]
        elif not truths_of(partial.possible(part), part).possible:
            return part
    return condition
