"""Edits made, and the result compared with the tree it must have.

The comparison is what makes the result right; cutting only makes it look like the original.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import chain

from msgspec import Struct

from migrator.errors import InternalError
from migrator.residual.cut import cut
from migrator.residual.emit import emit
from migrator.residual.layout import Edit, Layout, applied
from migrator.residual.plan import Changes, without
from migrator.residual.refusal import CannotCutError
from migrator.tree.load import Loaded, load
from migrator.tree.nodes import Mapping, Node, Scalar, Sequence

Shown = Callable[[str], str]
"""A text with masks → the text with placeholders."""


class Pruned(Struct, frozen=True):
    """A text after its changes, still masked. ``groups``: the edits of each document that changed.

    ``rewritten``: the documents written anew, by index.
    """

    text: str
    groups: tuple[tuple[Edit, ...], ...]
    rewritten: frozenset[int]

    @property
    def edits(self) -> tuple[Edit, ...]:
        return tuple(chain(*self.groups))


def pruned(
    text: str, loaded: Loaded, changes: dict[int, Changes], shown: Shown, *, string: bool = False
) -> Pruned:
    """``text``, of which ``loaded`` was read, with the changes of each document by its index.

    Documents that cannot be cut are written anew. ``string``: the text is the value of a scalar,
    whose end its style may fix, so what is cut ends as before. Raises ``InternalError`` when even that does
    not say what the changed tree says.
    """
    layout = Layout(text)
    expected: dict[int, Node | None] = {document.index: document.root for document in loaded.documents}
    expected |= {index: without(of_document) for index, of_document in changes.items()}
    edits: dict[int, list[Edit]] = {}
    rewritten: set[int] = set()
    wrong: set[int] = set()
    for index, of_document in changes.items():
        try:
            edits[index] = cut(layout, of_document)
        except CannotCutError:
            wrong.add(index)
    while True:
        rewritten |= wrong
        edits |= {index: [_anew(layout, changes[index])] for index in wrong}
        result = applied(text, chain(*edits.values()))
        if string and not rewritten:
            result = _ended(result, text)
        differing = _differing(load(shown(result)), loaded, expected, shown)
        if not differing:
            return Pruned(result, tuple(tuple(one) for one in edits.values()), frozenset(rewritten))
        wrong = (differing & changes.keys()) - rewritten
        if not wrong:
            raise InternalError("a residual policy says what the policy said, less the action")


def _ended(result: str, text: str) -> str:
    """``result`` with the line break at its end that ``text`` has, or with none; with all of several."""
    ending = text[len(text.rstrip("\n")) :]
    return result if len(ending) > 1 else result.rstrip("\n") + ending


def _anew(layout: Layout, changes: Changes) -> Edit:
    """The document's content written again, in the line ends of the file."""
    span = changes.root.span
    begin = layout.begin(span)
    line = layout.line_start(begin)
    before = layout.text[line:begin].rstrip(" \t")
    written = ("\n" if before else "") + emit(without(changes))
    return Edit(line + len(before), layout.next_line(layout.end(span)), written.replace("\n", layout.newline))


def _differing(actual: Loaded, before: Loaded, expected: dict[int, Node | None], shown: Shown) -> set[int]:
    """The documents that are not what they must be; all of them when the text as such is not."""
    roots = {document.index: document.root for document in actual.documents}
    if roots.keys() == expected.keys() and len(actual.problems) != len(before.problems):
        return set(expected)
    return {
        index
        for index in roots.keys() | expected.keys()
        if index not in roots or index not in expected or not same(expected[index], roots[index], shown)
    }


def same(left: Node | None, right: Node | None, shown: Shown = str) -> bool:
    """Whether two trees say the same: kinds and texts, keys and their order, once masks are replaced.

    Styles, anchors and places do not count; two nulls are the same however they are written.
    """
    todo = [(left, right)]
    seen: set[tuple[int, int]] = set()
    while todo:
        one, other = todo.pop()
        if (id(one), id(other)) in seen:
            continue
        seen.add((id(one), id(other)))
        if isinstance(one, Scalar) and isinstance(other, Scalar):
            if one.kind != other.kind or (one.kind != "null" and shown(one.text) != shown(other.text)):
                return False
        elif isinstance(one, Sequence) and isinstance(other, Sequence) and len(one.items) == len(other.items):
            todo.extend(zip(one.items, other.items, strict=True))
        elif isinstance(one, Mapping) and isinstance(other, Mapping):
            keys = ([shown(entry.key.text) for entry in side.entries] for side in (one, other))
            if next(keys) != next(keys):
                return False
            todo.extend((mine.value, its.value) for mine, its in zip(one.entries, other.entries, strict=True))
        elif one is not other:
            return False
    return True
