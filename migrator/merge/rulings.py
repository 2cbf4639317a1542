"""What people ruled about findings, applied to a run: severities, waivers, and which of them are stale.

The only thing here, and in the whole conversion, that depends on the clock is whether a waiver is over; the day
is asked for where there is a waiver and nobody said which day to judge against.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Final

from msgspec.structs import replace

from migrator.findings.base import REGISTER, Finding, documentation, each_once
from migrator.findings.decisions import RECORDED, SeverityUnmatched, WaiverExpired, WaiverUnmatched
from migrator.findings.output import NotInPatch, ResidualNotMade, ResidualRewritten
from migrator.findings.rulings import ANY, Regrade, Ruling, Rulings, Waiver
from migrator.merge.model import Migration
from migrator.merge.recorded import Recorded, RegradeUse, WaiverUse
from migrator.merge.unmatched import Guess

IN_BUNDLES: Final = frozenset(kind.code for kind in (NotInPatch, ResidualNotMade, ResidualRewritten))
"""What only writing a bundle finds; without one nobody can say that an entry about it is stale."""


def ruled(
    migration: Migration, rulings: Rulings, as_of: date | None, *, in_bundle: bool = False
) -> Migration:
    """The same run with every ruling applied, and told where one matches nothing or is over.

    Can be applied again, when further findings were met.
    """
    if not rulings:
        return migration
    day = as_of if as_of is not None or not rulings.waivers else _today()
    findings = [found for found in migration.findings if not isinstance(found, _OWN)]
    waivers = _Waivers(rulings.waivers, day)
    made = [_with(found, rulings, waivers) for found in findings]
    uses = tuple(waivers.uses())
    counts = Counter(found.code for found in findings)
    own = [
        *_stale_waivers(uses, waivers.again, findings, in_bundle=in_bundle),
        *_stale_regrades(rulings.regrades.values(), counts, in_bundle=in_bundle),
    ]
    made += (_with(found, rulings, waivers) for found in own)  # they may have another severity as well
    counts.update(found.code for found in own)
    regrades = tuple(RegradeUse(regrade, counts[code]) for code, regrade in sorted(rulings.regrades.items()))
    recorded = migration.recorded or Recorded()
    return replace(
        migration,
        findings=each_once(made),
        recorded=replace(recorded, waivers=uses, regrades=regrades, as_of=day if rulings.waivers else None),
    )


_OWN: Final = (WaiverUnmatched, WaiverExpired, SeverityUnmatched)


def _today() -> date:
    """The day in UTC: the same for everybody at one moment."""
    return datetime.now(UTC).date()


def _with(found: Finding, rulings: Rulings, waivers: _Waivers) -> Finding:
    regrade = rulings.regrades.get(found.code)
    waiver = waivers.of(found)
    if regrade is None and waiver is None:
        return found if found.ruling is None else replace(found, ruling=None)
    return replace(found, ruling=Ruling(None if regrade is None else regrade.level, waiver))


@dataclass
class _Waivers:
    """The waivers of a run, found by code and by how their patterns begin or end; each counts what it is about."""

    waivers: Sequence[Waiver]
    day: date | None
    _index: dict[tuple[str, str, bool, str], list[int]] = field(default_factory=dict)
    """By code, part, whether the literal text is at the end, and that text."""
    _counts: list[int] = field(init=False)
    again: list[int] = field(init=False)
    """How many findings each is about that nothing waives: that of another one may last longer."""
    _longest: int = 0
    _codes: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._counts = [0] * len(self.waivers)
        self.again = [0] * len(self.waivers)
        for number, waiver in enumerate(self.waivers):
            part, pattern = ("file", waiver.file) if waiver.unit == ANY else ("unit", waiver.unit)
            literals = pattern.split(ANY)
            at_end = not literals[0]
            literal = literals[-1 if at_end else 0]
            self._index.setdefault((waiver.code, part, at_end, literal), []).append(number)
            self._longest = max(self._longest, len(literal))
            self._codes.add(waiver.code)

    def of(self, found: Finding) -> Waiver | None:
        """The first waiver in force that is about a finding."""
        if found.code not in self._codes:
            return None
        about = sorted(number for number in self._candidates(found) if self.waivers[number].covers(found))
        holding = next(
            (self.waivers[number] for number in about if not self._is_over(self.waivers[number])), None
        )
        for number in about:
            self._counts[number] += 1
            self.again[number] += holding is None
        return holding

    def uses(self) -> Iterator[WaiverUse]:
        for waiver, count in zip(self.waivers, self._counts, strict=True):
            yield WaiverUse(waiver, count, self._is_over(waiver))

    def _candidates(self, found: Finding) -> Iterator[int]:
        for part in ("unit", "file"):
            text = _part(found, part)
            for size in range(min(len(text), self._longest) + 1):
                yield from self._index.get((found.code, part, False, text[:size]), ())
                yield from self._index.get((found.code, part, True, text[len(text) - size :]), ())

    def _is_over(self, waiver: Waiver) -> bool:
        return self.day is not None and waiver.is_over(self.day)


def _stale_waivers(
    uses: Iterable[WaiverUse], again: Sequence[int], findings: Sequence[Finding], *, in_bundle: bool
) -> Iterator[Finding]:
    by_code: dict[str, list[Finding]] = {}
    guesses: dict[tuple[str, str], Guess] = {}
    for use, count in zip(uses, again, strict=True):
        waiver, where = use.waiver, f" ({use.waiver.where})" if use.waiver.where else ""
        if use.findings and use.is_over:
            yield WaiverExpired(
                at=waiver.at,
                waived=waiver.code,
                where=where,
                until=waiver.until.isoformat(),
                count=count,
            )
        elif not use.findings and (in_bundle or waiver.code not in IN_BUNDLES):
            if not by_code:
                for found in findings:
                    by_code.setdefault(found.code, []).append(found)
            hint = _meant(waiver, by_code.get(waiver.code, []), guesses)
            yield WaiverUnmatched(at=waiver.at, waived=waiver.code, where=where, hint=hint)


def _meant(waiver: Waiver, own: Sequence[Finding], guesses: dict[tuple[str, str], Guess]) -> str:
    """What a stale waiver was perhaps about."""
    if not own:
        return f": nothing of that code is found ({documentation(REGISTER[waiver.code]).title})"
    part, pattern = ("file", waiver.file) if waiver.unit == ANY else ("unit", waiver.unit)
    if (waiver.code, part) not in guesses:
        known = {_part(found, part) for found in own} - {""}
        guesses[waiver.code, part] = Guess(sorted(known))
    return "" if pattern == ANY else guesses[waiver.code, part].meant(pattern)


def _part(found: Finding, part: str) -> str:
    """What the pattern of a waiver is compared with."""
    if part == "unit":
        return found.unit or ""
    return found.at.path if found.at is not None else ""


def _stale_regrades(
    regrades: Iterable[Regrade], counts: Mapping[str, int], *, in_bundle: bool
) -> Iterator[Finding]:
    for one in regrades:
        is_known = REGISTER[one.code] in RECORDED or one.code in counts
        if not is_known and (in_bundle or one.code not in IN_BUNDLES):
            yield SeverityUnmatched(at=one.at, regraded=one.code, given=one.level.value)
