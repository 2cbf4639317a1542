"""The last step of a unit: its draft as a fragment of the desired state, within the contract's limits."""

from __future__ import annotations

from msgspec.structs import replace

from migrator.findings.merge import NameShortened
from migrator.naming import shorten
from migrator.policy.coverage import Outcome
from migrator.policy.origin import Field
from migrator.secrets import visible
from migrator.spans import Location
from migrator.target import limits
from migrator.target.spelling import provider_ref
from migrator.target.state import Configuration, Provider, ProviderKey
from migrator.translate.draft import Draft, Planned
from migrator.translate.gateway_keys import own_ref
from migrator.translate.metadata import fitting, plain
from migrator.translate.model import Fragment


def assemble(draft: Draft) -> Fragment:
    """Everything the draft asks for, with names and metadata that fit."""
    unit = draft.unit
    at = unit.action.field.location
    endpoint = unit.endpoint
    description = endpoint.description if endpoint and endpoint.description else f"From {unit.found.stem}"
    configuration = Configuration(
        ref=unit.id,
        name=_name(draft, unit.title, at),
        description=shorten(visible(description), limits.DESCRIPTION),
        metadata=fitting(draft, endpoint.metadata if endpoint else None, unit.id, at),
        providers=draft.scope_providers,
        models=draft.scope_models,
        rules=tuple(draft.rules),
        origins=(at,),
    )
    return Fragment(
        providers=tuple(_provider(draft, planned) for planned in draft.usable() if planned.built_in is None),
        provider_keys=tuple(_provider_key(draft, key) for key in draft.provider_keys.values()),
        configuration=configuration,
        own_configurations=tuple(_own(draft, configuration, key) for key in draft.own_rules),
        access_keys=tuple(draft.access_keys),
        settings=tuple(draft.settings),
    )


def _own(draft: Draft, shared: Configuration, key: str) -> Configuration:
    """The unit's configuration for one old key: what its own provider keys reach is paid with them."""
    own, ref = draft.own_rules[key], own_ref(draft.unit.id, key)
    providers = shared.providers
    if providers is not None and own.further:
        places = (*providers.entry_origins, *(own.origins for _ in own.further))
        providers = replace(providers, allow=(*providers.allow, *own.further), entry_origins=places)
    return replace(
        shared,
        ref=ref,
        name=_name(draft, own.name, own.origins[0]),
        providers=providers,
        rules=own.rules,
        origins=(*shared.origins, *own.origins),
    )


def _provider(draft: Draft, planned: Planned) -> Provider:
    source = planned.source
    at = source.field.location
    ref = provider_ref(planned.id, planned.base_url)
    named = source.display_name.value if source.display_name else planned.id
    return Provider(
        ref=ref,
        provider_id=planned.id,
        name=_name(
            draft, named or planned.id, at, source.display_name.field if source.display_name else None
        ),
        base_url=planned.base_url,
        metadata=fitting(draft, plain(source.metadata), ref, at, source.metadata),
        surfaces=tuple(planned.surfaces),
        models=tuple(planned.models),
        origins=tuple(entry.field.location for entry in planned.sources),
    )


def _provider_key(draft: Draft, key: ProviderKey) -> ProviderKey:
    return replace(key, name=_name(draft, key.name, key.origins[0]))


def _name(draft: Draft, text: str, at: Location, field: Field | None = None) -> str:
    shown = visible(text)
    if len(shown) <= limits.NAME:
        return shown
    draft.ledger.claim(field, Outcome.APPROXIMATED)
    draft.add(NameShortened(at=at, member="name", limit=limits.NAME))
    return shorten(shown, limits.NAME)
