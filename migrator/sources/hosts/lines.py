"""What of a host's text may be shown: the lines around its policies, without those that may hold a credential."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from itertools import accumulate
from typing import Final

from migrator.secrets import is_mask
from migrator.sources.model import HeldString, HostText
from migrator.sources.suspects import suspect_lines

NEAR: Final = 3
"""Lines around a policy: as many as a patch has for context."""

_BLANK: Final = "*"
_OF_A_LINE: Final = re.compile(r"[^\r]")
"""What is blanked of a hidden line: an end of a line within it stays one, so that places stay true."""
_NOTHING: Final = "'\", \t\r"
_MIXED: Final = re.compile(r"(?<![\w-])(?=[\w-]*\d)(?=[\w-]*[A-Za-z])[\w-]{6,}")
_QUOTED: Final = re.compile(r"([\"'`])[^\"'`]*\w{4}[^\"'`]*\1")

_SHORTEST: Final = 6
"""Of code with a string in it that is looked at; an escape is mostly shorter."""
_COMMENT: Final = re.compile(r"#|//|/\*")
_HEREDOC: Final = re.compile(r"<<[-~]?[\"']?\w")
_BY_NAME: Final = re.compile(
    r"""(?:(?<=[\w\])])\[|\b(?:environ\.get|[gG]etenv|env::var)\()[ ]*(["'])[\w.-]{1,64}\1[ ]*[\])]"""
)
"""A string that is a name: of an entry, or of an environment variable."""


def host_text(text: str, path: str, strings: Iterable[HeldString]) -> HostText | None:
    """The text of a host around these strings, which are in order; None where there are none."""
    held = tuple(strings)
    if not held:
        return None
    lines = text.split("\n")
    starts = [0, *accumulate(len(line) + 1 for line in lines)]
    near: set[int] = set()
    hidden: set[int] = set()
    covered = bytearray(len(text))
    for string in held:
        first, last = string.written[0].start, string.written[-1].end
        around = range(bisect_right(starts, first) - 1 - NEAR, bisect_right(starts, last) + NEAR)
        near.update(line for line in around if 0 <= line < len(lines))
        for start, end in (*_masked(string), *_unread(string, text)):
            hidden.update(range(bisect_right(starts, start) - 1, bisect_right(starts, max(end - 1, start))))
        for start, end in _said(string, text):
            covered[start:end] = b"\1" * (end - start)
    suspects = suspect_lines(text, path)
    for line in near:
        begin = starts[line]
        own = "".join(" " if covered[begin + at] else char for at, char in enumerate(lines[line]))
        if own.strip(_NOTHING) and _is_doubtful(
            own, is_suspect=line in suspects, is_context=own == lines[line]
        ):
            hidden.add(line)
    hidden.update(set(range(len(lines))) - near)
    shown = "\n".join(_OF_A_LINE.sub(_BLANK, line) if at in hidden else line for at, line in enumerate(lines))
    return HostText(shown, frozenset(hidden), held)


def _is_doubtful(own: str, *, is_suspect: bool, is_context: bool) -> bool:
    """Whether what a line says beside the policy may be a credential, whatever its name.

    A line that changes is judged more mildly than one that need not be shown.
    """
    opaque = _MIXED.search(own) is not None or (is_context and _QUOTED.search(own) is not None)
    return is_suspect or opaque


def _said(string: HeldString, text: str) -> Iterator[tuple[int, int]]:
    """Ranges of the host that the string says; a comment is none of them, for which it has blanks."""
    said = string.file.text or ""
    at = 0
    for part in string.written:
        begin, at = at, at + part.length
        if not part.is_verbatim:
            if _COMMENT.search(text, part.start, part.end) is None:
                yield part.start, part.end
            continue
        if said.startswith(text[part.start : part.end], begin):
            yield part.start, part.end
            continue
        for offset in range(part.length):
            place = part.start + offset
            if said[begin + offset] != " " or text[place] == " ":
                yield place, place + 1


def _unread(string: HeldString, text: str) -> Iterator[tuple[int, int]]:
    """Ranges of the host whose code has strings of its own, which nobody masked: ``coalesce(var.key, "…")``."""
    for part in string.written:
        if not part.is_verbatim and part.end - part.start >= _SHORTEST:
            code = _BY_NAME.sub("", text[part.start : part.end])
            if _QUOTED.search(code) is not None or _HEREDOC.search(code) is not None:
                yield part.start, part.end


def _masked(string: HeldString) -> Iterator[tuple[int, int]]:
    """Ranges of the host that stand for masked parts of a string."""
    text = string.file.text or ""
    at = 0
    for part in string.written:
        held = text[at : at + part.length]
        at += part.length
        if held.isascii():
            continue
        if not part.is_verbatim:
            if any(map(is_mask, held)):
                yield part.start, part.end
            continue
        for offset, char in enumerate(held):
            if is_mask(char):
                yield part.start + offset, part.start + offset + 1
