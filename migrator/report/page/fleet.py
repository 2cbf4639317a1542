"""What the page says of many units together, and of an earlier run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from msgspec import Struct

from migrator.findings.base import Severity
from migrator.merge.model import Migration
from migrator.report.baseline import Comparison
from migrator.report.distinct import distinct_configurations, distinct_words, has_repeated
from migrator.report.escape import bounded
from migrator.report.grouping import WORDS, Section, gravest_first, sections
from migrator.report.options import GroupBy


class Disappeared(Struct, frozen=True):
    """A finding of the baseline that is there no more. ``place`` and ``unit`` may be empty."""

    code: str
    place: str
    unit: str
    message: str


class Earlier(Struct, frozen=True):
    """What a baseline comes to."""

    path: str
    words: str
    gone: tuple[Disappeared, ...]


class Same(Struct, frozen=True):
    """Configurations that are the same, with numbers and titles of their units."""

    about: str
    configurations: int
    units: tuple[tuple[int, str], ...]


class Collection(Struct, frozen=True):
    """What ``--group-by`` put together: counts, and numbers and titles of units."""

    title: str
    errors: int
    warnings: int
    notes: int
    units: tuple[tuple[int, str], ...]


def earlier(compared: Comparison) -> Earlier | None:
    """None where nothing was compared."""
    if compared.baseline is None:
        return None
    gone = (
        Disappeared(one.code, bounded(one.place), bounded(one.unit or ""), bounded(one.headline))
        for one in compared.gone
    )
    return Earlier(bounded(compared.baseline.path), compared.words, tuple(gone))


def same(migration: Migration, numbers: Mapping[str, int]) -> tuple[str, tuple[Same, ...]]:
    """How many are distinct, and which are repeated; empty where every configuration is another."""
    found = distinct_configurations(migration)
    if not has_repeated(found):
        return "", ()
    repeated = (one for one in found if len(one.configurations) > 1)
    return distinct_words(migration, found), tuple(
        Same(
            bounded(one.about),
            len(one.configurations),
            tuple((numbers[unit], bounded(unit)) for unit in one.units),
        )
        for one in repeated
    )


def collections(
    migration: Migration, by: GroupBy | None, numbers: Mapping[str, int]
) -> tuple[str, tuple[Collection, ...]]:
    """What the groups are called, and each, gravest first; empty where nobody asked."""
    if by is None:
        return "", ()
    found = gravest_first(sections(migration, migration.findings, by))
    return WORDS[by][0], tuple(_collections(found, numbers))


def _collections(found: Iterable[Section], numbers: Mapping[str, int]) -> Iterable[Collection]:
    for section in found:
        counted = section.severities
        yield Collection(
            bounded(section.title),
            counted[Severity.ERROR],
            counted[Severity.WARNING],
            counted[Severity.NOTE],
            tuple((numbers[unit.id], bounded(unit.title)) for unit in section.units),
        )
