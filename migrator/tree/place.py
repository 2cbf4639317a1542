"""From a position inside a value to the place in the file where it was written.

A caret under an expression, or a finding about a policy that is held as a string, has to point
into the file people edit, where the value stands in quotes, with escapes, indented or folded.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Final, NamedTuple

from yaml.scanner import Scanner

from migrator.patterns import pattern
from migrator.spans import Span
from migrator.tree.nodes import Scalar
from migrator.tree.text import BOM, split_lines

_BLANKS: Final = " \t\n"
_PROPERTIES: Final = pattern(r"(?:[&!]\S*[ \t\n]+(?:#.*\n[ \t\n]*)*)*")
_SINGLE: Final = pattern(r"''|.", re.DOTALL)
_DOUBLE: Final = pattern(
    r"""\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}
      | \\(?: x.{2} | u.{4} | U.{8} | . )
      | .""",
    re.DOTALL | re.VERBOSE,
)


class _Unit(NamedTuple):
    """What one code point of a value was written as: ``length`` code points from ``start`` on.

    A ``soft`` one is a blank or a break as it stands in the file; folding may drop it.
    """

    char: str
    start: int
    length: int = 1
    soft: bool = False

    @property
    def end(self) -> int:
        return self.start + self.length


class Located:
    """Where the parts of one scalar's value stand: worked out once, for who asks for many of them.

    ``text`` is the file, or its lines (``text.split_lines``) for who asks about many scalars.
    """

    def __init__(self, text: str | Sequence[str], scalar: Scalar) -> None:
        lines = split_lines(text.lstrip(BOM)) if isinstance(text, str) else text
        self._span = scalar.span
        self._source = _source(lines, scalar.span)
        self._units = _written(_units(self._source, scalar), scalar.text)

    def span(self, offset: int, length: int) -> Span:
        """The place of ``length`` code points of the value, from ``offset`` (from 0) on.

        Exact for values on one line, in quotes or without, and for literal blocks; in folded values for
        everything but blanks. What reaches past the value is cut off. The whole scalar when its
        value is not what the file has there.
        """
        units, span = self._units, self._span
        if not units:
            return span
        end = min(offset + length, len(units))
        first = units[offset].start if offset < len(units) else units[-1].end
        last = units[end - 1].end if end > offset else first
        return Span(*_place(self._source, first, span), *_place(self._source, last, span))


def locate(text: str | Sequence[str], scalar: Scalar, offset: int, length: int) -> Span:
    """The place of one part of a scalar's value; see ``Located``."""
    return Located(text, scalar).span(offset, length)


def _source(lines: Sequence[str], span: Span) -> str:
    rows = list(lines[span.line - 1 : span.end_line])
    if rows:
        rows[-1] = rows[-1][: span.end_column - 1]
        rows[0] = rows[0][span.column - 1 :]
    return "\n".join(rows)


def _place(source: str, index: int, span: Span) -> tuple[int, int]:
    before = source[:index]
    column = index - before.rfind("\n")
    rows = before.count("\n")
    return (span.line + rows, column) if rows else (span.line, column + span.column - 1)


def _units(source: str, scalar: Scalar) -> list[_Unit]:
    """Everything the source has for the value, before folding."""
    begin = _PROPERTIES.match(source).end()  # type: ignore[union-attr]  # it matches nothing, too
    match scalar.style:
        case "":
            return [
                _Unit(char, index, soft=char in _BLANKS) for index, char in enumerate(source[begin:], begin)
            ]
        case "'":
            return _quoted(_SINGLE, source, begin)
        case '"':
            return _quoted(_DOUBLE, source, begin)
    body = source.find("\n", begin) + 1
    if not body:
        return []
    if scalar.style == ">":
        return [_Unit(char, index, soft=char in _BLANKS) for index, char in enumerate(source[body:], body)]
    return _literal(source, body, scalar.text)


def _quoted(pattern: re.Pattern[str], source: str, begin: int) -> list[_Unit]:
    units = []
    for found in pattern.finditer(source, begin + 1, len(source) - 1):
        written = found.group()
        char = _unescaped(written)
        if char:
            units.append(_Unit(char, found.start(), len(written), soft=written in _BLANKS))
    return units


def _unescaped(written: str) -> str:
    """The code point that one piece of a quoted value stands for; none for an escaped break."""
    if len(written) == 1:
        return written
    if len(written) == len(r"\ud83d\ude00"):
        return str(json.loads(f'"{written}"'))
    name, digits = written[1], written[2:]
    if digits:
        try:
            return chr(int(digits, 16))
        except (ValueError, OverflowError):
            return "\0"  # the loader refuses such an escape, so this is not the file of the value
    return "" if name == "\n" else Scanner.ESCAPE_REPLACEMENTS.get(name, name)


def _literal(source: str, body: int, value: str) -> list[_Unit]:
    """A literal block, whose indentation shows at its first line that is not empty."""
    rows = source[body:].split("\n")
    indent = next(
        (len(row) - len(line) for row, line in zip(rows, value.split("\n"), strict=False) if line), 0
    )
    units = []
    for row in rows:
        units += [_Unit(char, body + at) for at, char in enumerate(row) if at >= indent]
        units.append(_Unit("\n", body + len(row)))
        body += len(row) + 1
    return units


def _written(units: list[_Unit], value: str) -> list[_Unit]:
    """The unit of each code point of the value; none at all when they do not agree."""
    taken: list[_Unit] = []
    at = 0
    for char in value:
        at = _next(units, at, char)
        if at < len(units):
            taken.append(units[at])
            at += 1
        elif char in _BLANKS and units:  # breaks behind the last line are outside the span
            taken.append(_Unit(char, units[-1].end, length=0))
        else:
            return []
    return taken if all(unit.char in _BLANKS for unit in units[at:]) else []


def _next(units: list[_Unit], at: int, char: str) -> int:
    """The unit, from ``at`` on, that ``char`` was written as; past the end when there is none."""
    while at < len(units):
        unit = units[at]
        if unit.char == char or (unit.soft and unit.char == "\n" and char == " "):
            return at
        if not unit.soft:
            return len(units)
        at += 1
    return at
