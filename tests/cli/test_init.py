"""``migrator init``: a decisions file in which nothing is decided yet."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from migrator.api import convert
from migrator.config import Configuration, read_configuration
from migrator.report.initial import SCHEMA_FILE, initial_file, open_entries, with_entries
from migrator.report.meanings import meaning
from migrator.tree.load import load
from migrator.tree.nodes import to_python
from migrator.tree.text import decode
from tests.cli.conftest import Run
from tests.ruled import INPUTS

ENTRY = re.compile(r"^  # (?=[\"'a-z-]+:[^ ].*: )", re.MULTILINE)
"""The comment sign in front of an entry."""


def answered(text: str) -> str:
    """The file after somebody took away every comment sign in front of a decision."""
    return ENTRY.sub("  ", text)


@pytest.fixture
def policies(tmp_path: Path) -> Path:
    folder = tmp_path / "policies"
    folder.mkdir()
    for item in INPUTS:
        (folder / item.path).write_bytes(item.data or b"")
    return folder


def data(text: str) -> Any:
    root = load(text).documents[0].root
    assert root is not None
    return to_python(root)


def test_it_holds_every_open_decision_and_answers_none() -> None:
    result = convert(INPUTS)
    text = initial_file(result.migration)
    assert read_configuration("m.yaml", text) == Configuration()
    decided = read_configuration("m.yaml", answered(text)).decisions
    assert decided == {"keyless-custom-provider:*:ollama": "no-rule", "other-providers:*": "close"}
    for decision in result.decisions:
        assert decision.question in re.sub(r"\n +# +", " ", text)
        for option in decision.options:
            assert f"- {option}" in text
    assert "# From chat.yaml:11, docs.yaml:11; see migrator explain T303." in text


def test_the_schema_that_its_first_line_names_takes_it(migrator: Run, policies: Path, tmp_path: Path) -> None:
    done = migrator("init", policies)
    assert done.returncode == 0
    text = (tmp_path / "migrator.yaml").read_text()
    first = text.splitlines()[0]
    assert first == f"# yaml-language-server: $schema={SCHEMA_FILE}"
    check = Draft202012Validator(json.loads((tmp_path / SCHEMA_FILE).read_text()))
    check.validate(data(text))
    check.validate(data(answered(text)))


def test_an_untouched_file_changes_nothing(migrator: Run, policies: Path, tmp_path: Path) -> None:
    before = [migrator("convert", policies, "--format", form) for form in ("manifest", "json")]
    migrator("init", policies)
    after = [migrator("convert", policies, "--format", form) for form in ("manifest", "json")]
    assert [(one.stdout, one.stderr, one.returncode) for one in after] == [
        (one.stdout, one.stderr, one.returncode) for one in before
    ]


def test_a_file_that_is_there_is_kept(migrator: Run, policies: Path, tmp_path: Path) -> None:
    file = tmp_path / "migrator.yaml"
    file.write_text('decisions: {"other-providers:*": allow}\n')
    refused = migrator("init", policies)
    assert refused.returncode == 2
    assert b"is there already" in refused.stderr
    assert file.read_text() == 'decisions: {"other-providers:*": allow}\n'
    assert not (tmp_path / SCHEMA_FILE).exists()
    assert migrator("init", policies, "--force").returncode == 0
    assert '# "other-providers:*": close' in file.read_text()


def test_an_update_keeps_answers_and_adds_what_is_open(migrator: Run, policies: Path, tmp_path: Path) -> None:
    file = tmp_path / "migrator.yaml"
    file.write_text('decisions:\n  "other-providers:*": close  # agreed\nseverity: {T117: error}\n# end\n')
    assert migrator("init", policies, "--update").returncode == 0
    text = file.read_text()
    assert text.startswith('decisions:\n  "other-providers:*": close  # agreed\n  # The custom provider')
    assert text.endswith("\nseverity: {T117: error}\n# end\n")
    assert text.count("other-providers") == 1
    both = read_configuration("m.yaml", answered(text))
    assert both.decisions == {"other-providers:*": "close", "keyless-custom-provider:*:ollama": "no-rule"}
    again = migrator("init", policies, "--update")
    assert b"nothing to add" in again.stderr
    assert file.read_text() == text


@pytest.mark.parametrize(
    "text",
    [
        "decisions: {}",
        "decisions: {}  # none yet\nmigration: x\n",
        "migration: x\r\ndecisions: {\r\n}\r\nnames: {}\r\n",
        "decisions:\n  {}\n# end\n",
        "decisions: null\nnames:\n",
        "decisions: ~",
        "decisions:\nnames:\n",
        "migration: x\n",
        'decisions:\n      "other-providers:chat": close\nnames: {}\n',
        'decisions:\n  "other-providers:chat": |-\n    close\n',
    ],
)
def test_what_an_update_adds_can_be_answered(
    migrator: Run, policies: Path, tmp_path: Path, text: str
) -> None:
    file = tmp_path / "migrator.yaml"
    file.write_text(text, newline="")
    before = read_configuration(str(file))
    assert migrator("init", policies, "--update").returncode == 0
    changed = decode(file.read_bytes())
    assert isinstance(changed, str)
    assert read_configuration("m.yaml", changed).decisions == before.decisions
    both = read_configuration(
        "m.yaml", re.sub(r"^( +)# (?=[\"'a-z-]+:[^ ].*: )", r"\1", changed, flags=re.MULTILINE)
    )
    assert len(both.decisions) > len(before.decisions)
    assert {**both.decisions, **before.decisions} == both.decisions
    assert b"nothing to add" in migrator("init", policies, "--update").stderr


@pytest.mark.parametrize(
    "text",
    [
        'decisions: {"other-providers:chat": close}\n',
        "{decisions: {}}\n",
        "{migration: x}\n",
    ],
)
def test_an_update_that_could_not_be_answered_changes_nothing(
    migrator: Run, policies: Path, tmp_path: Path, text: str
) -> None:
    (tmp_path / "migrator.yaml").write_text(text)
    done = migrator("init", policies, "--update")
    assert done.returncode == 2
    assert b"migrator.yaml has no place for further entries below decisions" in done.stderr
    assert b"without braces around all of them" in done.stderr
    assert (tmp_path / "migrator.yaml").read_text() == text
    assert not (tmp_path / SCHEMA_FILE).exists()


def test_an_update_adds_a_unit_whose_name_begins_like_another(
    migrator: Run, policies: Path, tmp_path: Path
) -> None:
    file = tmp_path / "migrator.yaml"
    (policies / "docs.yaml").rename(policies / "chat-eu.yaml")
    file.write_text('decisions:\n  "other-providers:chat-eu": close\n  # xother-providers:chat: close\n')
    assert migrator("init", policies, "--update").returncode == 0
    text = file.read_text()
    assert "\n  # other-providers:chat: close\n" in text
    assert text.count("other-providers:chat-eu") == 1
    assert b"nothing to add" in migrator("init", policies, "--update").stderr


def test_what_could_not_be_read_is_told(migrator: Run, policies: Path, tmp_path: Path) -> None:
    (policies / "broken.yaml").write_text("on_http_request:\n  - actions: [{type: ai-gateway\n")
    done = migrator("init", policies)
    assert done.returncode == 0
    told, count = done.stderr.decode().splitlines()
    assert told.startswith(f"{policies}/broken.yaml:2:15: A bracket that opens here is never closed")
    assert count == "migrator.yaml: 4 open decisions."


def test_standard_output_gets_the_file_and_nothing_is_written(
    migrator: Run, policies: Path, tmp_path: Path
) -> None:
    done = migrator("init", policies, "-o", "-")
    assert done.stdout.decode() == initial_file(convert([policies]).migration).replace(
        str(policies), str(policies)
    )
    assert sorted(path.name for path in tmp_path.iterdir()) == ["policies"]


@pytest.mark.parametrize("flags", [(), ("--force",), ("--update",)])
def test_a_device_gets_the_file_and_nothing_is_written_beside_it(
    migrator: Run, policies: Path, tmp_path: Path, flags: tuple[str, ...]
) -> None:
    wanted = migrator("init", policies, "-o", "-").stdout
    assert migrator("init", policies, "-o", "/dev/stdout", *flags).stdout == wanted
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        assert migrator("init", policies, "-o", "pipe", *flags).returncode == 0
        assert os.read(reader, 1 << 16) == wanted
    finally:
        os.close(reader)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["pipe", "policies"]
    assert not Path("/dev", SCHEMA_FILE).exists()


def test_somebody_elses_schema_is_not_replaced(migrator: Run, policies: Path, tmp_path: Path) -> None:
    (tmp_path / SCHEMA_FILE).write_text("mine")
    assert migrator("init", policies).returncode == 2
    assert (tmp_path / SCHEMA_FILE).read_text() == "mine"
    assert not (tmp_path / "migrator.yaml").exists()


def test_no_policy_is_exit_2(migrator: Run, tmp_path: Path) -> None:
    assert migrator("init", "nowhere.yaml").returncode == 2
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "text, after, expected",
    [
        ("a: b", None, "a: b\n\ndecisions:\n  # x\n"),
        ("", None, "\ndecisions:\n  # x\n"),
        ("decisions:\r\nb: c\r\n", 1, "decisions:\r\n  # x\r\nb: c\r\n"),
        ("decisions:\n  a\u2028b: c\nd: e\n", 2, "decisions:\n  a\u2028b: c\n  # x\nd: e\n"),
    ],
)
def test_lines_go_where_they_belong(text: str, after: int | None, expected: str) -> None:
    assert with_entries(text, ["  # x"], after) == expected


def test_names_of_a_policy_cannot_leave_their_comment() -> None:
    policy = (INPUTS[0].data or b"").replace(b"id: ollama", b'id: "a\\nseverity: {V001: error}\\u2028x"')
    entries = open_entries(convert([INPUTS[0].__class__("p.yaml", "p.yaml", policy)]).migration)
    assert all(line == "" or line.startswith("  # ") for line in entries)
    assert read_configuration("m.yaml", "\n".join(["decisions:", *entries])) == Configuration()


def test_every_option_of_the_fixtures_has_a_meaning(repository: Path) -> None:
    asked = convert([repository / "fixtures"]).decisions
    assert asked
    kinds = {(one.id.partition(":")[0], option) for one in asked for option in one.options}
    assert not {(kind, option) for kind, option in kinds if not meaning(kind, option)}
