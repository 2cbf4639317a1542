"""What the retired gateway could choose from: the models, providers and authors that ``ai`` stood for.

Source: "How it works" and "CEL Functions Reference" of the old product: from the model catalogue and
the models of the configuration; allow lists and switches leave out what they do not name. A model of
the legacy catalogue has its legacy attributes; of one that only the current catalogue has, nothing but
its names is known. A model has its provider's metadata beside its own, as the old pages' examples use
it. What nobody published (metrics, datacentres, features, most prices) is unknown.

Nothing here knows where a configuration stands, only what it says (``migrator.gateway.shape``): policies
that say the same have the same candidates, which are made once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any

from msgspec import Struct

from migrator.catalog import Catalogs
from migrator.catalog.facts import catalog_facts
from migrator.cel.possible import Listing, Record
from migrator.gateway.model import Gateway
from migrator.gateway.shape import ModelShape, ProviderShape, Shape, shape_of
from migrator.secrets import has_mask


class Candidate(Struct, frozen=True, eq=False):
    """One model the old gateway could choose, or pass through.

    ``provider_id`` is the old gateway's id of its provider, ``sources`` the numbers of that provider's entries
    in the configuration. ``model`` is the configured entry, if there is one; ``catalogued`` says whether the
    legacy catalogue has it. ``name`` is None for whatever unknown model a client names (pass-through).
    """

    record: Record
    provider_id: str
    name: str | None
    built_in: bool
    sources: tuple[int, ...] = ()
    model: ModelShape | None = None
    catalogued: bool = False


@dataclass(frozen=True, eq=False)
class Candidates:
    """Everything a strategy is about. ``passing`` are the pass-through models, one for each provider."""

    models: tuple[Candidate, ...]
    passing: tuple[Candidate, ...]
    providers: tuple[Record, ...]
    by_record: Mapping[Record, Candidate] = field(repr=False)

    @cached_property
    def by_name(self) -> Mapping[str, list[Candidate]]:
        """The models by each of their names, in lower case."""
        found: dict[str, list[Candidate]] = {}
        for one in self.models:
            for name in {str(one.name).lower(), *(alias.lower() for alias in one.record.aliases)}:
                found.setdefault(name, []).append(one)
        return found

    def ai(self, *, passing: bool = False) -> dict[str, Listing]:
        """The collections of ``ai``, with or without the pass-through models."""
        from migrator.cel.strategy import collections

        models = [one.record for one in (*self.models, *(self.passing if passing else ()))]
        names = dict.fromkeys(str(one.facts["author_id"]) for one in models if "author_id" in one.facts)
        authors = [Record("author", {"id": name}) for name in names]
        return collections(models, self.providers, authors)


def candidates(gateway: Gateway, catalogs: Catalogs) -> Candidates:
    """What the strategies of ``gateway`` chose from; the same object again where another gateway says the same."""
    return _candidates(shape_of(gateway), catalogs)


@lru_cache(maxsize=256)
def _candidates(shape: Shape, catalogs: Catalogs) -> Candidates:
    models: list[Candidate] = []
    passing: list[Candidate] = []
    providers: list[Record] = []
    for name, numbers in _providers(shape, catalogs).items():
        sources = tuple(shape.providers[number] for number in numbers)
        if any(source.is_disabled for source in sources):
            continue
        if sources:
            found = _offered(_Configured(catalogs, name, numbers, sources), listed=shape.restricts_models)
        else:
            found = _unconfigured(catalogs, name)
        providers.append(found.provider)
        models += found.models
        passing += found.passing
    everything = (*models, *passing)
    return Candidates(
        tuple(models), tuple(passing), tuple(providers), {one.record: one for one in everything}
    )


class _Offered(Struct, frozen=True, eq=False):
    """One provider with its models. ``passing`` is empty where an allow list shuts unknown models out."""

    provider: Record
    models: tuple[Candidate, ...]
    passing: tuple[Candidate, ...]


class _Configured(Struct, frozen=True, eq=False):
    """A provider with its entries in the configuration, by their numbers and by what they say."""

    catalogs: Catalogs
    name: str
    numbers: tuple[int, ...] = ()
    sources: tuple[ProviderShape, ...] = ()

    @property
    def built_in(self) -> bool:
        catalogs = self.catalogs
        return any(catalog.provider(self.name) is not None for catalog in (catalogs.legacy, catalogs.current))


@lru_cache(maxsize=256)
def _unconfigured(catalogs: Catalogs, name: str) -> _Offered:
    """A built-in provider that the configuration does not name: the same for every policy."""
    return _offered(_Configured(catalogs, name), listed=False)


def _offered(of: _Configured, *, listed: bool) -> _Offered:
    """``listed``: only models that the configuration lists."""
    provider = _provider(of)
    models = _models(of, provider, listed=listed)
    facts = {**_common(provider), "known": False, "custom": False}
    record = Record("model", facts, provider=provider)
    unknown = Candidate(record, of.name, None, of.built_in, of.numbers)
    return _Offered(provider, tuple(models), () if listed else (unknown,))


def canonical(name: str, catalogs: Catalogs) -> str:
    """A provider's id as the old gateway resolved it."""
    built_in = catalogs.legacy.provider(name) or catalogs.current.provider(name)
    return name if built_in is None else built_in.id


def _providers(shape: Shape, catalogs: Catalogs) -> dict[str, tuple[int, ...]]:
    """The entries of each provider's id: configured ones in their order, then the other built-in ones."""
    found: dict[str, list[int]] = {}
    for number, source in enumerate(shape.providers):
        found.setdefault(canonical(source.id, catalogs), []).append(number)
    if not (shape.restricts_providers or shape.restricts_models):
        for catalog in (catalogs.legacy, catalogs.current):
            for entry in catalog.providers:
                found.setdefault(entry.id, [])
    return {name: tuple(numbers) for name, numbers in found.items()}


def _provider(of: _Configured) -> Record:
    built_in = of.catalogs.legacy.provider(of.name)
    aliases = {alias for source in of.sources for alias in source.aliases} | {
        source.id for source in of.sources
    }
    aliases |= set(built_in.aliases) if built_in is not None else set()
    metadata: dict[str, Any] = {}
    for source in of.sources:
        metadata |= source.metadata.data if source.metadata is not None else {}
    facts: dict[str, object] = {
        "id": of.name,
        "id_aliases": sorted(aliases - {of.name}),
        "metadata": metadata,
    }
    return Record("provider", facts, frozenset(aliases - {of.name}))


def _common(provider: Record) -> dict[str, object]:
    """What every model of a provider has from it."""
    return {
        "provider_id": provider.facts["id"],
        "provider_id_aliases": provider.facts["id_aliases"],
        "metadata": provider.facts["metadata"],
    }


def _models(of: _Configured, provider: Record, *, listed: bool) -> list[Candidate]:
    """The configured models first, then those of the catalogues; a model that is disabled anywhere is off."""
    catalogs, name, built_in = of.catalogs, of.name, of.built_in
    written = [model for source in of.sources for model in source.models if not has_mask(model.id)]
    named = [(_known_as(catalogs, name, model.id) if built_in else model.id, model) for model in written]
    off = {known.lower() for known, model in named if model.is_disabled}
    found: dict[str, Candidate] = {}
    for known, model in named:
        if known.lower() not in off and known.lower() not in found:
            found[known.lower()] = _configured(of, known, model, provider)
    if built_in and not listed:
        for known, catalogued in _catalogued(catalogs, name):
            if known.lower() not in off and known.lower() not in found:
                facts = _common(provider) | catalog_facts(catalogs, name, known)
                aliases = catalogs.legacy.aliases_of(name, known)
                record = Record("model", facts | {"id_aliases": sorted(aliases)}, aliases, provider)
                found[known.lower()] = Candidate(
                    record, name, known, built_in, of.numbers, catalogued=catalogued
                )
    return list(found.values())


def _catalogued(catalogs: Catalogs, provider_id: str) -> Iterator[tuple[str, bool]]:
    """(model id, whether the legacy catalogue has it) of a built-in provider, each model once."""
    legacy, current = catalogs.legacy.provider(provider_id), catalogs.current.provider(provider_id)
    for model in legacy.models if legacy else ():
        yield model.id, True
    for model in current.models if current else ():
        if catalogs.legacy.model(provider_id, model.id) is None:
            yield model.id, False


def _known_as(catalogs: Catalogs, provider_id: str, name: str) -> str:
    """The id of a built-in provider's model as the old catalogue spelled it; the name itself for an unknown one."""
    alias = catalogs.legacy.alias(name)
    for catalog in (catalogs.legacy, catalogs.current):
        model = catalog.model(provider_id, name)
        if model is None and alias is not None and alias[0] == provider_id:
            model = catalog.model(provider_id, alias[1])
        if model is not None:
            return model.id
    return alias[1] if alias is not None and alias[0] == provider_id else name


def _configured(of: _Configured, known: str, model: ModelShape, provider: Record) -> Candidate:
    """A configured model: what the catalogue says of it, and over that what the configuration says."""
    catalogs, name, built_in = of.catalogs, of.name, of.built_in
    facts = _common(provider)
    legacy = catalogs.legacy.model(name, known) if built_in else None
    facts |= catalog_facts(catalogs, name, known) if built_in else {"id": known}
    facts |= {"known": True, "custom": legacy is None}
    if model.author is not None:
        facts["author_id"] = model.author
    facts |= model.described.data
    if model.metadata is not None:
        facts["metadata"] = {**_mapping(provider.facts["metadata"]), **model.metadata.data}
    aliases = {*model.aliases, *({model.id} if model.id != known else ())}
    aliases |= catalogs.legacy.aliases_of(name, known) if built_in else set()
    facts["id_aliases"] = sorted(aliases)
    record = Record("model", facts, frozenset(aliases), provider)
    return Candidate(record, name, known, built_in, of.numbers, model, catalogued=legacy is not None)


def _mapping(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
