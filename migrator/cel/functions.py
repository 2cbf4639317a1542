"""What the operators, functions and methods of CEL do: each name's overloads.

An overload is found by the types of its operands (see ``migrator.cel.values``), a method's first
operand being what it is called on. It is called with what counts the work, then with the operands;
it raises ``OperationError`` where it has no result. ``&&``, ``||``, ``?:`` and the macros are not
here: they decide themselves which of their operands they evaluate.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from itertools import product
from typing import Final, TypeAlias

from migrator.cel import arithmetic, conversions
from migrator.cel.regex import matches
from migrator.cel.values import (
    NUMBERS,
    TEXT_SHIFT,
    TYPES,
    Map,
    OperationError,
    Spend,
    TypeName,
    UInt,
    Value,
    equal,
    type_phrase,
)

Overloads: TypeAlias = Mapping[tuple[type, ...], Callable[..., Value]]
"""The functions of one name, by the types of their operands."""

INDEX: Final = "[]"
"""The operator of ``a[b]``."""


def apply(spend: Spend, name: str, overloads: Overloads, operands: Sequence[Value]) -> Value:
    """The result of the overload for these operands."""
    function = overloads.get(tuple([type(operand) for operand in operands]))
    if function is None:
        types = " and ".join(type_phrase(operand) for operand in operands)
        raise OperationError(f"`{name}` is not defined for {types or 'nothing'}")
    return function(spend, *operands)


# Functions too small for a module of their own.


def _unequal(spend: Spend, one: Value, other: Value) -> bool:
    return not equal(spend, one, other)


def _in_list(spend: Spend, item: Value, container: list[Value]) -> bool:
    spend(len(container))
    return any(equal(spend, item, element) for element in container)


def _in_map(_: Spend, key: Value, container: Map) -> bool:
    return key in container


def _of_list(_: Spend, container: list[Value], index: float) -> Value:
    if not (0 <= index < len(container) and index == int(index)):
        raise OperationError("the list has no element with that index")
    return container[int(index)]


def _of_map(_: Spend, container: Map, key: Value) -> Value:
    if key not in container:
        raise OperationError("the map has no such key")
    return container[key]


def _not(_: Spend, truth: bool) -> bool:  # noqa: FBT001 -- the operand of an overload
    return not truth


def _size(_: Spend, value: str | bytes | list[Value] | Map) -> int:
    return len(value)


def _contains(spend: Spend, text: str, part: str) -> bool:
    spend(len(text) >> TEXT_SHIFT)
    return part in text


def _starts_with(spend: Spend, text: str, part: str) -> bool:
    spend(len(part) >> TEXT_SHIFT)
    return text.startswith(part)


def _ends_with(spend: Spend, text: str, part: str) -> bool:
    spend(len(part) >> TEXT_SHIFT)
    return text.endswith(part)


def _itself(_: Spend, value: Value) -> Value:
    return value


def _type(_: Spend, value: Value) -> TypeName:
    return TYPES[type(value)]


# The tables.

_ORDERED: Final = [*product(NUMBERS, NUMBERS), (bool, bool), (str, str), (bytes, bytes)]

OPERATORS: Final[Mapping[str, Overloads]] = {
    "+": {
        (int, int): arithmetic.add_ints,
        (UInt, UInt): arithmetic.add_uints,
        (float, float): arithmetic.add_doubles,
        (str, str): arithmetic.concatenate,
        (bytes, bytes): arithmetic.concatenate,
        (list, list): arithmetic.concatenate,
    },
    "-": {
        (int, int): arithmetic.subtract_ints,
        (UInt, UInt): arithmetic.subtract_uints,
        (float, float): arithmetic.subtract_doubles,
        (int,): arithmetic.negate_int,
        (float,): arithmetic.negate_double,
    },
    "*": {
        (int, int): arithmetic.multiply_ints,
        (UInt, UInt): arithmetic.multiply_uints,
        (float, float): arithmetic.multiply_doubles,
    },
    "/": {
        (int, int): arithmetic.divide_ints,
        (UInt, UInt): arithmetic.divide_uints,
        (float, float): arithmetic.divide_doubles,
    },
    "%": {
        (int, int): arithmetic.remainder_of_ints,
        (UInt, UInt): arithmetic.remainder_of_uints,
    },
    "<": dict.fromkeys(_ORDERED, arithmetic.ordered(operator.lt)),
    "<=": dict.fromkeys(_ORDERED, arithmetic.ordered(operator.le)),
    ">": dict.fromkeys(_ORDERED, arithmetic.ordered(operator.gt)),
    ">=": dict.fromkeys(_ORDERED, arithmetic.ordered(operator.ge)),
    "==": dict.fromkeys(product(TYPES, TYPES), equal),
    "!=": dict.fromkeys(product(TYPES, TYPES), _unequal),
    "in": dict.fromkeys(product(TYPES, (list,)), _in_list) | dict.fromkeys(product(TYPES, (Map,)), _in_map),
    "!": {(bool,): _not},
    INDEX: dict.fromkeys(product((list,), NUMBERS), _of_list)
    | dict.fromkeys(product((Map,), TYPES), _of_map),
}

_SIZE: Final[Overloads] = dict.fromkeys(((str,), (bytes,), (list,), (Map,)), _size)
_MATCHES: Final[Overloads] = {(str, str): matches}

FUNCTIONS: Final[Mapping[str, Overloads]] = {
    "size": _SIZE,
    "matches": _MATCHES,
    "type": dict.fromkeys(product(TYPES), _type),
    "dyn": dict.fromkeys(product(TYPES), _itself),
    "bool": {(bool,): _itself, (str,): conversions.bool_of_string},
    "bytes": {(bytes,): _itself, (str,): conversions.bytes_of_string},
    "double": {
        (float,): _itself,
        (int,): conversions.double_of_int,
        (UInt,): conversions.double_of_int,
        (str,): conversions.double_of_string,
    },
    "int": {
        (int,): _itself,
        (UInt,): conversions.int_of_uint,
        (float,): conversions.int_of_double,
        (str,): conversions.int_of_string,
    },
    "string": {
        (str,): _itself,
        (bool,): conversions.string_of_bool,
        (int,): conversions.string_of_int,
        (UInt,): conversions.string_of_int,
        (float,): conversions.string_of_double,
        (bytes,): conversions.string_of_bytes,
    },
    "uint": {
        (UInt,): _itself,
        (int,): conversions.uint_of_int,
        (float,): conversions.uint_of_double,
        (str,): conversions.uint_of_string,
    },
}

METHODS: Final[Mapping[str, Overloads]] = {
    "size": _SIZE,
    "matches": _MATCHES,
    "contains": {(str, str): _contains},
    "startsWith": {(str, str): _starts_with},
    "endsWith": {(str, str): _ends_with},
}
