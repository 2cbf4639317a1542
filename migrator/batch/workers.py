"""Where parts of a run are done: processes of our own, or an executor that somebody handed in.

``Gone`` is all that a caller need know of their failures: the process that had the part is no more, and nobody
has its result. Everything that the work itself raises comes back as a value (see ``work``).
"""

from __future__ import annotations

import contextlib
import gc
import multiprocessing
import os
import pickle
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor, CancelledError, Executor, Future, ProcessPoolExecutor
from multiprocessing.connection import wait
from typing import Any, Protocol, Self

from migrator.batch.worth import usable
from migrator.errors import UsageError
from migrator.progress import collect_seldom

Task = Callable[[bytes, bytes], bytes]
"""What all parts share and the part, to its result."""


class Gone(Exception):  # noqa: N818 -- said of the process
    """The process that had a part is gone: killed, out of memory, or cut off."""


class Workers(Protocol):
    """Something that does parts."""

    @property
    def size(self) -> int:
        """How many parts are done at a time, as far as is known."""

    def submit(self, task: Task, shared: bytes, part: bytes) -> Future[bytes]:
        """Begin a part. Raises UsageError where none can be begun any more."""

    def result(self, future: Future[bytes]) -> bytes:
        """Its result. Raises Gone."""

    def alone(self, task: Task, shared: bytes, part: bytes) -> bytes:
        """Do a part with nothing beside it that could be blamed, when nothing else is under way. Raises Gone."""

    def stop(self) -> None:
        """Give up what is under way, at once."""


class Processes:
    """Processes of our own, as many as ``size``, which end with the block.

    They are forked where that is safe, on Linux and while the process has one thread: they then start in
    milliseconds with everything imported, under ``python -c`` as in a script without a main guard. Elsewhere
    they are spawned, which costs each of them an import. They leave SIGINT to their parent and end with it,
    however it ends.
    """

    def __init__(self, size: int) -> None:
        self.size = size
        self._pool: ProcessPoolExecutor | None = None
        self._is_single = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is not None:
            self.stop()
        elif self._pool is not None:
            self._pool.shutdown()

    def submit(self, task: Task, shared: bytes, part: bytes) -> Future[bytes]:
        try:
            return self._begin(task, shared, part, is_single=False)
        except BrokenExecutor:
            self.stop()
            return self._begin(task, shared, part, is_single=False)

    def result(self, future: Future[bytes]) -> bytes:
        try:
            return future.result()
        except (BrokenExecutor, CancelledError):
            # What was still waiting when the pool was given up is cancelled.
            self.stop()
            raise Gone from None

    def alone(self, task: Task, shared: bytes, part: bytes) -> bytes:
        return self.result(self._begin(task, shared, part, is_single=True))

    def _begin(self, task: Task, shared: bytes, part: bytes, *, is_single: bool) -> Future[bytes]:
        """One pool at a time: the next one is forked only when the threads of the last are gone."""
        if self._is_single is not is_single:
            self.stop()
        if self._pool is None:
            self._pool = _pool(1 if is_single else self.size)
            self._is_single = is_single
        with _held():  # submitting starts processes: until they ignore the signal, it has to wait
            return self._pool.submit(task, shared, part)

    def stop(self) -> None:
        with _held():  # whoever interrupts twice must not interrupt this: processes would be left behind
            if self._pool is not None:
                _kill(self._pool)
                self._pool = None


class Handed:
    """An executor that somebody handed in: used, never shut down.

    One that is broken for good, as a pool of processes is once one of them was killed, is replaced by a process
    of our own for the rest of the run.
    """

    def __init__(self, executor: Executor) -> None:
        self.size = max(int(getattr(executor, "_max_workers", 0) or 0), usable())
        self._executor = executor
        self._own: Processes | None = None
        self._left: set[Future[bytes]] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, *rest: object) -> None:
        if kind is not None:
            self.stop()
        if self._own is not None:
            self._own.__exit__(kind, *rest)

    def submit(self, task: Task, shared: bytes, part: bytes) -> Future[bytes]:
        if self._own is not None:
            return self._own.submit(task, shared, part)
        try:
            future = self._executor.submit(task, shared, part)
        except BrokenExecutor:
            self._own = Processes(1)
            return self._own.submit(task, shared, part)
        except RuntimeError as error:
            raise UsageError(
                f"the executor takes no work ({error})", "Hand in one that was not shut down."
            ) from None
        self._left.add(future)
        return future

    def result(self, future: Future[bytes]) -> bytes:
        self._left.discard(future)
        try:
            return future.result()
        except (ImportError, AttributeError, TypeError, pickle.PickleError) as error:
            raise UsageError(
                f"the executor cannot run migrator ({type(error).__name__})",
                "Install the same version of migrator where its workers run.",
            ) from None
        except Exception as error:  # noqa: BLE001 -- each library has its own word for a worker that is gone
            raise Gone(type(error).__name__) from None

    def alone(self, task: Task, shared: bytes, part: bytes) -> bytes:
        if self._own is not None:
            return self._own.alone(task, shared, part)
        return self.result(self.submit(task, shared, part))

    def stop(self) -> None:
        for future in self._left:
            future.cancel()
        if self._own is not None:
            self._own.stop()


def may_start() -> bool:
    """Whether this process may have others of its own: a daemon of ``multiprocessing`` may not."""
    return not multiprocessing.current_process().daemon


def _pool(size: int) -> ProcessPoolExecutor:
    forks = sys.platform == "linux" and threading.active_count() == 1
    context = multiprocessing.get_context("fork" if forks else "spawn")
    return ProcessPoolExecutor(size, mp_context=context, initializer=_begin)


@contextlib.contextmanager
def _held() -> Iterator[None]:
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _begin() -> None:
    """What a process of ours does first."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    gc.freeze()  # what came with the fork is nobody's to collect here
    collect_seldom()
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent.sentinel,), daemon=True).start()


def _end_with(sentinel: Any) -> None:
    """A parent that was killed ends its processes too, which would otherwise wait for ever."""
    wait([sentinel])
    os._exit(1)


def _kill(pool: ProcessPoolExecutor) -> None:
    """End a pool's processes now: nothing of what they do is written anywhere."""
    processes = list((getattr(pool, "_processes", None) or {}).values())
    for process in processes:
        process.kill()
    pool.shutdown(cancel_futures=True)
    for process in processes:
        process.join()
