"""Which models the selection strategies of a configuration let through, over three values.

The pages disagree about a single named model: it is allowed by any strategy (*union*), or only by the first
that keeps anything (*first*). Without a decision both readings are answers that may be true.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from msgspec import Struct

from migrator.cel import CelSyntaxError, parse
from migrator.cel.possible import Listing, Record
from migrator.policy.origin import Field
from migrator.secrets import has_mask
from migrator.verify.offers import Offer, Offers

if TYPE_CHECKING:
    from migrator.cel import Node
    from migrator.cel.strategy import Selection


class Chosen(Struct, frozen=True, eq=False):
    """The models of one answer: of ``offers`` all, or (``some``) the ``sure`` ones and perhaps others."""

    offers: tuple[Offer, ...]
    ordered: bool
    some: bool = False
    sure: tuple[Offer, ...] = ()


class Strategies:
    """The strategies of one configuration, evaluated over its offers. ``reading`` is None where both count."""

    def __init__(self, fields: Sequence[Field], offers: Offers, reading: str | None) -> None:
        self._offers = offers
        self._reading = reading if len(fields) > 1 else "union"
        ai, with_unknown = offers.ai(), offers.ai(offers.unknown)
        self.fields = tuple(fields)
        self._nodes = [_parsed(field) for field in fields]
        self._selections = [_select(node, ai) for node in self._nodes]
        self._reaches = [_select(node, with_unknown) for node in self._nodes] if offers.unknown else []

    @cached_property
    def _kept(self) -> list[Mapping[Record, bool]]:
        """Of each strategy the records that it keeps, and whether certainly."""
        found: list[Mapping[Record, bool]] = []
        for number, selection in enumerate(self._selections):
            kept: dict[Record, bool] = {one.record: one.certain for one in selection.kept}
            for one in self._reaches[number].kept if self._reaches else ():
                if one.record.facts.get("known") is False:
                    kept[one.record] = one.certain
            found.append(kept)
        return found

    @property
    def say_nothing(self) -> bool:
        """Whether the first of them keeps all there is, in no order of its own."""
        first = self._selections[0]
        return len(first.certain) == len(self._offers.known) and first.order.by is None and not first.single

    def allowed(self, offer: Offer) -> tuple[bool, ...]:
        """Whether a request for this one model passes: the truth, or both values, the likelier first."""
        union = self._by_union(offer)
        if self._reading == "union":
            return union
        first = self._by_first(offer)
        if self._reading == "first":
            return first
        return tuple(dict.fromkeys((*union, *first)))

    def membership(self, offer: Offer) -> tuple[bool | None, ...]:
        """For each strategy whether it keeps the model certainly (true), possibly (false), or not (None)."""
        return tuple(held.get(offer.record) for held in self._kept)

    def _by_union(self, offer: Offer) -> tuple[bool, ...]:
        kept = [held[offer.record] for held in self._kept if offer.record in held]
        return (True,) if any(kept) else (True, False) if kept else (False,)

    def _by_first(self, offer: Offer) -> tuple[bool, ...]:
        found: list[bool] = []
        for selection, kept in zip(self._selections, self._kept, strict=True):
            if offer.record in kept:
                found.append(True)
            if selection.kept and not kept.get(offer.record, False):
                found.append(False)
            if selection.surely_yields:
                break
        else:
            found.append(False)
        return tuple(dict.fromkeys(found))

    def survivors(self, offers: Sequence[Offer]) -> list[Chosen]:
        """Of several named models those that the first productive strategy keeps, in the request's order."""
        readings = ("union", "first") if self._reading is None else (self._reading,)
        found = [one for reading in readings for one in self._survivors(offers, reading)]
        return list({one.offers: one for one in reversed(found)}.values())[::-1]

    def _survivors(self, offers: Sequence[Offer], reading: str) -> list[Chosen]:
        found: list[Chosen] = []
        for selection, kept in zip(self._selections, self._kept, strict=True):
            left = tuple(offer for offer in offers if offer.record in kept)
            if left:
                sure = tuple(offer for offer in left if kept[offer.record])
                found.append(Chosen(left, ordered=True, some=len(sure) < len(left), sure=sure))
                if sure:
                    return found
            if reading == "first" and selection.surely_yields:
                break
        return [*found, Chosen((), ordered=True)]

    def automatic(self) -> list[Chosen]:
        """What the first strategy that keeps anything chose, where the client named no model."""
        by_record = {offer.record: offer for offer in self._offers.known}
        found: list[Chosen] = []
        for selection in self._selections:
            if selection.kept:
                left = tuple(by_record[one.record] for one in selection.kept)
                some = selection.single or not all(one.certain for one in selection.kept)
                found.append(Chosen(left, selection.order.known, some and len(left) > 1))
                if selection.surely_yields:
                    return found
        return [*found, Chosen((), ordered=True)]


def _parsed(field: Field) -> Node | None:
    """The expression, None for what is none; a credential in one is masked, so it is not evaluated."""
    if field.text is None or has_mask(field.text):
        return None
    try:
        return parse(field.text)
    except CelSyntaxError:
        return None


def _select(node: Node | None, ai: Mapping[str, Listing]) -> Selection:
    """What a strategy keeps; of what is no expression everything, perhaps."""
    from migrator.cel.strategy import Kept, Selection, select

    if node is not None:
        return select(node, ai)
    records = [item.value for item in ai["models"].items if isinstance(item.value, Record)]
    return Selection(tuple(Kept(record, certain=False) for record in records), fails=True, undecided=True)
