"""Lines of any text that may hold a credential, judged by their form alone.

For texts that no tree covers: programs, scripts, settings of any kind. Generous on purpose: a line that is
held back costs a look at the file, one that is shown by mistake a rotation.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from itertools import accumulate
from typing import Final

from migrator.policy.vocabulary import holds_credentials
from migrator.sources.credentials import Spot, by_form
from migrator.sources.prose import SURE

_CODE: Final = tuple(
    ".py .pyi .js .mjs .cjs .jsx .ts .mts .cts .tsx .go .rs .java .kt .kts .scala .rb .php .cs .swift .tf .hcl".split()  # noqa: SIM905 -- a list of words
)
"""Suffixes of texts in which a value without quotes is a name, not a value."""

_ASSIGNED: Final = re.compile(
    r"(?<![\w$])(?P<name>[A-Za-z_][\w.\-]{0,80})[\"'`\])]{0,3}[ \t]*(?::=|=>|[:=])[ \t]*[\[({&]{0,3}[ \t]*"
    r"(?P<value>[frbu]{0,2}(?P<quote>\\?[\"'`]).*|[^\s,;)\]}#].*)"
)
_HEADER: Final = re.compile(r"[\"'`](?P<name>[A-Za-z][\w-]{0,80}):[ \t]*(?P<value>[^\"'`\r\n]+)[\"'`]")
_SCHEME: Final = re.compile(r"(?i)\b(?:bearer|basic)[ \t]+(?P<value>[^\s\"'`]+)")
_RANDOM: Final = re.compile(
    r"(?<![\w+/=-])(?=(?:[^\s\d]*\d){3})(?=\S*[A-Za-z])[A-Za-z0-9+/=_-]{32,}(?![\w+/=-])"
)
_VALUE: Final = re.compile(r"[\"']?\bvalue[\"']?[ \t]*[:=][ \t]*(?P<value>\S.*)", re.IGNORECASE)
_NAMED: Final = re.compile(
    r"\b(?:name|key)[\"']?[ \t]*[:=][ \t]*[\"']?(?P<name>[\w.\-]{1,80})", re.IGNORECASE
)
_OPENS: Final = re.compile(
    r"(?P<indent>[ \t]*)(?:-[ \t]+)?[\"']?(?P<name>[A-Za-z_][\w.\-]{0,80})[\"']?[ \t]*[:=][ \t]*[|>\[{(]?[-+\d]*[ \t\r]*(?:#.*)?\n?\Z"
)
_LONE_RETURN: Final = re.compile(r"\r(?!\n)")
_ROW_END: Final = re.compile(r"\n|\r(?!\n)")
_OPTION: Final = re.compile(r"(?:[?&#]|--)[\w.\-]+=\Z")
_NEAR: Final = 100
_BESIDE: Final = 2
"""Lines above and below the name of a credential that may have its value."""
_SECRET_OBJECT: Final = re.compile(r"[\"']?kind[\"']?[ \t]*:[ \t]*[\"']?Secret\b")
_REFERENCE: Final = re.compile(
    r"\$\{\{[^}]*\}\}|\$\{[^}]*\}|\{\{[^}]*\}\}|\$\([^)]*\)|\$\w+|<[^>]*>|%\w|\{[^}\"']*\}|\b(?:bearer|basic|token)\b",
    re.IGNORECASE,
)
_WORD: Final = re.compile(r"[A-Za-z0-9]{3,}")
_LITERAL_NOTHING: Final = frozenset({"true", "false", "null", "none", "nil", "undefined", "string", "str"})
_QUOTED: Final = re.compile(r"(\\?[\"'`])(.*?)\1")


def suspect_lines(text: str, path: str) -> frozenset[int]:
    """The lines, counted from 0, that may hold a credential. A line feed ends one; ``path`` tells code by its suffix.

    Where a carriage return alone ends lines as well, each of these is judged by itself.
    """
    if _LONE_RETURN.search(text) is None:
        return _suspects(text, path)
    rows = accumulate((text[found.start()] == "\n" for found in _ROW_END.finditer(text)), initial=0)
    suspects = _suspects(_LONE_RETURN.sub("\n", text), path)
    return frozenset(line for row, line in enumerate(rows) if row in suspects)


def _suspects(text: str, path: str) -> frozenset[int]:
    lines = text.split("\n")
    starts = [0, *accumulate(len(line) + 1 for line in lines)]
    is_code = path.lower().endswith(_CODE)
    found: set[int] = set()
    for spot in by_form(text):
        if not (is_code and _is_name(text, spot)):
            last = max(spot.end - 1, spot.start)
            found.update(range(bisect_right(starts, spot.start) - 1, bisect_right(starts, last)))
    is_secret = _SECRET_OBJECT.search(text) is not None
    for number, line in enumerate(lines):
        if (is_secret and ":" in line) or _is_suspect(line, is_code=is_code):
            found.add(number)
    found.update(_below_names(lines))
    found.update(_beside_names(lines))
    return frozenset(found)


def _is_name(text: str, spot: Spot) -> bool:
    """Whether what a form takes for a setting is an argument of a program: a name, or a call."""
    before = text[max(spot.start - _NEAR, 0) : spot.start]
    return before.endswith("=") and spot.role not in SURE and _OPTION.search(before) is None


def _is_suspect(line: str, *, is_code: bool) -> bool:
    for match in _ASSIGNED.finditer(line):
        if holds_credentials(match.group("name")) and _says_something(match.group("value"), is_code=is_code):
            return True
    headers = (match for match in _HEADER.finditer(line) if holds_credentials(match.group("name")))
    if any(_is_literal(match.group("value")) for match in headers):
        return True
    if any(_is_literal(match.group("value")) for match in _SCHEME.finditer(line)):
        return True
    return _RANDOM.search(line) is not None


def _says_something(value: str, *, is_code: bool) -> bool:
    """Whether what is assigned is a value rather than a name for one."""
    if re.match(r"[frbu]{0,2}\\?[\"'`]", value):
        quoted = _QUOTED.search(value)
        return _is_literal(quoted.group(2) if quoted is not None else value)
    if not is_code:
        return _is_literal(value)
    return re.match(r"[\d+/-]", value) is not None


def _is_literal(value: str) -> bool:
    """Whether anything is left of a value without the references in it."""
    left = _REFERENCE.sub("", value).strip(" \t\r\"'`,;)]}")
    return _WORD.search(left) is not None and left.lower() not in _LITERAL_NOTHING


def _below_names(lines: list[str]) -> Iterator[int]:
    """Lines of the block or the list that a name of credentials opens."""
    indent = -1
    for number, line in enumerate(lines):
        own = len(line) - len(line.lstrip(" \t"))
        if indent >= 0 and line.strip():
            if own > indent or (own == indent and line.lstrip().startswith("- ")):
                if _is_literal(line):
                    yield number
                continue
            indent = -1
        opens = _OPENS.match(line)
        if opens is not None and holds_credentials(opens.group("name")):
            indent = len(opens.group("indent"))


def _beside_names(lines: list[str]) -> Iterator[int]:
    """Values beside the name of a credential, as lists of environment variables have them."""
    named = [
        number
        for number, line in enumerate(lines)
        if (match := _NAMED.search(line)) is not None and holds_credentials(match.group("name"))
    ]
    for number in named:
        for beside in _item(lines, number):
            value = _VALUE.search(lines[beside])
            if value is not None and _is_literal(value.group("value")):
                yield beside


def _item(lines: list[str], number: int) -> Iterator[int]:
    """A line and those around it, as far as they are of one item where a list of YAML has them."""
    yield number
    own = _dashed(lines[number])
    for below in range(number + 1, min(number + _BESIDE + 1, len(lines))):
        dash = _dashed(lines[below])
        if dash is not None and dash <= _indent(lines[number]):
            break
        yield below
    for above in range(number - 1, max(number - _BESIDE, 0) - 1, -1) if own is None else ():
        yield above
        dash = _dashed(lines[above])
        if dash is not None and dash < _indent(lines[number]):
            break


def _dashed(line: str) -> int | None:
    """How far the dash of an item is indented that begins on this line."""
    return _indent(line) if line.lstrip(" ").startswith("- ") else None


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))
