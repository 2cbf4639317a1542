r"""JSON read as JSON, because YAML's reading of it falls short.

YAML refuses surrogate pairs in escapes (``\ud83d\ude00``) and keys of more than 1024 characters,
folds strings at U+2028, and Python's YAML parser refuses tabs. So a text that is one JSON list or
object is read here. Anything else is left to YAML, which also has the words for what is wrong.
"""

from __future__ import annotations

import json
import re
from typing import Final

from migrator.patterns import pattern
from migrator.spans import Span
from migrator.tree.mappings import entries_of
from migrator.tree.nodes import Document, Mapping, Node, Scalar, Sequence
from migrator.tree.problems import DEPTH_LIMIT, NODE_LIMIT, SCALAR_LIMIT, Problem
from migrator.tree.scalars import NUMBER_LIMIT, kind_of
from migrator.tree.text import line_starts

_START: Final = pattern(r"[ \t\r\n]*[\[{]")
_END: Final = pattern(r"[ \t\r\n]*\Z")
_TOKEN: Final = pattern(  # one thing, and the comma or colon behind it
    r"""[ \t\r\n]*(
      "[^"\\\x00-\x1f]*(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\x00-\x1f]*)*"
    | true | false | null | -?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?
    | [\[\]{}]
    )[ \t\r\n]*([,:]?)""",
    re.VERBOSE,
)
_HALF_PAIR: Final = pattern("[\ud800-\udfff]")

# What may come next, by its first character.
_VALUE: Final = frozenset('"[{-0123456789tfn')
_VALUE_OR_CLOSE: Final = _VALUE | {"]"}
_KEY: Final = frozenset('"')
_KEY_OR_CLOSE: Final = _KEY | {"}"}
_LIST_CLOSE: Final = frozenset("]")
_OBJECT_CLOSE: Final = frozenset("}")
_NOTHING: Final[frozenset[str]] = frozenset()
_span: Final = tuple.__new__  # see build: every node has a span


class _NotJsonError(Exception):
    """The text is no JSON, or more of it than is read here."""


def read_json(text: str, problems: list[Problem]) -> Document | None:
    """The document of a JSON text, its duplicate keys and oversized numbers noted in ``problems``.

    ``None``, and no problems, for a text that is not JSON.
    """
    if not _START.match(text):
        return None
    reader = _JsonReader(text)
    try:
        root = reader.read()
    except _NotJsonError:
        return None
    problems += reader.problems
    return Document(root, 0, root.span)


class _JsonReader:
    def __init__(self, text: str) -> None:
        self.problems: list[Problem] = []
        self._text = text
        self._starts = [*line_starts(text), len(text) + 1]
        self._line = 0
        self._expected = _VALUE
        self._children: list[Node] = []
        self._stack: list[tuple[Sequence | Mapping, list[Node]]] = []

    def read(self) -> Node:
        next_token, text, position = _TOKEN.match, self._text, 0
        for _ in range(NODE_LIMIT):
            token = next_token(text, position)
            if token is None:
                break
            position = token.end()
            self._take(token)
        if self._expected is not _NOTHING or not _END.match(text, position):
            raise _NotJsonError
        return self._children[0]

    def _take(self, token: re.Match[str]) -> None:
        written, separator = token.groups()
        expected, first = self._expected, written[0]
        if first not in expected:
            raise _NotJsonError
        span = self._span(*token.span(1))
        if first in ("[", "{"):
            self._open(first, span)
            if separator:
                raise _NotJsonError
            return
        if first in ("]", "}"):
            self._close(span)
        elif first == '"':
            self._children.append(Scalar(self._string(written), "str", '"', span))
            if expected is _KEY or expected is _KEY_OR_CLOSE:
                if separator != ":":
                    raise _NotJsonError
                self._expected = _VALUE
                return
        else:
            if len(written) > NUMBER_LIMIT:
                self.problems.append(Problem("number-too-long", span))
            self._children.append(Scalar(written, kind_of(written), "", span))
        self._expected = self._after_value(separator)

    def _after_value(self, separator: str) -> frozenset[str]:
        if not self._stack and not separator:
            return _NOTHING
        if not self._stack or separator == ":":
            raise _NotJsonError
        if type(self._stack[-1][0]) is Mapping:
            return _KEY if separator else _OBJECT_CLOSE
        return _VALUE if separator else _LIST_CLOSE

    def _string(self, written: str) -> str:
        if len(written) > SCALAR_LIMIT:
            raise _NotJsonError
        if "\\" not in written:
            return written[1:-1]
        text: str = json.loads(written)
        if _HALF_PAIR.search(text):
            raise _NotJsonError
        return text

    def _open(self, bracket: str, span: Span) -> None:
        node: Sequence | Mapping
        if bracket == "[":
            node, self._expected = Sequence([], True, span), _VALUE_OR_CLOSE  # noqa: FBT003 - flow
        else:
            node, self._expected = Mapping([], True, span), _KEY_OR_CLOSE  # noqa: FBT003 - flow
        self._children.append(node)
        self._stack.append((node, self._children))
        if len(self._stack) > DEPTH_LIMIT:
            raise _NotJsonError
        self._children = node.items if type(node) is Sequence else []

    def _close(self, end: Span) -> None:
        node, outer = self._stack.pop()
        node.span = Span(node.span.line, node.span.column, end.end_line, end.end_column)
        if type(node) is Mapping:
            node.entries = entries_of(self._children, self.problems)
        self._children = outer

    def _span(self, begin: int, end: int) -> Span:
        starts, line = self._starts, self._line
        while starts[line + 1] <= begin:
            line += 1
        self._line = line
        start = starts[line] - 1
        return _span(Span, (line + 1, begin - start, line + 1, end - start))
