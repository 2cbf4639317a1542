"""What a stream is: whether it shows colours, and how wide it is."""

from __future__ import annotations

import os
from typing import Final, TextIO

from msgspec.structs import replace

from migrator.report.options import COLOURED, DEFAULTS, PLAIN, ReportOptions

PLAIN_WIDTH: Final = 100
_WIDEST: Final = 140


def shows_colours(stream: TextIO) -> bool:
    """Whether a stream is a terminal that shows colours and whose user wants them."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def width_of(stream: TextIO) -> int:
    """The columns of a terminal, also where standard output is another place; of anything else 100."""
    if not stream.isatty():
        return PLAIN_WIDTH
    told = os.environ.get("COLUMNS", "")
    try:
        columns = int(told) if told.isdecimal() else os.get_terminal_size(stream.fileno()).columns
    except (OSError, ValueError):
        columns = 0
    return min(columns or PLAIN_WIDTH, _WIDEST)


def for_stream(stream: TextIO, options: ReportOptions = DEFAULTS) -> ReportOptions:
    """The options of a report that goes to a stream: with its width, and its colours."""
    return replace(options, width=width_of(stream), style=COLOURED if shows_colours(stream) else PLAIN)
