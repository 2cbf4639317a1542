"""Events of a parser → documents of nodes, without recursion and within limits."""

from __future__ import annotations

from collections.abc import Callable
from sys import intern
from typing import Final, NoReturn

import yaml
from msgspec import Struct
from yaml.events import (
    AliasEvent,
    DocumentEndEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
)

from migrator.spans import Span
from migrator.tree.diagnosis import bang_kind, syntax_problem
from migrator.tree.events import Event, parser, refused_alike
from migrator.tree.mappings import entries_of, merge_entry, merged
from migrator.tree.nodes import MERGE_KEY, Document, Mapping, Node, Scalar, Sequence
from migrator.tree.problems import (
    DEPTH_LIMIT,
    EXPANDED_LIMIT,
    NODE_LIMIT,
    SCALAR_LIMIT,
    Problem,
    ProblemKind,
)
from migrator.tree.scalars import NOT_TEXT, NUMBER_LIMIT, Kind, kind_of, tagged_kind
from migrator.tree.sizes import Sizes
from migrator.tree.text import point, position, split_lines

_CORE: Final = "tag:yaml.org,2002:"
_WORD: Final = 32
"""Texts up to this length are shared: policies are made of the same keys and names."""

_span: Final = tuple.__new__  # Span(…) costs three times as much, and every node has one


class Loaded(Struct, frozen=True):
    """The sound documents of a text, and what is wrong with the others.

    A document with a problem is not among ``documents``. A problem of syntax or of size ends
    the reading: documents after it are not known, those before it are there. ``doubtful``: the
    other parser may have other problems.
    """

    documents: tuple[Document, ...]
    problems: tuple[Problem, ...]
    doubtful: bool = False


class _StoppedError(Exception):
    """Reading ends here; the problem is noted."""


def build(text: str, *, pure: bool) -> Loaded:
    """Every document up to the first thing that cannot be read."""
    documents: list[Document] = []
    problems: list[Problem] = []
    open_ended = False
    left, index = NODE_LIMIT, 0
    refused: str | None = None
    try:
        get_event = parser(text, pure=pure).get_event
        get_event()
        while (event := _next_document(get_event)) is not None:
            open_ended = False
            known = len(problems)
            document = _OpenDocument(text, event, problems)
            left = document.read(get_event, left)
            if len(problems) == known:
                documents.append(document.closed(index))
                open_ended = document.open_ended
            index += 1
    except yaml.YAMLError as error:
        refused = getattr(error, "problem", None) or ""
        if open_ended:  # what cannot be read follows without `---`: it belongs to the document before
            documents.pop()
        problems.append(_syntax(text, error))
    except _StoppedError:
        pass
    doubtful = bool(problems) and not refused_alike(text, refused)
    return Loaded(tuple(documents), tuple(problems), doubtful)


def _next_document(get_event: Callable[[], Event]) -> Event | None:
    event = get_event()
    kind: type[object] = type(event)
    return None if kind is StreamEndEvent else event


def _syntax(text: str, error: yaml.YAMLError) -> Problem:
    mark, context = getattr(error, "problem_mark", None), getattr(error, "context_mark", None)
    at = len(text) if mark is None else min(mark.index, len(text))
    began = None if context is None or context.index >= at else context.index
    return syntax_problem(text, at, began)


class _OpenDocument:
    """The document that is being read.

    The open collections are a stack, each with what stands around it so far.
    """

    def __init__(self, text: str, start: Event, problems: list[Problem]) -> None:
        self.open_ended = True
        self._text = text
        self._merges = MERGE_KEY in text
        self._problems = problems
        self._span = _place(start)
        self._end = (self._span.end_line, self._span.end_column)
        self._children: list[Node] = []
        self._stack: list[tuple[Sequence | Mapping, list[Node]]] = []
        self._anchors: dict[str, Node] = {}
        self._sizes = Sizes()
        self._repeated = 0
        self._lines: list[str] | None = None

    def read(self, get_event: Callable[[], Event], left: int) -> int:
        """Reads to the end of the document; how many of the events that are ``left`` remain."""
        for remaining in range(left, 0, -1):
            event = get_event()
            kind: type[object] = type(event)
            if kind is ScalarEvent:
                self._scalar(event)
            elif kind is MappingEndEvent or kind is SequenceEndEvent:
                self._close(event)
            elif kind is MappingStartEvent:
                self._open(event, Mapping([], bool(event.flow_style), _place(event), event.anchor))
            elif kind is SequenceStartEvent:
                self._open(event, Sequence([], bool(event.flow_style), _place(event), event.anchor))
            elif kind is AliasEvent:
                self._alias(event)
            elif kind is DocumentEndEvent:
                self.open_ended = not event.explicit
                return remaining - 1
        return self._stop("too-many-nodes", Span(*self._end, *self._end))

    def closed(self, index: int) -> Document:
        """The document, once it is read."""
        root = self._children[0]
        empty = type(root) is Scalar and root.kind == "null" and not (root.text or root.style or root.anchor)
        return Document(None if empty else root, index, Span(*self._span[:2], *self._end))

    def _scalar(self, event: Event) -> None:
        text = event.value
        start, end = event.start_mark, event.end_mark
        line, column = start.line + 1, start.column + 1
        end_line, end_column = end.line + 1, end.column + 1
        style = event.style or ""
        kind: Kind = "str"
        if style:
            if style in "|>":
                end_line, end_column = self._block_end(event)
        elif not text or text[0] in NOT_TEXT:
            kind = kind_of(text)
            if not text and start.index == end.index:
                line, column = end_line, end_column = self._left_out(start.index)
        span = _span(Span, (line, column, end_line, end_column))
        if event.tag is not None:
            kind = self._tagged(event, kind)
        if len(text) > NUMBER_LIMIT and kind in ("int", "float"):
            self._problems.append(Problem("number-too-long", span))
        if len(text) > SCALAR_LIMIT:
            self._stop("scalar-too-long", span)
        if len(text) <= _WORD:
            text = intern(text)
        node = Scalar(text, kind, style, span, event.anchor)
        if event.anchor is not None:
            self._anchors[event.anchor] = node
        self._children.append(node)
        self._end = (end_line, end_column)

    def _tagged(self, event: Event, plain: Kind) -> Kind:
        tag = event.tag or ""
        core = tag.startswith(_CORE)
        kind = tagged_kind(tag.removeprefix(_CORE), event.value) if core else None
        if kind is None:
            self._refuse_tag(event, may_be_expression=not core)
        return kind or plain

    def _refuse_tag(self, event: Event, *, may_be_expression: bool) -> None:
        bang = self._text.find("!", event.start_mark.index)
        kind = bang_kind(self._text, bang) if may_be_expression else "tag"
        self._problems.append(Problem(kind, point(self._text, bang)))

    def _left_out(self, index: int) -> tuple[int, int]:
        """Where a value stands that is not there: behind its indicator, else where the last thing ended.

        The parsers put it at the next token, wherever that is, in brackets and for `? key`.
        """
        in_brackets = bool(self._stack) and self._stack[-1][0].flow
        if not in_brackets and self._text[index - 1 : index] in (":", "-", "?"):
            return position(self._text, index)
        return self._end

    def _block_end(self, event: Event) -> tuple[int, int]:
        """The end of the last line of a block scalar that is not blank, or of its header."""
        if self._lines is None:
            self._lines = split_lines(self._text)
        end = event.end_mark
        for number in range(end.line - (end.column == 0), event.start_mark.line - 1, -1):
            written = self._lines[number].rstrip(" \t")
            if written:
                break
        return number + 1, len(self._lines[number]) + 1

    def _open(self, event: Event, node: Sequence | Mapping) -> None:
        if event.tag is not None and event.tag != _CORE + ("map" if type(node) is Mapping else "seq"):
            self._refuse_tag(event, may_be_expression=False)
        self._children.append(node)
        self._stack.append((node, self._children))
        if len(self._stack) > DEPTH_LIMIT:
            self._stop("too-deep", node.span)
        if node.anchor is not None:
            self._anchors[node.anchor] = node
        self._children = node.items if type(node) is Sequence else []
        self._end = (node.span.end_line, node.span.end_column)

    def _close(self, event: Event) -> None:
        children = self._children
        node, self._children = self._stack.pop()
        end = event.end_mark
        # `[a: b]` holds a mapping without brackets of its own: like one with lines, it ends with its last value.
        if node.flow and end.index != event.start_mark.index:
            self._end = (end.line + 1, end.column + 1)
        span = node.span
        node.span = _span(Span, (span.line, span.column, *self._end))
        if type(node) is Mapping:
            node.entries = entries_of(children, self._problems)
            merge = merge_entry(node.entries) if self._merges else None
            if merge is not None:
                own = len(node.entries)
                node.entries = merged(node.entries, merge, self._problems)
                self._repeat(len(node.entries) - own + 1, node.span)

    def _alias(self, event: Event) -> None:
        span = _place(event)
        node = self._anchors.get(event.anchor or "")
        if node is None or self._is_open(node):
            self._problems.append(Problem("undefined-alias" if node is None else "recursive-alias", span))
            node = Mapping([], True, span)  # noqa: FBT003 - it stands in, so that the rest is read
        elif type(node) is not Scalar:
            size = self._sizes.of(node)
            if len(self._stack) + size.depth > DEPTH_LIMIT:
                self._stop("too-deep", span)
            self._repeat(size.nodes, span)
        self._children.append(node)
        self._end = (span.end_line, span.end_column)

    def _is_open(self, node: Node) -> bool:
        return any(node is collection for collection, _ in self._stack)

    def _repeat(self, nodes: int, span: Span) -> None:
        """Counts nodes that stand in the document once more."""
        self._repeated += nodes
        if self._repeated > EXPANDED_LIMIT:
            self._stop("alias-bomb", span)

    def _stop(self, kind: ProblemKind, span: Span) -> NoReturn:
        self._problems.append(Problem(kind, span))
        raise _StoppedError


def _place(event: Event) -> Span:
    start, end = event.start_mark, event.end_mark
    return _span(Span, (start.line + 1, start.column + 1, end.line + 1, end.column + 1))
