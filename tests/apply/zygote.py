"""Runs of apply in processes of their own, quickly: a process that has everything imported forks for each.

A run can be killed at a point within: before each statement that changes the journal, and before each write to
the tokens file, or in the middle of one.
"""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from migrator.apply import journal, tokens
from tests.apply.applying import Silent, applied
from tests.gatewayapi.server import Gateway

REPOSITORY: Final = Path(__file__).resolve().parents[2]
START: Final = "from tests.apply.zygote import serve; serve()"


class Points:
    """Counts the points of a run, and kills the process at one of them."""

    def __init__(self, deadly: int) -> None:
        self.deadly = deadly
        self.passed = 0

    def is_here(self) -> bool:
        self.passed += 1
        return self.passed == self.deadly

    def pass_one(self) -> None:
        if self.is_here():
            os.kill(os.getpid(), signal.SIGKILL)


class WatchedConnection:
    """A connection to the journal, whose statements are points; what takes time for power loss is left out."""

    def __init__(self, connection: sqlite3.Connection, points: Points) -> None:
        self._connection = connection
        self._points = points

    def execute(self, statement: str, *values: Any) -> Any:
        if statement.startswith("PRAGMA synchronous"):
            return self._connection.execute("PRAGMA synchronous = OFF")
        if not statement.startswith("SELECT"):
            self._points.pass_one()
        return self._connection.execute(statement, *values)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)


class WatchedSystem:
    """``os`` for the tokens file, whose writes are points: before each, and when half of it is written."""

    def __init__(self, points: Points) -> None:
        self._points = points

    def pwrite(self, descriptor: int, data: Any, at: int) -> int:
        self._points.pass_one()
        if self._points.is_here():
            os.pwrite(descriptor, bytes(data)[: len(data) // 2], at)
            os.kill(os.getpid(), signal.SIGKILL)
        return os.pwrite(descriptor, data, at)

    def ftruncate(self, descriptor: int, size: int) -> None:
        self._points.pass_one()
        os.ftruncate(descriptor, size)

    def fsync(self, descriptor: int) -> None:
        self._points.pass_one()

    def __getattr__(self, name: str) -> Any:
        return getattr(os, name)


def run(command: dict[str, Any]) -> dict[str, Any]:
    """One apply; what came of it, and how many points it passed."""
    points = Points(command["deadly"])
    connected = journal._connected
    vars(journal)["_connected"] = lambda path: WatchedConnection(connected(path), points)
    vars(tokens)["os"] = WatchedSystem(points)
    talk = Silent()
    report = applied(command["url"], Path(command["folder"]), talk=talk)
    failure = None if report.failure is None else f"{report.failure.message} {report.failure.remedy}"
    return {"failure": failure, "done": len(report.done), "told": talk.texts, "points": points.passed}


def serve() -> None:
    """Fork for every line of standard input, and say first its process id, then how it ended."""
    vars(time)["sleep"] = lambda _: None  # waits are tested elsewhere
    for line in sys.stdin:
        command = json.loads(line)
        child = os.fork()
        if not child:
            try:
                Path(command["result"]).write_text(json.dumps(run(command)), encoding="utf-8")
            except BaseException as error:  # noqa: BLE001 -- the test shows it
                Path(command["result"]).write_text(json.dumps({"raised": repr(error)}), encoding="utf-8")
                os._exit(1)
            os._exit(0)
        print(child, flush=True)  # noqa: T201 -- that is how it speaks
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)  # noqa: T201 -- its answer


class Zygote:
    """The process that forks."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def apply(self, gateway: Gateway, folder: Path, *, deadly: int = 0) -> tuple[int, dict[str, Any]]:
        """One apply in a process that the gateway's faults kill; its exit status and what came of it."""
        result = folder / "result.json"
        result.unlink(missing_ok=True)
        gateway.ready.clear()
        self._say({"url": gateway.url, "folder": str(folder), "deadly": deadly, "result": str(result)})
        gateway.victim = int(self._hear())
        gateway.ready.set()
        status = int(self._hear())
        return status, json.loads(result.read_text()) if result.exists() else {}

    def _say(self, command: dict[str, Any]) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(command) + "\n")
        self._process.stdin.flush()

    def _hear(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline()


@contextmanager
def zygote() -> Iterator[Zygote]:
    environment = {key: value for key, value in os.environ.items() if not key.lower().endswith("_proxy")}
    with subprocess.Popen(
        [sys.executable, "-c", START],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=REPOSITORY,
        env=environment,
    ) as process:
        try:
            yield Zygote(process)
        finally:
            assert process.stdin is not None
            process.stdin.close()
            process.wait(10)
