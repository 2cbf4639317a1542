"""One unit's verdict: compared, announced, folded."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from msgspec.structs import replace

from migrator.findings.base import Finding
from migrator.verify.announce import (
    announced,
    announcement,
    claiming,
    folded,
    in_brief,
    providers_named,
    saying,
    witnesses,
)
from migrator.verify.compare import Compared, Folded, compare
from migrator.verify.model import Announcement, Certainty, Difference, Kind, Verdict
from migrator.verify.sides import Pair

Comparing = Callable[[Pair, frozenset[str] | None], Compared]

_KEPT: Final = 16
"""How many ways of telling the differences of twins are kept."""

_ORDER: Final = (Kind.WIDER, Kind.RECREDENTIALED, Kind.NARROWER, Kind.REORDERED, Kind.EQUAL)


def verdict(
    pair: Pair, findings: Sequence[Finding], compare: Comparing = compare
) -> tuple[Verdict, tuple[Finding, ...]]:
    """The verdict about one unit, and the findings that claim a difference nobody can witness."""
    telling = claiming(findings)
    compared = compare(pair, providers_named(telling))
    own, counts = compared.own, compared.counts
    said = saying(telling, map(own.lines, compared.lines)) if own.asks_the_same else None
    shared = None if said is None else compared.folded.get(said)
    if shared is not None:
        merged, idle = _as_twins(compared, telling, shared), tuple(telling[place] for place in shared.idle)
    else:
        told, idle = announced(compared.differences, telling)
        if any(one.announced is None and one.subject.aspect == "closed" for one in told):
            each = compare(pair, None)  # told by nothing: each by itself
            own, said = each.own, None
            told, idle = announced(each.differences, telling)
        merged = folded(told)
        if said is not None and len(compared.folded) < _KEPT:
            compared.folded[said] = _shared(told, telling, idle)
    whole = (pair.unit.action.field.location,)
    completed = map(own.completed, merged)
    found = tuple(one if one.sources else replace(one, sources=whole) for one in completed)
    kind, certainty = gravest(found)
    return Verdict(
        pair.unit.id, kind, certainty, found, {one.value: counts.get(one.value, 0) for one in _ORDER}
    ), idle


def _shared(told: Sequence[Difference], telling: Sequence[Finding], idle: Sequence[Finding]) -> Folded:
    """What came of a unit's differences, for its twins of which the same is said."""
    place_of = {announcement(one): place for place, one in reversed([*enumerate(telling)])}
    by = {id(one): place for place, one in enumerate(telling)}
    return Folded(
        tuple(
            (place, requests, None if (one := told[place].announced) is None else place_of[one])
            for place, requests in witnesses(told)
        ),
        tuple(by[id(one)] for one in idle),
    )


def _as_twins(compared: Compared, telling: Sequence[Finding], shared: Folded) -> tuple[Difference, ...]:
    """The folded differences of a unit of which the same is said as of a twin."""
    made: dict[int | None, Announcement | None] = {None: None}
    found: list[Difference] = []
    for place, requests, by in shared.witnesses:
        if by is not None and by not in made:
            made[by] = announcement(telling[by])
        outline = compared.own.outline(compared.found[place])
        found.append(in_brief(replace(outline, announced=made[by]), requests))
    return tuple(found)


def gravest(found: Sequence[Difference]) -> tuple[Kind, Certainty]:
    """The gravest kind, and whether any difference of it is certain."""
    kind = max((one.kind for one in found), key=lambda one: one.rank, default=Kind.EQUAL)
    sure = kind is Kind.EQUAL or any(one.kind is kind and one.certainty == "certain" for one in found)
    return kind, "certain" if sure else "possible"
