"""Stage ``verify`` of a run: every unit compared with what becomes of it.

A difference that no finding announced is a mistake of the tool, and nothing goes out. What works now and was
refused before is an error of its own, until somebody accepts it with a reason. Compared with something else
than the run made (an edited manifest, an account) a difference may well be told by nothing.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Final, NamedTuple

from msgspec.structs import replace

from migrator.catalog import Catalogs
from migrator.errors import UsageError
from migrator.findings.base import Effect, Finding, OutputRef, each_once
from migrator.findings.rulings import says_something
from migrator.findings.verify import NarrowerAccepted, NothingShowsIt, ToldByNothing, WiderThanBefore
from migrator.merge.model import ACCEPTED_NARROWER, ACCEPTED_WIDER, Migration, UnitSummary, is_asked_later
from migrator.merge.unmatched import unmatched
from migrator.progress import in_parts
from migrator.secrets import visible
from migrator.sources.kept import Units
from migrator.target.bodies import body_of
from migrator.target.state import Object
from migrator.translate.decide import Question, decide, with_reason
from migrator.translate.model import Decision, TranslateOptions
from migrator.verify.against import key_verdict
from migrator.verify.announce import claiming
from migrator.verify.compare import compare
from migrator.verify.model import Kind, Verdict
from migrator.verify.new import NewGateway
from migrator.verify.objects import Body, Objects
from migrator.verify.sides import Pair, Told
from migrator.verify.space import Spelling
from migrator.verify.verdict import Comparing, verdict
from migrator.verify.words import answered, asked, told

REFUSE, ACCEPT, TELL = "refuse", "accept", "tell"
_STRATEGIES = "strategies"
_MADE: Final = 256
"""Bodies that are held at once: those of the units that are compared together."""


class Judged(NamedTuple):
    """A unit's verdict, and the findings that claim what no difference shows.

    Without a verdict nobody compared the unit, and the findings say why.
    """

    unit: str
    verdict: Verdict | None
    findings: tuple[Finding, ...]


def with_verdicts(
    migration: Migration,
    options: TranslateOptions,
    catalogs: Catalogs,
    objects: Objects | None = None,
    verdicts: Iterable[Judged] | None = None,
    *,
    witnesses: bool = True,
) -> Migration:
    """The same run with a verdict for each unit that has a configuration.

    ``objects`` are what to compare with in place of what the run made. A difference to what it made that nothing
    announced is a finding. ``verdicts`` are those of ``judged``, in any order, where somebody has them. Without
    ``witnesses`` the verdicts are kept without their differences.
    """
    if verdicts is None:
        held = objects if objects is not None else objects_of(migration)
        verdicts = judged(migration, NewGateway(held, catalogs), catalogs)
    units = {summary.id: summary for summary in migration.units}
    told: dict[str, list[Finding]] = {}
    decisions: list[Decision] = []
    unshown: set[Finding] | None = None
    accepted: set[int] = set()
    open_codes = {(one.unit, one.code) for one in migration.decisions if one.is_open}
    by_unit = findings_by_unit(migration)
    places = _Places(migration) if objects is None else None
    for unit, found, idle in verdicts:
        summary = units[unit]
        findings = told[unit] = []
        if found is None:
            findings += idle
            continue
        if objects is None:
            findings += _untold(found, summary)
            findings += [_nothing_shows(one) for one in idle if one.unit == unit]
            general = {one for one in idle if one.unit is None}
            unshown = general if unshown is None else unshown & general
        for decision in acceptances(found, options):
            decisions.append(decision)
            if decision.id.startswith(f"{ACCEPTED_WIDER}:"):
                findings += _wider(found, decision, places)
            elif is_accepted(decision):
                now_notes = _narrower(unit, by_unit, open_codes)
                accepted |= now_notes
                findings.append(_narrower_accepted(summary, decision, len(now_notes)))
        units[unit] = replace(summary, verdict=found if witnesses else replace(found, differences=()))
    findings = [one for unit in units for one in told.get(unit, ())]
    findings += [_nothing_shows(one) for one in unshown or ()]
    accepting = (answer for answer in options.decisions if is_asked_later(answer))
    findings += unmatched(accepting, (*migration.decisions, *decisions), options.reasons)
    told_before = (replace(one, decided=True) if id(one) in accepted else one for one in migration.findings)
    return replace(
        migration,
        units=tuple(units.values()),
        decisions=tuple(sorted((*migration.decisions, *decisions), key=lambda one: one.id)),
        findings=each_once((*told_before, *findings)),
    )


def judged(
    migration: Migration, new: NewGateway, catalogs: Catalogs, comparing: Comparing | None = None
) -> Iterator[Judged]:
    """The units that have a configuration, compared, in their order; by ``comparing``, where somebody has one."""
    by_unit = findings_by_unit(migration)
    general = claiming(by_unit.get(None, ()))
    readings = _readings(migration.decisions)
    known: dict[object, tuple[Told, ...]] = {}
    comparable = [summary for summary in migration.units if summary.configuration is not None]
    comparing = comparing or _comparing(len(comparable))
    units = units_of(migration)
    for part in in_parts(comparable):
        pairs = [replace(_pair(summary, units, readings, new, catalogs), known=known) for summary in part]
        for summary, pair in zip(part, pairs, strict=True):
            own = [*general, *by_unit.get(summary.id, ())]
            yield Judged(summary.id, *verdict(pair, own, comparing))
        new.forget()


def _comparing(units: int) -> Comparing:
    """How that many units are compared; one has no twins."""
    if units <= 1:
        return compare
    from migrator.verify.twins import Twins

    return Twins().compare


def findings_by_unit(migration: Migration) -> dict[str | None, list[Finding]]:
    """The findings of each unit, under None those of no unit in particular."""
    by_unit: dict[str | None, list[Finding]] = {}
    for finding in migration.findings:
        by_unit.setdefault(finding.unit, []).append(finding)
    return by_unit


def pair_of(summary: UnitSummary, migration: Migration, new: NewGateway, catalogs: Catalogs) -> Pair:
    """One unit beside a gateway that may have its access keys."""
    return _pair(summary, units_of(migration), _readings(migration.decisions), new, catalogs)


def units_of(migration: Migration) -> Units:
    """The units of a run with their policies."""
    return Units(source.file for source in migration.sources)


def _pair(
    summary: UnitSummary, units: Units, readings: Mapping[str, str], new: NewGateway, catalogs: Catalogs
) -> Pair:
    advice = summary.advice
    return Pair(
        units.whole(summary.unit),
        readings.get(visible(f"{_STRATEGIES}:{summary.id}")),
        new,
        catalogs,
        summary.access_keys,
        Spelling(advice.renames),
        () if advice.model is None else (advice.model, *advice.models),
    )


def objects_of(migration: Migration) -> Objects:
    """The desired state as the new gateway would hold it."""
    state, name = migration.state, migration.name
    return Objects(
        {item.ref: body_of(item, name) for item in state.providers},
        _Bodies(state.provider_keys, name),
        _Bodies(state.configurations, name),
        _Bodies(state.access_keys, name),
    )


class _Bodies(Mapping[str, Body]):
    """Bodies by the refs of their objects, made when they are asked for: all of them are a third of a run."""

    def __init__(self, items: Iterable[Object], migration: str) -> None:
        self._items = {item.ref: item for item in items}
        self._migration = migration
        self._made: dict[str, Body] = {}

    def __getitem__(self, ref: str) -> Body:
        if ref not in self._made:
            if len(self._made) >= _MADE:
                self._made.clear()
            self._made[ref] = body_of(self._items[ref], self._migration)
        return self._made[ref]

    def __contains__(self, ref: object) -> bool:
        return ref in self._items

    def __iter__(self) -> Iterator[str]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)


def _readings(decisions: Iterable[Decision]) -> dict[str, str]:
    """By a decision's id how several strategies count, where somebody has decided it."""
    found: dict[str, str] = {}
    for one in decisions:
        if one.id.startswith(f"{_STRATEGIES}:") and not one.is_open:
            found.setdefault(one.id, one.chosen)
    return found


def _untold(found: Verdict, summary: UnitSummary) -> Iterator[Finding]:
    place = summary.unit.place
    for one in found.unannounced:
        yield ToldByNothing(**place, unit=found.unit, difference=told(one))


def _nothing_shows(idle: Finding) -> Finding:
    return NothingShowsIt(
        at=idle.at, pointer=idle.pointer, unit=idle.unit, claim=idle.code, claimed=idle.effect.value
    )


def acceptances(found: Verdict, options: TranslateOptions) -> tuple[Decision, ...]:
    """What is asked, or answered, about differences that somebody may accept. Raises UsageError."""
    asked = (_acceptance(found, options), _narrower_acceptance(found, options))
    return tuple(decision for decision in asked if decision is not None)


def _acceptance(found: Verdict, options: TranslateOptions) -> Decision | None:
    """Whether somebody accepts what got wider; None where nothing did.

    Raises UsageError for a recorded acceptance that does not say why.
    """
    if not found.wide:
        return None
    first = told(found.wide[0])
    question = Question(
        ACCEPTED_WIDER,
        WiderThanBefore,
        f"Something that was refused works now ({first}). Is that accepted?",
        (REFUSE, ACCEPT),
    )
    decision = with_reason(decide(question, found.unit, options), options)
    return _explained(decision, options)


def _narrower_acceptance(found: Verdict, options: TranslateOptions) -> Decision | None:
    """The answer that takes what a unit no longer can as it is; None where there is none, for nothing asks for it.

    Raises UsageError for a recorded acceptance that does not say why.
    """
    narrow = [one for one in found.differences if one.kind is Kind.NARROWER]
    if not narrow:
        return None
    question = Question(
        ACCEPTED_NARROWER,
        NarrowerAccepted,
        f"Something that worked is refused now ({told(narrow[0])}). Is that accepted?",
        (TELL, ACCEPT),
    )
    decision = with_reason(decide(question, found.unit, options), options)
    return None if decision.is_open else _explained(decision, options)


def _explained(decision: Decision, options: TranslateOptions) -> Decision:
    """An answer, refused where it accepts something without saying why."""
    if decision.chosen == ACCEPT and not says_something(decision.reason or ""):
        said = options.reasons.get(decision.pattern or decision.id)
        place = f"{said.at.path}:{said.at.span.line}: " if said is not None and said.at is not None else ""
        raise UsageError(
            f"{place}decision {decision.id} accepts something without saying why",
            f"Write `{{choose: {ACCEPT}, reason: …, by: …}}`.",
        )
    return decision


def _narrower(
    unit: str, by_unit: Mapping[str | None, Sequence[Finding]], open_codes: Container[tuple[str | None, str]]
) -> set[int]:
    """The unit's findings that tell of something narrower, by ``id()``; not those that ask a question of their own."""
    return {
        id(one)
        for one in by_unit.get(unit, ())
        if one.effect is Effect.NARROWER and (unit, one.code) not in open_codes
    }


def strays(migration: Migration, objects: Objects, catalogs: Catalogs) -> tuple[Verdict, ...]:
    """Access keys that stand for no unit's clients: whatever they reach was not reached before."""
    known = {key for summary in migration.units for key in summary.access_keys}
    nothing, new = NewGateway(Objects(), catalogs), NewGateway(objects, catalogs)
    return tuple(
        key_verdict(nothing, new, catalogs, key) for key in sorted(objects.access_keys) if key not in known
    )


def is_accepted(decision: Decision) -> bool:
    return decision.chosen == ACCEPT


def _wider(found: Verdict, decision: Decision, places: _Places | None) -> Iterator[Finding]:
    accepted = is_accepted(decision)
    by = f" by {decision.approver}" if decision.approver else ""
    for one in found.wide:
        announced = f" (told by {one.announced.code})" if one.announced is not None else ""
        outputs = () if places is None else tuple(places.output(at) for at in one.outputs)
        yield WiderThanBefore(
            at=one.sources[0] if one.sources else None,
            unit=found.unit,
            outputs=outputs,
            decided=accepted,
            request=asked(one.request),
            before=answered(one.old),
            now=answered(one.new),
            told=announced,
            accepted=f"; accepted{by}: {decision.reason}" if accepted else "",
        )


def _narrower_accepted(summary: UnitSummary, decision: Decision, count: int) -> Finding:
    by = f" by {decision.approver}" if decision.approver else ""
    return NarrowerAccepted(
        **summary.unit.place, unit=summary.id, why=f"{by}: {decision.reason}", count=count
    )


class _Places:
    """Places of the manifest by the refs of its objects."""

    def __init__(self, migration: Migration) -> None:
        self._migration = migration

    def output(self, pointer: str) -> OutputRef:
        _, member, index, *rest = pointer.split("/")
        return OutputRef(member, self._refs[member][int(index)], "".join(f"/{step}" for step in rest))

    @cached_property
    def _refs(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for item in self._migration.state.objects():
            found.setdefault(item.member, []).append(item.ref)
        return found
