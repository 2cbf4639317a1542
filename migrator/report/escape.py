"""Text of the user's in Markdown that GitHub renders: one function for prose, one for HTML.

Everything is built on ``render.safe``, which shows what nobody sees and hides credentials. Added
here is what only matters in a comment that people are notified of, and bounds.
"""

from __future__ import annotations

import re
from typing import Final

from migrator.render.safe import Quoted, markdown, shown

LONGEST: Final = 300
"""Code points of one fact or message; what is longer is cut before it is escaped."""

_HARMLESS: Final = (("@", "@&#8203;"), ("\\#", "\\#&#8203;"), ("GH-", "GH-&#8203;"), ("$", "\\$"))
_LIST: Final = re.compile(r"\A(\d*)([-+=.)])")
"""What would begin a list or underline a heading at the start of a line."""
_CUT: Final = "…"


def prose(text: str, limit: int = LONGEST) -> Quoted:
    """``text`` within a paragraph, a list item or a table cell: no markup, no mention, no formula.

    A character without width behind ``@``, ``#`` and ``GH-`` keeps GitHub from notifying a person or linking
    an issue that a policy happens to name.
    """
    quoted = markdown(bounded(text, limit).strip())
    for char, harmless in _HARMLESS:
        quoted = Quoted(quoted.replace(char, harmless))
    return Quoted(_LIST.sub(r"\1\\\2", quoted))


def html(text: str, limit: int = LONGEST) -> Quoted:
    """``text`` as code within an HTML tag; GitHub looks for mentions nowhere in ``<code>``."""
    from html import escape

    return Quoted(f"<code>{escape(shown(bounded(text, limit)))}</code>")


def bounded(text: str, limit: int = LONGEST) -> str:
    """``text`` in at most ``limit`` code points."""
    return text if len(text) <= limit else f"{text[: limit - 1]}{_CUT}"
