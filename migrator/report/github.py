"""The report as workflow commands: GitHub shows each as an annotation of the file, in the run and the diff.

GitHub keeps ten annotations of each kind for a step and drops the rest in silence. So repetitions
are one annotation where there is no room for each at its own place, the gravest come first and one of
each code before a second of any, and where something had to be left out the last notice says what.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from operator import itemgetter
from typing import Final

from msgspec.structs import replace

from migrator.findings.base import DANGERS, Finding, Severity
from migrator.merge.model import Migration
from migrator.render.places import places
from migrator.render.safe import shown
from migrator.report.arrangement import NOTHING, Group, grouped, headline
from migrator.report.baseline import Comparison, compare
from migrator.report.compared import gone_lead
from migrator.report.escape import bounded
from migrator.report.layout import LONGEST
from migrator.report.options import DEFAULTS, ReportOptions
from migrator.report.paths import Paths
from migrator.report.recorded import counting
from migrator.report.tally import finding_counts, listed, number, tally
from migrator.spans import Location

SHOWN_OF_A_KIND: Final = 10
"""What GitHub shows of each kind for one step."""

_KINDS: Final = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "notice"}
_DATA: Final = (("%", "%25"), ("\r", "%0D"), ("\n", "%0A"))
_PROPERTY: Final = (*_DATA, (":", "%3A"), (",", "%2C"))
_MORE: Final = {
    Severity.ERROR: ("more error", "more errors"),
    Severity.WARNING: ("more warning", "more warnings"),
    Severity.NOTE: ("more note", "more notes"),
}


def github_report(migration: Migration, options: ReportOptions = DEFAULTS) -> str:
    """The annotations, gravest first, and a line with the sums."""
    compared = compare(migration, options.baseline)
    return "\n".join([*_lines(compared, Paths(migration, options.base)), ""])


def _lines(compared: Comparison, paths: Paths) -> Iterator[str]:
    migration = compared.shown
    is_compared = compared.baseline is not None
    groups = _gravest_first(grouped(counting(migration.findings)))
    of_kind = {severity: [one for one in groups if one.severity is severity] for severity in Severity}
    room_for = {
        severity: SHOWN_OF_A_KIND - (is_compared and severity is Severity.NOTE) for severity in Severity
    }
    is_cut = any(len(found) > room_for[severity] for severity, found in of_kind.items())
    left: dict[Severity, int] = {}
    for severity, found in of_kind.items():
        room = room_for[severity] - (is_cut and severity is Severity.NOTE)
        alone = [Group((one,)) for group in found for one in _each_place(group)]
        kept = alone if len(alone) <= room else found[:room]
        yield from (_annotation(group, paths) for group in kept)
        left[severity] = len(found[room:])
    counts = finding_counts(tally(migration)) or "no findings"
    if is_cut:
        more = listed(number(count, *_MORE[severity]) for severity, count in left.items() if count)
        words = f"{more} in this run: GitHub shows {SHOWN_OF_A_KIND} of a kind. The report has all: {counts}."
        yield _command("notice", {"title": "migrator: not all findings are shown"}, words)
    if is_compared:
        words = "\n".join(_gone(compared, paths))
        yield _command("notice", {"title": "migrator: compared with the baseline"}, words)
    yield f"migrator: {'new: ' if is_compared else ''}{counts}"


def _gone(compared: Comparison, paths: Paths) -> Iterator[str]:
    """No annotation of a file: what disappeared has no line any more."""
    yield f"{compared.words}."
    for one in compared.gone[:SHOWN_OF_A_KIND]:
        where = gone_lead(replace(one, path=paths.relative(one.path)))
        yield f"disappeared: {shown(where)} {shown(bounded(paths.within(one.headline), LONGEST))}"
    if len(compared.gone) > SHOWN_OF_A_KIND:
        yield f"and {len(compared.gone) - SHOWN_OF_A_KIND} more"


def _gravest_first(groups: Iterable[Group]) -> list[Group]:
    """Within a severity, what lets in what was kept out comes first; then each code in turn, by place."""
    turns: Counter[str] = Counter()
    ranked: list[tuple[tuple[int, bool, int], Group]] = []
    for group in groups:
        code = group.first.code
        ranked.append(((-group.severity.rank, group.first.effect not in DANGERS, turns[code]), group))
        turns[code] += 1
    return [group for _, group in sorted(ranked, key=itemgetter(0))]


def _each_place(group: Group) -> Iterable[Finding]:
    """One finding of each place, in their order."""
    first: dict[Location | None, Finding] = {}
    for found in group.findings:
        first.setdefault(found.at, found)
    return first.values()


def _annotation(group: Group, paths: Paths) -> str:
    found = group.first
    effect = f" ({found.effect})" if found.effect in DANGERS else ""
    title = f"{found.code} {found.title}{effect}"
    return _command(
        _KINDS[group.severity], {**_place(found, paths), "title": title}, "\n".join(_message(group, paths))
    )


def _place(found: Finding, paths: Paths) -> dict[str, str]:
    """Columns only within one line: GitHub takes none for a range of lines."""
    if found.at is None:
        return {}
    span = found.at.span
    place = {"file": paths.relative(found.at.path), "line": str(span.line), "endLine": str(span.end_line)}
    if span.line == span.end_line:
        place |= {"col": str(span.column), "endColumn": str(span.end_column)}
    return place


def _message(group: Group, paths: Paths) -> Iterable[str]:
    yield shown(bounded(paths.within(headline(group.first)), LONGEST))
    if len(group.places) > 1:
        named = shown(paths.within(places(group.places, SHOWN_OF_A_KIND)))
        yield f"{len(group.places)} places; this is the first: {named}"
    if group.first.advice != NOTHING:
        yield shown(bounded(paths.within(group.first.advice), LONGEST))


def _command(kind: str, properties: dict[str, str], message: str) -> str:
    given = ",".join(f"{name}={_escaped(shown(value), _PROPERTY)}" for name, value in properties.items())
    return f"::{kind} {given}::{_escaped(message, _DATA)}"


def _escaped(text: str, table: Iterable[tuple[str, str]]) -> str:
    for char, code in table:
        text = text.replace(char, code)
    return text
