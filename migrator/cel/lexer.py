"""From text to tokens."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from msgspec import Struct

from migrator.cel.grammar import END, UNKNOWN, tables


class Token(Struct, frozen=True, gc=False):
    """A piece of text that is one terminal of the grammar; its place as nodes have it."""

    kind: str
    value: str
    start: int
    end: int


def tokens(text: str) -> Iterator[Token]:
    """The tokens of ``text`` up to ``END``, found when they are asked for.

    Where no terminal begins, the character is a token that is ``UNKNOWN``.
    """
    fixed, ignored = tables().fixed, tables().ignored
    for match in _pattern().finditer(text):
        kind = match.lastgroup or UNKNOWN
        if kind not in ignored:
            value = match.group()
            yield Token(fixed.get(value, kind), value, match.start(), match.end())
    yield Token(END, "", len(text), len(text))


@cache
def _pattern() -> re.Pattern[str]:
    """All terminals in one; its last alternative is any character, so that matches leave no gaps."""
    named = [f"(?P<{name}>{pattern})" for name, pattern in tables().patterns]
    longest_first = sorted(tables().fixed, key=len, reverse=True)
    return re.compile("|".join([*named, *map(re.escape, longest_first), "(?s:.)"]))
