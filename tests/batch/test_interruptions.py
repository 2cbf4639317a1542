"""Real signals to a real group of processes: nothing is left behind, and what was done is said."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.batch.test_convert_many import POLICY

PROC = Path("/proc")
REPOSITORY = Path(__file__).resolve().parents[2]

# The command line with a reader that takes its time, in whichever process it runs; who reads, writes its id down.
PROGRAM = """
import os, signal, sys, time
from pathlib import Path
from migrator.batch import work
from migrator.cli.main import cli
from migrator.cli.run import run

signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs are started with it ignored
whole, readers = work.read, Path("readers")

def slow(item):
    (readers / str(os.getpid())).touch()
    time.sleep(float(os.environ["DELAY"]))
    return whole(item)

work.read = slow
sys.exit(run(cli, ["convert", "in", "--jobs", "2", "--no-verify", "-o", "out", "--report", "json=report.json"]))
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "in").mkdir()
    (tmp_path / "readers").mkdir()
    for number in range(400):
        (tmp_path / "in" / f"p{number:03}.yaml").write_bytes(POLICY)
    return tmp_path


@pytest.fixture(autouse=True)
def linux() -> None:
    if not PROC.is_dir():
        pytest.skip("looks for processes in /proc")


@contextlib.contextmanager
def started(folder: Path, *before: str, delay: float = 0.2) -> Iterator[subprocess.Popen[bytes]]:
    """The program in a group of its own, of which nothing is left if a test fails."""
    with subprocess.Popen(
        [*before, sys.executable, "-c", PROGRAM],
        cwd=folder,
        env={**os.environ, "DELAY": str(delay), "PYTHONPATH": str(REPOSITORY)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    ) as process:
        try:
            yield process
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


def readers(folder: Path, count: int = 2) -> list[int]:
    """The processes that read, once there are as many."""
    for _ in wait():
        found = [int(path.name) for path in (folder / "readers").iterdir()]
        if len(found) >= count:
            return found
    raise AssertionError("nobody reads")


def wait(seconds: float = 30) -> Iterator[None]:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        yield
        time.sleep(0.02)  # until something happens in another process; there is nothing to wait on


def is_there(process: int) -> bool:
    try:
        state = (PROC / str(process) / "stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def assert_gone(processes: list[int]) -> None:
    for _ in wait():
        if not any(is_there(one) for one in processes):
            return
    raise AssertionError("a process was left behind")


def assert_stopped(folder: Path, told: bytes) -> None:
    lines = told.decode().split("\n")
    lines = [line for line in lines if line]  # a new one behind what a terminal shows of the key
    assert len(lines) == 1, lines
    done, _, rest = lines[0].removeprefix("Interrupted: ").partition(" of ")
    assert rest == "400 files read."
    assert 0 <= int(done) < 400
    assert sorted(path.name for path in folder.iterdir()) == ["in", "readers"], "nothing was written"


def test_an_interruption_of_the_group_ends_it_with_one_line(folder: Path) -> None:
    with started(folder) as process:
        working = readers(folder)
        os.killpg(process.pid, signal.SIGINT)
        out, told = process.communicate(timeout=30)
    assert (process.returncode, out) == (130, b"")
    assert_stopped(folder, told)
    assert process.pid not in working
    assert_gone(working)


def test_an_interruption_of_the_parent_alone_ends_all(folder: Path) -> None:
    with started(folder) as process:
        working = readers(folder)
        process.send_signal(signal.SIGINT)
        _, told = process.communicate(timeout=30)
    assert process.returncode == 130
    assert_stopped(folder, told)
    assert_gone(working)


def test_an_interruption_at_the_start_ends_all(folder: Path) -> None:
    with started(folder) as process:
        readers(folder, 1)
        os.killpg(process.pid, signal.SIGINT)
        _, told = process.communicate(timeout=30)
    assert process.returncode == 130
    assert_stopped(folder, told)
    assert_gone(readers(folder, 1))


@pytest.mark.skipif(shutil.which("timeout") is None, reason="needs timeout of the coreutils")
def test_a_time_limit_that_interrupts_ends_all(folder: Path) -> None:
    with started(folder, "timeout", "-s", "INT", "--preserve-status", "10") as process:
        working = readers(folder)
        _, told = process.communicate(timeout=30)
    assert process.returncode == 130
    assert_stopped(folder, told)
    assert_gone(working)


def test_a_killed_parent_takes_its_processes_along(folder: Path) -> None:
    with started(folder) as process:
        working = readers(folder)
        process.kill()
        process.communicate(timeout=30)
    assert_gone(working)


def test_a_killed_worker_costs_nothing_but_time(folder: Path) -> None:
    for number in range(100, 400):
        (folder / "in" / f"p{number:03}.yaml").unlink()
    with started(folder, delay=0.02) as process:
        os.kill(readers(folder)[0], signal.SIGKILL)
        _, told = process.communicate(timeout=120)
    assert process.returncode in (0, 1)
    assert b"R021" not in told
    assert (folder / "out" / "manifest.yaml").read_text().count("accessKeyConfigurationId:") == 100
