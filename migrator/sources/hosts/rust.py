"""Rust: raw strings with any number of ``#``, and ordinary ones, which may go over several lines."""

from __future__ import annotations

import re
from functools import partial

from migrator.sources.hosts.code import ESCAPE, Code, UnfinishedError, Written, as_it_stands, closing
from migrator.sources.hosts.literal import Pieces, add_decoded

_CHARACTER = re.compile(r"'(?:[^'\\\n]|\\.[^'\n]{0,10})'")
_CONTINUED = re.compile(rf"\\\r?\n\s*|(?:{ESCAPE.pattern})", re.VERBOSE)


class Rust(Code):
    """``.rs`` files."""

    name = "rust"
    suffixes = (".rs",)
    print_it = 'println!("{policy}")'
    token = re.compile(r"//|/\*|\b(?:b|c)?r#*\"|[\"']")
    filling_in = frozenset(
        {"format!", "print!", "println!", "write!", "writeln!", "formatcp!", "format_args!"}
    )
    nested_comments = True
    changing = frozenset({"replace", "replacen", "concat"})

    def string(self, text: str, opening: re.Match[str], before: str) -> Written | int:  # noqa: ARG002 - quotes suffice
        start, body = opening.span()
        match opening.group():
            case "'":
                one = _CHARACTER.match(text, start)
                return one.end() if one is not None else body
            case '"':
                end = closing(text, body, '"')
                if end < 0:
                    raise UnfinishedError(start, "a string that opens here is never closed")
                return Written(start, end + 1, partial(self.pieces, text, body, end))
            case raw:
                close = '"' + "#" * raw.count("#")
                end = text.find(close, body)
                if end < 0:
                    raise UnfinishedError(start, "a raw string that opens here is never closed")
                return Written(start, end + len(close), partial(as_it_stands, text, body, end))

    def decoded(self, text: str, start: int, end: int, pieces: Pieces) -> None:
        add_decoded(pieces, text, start, end, _CONTINUED, self._piece)

    def _piece(self, found: re.Match[str]) -> str:
        """A line that ends with a backslash goes on at the next line's text."""
        return "" if found.group()[1:2] in "\r\n" else self.unescaped(found)
