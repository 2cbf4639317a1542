"""A line of the source with a caret below it: bounded, aligned, free of credentials.

The text is the masked one (``FileRead.text``), so there is no credential in it to begin with; a
mask is shown as three asterisks whatever its length.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from msgspec import Struct

from migrator.merge.model import SourceSummary
from migrator.render.safe import shown
from migrator.secrets import SHOWN, is_mask
from migrator.spans import Location, columns_of, fitting
from migrator.tree.text import split_lines

_TAB: Final = "    "
_CUT: Final = "…"
_NARROWEST: Final = 20


class Excerpt(Struct, frozen=True):
    """One line as it is shown, and where the carets stand below it (in columns from 0)."""

    number: int
    text: str
    start: int
    length: int

    @property
    def carets(self) -> str:
        return " " * self.start + "^" * self.length


class Sources:
    """The lines of a run's files, split when first asked for."""

    def __init__(self, sources: tuple[SourceSummary, ...]) -> None:
        self._texts: Mapping[str, str] = {s.path: s.file.text for s in sources if s.file.text is not None}
        self._lines: dict[str, list[str]] = {}

    def excerpt(self, at: Location | None, width: int) -> Excerpt | None:
        """The first line of ``at`` in at most ``width`` columns; None where there is no such text."""
        if at is None or at.path not in self._texts:
            return None
        if at.path not in self._lines:
            self._lines[at.path] = split_lines(self._texts[at.path])
        lines = self._lines[at.path]
        if at.span.line > len(lines) or not lines[at.span.line - 1].strip():
            return None
        line = lines[at.span.line - 1]
        last = at.span.end_column if at.span.end_line == at.span.line else len(line) + 1
        return cut(at.span.line, line, at.span.column - 1, last - 1, max(width, _NARROWEST))


def cut(number: int, line: str, begin: int, end: int, width: int) -> Excerpt:
    """``line`` so that the code points from ``begin`` to ``end`` can be seen within ``width`` columns.

    Only as much of the line is looked at as can be shown: a file may be one line of megabytes.
    """
    begin = min(begin, len(line))
    end = min(max(end, begin + 1), begin + width)
    first = max(0, begin - width)
    cells = _cells(line[first : begin + width])
    before, marked = cells[: begin - first], "".join(cells[begin - first : end - first])
    lead = ""
    if first or columns_of("".join(before)) + min(columns_of(marked), width // 2) >= width:
        lead, before = _CUT, _last(before, width // 3)
    text = "".join((lead, *before, marked, *cells[end - first :]))
    if begin + width < len(line) or columns_of(text) > width:
        text = fitting(text, width - len(_CUT)) + _CUT
    start = columns_of(lead) + columns_of("".join(before))
    return Excerpt(number, text, start, max(1, min(columns_of(marked), columns_of(text) - start)))


def _last(cells: list[str], width: int) -> list[str]:
    """As many of the last cells as ``width`` columns hold."""
    taken = 0
    for index in range(len(cells) - 1, -1, -1):
        taken += columns_of(cells[index])
        if taken > width:
            return cells[index + 1 :]
    return cells


def _cells(line: str) -> list[str]:
    """Each code point as it is shown; of a mask only the first is."""
    cells: list[str] = []
    previous = ""
    for char in line:
        if is_mask(char):
            cells.append("" if char == previous else SHOWN)
        else:
            cells.append(_TAB if char == "\t" else shown(char))
        previous = char
    return cells
