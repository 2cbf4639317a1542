"""Credentials: the one type that holds one, and the masking that keeps every other string free of them.

A credential is found once, when a file is read (``sources.credentials``). From then on the
text of the file and the values of its tree carry *mask characters* in its place: one code point
of Unicode plane 16 for each code point of the credential, the same one for the same credential
of that file. So positions stay true, two uses of one credential are still recognisable as one,
and no later stage can print what it does not have. ``visible`` turns masks into asterisks and
is applied by everything that renders.
"""

from __future__ import annotations

import re
from typing import NoReturn

_FIRST = 0x100000
MASK_LIMIT = 0xFFFE
"""How many different credentials one file may hold (the private-use code points of plane 16)."""

_RUN = re.compile("([\U00100000-\U0010fffd])\\1*")
_ANY = re.compile("[\U00100000-\U0010fffd]+")

SHOWN = "***"
"""What people see where a credential stood."""


class Secret:
    """A credential's value while it must be in memory.

    It has no useful ``repr``, cannot be formatted, pickled, copied into JSON or compared in
    a message; ``reveal`` is the only way to the value, so every use can be found by that name.
    """

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The credential itself. Never put it into an output, an exception or a log."""
        return self._value

    def __repr__(self) -> str:
        return "Secret(***)"

    def __str__(self) -> NoReturn:
        raise TypeError("a Secret is not text; reveal() it where it is used")

    def __format__(self, spec: str) -> NoReturn:
        raise TypeError("a Secret cannot be formatted")

    def __reduce__(self) -> NoReturn:
        raise TypeError("a Secret cannot be pickled")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._value == self._value

    def __hash__(self) -> int:
        return hash(self._value)

    def __len__(self) -> int:
        return len(self._value)


def mask(ordinal: int, length: int) -> str:
    """``length`` mask characters for the ``ordinal``-th (from 0) credential of a file."""
    if not 0 <= ordinal < MASK_LIMIT:
        raise ValueError("more credentials than mask characters")
    return chr(_FIRST + ordinal) * length


def is_mask(char: str) -> bool:
    """Whether this one code point is a mask character."""
    return _FIRST <= ord(char) < _FIRST + MASK_LIMIT


def has_mask(text: str) -> bool:
    """Whether a credential stood anywhere in ``text``."""
    return not text.isascii() and _ANY.search(text) is not None


def masked_length(text: str) -> int:
    """How many code points of ``text`` stand for those of a credential."""
    return 0 if text.isascii() else sum(len(run) for run in _ANY.findall(text))


def mask_ordinals(text: str) -> tuple[int, ...]:
    """The ordinals of the credentials that stood in ``text``, in order of appearance."""
    if text.isascii():
        return ()
    return tuple(ord(match.group(1)) - _FIRST for match in _RUN.finditer(text))


def visible(text: str) -> str:
    """``text`` as people may see it: each masked credential as ``***``, whatever its length."""
    return text if text.isascii() else _ANY.sub(SHOWN, text)


def is_ascii(data: object) -> bool:
    """Whether all text of some data is ASCII, so that none of it is masked. False for data that is no plain JSON."""
    from msgspec.json import encode

    try:
        return encode(data).isascii()
    except (TypeError, ValueError, OverflowError):
        return False
