"""Policies in programs and scripts: the lines of the host without the action.

Only what stands as it reads is taken out: a part of a string goes with the host's text that stands for it,
and whole lines of a string with the whole lines of the host. What the host writes around it (quotes,
joints, indentation) stays, so its escapes stay right; what would be put in has nothing to escape.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import accumulate, groupby, pairwise
from typing import Final, NamedTuple

from migrator.errors import InternalError
from migrator.patch import Block, blocks
from migrator.residual.layout import Edit
from migrator.residual.placeholders import with_placeholders
from migrator.residual.refusal import CannotCutError
from migrator.residual.residual import FileChange, cut_out
from migrator.sources.model import FileRead, HeldString, HostText, Written
from migrator.spans import Location

_NEEDS_NO_ESCAPE: Final = re.compile(r"[A-Za-z0-9_ :\[\]#-]*")


class HostChange(NamedTuple):
    """The change of a host, and the places of the actions that are still in it."""

    change: FileChange | None
    left: tuple[Location, ...]


def host_change(file: FileRead, placeholder: Callable[[int], str]) -> HostChange:
    """A host without the actions that stand in it as they read."""
    if file.host is None:
        return HostChange(None, tuple(_all_actions(file)))
    groups: list[tuple[Block, ...]] = []
    left: list[Location] = []
    for string in file.host.strings:
        changes = _changes(file.host, string, placeholder)
        taken = [block for group in groups for block in group]
        if changes and not any(_touch(one, other) for one in changes for other in taken):
            groups.append(changes)
        elif not changes or not set(changes).issubset(taken):  # what two strings share goes once
            left += string.actions
    in_strings = {at for string in file.host.strings for at in string.actions}
    left += (at for at in _all_actions(file) if at not in in_strings)
    change = FileChange(file.path, file.host.text, tuple(groups), file.host.hidden) if groups else None
    return HostChange(change, tuple(dict.fromkeys(left)))


def _changes(host: HostText, string: HeldString, placeholder: Callable[[int], str]) -> tuple[Block, ...]:
    """The lines of the host that change with a string; none where it has to be done by hand."""
    try:
        made = cut_out(string.file, string.file.text or "", lambda text: with_placeholders(text, placeholder))
        return () if made.anew else blocks(host.text, _hosted(host, string, made.result.edits))
    except (InternalError, CannotCutError):
        return ()


def _touch(one: Block, other: Block) -> bool:
    return one.first < max(other.last, other.first + 1) and other.first < max(one.last, one.first + 1)


def _all_actions(file: FileRead) -> Iterator[Location]:
    for found in file.policies:
        yield from found.policy.gateway_places()


def _hosted(host: HostText, string: HeldString, edits: Iterable[Edit]) -> Iterator[Edit]:
    """Edits of a string as edits of its host. Raises ``CannotCutError``."""
    written = [*_in_place(string.written)]
    begins = [0, *accumulate(part.length for part in written)]
    if any(one.end > other.start for one, other in pairwise(written)):
        raise CannotCutError
    gone: list[Edit] = []
    for edit in sorted(set(edits)):
        if not _NEEDS_NO_ESCAPE.fullmatch(edit.text):
            raise CannotCutError
        if edit.text:
            at = _behind(written, begins, edit.start)
            gone.append(Edit(at, at, edit.text))
        gone += _joined(host.text, list(_deleted(written, begins, edit)))
    for start, end in string.fixed:
        if any(one.start < end and start < one.end for one in gone):
            raise CannotCutError
    yield from _tidied(host.text, gone)


def _in_place(written: Iterable[Written]) -> Iterator[Written]:
    """The parts of a string with each name that stands for some of them in their place."""
    for via, parts in groupby(written, key=lambda part: part.via):
        if via is None:
            yield from parts
        else:
            yield Written(sum(part.length for part in parts), *via)


def _behind(written: Sequence[Written], begins: list[int], at: int) -> int:
    """The place in the host right behind what stands in front of an offset of the string."""
    if at == 0:
        return written[0].start
    number = bisect_right(begins, at - 1) - 1
    while written[number].length == 0:
        number -= 1
    part = written[number]
    inside = at - begins[number]
    if inside == part.length:
        return part.end
    if not part.is_verbatim:
        raise CannotCutError
    return part.start + inside


def _deleted(written: Sequence[Written], begins: list[int], edit: Edit) -> Iterator[Edit]:
    """What stands in the host for the part of the string that goes."""
    for part, begin in zip(written, begins, strict=False):
        start, end = max(edit.start, begin), min(edit.end, begin + part.length)
        if start >= end:
            continue
        if part.is_verbatim:
            yield Edit(part.start + start - begin, part.start + end - begin)
        elif end - start == part.length:
            yield Edit(part.start, part.end)
        else:
            raise CannotCutError


def _joined(text: str, edits: list[Edit]) -> list[Edit]:
    """Deletions with what joins them, where that is quotes that are closed and opened again."""
    joints = "".join(text[one.end : other.start] for one, other in pairwise(edits))
    if not joints.strip("'\"") and joints.count("'") % 2 == joints.count('"') % 2 == 0 and edits:
        return [Edit(edits[0].start, edits[-1].end)]
    return edits


def _tidied(text: str, edits: list[Edit]) -> Iterator[Edit]:
    """Deletions that only blanks part become one; a line that goes goes with its indentation."""
    merged: list[Edit] = []
    for edit in edits:
        before = merged[-1] if merged else None
        if before is not None and not (before.text or edit.text) and _is_blank(text[before.end : edit.start]):
            merged[-1] = Edit(before.start, max(before.end, edit.end))
        else:
            merged.append(edit)
    for edit in merged:
        line = text.rfind("\n", 0, edit.start) + 1
        ends_lines = edit.end > edit.start and text[edit.end - 1] == "\n"
        whole = ends_lines and not edit.text and _is_blank(text[line : edit.start])
        yield Edit(line, edit.end) if whole else edit


def _is_blank(text: str) -> bool:
    return not text.strip(" \t")
