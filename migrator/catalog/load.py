"""The one loader of catalogue files, and the look-ups the rest of the tool asks for."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class CatalogModel:
    """A model as one provider offers it. None is unknown."""

    id: str
    context_window: int | None
    max_output_tokens: int | None
    input_modalities: tuple[str, ...] | None


@dataclass(frozen=True)
class CatalogProvider:
    """A built-in provider. ``key_required``: ngrok has no inference of its own for it."""

    id: str
    base_url: str | None
    key_required: bool
    aliases: tuple[str, ...]
    models: tuple[CatalogModel, ...]


@dataclass(frozen=True)
class Catalog:
    """One catalogue at one date. Names are looked up without regard to case."""

    as_of: str
    source: str
    providers: tuple[CatalogProvider, ...]
    reserved: frozenset[str]
    model_aliases: dict[str, tuple[str, str]]
    _by_name: dict[str, CatalogProvider] = field(repr=False, compare=False)
    _models: dict[str, dict[str, CatalogModel]] = field(repr=False, compare=False)

    def provider(self, name: str) -> CatalogProvider | None:
        """The built-in provider of that id or alias."""
        return self._by_name.get(name.lower())

    def model(self, provider_id: str, name: str) -> CatalogModel | None:
        """The provider's model of that id, whether written with or without its author."""
        return self._models.get(provider_id, {}).get(name.lower())

    def alias(self, name: str) -> tuple[str, str] | None:
        """(provider id, model id) for which ``name`` is an alternate name."""
        return self.model_aliases.get(name.lower())

    def is_reserved(self, provider_id: str) -> bool:
        """Whether a custom provider may not take this id (ngrok error 27705)."""
        lower = provider_id.lower()
        return lower in self.reserved or any(lower == known.id for known in self.providers)


@dataclass(frozen=True)
class Catalogs:
    """What the old gateway knew beside what the new one offers."""

    legacy: Catalog
    current: Catalog


def _parse(data: dict[str, Any]) -> Catalog:
    providers = tuple(
        CatalogProvider(
            entry["id"],
            entry["baseUrl"],
            entry["keyRequired"],
            tuple(entry.get("aliases", ())),
            tuple(
                CatalogModel(
                    model["id"],
                    model["contextWindow"],
                    model["maxOutputTokens"],
                    tuple(model["inputModalities"]) if model["inputModalities"] is not None else None,
                )
                for model in entry["models"]
            ),
        )
        for entry in data["providers"]
    )
    by_name = {name.lower(): entry for entry in providers for name in (*entry.aliases, entry.id)}
    models = {
        entry.id: {name: model for model in entry.models for name in (_bare(model.id), model.id.lower())}
        for entry in providers
    }
    aliases = {alias.lower(): (to["provider"], to["model"]) for alias, to in data["modelAliases"].items()}
    reserved = frozenset(data["reservedProviderIds"])
    return Catalog(data["asOf"], data["source"], providers, reserved, aliases, by_name, models)


def _bare(model_id: str) -> str:
    return model_id.rpartition("/")[2].lower()


@cache
def bundled() -> Catalogs:
    """The catalogues that ship with the package."""
    folder = Path(__file__).parent
    legacy, current = (
        _parse(json.loads((folder / name).read_text(encoding="utf-8")))
        for name in ("legacy.json", "current.json")
    )
    return Catalogs(legacy, current)
