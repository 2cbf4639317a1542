"""Data as bytes, on the way to another process and back."""

from __future__ import annotations

import contextlib
import pickle
import sys
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, Final

from migrator.errors import UsageError

_DEPTH: Final = 20_000
"""Levels that packing may descend: four for each of a tree or an expression, which may have 150."""


def pack(value: object) -> bytes:
    """Any data of a stage. Only what a caller made can be without a way to pack it."""
    with _deep():
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


@contextlib.contextmanager
def _deep() -> Iterator[None]:
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(max(limit, _DEPTH))
    try:
        yield
    finally:
        sys.setrecursionlimit(limit)
