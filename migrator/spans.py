"""Where something stands in a file: the coordinates every other module speaks.

Lines and columns count from 1 in code points; the end is exclusive. These are the
numbers of the JSON contract, so nothing converts them on the way out.

The columns of a terminal are others; ``columns_of`` counts them. Latin letters, and what reports are drawn with, cost
nothing: most runs need no table of characters.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from msgspec import Struct

from migrator.patterns import pattern

_PLAIN: Final = pattern("[\\x00-\u02ff\u2010-\u2027\u2190-\u21ff\u2500-\u257f]*")
"""One column each: Latin, punctuation, arrows, lines of boxes."""
_WIDE: Final = frozenset({"W", "F"})
_NOTHING: Final = frozenset({"Mn", "Me", "Cf"})
"""Categories of what is drawn over the letter in front, or not at all."""


class Span(NamedTuple):
    """A range of one text. ``end_column`` is the column after the last code point."""

    line: int
    column: int
    end_line: int
    end_column: int


START = Span(1, 1, 1, 1)


def is_within(one: Span, other: Span) -> bool:
    """Whether a range is a part of another one."""
    return other[:2] <= one[:2] and one[2:] <= other[2:]


class Location(Struct, frozen=True, gc=False):  # nothing of it leads back
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


def whole(path: str) -> Location:
    """The location of a file as such: its first position."""
    return Location(path, START)


def columns_of(text: str) -> int:
    """How many columns of a terminal ``text`` takes: letters of East Asia and pictures take two, accents none."""
    return len(text) if is_plain(text) else sum(_width(char) for char in text)


def fitting(text: str, width: int) -> str:
    """As much of the beginning as ``width`` columns hold."""
    if is_plain(text):
        return text[:width]
    taken = 0
    for index, char in enumerate(text):
        taken += _width(char)
        if taken > width:
            return text[:index]
    return text


def is_plain(text: str) -> bool:
    """Whether each code point takes one column, as far as that is known without a table of characters."""
    return text.isascii() or _PLAIN.fullmatch(text) is not None


def _width(char: str) -> int:
    if is_plain(char):
        return 1
    import unicodedata

    if unicodedata.category(char) in _NOTHING:
        return 0
    return 2 if unicodedata.east_asian_width(char) in _WIDE else 1
