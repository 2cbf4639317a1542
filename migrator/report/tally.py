"""Counting a run: files and units by status, leaves by outcome, findings by severity."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Final

from msgspec import Struct

from migrator.findings.base import Finding, Severity
from migrator.merge.model import STATUSES, Migration, Status
from migrator.policy.coverage import NAMES

STATUS_WORDS: Final[dict[Status, str]] = {
    "converted": "converted",
    "partial": "partial",
    "nothing-to-do": "nothing to do",
    "failed": "failed",
}

OUTCOME_WORDS: Final = {name: "no effect" if name == "noEffect" else name for name in NAMES.values()}

SEVERITY_WORDS: Final = {
    Severity.ERROR: ("error", "errors"),
    Severity.WARNING: ("warning", "warnings"),
    Severity.NOTE: ("note", "notes"),
}


class Tally(Struct, frozen=True):
    """The counts of one run, every status, outcome and severity present, zeros included.

    ``severities`` are of the findings that nobody waived.
    ``leaves`` adds up the files: there each leaf counts once, however many units it serves.
    """

    files: Mapping[Status, int]
    units: Mapping[Status, int]
    leaves: Mapping[str, int]
    severities: Mapping[Severity, int]
    waived: int = 0


def tally(migration: Migration) -> Tally:
    return Tally(
        files=_by_status(source.status for source in migration.sources),
        units=_by_status(unit.status for unit in migration.units),
        leaves={name: sum(s.coverage.get(name, 0) for s in migration.sources) for name in OUTCOME_WORDS},
        severities=by_severity(migration.findings),
        waived=sum(found.waiver is not None for found in migration.findings),
    )


def _by_status(statuses: Iterable[Status]) -> dict[Status, int]:
    counted = Counter(statuses)
    return {status: counted[status] for status in STATUSES}


def by_severity(findings: Iterable[Finding]) -> dict[Severity, int]:
    """Findings that nobody waived, by severity."""
    counted = Counter(found.severity for found in findings if found.waiver is None)
    return {severity: counted[severity] for severity in Severity}


def percent(count: int, total: int) -> float:
    """``count`` of ``total`` in percent, to one decimal; 0 of nothing."""
    return round(100 * count / total, 1) if total else 0.0


def number(count: int, one: str, many: str | None = None) -> str:
    """``1 error``, ``2 errors``."""
    return f"{count} {one if count == 1 else many or f'{one}s'}"


def listed(parts: Iterable[str]) -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    *init, last = list(parts) or [""]
    return f"{', '.join(init)} and {last}" if init else last


def status_counts(counts: Mapping[Status, int]) -> str:
    """``2 converted, 1 failed``: the statuses that occur."""
    return ", ".join(f"{count} {STATUS_WORDS[status]}" for status, count in counts.items() if count)


def severity_counts(counts: Mapping[Severity, int]) -> str:
    """``1 error, 2 warnings``: the severities that occur."""
    return ", ".join(number(count, *SEVERITY_WORDS[severity]) for severity, count in counts.items() if count)


def finding_counts(counted: Tally) -> str:
    """``1 error, 2 warnings, 1 waived``."""
    waived = f"{counted.waived} waived" if counted.waived else ""
    return ", ".join(part for part in (severity_counts(counted.severities), waived) if part)


def leaf_counts(counts: Mapping[str, int]) -> str:
    """``60 converted (75.0%), 20 unsupported (25.0%)``: the outcomes that occur."""
    total = sum(counts.values())
    return ", ".join(
        f"{count} {OUTCOME_WORDS[name]} ({percent(count, total)}%)" for name, count in counts.items() if count
    )
