"""How much of CEL is evaluated here: the macros, and what is refused by its name.

The standard macros and functions are all there is in Traffic Policy. Messages, times and the
libraries that implementations of the language add are refused, each under its own name.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum, auto
from typing import Final, NamedTuple

from migrator.cel.errors import CelEvaluationError, CelLimitError
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
from migrator.cel.functions import FUNCTIONS, METHODS
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
    """``range.name(variable, …)``: ``condition`` selects elements, ``result`` is made of each."""

    fold: Fold
    range: Node
    variable: Node
    condition: Node | None
    result: Node | None


_QUANTIFIERS: Final[Mapping[str, Fold]] = {
    "all": Fold.ALL,
    "exists": Fold.EXISTS,
    "exists_one": Fold.EXISTS_ONE,
    "existsOne": Fold.EXISTS_ONE,
}
_HAS: Final = "has"

MACROS: Final = frozenset((*_QUANTIFIERS, "filter", "map"))
"""The names of the macros that are called on something."""

_LIBRARIES: Final[Mapping[str, str]] = {
    "timestamps and durations": """timestamp duration getDate getDayOfMonth getDayOfWeek getDayOfYear
        getFullYear getHours getMilliseconds getMinutes getMonth getSeconds""",
    "optional values": "of none ofNonZeroValue hasValue value or orValue optMap optFlatMap unwrap unwrapOpt",
    "macros with two variables": "transformList transformMap transformMapEntry",
    "the library of bindings": "bind block index iterVar accuVar",
    "the library for base64": "encode decode",
    "the library for lists": "distinct flatten range reverse slice sort sortBy first last",
    "the library for mathematics": """greatest least ceil floor round trunc abs sign isNaN isInf isFinite
        bitOr bitAnd bitXor bitNot bitShiftLeft bitShiftRight sqrt""",
    "the library for networks": """ip cidr isIP isCIDR ipFromString family isUnspecified isLoopback
        isGlobalUnicast isLinkLocalMulticast isLinkLocalUnicast isCanonical containsIP containsCIDR
        masked prefixLength""",
    "the library for protocol buffers": "getExt hasExt",
    "the library for regular expressions": "extract extractAll",
    "the library for sets": "equivalent intersects",
    "the library for strings": """charAt indexOf lastIndexOf join lowerAscii upperAscii quote replace split
        substring trim format""",
}

FOREIGN: Final[Mapping[str, str]] = {
    name: library for library, names in _LIBRARIES.items() for name in names.split()
}
"""Functions and macros of CEL that are not evaluated here, and to what they belong."""


def is_has(node: Call) -> bool:
    """Whether a call is ``has(…)``. ``check`` has seen to it that a field selection is in it."""
    return node.function == _HAS and node.target is None and len(node.args) == 1


def macro(node: Call) -> Macro | None:
    """The macro that a call is, if it is one. ``check`` has seen to it that the variable is a name."""
    if node.target is None:
        return None
    match node.function, node.args:
        case "all" | "exists" | "exists_one" | "existsOne" as name, (variable, condition):
            return Macro(_QUANTIFIERS[name], node.target, variable, condition, None)
        case "filter", (variable, condition):
            return Macro(Fold.COLLECT, node.target, variable, condition, variable)
        case "map", (variable, result):
            return Macro(Fold.COLLECT, node.target, variable, None, result)
        case "map", (variable, condition, result):
            return Macro(Fold.COLLECT, node.target, variable, condition, result)
        case _:
            return None


def absent(node: Call) -> str:
    """Why there is no such function or method."""
    name = node.function
    if name in FOREIGN:
        return f"`{name}` belongs to {_not_here(FOREIGN[name])}"
    if name in _QUANTIFIERS and node.target is not None and len(node.args) == 3:  # noqa: PLR2004 two and one
        return f"`{name}` with three arguments belongs to {_not_here('macros with two variables')}"
    if name in MACROS or name == _HAS:
        return f"the macro `{name}` is not written like this"
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
            return f"`{part.name}{{…}}` belongs to {_not_here('messages')}"
        case Select(optional=True) | Index(optional=True) | MapEntry(optional=True):
            return f"the question mark belongs to {_not_here('optional values')}"
        case ListLit() if part.optional:
            return f"the question mark belongs to {_not_here('optional values')}"
        case Call() if is_has(part) and not isinstance(part.args[0], Select):
            return "`has` takes the selection of a field, as in has(a.b)"
        case Call():
            found = macro(part)
            if found is not None and not (isinstance(found.variable, Ident) and not found.variable.rooted):
                return f"the first argument of `{part.function}` is the name of a variable"
        case Literal():
            return _literal_refusal(part)
    return None


def _literal_refusal(node: Literal) -> str | None:
    value = node.value
    try:
        adopt(UInt(value) if node.kind == "uint" and isinstance(value, int) else value)
    except OperationError as error:
        return error.reason
    return None


def _not_here(library: str) -> str:
    return f"{library}, which is no part of Traffic Policy's CEL here"
