"""The stages of one run, spread over workers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from msgspec.structs import replace

from migrator.batch.packing import pack, pack_options, unpack
from migrator.batch.spread import Died, by_kind, in_order, spread
from migrator.batch.work import (
    Compared,
    Guess,
    Shared,
    UnitsPart,
    compare_part,
    mark,
    read_part,
)
from migrator.batch.workers import Workers
from migrator.catalog import Catalogs, bundled
from migrator.findings.base import Finding
from migrator.findings.read import ReaderDied
from migrator.findings.verify import NotCompared
from migrator.merge.model import Migration, UnitSummary
from migrator.merge.verdicts import Judged, findings_by_unit, objects_of
from migrator.progress import Tell
from migrator.secrets import visible
from migrator.sources.inputs import Input
from migrator.sources.model import FileRead, Unit
from migrator.spans import whole
from migrator.translate import translate
from migrator.translate.model import Advice, TranslateOptions, UnitResult
from migrator.translate.portion import Portion
from migrator.verify.announce import claiming
from migrator.verify.objects import Body, Objects, configuration_of, reference


class Batch:
    """One run. The stages have to come in their order: what reading guessed is what translating takes."""

    def __init__(
        self, workers: Workers, options: TranslateOptions, catalogs: Catalogs | None, tell: Tell
    ) -> None:
        self._workers = workers
        self._options = options
        self._given = catalogs
        self._catalogs = catalogs or bundled()
        self._tell = tell
        self._guessed: dict[str, Guess] = {}
        self._advice: dict[bytes, Advice] = {}

    def read(self, inputs: Sequence[Input]) -> Iterator[FileRead | Portion]:
        """Every input that holds something, in order; what stands alone is translated."""
        shared = pack_options(Shared(self._options, self._given))
        parts = in_order(inputs, self._workers)
        for found in spread(self._workers, read_part, shared, parts, self._telling("reading", inputs)):
            if isinstance(found, Died):
                yield _unread(found.item)
            elif found.portion is not None:
                yield self._advised(found.portion, found.advice)
            elif found.file is not None:
                for guess in found.guesses:
                    self._guessed[guess.mark.id] = guess
                yield found.file

    def _advised(self, portion: Portion, packed: Iterable[bytes]) -> Portion:
        results = zip(portion.results, packed, strict=True)
        return replace(
            portion,
            results=tuple(replace(result, advice=self._unpacked(advice)) for result, advice in results),
        )

    def translate(self, units: Iterable[Unit]) -> list[UnitResult]:
        """The units' results: those that reading made, where the whole run made the same unit."""
        return [self._translated(unit) for unit in units]

    def _translated(self, unit: Unit) -> UnitResult:
        guess = self._guessed.pop(unit.id, None)
        if guess is None or guess.mark != mark(unit):
            return translate(unit, self._options, self._catalogs)
        return replace(guess.result, advice=self._unpacked(guess.advice))

    def _unpacked(self, advice: bytes) -> Advice:
        if advice not in self._advice:
            self._advice[advice] = unpack(advice)
        return self._advice[advice]

    def compare(self, migration: Migration) -> Iterator[Judged]:
        """What ``judged`` gives for the run; units of which much the same was found one after another."""
        objects = objects_of(migration)
        by_unit = findings_by_unit(migration)
        general = tuple(claiming(by_unit.get(None, ())))
        shared = pack(Compared(migration.name, objects.providers, general, self._given))
        reach = _Reach(migration, objects, by_unit)
        units = [summary for summary in migration.units if summary.configuration is not None]
        codes = [tuple(one.code for one in by_unit.get(unit.id, ())) for unit in units]
        parts = by_kind(units, codes, self._workers)
        tell = self._telling("comparing", units)
        for found in spread(self._workers, compare_part, shared, parts, tell, reach.part):
            if isinstance(found, Died):
                yield _not_compared(found.item)
            else:
                yield found.judged((*general, *reach.claims(found.unit)))

    def _telling(self, what: str, items: Sequence[object]) -> Callable[[int], None]:
        return lambda done: self._tell(what, done, len(items))


def _unread(item: Input) -> FileRead:
    return FileRead(item.path, item.stem, findings=(ReaderDied(at=whole(item.path)),), readable=False)


def _not_compared(summary: UnitSummary) -> Judged:
    place = summary.unit.place
    return Judged(summary.id, None, (NotCompared(**place, unit=summary.id),))


class _Reach:
    """What comparing some units needs of a whole run: their objects, their findings, their decisions."""

    def __init__(
        self, migration: Migration, objects: Objects, by_unit: Mapping[str | None, list[Finding]]
    ) -> None:
        self._objects = objects
        self._findings = by_unit
        self._decisions = {decision.id: decision for decision in reversed(migration.decisions)}
        self._configurations = _numbered(objects.configurations)
        self._access_keys = _numbered(objects.access_keys)
        self._sources = {source.path: source for source in migration.sources}

    def _read_again(self, units: Sequence[UnitSummary]) -> Iterator[str]:
        """The paths of the files of units that were let go."""
        return (unit.sources[0].path for unit in units if unit.unit.whole is None)

    def claims(self, unit: str) -> list[Finding]:
        """What a unit's own findings tell or claim."""
        return claiming(self._findings.get(unit, ()))

    def part(self, units: Sequence[UnitSummary]) -> UnitsPart:
        objects = self._objects
        access_keys = {ref: objects.access_keys[ref] for unit in units for ref in unit.access_keys}
        named = dict.fromkeys(configuration_of(body) for body in access_keys.values())
        configurations = {ref: objects.configurations[ref] for ref in named if ref is not None}
        refs: Iterable[str] = objects.keys  # a key without a configuration may use them all
        if None not in named:
            refs = dict.fromkeys(_references(list(configurations.values())))
        keys = {ref: objects.keys[ref] for ref in refs if ref in objects.keys}
        asked = (visible(f"strategies:{unit.id}") for unit in units)
        return UnitsPart(
            tuple(units),
            tuple(self._sources[path] for path in dict.fromkeys(self._read_again(units))),
            tuple(self._decisions[one] for one in asked if one in self._decisions),
            tuple(found for unit in units for found in self.claims(unit.id)),
            keys,
            configurations,
            access_keys,
            {
                "accessKeyConfigurations": tuple(self._configurations[ref] for ref in configurations),
                "accessKeys": tuple(self._access_keys[ref] for ref in access_keys),
            },
        )


def _numbered(bodies: Mapping[str, Body]) -> dict[str, int]:
    return {ref: number for number, ref in enumerate(bodies)}


def _references(value: Any) -> Iterator[str]:
    """The ref of every reference in a body."""
    if isinstance(value, Mapping):
        named = reference(value)
        if named is not None:
            yield named
        for member in value.values():
            yield from _references(member)
    elif isinstance(value, list | tuple):
        for member in value:
            yield from _references(member)
