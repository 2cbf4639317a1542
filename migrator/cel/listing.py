"""Listings: lists of which some elements may be missing, and what can be said of two of them."""

from __future__ import annotations

from itertools import product
from typing import Final

from migrator.cel.nodes import Node
from migrator.cel.possible import (
    Failed,
    Item,
    Known,
    Listing,
    Open,
    Order,
    Possible,
    Record,
    decided,
    join,
    needs,
    outcomes,
)
from migrator.cel.values import MAX_VALUE_DEPTH, Map, Spend, Value, equal, type_phrase

GIVEN: Final = Order(None, known=True)
"""The order of a list that an expression writes down or a field holds."""

OWN: Final = frozenset({"the gateway's order"})
"""What an element waits for that is asked for by its place in an order nobody documents."""

MAX_PAIRS: Final = 512
"""How many pairs of what two elements may be are compared."""


def as_listing(known: Known) -> Listing | None:
    """A list of any kind as a listing; None for what is no list."""
    if isinstance(known, list):
        return Listing(tuple([Item(value) for value in known]), GIVEN)
    return known if isinstance(known, Listing) else None


def is_ordered(listing: Listing) -> bool:
    """Whether the elements that are there certainly stand in this order."""
    return listing.order.known or len(listing.items) <= 1


def plain(known: Known) -> Value | Record | Listing:
    """A listing of which everything is known as a plain list; anything else as it is."""
    if not isinstance(known, Listing) or not is_ordered(known):
        return known
    values: list[Value] = []
    for item in known.items:
        if not item.certain or isinstance(item.value, Open | Record | Listing):
            return known
        values.append(item.value)
    return values


def waits_of(listing: Listing) -> frozenset[str]:
    """The facts that decide which elements it has, what they are, and how they are ordered."""
    return listing.order.needs.union(*[item.needs | needs(item.value) for item in listing.items])


def size(node: Node, listing: Listing) -> Possible:
    least = sum(item.certain for item in listing.items)
    counts = tuple(range(least, len(listing.items) + 1))
    return decided(node, counts, frozenset().union(*[item.needs for item in listing.items]), fails=False)


def concatenated(node: Node, one: Listing, other: Listing) -> Listing:
    known = is_ordered(one) and is_ordered(other)
    return Listing((*one.items, *other.items), Order(node, known, one.order.needs | other.order.needs))


def element(node: Node, listing: Listing, index: Known) -> Possible:
    """``listing[index]``: one of the elements that can stand there."""
    if (
        isinstance(index, bool)
        or not isinstance(index, int | float)
        or index not in range(len(listing.items))
    ):
        return Failed("the list has no element with that index", node.start, node.end)
    position = int(index)
    items, waits = listing.items, listing.order.needs
    sure = sum(item.certain for item in items)
    if is_ordered(listing):
        items = _at(items, position)
    elif listing.order.by is None:
        waits |= OWN
    return one_of(node, items, waits, fails=sure <= position)


def _at(items: tuple[Item, ...], position: int) -> tuple[Item, ...]:
    """The items that can have this position once it is known which are there."""
    found: list[Item] = []
    certain_before = 0
    for at, item in enumerate(items):
        if certain_before > position:
            break
        if at >= position:
            found.append(item)
        certain_before += item.certain
    return tuple(found)


def one_of(node: Node, items: tuple[Item, ...], waits: frozenset[str], *, fails: bool) -> Possible:
    """One of the items, nobody knows which."""
    waits = waits.union(*[item.needs for item in items])
    return join(node, [item.value for item in items], waits, fails=fails)


def alike(spend: Spend, one: Known | Open, other: Known | Open, depth: int = MAX_VALUE_DEPTH) -> bool | None:
    """Whether two values are equal; None where that is open."""
    if isinstance(one, Open) or isinstance(other, Open):
        return _outcomes_alike(spend, one, other, depth)
    if isinstance(one, Record) or isinstance(other, Record):
        if one is other:
            return True
        # Nobody documents whether a model is a map to the language.
        return None if isinstance(one, Map) or isinstance(other, Map) else False
    if not isinstance(one, Listing) and not isinstance(other, Listing):
        return equal(spend, one, other)
    left, right = as_listing(one), as_listing(other)
    if left is None or right is None:
        return False
    return _lists_alike(spend, left, right, depth) if depth else None


def _outcomes_alike(spend: Spend, one: Known | Open, other: Known | Open, depth: int) -> bool | None:
    left, right = outcomes(one)[0], outcomes(other)[0]
    if left is None or right is None or len(left) * len(right) > MAX_PAIRS:
        return None
    spend(len(left) * len(right))
    verdicts = {alike(spend, first, second, depth) for first, second in product(left, right)}
    return verdicts.pop() if len(verdicts) == 1 else None


def _lists_alike(spend: Spend, one: Listing, other: Listing, depth: int) -> bool | None:
    spend(len(one.items) + len(other.items))
    sides = one.items, other.items
    least = [sum(item.certain for item in items) for items in sides]
    if least[0] > len(other.items) or least[1] > len(one.items):
        return False
    if not (is_ordered(one) and is_ordered(other)) or least != [len(items) for items in sides]:
        return None
    found: bool | None = True
    for left, right in zip(*sides, strict=True):
        verdict = alike(spend, left.value, right.value, depth - 1)
        if verdict is False:
            return False
        found = found and verdict
    return found


def contains(spend: Spend, listing: Listing, value: Known) -> tuple[bool | None, frozenset[str]]:
    """Whether one of the elements equals ``value``, None where that is open; and the facts it waits for."""
    spend(len(listing.items))
    verdict: bool | None = False
    waits: frozenset[str] = frozenset()
    for item in listing.items:
        same = alike(spend, value, item.value)
        if same is True and item.certain:
            return True, frozenset()
        if same is not False:
            verdict = None
            waits |= item.needs | needs(item.value)
    return verdict, waits


def phrase(known: Known) -> str:
    """What kind of value it is, in a sentence."""
    if isinstance(known, Record):
        return f"a {known.kind}"
    return "a list" if isinstance(known, Listing) else type_phrase(known)
