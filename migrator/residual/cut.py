"""Changes of a tree as edits of its text.

With a list item go its lines, the comments directly above it at its own indentation, and the
comments below it that are indented like its content.
"""

from __future__ import annotations

import re
from typing import Final

from migrator.residual.flow import drop_from_brackets
from migrator.residual.layout import REMARK, Edit, Layout
from migrator.residual.plan import EMPTY_PHASE, EMPTY_POLICY, Changes, Path, node_at
from migrator.residual.refusal import CannotCutError
from migrator.residual.strings import NewString, string_edits
from migrator.tree.nodes import Mapping, Node, Scalar, Sequence

_DASH: Final = re.compile(r"[ \t]*-[ \t]*(?:#.*)?")
_REMAINS: Final = "on_http_request: []  # the retired ai-gateway action was all of this policy"
_REMAINS_IN_BRACKETS: Final = '{"on_http_request": []}'


def cut(layout: Layout, changes: Changes) -> list[Edit]:
    """The edits that make ``changes`` in their document.

    Raises ``CannotCutError`` for a layout that has no line or bracket to cut at. What comes out is
    to be compared with the changed tree: a node that stands elsewhere, at its anchor, is not
    always noticed here.
    """
    edits: list[Edit] = []
    for path, gone in changes.drops.items():
        sequence = node_at(changes.root, path)
        if isinstance(sequence, Sequence):
            edits += _drop(layout, sequence, gone, changes.root, path)
    for path, new in changes.puts.items():
        old = node_at(changes.root, path)
        if isinstance(old, Scalar) and isinstance(new, NewString):
            edits += string_edits(layout, old, new)
        elif isinstance(old, Sequence | Mapping):
            edits += _put(layout, old, new, changes.root, path)
    return edits


def _drop(layout: Layout, sequence: Sequence, gone: set[int], root: Node, path: Path) -> list[Edit]:
    if sequence.flow:
        return drop_from_brackets(layout, sequence, gone)
    edits = [_item(layout, sequence.items[index]) for index in sorted(gone)]
    if len(gone) < len(sequence.items):
        return edits
    if path:
        return [*edits, _empty(layout, sequence, root, path)]
    first = edits[0]
    line_end = layout.line_end(layout.line_start(max(first.start, first.end - 1)))
    return [Edit(first.start, min(line_end, first.end), "[]"), *edits[1:]]


def _item(layout: Layout, item: Node) -> Edit:
    """The lines of a list item, its dash in front."""
    dash = _dash(layout, layout.begin(item.span))
    line = layout.line_start(dash)
    column = dash - line
    return Edit(layout.above(line, column), layout.below(layout.next_line(layout.end(item.span)), column))


def _dash(layout: Layout, begin: int) -> int:
    """The dash of the item that begins at an index: on its line, or above it alone."""
    line = layout.line_start(begin)
    before = layout.text[line:begin]
    while line > 0 and REMARK.fullmatch(before):
        line = layout.line_start(line - 1)
        before = layout.rest(line)
    if not _DASH.fullmatch(before):
        raise CannotCutError
    return line + before.index("-")


def _empty(layout: Layout, value: Sequence | Mapping, root: Node, path: Path) -> Edit:
    """``[]`` behind the key of a value whose lines go, and behind its anchor."""
    begin = layout.begin(value.span)
    properties = layout.properties(begin)
    if properties > begin:
        return Edit(properties, properties, " []")
    outer, key = node_at(root, path[:-1]), path[-1]
    entry = outer.entry(key) if isinstance(outer, Mapping) and isinstance(key, str) else None
    colon = begin if entry is None else layout.skip(layout.end(entry.key.span)) + 1
    if entry is None or layout.skip(colon) != begin:
        raise CannotCutError
    return Edit(colon, colon, " []")


def _put(layout: Layout, old: Sequence | Mapping, new: Node, root: Node, path: Path) -> list[Edit]:
    begin, end = layout.begin(old.span), layout.end(old.span)
    body = layout.skip(layout.properties(begin))
    if old.flow:
        return [Edit(body, end, "[]" if new is EMPTY_PHASE else _REMAINS_IN_BRACKETS)]
    if not layout.leads(body):
        raise CannotCutError
    line = layout.line_start(body)
    column = body - line
    # Comments in the first column below a whole document are about the file.
    below = layout.below(layout.next_line(end), max(column - 1, 0))
    if new is EMPTY_POLICY:
        return [Edit(body, layout.line_end(end), _REMAINS), Edit(layout.next_line(end), below)]
    return [Edit(layout.above(line, column), below), _empty(layout, old, root, path)]
