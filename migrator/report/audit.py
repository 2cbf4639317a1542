"""The fleet view: how many of many policies carry over, and what keeps the others from it."""

from __future__ import annotations

import json
from collections.abc import Mapping

from msgspec import Struct

from migrator.clients.addresses import Search
from migrator.findings.base import Finding, Severity
from migrator.merge.model import Migration, SourceSummary, Status
from migrator.merge.recorded import Recorded
from migrator.report.arrangement import Task, tasks
from migrator.report.baseline import Baseline, Comparison, compare
from migrator.report.obstacles import Obstacle, obstacles
from migrator.report.tally import Tally, by_severity, tally
from migrator.secrets import has_mask
from migrator.sources.kept import opened
from migrator.translate.model import Decision
from migrator.tree.nodes import to_python


class FileOutcome(Struct, frozen=True):
    """One file: its outcome, the ids of the units it holds, its findings and leaves counted."""

    path: str
    container: str
    status: Status
    units: tuple[str, ...]
    severities: Mapping[Severity, int]
    leaves: Mapping[str, int]


class DistinctPolicy(Struct, frozen=True):
    """A policy with the action, and every place that holds it: path and line."""

    places: tuple[tuple[str, int], ...]


class Audit(Struct, frozen=True):
    """A run as a fleet. ``obstacles`` are ranked: what concerns most files comes first."""

    migration: str
    counts: Tally
    files: tuple[FileOutcome, ...]
    policies: tuple[DistinctPolicy, ...]
    obstacles: tuple[Obstacle, ...]
    decisions: tuple[Decision, ...]
    tasks: tuple[Task, ...]
    search: Search
    compared: Comparison
    """With a baseline everything above is about what is new."""
    recorded: Recorded | None = None

    @property
    def holders(self) -> int:
        """How many files hold a policy with the action."""
        return len({path for policy in self.policies for path, _ in policy.places})


def audit(migration: Migration, search: Search | None = None, baseline: Baseline | None = None) -> Audit:
    """The fleet view of a run, with a ``baseline`` of its new findings and decisions."""
    compared = compare(migration, baseline)
    migration = compared.shown
    of_file: dict[str, list[Finding]] = {}
    for found in migration.findings:
        if found.at is not None:
            of_file.setdefault(found.at.path, []).append(found)
    units: dict[str, list[str]] = {}
    for unit in migration.units:
        for path in dict.fromkeys(source.path for source in unit.sources):
            units.setdefault(path, []).append(unit.id)
    return Audit(
        migration=migration.name,
        counts=tally(migration),
        files=tuple(
            _file(source, tuple(units.get(source.path, ())), of_file.get(source.path, []))
            for source in migration.sources
        ),
        policies=_distinct(migration),
        obstacles=obstacles(migration),
        decisions=compared.open_decisions,
        tasks=tasks(migration),
        search=search or Search(len(migration.sources)),
        compared=compared,
        recorded=migration.recorded,
    )


def _distinct(migration: Migration) -> tuple[DistinctPolicy, ...]:
    """Policies that say the same are one; one with a credential in it is never compared with another."""
    places: dict[object, list[tuple[str, int]]] = {}
    for source in migration.sources:
        if not source.file.has_action:
            continue
        for found in opened(source.file).policies:
            if not found.policy.gateways():
                continue
            root = found.policy.root
            content = json.dumps(to_python(root.node), sort_keys=True, ensure_ascii=False, default=str)
            key: object = (source.path, len(places)) if has_mask(content) else content
            places.setdefault(key, []).append((source.path, root.location.span.line))
    return tuple(DistinctPolicy(tuple(held)) for held in places.values())


def _file(source: SourceSummary, units: tuple[str, ...], findings: list[Finding]) -> FileOutcome:
    return FileOutcome(
        source.path, source.container, source.status, units, by_severity(findings), dict(source.coverage)
    )
