"""How fast an API is asked."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable


class Pace:
    """At most ``requests`` in any ``seconds``: a bucket of tokens, each back that long after it was used.

    Every attempt happens in a ``with``. A token counts as used when the attempt ends, so however long a
    request is on its way, the other side sees no more than it allows.
    """

    def __init__(
        self,
        requests: int,
        seconds: float,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._requests = requests
        self._seconds = seconds
        self._clock = clock
        self._sleep = sleep
        self._used: deque[float] = deque()

    def __enter__(self) -> None:
        if len(self._used) >= self._requests:
            wait = self._used.popleft() + self._seconds - self._clock()
            if wait > 0:
                self._sleep(wait)

    def __exit__(self, *_: object) -> None:
        self._used.append(self._clock())
