"""Python: strings of any form, joined by standing side by side or by ``+``, and ``textwrap.dedent`` around them."""

from __future__ import annotations

import ast
import re
import unicodedata
import warnings
from collections.abc import Iterator

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
    placeholder,
)
from migrator.tree.text import line_starts

_PREFIX = re.compile(r"([A-Za-z]{0,2})(\"\"\"|'''|\"|')")
_BETWEEN = re.compile(r"(?:\s|\\\r?\n|#[^\n]*)*")
_ESCAPE = re.compile(
    r"\\(?:([0-7]{1,3})|x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|N\{([^}\n]{1,100})\}|(\r?\n)|([\s\S]))"
)
_CHARACTERS = {
    "n": "\n",
    "t": "\t",
    "r": "\r",
    "a": "\a",
    "b": "\b",
    "f": "\f",
    "v": "\v",
    "\\": "\\",
    "'": "'",
    '"': '"',
}
_FORMAT = frozenset({"format", "format_map"})
_DEPTH = 200


class Python:
    """``.py`` files."""

    name = "python"
    advice = "Let the program print the finished policy (`print(policy)`), and convert what it prints."
    hints = ()

    def matches(self, path: str, text: str) -> bool:
        return path.lower().endswith((".py", ".pyi")) or re.match(r"#!.{0,80}\bpython", text) is not None

    def literals(self, text: str, folder: Folder) -> Iterator[Found]:  # noqa: ARG002 - it needs no other file
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                tree = ast.parse(text)
        except SyntaxError as error:
            starts = line_starts(text)
            line = min(max(error.lineno or 1, 1), len(starts))
            yield Fault(starts[line - 1] + max((error.offset or 1) - 1, 0), "the syntax is wrong here")
            return
        except (ValueError, RecursionError, MemoryError):
            yield Fault(0, "its expressions stand too deep inside each other")
            return
        yield from sorted(_Module(text).found(tree), key=lambda one: one.start)


class _Module:
    """A module's text, and the way from the places of its tree to offsets."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._starts = line_starts(text)

    def found(self, tree: ast.Module) -> Iterator[Found]:
        todo: list[ast.AST] = [tree]
        while todo:
            node = todo.pop()
            made = self._documentation(node) or self._string(node)
            if made is None:
                todo.extend(ast.iter_child_nodes(node))
                continue
            yield made

    def _documentation(self, node: ast.AST) -> Found | None:
        """A string that is a statement, unless the program may read it after all."""
        match node:
            case ast.Expr(value=ast.Constant(value=str()) as value) if "__doc__" not in self._text:
                made = self._string(value)
                return replace(made, unused=True) if isinstance(made, Literal) else made
        return None

    def _string(self, node: ast.AST) -> Found | None:
        """What a node says if it is a string, whatever it is joined of."""
        match node:
            case ast.Call(func=ast.Name(id="dedent") | ast.Attribute(attr="dedent"), args=[inner]):
                made = self._string(inner)
                return dedented(made) if isinstance(made, Literal) else made
            case ast.Call(func=ast.Attribute(value=inner, attr=name)) if name in (
                "strip",
                "lstrip",
                "rstrip",
            ):
                return self._string(inner) if not (node.args or node.keywords) else None
            case ast.Call(func=ast.Attribute(value=inner, attr=name)) if name in _FORMAT:
                return self._formatted(node, inner)
            case ast.BinOp(left=inner, op=ast.Mod()):
                return self._formatted(node, inner)
            case ast.BinOp(op=ast.Add()):
                return self._sum(node)
            case ast.Constant(value=str()) | ast.JoinedStr():
                pieces = Pieces()
                start, end = self._range(node)
                self._written(start, end, pieces)
                return Literal(start, end, tuple(pieces.done), tuple(pieces.gaps))
        return None

    def _formatted(self, node: ast.expr, inner: ast.expr) -> Found | None:
        """A string that code fills in by position or name: what becomes of its braces is not known."""
        made = self._string(inner)
        if isinstance(made, Literal) and GATEWAY in made.text:
            return Computed(*self._range(node))
        return None

    def _sum(self, node: ast.BinOp) -> Found | None:
        parts: list[ast.expr] = []
        left: ast.expr = node
        while isinstance(left, ast.BinOp) and isinstance(left.op, ast.Add):
            parts.append(left.right)
            left = left.left
        parts.append(left)
        parts.reverse()
        made = [self._string(part) for part in parts]
        known = "".join(one.text for one in made if isinstance(one, Literal))
        if GATEWAY not in known and not any(isinstance(one, Computed) for one in made):
            return None
        pieces: list[Piece] = []
        gaps: list[Gap] = []
        for part, one in zip(parts, made, strict=True):
            if isinstance(one, Computed):
                return Computed(*self._range(node))
            if isinstance(one, Literal):
                pieces += one.pieces
                gaps += one.gaps
            else:
                start, end = self._range(part)
                pieces.append(Piece(placeholder(self._text[start:end]), start, end))
                gaps.append(Gap(start, end))
        return Literal(*self._range(node), tuple(pieces), tuple(gaps))

    def _range(self, node: ast.AST) -> tuple[int, int]:
        line, column = getattr(node, "lineno", 1), getattr(node, "col_offset", 0)
        end_line, end_column = getattr(node, "end_lineno", 1), getattr(node, "end_col_offset", 0)
        return self._offset(line, column), self._offset(end_line, end_column)

    def _offset(self, line: int, column: int) -> int:
        """The tree counts columns in bytes."""
        start = self._starts[line - 1]
        row = self._text[start : start + column]
        return start + (column if row.isascii() else len(row.encode()[:column].decode("utf-8", "ignore")))

    def _written(self, start: int, end: int, pieces: Pieces) -> None:
        """One string or several side by side."""
        text, at = self._text, start
        while at < end:
            between = _BETWEEN.match(text, at, end)
            at = between.end() if between is not None else at
            opening = _PREFIX.match(text, at, end)
            if opening is None:
                return
            kind, quote = opening.group(1).lower(), opening.group(2)
            at = self._one(opening.end(), end, kind, quote, pieces)

    def _one(self, start: int, end: int, kind: str, quote: str, pieces: Pieces) -> int:
        """The body of one string, and where it is closed."""
        text, at = self._text, start
        special = re.compile(rf"\\[\s\S]|{quote}" + (r"|\{\{|\}\}|\{" if "f" in kind else ""))
        begin = at
        while (found := special.search(text, at, end)) is not None:
            written = found.group()
            if written == quote:
                self._decoded(begin, found.start(), kind, pieces)
                return found.end()
            at = found.end()
            if written in ("{{", "}}"):
                self._decoded(begin, found.start(), kind, pieces)
                pieces.add(written[0], found.start(), at)
                begin = at
            elif written == "{":
                self._decoded(begin, found.start(), kind, pieces)
                at = _closing(text, at, end)
                pieces.gap(_expression(text[found.end() : at - 1]), found.start(), at)
                begin = at
        return end

    def _decoded(self, start: int, end: int, kind: str, pieces: Pieces) -> None:
        if "r" in kind:
            pieces.add(self._text[start:end], start, end)
        else:
            add_decoded(pieces, self._text, start, end, _ESCAPE, _unescaped)


def _closing(text: str, at: int, end: int) -> int:
    """Behind the brace that closes the expression which begins at ``at``."""
    depth, quote = 1, ""
    while at < end:
        char = text[at]
        at += 1
        if quote:
            quote = "" if char == quote else quote
        elif char in "'\"":
            quote = char
        elif char in "{[(":
            depth += 1
        elif char in "}])":
            depth -= 1
            if not depth:
                return at
    return end


def _expression(written: str) -> str:
    """What is filled in, without its conversion and its format."""
    return re.split(r"![rsa]\b|:", written, maxsplit=1)[0].strip().removesuffix("=")


def _unescaped(found: re.Match[str]) -> str:
    octal, *hexadecimal, name, line_break, char = found.groups()
    digits = next((one for one in hexadecimal if one is not None), None)
    if octal is not None:
        return character(int(octal, 8))
    if digits is not None:
        return character(int(digits, 16))
    if name is not None:
        try:
            return unicodedata.lookup(name)
        except KeyError:
            return "\ufffd"
    return "" if line_break is not None else _CHARACTERS.get(char, "\\" + char)
