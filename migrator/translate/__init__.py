"""From one unit's meaning to the part of the desired state it asks for.

The passes run in the order of ``PASSES``; each concern has a module of its own and works on the
unit's ``Draft``.
"""

from __future__ import annotations

from collections.abc import Iterable

from migrator.catalog import Catalogs
from migrator.findings.policy import Unreachable
from migrator.gateway.read import read_gateway
from migrator.policy.coverage import Ledger, Outcome
from migrator.policy.origin import Field
from migrator.policy.reader import Notes
from migrator.sources.model import Unit, sibling_actions
from migrator.translate.assemble import assemble
from migrator.translate.draft import Draft
from migrator.translate.gateway_keys import carry_keys
from migrator.translate.model import Fragment, TranslateOptions, UnitResult
from migrator.translate.models import plan_models
from migrator.translate.providers import plan_providers
from migrator.translate.requests import (
    claim_settings,
    fold_query,
    report_additions,
    report_on_error,
)
from migrator.translate.routing import set_routing
from migrator.translate.scope import set_scope
from migrator.translate.shared_names import tell_shared_names
from migrator.translate.strategies import apply_strategies, report_key_strategies
from migrator.translate.surroundings import read_surroundings
from migrator.tree.nodes import Mapping, Scalar

PASSES = (
    plan_providers,
    plan_models,
    tell_shared_names,
    fold_query,
    set_scope,
    apply_strategies,
    set_routing,
    report_key_strategies,
    report_additions,
    report_on_error,
    claim_settings,
    read_surroundings,
    carry_keys,
)


def translate(unit: Unit, options: TranslateOptions, catalogs: Catalogs) -> UnitResult:
    """What one unit asks for at ngrok.ai, with everything that did not carry over."""
    notes = Notes()
    ledger = Ledger(unit.policy.rule_fields, unit.action.field, sibling_actions(unit))
    action = unit.action.field
    config = unit.action.config or _no_config(action)
    gateway = read_gateway(config, notes)
    draft = Draft(unit, gateway, catalogs, options, ledger, findings=notes.findings)
    for unknown in notes.unknown:
        ledger.claim(unknown, Outcome.UNKNOWN)
    for run in PASSES:
        run(draft)
    _settle_config(draft)
    if draft.refused:
        return _refused(draft)
    fragment = assemble(draft)
    findings = tuple(found.in_unit(unit.id) for found in draft.findings)
    coverage = ledger.close()
    copies = [translate(copy, options, catalogs) for copy in unit.copies]
    for copy in copies:
        coverage.update(copy.coverage)
    others = tuple(copy.fragment for copy in copies)
    return UnitResult(unit.id, fragment, findings, tuple(draft.decisions), coverage, draft.advice, others)


def translate_each(units: Iterable[Unit], options: TranslateOptions, catalogs: Catalogs) -> list[UnitResult]:
    """The results of some units, in their order."""
    return [translate(unit, options, catalogs) for unit in units]


def _refused(draft: Draft) -> UnitResult:
    """A unit for which nothing is issued: what else was found about it is about nothing."""
    unit = draft.unit
    findings = tuple(found.in_unit(unit.id) for found in draft.findings if isinstance(found, Unreachable))
    decisions = tuple(decision for decision in draft.decisions if decision.code == Unreachable.code)
    coverage = dict.fromkeys(draft.ledger.close(), Outcome.UNSUPPORTED)
    return UnitResult(unit.id, Fragment(), findings, decisions, coverage)


def _no_config(action: Field) -> Field:
    """The configuration of an action that has none."""
    return Field(Mapping([], flow=False, span=action.node.span), action.pointer, action.origin)


def _settle_config(draft: Draft) -> None:
    """Known fields of which nothing was made: null and empty ones had no effect, unusable ones are unsupported."""
    held = draft.unit.action.field.get("config")
    config = draft.unit.action.config
    if held is not None and held.is_null:
        draft.ledger.settle(held, Outcome.NO_EFFECT)
    if config is None:
        return
    for leaf in draft.ledger.unsaid(config):
        is_used = isinstance(leaf, Scalar) and leaf.kind != "null"
        field = Field(leaf, config.pointer, config.origin)
        draft.ledger.settle(field, Outcome.UNSUPPORTED if is_used else Outcome.NO_EFFECT)
