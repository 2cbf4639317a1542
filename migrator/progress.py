"""How a long run goes on: what it says of how far it is, and how much goes through a stage at once."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Final, TypeVar

Tell = Callable[[str, int, int], None]
"""What is being done (``reading``, ``comparing``, …), how many are done, of how many."""

T = TypeVar("T")

_TOGETHER: Final = 64
_BEFORE_COLLECTING: Final = (1_000_000, 20, 50)


def collect_seldom() -> None:
    """Have this process look for cycles seldom: a run makes much, drops little, and leaves no cycles behind."""
    gc.set_threshold(*_BEFORE_COLLECTING)


def in_parts(items: Iterable[T]) -> Iterator[list[T]]:
    """Items that go through each stage together.

    One by one, the code of every stage has to be fetched again for each of them: it takes a tenth longer.
    """
    left = iter(items)
    while part := list(islice(left, _TOGETHER)):
        yield part
