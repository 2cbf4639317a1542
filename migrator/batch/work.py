"""What other processes do with a part: a function of bytes to bytes, which never raises."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, Final, NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from migrator.batch.packing import pack, unpack, unpack_shared
from migrator.catalog import Catalogs, bundled
from migrator.errors import InternalError
from migrator.findings.base import Finding
from migrator.merge.model import Migration, SourceSummary, UnitSummary
from migrator.merge.verdicts import Judged, findings_by_unit, judged
from migrator.policy.origin import Origin
from migrator.sources.inputs import Input
from migrator.sources.link import link
from migrator.sources.model import Endpoint, FileRead, SourceRef, Unit
from migrator.sources.read import read
from migrator.target.state import DesiredState
from migrator.translate import translate_each
from migrator.translate.model import Advice, Decision, TranslateOptions, UnitResult
from migrator.translate.portion import Portion, Translate, apart
from migrator.verify.announce import announcement
from migrator.verify.custom import CustomProviders
from migrator.verify.model import Verdict
from migrator.verify.new import NewGateway
from migrator.verify.objects import Objects
from migrator.verify.twins import Twins

_NONE: Final = Advice()


class Failed(Struct, frozen=True):
    """What the work raised. ``frames`` are places in the code, for ``--debug``."""

    error: Exception
    frames: tuple[str, ...] = ()
    out_of_memory: bool = False


class Mark(Struct, frozen=True):
    """A unit as far as translating it depends on anything but its policy."""

    id: str
    title: str
    origin: Origin
    pointer: str
    endpoint: Endpoint | None
    holder: Endpoint | None
    sources: tuple[SourceRef, ...]
    branch: str | None
    siblings: int


def mark(unit: Unit) -> Mark | None:
    """None for a unit that more than its own policy makes."""
    if unit.forwards or unit.keys or unit.copies or unit.policy is not unit.found.policy:
        return None
    return Mark(
        unit.id,
        unit.title,
        unit.found.origin,
        unit.action.field.pointer,
        unit.endpoint,
        unit.holder,
        unit.sources,
        unit.branch,
        len(unit.siblings),
    )


class Guess(Struct, frozen=True):
    """A unit of one file alone, translated. ``advice`` is packed by itself: a few serve a whole fleet."""

    mark: Mark
    result: UnitResult
    advice: bytes


class Shared(Struct, frozen=True):
    """What every part of reading needs. ``catalogs`` is None for those of the package."""

    options: TranslateOptions
    catalogs: Catalogs | None


class Done(Struct, frozen=True):
    """A file that was read: the portion that it is alone, or the file and its units as far as it has any alone.

    ``advice`` is that of the portion's results, which have none.
    """

    file: FileRead | None = None
    guesses: tuple[Guess, ...] = ()
    portion: Portion | None = None
    advice: tuple[bytes, ...] = ()


def read_part(shared: bytes, part: bytes) -> bytes:
    """Inputs to what became of each."""
    return _safely(lambda: _read(unpack_shared(shared), unpack(part)))


def _read(shared: Shared, inputs: Sequence[Input]) -> list[Done]:
    catalogs = shared.catalogs or bundled()
    translated = partial(translate_each, options=shared.options, catalogs=catalogs)
    files = [read(item) for item in inputs]
    known = apart([file for file in files if file is not None], translated)
    advised = _Advised()
    return [Done() if file is None else _done(next(known), translated, advised) for file in files]


class _Advised:
    """Advice as bytes: what is one object is packed once."""

    def __init__(self) -> None:
        self._packed: dict[int, tuple[Advice, bytes]] = {}  # who is held keeps its id()

    def packed(self, advice: Advice) -> bytes:
        if id(advice) not in self._packed:
            self._packed[id(advice)] = advice, pack(advice)
        return self._packed[id(advice)][1]


def _done(one: FileRead | Portion, translated: Translate, advised: _Advised) -> Done:
    if isinstance(one, FileRead):
        return Done(one, tuple(_guesses(one, translated)))
    advice = tuple(advised.packed(result.advice) for result in one.results)
    results = tuple(replace(result, advice=_NONE) for result in one.results)
    return Done(portion=replace(one, results=results), advice=advice)


def _guesses(file: FileRead, translated: Translate) -> list[Guess]:
    """What goes wrong here is no result: translating the unit in its place among all goes wrong again, or does not."""
    guesses: list[Guess] = []
    try:
        for unit in link([file]).units:
            own = mark(unit)
            if own is not None:
                (result,) = translated([unit])
                guesses.append(Guess(own, replace(result, advice=_NONE), pack(result.advice)))
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 -- a bug, or an answer that does not exist: told where it is told with one process
        return guesses
    return guesses


class Compared(Struct, frozen=True):
    """What every part of comparing needs: what all units reach, and findings about no unit in particular."""

    name: str
    providers: Mapping[str, Mapping[str, Any]]
    findings: tuple[Finding, ...]
    catalogs: Catalogs | None


class UnitsPart(Struct, frozen=True):
    """Units to compare, with the objects that they alone reach; ``sources`` are those to read again.

    ``places`` says, by member, where in the manifest each of those stands.
    """

    units: tuple[UnitSummary, ...]
    sources: tuple[SourceSummary, ...]
    decisions: tuple[Decision, ...]
    findings: tuple[Finding, ...]
    keys: Mapping[str, Mapping[str, Any]]
    configurations: Mapping[str, Mapping[str, Any]]
    access_keys: Mapping[str, Mapping[str, Any]]
    places: Mapping[str, tuple[int, ...]]


class Sent(Struct, frozen=True):
    """A unit, compared. Its findings, which are where they came from, are named by their places among its claims."""

    unit: str
    verdict: Verdict | None
    told_by: tuple[int | None, ...]
    idle: tuple[int, ...]

    def judged(self, claims: Sequence[Finding]) -> Judged:
        """The same with the findings themselves."""
        idle = tuple(claims[place] for place in self.idle)
        if self.verdict is None:
            return Judged(self.unit, None, idle)
        said = {place: announcement(claims[place]) for place in self.told_by if place is not None}
        differences = tuple(
            one if by is None else replace(one, announced=said[by])
            for one, by in zip(self.verdict.differences, self.told_by, strict=True)
        )
        return Judged(self.unit, replace(self.verdict, differences=differences), idle)


def compare_part(shared: bytes, part: bytes) -> bytes:
    """Units to their verdicts (``Sent``), each with the findings that claim what nothing shows."""
    return _safely(lambda: _compare(_known(shared), unpack(part)))


class _Known(NamedTuple):
    """What a process keeps of a run from part to part: its account's providers, and the units that it has compared."""

    shared: Compared
    catalogs: Catalogs
    custom: CustomProviders
    twins: Twins


@lru_cache(maxsize=1)
def _known(packed: bytes) -> _Known:
    shared: Compared = unpack(packed)
    catalogs = shared.catalogs or bundled()
    return _Known(shared, catalogs, CustomProviders(shared.providers, catalogs), Twins())


def _compare(known: _Known, part: UnitsPart) -> list[Sent]:
    shared = known.shared
    objects = Objects(shared.providers, part.keys, part.configurations, part.access_keys)
    new = NewGateway(objects, known.catalogs, known.custom)
    migration = Migration(
        DesiredState(shared.name),
        units=part.units,
        sources=part.sources,
        decisions=part.decisions,
        findings=(*shared.findings, *part.findings),
    )
    by_unit = findings_by_unit(migration)
    general = by_unit.get(None, ())
    return [
        _sent(one, (*general, *by_unit.get(one.unit, ())), part.places)
        for one in judged(migration, new, known.catalogs, known.twins.compare)
    ]


def _sent(one: Judged, claims: Sequence[Finding], places: Mapping[str, tuple[int, ...]]) -> Sent:
    place_of = {id(claim): place for place, claim in enumerate(claims)}
    idle = tuple(place_of[id(found)] for found in one.findings)
    if one.verdict is None:
        return Sent(one.unit, None, (), idle)
    differences = one.verdict.differences
    told_by = tuple(
        None if difference.announced is None else place_of[id(difference.announced.finding)]
        for difference in differences
    )
    bare = (
        replace(difference, outputs=tuple(_pointer(at, places) for at in difference.outputs), announced=None)
        for difference in differences
    )
    return Sent(one.unit, replace(one.verdict, differences=tuple(bare)), told_by, idle)


def _pointer(pointer: str, places: Mapping[str, tuple[int, ...]]) -> str:
    """A place among the objects of a part as one in the whole manifest."""
    _, member, index, *rest = pointer.split("/")
    if member not in places:
        return pointer
    return "/".join(("", member, str(places[member][int(index)]), *rest))


def _safely(work: Callable[[], object]) -> bytes:
    try:
        return pack(work())
    except MemoryError:
        return pack(Failed(MemoryError(), out_of_memory=True))
    except Exception as error:  # noqa: BLE001 -- it is raised again where the run was started
        places = traceback.extract_tb(error.__traceback__)
        frames = tuple(f"{Path(frame.filename).name}:{frame.lineno} in {frame.name}" for frame in places)
        return _packed_error(error, frames)


def _packed_error(error: Exception, frames: tuple[str, ...]) -> bytes:
    try:
        packed = pack(Failed(error, frames))
        unpack(packed)
    except Exception:  # noqa: BLE001 -- whatever an exception's own code does
        made = InternalError(f"{type(error).__name__} in another process", "Please report this.")
        return pack(Failed(made, frames))
    return packed
