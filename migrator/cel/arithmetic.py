"""Arithmetic as CEL has it: 64 bits that do not wrap around, division toward zero, IEEE doubles.

Each function is one overload: it takes operands of its types and nothing else, after what counts
the work (see ``values.Spend``), and raises ``OperationError`` where CEL has no result.
"""

from __future__ import annotations

from collections.abc import Callable
from math import copysign, inf, isnan, nan
from typing import Any, Final, TypeVar

from migrator.cel.values import (
    TEXT_SHIFT,
    ExhaustedError,
    OperationError,
    Spend,
    UInt,
    Value,
    integer,
    uint,
)

MAX_SIZE: Final = 1_000_000
"""How long a text or list may become by concatenation."""

_Sequence = TypeVar("_Sequence", str, bytes, "list[Value]")


def add_ints(_: Spend, one: int, other: int) -> int:
    return integer(one + other)


def subtract_ints(_: Spend, one: int, other: int) -> int:
    return integer(one - other)


def multiply_ints(_: Spend, one: int, other: int) -> int:
    return integer(one * other)


def divide_ints(_: Spend, one: int, other: int) -> int:
    return integer(_quotient(one, other))


def remainder_of_ints(_: Spend, one: int, other: int) -> int:
    """The sign is that of ``one``. Where the quotient overflows, so does the remainder."""
    return one - other * integer(_quotient(one, other))


def negate_int(_: Spend, number: int) -> int:
    return integer(-number)


def add_uints(_: Spend, one: UInt, other: UInt) -> UInt:
    return uint(one + other)


def subtract_uints(_: Spend, one: UInt, other: UInt) -> UInt:
    return uint(one - other)


def multiply_uints(_: Spend, one: UInt, other: UInt) -> UInt:
    return uint(one * other)


def divide_uints(_: Spend, one: UInt, other: UInt) -> UInt:
    return uint(_quotient(one, other))


def remainder_of_uints(_: Spend, one: UInt, other: UInt) -> UInt:
    return uint(one - other * _quotient(one, other))


def _quotient(one: int, other: int) -> int:
    if not other:
        raise OperationError("a division by zero")
    quotient = abs(one) // abs(other)
    return quotient if (one < 0) == (other < 0) else -quotient


def add_doubles(_: Spend, one: float, other: float) -> float:
    return one + other


def subtract_doubles(_: Spend, one: float, other: float) -> float:
    return one - other


def multiply_doubles(_: Spend, one: float, other: float) -> float:
    return one * other


def divide_doubles(_: Spend, one: float, other: float) -> float:
    if other:
        return one / other
    if not one or isnan(one):
        return nan
    return copysign(inf, one) * copysign(1.0, other)


def negate_double(_: Spend, number: float) -> float:
    return -number


def concatenate(spend: Spend, one: _Sequence, other: _Sequence) -> _Sequence:
    size = len(one) + len(other)
    if size > MAX_SIZE:
        raise ExhaustedError(f"a text or list of more than {MAX_SIZE} elements")
    spend(size >> TEXT_SHIFT)
    return one + other


def ordered(comparison: Callable[[Any, Any], bool]) -> Callable[[Spend, Value, Value], bool]:
    """An ordering of two values that Python orders alike: by number, code point, octet; false < true.

    Nothing is smaller or greater than a double that is no number, nor equal to it.
    """

    def compare(spend: Spend, one: Value, other: Value) -> bool:
        if isinstance(one, str | bytes):
            spend(len(one) >> TEXT_SHIFT)
        return comparison(one, other)

    return compare
