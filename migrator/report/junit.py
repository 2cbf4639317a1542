"""The report as JUnit XML: GitLab, Jenkins and others show it among the tests of a pipeline.

A file is a suite. In it each unit is a test that passes if it has a configuration, and each group of
findings is a test as well: what makes the run fail is a failure, and every error is one; a warning
that does not is skipped with its message, and so is a waived one, with who waived it and why; a note passes with its text as output. Names hold no
line, so that a test keeps its identity when lines move.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Final, Literal
from xml.etree import ElementTree as ET

from msgspec import Struct
from msgspec.structs import replace

from migrator.findings.base import Effect, Severity
from migrator.merge.model import Migration, UnitSummary
from migrator.render.places import places
from migrator.render.safe import shown
from migrator.report.arrangement import NOTHING, Group, UnitPart, by_file, figure, headline
from migrator.report.baseline import Comparison, compare
from migrator.report.compared import gone_lead
from migrator.report.escape import LONGEST as NAME_LIMIT
from migrator.report.escape import bounded
from migrator.report.layout import LONGEST
from migrator.report.options import DEFAULTS, ReportOptions
from migrator.report.paths import Paths
from migrator.report.recorded import waived_words
from migrator.report.tally import STATUS_WORDS, number

RUN: Final = "the run as a whole"
_DECLARATION: Final = '<?xml version="1.0" encoding="UTF-8"?>'

Outcome = Literal["passed", "failure", "skipped"]


class _Case(Struct, frozen=True):
    """One test. ``kind`` and ``message`` say why it did not pass; ``lines`` is all there is to say."""

    name: str
    outcome: Outcome
    kind: str = ""
    message: str = ""
    lines: tuple[str, ...] = ()
    line: int | None = None


def junit_report(migration: Migration, options: ReportOptions = DEFAULTS) -> str:
    """The run as one ``testsuites`` document, a suite for each file."""
    suites = list(_suites(migration, options))
    root = ET.Element(
        "testsuites", {"name": "migrator", **_counts(case for _, found in suites for case in found)}
    )
    for path, found in suites:
        _write_suite(root, path, found)
    ET.indent(root)
    return f"{_DECLARATION}\n{ET.tostring(root, encoding='unicode')}\n"


def _suites(migration: Migration, options: ReportOptions) -> Iterator[tuple[str, list[_Case]]]:
    """(Path, cases) of every file; of the run as a whole where something is said of it."""
    paths = Paths(migration, options.base)
    compared = compare(migration, options.baseline)
    migration = compared.shown
    said = {part.path: part.parts for part in by_file(migration, migration.findings)}
    units: dict[str, list[UnitSummary]] = {}
    for unit in migration.units:
        units.setdefault(unit.sources[0].path, []).append(unit)
    known = {source.path for source in migration.sources} | units.keys()
    files = sorted({*known, *(path for path in said if path is not None)})
    of_run = [] if compared.baseline is None else [_comparison_case(compared, paths)]
    for path in (*([None] if None in said or of_run else []), *files):
        own = list(map(_unit_case, units.get(path, []))) if path is not None else of_run
        cases = [*own, *_finding_cases(said.get(path, ()), options.fail_on, paths)]
        name = RUN if path is None else shown(paths.relative(path))
        yield name, _distinct(cases or [_Case("nothing to convert", "passed")])


def _unit_case(unit: UnitSummary) -> _Case:
    name = f"{bounded(shown(unit.title), NAME_LIMIT)}: conversion"
    if unit.configuration is None:
        return _Case(name, "failure", unit.status, "There is no configuration for it.")
    made = f"configuration {shown(unit.configuration)}, {number(len(unit.access_keys), 'access key')}"
    return _Case(name, "passed", lines=(f"{STATUS_WORDS[unit.status]}: {made}",))


def _comparison_case(compared: Comparison, paths: Paths) -> _Case:
    """A test of its own, which passes: what is new fails or not by itself."""
    gone = (
        f"disappeared: {shown(gone_lead(replace(one, path=paths.relative(one.path))))} "
        f"{shown(bounded(paths.within(one.headline), NAME_LIMIT))}"
        for one in compared.gone
    )
    return _Case("compared with the baseline", "passed", lines=(f"{compared.words}.", *gone))


def _finding_cases(parts: Iterable[UnitPart], fail_on: Severity | None, paths: Paths) -> Iterator[_Case]:
    for part in parts:
        for group in part.groups:
            yield _finding_case(group, part.unit, fail_on, paths)


def _finding_case(group: Group, unit: UnitSummary | None, fail_on: Severity | None, paths: Paths) -> _Case:
    found = group.first
    message = shown(bounded(paths.within(headline(found)), NAME_LIMIT))
    owner = f"{bounded(shown(unit.title), NAME_LIMIT)}: " if unit is not None else ""
    return _Case(
        f"{found.code} {owner}{message}",
        _outcome(group, fail_on),
        found.code,
        message if found.waiver is None else shown(bounded(waived_words(found.waiver), NAME_LIMIT)),
        tuple(paths.within(line) for line in _details(group)),
        found.at.span.line if found.at is not None else None,
    )


def _outcome(group: Group, fail_on: Severity | None) -> Outcome:
    severity = group.severity
    if group.first.waiver is not None:
        return "skipped" if severity is not Severity.NOTE else "passed"
    if severity is Severity.ERROR or (fail_on is not None and severity.rank >= fail_on.rank):
        return "failure"
    return "skipped" if severity is Severity.WARNING else "passed"


def _details(group: Group) -> Iterator[str]:
    """What there is to say, every line without control characters; the figure points into the message."""
    found = group.first
    effect = "" if found.effect is Effect.NONE else f", {found.effect}"
    yield f"{found.severity} {found.code}{effect}: {found.title}"
    yield shown(bounded(headline(found), LONGEST))
    if found.waiver is not None:
        yield shown(bounded(waived_words(found.waiver), LONGEST))
    yield from (f"    {shown(bounded(line, LONGEST))}" for line in figure(found))
    if group.places:
        yield f"at {shown(places(group.places))}"
    if found.advice != NOTHING:
        yield shown(bounded(found.advice, LONGEST))


def _distinct(cases: Iterable[_Case]) -> list[_Case]:
    """Names of a suite's cases made different: a consumer shows one test of a name."""
    seen: Counter[str] = Counter()
    made: list[_Case] = []
    for case in cases:
        seen[case.name] += 1
        count = seen[case.name]
        name = case.name if count == 1 else f"{case.name} ({count})"
        made.append(_Case(name, case.outcome, case.kind, case.message, case.lines, case.line))
    return made


def _counts(cases: Iterable[_Case]) -> dict[str, str]:
    outcomes = Counter(case.outcome for case in cases)
    return {
        "tests": str(outcomes.total()),
        "failures": str(outcomes["failure"]),
        "errors": "0",
        "skipped": str(outcomes["skipped"]),
        "time": "0",
    }


def _write_suite(root: ET.Element, path: str, cases: list[_Case]) -> None:
    suite = ET.SubElement(root, "testsuite", {"name": path, **_counts(cases)})
    for case in cases:
        place = {} if path == RUN else {"file": path}
        if case.line is not None:
            place["line"] = str(case.line)
        attributes = {"classname": _class_name(path), "name": case.name, **place, "time": "0"}
        element = ET.SubElement(suite, "testcase", attributes)
        text = "\n".join(case.lines)
        if case.outcome == "passed":
            if text:
                ET.SubElement(element, "system-out").text = text
        else:
            why = {"message": case.message, "type": case.kind}
            ET.SubElement(element, case.outcome, why).text = text or case.message


def _class_name(path: str) -> str:
    """A path as Jenkins takes class names apart: folders are packages, the file is the class."""
    steps = (step.strip(".").replace(".", "_") for step in path.split("/"))
    return ".".join(step for step in steps if step) or "run"
