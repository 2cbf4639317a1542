"""The decisions file in a report: what it said, what that did, and which findings are waived."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from migrator.findings.base import Finding, Severity
from migrator.findings.rulings import Waiver
from migrator.merge.model import Migration
from migrator.merge.recorded import NameUse, Recorded, RegradeUse, WaiverUse
from migrator.report.tally import number
from migrator.spans import Location
from migrator.translate.model import Decision

Json = dict[str, Any]

LISTED: Final = 200
"""So many entries are for people to read; a fleet may have thousands of waivers."""


def counting(findings: Iterable[Finding]) -> list[Finding]:
    """The findings that nobody waived."""
    return [found for found in findings if found.waiver is None]


def waived(findings: Iterable[Finding]) -> list[Finding]:
    return [found for found in findings if found.waiver is not None]


def waived_words(waiver: Waiver) -> str:
    """``waived until 2027-01-31 by Ada: ticket 12``."""
    return f"waived until {waiver.until.isoformat()}{_by(waiver.by)}: {waiver.reason}"


def recorded_lines(migration: Migration, limit: int = LISTED) -> list[str]:
    """One line for each entry of the decisions file, as far as people read; none where it says nothing."""
    by_entry: dict[tuple[str, str], list[Decision]] = {}
    for decision in migration.decisions:
        if not decision.is_open:
            by_entry.setdefault((decision.pattern or decision.id, decision.chosen), []).append(decision)
    return _bounded(
        [*(_answer(key, same) for (key, _), same in by_entry.items()), *_entries(migration.recorded)],
        limit,
    )


def recorded_entries(held: Recorded | None) -> list[str]:
    """The same without the answers."""
    return _bounded(_entries(held), LISTED)


def _bounded(lines: list[str], limit: int) -> list[str]:
    more = len(lines) - limit
    return lines if more <= 0 else [*lines[:limit], f"and {more} more, all in the JSON report"]


def _entries(held: Recorded | None) -> list[str]:
    if held is None:
        return []
    day = [] if held.as_of is None else [f"waivers are judged as of {held.as_of.isoformat()}"]
    return [
        *(_name(use) for use in held.names),
        *(_regrade(use) for use in held.regrades),
        *(_waiver(use) for use in held.waivers),
        *day,
    ]


def recorded_data(held: Recorded | None) -> Json | None:
    """The same for other tools, without the answers, which ``decisions`` has; null where there is none."""
    if held is None:
        return None
    return {
        "asOf": None if held.as_of is None else held.as_of.isoformat(),
        "names": [
            {"key": use.key, "entry": use.entry, "name": use.name, "used": use.is_used} for use in held.names
        ],
        "severities": [
            {
                "code": use.regrade.code,
                "severity": use.regrade.level.value,
                "default": use.was.value,
                "reason": use.regrade.reason,
                "by": use.regrade.by,
                "findings": use.findings,
            }
            for use in held.regrades
        ],
        "waivers": [
            {
                "code": use.waiver.code,
                "unit": use.waiver.unit,
                "file": use.waiver.file,
                "pointer": use.waiver.pointer,
                **waiver_data(use.waiver),
                "expired": use.is_over,
                "findings": use.findings,
            }
            for use in held.waivers
        ],
    }


def waiver_data(waiver: Waiver) -> Json:
    """What a waived finding says of its waiver."""
    return {
        "reason": waiver.reason,
        "by": waiver.by,
        "until": waiver.until.isoformat(),
        "at": None if waiver.at is None else start_data(waiver.at),
    }


def regraded(migration: Migration) -> dict[str, Severity]:
    """The codes that have another severity than by default."""
    held = migration.recorded
    return {} if held is None else {use.regrade.code: use.regrade.level for use in held.regrades}


def start_data(at: Location) -> Json:
    """Where a place begins."""
    return {"path": at.path, "line": at.span.line, "column": at.span.column}


def _answer(entry: str, answered: list[Decision]) -> str:
    first = answered[0]
    count = f", {number(len(answered), 'decision')}" if entry != first.id else ""
    why = f": {first.reason}" if first.reason else ""
    return f"{entry} is {first.chosen}{count}{_by(first.approver)}{why}"


def _name(use: NameUse) -> str:
    return f"{use.entry} is called {use.name}{'' if use.is_used else ': there is no such object'}"


def _regrade(use: RegradeUse) -> str:
    said = use.regrade
    why = f": {said.reason}" if said.reason else ""
    return f"{said.code} is {said.level} in place of {use.was}{_by(said.by)}{why}; {_findings(use.findings)}"


def _waiver(use: WaiverUse) -> str:
    waiver = use.waiver
    where = f" ({waiver.where})" if waiver.where else ""
    return f"{waiver.code}{where} {_state(use)}"


def _state(use: WaiverUse) -> str:
    words = waived_words(use.waiver)
    if use.is_over:
        words = f"was {words}; that day is past"
    return f"{words}; {_findings(use.findings)}"


def _findings(count: int) -> str:
    return number(count, "finding")


def _by(name: str | None) -> str:
    return f" by {name}" if name else ""
