"""What clients have to change: the models to send, the names that stop working."""

from __future__ import annotations

import json

from migrator.findings.strategies import (
    AutomaticChoiceMoves,
    ModelsRetired,
    OldNamesStop,
)
from migrator.gateway.candidates import Candidate
from migrator.gateway.strategies import Reading, Strategies, Strategy
from migrator.translate.draft import Draft
from migrator.translate.model import Advice
from migrator.translate.targets import Target, in_scope, offered, targets

ATTEMPTS = 10
"""How many models one request is tried with at the most, by the new gateway's documentation."""

_EXAMPLES = 3


def advise(draft: Draft, strategies: Strategies, reading: Reading) -> None:
    """Work out the unit's advice, and tell it."""
    asked, basis = _request(draft, strategies)
    names = _Names(draft, strategies, reading)
    draft.advice = Advice(
        asked[0] if asked else None, tuple(asked[1:]), names.renames(), tuple(names.retired())
    )
    place = (draft.gateway.model_selection or draft.action).place
    if asked:
        request = json.dumps(request_body(draft.advice), ensure_ascii=False)
        draft.add(AutomaticChoiceMoves(**place, request=request, basis=basis))
    if draft.advice.renames:
        shown = [f"{old} ({new})" for old, new in list(draft.advice.renames.items())[:_EXAMPLES]]
        at = draft.action.place
        draft.add(OldNamesStop(**at, count=len(draft.advice.renames), examples=", ".join(shown)))
    if draft.advice.retired:
        shown = list(draft.advice.retired[:_EXAMPLES])
        as_of = draft.catalogs.current.as_of
        count = len(draft.advice.retired)
        draft.add(ModelsRetired(**draft.action.place, count=count, examples=", ".join(shown), as_of=as_of))


def request_body(advice: Advice) -> dict[str, object] | None:
    """The members of a request body that name models; None where there is nothing to name."""
    if advice.model is None:
        return None
    return {"model": advice.model, **({"models": list(advice.models)} if advice.models else {})}


def _request(draft: Draft, strategies: Strategies) -> tuple[list[str], str]:
    """(the models to send in order, what that is based on): those of the strategy that chose for ``ngrok/auto``."""
    chosen = next(iter(strategies.automatic()), None)
    if chosen is None or chosen.is_everything or chosen.selection.undecided:
        return [], ""
    names: dict[str, None] = {}
    of = strategies.candidates.by_record
    for record in chosen.selection.possible:
        for target in targets(draft, of[record])[:1]:
            if target.exists and in_scope(draft, target):
                names[target.request] = None
    return list(names)[:ATTEMPTS], _basis(chosen, len(names))


def _basis(chosen: Strategy, count: int) -> str:
    selection = chosen.selection
    if selection.undecided or any(not one.certain for one in selection.kept):
        what = "of the models that the strategy may have kept; its live choice is lost"
    elif selection.order.known:
        what = "of the strategy, in its order"
    else:
        what = "of the strategy; in which order the gateway tried them is not public"
    return f"the first {ATTEMPTS} of {count} {what}" if count > ATTEMPTS else f"those {what}"


class _Names:
    """The names of everything that one unit's clients may reach."""

    def __init__(self, draft: Draft, strategies: Strategies, reading: Reading) -> None:
        self._draft = draft
        self._candidates = strategies.candidates
        self._kept = set(strategies.verdicts(reading)) if strategies.listed else None
        self._allowed = draft.scope_providers.allow if draft.scope_providers is not None else None
        self._models = [one for one in self._candidates.models if self._may_be_reached(one)]

    def renames(self) -> dict[str, str]:
        """Old names and the new ones: models by any alternate name, providers with a colon behind."""
        found: dict[str, str] = {}
        for one in (*self._models, *self._candidates.passing):
            for name, real in self._providers(one):
                found.setdefault(f"{name}:", f"{real}:")
        reached = [
            (one, target)
            for one in self._models
            for target in targets(self._draft, one)
            if target.exists and in_scope(self._draft, target)
        ]
        stay = {_bare(target) for one, target in reached if one.built_in and self._is_current(target)}
        for one, target in reached:
            for name in self._old_names(one, target):
                if name not in stay and name != target.request:
                    found.setdefault(name, target.request)
        return found

    def retired(self) -> list[str]:
        """Names of models that were reachable and exist no longer."""
        found: dict[str, None] = {}
        for one in self._models:
            if self._kept is not None and one.record not in self._kept:
                continue
            for target in targets(self._draft, one):
                if not target.exists and (self._allowed is None or target.provider in self._allowed):
                    found.update(dict.fromkeys((target.request, *sorted(one.record.aliases))))
        return list(found)

    def _may_be_reached(self, one: Candidate) -> bool:
        return self._allowed is None or any(name in self._allowed for name in offered(self._draft, one))

    def _providers(self, one: Candidate) -> list[tuple[str, str]]:
        record = one.record.provider
        found: list[tuple[str, str]] = []
        for real in offered(self._draft, one):
            if self._allowed is None or real in self._allowed:
                names = [one.provider_id, *sorted(record.aliases if record is not None else ())]
                found += [(name, real) for name in names if name != real]
        return found

    def _is_current(self, target: Target) -> bool:
        return self._draft.catalogs.current.model(target.provider, _bare(target)) is not None

    def _old_names(self, one: Candidate, target: Target) -> list[str]:
        """By which names a client reached the model: its own, without provider, and its alternate ones."""
        if self._is_current(target):
            return [*sorted(one.record.aliases), *([one.name] if one.name else [])]
        if one.built_in:
            return [target.old, *sorted(one.record.aliases)]
        return [target.old]  # each alternate name became a model of its own


def _bare(target: Target) -> str:
    """A model's name without its provider."""
    return target.request.partition(":")[2]
