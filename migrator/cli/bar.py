"""How far something is, on one line of a terminal, once it takes longer than a moment."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final, Self, TextIO

PATIENCE: Final = 1.0
WIDTH: Final = 24
_BETWEEN: Final = 0.1


class Bar:
    """One line on ``stream`` while it is open; nothing where ``is_shown`` is False, and nothing within ``patience``."""

    def __init__(
        self,
        stream: TextIO,
        *,
        is_shown: bool,
        patience: float = PATIENCE,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._stream = stream
        self._is_shown = is_shown
        self._patience = patience
        self._clock = clock
        self._since = clock()
        self._last = -_BETWEEN
        self._is_drawn = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.clear()

    def clear(self) -> None:
        """Take the bar away, so that a line can stand in its place."""
        if self._is_drawn:
            self._draw("")
            self._is_drawn = False

    def show(self, done: int, of: int, text: str, *, at_once: bool = True) -> None:
        """``done`` of ``of``, and ``text``. Not ``at_once``: often enough is enough."""
        now = self._clock()
        if not self._is_shown or (self._patience and now - self._since <= self._patience):
            return
        if at_once or now - self._last >= _BETWEEN:
            self._last = now
            full = WIDTH * done // of if of else WIDTH
            self._draw(f"[{'#' * full}{'-' * (WIDTH - full)}] {done}/{of}, {text}")

    def _draw(self, text: str) -> None:
        self._is_drawn = True
        self._stream.write(f"\r\x1b[K{text}")
        self._stream.flush()
