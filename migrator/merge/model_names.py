"""Names of models in policies that share a provider: one model keeps each, and it is that model for the clients of all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from migrator.findings.base import Finding
from migrator.findings.merge import ModelNameTaken, OthersModelName
from migrator.findings.providers import AliasBecomesModel
from migrator.merge.providers import respelled
from migrator.spans import Location
from migrator.target.spelling import custom_model
from migrator.target.state import Configuration, Dimension, Model, Origins, Provider
from migrator.translate.model import Fragment, UnitResult

_SHOWN: Final = 3


class _Owner(Struct, frozen=True):
    """What a name stands for at the new gateway, and where that was said."""

    model: str
    at: Location


_Owners = Mapping[tuple[str, str], _Owner]
"""By the ref of a provider and the name."""


class _Taken(Struct, frozen=True):
    """A name of one policy that is another's: what clients send in its place."""

    name: str
    now: str
    provider: Provider
    model: Model
    owner: _Owner

    def told(self, unit: str) -> ModelNameTaken:
        at = self.owner.at
        return ModelNameTaken(
            at=self.model.origins[0],
            unit=unit,
            provider=self.provider.provider_id,
            name=self.model.model_id,
            now=self.now,
            other=f"{at.path}:{at.span.line}",
        )


def tell_names_apart(results: Sequence[UnitResult]) -> tuple[list[UnitResult], list[Finding]]:
    """Policies without the alternate names that stand for another model of the same provider in an earlier one.

    A model's own name stands for that model. Clients are told to send the model's own name.
    """
    owners = _owners(results)
    findings: list[Finding] = []
    told: list[UnitResult] = []
    for result in results:
        taken = list(_taken(result, owners))
        findings += [one.told(result.unit) for one in taken]
        told.append(_without(result, taken) if taken else result)
    return told, findings


def others_names(
    results: Iterable[UnitResult], shared: Iterable[Provider], findings: Iterable[Finding]
) -> Iterator[OthersModelName]:
    """What units are told whose clients may send any name to a provider: some are alternate names of a model now.

    Not of those that ``findings`` tell as taken from the unit itself.
    """
    taken = {(one.unit, one.provider, one.name) for one in findings if isinstance(one, ModelNameTaken)}
    by_ref: dict[str, list[Model]] = {}
    for provider in shared:
        renaming = [model for model in provider.models if model.provider_model_id is not None]
        if renaming:
            by_ref[provider.ref] = renaming
    for result in results if by_ref else ():
        for provider in result.fragment.providers:
            if provider.ref in by_ref and _is_open(result.fragment, provider):
                own = {model.model_id for model in provider.models}
                given = [
                    model
                    for model in by_ref[provider.ref]
                    if model.model_id not in own
                    and (result.unit, provider.provider_id, model.model_id) not in taken
                ]
                if given:
                    at = given[0].origins[0]
                    yield OthersModelName(
                        at=provider.origins[0],
                        unit=result.unit,
                        provider=provider.provider_id,
                        names=_listed([model.model_id for model in given]),
                        other=f"{at.path}:{at.span.line}",
                    )


def _is_open(fragment: Fragment, provider: Provider) -> bool:
    """Whether clients of a unit may use any model of a provider."""
    scopes = fragment.configurations
    return any(
        one.models is None and (one.providers is None or provider.provider_id in one.providers.allow)
        for one in scopes
    )


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return f"{', '.join(names[:_SHOWN])}{more}"


def _owners(results: Iterable[UnitResult]) -> _Owners:
    entries = [
        (provider, model)
        for result in results
        for fragment in result.fragments
        for provider in fragment.providers
        for model in provider.models
    ]
    owners: dict[tuple[str, str], _Owner] = {}
    for provider, model in sorted(entries, key=lambda entry: entry[1].provider_model_id is not None):
        owners.setdefault((provider.ref, model.model_id), _Owner(_stands_for(model), model.origins[0]))
    return owners


def _taken(result: UnitResult, owners: _Owners) -> Iterator[_Taken]:
    for provider in result.fragment.providers:
        for model in provider.models:
            owner, real = owners[provider.ref, model.model_id], _stands_for(model)
            own = owners.get((provider.ref, real))
            if owner.model != real and own is not None and own.model == real:
                name = custom_model(provider.provider_id, model.model_id)
                yield _Taken(name, custom_model(provider.provider_id, real), provider, model, owner)


def _stands_for(model: Model) -> str:
    return model.provider_model_id or model.model_id


def _without(result: UnitResult, taken: Sequence[_Taken]) -> UnitResult:
    """A unit without some names: in what it asks for, tells, and advises."""
    now = {one.name: one.now for one in taken}

    def spelled(name: str) -> str:
        return now.get(name, name)

    advice = result.advice.respelled(spelled, now)
    gone = {(one.provider.ref, one.model.model_id) for one in taken}
    places = {one.model.origins[0] for one in taken}
    return replace(
        result,
        fragment=_fragment(result.fragment, gone, now),
        copies=tuple(_fragment(copy, gone, now) for copy in result.copies),
        findings=tuple(
            respelled(found, spelled, advice)
            for found in result.findings
            if not (isinstance(found, AliasBecomesModel) and found.at in places)
        ),
        advice=advice,
    )


def _fragment(fragment: Fragment, gone: set[tuple[str, str]], now: Mapping[str, str]) -> Fragment:
    return replace(
        fragment,
        providers=tuple(
            replace(one, models=tuple(model for model in one.models if (one.ref, model.model_id) not in gone))
            for one in fragment.providers
        ),
        configuration=None if fragment.configuration is None else _configuration(fragment.configuration, now),
        own_configurations=tuple(_configuration(one, now) for one in fragment.own_configurations),
    )


def _configuration(configuration: Configuration, now: Mapping[str, str]) -> Configuration:
    if configuration.models is None:
        return configuration
    allowed: dict[str, Origins] = {}
    models = configuration.models
    for name, origins in zip(models.allow, models.entry_origins, strict=True):
        spelled = now.get(name, name)
        allowed[spelled] = tuple(dict.fromkeys((*allowed.get(spelled, ()), *origins)))
    return replace(configuration, models=Dimension(tuple(allowed), tuple(allowed.values()), models.origins))
