"""The report as a comment on a pull request: what was lost first, details folded, within GitHub's limit.

What does not fit is left out by whole entries, and the report says how many. Every text comes
quoted from ``escape``; the template prints nothing else.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Final

from msgspec import Struct

from migrator.findings.base import DANGERS, Effect, Severity
from migrator.merge.model import Migration, Status
from migrator.render.places import places
from migrator.render.safe import Quoted, code_span
from migrator.render.template import render
from migrator.report.answers import CONFIGURATION_FILE, answers
from migrator.report.arrangement import NOTHING, Group, Task, grouped, headline, tasks
from migrator.report.baseline import compare
from migrator.report.compared import gone_line
from migrator.report.distinct import distinct_configurations, distinct_words, has_repeated
from migrator.report.escape import bounded, html, prose
from migrator.report.excerpt import Sources
from migrator.report.grouping import NONE, WORDS, Section, is_fleet, matching, sections
from migrator.report.obstacles import Obstacle, gravest, obstacles
from migrator.report.options import DEFAULTS, ReportOptions
from migrator.report.recorded import counting, recorded_lines, waived, waived_words
from migrator.report.tally import (
    STATUS_WORDS,
    finding_counts,
    leaf_counts,
    listed,
    number,
    severity_counts,
    status_counts,
    tally,
)
from migrator.report.verdicts import witnesses

LIMIT: Final = 65536
"""GitHub's limit for a comment, in characters; counted here in bytes of UTF-8, which are never fewer."""

_SIGNS: Final[dict[Status, str]] = {"converted": "✅", "partial": "⚠️", "nothing-to-do": "⚪", "failed": "❌"}
_FAIR: Final = 30
"""So many entries of each section come before the rest of any; then the rows of the table come last."""
_SHORTEST: Final = 20
"""No entry is shorter than this, so no more than ``LIMIT / _SHORTEST`` of a section can fit."""
_NAMED: Final = 10
_FEW: Final = 3
_WIDTH: Final = 100


class _Row(Struct, frozen=True):
    unit: Quoted
    status: Quoted
    verdict: Quoted
    configuration: Quoted
    keys: int
    errors: int
    warnings: int


class _Entry(Struct, frozen=True):
    """Findings of one code with one message. ``excerpt`` and ``advice`` may be empty."""

    mark: Quoted
    effect: Quoted
    where: Quoted
    message: Quoted
    excerpt: Quoted
    advice: Quoted


class _Filed(Struct, frozen=True):
    """An entry with the file, or whatever it is grouped by, and the unit below which it stands."""

    group: str | None
    unit: str
    entry: _Entry
    severity: Severity


def markdown_report(migration: Migration, options: ReportOptions = DEFAULTS) -> str:
    """The report; a width and colours mean nothing here."""
    return _Report(migration, options).text()


class _Report:
    def __init__(self, migration: Migration, options: ReportOptions) -> None:
        self._compared = compare(migration, options.baseline)
        migration = self._compared.shown
        self._migration = migration
        self._by = options.group_by or "file"
        self._sources = Sources(migration.sources)
        standing = counting(migration.findings)
        dangers = grouped(found for found in standing if found.effect in DANGERS)
        others = [found for found in standing if found.effect not in DANGERS]
        self._rows = _rows(migration)
        self._dangers = [self._entry(group) for group in dangers]
        self._decisions = self._compared.open_decisions
        self._answers = answers(self._decisions)
        self._tasks = [_task(task) for task in tasks(migration) if task.groups[0].first.effect not in DANGERS]
        found = sections(migration, others, self._by)
        self._is_fleet = is_fleet(migration.units, found)
        if options.details:
            found = tuple(matching(found, options.details))
        self._unmatched = _unmatched(found, options)
        self._filed = self._file(found)
        self._counts = {one.name: Quoted(severity_counts(one.severities)) for one in found}
        self._gone = [prose(gone_line(entry)) for entry in self._compared.gone]
        self._fleet = _fleet(obstacles(migration) if self._is_fleet else ())
        self._distinct = _distinct(migration if options.baseline is None else None)
        self._witnesses = [
            {"unit": prose(unit.title), "line": prose(line)}
            for unit in migration.units
            for line in (witnesses(unit.verdict) if unit.verdict is not None else ())
        ]

        self._recorded = [prose(line) for line in recorded_lines(migration)]
        self._waived = [_waived(group) for group in grouped(waived(migration.findings))]

    def text(self) -> str:
        """The whole report if it fits, else as many entries as do."""
        sizes = (
            len(self._rows),
            len(self._dangers),
            len(self._decisions),
            len(self._tasks),
            len(self._filed),
            len(self._witnesses),
            len(self._waived),
            len(self._recorded),
            len(self._gone),
        )
        text = self._render(sizes, sizes)
        if _fits(text):
            return text
        order = sorted(
            (index >= _FAIR, section == 0, section, index)
            for section, size in enumerate(sizes)
            for index in range(min(size, LIMIT // _SHORTEST))
        )

        def taking(count: int) -> str:
            kept = Counter(section for *_, section, _ in order[:count])
            return self._render([kept[section] for section in range(len(sizes))], sizes)

        # The text grows with what is taken: the first number that is too many is looked for.
        too_many = bisect_right(range(len(order) + 1), 0, key=lambda count: not _fits(taking(count)))
        return taking(max(too_many - 1, 0))

    def _render(self, kept: Sequence[int], sizes: Sequence[int]) -> str:
        """The report with the first ``kept`` entries of each section."""
        return render(
            "report/comment.md.j2",
            headline=self._headline(),
            leaves=Quoted(leaf_counts(tally(self._migration).leaves)),
            idle=self._idle(),
            rows=self._rows[: kept[0]],
            dangers=self._dangers[: kept[1]],
            answers=[Quoted("\n".join(one.lines(_WIDTH))) for one in self._answers[: kept[2]]],
            configuration_file=Quoted(CONFIGURATION_FILE),
            tasks=self._tasks[: kept[3]],
            files=self._files(self._filed[: kept[4]]),
            witnesses=self._witnesses[: kept[5]],
            waived=self._waived[: kept[6]],
            waived_count=tally(self._migration).waived,
            recorded=self._recorded[: kept[7]],
            compared=self._comparison(),
            gone=self._gone[: kept[8]],
            is_fleet=self._is_fleet,
            unmatched=self._unmatched,
            **self._fleet,
            **self._distinct,
            left=[size - count for size, count in zip(sizes, kept, strict=True)],
        )

    def _headline(self) -> Quoted:
        counted = tally(self._migration)
        new = "" if self._compared.baseline is None else "new: "
        parts = [
            f"{number(len(self._migration.sources), 'file')} ({status_counts(counted.files) or 'none'})",
            number(len(self._migration.units), "unit"),
            f"{new}{finding_counts(counted) or 'no findings'}",
        ]
        if self._decisions:
            parts.append(f"{new}{number(len(self._decisions), 'open decision')}")
        return Quoted(f"{'; '.join(parts)}.")

    def _comparison(self) -> Quoted:
        """What the baseline comes to; empty without one."""
        baseline = self._compared.baseline
        if baseline is None:
            return Quoted("")
        return Quoted(f"Compared with {code_span(bounded(baseline.path))}: {self._compared.words}.")

    def _idle(self) -> Quoted:
        paths = [source.path for source in self._migration.sources if source.status == "nothing-to-do"]
        more = [f"{len(paths) - _NAMED} more"] if len(paths) > _NAMED else []
        return Quoted(listed([*(prose(path) for path in paths[:_NAMED]), *more]))

    def _entry(self, group: Group) -> _Entry:
        found = group.first
        effect = "" if found.effect in (Effect.NONE, Effect.MANUAL) else found.effect.value
        excerpt = self._sources.excerpt(found.at, _WIDTH)
        return _Entry(
            mark=Quoted(f"{found.severity} {found.code}"),
            effect=Quoted(effect),
            where=prose(places(group.places)),
            message=prose(headline(found)),
            excerpt=code_span(excerpt.text.strip()) if excerpt else Quoted(""),
            advice=prose("" if found.advice == NOTHING else found.advice),
        )

    def _file(self, found: Iterable[Section]) -> list[_Filed]:
        """Entries with their groups, gravest first: in this order they are taken when not all fit."""
        filed = [
            _Filed(
                section.name,
                unit_part.unit.title if unit_part.unit else "",
                self._entry(group),
                group.severity,
            )
            for section in found
            for unit_part in section.parts
            for group in unit_part.groups
        ]
        return sorted(filed, key=lambda one: -one.severity.rank)

    def _files(self, filed: Sequence[_Filed]) -> list[dict[str, object]]:
        """The entries that were taken, in order of groups and units."""
        files: list[dict[str, object]] = []
        none = Quoted("The run as a whole" if self._by == "file" else NONE)
        ordered = sorted(filed, key=lambda one: (one.group is not None, one.group or "", one.unit))
        for group, entries in groupby(ordered, key=lambda one: one.group):
            units = [
                {"title": prose(unit), "entries": [one.entry for one in of_unit]}
                for unit, of_unit in groupby(entries, key=lambda one: one.unit)
            ]
            name = html(group) if group is not None else none
            files.append({"name": name, "counts": self._counts[group], "units": units})
        return files


def _rows(migration: Migration) -> list[_Row]:
    counted: dict[tuple[str | None, Severity], int] = Counter(
        (found.unit, found.severity) for found in counting(migration.findings)
    )
    return [
        _Row(
            unit=prose(unit.title),
            status=Quoted(f"{_SIGNS[unit.status]} {STATUS_WORDS[unit.status]}"),
            verdict=Quoted("not compared" if unit.verdict is None else unit.verdict.words),
            configuration=prose(unit.configuration or "none"),
            keys=len(unit.access_keys),
            errors=counted[unit.id, Severity.ERROR],
            warnings=counted[unit.id, Severity.WARNING],
        )
        for unit in migration.units
    ]


def _task(task: Task) -> dict[str, object]:
    what = [
        Quoted(f"{prose(headline(group.first))} ({prose(places(group.places) or 'the run as a whole')})")
        for group in task.groups[:_NAMED]
    ]
    return {"advice": prose(task.advice), "what": what, "more": max(0, len(task.groups) - _NAMED)}


def _waived(group: Group) -> dict[str, Quoted]:
    found = group.first
    return {
        "mark": Quoted(f"{found.severity} {found.code}"),
        "where": prose(places(group.places)),
        "message": prose(headline(found)),
        "why": Quoted("") if found.waiver is None else prose(waived_words(found.waiver)),
    }


def _unmatched(found: Sequence[Section], options: ReportOptions) -> Quoted:
    """What to say where ``--details`` names nothing that there is; mostly empty."""
    if not options.details or any(section.parts for section in found):
        return Quoted("")
    asked = ", ".join(code_span(bounded(pattern)) for pattern in options.details)
    return Quoted(f"{asked}: no {WORDS[options.group_by or 'file'][0]} of that name has other findings.")


def _fleet(ranked: Sequence[Obstacle]) -> dict[str, object]:
    """What is unsupported, ranked: the first thing to know of many policies."""
    rows = [
        {
            "code": Quoted(one.code),
            "title": prose(one.title),
            "severity": Quoted(one.severity.value),
            "files": one.files,
            "units": one.units,
            "findings": one.findings,
        }
        for one in gravest(ranked, 2 * _NAMED)
    ]
    return {"obstacles": rows, "more_obstacles": max(0, len(ranked) - 2 * _NAMED)}


def _distinct(migration: Migration | None) -> dict[str, object]:
    """Configurations that are the same, most units first; beside a baseline (no migration) nothing new."""
    if migration is None:
        return {"distinct": [], "distinct_words": Quoted(""), "more_distinct": 0}
    found = distinct_configurations(migration)
    if not has_repeated(found):
        found = ()
    rows = [
        {
            "units": len(one.units),
            "about": prose(one.about),
            "named": Quoted(
                ", ".join(prose(unit, _WIDTH) for unit in one.units[:_FEW])
                + (f" and {len(one.units) - _FEW} more" if len(one.units) > _FEW else "")
            ),
        }
        for one in found[:_NAMED]
    ]
    return {
        "distinct": rows,
        "distinct_words": Quoted(distinct_words(migration, found)),
        "more_distinct": max(0, len(found) - _NAMED),
    }


def _fits(text: str) -> bool:
    return len(text.encode()) <= LIMIT
