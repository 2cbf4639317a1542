"""Conversions between the types of CEL, with the formats that Go's implementation has.

Each function is one overload, like those of ``migrator.cel.arithmetic``.
"""

from __future__ import annotations

import re
from math import copysign, isinf, isnan
from typing import Final

from migrator.cel.values import INT_LIMIT, TEXT_SHIFT, UINT_LIMIT, OperationError, Spend, UInt, integer, uint
from migrator.patterns import pattern

_TRUE: Final = frozenset(("1", "t", "T", "TRUE", "true", "True"))
_FALSE: Final = frozenset(("0", "f", "F", "FALSE", "false", "False"))

_INT = pattern(r"[+-]?[0-9]+")
_UINT = pattern(r"[0-9]+")
_DOUBLE = pattern(
    r"[+-]? (?: (?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+) (?:e[+-]?[0-9]+)? | (?P<infinite>inf(?:inity)?) ) | nan",
    re.VERBOSE | re.IGNORECASE | re.ASCII,
)

_MOST_DIGITS: Final = 20
"""The largest uint's."""

_FIXED: Final = range(-4, 6)
"""The decimal exponents of numbers that are written without an exponent."""


def int_of_uint(_: Spend, number: UInt) -> int:
    return integer(int(number))


def int_of_double(_: Spend, number: float) -> int:
    """The ends of the range are left out: whether a double is one of them depends on rounding."""
    if -INT_LIMIT < number < INT_LIMIT:
        return int(number)
    raise OperationError("a double beyond the range of int")


def int_of_string(spend: Spend, text: str) -> int:
    spend(len(text) >> TEXT_SHIFT)
    if not _INT.fullmatch(text):
        raise OperationError("a text that is no whole number")
    return integer(_number(text))


def uint_of_int(_: Spend, number: int) -> UInt:
    return uint(number)


def uint_of_double(_: Spend, number: float) -> UInt:
    if 0 <= number < UINT_LIMIT:
        return UInt(number)
    raise OperationError("a double beyond the range of uint")


def uint_of_string(spend: Spend, text: str) -> UInt:
    spend(len(text) >> TEXT_SHIFT)
    if not _UINT.fullmatch(text):
        raise OperationError("a text that is no whole number without a sign")
    return uint(_number(text))


def _number(text: str) -> int:
    digits = text.lstrip("+-").lstrip("0") or "0"
    number = int(digits) if len(digits) <= _MOST_DIGITS else UINT_LIMIT
    return -number if text.startswith("-") else number


def double_of_int(_: Spend, number: int) -> float:
    return float(number)


def double_of_string(spend: Spend, text: str) -> float:
    spend(len(text) >> TEXT_SHIFT)
    match = _DOUBLE.fullmatch(text)
    if not match:
        raise OperationError("a text that is no number")
    number = float(text)
    if isinf(number) and not match["infinite"]:
        raise OperationError("a number beyond the range of double")
    return number


def bool_of_string(_: Spend, text: str) -> bool:
    if text in _TRUE:
        return True
    if text in _FALSE:
        return False
    raise OperationError("a text that is neither true nor false")


def string_of_bool(_: Spend, truth: bool) -> str:  # noqa: FBT001 -- the operand of an overload
    return "true" if truth else "false"


def string_of_int(_: Spend, number: int) -> str:
    return str(int(number))


def string_of_double(_: Spend, number: float) -> str:
    """As Go's ``%g`` writes it: the shortest digits that read back as the same number."""
    if isnan(number):
        return "NaN"
    if isinf(number):
        return "+Inf" if number > 0 else "-Inf"
    sign = "-" if copysign(1.0, number) < 0 else ""
    if not number:
        return f"{sign}0"
    mantissa, __, shift = repr(abs(number)).partition("e")
    whole, __, fraction = mantissa.partition(".")
    point = len(whole) + int(shift or 0)
    digits = (whole + fraction).lstrip("0")
    point -= len(whole + fraction) - len(digits)
    digits = digits.rstrip("0")
    exponent = point - 1
    if exponent not in _FIXED:
        decimals = f".{digits[1:]}" if len(digits) > 1 else ""
        return f"{sign}{digits[0]}{decimals}e{exponent:+03}"
    if point <= 0:
        return f"{sign}0.{'0' * -point}{digits}"
    whole, fraction = digits[:point].ljust(point, "0"), digits[point:]
    return f"{sign}{whole}.{fraction}" if fraction else f"{sign}{whole}"


def string_of_bytes(spend: Spend, octets: bytes) -> str:
    spend(len(octets) >> TEXT_SHIFT)
    try:
        return octets.decode("utf-8")
    except UnicodeDecodeError:
        raise OperationError("bytes that are no UTF-8") from None


def bytes_of_string(spend: Spend, text: str) -> bytes:
    spend(len(text) >> TEXT_SHIFT)
    return text.encode("utf-8")
