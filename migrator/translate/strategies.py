"""Passes: selection strategies narrow the access scope; what they lose is reported."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from functools import lru_cache
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from migrator.findings.providers import NothingAllowed, ProviderWithoutModels
from migrator.findings.strategies import (
    KeptModelsRetired,
    KeySelectionLost,
    ScopeFromStrategies,
    StrategiesRead,
    StrategyDecided,
    StrategyKeepsNothing,
    StrategyNameUnknown,
    StrategyNeedsLiveData,
    StrategyNotEvaluated,
    StrategyOrderLost,
)
from migrator.gateway.candidates import Candidates
from migrator.gateway.strategies import (
    BY_NAME,
    Choice,
    Evaluation,
    Reading,
    Strategies,
    Strategy,
    read_key_strategies,
    read_strategies,
)
from migrator.policy.coverage import Outcome
from migrator.policy.origin import Field, Place
from migrator.target.state import Dimension
from migrator.translate.advice import advise
from migrator.translate.decide import Question
from migrator.translate.draft import Draft
from migrator.translate.front import report_broken
from migrator.translate.targets import Offers, destinations, offers

if TYPE_CHECKING:
    from migrator.cel.nodes import Node
    from migrator.cel.strategy import Kept

_SHOWN = 3
"""How many residual expressions a finding names."""


def apply_strategies(draft: Draft) -> None:
    """Evaluate the strategies, narrow the scope to what they keep, and say what clients have to change."""
    selection = draft.gateway.model_selection
    strategies = read_strategies(draft.gateway.model_strategies, draft.candidates)
    if strategies.listed:
        reading = _reading(draft, strategies)
        listed = _narrow(draft, strategies, reading)
        for strategy in strategies.listed:
            _report(draft, strategy, strategies, enumerated=listed)
        advise(draft, strategies, reading)
    else:
        if selection is not None:
            draft.ledger.settle(selection, Outcome.NO_EFFECT)
        advise(draft, strategies, Reading.UNION)


def _reading(draft: Draft, strategies: Strategies) -> Reading:
    """Which of the two readings counts: asked only where they differ, told wherever there are several strategies."""
    if len(strategies.listed) == 1:
        return Reading.UNION
    reading = Reading.UNION
    decided = False
    differ = _reach(strategies.choice, Reading.UNION) != _reach(strategies.choice, Reading.FIRST)
    if differ:
        decision = draft.ask(
            Question(
                "strategies",
                StrategiesRead,
                "Is a model that a client names allowed by any of the strategies, or only by the first that keeps "
                "anything?",
                (Reading.UNION.value, Reading.FIRST.value),
            )
        )
        reading, decided = Reading(decision.chosen), not decision.is_open
    count = len(strategies.listed)
    draft.add(
        StrategiesRead(**_place(draft), count=count, reading=reading.value, decided=decided, asked=differ)
    )
    return reading


@lru_cache(maxsize=256)
def _reach(choice: Choice, reading: Reading) -> tuple[frozenset[object], list[bool]]:
    passing = choice.passing(reading)
    return frozenset(choice.verdicts(reading)), [one.record in passing for one in choice.candidates.passing]


# The scope


class _Reached(Struct, frozen=True):
    """What the counting strategies reach: by provider the entries of its models, and whether they are kept."""

    entries: dict[str, dict[str, bool]]
    whole: set[str]
    """Providers of which every model is kept, unknown ones included."""
    named: set[str]
    """Providers of which some unknown model may be kept, by a name that nobody can list."""
    gone: list[str]
    """Models that are kept and exist no longer, as a client would name them."""

    def any_of(self, provider: str) -> bool:
        return provider in self.whole or any(self.entries.get(provider, {}).values())

    def listed(self, providers: Iterable[str]) -> list[str]:
        return [entry for name in providers for entry, kept in self.entries.get(name, {}).items() if kept]


@lru_cache(maxsize=256)
def _reached(choice: Choice, reading: Reading, offered: Offers) -> _Reached:
    verdicts, passing = choice.verdicts(reading), choice.passing(reading)
    where = destinations(choice.candidates, offered)
    found = _Reached({}, set(), set(), [])
    cut: set[str] = set()
    for one in choice.candidates.models:
        is_kept = one.record in verdicts
        for target in where[one.record].targets:
            entries = found.entries.setdefault(target.provider, {})
            entries[target.entry] = entries.get(target.entry, False) or (is_kept and target.exists)
            if is_kept and not target.exists:
                found.gone.append(target.request)
        if not is_kept:
            cut.update(where[one.record].providers)
    for one in choice.candidates.passing:
        if one.record in passing:
            found.whole.update(where[one.record].providers)
        else:
            cut.update(where[one.record].providers)
        if one.record in verdicts:
            found.named.update(where[one.record].providers)
    found.whole.difference_update(cut)
    return found


def _narrow(draft: Draft, strategies: Strategies, reading: Reading) -> bool:
    """Leave out of the scope what no counting strategy keeps; whether models had to be listed for that."""
    reached = _reached(strategies.choice, reading, offers(draft))
    before = _providers_in_scope(draft)
    left = [name for name in before if reached.any_of(name)]
    partly = [name for name in left if name not in reached.whole]
    enumerated = draft.scope_models is None and bool(partly)
    if draft.scope_models is not None:
        judged = {entry for entries in reached.entries.values() for entry in entries}
        kept = set(reached.listed(left))
        allowed = [entry for entry in draft.scope_models.allow if entry in kept or entry not in judged]
        if len(allowed) < len(draft.scope_models.allow):
            draft.scope_models = _restricted(draft, strategies, draft.scope_models, allowed, "models")
    elif enumerated:
        draft.scope_models = _restricted(draft, strategies, None, reached.listed(left), "models")
        _report_list(draft, reached, left)
    _report_gone(draft, reached, before)
    for name in before:
        if name in reached.named and not reached.any_of(name):
            draft.add(_closed(draft, name))
    if len(left) < len(before):
        if draft.scope_providers is None:
            as_of = draft.catalogs.current.as_of
            draft.add(
                ScopeFromStrategies(**_place(draft), dimension="providers", count=len(left), as_of=as_of)
            )
        draft.scope_providers = _restricted(draft, strategies, draft.scope_providers, left, "providers")
    return enumerated


def _providers_in_scope(draft: Draft) -> list[str]:
    if draft.scope_providers is not None:
        return list(draft.scope_providers.allow)
    own = [planned.id for planned in draft.usable() if planned.built_in is None]
    return [*(provider.id for provider in draft.catalogs.current.providers), *own]


def _restricted(
    draft: Draft, strategies: Strategies, before: Dimension | None, allow: list[str], name: str
) -> Dimension:
    """A scope with these entries; each has the places it had, or those of the strategies."""
    places = tuple(strategy.field.location for strategy in strategies.listed)
    known = dict(zip(before.allow, before.entry_origins, strict=True)) if before is not None else {}
    if not allow:
        draft.add(NothingAllowed(**_place(draft), dimension=name))
    unique = tuple(dict.fromkeys(allow))
    origins = tuple(known.get(entry, places) for entry in unique)
    return Dimension(unique, origins, (*(before.origins if before is not None else ()), *places))


def _report_list(draft: Draft, reached: _Reached, left: list[str]) -> None:
    place, as_of = _place(draft), draft.catalogs.current.as_of
    count = len(set(reached.listed(left)))
    draft.add(ScopeFromStrategies(**place, dimension="models", count=count, as_of=as_of))
    for name in left:
        if not reached.listed([name]):
            draft.add(_closed(draft, name))


def _closed(draft: Draft, provider: str) -> ProviderWithoutModels:
    """That a provider has no model in the list, where the policy names it, if it does."""
    planned = next((one for one in draft.usable() if one.id == provider), None)
    place = _place(draft) if planned is None else planned.source.id_field.place
    return ProviderWithoutModels(**place, provider=provider)


def _report_gone(draft: Draft, reached: _Reached, providers: list[str]) -> None:
    """Models that strategies kept and that are gone; not where unknown names pass anyway."""
    cut = [name for name in providers if name not in reached.whole]
    gone = [name for name in dict.fromkeys(reached.gone) if name.partition(":")[0] in cut]
    if gone:
        as_of = draft.catalogs.current.as_of
        draft.add(KeptModelsRetired(**_place(draft), models=", ".join(gone), as_of=as_of))


def _place(draft: Draft) -> Place:
    return (draft.gateway.model_selection or draft.gateway.field).place


# What is told of each strategy


def _report(draft: Draft, strategy: Strategy, strategies: Strategies, *, enumerated: bool) -> None:
    held, selection = strategy.field, strategy.selection
    text = strategy.text
    _report_problems(draft, strategy)
    if strategy.error is not None:
        report_broken(draft, held)
    if strategy.node is None or selection.undecided:
        draft.ledger.claim(held, Outcome.UNSUPPORTED)
        draft.add(StrategyNotEvaluated(**held.place, expression=text, reason=_undecided_because(strategy)))
        return
    unknown = _unknown(strategy, strategies.candidates)
    if not (selection.kept or unknown):
        failed = selection.failure is not None
        draft.ledger.claim(held, Outcome.UNSUPPORTED if failed else Outcome.CONVERTED)
        reason = selection.failure.reason if selection.failure else "none meets its condition"
        draft.add(StrategyKeepsNothing(**held.place, expression=text, reason=reason))
        return
    live = len(selection.kept) - len(selection.certain)
    total = len(strategies.candidates.models)
    evaluation = strategy.evaluation
    if not selection.kept or (not live and not all(one.certain for one in unknown)):
        evaluation = replace(evaluation, selection=strategy.reach)
        selection, total = strategy.reach, strategy.available
        live = len(selection.kept) - len(selection.certain)
    approximated = live > 0 or enumerated or selection.order.by is not None
    draft.ledger.claim(held, Outcome.APPROXIMATED if approximated else Outcome.CONVERTED)
    if live:
        draft.add(
            StrategyNeedsLiveData(
                **held.place,
                expression=text,
                residual=_residual(evaluation),
                needs=", ".join(sorted(selection.needs)),
                certain=len(selection.certain),
                possible=live,
                total=total,
                bound=_bound(strategy.evaluation, strategies.candidates),
            )
        )
    elif not strategy.is_everything:
        draft.add(StrategyDecided(**held.place, expression=text, kept=len(selection.kept), total=total))
    by = selection.order.by
    if by is not None and len(selection.kept) > 1 and not selection.single:
        _report_order(draft, held, by)


def _unknown(strategy: Strategy, candidates: Candidates) -> list[Kept]:
    """What a strategy perhaps keeps of models that no catalogue knows, where nothing in their names decides it."""
    passing = {one.record for one in candidates.passing}
    return [one for one in strategy.reach.kept if one.record in passing and not one.needs & BY_NAME]


def _report_order(draft: Draft, held: Field, by: Node) -> None:
    from migrator.cel.nodes import Conditional

    if not isinstance(by, Conditional):
        draft.add(StrategyOrderLost(**held.place, order=_call_text(by)))


def _report_problems(draft: Draft, strategy: Strategy) -> None:
    for problem in strategy.selection.problems:
        hint = f"; did you mean {problem.instead}?" if problem.instead else ""
        draft.add(
            StrategyNameUnknown(**strategy.field.place, kind=problem.kind, name=problem.name, hint=hint)
        )


def _undecided_because(strategy: Strategy) -> str:
    if strategy.error is not None:
        return "it is no CEL expression"
    if strategy.node is None:
        return "it is no text" if strategy.field.text is None else "it holds a credential"
    return f"it depends on {', '.join(sorted(strategy.selection.needs))}"


@lru_cache(maxsize=256)
def _residual(evaluation: Evaluation) -> str:
    """What is left to decide; with the number of models each part decides about, where there are several."""
    selection = evaluation.selection
    parts = selection.residuals
    if not parts:
        return _call_text(selection.order.by) if selection.order.by is not None else "all of it"
    if len(parts) == 1:
        return parts[0][0]
    shown = [f"{text} ({count})" for text, count in parts[:_SHOWN]]
    return "; ".join([*shown, *(["…"] if len(parts) > _SHOWN else [])])


@lru_cache(maxsize=256)
def _bound(evaluation: Evaluation, candidates: Candidates) -> str:
    """How many of each provider's models can be kept."""
    of = candidates.by_record
    total = Counter(one.provider_id for one in candidates.models)
    kept = Counter(of[record].provider_id for record in evaluation.selection.possible)
    if kept == total:
        return "all models"
    return ", ".join(f"{name} {count} of {total[name]}" for name, count in kept.items())


def _call_text(node: Node) -> str:
    """A function of a list without the list."""
    from migrator.cel import unparse
    from migrator.cel.nodes import Call

    if isinstance(node, Call) and node.target is not None:
        return unparse(Call(node.function, node.args))
    return unparse(node)


# Keys


def report_key_strategies(draft: Draft) -> None:
    """Keys are tried in their order: exactly what ``ai.keys`` did, and no other strategy."""
    selection = draft.gateway.key_selection
    if selection is None:
        return
    if not draft.gateway.key_strategies:
        draft.ledger.settle(selection, Outcome.NO_EFFECT)
    keys = sum(len(planned.keys) for planned in draft.usable())
    done = False
    for strategy in read_key_strategies(draft.gateway.key_strategies, keys):
        _report_problems(draft, strategy)
        if strategy.error is not None:
            report_broken(draft, strategy.field)
        if done or (strategy.is_everything and strategy.node is not None):
            draft.ledger.claim(strategy.field, Outcome.NO_EFFECT if done else Outcome.CONVERTED)
            done = True
            continue
        draft.ledger.claim(strategy.field, Outcome.UNSUPPORTED)
        reason = _keys_lost(strategy)
        draft.add(KeySelectionLost(**strategy.field.place, expression=strategy.text, reason=reason))


def _keys_lost(strategy: Strategy) -> str:
    needs = sorted(strategy.selection.needs)
    if strategy.node is None:
        return _undecided_because(strategy)
    return f"it depends on {', '.join(needs)}" if needs else "it is another order, or not all keys"
