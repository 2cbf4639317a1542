"""The one error of this package: a text that is not CEL."""

from __future__ import annotations

from migrator.errors import MigratorError
from migrator.secrets import is_mask, visible

_BEFORE, _AFTER = 50, 30
"""How many columns of a long line ``excerpt`` shows on either side of the caret."""


class CelSyntaxError(MigratorError):
    """A text is not an expression of CEL, or exceeds a limit of this reader.

    ``reason`` says why, ``offset`` where (in code points from 0; the length of the text for its
    end) and ``expected`` what could have stood there, in plain words and possibly empty. None
    of them, nor ``message``, quotes the text; ``excerpt`` does, with credentials hidden.
    """

    def __init__(self, reason: str, offset: int, expected: tuple[str, ...] = ()) -> None:
        wanted = f"; expected {_either(expected)}" if expected else ""
        super().__init__(
            f"not a CEL expression at character {offset + 1}: {reason}{wanted}",
            "Correct the expression. The language is described at https://cel.dev.",
        )
        self.reason = reason
        self.offset = offset
        self.expected = expected

    def excerpt(self, text: str) -> str:
        """The line of ``text`` (the text that failed) where the error stands, and a caret below it."""
        begin = text.rfind("\n", 0, self.offset) + 1
        end = text.find("\n", self.offset)
        line = text[begin : end if end >= 0 else len(text)]
        column = self.offset - begin
        while 0 < column < len(line) and is_mask(line[column]) and is_mask(line[column - 1]):
            column -= 1
        before, after = _shown(line[:column]), _shown(line[column:])
        if len(before) > _BEFORE:
            before = "…" + before[-_BEFORE:]
        if len(after) > _AFTER:
            after = after[:_AFTER] + "…"
        return f"{before}{after}\n{' ' * len(before)}^"


def _either(words: tuple[str, ...]) -> str:
    return " or ".join(filter(None, (", ".join(words[:-1]), words[-1])))


def _shown(text: str) -> str:
    """``text`` as one column per code point, so that a caret can point into it."""
    return "".join(char if char.isprintable() else " " for char in visible(text))
