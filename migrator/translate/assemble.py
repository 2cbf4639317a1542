"""The last step of a unit: its draft as a fragment of the desired state, within the contract's limits."""

from __future__ import annotations

import math

from migrator.findings.merge import MetadataTooLong, NameShortened
from migrator.naming import shorten
from migrator.policy.coverage import Outcome
from migrator.policy.origin import Field
from migrator.secrets import visible
from migrator.spans import Location
from migrator.target import limits
from migrator.target.bodies import metadata_text
from migrator.target.spelling import provider_ref
from migrator.target.state import Body, Configuration, Provider, ProviderKey
from migrator.translate.draft import Draft, Planned
from migrator.translate.model import Fragment
from migrator.tree.nodes import to_python


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
        metadata=_metadata(draft, endpoint.metadata if endpoint else None, unit.id, at),
        providers=draft.scope_providers,
        models=draft.scope_models,
        rules=tuple(draft.rules),
        origins=(at,),
    )
    return Fragment(
        providers=tuple(_provider(draft, planned) for planned in draft.usable() if planned.built_in is None),
        provider_keys=tuple(_provider_key(draft, key) for key in draft.provider_keys.values()),
        configuration=configuration,
        access_keys=tuple(draft.access_keys),
        settings=tuple(draft.settings),
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
        metadata=_metadata(draft, _plain(source.metadata), ref, at, source.metadata),
        surfaces=tuple(planned.surfaces),
        models=tuple(planned.models),
        origins=tuple(entry.field.location for entry in planned.sources),
    )


def _provider_key(draft: Draft, key: ProviderKey) -> ProviderKey:
    return ProviderKey(
        key.ref, key.provider_id, _name(draft, key.name, key.origins[0]), key.value, origins=key.origins
    )


def _name(draft: Draft, text: str, at: Location, field: Field | None = None) -> str:
    shown = visible(text)
    if len(shown) <= limits.NAME:
        return shown
    draft.ledger.claim(field, Outcome.APPROXIMATED)
    draft.add(NameShortened(at=at, member="name", limit=limits.NAME))
    return shorten(shown, limits.NAME)


def _plain(field: Field | None) -> Body | None:
    value = None if field is None else to_python(field.node)
    return {str(key): _json(member) for key, member in value.items()} if isinstance(value, dict) else None


def _json(value: object) -> object:
    """A value as JSON has it: numbers that JSON does not know become text."""
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, dict):
        return {key: _json(member) for key, member in value.items()}
    return [_json(member) for member in value] if isinstance(value, list) else value


def _metadata(draft: Draft, source: Body | None, ref: str, at: Location, field: Field | None = None) -> Body:
    """The source's own metadata if it fits beside the mark."""
    if not source:
        return {}
    if len(metadata_text(source, draft.options.migration, ref)) <= limits.METADATA:
        return source
    draft.ledger.claim(field, Outcome.UNSUPPORTED)
    draft.add(MetadataTooLong(at=at, limit=limits.METADATA))
    return {}
