"""Which models the selection strategies of a configuration let through, over three values.

The pages disagree about a single named model: it is allowed by any strategy (*union*), or only by the first
that keeps anything (*first*). Without a decision both readings are answers that may be true.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from migrator.cel import CelSyntaxError, parse
from migrator.cel.possible import Record
from migrator.policy.origin import Field
from migrator.secrets import has_mask
from migrator.verify.offers import Offer, Offers, Records

if TYPE_CHECKING:
    from migrator.cel import Node
    from migrator.cel.strategy import Selection


_REMEMBERED: Final = 1000
"""Characters of an expression of which what it came to is kept."""


class Chosen(Struct, frozen=True, eq=False):
    """The models of one answer: of ``offers`` all, or (``some``) the ``sure`` ones and perhaps others."""

    offers: tuple[Offer, ...]
    ordered: bool
    some: bool = False
    sure: tuple[Offer, ...] = ()


class _Evaluation(Struct, frozen=True, eq=False):
    """One strategy: what it keeps of the models, and with unknown ones which of all, and whether certainly."""

    selection: Selection
    kept: Mapping[Record, bool]


class Strategies:
    """The strategies of one configuration, evaluated over its offers. ``reading`` is None where both count."""

    def __init__(self, fields: Sequence[Field], offers: Offers, reading: str | None) -> None:
        self._offers = offers
        self._reading = reading if len(fields) > 1 else "union"
        self.fields = tuple(fields)
        evaluated = [_evaluation(_expression(field), offers.records) for field in fields]
        self._selections = [one.selection for one in evaluated]
        self._kept = [one.kept for one in evaluated]

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


def _expression(field: Field) -> str | None:
    """The text, None where it is none; a credential in one is masked, so it is not evaluated."""
    return None if field.text is None or has_mask(field.text) else field.text


def _evaluation(text: str | None, records: Records) -> _Evaluation:
    """What an expression comes to. Long ones are rare and would make the cache's size unpredictable."""
    remembered = text is None or len(text) <= _REMEMBERED
    return (_evaluated if remembered else _evaluate)(text, records)


def _evaluate(text: str | None, records: Records) -> _Evaluation:
    node = None if text is None else _parsed(text)
    selection = _select(node, records, unknown=False)
    kept = {one.record: one.certain for one in selection.kept}
    for one in _select(node, records, unknown=True).kept if records.unknown else ():
        if one.record.facts.get("known") is False:
            kept[one.record] = one.certain
    return _Evaluation(selection, kept)


_evaluated = lru_cache(maxsize=256)(_evaluate)


def _parsed(text: str) -> Node | None:
    try:
        return parse(text)
    except CelSyntaxError:
        return None


def _select(node: Node | None, records: Records, *, unknown: bool) -> Selection:
    """What a strategy keeps; of what is no expression everything, perhaps."""
    from migrator.cel.strategy import Kept, Selection, select

    if node is not None:
        return select(node, records.ai(unknown=unknown))
    models = (*records.known, *(records.unknown if unknown else ()))
    return Selection(tuple(Kept(record, certain=False) for record in models), fails=True, undecided=True)
