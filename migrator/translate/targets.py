"""What the new gateway makes of a model that the old one could choose: its entry in an access scope, its name."""

from __future__ import annotations

from dataclasses import dataclass

from migrator.gateway.candidates import Candidate
from migrator.target.spelling import built_in_model, custom_model
from migrator.translate.draft import Draft, Planned
from migrator.translate.names import real_name


@dataclass(frozen=True)
class Target:
    """A model at the new gateway: its provider's id, its allow-list entry, what a client sends to name it.

    ``exists``: the current catalogue or the configuration has it. ``old`` is the name it had.
    """

    provider: str
    entry: str
    request: str
    old: str
    exists: bool = True


def offered(draft: Draft, candidate: Candidate) -> tuple[str, ...]:
    """The ids under which a candidate's provider exists at the new gateway; none if it does not."""
    if candidate.sources:
        return tuple(dict.fromkeys(planned.id for planned in _planned(draft, candidate)))
    known = draft.catalogs.current.provider(candidate.provider_id)
    return (known.id,) if known is not None else ()


def targets(draft: Draft, candidate: Candidate) -> tuple[Target, ...]:
    """The models that a candidate is at the new gateway: one; more where alternate names became models."""
    if candidate.name is None:
        return ()
    if not candidate.sources:
        return tuple(_built_in(draft, candidate, name) for name in offered(draft, candidate))
    found: list[Target] = []
    for planned in _planned(draft, candidate):
        if planned.built_in is not None:
            found.append(_built_in(draft, candidate, planned.id))
        else:
            found += _custom(planned, candidate.name)
    return tuple(dict.fromkeys(found))


def in_scope(draft: Draft, target: Target) -> bool:
    """Whether the access scope allows a model."""
    providers, models = draft.scope_providers, draft.scope_models
    allowed = providers is None or target.provider in providers.allow
    return allowed and (models is None or target.entry in models.allow)


def _planned(draft: Draft, candidate: Candidate) -> list[Planned]:
    own = {id(source) for source in candidate.sources}
    return [planned for planned in draft.usable() if any(id(source) in own for source in planned.sources)]


def _built_in(draft: Draft, candidate: Candidate, provider: str) -> Target:
    written = candidate.model.id if candidate.model is not None else candidate.name or ""
    name = real_name(draft.catalogs, provider, written)
    author = candidate.model.author.value if candidate.model and candidate.model.author else None
    entry = built_in_model(provider, name.id, author, draft.options.model_ids)
    exists = not name.retired and (name.known or candidate.model is not None)
    return Target(provider, entry, f"{provider}:{name.id}", candidate.name or "", exists)


def _custom(planned: Planned, name: str) -> list[Target]:
    found: list[Target] = []
    for model in planned.models:
        if name in (model.model_id, model.provider_model_id):
            entry = custom_model(planned.id, model.model_id)
            found.append(Target(planned.id, entry, entry, model.model_id))
    return found
