from __future__ import annotations

import re
from collections import Counter
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from migrator.findings.base import Effect
from migrator.findings.requests import HeaderLost
from migrator.merge.model import Migration
from migrator.report.github import SHOWN_OF_A_KIND, github_report
from migrator.report.options import ReportOptions
from migrator.spans import Location, Span
from tests import manual
from tests.report import sample
from tests.report.conftest import Named
from tests.report.test_sarif import WORST


class Command(NamedTuple):
    kind: str
    properties: dict[str, str]
    message: str


# As the runner reads a line (ActionCommand.TryParseV2): properties up to the next `::`, parted by
# commas, unescaped after they are parted.
def commands(text: str) -> list[Command]:
    found = []
    for line in text.splitlines():
        if (read := re.fullmatch(r"::([a-z]+) (.*?)::(.*)", line)) is None:
            assert not line.startswith("::")
            continue
        pairs = (one.partition("=") for one in read[2].split(","))
        given = {name: _unescaped(value, {"%3A": ":", "%2C": ","}) for name, _, value in pairs}
        found.append(Command(read[1], given, _unescaped(read[3], {})))
    return found


def _unescaped(text: str, more: dict[str, str]) -> str:
    for code, char in {"%0D": "\r", "%0A": "\n", **more, "%25": "%"}.items():
        text = text.replace(code, char)
    return text


def test_a_finding_is_an_annotation_of_its_place(migration: Migration) -> None:
    found = next(one for one in commands(github_report(migration)) if "T602" in one.properties["title"])
    place = next(one.at for one in migration.findings if one.code == "T602")
    assert place is not None
    assert found.kind == "error"
    assert found.properties["file"] == sample.CHAT
    assert found.properties["line"] == str(place.span.line)
    assert found.properties["endLine"] == str(place.span.end_line)
    assert "lost-protection" in found.properties["title"]


def test_columns_stand_only_within_one_line(migration: Migration) -> None:
    for span, has_column in ((Span(2, 3, 2, 9), True), (Span(2, 3, 4, 9), False)):
        at = Location("a.yaml", span)
        one = replace(migration, findings=(replace(migration.findings[-1], at=at),))
        (command,) = commands(github_report(one))
        assert ("col" in command.properties, "endColumn" in command.properties) == (has_column, has_column)


def test_properties_and_messages_are_escaped(migration: Migration) -> None:
    at = Location("a,b:c%.yaml", Span(1, 1, 1, 2))
    one = replace(migration, findings=(replace(migration.findings[-1], at=at),))
    first = github_report(one).splitlines()[0]
    assert "file=a%2Cb%3Ac%25.yaml,line=1" in first
    assert commands(first)[0].properties["file"] == "a,b:c%.yaml"


def test_the_gravest_of_a_kind_come_first(migration: Migration) -> None:
    kinds = [command.kind for command in commands(github_report(migration))]
    assert kinds == sorted(kinds, key=["error", "warning", "notice"].index)
    errors = [one for one in commands(github_report(migration)) if one.kind == "error"]
    assert "lost-protection" in errors[0].properties["title"]


def test_what_github_would_drop_is_counted(fleet: Migration) -> None:
    alone = tuple(
        replace(one, at=replace(one.at, span=Span(number + 1, 1, number + 1, 2)), pointer=str(number))
        if one.at
        else one
        for number, one in enumerate(fleet.findings)
    )
    told = tuple(
        replace(one, name=f"h{number}") if isinstance(one, HeaderLost) else one
        for number, one in enumerate(alone)
    )
    read = commands(github_report(replace(fleet, findings=told)))
    counted = Counter(command.kind for command in read)
    assert max(counted.values()) <= SHOWN_OF_A_KIND
    assert read[-1].kind == "notice"
    assert re.match(r"\d+ more (error|warning|note)s", read[-1].message)


def test_repetitions_are_one_annotation(fleet: Migration) -> None:
    messages = [command.message for command in commands(github_report(fleet))]
    assert any("500 places; this is the first: " in message for message in messages)
    assert any(message.count(".yaml:") >= SHOWN_OF_A_KIND for message in messages)


def test_where_there_is_room_each_place_has_its_annotation(migration: Migration) -> None:
    one = next(found for found in migration.findings if found.code == "T602")
    at = [Location(f"{name}.yaml", Span(3, 1, 3, 9)) for name in "abcdefghijk"]
    alike = tuple(replace(one, at=place) for place in at)
    read = commands(github_report(replace(migration, findings=alike[:SHOWN_OF_A_KIND])))
    assert [command.properties["file"] for command in read] == [place.path for place in at[:SHOWN_OF_A_KIND]]
    (command,) = commands(github_report(replace(migration, findings=alike)))
    assert "11 places; this is the first: a.yaml:3, b.yaml:3" in command.message
    assert "j.yaml:3 and 1 more" in command.message


def test_no_code_takes_the_room_of_another(migration: Migration) -> None:
    codes = dict.fromkeys(found.code for found in migration.findings if found.effect is Effect.NARROWER)
    few = {code: next(found for found in migration.findings if found.code == code) for code in codes}
    header = next(found for found in migration.findings if isinstance(found, HeaderLost))
    many = [replace(header, name=f"h{number}") for number in range(SHOWN_OF_A_KIND + 1)]
    others = [found for found in few.values() if found.severity is header.severity]
    assert others
    late = [
        replace(found, at=Location("z.yaml", Span(9, 1, 9, 2)))
        for found in others
        if found.code != header.code
    ]
    text = github_report(replace(migration, findings=(*many, *late)))
    titles = {command.properties["title"][:4] for command in commands(text)}
    assert {found.code for found in late} <= titles


def test_nothing_to_report_is_one_plain_line(fine: Migration) -> None:
    assert github_report(fine) == "migrator: no findings\n"


@pytest.mark.parametrize("case", manual.all_cases(), ids=lambda case: case.name)
def test_the_fixtures_give_commands(case: manual.Case) -> None:
    result = manual.run(case)
    text = github_report(result.migration, ReportOptions())
    read = commands(text)
    assert bool(read) == bool(result.findings)
    assert len(text.splitlines()) == len(read) + 1


@pytest.mark.parametrize("text", WORST)
def test_a_hostile_policy_is_harmless(named: Named, text: str) -> None:
    written = github_report(named(text))
    assert written.replace("\n", "").isprintable()
    assert {command.kind for command in commands(written)} <= {"error", "warning", "notice"}
    assert len(commands(written)) == len(written.splitlines()) - 1


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(
    text=st.sampled_from(["::error::x", "\n::add-mask::x", "##[error]x", "%0A::stop-commands::x"]) | st.text()
)
def test_no_text_starts_a_command_of_its_own(named: Named, text: str) -> None:
    kinds = [command.kind for command in commands(github_report(named(f"{text}\n{text}")))]
    assert set(kinds) <= {"error", "warning", "notice"}
