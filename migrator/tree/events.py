"""The two parsers of PyYAML, made to agree.

The C parser (libyaml) is used where PyYAML was built with it. Go's ``yaml.v3``, which ngrok
uses, is a port of the same code, so where the two differ libyaml is right, and ``PureParser``
brings the Python parser into line.
"""

from __future__ import annotations

import os
import re
from bisect import bisect_right
from typing import TYPE_CHECKING, Final, NoReturn, Protocol, cast

import yaml
from msgspec import Struct
from yaml.parser import Parser
from yaml.reader import Reader
from yaml.scanner import Scanner, ScannerError
from yaml.tokens import DirectiveToken, ScalarToken

from migrator.tree.nodes import Style
from migrator.tree.text import has_rare_breaks, line_starts

if TYPE_CHECKING:
    from yaml.error import Mark

PURE: Final = not yaml.__with_libyaml__ or bool(os.environ.get("MIGRATOR_PURE_YAML"))
"""Whether the Python parser is the default. ``MIGRATOR_PURE_YAML=1`` makes it so, for tests."""


class Place(Protocol):
    """Where something begins or ends: code points, lines and columns, all counted from 0."""

    @property
    def index(self) -> int: ...
    @property
    def line(self) -> int: ...
    @property
    def column(self) -> int: ...


class Event(Protocol):
    """What a parser says next. Which class of ``yaml.events`` it is decides what it has."""

    start_mark: Place
    end_mark: Place
    anchor: str | None  # scalars, collections that start; always there for an alias
    tag: str | None  # scalars, collections that start
    flow_style: bool | None  # collections that start
    explicit: bool | None  # documents: their marker is there
    value: str  # scalars
    style: Style | None  # scalars


class Events(Protocol):
    """A source of events; ``get_event`` raises ``yaml.YAMLError`` where the text is broken."""

    def get_event(self) -> Event: ...


_ALIKE: Final = frozenset(
    {
        "did not find expected '-' indicator",
        "did not find expected key",
        "found character that cannot start any token",
        "mapping values are not allowed in this context",
    }
)
"""What libyaml says of most files that are broken, in places where ``PureParser`` stops as well."""


def refused_alike(text: str, refused: str | None) -> bool:
    """Whether ``PureParser`` surely stops where libyaml did, or reads on to the end like it.

    ``refused`` is what libyaml said, None if it read to the end.

    It may stop earlier, at a directive or a tag; but ``!=`` is read alike, whether it is a tag or in an expression.
    """
    if "%" in text or text.count("!") != text.count("!= "):
        return False
    return refused is None or refused in _ALIKE


def parser(text: str, *, pure: bool) -> Events:
    """The events of ``text``, which has no byte order mark and no control characters.

    Their marks count lines as editors do.
    """
    events = cast("Events", PureParser(text)) if pure else _c_parser(text)
    return _EditorLines(events, text) if has_rare_breaks(text) else events


def _c_parser(text: str) -> Events:
    from yaml._yaml import CParser  # not there without libyaml

    return cast("Events", CParser(text))


class _Counted(Struct, frozen=True):
    index: int
    line: int
    column: int


class _EditorLines:
    """Events whose marks are counted again: YAML 1.1 breaks lines where no editor does."""

    def __init__(self, events: Events, text: str) -> None:
        self._events = events
        self._starts = line_starts(text)

    def get_event(self) -> Event:
        event = self._events.get_event()
        event.start_mark = self._counted(event.start_mark)
        event.end_mark = self._counted(event.end_mark)
        return event

    def _counted(self, place: Place) -> Place:
        line = bisect_right(self._starts, place.index) - 1
        return _Counted(place.index, line, place.index - self._starts[line])


_BREAKS = "\r\n\x85\u2028\u2029"
_BLANKS_AND_END = " \t\0" + _BREAKS
_ESCAPE = re.compile(r"\\(?:(u|U0000)[dD][89a-fA-F]|.)", re.DOTALL)


class PureParser(Reader, Scanner, Parser):
    """PyYAML's Python parser with libyaml's rules for tabs, plain scalars, marks and escapes."""

    def __init__(self, text: str) -> None:
        Reader.__init__(self, text)
        Scanner.__init__(self)
        Parser.__init__(self)

    def forward(self, length: int = 1) -> None:
        # PyYAML gives U+FEFF no column; libyaml and editors do.
        for char in self.prefix(length):
            self.pointer += 1
            self.index += 1
            if char in _BREAKS and (char != "\r" or self.buffer[self.pointer] != "\n"):
                self.line += 1
                self.column = 0
            else:
                self.column += 1

    def scan_to_next_token(self) -> None:
        # PyYAML takes no tabs at all, and a byte order mark in front of the stream only.
        while True:
            if self.column == 0 and self.peek() == "\ufeff":
                self.forward()
            while self.peek() == " " or (
                self.peek() == "\t" and (self.flow_level or not self.allow_simple_key)
            ):
                self.forward()
            if self.peek() == "#":
                while self.peek() not in "\0" + _BREAKS:
                    self.forward()
            if not self._break():
                return
            if not self.flow_level:
                self.allow_simple_key = True

    def scan_directive(self) -> DirectiveToken:
        # PyYAML ignores directives it does not know, and takes every version from 1.0 on.
        start = self.get_mark()
        try:
            directive: DirectiveToken = super().scan_directive()
        except ValueError:
            self._refuse(self.get_mark(), start)
        if directive.name != "TAG" and directive.value not in ((1, 1), (1, 2)):
            self._refuse(directive.end_mark, directive.start_mark)
        return directive

    def scan_block_scalar_indicators(self, start_mark: Mark) -> tuple[bool | None, int | None]:
        # PyYAML wants a space behind the indicators.
        chomping: bool | None = None
        increment: int | None = None
        while (char := self.peek()) in "+-0123456789":
            if char in "+-" and chomping is None:
                chomping = char == "+"
            elif char in "123456789" and increment is None:
                increment = int(char)
            else:
                self._refuse(self.get_mark(), start_mark)
            self.forward()
        return chomping, increment

    def scan_block_scalar_ignored_line(self, start_mark: Mark) -> None:
        # PyYAML takes no tabs here either.
        while self.peek() in " \t":
            self.forward()
        super().scan_block_scalar_ignored_line(start_mark)

    def scan_block_scalar_indentation(self) -> tuple[list[str], int, Mark]:
        # PyYAML lets a tab follow the spaces that set the indentation.
        found: tuple[list[str], int, Mark] = super().scan_block_scalar_indentation()
        if self.peek() == "\t":
            self._refuse(self.get_mark())
        return found

    def scan_plain(self) -> ScalarToken:
        # PyYAML ends a plain scalar at a tab, and at `?` inside brackets.
        start = end = self.get_mark()
        chunks: list[str] = []
        gap, broken = "", False
        while not (self._at_document_marker() or self.peek() == "#"):
            run = self._plain_run(start)
            if run:
                chunks += (gap, run)
                end = self.get_mark()
                broken = False
            if self.peek() not in " \t" + _BREAKS:
                break
            gap, broken = self._plain_gap(start)
            if not self.flow_level and self.column <= self.indent:
                break
        self.allow_simple_key = broken
        return ScalarToken(value="".join(chunks), plain=True, start_mark=start, end_mark=end)

    def _plain_run(self, start: Mark) -> str:
        """Reads on to a blank, or to an indicator that ends a plain scalar."""
        length = 0
        while (char := self.peek(length)) not in _BLANKS_AND_END:
            if char == ":":
                after = self.peek(length + 1)
                if self.flow_level and after in ",?[]{}":
                    self.forward(length)
                    self._refuse(self.get_mark(), start)
                if after in _BLANKS_AND_END:
                    break
            elif self.flow_level and char in ",[]{}":
                break
            length += 1
        run: str = self.prefix(length)
        self.forward(length)
        return run

    def _plain_gap(self, start: Mark) -> tuple[str, bool]:
        """Reads blanks and breaks: what they fold to, and whether there was a break."""
        blanks, first, more = "", "", ""
        while (char := self.peek()) in " \t" + _BREAKS:
            if char in _BREAKS:
                if first:
                    more += self._break()
                else:
                    first = self._break()
                continue
            if first and char == "\t" and self.column <= self.indent:
                self._refuse(self.get_mark(), start)
            blanks += char
            self.forward()
        if not first:
            return blanks, False
        return (more or " ") if first == "\n" else first + more, True

    def _break(self) -> str:
        """Reads one line break, if one is next: what it stands for in a value."""
        found: str = self.scan_line_break()  # type: ignore[no-untyped-call]  # PyYAML's stubs
        return found

    def _at_document_marker(self) -> bool:
        return self.column == 0 and self.prefix(3) in ("---", "...") and self.peek(3) in _BLANKS_AND_END

    def scan_flow_scalar(self, style: str) -> ScalarToken:
        # PyYAML lets an escape stand for half a surrogate pair, and hands chr() any number.
        start, begin = self.get_mark(), self.pointer
        try:
            token: ScalarToken = super().scan_flow_scalar(style)
        except (ValueError, OverflowError):
            self._refuse(self.get_mark(), start)
        if style == '"':
            for escape in _ESCAPE.finditer(self.buffer, begin, self.pointer):
                if escape.group(1):
                    mark = self.get_mark()
                    mark.index += escape.start() + len("\\u") - self.pointer
                    self._refuse(mark, start)
        return token

    def _refuse(self, mark: Mark, context: Mark | None = None) -> NoReturn:
        raise ScannerError(None, context, None, mark) from None
