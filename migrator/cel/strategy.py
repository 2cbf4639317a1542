"""Selection strategies: what an expression over ``ai.models`` (or ``ai.keys``) keeps, and in which order.

``select`` is the whole of it: an expression and the collections it is about, to a ``Selection`` that
says of every element whether it is certainly kept, possibly (and what that depends on), or out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property, reduce
from typing import Final

from msgspec import Struct, field
from msgspec.structs import replace

from migrator.cel.listing import as_listing
from migrator.cel.nodes import Binary, Call, Node
from migrator.cel.partial import Partial
from migrator.cel.possible import (
    OWN_ORDER,
    Condition,
    Failed,
    Item,
    Known,
    Listing,
    Open,
    Order,
    Possible,
    Record,
    needs,
    outcomes,
)
from migrator.cel.problems import Problem, in_order

_SURVEY_STEPS: Final = 50_000
"""How much work may go into finding the names that do not exist."""


class Kept(Struct, frozen=True, eq=False):
    """An element that a strategy keeps: certainly, or where ``conditions`` hold."""

    record: Record
    certain: bool
    conditions: tuple[Condition, ...] = ()
    needs: frozenset[str] = frozenset()


class Selection(Struct, frozen=True, eq=False, dict=True):
    """What one strategy comes to.

    ``kept`` stands in the strategy's order, as far as ``order`` knows it. ``single``: of ``kept``
    exactly one is taken. ``failure``: the strategy certainly has no usable result; ``fails``: perhaps.
    ``undecided``: nothing could be decided, so that everything is possibly kept. ``dropped`` names the
    part of the expression that ruled an element out, where that was asked for.
    """

    kept: tuple[Kept, ...] = ()
    order: Order = OWN_ORDER
    single: bool = False
    fails: bool = False
    undecided: bool = False
    failure: Failed | None = None
    problems: tuple[Problem, ...] = ()
    dropped: Mapping[Record, Node] = field(default_factory=dict)

    @cached_property
    def certain(self) -> tuple[Record, ...]:
        return tuple(one.record for one in self.kept if one.certain)

    @cached_property
    def possible(self) -> tuple[Record, ...]:
        return tuple(one.record for one in self.kept)

    @cached_property
    def surely_yields(self) -> bool:
        """Certainly at least one element is kept."""
        return any(one.certain for one in self.kept) or (self.single and bool(self.kept) and not self.fails)

    @cached_property
    def needs(self) -> frozenset[str]:
        """The facts that decide what is open about it, its order included."""
        return self.order.needs.union(*(one.needs for one in self.kept))

    @cached_property
    def residuals(self) -> tuple[tuple[str, int], ...]:
        """What is left to decide, as expressions, each with the number of elements it decides about."""
        counted: dict[str, int] = {}
        for one in self.kept:
            if not one.certain and one.conditions:
                text = condition_text(one.conditions)
                counted[text] = counted.get(text, 0) + 1
        return tuple(counted.items())


def condition_text(conditions: Sequence[Condition]) -> str:
    """Conditions as one expression; a function of the whole list as the call it is, without its list."""
    from migrator.cel.writer import unparse

    parts = {unparse(part): part for part in map(_of_element, conditions)}
    return unparse(reduce(lambda one, other: Binary("&&", one, other), parts.values())) if parts else ""


def _of_element(condition: Condition) -> Node:
    node = condition.left
    if condition.variable is None and isinstance(node, Call) and node.target is not None:
        return Call(node.function, node.args)
    return node


def collections(
    models: Sequence[Record] = (),
    providers: Sequence[Record] = (),
    authors: Sequence[Record] = (),
    keys: Sequence[Record] = (),
) -> dict[str, Listing]:
    """What ``ai`` has, from the records of everything that is there; all in the gateway's own order."""
    named = {"models": models, "providers": providers, "authors": authors, "keys": keys}
    return {name: Listing(tuple(Item(record) for record in records)) for name, records in named.items()}


def select(
    node: Node, ai: Mapping[str, Listing], *, element: str = "model", trace: bool = False, text: str = ""
) -> Selection:
    """What the strategy ``node`` keeps of ``ai``. ``element`` is the kind of record it has to come to.

    Never raises for an expression: one that has no value, or another one than elements, has failed; so
    has one that takes too much work. With the ``text`` that ``node`` was read from, problems have their
    exact place in it.
    """
    partial = Partial(ai, trace=trace, text=text)
    selection = _selection(partial.evaluate(node), ai.get(f"{element}s", Listing(())), element)
    # What does not exist is told whatever there is to choose from, and whatever decides before it.
    survey = Partial(_SOME, _SURVEY_STEPS, text=text)
    survey.evaluate(node)
    kept = frozenset(one.record for one in selection.kept)
    return replace(
        selection,
        problems=in_order((*partial.problems, *survey.problems)),
        dropped={record: part for record, part in partial.dropped.items() if record not in kept},
    )


def _some() -> dict[str, Listing]:
    """One of everything, of which nothing is known."""
    provider = Record("provider", {})
    models, authors, keys = Record("model", {}, provider=provider), Record("author", {}), Record("key", {})
    return collections([models], [provider], [authors], [keys])


_SOME: Final = _some()


# From what a strategy may come to, to what it keeps


class _Outcome(Struct, frozen=True):
    """What one of the values that it may come to keeps. ``reason``: why that is no usable result."""

    kept: tuple[Kept, ...] = ()
    order: Order = OWN_ORDER
    fails: bool = False
    reason: str = ""


def _selection(found: Possible, whole: Listing, element: str) -> Selection:
    if isinstance(found, Failed):
        return Selection(failure=found)
    values, fails = outcomes(found)
    if values is None:
        return _anything(whole, needs(found))
    each = [_outcome(value, whole, element) for value in values]
    usable = [one for one in each if not one.reason]
    if not usable:
        return Selection(failure=Failed(each[0].reason))
    fails = fails or len(usable) < len(each) or any(one.fails for one in usable)
    left = found.left if isinstance(found, Open) else None
    order = usable[0].order
    if len(usable) > 1:
        order = Order(left, known=False, needs=needs(found))
    picked = [isinstance(value, Record) for value in values if not _is_empty(value)]
    single = bool(picked) and all(picked)
    if single and len(picked) < len(values):
        fails = True  # an empty list is none of them
    return Selection(_merged(usable, left, needs(found), fails=fails), order, single, fails)


def _outcome(value: Known, whole: Listing, element: str) -> _Outcome:
    if isinstance(value, Record):
        value = Listing((Item(value),), Order(None, known=True))
    if value is None:
        return _Outcome(reason=f"the result is null: there is no such {element}")
    listing = as_listing(value)
    if listing is None:
        return _Outcome(reason=f"the result is neither a {element} nor a list of {element}s")
    kept: list[Kept] = []
    unknown: list[Possible] = []
    fails = False
    for item in listing.items:
        values, _ = outcomes(item.value)
        if values is None:
            unknown.append(item.value)
            continue
        records = [one for one in values if isinstance(one, Record) and one.kind == element]
        if not records and item.certain:
            return _Outcome(reason=f"the result is no list of {element}s")
        fails = fails or len(records) < len(values)
        certain = item.certain and len(values) == 1
        waits = item.needs | needs(item.value)
        conditions = item.conditions
        if isinstance(item.value, Open):
            conditions += (Condition(item.value.left),)
        kept += [Kept(record, certain, conditions, waits) for record in records]
    if unknown:
        kept += _anything(whole, needs(*unknown)).kept
    return _unique(kept, listing.order, fails=fails or bool(unknown))


def _unique(kept: Sequence[Kept], order: Order, *, fails: bool) -> _Outcome:
    """Each record once, at its first place; certain if any of its entries is."""
    entries: dict[Record, list[Kept]] = {}
    for one in kept:
        entries.setdefault(one.record, []).append(one)
    found: list[Kept] = []
    for record, held in entries.items():
        if len(held) > 1 and not held[0].certain:
            order = replace(order, known=False)  # its place depends on whether its first entry is there
            waits = frozenset[str]().union(*[one.needs for one in held])
            found.append(Kept(record, any(one.certain for one in held), needs=waits))
        else:
            found.append(held[0])
    return _Outcome(tuple(found), order, fails)


def _merged(
    usable: Sequence[_Outcome], left: Node | None, waits: frozenset[str], *, fails: bool
) -> tuple[Kept, ...]:
    """What is kept by any of several outcomes; certain is what all keep, if there certainly is one."""
    entries: dict[Record, list[Kept]] = {}
    for outcome in usable:
        for one in outcome.kept:
            entries.setdefault(one.record, []).append(one)
    whole = () if left is None else (Condition(left),)
    found: list[Kept] = []
    for record, held in entries.items():
        everywhere = len(held) == len(usable)
        if everywhere and not fails and all(one.certain for one in held):
            found.append(Kept(record, certain=True))
            continue
        conditions = held[0].conditions if len(held) == 1 else ()
        if not everywhere or not conditions:
            conditions += whole
        found.append(
            Kept(
                record, certain=False, conditions=conditions, needs=waits.union(*[one.needs for one in held])
            )
        )
    return tuple(found)


def _anything(whole: Listing, waits: frozenset[str]) -> Selection:
    kept = [
        Kept(item.value, certain=False, needs=waits) for item in whole.items if isinstance(item.value, Record)
    ]
    return Selection(tuple(kept), Order(needs=waits), fails=True, undecided=True)


def _is_empty(value: Known) -> bool:
    listing = as_listing(value)
    return listing is not None and not listing.items
