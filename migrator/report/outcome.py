"""How a run ends: the exit code, from what was found and the threshold it is read against."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from migrator.findings.base import Severity
from migrator.findings.verify import ToldByNothing
from migrator.merge.model import Migration

if TYPE_CHECKING:
    from migrator.report.baseline import Baseline

FINE_EXIT: Final = 0
FOUND_EXIT: Final = 1
UNREADABLE_EXIT: Final = 2
MISTAKEN_EXIT: Final = 2


def nothing_readable(migration: Migration) -> bool:
    """No input could be read: the run itself failed."""
    return not any(source.file.readable for source in migration.sources)


def exit_code(migration: Migration, fail_on: Severity | None, baseline: Baseline | None = None) -> int:
    """0; 1 with findings of at least ``fail_on`` (None: never); 2 if nothing could be read, or the tool is mistaken.

    With a ``baseline`` only new findings count for ``fail_on``.
    """
    if nothing_readable(migration):
        return UNREADABLE_EXIT
    if any(isinstance(found, ToldByNothing) for found in migration.findings):
        return MISTAKEN_EXIT
    if baseline is not None:
        from migrator.report.baseline import compare

        migration = compare(migration, baseline).shown
    worst = migration.worst()
    failing = fail_on is not None and worst is not None and worst.rank >= fail_on.rank
    return FOUND_EXIT if failing else FINE_EXIT
