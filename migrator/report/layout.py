"""Lines of a terminal: headings, paragraphs, tables."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from textwrap import wrap
from typing import Final

from migrator.report.escape import bounded
from migrator.report.options import ReportOptions
from migrator.spans import columns_of, is_plain

INDENT: Final = "    "
_SECOND: Final = "\uffff"
"""The second column of what takes two. It stands for nothing in any text."""
NARROWEST: Final = 40
LONGEST: Final = 600
"""Code points of one paragraph: a fact may be as long as a policy's author liked."""


def heading(text: str, options: ReportOptions) -> str:
    rule = "─" * max(2, columns(options) - columns_of(text) - 4)
    return options.style.paint("strong", f"── {text} {rule}")


def columns(options: ReportOptions) -> int:
    return max(options.width, NARROWEST)


def paragraph(text: str, options: ReportOptions, indent: str = "", first: str | None = None) -> list[str]:
    """``text`` on as many lines as it takes, ``first`` in front of the first, ``indent`` of the others."""
    return wrapped(bounded(text, LONGEST), columns(options), indent if first is None else first, indent)


def wrapped(text: str, width: int, first: str = "", indent: str = "") -> list[str]:
    """Lines of at most ``width`` columns.

    Words are never broken, so that what is a path or an expression can be copied.
    """
    lines = wrap(
        _counted(text),
        width,
        initial_indent=_counted(first),
        subsequent_indent=_counted(indent),
        break_on_hyphens=False,
        break_long_words=False,
    )
    return [line.replace(_SECOND, "") for line in lines]


def _counted(text: str) -> str:
    """``text`` with a code point for each column, which is what textwrap counts."""
    if is_plain(text):
        return text
    return "".join(f"{char}{_SECOND}" if columns_of(char) > 1 else char for char in text)


def table(header: Sequence[str], align: str, rows: Iterable[Sequence[object]]) -> list[str]:
    """Columns as wide as their widest cell, each to the left (``<``) or to the right (``>``)."""
    cells = [[str(cell) for cell in row] for row in (header, *rows)]
    widths = [max(columns_of(row[at]) for row in cells) for at in range(len(header))]
    return [
        "  ".join(
            _filled(cell, side, width) for cell, side, width in zip(row, align, widths, strict=True)
        ).rstrip()
        for row in cells
    ]


def _filled(cell: str, side: str, width: int) -> str:
    blank = " " * (width - columns_of(cell))
    return f"{blank}{cell}" if side == ">" else f"{cell}{blank}"
