"""The fleet view: how many of many policies carry over, and what keeps the others from it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence

from msgspec import Struct

from migrator.clients.addresses import Search
from migrator.findings.base import Finding, Severity
from migrator.merge.model import Migration, SourceSummary, Status, UnitSummary, worst_status
from migrator.merge.recorded import Recorded
from migrator.policy.coverage import NAMES
from migrator.report.arrangement import Task, tasks
from migrator.report.baseline import Baseline, Comparison, compare
from migrator.report.grouping import NONE, Section, sections
from migrator.report.obstacles import Obstacle, obstacles
from migrator.report.options import GroupBy
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

    @property
    def title(self) -> str:
        return self.path


class GroupOutcome(Struct, frozen=True):
    """One endpoint or namespace, as a file: the worst outcome of its units, their leaves added up.

    ``name`` is None for what has none, files that hold no unit included.
    """

    name: str | None
    status: Status
    units: tuple[str, ...]
    severities: Mapping[Severity, int]
    leaves: Mapping[str, int]

    @property
    def title(self) -> str:
        return NONE if self.name is None else self.name


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
    by: GroupBy = "file"
    groups: tuple[GroupOutcome, ...] = ()
    """What there is a row for, where that is not a file."""

    @property
    def rows(self) -> tuple[FileOutcome | GroupOutcome, ...]:
        return self.files if self.by == "file" else self.groups

    @property
    def holders(self) -> int:
        """How many files hold a policy with the action."""
        return len({path for policy in self.policies for path, _ in policy.places})


def audit(
    migration: Migration,
    search: Search | None = None,
    baseline: Baseline | None = None,
    by: GroupBy = "file",
) -> Audit:
    """The fleet view of a run, with a ``baseline`` of its new findings and decisions; a row for each of ``by``."""
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
        by=by,
        groups=() if by == "file" else _groups(migration, by),
    )


def _groups(migration: Migration, by: GroupBy) -> tuple[GroupOutcome, ...]:
    held = {source.path for unit in migration.units for source in unit.sources}
    others = [source for source in migration.sources if source.path not in held]
    found = {section.name: section for section in sections(migration, migration.findings, by)}
    if None not in found and any(source.status != "nothing-to-do" for source in others):
        found = {None: Section(by, None, (), ()), **found}
    return tuple(_group(section, others if name is None else ()) for name, section in found.items())


def _group(section: Section, others: Sequence[SourceSummary]) -> GroupOutcome:
    """What has no name are units without one, and ``others``, the files without a unit."""
    members: list[UnitSummary | SourceSummary] = [*section.units, *others]
    leaves: Counter[str] = Counter()
    for member in members:
        leaves.update(member.coverage)
    return GroupOutcome(
        section.name,
        worst_status(member.status for member in members),
        tuple(unit.id for unit in section.units),
        section.severities,
        {name: leaves[name] for name in NAMES.values()},
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
