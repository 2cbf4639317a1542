"""Pass: names that stood for two providers or models at once, of which nobody knows which the old gateway took.

Told for whatever a configuration names itself: of what only the catalogues share, the new gateway makes the same.
"""

from __future__ import annotations

from collections.abc import Mapping

from migrator.findings.providers import ModelNameShared, ProviderNameShared
from migrator.gateway.candidates import Candidate
from migrator.gateway.model import Model
from migrator.secrets import has_mask
from migrator.translate.draft import Draft, Planned


def tell_shared_names(draft: Draft) -> None:
    """Providers first, then their models."""
    at_hand = [planned for planned in draft.planned if not planned.is_disabled]
    if len(at_hand) > 1:
        _providers(draft, at_hand)
    _models(draft)


def _providers(draft: Draft, at_hand: list[Planned]) -> None:
    by_name: dict[str, list[int]] = {}
    for number, later in enumerate(at_hand):
        shared: dict[int, list[str]] = {}
        for name in sorted(_names(draft, later)):
            for before in by_name.get(name, ()):
                shared.setdefault(before, []).append(name)
            by_name.setdefault(name, []).append(number)
        for before, common in sorted(shared.items()):
            earlier = at_hand[before]
            if earlier.id.lower() != later.id.lower():
                place, said = later.source.field.place, ", ".join(common)
                draft.add(ProviderNameShared(**place, name=said, provider=earlier.id, other=later.id))


def _names(draft: Draft, planned: Planned) -> set[str]:
    """Every name that the old gateway knew a provider by, in lower case."""
    found: set[str] = set()
    for source in planned.sources:
        found |= {source.id, *(alias.value for alias in source.aliases)}
        known = draft.catalogs.legacy.provider(source.id) or planned.built_in
        found |= {known.id, *known.aliases} if known is not None else set()
    return {name.lower() for name in found if not has_mask(name)}


def _models(draft: Draft) -> None:
    gateway = draft.gateway
    if not any(source.models for source in gateway.providers):
        return
    by_name = draft.candidates.by_name
    for number, source in enumerate(gateway.providers):
        for model in source.models:
            if not model.is_disabled:
                _tell(draft, model, number, by_name)


def _tell(draft: Draft, model: Model, number: int, by_name: Mapping[str, list[Candidate]]) -> None:
    """What else the names of one configured model stood for."""
    for name in dict.fromkeys(name.lower() for name in (model.id, *(alias.value for alias in model.aliases))):
        held = by_name.get(name, ())
        own = next((one for one in held if number in one.sources), None)
        other = next((one for one in held if one is not own), None)
        if own is not None and other is not None:
            draft.add(
                ModelNameShared(**model.id_field.place, name=name, model=_spelled(own), other=_spelled(other))
            )


def _spelled(one: Candidate) -> str:
    return f"{one.provider_id}:{one.name}"
