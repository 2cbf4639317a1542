"""Java: strings between quotes, and text blocks without the indentation that is no part of them."""

from __future__ import annotations

import re
from functools import partial

from migrator.sources.hosts.code import Code, UnfinishedError, Written, closing
from migrator.sources.hosts.joined import lines_of, without_indent
from migrator.sources.hosts.literal import Literal, Pieces

_CHARACTER = re.compile(r"'(?:[^'\\\n]|\\[^\n][^'\n]{0,6})'")
_BLOCK = '"""'
_OPENING = re.compile(r'"""[ \t\f]*\r?\n')


class Java(Code):
    """``.java`` files."""

    name = "java"
    suffixes = (".java",)
    print_it = "System.out.println(policy)"
    token = re.compile(r"//|/\*|[\"']")
    filling_in = frozenset({"format", "printf"})
    changing = frozenset({"formatted", "replace", "replaceAll", "replaceFirst", "concat", "indent"})

    def string(self, text: str, opening: re.Match[str], before: str) -> Written | int:  # noqa: ARG002 - quotes suffice
        start = opening.start()
        if text[start] == "'":
            one = _CHARACTER.match(text, start)
            return one.end() if one is not None else start + 1
        block = _OPENING.match(text, start)
        if block is None:
            return self.on_one_line(text, start, start + 1, '"')
        end = closing(text, block.end(), _BLOCK)
        if end < 0:
            raise UnfinishedError(start, "a text block that opens here is never closed")
        return Written(start, end + len(_BLOCK), partial(self._block, text, block.end(), end))

    def _block(self, text: str, start: int, end: int) -> Pieces:
        """The lines without the blanks that all begin with, the line of the closing quotes among them."""
        rows = text[start:end].split("\n")
        counted = [row for row in rows[:-1] if row.strip()] + rows[-1:]
        width = min(len(row) - len(row.lstrip(" \t")) for row in counted)
        pieces = Pieces()
        self.decoded(text, start, end, pieces)
        literal = Literal(start, end, tuple(pieces.done))
        stripped = Pieces()
        stripped.done.extend(without_indent(literal, lines_of(literal), width).pieces)
        return stripped
