"""Policies that a file holds as strings: block scalars are edited in place, others written again."""

from __future__ import annotations

from collections.abc import Sequence as Several
from typing import Final

from migrator.residual.emit import block_string, fits_one_line, quoted
from migrator.residual.layout import Edit, Layout
from migrator.residual.refusal import CannotCutError
from migrator.spans import START
from migrator.tree.nodes import Scalar

_HEADER: Final = "|>+-0123456789"
"""What the first line of a block scalar begins with."""


class NewString(Scalar, kw_only=True, eq=False):
    """The string that takes the place of another.

    ``edits`` are those that made it of the old one; None when it was written anew.
    """

    edits: Several[Edit] | None

    @classmethod
    def of(cls, text: str, edits: Several[Edit] | None) -> NewString:
        return cls(text, "str", '"', START, edits=edits)


def string_edits(layout: Layout, old: Scalar, new: NewString) -> list[Edit]:
    """The edits of the file that turn one string into the other. Raises ``CannotCutError``."""
    begin = layout.skip(layout.properties(layout.begin(old.span)))
    if old.style == "|" and new.edits is not None:
        return _inside(layout, begin, old.text, new.edits)
    if old.style not in ("|", ">"):
        single = old.style != '"' and fits_one_line(new.text)
        return [Edit(begin, layout.end(old.span), _single_quoted(new.text) if single else quoted(new.text))]
    comment = layout.rest(begin).lstrip(_HEADER).rstrip(" \t")
    if old.style == "|" and (lines := block_string(new.text)) is not None:
        indent = _indent(layout, begin, old.text)
        written = [lines[0] + comment, *(indent + line if line else "" for line in lines[1:])]
        return [Edit(begin, layout.end(old.span), layout.newline.join(written))]
    value = _single_quoted(new.text) if fits_one_line(new.text) else quoted(new.text)
    return [Edit(begin, layout.end(old.span), value + comment)]


def _single_quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _indent(layout: Layout, header: int, text: str) -> str:
    """What a literal block has in front of its lines."""
    first = layout.line(header) + 1
    for number, inner in enumerate(text.split("\n"), first):
        if inner.strip() and number < len(layout.starts):
            line = layout.rest(layout.starts[number])
            if line.endswith(inner):
                return line.removesuffix(inner)
    raise CannotCutError


def _inside(layout: Layout, header: int, text: str, edits: Several[Edit]) -> list[Edit]:
    """Edits of the text of a literal block as edits of the file: its lines are lines of the file."""
    inner = Layout(text)
    indent = len(_indent(layout, header, text))
    first = layout.line(header) + 1

    def line_start(number: int) -> int:
        return layout.starts[first + number] if first + number < len(layout.starts) else len(layout.text)

    def index(at: int) -> int:
        number = inner.line(at)
        begin = line_start(number)
        return min(begin + indent + at - inner.starts[number], layout.line_end(begin))

    def hosted(edit: Edit) -> Edit:
        whole_lines = (
            inner.line_start(edit.start) == edit.start and inner.next_line(max(edit.end - 1, 0)) == edit.end
        )
        if not whole_lines or edit.text:
            return Edit(index(edit.start), index(edit.end), edit.text)
        last = inner.line(edit.end - 1) + 1
        return Edit(line_start(inner.line(edit.start)), line_start(last))

    return [hosted(edit) for edit in edits if edit.text or edit.start < edit.end]
