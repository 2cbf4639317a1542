"""The errors of this package: a text that is not CEL, an expression that has no value.

::

    CelSyntaxError           a text is no expression
    CelEvaluationError       an expression has no value with these bindings
    └── CelLimitError        its evaluation was given up: too much work, or too large a value
"""

from __future__ import annotations

from migrator.errors import MigratorError
from migrator.secrets import is_mask, visible
from migrator.spans import columns_of

_BEFORE, _AFTER = 50, 30
"""How many columns of a long line an excerpt shows on either side of the place."""


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
        return _excerpt(text, self.offset, 0)


class CelEvaluationError(MigratorError):
    """An expression has no value with the bindings it was given.

    ``reason`` says why, in plain words and without any value: a value may be confidential.
    ``offset`` and ``end`` are the place of the node that has none (code points from 0, the end
    exclusive), -1 if the node was not read from a text.
    """

    def __init__(self, reason: str, offset: int = -1, end: int = -1) -> None:
        place = f" at character {offset + 1}" if offset >= 0 else ""
        super().__init__(
            f"the CEL expression has no value{place}: {reason}",
            "Correct the expression, or what its names are bound to.",
        )
        self.reason = reason
        self.offset = offset
        self.end = end

    def excerpt(self, text: str) -> str:
        """The line of ``text`` (the expression's) where the failing node begins, and carets below it.

        Without a place, it is the expression's first line alone.
        """
        return _excerpt(text, self.offset, self.end)


class CelLimitError(CelEvaluationError):
    """The evaluation of an expression was given up: it takes too much work, or too much memory.

    No other part of the expression makes up for it, as ``true || …`` does for other errors.
    """


def _excerpt(text: str, offset: int, end: int) -> str:
    """The line of ``text`` at ``offset``, and carets below it up to ``end``: one at least."""
    begin = text.rfind("\n", 0, max(offset, 0)) + 1
    finish = text.find("\n", max(offset, 0))
    line = text[begin : finish if finish >= 0 else len(text)]
    column = max(offset - begin, 0)
    while 0 < column < len(line) and is_mask(line[column]) and is_mask(line[column - 1]):
        column -= 1
    before, marked, after = (
        _shown(line[:column]),
        _shown(line[column : max(end - begin, 0)]),
        _shown(line[column:]),
    )
    if len(before) > _BEFORE:
        before = "…" + before[-_BEFORE:]
    if len(after) > _AFTER:
        after = after[:_AFTER] + "…"
    if offset < 0:
        return after
    return f"{before}{after}\n{' ' * columns_of(before)}{'^' * max(1, columns_of(after[: len(marked)]))}"


def _either(words: tuple[str, ...]) -> str:
    return " or ".join(filter(None, (", ".join(words[:-1]), words[-1])))


def _shown(text: str) -> str:
    """``text`` on one line without tabs, so that a caret can point into it."""
    return "".join(char if char.isprintable() else " " for char in visible(text))
