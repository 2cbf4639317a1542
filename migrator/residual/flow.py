"""Items cut out of a list in brackets, with the commas that part them."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from migrator.residual.layout import Edit, Layout, applied
from migrator.tree.nodes import Sequence

_ALIAS: Final = re.compile(r"\*[^ \t\r\n,\[\]{}]+")


class _Slot(NamedTuple):
    """An item's place: ``comma`` is the index of the comma behind it, or -1."""

    start: int
    end: int
    comma: int


def drop_from_brackets(layout: Layout, sequence: Sequence, gone: set[int]) -> list[Edit]:
    """The edits that take items out of ``[a, b, c]``."""
    opened = layout.skip(layout.properties(layout.begin(sequence.span)))
    closed = layout.end(sequence.span) - 1
    slots = _slots(layout, sequence, opened)
    edits = [_slot_cut(layout, slots[index], last=index == len(slots) - 1) for index in sorted(gone)]
    kept = [slot for index, slot in enumerate(slots) if index not in gone]
    if kept and kept[-1] is not slots[-1] and slots[-1].comma < 0:
        edits.append(Edit(kept[-1].comma, kept[-1].comma + 1))
    inside = [Edit(edit.start - opened, edit.end - opened) for edit in edits]
    # Comments between the brackets stay where they are; blanks alone are not worth their lines.
    if kept or applied(layout.text[opened : closed + 1], inside)[1:-1].strip():
        return edits
    return [Edit(opened, closed + 1, "[]")]


def _slots(layout: Layout, sequence: Sequence, opened: int) -> list[_Slot]:
    """Where each item stands. An alias stands here although its node is elsewhere."""
    slots: list[_Slot] = []
    at = opened + 1
    for item in sequence.items:
        start = layout.skip(at)
        alias = _ALIAS.match(layout.text, start)
        end = alias.end() if alias else layout.end(item.span)
        at = layout.skip(end)
        comma = at if layout.text[at : at + 1] == "," else -1
        slots.append(_Slot(start, end, comma))
        at += comma >= 0
    return slots


def _slot_cut(layout: Layout, slot: _Slot, *, last: bool) -> Edit:
    """The item and its comma: with its lines when they are its own, else with the blanks on one side."""
    start, end = slot.start, max(slot.end, slot.comma + 1)
    if layout.leads(start) and layout.trails(end):
        line = layout.line_start(start)
        column = start - line
        return Edit(layout.above(line, column), layout.below(layout.next_line(end), column))
    rest = layout.rest(end)
    if last or layout.trails(end):
        before = layout.text[layout.line_start(start) : start]
        return Edit(start - len(before) + len(before.rstrip(" \t")), end)
    return Edit(start, end + len(rest) - len(rest.lstrip(" \t")))
