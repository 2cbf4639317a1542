"""String literals of a source text: what they say, and where each part of it is written."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import NamedTuple, Protocol, TypeAlias

from msgspec import Struct, field
from msgspec.structs import replace

from migrator.policy.origin import Embedding, Stretch
from migrator.sources.credentials import by_form
from migrator.sources.model import EndpointKind
from migrator.spans import Span
from migrator.tree.text import line_starts

_NAME = re.compile(
    r"""(?: .*? (?: environ(?:\.get\(|\[) | getenv\( | Getenv\( | env\[ | env::var\( )
            [ ]* ["'](?P<read>[A-Za-z_]\w{0,63})["'] .*
      | [\w$]+ (?: (?:\.|::|\?\.) [\w$]+ )* )\Z""",
    re.VERBOSE | re.ASCII,
)
_BRACED = re.compile(r"\A\$\{(\w+)\}\Z", re.ASCII)
_VALUE_BEGINS = re.compile(r"(?:[:,\[{\-][ \t]*|[\"'])\Z")
_VALUE_ENDS = re.compile(r"[ \t\r]*(?:[\n,\]}\"']|\Z)")
_NEAR = 80
"""Code points before a gap that say whether it is a whole value."""

_HIGHEST = 0x10FFFF
_SURROGATES = range(0xD800, 0xE000)
_LONGEST_NAME = 200
"""A longer expression has no name that says anything."""


class Gap(NamedTuple):
    """A range of the host whose text is known only when the host runs."""

    start: int
    end: int


class Home(NamedTuple):
    """A string that a value is made of: its range in a file beside the host, or in the host itself, which is ``""``."""

    file: str
    start: int
    end: int


class Piece(NamedTuple):
    """A part of a string's text, and the range of the host that stands for it; see ``Written``."""

    text: str
    start: int
    end: int
    via: tuple[int, int] | None = None

    @property
    def verbatim(self) -> bool:
        return self.end - self.start == len(self.text)


class Attached(Struct, frozen=True):
    """What the host says of the endpoint a string is the policy of: ``url`` and the like by their names."""

    kind: EndpointKind
    facts: Mapping[str, object] = field(default_factory=dict)


class Literal(Struct, frozen=True):
    """One string of a host, from ``start`` to ``end`` with all that belongs to it.

    ``exact``: every piece says where it is written; otherwise the whole range is all that is known.
    ``attached``: it stands where a policy does, whatever it says. ``unused``: nothing takes it, as it is
    with what documents a program. ``uses`` are parts of files beside the host that it is made of.
    """

    start: int
    end: int
    pieces: tuple[Piece, ...]
    gaps: tuple[Gap, ...] = ()
    exact: bool = True
    attached: bool = False
    unused: bool = False
    endpoint: Attached | None = None
    uses: tuple[tuple[str, Span], ...] = ()

    @property
    def text(self) -> str:
        return "".join(piece.text for piece in self.pieces)

    def settled(self) -> Literal:
        """With ``$NAME`` for the gaps that are a whole value: braces would end one in a YAML mapping in braces."""
        if not self.gaps:
            return self
        gaps = {(gap.start, gap.end) for gap in self.gaps}
        pieces = list(self.pieces)
        before = ""
        for at, piece in enumerate(pieces):
            following = pieces[at + 1].text if at + 1 < len(pieces) else ""
            if (
                (piece.start, piece.end) in gaps
                and _VALUE_BEGINS.search(before)
                and _VALUE_ENDS.match(following)
            ):
                pieces[at] = piece._replace(text=_BRACED.sub(r"$\1", piece.text))
            before = (before + piece.text)[-_NEAR:]
        return replace(self, pieces=tuple(pieces))


class Computed(Struct, frozen=True):
    """A policy, or a part of one, that is put together by code."""

    start: int
    end: int


class PolicyFileNamed(Struct, frozen=True):
    """A path to a policy file, relative to the host's own; ``elsewhere``: an address that no input has.

    ``part`` is where in that file the policy stands, if not all of it is one.
    """

    start: int
    end: int
    path: str
    endpoint: Attached
    elsewhere: bool = False
    part: Span | None = None


class Fault(Struct, frozen=True):
    """Why the host cannot be read, or not to its end."""

    start: int
    reason: str


class Unrendered(Struct, frozen=True):
    """The first directive of a template that has yet to be rendered."""

    start: int
    end: int


Found: TypeAlias = Literal | Computed | PolicyFileNamed | Fault | Unrendered


class Folder(Protocol):
    """The files beside a host."""

    def names(self) -> list[str]:
        """Their names, in order."""

    def text(self, path: str) -> str | None:
        """The text of one, None where it cannot be read."""

    def may_be_named(self, name: str) -> bool:
        """Whether a reference to one can be followed from the path that outputs show of the host."""


class TextHost(Protocol):
    """A kind of text whose strings may hold policies."""

    @property
    def name(self) -> str:
        """The language."""

    @property
    def advice(self) -> str:
        """How to get at the finished text of a policy that the host computes."""

    @property
    def hints(self) -> tuple[str, ...]:
        """A text with none of these, nor the action's name, is not looked into."""

    def matches(self, path: str, text: str) -> bool:
        """Whether a file is of this kind, judged by its name or its first line."""

    def literals(self, text: str, folder: Folder) -> Iterator[Found]:
        """Every string in order, and what else says where a policy is."""


class Pieces:
    """Pieces while they are collected; what is written as it reads becomes one piece."""

    def __init__(self) -> None:
        self._done: list[Piece] = []
        self._open: list[str] = []
        self._begin = self._end = 0
        self._via: tuple[int, int] | None = None
        self.gaps: list[Gap] = []
        self.homes: list[Home] = []

    @contextmanager
    def by_name(self, start: int, end: int) -> Iterator[None]:
        """What is added meanwhile stands elsewhere, for a name in this range; for the outermost such name."""
        self._close()
        outer = self._via
        self._via = outer or (start, end)
        yield
        self._close()
        self._via = outer

    @property
    def done(self) -> list[Piece]:
        self._close()
        return self._done

    def _close(self) -> None:
        if self._open:
            self._done.append(Piece("".join(self._open), self._begin, self._end, self._via))
            self._open = []

    def add(self, text: str, start: int, end: int) -> None:
        if end - start != len(text):
            self.done.append(Piece(text, start, end, self._via))
            return
        if not text:
            return
        if self._end != start:
            self._close()
        if not self._open:
            self._begin = start
        self._open.append(text)
        self._end = end

    def inherit(self, other: Pieces) -> None:
        """Note the homes of a value that becomes a part of this one."""
        self.homes += other.homes

    def gap(self, expression: str, start: int, end: int) -> None:
        """A part that is filled in later: it stands in the text as a hole with its name."""
        self.done.append(Piece(placeholder(expression), start, end, self._via))
        self.gaps.append(Gap(start, end))


def placeholder(expression: str) -> str:
    """``${NAME}`` for what is filled in later, as an agent's file has it for its environment."""
    found = _NAME.match(expression.strip()) if len(expression) <= _LONGEST_NAME else None
    name = "COMPUTED"
    if found is not None:
        name = found.group("read") or re.split(r"\W+", expression.strip())[-1]
    if any(by_form(expression)) or not name or name[0].isdigit():
        name = "COMPUTED"
    return f"${{{name.upper()}}}"


def character(number: int) -> str:
    """The code point of an escape; a mark in place of one that no text can have."""
    return chr(number) if number <= _HIGHEST and number not in _SURROGATES else "\ufffd"


class Places:
    """Offsets of a text as lines and columns."""

    def __init__(self, text: str) -> None:
        self._starts = line_starts(text)

    def position(self, offset: int) -> tuple[int, int]:
        line = bisect_right(self._starts, offset)
        return line, offset - self._starts[line - 1] + 1

    def span(self, start: int, end: int) -> Span:
        return Span(*self.position(start), *self.position(end))


def embedding(literal: Literal, places: Places) -> Embedding:
    """How positions in the literal's text lead to the host."""
    host = places.span(literal.start, literal.end)
    if not literal.exact or not literal.pieces:
        return Embedding(host)
    return Embedding(host, exact=True, stretches=tuple(_stretches(literal, places)))


def _stretches(literal: Literal, places: Places) -> Iterator[Stretch]:
    starts = line_starts(literal.text)
    at, line = 0, 1
    for piece in literal.pieces:
        end = at + len(piece.text)
        if not piece.verbatim:
            line = bisect_right(starts, at)
            yield Stretch(
                line, at - starts[line - 1] + 1, places.span(piece.start, piece.end), verbatim=False
            )
        begin = piece.start - at
        while piece.verbatim and at < end:
            line = bisect_right(starts, at)
            until = min(end, starts[line]) if line < len(starts) else end
            yield Stretch(line, at - starts[line - 1] + 1, places.span(begin + at, begin + until))
            at = until
        at = end


def add_decoded(
    into: Pieces,
    text: str,
    start: int,
    end: int,
    special: re.Pattern[str],
    decode: Callable[[re.Match[str]], str],
) -> None:
    """Add a range of the host: what ``special`` matches through ``decode``, the rest as it stands."""
    at = start
    for found in special.finditer(text, start, end):
        into.add(text[at : found.start()], at, found.start())
        into.add(decode(found), found.start(), found.end())
        at = found.end()
    into.add(text[at:end], at, end)
