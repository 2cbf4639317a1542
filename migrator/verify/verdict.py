"""One unit's verdict: compared, announced, folded."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from msgspec.structs import replace

from migrator.findings.base import Finding
from migrator.verify.announce import announced, folded, providers_named
from migrator.verify.compare import Compared, compare
from migrator.verify.model import Certainty, Difference, Kind, Verdict
from migrator.verify.sides import Pair

Comparing = Callable[[Pair, frozenset[str] | None], Compared]

_ORDER: Final = (Kind.WIDER, Kind.RECREDENTIALED, Kind.NARROWER, Kind.REORDERED, Kind.EQUAL)


def verdict(
    pair: Pair, findings: Sequence[Finding], compare: Comparing = compare
) -> tuple[Verdict, tuple[Finding, ...]]:
    """The verdict about one unit, and the findings that claim a difference nobody can witness."""
    compared = compare(pair, providers_named(findings))
    completed = compared.completed
    told, idle = announced(compared.differences, findings)
    if any(one.announced is None and one.subject.aspect == "closed" for one in told):
        each = compare(pair, None)  # told by nothing: each by itself
        told, idle = announced(each.differences, findings)
        completed = each.completed
    whole = (pair.unit.action.field.location,)
    merged = (completed(one) for one in folded(told))
    found = tuple(one if one.sources else replace(one, sources=whole) for one in merged)
    counts = {kind.value: compared.counts.get(kind.value, 0) for kind in _ORDER}
    kind, certainty = gravest(found)
    return Verdict(pair.unit.id, kind, certainty, found, counts), idle


def gravest(found: Sequence[Difference]) -> tuple[Kind, Certainty]:
    """The gravest kind, and whether any difference of it is certain."""
    kind = max((one.kind for one in found), key=lambda one: one.rank, default=Kind.EQUAL)
    sure = kind is Kind.EQUAL or any(one.kind is kind and one.certainty == "certain" for one in found)
    return kind, "certain" if sure else "possible"
