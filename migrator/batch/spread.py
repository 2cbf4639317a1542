"""Many items through workers: results in the order of the items, whatever happens to a worker."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from typing import Any, Final, Generic, TypeVar

from msgspec import Struct

from migrator.batch.packing import pack, unpack
from migrator.batch.work import Failed
from migrator.batch.workers import Gone, Task, Workers

T = TypeVar("T")

LARGEST: Final = 64
"""Items of one part: what has to be done again after a worker died, and the step of the progress."""

AHEAD: Final = 2
"""Parts under way for each worker."""


class Died(Struct, Generic[T], frozen=True):
    """The item during which a process died, twice."""

    item: T


Tell = Callable[[int], None]
"""How many items are done."""


def spread(
    workers: Workers,
    task: Task,
    shared: bytes,
    items: Sequence[T],
    tell: Tell,
    packed: Callable[[Sequence[T]], object] = lambda part: part,
) -> Iterator[Any]:
    """Each item's result, or ``Died``, in order. ``packed`` makes of a part what its process is to get.

    Raises what the work raised.
    """
    size = max(1, min(LARGEST, len(items) // (8 * workers.size)))
    parts = deque(items[start : start + size] for start in range(0, len(items), size))
    begun: deque[tuple[Sequence[T], Future[bytes]]] = deque()
    done = 0
    while parts or begun:
        while parts and len(begun) < AHEAD * workers.size:
            part = parts.popleft()
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
