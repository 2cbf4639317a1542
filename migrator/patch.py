r"""Patches: changes of a text as a unified diff that ``git apply`` takes.

A line that must not be shown, one with a masked credential always, is in no patch, neither as a change nor
as context: a hunk keeps away from it, and one that cannot is refused and told. The numbers of lines count ``\n`` alone, as git does.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import accumulate
from typing import Final, NamedTuple

from msgspec import Struct

from migrator.secrets import has_mask

CONTEXT: Final = 3
"""Lines around a change."""

_SPECIAL: Final = re.compile(r'[\x00-\x1f"\\\x7f]')
_SHORT: Final = {"\t": "\\t", "\n": "\\n", "\r": "\\r", '"': '\\"', "\\": "\\\\"}

Hidden = Callable[[int], bool]
"""Whether a line of the text, counted from 0, must not be shown."""


class Block(NamedTuple):
    """The lines from ``first`` up to ``last``, counted from 0, become ``lines``."""

    first: int
    last: int
    lines: tuple[str, ...]


class Patch(Struct, frozen=True):
    """One file's part of a patch; empty where nothing could be shown. ``refused`` is what was left out."""

    text: str = ""
    refused: tuple[Block, ...] = ()


class _Hunk(NamedTuple):
    blocks: list[Block]
    before: int
    """Lines of context in front."""
    behind: int


def lines_of(text: str) -> list[str]:
    """The lines of a text, each with its end."""
    lines = [f"{line}\n" for line in text.split("\n")]
    lines[-1] = lines[-1][:-1]
    return lines if lines[-1] else lines[:-1]


def blocks(text: str, edits: Iterable[tuple[int, int, str]]) -> tuple[Block, ...]:
    """Edits, each ``(start, end, new text)`` in code points, as lines that are replaced.

    The same edit twice counts once; deletions may overlap.
    """
    lines = lines_of(text)
    starts = [0, *accumulate(len(line) for line in lines)]
    made: list[Block] = []
    group: list[tuple[int, int, str]] = []
    first = last = 0
    for edit in sorted(set(edits)):
        begin, end = _touched(lines, starts, edit)
        if group and begin >= last and edit[0] > group[-1][1]:
            made.append(_block(text, lines, starts, (first, last), group))
            group = []
        first, last = (first, max(last, end)) if group else (begin, end)
        group.append(edit)
    if group:
        made.append(_block(text, lines, starts, (first, last), group))
    return tuple(block for block in made if block.lines or block.first < block.last)


def _touched(lines: list[str], starts: list[int], edit: tuple[int, int, str]) -> tuple[int, int]:
    """The first line that an edit changes, and the one behind the last."""
    start, end, new = edit
    begin = bisect_right(starts, start) - 1
    if begin == len(lines) and lines and not lines[-1].endswith("\n"):
        begin -= 1
    behind = bisect_right(starts, end) - 1
    ends_a_line = new.endswith("\n") or (not new and start == starts[begin])
    if end == starts[behind] and ends_a_line:
        return begin, max(begin, behind)
    return begin, min(behind + 1, len(lines))


def _block(
    text: str, lines: list[str], starts: list[int], place: tuple[int, int], edits: list[tuple[int, int, str]]
) -> Block:
    first, last = place
    parts: list[str] = []
    done = starts[first]
    for start, end, new in edits:
        parts += (text[done:start], new)
        done = max(done, end)
    parts.append(text[done : starts[last]])
    new_lines = lines_of("".join(parts))
    while first < last and new_lines and lines[first] == new_lines[0]:
        first, new_lines = first + 1, new_lines[1:]
    while first < last and new_lines and lines[last - 1] == new_lines[-1]:
        last, new_lines = last - 1, new_lines[:-1]
    return Block(first, last, tuple(new_lines))


def patch(path: str, text: str, changes: Sequence[Block], hidden: Hidden) -> Patch:
    """The part of a patch that makes ``changes``, which are in order and apart, in the file ``path``.

    A change of or into a line that is hidden is refused; so is one with no line behind it that may be
    shown, for git would look for it at the end of the file.
    """
    lines = lines_of(text)
    hunks: list[_Hunk] = []
    refused: list[Block] = []

    def is_hidden(line: int) -> bool:
        return hidden(line) or has_mask(lines[line])

    for change in changes:
        before = _free(range(change.first - 1, -1, -1), is_hidden)
        behind = _free(range(change.last, len(lines)), is_hidden)
        shows = any(map(is_hidden, range(change.first, change.last))) or any(map(has_mask, change.lines))
        if shows or (not behind and change.last < len(lines)):
            refused.append(change)
            continue
        before, behind = _even(before, behind, change, len(lines))
        if hunks and hunks[-1].blocks[-1].last + hunks[-1].behind >= change.first - before:
            held = hunks[-1]
            hunks[-1] = _Hunk([*held.blocks, change], held.before, behind)
        else:
            hunks.append(_Hunk([change], before, behind))
    if not hunks:
        return Patch(refused=tuple(refused))
    return Patch("".join((*_head(path), *_written(lines, hunks))), tuple(refused))


def _free(numbers: range, hidden: Hidden) -> int:
    """How many of the first of these lines may be shown as context."""
    count = 0
    for number in numbers[:CONTEXT]:
        if hidden(number):
            break
        count += 1
    return count


def _even(before: int, behind: int, change: Block, count: int) -> tuple[int, int]:
    """The same context on both sides where one was cut short: ``patch`` takes less for an end of the file."""
    if before < min(CONTEXT, change.first):
        behind = min(behind, max(before, 1))
    if behind < min(CONTEXT, count - change.last):
        before = min(before, behind)
    return before, behind


def _head(path: str) -> Iterator[str]:
    old, new = _name(f"a/{path}"), _name(f"b/{path}")
    tab = "\t" if " " in path and not old.startswith('"') else ""
    yield f"diff --git {old} {new}\n"
    yield f"--- {old}{tab}\n"
    yield f"+++ {new}{tab}\n"


def _name(path: str) -> str:
    """A path as git writes it: in quotes where a line could not hold it."""
    if not _SPECIAL.search(path):
        return path
    return '"' + _SPECIAL.sub(_escaped, path) + '"'


def _escaped(found: re.Match[str]) -> str:
    return _SHORT.get(found[0]) or f"\\{ord(found[0]):03o}"


def _written(lines: list[str], hunks: list[_Hunk]) -> Iterator[str]:
    moved = 0
    for hunk in hunks:
        start = hunk.blocks[0].first - hunk.before
        end = min(hunk.blocks[-1].last + hunk.behind, len(lines))
        grown = sum(len(block.lines) - (block.last - block.first) for block in hunk.blocks)
        yield f"@@ -{_range(start, end - start)} +{_range(start + moved, end - start + grown)} @@\n"
        at = start
        for block in hunk.blocks:
            yield from (_marked(" ", line) for line in lines[at : block.first])
            yield from (_marked("-", line) for line in lines[block.first : block.last])
            yield from (_marked("+", line) for line in block.lines)
            at = block.last
        yield from (_marked(" ", line) for line in lines[at:end])
        moved += grown


def _range(start: int, count: int) -> str:
    first = start + 1 if count else start
    return f"{first}" if count == 1 else f"{first},{count}"


def _marked(mark: str, line: str) -> str:
    return f"{mark}{line}" if line.endswith("\n") else f"{mark}{line}\n\\ No newline at end of file\n"
