"""`migrator audit`: a repository, its policies once each, and who calls the endpoints."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.properties.planting import made_up

POLICY = """
on_http_request:
  - actions:
      - type: ai-gateway
        config: {{providers: [{{id: openai, api_keys: [{{value: "{value}"}}]}}]}}
"""
SECRET = "${secrets.get('openai', 'primary')}"


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    endpoint = {"id": "ep_1", "url": "https://ai.example.com", "traffic_policy": POLICY.format(value=SECRET)}
    files = {
        ".gitignore": "out/\n",
        "out/policy.yaml": POLICY.format(value=SECRET),
        "account.json": json.dumps({"endpoints": [endpoint], "uri": "x"}),
        "policies/same.yaml": POLICY.format(value=SECRET),
        "policies/own.yaml": POLICY.format(value=made_up("first")),
        "policies/other.yaml": POLICY.format(value=made_up("first")),
        "src/app.py": f'client = OpenAI(base_url="https://ai.example.com/v1", api_key="{made_up("client")}")\n',
        "src/notes.md": "nothing here\n\nsee https://AI.example.com, not ai.example.com.evil.org\n",
        "src/binary.bin": "\0https://ai.example.com",
        "node_modules/x/policy.yaml": POLICY.format(value=SECRET),
        "vendor/policy.yaml": POLICY.format(value=SECRET),
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def test_a_repository_ends_in_how_many_policies_there_are(migrator: Run, repository: Path) -> None:
    done = migrator("audit", ".", "--fail-on", "never", cwd=repository)
    said = done.stdout.decode()
    assert done.returncode == 0, done.stderr
    assert "4 files hold 3 distinct policies with the action." in said
    assert "account.json:1, policies/same.yaml:2" in said
    assert "src/app.py:1:27  https://ai.example.com/v1" in said
    assert "src/notes.md:3:5  https://ai.example.com" in said
    assert "named by .gitignore: out" in said
    assert "vendored: vendor" in said
    assert "EXAMPLE" not in said


def test_the_document_has_every_mention_and_every_place(migrator: Run, repository: Path) -> None:
    done = migrator("audit", "--format", "json", "--fail-on", "never", ".", cwd=repository)
    document = json.loads(done.stdout)
    assert [(one["path"], one["line"], one["holdsPolicy"]) for one in document["mentions"]] == [
        ("account.json", 1, True),
        ("src/app.py", 1, False),
        ("src/notes.md", 3, False),
    ]
    assert sorted(len(policy["places"]) for policy in document["policies"]) == [1, 1, 2]
    assert document["search"]["ignored"] == ["out"]
    assert document["search"]["vendored"] == ["vendor"]


@pytest.mark.parametrize("form", ["text", "markdown", "csv", "json"])
def test_no_key_of_a_file_is_in_it(migrator: Run, repository: Path, form: str) -> None:
    done = migrator("audit", ".", "--format", form, cwd=repository)
    for planted in (made_up("first"), made_up("client")):
        assert planted.encode() not in done.stdout + done.stderr


def test_a_file_too_big_to_look_into_is_told(migrator: Run, repository: Path) -> None:
    (repository / "dump.sql").write_bytes(b"x" * (9 * 1024 * 1024))
    done = migrator("audit", ".", "--fail-on", "never", cwd=repository)
    assert b"unreadable: dump.sql (it has more than 8 MiB)" in done.stdout


def test_a_directory_that_is_ignored_is_searched_when_it_is_named(migrator: Run, repository: Path) -> None:
    done = migrator("audit", "out", "--fail-on", "never", cwd=repository)
    assert b"1 file holds 1 distinct policy" in done.stdout


def test_a_path_that_leads_to_nothing_is_named(migrator: Run, repository: Path) -> None:
    done = migrator("audit", "policies", "polices", "--group-by", "endpoint", cwd=repository)
    assert done.returncode == 1
    assert done.stderr == b"polices:1:1: no such file or directory, and no pattern that matches one\n"
