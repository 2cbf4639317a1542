"""The report for a terminal: findings where they stand, what to decide, what to do, the sums last.

A fleet has the sums first, on a page, and the details that were asked for behind them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from migrator.findings.base import Effect, Severity
from migrator.merge.model import Migration, UnitSummary
from migrator.render.places import places
from migrator.render.safe import shown
from migrator.report.answers import CONFIGURATION_FILE, answers, answers_yaml
from migrator.report.arrangement import NOTHING, Group, Task, figure, grouped, headline, tasks
from migrator.report.baseline import compare
from migrator.report.excerpt import Sources
from migrator.report.grouping import Section, is_fleet, matching, sections
from migrator.report.layout import INDENT, columns, heading, paragraph
from migrator.report.options import DEFAULTS, ReportOptions
from migrator.report.outcome import nothing_readable
from migrator.report.recorded import LISTED as RECORDED
from migrator.report.recorded import counting, recorded_lines, waived, waived_words
from migrator.report.tally import (
    STATUS_WORDS,
    finding_counts,
    leaf_counts,
    number,
    status_counts,
    tally,
)
from migrator.spans import columns_of

_LISTED: Final = 10
_LEAD: Final = 0.6
"""The part of a line that place and code may take; behind more of them the message gets lines of its own."""


def text_report(migration: Migration, options: ReportOptions = DEFAULTS) -> str:
    """The whole report, ending with a line break."""
    return "\n".join([*_Report(migration, options).lines(), ""])


class _Report:
    def __init__(self, migration: Migration, options: ReportOptions) -> None:
        self._compared = compare(migration, options.baseline)
        self._migration = self._compared.shown
        self._options = options
        self._paint = options.style.paint
        self._width = columns(options)
        self._sources = Sources(migration.sources)
        self._tasks = tasks(self._migration)
        self._open = self._compared.open_decisions
        self._by = options.group_by or "file"
        self._sections = sections(self._migration, counting(self._migration.findings), self._by)
        self._is_fleet = is_fleet(self._migration.units if options.baseline is None else (), self._sections)

    def lines(self) -> Iterator[str]:
        is_page = self._is_fleet and "*" not in self._options.details
        return self._fleet() if is_page else self._whole()

    def _whole(self) -> Iterator[str]:
        """Everything, in the order in which it is dealt with."""
        yield from self._details(everything=True)
        yield from self._waived()
        yield from self._recorded()
        yield from self._comparison()
        yield from self._decisions()
        yield from self._manual_tasks()
        yield from self._distinct()
        yield from self._summary()

    def _fleet(self) -> Iterator[str]:
        """A page, then what was asked for."""
        from migrator.report.fleet_text import LISTED, group_lines, obstacle_lines, rest_lines, task_lines

        yield from self._summary()
        yield ""
        yield from self._comparison(LISTED)
        yield from obstacle_lines(self._migration, self._options)
        yield from self._distinct()
        yield from group_lines(self._told(), self._by, self._options)
        yield from self._waived(LISTED)
        yield from self._recorded(LISTED)
        yield from self._decisions(LISTED)
        yield from task_lines(self._tasks, self._options)
        yield from self._details(everything=False)
        yield from rest_lines(self._by, self._options)

    def _comparison(self, limit: int | None = None) -> Iterator[str]:
        if self._compared.baseline is not None:
            from migrator.report.compared import LISTED, comparison_lines

            yield from comparison_lines(self._compared, self._options, limit or LISTED)

    def _distinct(self) -> Iterator[str]:
        """What is the same; beside a baseline it is nothing new."""
        if self._compared.baseline is None and len(self._migration.state.configurations) > 1:
            from migrator.report.fleet_text import distinct_lines

            yield from distinct_lines(self._migration, self._options)

    def _told(self) -> list[Section]:
        """The groups; beside a baseline those with something new."""
        return [one for one in self._sections if one.parts or self._compared.baseline is None]

    def _details(self, *, everything: bool) -> Iterator[str]:
        """The findings of the groups that were asked for; of all if none was and ``everything`` is wanted."""
        asked = self._options.details
        found = matching(self._sections, asked) if asked else self._sections if everything else ()
        held = [section for section in found if section.parts]
        for section in held:
            yield from self._section(section)
        if asked and not held:
            from migrator.report.fleet_text import no_match_lines

            yield from no_match_lines(self._options, self._by)

    def _wrapped(self, text: str, indent: str = "", first: str | None = None) -> list[str]:
        return paragraph(text, self._options, indent, first)

    def _section(self, section: Section) -> Iterator[str]:
        yield heading(shown(section.title), self._options)
        yield ""
        for unit_part in section.parts:
            if unit_part.unit is not None:
                yield from self._unit(unit_part.unit)
                yield ""
            previous: Group | None = None
            for group in unit_part.groups:
                if previous is not None and not (_is_short(previous) and _is_short(group)):
                    yield ""
                yield from self._group(group)
                previous = group
            yield ""

    def _unit(self, unit: UnitSummary) -> Iterator[str]:
        title = self._paint("strong", shown(unit.title))
        made = "no configuration"
        if unit.configuration is not None:
            made = f"configuration {shown(unit.configuration)}, {number(len(unit.access_keys), 'access key')}"
        yield f"{title}: {STATUS_WORDS[unit.status]}, {made}"
        if unit.verdict is not None:
            from migrator.report.verdicts import verdict_line, witnesses

            yield from self._wrapped(verdict_line(unit.verdict), INDENT)
            for line in witnesses(unit.verdict):
                yield from self._wrapped(shown(line), f"{INDENT}  ", first=f"{INDENT}- ")
        if unit.unit.branch is not None:
            yield from self._wrapped(f"only when {shown(unit.unit.branch)}", INDENT)

    def _group(self, group: Group) -> Iterator[str]:
        found = group.first
        words = shown(headline(found))
        where = f"{shown(str(found.at))}  " if found.at is not None else ""
        mark = f"{found.severity} {found.code}"
        effect = "" if found.effect in (Effect.NONE, Effect.MANUAL) else f" [{found.effect}]"
        lead = f"{where}{mark}{effect}  "
        if not words or columns_of(lead) > self._width * _LEAD:
            head, *rest = lead.rstrip(), *self._wrapped(words, INDENT)
        else:
            head, *rest = self._wrapped(words, INDENT, first=lead)
        yield f"{where}{self._paint(found.severity.value, mark)}{head[len(where) + len(mark) :]}"
        yield from rest
        if len(group.places) > 1:
            lines = _lines(group)
            word = "lines" if "," in lines else "line"
            yield from self._wrapped(f"{len(group.places)} times, at {word} {lines}", INDENT)
        yield from self._figure(group)
        yield from self._advice(found.advice)

    def _advice(self, advice: str) -> Iterator[str]:
        if advice != NOTHING:
            yield from self._wrapped(shown(advice), f"{INDENT}   ", first=f"{INDENT}→  ")

    def _figure(self, group: Group) -> Iterator[str]:
        """What the finding draws itself, else the line of the source; notes do without."""
        if drawn := figure(group.first):
            yield from (f"{INDENT}{shown(line)}" for line in drawn)
            return
        if _is_short(group):
            return
        gutter = len(str(group.first.at.span.line)) if group.first.at else 0
        excerpt = self._sources.excerpt(group.first.at, self._width - len(INDENT) - gutter - 3)
        if excerpt is not None:
            bar = self._paint("faint", "|")
            carets = self._paint(group.severity.value, excerpt.carets.lstrip())
            yield f"{INDENT}{self._paint('faint', str(excerpt.number))} {bar} {excerpt.text}"
            yield f"{INDENT}{' ' * gutter} {bar} {' ' * excerpt.start}{carets}"

    def _waived(self, limit: int | None = None) -> Iterator[str]:
        """What somebody takes as it is, in a line or two each."""
        found = waived(self._migration.findings)
        if not found:
            return
        groups = grouped(found)
        yield heading(f"waived: {number(len(found), 'finding')}", self._options)
        yield ""
        for group in groups[:limit]:
            where = f" ({shown(places(group.places))})" if group.places else ""
            lead = f"{group.severity} {group.first.code}  "
            yield from self._wrapped(f"{shown(headline(group.first))}{where}", INDENT, first=lead)
            if group.first.waiver is not None:
                yield from self._wrapped(shown(waived_words(group.first.waiver)), INDENT)
        if limit is not None and len(groups) > limit:
            yield f"and {len(groups) - limit} more of these"
        yield ""

    def _recorded(self, limit: int = RECORDED) -> Iterator[str]:
        lines = recorded_lines(self._migration, limit)
        if not lines:
            return
        yield heading("decisions file", self._options)
        yield ""
        for line in lines:
            yield from self._wrapped(shown(line), f"{INDENT}  ", first=f"{INDENT}- ")
        yield ""

    def _decisions(self, limit: int | None = None) -> Iterator[str]:
        if not self._open:
            return
        entries = answers(self._open)
        named = "open decisions" if self._compared.baseline is None else "new open decisions"
        yield heading(f"{named}: {len(self._open)}", self._options)
        yield ""
        yield from self._wrapped(
            f"Each has its default for now. To answer them, put this into {CONFIGURATION_FILE}, choose, and "
            f"convert again with --config {CONFIGURATION_FILE}. A * in an id answers several at once.",
            "",
        )
        yield ""
        yield from (f"{INDENT}{line}" for line in answers_yaml(entries[:limit], self._width - len(INDENT)))
        if limit is not None and len(entries) > limit:
            yield f"and {number(len(entries) - limit, 'more question')}"
        yield ""

    def _manual_tasks(self) -> Iterator[str]:
        if not self._tasks:
            return
        yield heading(f"manual tasks: {len(self._tasks)}", self._options)
        yield ""
        for task in self._tasks:
            yield from self._task(task)
        yield ""

    def _task(self, task: Task) -> Iterator[str]:
        first = "[ ] "
        for group in task.groups[:_LISTED]:
            where = f" ({shown(places(group.places))})" if group.places else ""
            yield from self._wrapped(f"{shown(headline(group.first))}{where}", INDENT, first=first)
            first = INDENT
        if len(task.groups) > _LISTED:
            yield f"{INDENT}and {len(task.groups) - _LISTED} more of these"
        yield from self._advice(task.advice)

    def _summary(self) -> Iterator[str]:
        yield heading("summary", self._options)
        yield ""
        idle = [source.path for source in self._migration.sources if source.status == "nothing-to-do"]
        if idle:
            named = ", ".join(shown(path) for path in idle[:_LISTED])
            more = f" and {len(idle) - _LISTED} more" if len(idle) > _LISTED else ""
            yield from self._wrapped(f"Nothing to do, no ai-gateway action: {named}{more}", INDENT)
            yield ""
        yield from self._counts()
        yield ""
        yield self._verdict()

    def _counts(self) -> Iterator[str]:
        counted = tally(self._migration)
        state = self._migration.state
        made = (
            (len(state.providers), "provider"),
            (len(state.provider_keys), "provider key"),
            (len(state.configurations), "access key configuration"),
            (len(state.access_keys), "access key"),
            (len(state.gateway_config.settings) if state.gateway_config else 0, "account setting"),
        )
        rows = (
            ("files", sum(counted.files.values()), status_counts(counted.files)),
            ("units", sum(counted.units.values()), status_counts(counted.units)),
            ("leaves", sum(counted.leaves.values()), leaf_counts(counted.leaves)),
            ("objects", sum(count for count, _ in made), ", ".join(number(*one) for one in made if one[0])),
            ("findings", len(self._migration.findings), finding_counts(counted)),
            ("decisions", len(self._migration.decisions), self._open_words()),
            ("tasks", len(self._tasks), "to be done by hand"),
        )
        shown_rows = [row for row in rows if row[1]] or [rows[0]]
        digits = max(len(str(count)) for _, count, _ in shown_rows)
        for name, count, words in shown_rows:
            first = f"{name:<11}{count:>{digits}}  "
            yield from self._wrapped(words, " " * len(first), first=first) or [first.rstrip()]

    def _open_words(self) -> str:
        known = self._compared.known_decisions
        return f"{len(self._open) + known} open{f', {len(self._open)} of them new' if known else ''}"

    def _verdict(self) -> str:
        """The line that tells the exit code."""
        threshold = self._options.fail_on
        new = "" if self._compared.baseline is None else "new "
        if nothing_readable(self._migration):
            return self._paint("error", "No input could be read: the run fails.")
        if threshold is None:
            return "Findings do not fail this run (--fail-on never)."
        over = [
            found for found in counting(self._migration.findings) if found.severity.rank >= threshold.rank
        ]
        if not over:
            return f"No {new}finding of severity {threshold} or above (--fail-on {threshold})."
        counted = number(len(over), f"{new}finding")
        return self._paint(
            "error", f"{counted} of severity {threshold} or above: the run fails (--fail-on {threshold})."
        )


def _is_short(group: Group) -> bool:
    """Notes take a line or two and stand without blank lines between them."""
    return group.severity is Severity.NOTE


def _lines(group: Group) -> str:
    numbers = list(dict.fromkeys(at.span.line for at in group.places))
    named = ", ".join(str(line) for line in numbers[:_LISTED])
    return f"{named} and {len(numbers) - _LISTED} more" if len(numbers) > _LISTED else named
