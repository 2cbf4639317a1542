"""The Common Expression Language: text ↔ nodes, their values, and the ``${ … }`` in strings.

``parse`` and ``unparse`` are inverse up to white space, comments, needless parentheses and the
spelling of literals. ``evaluate`` gives an expression its value where everything is known.
``migrator.cel.nodes`` has the nodes, ``migrator.cel.template`` the strings that contain expressions.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

from migrator.cel.errors import CelEvaluationError, CelLimitError, CelSyntaxError

if TYPE_CHECKING:
    from migrator.cel.nodes import Node
    from migrator.cel.values import Plain, UInt
    from migrator.cel.writer import unparse

__all__ = [
    "CelEvaluationError",
    "CelLimitError",
    "CelSyntaxError",
    "Node",
    "Plain",
    "UInt",
    "evaluate",
    "parse",
    "unparse",
]

_ELSEWHERE = {"Node": "nodes", "Plain": "values", "UInt": "values", "unparse": "writer"}


def __getattr__(name: str) -> Any:
    """What a policy without expressions does not need is imported when it is used."""
    if name not in _ELSEWHERE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"migrator.cel.{_ELSEWHERE[name]}"), name)


_CACHED = 1024
_CACHED_LENGTH = 1000
"""Longer texts are rare and would make the cache's size unpredictable."""


def parse(text: str, *, keep: bool = True) -> Node:
    """The expression that ``text`` is. Raises ``CelSyntaxError``, and nothing else, if it is none.

    What is longer or more deeply nested than ``migrator.cel.parser`` allows is refused the same
    way. Short texts that were read lately give the node they gave before. Without ``keep`` the text is not
    remembered: for what may hold a credential that is not masked yet.
    """
    from migrator.cel.plain import plain_call

    call = plain_call(text)
    if call is not None:
        return call
    return _cached(text) if keep and len(text) <= _CACHED_LENGTH else _parse(text)


def evaluate(expression: str | Node, bindings: Mapping[str, object]) -> Plain:
    """The value of an expression whose names mean what ``bindings`` says.

    A name may have dots in it. ``UInt`` makes a uint of an integer; in the result it is an integer
    again, and a type is its name. Raises ``CelSyntaxError`` for a text that is no expression and
    ``CelEvaluationError`` for an expression that has no value, or not one that is found with
    reasonable effort; nothing else.
    """
    from migrator.cel.evaluator import Activation, Evaluator

    if isinstance(expression, str):
        node = _cached_checked(expression) if len(expression) <= _CACHED_LENGTH else _checked(expression)
    else:
        node = _accepted(expression)
    return Evaluator(Activation(bindings)).plain(node)


def _parse(text: str) -> Node:
    from migrator.cel import parser

    return parser.parse(text)


def _checked(text: str) -> Node:
    return _accepted(parse(text))


def _accepted(node: Node) -> Node:
    from migrator.cel.dialect import check

    check(node)
    return node


_cached = lru_cache(_CACHED)(_parse)
_cached_checked = lru_cache(_CACHED)(_checked)
