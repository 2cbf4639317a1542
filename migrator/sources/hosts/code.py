"""Programming languages whose strings can be told from the rest without a grammar: comments, quotes, ``+``.

Time grows with the length of the text alone: what is looked for stands at one place at a time.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import ClassVar

from msgspec import Struct, field
from msgspec.structs import replace

from migrator.policy.parse import GATEWAY
from migrator.sources.hosts.joined import dedented
from migrator.sources.hosts.literal import (
    Computed,
    Fault,
    Folder,
    Found,
    Gap,
    Literal,
    Piece,
    Pieces,
    add_decoded,
    character,
)

ESCAPE = re.compile(
    r"""\\(?: u\{([0-9a-fA-F_]{1,12})\}
          | u+([dD][89abAB][0-9a-fA-F]{2})\\u+([dD][c-fC-F][0-9a-fA-F]{2})
          | u+([0-9a-fA-F]{4}) | U([0-9a-fA-F]{8}) | x([0-9a-fA-F]{2})
          | ([0-7]{1,3}) | ((?:\r\n|\n|\r)) | ([\s\S]) )""",
    re.VERBOSE,
)
_CHARACTERS = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "v": "\v", "a": "\a", "s": " "}
_OPERAND = re.compile(r"\s*\+\s*(?:([\w$.]+(?:\([^()]*\)|\[[^\[\]]*\])?)\s*\+\s*)?\Z")
_MORE_BEFORE = re.compile(r"[\w$)\]]\s*\+\s*\Z")
_MORE_BEHIND = re.compile(r"\s*\+(?!\+)")
_CALLED_BEFORE = re.compile(r"([\w$.]+!?)\s*[({]\s*&?\s*\Z")
_CALLED_BEHIND = re.compile(r"\s*\.\s*(\w+)\s*(?:::<[^>]*>)?\(")
_DEDENT = frozenset({"dedent", "outdent", "stripIndent", "indoc", "indoc!", "heredoc.Doc", "dedent.Dedent"})
_BEFORE = 60
_NEAR = 300
"""Code points around a string that say what becomes of it."""


class UnfinishedError(Exception):
    """A string or comment that began at ``start`` has no end."""

    def __init__(self, start: int, what: str) -> None:
        super().__init__(what)
        self.start = start


class Written(Struct):
    """A string as it stands: its range, and the code right around it."""

    start: int
    end: int
    read: Callable[[], Pieces]
    """What it says; most strings of a program are never asked."""
    tag: str = ""
    nested: list[Written] = field(default_factory=list)


class Code(ABC):
    """A language of this family. Subclasses say how it is written."""

    name: ClassVar[str]
    suffixes: ClassVar[tuple[str, ...]]
    print_it: ClassVar[str]
    hints: tuple[str, ...] = ()
    token: ClassVar[re.Pattern[str]]
    """The beginning of a comment, of a string, or of whatever could be mistaken for one."""
    filling_in: ClassVar[frozenset[str]] = frozenset()
    """Functions and macros that fill a string in."""
    changing: ClassVar[frozenset[str]] = frozenset({"replace", "replaceAll", "replace_all", "concat"})
    """Methods after which a string is another one."""
    characters: ClassVar[Mapping[str, str]] = _CHARACTERS
    nested_comments: ClassVar[bool] = False

    @property
    def advice(self) -> str:
        return f"Let the program print the finished policy (`{self.print_it}`), and convert what it prints."

    def matches(self, path: str, text: str) -> bool:  # noqa: ARG002 - the name says it
        return path.lower().endswith(self.suffixes)

    def literals(self, text: str, folder: Folder) -> Iterator[Found]:  # noqa: ARG002 - it needs no other file
        yield from _Chains(self, text).found()

    @abstractmethod
    def string(self, text: str, opening: re.Match[str], before: str) -> Written | int:
        """The string that opens here, or where to go on if it is none."""

    # --------------------------------------------------------------------------------- for subclasses

    def decoded(self, text: str, start: int, end: int, pieces: Pieces) -> None:
        """Add a range with its escapes undone."""
        add_decoded(pieces, text, start, end, ESCAPE, self.unescaped)

    def unescaped(self, found: re.Match[str]) -> str:
        braces, high, low, *digits, octal, line_break, char = found.groups()
        if high is not None:
            return bytes.fromhex(high + low).decode("utf-16-be", "replace")
        written = next((one for one in (braces, *digits) if one is not None), None)
        if written is not None:
            return character(int(written.replace("_", "") or "0", 16))
        if octal is not None:
            return character(int(octal, 8))
        return "" if line_break is not None else self.characters.get(char, char)

    def on_one_line(self, text: str, begin: int, start: int, quote: str) -> Written | int:
        """A string that ends on its line; a quote that is not closed there is taken for something else."""
        end = closing(text, start, quote, over_lines=False)
        if end < 0:
            if GATEWAY in text[start : start + _NEAR].partition("\n")[0]:
                raise UnfinishedError(begin, "a quote that opens here is not closed on its line")
            return start
        return Written(begin, end + len(quote), partial(self.pieces, text, start, end))

    def pieces(self, text: str, start: int, end: int) -> Pieces:
        """A range with its escapes undone."""
        pieces = Pieces()
        self.decoded(text, start, end, pieces)
        return pieces


def closing(text: str, start: int, quote: str, *, over_lines: bool = True) -> int:
    """Where the closing quote stands, past escaped ones; -1 if there is none."""
    special = re.compile(rf"\\[\s\S]|{re.escape(quote)}" + ("" if over_lines else "|\n"))
    for found in special.finditer(text, start):
        if found.group() == quote:
            return found.start()
        if found.group() == "\n":
            break
    return -1


def as_it_stands(text: str, start: int, end: int) -> Pieces:
    """A range of a raw string."""
    pieces = Pieces()
    pieces.add(text[start:end], start, end)
    return pieces


def _line_end(text: str, at: int) -> int:
    end = text.find("\n", at)
    return len(text) if end < 0 else end


class _Chains:
    """The strings of one text, joined where ``+`` joins them."""

    def __init__(self, language: Code, text: str) -> None:
        self._language = language
        self._text = text
        self._fault: Fault | None = None

    def found(self) -> Iterator[Found]:
        chain: list[Written] = []
        joints: list[str] = []
        for one, between in self._strings():
            joint = _OPERAND.match(between) if chain and "+" in between and len(between) < _NEAR else None
            if joint is None:
                yield from self._joined(chain, joints)
                chain, joints = [], []
            else:
                joints.append(joint.group(1) or "")
            chain.append(one)
        yield from self._joined(chain, joints)
        if self._fault is not None:
            yield self._fault

    def _strings(self) -> Iterator[tuple[Written, str]]:
        """Each string, and the code since the one before without its comments."""
        text, language = self._text, self._language
        at, since, code = 0, 0, ""
        try:
            while (opening := language.token.search(text, at)) is not None:
                start = opening.start()
                code = (code + text[max(since, start - _NEAR) : start])[-_NEAR:]
                if opening.group().startswith(("//", "/*", "#!")):
                    at = since = self._comment(opening)
                    continue
                made = language.string(text, opening, code)
                if isinstance(made, int):
                    at, since = made, start
                    continue
                yield made, code
                yield from ((one, ";") for one in made.nested)
                at = since = made.end
                code = ""
        except UnfinishedError as error:
            self._fault = Fault(error.start, str(error))

    def _comment(self, opening: re.Match[str]) -> int:
        text, start = self._text, opening.start()
        if not opening.group().startswith("/*"):
            return _line_end(text, start)
        at, depth = start + 2, 1
        for found in re.compile(r"/\*|\*/").finditer(text, at):
            if found.group() == "*/":
                depth -= 1
            elif self._language.nested_comments:
                depth += 1
            if not depth:
                return found.end()
        raise UnfinishedError(start, "a comment that opens here is never closed")

    def _joined(self, chain: list[Written], joints: list[str]) -> Iterator[Found]:
        """What some strings are together."""
        text = self._text
        bare = "".join(text[one.start + 1 : one.end - 1] for one in chain)
        if GATEWAY not in bare:
            return
        start, end = chain[0].start, chain[-1].end
        if self._changed(start, end):
            yield Computed(start, end)
            return
        pieces: list[Piece] = []
        gaps: list[Gap] = []
        for at, one in enumerate(chain):
            if at and joints[at - 1]:
                between = Pieces()
                between.gap(joints[at - 1], chain[at - 1].end, one.start)
                pieces += between.done
                gaps += between.gaps
            read = one.read()
            pieces += read.done
            gaps += read.gaps
        literal = Literal(start, end, tuple(pieces), tuple(gaps))
        before = self._text[max(0, start - _BEFORE) : start]
        called = _CALLED_BEFORE.search(before)
        names = {chain[0].tag, called.group(1) if called is not None else ""}
        yield replace(dedented(literal), start=start) if names & _DEDENT else literal

    def _changed(self, start: int, end: int) -> bool:
        """Whether code makes something else of the string, in a way that is not followed here."""
        before = self._text[max(0, start - _BEFORE) : start]
        behind = self._text[end : end + _NEAR]
        if _MORE_BEFORE.search(before) or _MORE_BEHIND.match(behind):
            return True
        called, method = _CALLED_BEFORE.search(before), _CALLED_BEHIND.match(behind)
        if called is not None and called.group(1).rpartition(".")[2] in self._language.filling_in:
            written = self._text[start:end]
            return "{" in written or "%" in written
        return method is not None and method.group(1) in self._language.changing
