r"""Bytes to text, and lines of text.

A line ends at ``\n``, ``\r\n`` or ``\r``, as editors count; every span of the tree does. YAML 1.1
breaks lines at three rarer characters as well (``has_rare_breaks``).
"""

from __future__ import annotations

import codecs
import re

from migrator.spans import Span
from migrator.tree.problems import Problem

BOM = "\ufeff"

_BREAK = re.compile(r"\r\n|\r|\n")
_RARE_BREAK = re.compile("[\x85\u2028\u2029]")

_MARKED_ENCODINGS = (  # UTF-32 first: its mark begins with the one of UTF-16
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    (codecs.BOM_UTF8, "utf-8"),
)


def decode(data: bytes) -> str | Problem:
    """The text of a file, without its byte order mark.

    UTF-8 with or without a mark; UTF-16 and UTF-32 with one. A problem is ``encoding`` (with
    the offset of the first wrong byte) or ``nul-byte`` (a binary file).
    """
    mark, encoding = next((pair for pair in _MARKED_ENCODINGS if data.startswith(pair[0])), (b"", "utf-8"))
    body = data[len(mark) :]
    try:
        text = body.decode(encoding)
    except UnicodeDecodeError as error:
        text = body[: error.start].decode(encoding)
        if encoding != "utf-8" or b"\0" not in body:
            return Problem("encoding", point(text, len(text)), (("byte", str(len(mark) + error.start)),))
        text += "\0"  # a binary file, whichever of the two is met first
    nul = text.find("\0")
    return text if nul < 0 else Problem("nul-byte", point(text, nul))


def split_lines(text: str) -> list[str]:
    """The lines of ``text`` without their ends; one more than there are line ends."""
    return text.split("\n") if "\r" not in text else _BREAK.split(text)


def position(text: str, index: int) -> tuple[int, int]:
    """Line and column, from 1, of the code point at ``index``."""
    line, start = 1, 0
    for found in _BREAK.finditer(text, 0, index):
        line, start = line + 1, found.end()
    return line, index - start + 1


def point(text: str, index: int) -> Span:
    """The span of the code point at ``index``; of no width at the end of a line or of the text."""
    line, column = position(text, index)
    width = 0 if index >= len(text) or text[index] in "\r\n" else 1
    return Span(line, column, line, column + width)


def has_rare_breaks(text: str) -> bool:
    """Whether YAML 1.1 sees more lines than an editor does."""
    return not text.isascii() and _RARE_BREAK.search(text) is not None


def line_starts(text: str) -> list[int]:
    """The index of the first code point of each line."""
    return [0, *(found.end() for found in _BREAK.finditer(text))]
