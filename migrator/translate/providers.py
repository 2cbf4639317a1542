"""Pass: which configured providers exist at the new gateway, and under which id."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from migrator.catalog import CatalogProvider
from migrator.findings.keys import ProviderAgain
from migrator.findings.policy import BadValue
from migrator.findings.providers import (
    BaseUrlDropped,
    BaseUrlNotConstant,
    BaseUrlRefused,
    DescriptionNotCarried,
    ParamsOfBuiltIn,
    ProviderAliasLost,
    ProviderDisabled,
    ProviderIdTaken,
    ProviderTwice,
    ProviderWithoutUrl,
)
from migrator.gateway.model import Provider
from migrator.naming import digest
from migrator.policy.coverage import Outcome
from migrator.secrets import has_mask
from migrator.target.limits import PROVIDER_ID, url_problem
from migrator.translate.decide import Question
from migrator.translate.draft import Draft, Planned

_UNUSABLE = re.compile(r"[:\s\x00-\x1f]")

RENAMED = "custom"
"""What is put behind a reserved id to make a free one."""


def plan_providers(draft: Draft) -> None:
    """Give every configured provider its new id, and leave out what cannot be created."""
    for source in draft.gateway.providers:
        if source.disabled is not None:
            outcome = Outcome.CONVERTED if source.disabled.value else Outcome.NO_EFFECT
            draft.ledger.claim(source.disabled.field, outcome)
        planned = _plan(draft, source)
        known = next((other for other in draft.usable() if _is_one_name(other.id, planned.id)), None)
        if known is None or not planned.usable:
            draft.planned.append(planned)
        elif known.base_url == planned.base_url:
            draft.add(ProviderTwice(**source.field.place, provider=known.id))
            if planned.id != known.id:
                draft.add(ProviderAliasLost(**source.id_field.place, alias=planned.id, provider=known.id))
            known.sources.append(source)
            planned = known
        else:
            draft.add(ProviderAgain(**source.field.place, provider=known.id, left="the later entry is"))
            planned.usable = False
        _claim_identity(draft, planned)
    off = {name for planned in draft.planned if planned.is_disabled for name in _called(planned)}
    for planned in draft.usable():
        if not off.isdisjoint(_called(planned)):
            # Another server's entry is off; nobody knows which of them had the id.
            planned.usable = False
            place = planned.source.field.place
            draft.add(ProviderAgain(**place, provider=planned.id, left="as one is disabled, both are"))
    _tell_aliases(draft)
    if draft.gateway.providers_field is not None and not draft.gateway.providers:
        draft.ledger.settle(draft.gateway.providers_field, Outcome.NO_EFFECT)


def _called(planned: Planned) -> set[str]:
    """What a provider is and was called, in lower case."""
    return {planned.id.lower(), *(source.id.lower() for source in planned.sources)}


def _is_one_name(one: str, other: str) -> bool:
    """Whether the old gateway took two ids for the same: it read them in any case of letters."""
    return one.lower() == other.lower()


def _plan(draft: Draft, source: Provider) -> Planned:
    problem = _id_problem(source.id)
    if problem is not None:
        draft.add(BadValue(**source.id_field.place, field="the provider's id", expected=problem))
        return _finish(draft, Planned(source.id, [source], None, usable=False))
    legacy = draft.catalogs.legacy.provider(source.id)
    built_in = legacy or draft.catalogs.current.provider(source.id)
    if source.is_disabled:  # nothing is lost with it, and nothing has to be created; but its id stays closed
        return _finish(draft, Planned(built_in.id if built_in else source.id, [source], built_in))
    if source.base_url is None:
        return _without_url(draft, source, built_in)
    url = source.base_url.value
    if built_in is not None and _same_server(url, built_in.base_url):
        return _finish(draft, Planned(built_in.id, [source], built_in))
    problem = _constant_problem(url)
    if problem is not None:
        draft.add(BaseUrlNotConstant(**source.base_url.field.place, provider=source.id, reason=problem))
        return _finish(draft, Planned(source.id, [source], None, usable=False))
    refused = url_problem(url)
    if refused is not None:
        draft.add(BaseUrlRefused(**source.base_url.field.place, provider=source.id, reason=refused))
        return _finish(draft, Planned(source.id, [source], None, usable=False, base_url=url))
    if built_in is not None or draft.catalogs.current.is_reserved(source.id):
        return _finish(draft, _renamed(draft, source, built_in))
    return _finish(draft, Planned(source.id, [source], None, base_url=url))


def _id_problem(name: str) -> str | None:
    """What an id must be, if this one cannot be a provider's: the colon parts it from a model's name."""
    if len(name) > PROVIDER_ID:
        return f"at most {PROVIDER_ID} characters"
    return "no credential, colon or white space" if has_mask(name) or _UNUSABLE.search(name) else None


def _without_url(draft: Draft, source: Provider, built_in: CatalogProvider | None) -> Planned:
    if built_in is not None:
        return _finish(draft, Planned(built_in.id, [source], built_in))
    draft.add(ProviderWithoutUrl(**source.id_field.place, provider=source.id))
    return _finish(draft, Planned(source.id, [source], None, usable=False))


def _renamed(draft: Draft, source: Provider, built_in: CatalogProvider | None) -> Planned:
    """A custom server under a reserved id: another id, unless the user says it is the built-in."""
    assert source.base_url is not None  # noqa: S101 -- the caller has looked
    url = source.base_url.value
    same = next(
        (
            other
            for other in draft.planned
            if _is_one_name(other.source.id, source.id) and other.base_url == url and other.usable
        ),
        None,
    )
    if same is not None:
        return Planned(same.id, [source], None, base_url=url)
    taken = {provider.id.lower() for provider in draft.gateway.providers}
    taken |= {planned.id.lower() for planned in draft.planned}
    short = (
        source.id
        if len(source.id) < PROVIDER_ID // 2
        else f"{source.id[: PROVIDER_ID // 2]}-{digest(source.id)}"
    )
    renamed = f"{short}-{RENAMED}"
    while renamed.lower() in taken or draft.catalogs.current.is_reserved(renamed):
        renamed += "-2"
    decided = False
    if built_in is not None:
        decision = draft.ask(
            Question(
                "reserved-id",
                ProviderIdTaken,
                f"The id {source.id} is reserved and its base_url is not the built-in provider's own. "
                f"Create it as {renamed}, or use the built-in provider?",
                ("rename", "built-in"),
                source.id,
            )
        )
        if decision.chosen == "built-in":
            draft.ledger.claim(source.base_url.field, Outcome.UNSUPPORTED)
            draft.add(BaseUrlDropped(**source.base_url.field.place, provider=built_in.id))
            return Planned(built_in.id, [source], built_in)
        decided = not decision.is_open
    place, is_asked = source.id_field.place, built_in is not None
    draft.add(ProviderIdTaken(**place, provider=source.id, renamed=renamed, decided=decided, asked=is_asked))
    return Planned(renamed, [source], None, base_url=source.base_url.value)


def _finish(draft: Draft, planned: Planned) -> Planned:
    source = planned.source
    if planned.usable and planned.is_disabled:
        planned.usable = False
        draft.add(ProviderDisabled(**source.id_field.place, provider=source.id))
    return planned


def _same_server(url: str, own: str | None) -> bool:
    """Whether a base URL is the built-in provider's own: same host (the path names an API version)."""
    if own is None:
        return False
    try:
        return urlsplit(url).scheme == "https" and urlsplit(url).hostname == urlsplit(own).hostname
    except ValueError:
        return False


def _constant_problem(url: str) -> str | None:
    if "${" in url or url.startswith("$"):
        return "is computed"
    return "holds a credential" if has_mask(url) else None


def _claim_identity(draft: Draft, planned: Planned) -> None:
    """Account for what names and describes the newest source of ``planned``."""
    source = planned.sources[-1]
    if not planned.usable:
        _claim_unusable(draft, planned, source)
        return
    claim = draft.ledger.claim
    renamed = planned.id != source.id and planned.built_in is None
    claim(source.id_field, Outcome.APPROXIMATED if renamed else Outcome.CONVERTED)
    if source.base_url is not None:
        claim(source.base_url.field, Outcome.CONVERTED)
    lost = list(source.facts)
    if planned.built_in is None:
        for carried in (source.display_name,):
            claim(carried.field if carried else None, Outcome.CONVERTED)
        claim(source.metadata, Outcome.CONVERTED)
    else:
        lost += [
            field
            for field in (source.display_name.field if source.display_name else None, source.metadata)
            if field
        ]
        _built_in_surfaces(draft, source)
        if source.id != planned.id:
            draft.add(ProviderAliasLost(**source.id_field.place, alias=source.id, provider=planned.id))
    for field in lost:
        claim(field, Outcome.NO_EFFECT)
    if lost:
        names = ", ".join(sorted(field.pointer.rpartition("/")[2] for field in lost))
        draft.add(
            DescriptionNotCarried(
                at=lost[0].location,
                pointer=source.field.pointer,
                fields=names,
                subject=f"provider {source.id}",
            )
        )
    for alias in source.aliases:
        claim(alias.field, Outcome.UNSUPPORTED)


def _tell_aliases(draft: Draft) -> None:
    """What stops working; a name that a provider of this policy has goes on, and is told as a shared one."""
    ids = {planned.id for planned in draft.usable()}
    for planned in draft.usable():
        for alias in (alias for source in planned.sources for alias in source.aliases):
            if alias.value not in ids:
                draft.add(ProviderAliasLost(**alias.field.place, alias=alias.value, provider=planned.id))


def _claim_unusable(draft: Draft, planned: Planned, source: Provider) -> None:
    """A provider that is left out: without effect if it was disabled, else unsupported."""
    outcome = Outcome.NO_EFFECT if planned.is_disabled else Outcome.UNSUPPORTED
    for field in (source.id_field, source.base_url.field if source.base_url else None, source.metadata):
        draft.ledger.claim(field, outcome)
    for field in (source.display_name.field if source.display_name else None, *source.facts):
        draft.ledger.claim(field, Outcome.NO_EFFECT)
    for alias in source.aliases:
        draft.ledger.claim(alias.field, outcome)
    for field in (source.keys_field, source.models_field, source.surfaces_field):
        if field is not None:
            draft.ledger.settle(field, outcome)


def _built_in_surfaces(draft: Draft, source: Provider) -> None:
    if source.surfaces_field is None:
        return
    draft.ledger.claim(source.surfaces_field, Outcome.UNSUPPORTED)
    draft.add(
        ParamsOfBuiltIn(
            **source.surfaces_field.place,
            fields="supported_api_surfaces",
            provider=source.id,
        )
    )
