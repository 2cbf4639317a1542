"""Stage ``merge``: the units of a run as one desired state, one account of leaves, one list of findings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from migrator.catalog import Catalogs
from migrator.errors import InternalError
from migrator.findings.base import Finding
from migrator.findings.link import ReferenceNotFound
from migrator.findings.merge import PrimaryModelRefused
from migrator.findings.read import ActionInUnknownPlace, BrokenSyntax
from migrator.merge.model import Migration, SourceSummary, Status, UnitSummary, is_asked_later
from migrator.merge.names import with_ids, with_names, with_told_ids
from migrator.merge.providers import merge_provider_keys, merge_providers, tell_apart
from migrator.merge.recorded import Recorded
from migrator.merge.secrets import missing_secrets
from migrator.merge.settings import Settled, settle
from migrator.merge.unmatched import unmatched
from migrator.policy.coverage import Outcome, count, worst
from migrator.policy.origin import LeafKey
from migrator.sources.model import FileRead, FoundPolicy, Linked, Unit
from migrator.target.limits import violations
from migrator.target.state import Configuration, DesiredState
from migrator.translate.decide import with_reason
from migrator.translate.model import Decision, TranslateOptions, UnitResult

Coverage = Mapping[LeafKey, Outcome]


def merge(
    linked: Linked,
    results: Iterable[UnitResult],
    options: TranslateOptions,
    catalogs: Catalogs,
    findings: Sequence[Finding] = (),
) -> Migration:
    """Everything a run found. ``findings`` are those about the call itself.

    Raises InternalError if the result breaks the published contract: nothing of it may go out.
    """
    ordered, collisions = tell_apart(sorted(results, key=lambda result: result.unit), catalogs)
    ordered, renamed = with_ids(ordered, options.names, catalogs)
    providers, merged = merge_providers(ordered, options.migration)
    settled = settle(ordered, options)
    state = DesiredState(
        options.migration,
        providers=providers,
        provider_keys=merge_provider_keys(ordered),
        configurations=tuple(one for result in ordered for one in result.fragment.configurations),
        access_keys=tuple(key for result in ordered for key in result.fragment.access_keys),
        gateway_config=settled.config,
    )
    state, named = with_names(state, options.names)
    if broken := list(violations(state)):
        raise InternalError(f"the result would break the API's contract: {broken[0]}", "Please report this.")
    decisions = _decisions(ordered, settled, options)
    accounts = {result.unit: _account(result, settled) for result in ordered}
    units = _summaries(linked, ordered, accounts, decisions)
    everything: list[Finding] = [
        *findings,
        *linked.findings,
        *with_told_ids(collisions, renamed.ids),
        *renamed.findings,
        *merged,
        *settled.findings,
    ]
    everything += named.findings
    everything += missing_secrets(state.provider_keys, linked.secrets)
    everything += [found for file in linked.files for found in file.findings]
    everything += _grammar(linked)
    everything += [found for result in ordered for found in result.findings]
    restricting = [one for one in state.configurations if _restricts(one)]
    if restricting:
        everything.append(PrimaryModelRefused(at=restricting[0].origins[0], count=len(restricting)))
    asked = (answer for answer in options.decisions if not is_asked_later(answer))
    everything += unmatched(asked, decisions, options.reasons)
    return Migration(
        state=state,
        units=units,
        sources=_sources(linked, units, accounts),
        decisions=decisions,
        findings=tuple(sorted(dict.fromkeys(everything), key=lambda found: found.sort_key)),
        recorded=Recorded(names=(*renamed.uses, *named.uses)) if options.names else None,
    )


def _restricts(configuration: Configuration) -> bool:
    """Whether a configuration refuses some models and allows others."""
    scopes = [scope for scope in (configuration.providers, configuration.models) if scope is not None]
    return bool(scopes) and all(scope.allow for scope in scopes)


def _decisions(
    results: list[UnitResult], settled: Settled, options: TranslateOptions
) -> tuple[Decision, ...]:
    asked = [decision for result in results for decision in result.decisions]
    made = [with_reason(decision, options) for decision in (*asked, *settled.decisions)]
    return tuple(sorted(made, key=lambda decision: decision.id))


def _account(result: UnitResult, settled: Settled) -> Coverage:
    """A unit's leaves, those of settings that were not taken as unsupported."""
    return {
        key: Outcome.UNSUPPORTED if key in settled.dropped else outcome
        for key, outcome in result.coverage.items()
    }


def _summaries(
    linked: Linked,
    results: list[UnitResult],
    accounts: Mapping[str, Coverage],
    decisions: tuple[Decision, ...],
) -> tuple[UnitSummary, ...]:
    by_id = {unit.id: unit for unit in linked.units}
    undecided = {decision.unit for decision in decisions if decision.is_open}
    summaries: list[UnitSummary] = []
    for result in results:
        account = accounts[result.unit]
        configuration = result.fragment.configuration
        status: Status = "converted"
        if configuration is None:
            status = "failed"
        elif result.unit in undecided or any(outcome >= Outcome.UNSUPPORTED for outcome in account.values()):
            status = "partial"
        keys = tuple(key.ref for key in result.fragment.access_keys)
        ref = configuration.ref if configuration is not None else None
        summaries.append(
            UnitSummary(by_id[result.unit], ref, keys, status, count(account.values()), result.advice)
        )
    return tuple(summaries)


def _sources(
    linked: Linked, units: tuple[UnitSummary, ...], accounts: Mapping[str, Coverage]
) -> tuple[SourceSummary, ...]:
    by_path: dict[str, list[UnitSummary]] = {}
    for unit in units:
        for path in dict.fromkeys(source.path for source in unit.sources):
            by_path.setdefault(path, []).append(unit)
    unfound = {
        found.at.path for found in linked.findings if isinstance(found, ReferenceNotFound) and found.at
    }
    idle: dict[str, dict[LeafKey, Outcome]] = {}
    for found in linked.disabled:
        keys = (key for field in found.policy.rule_fields for key in field.leaf_keys())
        idle.setdefault(found.origin.path, {}).update(dict.fromkeys(keys, Outcome.NO_EFFECT))
    summaries: list[SourceSummary] = []
    for file in linked.files:
        own = by_path.get(file.path, [])
        merged = worst((idle.get(file.path, {}), *(accounts[unit.id] for unit in own)))
        summaries.append(_source(file, own, merged, unfound=file.path in unfound))
    return tuple(summaries)


def _source(
    file: FileRead, own: list[UnitSummary], merged: Mapping[LeafKey, Outcome], *, unfound: bool
) -> SourceSummary:
    """A file's leaves, each once; its status is the worst of the units it is a source of."""
    status: Status = max((unit.status for unit in own), key=_SEVERITY.index, default="nothing-to-do")
    lost = any(isinstance(found, ActionInUnknownPlace | BrokenSyntax) for found in file.findings)
    if not file.readable or lost or (unfound and not own):
        status = "failed"
    return SourceSummary(file, status, count(o for key, o in merged.items() if key.path == file.path))


_SEVERITY: tuple[Status, ...] = ("nothing-to-do", "converted", "partial", "failed")


def _grammar(linked: Linked) -> list[Finding]:
    """Findings about a policy's form: once, however many units it makes."""
    first: dict[int, tuple[Unit, FoundPolicy]] = {}
    for unit in linked.units:
        for found in unit.policies:
            first.setdefault(id(found), (unit, found))
    return [said.in_unit(unit.id) for unit, found in first.values() for said in found.findings]
