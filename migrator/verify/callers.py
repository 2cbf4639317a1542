"""Whose requests are compared: the clients of a unit, each with the access key that stands for it."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from migrator.naming import made_environment_name, slug
from migrator.sources.model import GatewayKey, Unit

if TYPE_CHECKING:  # most policies have nothing in front, and need none of it
    from migrator.verify.clients import Known

ANYONE: Final = "anyone"


class Caller(Struct, frozen=True):
    """A client with the ref of its access key. ``had_key``: it sent a key of the old gateway, always."""

    name: str
    key: str | None
    had_key: bool = False
    attached: tuple[tuple[str, str], ...] = ()


def callers(unit: Unit, keys: tuple[str, ...]) -> list[Caller]:
    """The unit's clients with their access keys: by name, else in order; a key that is left is a client's too."""
    prefix = f"{unit.id}--"
    left = list(keys)
    found: list[Caller] = []
    named = Counter(old.name for old in unit.keys)
    for old in unit.keys:
        ref = f"{prefix}{slug(old.id)}"
        if ref in left:
            left.remove(ref)
            name = old.name if named[old.name] == 1 else f"{old.name} ({old.id})"
            found.append(Caller(name, ref, had_key=True, attached=_attached(old)))
    without: list[Known] = []
    for client in _clients(unit):
        key = next(
            (f"{prefix}{slug(name)}" for name in client.names if f"{prefix}{slug(name)}" in left), None
        )
        if key is None:
            without.append(client)
        else:
            left.remove(key)
            found.append(Caller(client.names[0], key))
    anonymous = f"{prefix}default"
    if anonymous in keys or len(left) >= len(without):
        without = []
    found += [Caller(_called(key, prefix), key) for key in left]
    return [*found, *(Caller(client.names[0], None) for client in without)]


def _called(key: str, prefix: str) -> str:
    own = key.removeprefix(prefix)
    return ANYONE if own == "default" else own


def _attached(key: GatewayKey) -> tuple[tuple[str, str], ...]:
    """The (provider, credential) pairs that were attached to an old key, newest first."""
    return tuple(
        (one.provider, made_environment_name("ATTACHED", one.provider, one.id)) for one in key.attached
    )


def _clients(unit: Unit) -> tuple[Known, ...]:
    """The clients that what stands in front of the gateway, or its own condition, tells apart."""
    if not unit.rule.expressions and _comes_first(unit):
        return ()
    from migrator.verify.clients import clients

    return clients(unit)


def _comes_first(unit: Unit) -> bool:
    phases = ("on_tcp_connect", "on_http_request")
    actions = (action for rule in unit.policy.rules if rule.phase in phases for action in rule.actions)
    return next(actions, unit.action) is unit.action
