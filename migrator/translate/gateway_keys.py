"""Pass: the keys of the old gateway: an access key for each, and the provider keys that were attached to it.

Attached keys replaced those of the policy, provider by provider, and were tried newest first (ngrok's pages on
AI Gateway API keys and on attaching provider keys). A client that had some gets a configuration of its own, so
that nobody pays with another client's key.
"""

from __future__ import annotations

from collections.abc import Mapping

from migrator.findings.gateway_keys import (
    AttachedKeysCarried,
    AttachedKeyUnused,
    GatewayKeysCarried,
    KeyNeverUsed,
)
from migrator.findings.keys import FailoverDiffers, ManagedFallback
from migrator.naming import compound, made_environment_name, shorten, slug
from migrator.secrets import visible
from migrator.sources.model import AttachedKey, GatewayKey
from migrator.spans import Location
from migrator.target.limits import DESCRIPTION, NAME
from migrator.target.state import AccessKey, ProviderKey, Rule, SecretReference, Step, StepKey
from migrator.translate.draft import Draft, OwnRules
from migrator.translate.metadata import fitting


def carry_keys(draft: Draft) -> None:
    """One access key for each old key of the unit's endpoints."""
    unit = draft.unit
    for key in unit.keys:
        _own_rules(draft, key)
        has_own = key.id in draft.own_rules
        ref = f"{unit.id}--{slug(key.id)}"
        draft.access_keys.append(
            AccessKey(
                ref,
                shorten(visible(f"{unit.title} / {key.name}"), NAME),
                own_ref(unit.id, key.id) if has_own else unit.id,
                shorten(visible(key.description or ""), DESCRIPTION),
                fitting(draft, key.metadata, ref, key.field.location),
                origins=(key.field.location,),
            )
        )
        if key.last_used is None:
            draft.add(KeyNeverUsed(**key.field.place, key=key.name))
    if unit.keys:
        names = ", ".join(key.name for key in unit.keys)
        draft.add(GatewayKeysCarried(**unit.action.field.place, keys=names))


def own_ref(unit: str, key: str) -> str:
    """The ref of the configuration for one old key."""
    return f"{unit}--{slug(key)}"


def _own_rules(draft: Draft, key: GatewayKey) -> None:
    by_provider: dict[str, list[AttachedKey]] = {}
    further: list[str] = []
    for attached in key.attached:
        provider = _provider(draft, attached)
        if provider is None:
            draft.add(AttachedKeyUnused(**attached.field.place, provider=attached.provider, key=key.name))
            continue
        by_provider.setdefault(provider, []).append(attached)
        scope = draft.scope_providers
        if scope is not None and provider not in scope.allow and provider not in further:
            further.append(provider)
    if not by_provider:
        return
    own = {provider: _rule(draft, provider, held) for provider, held in by_provider.items()}
    draft.own_rules[key.id] = OwnRules(
        visible(f"{draft.unit.title} / {key.name}"),
        tuple(_merged(draft.rules, own)),
        tuple(further),
        (key.field.location,),
    )
    for provider, held in by_provider.items():
        place = key.field.place
        draft.add(AttachedKeysCarried(**place, key=key.name, provider=provider, count=len(held)))
        if len(held) > 1:
            draft.add(FailoverDiffers(**place, provider=provider, count=len(held)))
    if not any(isinstance(found, ManagedFallback) for found in draft.findings):
        draft.add(ManagedFallback(at=draft.action.location, pointer=draft.gateway.field.pointer))


def _provider(draft: Draft, attached: AttachedKey) -> str | None:
    """The new id of the provider a key was attached for; None if the unit does not let clients reach it."""
    legacy = draft.catalogs.legacy
    known = legacy.provider(attached.provider)
    wanted = {attached.provider.lower(), known.id if known is not None else ""}
    for planned in draft.planned:
        ids = (planned.id, *(source.id for source in planned.sources))
        meant = (built_in.id for one in ids if (built_in := legacy.provider(one)) is not None)
        if not wanted.isdisjoint((*(one.lower() for one in ids), *meant)):
            scope = draft.scope_providers
            return planned.id if planned.usable and (scope is None or planned.id in scope.allow) else None
    if known is None or draft.catalogs.current.provider(known.id) is None:
        return None
    aliases = (alias.value.lower() for source in draft.gateway.providers for alias in source.aliases)
    if not wanted.isdisjoint(aliases):
        return None  # what clients called so was another provider
    scope, models = draft.scope_providers, draft.scope_models
    if models is None and (scope is None or known.id in scope.allow):
        return known.id
    gateway = draft.gateway
    closed = gateway.restricts_providers or gateway.restricts_models or gateway.model_strategies
    return None if closed or models is not None else known.id


def _rule(draft: Draft, provider: str, held: list[AttachedKey]) -> Rule:
    keys = tuple(StepKey(_provider_key(draft, provider, each), (each.field.location,)) for each in held)
    origins: tuple[Location, ...] = tuple(each.field.location for each in held)
    return Rule(provider, (Step("user", keys, origins),), origins)


def _provider_key(draft: Draft, provider: str, attached: AttachedKey) -> str:
    ref = compound(provider, "attached", attached.id)
    named = attached.description or attached.id
    draft.provider_keys[ref] = ProviderKey(
        ref,
        provider,
        shorten(visible(f"{provider} / {named}"), NAME),
        SecretReference(made_environment_name("ATTACHED", attached.provider, attached.id)),
        fitting(draft, attached.metadata, ref, attached.field.location),
        origins=(attached.field.location,),
    )
    return ref


def _merged(shared: list[Rule], own: Mapping[str, Rule]) -> list[Rule]:
    """The unit's rules, one's own in the place of those for the same provider, further ones behind."""
    named = {rule.provider for rule in shared}
    return [
        *(own.get(rule.provider, rule) for rule in shared),
        *(rule for provider, rule in own.items() if provider not in named),
    ]
