"""The residual policies of a run as one patch over its inputs."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

import migrator
from migrator import Input
from tests.properties.planted import PLANTED
from tests.sources.hosts import POLICY

KEYED = POLICY.replace("${secrets.get('a', \"b\")}", "made-up-key-0123456789")


def patch(*inputs: Input | str | Path) -> str:
    return migrator.convert(inputs).residuals().patch


def test_the_patch_of_every_fixture_is_applied_and_leaves_no_action(
    tmp_path: Path, repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(repository / "fixtures" / "containers", tmp_path / "in")
    monkeypatch.chdir(tmp_path)
    result = migrator.convert(["in"]).write_bundle(Path("out"))
    made = (tmp_path / "out" / "residual.patch").read_bytes()
    git = ["git", "apply", "--whitespace=nowarn", "-"]
    subprocess.run(git, input=made, cwd=tmp_path, check=True)
    changed = set(re.findall(r"^diff --git a/(\S+)", made.decode(), re.MULTILINE))
    assert len(changed) > 40
    by_hand = {found.at.path for found in result.findings if found.code in ("W004", "W006") and found.at}
    again = migrator.convert(["in"])
    holds = {source.path for source in again.migration.sources if source.file.has_action}
    assert not (holds & changed) - by_hand
    assert {Path(path).suffix for path in changed} >= {
        ".yaml",
        ".yml",
        ".tf",
        ".sh",
        ".py",
        ".mjs",
        ".go",
        ".rs",
        ".java",
    }


def test_a_line_with_a_credential_is_in_no_patch() -> None:
    result = migrator.convert([Input("a.yaml", "a.yaml", KEYED.encode())]).residuals()
    assert result.patch == ""
    (found,) = (one for one in result.findings if one.code == "W006")
    assert found.at is not None
    assert found.at.span.line == 8
    assert "credential" in found.text


def test_a_document_with_a_credential_does_not_keep_the_others_back() -> None:
    made = patch(Input("a.yaml", "a.yaml", f"{POLICY}---\n{KEYED}---\n{POLICY}".encode()))
    assert made.count("+on_http_request: []") == 2
    assert "made-up" not in made


@pytest.mark.parametrize("name,text", [("a.py", 'P = """\n{}"""\n'), ("a.sh", "cat > p.yaml <<'E'\n{}E\n")])
def test_a_program_with_a_credential_is_left_to_people(name: str, text: str) -> None:
    result = migrator.convert([Input(name, name, text.format(KEYED).encode())]).residuals()
    assert result.patch == ""
    assert [found.code for found in result.findings] == ["W004"]


@pytest.mark.parametrize("path", ["/tmp/a.yaml", "../a.yaml"])  # noqa: S108 -- a name, not a file
def test_a_path_that_leads_out_is_left_out_with_a_word(path: str) -> None:
    result = migrator.convert([Input(path, "a.yaml", POLICY.encode())]).residuals()
    assert result.patch == ""
    assert [found.code for found in result.findings if found.code.startswith("W00")] == ["W006"]


@pytest.mark.parametrize("name", [os.fsdecode(b"in/b\xff.yaml"), "link/../b.yaml"])
def test_a_path_that_is_shown_otherwise_does_not_spoil_the_patch(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "in").mkdir()
    (tmp_path / "elsewhere" / "below").mkdir(parents=True)
    (tmp_path / "link").symlink_to("elsewhere/below")
    for path in (Path("in/a.yaml"), Path(name)):
        path.write_text(POLICY)
    result = migrator.convert(["in", name]).residuals()
    subprocess.run(["git", "apply", "-"], input=result.patch.encode(), cwd=tmp_path, check=True)
    assert "ai-gateway" not in Path("in/a.yaml").read_text()
    (told,) = [found for found in result.findings if found.code == "W006"]
    assert "its name is not UTF-8" in told.text


@pytest.mark.parametrize("name", ["link.yaml", "folder/b.yaml"])
def test_a_link_in_a_path_does_not_spoil_the_patch(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "in").mkdir()
    for path in (Path("in/a.yaml"), Path("in/b.yaml")):
        path.write_text(POLICY)
    Path("link.yaml").symlink_to("in/b.yaml")
    Path("folder").symlink_to("in")
    result = migrator.convert(["in/a.yaml", name]).residuals()
    subprocess.run(["git", "apply", "-"], input=result.patch.encode(), cwd=tmp_path, check=True)
    assert "ai-gateway" not in Path("in/a.yaml").read_text()
    (told,) = [found for found in result.findings if found.code == "W006"]
    assert (told.at is not None and told.at.path, "a link stands in its path" in told.text) == (name, True)


def test_a_path_that_goes_up_and_not_behind_a_link_is_in_the_patch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "in").mkdir()
    Path("in/a.yaml").write_text(POLICY)
    assert (
        migrator.convert(["./in/../in//a.yaml"])
        .residuals()
        .patch.startswith("diff --git a/in/a.yaml b/in/a.yaml")
    )


def test_a_byte_order_mark_is_no_part_of_a_patch() -> None:
    result = migrator.convert([Input("a.yaml", "a.yaml", b"\xef\xbb\xbf" + POLICY.encode())]).residuals()
    assert result.patch == ""
    assert "byte order mark" in " ".join(found.text for found in result.findings)


def test_states_dumps_and_standard_input_are_not_patched() -> None:
    state = '{"endpoints": [{"id": "ep_1", "url": "https://a.example.com", "traffic_policy": "on_http_request: [{type: ai-gateway}]"}]}'
    assert patch(Input("dump.json", "dump.json", state.encode())) == ""
    assert migrator.convert(["-"], stdin=POLICY.encode()).residuals().patch == ""


def test_a_policy_written_anew_is_not_patched() -> None:
    text = "x: &gw {type: ai-gateway}\non_http_request:\n  - actions:\n      - *gw\n      - type: log\n"
    assert patch(Input("a.yaml", "a.yaml", text.encode())) == ""


def test_no_planted_credential_is_in_any_patch() -> None:
    patched = 0
    for planted in PLANTED:
        made = patch(Input(planted.name, planted.name, planted.content))
        patched += bool(made)
        assert not [secret for secret in planted.secrets if secret in made], planted.description
    assert patched
