"""What an expression may come to while something is unknown: the values of partial evaluation.

::

    a Value, a Record, a Listing   known; a listing knows which of its items are certainly in it
    Open                           one of some values, or no value; or nothing is known of it
    Failed                         certainly no value

Everything here is finite data: what stays open says which facts it waits for, and what is left of
its expression once all that could be decided was decided.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Final, TypeAlias

from msgspec import Struct
from msgspec.structs import replace

if TYPE_CHECKING:
    from migrator.cel.nodes import Node
    from migrator.cel.values import Value


class Record(Struct, frozen=True, eq=False):
    """Something with named facts: a model, a provider, an author, a key. Equal to itself alone.

    ``facts`` holds what is known, by field; a dotted name (``pricing.input``) is a fact inside a field
    of which the rest is unknown. ``aliases`` are further names of it, ``provider`` the record of a
    model's provider.
    """

    kind: str
    facts: Mapping[str, object]
    aliases: frozenset[str] = frozenset()
    provider: Record | None = None


class Condition(Struct, frozen=True):
    """What has to hold of ``variable`` for an item to stay: ``filter(variable, left)``; or a whole call."""

    left: Node
    variable: str | None = None


class Item(Struct, frozen=True):
    """An element of a listing. One that is not ``certain`` is in it only if all ``conditions`` hold."""

    value: Known | Open
    certain: bool = True
    conditions: tuple[Condition, ...] = ()
    needs: frozenset[str] = frozenset()


class Order(Struct, frozen=True):
    """How a listing is ordered. ``by`` is None for the gateway's own order, which nobody documents.

    ``known``: the items stand in the order they really have. ``needs`` are the facts it depends on.
    """

    by: Node | None = None
    known: bool = False
    needs: frozenset[str] = frozenset()


OWN_ORDER: Final = Order()


class Listing(Struct, frozen=True):
    """A list of which some elements may be missing."""

    items: tuple[Item, ...]
    order: Order = OWN_ORDER


Known: TypeAlias = "Value | Record | Listing"


class Open(Struct, frozen=True):
    """Not decided. ``values`` are all it can be; None: anything. ``fails``: perhaps it has no value.

    ``left`` is the expression that is left; ``needs`` the facts it waits for. ``record`` and
    ``path`` say of which field of which record it is the value, if it is one.
    """

    left: Node
    needs: frozenset[str]
    values: tuple[Known, ...] | None = None
    fails: bool = True
    record: Record | None = None
    path: str = ""


class Failed(Struct, frozen=True):
    """Certainly no value. ``reason`` quotes nothing of the expression; the place is ``start`` and ``end``."""

    reason: str
    start: int = -1
    end: int = -1


Possible: TypeAlias = "Known | Open | Failed"

TRUTHS: Final = (False, True)

_NOTHING: Final[frozenset[str]] = frozenset()


def distinct(values: Iterable[Known]) -> tuple[Known, ...]:
    """The values without repetitions, in their order. Lists and maps are told apart by identity."""
    from migrator.cel.values import TypeName

    found: dict[object, Known] = {}
    for value in values:
        key: object = id(value)
        if isinstance(value, float):
            key = (float, repr(value))  # 0.0 equals -0.0, but a division tells them apart
        elif value is None or isinstance(value, bool | int | str | bytes | TypeName):
            key = (type(value), value)
        found.setdefault(key, value)
    return tuple(found.values())


def outcomes(possible: Possible) -> tuple[tuple[Known, ...] | None, bool]:
    """(all known values it can have, whether it can fail); None for the values: anything."""
    if isinstance(possible, Failed):
        return (), True
    if isinstance(possible, Open):
        return possible.values, possible.fails
    return (possible,), False


def needs(*possible: Possible) -> frozenset[str]:
    """The facts that any of them waits for."""
    found = [one.needs for one in possible if isinstance(one, Open)]
    return frozenset[str]().union(*found) if found else _NOTHING


def join(left: Node, parts: Sequence[Possible], waits: frozenset[str], *, fails: bool = False) -> Possible:
    """What is one of several, nobody knows which. ``fails``: or it has no value."""
    values: list[Known] = []
    failed: Failed | None = None
    anything = False
    for part in parts:
        if isinstance(part, Failed):
            failed = failed or part
        elif isinstance(part, Open):
            fails = fails or part.fails
            anything = anything or part.values is None
            values += part.values or ()
        else:
            values.append(part)
    fails = fails or failed is not None
    waits |= needs(*parts)
    if anything:
        return Open(left, waits, fails=fails)
    if failed is not None and not values:
        return failed
    return decided(left, distinct(values), waits, fails=fails)


def decided(
    left: Node, values: tuple[Known, ...], waits: frozenset[str], *, fails: bool, reason: str = ""
) -> Possible:
    """The possible that these outcomes are: known if there is one, failed if there is none."""
    if not values:
        return Failed(reason or "nothing it could be has a value", left.start, left.end)
    if len(values) == 1 and not fails:
        return values[0]
    return Open(left, waits, values, fails)


def perhaps(item: Item, condition: Condition, waits: frozenset[str]) -> Item:
    """The item, if a further condition holds."""
    conditions = (*item.conditions, condition)
    return Item(item.value, certain=False, conditions=conditions, needs=item.needs | waits)


def settled(possible: Known | Open) -> Known | Open:
    """What it is, once it is certain that it has a value."""
    if not isinstance(possible, Open) or not possible.fails:
        return possible
    if possible.values is not None and len(possible.values) == 1:
        return possible.values[0]
    return replace(possible, fails=False)
