"""The selection strategies of one configuration, evaluated over what they chose from.

Source of the readings: ngrok's pages say that the first strategy that returns a model wins, and that
against a request that names models a strategy only filters. Whether "returns a model" is judged
against the request or on the strategy alone they do not agree on: *union* is the first reading (a
single named model is allowed by any strategy), *first* the second (only the first productive one
counts). For ``ngrok/auto`` both are the same: the first strategy that yields anything.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from migrator.cel import CelSyntaxError, parse
from migrator.cel.possible import Listing, Record
from migrator.gateway.candidates import Candidates
from migrator.policy.origin import Field, Origin
from migrator.secrets import has_mask
from migrator.spans import Span
from migrator.tree.nodes import Scalar

if TYPE_CHECKING:
    from migrator.cel import Node
    from migrator.cel.strategy import Kept, Selection

BY_NAME: Final = frozenset(
    {
        *("id", "id_aliases", "author_id", "author_id_aliases", "display_name", "description"),
        *("input_modalities", "output_modalities", "max_context_window", "max_output_tokens"),
    }
)
"""Facts of a model that its name decides, and that of an unknown model nobody can list."""


_REMEMBERED: Final = 1000
"""Characters of an expression of which what it came to is kept."""


class Reading(StrEnum):
    """When a strategy counts for a request that names its model."""

    UNION = "union"
    FIRST = "first"


class Verdict(StrEnum):
    """What the strategies say of one model."""

    CERTAIN = "certain"
    POSSIBLE = "possible"
    OUT = "out"


class Evaluation(Struct, frozen=True, eq=False, dict=True):
    """What one expression comes to. ``node`` is None for what is no expression; ``error`` says why, if it is text at all.

    ``selection`` is what it keeps of the models of the candidates, ``reach`` the same with the
    pass-through models among them, which are ``available`` in all. Of what is no expression nothing can be decided.
    """

    node: Node | None
    error: CelSyntaxError | None
    selection: Selection
    reach: Selection
    available: int

    @cached_property
    def is_everything(self) -> bool:
        """It certainly keeps all there is, and gives it no order: it says nothing."""
        every = len(self.reach.certain) == self.available
        return every and self.selection.order.by is None and not self.selection.undecided


class Strategy(Struct, frozen=True, eq=False):
    """One strategy: where it is written, and what it comes to."""

    field: Field
    evaluation: Evaluation

    @property
    def node(self) -> Node | None:
        return self.evaluation.node

    @property
    def error(self) -> CelSyntaxError | None:
        return self.evaluation.error

    @property
    def selection(self) -> Selection:
        return self.evaluation.selection

    @property
    def reach(self) -> Selection:
        return self.evaluation.reach

    @property
    def available(self) -> int:
        return self.evaluation.available

    @property
    def text(self) -> str:
        return self.field.text or "not text"

    @property
    def is_everything(self) -> bool:
        return self.evaluation.is_everything


class Choice(Struct, frozen=True):
    """What the strategies of a configuration come to together, and what they chose from: the same for all that say the same."""

    candidates: Candidates
    evaluations: tuple[Evaluation, ...]

    def counting(self, reading: Reading) -> tuple[Evaluation, ...]:
        """The strategies that can count: all, or those up to the first that certainly yields something."""
        if reading is Reading.UNION:
            return self.evaluations
        found: list[Evaluation] = []
        for evaluation in self.evaluations:
            found.append(evaluation)
            if evaluation.selection.surely_yields:
                break
        return tuple(found)

    def automatic(self) -> tuple[Evaluation, ...]:
        """The strategies one of which chooses where the client names no model; those that keep nothing are passed."""
        counting = self.counting(Reading.FIRST)
        return tuple(one for one in counting if one.selection.kept)

    def verdicts(self, reading: Reading) -> Mapping[Record, Verdict]:
        """What the strategies say of each candidate that may be used at all; the others are out."""
        found: dict[Record, Verdict] = {}
        counting = self.counting(reading)
        sure = reading is Reading.UNION or len(counting) == 1
        for evaluation in counting:
            for one in self.kept(evaluation):
                certain = (one.certain and sure) or found.get(one.record) is Verdict.CERTAIN
                found[one.record] = Verdict.CERTAIN if certain else Verdict.POSSIBLE
        return found

    def kept(self, evaluation: Evaluation) -> Iterator[Kept]:
        """What a strategy keeps: known models first, then whatever unknown ones, which were there only when asked for."""
        yield from evaluation.selection.kept
        passing = {one.record for one in self.candidates.passing}
        yield from (one for one in evaluation.reach.kept if one.record in passing)

    def passing(self, reading: Reading) -> frozenset[Record]:
        """The providers, by their pass-through models, of which whatever unknown model may be used."""
        return frozenset(
            one.record
            for evaluation in self.counting(reading)
            for one in evaluation.reach.kept
            if one.certain or not one.needs & BY_NAME
        )


class Strategies(Struct, frozen=True, eq=False):
    """All strategies of one configuration, in order, and what they come to together."""

    listed: tuple[Strategy, ...]
    choice: Choice

    @property
    def candidates(self) -> Candidates:
        return self.choice.candidates


def read_strategies(fields: Sequence[Field], candidates: Candidates, *, trace: bool = False) -> Strategies:
    """Evaluate model strategies, in order. ``trace``: say of each model that is out by what."""
    listed = tuple(Strategy(held, _evaluation(_expression(held), candidates, trace=trace)) for held in fields)
    return Strategies(listed, Choice(candidates, tuple(one.evaluation for one in listed)))


def _evaluation(text: str | None, candidates: Candidates, *, trace: bool) -> Evaluation:
    """What an expression comes to. Long ones are rare and would make the cache's size unpredictable."""
    remembered = text is None or len(text) <= _REMEMBERED
    return (_evaluated if remembered else _evaluate)(text, candidates, trace=trace)


def _evaluate(text: str | None, candidates: Candidates, *, trace: bool) -> Evaluation:
    """What an expression comes to; nobody knows for what is no text."""
    from migrator.cel.strategy import select

    ai, with_passing = candidates.ai(), candidates.ai(passing=True)
    available = len(with_passing["models"].items)
    node, error = _parsed(text)
    if node is None:
        return Evaluation(
            None, error, _undecided(ai["models"]), _undecided(with_passing["models"]), available
        )
    selection, reach = select(node, ai, trace=trace), select(node, with_passing, trace=trace)
    return Evaluation(node, None, selection, reach, available)


_evaluated = lru_cache(maxsize=256)(_evaluate)


def read_key_strategies(fields: Sequence[Field], keys: int) -> tuple[Strategy, ...]:
    """Evaluate key strategies over as many keys; nothing of a key but its place in the list is known."""
    return tuple(Strategy(held, _key_evaluation(_expression(held), keys)) for held in fields)


def _key_evaluation(text: str | None, keys: int) -> Evaluation:
    """As ``_evaluation``."""
    remembered = text is None or len(text) <= _REMEMBERED
    return (_evaluated_keys if remembered else _evaluate_keys)(text, keys)


def _evaluate_keys(text: str | None, keys: int) -> Evaluation:
    from migrator.cel.strategy import Selection, collections, select

    ai = collections(keys=[Record("key", {}) for _ in range(keys)])
    node, error = _parsed(text)
    selection = Selection(undecided=True) if node is None else select(node, ai, element="key")
    return Evaluation(node, error, selection, selection, keys)


_evaluated_keys = lru_cache(maxsize=256)(_evaluate_keys)


def typed(expression: str) -> Field:
    """An expression that stands in no file, as the field of one.

    Raises CelSyntaxError if it is none.
    """
    parse(expression)
    return Field(Scalar(expression, "str", "", Span(1, 1, 1, 1)), "", Origin(""))


def _expression(held: Field) -> str | None:
    """A strategy's text. A credential in one is not evaluated: what it stands for is masked."""
    return None if held.text is None or has_mask(held.text) else held.text


def _parsed(text: str | None) -> tuple[Node | None, CelSyntaxError | None]:
    if text is None:
        return None, None
    try:
        return parse(text), None
    except CelSyntaxError as error:
        return None, error.with_traceback(None)  # it is kept, the frames it came from need not be


def _undecided(models: Listing) -> Selection:
    from migrator.cel.strategy import Kept, Selection

    kept = (Kept(item.value, certain=False) for item in models.items if isinstance(item.value, Record))
    return Selection(tuple(kept), fails=True, undecided=True)
