"""The manifest as data: the ``manifest`` member of the JSON contract.

::

    {"formatVersion": 1, "migration": "default",
     "providers": [{"ref": …, "body": {…}}], "providerKeys": […],
     "accessKeyConfigurations": […], "accessKeys": […],
     "gatewayConfig": {"body": {…}}}

The four lists are always there, ``gatewayConfig`` only where the policies agree on a setting.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

from migrator.merge.model import Migration
from migrator.render.safe import encodable
from migrator.secrets import is_ascii
from migrator.target.bodies import body_of, settings_body
from migrator.target.state import AccessKey, Body, Configuration, Object, Provider, ProviderKey

FORMAT_VERSION: Final = 1


def manifest(migration: Migration) -> dict[str, Any]:
    """The desired state as one JSON document, members in the order of the contract."""
    members = manifest_members(migration).items()
    return {name: list(member) if isinstance(member, Iterator) else member for name, member in members}


def manifest_members(migration: Migration) -> dict[str, Any]:
    """The same with an iterator for each list, for who writes one object after the other."""
    document: dict[str, Any] = {"formatVersion": FORMAT_VERSION, "migration": encodable(migration.name)}
    state = migration.state
    lists: dict[str, tuple[Object, ...]] = {
        Provider.member: state.providers,
        ProviderKey.member: state.provider_keys,
        Configuration.member: state.configurations,
        AccessKey.member: state.access_keys,
    }
    for member, items in lists.items():
        document[member] = _entries(items, migration.name)
    if (settings := account_settings(migration)) is not None:
        document["gatewayConfig"] = {"body": settings}
    return document


def _entries(items: Iterable[Object], name: str) -> Iterator[dict[str, Any]]:
    for item in items:
        yield {"ref": item.ref, "body": _encodable_body(body_of(item, name))}


def account_settings(migration: Migration) -> Body | None:
    """The body that changes the account's settings; None where the run asks for no change."""
    config = migration.state.gateway_config
    return None if config is None else _encodable_body(settings_body(config))


def bodies(migration: Migration) -> Iterator[tuple[Object, Body]]:
    """Every object with the body that creates it, in the order in which they can be created."""
    for item in migration.state.objects():
        yield item, _encodable_body(body_of(item, migration.name))


def _encodable_body(body: Body) -> Body:
    return body if is_ascii(body) else {key: _encodable(member) for key, member in body.items()}


def _encodable(value: Any) -> Any:
    """A value that can be written: a description may name a file whose name is no text."""
    if isinstance(value, str):
        return encodable(value)
    if isinstance(value, dict):
        return _encodable_body(value)
    return [_encodable(member) for member in value] if isinstance(value, list) else value
