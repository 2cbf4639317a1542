"""Data as bytes: what packing needs of the interpreter is there while any thread packs, and gone afterwards."""

from __future__ import annotations

import sys
import threading
from concurrent.futures import ThreadPoolExecutor

from migrator.batch.packing import pack

LONGEST = 30.0


class Waiting:
    """Something that is being packed until it may end; it tells of which depth packing may be at its end."""

    def __init__(self) -> None:
        self.began = threading.Event()
        self.may_end = threading.Event()
        self.limit = 0

    def __reduce__(self) -> tuple[type, tuple[()]]:
        self.began.set()
        assert self.may_end.wait(LONGEST)
        self.limit = sys.getrecursionlimit()
        return (object, ())


def test_two_threads_that_pack_leave_the_limit_of_recursion_alone() -> None:
    before = sys.getrecursionlimit()
    first, second = Waiting(), Waiting()
    with ThreadPoolExecutor(2) as threads:
        one = threads.submit(pack, first)
        assert first.began.wait(LONGEST)
        raised = sys.getrecursionlimit()
        other = threads.submit(pack, second)
        assert second.began.wait(LONGEST)
        first.may_end.set()
        one.result(LONGEST)
        second.may_end.set()
        other.result(LONGEST)
    assert raised > before
    assert second.limit == raised
    assert sys.getrecursionlimit() == before
