"""Leaf accounting: every leaf of what is converted has exactly one outcome.

A leaf is a scalar (null included) or an empty collection. The set of leaves is fixed before
anything is translated; outcomes are claimed against it, and what nobody claimed is *unknown*.
So the outcomes always add up to the number of leaves.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from enum import IntEnum
from functools import lru_cache

from msgspec import Struct

from migrator.policy.origin import Field, LeafKey
from migrator.tree.nodes import Node, Scalar, leaves, values


class Outcome(IntEnum):
    """What became of a leaf; the higher one wins where several claims meet."""

    NO_EFFECT = 0
    CONVERTED = 1
    APPROXIMATED = 2
    UNSUPPORTED = 3
    UNKNOWN = 4


NAMES = {
    Outcome.CONVERTED: "converted",
    Outcome.APPROXIMATED: "approximated",
    Outcome.UNSUPPORTED: "unsupported",
    Outcome.NO_EFFECT: "noEffect",
    Outcome.UNKNOWN: "unknown",
}
"""The names of the JSON contract, in its order."""

Claims = Mapping[LeafKey, Outcome]


class Ledger:
    """The account of one unit: its leaves and what was claimed about them."""

    def __init__(self, roots: Iterable[Field], own: Field, others: Iterable[Field] = ()) -> None:
        """Leaves below ``roots`` that can be reached without going through one of ``others``."""
        skipped = {id(field.node) for field in others} - {id(own.node)}
        self._keys = {
            id(leaf): root.leaf_key(leaf) for root in roots for leaf in _leaves_without(root.node, skipped)
        }
        """By ``id()``: the roots keep their leaves. Where a leaf stands is worked out once, not for each claim."""
        self._outcomes: dict[LeafKey, Outcome | None] = dict.fromkeys(self._keys.values())

    def claim(self, field: Field | None, outcome: Outcome) -> None:
        """Say what became of every leaf below ``field``; the worse of two claims stays."""
        if field is None:
            return
        for key, _ in self._below(field):
            before = self._outcomes[key]
            self._outcomes[key] = outcome if before is None else max(before, outcome)

    def settle(self, field: Field, outcome: Outcome) -> None:
        """Claim only the leaves below ``field`` about which nothing was said yet."""
        for key, _ in self._below(field):
            if self._outcomes[key] is None:
                self._outcomes[key] = outcome

    def unsaid(self, field: Field) -> list[Node]:
        """The leaves below ``field`` about which nothing was said yet."""
        if None not in self._outcomes.values():  # mostly
            return []
        return [leaf for key, leaf in self._below(field) if self._outcomes[key] is None]

    def _below(self, field: Field) -> Iterator[tuple[LeafKey, Node]]:
        """The leaves of this account below ``field``."""
        node = field.node
        for leaf in (node,) if isinstance(node, Scalar) else leaves(node):
            key = self._keys.get(id(leaf)) or field.leaf_key(leaf)
            if key in self._outcomes:
                yield key, leaf

    def close(self) -> dict[LeafKey, Outcome]:
        """The outcome of every leaf; unclaimed ones are unknown."""
        return {
            key: Outcome.UNKNOWN if outcome is None else outcome for key, outcome in self._outcomes.items()
        }


def _leaves_without(root: Node, skipped: set[int]) -> Iterator[Node]:
    """An aliased leaf as often as it stands there: its key is always the same."""
    seen = set(skipped)
    todo = [root]
    while todo:
        node = todo.pop()
        if id(node) in seen:
            continue
        inside = values(node)
        if inside:
            seen.add(id(node))
            todo.extend(reversed(inside))
        else:
            yield node


def worst(accounts: Iterable[Claims]) -> dict[LeafKey, Outcome]:
    """Several accounts as one: each leaf once, the worse outcome wins."""
    merged: dict[LeafKey, Outcome] = {}
    for account in accounts:
        both = {key: max(merged[key], account[key]) for key in merged.keys() & account.keys()}
        merged |= account
        merged |= both
    return merged


class Account(Struct, frozen=True):
    """Leaves, counted: how many had each outcome, in the order of ``NAMES``.

    ``pending`` are those about which the whole run decides, with what they were counted as.
    """

    counts: tuple[int, ...]
    pending: Mapping[LeafKey, Outcome] = {}

    def without(self, dropped: frozenset[LeafKey]) -> Account:
        """The same after the run left some of what is pending out: that is unsupported."""
        if dropped.isdisjoint(self.pending):
            return self
        counts = dict(zip(NAMES, self.counts, strict=True))
        for leaf, outcome in self.pending.items():
            if leaf in dropped:
                counts[outcome] -= 1
                counts[Outcome.UNSUPPORTED] += 1
        return Account(tuple(counts[outcome] for outcome in NAMES))

    @property
    def is_complete(self) -> bool:
        """Whether nothing is unsupported or unknown."""
        return not any(
            count for outcome, count in zip(NAMES, self.counts, strict=True) if outcome >= Outcome.UNSUPPORTED
        )

    @property
    def named(self) -> Mapping[str, int]:
        """Under the names of the JSON contract."""
        return _named(self.counts)


def account(claims: Claims, pending: Iterable[LeafKey] = ()) -> Account:
    """Count leaves. ``pending`` are those about which the whole run decides."""
    outcomes = list(claims.values())
    counts = tuple(map(outcomes.count, NAMES))
    held = {leaf: claims[leaf] for leaf in pending if leaf in claims}
    return Account(counts, held) if held else _settled(counts)


@lru_cache(maxsize=4096)
def _settled(counts: tuple[int, ...]) -> Account:
    """One for all that count the same: a fleet is made from templates."""
    return Account(counts)


@lru_cache(maxsize=4096)
def _named(counts: tuple[int, ...]) -> Mapping[str, int]:
    return dict(zip(NAMES.values(), counts, strict=True))
