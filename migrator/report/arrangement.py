"""The order in which people read findings: by file, by unit, gravest first, repetitions once."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from msgspec import Struct

from migrator.findings.base import Effect, Finding, Severity
from migrator.findings.rulings import Waiver
from migrator.merge.model import Migration, UnitSummary
from migrator.spans import Location

NOTHING: Final = "Nothing to do."
"""A remedy that is not worth a line."""

_FIGURE: Final = re.compile(r"\n([^\n]*\n *\^)\Z")
_BREAK: Final = re.compile(r"\s*\n\s*")

_TASKS: Final = frozenset({Effect.MANUAL, Effect.LOST_PROTECTION})


class Group(Struct, frozen=True):
    """Findings of one code with one message (and one waiver, if any), in order of their places."""

    findings: tuple[Finding, ...]

    @property
    def first(self) -> Finding:
        return self.findings[0]

    @property
    def severity(self) -> Severity:
        return self.first.severity

    @property
    def places(self) -> tuple[Location, ...]:
        """Where it was found, each place once."""
        return tuple(dict.fromkeys(found.at for found in self.findings if found.at is not None))


class UnitPart(Struct, frozen=True):
    """What one file's findings say about one unit; ``unit`` is None for the file as such."""

    unit: UnitSummary | None
    groups: tuple[Group, ...]


class FilePart(Struct, frozen=True):
    """The findings that stand in one file; ``path`` is None for those of the run as a whole."""

    path: str | None
    parts: tuple[UnitPart, ...]

    @property
    def findings(self) -> tuple[Finding, ...]:
        return tuple(found for part in self.parts for group in part.groups for found in group.findings)


class Task(Struct, frozen=True):
    """Something to be done by hand, and the findings that ask for it."""

    advice: str
    groups: tuple[Group, ...]


def grouped(findings: Iterable[Finding]) -> tuple[Group, ...]:
    """Repetitions as one group each; gravest first, then by place."""
    alike: dict[tuple[str, str, Waiver | None], list[Finding]] = {}
    for found in sorted(findings, key=lambda found: found.sort_key):
        alike.setdefault((found.code, found.text, found.waiver), []).append(found)
    groups = [Group(tuple(findings)) for findings in alike.values()]
    return tuple(sorted(groups, key=lambda group: -group.severity.rank))


def by_file(migration: Migration, findings: Iterable[Finding]) -> tuple[FilePart, ...]:
    """``findings`` by file, then by unit; what concerns the run or the file as such comes first."""
    units = {summary.id: summary for summary in migration.units}
    files: dict[str | None, dict[str | None, list[Finding]]] = {}
    for found in findings:
        unit = found.unit if found.unit in units else None
        files.setdefault(found.at.path if found.at else None, {}).setdefault(unit, []).append(found)
    return tuple(
        FilePart(
            path,
            tuple(
                UnitPart(units[unit] if unit is not None else None, grouped(files[path][unit]))
                for unit in sorted(files[path], key=lambda unit: (unit is not None, unit or ""))
            ),
        )
        for path in sorted(files, key=lambda path: (path is not None, path or ""))
    )


def headline(found: Finding) -> str:
    """The message on one line, without its figure; an expression may have been written over several."""
    return one_line(found.text)


def one_line(message: str) -> str:
    """A message without its figure and its line breaks."""
    return _BREAK.sub(" ", _FIGURE.sub("", message))


def figure(found: Finding) -> tuple[str, ...]:
    """The lines below the message that point into an expression with a caret; mostly none."""
    drawn = _FIGURE.search(found.text)
    return tuple(drawn[1].split("\n")) if drawn else ()


def tasks(migration: Migration) -> tuple[Task, ...]:
    """What somebody has to do outside of the policies, one entry for each advice.

    These are the findings whose effect says so, lost protection, and those that carry a task of
    their own (a fact of that name); not what a decision asks for, nor what is waived.
    """
    asked = {decision.code for decision in migration.decisions}
    wanted = [
        found
        for found in migration.findings
        if (found.effect in _TASKS or found.facts.get("task"))
        and found.code not in asked
        and found.waiver is None
    ]
    advised: dict[tuple[str, str], list[Group]] = {}
    for group in grouped(wanted):
        advised.setdefault((group.first.code, group.first.advice), []).append(group)
    return tuple(Task(advice, tuple(groups)) for (_, advice), groups in advised.items())
