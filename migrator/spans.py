"""Where something stands in a file: the coordinates every other module speaks.

Lines and columns count from 1 in code points; the end is exclusive. These are the
numbers of the JSON contract, so nothing converts them on the way out.
"""

from __future__ import annotations

from typing import NamedTuple

from msgspec import Struct


class Span(NamedTuple):
    """A range of one text. ``end_column`` is the column after the last code point."""

    line: int
    column: int
    end_line: int
    end_column: int


START = Span(1, 1, 1, 1)


class Location(Struct, frozen=True):
    """A range of one input file.

    ``path`` is the path as the user's inputs name it. ``embedded`` is the 1-based
    (line, column) inside a policy that is itself held as a string by the file; the span
    then points at the place of that string in the host file.
    """

    path: str
    span: Span
    embedded: tuple[int, int] | None = None

    def __str__(self) -> str:
        return f"{self.path}:{self.span.line}:{self.span.column}"

    @property
    def sort_key(self) -> tuple[str, Span, tuple[int, int]]:
        return (self.path, self.span, self.embedded or (0, 0))


def whole(path: str) -> Location:
    """The location of a file as such: its first position."""
    return Location(path, START)
