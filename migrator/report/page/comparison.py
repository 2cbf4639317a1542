"""The comparison with the retired gateway, as the page shows it: one verdict per unit, its witnesses.

Absent where nothing was compared.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from msgspec import Struct

from migrator.merge.model import UnitSummary
from migrator.report.escape import bounded
from migrator.verify.model import Difference, Request
from migrator.verify.words import answered

_SHOWN: Final = 25
_LONGEST: Final = 600


class Witness(Struct, frozen=True):
    """One request, and what each gateway answers. ``code`` is the finding's that told it, or empty, and ``finding`` its number on the page."""

    kind: str
    certain: bool
    request: str
    before: str
    now: str
    code: str
    finding: int
    requests: int


class Comparison(Struct, frozen=True):
    """``words`` is the verdict; ``counts`` how many classes of requests came out how."""

    words: str
    counts: tuple[tuple[str, int], ...]
    witnesses: tuple[Witness, ...]
    more: int


def comparison(summary: UnitSummary, numbers: Mapping[str, int]) -> Comparison | None:
    """The unit's verdict; None where it was not compared. ``numbers`` are the page's, by fingerprint."""
    found = summary.verdict
    if found is None:
        return None
    told = [_witness(one, numbers) for one in found.differences[:_SHOWN]]
    counts = tuple((kind, count) for kind, count in found.counts.items() if count)
    return Comparison(found.words, counts, tuple(told), max(0, len(found.differences) - _SHOWN))


def _witness(told: Difference, numbers: Mapping[str, int]) -> Witness:
    finding = told.announced
    return Witness(
        told.kind.value,
        told.certainty == "certain",
        bounded(_request(told.request), _LONGEST),
        bounded(answered(told.old), _LONGEST),
        bounded(answered(told.new), _LONGEST),
        finding.code if finding is not None else "",
        numbers.get(finding.fingerprint, -1) if finding is not None else -1,
        told.requests,
    )


def _request(asked: Request) -> str:
    names = ", then ".join((asked.model or "no model", *asked.models))
    form = "" if asked.format == "openai" else f" in the {asked.format} format"
    branch = f", when {asked.branch}" if asked.branch else ""
    return f"{names}{form} from {asked.client.title}{branch}"
