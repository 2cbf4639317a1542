"""lark's parser of the grammar: its tables ship with the program, for making them takes a quarter of a second.

``grammars/cel.tables`` begins with a line that says what it was made of: the grammar, and the version of
lark, whose own format the rest is. Where that is not what is at hand, the parser is made from the grammar.
``make grammar`` writes the file; a test compares.
"""

from __future__ import annotations

import hashlib
import io
from typing import Any, Final

import lark
from lark import Lark

from migrator.resources import path_of, read_text

_OPTIONS: Final[dict[str, Any]] = {
    "parser": "lalr",
    "lexer": "basic",
    "start": "expr",
    "keep_all_tokens": True,
    "maybe_placeholders": False,
}


def parser(**using: object) -> Lark:
    """The parser; ``using`` are a transformer and what else lark takes no tables for."""
    text = read_text("grammars", "cel.lark")
    known, _, tables = _stored().partition(b"\n")
    if known == _made_of(text):
        return Lark.__new__(Lark)._load(io.BytesIO(tables), **using)  # noqa: SLF001 -- Lark.load takes no transformer
    return made(**using)


def made(**using: object) -> Lark:
    """The parser, from the grammar."""
    return Lark(read_text("grammars", "cel.lark"), **_OPTIONS, **using)


def is_stored() -> bool:
    """Whether the tables are those of this grammar and this lark."""
    return _stored().partition(b"\n")[0] == _made_of(read_text("grammars", "cel.lark"))


def store() -> None:
    """Write the tables."""
    tables = io.BytesIO()
    made().save(tables)
    content = _made_of(read_text("grammars", "cel.lark")) + b"\n" + tables.getvalue()
    path_of("grammars", "cel.tables").write_bytes(content)


def _stored() -> bytes:
    path = path_of("grammars", "cel.tables")
    return path.read_bytes() if path.is_file() else b""


def _made_of(text: str) -> bytes:
    return f"lark {lark.__version__} {hashlib.sha256(text.encode()).hexdigest()}".encode()
