"""JavaScript and TypeScript: quotes, and template literals with what is filled into them."""

from __future__ import annotations

import re

from migrator.sources.hosts.code import Code, UnfinishedError, Written
from migrator.sources.hosts.literal import Pieces

_TAG = re.compile(r"([\w$.]+)\s*\Z")
_REGEX_BEFORE = re.compile(
    r"(?:\A|[(,=:\[!&|?{};+\-*%<>~^]|\b(?:return|typeof|case|in|of|delete|void|throw|new|else|do|yield|await))\s*\Z"
)
_REGEX = re.compile(r"/(?:[^/\\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+/[a-z]*")
_WORDS = frozenset({"return", "typeof", "case", "in", "of", "await", "yield", "throw", "default", "else"})
_TEMPLATE = re.compile(r"\\[\s\S]|`|\$\{")
_HOLE = re.compile(r"[\"'`{}]|//[^\n]*|/\*")
_DEPTH = 30


class JavaScript(Code):
    """``.js`` and ``.ts`` in their variants."""

    name = "javascript"
    suffixes = (".js", ".mjs", ".cjs", ".jsx", ".ts", ".mts", ".cts", ".tsx")
    print_it = "console.log(policy)"
    token = re.compile(r"//|/\*|\A#!|[\"'`/]")
    filling_in = frozenset({"format", "sprintf"})
    characters = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "v": "\v"}  # noqa: RUF012 - a constant

    def string(self, text: str, opening: re.Match[str], before: str) -> Written | int:
        start = opening.start()
        match text[start]:
            case "/":
                found = _REGEX.match(text, start) if _REGEX_BEFORE.search(before[-40:]) else None
                return found.end() if found is not None else start + 1
            case "`":
                tag = _TAG.search(before[-60:])
                word = tag.group(1) if tag is not None and tag.group(1) not in _WORDS else ""
                made = self._template(text, start, word == "String.raw", 0)
                made.tag = word
                return made
            case quote:
                return self.on_one_line(text, start, start + 1, quote)

    def _template(self, text: str, begin: int, raw: bool, depth: int) -> Written:  # noqa: FBT001 - one of two forms
        if depth > _DEPTH:
            raise UnfinishedError(begin, "template literals stand too deep inside each other")
        pieces = Pieces()
        nested: list[Written] = []
        at = since = begin + 1
        while (found := _TEMPLATE.search(text, at)) is not None:
            at = found.end()
            if found.group()[0] == "\\":
                continue
            if raw:
                pieces.add(text[since : found.start()], since, found.start())
            else:
                self.decoded(text, since, found.start(), pieces)
            if found.group() == "`":
                return Written(begin, at, lambda: pieces, nested=nested)
            at = self._hole(text, at, nested, depth)
            pieces.gap(text[found.end() : at - 1], found.start(), at)
            since = at
        raise UnfinishedError(begin, "a template literal that opens here is never closed")

    def _hole(self, text: str, begin: int, nested: list[Written], depth: int) -> int:
        """Behind the brace that closes a hole; the strings in it are strings of their own."""
        at, opened = begin, 1
        while (found := _HOLE.search(text, at)) is not None:
            at = found.end()
            match found.group():
                case "{":
                    opened += 1
                case "}":
                    opened -= 1
                    if not opened:
                        return at
                case "`":
                    made = self._template(text, found.start(), raw=False, depth=depth + 1)
                    nested += [made, *made.nested]
                    at = made.end
                case "/*":
                    at = text.find("*/", at) + 2 if "*/" in text[at : at + 10_000] else at
                case '"' | "'" as quote:
                    one = self.on_one_line(text, found.start(), at, quote)
                    if isinstance(one, Written):
                        nested.append(one)
                        at = one.end
        raise UnfinishedError(begin, "what is filled into a template literal here does not end")
