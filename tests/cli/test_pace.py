"""How far a run is: a bar with a rate, or a line every ten seconds."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from migrator.cli.pace import Lines, Pace, duration, progress
from tests.cli.conftest import Run

POLICY = b"on_http_request: [{actions: [{type: ai-gateway, config: {providers: [{id: openai}]}}]}]\n"


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_the_rate_counts_from_the_beginning_of_each_kind_of_work() -> None:
    clock = Clock()
    pace = Pace(clock)
    assert pace.words("reading", 0, 1000) == "reading"
    clock.now += 2
    assert pace.words("reading", 200, 1000) == "reading, 100/s, 8 s left"
    assert pace.words("comparing", 0, 50) == "comparing"
    clock.now += 4
    assert pace.words("comparing", 10, 50) == "comparing, 2.5/s, 16 s left"


@pytest.mark.parametrize(
    "seconds,shown", [(0.2, "0 s"), (89, "89 s"), (90, "2 min"), (3599, "1 h 0 min"), (7500, "2 h 5 min")]
)
def test_what_is_left_is_as_exact_as_a_guess(seconds: float, shown: str) -> None:
    assert duration(seconds) == shown


def test_a_line_comes_every_ten_seconds(capsys: pytest.CaptureFixture[str]) -> None:
    clock = Clock()
    tell = Lines(clock)
    for done in range(101):
        tell("reading", done, 100)
        clock.now += 0.25
    told = capsys.readouterr().err.splitlines()
    assert told == [
        "40 of 100 files, reading, 4.0/s, 15 s left",
        "80 of 100 files, reading, 4.0/s, 5 s left",
    ]


def test_a_short_run_says_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    with progress() as tell:
        for done in range(100):
            tell("reading", done, 100)
    assert capsys.readouterr() == ("", "")


def test_a_terminal_has_a_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, terminal = Clock(), Terminal()
    monkeypatch.setattr("sys.stderr", terminal)
    with progress(clock) as tell:
        tell("reading", 0, 100)
        clock.now += 5
        tell("reading", 50, 100)
    assert "[############------------] 50/100, reading, 10/s, 5 s left" in terminal.getvalue()
    assert terminal.getvalue().endswith("\r\x1b[K"), "it is taken away"


@pytest.mark.parametrize("given", ["0", "-1", "1.5", "many", "", "257", "٣"])
def test_a_number_of_processes_that_is_none_is_wrong_usage(migrator: Run, given: str) -> None:
    done = migrator("convert", "x", "--jobs", given)
    assert done.returncode == 2
    assert b"is neither a number from 1 to 256 nor auto" in done.stderr


@pytest.mark.parametrize("command", ["convert", "audit", "verify"])
def test_the_output_does_not_depend_on_the_number_of_processes(
    migrator: Run, tmp_path: Path, command: str
) -> None:
    for number in range(6):
        (tmp_path / f"p{number}.yaml").write_bytes(POLICY)
    one, two, every = (migrator(command, ".", "-", "--jobs", n, stdin=POLICY) for n in ("1", "2", "auto"))
    assert one.stdout
    assert (one.stdout, one.stderr, one.returncode) == (two.stdout, two.stderr, two.returncode)
    assert (one.stdout, one.stderr, one.returncode) == (every.stdout, every.stderr, every.returncode)
