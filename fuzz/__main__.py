"""``python -m fuzz``: convert damaged policies until one fails. See ``README.md``."""

from __future__ import annotations

import argparse
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Final

from fuzz.case import Case, case
from fuzz.smaller import smaller
from fuzz.supervise import Limits, Outcome, Worker

KEPT: Final = 3
"""Files that are written for one kind of failure."""
BATCH: Final = 50
"""Files that a worker is asked for at once."""
_EVERY: Final = 1_000


@dataclass
class Soak:
    """A run over many files, as far as it has come."""

    seed: int
    limits: Limits
    out: Path
    failures: Counter[tuple[str, str]] = field(default_factory=Counter)
    converted: int = 0
    done: int = 0
    slowest: tuple[float, int] = (0.0, 0)
    largest: tuple[int, int] = (0, 0)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def run(self, numbers: Sequence[int], jobs: int) -> None:
        """Convert the files of these numbers."""
        left = iter(numbers)
        with ThreadPoolExecutor(jobs) as threads:
            for one in [threads.submit(self._work, left) for _ in range(jobs)]:
                one.result()

    def _work(self, left: Iterator[int]) -> None:
        with Worker(self.seed, self.limits) as worker, Worker(self.seed, self.limits) as beside:
            while True:
                with self._lock:
                    numbers = list(islice(left, BATCH))
                if not numbers:
                    return
                for number, found in worker.numbers(numbers):
                    self._note(number, found, beside)

    def _note(self, number: int, found: Outcome, beside: Worker) -> None:
        with self._lock:
            self.done += 1
            self.converted += found.units > 0
            self.slowest = max(self.slowest, (found.seconds, number))
            self.largest = max(self.largest, (found.megabytes, number))
            if found.kind:
                self.failures[found.signature] += 1
            place = self.failures[found.signature] if found.kind else 0
            if self.done % _EVERY == 0:
                say(f"{self.done} files, {self.failures.total()} failures")
        if found.kind and place <= KEPT:
            held = case(self.seed, number)
            if place == 1:
                held = smaller(held, lambda one: beside.file(one).signature == found.signature)
            say(f"{found.kind}: {found.where} ({self.keep(number, held, found)})")

    def keep(self, number: int, held: Case, found: Outcome) -> Path:
        """Write a failing file, and beside it what happened and how it happens again."""
        folder = self.out / f"{self.seed}-{number}-{found.kind}"
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / held.name
        path.write_bytes(held.data)
        again = f"python -m fuzz --seed {self.seed} --first {number} --count 1"
        text = f"{found.kind}: {found.where}\n\nAs it was made:\n  {again}\nThis file:\n  python -m fuzz --file {path}\n"
        (folder / "failure.txt").write_text(f"{text}\n{found.detail}\n", encoding="utf-8")
        return path


def say(text: str) -> None:
    print(text, flush=True)  # noqa: T201 -- what it is for


def files(paths: Sequence[Path], limits: Limits) -> int:
    """Convert files as they are, in every form; how many of them fail."""
    failing = 0
    with Worker(0, limits) as worker:
        for path in paths:
            data = path.read_bytes()
            found = [worker.file(Case(path.name, data, choice)) for choice in range(6)]
            bad = next((one for one in found if one.kind), None)
            failing += bad is not None
            say(f"{path}: fine" if bad is None else f"{path}: {bad.kind}, {bad.where}\n{bad.detail}")
    return failing


def summary(soak: Soak, seconds: float) -> str:
    """What came of it, for people."""
    each = soak.done / seconds if seconds else 0.0
    lines = [
        f"{soak.done} files from seed {soak.seed} in {seconds:.0f} s, {each:.0f} each second",
        f"{soak.converted} held a policy with the action",
        f"slowest: number {soak.slowest[1]}, {soak.slowest[0]:.2f} s",
        f"memory: number {soak.largest[1]} took {soak.largest[0]} MB more than any before it",
    ]
    lines += [f"{count} times {kind}: {where}" for (kind, where), count in soak.failures.most_common()]
    return "\n".join([*lines, f"{soak.failures.total()} failures" if soak.failures else "no failures"])


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit status: 1 with any failure."""
    reader = argparse.ArgumentParser(
        prog="python -m fuzz", description="Convert damaged policies until one fails."
    )
    reader.add_argument("--count", type=int, default=10_000, help="how many files (default: 10000)")
    reader.add_argument("--seed", type=int, default=1, help="which files (default: 1)")
    reader.add_argument("--first", type=int, default=0, help="the number of the first one (default: 0)")
    reader.add_argument("--jobs", type=int, default=1, help="worker processes (default: 1)")
    reader.add_argument("--seconds", type=float, default=2.0, help="processor time for one file (default: 2)")
    reader.add_argument("--megabytes", type=int, default=512, help="memory for one file (default: 512)")
    reader.add_argument(
        "--out", type=Path, default=Path("build/fuzz"), help="where failing files go (default: build/fuzz)"
    )
    reader.add_argument("--file", type=Path, nargs="+", help="convert these files instead, as they are")
    chosen = reader.parse_args(arguments)
    limits = Limits(chosen.seconds, chosen.megabytes)
    if chosen.file:
        return 1 if files(chosen.file, limits) else 0
    soak = Soak(chosen.seed, limits, chosen.out)
    began = time.monotonic()
    soak.run(range(chosen.first, chosen.first + chosen.count), chosen.jobs)
    say(summary(soak, time.monotonic() - began))
    return 1 if soak.failures else 0


if __name__ == "__main__":
    sys.exit(main())
