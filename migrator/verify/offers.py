"""What the old gateway could try: every model it knew, and one unknown model for each provider.

A model of the legacy catalogue has its legacy attributes; of one that only today's catalogue has nothing but
its name is known, and whether the old gateway knew it is open. What the configuration says of a model stands
over what the catalogue says.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any, Final, NamedTuple

from msgspec import Struct

from migrator.catalog import Catalogs
from migrator.catalog.facts import catalog_facts
from migrator.cel.possible import Listing, Record
from migrator.policy.origin import Field
from migrator.tree.nodes import Mapping as MappingNode
from migrator.tree.nodes import Sequence, to_python
from migrator.verify.configured import Configured, ConfiguredModel, ConfiguredProvider, built_in_formats

_TEXTS: Final = ("display_name", "description")
_LISTS: Final = ("input_modalities", "output_modalities", "supported_features")
_NUMBERS: Final = ("max_context_window", "max_output_tokens")


UNKNOWN_MODEL: Final = "no-such-model"
"""What stands for whatever unknown model a client names."""


class Offer(Struct, frozen=True, eq=False, dict=True):
    """A model at a provider. ``name`` is None for whatever unknown model a client names there.

    ``upstream`` reaches the provider. ``names`` (lower case) are those by which a client reaches it, with or
    without the provider. ``surely``: the old gateway certainly knew it.
    """

    provider: ConfiguredProvider
    name: str | None
    upstream: str
    record: Record
    names: frozenset[str] = frozenset()
    surely: bool = True
    model: ConfiguredModel | None = None

    @cached_property
    def spelled(self) -> str:
        return f"{self.provider.id}:{self.name or UNKNOWN_MODEL}"


class Part(Struct, frozen=True, eq=False):
    """What one provider offers. ``off`` are names of models that are switched off there.

    ``unknown`` is None where an allow list leaves nothing but what it names.
    """

    provider: ConfiguredProvider
    record: Record
    known: tuple[Offer, ...]
    unknown: Offer | None
    index: dict[str, Offer]
    off: frozenset[str] = frozenset()


class Offers(Struct, frozen=True, eq=False, dict=True):
    """Everything at hand, providers in the configuration's order, then the other built-in ones."""

    parts: tuple[Part, ...]

    @cached_property
    def known(self) -> tuple[Offer, ...]:
        return tuple(offer for part in self.parts for offer in part.known)

    @cached_property
    def unknown(self) -> tuple[Offer, ...]:
        return tuple(part.unknown for part in self.parts if part.unknown is not None)

    @cached_property
    def records(self) -> Records:
        return Records(
            tuple(part.record for part in self.parts),
            tuple(offer.record for offer in self.known),
            tuple(offer.record for offer in self.unknown),
        )


class Records(NamedTuple):
    """What strategies choose from: the same ones for all configurations that say the same of it."""

    providers: tuple[Record, ...]
    known: tuple[Record, ...]
    unknown: tuple[Record, ...]

    def ai(self, *, unknown: bool = False) -> dict[str, Listing]:
        """The collections of ``ai``, with or without the models that stand for unknown ones."""
        from migrator.cel.strategy import collections

        models = [*self.known, *(self.unknown if unknown else ())]
        authors = dict.fromkeys(str(one.facts["author_id"]) for one in models if "author_id" in one.facts)
        return collections(models, self.providers, [Record("author", {"id": name}) for name in authors])


@dataclass(frozen=True, slots=True)
class _Said:
    """Facts that a configuration decides. ``text`` spells them: two are equal if they are spelled alike."""

    text: str
    facts: dict[str, Any] = field(compare=False)


@lru_cache(maxsize=4096)
def _record(kind: str, said: _Said, aliases: frozenset[str], provider: Record | None = None) -> Record:
    return Record(kind, said.facts, aliases, provider)


def offers(config: Configured, catalogs: Catalogs) -> Offers:
    """What the lists and switches of a configuration leave."""
    parts = [
        _part(provider, catalogs, place, listed=config.only_models)
        for place, provider in enumerate(config.providers)
        if not provider.disabled
    ]
    if not config.closed:
        named = {provider.id for provider in config.providers}
        for catalog in (catalogs.legacy, catalogs.current):
            for entry in catalog.providers:
                if entry.id not in named:
                    named.add(entry.id)
                    parts.append(_not_named(entry.id, catalogs))
    return Offers(tuple(parts))


def one_name(catalogs: Catalogs, provider_id: str, name: str) -> str:
    """A built-in provider's model as today's catalogue spells it; else as the old one did; else as written."""
    found = catalogs.current.model(provider_id, name) or catalogs.legacy.model(provider_id, name)
    return found.id if found is not None else name


def old_name(catalogs: Catalogs, provider_id: str, name: str) -> tuple[str, bool]:
    """(what the old gateway made of a model's name at a built-in provider, whether it certainly knew it)."""
    prefix = f"{provider_id}/"
    for spelled in (name, name[len(prefix) :]) if name.lower().startswith(prefix) else (name,):
        legacy = catalogs.legacy.model(provider_id, spelled)
        if legacy is not None:
            return legacy.id, True
        alias = catalogs.legacy.alias(spelled)
        if alias is not None and alias[0] == provider_id:
            target = catalogs.legacy.model(provider_id, alias[1])
            return (target.id if target is not None else alias[1]), True
        current = catalogs.current.model(provider_id, spelled)
        if current is not None:
            return current.id, False
    return name, False


@lru_cache(maxsize=256)
def _not_named(provider_id: str, catalogs: Catalogs) -> Part:
    """A built-in provider that a configuration does not name: the same for all of them."""
    legacy = catalogs.legacy.provider(provider_id)
    names = {provider_id.lower(), *(alias.lower() for alias in (legacy.aliases if legacy else ()))}
    formats = built_in_formats(provider_id)
    provider = ConfiguredProvider(
        id=provider_id,
        built_in=True,
        catalogued=True,
        server=provider_id,
        names=frozenset(names),
        spellings=tuple(sorted(legacy.aliases if legacy is not None else ())),
        fields=(),
        formats=formats,
    )
    return _part(provider, catalogs, 0, listed=False)


def _part(provider: ConfiguredProvider, catalogs: Catalogs, place: int, *, listed: bool) -> Part:
    record = _provider_record(provider, place)
    written = [(_model_id(provider, model, catalogs), model) for model in provider.models]
    off = {name.lower() for name, model in written if model.disabled}
    named: dict[str, str] = {}
    for name, _ in written:
        named.setdefault(name.lower(), name)
    known = [
        _configured(provider, record, name, written, catalogs)
        for lower, name in named.items()
        if lower not in off
    ]
    if provider.catalogued and not listed:
        seen = frozenset(off | {str(offer.name).lower() for offer in known})
        known += [
            Offer(provider, one.name, one.upstream, one.record, one.names, one.surely)
            for one in _catalogued(provider.id, record, seen, catalogs)
        ]
    index: dict[str, Offer] = {}
    for offer in known:
        for name in offer.names:
            index.setdefault(name, offer)
    unknown = None
    if not listed:
        facts = {**_from_provider(record), "known": False, "custom": False}
        said = _Said("", facts)  # the provider says it all
        unknown = Offer(provider, None, "", _record("model", said, frozenset(), record))
    return Part(provider, record, tuple(known), unknown, index, frozenset(off))


class _Catalogued(NamedTuple):
    """What an offer has of the catalogues."""

    name: str
    upstream: str
    record: Record
    names: frozenset[str]
    surely: bool


@lru_cache(maxsize=512)
def _catalogued(
    provider_id: str, record: Record, seen: frozenset[str], catalogs: Catalogs
) -> tuple[_Catalogued, ...]:
    """The models of the catalogues that a configuration does not name."""
    found: list[_Catalogued] = []
    legacy, current = catalogs.legacy.provider(provider_id), catalogs.current.provider(provider_id)
    models = [(model.id, True) for model in (legacy.models if legacy is not None else ())]
    models += [
        (model.id, False)
        for model in (current.models if current is not None else ())
        if catalogs.legacy.model(provider_id, model.id) is None
    ]
    for name, surely in models:
        if name.lower() not in seen:
            facts = _from_provider(record) | catalog_facts(catalogs, provider_id, name)
            aliases = catalogs.legacy.aliases_of(provider_id, name)
            facts["id_aliases"] = sorted(aliases)
            made = Record("model", facts, aliases, record)
            upstream = one_name(catalogs, provider_id, name)
            found.append(_Catalogued(name, upstream, made, _names(name, aliases), surely))
    return tuple(found)


def _model_id(provider: ConfiguredProvider, model: ConfiguredModel, catalogs: Catalogs) -> str:
    return old_name(catalogs, provider.id, model.id)[0] if provider.catalogued else model.id


def _configured(
    provider: ConfiguredProvider,
    record: Record,
    name: str,
    written: list[tuple[str, ConfiguredModel]],
    catalogs: Catalogs,
) -> Offer:
    models = [model for other, model in written if other.lower() == name.lower()]
    first = models[0]
    legacy = catalogs.legacy.model(provider.id, name) if provider.catalogued else None
    facts = _from_provider(record)
    facts |= catalog_facts(catalogs, provider.id, name) if provider.catalogued else {"id": name}
    facts |= {"known": True, "custom": legacy is None}
    facts |= _written(first.field, facts["metadata"])
    aliases = {alias for model in models for alias in model.aliases}
    aliases |= {model.id for model in models if model.id != name}
    if provider.catalogued:
        aliases |= catalogs.legacy.aliases_of(provider.id, name)
    facts["id_aliases"] = sorted(aliases)
    made = _record("model", _Said(repr(facts), facts), frozenset(aliases), record)
    upstream = one_name(catalogs, provider.id, name) if provider.catalogued else name
    return Offer(provider, name, upstream, made, _names(name, aliases), surely=True, model=first)


def _names(name: str, aliases: frozenset[str] | set[str]) -> frozenset[str]:
    return frozenset({name.lower(), *(alias.lower() for alias in aliases)})


def _provider_record(provider: ConfiguredProvider, place: int) -> Record:
    metadata: dict[str, Any] = {}
    for entry in provider.fields:
        metadata |= _mapping(entry.get("metadata"))
    aliases = frozenset(provider.spellings)
    facts = {"id": provider.id, "id_aliases": sorted(aliases), "metadata": metadata}
    apart = f"{place}: {facts!r}"  # two providers of one configuration may say the same
    return _record("provider", _Said(apart, facts), aliases)


def _from_provider(record: Record) -> dict[str, Any]:
    return {
        "provider_id": record.facts["id"],
        "provider_id_aliases": record.facts["id_aliases"],
        "metadata": record.facts["metadata"],
    }


def _written(field: Field, inherited: dict[str, Any]) -> dict[str, Any]:
    """The describing members of a configured model, where they have the type that they should."""
    facts: dict[str, Any] = {}
    author = field.get("author_id")
    if author is not None and author.text is not None:
        facts["author_id"] = author.text
    for name in _TEXTS:
        held = field.get(name)
        if held is not None and held.text is not None:
            facts[name] = held.text
    for name in _LISTS:
        held = field.get(name)
        if held is not None and isinstance(held.node, Sequence):
            facts[name] = [item.text for item in held.items() if item.text is not None]
    for name in _NUMBERS:
        held = field.get(name)
        value = held.scalar.value if held is not None and held.scalar is not None else None
        if isinstance(value, int) and not isinstance(value, bool):
            facts[name] = value
    own = _mapping(field.get("metadata"))
    if own:
        facts["metadata"] = {**inherited, **own}
    return facts


def _mapping(field: Field | None) -> dict[str, Any]:
    if field is None or not isinstance(field.node, MappingNode):
        return {}
    return {entry.key.text: to_python(entry.value) for entry in field.node.entries}
