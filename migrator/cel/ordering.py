"""Functions that order a list or pick from it: ``sortBy``, ``randomize``, ``random``.

Elements with one key, and those whose key is not known, stand in an order that nobody documents. Keys
that cannot be compared with each other may leave the whole without a value; one that is not known is
taken to be one that can.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import isnan
from typing import TYPE_CHECKING, Final

from migrator.cel.listing import OWN, one_of
from migrator.cel.nodes import Call, Node
from migrator.cel.possible import (
    Failed,
    Known,
    Listing,
    Open,
    Order,
    Possible,
    Record,
    join,
    needs,
    outcomes,
)

if TYPE_CHECKING:
    from migrator.cel.partial import Partial

_RANDOM: Final = frozenset({"random()"})
_PRICE: Final = "pricing.text.input"
_KINDS: Final = ("truth", "number", "text", "none")


def sort_by(partial: Partial, node: Call, listing: Listing, arguments: Sequence[Known]) -> Possible:
    """``sortBy('price')``: the cheapest text input first. No other field was ever documented."""
    (field,) = arguments
    if not isinstance(field, str):
        return Failed("`sortBy` takes the name of a field, or a variable and a key", node.start, node.end)
    if field != "price":
        partial.problems.note("field", field, ("price",), node.args[0])
        return shuffled(node, listing, frozenset({field}))
    keys: list[Possible] = []
    for item in listing.items:
        price: Possible = Open(node, frozenset({_PRICE}))
        if isinstance(item.value, Record):
            price = partial.facts.of(partial.spend, item.value, _PRICE, node, node)
        keys.append(price)
    return _sorted(partial, node, listing, keys)


def sort_by_key(partial: Partial, node: Call, listing: Listing, variable: str, key: Node) -> Possible:
    """``sortBy(m, key)``."""
    keys: list[Possible] = []
    with partial.scope(variable) as bound:
        for item in listing.items:
            bound.value = item.value
            keys.append(partial.possible(key))
    return _sorted(partial, node, listing, keys)


def shuffled(node: Call, listing: Listing, waits: frozenset[str]) -> Possible:
    """The same elements in an order of which nothing is known, if that is a value at all."""
    return Open(node, waits, (Listing(listing.items, Order(node, known=False, needs=waits)),))


def randomize(_: Partial, node: Call, listing: Listing, __: Sequence[Known]) -> Possible:
    return Listing(listing.items, Order(node, known=len(listing.items) <= 1, needs=_RANDOM))


def random(_: Partial, node: Call, listing: Listing, __: Sequence[Known]) -> Possible:
    """One of the elements; of no elements none, which is an empty list."""
    if not listing.items:
        return []
    one = one_of(node, listing.items, _RANDOM, fails=False)
    return one if any(item.certain for item in listing.items) else join(node, [one, []], _RANDOM)


def _sorted(partial: Partial, node: Call, listing: Listing, keys: Sequence[Possible]) -> Possible:
    """By key: numbers, then texts, then what has no key that could be compared."""
    partial.spend(len(keys))
    kinds = {kind for key in keys for kind in _kinds(key)}
    ranked = sorted(range(len(keys)), key=lambda at: (*_rank(keys[at]), at))
    items = tuple(listing.items[at] for at in ranked)
    compared = len(kinds) == 1 and kinds <= set(_KINDS[:3])
    known = len(items) <= 1 or (compared and len({_rank(key) for key in keys}) == len(keys))
    waits = needs(*keys)
    if not known and not waits:
        waits = OWN if compared else frozenset({"the key"})
    ordered = Listing(items, Order(node, known, waits))
    return join(node, [ordered], waits, fails="none" in kinds or len(kinds - {"open"}) > 1)


def _kinds(key: Possible) -> set[str]:
    """The kinds of key that it may be. ``open``: any; ``none``: one that has no order."""
    values, _ = outcomes(key)
    if values is None:
        return {"open"}
    if isinstance(key, Failed):
        return {"none"}
    found = {_KINDS[_rank(value)[0]] for value in values}
    return found | {"open"} if isinstance(key, Open) else found


def _rank(key: Possible) -> tuple[int, float, str]:
    if isinstance(key, bool):
        return 0, key, ""
    if isinstance(key, int | float) and not isnan(key):
        return 1, key, ""
    return (2, 0, key) if isinstance(key, str) else (3, 0, "")
