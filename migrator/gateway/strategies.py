"""The selection strategies of one configuration, evaluated over what they chose from.

Source of the readings: ngrok's pages say that the first strategy that returns a model wins, and that
against a request that names models a strategy only filters. Whether "returns a model" is judged
against the request or on the strategy alone they do not agree on: *union* is the first reading (a
single named model is allowed by any strategy), *first* the second (only the first productive one
counts). For ``ngrok/auto`` both are the same: the first strategy that yields anything.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from migrator.cel import CelSyntaxError, Node, parse
from migrator.cel.possible import Listing, Record
from migrator.cel.strategy import Kept, Selection, collections, select
from migrator.gateway.candidates import Candidate, Candidates
from migrator.policy.origin import Field, Origin
from migrator.secrets import has_mask
from migrator.spans import Span
from migrator.tree.nodes import Scalar

BY_NAME: Final = frozenset(
    {
        *("id", "id_aliases", "author_id", "author_id_aliases", "display_name", "description"),
        *("input_modalities", "output_modalities", "max_context_window", "max_output_tokens"),
    }
)
"""Facts of a model that its name decides, and that of an unknown model nobody can list."""


class Reading(StrEnum):
    """When a strategy counts for a request that names its model."""

    UNION = "union"
    FIRST = "first"


class Verdict(StrEnum):
    """What the strategies say of one model."""

    CERTAIN = "certain"
    POSSIBLE = "possible"
    OUT = "out"


@dataclass(frozen=True, eq=False)
class Strategy:
    """One strategy. ``node`` is None for what is no expression; ``error`` says why, if it is text at all.

    ``selection`` is what it keeps of the models of the candidates, ``reach`` the same with the
    pass-through models among them, which are ``available`` in all. Of what is no expression nothing can be decided.
    """

    field: Field
    node: Node | None
    error: CelSyntaxError | None
    selection: Selection
    reach: Selection
    available: int

    @property
    def text(self) -> str:
        return self.field.text or "not text"

    @property
    def is_everything(self) -> bool:
        """It certainly keeps all there is, and gives it no order: it says nothing."""
        every = len(self.reach.certain) == self.available
        return every and self.selection.order.by is None and not self.selection.undecided


@dataclass(frozen=True, eq=False)
class Strategies:
    """All strategies of one configuration, in order, and what they chose from."""

    candidates: Candidates
    listed: tuple[Strategy, ...]

    def counting(self, reading: Reading) -> tuple[Strategy, ...]:
        """The strategies that can count: all, or those up to the first that certainly yields something."""
        if reading is Reading.UNION:
            return self.listed
        found: list[Strategy] = []
        for strategy in self.listed:
            found.append(strategy)
            if strategy.selection.surely_yields:
                break
        return tuple(found)

    def automatic(self) -> tuple[Strategy, ...]:
        """The strategies one of which chooses where the client names no model; those that keep nothing are passed."""
        counting = self.counting(Reading.FIRST)
        return tuple(one for one in counting if one.selection.kept)

    def verdicts(self, reading: Reading) -> Mapping[Record, Verdict]:
        """What the strategies say of each candidate that may be used at all; the others are out."""
        found: dict[Record, Verdict] = {}
        counting = self.counting(reading)
        sure = reading is Reading.UNION or len(counting) == 1
        for strategy in counting:
            for one in strategy.reach.kept:
                certain = (one.certain and sure) or found.get(one.record) is Verdict.CERTAIN
                found[one.record] = Verdict.CERTAIN if certain else Verdict.POSSIBLE
        return found

    def passes_unknown(self, candidate: Candidate, reading: Reading) -> bool:
        """Whether whatever unknown model of a provider may be used, be its name what it will."""
        return any(
            one.record is candidate.record and (one.certain or not one.needs & BY_NAME)
            for strategy in self.counting(reading)
            for one in strategy.reach.kept
        )


def read_strategies(fields: Sequence[Field], candidates: Candidates, *, trace: bool = False) -> Strategies:
    """Evaluate model strategies, in order. ``trace``: say of each model that is out by what."""
    ai, with_passing = candidates.ai(), candidates.ai(passing=True)
    available = len(with_passing["models"].items)
    listed: list[Strategy] = []
    for held in fields:
        node, error = parsed(held)
        if node is None:
            nothing = _undecided(ai["models"]), _undecided(with_passing["models"])
            listed.append(Strategy(held, None, error, *nothing, available))
            continue
        selection = select(node, ai, trace=trace)
        listed.append(
            Strategy(held, node, None, selection, select(node, with_passing, trace=trace), available)
        )
    return Strategies(candidates, tuple(listed))


def read_key_strategies(fields: Sequence[Field], keys: int) -> tuple[Strategy, ...]:
    """Evaluate key strategies over as many keys; nothing of a key but its place in the list is known."""
    ai = collections(keys=[Record("key", {}) for _ in range(keys)])
    listed: list[Strategy] = []
    for held in fields:
        node, error = parsed(held)
        selection = Selection(undecided=True) if node is None else select(node, ai, element="key")
        listed.append(Strategy(held, node, error, selection, selection, keys))
    return tuple(listed)


def typed(expression: str) -> Field:
    """An expression that stands in no file, as the field of one.

    Raises CelSyntaxError if it is none.
    """
    parse(expression)
    return Field(Scalar(expression, "str", "", Span(1, 1, 1, 1)), "", Origin(""))


def parsed(held: Field) -> tuple[Node | None, CelSyntaxError | None]:
    """The expression of a strategy. A credential in one is not evaluated: what it stands for is masked."""
    if held.text is None or has_mask(held.text):
        return None, None
    try:
        return parse(held.text), None
    except CelSyntaxError as error:
        return None, error


def _undecided(models: Listing) -> Selection:
    kept = (Kept(item.value, certain=False) for item in models.items if isinstance(item.value, Record))
    return Selection(tuple(kept), fails=True, undecided=True)
