"""What a run that changes an account tells: how far it is, on one line of a terminal, and each thing done."""

from __future__ import annotations

from typing import Final, Self, TextIO

from migrator.apply.events import Done, Event, Tell, Told, Working
from migrator.cli.run import emit, say
from migrator.render.safe import shown

_WIDTH: Final = 20
_CLEAR: Final = "\r\x1b[K"


class Progress:
    """A bar with counts; nothing where the stream is no terminal."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._is_shown = stream.isatty()
        self._is_drawn = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.clear()

    def draw(self, done: int, of: int, text: str) -> None:
        if self._is_shown:
            full = _WIDTH * done // max(of, 1)
            self._stream.write(f"{_CLEAR}[{'#' * full}{'-' * (_WIDTH - full)}] {done}/{of} {shown(text)}")
            self._stream.flush()
            self._is_drawn = True

    def clear(self) -> None:
        """Take the bar away, so that a line can stand in its place."""
        if self._is_drawn:
            self._stream.write(_CLEAR)
            self._stream.flush()
            self._is_drawn = False


def tell_on(progress: Progress) -> Tell:
    """Tell on a terminal that has a bar."""

    def tell(event: Event) -> None:
        match event:
            case Working(address, number, of):
                progress.draw(number - 1, of, address)
            case Done(verb, address, identity):
                progress.clear()
                emit(f"{verb} {shown(address)}" + (f" {shown(identity)}\n" if identity != address else "\n"))
            case Told(text):
                progress.clear()
                say(f"Note: {text}.")

    return tell
