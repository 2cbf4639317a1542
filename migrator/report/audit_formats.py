"""The fleet view for people: as text and Markdown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from migrator.clients.addresses import Mention
from migrator.findings.base import Severity
from migrator.merge.model import STATUSES
from migrator.render.places import places
from migrator.render.safe import Quoted, shown
from migrator.render.template import render
from migrator.report.answers import CONFIGURATION_FILE, answers, answers_yaml
from migrator.report.arrangement import Task, headline
from migrator.report.audit import Audit, DistinctPolicy, FileOutcome, GroupOutcome
from migrator.report.compared import LISTED as GONE
from migrator.report.compared import comparison_lines, gone_line
from migrator.report.escape import LONGEST, bounded, prose
from migrator.report.fleet_text import obstacle_table
from migrator.report.grouping import WORDS, is_named
from migrator.report.layout import INDENT, columns, heading, paragraph, table
from migrator.report.options import DEFAULTS, FLEET, ReportOptions
from migrator.report.recorded import recorded_entries
from migrator.report.tally import OUTCOME_WORDS, STATUS_WORDS, number, percent

Outcome = FileOutcome | GroupOutcome

_WIDTH: Final = 100
_NAMED: Final = 5
_WORST: Final = 20


def audit_text(audit: Audit, options: ReportOptions = DEFAULTS) -> str:
    """The fleet view for a terminal."""
    sections = (
        ("outcome", _text_counts(audit)),
        ("decisions file", _text_recorded(audit, options)),
        (WORDS[audit.by][1], _text_rows(audit, options)),
        (f"policies at several places: {len(_repeated(audit))}", _text_repeated(audit, options)),
        (f"addresses of the endpoints: {len(_called(audit))}", _text_mentions(audit, options)),
        ("what does not carry over", _text_obstacles(audit)),
        (f"open decisions: {len(audit.decisions)}", _text_decisions(audit, options)),
        (f"manual tasks: {len(audit.tasks)}", _text_tasks(audit, options)),
        ("found", _text_search(audit, options)),
    )
    lines = [line for title, found in sections if found for line in (heading(title, options), "", *found, "")]
    return "\n".join([*comparison_lines(audit.compared, options), *lines])


def audit_markdown(audit: Audit, options: ReportOptions = DEFAULTS) -> str:
    """The fleet view for a page or a pull request."""
    repeated, called, asked = _repeated(audit), _called(audit), answers(audit.decisions)
    return render(
        "report/audit.md.j2",
        recorded=[prose(line) for line in recorded_entries(audit.recorded)],
        waived=audit.counts.waived,
        counts=[
            (
                Quoted(STATUS_WORDS[status]),
                *_share(audit.counts.files, status),
                *_share(audit.counts.units, status),
            )
            for status in STATUSES
        ],
        leaves=[
            (Quoted(OUTCOME_WORDS[name]), *_share(audit.counts.leaves, name)) for name in audit.counts.leaves
        ],
        by=Quoted(WORDS[audit.by][0].capitalize()),
        every=Quoted(WORDS[audit.by][1].capitalize()),
        rows=[
            {
                "name": prose(file.title),
                "status": Quoted(STATUS_WORDS[file.status]),
                "units": len(file.units),
                "converted": _converted(file),
                "errors": file.severities[Severity.ERROR],
                "warnings": file.severities[Severity.WARNING],
            }
            for file in _listed(audit, options)
        ],
        idle=len(audit.rows) - len(_shown(audit)),
        more=len(_shown(audit)) - len(_listed(audit, options)),
        compared=prose(_compared(audit)),
        gone=[prose(gone_line(entry)) for entry in audit.compared.gone[:GONE]],
        more_gone=max(0, len(audit.compared.gone) - GONE),
        repeated=[prose(_holding(policy)) for policy in repeated[: _room(repeated, options)]],
        more_repeated=len(repeated) - _room(repeated, options),
        mentions=[
            {"where": prose(f"{one.path}:{one.line}:{one.column}"), "url": prose(one.url)}
            for one in called[: _room(called, options)]
        ],
        more_mentions=len(called) - _room(called, options),
        found=[prose(line) for line in _found(audit)],
        obstacles=[
            {
                "code": Quoted(one.code),
                "title": prose(one.title),
                "severity": Quoted(one.severity.value),
                "effect": Quoted(one.effect.value),
                "files": one.files,
                "units": one.units,
                "findings": one.findings,
            }
            for one in audit.obstacles
        ],
        answers=[Quoted("\n".join(one.lines(_WIDTH))) for one in asked[: _room(asked, options)]],
        more_answers=len(asked) - _room(asked, options),
        configuration_file=Quoted(CONFIGURATION_FILE),
        tasks=[
            {
                "advice": prose(task.advice),
                "findings": sum(len(group.findings) for group in task.groups),
                "code": Quoted(task.groups[0].first.code),
                "what": prose(_what(task)),
                "where": prose(_where(task)),
            }
            for task in audit.tasks[: _room(audit.tasks, options)]
        ],
        more_tasks=len(audit.tasks) - _room(audit.tasks, options),
    )


def _share(counts: Mapping[Any, int], name: str) -> tuple[int, Quoted]:
    return counts[name], Quoted(f"{percent(counts[name], sum(counts.values()))}%")


def _converted(file: Outcome) -> Quoted:
    """The share of the leaves that carried over; a dash where there are none."""
    total = sum(file.leaves.values())
    return Quoted(f"{percent(file.leaves.get('converted', 0), total)}%" if total else "-")


def _what(task: Task) -> str:
    """The message of the first finding, and how many others ask for the same."""
    others = len(task.groups) - 1
    more = f", and {number(others, 'other', 'others')} like it" if others else ""
    return f"{bounded(headline(task.groups[0].first), LONGEST - len(more))}{more}"


def _where(task: Task) -> str:
    return places((at for group in task.groups for at in group.places), _NAMED) or "the run as a whole"


def _text_counts(audit: Audit) -> list[str]:
    counts = audit.counts
    rows = [
        (STATUS_WORDS[status], *_share(counts.files, status), *_share(counts.units, status))
        for status in STATUSES
    ]
    total = ("total", sum(counts.files.values()), "", sum(counts.units.values()), "")
    leaves = [(OUTCOME_WORDS[name], *_share(counts.leaves, name)) for name in counts.leaves]
    return [
        *table(("", "files", "", "units", ""), "<>>>>", [*rows, total]),
        "",
        *table(("", "leaves", ""), "<>>", [*leaves, ("total", sum(counts.leaves.values()), "")]),
    ]


def _text_recorded(audit: Audit, options: ReportOptions) -> list[str]:
    waived = [f"{number(audit.counts.waived, 'finding')} waived"] if audit.counts.waived else []
    lines = [*recorded_entries(audit.recorded), *waived]
    return [one for line in lines for one in paragraph(shown(line), options, f"{INDENT}  ", f"{INDENT}- ")]


def _text_rows(audit: Audit, options: ReportOptions) -> list[str]:
    rows = [
        (
            STATUS_WORDS[file.status],
            len(file.units),
            _converted(file),
            *(file.severities[severity] for severity in Severity),
            shown(file.title),
        )
        for file in _listed(audit, options)
    ]
    header = ("status", "units", "converted", *(f"{severity}s" for severity in Severity), WORDS[audit.by][0])
    idle = len(audit.rows) - len(_shown(audit))
    left = len(_shown(audit)) - len(rows)
    more = [
        *([f"and {left} more: --details '*' lists all, --details PATTERN those of a name"] if left else []),
        *([f"and {idle} without the action, and nothing to say about them"] if idle else []),
    ]
    more += [
        f"{shown(f'--details {one}')}: no {WORDS[audit.by][0]} of that name has anything to say"
        for one in options.details
        if not any(_is_asked_for(file, audit, one) for file in _shown(audit))
    ]
    return [*(table(header, "<>>>>><", rows) if rows else []), *more] if rows or left else []


def _shown(audit: Audit) -> list[Outcome]:
    """The files or groups that hold something, or about which something is to be said."""
    return [
        file
        for file in audit.rows
        if file.units or file.status != "nothing-to-do" or any(file.severities.values())
    ]


def _listed(audit: Audit, options: ReportOptions) -> list[Outcome]:
    """All of them; those of a fleet that are worst, or that were asked for."""
    found = _shown(audit)
    if options.details:
        return [file for file in found if any(_is_asked_for(file, audit, one) for one in options.details)]
    if len(found) <= FLEET:
        return found
    worst = sorted(found, key=lambda file: tuple(-file.severities[severity] for severity in Severity))
    return worst[:_WORST]


def _is_asked_for(one: Outcome, audit: Audit, pattern: str) -> bool:
    """Whether ``--details`` names it; an endpoint also by the id of its unit."""
    return any(
        is_named(name, pattern) for name in (one.title, *(one.units if audit.by == "endpoint" else ()))
    )


def _compared(audit: Audit) -> str:
    """What the baseline comes to; empty without one."""
    baseline = audit.compared.baseline
    return "" if baseline is None else f"Compared with {bounded(baseline.path)}: {audit.compared.words}."


def _repeated(audit: Audit) -> list[DistinctPolicy]:
    return [policy for policy in audit.policies if len(policy.places) > 1]


def _holding(policy: DistinctPolicy) -> str:
    named = ", ".join(f"{path}:{line}" for path, line in policy.places[:_WORST])
    return f"{named} and {len(policy.places) - _WORST} more" if len(policy.places) > _WORST else named


def _text_repeated(audit: Audit, options: ReportOptions) -> list[str]:
    return _few([shown(_holding(policy)) for policy in _repeated(audit)], options)


def _few(lines: list[str], options: ReportOptions) -> list[str]:
    """The lines, of very many the first; all where all details are asked for."""
    room = _room(lines, options)
    return [*lines[:room], *_more(lines, room)]


def _room(held: Sequence[object], options: ReportOptions) -> int:
    """How many of these are told: all; of very many the first, but where all details are asked for."""
    return len(held) if len(held) <= FLEET or "*" in options.details else _WORST


def _more(held: Sequence[object], room: int) -> list[str]:
    left = len(held) - room
    return [f"and {left} more: --details '*' lists all"] if left else []


def _called(audit: Audit) -> list[Mention]:
    """Mentions in files that are none of the endpoints' own: who calls them."""
    return [one for one in audit.search.mentions if not one.holds_policy]


def _text_mentions(audit: Audit, options: ReportOptions) -> list[str]:
    found = _called(audit)
    return _few([f"{shown(one.path)}:{one.line}:{one.column}  {shown(one.url)}" for one in found], options)


def _text_search(audit: Audit, options: ReportOptions) -> list[str]:
    return [line for said in _found(audit) for line in paragraph(shown(said), options, INDENT, first="")]


def _found(audit: Audit) -> list[str]:
    """What there is, and what was not looked into."""
    search = audit.search
    holders = number(audit.holders, "file holds", "files hold")
    policies = number(len(audit.policies), "distinct policy", "distinct policies")
    lines = [f"Searched {number(search.files, 'file', 'files')}: {holders} {policies} with the action."]
    for what, paths in (
        ("named by .gitignore", search.ignored),
        ("vendored", search.vendored),
        ("links that lead out of the folder", search.elsewhere),
        ("written by migrator", search.bundles),
        ("unreadable", tuple(f"{path} ({reason})" for path, reason in search.unread)),
    ):
        if paths:
            more = f" and {len(paths) - _NAMED} more" if len(paths) > _NAMED else ""
            lines.append(f"Not looked into, {what}: {', '.join(paths[:_NAMED])}{more}.")
    return lines


def _text_obstacles(audit: Audit) -> list[str]:
    return obstacle_table(audit.obstacles)


def _text_decisions(audit: Audit, options: ReportOptions) -> list[str]:
    if not audit.decisions:
        return []
    asked = answers(audit.decisions)
    room = _room(asked, options)
    return [
        *paragraph(f"To answer them, put this into {CONFIGURATION_FILE} and choose.", options),
        "",
        *(f"{INDENT}{line}" for line in answers_yaml(asked[:room], columns(options) - len(INDENT))),
        *_more(asked, room),
    ]


def _text_tasks(audit: Audit, options: ReportOptions) -> list[str]:
    lines: list[str] = []
    room = _room(audit.tasks, options)
    for task in audit.tasks[:room]:
        count = sum(len(group.findings) for group in task.groups)
        times = f"{count} times: " if count > 1 else ""
        words = f"{shown(_what(task))} ({times}{shown(_where(task))})"
        lines += paragraph(words, options, INDENT, first="[ ] ")
        lines += paragraph(shown(task.advice), options, f"{INDENT}   ", first=f"{INDENT}→  ")
    return [*lines, *_more(audit.tasks, room)]
