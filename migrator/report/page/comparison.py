"""The comparison with the retired gateway, as the page shows it: one verdict per unit, its witnesses.

Absent where nothing was compared.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

from migrator.merge.model import UnitSummary
from migrator.report.escape import bounded

_SHOWN: Final = 25
_LONGEST: Final = 600


class _Difference(Protocol):
    def data(self) -> dict[str, Any]: ...


class _Verdict(Protocol):
    @property
    def words(self) -> str: ...
    @property
    def counts(self) -> Mapping[str, int]: ...
    @property
    def differences(self) -> Sequence[_Difference]: ...


@dataclass(frozen=True)
class Witness:
    """One request, and what each gateway answers. ``code`` is the finding's that told it, or empty, and ``finding`` its number on the page."""

    kind: str
    certain: bool
    request: str
    before: str
    now: str
    code: str
    finding: int
    requests: int


@dataclass(frozen=True)
class Comparison:
    """``words`` is the verdict; ``counts`` how many classes of requests came out how."""

    words: str
    counts: tuple[tuple[str, int], ...]
    witnesses: tuple[Witness, ...]
    more: int


def comparison(summary: UnitSummary, numbers: Mapping[str, int]) -> Comparison | None:
    """The unit's verdict; None where it was not compared. ``numbers`` are the page's, by fingerprint."""
    found: _Verdict | None = getattr(summary, "verdict", None)
    if found is None:
        return None
    told = [_witness(one.data(), numbers) for one in found.differences[:_SHOWN]]
    counts = tuple((kind, count) for kind, count in found.counts.items() if count)
    return Comparison(found.words, counts, tuple(told), max(0, len(found.differences) - _SHOWN))


def _witness(told: Mapping[str, Any], numbers: Mapping[str, int]) -> Witness:
    finding = told["finding"] or {}
    return Witness(
        told["kind"],
        told["certainty"] == "certain",
        bounded(_request(told["request"]), _LONGEST),
        bounded(_outcome(told["old"]), _LONGEST),
        bounded(_outcome(told["new"]), _LONGEST),
        finding.get("code", ""),
        numbers.get(finding.get("fingerprint", ""), -1),
        told["requests"],
    )


def _request(asked: Mapping[str, Any]) -> str:
    names = ", then ".join((asked["model"] or "no model", *asked["models"]))
    form = "" if asked["format"] == "openai" else f" in the {asked['format']} format"
    branch = f", when {asked['branch']}" if asked["branch"] else ""
    return f"{names}{form} from {asked['client']}{branch}"


def _outcome(got: Mapping[str, Any]) -> str:
    return " or ".join(_answer(one) for one in (got, *got.get("or", ())))


def _answer(got: Mapping[str, Any]) -> str:
    if "denied" in got:
        return f"refused ({got['denied']})"
    tries = [f"{one['provider']}:{one['model']} on {one['credential']}" for one in got["attempts"]]
    more = f" and {len(tries) - 3} more" if len(tries) > 3 else ""  # noqa: PLR2004 -- enough to see a difference
    return f"{', then '.join(tries[:3])}{more}" if tries else "no attempt"
