"""One unit's verdict: compared, announced, folded."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Final

from msgspec.structs import replace

from migrator.findings.base import Finding
from migrator.spans import Location
from migrator.verify.announce import DECISIVE, announced, announcement, claiming, providers_named
from migrator.verify.compare import compare
from migrator.verify.model import Announcement, Certainty, Compared, Difference, Folded, Kind, Verdict
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
    own = compared.own
    signature = signature_of(telling, map(own.lines, compared.lines)) if own.asks_the_same else None
    shared = None if signature is None else compared.folded.get(signature)
    if shared is not None:
        merged, idle = _as_twins(compared, telling, shared), tuple(telling[place] for place in shared.idle)
    else:
        told, idle = announced(compared.differences, telling)
        if any(one.announced is None and one.subject.aspect == "closed" for one in told):
            each = compare(pair, None)  # told by nothing: each by itself
            own, signature = each.own, None
            told, idle = announced(each.differences, telling)
        merged = folded(told)
        if signature is not None and len(compared.folded) < _KEPT:
            compared.folded[signature] = _shared(told, telling, idle)
    whole = (pair.unit.action.field.location,)
    completed = map(own.completed, merged)
    found = tuple(one if one.sources else replace(one, sources=whole) for one in completed)
    kind, certainty = gravest(found)
    counts = {one.value: compared.counts.get(one.value, 0) for one in _ORDER}
    return Verdict(pair.unit.id, kind, certainty, found, counts), idle


def _shared(told: Sequence[Difference], telling: Sequence[Finding], idle: Sequence[Finding]) -> Folded:
    """What came of a unit's differences, for its twins of which the same is said."""
    place_of = {announcement(one): place for place, one in reversed([*enumerate(telling)])}
    by = {id(one): place for place, one in enumerate(telling)}
    return Folded(
        tuple(
            (place, requests, None if (one := told[place].announced) is None else place_of[one])
            for place, requests in _smallest(told)
        ),
        tuple(by[id(one)] for one in idle),
    )


def _as_twins(compared: Compared, telling: Sequence[Finding], shared: Folded) -> tuple[Difference, ...]:
    """The folded differences of a unit of which the same is said as of a twin."""
    made: dict[int | None, Announcement | None] = {None: None}
    found: list[Difference] = []
    for place, requests, by in shared.shown:
        if by is not None and by not in made:
            made[by] = announcement(telling[by])
        outline = compared.own.outline(compared.found[place])
        found.append(_in_brief(replace(outline, announced=made[by]), requests))
    return tuple(found)


def signature_of(findings: Sequence[Finding], lines: Iterable[Sequence[Location]]) -> object:
    """All that decides which differences on some lines such findings tell, and which of them tell as one.

    What says the same is the same, whatever else its findings say, and however they do.
    """
    first: dict[str, int] = {}
    said: list[object] = []
    at_line: dict[tuple[str, int], list[int]] = {}
    for place, one in enumerate(findings):
        alike = first.setdefault(one.identity(one.facts), place)
        said.append((type(one), one.decided, alike, *(getattr(one, fact, None) for fact in DECISIVE)))
        if one.at is not None:
            at_line.setdefault((one.at.path, one.at.span.line), []).append(place)
    # There may be thousands of both, and all of them on one line.
    standing: dict[frozenset[int], int] = {}
    there = [standing.setdefault(frozenset(_standing(at_line, one)), len(standing)) for one in lines]
    return tuple(said), tuple(there), tuple(standing)


def _standing(at_line: Mapping[tuple[str, int], Sequence[int]], lines: Iterable[Location]) -> Iterator[int]:
    """The findings that stand on some lines."""
    for at in lines if at_line else ():
        for line in range(at.span.line, at.span.end_line + 1):
            yield from at_line.get((at.path, line), ())


def folded(found: Iterable[Difference]) -> tuple[Difference, ...]:
    """Differences of one kind that one finding told, as one, the gravest first: with the smallest witness, in brief."""
    every = list(found)
    return tuple(_in_brief(every[place], requests) for place, requests in _smallest(every))


def _smallest(found: Sequence[Difference]) -> list[tuple[int, int]]:
    """The places of those that folding leaves, in its order, and how many classes of requests each stands for."""
    groups: dict[object, list[int]] = {}
    told_by = {id(one.announced): one.announced for one in found if one.announced is not None}
    prints = {held: one.fingerprint for held, one in told_by.items()}
    for place, one in enumerate(found):
        by = None if one.announced is None else prints[id(one.announced)]
        subject = one.subject
        about = (subject.aspect, subject.provider) if by is None else (subject.aspect == "name",)
        groups.setdefault((one.kind, one.certainty, by, about, one.request.client.key), []).append(place)
    sizes = [one.request.size for one in found]
    merged = [
        (min(group, key=sizes.__getitem__), sum(found[place].requests for place in group))
        for group in groups.values()
    ]
    return sorted(merged, key=lambda one: (-found[one[0]].kind.rank, found[one[0]].certainty, sizes[one[0]]))


def _in_brief(one: Difference, requests: int) -> Difference:
    """A difference that stands for so many classes of requests."""
    return replace(one, requests=requests, old=one.old.brief, new=one.new.brief)


def gravest(found: Sequence[Difference]) -> tuple[Kind, Certainty]:
    """The gravest kind, and whether any difference of it is certain."""
    kind = max((one.kind for one in found), key=lambda one: one.rank, default=Kind.EQUAL)
    sure = kind is Kind.EQUAL or any(one.kind is kind and one.certainty == "certain" for one in found)
    return kind, "certain" if sure else "possible"
