"""The grammar as tables: what lark makes of ``grammars/cel.lark``, kept beside it in ``cel.tables.json``.

lark is needed to make them (``make grammar``), and not to parse with them: importing it takes longer than
converting a policy. A test makes the tables again and compares.
"""

from __future__ import annotations

from functools import cache
from typing import Final

from msgspec import Struct
from msgspec.json import decode

from migrator.resources import path_of

END: Final = "$END"
"""The terminal behind the last one of a text."""

UNKNOWN: Final = ""
"""Stands for a terminal where none begins."""


class Rule(Struct, frozen=True, array_like=True):
    """One alternative: so many symbols become an ``origin``, made by a method of the builder.

    Without a method it is one symbol, which goes on under another name.
    """

    origin: str
    size: int
    method: str | None


class State(Struct, frozen=True, array_like=True):
    """What to do at a terminal, and where to go on after a rule.

    An action is the state that takes the terminal, or, inverted bit by bit, the rule that is complete before it.
    The state after the whole text is the one that takes ``END``.
    """

    actions: dict[str, int]
    gotos: dict[str, int]


class Tables(Struct, frozen=True):
    """The grammar. Reading begins at the first of ``states``.

    Terminals with a pattern are tried in the order of ``patterns``. What one of them finds is another terminal if it
    is one of the ``fixed`` texts; where none finds anything, the longest fixed text is tried first.
    """

    patterns: tuple[tuple[str, str], ...]
    fixed: dict[str, str]
    ignored: frozenset[str]
    rules: tuple[Rule, ...]
    states: tuple[State, ...]


@cache
def tables() -> Tables:
    """The stored tables."""
    return decode(path_of("grammars", "cel.tables.json").read_bytes(), type=Tables)
