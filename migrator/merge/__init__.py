"""Stage ``merge``: the units of a run as one desired state, one account of leaves, one list of findings."""

from __future__ import annotations

from collections.abc import Sequence

from migrator.catalog import Catalogs
from migrator.errors import InternalError
from migrator.findings.base import Finding, each_once
from migrator.findings.link import ReferenceNotFound
from migrator.findings.merge import PrimaryModelRefused
from migrator.findings.read import ActionInUnknownPlace, BrokenSyntax
from migrator.merge.model import Migration, SourceSummary, Status, UnitSummary, is_asked_later, worst_status
from migrator.merge.names import with_ids, with_names, with_told_ids
from migrator.merge.providers import merge_provider_keys, merge_providers, tell_apart
from migrator.merge.recorded import Recorded
from migrator.merge.secrets import missing_secrets
from migrator.merge.settings import Settled, settle
from migrator.merge.unmatched import unmatched
from migrator.policy.coverage import Account
from migrator.sources.model import KeptFile
from migrator.target.limits import violations
from migrator.target.state import Configuration, DesiredState
from migrator.translate.decide import with_reason
from migrator.translate.model import Decision, TranslateOptions, UnitResult
from migrator.translate.portion import Portion


def merge(
    whole: Portion, options: TranslateOptions, catalogs: Catalogs, findings: Sequence[Finding] = ()
) -> Migration:
    """Everything a run found. ``findings`` are those about the call itself.

    Raises InternalError if the result breaks the published contract: nothing of it may go out.
    """
    ordered, collisions = tell_apart(list(whole.results), catalogs)
    ordered, renamed = with_ids(ordered, options.names, catalogs)
    names_taken: list[Finding] = []
    if len(ordered) > 1:
        from migrator.merge.model_names import tell_names_apart

        ordered, names_taken = tell_names_apart(ordered)
    providers, merged = merge_providers(ordered, options.migration)
    if len(ordered) > 1:
        from migrator.merge.model_names import others_names

        names_taken += others_names(ordered, providers, tuple(names_taken))
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
    units = _summaries(whole, ordered, settled, decisions)
    everything: list[Finding] = [
        *findings,
        *whole.findings,
        *with_told_ids(collisions, renamed.ids),
        *renamed.findings,
        *names_taken,
        *merged,
        *settled.findings,
    ]
    everything += named.findings
    everything += missing_secrets(state.provider_keys, whole.secrets)
    everything += [found for file, _ in whole.files for found in file.findings]
    everything += [found for result in ordered for found in result.findings]
    restricting = [one for one in state.configurations if _restricts(one)]
    if restricting:
        everything.append(PrimaryModelRefused(at=restricting[0].origins[0], count=len(restricting)))
    asked = (answer for answer in options.decisions if not is_asked_later(answer))
    everything += unmatched(asked, decisions, options.reasons)
    return Migration(
        state=state,
        units=units,
        sources=_sources(whole, units, settled),
        decisions=decisions,
        findings=each_once(everything),
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


def _summaries(
    whole: Portion, results: list[UnitResult], settled: Settled, decisions: tuple[Decision, ...]
) -> tuple[UnitSummary, ...]:
    undecided = {decision.unit for decision in decisions if decision.is_open}
    summaries: list[UnitSummary] = []
    for unit, result, counted in zip(whole.units, results, whole.accounts, strict=True):
        account = counted.without(settled.dropped)
        configuration = result.fragment.configuration
        status: Status = "converted"
        if configuration is None:
            status = "failed"
        elif unit.id in undecided or not account.is_complete:
            status = "partial"
        keys = tuple(key.ref for key in result.fragment.access_keys)
        ref = configuration.ref if configuration is not None else None
        summaries.append(UnitSummary(unit, ref, keys, status, account.named, result.advice))
    return tuple(summaries)


def _sources(whole: Portion, units: tuple[UnitSummary, ...], settled: Settled) -> tuple[SourceSummary, ...]:
    by_path: dict[str, list[UnitSummary]] = {}
    for unit in units:
        for path in dict.fromkeys(source.path for source in unit.sources):
            by_path.setdefault(path, []).append(unit)
    unfound = {found.at.path for found in whole.findings if isinstance(found, ReferenceNotFound) and found.at}
    return tuple(
        _source(
            file, counted.without(settled.dropped), by_path.get(file.path, []), unfound=file.path in unfound
        )
        for file, counted in whole.files
    )


def _source(file: KeptFile, account: Account, own: list[UnitSummary], *, unfound: bool) -> SourceSummary:
    """A file's status is the worst of the units it is a source of."""
    status = worst_status(unit.status for unit in own)
    lost = any(isinstance(found, ActionInUnknownPlace | BrokenSyntax) for found in file.findings)
    if not file.readable or lost or (unfound and not own):
        status = "failed"
    return SourceSummary(file, status, account.named)
