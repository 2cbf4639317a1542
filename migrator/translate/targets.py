"""What the new gateway makes of a model that the old one could choose: its entry in an access scope, its name.

It follows from what is offered under which name, whatever policy asks: so it is worked out once for each
set of candidates and offers.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from msgspec import Struct

from migrator.catalog import Catalogs
from migrator.cel.possible import Record
from migrator.gateway.candidates import Candidate, Candidates
from migrator.target.spelling import ModelIds, built_in_model, custom_model, requested_model
from migrator.translate.draft import Draft
from migrator.translate.names import real_name


class Target(Struct, frozen=True):
    """A model at the new gateway: its provider's id, its allow-list entry, what a client sends to name it.

    ``exists``: the current catalogue or the configuration has it. ``old`` is the name it had.
    """

    provider: str
    entry: str
    request: str
    old: str
    exists: bool = True


class Offer(Struct, frozen=True):
    """A configured provider at the new gateway. ``sources`` are the numbers of its entries in the configuration.

    ``names`` are those that its entries have, ``models`` those of a custom provider: the id that clients send,
    and the provider's own.
    """

    id: str
    sources: tuple[int, ...]
    built_in: bool
    names: frozenset[str] = frozenset()
    models: tuple[tuple[str, str | None], ...] = ()


class Offers(Struct, frozen=True):
    """Everything that one unit's clients can be offered."""

    catalogs: Catalogs
    style: ModelIds
    configured: tuple[Offer, ...]


class Scope(Struct, frozen=True):
    """What an access scope allows; None: everything."""

    providers: tuple[str, ...] | None
    models: tuple[str, ...] | None

    def allows(self, target: Target) -> bool:
        allowed = self.providers is None or target.provider in self.providers
        return allowed and (self.models is None or target.entry in self.models)


class Destination(Struct, frozen=True):
    """Where a candidate is at the new gateway.

    ``providers`` are the ids under which its provider exists; none if it does not. ``targets`` are the models
    it is: one; more where alternate names became models.
    """

    providers: tuple[str, ...]
    targets: tuple[Target, ...]


def offers(draft: Draft) -> Offers:
    """What a unit's clients are offered, by what it says."""
    numbers = {id(source): number for number, source in enumerate(draft.gateway.providers)}
    configured = tuple(
        Offer(
            planned.id,
            tuple(numbers[id(source)] for source in planned.sources),
            planned.built_in is not None,
            frozenset(
                name
                for source in planned.sources
                for name in (source.id, *(alias.value for alias in source.aliases))
            ),
            tuple((model.model_id, model.provider_model_id) for model in planned.models),
        )
        for planned in draft.usable()
    )
    return Offers(draft.catalogs, draft.options.model_ids, configured)


def scope(draft: Draft) -> Scope:
    """The access scope as it stands."""
    providers, models = draft.scope_providers, draft.scope_models
    return Scope(
        None if providers is None else tuple(providers.allow), None if models is None else tuple(models.allow)
    )


@lru_cache(maxsize=256)
def destinations(candidates: Candidates, offered: Offers) -> Mapping[Record, Destination]:
    """Where each candidate is, by its record."""
    return {one.record: _destination(one, offered) for one in (*candidates.models, *candidates.passing)}


def _destination(candidate: Candidate, offered: Offers) -> Destination:
    if not candidate.sources:
        known = offered.catalogs.current.provider(candidate.provider_id)
        providers = (known.id,) if known is not None else ()
        named = providers if candidate.name is not None else ()
        return Destination(providers, tuple(_built_in(offered, candidate, name) for name in named))
    own = frozenset(candidate.sources)
    planned = [offer for offer in offered.configured if not own.isdisjoint(offer.sources)]
    found: list[Target] = []
    for offer in planned if candidate.name is not None else ():
        if offer.built_in:
            found.append(_built_in(offered, candidate, offer.id))
        else:
            found += _custom(offer, candidate.name or "")
    return Destination(tuple(dict.fromkeys(offer.id for offer in planned)), tuple(dict.fromkeys(found)))


def _built_in(offered: Offers, candidate: Candidate, provider: str) -> Target:
    written = candidate.model.id if candidate.model is not None else candidate.name or ""
    name = real_name(offered.catalogs, provider, written)
    known = offered.catalogs.current.model(
        provider, name.id
    )  # the scope spells it with the catalogue's author
    author = candidate.model.author if candidate.model is not None and known is None else None
    entry = built_in_model(provider, name.id, author, offered.style)
    exists = not name.retired and (name.known or candidate.model is not None)
    return Target(provider, entry, requested_model(provider, name.id), candidate.name or "", exists)


def _custom(offer: Offer, name: str) -> list[Target]:
    found: list[Target] = []
    for model_id, provider_model_id in offer.models:
        if name in (model_id, provider_model_id):
            entry = custom_model(offer.id, model_id)
            found.append(Target(offer.id, entry, entry, model_id))
    return found
