"""The Common Expression Language: text ↔ nodes, and the ``${ … }`` in strings.

``parse`` and ``unparse`` are inverse up to white space, comments, needless parentheses and the
spelling of literals. ``migrator.cel.nodes`` has the nodes, ``migrator.cel.template`` the strings
that contain expressions. Nothing here gives an expression a meaning.
"""

from __future__ import annotations

from functools import lru_cache

from migrator.cel.errors import CelSyntaxError
from migrator.cel.nodes import Node
from migrator.cel.writer import unparse

__all__ = ["CelSyntaxError", "Node", "parse", "unparse"]

_CACHED = 1024
_CACHED_LENGTH = 1000
"""Longer texts are rare and would make the cache's size unpredictable."""


def parse(text: str) -> Node:
    """The expression that ``text`` is. Raises ``CelSyntaxError``, and nothing else, if it is none.

    What is longer or more deeply nested than ``migrator.cel.parser`` allows is refused the same
    way. Short texts that were read lately give the node they gave before.
    """
    return _cached(text) if len(text) <= _CACHED_LENGTH else _parse(text)


def _parse(text: str) -> Node:
    from migrator.cel import parser

    return parser.parse(text)


_cached = lru_cache(_CACHED)(_parse)
