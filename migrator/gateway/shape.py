"""What a configuration says of providers and models, without where it stands: a key for what follows from it.

Thousands of policies name the same few providers. Whatever depends only on what they say is worked out
once for each shape. Credentials, servers and everything else that tells policies apart are no part of it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from msgspec import Struct

from migrator.gateway.model import Gateway, Model, Provider
from migrator.policy.origin import Field
from migrator.tree.nodes import Mapping, Sequence, to_python


@dataclass(frozen=True, slots=True)
class Facts:
    """Data by name. ``text`` spells it: two are equal if they are spelled alike, types included."""

    text: str
    data: dict[str, Any] = field(compare=False)


class ModelShape(Struct, frozen=True):
    """One configured model. ``described`` are its describing fields that have the type the old schema gave them."""

    id: str
    aliases: tuple[str, ...]
    author: str | None
    is_disabled: bool
    described: Facts
    metadata: Facts | None


class ProviderShape(Struct, frozen=True):
    """One configured provider."""

    id: str
    aliases: tuple[str, ...]
    is_disabled: bool
    metadata: Facts | None
    models: tuple[ModelShape, ...]


class Shape(Struct, frozen=True):
    """What one configuration offers."""

    providers: tuple[ProviderShape, ...]
    restricts_providers: bool
    restricts_models: bool


def shape_of(gateway: Gateway) -> Shape:
    """The shape of a configuration."""
    providers = tuple(_provider(provider) for provider in gateway.providers)
    return Shape(providers, gateway.restricts_providers, gateway.restricts_models)


def _provider(provider: Provider) -> ProviderShape:
    return ProviderShape(
        provider.id,
        tuple(alias.value for alias in provider.aliases),
        provider.is_disabled,
        _metadata(provider.metadata),
        tuple(_model(model) for model in provider.models),
    )


def _model(model: Model) -> ModelShape:
    described = {field.pointer.rpartition("/")[2]: field for field in model.facts}
    return ModelShape(
        model.id,
        tuple(alias.value for alias in model.aliases),
        model.author.value if model.author is not None else None,
        model.is_disabled,
        _facts(_described(described)),
        _metadata(described.get("metadata")),
    )


def _facts(data: dict[str, Any]) -> Facts:
    return Facts(repr(data), data)


def _metadata(held: Field | None) -> Facts | None:
    """Metadata as CEL sees it; None where there is none."""
    if held is None:
        return None
    entries = held.node.entries if isinstance(held.node, Mapping) else ()
    return _facts({entry.key.text: to_python(entry.value) for entry in entries})


def _described(described: dict[str, Field]) -> dict[str, Any]:
    facts: dict[str, Any] = {}
    for name in ("display_name", "description"):
        held = described.get(name)
        if held is not None and held.text is not None:
            facts[name] = held.text
    for name in ("input_modalities", "output_modalities", "supported_features"):
        held = described.get(name)
        if held is not None and isinstance(held.node, Sequence):
            facts[name] = [item.text for item in held.items() if item.text is not None]
    for name in ("max_context_window", "max_output_tokens"):
        held = described.get(name)
        value = held.scalar.value if held is not None and held.scalar is not None else None
        if isinstance(value, int) and not isinstance(value, bool):
            facts[name] = value
    return facts
