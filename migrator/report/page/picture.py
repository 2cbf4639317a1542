"""The picture of a unit as data: lanes of boxes in columns, and the lines between them.

Only integers and texts come out; the template draws them. A picture is bounded: what there is too
much of is counted in a box of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Final

from msgspec import Struct, field
from msgspec.structs import replace

from migrator.render.safe import shown
from migrator.spans import columns_of, fitting

# The style of the page has these four numbers as well: it places what stands in a box or above a column.
WIDTH: Final = 158
_STRIDE: Final = 178
_PLAIN: Final = 38
_MARKED: Final = 54
_GAP: Final = 8
_HEAD: Final = 46
_LABEL: Final = 22
_SUB: Final = 25
_SHOWN: Final = 12
"""So many boxes of a kind are drawn."""
_LONGEST: Final = 200
_CUT: Final = "…"


class Mark(Struct, frozen=True):
    """What became of a part: a severity, a word, and the finding that tells of it (its number on the page)."""

    severity: str
    word: str
    code: str
    finding: int


class Box(Struct, frozen=True):
    """One part. ``mark`` is None where it carried over as it is."""

    label: str
    sub: str = ""
    mark: Mark | None = None
    x: int = 0
    y: int = 0

    @property
    def is_tall(self) -> bool:
        """Whether three lines stand in it."""
        return self.mark is not None and self.sub != ""

    @property
    def height(self) -> int:
        return _MARKED if self.is_tall else _PLAIN

    @property
    def middle(self) -> int:
        return self.y + _PLAIN // 2

    @property
    def short(self) -> str:
        return _short(self.label.removeprefix("https://"), _LABEL)

    @property
    def short_sub(self) -> str:
        return _short(self.sub, _SUB)

    @property
    def whole(self) -> str:
        """What a pointer that rests on it is told: what is not whole in the box; empty if all is."""
        written = ((self.label, self.short), (self.sub, self.short_sub))
        return _bounded(" — ".join(text for text, short in written if short != shown(text)))


class Branch(Struct, frozen=True):
    """One provider's part of a lane: its rule, the steps with the keys of each, and the provider itself."""

    rule: Box
    steps: tuple[tuple[Box, tuple[Box, ...]], ...]
    provider: Box


class Flow(Struct, frozen=True):
    """What a request passes: who sends it, what it shows, what decides, and a branch for each provider."""

    title: str
    heads: tuple[str, ...]
    clients: tuple[Box, ...]
    gates: tuple[Box, ...]
    centre: tuple[Box, ...]
    branches: tuple[Branch, ...]


class Lane(Struct, frozen=True):
    """A flow with places. ``lines`` is the data of an SVG path."""

    title: str
    heads: tuple[str, ...]
    top: int
    height: int
    boxes: tuple[Box, ...]
    lines: str


class Picture(Struct, frozen=True):
    """Lanes below each other."""

    lanes: tuple[Lane, ...] = ()
    words: str = ""
    width: int = field(default=6 * _STRIDE + WIDTH + 2)

    @property
    def height(self) -> int:
        return self.lanes[-1].top + self.lanes[-1].height if self.lanes else 0


def picture(flows: Sequence[Flow]) -> Picture:
    """``flows`` below each other, each with its headings."""
    lanes: list[Lane] = []
    top = 0
    for flow in flows:
        lane = _lane(flow, top)
        lanes.append(lane)
        top += lane.height + 14
    return Picture(tuple(lanes), " ".join(_words(flow) for flow in flows))


def limited(boxes: Iterable[Box], what: str) -> tuple[Box, ...]:
    """The first of ``boxes``, and how many there are besides; those with a mark are not left out first."""
    every = list(boxes)
    if len(every) <= _SHOWN:
        return tuple(every)
    marked = [box for box in every if box.mark is not None][: _SHOWN - 1]
    free = _SHOWN - 1 - len(marked)
    taken = {id(box) for box in (*marked, *[box for box in every if box.mark is None][:free])}
    kept = [box for box in every if id(box) in taken]
    return (*kept, Box(f"and {len(every) - len(kept)} more", what))


def limited_branches(branches: Sequence[Branch]) -> tuple[Branch, ...]:
    if len(branches) <= _SHOWN:
        return tuple(branches)
    more = Box(f"and {len(branches) - _SHOWN + 1} more", "see the manifest")
    return (*branches[: _SHOWN - 1], Branch(more, (), Box("other providers")))


def _lane(flow: Flow, top: int) -> Lane:
    start = top + _HEAD
    path: list[str] = []
    stacks = [
        _stack(boxes, column, start) for column, boxes in enumerate((flow.clients, flow.gates, flow.centre))
    ]
    for stack in stacks:
        path += [
            f"M{upper.x + WIDTH // 2} {upper.y + upper.height}V{lower.y}" for upper, lower in pairwise(stack)
        ]
    present = [stack for stack in stacks if stack]
    path += [_line(left[0], right[0]) for left, right in pairwise(present)]
    boxes = [box for stack in stacks for box in stack]
    bottom = max((box.y + box.height for box in boxes), default=start)
    y = start
    for branch in flow.branches:
        placed, lines = _branch(branch, y)
        if present:
            path.append(_line(present[-1][0], placed[0]))
        boxes += placed
        path += lines
        y = max(box.y + box.height for box in placed) + _GAP
        bottom = max(bottom, y - _GAP)
    return Lane(flow.title, flow.heads, top, bottom - top + 10, tuple(boxes), "".join(path))


def _stack(boxes: Iterable[Box], column: int, y: int) -> list[Box]:
    placed: list[Box] = []
    for box in boxes:
        placed.append(replace(box, x=1 + column * _STRIDE, y=y))
        y += box.height + _GAP
    return placed


def _branch(branch: Branch, top: int) -> tuple[list[Box], list[str]]:
    rule = replace(branch.rule, x=1 + 3 * _STRIDE, y=top)
    provider = replace(branch.provider, x=1 + 6 * _STRIDE, y=top)
    boxes, lines = [rule], []
    y = top
    for step, keys in branch.steps:
        placed_step = replace(step, x=1 + 4 * _STRIDE, y=y)
        placed_keys = _stack(keys, 5, y)
        lines.append(_line(rule, placed_step))
        for key in placed_keys:
            lines += [_line(placed_step, key), _line(key, provider)]
        if not placed_keys:
            lines.append(_line(placed_step, provider))
        boxes += [placed_step, *placed_keys]
        y = max(box.y + box.height for box in (placed_step, *placed_keys)) + _GAP
    if not branch.steps:
        lines.append(_line(rule, provider))
    return [*boxes, provider], lines


def _line(left: Box, right: Box) -> str:
    """From the right edge of one box to the left edge of another."""
    begin, end = left.x + WIDTH, right.x
    if left.middle == right.middle:
        return f"M{begin} {left.middle}H{end}"
    corner = end - 11 if right.y >= left.y else begin + 11
    return f"M{begin} {left.middle}H{corner}V{right.middle}H{end}"


def _words(flow: Flow) -> str:
    """The flow for those who do not see it, bounded: the boxes themselves are text as well."""
    chain = "; then ".join(
        ", ".join(_said(box) for box in boxes[:4]) + (f" and {len(boxes) - 4} more" if len(boxes) > 4 else "")  # noqa: PLR2004 -- enough to recognise it
        for boxes in (flow.clients, flow.gates, flow.centre)
        if boxes
    )
    return f"{flow.title}: {chain}."


def _said(box: Box) -> str:
    mark = f" ({box.mark.word}, {box.mark.code})" if box.mark is not None else ""
    return f"{_short(box.label, 60)}{mark}"


def _short(text: str, width: int) -> str:
    seen = shown(text[:_LONGEST])
    return seen if columns_of(seen) <= width else f"{fitting(seen, width - 1)}{_CUT}"


def _bounded(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}{_CUT}"
