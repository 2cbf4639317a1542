from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from migrator.cli.main import cli
from migrator.cli.run import emit, run, say_error
from migrator.errors import UsageError

FULL = Path("/dev/full")
needs_a_full_device = pytest.mark.skipif(not FULL.exists(), reason="there is no /dev/full here")


def test_an_artefact_in_pieces_is_the_same_bytes(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    pieces = ["é" * 200_000, "", "\udcff", "end\n", "x" * 300_000]
    emit("".join(pieces))
    whole = capfdbinary.readouterr().out
    emit(iter(pieces))
    assert capfdbinary.readouterr().out == whole


def test_pieces_are_written_before_all_of_them_are_made(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    seen: list[int] = []

    def pieces() -> Iterator[str]:
        for _ in range(4):
            yield "x" * 300_000
            seen.append(len(capfdbinary.readouterr().out))

    emit(pieces())
    assert seen == [300_000] * 4


@needs_a_full_device
def test_a_full_disk_below_standard_output_is_no_bug(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with FULL.open("w") as stream:
        monkeypatch.setattr(sys, "stdout", stream)
        assert run(cli, ["explain", "T101"]) == 2
        monkeypatch.undo()
    told = capsys.readouterr().err
    assert told.startswith("Error: standard output could not be written: no space left on device\n")
    assert "bug" not in told


@needs_a_full_device
def test_a_report_that_finds_no_room_on_standard_error_fails_the_run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], repository: Path
) -> None:
    with FULL.open("w") as stream:
        monkeypatch.setattr(sys, "stderr", stream)
        policy = repository / "fixtures" / "demo" / "azure.yaml"
        assert run(cli, ["convert", str(policy), "--fail-on", "never"]) == 2
        monkeypatch.undo()
    assert capsys.readouterr().out.startswith("# What has to exist")


@pytest.mark.parametrize("name", ["stdin", "stdout", "stderr"])
@pytest.mark.parametrize("args", [["explain", "T101"], ["verify", "-"]])
def test_a_stream_that_is_closed_is_no_bug(
    name: str, args: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with monkeypatch.context() as closed:
        closed.setattr(sys, "stdin", None)
        closed.setattr(sys, name, None)
        assert run(cli, args) == (2 if "-" in args else 0)
        sys.stdin.close()
        getattr(sys, name).close()
    assert "bug" not in capsys.readouterr().err


def test_a_reader_that_leaves_is_told_from_findings(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as stream, monkeypatch.context() as piped:
        piped.setattr(sys, "stdout", stream)
        assert run(cli, ["explain", "T101"]) == 2


def test_a_folder_that_is_gone_is_told(
    tmp_path: Path, repository: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "gone").mkdir()
    policy = next((repository / "fixtures" / "demo").glob("*.yaml")).resolve()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    assert run(cli, ["convert", str(policy), "--format", "none"]) == 2
    monkeypatch.undo()
    assert capsys.readouterr().err.startswith(
        "Error: the folder that migrator was started in is not there any more\nChange into another folder"
    )


def test_a_password_that_an_api_repeats_is_in_no_message(capfd: pytest.CaptureFixture[str]) -> None:
    url = "https://someone:made-up-word@mirror.example.com"
    error = UsageError(f"baseUrl {url} is not allowed", f"Write another than {url} to --tokens FILE.")
    error.details = (f"was {url}", "was https://***0123ab@mirror.example.com")
    say_error(error)
    said = capfd.readouterr().err
    assert "made-up" not in said
    assert "--tokens FILE" in said
    assert "***0123ab" in said


def test_the_package_is_the_command_as_well(tmp_path: Path, repository: Path) -> None:
    policy = str(repository / "fixtures/demo/azure.yaml")
    command = [sys.executable, "-m", "migrator", "convert", policy, "--format", "none", "--fail-on", "never"]
    done = subprocess.run(command, check=False, cwd=tmp_path, capture_output=True)
    assert done.returncode == 0
    assert b"1 converted" in done.stderr
    wrong = subprocess.run([*command[:3], "convrt"], check=False, cwd=tmp_path, capture_output=True)
    assert wrong.stderr.startswith(b"Usage: migrator [OPTIONS]")


def test_a_path_in_place_of_a_command_is_told_what_to_do_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "my policies").mkdir()
    assert run(cli, ["my policies"]) == 2
    assert "To convert policies: migrator convert 'my policies'" in capsys.readouterr().err
    assert run(cli, ["my-policies"]) == 2
    assert "To convert" not in capsys.readouterr().err
