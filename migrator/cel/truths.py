"""Conditions that may be true, false or without a value, and what the logic of CEL makes of several."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from migrator.cel.dialect import Fold
from migrator.cel.nodes import Binary, Call, Literal, Node
from migrator.cel.possible import TRUTHS, Open, Possible, decided, outcomes
from migrator.cel.residual import with_sides

_NOTHING: Final[frozenset[str]] = frozenset()


class Truths(Struct, frozen=True):
    """What a condition may come to: any of ``values``, or (``fails``) to nothing; one of them at least."""

    values: frozenset[bool]
    left: Node
    fails: bool = False
    needs: frozenset[str] = _NOTHING

    @property
    def certain(self) -> bool:
        return self.values == {True} and not self.fails

    @property
    def possible(self) -> bool:
        return True in self.values

    def surely(self, truth: bool) -> bool:  # noqa: FBT001 -- the truth that is asked about
        return self.values == {truth} and not self.fails


def truths_of(possible: Possible, node: Node) -> Truths:
    """A value as a condition: what is neither true nor false is no value of one."""
    known, fails = outcomes(possible)
    if isinstance(possible, Open):
        if known is None:
            return Truths(frozenset(TRUTHS), possible.left, fails=True, needs=possible.needs)
        values = frozenset(value for value in known if isinstance(value, bool))
        return Truths(values, possible.left, fails=fails or len(values) < len(known), needs=possible.needs)
    if isinstance(possible, bool):
        return Truths(frozenset({possible}), Literal(possible, "bool"))
    return Truths(frozenset(), node, fails=True)


def either(node: Binary, one: Truths, other: Truths) -> Possible:
    """``&&`` and ``||``: each operand can decide, whatever the other one comes to."""
    decisive = node.op == "||"
    if one.surely(decisive) or other.surely(decisive):
        return decisive
    values = tuple(
        truth
        for truth in TRUTHS
        if (
            truth in one.values or truth in other.values
            if truth is decisive
            else truth in one.values and truth in other.values
        )
    )
    undecided = [side.fails or (not decisive) in side.values for side in (one, other)]
    fails = (one.fails and undecided[1]) or (other.fails and undecided[0])
    if one.surely(not decisive):
        left = other.left
    elif other.surely(not decisive):
        left = one.left
    else:
        left = with_sides(node, one.left, other.left)
    return decided(left, values, one.needs | other.needs, fails=fails, reason="neither side has a value")


def quantified(node: Call, fold: Fold, conditions: Sequence[Truths]) -> Possible:
    """``all``, ``exists`` and ``exists_one`` over what the condition may come to for each element."""
    waits = _NOTHING.union(*(truths.needs for truths in conditions))
    fails = any(truths.fails for truths in conditions)
    if fold is Fold.EXISTS_ONE:
        return _one(node, conditions, waits, fails=fails)
    decisive = fold is Fold.EXISTS
    if any(truths.surely(decisive) for truths in conditions):
        return decisive
    values = tuple(
        truth
        for truth in TRUTHS
        if (
            any(truth in truths.values for truths in conditions)
            if truth is decisive
            else all(truth in truths.values for truths in conditions)
        )
    )
    return decided(node, values, waits, fails=fails, reason="no condition has a value")


def _one(node: Call, conditions: Sequence[Truths], waits: frozenset[str], *, fails: bool) -> Possible:
    """All conditions are needed: one without a value leaves the whole without."""
    values: tuple[bool, ...] = ()
    if all(truths.values for truths in conditions):
        least = sum(truths.values == {True} for truths in conditions)
        most = sum(truths.possible for truths in conditions)
        values = tuple(t for t in TRUTHS if (least <= 1 <= most if t else not least == most == 1))
    return decided(node, values, waits, fails=fails, reason="a condition has no value")
