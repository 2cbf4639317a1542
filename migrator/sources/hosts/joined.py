"""What languages and their libraries do to a string as a whole."""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec.structs import replace

from migrator.sources.hosts.literal import Literal, Piece

_INDENT = re.compile(r"[ \t]*")


def lines_of(literal: Literal) -> list[list[Piece]]:
    """The pieces of each line, the line's end included."""
    lines: list[list[Piece]] = [[]]
    for piece in literal.pieces:
        for part in _broken(piece):
            lines[-1].append(part)
            if part.text.endswith("\n"):
                lines.append([])
    return lines


def _broken(piece: Piece) -> Iterator[Piece]:
    """A piece at its line ends; what is not written as it reads stays whole."""
    if not piece.verbatim or "\n" not in piece.text:
        yield piece
        return
    at = 0
    while at < len(piece.text):
        end = piece.text.find("\n", at) + 1 or len(piece.text)
        yield Piece(piece.text[at:end], piece.start + at, piece.start + end)
        at = end


def dedented(literal: Literal) -> Literal:
    """Without the blanks that all lines with text begin with, as ``textwrap.dedent`` has it."""
    lines = lines_of(literal)
    texts = ["".join(piece.text for piece in line) for line in lines]
    margin: str | None = None
    for text in texts:
        if text.strip():
            indent = text[: len(text) - len(text.lstrip(" \t"))]
            margin = indent if margin is None else _common(margin, indent)
    return without_indent(literal, lines, len(margin or ""))


def without_indent(literal: Literal, lines: list[list[Piece]], width: int) -> Literal:
    """Each line without its first ``width`` blanks, as far as it has them."""
    pieces = [piece for line in lines for piece in _cut(line, width)]
    return replace(literal, pieces=tuple(pieces))


def _cut(line: list[Piece], width: int) -> Iterator[Piece]:
    for piece in line:
        if not width or not piece.verbatim:
            yield piece
            width = 0 if piece.text else width
            continue
        found = _INDENT.match(piece.text, 0, width)
        blanks = found.end() if found is not None else 0
        width = width - blanks if blanks == len(piece.text) else 0
        if blanks < len(piece.text):
            yield Piece(piece.text[blanks:], piece.start + blanks, piece.end)


def _common(one: str, other: str) -> str:
    at = 0
    while at < min(len(one), len(other)) and one[at] == other[at]:
        at += 1
    return one[:at]
