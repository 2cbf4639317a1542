"""A text as lines and indices, and edits of it."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable
from typing import Final, NamedTuple

from migrator.spans import Span
from migrator.tree.text import line_starts

_BETWEEN: Final = re.compile("(?:[ \t\r\n\x85\u2028\u2029]+|#[^\r\n]*)*")
_PROPERTIES: Final = re.compile(r"(?:(?:!<[^>]*>|[&!][^ \t\r\n,\[\]{}]*)[ \t]*)*")
REMARK: Final = re.compile(r"[ \t]*(?:#.*)?")
"""A line, or the rest of one, that says nothing: blanks, and perhaps a comment."""

_COMMENT: Final = re.compile(r"[ \t]*#")


class Edit(NamedTuple):
    """The code points from ``start`` to ``end`` become ``text``."""

    start: int
    end: int
    text: str = ""


def applied(text: str, edits: Iterable[Edit]) -> str:
    """``text`` after the edits. The same edit twice counts once; deletions may overlap."""
    parts: list[str] = []
    done = 0
    for edit in sorted(set(edits)):
        parts += (text[done : edit.start], edit.text)
        done = max(done, edit.end)
    return "".join((*parts, text[done:]))


class Layout:
    """What stands where in a text without byte order mark. Indices count code points from 0."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.starts = line_starts(text)
        self.newline = "\r\n" if "\r\n" in text else "\n"

    def begin(self, span: Span) -> int:
        return self.starts[span.line - 1] + span.column - 1

    def end(self, span: Span) -> int:
        return self.starts[span.end_line - 1] + span.end_column - 1

    def line(self, index: int) -> int:
        """The number, from 0, of the line of an index."""
        return bisect_right(self.starts, index) - 1

    def line_start(self, index: int) -> int:
        return self.starts[self.line(index)]

    def next_line(self, index: int) -> int:
        """Where the next line begins: behind the line's break, or at the end of the text."""
        number = self.line(index) + 1
        return self.starts[number] if number < len(self.starts) else len(self.text)

    def line_end(self, index: int) -> int:
        """Where the line of an index ends: in front of its break."""
        end = self.next_line(index)
        while end > index and self.text[end - 1] in "\r\n":
            end -= 1
        return end

    def rest(self, index: int) -> str:
        """What stands on the line from an index on."""
        return self.text[index : self.line_end(index)]

    def leads(self, index: int) -> bool:
        """Whether nothing but blanks stands in front of an index on its line."""
        return not self.text[self.line_start(index) : index].strip(" \t")

    def trails(self, index: int) -> bool:
        """Whether nothing but a comment stands on the line from an index on."""
        return REMARK.fullmatch(self.rest(index)) is not None

    def skip(self, index: int) -> int:
        """Past blanks, line breaks and comments."""
        found = _BETWEEN.match(self.text, index)
        return found.end() if found else index

    def properties(self, index: int) -> int:
        """Past the anchor and the tag of the node that begins at an index."""
        found = _PROPERTIES.match(self.text, index)
        return index + len(found.group().rstrip(" \t")) if found else index

    def above(self, line: int, column: int) -> int:
        """Where the comments begin that stand directly above a line, at ``column``.

        ``line`` is the index of the line's start, and the answer is one too.
        """
        while line > 0:
            before = self.line_start(line - 1)
            found = _COMMENT.match(self.text, before)
            if found is None or found.end() - 1 - before != column:
                break
            line = before
        return line

    def below(self, line: int, column: int) -> int:
        """The start of the line behind the last of the comments, from ``line`` on, right of ``column``."""
        last = line
        while line < len(self.text):
            after = self.next_line(line)
            found = _COMMENT.match(self.text, line)
            if found is not None and found.end() - 1 - line > column:
                last = after
            elif self.text[line:after].strip():
                break
            line = after
        return last
