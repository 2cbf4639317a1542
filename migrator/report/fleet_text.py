"""A fleet for a terminal: sums and ranks that fit a page, and how to see the rest."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from migrator.findings.base import Severity
from migrator.merge.model import Migration
from migrator.render.safe import shown
from migrator.report.arrangement import Task, headline
from migrator.report.distinct import distinct_configurations, distinct_words, has_repeated
from migrator.report.escape import bounded
from migrator.report.grouping import WORDS, Section, gravest_first
from migrator.report.layout import INDENT, heading, paragraph, table
from migrator.report.obstacles import Obstacle, gravest, obstacles
from migrator.report.options import GroupBy, ReportOptions
from migrator.report.tally import number

LISTED: Final = 10
"""So many rows of each table come before a number says how many there are."""

_NAME: Final = 40
_LONGEST: Final = 90


def obstacle_table(ranked: Iterable[Obstacle]) -> list[str]:
    """What is unsupported, one line for each kind; no lines for none."""
    rows = [
        (one.code, one.files, one.units, one.findings, one.severity.value, one.effect.value, one.title)
        for one in ranked
    ]
    header = ("code", "files", "units", "findings", "severity", "effect", "what")
    return table(header, "<>>><<<", rows) if rows else []


def obstacle_lines(migration: Migration, options: ReportOptions) -> Iterator[str]:
    """The ranked table; ``migrator explain`` has the rest of each line."""
    ranked = obstacles(migration)
    if not ranked:
        return
    yield heading(f"what does not carry over: {len(ranked)}", options)
    yield ""
    yield from obstacle_table(gravest(ranked, 2 * LISTED))
    yield from _more(len(ranked) - 2 * LISTED)
    yield ""


def distinct_lines(migration: Migration, options: ReportOptions) -> Iterator[str]:
    """Which configurations are the same; nothing where each is another."""
    found = distinct_configurations(migration)
    if not has_repeated(found):
        return
    yield heading(shown(distinct_words(migration, found)), options)
    yield ""
    rows = [
        (
            len(one.units),
            bounded(shown(one.about), _LONGEST - _NAME),
            _named([shown(unit) for unit in one.units]),
        )
        for one in found[:LISTED]
    ]
    yield from table(("units", "allows", "units named"), "><<", rows)
    yield from _more(len(found) - LISTED)
    yield ""


def group_lines(found: Sequence[Section], by: GroupBy, options: ReportOptions) -> Iterator[str]:
    """One line for each of the gravest groups."""
    ranked = [one for one in gravest_first(found) if one.units or one.parts]
    if not ranked:
        return
    yield heading(f"{WORDS[by][1]}: {sum(one.name is not None for one in ranked)}", options)
    yield ""
    rows = []
    for one in ranked[:LISTED]:
        counted = one.severities
        rows.append(
            (*(counted[one] for one in Severity), len(one.units), bounded(shown(one.title), _LONGEST))
        )
    header = (*(f"{severity}s" for severity in Severity), "units", WORDS[by][0])
    yield from table(header, ">>>><", rows)
    yield from _more(len(ranked) - LISTED)
    yield ""


def task_lines(tasks: Sequence[Task], options: ReportOptions) -> Iterator[str]:
    """One line for each task, however many places ask for it."""
    if not tasks:
        return
    yield heading(f"manual tasks: {len(tasks)}", options)
    yield ""
    counted = sorted(tasks, key=lambda task: -sum(len(group.findings) for group in task.groups))
    for task in counted[:LISTED]:
        count = sum(len(group.findings) for group in task.groups)
        first = task.groups[0].first
        what = shown(task.advice if len(task.groups) > 1 else headline(first))
        yield from paragraph(
            f"{number(count, 'time')}, {first.code}: {bounded(what, 2 * _LONGEST)}",
            options,
            INDENT,
            first="[ ] ",
        )
    yield from _more(len(counted) - LISTED)
    yield ""


def rest_lines(by: GroupBy, options: ReportOptions) -> Iterator[str]:
    """How to see what is not shown."""
    other = " or ".join(name for name in WORDS if name != by)
    yield heading("details", options)
    yield ""
    yield from paragraph(
        f"Findings of one {WORDS[by][0]}: --details PATTERN, as --details 'team-*'; of all of them: --details '*'. "
        f"Other groups: --group-by {other}. What a code means: migrator explain CODE. A page with filters: "
        "--report html=FILE. Everything, for other tools: --report json=FILE.",
        options,
    )


def no_match_lines(options: ReportOptions, by: GroupBy) -> Iterator[str]:
    """Nothing is called as ``--details`` says."""
    asked = ", ".join(shown(pattern) for pattern in options.details)
    yield from paragraph(f"--details {asked}: no {WORDS[by][0]} of that name has a finding.", options)
    yield ""


def _named(names: Sequence[str]) -> str:
    """The first, and how many there are besides; ids are long, and all are in the JSON report."""
    more = f" and {len(names) - 1} more" if len(names) > 1 else ""
    return f"{bounded(names[0], _NAME)}{more}" if names else "none"


def _more(count: int) -> list[str]:
    return [f"and {count} more"] if count > 0 else []
