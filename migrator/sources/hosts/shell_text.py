"""Shell scripts as commands: their words with quotes undone, their redirections and their heredocs."""

from __future__ import annotations

import re
from functools import cached_property

from msgspec import Struct, field

from migrator.sources.hosts.literal import Literal, Pieces, character

DEPTH = 20
"""Commands inside each other; what is deeper is taken as text."""

_PLAIN = re.compile(r"[^ \t\r\n'\"\\$`;&|()<>]+|\r(?!\n)")
_BLANKS = re.compile(r"(?:[ \t]|\r(?=\n|\Z)|\\\r?\n)+")
_IN_DOUBLE = re.compile(r"[^\"\\$`]+")
_IN_HEREDOC = re.compile(r"[^\\$`]+")
_VARIABLE = re.compile(r"\$(?:[A-Za-z_]\w*|[0-9@*#?!$-])", re.ASCII)
_PARAMETER = re.compile(r"[#!]?(?:[A-Za-z_]\w*|[0-9@*#?$!-]+)(?:\[[^]]*\])?(?:\Z|[:#%/^,@+=?-])", re.ASCII)
_NAME = re.compile(r"\$\{?[#!]?(\w*)", re.ASCII)
_ACTIONS = re.compile(r"\$\{\{[^}\n]*\}\}")
_HEREDOC = re.compile(r"<<(-?)[ \t]*((?:'[^'\n]*'|\"[^\"\n]*\"|\\.|[^\s'\"\\;&|()<>])+)")
_ANSI = re.compile(r"\\(?:x([0-9a-fA-F]{1,2})|u([0-9a-fA-F]{1,4})|U([0-9a-fA-F]{1,8})|([0-7]{1,3})|([\s\S]))")
_ANSI_CHARACTERS = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "f": "\f", "v": "\v", "e": "\x1b"}


class Word(Struct, dict=True):
    """One word of a command. ``inner``: heredocs of a command whose output is the word."""

    start: int
    end: int = 0
    pieces: Pieces = field(default_factory=Pieces)
    inner: list[Heredoc] = field(default_factory=list)

    @cached_property
    def text(self) -> str:
        return "".join(piece.text for piece in self.pieces.done)

    def literal(self, skip: int = 0) -> Literal:
        """The word as a string, without ``skip`` characters that are known to stand in front as they are."""
        pieces, start = list(self.pieces.done), self.start + skip
        while skip and pieces and pieces[0].verbatim:
            first = pieces.pop(0)
            if len(first.text) >= skip:
                pieces.insert(0, first._replace(text=first.text[skip:], start=first.start + skip))
                break
            skip -= len(first.text)
            start = pieces[0].start if pieces else start
        return Literal(start, self.end, tuple(pieces), tuple(self.pieces.gaps))


class Heredoc(Struct):
    """A heredoc's body."""

    literal: Literal


class Command(Struct):
    """A command: words, the files its output goes to, and what it reads."""

    words: list[Word] = field(default_factory=list)
    written: list[Word] = field(default_factory=list)
    heredocs: list[Heredoc] = field(default_factory=list)


class _Pending(Struct, frozen=True):
    """A heredoc whose body begins on the next line."""

    word: str
    quoted: bool
    tabs: bool
    command: Command
    start: int


class _UnfinishedError(Exception):
    """Something that began at this offset has no end."""

    def __init__(self, start: int, what: str) -> None:
        super().__init__(what)
        self.start = start


class Script:
    """The commands of a script, those inside others included, and what could not be read.

    ``actions``: ``${{ … }}`` stands for something that is filled in before the shell sees it.
    """

    def __init__(self, text: str, *, actions: bool = False) -> None:
        self.commands: list[Command] = []
        self.fault: tuple[int, str] | None = None
        self._text = text
        self._actions = actions
        self._pending: list[_Pending] = []
        try:
            self._commands(0, 0, nested=False)
        except _UnfinishedError as error:
            self.fault = (error.start, str(error))

    def _commands(self, at: int, depth: int, *, nested: bool) -> int:
        """Read commands from ``at`` on; where they end."""
        text = self._text
        command = Command()
        begin = at
        opened = 0
        while at < len(text):
            char = text[at]
            blanks = _BLANKS.match(text, at)
            if blanks is not None:
                at = blanks.end()
            elif char == "\n":
                command = self._done(command)
                at = self._bodies(at + 1)
            elif char == "#":
                at = _line_end(text, at)
            elif char == ")" and nested and not opened:
                self._done(command)
                return at + 1
            elif char in ";&|()":
                opened += (char == "(") - (char == ")" and opened > 0)
                if char != "|" or text.startswith("||", at):
                    command = self._done(command)
                at += 1
            elif char in "<>" and not text.startswith("<(", at):
                at = self._redirection(at, command, depth)
            else:
                word = Word(at)
                at = self._word(word, depth)
                command.words.append(word)
        if nested:
            raise _UnfinishedError(begin, "a command in `$(…)` does not end")
        self._done(command)
        self._bodies(at)
        return at

    def _done(self, command: Command) -> Command:
        if command.words or command.heredocs or any(one.command is command for one in self._pending):
            self.commands.append(command)
        return Command()

    def _redirection(self, at: int, command: Command, depth: int) -> int:
        text = self._text
        if text.startswith("<<<", at):
            return at + 3
        found = _HEREDOC.match(text, at)
        if found is not None:
            written = found.group(2)
            plain = re.sub(r"['\"\\]", "", written)
            self._pending.append(_Pending(plain, plain != written, found.group(1) == "-", command, at))
            return found.end()
        output = text[at] == ">"
        at += 1
        while at < len(text) and text[at] in ">&|":
            at += 1
        blanks = _BLANKS.match(text, at)
        at = blanks.end() if blanks is not None else at
        if at < len(text) and text[at] not in "\n;&|()<>#":
            word = Word(at)
            at = self._word(word, depth)
            if output:
                command.written.append(word)
        return at

    # ---------------------------------------------------------------------------------------- heredocs

    def _bodies(self, at: int) -> int:
        """Read the bodies of the heredocs that the line before began."""
        pending, self._pending = self._pending, []
        for one in pending:
            at = self._body(one, at)
        return at

    def _body(self, pending: _Pending, at: int) -> int:
        text = self._text
        begin, pieces = at, Pieces()
        while at < len(text):
            line_end = _line_end(text, at)
            start = at
            while pending.tabs and start < line_end and text[start] == "\t":
                start += 1
            if text[start:line_end].rstrip("\r") == pending.word:
                literal = Literal(begin, at, tuple(pieces.done), tuple(pieces.gaps))
                pending.command.heredocs.append(Heredoc(literal))
                return min(line_end + 1, len(text))
            behind = min(line_end + 1, len(text))
            if pending.quoted:
                self._as_is(start, behind, pieces)
                at = behind
            else:
                at = self._expanded(start, behind, pieces)
        raise _UnfinishedError(pending.start, "a heredoc does not end: there is no line with its word alone")

    def _expanded(self, at: int, end: int, pieces: Pieces) -> int:
        """One line of a heredoc in which the shell replaces variables; more where one goes on."""
        text = self._text
        while at < end:
            plain = _IN_HEREDOC.match(text, at, end)
            if plain is not None:
                self._as_is(at, plain.end(), pieces)
                at = plain.end()
            elif text[at] == "\\":
                at = _escape(text, at, pieces, "$`\\\n")
            else:
                at = self._expansion(at, pieces, [], DEPTH)
        return max(at, end)

    # ------------------------------------------------------------------------------------------- words

    def _word(self, word: Word, depth: int) -> int:
        text, at = self._text, word.start
        while at < len(text):
            plain = _PLAIN.match(text, at)
            if plain is not None:
                self._as_is(at, plain.end(), word.pieces)
                at = plain.end()
                continue
            char = text[at]
            if char == "'":
                at = self._single(at, word.pieces)
            elif char == '"':
                at = self._double(at, word, depth)
            elif char == "\\":
                at = _escape(text, at, word.pieces, None)
            elif text.startswith("$'", at):
                at = self._ansi(at, word.pieces)
            elif char in "$`" or text.startswith("<(", at):
                at = self._expansion(at, word.pieces, word.inner, depth)
            else:
                break
        word.end = at
        return at

    def _single(self, at: int, pieces: Pieces) -> int:
        end = self._text.find("'", at + 1)
        if end < 0:
            raise _UnfinishedError(at, "a single quote that opens here is never closed")
        self._as_is(at + 1, end, pieces)
        return end + 1

    def _double(self, begin: int, word: Word, depth: int) -> int:
        text, at = self._text, begin + 1
        while at < len(text):
            plain = _IN_DOUBLE.match(text, at)
            if plain is not None:
                self._as_is(at, plain.end(), word.pieces)
                at = plain.end()
            elif text[at] == '"':
                return at + 1
            elif text[at] == "\\":
                at = _escape(text, at, word.pieces, '$`"\\\n')
            else:
                at = self._expansion(at, word.pieces, word.inner, depth)
        raise _UnfinishedError(begin, "a double quote that opens here is never closed")

    def _ansi(self, begin: int, pieces: Pieces) -> int:
        """``$'…'``, with the escapes of C."""
        text, at = self._text, begin + 2
        while at < len(text) and text[at] != "'":
            found = _ANSI.match(text, at)
            if found is not None:
                digits = found.group(1) or found.group(2) or found.group(3)
                if digits is not None:
                    made = character(int(digits, 16))
                elif found.group(4) is not None:
                    made = character(int(found.group(4), 8))
                else:
                    made = _ANSI_CHARACTERS.get(found.group(5), found.group(5))
                pieces.add(made, at, found.end())
                at = found.end()
            else:
                behind = min(_next(text, at, "'\\"), len(text))
                self._as_is(at, behind, pieces)
                at = behind
        if at >= len(text):
            raise _UnfinishedError(begin, "a quote that opens here is never closed")
        return at + 1

    def _as_is(self, start: int, end: int, pieces: Pieces) -> None:
        """Text that the shell leaves alone; Actions may have something to fill in."""
        at = start
        for found in _ACTIONS.finditer(self._text, start, end) if self._actions else ():
            pieces.add(self._text[at : found.start()], at, found.start())
            pieces.gap(found.group()[3:-2], found.start(), found.end())
            at = found.end()
        pieces.add(self._text[at:end], at, end)

    def _expansion(self, at: int, pieces: Pieces, inner: list[Heredoc], depth: int) -> int:
        """A variable, or the output of a command: known when the script runs."""
        text = self._text
        if self._actions and (found := _ACTIONS.match(text, at)) is not None:
            pieces.gap(found.group()[3:-2], at, found.end())
            return found.end()
        if text[at] == "`":
            end = text.find("`", at + 1)
            if end < 0:
                raise _UnfinishedError(at, "a backtick that opens here is never closed")
            pieces.gap("", at, end + 1)
            return end + 1
        if text.startswith(("$(", "<("), at) and depth < DEPTH:
            before = len(self.commands)
            pending, self._pending = self._pending, []
            end = self._commands(at + 2, depth + 1, nested=True)
            self._pending = pending
            pieces.gap("", at, end)
            inner += [one for command in self.commands[before:] for one in command.heredocs]
            return end
        if text.startswith("${", at):
            end = text.find("}", at) + 1
            if end and "\n" not in text[at:end] and _PARAMETER.match(text[at + 2 : end - 1]):
                pieces.gap(_variable(text[at:end]), at, end)
                return end
        elif (found := _VARIABLE.match(text, at)) is not None:
            pieces.gap(_variable(found.group()), at, found.end())
            return found.end()
        pieces.add(text[at], at, at + 1)
        return at + 1


def _variable(written: str) -> str:
    found = _NAME.match(written)
    return found.group(1) if found is not None else ""


def _escape(text: str, at: int, pieces: Pieces, escaped: str | None) -> int:
    """A backslash: of ``escaped`` it takes away the meaning, else (or of all if None) it stands for itself."""
    following = text[at + 1 : at + 2]
    if escaped is None or (following and following in escaped):
        pieces.add("" if following == "\n" else following, at, at + 2)
        return at + 2
    pieces.add("\\", at, at + 1)
    return at + 1


def _line_end(text: str, at: int) -> int:
    end = text.find("\n", at)
    return len(text) if end < 0 else end


def _next(text: str, at: int, characters: str) -> int:
    places = [place for place in (text.find(char, at + 1) for char in characters) if place >= 0]
    return min(places, default=len(text))
