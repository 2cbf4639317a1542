"""A run compared with an earlier report: what is new, what was known, what disappeared.

``read_baseline`` takes the JSON report of an earlier run, which is a file like any other: nothing in it is
trusted. ``compare`` is a pure function of a run and a baseline. Findings are the same if their fingerprints
are; what is left over then, if it differs only in its place among the rules, actions or members of a list, where
something was put in front of it. Each entry of the baseline stands for one finding, and an entry only stands for a finding that is no
graver than it was, where nothing is less grave than what is waived. What says that the tool is mistaken, or
that something could not be read or compared, is always new.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from typing import Final, Literal

from msgspec import Struct
from msgspec.structs import replace

from migrator.findings.base import Category, Finding, Severity
from migrator.findings.verify import NotCompared, ToldByNothing
from migrator.merge.model import Migration
from migrator.report.answers import open_decisions
from migrator.report.arrangement import one_line
from migrator.report.tally import finding_counts, number, tally
from migrator.secrets import visible
from migrator.sources.prose import without_credentials
from migrator.translate.model import Decision

State = Literal["new", "known"]

_NUMBER: Final = re.compile(r"(?<=/)[0-9]+(?![^/])")
_LONGEST: Final = 2000
"""Code points of a text of the baseline that are looked at; no report shows more of one."""


class Entry(Struct, frozen=True):
    """A finding as an earlier report has it. ``path`` is empty where it had no place; ``line`` is 0 then.

    One that was waived stands for none that is not: its waiver may be over, or somebody took it back.
    """

    code: str
    severity: Severity
    fingerprint: str
    unit: str | None
    title: str
    message: str
    path: str = ""
    line: int = 0
    column: int = 0
    is_waived: bool = False
    pointer: str = ""

    @property
    def gravity(self) -> int:
        return _gravity(self.severity, is_waived=self.is_waived)

    @property
    def at(self) -> tuple[str, int, int]:
        return self.path, self.line, self.column

    @property
    def sort_key(self) -> tuple[object, ...]:
        return (self.at, self.code, self.unit or "", self.message, self.fingerprint)

    @property
    def place(self) -> str:
        """File and line; empty where it had no place."""
        return f"{self.path}:{self.line}" if self.path else ""

    @property
    def headline(self) -> str:
        """The message on one line, else the title."""
        return one_line(self.message) or self.title


class Baseline(Struct, frozen=True):
    """An earlier report. ``path`` is where it was read from, ``decisions`` the ids that were open."""

    path: str
    findings: tuple[Entry, ...] = ()
    decisions: frozenset[str] = frozenset()


class Comparison(Struct, frozen=True, eq=False):
    """A run beside a baseline; without one everything is shown and nothing is said of it.

    ``shown`` is the run with the new findings only; ``states`` runs parallel to the findings of the whole run.
    ``open_decisions`` are the new ones.
    """

    baseline: Baseline | None
    shown: Migration
    states: tuple[State, ...]
    gone: tuple[Entry, ...]
    open_decisions: tuple[Decision, ...]
    known_decisions: int

    @property
    def known(self) -> int:
        """How many findings were known; no report for people shows them."""
        return self.states.count("known")

    @property
    def words(self) -> str:
        """``2 new findings (1 error, 1 waived); 40 known, not shown; 3 disappeared``."""
        new = self.shown.findings
        parts = [
            f"{number(len(new), 'new finding')} ({finding_counts(tally(self.shown))})"
            if new
            else "no new findings",
            f"{self.known} known, not shown" if self.known else "",
            number(self.known_decisions, "open decision known", "open decisions known")
            if self.known_decisions
            else "",
            f"{len(self.gone)} disappeared" if self.gone else "nothing disappeared",
        ]
        return "; ".join(part for part in parts if part)


def compare(migration: Migration, baseline: Baseline | None) -> Comparison:
    """``migration`` beside ``baseline``: each finding new or known, and what is there no more."""
    pending = open_decisions(migration.decisions)
    if baseline is None:
        everything = tuple(_state(is_known=False) for _ in migration.findings)
        return Comparison(None, migration, everything, (), pending, 0)
    recorded: dict[str, list[Entry]] = defaultdict(list)
    for entry in baseline.findings:
        recorded[entry.fingerprint].append(entry)
    found: dict[str, list[int]] = defaultdict(list)
    for index, one in enumerate(migration.findings):
        found[one.fingerprint].append(index)
    known: set[int] = set()
    left: list[Entry] = []
    for fingerprint, entries in recorded.items():
        own, others = _paired(migration.findings, found.get(fingerprint, ()), entries)
        known |= own
        left += others
    moved, gone = _moved(migration.findings, known, left)
    known |= moved
    new_decisions = tuple(one for one in pending if one.id not in baseline.decisions)
    return Comparison(
        baseline,
        replace(
            migration,
            findings=tuple(one for index, one in enumerate(migration.findings) if index not in known),
        ),
        tuple(_state(is_known=index in known) for index in range(len(migration.findings))),
        tuple(_masked(entry) for entry in sorted(gone, key=lambda entry: entry.sort_key)),
        new_decisions,
        len(pending) - len(new_decisions),
    )


def _moved(
    findings: Sequence[Finding], known: set[int], left: Sequence[Entry]
) -> tuple[set[int], list[Entry]]:
    """The same for what no fingerprint matches: a place in a list changes with every entry in front of it."""
    recorded: dict[tuple[str, ...], list[Entry]] = defaultdict(list)
    gone: list[Entry] = []
    for entry in left:
        if _NUMBER.search(entry.pointer):
            recorded[_likeness(entry.code, entry.path, entry.unit, entry.pointer, entry.message)].append(
                entry
            )
        else:
            gone.append(entry)
    codes = {alike[0] for alike in recorded}
    found: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for index, one in enumerate(findings):
        if index not in known and one.code in codes:
            found[_likeness(one.code, _at(one)[0], one.unit, one.pointer, one.text)].append(index)
    moved: set[int] = set()
    for alike, entries in recorded.items():
        own, others = _paired(findings, found.get(alike, ()), entries)
        moved |= own
        gone += others
    return moved, gone


def _likeness(code: str, path: str, unit: str | None, pointer: str, message: str) -> tuple[str, ...]:
    """What stays of a finding whose place in a list is another: every fact stands in its message."""
    return code, path, unit or "", _NUMBER.sub("", pointer), visible(message)


def _state(*, is_known: bool) -> State:
    return "known" if is_known else "new"


def _paired(
    findings: Sequence[Finding], indices: Sequence[int], entries: Sequence[Entry]
) -> tuple[set[int], list[Entry]]:
    """Of findings and entries with one fingerprint: the known findings, and the entries that nothing is left of.

    What stands where it stood is paired first, so that of two copies the one that came later is new. An entry
    whose finding got graver has not disappeared: its finding is new, and the entry is used up by it.
    """
    waiting = [index for index in indices if not _is_always_new(findings[index])]
    left = list(entries)
    known: set[int] = set()
    places: dict[tuple[str, int, int], list[Entry]] = defaultdict(list)
    for entry in left:
        places[entry.at].append(entry)
    for index in waiting:
        there = places.get(_at(findings[index]), [])
        if there and there[-1].gravity >= _grade(findings[index]):
            known.add(index)
            left.remove(there.pop())
    waiting = sorted((index for index in waiting if index not in known), key=lambda i: -_grade(findings[i]))
    left.sort(key=lambda entry: -entry.gravity)
    used = 0
    for index in waiting:
        if used < len(left) and left[used].gravity >= _grade(findings[index]):
            known.add(index)
            used += 1
    left = sorted(left[used:], key=lambda entry: entry.sort_key)
    return known, left[len(indices) - len(known) :]


def _grade(found: Finding) -> int:
    return _gravity(found.severity, is_waived=found.waiver is not None)


def _gravity(severity: Severity, *, is_waived: bool) -> int:
    """How grave: what is waived counts for less than a note."""
    return -1 if is_waived else severity.rank


def _at(found: Finding) -> tuple[str, int, int]:
    return ("", 0, 0) if found.at is None else (found.at.path, found.at.span.line, found.at.span.column)


def _is_always_new(found: Finding) -> bool:
    """What no baseline hides: a mistake of the tool, and what could not be read or compared."""
    return isinstance(found, ToldByNothing | NotCompared) or (
        found.category is Category.READ and type(found).level is Severity.ERROR
    )


def _masked(entry: Entry) -> Entry:
    """The entry as it may be shown: the file it stands in may have been written by anybody."""
    return replace(
        entry,
        unit=None if entry.unit is None else _safe(entry.unit),
        title=_safe(entry.title),
        message=_safe(entry.message),
        path=_safe(entry.path),
    )


def _safe(text: str) -> str:
    return without_credentials(text[:_LONGEST])
