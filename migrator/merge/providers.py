"""Custom providers and provider keys of several units: one each, or told apart."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any
from urllib.parse import urlsplit

from msgspec import Struct
from msgspec.structs import replace

from migrator.catalog import Catalogs
from migrator.findings.base import Finding
from migrator.findings.merge import (
    MetadataTooLong,
    ModelsDiffer,
    ProviderCollision,
    ProviderDetailsDiffer,
    ProvidersMerged,
    SurfacesTogether,
)
from migrator.findings.providers import ProviderAliasLost
from migrator.naming import digest
from migrator.spans import Location
from migrator.target.bodies import metadata_text
from migrator.target.limits import METADATA
from migrator.target.state import (
    DEFAULT_FORMAT,
    Body,
    Configuration,
    Dimension,
    Model,
    Origins,
    Provider,
    ProviderKey,
    Rule,
    Surface,
)
from migrator.translate.advice import retold
from migrator.translate.model import Advice, Fragment, UnitResult


def tell_apart(results: list[UnitResult], catalogs: Catalogs) -> tuple[list[UnitResult], list[Finding]]:
    """Give custom providers of one id but different servers different ids.

    The server whose ref sorts first keeps the id; the choice does not depend on the order of files.
    """
    servers: dict[str, dict[str, Provider]] = {}
    for result in results:
        for provider in result.fragment.providers:
            servers.setdefault(provider.provider_id, {}).setdefault(provider.ref, provider)
    taken = set(servers)
    names: dict[str, tuple[str, Provider]] = {}
    for provider_id, variants in sorted(servers.items()):
        keeper = variants[min(variants)]
        for ref in sorted(variants)[1:]:
            renamed = _free_id(provider_id, variants[ref].base_url, taken, catalogs)
            taken.add(renamed)
            names[ref] = (renamed, keeper)
    findings: list[Finding] = []
    told = [_renamed(result, names, findings) for result in results]
    return told, [*findings, *_spelled_otherwise(told)]


def _spelled_otherwise(results: list[UnitResult]) -> Iterator[ProviderAliasLost]:
    """Ids that are another policy's provider now, and were one's own: they were read in any case of letters."""
    spelled: dict[str, dict[str, None]] = {}
    for provider in (one for result in results for one in result.fragment.providers):
        spelled.setdefault(provider.provider_id.lower(), {})[provider.provider_id] = None
    for result in results:
        for provider in result.fragment.providers:
            own = provider.provider_id
            for alias in spelled[own.lower()]:
                if alias != own:
                    at = provider.origins[0]
                    yield ProviderAliasLost(at=at, unit=result.unit, alias=alias, provider=own)


def _free_id(provider_id: str, base_url: str, taken: set[str], catalogs: Catalogs) -> str:
    host = (urlsplit(base_url).hostname or "").replace(".", "-")
    short = provider_id[:100]
    for candidate in (f"{short}-{host[:100]}", f"{short}-{digest(base_url)}"):
        if candidate not in taken and not catalogs.current.is_reserved(candidate):
            return candidate
    return f"{short}-{digest(provider_id, base_url)}"


def _renamed(
    result: UnitResult, names: dict[str, tuple[str, Provider]], findings: list[Finding]
) -> UnitResult:
    for provider in result.fragment.providers:
        if provider.ref not in names:
            continue
        renamed, keeper = names[provider.ref]
        at, other = provider.origins[0], keeper.origins[0]
        findings.append(
            ProviderCollision(
                at=at,
                unit=result.unit,
                provider=provider.provider_id,
                renamed=renamed,
                other=f"{other.path}:{other.span.line}",
            )
        )
        result = with_provider_id(result, provider, renamed)
    return result


def with_provider_id(result: UnitResult, provider: Provider, renamed: str) -> UnitResult:
    """A unit in which one custom provider has another id: in what it asks for, tells, and advises."""
    old = provider.provider_id

    def spelled(name: str) -> str:
        return f"{renamed}{name.removeprefix(old)}" if name == old or name.startswith(f"{old}:") else name

    is_sent = not has_given_id(result, old)
    advice = result.advice.respelled(spelled, {f"{old}:": f"{renamed}:"} if is_sent else {})
    return replace(
        result,
        fragment=_with_id(result.fragment, provider.ref, old, renamed),
        findings=tuple(respelled(found, spelled, advice) for found in result.findings),
        advice=advice,
        copies=tuple(_with_id(copy, provider.ref, old, renamed) for copy in result.copies),
    )


def has_given_id(result: UnitResult, provider: str) -> bool:
    """Whether the tool gave a provider its id, so that no client sends it: another one became it, which is no alias."""
    aliases = {found.alias for found in result.findings if isinstance(found, ProviderAliasLost)}
    now = f"{provider}:"
    return any(name == now and old[:-1] not in aliases for old, name in result.advice.renames.items())


def respelled(found: Finding, spell: Callable[[str], str], advice: Advice) -> Finding:
    """A finding in which providers and models are called as they are now; ``advice`` is what the unit has now.

    A fact ``name`` is what something was called.
    """
    changed: dict[str, Any] = {
        name: now
        for name in found.fact_names
        if name != "name" and isinstance(fact := getattr(found, name), str) and (now := spell(fact)) != fact
    }
    return retold(replace(found, **changed) if changed else found, advice)


def _with_id(fragment: Fragment, ref: str, old: str, new: str) -> Fragment:
    """A fragment in which one custom provider has another id, wherever it is named."""
    configuration = fragment.configuration
    return replace(
        fragment,
        providers=tuple(
            replace(p, provider_id=new, name=new if p.name == old else p.name) if p.ref == ref else p
            for p in fragment.providers
        ),
        provider_keys=tuple(
            replace(key, provider_id=new) if key.provider_id == old else key for key in fragment.provider_keys
        ),
        configuration=None if configuration is None else _configuration_with_id(configuration, old, new),
        own_configurations=tuple(
            _configuration_with_id(one, old, new) for one in fragment.own_configurations
        ),
    )


def _configuration_with_id(configuration: Configuration, old: str, new: str) -> Configuration:
    def provider(entry: str) -> str:
        return new if entry == old else entry

    def model(entry: str) -> str:
        prefix, colon, rest = entry.partition(":")
        return f"{new}:{rest}" if colon and prefix == old else entry

    def rule(one: Rule) -> Rule:
        return replace(one, provider=provider(one.provider))

    providers, models = configuration.providers, configuration.models
    return replace(
        configuration,
        providers=None
        if providers is None
        else _mapped(providers, [provider(entry) for entry in providers.allow]),
        models=None if models is None else _mapped(models, [model(entry) for entry in models.allow]),
        rules=tuple(rule(one) for one in configuration.rules),
    )


def _mapped(dimension: Dimension, allow: list[str]) -> Dimension:
    return replace(dimension, allow=tuple(allow))


def merge_providers(
    results: Iterable[UnitResult], migration: str
) -> tuple[tuple[Provider, ...], list[Finding]]:
    """One provider for each ref, with the models and surfaces of every policy that has it."""
    merged: dict[str, Provider] = {}
    counts: dict[str, int] = {}
    findings: list[Finding] = []
    made = list(results)
    for result, provider in ((r, p) for r in made for fragment in r.fragments for p in fragment.providers):
        known = merged.get(provider.ref)
        counts[provider.ref] = counts.get(provider.ref, 0) + 1
        merged[provider.ref] = (
            provider if known is None else _union(known, provider, _Merging(result.unit, migration, findings))
        )
    findings += _further_formats(made, merged)
    for ref, provider in merged.items():
        if counts[ref] > 1:
            findings.append(
                ProvidersMerged(at=provider.origins[0], provider=provider.provider_id, count=counts[ref])
            )
    return tuple(merged[ref] for ref in sorted(merged)), findings


class _Merging(Struct, frozen=True):
    """Whose provider is added, under which migration, and where to tell."""

    unit: str
    migration: str
    findings: list[Finding]


def _union(known: Provider, other: Provider, merging: _Merging) -> Provider:
    unit, findings = merging.unit, merging.findings
    models = {model.model_id: model for model in known.models}
    clash = any(known.metadata.get(key, value) != value for key, value in other.metadata.items())
    if clash or known.name != other.name:
        at = known.origins[0]
        findings.append(
            ProviderDetailsDiffer(
                at=other.origins[0], unit=unit, provider=known.provider_id, other=f"{at.path}:{at.span.line}"
            )
        )
    for model in other.models:
        first = models.get(model.model_id)
        if first is None:
            models[model.model_id] = model
        elif first.body() != model.body():
            at = first.origins[0]
            findings.append(
                ModelsDiffer(
                    at=model.origins[0],
                    unit=unit,
                    provider=known.provider_id,
                    model=model.model_id,
                    other=f"{at.path}:{at.span.line}",
                )
            )
        else:
            models[model.model_id] = Model(
                first.model_id,
                first.provider_model_id,
                first.unsupported_params,
                _both(first.origins, model.origins),
            )
    mine, theirs = _surfaces(known, other)
    present = [surface.body() for surface in mine]
    further = tuple(surface for surface in theirs if surface.body() not in present)
    return replace(
        known,
        models=tuple(models.values()),
        surfaces=(*mine, *further),
        metadata=_metadata(known, other, merging),
        origins=_both(known.origins, other.origins),
    )


def _surfaces(known: Provider, other: Provider) -> tuple[tuple[Surface, ...], tuple[Surface, ...]]:
    """The surfaces of both; one that lists none serves what it would without a list, if the other has one."""
    if bool(known.surfaces) == bool(other.surfaces):
        return known.surfaces, other.surfaces
    default = (Surface(DEFAULT_FORMAT),)
    return known.surfaces or default, other.surfaces or default


def _formats(provider: Provider) -> dict[str, None]:
    return dict.fromkeys(surface.format for surface in provider.surfaces) or {DEFAULT_FORMAT: None}


def _further_formats(results: list[UnitResult], merged: dict[str, Provider]) -> Iterator[SurfacesTogether]:
    """What a unit's provider serves now and did not before."""
    for result in results:
        for provider in result.fragment.providers:
            further = [name for name in _formats(merged[provider.ref]) if name not in _formats(provider)]
            if further:
                yield SurfacesTogether(
                    at=provider.origins[0],
                    unit=result.unit,
                    provider=provider.provider_id,
                    formats=" and ".join(further),
                    other=_spot(_first_with(results, provider, further[0])),
                )


def _first_with(results: list[UnitResult], provider: Provider, form: str) -> Location:
    """Where the first policy lists a format for the provider."""
    return next(
        one.origins[0]
        for result in results
        for fragment in result.fragments
        for one in fragment.providers
        if one.ref == provider.ref and form in _formats(one)
    )


def _spot(at: Location) -> str:
    return f"{at.path}:{at.span.line}"


def _metadata(known: Provider, other: Provider, merging: _Merging) -> Body:
    """The members of both, as long as they fit beside the mark."""
    both = {**known.metadata, **{k: v for k, v in other.metadata.items() if k not in known.metadata}}
    if both == known.metadata or len(metadata_text(both, merging.migration, known.ref)) <= METADATA:
        return both
    merging.findings.append(MetadataTooLong(at=other.origins[0], unit=merging.unit, limit=METADATA))
    return known.metadata


def merge_provider_keys(results: Iterable[UnitResult]) -> tuple[ProviderKey, ...]:
    """One provider key for each secret reference and provider."""
    merged: dict[str, ProviderKey] = {}
    for key in (key for result in results for fragment in result.fragments for key in fragment.provider_keys):
        known = merged.get(key.ref)
        merged[key.ref] = key if known is None else replace(known, origins=_both(known.origins, key.origins))
    return tuple(merged[ref] for ref in sorted(merged))


def _both(one: Origins, other: Origins) -> Origins:
    return tuple(dict.fromkeys((*one, *other)))
