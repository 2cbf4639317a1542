"""Which access key configurations are the same but for what they are called.

Two are the same if they let in the same (``access``) and route the same (``router``), entry by entry. Names,
descriptions and metadata are labels and not compared. A provider key is what it stands for: the provider and
the secret of a vault, whatever its ref; one whose value no vault has is like no other. What is emitted does not
depend on this: a configuration that several units shared could not be changed for one of them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Mapping

from msgspec import Struct

from migrator.merge.model import Migration
from migrator.report.tally import number
from migrator.secrets import has_mask
from migrator.target.state import Configuration, Dimension, ProviderKey

_FEW = 2
"""So many models are named; more are counted."""


class DistinctConfiguration(Struct, frozen=True):
    """One of the configurations that differ: the refs of all that say the same, and the units they belong to."""

    configurations: tuple[str, ...]
    units: tuple[str, ...]
    about: str
    """What it allows and who pays, on one line."""


def distinct_configurations(migration: Migration) -> tuple[DistinctConfiguration, ...]:
    """Every configuration once, those of most units first."""
    keys = {key.ref: key for key in migration.state.provider_keys}
    alike: dict[Hashable, list[Configuration]] = defaultdict(list)
    for configuration in migration.state.configurations:
        alike[_identity(configuration, keys)].append(configuration)
    units = _units(migration)
    found = [
        DistinctConfiguration(
            tuple(one.ref for one in same),
            tuple(sorted({unit for one in same for unit in units.get(one.ref, ())})),
            _about(same[0], keys),
        )
        for same in alike.values()
    ]
    return tuple(sorted(found, key=lambda one: (-len(one.units), one.configurations)))


def distinct_words(migration: Migration, found: tuple[DistinctConfiguration, ...]) -> str:
    """``9812 units with 9900 configurations: 37 distinct configurations``."""
    held = sum(unit.configuration is not None for unit in migration.units)
    made = len(migration.state.configurations)
    each = f" with {number(made, 'configuration')}" if made != held else ""
    return f"{number(held, 'unit')}{each} → {number(len(found), 'distinct configuration')}"


def has_repeated(found: tuple[DistinctConfiguration, ...]) -> bool:
    """Whether any configuration is there more than once."""
    return any(len(one.configurations) > 1 for one in found)


def _units(migration: Migration) -> dict[str, list[str]]:
    """The units of each configuration; a client with provider keys of its own has one beside its unit's."""
    of_key = {key.ref: key.configuration for key in migration.state.access_keys}
    units: dict[str, list[str]] = defaultdict(list)
    for unit in migration.units:
        named = [unit.configuration, *(of_key.get(ref) for ref in unit.access_keys)]
        for ref in dict.fromkeys(ref for ref in named if ref is not None):
            units[ref].append(unit.id)
    return units


def _identity(configuration: Configuration, keys: Mapping[str, ProviderKey]) -> Hashable:
    return (
        _allowed(configuration.providers),
        _allowed(configuration.models),
        tuple(
            (
                rule.provider,
                tuple((step.type, tuple(_source(key.ref, keys) for key in step.keys)) for step in rule.steps),
            )
            for rule in configuration.rules
        ),
    )


def _allowed(dimension: Dimension | None) -> tuple[str, ...] | None:
    return None if dimension is None else dimension.allow


def _source(ref: str, keys: Mapping[str, ProviderKey]) -> Hashable:
    """What a provider key stands for: a secret of a vault, else only itself."""
    key = keys.get(ref)
    if key is None or (key.value.vault is None and key.value.name is None):
        return ref
    named = key.value.vault, key.value.name
    return ref if any(has_mask(part or "") for part in named) else (key.provider_id, *named)


def _about(configuration: Configuration, keys: Mapping[str, ProviderKey]) -> str:
    providers, models = configuration.providers, configuration.models
    paid = dict.fromkeys(
        _payer(key.ref, keys) for rule in configuration.rules for step in rule.steps for key in step.keys
    )
    if any(step.type == "ngrok" for rule in configuration.rules for step in rule.steps):
        paid["ngrok credits"] = None
    parts = (
        "any provider" if providers is None else ", ".join(providers.allow) or "no provider",
        _models(models),
        f"keys {', '.join(paid)}" if paid else "",
    )
    return "; ".join(part for part in parts if part)


def _models(models: Dimension | None) -> str:
    if models is None:
        return "any model"
    return ", ".join(models.allow) if 0 < len(models.allow) <= _FEW else number(len(models.allow), "model")


def _payer(ref: str, keys: Mapping[str, ProviderKey]) -> str:
    key = keys.get(ref)
    named = [] if key is None else [part for part in (key.value.vault, key.value.name) if part is not None]
    return "/".join(named) or ref
