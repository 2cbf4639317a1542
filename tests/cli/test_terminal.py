from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

import pytest

from migrator.cli.terminal import shows_colours, width_of

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
