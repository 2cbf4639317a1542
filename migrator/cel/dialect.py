"""How much of CEL is evaluated here: the macros, and what is refused by its name.

All of the standard, but for messages and times: these and the extensions that implementations of
the language add are refused, each under its own name. What Traffic Policy itself adds to CEL needs
its surroundings and is not known here.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum, auto
from typing import Final, NamedTuple

from migrator.cel.errors import CelEvaluationError, CelLimitError
from migrator.cel.functions import FUNCTIONS, METHODS
from migrator.cel.nodes import (
    Call,
    Ident,
    Index,
    ListLit,
    Literal,
    MapEntry,
    MessageLit,
    Node,
    Part,
    Select,
    children,
)
from migrator.cel.values import OperationError, UInt, adopt

MAX_DEPTH: Final = 150
"""How deep nodes may be nested: as deep as the parser reads them."""


class Fold(Enum):
    """What a macro makes of the elements of a list, or of the keys of a map."""

    ALL = auto()
    EXISTS = auto()
    EXISTS_ONE = auto()
    COLLECT = auto()


class Macro(NamedTuple):
    """``range.name(variable, …)``: ``result`` is evaluated for each element that ``condition`` selects."""

    fold: Fold
    range: Node
    variable: Ident
    condition: Node | None
    result: Node


_QUANTIFIERS: Final[Mapping[str, Fold]] = {
    "all": Fold.ALL,
    "exists": Fold.EXISTS,
    "exists_one": Fold.EXISTS_ONE,
    "existsOne": Fold.EXISTS_ONE,
}
_TWO_VARIABLES: Final = 3
"""How many arguments a quantifier with two variables takes."""

MACROS: Final = frozenset((*_QUANTIFIERS, "filter", "map"))
"""The names of the macros that are called on something."""

_LIBRARIES: Final[Mapping[str, str]] = {
    "timestamps and durations": """timestamp duration getDate getDayOfMonth getDayOfWeek getDayOfYear
        getFullYear getHours getMilliseconds getMinutes getMonth getSeconds""",
    "optional values": "of none ofNonZeroValue hasValue value or orValue optMap optFlatMap unwrap unwrapOpt",
    "macros with two variables": "transformList transformMap transformMapEntry",
    "the bindings extension": "bind block index iterVar accuVar",
    "the encoders extension": "encode decode",
    "the lists extension": "distinct flatten range reverse slice sort first last",
    "the mathematics extension": """greatest least ceil floor round trunc abs sign isNaN isInf isFinite
        bitOr bitAnd bitXor bitNot bitShiftLeft bitShiftRight sqrt""",
    "the networks extension": """ip cidr isIP isCIDR ipFromString family isUnspecified isLoopback
        isGlobalUnicast isLinkLocalMulticast isLinkLocalUnicast isCanonical containsIP containsCIDR
        masked prefixLength""",
    "protocol buffers": "getExt hasExt",
    "the regular expressions extension": "extract extractAll",
    "the sets extension": "equivalent intersects",
    "the strings extension": """charAt indexOf lastIndexOf join lowerAscii upperAscii quote replace split
        substring trim format""",
}

FOREIGN: Final[Mapping[str, str]] = {
    name: library for library, names in _LIBRARIES.items() for name in names.split()
}
"""Functions and macros of CEL that are not evaluated here, and to what they belong."""


def presence(node: Call) -> Select | None:
    """The selection whose field is looked for, if a call is ``has(a.b)``."""
    match node:
        case Call(function="has", target=None, args=(Select() as selection,)):
            return selection
        case _:
            return None


def macro(node: Call) -> Macro | None:
    """The macro that a call is, if it is one other than ``has``."""
    if node.target is None:
        return None
    match node.function, node.args:
        case name, (Ident(rooted=False) as variable, condition) if name in _QUANTIFIERS:
            return Macro(_QUANTIFIERS[name], node.target, variable, None, condition)
        case "filter", (Ident(rooted=False) as variable, condition):
            return Macro(Fold.COLLECT, node.target, variable, condition, variable)
        case "map", (Ident(rooted=False) as variable, result):
            return Macro(Fold.COLLECT, node.target, variable, None, result)
        case "map", (Ident(rooted=False) as variable, condition, result):
            return Macro(Fold.COLLECT, node.target, variable, condition, result)
        case _:
            return None


def absent(node: Call) -> str:
    """Why there is no function or method that can be called like this."""
    name = node.function
    if name in FOREIGN:
        return _not_here(f"`{name}`", FOREIGN[name])
    if name in METHODS:
        return f"`{name}` is a method: it is called on a value"
    if name in FUNCTIONS:
        return f"`{name}` is a function: it is not called on a value"
    return f"there is no {'function' if node.target is None else 'method'} `{name}`"


def check(node: Node) -> None:
    """Refuse what has no meaning here, wherever in the expression it stands and whatever its value.

    Raises ``CelEvaluationError`` at the first such part: a message, optional syntax, a macro that
    is not written as one. A function is refused when it is called.
    """
    level: list[Part] = [node]
    for _ in range(MAX_DEPTH):
        for part in level:
            reason = _refusal(part)
            if reason is not None:
                raise CelEvaluationError(reason, part.start, part.end)
        level = [child for part in level for child in children(part)]
        if not level:
            return
    raise CelLimitError(f"more than {MAX_DEPTH} levels of nesting", level[0].start, level[0].end)


def _refusal(part: Part) -> str | None:
    match part:
        case MessageLit():
            return _not_here(f"`{part.name}{{…}}`", "a message")
        case Select(optional=True) | Index(optional=True) | MapEntry(optional=True):
            return _not_here("`?`", "optional values")
        case ListLit() if part.optional:
            return _not_here("`?`", "optional values")
        case Call(function="has", target=None) if presence(part) is None:
            return "`has` takes the selection of a field, as in has(a.b)"
        case Call() if part.target is not None and part.function in MACROS and macro(part) is None:
            if part.function in _QUANTIFIERS and len(part.args) == _TWO_VARIABLES:
                return _not_here(f"`{part.function}` with three arguments", "macros with two variables")
            return f"`{part.function}` takes the name of a variable, then an expression in which it stands"
        case Literal():
            return _literal_refusal(part)
    return None


def _literal_refusal(node: Literal) -> str | None:
    """Why a literal that was not read from a text has no value."""
    value = node.value
    try:
        adopt(_free, UInt(value) if node.kind == "uint" and isinstance(value, int) else value)
    except OperationError as error:
        return error.reason
    return None


def _free(_: int) -> None:
    """What a literal costs is for its evaluation to count."""


def _not_here(thing: str, library: str) -> str:
    return f"{thing} ({library}) is not part of Traffic Policy's CEL here"
