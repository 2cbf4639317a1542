"""How far a run over many files is, how fast, and how long it will take: a bar, or a line now and then."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Callable, Iterator
from typing import Final

from migrator.cli.bar import Bar
from migrator.cli.run import say
from migrator.progress import Tell

EVERY: Final = 10.0
"""Seconds between two lines where there is no terminal."""

_SOON: Final = 1.0
_THINGS: Final = {"reading": "files", "comparing": "units"}

Clock = Callable[[], float]


@contextlib.contextmanager
def progress(clock: Clock = time.monotonic) -> Iterator[Tell]:
    """Tell on stderr: on a terminal with a bar, elsewhere with a line every ten seconds."""
    if not sys.stderr.isatty():
        yield Lines(clock)
        return
    pace = Pace(clock)
    with Bar(sys.stderr, is_shown=True, clock=clock) as bar:
        yield lambda what, done, of: bar.show(done, of, pace.words(what, done, of), at_once=False)


class Lines:
    """A plain line every ten seconds; none for what takes less."""

    def __init__(self, clock: Clock = time.monotonic) -> None:
        self._clock = clock
        self._last = clock()
        self._pace = Pace(clock)

    def __call__(self, what: str, done: int, of: int) -> None:
        words = self._pace.words(what, done, of)
        now = self._clock()
        if now - self._last >= EVERY:
            self._last = now
            say(f"{done} of {of} {_THINGS.get(what, 'files')}, {words}")


class Pace:
    """The rate of one kind of work since it began, and the time that the rest of it will take."""

    def __init__(self, clock: Clock = time.monotonic) -> None:
        self._clock = clock
        self._what = ""
        self._since = 0.0
        self._first = 0

    def words(self, what: str, done: int, of: int) -> str:
        now = self._clock()
        if what != self._what:
            self._what, self._since, self._first = what, now, done
        spent, made = now - self._since, done - self._first
        if spent < _SOON or not made:
            return what
        rate = made / spent
        shown = f"{rate:.0f}" if rate >= 10 else f"{rate:.1f}"  # noqa: PLR2004 -- two digits
        return f"{what}, {shown}/s, {duration((of - done) / rate)} left"


def duration(seconds: float) -> str:
    """``40 s``, ``3 min``, ``2 h 5 min``: as exact as a guess is."""
    whole = round(seconds)
    if whole < 90:  # noqa: PLR2004 -- a minute and a half is the last that is clearer in seconds
        return f"{whole} s"
    minutes = round(whole / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"  # noqa: PLR2004 -- minutes of an hour
