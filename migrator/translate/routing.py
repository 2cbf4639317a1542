"""Pass: whose credential pays: provider keys and routing rules."""

from __future__ import annotations

from migrator.findings.keys import (
    BuiltInWithoutKeys,
    CustomWithoutKeys,
    FailoverDiffers,
    KeyNeeded,
    KeyNotConstant,
    ManagedFallback,
)
from migrator.gateway.model import ApiKey, DynamicSecret, EnvironmentSecret, LiteralSecret, VaultSecret
from migrator.naming import (
    compound,
    environment_name,
    literal_environment_name,
    made_environment_name,
    own_environment_name,
    provider_key_ref,
)
from migrator.policy.coverage import Outcome
from migrator.secrets import visible
from migrator.spans import Location
from migrator.target.spelling import provider_ref
from migrator.target.state import ProviderKey, Rule, SecretReference, Step, StepKey
from migrator.translate.decide import Question
from migrator.translate.draft import Draft, Planned

SUPPLY = "supply-key"
NO_RULE = "no-rule"
NGROK = "ngrok"


def set_routing(draft: Draft) -> None:
    """One provider rule for each provider that someone pays for."""
    own_keys = False
    for planned in draft.usable():
        steps = _own_keys(draft, planned)
        if steps:
            own_keys = own_keys or planned.built_in is not None
        else:
            steps = _keyless(draft, planned)
        if steps:
            draft.rules.append(Rule(planned.id, steps, (planned.source.field.location,)))
    if own_keys:
        draft.add(ManagedFallback(at=draft.action.location, pointer=draft.gateway.field.pointer))


def _own_keys(draft: Draft, planned: Planned) -> tuple[Step, ...]:
    keys: dict[str, StepKey] = {}
    for place, key in enumerate(planned.keys, start=1):
        ref = _provider_key(draft, planned, key, place)
        if ref is not None:
            keys.setdefault(ref, StepKey(ref, (key.field.location,)))
    for source in planned.sources:
        if source.keys_field is not None and not source.keys:
            draft.ledger.settle(source.keys_field, Outcome.NO_EFFECT)
    if not keys:
        return ()
    origin = next(source.keys_field.location for source in planned.sources if source.keys_field is not None)
    if len(keys) > 1:
        at = planned.source.id_field
        draft.add(FailoverDiffers(at=origin, pointer=at.pointer, provider=planned.id, count=len(keys)))
    return (Step("user", tuple(keys.values()), (origin,)),)


def _provider_key(draft: Draft, planned: Planned, key: ApiKey, place: int) -> str | None:
    at = key.field.location
    credential = key.credential
    if isinstance(credential, DynamicSecret):
        draft.ledger.claim(key.field, Outcome.UNSUPPORTED)
        draft.add(KeyNotConstant(at=at, pointer=key.field.pointer, provider=planned.id))
        return None
    ref, value, label = _reference(draft, planned, credential, place)
    draft.ledger.claim(key.field, Outcome.CONVERTED)
    _add_key(draft, ref, planned.id, visible(label), value, at)
    return ref


def _reference(
    draft: Draft, planned: Planned, credential: VaultSecret | LiteralSecret | EnvironmentSecret, place: int
) -> tuple[str, SecretReference, str]:
    """(ref, value, name) of the provider key for a constant credential."""
    match credential:
        case VaultSecret(vault, name):
            label = name if vault is None else f"{vault}/{name}"
            return (
                _key_ref(planned, vault, name),
                SecretReference(environment_name(vault, name), vault, name),
                label,
            )
        case EnvironmentSecret(name):
            value = SecretReference(own_environment_name(name))
            return (
                compound(_owner(planned), "environment", "variable", name),
                value,
                f"{planned.id} from {name}",
            )
        case LiteralSecret(ordinal):
            stem = draft.unit.found.stem
            value = SecretReference(literal_environment_name(stem, ordinal))
            label = f"{planned.id} key {place} of {draft.unit.title}"
            return compound(_owner(planned), "literal", stem, str(ordinal + 1)), value, label


def _owner(planned: Planned) -> str:
    """What a key belongs to: a built-in provider's id, or the ref of one custom server."""
    return planned.id if planned.built_in is not None else provider_ref(planned.id, planned.base_url)


def _key_ref(planned: Planned, vault: str | None, name: str) -> str:
    """A provider key's ref. Two servers of one id never share one, whatever id they end up with."""
    if planned.built_in is not None:
        return provider_key_ref(planned.id, vault, name)
    parts = (
        ("secret", "no-vault", name) if vault is None else (name,) if vault == planned.id else (vault, name)
    )
    return f"{_owner(planned)}--{compound(*parts)}"


def _add_key(
    draft: Draft, ref: str, provider_id: str, name: str, value: SecretReference, at: Location
) -> None:
    known = draft.provider_keys.get(ref)
    origins = (*known.origins, at) if known else (at,)
    draft.provider_keys[ref] = ProviderKey(
        ref, provider_id, known.name if known else name, value, origins=origins
    )


def _keyless(draft: Draft, planned: Planned) -> tuple[Step, ...]:
    """A provider without usable keys: somebody has to say who pays."""
    at, pointer = planned.source.id_field.location, planned.source.id_field.pointer
    if planned.built_in is None:
        decision = draft.ask(
            Question(
                "keyless-custom-provider",
                CustomWithoutKeys,
                f"The custom provider {planned.id} has no key. Leave it without a routing rule, or add one with "
                "a provider key that you supply?",
                (NO_RULE, SUPPLY),
                planned.id,
            )
        )
        draft.add(
            CustomWithoutKeys(
                at=at,
                pointer=pointer,
                provider=planned.id,
                chosen=decision.chosen,
                decided=not decision.is_open,
            )
        )
    elif _ngrok_offers(draft, planned.id):
        decision = draft.ask(
            Question(
                "who-pays",
                BuiltInWithoutKeys,
                f"The policy has no usable key for {planned.id}. Who pays: ngrok credits, or a provider key that "
                "you supply?",
                (SUPPLY, NGROK) if planned.keys else (NGROK, SUPPLY),
                planned.id,
            )
        )
        draft.add(
            BuiltInWithoutKeys(
                at=at,
                pointer=pointer,
                provider=planned.id,
                chosen=decision.chosen,
                decided=not decision.is_open,
            )
        )
    else:
        decision = draft.ask(
            Question(
                "who-pays",
                KeyNeeded,
                f"{planned.id} needs a provider key and the policy has none. Leave it without a routing rule, or "
                "add one with a provider key that you supply?",
                (NO_RULE, SUPPLY),
                planned.id,
            )
        )
        draft.add(
            KeyNeeded(
                at=at,
                pointer=pointer,
                provider=planned.id,
                chosen=decision.chosen,
                decided=not decision.is_open,
            )
        )
    origin = (planned.source.id_field.location,)
    if decision.chosen == NGROK:
        return (Step("ngrok", (), origin),)
    if decision.chosen == SUPPLY:
        ref = compound(_owner(planned), "supplied")
        value = SecretReference(made_environment_name("SUPPLY", _owner(planned)))
        _add_key(draft, ref, planned.id, f"{planned.id} (supplied)", value, origin[0])
        return (Step("user", (StepKey(ref, origin),), origin),)
    return ()


def _ngrok_offers(draft: Draft, provider_id: str) -> bool:
    offered = draft.catalogs.current.provider(provider_id)
    return offered is not None and not offered.key_required
