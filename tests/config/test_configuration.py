"""The decisions file: what it may say, and how it says what is wrong with it."""

from __future__ import annotations

import json
import os
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from migrator.config import KEYS, Configuration, read_configuration
from migrator.config.reading import parsed_day
from migrator.errors import UsageError
from migrator.findings.base import Severity
from migrator.report.schemas import schema
from migrator.tree.load import load
from migrator.tree.nodes import to_python

WHOLE = """\
migration: prod
model-ids: catalog
decisions:
  "who-pays:*": ngrok
  "accepted-wider:a": {choose: accept, reason: "closed by\\n mistake", by: Ada}
names:
  accessKeys/chat: Chat application
provider-ids: {ollama: ollama-eu}
severity:
  T117: error
  T103: {level: note, reason: agreed, by: Ada}
waivers:
  - {code: T305, reason: ticket 12, until: 2027-01-31}
  - code: T305
    unit: "chat.*"
    file: a.yaml
    pointer: /on_http_request/*
    reason: ticket 13
    by: Ada
    until: "2027-02-28"
"""


def read(text: str) -> Configuration:
    return read_configuration("m.yaml", text)


def refused(text: str) -> str:
    with pytest.raises(UsageError) as caught:
        read(text)
    return f"{caught.value.message} | {caught.value.remedy}"


def test_a_file_that_is_too_big_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("migrator.config.reading.SIZE_LIMIT", 1024 * 1024)
    (tmp_path / "m.yaml").write_text(f"#{'x' * 1024 * 1024}\n")
    with pytest.raises(UsageError, match="is larger than 1 MiB"):
        read_configuration(str(tmp_path / "m.yaml"))


def test_every_key_is_read() -> None:
    held = read(WHOLE)
    assert (held.migration, held.model_ids) == ("prod", "catalog")
    assert held.decisions == {"who-pays:*": "ngrok", "accepted-wider:a": "accept"}
    assert held.reasons["accepted-wider:a"].reason == "closed by mistake"
    assert held.names.objects["accessKeys/chat"].text == "Chat application"
    assert held.names.provider_ids["ollama"].text == "ollama-eu"
    assert {code: one.level for code, one in held.rulings.regrades.items()} == {
        "T117": Severity.ERROR,
        "T103": Severity.NOTE,
    }
    first, second = held.rulings.waivers
    assert (first.until, first.by, first.unit) == (date(2027, 1, 31), None, "*")
    assert (second.until, second.by, second.pointer) == (date(2027, 2, 28), "Ada", "/on_http_request/*")


def test_every_entry_knows_its_line() -> None:
    held = read(WHOLE)
    assert [str(one.at) for one in held.rulings.waivers] == ["m.yaml:13:5", "m.yaml:14:5"]
    assert str(held.reasons["who-pays:*"].at) == "m.yaml:4:3"
    assert str(held.names.objects["accessKeys/chat"].at) == "m.yaml:7:3"
    assert str(held.rulings.regrades["T103"].at) == "m.yaml:11:3"


@pytest.mark.parametrize(
    "text", ["", "# only a comment\n", "---\n...\n", "null\n", *(f"{key}:\n" for key in KEYS[2:])]
)
def test_a_file_without_entries_says_nothing(text: str) -> None:
    assert read(text) == Configuration()


def test_no_file_is_no_configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert read_configuration(None) == Configuration()
    with pytest.raises(UsageError, match="could not be read"):
        read_configuration("migrator.yaml")


@pytest.mark.parametrize("make", ["mkdir", "mkfifo", "link"])
def test_what_has_the_name_and_is_no_file_is_not_passed_over(
    make: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    if make == "link":
        Path("migrator.yaml").symlink_to("nowhere.yaml")
    else:
        getattr(os, make)("migrator.yaml")
    with pytest.raises(UsageError, match="could not be read: it is no file"):
        read_configuration(None)


def waiver(**members: str) -> str:
    given = {"code": "T305", "reason": "ticket", "until": "2027-01-31", **members}
    return f"waivers:\n  - {json.dumps({name: value for name, value in given.items() if value})}\n"


@pytest.mark.parametrize(
    "text, expected",
    [
        ("decisions: [", "m.yaml:1"),
        ("- a", "m.yaml:1: expected a mapping"),
        ("decision: {}", "unknown key decision | Did you mean decisions?"),
        ("waiver: []", "Did you mean waivers?"),
        ("a: b\n", "The keys are migration, model-ids"),
        ("decisions: 3", "decisions is a mapping"),
        ("decisions: {a: {}}", "without choose"),
        ("decisions:\n  a:\n", "m.yaml:2: a decision's option is one word"),
        ("decisions: {a: {chose: b}}", "unknown key chose in a decision | Did you mean choose?"),
        ("decisions: {a: {choose: b, reason: ''}}", "reason is text"),
        ("decisions: {a: b, a: c}", "a second time; the first is on line 1. | Keep one of the two."),
        ("decisions: {}\ndecisions: {}", "m.yaml:2"),
        ("decisions: {}\n---\nwaivers: []", "m.yaml:2: a second document begins"),
        ("waivers: {}", "waivers is a list"),
        ("waivers: [a]", "a waiver is a mapping"),
        (waiver(code="T999"), "there is no finding T999"),
        (waiver(code="t305"), "there is no finding t305 | Did you mean T305"),
        (waiver(code="V003"), "V003 cannot be waived | It says that migrator is mistaken"),
        (waiver(code="V001"), '"accepted-wider:UNIT": {choose: accept'),
        (waiver(code="D001"), "D001 cannot be waived"),
        (waiver(reason=""), "a waiver without reason"),
        (waiver(until=""), "a waiver without until"),
        (waiver(reason="  "), "reason is text"),
        (waiver(reason="\u200b"), "m.yaml:2: reason has nothing but invisible characters"),
        (waiver(by="\u3164"), "by has nothing but invisible characters"),
        ('decisions: {a: {choose: b, reason: "\\u200b \\u2060"}}', "reason has nothing but invisible"),
        ('severity: {T201: {level: note, reason: "\\ufeff"}}', "reason has nothing but invisible"),
        (waiver(code="R003"), "m.yaml:2: the waiver of R003 (not read) names no file | Write `file: PATH`"),
        (waiver(code="R003", unit="chat"), "names no file"),
        (waiver(code="R012", file="**"), "names no file"),
        (waiver(code="R003", file="*.yaml"), "names no file"),
        (waiver(code="R003", file="*/*.*"), "names no file"),
        (waiver(until="tomorrow"), "m.yaml:2: until: tomorrow is not a day written as YYYY-MM-DD"),
        (waiver(until="2027-02-30"), "until: there is no day 2027-02-30"),
        (waiver(until="2027-01-31T00:00:00Z"), "is not a day"),
        (waiver(until="20270131"), "is not a day"),
        (waiver(until="2027-W04-7"), "is not a day"),
        (waiver(until="\u0662\u0660\u0662\u0667-01-31"), "is not a day"),
        (waiver(units="a"), "unknown key units in a waiver | Did you mean unit or until?"),
        ("waivers:\n  - {code: [T305], reason: a, until: 2027-01-31}", "code is text"),
        ("severity: {T117: fatal}", "T117 cannot be fatal"),
        ("severity: {T117: eror}", "Did you mean error?"),
        ("severity: {T999: error}", "there is no finding T999"),
        ("severity: {T117: {reason: a}}", "T117 without level"),
        ("severity: {V003: note}", "V003 cannot be less than error"),
        ("severity: {V001: warning}", "accepted-wider"),
        ("model-ids: qualfied", "Did you mean qualified?"),
        ("migration: [a]", "migration is text"),
        ("migration: ''", "migration is text"),
        (f"migration: {'x' * 101}", "1 to 100"),
        ("names: {accessKeys/a: [b]}", "accessKeys/a is text"),
        (f"names: {{accessKeys/a: {'x' * 256}}}", "1 to 255"),
        ('names: {accessKeys/a: "a\\nb"}', "printable"),
        ("names: {accessKeys/a: sk-abcdefgh12345678}", "holds a credential"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(text: str, expected: str) -> None:
    said = refused(text)
    assert expected in said
    assert said.startswith("m.yaml:")


@pytest.mark.parametrize(
    "text", [waiver(code="R003", file="old/*"), waiver(code="R011"), waiver(code="L001")]
)
def test_what_was_read_and_named_files_are_waived(text: str) -> None:
    assert read(text).rulings.waivers


def test_less_severity_of_a_danger_takes_a_reason() -> None:
    assert "is not made less than" in refused("severity: {T201: note}")
    assert "R003 (not read) is not made less than error" in refused("severity: {R003: warning}")
    held = read("severity: {T201: {level: note, reason: agreed}}")
    assert held.rulings.regrades["T201"].level is Severity.NOTE


@pytest.mark.parametrize(
    "text", ["severity: {T201: error}", "severity: {V003: error}", "severity: {V001: error}"]
)
def test_the_severity_that_a_code_has_may_be_said(text: str) -> None:
    assert read(text).rulings.regrades


PLANTED = "sk-PLANTED0123456789abcdef"


@pytest.mark.parametrize(
    "text",
    [
        f"{PLANTED}: x",
        f"decisions: {{a: {{choose: b, {PLANTED}: c}}}}",
        f"severity: {{{PLANTED}: note}}",
        f"severity: {{T117: {PLANTED}}}",
        f"model-ids: {PLANTED}",
        waiver(until=PLANTED),
        waiver(code=PLANTED),
        f"names: {{{PLANTED}: [x]}}",
        f"names: {{accessKeys/a: {PLANTED}}}",
        f"names: {{accessKeys/{PLANTED}: a}}",
        f"provider-ids: {{{PLANTED}: openai}}",
        f"migration: {PLANTED}",
        waiver(unit=f"{PLANTED}*"),
        waiver(file=f"/{PLANTED}"),
        waiver(pointer=f"/{PLANTED}/*"),
    ],
)
def test_no_message_shows_a_credential(text: str) -> None:
    assert PLANTED not in refused(text)


def test_a_reason_shows_no_credential() -> None:
    held = read(waiver(reason=f"it was {PLANTED} and password=hunter2hunter2"))
    assert held.rulings.waivers[0].reason == "it was *** and password=***"
    noted = read(waiver(reason="the api_key: made-up-7secret, MADEUPforthistest7x2LrT9vBn4KwZp8MsYc3"))
    assert noted.rulings.waivers[0].reason == "the api_key: *** ***"


@pytest.mark.parametrize(
    "text", ["2027-1-31", " 2027-01-31", "2027-01-31\n", "0000-01-01", "2027-13-01", "2026-02-29"]
)
def test_a_day_is_written_in_one_way(text: str) -> None:
    with pytest.raises(ValueError, match="day"):
        parsed_day(text)


def valid(text: str) -> bool:
    root = load(text).documents[0].root
    assert root is not None
    made: Any = to_python(root)
    return Draft202012Validator(schema("decisions")).is_valid(made)


def test_the_schema_takes_what_is_read() -> None:
    assert valid(WHOLE)
    assert all(valid(f"{key}: null") for key in KEYS[2:])


@pytest.mark.parametrize(
    "text",
    [
        "decision: {}",
        "decisions: {a: {}}",
        waiver(code="V003"),
        waiver(code="T999"),
        waiver(until="soon"),
        waiver(reason=""),
        "severity: {T117: fatal}",
        "severity: {T999: error}",
        "names: {a: ''}",
        "model-ids: other",
    ],
)
def test_the_schema_refuses_what_is_refused(text: str) -> None:
    assert not valid(text)
    refused(text)
