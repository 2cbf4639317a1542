"""Durations as the contract spells them: Go's ``1h30m``, ``45s``."""

from __future__ import annotations

import re
from functools import lru_cache

_DURATION = re.compile(r"([0-9]+(?:\.[0-9]*)?|\.[0-9]+)(ns|us|µs|μs|ms|s|m|h)")
_MAX_DURATION = 2**63 - 1
_LONGEST_DURATION = 100
_UNIT = {
    "ns": 1,
    "us": 1_000,
    "µs": 1_000,
    "μs": 1_000,
    "ms": 10**6,
    "s": 10**9,
    "m": 60 * 10**9,
    "h": 3600 * 10**9,
}


def nanoseconds(duration: str) -> int | None:
    """A Go duration string (``1h30m``, ``45s``) as nanoseconds, None if it is none."""
    return _nanoseconds(duration) if len(duration) <= _LONGEST_DURATION else None


@lru_cache(maxsize=256)
def _nanoseconds(duration: str) -> int | None:
    from fractions import Fraction

    total, position = Fraction(0), 0
    for match in _DURATION.finditer(duration):
        if match.start() != position:
            return None
        number, unit = match.groups()
        total += Fraction(number.rstrip(".") or "0") * _UNIT[unit]
        position = match.end()
    within = position == len(duration) and position > 0 and total <= _MAX_DURATION
    return int(total) if within else None
