from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from tests.cli.conftest import Run

AGENT = """\
version: 3
endpoints:
  - url: https://ai.example.com
    traffic_policy:
      on_http_request:
        - actions:
            - type: ai-gateway
              config:
                only_allow_configured_providers: true
                providers: [{id: openai, api_keys: [{value: "${secrets.get('openai', 'main')}"}]}]
"""
CLIENT = 'from openai import OpenAI\n\nclient = OpenAI(base_url="https://ai.example.com/v1")\n'


@pytest.fixture
def bundle(migrator: Run, tmp_path: Path) -> Path:
    (tmp_path / "ngrok.yml").write_text(AGENT)
    assert migrator("convert", "ngrok.yml", "-o", "bundle").returncode == 0
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "a.py").write_text(CLIENT)
    return tmp_path / "bundle"


def test_the_report_names_place_and_replacement(migrator: Run, bundle: Path) -> None:
    done = migrator("clients", "--bundle", bundle, "src")
    assert done.returncode == 1
    assert done.stderr == b""
    lines = done.stdout.decode().splitlines()
    assert lines[0] == "src/a.py:3:27  change  base-url"
    assert lines[1].strip() == "https://ai.example.com/v1 -> https://gateway.ngrok.ai/v1"
    assert lines[-1] == "1 file searched: 1 mention in 1 file left, 1 that --write can change."


def test_the_report_as_json(migrator: Run, bundle: Path) -> None:
    done = migrator("clients", "--bundle", bundle, "--format", "json", "src")
    assert json.loads(done.stdout) == {
        "formatVersion": 1,
        "mentions": [
            {
                "path": "src/a.py",
                "line": 3,
                "column": 27,
                "kind": "base-url",
                "found": "https://ai.example.com/v1",
                "replacement": "https://gateway.ngrok.ai/v1",
                "unambiguous": True,
                "why": "the same path of the new gateway",
                "changed": False,
            }
        ],
        "searched": 1,
        "unread": [],
        "refused": [],
    }


def test_diff_prints_a_patch_and_changes_nothing(migrator: Run, bundle: Path, tmp_path: Path) -> None:
    done = migrator("clients", "--bundle", bundle, "--diff", "src")
    assert done.returncode == 1
    assert (tmp_path / "src" / "a.py").read_text() == CLIENT
    git = ["git", "apply", "-"]
    subprocess.run(git, input=done.stdout, cwd=tmp_path, check=True)
    assert (tmp_path / "src" / "a.py").read_text() == CLIENT.replace("ai.example.com", "gateway.ngrok.ai")
    assert b"1 mention in 1 file" in done.stderr


def test_write_changes_and_then_nothing_is_left(migrator: Run, bundle: Path, tmp_path: Path) -> None:
    done = migrator("clients", "--bundle", bundle, "--write", "src")
    assert done.returncode == 0
    assert done.stdout.decode().splitlines()[0] == "src/a.py:3:27  changed  base-url"
    assert "gateway.ngrok.ai/v1" in (tmp_path / "src" / "a.py").read_text()
    again = migrator("clients", "--bundle", bundle, "src")
    assert (again.returncode, again.stdout) == (0, b"1 file searched: nothing is left to change.\n")


def test_the_inputs_of_the_conversion_are_no_clients(migrator: Run, bundle: Path) -> None:
    assert migrator("clients", "--bundle", bundle, "ngrok.yml").returncode == 0


def test_a_kind_can_be_left_out(migrator: Run, bundle: Path) -> None:
    assert migrator("clients", "--bundle", bundle, "--ignore", "base-url", "src").returncode == 0
    wrong = migrator("clients", "--bundle", bundle, "--ignore", "nothing", "src")
    assert wrong.returncode == 2


@pytest.mark.parametrize(
    "arguments,said",
    [
        (("--bundle", "nowhere", "src"), b"report.json cannot be used: no such file or directory"),
        (("--bundle", "bundle", "nowhere"), b"nowhere does not exist"),
        (("--bundle", "bundle", "--diff", "--write", "src"), b"exclude each other"),
        (("--bundle", "bundle", "--diff", "--format", "json", "src"), b"--diff prints a patch"),
        (("src",), b"--bundle"),
        (("--bundle", "bundle"), b"PATH"),
    ],
)
def test_a_wrong_call_is_told(migrator: Run, bundle: Path, arguments: tuple[str, ...], said: bytes) -> None:
    done = migrator("clients", *arguments)
    assert (done.returncode, done.stdout) == (2, b"")
    assert said in done.stderr
    assert b"Traceback" not in done.stderr


@pytest.mark.parametrize(
    "text",
    [
        "",
        "<html>",
        "[]",
        "{}",
        '{"formatVersion": 2}',
        '{"formatVersion": 1}',
        '{"formatVersion": 1, "manifest": [], "units": 3, "sources": null}',
        '{"formatVersion": 1, "manifest": {"accessKeyConfigurations": []}, "units": [{"id": 1}], "sources": []}',
        "[" * 100_000,
    ],
)
def test_a_bundle_that_makes_no_sense_is_told(migrator: Run, tmp_path: Path, text: str) -> None:
    (tmp_path / "bundle").mkdir()
    (tmp_path / "bundle" / "report.json").write_text(text)
    (tmp_path / "a.py").write_text(CLIENT)
    done = migrator("clients", "--bundle", "bundle", "a.py")
    assert (done.returncode, done.stdout) == (2, b"")
    assert b"bundle/report.json cannot be used" in done.stderr
