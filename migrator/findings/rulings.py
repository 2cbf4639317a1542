"""What people ruled about findings: codes with another severity, and findings waived until a day.

Both come from the decisions file or from a caller of the library, and are applied once, when a run is
merged. A finding that nobody ruled about carries nothing of this.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from fnmatch import fnmatchcase
from posixpath import splitext
from typing import Final

from msgspec import Struct, field

from migrator.errors import UsageError
from migrator.findings.base import DANGERS, REGISTER, Category, Finding, Severity, category_of
from migrator.findings.decisions import RECORDED
from migrator.findings.verify import NotCompared, ToldByNothing, WiderThanBefore
from migrator.spans import Location

ANY: Final = "*"
_LITERAL: Final = re.compile(r"[\[?]")
_SEEN: Final = "LNPS"
"""Letters, numbers, punctuation and symbols, by the first letter of a Unicode category."""
_BLANK: Final = "\u115f\u1160\u2800\u3164\uffa0"
"""Letters and symbols that show nothing: Hangul fillers, the empty Braille pattern."""


def matches(pattern: str, text: str) -> bool:
    """The pattern of an answer or a waiver: the text itself, or with a ``*`` in it whatever fits.

    Nothing else stands for anything: files are named ``[id].yaml``.
    """
    return pattern == text or (ANY in pattern and fnmatchcase(text, _LITERAL.sub(r"[\g<0>]", pattern)))


def says_something(text: str) -> bool:
    """Whether somebody who reads it sees anything: a reason of invisible characters is none."""
    if text.isascii():
        return any("!" <= char <= "~" for char in text)
    import unicodedata

    return any(unicodedata.category(char)[0] in _SEEN and char not in _BLANK for char in text)


class Waiver(Struct, frozen=True):
    """Findings that somebody takes as they are, up to and with a day. Raises UsageError for what none may be.

    ``unit``, ``file`` and ``pointer`` are patterns; a finding without one of them has an empty text there.
    """

    code: str
    reason: str
    until: date
    by: str | None = None
    unit: str = ANY
    file: str = ANY
    pointer: str = ANY
    at: Location | None = None
    """Where the decisions file says so."""

    def __post_init__(self) -> None:
        kind = _known(self.code, self.at)
        if not says_something(self.reason):
            raise UsageError(_said(self.at, f"the waiver of {self.code} has no reason"))
        if (remedy := UNWAIVABLE.get(self.code)) is not None:
            raise UsageError(_said(self.at, f"{self.code} cannot be waived"), remedy)
        if _unread(kind) and not _names_files(self.file):
            raise UsageError(
                _said(self.at, f"the waiver of {self.code} ({_unread(kind)}) names no file"),
                "Write `file: PATH`, or a pattern with a part of their names: it would waive files that nobody has "
                "looked at.",
            )

    @property
    def where(self) -> str:
        """The patterns that narrow it down, for people; empty where it is about everything of its code."""
        named = (("unit", self.unit), ("file", self.file), ("pointer", self.pointer))
        return ", ".join(f"{name} {pattern}" for name, pattern in named if pattern != ANY)

    def is_over(self, day: date) -> bool:
        return day > self.until

    def covers(self, found: Finding) -> bool:
        """Whether it is about a finding of its code."""
        return (
            matches(self.unit, found.unit or "")
            and matches(self.file, found.at.path if found.at else "")
            and matches(self.pointer, found.pointer)
        )


class Regrade(Struct, frozen=True):
    """Another severity for all findings of a code. Raises UsageError for what cannot be."""

    code: str
    level: Severity
    reason: str | None = None
    by: str | None = None
    at: Location | None = None

    def __post_init__(self) -> None:
        kind = _known(self.code, self.at)
        if self.level.rank >= kind.level.rank:
            return
        if (remedy := _UNLOWERED.get(self.code)) is not None:
            raise UsageError(_said(self.at, f"{self.code} cannot be less than {kind.level}"), remedy)
        hides = str(kind.effect) if kind.effect in DANGERS else _unread(kind)
        if hides and not says_something(self.reason or ""):
            raise UsageError(
                _said(
                    self.at,
                    f"{self.code} ({hides}) is not made less than {kind.level} without a reason",
                ),
                f"Write `{self.code}: {{level: {self.level}, reason: WHY, by: WHO}}`.",
            )


class Rulings(Struct, frozen=True):
    """All that was ruled. ``regrades`` are by code."""

    waivers: tuple[Waiver, ...] = ()
    regrades: Mapping[str, Regrade] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.waivers or self.regrades)


class Ruling(Struct, frozen=True):
    """What was ruled about one finding."""

    level: Severity | None = None
    waiver: Waiver | None = None


_MISTAKE: Final = "It says that migrator is mistaken: report it to the authors of migrator."
_UNKNOWN: Final = "Nobody knows whether the unit differs: convert the file again, by itself."
_WIDER: Final = (
    'Accept it below `decisions:`: `"accepted-wider:UNIT": {choose: accept, reason: WHY, by: WHO}`.'
)
_RECORDED: Final = "It is about this file: correct or delete the entry; `severity:` can make it a note."
_UNLOWERED: Final = {
    ToldByNothing.code: _MISTAKE,
    NotCompared.code: _UNKNOWN,
    WiderThanBefore.code: _WIDER,
}
UNWAIVABLE: Final = {**_UNLOWERED, **{kind.code: _RECORDED for kind in RECORDED}}


def _unread(kind: type[Finding]) -> str:
    """What a finding says of a file that could not be read, and may hold anything."""
    return "not read" if category_of(kind.code) is Category.READ and kind.level is Severity.ERROR else ""


def _names_files(pattern: str) -> bool:
    """Whether a pattern has more of a path than its suffix: ``*.yaml`` is about every file there will be."""
    return ANY not in pattern or any(map(str.isalnum, splitext(pattern)[0]))


def _known(code: str, at: Location | None) -> type[Finding]:
    kind = REGISTER.get(code)
    if kind is None:
        raise UsageError(
            _said(at, f"there is no finding {code}"), "`migrator explain --all` lists the codes."
        )
    return kind


def _said(at: Location | None, text: str) -> str:
    return text if at is None else f"{at.path}:{at.span.line}: {text}"
