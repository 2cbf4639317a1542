"""The JSON contract: one run as one document that other tools read.

Its members, their order and their meaning are stable; ``formatVersion`` changes when they do.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property, lru_cache
from typing import Any, Final

from migrator.findings.base import REGISTER, Finding, OutputRef, Severity, category_of, documentation
from migrator.merge.model import Migration, SourceSummary, UnitSummary
from migrator.render.document import manifest_members
from migrator.render.safe import Repeated, json_pieces, visible_json_string
from migrator.report.baseline import Baseline, Comparison, Entry, compare
from migrator.report.distinct import distinct_configurations
from migrator.report.recorded import recorded_data, start_data, waiver_data
from migrator.secrets import visible
from migrator.spans import Location
from migrator.target.state import Object
from migrator.translate.advice import request_body
from migrator.translate.model import Advice, Decision

FORMAT_VERSION: Final = 1

_MEMBERS: Final = ("providers", "providerKeys", "accessKeyConfigurations", "accessKeys", "gatewayConfig")

Json = dict[str, Any]


def document(migration: Migration, baseline: Baseline | None = None) -> Json:
    """The run as plain data, members in the order of the contract, free of credentials.

    With a ``baseline`` nothing is left out, so that the document can be the next one: every finding says
    whether it was known.
    """
    return {name: visible_data(member) for name, member in _members(migration, baseline).items()}


def json_text(migration: Migration, baseline: Baseline | None = None) -> str:
    """The document as text that any encoding takes: what nobody sees is escaped."""
    return "".join(json_text_pieces(migration, baseline))


def json_text_pieces(migration: Migration, baseline: Baseline | None = None) -> Iterator[str]:
    """The text in pieces, for who writes it away: it is the largest thing of a run."""
    yield from json_pieces(_members(migration, baseline), visible_json_string, fractions=False)
    yield "\n"


def _members(migration: Migration, baseline: Baseline | None) -> Json:
    """The members of the document, with masks in place of credentials; lists as iterators."""
    compared = compare(migration, baseline)
    outputs = _Outputs(migration)
    advice: dict[int, Json] = {}
    return {
        "formatVersion": FORMAT_VERSION,
        "manifest": manifest_members(migration),
        "units": (_unit(unit, _repeated(unit.advice, advice)) for unit in migration.units),
        "decisions": (decision_entry(decision) for decision in migration.decisions),
        "findings": (
            _finding(found, outputs.of(found), {} if baseline is None else {"baseline": state})
            for found, state in zip(migration.findings, compared.states, strict=True)
        ),
        "provenance": (
            {"output": pointer, "inputs": [start_data(at) for at in dict.fromkeys(places)]}
            for pointer, places in migration.provenance()
            if places
        ),
        "sources": (_source(source) for source in migration.sources),
        "recorded": recorded_data(migration.recorded),
        "distinctConfigurations": _distinct(migration),
        **({} if baseline is None else {"baseline": comparison_entry(compared)}),
    }


def _distinct(migration: Migration) -> Iterator[Json]:
    """Worked out when it is written, so that it need not be kept until then."""
    for one in distinct_configurations(migration):
        yield {"configurations": list(one.configurations), "units": list(one.units)}


def comparison_entry(compared: Comparison) -> Json:
    """The member ``baseline``: how many findings are new and known, the new open decisions, what disappeared."""
    return {
        "new": len(compared.shown.findings),
        "known": compared.known,
        "newDecisions": [decision.id for decision in compared.open_decisions],
        "gone": [_gone(entry) for entry in compared.gone],
    }


def _gone(entry: Entry) -> Json:
    place = {"path": entry.path, "line": entry.line, "column": entry.column} if entry.path else None
    return {
        "code": entry.code,
        "severity": entry.severity.value,
        "unit": entry.unit,
        "title": entry.title,
        "message": entry.message,
        "fingerprint": entry.fingerprint,
        "location": place,
        "waived": entry.is_waived,
    }


def decision_entry(decision: Decision) -> Json:
    """One member of ``decisions``."""
    return {
        "id": decision.id,
        "unit": decision.unit,
        "code": decision.code,
        "question": decision.question,
        "options": list(decision.options),
        "default": decision.default,
        "chosen": decision.chosen,
        "by": decision.by,
        "reason": decision.reason,
        "approver": decision.approver,
    }


def _unit(unit: UnitSummary, advice: Json) -> Json:
    endpoint = unit.unit.endpoint
    return {
        "id": unit.id,
        "sources": [{"path": s.path, "document": s.document, "pointer": s.pointer} for s in unit.sources],
        "endpoint": endpoint.url if endpoint else None,
        "addresses": list(endpoint.all_urls) if endpoint else [],
        "branch": unit.unit.branch or (endpoint.condition if endpoint else None),
        "configuration": unit.configuration,
        "accessKeys": list(unit.access_keys),
        "status": unit.status,
        "coverage": dict(unit.coverage),
        "clientAdvice": advice,
        "verdict": None if unit.verdict is None else unit.verdict.kind.value,
        "verdictCertainty": None if unit.verdict is None else unit.verdict.certainty,
    }


def _repeated(advice: Advice, known: dict[int, Json]) -> Json:
    """An advice as data; units that share one share its data."""
    if id(advice) not in known:
        known[id(advice)] = Repeated(
            request=request_body(advice), renames=dict(advice.renames), retired=list(advice.retired)
        )
    return known[id(advice)]


def _finding(found: Finding, outputs: list[str], known: Json) -> Json:
    facts, waiver = found.facts, found.waiver
    return {
        **_kind(found.code, found.severity),
        "unit": found.unit,
        "message": found.message.format_map(facts),
        "remedy": found.advised(facts),
        "fingerprint": found.identified(facts),
        "location": None if found.at is None else _range(found.at),
        "pointer": found.pointer,
        "outputs": outputs,
        "waiver": None if waiver is None else waiver_data(waiver),
        **known,
    }


@lru_cache(1024)
def _kind(code: str, severity: Severity) -> Json:
    """What all findings of a class have in common, in the order of the contract: the unit is each one's own."""
    return {
        "code": code,
        "severity": severity.value,
        "category": category_of(code).value,
        "effect": REGISTER[code].effect.value,
        "unit": None,
        "title": documentation(REGISTER[code]).title,
    }


def _source(source: SourceSummary) -> Json:
    return {
        "path": source.path,
        "container": source.container,
        "status": source.status,
        "coverage": dict(source.coverage),
        "stem": source.file.stem,
    }


def _range(at: Location) -> Json:
    embedded = None if at.embedded is None else {"line": at.embedded[0], "column": at.embedded[1]}
    return {
        **start_data(at),
        "endLine": at.span.end_line,
        "endColumn": at.span.end_column,
        "embedded": embedded,
    }


class _Outputs:
    """Which parts of the manifest a finding concerns: those it names, else those made from its place."""

    def __init__(self, migration: Migration) -> None:
        self._state = migration.state
        self._by_place: dict[Location | None, list[str]] = {}
        asked = {found.at for found in migration.findings if not found.outputs}
        for pointer, places in migration.provenance():
            for at in asked.intersection(places):
                self._by_place.setdefault(at, []).append(pointer)

    def of(self, found: Finding) -> list[str]:
        """JSON pointers into the manifest, each once, in its order."""
        if not found.outputs:
            return self._by_place.get(found.at, [])
        pointers = {pointer for output in found.outputs if (pointer := self._pointer(output)) is not None}
        return sorted(pointers, key=_manifest_order)

    @cached_property
    def _objects(self) -> dict[tuple[str, str], str]:
        """Where each object stands; few runs that do not compare have a finding that names one."""
        state = self._state
        lists: tuple[tuple[Object, ...], ...] = (
            state.providers,
            state.provider_keys,
            state.configurations,
            state.access_keys,
        )
        found: dict[tuple[str, str], str] = {}
        for items in lists:
            for index, item in enumerate(items):
                found.setdefault((item.member, item.ref), f"/{item.member}/{index}")
        return found

    def _pointer(self, output: OutputRef) -> str | None:
        """The same as ``Migration.pointer``, which searches; a run has as many findings as objects."""
        start = self._objects.get((output.member, output.ref))
        return None if start is None else f"{start}{output.path}"


def _manifest_order(pointer: str) -> tuple[tuple[int, str], ...]:
    """Sorts pointers as the manifest has them: members in its order, indices as numbers."""
    _, member, *below = pointer.split("/")
    place = _MEMBERS.index(member) if member in _MEMBERS else len(_MEMBERS)
    return ((place, member), *(_token(token) for token in below))


def _token(token: str) -> tuple[int, str]:
    return (int(token), "") if token.isdecimal() else (-1, token)


def visible_data(value: Any) -> Any:
    """Data with every string as people may see it: the last line of defence for credentials."""
    match value:
        case str():
            return visible(value)
        case Mapping():
            return {visible(key): visible_data(member) for key, member in value.items()}
        case list() | Iterator():
            return [visible_data(member) for member in value]
        case _:
            return value
