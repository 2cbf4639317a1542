"""Joining what an account says to the units of a run: old keys to their endpoints, provider keys to old keys."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Protocol, TypeVar

from msgspec.structs import replace

from migrator.findings.base import Finding
from migrator.findings.link import (
    AttachedToNothing,
    KeyWithoutGateway,
    ListCutShort,
    ObjectTwice,
)
from migrator.policy.origin import Field
from migrator.sources.account import SECRETS
from migrator.sources.model import AttachedKey, FileRead, GatewayKey, Page, Unit, VaultSecretName
from migrator.tree.nodes import to_python


class _Identified(Protocol):
    @property
    def id(self) -> str: ...

    @property
    def field(self) -> Field: ...


T = TypeVar("T", bound=_Identified)


def with_keys(units: Iterable[Unit], files: list[FileRead], findings: list[Finding]) -> Iterator[Unit]:
    """The units, each with the old keys of its endpoints. A key may open several units: branches of one policy."""
    keys = list(_gateway_keys(files, findings))
    by_endpoint: dict[str, list[GatewayKey]] = {}
    for key in keys:
        if key.endpoint is not None:
            by_endpoint.setdefault(key.endpoint, []).append(key)
    used: set[str] = set()
    for unit in units:
        endpoints = sorted({identity for one in (unit, *unit.copies) for identity in _endpoints(one)})
        own = [key for identity in endpoints for key in by_endpoint.get(identity, [])]
        used.update(key.id for key in own)
        yield replace(unit, keys=tuple(sorted(own, key=lambda key: key.id))) if own else unit
    findings.extend(
        KeyWithoutGateway(**key.field.place, key=key.name, endpoint=key.endpoint or "none")
        for key in keys
        if key.id not in used
    )


def _endpoints(unit: Unit) -> Iterator[str]:
    for endpoint in (unit.endpoint, unit.holder):
        if endpoint is not None and endpoint.id is not None:
            yield endpoint.id


def _gateway_keys(files: list[FileRead], findings: list[Finding]) -> Iterator[GatewayKey]:
    keys = _once((key for file in files for key in file.account.gateway_keys), findings)
    attached: dict[str, list[AttachedKey]] = {}
    for each in _once((key for file in files for key in file.account.attached_keys), findings).values():
        if each.gateway_key in keys:
            attached.setdefault(each.gateway_key, []).append(each)
        else:
            findings.append(
                AttachedToNothing(**each.field.place, provider=each.provider, key=each.gateway_key)
            )
    for key in keys.values():
        yield replace(key, attached=tuple(_newest_first(attached.get(key.id, []))))


def _once(objects: Iterable[T], findings: list[Finding]) -> dict[str, T]:
    """Each object by its id; two that are not the same are told, and the first one is taken."""
    known: dict[str, T] = {}
    for one in objects:
        first = known.setdefault(one.id, one)
        if first is not one and to_python(first.field.node) != to_python(one.field.node):
            at = first.field.location
            findings.append(ObjectTwice(**one.field.place, name=one.id, other=f"{at.path}:{at.span.line}"))
    return known


def _newest_first(keys: list[AttachedKey]) -> list[AttachedKey]:
    """The order in which the old gateway tried them; one without a time comes last."""
    ordered = sorted(keys, key=lambda key: key.id)
    return sorted(ordered, key=lambda key: _moment(key.created_at), reverse=True)


def _moment(text: str) -> float:
    """Seconds of an RFC 3339 time, a time without a zone taken as UTC; before all others what is none."""
    try:
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return -math.inf


def cut_short(files: Iterable[FileRead]) -> Iterator[Finding]:
    """Lists of which the last page is not there: each page of the run, or the pull that got it, says so."""
    files = list(files)
    unfinished = [page for file in files for page in file.account.unfinished]
    for page in unfinished:
        if page.more is not None:
            yield ListCutShort(**page.more.place, listed=page.listed)
    told = {page.listed for page in unfinished}
    pages: dict[str, list[Page]] = {}
    for file in files:
        for page in file.account.pages:
            pages.setdefault(page.listed, []).append(page)
    for listed, found in sorted(pages.items()):
        going_on = [page.more for page in found if page.more is not None]
        if len(going_on) == len(found) and listed not in told:
            yield ListCutShort(**going_on[-1].place, listed=listed)


def known_secrets(files: list[FileRead]) -> frozenset[VaultSecretName] | None:
    """Every secret there is; None where no page ends the list of them."""
    pages = [page for file in files for page in file.account.pages if page.listed == SECRETS[0]]
    if all(page.more is not None for page in pages):
        return None
    vaults = {identity: name for file in files for identity, name in file.account.vaults}
    return frozenset(
        VaultSecretName(vaults.get(secret.vault, secret.vault), secret.name)
        for file in files
        for secret in file.account.secrets
    )
