"""Pass: the access scope: which providers and models the unit's access keys may reach."""

from __future__ import annotations

from migrator.findings.keys import AllListedModelsOff, CreditsPay, OtherProviders, OtherProvidersOpen
from migrator.findings.providers import NothingAllowed, ProviderWithoutModels, ScopeEnumerated
from migrator.gateway.model import Model
from migrator.policy.coverage import Outcome
from migrator.policy.origin import Place
from migrator.secrets import has_mask
from migrator.spans import Location
from migrator.target.spelling import built_in_model, custom_model
from migrator.target.state import Dimension
from migrator.target.state import Model as TargetModel
from migrator.translate.decide import Question
from migrator.translate.draft import Draft, Planned
from migrator.translate.names import real_name

Entry = tuple[str, Location]


def set_scope(draft: Draft) -> None:
    """Allow lists, exclusions, and what happens to providers nobody named."""
    gateway = draft.gateway
    for switch in (gateway.only_configured_providers, gateway.only_configured_models):
        if switch is not None:
            draft.ledger.claim(switch.field, Outcome.CONVERTED if switch.value else Outcome.NO_EFFECT)
    if gateway.restricts_models:
        _listed_models(draft)
    elif gateway.restricts_providers:
        _listed_providers(draft)
    else:
        _open_policy(draft)
    if not gateway.restricts_models:
        _excluded_models(draft)


def _origin(draft: Draft) -> tuple[Location, ...]:
    gateway = draft.gateway
    switches = (gateway.only_configured_providers, gateway.only_configured_models)
    set_by = tuple(switch.field.location for switch in switches if switch is not None and switch.value)
    return set_by or (gateway.field.location,)


def _dimension(draft: Draft, entries: list[Entry], name: str) -> Dimension:
    by_name: dict[str, list[Location]] = {}
    for entry, at in entries:
        by_name.setdefault(entry, []).append(at)
    if not by_name:
        draft.add(NothingAllowed(at=_origin(draft)[0], pointer=draft.gateway.field.pointer, dimension=name))
    origins = tuple(tuple(dict.fromkeys(places)) for places in by_name.values())
    return Dimension(tuple(by_name), origins, _origin(draft))


def _listed_providers(draft: Draft) -> None:
    entries = [(planned.id, planned.source.id_field.location) for planned in draft.usable()]
    draft.scope_providers = _dimension(draft, entries, "providers")


def _listed_models(draft: Draft) -> None:
    providers: list[Entry] = []
    models: list[Entry] = []
    for planned in draft.usable():
        entries = configured_entries(draft, planned)
        if entries:
            providers.append((planned.id, planned.source.id_field.location))
            models.extend(entries)
        else:
            at = planned.source.id_field
            draft.add(AllListedModelsOff(**at.place, provider=planned.id))
    draft.scope_providers = _dimension(draft, providers, "providers")
    draft.scope_models = _dimension(draft, models, "models")


def configured_entries(draft: Draft, planned: Planned) -> list[Entry]:
    """The model entries of a provider's configured models, alternate names of custom ones included.

    A model that is disabled anywhere is disabled, however it is spelled there.
    """
    if planned.built_in is None:
        off = {model.id.lower() for model in planned.configured_models if model.is_disabled}
        kept = [one for one in planned.models if off.isdisjoint(map(str.lower, _names(one)))]
        return [(custom_model(planned.id, model.model_id), model.origins[0]) for model in kept]
    usable = [model for model in planned.configured_models if not has_mask(model.id)]
    named = [(real_name(draft.catalogs, planned.id, model.id).id.lower(), model) for model in usable]
    gone = {name for name, model in named if model.is_disabled}
    first: dict[str, Model] = {}
    for name, model in named:
        # What is listed twice has one author, the one that strategies judge it by.
        first.setdefault(name, model)
    return [
        (_spelled(draft, planned, first[name]), model.id_field.location)
        for name, model in named
        if name not in gone
    ]


def _names(model: TargetModel) -> list[str]:
    """A model's name, and what its server calls it."""
    return [model.model_id, *([] if model.provider_model_id is None else [model.provider_model_id])]


def _spelled(draft: Draft, planned: Planned, model: Model) -> str:
    name = real_name(draft.catalogs, planned.id, model.id)
    known = draft.catalogs.current.model(planned.id, name.id)
    author = model.author.value if model.author is not None and known is None else None
    return built_in_model(planned.id, name.id, author, draft.options.model_ids)


def _open_policy(draft: Draft) -> None:
    """Nothing was restricted. A policy that paid for itself stays limited to what it paid for."""
    pays = [p for p in draft.planned if not p.is_disabled and (p.keys or p.built_in is None)]
    disabled = [planned for planned in draft.planned if planned.is_disabled and planned.built_in is not None]
    place: Place = {"at": draft.action.location, "pointer": draft.gateway.field.pointer}
    if not pays:
        draft.add(CreditsPay(**place))
    else:
        decision = draft.ask(
            Question(
                "other-providers",
                OtherProviders,
                "Nothing restricts this policy. May its access keys also reach built-in providers it does not "
                "name, paid by ngrok credits?",
                ("close", "allow"),
            )
        )
        if decision.chosen == "close":
            _listed_providers(draft)
            draft.add(OtherProviders(**place, decided=not decision.is_open))
            return
        draft.add(OtherProvidersOpen(**place))
    if disabled:
        _excluded_providers(draft, disabled)


def _excluded_providers(draft: Draft, disabled: list[Planned]) -> None:
    """No deny list exists: a disabled built-in provider means a list of all others both gateways know."""
    off = {planned.id for planned in disabled}
    at = disabled[0].source.id_field.location
    current = {provider.id for provider in draft.catalogs.current.providers}
    entries = [
        (provider.id, at)
        for provider in draft.catalogs.legacy.providers
        if provider.id in current and provider.id not in off
    ]
    entries += [
        (planned.id, planned.source.id_field.location)
        for planned in draft.usable()
        if planned.built_in is None
    ]
    draft.scope_providers = _dimension(draft, entries, "providers")
    draft.add(
        ScopeEnumerated(
            at=at,
            pointer=disabled[0].source.field.pointer,
            excluded=", ".join(sorted(off)),
            dimension="providers",
            count=len(draft.scope_providers.allow),
            as_of=draft.catalogs.current.as_of,
        )
    )


def _excluded_models(draft: Draft) -> None:
    """A disabled model without a list of allowed ones: list every other model of the providers in scope."""
    off = [
        (planned, model)
        for planned in draft.usable()
        for model in planned.configured_models
        if model.is_disabled
    ]
    if not off:
        return
    excluded = {(p.id, real_name(draft.catalogs, p.id, m.id).id.lower()) for p, m in off if p.built_in}
    at = off[0][1].id_field.location
    allowed = draft.scope_providers.allow if draft.scope_providers else None
    entries: list[Entry] = []
    for provider in draft.catalogs.current.providers:
        if allowed is not None and provider.id not in allowed:
            continue
        entries += [
            (built_in_model(provider.id, model.id, None, draft.options.model_ids), at)
            for model in provider.models
            if (provider.id, model.id.lower()) not in excluded
        ]
    for planned in draft.usable():
        own = configured_entries(draft, planned)
        entries += own
        if not own and not (planned.built_in and _catalog_models(draft, planned.id)):
            draft.add(ProviderWithoutModels(**planned.source.id_field.place, provider=planned.id))
    draft.scope_models = _dimension(draft, entries, "models")
    draft.add(
        ScopeEnumerated(
            at=at,
            pointer=off[0][1].field.pointer,
            excluded=", ".join(sorted(model.id for _, model in off)),
            dimension="models",
            count=len(draft.scope_models.allow),
            as_of=draft.catalogs.current.as_of,
        )
    )


def _catalog_models(draft: Draft, provider_id: str) -> bool:
    provider = draft.catalogs.current.provider(provider_id)
    return provider is not None and bool(provider.models)
