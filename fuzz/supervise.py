"""Worker processes: asked for one file at a time, and started anew when one dies."""

from __future__ import annotations

import base64
import json
import os
import select
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Final, Self

from fuzz.case import Case
from fuzz.originals import TOP

PATIENCE: Final = 30
"""Times the limit of processor time that a file may take by the clock: other processes want the processor, too."""


@dataclass(frozen=True)
class Limits:
    """Seconds of processor time and megabytes that one file may take."""

    seconds: float = 2.0
    megabytes: int = 512


@dataclass(frozen=True)
class Outcome:
    """What became of one file. ``kind`` is empty where nothing is wrong with it, ``where`` tells failures apart."""

    kind: str
    where: str = ""
    detail: str = ""
    units: int = 0
    seconds: float = 0.0
    megabytes: int = 0

    @property
    def signature(self) -> tuple[str, str]:
        return self.kind, self.where


class Worker:
    """A process that converts files, by their number or as they are."""

    def __init__(self, seed: int, limits: Limits) -> None:
        self._seed, self._limits = seed, limits
        self._process: subprocess.Popen[bytes] | None = None
        self._read = b""
        self._said = tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace")  # noqa: SIM115 -- as long as the worker

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop()
        self._said.close()

    def numbers(self, wanted: Sequence[int]) -> Iterator[tuple[int, Outcome]]:
        """The files of these numbers. They are asked for together, so that the worker waits for nobody."""
        left = list(wanted)
        while left:
            for found in self._ask([json.dumps(number) for number in left]):
                yield left.pop(0), found

    def file(self, held: Case) -> Outcome:
        """A file as it is."""
        data = base64.b64encode(held.data).decode("ascii")
        return next(self._ask([json.dumps({"name": held.name, "data": data, "choice": held.choice})]))

    def _ask(self, lines: Sequence[str]) -> Iterator[Outcome]:
        """An answer for each line, up to the one that the worker dies of."""
        process = self._running()
        assert process.stdin is not None  # noqa: S101 -- made with pipes
        assert process.stdout is not None  # noqa: S101 -- the same
        process.stdin.write("".join(f"{line}\n" for line in lines).encode("ascii"))
        process.stdin.flush()
        for _ in lines:
            answer = self._answer(process)
            if not answer:
                yield self._end(process)
                return
            told: dict[str, Any] = json.loads(answer)
            yield Outcome(**told)

    def _answer(self, process: subprocess.Popen[bytes]) -> bytes:
        """A line; nothing where the worker died, or never came to an end."""
        assert process.stdout is not None  # noqa: S101 -- made with pipes
        while b"\n" not in self._read:
            there = select.select([process.stdout], [], [], max(1.0, self._limits.seconds) * PATIENCE)[0]
            more = os.read(process.stdout.fileno(), 1 << 16) if there else b""
            if not more:
                if not there:
                    process.send_signal(signal.SIGPROF)  # where it waits stands on stderr then
                return b""
            self._read += more
        line, _, self._read = self._read.partition(b"\n")
        return line

    def _end(self, process: subprocess.Popen[bytes]) -> Outcome:
        """Why the worker is no more."""
        code = process.wait()
        self._said.seek(0)
        trace = self._said.read()
        self._stop()
        if code == -signal.SIGPROF:
            return Outcome("hang", f"more than {self._limits.seconds:g} s", trace)
        return Outcome("death", f"exit status {code}", trace)

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            self._said.seek(0)
            self._said.truncate()
            self._read = b""
            limits = self._limits
            command = [
                sys.executable,
                "-m",
                "fuzz.worker",
                str(self._seed),
                str(limits.seconds),
                str(limits.megabytes),
            ]
            self._process = subprocess.Popen(  # noqa: S603 -- our own
                command, cwd=TOP, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._said
            )
        return self._process

    def _stop(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()
            for stream in (process.stdin, process.stdout):
                if stream is not None:
                    stream.close()
