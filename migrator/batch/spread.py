"""Many items through workers: results in the order of the items, whatever happens to a worker."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future
from itertools import groupby
from typing import Any, Final, Generic, TypeVar

from msgspec import Struct

from migrator.batch.packing import pack, unpack
from migrator.batch.work import Failed
from migrator.batch.workers import Gone, Task, Workers

T = TypeVar("T")

Kind = tuple[str, ...]
"""What an item has in common with those that are worth doing beside it."""

LARGEST: Final = 128
"""Items of one part: what has to be done again after a worker died, and the step of the progress."""

AHEAD: Final = 2
"""Parts under way for each worker."""


class Died(Struct, Generic[T], frozen=True):
    """The item during which a process died, twice."""

    item: T


Tell = Callable[[int], None]
"""How many items are done."""


def in_order(items: Sequence[T], workers: Workers) -> Iterator[Sequence[T]]:
    """Items as parts, several for each worker."""
    size = _size(items, workers)
    return (items[start : start + size] for start in range(0, len(items), size))


def by_kind(items: Sequence[T], kinds: Sequence[Kind], workers: Workers) -> Iterator[Sequence[T]]:
    """The same with items of one kind in one part as far as they fit: what they share is worked out in one process."""
    size = _size(items, workers)
    together: list[T] = []
    places = sorted(range(len(items)), key=kinds.__getitem__)
    for _, alike in groupby(places, key=kinds.__getitem__):
        held = [items[place] for place in alike]
        if together and len(together) + len(held) > size:
            yield together
            together = []
        together += held
        while len(together) > size:
            yield together[:size]
            together = together[size:]
    if together:
        yield together


def _size(items: Sequence[T], workers: Workers) -> int:
    return max(1, min(LARGEST, len(items) // (8 * workers.size)))


def spread(
    workers: Workers,
    task: Task,
    shared: bytes,
    parts: Iterable[Sequence[T]],
    tell: Tell,
    packed: Callable[[Sequence[T]], object] = lambda part: part,
) -> Iterator[Any]:
    """The result of each item of some parts, or ``Died``, in order. ``packed`` makes of a part what its process is to get.

    Raises what the work raised.
    """
    left = deque(parts)
    begun: deque[tuple[Sequence[T], Future[bytes]]] = deque()
    done = 0
    while left or begun:
        while left and len(begun) < AHEAD * workers.size:
            part = left.popleft()
            begun.append((part, workers.submit(task, shared, pack(packed(part)))))
        part, future = begun.popleft()
        try:
            taken = [(part, _taken(workers.result(future)))]
        except Gone:
            # Whatever else was under way may be lost as well: it ends before anything is done alone.
            ended = [(part, None), *((other, _ended(workers, future)) for other, future in begun)]
            begun.clear()
            taken = [
                (other, _again(workers, task, shared, other, packed) if results is None else results)
                for other, results in ended
            ]
        for part, results in taken:
            done += len(part)
            tell(done)
            yield from results


def _ended(workers: Workers, future: Future[bytes]) -> list[Any] | None:
    """The results of a part, None if they are lost."""
    try:
        return _taken(workers.result(future))
    except Gone:
        return None


def _again(
    workers: Workers, task: Task, shared: bytes, part: Sequence[T], packed: Callable[[Sequence[T]], object]
) -> list[Any]:
    """A part whose process died, which need not have been its fault: alone, then each item alone."""
    try:
        return _taken(workers.alone(task, shared, pack(packed(part))))
    except Gone:
        if len(part) == 1:
            return [Died(part[0])]
    return [result for item in part for result in _again(workers, task, shared, [item], packed)]


def _taken(packed: bytes) -> list[Any]:
    results = unpack(packed)
    if isinstance(results, Failed):
        if results.out_of_memory:
            raise Gone("MemoryError")
        results.error.__dict__["elsewhere"] = results.frames
        raise results.error
    return list(results)
