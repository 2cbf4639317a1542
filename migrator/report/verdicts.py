"""Verdicts in words: what a unit came to, and a request that shows the worst of it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from migrator.verify.model import Difference, Kind, Verdict
from migrator.verify.words import told

_GRAVE: Final = frozenset({Kind.WIDER, Kind.RECREDENTIALED})
_NAMED: Final = 3


def verdict_line(verdict: Verdict) -> str:
    """``compared with the old gateway: possibly wider (12 equal, 3 narrower)``."""
    return f"compared with the old gateway: {verdict.words} (classes of requests: {counts(verdict)})"


def counts(verdict: Verdict) -> str:
    """How many classes of requests came out how."""
    return ", ".join(f"{count} {kind}" for kind, count in verdict.counts.items() if count) or "none"


def witnesses(verdict: Verdict) -> list[str]:
    """One request for each of the gravest differences; those that only narrow are told by their findings."""
    grave = [one for one in verdict.differences if one.kind in _GRAVE]
    shown = [told(one) for one in _first_of_each(grave)]
    more = len(grave) - len(shown)
    return [*shown, *([f"{more} more: migrator verify lists them"] if more > 0 else [])]


def _first_of_each(differences: Iterable[Difference]) -> list[Difference]:
    found: dict[tuple[str, str], Difference] = {}
    for one in differences:
        found.setdefault((one.kind.value, one.certainty), one)
    return list(found.values())[:_NAMED]
