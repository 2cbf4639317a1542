"""What clients have to change: the models to send, the names that stop working.

All of it follows from what strategies chose from, what is offered and what the access scope allows; policies
that agree in that share one ``Advice``, which is worked out once.
"""

from __future__ import annotations

import json
from functools import lru_cache
from itertools import islice

from msgspec import Struct
from msgspec.structs import replace

from migrator.findings.base import Finding
from migrator.findings.strategies import (
    AutomaticChoiceMoves,
    ModelsRetired,
    OldNamesStop,
)
from migrator.gateway.candidates import Candidate
from migrator.gateway.strategies import Choice, Evaluation, Reading, Strategies
from migrator.translate.draft import Draft
from migrator.translate.model import Advice
from migrator.translate.targets import Offers, Scope, Target, destinations, offers, scope

ATTEMPTS = 10
"""How many models one request is tried with at the most, by the new gateway's documentation."""

_EXAMPLES = 3


class _Told(Struct, frozen=True):
    """Advice, and the words of the findings about it."""

    advice: Advice
    request: str
    basis: str
    examples: str


def advise(draft: Draft, strategies: Strategies, reading: Reading) -> None:
    """Work out the unit's advice, and tell it."""
    told = _told(strategies.choice, reading, offers(draft), scope(draft))
    draft.advice = told.advice
    if told.advice.model is not None:
        place = (draft.gateway.model_selection or draft.action).place
        draft.add(AutomaticChoiceMoves(**place, request=told.request, basis=told.basis))
    if told.advice.renames:
        at = draft.action.place
        draft.add(OldNamesStop(**at, count=len(told.advice.renames), examples=told.examples))
    if told.advice.retired:
        count, shown = len(told.advice.retired), ", ".join(told.advice.retired[:_EXAMPLES])
        as_of = draft.catalogs.current.as_of
        draft.add(ModelsRetired(**draft.action.place, count=count, examples=shown, as_of=as_of))


def retold(found: Finding, advice: Advice) -> Finding:
    """A finding of a unit whose advice has changed since: what it says of the advice is true of this one."""
    if isinstance(found, OldNamesStop):
        return replace(found, count=len(advice.renames), examples=_examples(advice))
    if isinstance(found, AutomaticChoiceMoves):
        return replace(found, request=_request_text(advice))
    return found


@lru_cache(maxsize=256)
def _told(choice: Choice, reading: Reading, offered: Offers, allowed: Scope) -> _Told:
    asked, basis = _request(choice, offered, allowed)
    names = _Names(choice, reading, offered, allowed)
    advice = Advice(asked[0] if asked else None, tuple(asked[1:]), names.renames(), tuple(names.retired()))
    return _Told(advice, _request_text(advice), basis, _examples(advice))


def _examples(advice: Advice) -> str:
    return ", ".join(f"{old} ({new})" for old, new in islice(advice.renames.items(), _EXAMPLES))


def _request_text(advice: Advice) -> str:
    return json.dumps(request_body(advice), ensure_ascii=False)


def request_body(advice: Advice) -> dict[str, object] | None:
    """The members of a request body that name models; None where there is nothing to name."""
    if advice.model is None:
        return None
    return {"model": advice.model, **({"models": list(advice.models)} if advice.models else {})}


def _request(choice: Choice, offered: Offers, allowed: Scope) -> tuple[list[str], str]:
    """(the models to send in order, what that is based on): those of the strategy that chose for ``ngrok/auto``."""
    chosen = next(iter(choice.automatic()), None)
    if chosen is None or chosen.is_everything or chosen.selection.undecided:
        return [], ""
    names: dict[str, None] = {}
    where = destinations(choice.candidates, offered)
    for record in chosen.selection.possible:
        for target in where[record].targets[:1]:
            if target.exists and allowed.allows(target):
                names[target.request] = None
    return list(names)[:ATTEMPTS], _basis(chosen, len(names))


def _basis(chosen: Evaluation, count: int) -> str:
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

    def __init__(self, choice: Choice, reading: Reading, offered: Offers, allowed: Scope) -> None:
        self._catalogs = offered.catalogs
        self._scope = allowed
        self._where = destinations(choice.candidates, offered)
        self._passing = choice.candidates.passing
        self._kept = set(choice.verdicts(reading)) if choice.evaluations else None
        self._allowed = allowed.providers
        self._written = {offer.id: offer.names for offer in offered.configured}
        self._models = [one for one in choice.candidates.models if self._may_be_reached(one)]

    def renames(self) -> dict[str, str]:
        """Old names and the new ones: models by any alternate name, providers with a colon behind."""
        found: dict[str, str] = {}
        for one in (*self._models, *self._passing):
            for name, real in self._providers(one):
                found.setdefault(f"{name}:", f"{real}:")
        reached = [
            (one, target)
            for one in self._models
            for target in self._where[one.record].targets
            if target.exists and self._scope.allows(target)
        ]
        stay = {_bare(target).lower() for one, target in reached if one.built_in and self._is_current(target)}
        for one, target in reached:
            for name in self._old_names(one, target):
                if name.lower() not in stay and name != target.request:
                    found.setdefault(name, target.request)
        return found

    def retired(self) -> list[str]:
        """Names of models that were reachable and exist no longer."""
        found: dict[str, None] = {}
        for one in self._models:
            if self._kept is not None and one.record not in self._kept:
                continue
            for target in self._where[one.record].targets:
                if not target.exists and (self._allowed is None or target.provider in self._allowed):
                    found.update(dict.fromkeys((target.request, *sorted(one.record.aliases))))
        return list(found)

    def _may_be_reached(self, one: Candidate) -> bool:
        return self._allowed is None or any(
            name in self._allowed for name in self._where[one.record].providers
        )

    def _providers(self, one: Candidate) -> list[tuple[str, str]]:
        record = one.record.provider
        found: list[tuple[str, str]] = []
        for real in self._where[one.record].providers:
            if self._allowed is None or real in self._allowed:
                names = [one.provider_id, *sorted(record.aliases if record is not None else ())]
                found += [(name, real) for name in names if name != real and self._is_its(name, one, real)]
        return found

    def _is_its(self, name: str, one: Candidate, real: str) -> bool:
        """Whether a name is that of this server, where entries of one id have several servers, or of no other one now."""
        if name in self._written:
            return False
        own = self._written.get(real)
        if own is None or name in own or name == one.provider_id:
            return True
        known = self._catalogs.legacy.provider(one.provider_id)
        return known is not None and name in known.aliases

    def _is_current(self, target: Target) -> bool:
        return self._catalogs.current.model(target.provider, _bare(target)) is not None

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
