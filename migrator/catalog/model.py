"""Catalogues as values, and the look-ups the rest of the tool asks for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from msgspec import Struct

Gateway: TypeAlias = Literal["legacy", "current"]
"""Which gateway a catalogue describes: the retired one behind endpoints, or the one at ngrok.ai."""


class CatalogModel(Struct, frozen=True):
    """A model as one provider offers it. None is unknown, never "no".

    ``prices`` maps the old gateway's price types (``text.input``, ``text.output``,
    ``text.input_cache_read``, …) to US dollars per million tokens; a type it lacks is unknown.
    """

    id: str
    context_window: int | None
    max_output_tokens: int | None
    input_modalities: tuple[str, ...] | None
    output_modalities: tuple[str, ...] | None = None
    author: str | None = None
    display_name: str | None = None
    prices: Mapping[str, float] | None = None

    def __hash__(self) -> int:
        """Without the prices, which have none."""
        return hash((self.id, self.context_window, self.author))


class CatalogProvider(Struct, frozen=True):
    """A built-in provider. ``key_required``: ngrok has no inference of its own for it.

    ``author`` is who made its models, where neither their ids nor they themselves say so.
    """

    id: str
    base_url: str | None
    key_required: bool
    aliases: tuple[str, ...]
    models: tuple[CatalogModel, ...]
    author: str | None = None


@dataclass(frozen=True)
class Catalog:
    """One gateway's catalogue at one date. Names are looked up without regard to case.

    ``reserved`` are ids that are built-in although nothing more is known about them.
    """

    gateway: Gateway
    as_of: str
    source: str
    providers: tuple[CatalogProvider, ...]
    reserved: frozenset[str]
    model_aliases: Mapping[str, tuple[str, str]]
    _by_name: Mapping[str, CatalogProvider] = field(init=False, repr=False, compare=False)
    _models: Mapping[str, Mapping[str, CatalogModel]] = field(init=False, repr=False, compare=False)
    _aliases: Mapping[tuple[str, str], frozenset[str]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        by_name = {name.lower(): entry for entry in self.providers for name in (*entry.aliases, entry.id)}
        models = {entry.id.lower(): _by_model_name(entry.models) for entry in self.providers}
        object.__setattr__(self, "_by_name", by_name)
        object.__setattr__(self, "_models", models)
        aliases: dict[tuple[str, str], set[str]] = {}
        for alias, (provider, target) in self.model_aliases.items():
            known = self.model(provider, target)
            aliases.setdefault((provider, (known.id if known else target).lower()), set()).add(alias)
        object.__setattr__(self, "_aliases", {key: frozenset(names) for key, names in aliases.items()})

    def provider(self, name: str) -> CatalogProvider | None:
        """The built-in provider of that id or alias."""
        return self._by_name.get(name.lower())

    def model(self, provider_id: str, name: str) -> CatalogModel | None:
        """The provider's model of that id, whether written with or without its author.

        None also for a name without author that models of several authors have.
        """
        return self._models.get(provider_id.lower(), {}).get(name.lower())

    def alias(self, name: str) -> tuple[str, str] | None:
        """(provider id, model id) for which ``name`` is an alternate name."""
        return self.model_aliases.get(name.lower())

    def aliases_of(self, provider_id: str, name: str) -> frozenset[str]:
        """The alternate names of a provider's model, whether the catalogue has it or only names for it."""
        known = self.model(provider_id, name)
        return self._aliases.get((provider_id, (known.id if known else name).lower()), frozenset())

    def is_reserved(self, provider_id: str) -> bool:
        """Whether a custom provider may not take this id (ngrok error 27705)."""
        lower = provider_id.lower()
        return lower in self.reserved or any(lower == known.id.lower() for known in self.providers)


class Catalogs(Struct, frozen=True, eq=False):
    """What the old gateway knew beside what the new one offers. Equal to itself alone, so that it can be a key."""

    legacy: Catalog
    current: Catalog


def author_of(model_id: str) -> str | None:
    """The author part of an id that has one."""
    author, slash, _ = model_id.partition("/")
    return (author or None) if slash else None


def without_author(model_id: str) -> str:
    """The id without its author part."""
    return model_id.partition("/")[2] or model_id


def _by_model_name(models: Iterable[CatalogModel]) -> dict[str, CatalogModel]:
    written = {model.id.lower(): model for model in models}
    other = [(name, model) for model in written.values() for name in _other_names(model)]
    uses = Counter(name for name, _ in other)
    return {name: model for name, model in other if uses[name] == 1} | written


def _other_names(model: CatalogModel) -> tuple[str, ...]:
    if "/" in model.id:
        return (without_author(model.id).lower(),)
    return (f"{model.author}/{model.id}".lower(),) if model.author else ()
