"""What the page says, as plain values for the template, which quotes every text."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from msgspec import Struct

from migrator.findings.base import REGISTER, Severity, documentation
from migrator.merge.model import STATUSES, Migration, SourceSummary, Status, UnitSummary
from migrator.render.advice import advice_lines
from migrator.render.places import places
from migrator.report.answers import answers, answers_yaml
from migrator.report.arrangement import NOTHING, Task, figure, headline, tasks
from migrator.report.baseline import compare
from migrator.report.escape import bounded
from migrator.report.obstacles import obstacles
from migrator.report.options import FLEET, ReportOptions
from migrator.report.page.comparison import Comparison, comparison
from migrator.report.page.fleet import collections, earlier, same
from migrator.report.page.lines import Listing, Manifest, manifest_with_links, source_listing
from migrator.report.page.marks import WORDS, Numbered
from migrator.report.page.new import Objects, new_flows
from migrator.report.page.old import old_flow
from migrator.report.page.picture import Picture, picture
from migrator.report.recorded import counting, recorded_lines, waived_words
from migrator.report.tally import OUTCOME_WORDS, STATUS_WORDS, Tally, number, percent, tally
from migrator.sources.kept import Units
from migrator.translate.model import Decision

LONGEST: Final = 1000
"""Code points of one message on the page."""

SIGNS: Final = {"error": "✕", "warning": "▲", "note": "•"}
"""What tells severities apart where there is no colour."""

_WIDTH: Final = 100
_NAMED: Final = 10


class Part(Struct, frozen=True):
    """One part of a stacked bar, in thousandths of its length; ``kind`` chooses its pattern."""

    kind: str
    name: str
    count: int
    share: float
    start: int
    size: int

    @property
    def words(self) -> str:
        return f"{self.count} {self.name} ({self.share}%)"


class Row(Struct, frozen=True):
    """One finding; a note where it is waived. ``unit`` and ``file`` are numbers on the page, -1 for none."""

    number: int
    severity: str
    code: str
    effect: str
    place: str
    line: int
    file: int
    unit: int
    unit_title: str
    message: str
    figure: str
    advice: str
    fingerprint: str
    waived: str
    """What it would be, who waived it and why; empty where nobody did."""


class Card(Struct, frozen=True):
    """One unit. ``configuration`` and ``branch`` may be empty; ``file`` is a number on the page, -1 for none."""

    number: int
    title: str
    branch: str
    status: Status
    configuration: str
    keys: int
    errors: int
    warnings: int
    notes: int
    bar: tuple[Part, ...]
    carried: float
    file: int
    path: str
    line: int
    picture: Picture
    comparison: Comparison | None
    advice: tuple[str, ...]
    told: tuple[Row, ...]
    objects: tuple[int, ...]

    @property
    def rank(self) -> int:
        return STATUSES.index(self.status)

    @property
    def status_words(self) -> str:
        return STATUS_WORDS[self.status]


class File(Struct, frozen=True):
    """One input that is shown: with units, or with something to say about it."""

    number: int
    path: str
    container: str
    status: Status
    listing: Listing | None
    units: tuple[tuple[int, str], ...]
    findings: int

    @property
    def status_words(self) -> str:
        return STATUS_WORDS[self.status]


class Chore(Struct, frozen=True):
    """Something to be done by hand: what for, and the findings' numbers."""

    advice: str
    what: tuple[tuple[int, str, str, str], ...]
    more: int


def view(migration: Migration, options: ReportOptions) -> dict[str, Any]:
    """The values of the template."""
    against = compare(migration, options.baseline)
    migration = against.shown
    ordered = sorted(
        migration.findings,
        key=lambda found: (found.waiver is not None, -found.severity.rank, found.sort_key),
    )
    numbered: list[Numbered] = list(enumerate(ordered))
    shown_sources = _shown_sources(migration)
    files = {source.path: index for index, source in enumerate(shown_sources)}
    units = {unit.id: index for index, unit in enumerate(migration.units)}
    titles = {unit.id: unit.title for unit in migration.units}
    rows = [_row(one, files, units, titles) for one in numbered]
    manifest = manifest_with_links(migration, files)
    cards = _cards(migration, numbered, rows, files, manifest)
    counted = tally(migration)
    pending = against.open_decisions
    distinct_words, distinct = same(migration, units)
    grouped_by, groups = collections(migration, options.group_by, units)
    compared = any(card.comparison is not None for card in cards)
    return {
        "headline": _headline(counted, len(migration.findings), len(pending)),
        "tone": _tone(counted, len(pending)),
        "threshold": _threshold(migration, options),
        "facts": _facts(migration, counted, pending),
        "unit_bar": _bar(
            (status, STATUS_WORDS[status], counted.units[status]) for status in STATUSES if counted.units
        ),
        "leaf_bar": _bar((name, OUTCOME_WORDS[name], count) for name, count in counted.leaves.items()),
        "verdicts": _verdicts(cards),
        "compared": compared,
        "pending": len(pending),
        "recorded": [bounded(line, LONGEST) for line in recorded_lines(migration)],
        "answers": answers_yaml(answers(pending), _WIDTH) if pending else [],
        "chores": [
            _chore(task, {id(found): index for index, found in numbered}) for task in tasks(migration)
        ],
        "cards": cards,
        "rows": rows,
        "files": _files(shown_sources, migration, files, cards, rows),
        "idle": [bounded(source.path) for source in migration.sources if source.path not in files],
        "manifest": manifest.listing,
        "signs": SIGNS,
        "earlier": earlier(against),
        "distinct_words": distinct_words,
        "distinct": distinct,
        "grouped_by": grouped_by,
        "groups": groups,
        "obstacles": obstacles(migration) if len(migration.units) > FLEET else (),
        "data": {
            "links": manifest.links,
            "objects": manifest.objects,
            "codes": {
                code: documentation(REGISTER[code]).title for code in sorted({row.code for row in rows})
            },
        },
    }


def _shown_sources(migration: Migration) -> list[SourceSummary]:
    """Files with units or findings, in their order."""
    paths = {ref.path for unit in migration.units for ref in unit.sources}
    paths |= {found.at.path for found in migration.findings if found.at is not None}
    paths |= {at.path for _, origins in migration.provenance() for at in origins}
    return [source for source in migration.sources if source.path in paths]


def _row(one: Numbered, files: Mapping[str, int], units: Mapping[str, int], titles: Mapping[str, str]) -> Row:
    index, found = one
    at = found.at
    return Row(
        index,
        found.severity.value if found.waiver is None else Severity.NOTE.value,
        found.code,
        WORDS.get(found.effect, ""),
        "" if at is None else f"{bounded(at.path)}:{at.span.line}:{at.span.column}",
        0 if at is None else at.span.line,
        -1 if at is None else files.get(at.path, -1),
        units.get(found.unit or "", -1),
        bounded(titles.get(found.unit or "", "")),
        bounded(headline(found), LONGEST),
        "\n".join(figure(found)),
        "" if found.advice == NOTHING else bounded(found.advice, LONGEST),
        found.fingerprint,
        "" if found.waiver is None else bounded(f"{found.severity}, {waived_words(found.waiver)}", LONGEST),
    )


def _cards(
    migration: Migration,
    numbered: Sequence[Numbered],
    rows: Sequence[Row],
    files: Mapping[str, int],
    manifest: Manifest,
) -> list[Card]:
    of_unit: dict[str | None, list[Numbered]] = defaultdict(list)
    for one in numbered:
        of_unit[one[1].unit].append(one)
    objects = Objects.of(migration.state)
    numbers = {row.fingerprint: row.number for row in rows}
    by_fingerprint = {found.fingerprint: (number, found) for number, found in numbered}
    cards: list[Card] = []
    whole = Units(source.file for source in migration.sources)
    for index, unit in enumerate(migration.units):
        told = of_unit[unit.id]
        counted = Counter(found.severity for _, found in told if found.waiver is None)
        bar = _bar((name, OUTCOME_WORDS[name], count) for name, count in unit.coverage.items())
        at = unit.unit.at
        before = old_flow(unit, whole.whole(unit.unit), told)
        used = dict.fromkeys(
            manifest.object_of[key] for key in objects.used(unit) if key in manifest.object_of
        )
        cards.append(
            Card(
                index,
                bounded(unit.title),
                bounded(unit.unit.branch or ""),
                unit.status,
                bounded(unit.configuration or ""),
                len(unit.access_keys),
                counted[Severity.ERROR],
                counted[Severity.WARNING],
                counted[Severity.NOTE],
                bar,
                _carried(unit),
                files.get(at.path, -1),
                bounded(at.path),
                at.span.line,
                picture([before, *new_flows(unit, before, objects, migration, by_fingerprint)]),
                comparison(unit, numbers),
                tuple(bounded(line, 2 * LONGEST) for line in advice_lines(unit.advice)),
                tuple(rows[number] for number, _ in told),
                tuple(sorted(used)),
            )
        )
    return cards


def _carried(unit: UnitSummary) -> float:
    """The share of the unit's values that carried over, as they were or nearly."""
    kept = unit.coverage.get("converted", 0) + unit.coverage.get("approximated", 0)
    return percent(kept, sum(count for name, count in unit.coverage.items() if name != "noEffect"))


def _bar(parts: Iterable[tuple[str, str, int]]) -> tuple[Part, ...]:
    """The parts that are there, in thousandths; each has at least one that can be seen."""
    counted = [part for part in parts if part[2]]
    total = sum(count for *_, count in counted)
    made: list[Part] = []
    passed = 0
    for kind, name, count in counted:
        start, passed = 1000 * passed // total, passed + count
        made.append(
            Part(kind, name, count, percent(count, total), start, max(4, 1000 * passed // total - start))
        )
    return tuple(made)


def _headline(counted: Tally, findings: int, pending: int) -> str:
    units = sum(counted.units.values())
    failed = counted.units["failed"] + (counted.files["failed"] if not units else 0)
    if not units and not failed and not findings:
        return "Nothing to migrate: no policy has the ai-gateway action."
    errors = counted.severities[Severity.ERROR]
    if failed:
        return f"{number(failed, 'unit' if units else 'file')} could not be converted."
    if errors:
        return f"{number(errors, 'error')} to deal with before the cut-over."
    if pending:
        return f"{number(pending, 'decision')} to take before the cut-over."
    if counted.severities[Severity.WARNING]:
        return f"Converted, with {number(counted.severities[Severity.WARNING], 'warning')} to read."
    return "Everything carried over."


def _tone(counted: Tally, pending: int) -> str:
    if counted.units["failed"] or counted.files["failed"] or counted.severities[Severity.ERROR]:
        return "error"
    return "warning" if pending or counted.severities[Severity.WARNING] else "fine"


def _threshold(migration: Migration, options: ReportOptions) -> str:
    if not any(source.file.readable for source in migration.sources):
        return "No input could be read: the run fails."
    if options.fail_on is None:
        return "Findings do not fail this run."
    over = sum(found.severity.rank >= options.fail_on.rank for found in counting(migration.findings))
    new = "" if options.baseline is None else "new "
    if over:
        return f"{number(over, f'{new}finding')} of severity {options.fail_on} or above: the run fails."
    return f"No {new}finding of severity {options.fail_on} or above."


def _facts(migration: Migration, counted: Tally, pending: Sequence[Decision]) -> list[tuple[str, int, str]]:
    """(name, count, kind) of what a reader looks for first."""
    return [
        ("files", len(migration.sources), ""),
        ("units", len(migration.units), ""),
        ("errors", counted.severities[Severity.ERROR], "error"),
        ("warnings", counted.severities[Severity.WARNING], "warning"),
        ("notes", counted.severities[Severity.NOTE], "note"),
        *([("waived", counted.waived, "")] if counted.waived else []),
        ("open decisions", len(pending), ""),
        ("configurations", len(migration.state.configurations), ""),
        ("access keys", len(migration.state.access_keys), ""),
        ("provider keys", len(migration.state.provider_keys), ""),
    ]


def _verdicts(cards: Iterable[Card]) -> list[tuple[str, int]]:
    """How many units compare how, the most frequent first."""
    counted = Counter(card.comparison.words for card in cards if card.comparison is not None)
    return sorted(counted.items(), key=lambda one: (-one[1], one[0]))


def _chore(task: Task, numbers: Mapping[int, int]) -> Chore:
    what = tuple(
        (
            numbers[id(group.first)],
            group.first.code,
            bounded(headline(group.first), LONGEST),
            bounded(places(group.places)) or "the run as a whole",
        )
        for group in task.groups[:_NAMED]
    )
    return Chore(bounded(task.advice, LONGEST), what, max(0, len(task.groups) - _NAMED))


def _files(
    sources: Sequence[SourceSummary],
    migration: Migration,
    files: Mapping[str, int],
    cards: Sequence[Card],
    rows: Iterable[Row],
) -> list[File]:
    of_file: dict[int, list[tuple[int, str]]] = defaultdict(list)
    for unit, card in zip(migration.units, cards, strict=True):
        for path in dict.fromkeys(ref.path for ref in unit.sources):
            if path in files:
                of_file[files[path]].append((card.number, card.title))
    counted = Counter(row.file for row in rows)
    return [
        File(
            index,
            bounded(source.path),
            bounded(source.container),
            source.status,
            source_listing(source),
            tuple(of_file[index]),
            counted[index],
        )
        for index, source in enumerate(sources)
    ]
