"""Data as bytes, on the way to another process and back."""

from __future__ import annotations

import pickle
import sys
import threading
from functools import lru_cache
from typing import Any, Final

from migrator.errors import UsageError

_DEPTH: Final = 20_000
"""Levels that packing may descend: four for each of a tree or an expression, which may have 150."""


def pack(value: object) -> bytes:
    """Any data of a stage. Only what a caller made can be without a way to pack it."""
    with _DEEP:
        return pickle.dumps(value, protocol=pickle.HIGHEST_PROTOCOL)


def unpack(packed: bytes) -> Any:
    """What was packed by another process of this run; never anything from outside."""
    return pickle.loads(packed)  # noqa: S301 -- our own, from a process that we handed it to


@lru_cache(maxsize=2)
def unpack_shared(packed: bytes) -> Any:
    """The same for what comes with every part of a run: unpacked once in each process."""
    return unpack(packed)


def pack_options(value: object) -> bytes:
    """What a caller chose. Raises UsageError if that cannot go to another process."""
    try:
        return pack(value)
    except (pickle.PicklingError, TypeError, AttributeError) as error:
        raise UsageError(
            f"the options cannot be sent to another process ({type(error).__name__})",
            "Make them of plain data (str, dict, date), or convert in one process.",
        ) from None


class _Depth:
    """The limit of recursion, which all threads share: raised by the first that packs, put back by the last."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._packing = 0
        self._before = 0

    def __enter__(self) -> None:
        with self._lock:
            if not self._packing:
                self._before = sys.getrecursionlimit()
                sys.setrecursionlimit(max(self._before, _DEPTH))
            self._packing += 1

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._packing -= 1
            if not self._packing:
                sys.setrecursionlimit(self._before)


_DEEP: Final = _Depth()
"""One for the process, as the limit is."""
