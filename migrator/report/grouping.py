"""Findings and units put together as a reader asks: by endpoint, by file, by Kubernetes namespace."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase
from typing import Final

from msgspec import Struct

from migrator.findings.base import Finding, Severity
from migrator.merge.model import Migration, UnitSummary
from migrator.report.arrangement import UnitPart, by_file, grouped
from migrator.report.options import FLEET, GroupBy
from migrator.report.tally import by_severity

NONE: Final = "(none)"
RUN: Final = "the run as a whole"

WORDS: Final[dict[GroupBy, tuple[str, str]]] = {
    "endpoint": ("endpoint", "endpoints"),
    "file": ("file", "files"),
    "namespace": ("namespace", "namespaces"),
}


class Section(Struct, frozen=True, eq=False):
    """What belongs together: its findings by unit, and every unit of it, also one nothing is said about.

    ``name`` is None for what has no endpoint, file or namespace.
    """

    by: GroupBy
    name: str | None
    parts: tuple[UnitPart, ...]
    units: tuple[UnitSummary, ...]

    @property
    def title(self) -> str:
        if self.name is not None:
            return self.name
        return RUN if self.by == "file" else NONE

    @property
    def findings(self) -> tuple[Finding, ...]:
        return tuple(found for part in self.parts for group in part.groups for found in group.findings)

    @property
    def severities(self) -> dict[Severity, int]:
        return by_severity(self.findings)


def sections(migration: Migration, findings: Iterable[Finding], by: GroupBy) -> tuple[Section, ...]:
    """Every group in order of its name, what has none first; those with nothing in them but units as well."""
    units: dict[str | None, list[UnitSummary]] = defaultdict(list)
    for unit in migration.units:
        for name in _names(unit, by):
            units[name].append(unit)
    parts = _parts(migration, findings, by)
    named = sorted({*units, *parts}, key=lambda name: (name is not None, name or ""))
    return tuple(Section(by, name, parts.get(name, ()), tuple(units.get(name, ()))) for name in named)


def gravest_first(found: Iterable[Section]) -> list[Section]:
    """Those with most errors first, then most warnings, most units, then by name."""

    def key(section: Section) -> tuple[object, ...]:
        counted = section.severities
        return (-counted[Severity.ERROR], -counted[Severity.WARNING], -len(section.units), section.title)

    return sorted(found, key=key)


def is_fleet(units: Sequence[UnitSummary], found: Sequence[Section]) -> bool:
    """Whether the whole of it is more than anybody reads from top to bottom.

    ``units`` are none beside a baseline: then it is what there is to say that counts, however many units there are.
    """
    told = sum(bool(section.parts) for section in found)
    parts = sum(len(section.parts) for section in found)
    return max(len(units), told, parts) > FLEET


def matching(found: Iterable[Section], patterns: Sequence[str]) -> list[Section]:
    """The groups that one of ``patterns`` names; an endpoint also by the id of its unit."""
    return [section for section in found if any(_matches(section, pattern) for pattern in patterns)]


def namespace(unit: UnitSummary) -> str | None:
    """The Kubernetes namespace of what holds the unit's policy."""
    holder, held = unit.unit.holder, unit.unit.held_by
    if holder is not None and holder.namespace:
        return holder.namespace
    return held.namespace if held is not None else None


def _matches(section: Section, pattern: str) -> bool:
    names = [section.title, *(unit.id for unit in section.units if section.by == "endpoint")]
    return any(is_named(name, pattern) for name in names)


def is_named(name: str, pattern: str) -> bool:
    """Whether a pattern of ``--details`` is about a name: it may be the name itself, whatever stands in it."""
    return name == pattern or fnmatchcase(name, pattern)


def _names(unit: UnitSummary, by: GroupBy) -> Iterable[str | None]:
    if by == "file":
        return dict.fromkeys(source.path for source in unit.sources)
    return (unit.title if by == "endpoint" else namespace(unit),)


def _parts(
    migration: Migration, findings: Iterable[Finding], by: GroupBy
) -> dict[str | None, tuple[UnitPart, ...]]:
    if by == "file":
        return {part.path: part.parts for part in by_file(migration, findings)}
    units = {unit.id: unit for unit in migration.units}
    of_unit: dict[str | None, list[Finding]] = defaultdict(list)
    for found in findings:
        of_unit[found.unit if found.unit in units else None].append(found)
    parts: dict[str | None, list[UnitPart]] = defaultdict(list)
    for unit_id in sorted(of_unit, key=lambda one: (one is not None, one or "")):
        unit = units[unit_id] if unit_id is not None else None
        name = None if unit is None else next(iter(_names(unit, by)))
        parts[name].append(UnitPart(unit, grouped(of_unit[unit_id])))
    return {name: tuple(held) for name, held in parts.items()}
