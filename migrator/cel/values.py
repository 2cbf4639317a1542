"""The values of CEL: how Python has them, how they come in and go out, what makes two of them equal.

======== ==========================  ========  ==========================
CEL      Python                      CEL       Python
======== ==========================  ========  ==========================
int      ``int``, 64 bits            string    ``str``, no surrogates
uint     ``UInt``, 64 bits           bytes     ``bytes``
double   ``float``                   list      ``list``, never changed
bool     ``bool``                    map       ``Map``
null     ``None``                    type      ``TypeName``
======== ==========================  ========  ==========================

A value has exactly one of these Python types, no subclass of it: ``type(value)`` tells a bool from
an int and an int from a uint. ``adopt`` makes a value of what Python code has, ``plain`` the reverse.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from types import NoneType
from typing import Final, TypeAlias

from msgspec import Struct

from migrator.patterns import pattern


class UInt(int):
    """An unsigned integer of CEL. Its arithmetic is Python's: it gives an ``int``."""

    __slots__ = ()


class TypeName(Struct, frozen=True):
    """A type as a value."""

    name: str


Value: TypeAlias = "bool | int | float | str | bytes | list[Value] | Map | TypeName | None"
"""A value of CEL; a ``UInt`` is among the ints."""

Plain: TypeAlias = "bool | int | float | str | bytes | list[Plain] | dict[Plain, Plain] | None"
"""A value as Python code expects it: a uint as an int, a map as a dict, a type as its name."""

Spend: TypeAlias = Callable[[int], None]
"""Called with an amount of work before it is done; raises ``ExhaustedError`` if that is too much.
One unit is about what it takes to evaluate a node; reading a text of 16 characters costs one too."""

TEXT_SHIFT: Final = 4
"""The binary logarithm of how many characters of a text cost one unit."""

INT_LIMIT: Final = 2**63
UINT_LIMIT: Final = 2**64

MAX_VALUE_DEPTH: Final = 100
"""How deep lists and maps may be nested in each other where they come in."""

_SURROGATE = pattern("[\ud800-\udfff]")


class OperationError(Exception):
    """An operation has no result for its operands. ``reason`` says why; the place is not known here."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class ExhaustedError(OperationError):
    """An operation would take too much work, or its result too much memory."""


_Key: TypeAlias = str | int | float | tuple[bool]


class Map:
    """A map of CEL, in the order of its entries.

    A key is a string, an int, a uint or a bool. Numbers are one key if they are equal, whatever
    their types; to Python ``True`` and ``1`` are too, so a bool is kept in a tuple.
    """

    __slots__ = ("_entries",)

    def __init__(self, entries: Iterable[tuple[Value, Value]] = ()) -> None:
        self._entries: dict[_Key, Value] = {}
        for key, value in entries:
            kept = _kept(key)
            if kept is None or isinstance(key, float):
                raise OperationError(f"{type_phrase(key)} is no key of a map")
            if kept in self._entries:
                raise OperationError("a map has the same key twice")
            self._entries[kept] = value

    def __len__(self) -> int:
        return len(self._entries)

    def __iter__(self) -> Iterator[Value]:
        return (key[0] if isinstance(key, tuple) else key for key in self._entries)

    def __contains__(self, key: Value) -> bool:
        kept = _kept(key)
        return kept is not None and kept in self._entries

    def __getitem__(self, key: Value) -> Value:
        kept = _kept(key)
        if kept is None:
            raise KeyError
        return self._entries[kept]

    def items(self) -> Iterator[tuple[Value, Value]]:
        return zip(self, self._entries.values(), strict=True)

    def __repr__(self) -> str:
        return f"Map({list(self.items())!r})"


def _kept(key: Value) -> _Key | None:
    if isinstance(key, bool):
        return (key,)
    return key if isinstance(key, str | int | float) else None


TYPES: Final[Mapping[type, TypeName]] = {
    kind: TypeName(name)
    for kind, name in {
        NoneType: "null_type",
        bool: "bool",
        int: "int",
        UInt: "uint",
        float: "double",
        str: "string",
        bytes: "bytes",
        list: "list",
        Map: "map",
        TypeName: "type",
    }.items()
}
"""Each Python type of a value, and the type in CEL."""

TYPES_BY_NAME: Final[Mapping[str, TypeName]] = {named.name: named for named in TYPES.values()}
"""The types an expression can name."""

NUMBERS: Final = (int, UInt, float)


def type_phrase(value: Value) -> str:
    """The value's type in a sentence."""
    name = TYPES[type(value)].name
    if value is None:
        return "null"
    return f"an {name}" if name == "int" else "bytes" if name == "bytes" else f"a {name}"


def adopt(spend: Spend, given: object, depth: int = MAX_VALUE_DEPTH) -> Value:
    """What Python code has, as a value. ``OperationError`` if it is none.

    Any mapping is a map, a tuple is a list; a ``UInt`` is a uint and every other integer an int.
    """
    spend(1)
    match given:
        case None | bool() | Map() | TypeName():
            return given
        case bytes():
            return bytes(given)
        case str():
            if not given.isascii() and _SURROGATE.search(given):
                raise OperationError("a text with half of a surrogate pair")
            return str(given)
        case UInt():
            return uint(given)
        case int():
            return integer(int(given))
        case float():
            return float(given)
        case list() | tuple() | Mapping() if not depth:
            raise OperationError(f"more than {MAX_VALUE_DEPTH} levels of lists and maps")
        case list() | tuple():
            items = []
            for item in given:
                items.append(adopt(spend, item, depth - 1))  # noqa: PERF401 -- a comprehension takes a call more per level
            return items
        case Mapping():
            entries = []
            for key, value in given.items():
                entries.append((adopt(spend, key, depth - 1), adopt(spend, value, depth - 1)))
            return Map(entries)
        case _:
            raise OperationError(f"Python's {type(given).__name__} is no type of CEL")


def plain(spend: Spend, value: Value) -> Plain:
    """A value as Python code expects it."""
    spend(1)
    match value:
        case UInt():
            return int(value)
        case TypeName(name):
            return name
        case list():
            return [plain(spend, item) for item in value]
        case Map():
            result = {plain(spend, key): plain(spend, item) for key, item in value.items()}
            if len(result) != len(value):
                raise OperationError("a map with a bool and its number as keys, which are one key to Python")
            return result
        case _:
            return value


def integer(number: int) -> int:
    """``number``, if an int can hold it."""
    if -INT_LIMIT <= number < INT_LIMIT:
        return number
    raise OperationError("a number beyond the range of int")


def uint(number: int) -> UInt:
    """``number`` as a uint, if that can hold it."""
    if 0 <= number < UINT_LIMIT:
        return UInt(number)
    raise OperationError("a number beyond the range of uint")


def equal(spend: Spend, one: Value, other: Value) -> bool:
    """Whether two values are equal. Those of different types are not, unless they are numbers."""
    pending = [(one, other)]
    while pending:
        left, right = pending.pop()
        if type(left) is not type(right):
            # Python compares numbers of different types by value, without rounding them.
            if not (type(left) in NUMBERS and type(right) in NUMBERS and left == right):
                return False
        elif isinstance(left, list) and isinstance(right, list):
            if len(left) != len(right):
                return False
            spend(len(left))
            pending.extend(zip(left, right, strict=True))
        elif isinstance(left, Map) and isinstance(right, Map):
            if len(left) != len(right):
                return False
            spend(len(left))
            for key, value in left.items():
                if key not in right:
                    return False
                pending.append((value, right[key]))
        else:
            if isinstance(left, str | bytes):
                spend(len(left) >> TEXT_SHIFT)
            if left != right:
                return False
    return True
