"""Texts of several JSON documents without anything between them, as programs write one after the other.

Pages of a list that were appended to one file, JSON Lines: neither is YAML, so ``tree`` refuses
them. Each document is read by itself; its positions are those of the whole text.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import Final

from msgspec.structs import replace

from migrator.sources.positions import move, moved
from migrator.tree.build import Loaded
from migrator.tree.load import load
from migrator.tree.nodes import Document
from migrator.tree.problems import Problem
from migrator.tree.text import BOM, line_starts

_TOKEN: Final = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"|["\[\]{}]', re.DOTALL)
_BLANK: Final = re.compile(r"[ \t\r\n]*")
_MOST: Final = 50_000
"""Documents of one text: more than anybody has endpoints."""


def load_every(text: str) -> Loaded:
    """Every document of a text: a YAML stream, a JSON document, or several of these in a row."""
    loaded = load(text)
    text = text.lstrip(BOM)
    if not loaded.problems or loaded.documents or text.lstrip()[:1] not in ("{", "["):
        return loaded
    parts = _parts(text)
    return _joined(text, parts) if 1 < len(parts) <= _MOST else loaded


def _parts(text: str) -> list[tuple[int, int]]:
    """Where each document begins and ends, the last one even if it is not closed; none if there is more."""
    parts: list[tuple[int, int]] = []
    depth, begin, last = 0, 0, 0
    for token in _TOKEN.finditer(text):
        written = token.group()
        if depth == 0:
            if written not in ("{", "[") or _BLANK.fullmatch(text, last, token.start()) is None:
                return []
            begin = token.start()
        if written == '"':  # never closed: the rest belongs to this document
            break
        if written in ("{", "["):
            depth += 1
        elif written in ("}", "]"):
            depth -= 1
            last = token.end()
            if depth == 0:
                parts.append((begin, last))
    if depth:
        parts.append((begin, len(text)))
    elif _BLANK.fullmatch(text, last) is None:
        return []
    return parts


def _joined(text: str, parts: list[tuple[int, int]]) -> Loaded:
    documents: list[Document] = []
    problems: list[Problem] = []
    starts = line_starts(text)
    for index, (begin, end) in enumerate(parts):
        line = bisect_right(starts, begin) - 1
        column = begin - starts[line]
        loaded = load(text[begin:end])
        for problem in loaded.problems:
            other = None if problem.other is None else moved(problem.other, line, column)
            problems.append(replace(problem, span=moved(problem.span, line, column), other=other))
        for document in loaded.documents:
            if document.root is not None:
                move(document.root, line, column)
            documents.append(Document(document.root, index, moved(document.span, line, column)))
    return Loaded(tuple(documents), tuple(problems))
