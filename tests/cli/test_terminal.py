from __future__ import annotations

import os
import struct
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

import pytest

from migrator.cli.terminal import for_stream, shows_colours, width_of
from migrator.report.options import COLOURED, ReportOptions

fcntl, termios = pytest.importorskip("fcntl"), pytest.importorskip("termios")


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Iterator[TextIO]:
    """A terminal of 80 columns that is nobody's standard output."""
    for name in ("COLUMNS", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm")
    leader, follower = os.openpty()
    fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    with os.fdopen(follower, "w", encoding="utf-8") as stream:
        yield stream
    os.close(leader)


def test_a_terminal_has_its_own_width_and_colours(terminal: TextIO) -> None:
    assert (width_of(terminal), shows_colours(terminal)) == (80, True)


@pytest.mark.parametrize("name,value", [("NO_COLOR", "1"), ("TERM", "dumb")])
def test_who_wants_no_colours_gets_none(
    terminal: TextIO, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    assert (width_of(terminal), shows_colours(terminal)) == (80, False)


def test_a_file_is_plain(tmp_path: Path) -> None:
    with (tmp_path / "report.txt").open("w", encoding="utf-8") as stream:
        assert (width_of(stream), shows_colours(stream)) == (100, False)


def test_a_report_is_laid_out_for_the_stream_that_it_goes_to(terminal: TextIO) -> None:
    asked = ReportOptions(details=("team-*",))
    assert for_stream(terminal, asked) == ReportOptions(width=80, style=COLOURED, details=("team-*",))


@pytest.mark.parametrize("command", ["audit", "verify"])
def test_what_is_printed_keeps_to_the_terminal(command: str, terminal: TextIO, repository: Path) -> None:
    script = "import sys; from migrator.cli import main; main()"
    leader, follower = os.openpty()
    with subprocess.Popen(
        [sys.executable, "-c", script, command, "fixtures/demo/office.yaml", "--fail-on", "never"],
        cwd=repository,
        stdout=follower,
        env={**os.environ, "COLUMNS": "60", "NO_COLOR": "1"},
    ):
        os.close(follower)
        said = b"".join(iter(lambda: read(leader), b"")).decode()
    os.close(leader)
    headings = [line for line in said.splitlines() if line.startswith("── ")]
    assert headings
    assert {len(line) for line in headings} == {60}


def read(leader: int) -> bytes:
    """What is written to a terminal next; nothing once it is closed."""
    try:
        return os.read(leader, 4096)
    except OSError:
        return b""
