from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Run

WORDS = [
    ("migrator con", "convert"),
    ("migrator schema de", "decisions"),
    ("migrator completion f", "fish"),
    ("migrator convert --report ju", "junit"),
    ("migrator convert --fail-on w", "warning"),
    ("migrator explain T60", "T601"),
    ("migrator convert --for", "--format"),
]


@pytest.fixture
def script(migrator: Run, tmp_path: Path, repository: Path) -> Path:
    """A folder with the program, and the script for each shell."""
    (tmp_path / "bin").mkdir()
    program = tmp_path / "bin/migrator"
    program.write_text(
        f'#!/bin/sh\nPYTHONPATH="{repository}" exec "{sys.executable}" -c "from migrator.cli import main; main()" "$@"\n'
    )
    program.chmod(0o755)
    for shell in ("bash", "zsh", "fish"):
        (tmp_path / f"completion.{shell}").write_bytes(migrator("completion", shell).stdout)
    return tmp_path


def started(shell: str, code: str, folder: Path) -> str:
    if shutil.which(shell) is None:
        pytest.skip(f"needs {shell}, which is not installed")
    done = subprocess.run(
        [shell, "-c", code],
        cwd=folder,
        env={"PATH": f"{folder / 'bin'}:/usr/bin:/bin", "HOME": str(folder), "LANG": "C.UTF-8"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("line,word", WORDS)
def test_bash_completes(script: Path, line: str, word: str) -> None:
    words = line.split()
    quoted = " ".join(f"'{one}'" for one in words)
    code = (
        f"source completion.bash; complete -p migrator >/dev/null; COMP_WORDS=({quoted}); "
        f'COMP_CWORD={len(words) - 1}; _migrator_completion migrator; printf "%s\\n" "${{COMPREPLY[@]}}"'
    )
    assert word in started("bash", code, script).splitlines()


def test_bash_completes_files_where_a_command_takes_paths(script: Path) -> None:
    code = "COMP_WORDS='migrator convert pol' COMP_CWORD=2 _MIGRATOR_COMPLETE=bash_complete migrator"
    assert started("bash", code, script).splitlines() == ["file,pol"]


def test_fish_completes(script: Path) -> None:
    code = "source completion.fish; complete -C 'migrator con'"
    assert "convert" in started("fish", code, script)


def test_zsh_reads_the_script(script: Path) -> None:
    assert (
        started("zsh", "zsh -n completion.zsh && grep -c '#compdef migrator' completion.zsh", script).strip()
        == "1"
    )


def test_scripts_start_nothing_to_be_printed(migrator: Run) -> None:
    done = migrator("completion", "bash", PATH="/nowhere")
    assert done.returncode == 0
    assert b"complete -o nosort" in done.stdout
    assert done.stderr == b""


def test_another_shell_is_refused(migrator: Run) -> None:
    done = migrator("completion", "tcsh")
    assert done.returncode == 2
    assert b"bash" in done.stderr


def test_a_schema_is_printed(migrator: Run) -> None:
    assert b'"$id": "urn:migrator:schema:manifest:1"' in migrator("schema", "manifest").stdout
    assert migrator("schema", "plan9").returncode == 2


def test_a_bundle_names_its_schema_to_editors(migrator: Run, tmp_path: Path) -> None:
    (tmp_path / "policy.yaml").write_text("on_http_request:\n  - actions:\n      - type: ai-gateway\n")
    migrator("convert", "policy.yaml", "-o", "out", "--fail-on", "never")
    first = (tmp_path / "out/manifest.yaml").read_text().splitlines()[0]
    assert first == "# yaml-language-server: $schema=manifest.schema.json"
    assert (tmp_path / "out/manifest.schema.json").read_bytes() == migrator("schema", "manifest").stdout
    assert b"yaml-language-server" not in migrator("convert", "policy.yaml").stdout


def test_only_the_reports_can_be_asked_for(migrator: Run, tmp_path: Path) -> None:
    (tmp_path / "policy.yaml").write_text("on_http_request:\n  - actions:\n      - type: ai-gateway\n")
    done = migrator("convert", tmp_path / "policy.yaml", "--format", "none", "--report", "sarif=x.sarif")
    assert done.stdout == b""
    text = (tmp_path / "x.sarif").read_text()
    assert '"uri": "policy.yaml"' in text
    assert str(tmp_path) not in text
