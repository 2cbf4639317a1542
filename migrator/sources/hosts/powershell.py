"""PowerShell in workflows: its strings and here-strings, and calls that name policy files."""

from __future__ import annotations

import re
from collections.abc import Iterator

from migrator.sources.credentials import by_form
from migrator.sources.hosts.literal import Attached, Computed, Found, Literal, Pieces, PolicyFileNamed

_STRINGS = re.compile(
    r"<\#(?s:.*?)\#> | (?<![^\s;({])\#[^\n]*"
    r"| @'[ \t]*\r?\n(?P<plain>(?s:.*?))\r?\n'@ | @\"[ \t]*\r?\n(?P<filled>(?s:.*?))\r?\n\"@"
    r"| '(?P<single>(?:[^']|'')*)' | \"(?P<double>(?:[^\"`]|`(?s:.)|\"\")*)\"",
    re.VERBOSE,
)
_DOUBLED = {"single": re.compile(r"''"), "double": re.compile(r'""')}
_ACTIONS = re.compile(r"\$\{\{(?P<expression>[^}\n]*)\}\}")
"""What a workflow fills in before the shell sees it."""
_EXPANDED = re.compile(
    r"\$\{\{(?P<expression>[^}\n]*)\}\}|`(?P<escaped>(?s:.))|\"(?P<quote>\")"
    r"|\$(?:(?P<name>(?:\w+:)?\w+)|\{(?P<braced>[^}\n]*)\}|\((?P<computed>[^()\n]*(?:\([^()\n]*\)[^()\n]*)*)\))"
)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "0": "\0", "\n": ""}
_FILE = re.compile(r"--(?:traffic-)?policy-file[ =]+(?P<quote>['\"]?)(?P<path>[^\s'\"]+)(?P=quote)")
_URL = re.compile(r"--url[ =]+['\"]?(?P<url>[\w.:/*-]+)")


def found_in_powershell(text: str) -> list[Found]:
    """What a script holds, in order."""
    return sorted((*_strings(text), *_files(text)), key=lambda one: one.start)


def _strings(text: str) -> Iterator[Found]:
    for found in _STRINGS.finditer(text):
        kind = found.lastgroup
        if kind is None:
            continue
        pieces = Pieces()
        if kind in ("plain", "single"):
            _add(pieces, text, found.span(kind), _DOUBLED.get(kind))
        else:
            _expand(pieces, text, found.span(kind), is_here=kind == "filled")
        yield Literal(found.start(), found.end(), tuple(pieces.done), tuple(pieces.gaps))


def _add(pieces: Pieces, text: str, body: tuple[int, int], doubled: re.Pattern[str] | None) -> None:
    at, end = body
    for found in _ACTIONS.finditer(text, at, end):
        _add_plain(pieces, text, (at, found.start()), doubled)
        pieces.gap(found.group("expression"), *found.span())
        at = found.end()
    _add_plain(pieces, text, (at, end), doubled)


def _add_plain(pieces: Pieces, text: str, body: tuple[int, int], doubled: re.Pattern[str] | None) -> None:
    at, end = body
    for found in doubled.finditer(text, at, end) if doubled is not None else ():
        pieces.add(text[at : found.start()], at, found.start())
        pieces.add(found.group()[:1], *found.span())
        at = found.end()
    pieces.add(text[at:end], at, end)


def _expand(pieces: Pieces, text: str, body: tuple[int, int], *, is_here: bool) -> None:
    """A string in which variables and commands are filled in; in a here-string a quote is one."""
    at, end = body
    for found in _EXPANDED.finditer(text, at, end):
        kind = str(found.lastgroup)
        if kind == "quote" and is_here:
            continue
        pieces.add(text[at : found.start()], at, found.start())
        said = found.group(kind)
        if kind == "escaped":
            pieces.add(_ESCAPES.get(said, said), *found.span())
        elif kind == "quote":
            pieces.add(said, *found.span())
        else:
            pieces.gap(said.rpartition(":")[2] if kind in ("name", "braced") else said, *found.span())
        at = found.end()
    pieces.add(text[at:end], at, end)


def _files(text: str) -> Iterator[Found]:
    """Policy files that are named, but for those that the script itself seems to write."""
    for found in _FILE.finditer(text):
        start, end = found.span("path")
        path = found.group("path")
        if "$" in path or any(by_form(path)):
            yield Computed(start, end)
        elif path not in text[:start]:
            line = text[text.rfind("\n", 0, start) + 1 : (text.find("\n", end) + 1 or len(text))]
            url = _URL.search(line)
            yield PolicyFileNamed(start, end, path, Attached("agent", {"url": url["url"]} if url else {}))
