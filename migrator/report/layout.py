"""Lines of a terminal: headings, paragraphs, tables."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from textwrap import wrap
from typing import Final

from migrator.report.escape import bounded
from migrator.report.options import ReportOptions

INDENT: Final = "    "
NARROWEST: Final = 40
LONGEST: Final = 600
"""Code points of one paragraph: a fact may be as long as a policy's author liked."""


def heading(text: str, options: ReportOptions) -> str:
    rule = "─" * max(2, columns(options) - len(text) - 4)
    return options.style.paint("strong", f"── {text} {rule}")


def columns(options: ReportOptions) -> int:
    return max(options.width, NARROWEST)


def paragraph(text: str, options: ReportOptions, indent: str = "", first: str | None = None) -> list[str]:
    """``text`` on as many lines as it takes, ``first`` in front of the first, ``indent`` of the others.

    Words are never broken, so that what is a path or an expression can be copied.
    """
    return wrap(
        bounded(text, LONGEST),
        columns(options),
        initial_indent=indent if first is None else first,
        subsequent_indent=indent,
        break_on_hyphens=False,
        break_long_words=False,
    )


def table(header: Sequence[str], align: str, rows: Iterable[Sequence[object]]) -> list[str]:
    """Columns as wide as their widest cell, each to the left (``<``) or to the right (``>``)."""
    cells = [[str(cell) for cell in row] for row in (header, *rows)]
    widths = [max(len(row[at]) for row in cells) for at in range(len(header))]
    return [
        "  ".join(
            f"{cell:{side}{width}}" for cell, side, width in zip(row, align, widths, strict=True)
        ).rstrip()
        for row in cells
    ]
