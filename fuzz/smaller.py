"""A smaller file that fails in the same way: lines and then bytes are left out, as long as that makes no difference."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

from fuzz.case import Case

TRIES: Final = 400
PATIENCE: Final = 40.0
"""Seconds by the clock."""

Fails = Callable[[Case], bool]


def smaller(held: Case, fails: Fails) -> Case:
    """``held`` with all left out that ``fails`` does not need, as far as the patience goes."""
    budget = _Budget(fails)
    if not budget.fails(held):
        return held
    lines = budget.without(held, held.data.splitlines(keepends=True))
    whole = replace(held, data=b"".join(lines))
    pieces = budget.without(whole, [whole.data[at : at + 1] for at in range(len(whole.data))])
    return replace(whole, data=b"".join(pieces))


class _Budget:
    """Tries that are left, and the time for them."""

    def __init__(self, fails: Fails) -> None:
        self._fails = fails
        self._left = TRIES
        self._end = time.monotonic() + PATIENCE

    def fails(self, held: Case) -> bool:
        self._left -= 1
        return self._left >= 0 and time.monotonic() < self._end and self._fails(held)

    def without(self, held: Case, parts: Sequence[bytes]) -> list[bytes]:
        """The parts that are needed: ever smaller runs of them are left out."""
        kept = list(parts)
        size = max(1, len(kept) // 2)
        while kept:
            at, found = 0, False
            while at < len(kept):
                rest = [*kept[:at], *kept[at + size :]]
                if self.fails(replace(held, data=b"".join(rest))):
                    kept, found = rest, True
                else:
                    at += size
            if size == 1 and not found:
                break
            size = max(1, size // 2)
        return kept
