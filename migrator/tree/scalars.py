"""What a plain scalar is, as ngrok's reader (Go, ``yaml.v3``) and the YAML 1.2 core schema see it.

====================  ====================================================================
``true false``        bool, also ``True TRUE False FALSE``; ``yes no on off y n`` are text
``null ~`` and empty  null, also ``Null NULL``
``12 -3 +4``          int, of any size (Go reads more than 64 bits as a float)
``0x1f 0o17 0b11``    int; ``0777`` is octal 511 in Go, and so it is here
``0899``              no octal, so Go falls through to a float, and so do we
``1.5 .5 1e3 .inf``   float, also ``.Inf .INF`` with sign and ``.nan .NaN .NAN``
``1e999``             text: no finite float, and Go refuses it as one
``1_000``             text: Go drops the underscores, the core schema has none
``1:30 2023-10-01``   text: no base 60, no dates
====================  ====================================================================
"""

from __future__ import annotations

import math
import re
from typing import Final, Literal, TypeAlias

Kind: TypeAlias = Literal["str", "int", "float", "bool", "null"]
ScalarValue: TypeAlias = str | int | float | bool | None

NUMBER_LIMIT: Final = 100
"""A number with more characters is refused; ``int()`` takes quadratic time."""

NOT_TEXT: Final = frozenset("0123456789+-.~nNtTfF")
"""The first characters of everything plain that is not text."""

_WORDS: Final[dict[str, Kind]] = {
    **dict.fromkeys(("true", "True", "TRUE", "false", "False", "FALSE"), "bool"),
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), "null"),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), "float"),
    **{sign + word: "float" for sign in ("", "+", "-") for word in (".inf", ".Inf", ".INF")},
}

_INT = re.compile(r"[-+]?(?:0[xX][0-9a-fA-F]+|0[oO]?[0-7]+|0[bB][01]+|0|[1-9][0-9]*)")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")


def kind_of(text: str) -> Kind:
    """The kind of a plain scalar without a tag."""
    if text and text[0] not in NOT_TEXT:
        return "str"
    word = _WORDS.get(text)
    if word is not None:
        return word
    if _INT.fullmatch(text):
        return "int"
    if _FLOAT.fullmatch(text) and math.isfinite(float(text)):
        return "float"
    return "str"


def tagged_kind(tag: str, text: str) -> Kind | None:
    """The kind of a scalar with the core tag ``!!<tag>``; ``None`` when it is no such value."""
    kind = kind_of(text)
    match tag:
        case "str":
            return "str"
        case "float" if kind in ("int", "float"):
            return "float"
        case "int" | "bool" | "null" if kind == tag:
            return kind
    return None


def value_of(text: str, kind: Kind) -> ScalarValue:
    """The value of a scalar of this kind. Raises ``ValueError`` when the text is no such value."""
    match kind:
        case "str":
            return text
        case "null":
            return None
        case "bool":
            return text[0] in "tT"
        case "int":
            return _int(text)
        case "float":
            if _INT.fullmatch(text):
                return float(_int(text))
            return float(text.replace(".", "")) if text[-1].isalpha() else float(text)


def _int(text: str) -> int:
    digits = text.lstrip("+-")
    if digits[0] == "0" and digits.isdecimal():
        return int(text, 8)
    return int(text, 0)
