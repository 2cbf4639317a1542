"""Request bodies of the published contract, and the mark by which the tool knows its objects.

Every body that has ``metadata`` carries ``{"migrator": {"migration": NAME, "ref": REF}}``, merged
with the source's own metadata. Account settings carry none: writing their metadata would replace
somebody else's.
"""

from __future__ import annotations

import json
from typing import Any

from msgspec.json import encode

from migrator.secrets import is_ascii, visible
from migrator.target.state import (
    AccessKey,
    Body,
    Configuration,
    Dimension,
    GatewayConfig,
    Object,
    Provider,
    ProviderKey,
    Reference,
)

MARK = "migrator"
_encoded = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def metadata_text(source: Body, migration: str, ref: str) -> str:
    """The metadata string of an object: the mark first, then the source's own members."""
    mark = {MARK: {"migration": migration, "ref": ref}}
    own = {key: value for key, value in source.items() if key != MARK}
    if not own and migration.isascii() and ref.isascii():
        return encode(
            mark
        ).decode()  # the same text; numbers with a fraction, and halves of pairs, it writes otherwise
    return _encoded({**mark, **own})


def body_of(item: Object, migration: str) -> Body:
    """The request body that creates ``item``."""
    body = _members(item)
    body["metadata"] = metadata_text(item.metadata, migration, item.ref)
    return body if is_ascii(body) else _shown(body)


def _members(item: Object) -> Body:
    match item:
        case Provider():
            return _provider(item)
        case ProviderKey():
            return {"providerId": item.provider_id, "name": item.name, "value": item.value.body()}
        case Configuration():
            return _configuration(item)
        case AccessKey():
            configuration = Reference("accessKeyConfigurations", item.configuration).body()
            described = {"description": item.description} if item.description else {}
            return {"name": item.name, **described, "accessKeyConfigurationId": configuration}


def settings_body(config: GatewayConfig) -> Body:
    """The body of ``PATCH /gateway-config``."""
    return {setting.member: setting.value for setting in config.settings}


def _provider(provider: Provider) -> Body:
    body: Body = {"providerId": provider.provider_id, "name": provider.name, "baseUrl": provider.base_url}
    if provider.surfaces:
        body["supportedApiSurfaces"] = [surface.body() for surface in provider.surfaces]
    body["models"] = [model.body() for model in provider.models]
    return body


def _configuration(configuration: Configuration) -> Body:
    body: Body = {"name": configuration.name}
    if configuration.description:
        body["description"] = configuration.description
    access: dict[str, Any] = {}
    for name, dimension in (("providers", configuration.providers), ("models", configuration.models)):
        if isinstance(dimension, Dimension):
            access[name] = {"allow": list(dimension.allow)}
    if access:
        body["access"] = access
    if configuration.rules:
        body["router"] = {"rules": [rule.body() for rule in configuration.rules]}
    return body


def _shown(value: Any) -> Any:
    """A body with every string as people may see it; the last line of defence for credentials."""
    if isinstance(value, str):
        return visible(value)
    if isinstance(value, dict):
        return {key: _shown(member) for key, member in value.items()}
    if isinstance(value, list):
        return [_shown(member) for member in value]
    return value
