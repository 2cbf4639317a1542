"""Pass: the models of each provider: entries of custom ones, real names of built-in ones."""

from __future__ import annotations

import re

from migrator.findings.policy import BadValue
from migrator.findings.providers import (
    AliasBecomesModel,
    BareModelName,
    DescriptionNotCarried,
    ModelAliasLost,
    ModelRenamed,
    ModelRetired,
    ModelTwice,
    ModelUnknown,
    ParamsOfBuiltIn,
)
from migrator.gateway.model import Model
from migrator.policy.coverage import Outcome
from migrator.policy.origin import Field
from migrator.secrets import has_mask
from migrator.target.limits import MODEL_ID, PARAM, PARAMS_PER_MODEL
from migrator.target.spelling import built_in_model, custom_model, requested_model
from migrator.target.state import DEFAULT_FORMAT
from migrator.target.state import Model as TargetModel
from migrator.target.state import Surface as TargetSurface
from migrator.translate.draft import Draft, Planned
from migrator.translate.names import RealName, real_name

_VIRTUAL_NAME = re.compile(r"[A-Za-z0-9._-]{1,64}\Z")


def plan_models(draft: Draft) -> None:
    """Turn configured models into entries; report every name that stops working."""
    for planned in draft.usable():
        if planned.built_in is None:
            _custom(draft, planned)
        else:
            for model in planned.configured_models:
                if _within_limits(draft, model):
                    _built_in(draft, planned, model)


def _custom(draft: Draft, planned: Planned) -> None:
    names: set[str] = set()
    _surfaces(draft, planned)
    off = {model.id.lower() for model in planned.configured_models if model.is_disabled}
    own = {model.id for model in planned.configured_models if not model.is_disabled}
    for model in planned.configured_models:
        if not _within_limits(draft, model):
            continue
        params = tuple(dict.fromkeys(value.value for value in model.unsupported_params if value.value))
        draft.ledger.claim(model.unsupported_params_field, Outcome.CONVERTED)
        draft.ledger.claim(model.author.field if model.author else None, Outcome.NO_EFFECT)
        _facts(draft, model)
        if model.is_disabled:
            draft.ledger.claim(model.disabled.field if model.disabled else None, Outcome.CONVERTED)
            draft.ledger.claim(model.id_field, Outcome.CONVERTED)
            for alias in model.aliases:
                draft.ledger.claim(alias.field, Outcome.NO_EFFECT)
            continue
        draft.ledger.claim(model.disabled.field if model.disabled else None, Outcome.NO_EFFECT)
        origin = (model.field.location,)
        if _take(draft, planned, names, model.id, model.id_field):
            planned.models.append(TargetModel(model.id, None, params, origin))
            draft.ledger.claim(model.id_field, Outcome.CONVERTED)
        elif not model.aliases:
            draft.ledger.claim(model.unsupported_params_field, Outcome.UNSUPPORTED)
        for alias in model.aliases:
            is_taken = alias.value.lower() in off or alias.value in own
            taken = {alias.value} if is_taken else names
            if _take(draft, planned, taken, alias.value, alias.field):
                planned.models.append(TargetModel(alias.value, model.id, params, (alias.field.location,)))
                draft.ledger.claim(alias.field, Outcome.CONVERTED)
                draft.add(AliasBecomesModel(**alias.field.place, alias=alias.value, model=model.id))
    if planned.models:
        first = planned.models[0]
        draft.add(
            BareModelName(
                **planned.source.id_field.place,
                provider=planned.id,
                example=custom_model(planned.id, first.model_id),
            )
        )


def _surfaces(draft: Draft, planned: Planned) -> None:
    """What each entry of a custom provider serves; one that lists nothing serves the default beside what others list."""
    listed: dict[object, TargetSurface] = {}
    for source in planned.sources:
        own = [
            TargetSurface(
                one.format, one.surface, tuple(dict.fromkeys(one.supported_params)), (one.field.location,)
            )
            for one in source.surfaces
        ]
        for surface in source.surfaces:
            draft.ledger.claim(surface.field, Outcome.CONVERTED)
        for one in own or [TargetSurface(DEFAULT_FORMAT, origins=(source.id_field.location,))]:
            listed.setdefault((one.format, one.surface, one.supported_params), one)
    if any(source.surfaces for source in planned.sources):
        planned.surfaces.extend(listed.values())


def _within_limits(draft: Draft, model: Model) -> bool:
    problem = None
    if not model.id:
        problem = "an id that is not empty"
    elif has_mask(model.id):
        problem = "no credential"
    elif len(model.id) > MODEL_ID:
        problem = f"at most {MODEL_ID} characters"
    elif len({value.value for value in model.unsupported_params}) > PARAMS_PER_MODEL:
        problem = f"at most {PARAMS_PER_MODEL} unsupported_params"
    elif any(len(value.value) > PARAM for value in model.unsupported_params):
        problem = f"unsupported_params of at most {PARAM} characters"
    if problem is None:
        return True
    draft.add(BadValue(**model.field.place, field="the model", expected=problem))
    draft.ledger.settle(model.field, Outcome.UNSUPPORTED)
    return False


def _take(draft: Draft, planned: Planned, names: set[str], name: str, field: Field) -> bool:
    """Whether a name of a model, which stands at ``field``, is free for an entry of its own."""
    if name in names or not name or len(name) > MODEL_ID or has_mask(name):
        draft.ledger.claim(field, Outcome.UNSUPPORTED)
        draft.add(ModelTwice(**field.place, model=name, provider=planned.id))
        return False
    names.add(name)
    return True


def _built_in(draft: Draft, planned: Planned, model: Model) -> None:
    """A configured model of a built-in provider: only an allow list gives it an effect of its own."""
    lists = draft.gateway.restricts_models
    if model.disabled is not None:
        draft.ledger.claim(
            model.disabled.field, Outcome.CONVERTED if model.is_disabled else Outcome.NO_EFFECT
        )
    draft.ledger.claim(model.id_field, Outcome.CONVERTED if lists or model.is_disabled else Outcome.NO_EFFECT)
    draft.ledger.claim(
        model.author.field if model.author else None, Outcome.CONVERTED if lists else Outcome.NO_EFFECT
    )
    _facts(draft, model)
    name = real_name(draft.catalogs, planned.id, model.id)
    spelled = built_in_model(
        planned.id, name.id, model.author.value if model.author else None, draft.options.model_ids
    )
    sent = requested_model(planned.id, name.id)
    if model.unsupported_params_field is not None:
        empty = not model.unsupported_params
        draft.ledger.claim(
            model.unsupported_params_field, Outcome.NO_EFFECT if empty else Outcome.UNSUPPORTED
        )
        if not empty:
            draft.add(
                ParamsOfBuiltIn(
                    **model.unsupported_params_field.place,
                    fields="unsupported_params",
                    provider=planned.id,
                )
            )
    if not model.is_disabled:
        current = draft.catalogs.current.provider(planned.id)
        _report_name(draft, model, name, spelled, has_catalog=current is not None and bool(current.models))
        if name.renamed:
            draft.add(ModelRenamed(**model.id_field.place, model=model.id, real=sent))
        if name.renamed or name.retired:
            draft.ledger.claim(model.id_field, Outcome.APPROXIMATED)
    for alias in model.aliases:
        draft.ledger.claim(alias.field, Outcome.UNSUPPORTED)
        task = ""
        if _VIRTUAL_NAME.match(alias.value) and draft.catalogs.current.alias(alias.value) is None:
            task = (
                f"; or create a virtual model named {alias.value} with the one target {sent} in the dashboard"
            )
        draft.add(ModelAliasLost(**alias.field.place, alias=alias.value, model=sent, task=task))


def _report_name(draft: Draft, model: Model, name: RealName, spelled: str, *, has_catalog: bool) -> None:
    at, pointer = model.id_field.location, model.id_field.pointer
    if name.retired:
        as_of = draft.catalogs.current.as_of
        draft.add(ModelRetired(at=at, pointer=pointer, model=spelled, as_of=as_of))
    elif not name.known and draft.gateway.restricts_models and has_catalog:
        draft.add(ModelUnknown(at=at, pointer=pointer, model=spelled))


def _facts(draft: Draft, model: Model) -> None:
    for field in model.facts:
        draft.ledger.claim(field, Outcome.NO_EFFECT)
    if model.facts:
        names = ", ".join(sorted(field.pointer.rpartition("/")[2] for field in model.facts))
        draft.add(
            DescriptionNotCarried(
                at=model.facts[0].location,
                pointer=model.field.pointer,
                fields=names,
                subject=f"model {model.id}",
            )
        )
