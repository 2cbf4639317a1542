r"""Literals as text: their values when an expression is read, their spelling when it is written.

The escapes, after the language definition ("String and Bytes Values")::

    ESCAPE ::= \ [abfnrtv\?"'`]
             | \ [xX] HEXDIGIT HEXDIGIT             in bytes: an octet
             | \ u HEXDIGIT⁴  |  \ U HEXDIGIT⁸      not in bytes; no surrogate
             | \ [0-3] [0-7] [0-7]                  in bytes: an octet
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from math import isfinite

from migrator.cel.errors import CelSyntaxError
from migrator.patterns import pattern
from migrator.secrets import is_mask

_INT_LIMIT = 2**63
_UINT_LIMIT = 2**64
_LONGEST_INTEGER = 20
"""How many digits the largest uint has in decimal; more are not worth converting."""

_ESCAPE = pattern(
    r"""\\(?:(?P<sign>[abfnrtv\\?"'`])"""
    r"|[xX](?P<hex>[0-9a-fA-F]{2})"
    r"|(?P<octal>[0-3][0-7]{2})"
    r"|u(?P<short>[0-9a-fA-F]{4})"
    r"|U(?P<long>[0-9a-fA-F]{8})"
    r"|)"
)
_SIGNS = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_WRITTEN = {"\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}

_ASCII = range(0x80)
_SURROGATES = range(0xD800, 0xE000)
_OCTET = 0xDC00
"""A byte of 128 or more as Python's ``surrogateescape`` spells it: this much higher. It keeps an
octet apart from the code point of the same number until the whole literal becomes bytes."""


def int_value(digits: str, start: int, *, negative: bool = False) -> int:
    """An INT_LIT's value. ``start`` is its place in the text, for the error when it is too large."""
    value = _integer(digits)
    if value > (_INT_LIMIT if negative else _INT_LIMIT - 1):
        raise CelSyntaxError("an integer beyond 64 bits", start)
    return -value if negative else value


def uint_value(text: str, start: int) -> int:
    """A UINT_LIT's value."""
    value = _integer(text[:-1])
    if value >= _UINT_LIMIT:
        raise CelSyntaxError("an unsigned integer beyond 64 bits", start)
    return value


def _integer(digits: str) -> int:
    if digits.startswith("0x"):
        return int(digits, 16)
    significant = digits.lstrip("0")
    return int(significant or "0") if len(significant) <= _LONGEST_INTEGER else _UINT_LIMIT


def double_value(text: str, start: int) -> float:
    """A FLOAT_LIT's value."""
    value = float(text)
    if not isfinite(value):
        raise CelSyntaxError("a number beyond the range of a double", start)
    return value


def string_value(text: str, start: int) -> str:
    """A STRING_LIT's value, escapes resolved."""
    return _content(text, start, is_bytes=False)


def bytes_value(text: str, start: int) -> bytes:
    """A BYTES_LIT's value, escapes resolved."""
    return _content(text, start, is_bytes=True).encode("utf-8", "surrogateescape")


def _content(text: str, start: int, *, is_bytes: bool) -> str:
    quoted = text.lstrip("rRbB")
    prefix = text[: len(text) - len(quoted)]
    width = 3 if quoted.startswith(('"""', "'''")) else 1
    content = quoted[width:-width]
    if "\\" not in content or "r" in prefix.lower():
        return content

    def resolve(escape: re.Match[str]) -> str:
        offset = start + len(prefix) + width + escape.start()
        match escape.lastgroup:
            case "sign":
                return _SIGNS.get(escape["sign"], escape["sign"])
            case "hex":
                number = int(escape["hex"], 16)
            case "octal":
                number = int(escape["octal"], 8)
            case "short" | "long" if not is_bytes:
                number = int(escape["short"] or escape["long"], 16)
                return _code_point(number, offset)
            case "short" | "long":
                raise CelSyntaxError("an escape for a code point in a bytes literal", offset)
            case _:
                raise CelSyntaxError("a backslash that begins no escape", offset)
        return chr(number) if number in _ASCII or not is_bytes else chr(_OCTET + number)

    return _ESCAPE.sub(resolve, content)


def _code_point(number: int, offset: int) -> str:
    if number in _SURROGATES or number > sys.maxunicode:
        raise CelSyntaxError("an escape for something that is no Unicode character", offset)
    return chr(number)


def string_text(value: str) -> str:
    """How a string is written. Mask characters stay themselves."""
    return _quoted(value, _string_escape)


def bytes_text(value: bytes) -> str:
    """How bytes are written: what is UTF-8 as its characters."""
    return "b" + _quoted(value.decode("utf-8", "surrogateescape"), _bytes_escape)


def double_text(value: float) -> str:
    """How a double is written. What has no literal (an infinity, not a number) is a conversion."""
    return repr(value) if isfinite(value) else f"double('{value}')"


def _quoted(text: str, escape: Callable[[str], str]) -> str:
    quote = '"' if "'" in text and '"' not in text else "'"

    def written(char: str) -> str:
        if char == quote:
            return "\\" + quote
        if char in _WRITTEN:
            return _WRITTEN[char]
        return char if char.isprintable() or is_mask(char) else escape(char)

    return f"{quote}{''.join(map(written, text))}{quote}"


def _string_escape(char: str) -> str:
    return f"\\u{ord(char):04x}" if char <= "\uffff" else f"\\U{ord(char):08x}"


def _bytes_escape(char: str) -> str:
    return "".join(f"\\x{octet:02x}" for octet in char.encode("utf-8", "surrogateescape"))
