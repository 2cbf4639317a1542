"""The functions of Traffic Policy's collections: ``ai.models``, ``ai.providers``, ``ai.authors``, ``ai.keys``.

Each is evaluated for every list that it may be called on and for all arguments that it may get. Where an
argument may be anything, a filter may keep anything of its list, and may have no value.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

from migrator.cel import lookups, ordering
from migrator.cel.listing import as_listing, phrase, waits_of
from migrator.cel.names import NamesOf, Wanted, author_names, own_names, provider_names
from migrator.cel.nodes import Call, Ident, Node
from migrator.cel.pointwise import pointwise
from migrator.cel.possible import (
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
)
from migrator.cel.residual import with_target
from migrator.cel.values import Map
from migrator.cel.vocabulary import PRICES

if TYPE_CHECKING:
    from migrator.cel.partial import Partial

OfListing: TypeAlias = "Callable[[Partial, Call, Listing, Sequence[Known]], Possible]"
OfRecord: TypeAlias = "Callable[[Partial, Call, Record, Sequence[Known]], Possible]"


class Function(NamedTuple):
    """A function of a list: what it gives for arguments that are known, and for those that are not."""

    arities: tuple[int, ...]
    known: OfListing
    unknown: Callable[[Call, Listing, frozenset[str]], Possible]


def called(partial: Partial, node: Call, target_node: Node) -> Possible:
    """A function of a collection, called on whatever it is called on."""
    target = partial.possible(target_node)
    if isinstance(target, Failed):
        return target
    arguments: list[Possible] = []
    by_key = node.function == "sortBy" and len(node.args) > 1
    if not by_key:
        for argument in node.args:
            found = partial.possible(argument)
            if isinstance(found, Failed):
                return found
            arguments.append(found)
    values, fails = outcomes(target)
    left = with_target(node, target.left) if isinstance(target, Open) else node
    if values is None:
        return Open(left, needs(target, *arguments))
    results: list[Possible] = []
    for value in values:
        result = _sorted(partial, node, value) if by_key else _of(partial, node, value, arguments)
        results.append(result)
    return join(left, results, needs(target), fails=fails)


def _of(partial: Partial, node: Call, value: Known, arguments: Sequence[Possible]) -> Possible:
    name = node.function
    arities = _ARITIES[name]
    if len(arguments) not in arities:
        return Failed(f"`{name}` does not take {len(arguments)} arguments", node.start, node.end)
    if name in OF_RECORDS:
        if not isinstance(value, Record):
            return Failed(f"`{name}` is not defined for {phrase(value)}", node.start, node.end)
        return pointwise(node, arguments, lambda *known: OF_RECORDS[name](partial, node, value, known))
    listing = as_listing(value)
    if listing is None:
        return Failed(f"`{name}` is not defined for {phrase(value)}", node.start, node.end)
    partial.spend(len(listing.items))
    if any(outcomes(argument)[0] is None for argument in arguments):
        return OF_LISTINGS[name].unknown(node, listing, needs(*arguments))
    return pointwise(node, arguments, lambda *known: OF_LISTINGS[name].known(partial, node, listing, known))


def _sorted(partial: Partial, node: Call, value: Known) -> Possible:
    listing = as_listing(value)
    match node.args:
        case (Ident(name=name, rooted=False), key) if listing is not None:
            return ordering.sort_by_key(partial, node, listing, name, key)
        case _ if listing is not None:
            return Failed("`sortBy` takes the name of a field, or a variable and a key", node.start, node.end)
    return Failed(f"`sortBy` is not defined for {phrase(value)}", node.start, node.end)


# Filters


def _filtered(
    partial: Partial,
    node: Call,
    listing: Listing,
    waits: frozenset[str],
    verdict: Callable[[Known | Open], bool | None],
) -> Listing:
    items: list[Item] = []
    for item in listing.items:
        keeps = verdict(item.value)
        if keeps is None:
            items.append(perhaps(item, Condition(node), waits))
        elif keeps:
            items.append(item)
        else:
            partial.drop(item.value, node)
    return Listing(tuple(items), listing.order)


def _some(node: Call, listing: Listing, waits: frozenset[str]) -> Possible:
    """Any of the elements, if it has a value at all."""
    items = tuple(perhaps(item, Condition(node), waits) for item in listing.items)
    return Open(node, waits, (Listing(items, listing.order),))


def _by_names(names_of: NamesOf, fact: str, *, keep: bool) -> Function:
    """``only…`` and ``ignore…``."""

    def known(partial: Partial, node: Call, listing: Listing, arguments: Sequence[Known]) -> Possible:
        (ids,) = arguments
        # A single text in place of a list may be refused.
        wanted = as_listing([ids] if isinstance(ids, str) else ids)
        names = (
            [] if wanted is None else [item for item in wanted.items if isinstance(item.value, str | Open)]
        )
        if wanted is None or len(names) < len(wanted.items):
            return Failed(f"`{node.function}` takes a list of ids", node.args[0].start, node.args[0].end)
        partial.spend(2 * len(names))
        texts = [item.value for item in names if item.certain and isinstance(item.value, str)]
        looked_for = Wanted(texts, more=len(texts) < len(names))

        def verdict(value: Known | Open) -> bool | None:
            found = looked_for.names(value, names_of)
            return None if found is None else found is keep

        kept = _filtered(partial, node, listing, waits_of(wanted) | {fact}, verdict)
        return join(node, [kept], frozenset({fact}), fails=isinstance(ids, str))

    def unknown(node: Call, listing: Listing, waits: frozenset[str]) -> Possible:
        return _some(node, listing, waits | {fact})

    return Function((1,), known, unknown)


def _by_place(field: str) -> Function:
    """``inRegion`` and ``inCountryCode``: a filter on datacentres."""

    def known(partial: Partial, node: Call, listing: Listing, arguments: Sequence[Known]) -> Possible:
        (code,) = arguments
        if not isinstance(code, str):
            return Failed(f"`{node.function}` takes a code", node.start, node.end)

        def verdict(value: Known | Open) -> bool | None:
            if not isinstance(value, Record):
                return None
            places = partial.facts.of(partial.spend, value, "datacenters", node, node)
            if not isinstance(places, list):
                return None
            codes = [place[field] if isinstance(place, Map) and field in place else None for place in places]
            if code in codes:
                return True
            folded = [one.lower() if isinstance(one, str) else None for one in codes]
            return None if code.lower() in folded or None in folded else False

        return _filtered(partial, node, listing, frozenset({"datacenters"}), verdict)

    return Function((1,), known, _some)


def _under_cost(partial: Partial, node: Call, listing: Listing, arguments: Sequence[Known]) -> Possible:
    kind, limit = arguments
    if not isinstance(kind, str) or isinstance(limit, bool) or not isinstance(limit, int | float):
        return Failed("`underCost` takes a type of price and a limit", node.start, node.end)
    if kind not in PRICES:
        partial.problems.note("field", kind, PRICES, node.args[0])
        return _some(node, listing, frozenset({f"pricing.{kind}"}))
    path = f"pricing.{kind}"

    def verdict(value: Known | Open) -> bool | None:
        price = (
            partial.facts.of(partial.spend, value, path, node, node) if isinstance(value, Record) else None
        )
        if isinstance(price, bool) or not isinstance(price, int | float):
            return None
        return price < limit

    return _filtered(partial, node, listing, frozenset({path}), verdict)


OF_LISTINGS: Final[Mapping[str, Function]] = {
    "only": _by_names(own_names, "id", keep=True),
    "ignore": _by_names(own_names, "id", keep=False),
    "onlyProviders": _by_names(provider_names, "provider_id", keep=True),
    "ignoreProviders": _by_names(provider_names, "provider_id", keep=False),
    "onlyAuthors": _by_names(author_names, "author_id", keep=True),
    "ignoreAuthors": _by_names(author_names, "author_id", keep=False),
    "inRegion": _by_place("region"),
    "inCountryCode": _by_place("country_code"),
    "underCost": Function((2,), _under_cost, _some),
    "sortBy": Function((1,), ordering.sort_by, ordering.shuffled),
    "random": Function((0,), ordering.random, ordering.shuffled),
    "randomize": Function((0,), ordering.randomize, ordering.shuffled),
    "get": Function((1, 2), lookups.get, lookups.anything),
}
"""The functions of the collections, beside those that are macros of the language."""

OF_RECORDS: Final[Mapping[str, OfRecord]] = {
    "getModel": lookups.get_model,
    "getMetadata": lookups.get_metadata,
}
"""The functions of their elements."""

COLLECTION: Final = frozenset((*OF_LISTINGS, *OF_RECORDS))

_ARITIES: Final[Mapping[str, tuple[int, ...]]] = {
    **{name: function.arities for name, function in OF_LISTINGS.items()},
    **dict.fromkeys(OF_RECORDS, (1,)),
}
