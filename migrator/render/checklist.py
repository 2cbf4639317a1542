"""The cut-over checklist: what people do before, at and after the switch, with the run's own names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from migrator.findings.base import Effect, Finding, Severity
from migrator.findings.merge import ModelNameTaken, ProviderCollision
from migrator.findings.providers import (
    BareModelName,
    ModelAliasLost,
    ModelRenamed,
    ModelRetired,
    ProviderAliasLost,
    ProviderIdTaken,
)
from migrator.merge.model import Migration
from migrator.render.places import place
from migrator.render.safe import Quoted, code_span, markdown
from migrator.render.secrets_env import needed_secrets
from migrator.render.template import render

_MODEL_NAMES: Final = (
    BareModelName,
    ModelAliasLost,
    ModelNameTaken,
    ModelRenamed,
    ModelRetired,
    ProviderAliasLost,
    ProviderCollision,
    ProviderIdTaken,
)
"""The findings after which a client has to send another ``model``."""


def checklist(migration: Migration, residuals: Iterable[str] = (), *, has_patch: bool = False) -> str:
    """``CUTOVER.md``. ``residuals`` are the paths of the residual policies in the bundle."""
    state = migration.state
    settings = state.gateway_config.settings if state.gateway_config else ()
    names = {key.ref: key.name for key in state.access_keys}
    severities = [found.severity for found in migration.findings if found.waiver is None]
    return render(
        "cutover.md.j2",
        migration=migration.name,
        has_keys=bool(names),
        errors=severities.count(Severity.ERROR),
        warnings=severities.count(Severity.WARNING),
        waived=len(migration.findings) - len(severities),
        numbers=[
            (len(state.providers), Quoted("custom provider")),
            (len(state.provider_keys), Quoted("provider key")),
            (len(state.configurations), Quoted("access key configuration")),
            (len(state.access_keys), Quoted("access key")),
        ],
        decisions=[decision for decision in migration.decisions if decision.is_open],
        lost=list(_lost(migration)),
        renamed=list(_remedies(found for found in migration.findings if isinstance(found, _MODEL_NAMES))),
        settings=[(each.member, str(each.value)) for each in settings],
        secrets=needed_secrets(migration),
        units=[(unit, [(ref, names.get(ref, ref)) for ref in unit.access_keys]) for unit in migration.units],
        residuals=list(residuals),
        has_patch=has_patch,
        credentials=list(_credentials(migration)),
    )


def _lost(migration: Migration) -> Iterator[Quoted]:
    """The protection that is gone, but for what somebody takes as it is."""
    return _remedies(
        found
        for found in migration.findings
        if found.effect is Effect.LOST_PROTECTION and found.waiver is None
    )


def _remedies(findings: Iterable[Finding]) -> Iterator[Quoted]:
    """What each finding says and what to do, with all the places of those that say the same."""
    grouped: dict[tuple[str, str], list[str]] = {}
    for found in findings:
        where = grouped.setdefault((found.text, found.advice), [])
        if found.at is not None:
            where.append(place(found.at))
    for (text, advice), where in grouped.items():
        spots = ", ".join(code_span(spot) for spot in dict.fromkeys(where))
        yield Quoted(f"{markdown(text)}{f' ({spots})' if spots else ''}. {markdown(advice)}")


def _credentials(migration: Migration) -> Iterator[tuple[str, str]]:
    """(role, place) of every credential that stood in a file, each once."""
    spots = [(spot.role, place(spot.at)) for source in migration.sources for spot in source.file.credentials]
    return iter(dict.fromkeys(spots))
