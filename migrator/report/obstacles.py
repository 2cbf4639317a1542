"""What keeps policies from carrying over, by kind of finding, ranked."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from migrator.findings.base import Effect, Finding, Severity
from migrator.merge.model import Migration


class Obstacle(Struct, frozen=True):
    """One kind of finding that keeps policies from carrying over, and how far it reaches."""

    code: str
    title: str
    severity: Severity
    effect: Effect
    findings: int
    files: int
    units: int


def obstacles(migration: Migration) -> tuple[Obstacle, ...]:
    """What is unsupported, what concerns most files first.

    Notes are no obstacles: what they tell has carried over; nor is what is waived.
    """
    of_code: dict[str, list[Finding]] = {}
    for found in migration.findings:
        if found.severity is not Severity.NOTE and found.waiver is None:
            of_code.setdefault(found.code, []).append(found)
    ranked = [
        Obstacle(
            code,
            found[0].title,
            found[0].severity,
            found[0].effect,
            findings=len(found),
            files=len({one.at.path for one in found if one.at is not None}),
            units=len({one.unit for one in found if one.unit is not None}),
        )
        for code, found in of_code.items()
    ]
    return tuple(sorted(ranked, key=lambda one: (-one.files, -one.findings, one.code)))


def gravest(ranked: Sequence[Obstacle], limit: int) -> list[Obstacle]:
    """``limit`` of them in their order; what is left out is never graver than what is kept."""
    kept = sorted(enumerate(ranked), key=lambda one: (-one[1].severity.rank, one[0]))[:limit]
    return [obstacle for _, obstacle in sorted(kept, key=lambda one: one[0])]
