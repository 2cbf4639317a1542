"""The library's other half: ``verify``, which compares policies, manifests and accounts, and what it gives.

::

    found = migrator.comparison.verify(["policies/"])
    found.verdicts               # one for each unit, the differences with their witnesses
    found.failing()              # what is wider, and nobody accepted
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from msgspec import Struct, field
from msgspec.structs import replace

from migrator.api import Input, Options, Result, convert_many
from migrator.catalog import bundled
from migrator.findings.base import Category, Finding, Severity
from migrator.findings.rulings import Waiver
from migrator.findings.verify import NotCompared, ToldByNothing
from migrator.merge.model import ACCEPTED_NARROWER, ACCEPTED_WIDER, ASKED_LATER
from migrator.merge.verdicts import acceptances, is_accepted, objects_of, strays, with_verdicts
from migrator.pipeline import Jobs
from migrator.progress import Tell
from migrator.report.outcome import FINE_EXIT, FOUND_EXIT, MISTAKEN_EXIT, UNREADABLE_EXIT
from migrator.translate.model import Decision
from migrator.verify.against import against
from migrator.verify.model import Difference, Kind, Verdict
from migrator.verify.new import NewGateway
from migrator.verify.objects import Objects

__all__ = [
    "Verification",
    "objects_of_manifest",
    "objects_of_result",
    "verify",
    "verify_objects",
]

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from migrator.manifest import Manifest
    from migrator.report.options import ReportOptions


class Verification(Struct, frozen=True):
    """How what there is now compares with what there was: a verdict for each unit, or for each access key."""

    verdicts: tuple[Verdict, ...]
    decisions: tuple[Decision, ...] = ()
    nothing_readable: bool = False
    """No input could be read: the run itself failed."""
    problems: tuple[Finding, ...] = ()
    """Why inputs could not be read, or nothing was issued for them: these were not compared.

    They count as in ``convert``: not where they are waived, or made less than an error.
    """
    waived: Mapping[str, Waiver] = field(default_factory=dict)
    """By fingerprint what was waived among the findings that told differences; nothing wider is passed for it."""
    mistaken: bool = False
    """A conversion differs in a way that none of its findings told, or nobody knows whether it does."""

    def __repr__(self) -> str:
        """How much was compared: all of it would be megabytes, at every prompt."""
        from migrator.report.tally import number

        differences = sum(len(verdict.differences) for verdict in self.verdicts)
        return f"<Verification: {number(len(self.verdicts), 'verdict')}, {number(differences, 'difference')}>"

    @property
    def accepted(self) -> dict[str, Decision]:
        """By unit the decision that accepts what got wider."""
        return self._accepting(ACCEPTED_WIDER)

    @property
    def accepted_narrower(self) -> dict[str, Decision]:
        """By unit the decision that accepts what got narrower."""
        return self._accepting(ACCEPTED_NARROWER)

    def _accepting(self, kind: str) -> dict[str, Decision]:
        return {
            one.unit: one
            for one in self.decisions
            if one.unit is not None and one.id.startswith(f"{kind}:") and is_accepted(one)
        }

    def failing(self, fail_on: Kind = Kind.WIDER) -> tuple[Difference, ...]:
        """The differences of at least ``fail_on`` that are certain, or told by nothing, and that nobody accepts or waives."""
        accepted = {Kind.WIDER: self.accepted, Kind.NARROWER: self.accepted_narrower}
        return tuple(
            one
            for verdict in self.verdicts
            for one in verdict.differences
            if one.kind.rank >= fail_on.rank
            and one.is_grave
            and verdict.unit not in accepted.get(one.kind, ())
            and not self._is_waived(one)
        )

    def _is_waived(self, one: Difference) -> bool:
        told = one.announced
        return one.kind is not Kind.WIDER and told is not None and told.fingerprint in self.waived

    def exit_code(self, fail_on: Kind | None = Kind.WIDER) -> int:
        """0; 1 with differences of at least ``fail_on``, or inputs that were not compared; 2 if none were, or by mistake."""
        if self.nothing_readable:
            return UNREADABLE_EXIT
        if self.mistaken:
            return MISTAKEN_EXIT
        if fail_on is None:
            return FINE_EXIT
        uncompared = any(one.severity is Severity.ERROR and one.waiver is None for one in self.problems)
        return FOUND_EXIT if uncompared or self.failing(fail_on) else FINE_EXIT

    def json(self) -> str:
        from migrator.report.verification import verification_json

        return verification_json(self.verdicts, self.accepted, self.accepted_narrower, self.waived)

    def text(self, options: ReportOptions | None = None) -> str:
        from migrator.report.options import DEFAULTS
        from migrator.report.verification import verification_text

        return verification_text(
            self.verdicts,
            self.accepted,
            options or DEFAULTS,
            self.accepted_narrower,
            self.waived,
            mistaken=self.mistaken,
        )


def verify(
    inputs: Iterable[str | os.PathLike[str] | Input],
    options: Options | None = None,
    *,
    objects: Objects | None = None,
    stdin: bytes | None = None,
    executor: Executor | None = None,
    jobs: Jobs = 1,
    tell: Tell | None = None,
) -> Verification:
    """Compare policies with what they convert to, or with ``objects``: an edited manifest, an account.

    ``executor``, ``jobs`` and ``tell`` are those of ``convert_many``; comparing with ``objects`` is not spread.
    Raises what ``convert_many`` raises.
    """
    chosen = options or Options()
    converting = replace(chosen, verify=objects is None)
    result = convert_many(inputs, converting, executor=executor, jobs=jobs, stdin=stdin, tell=tell)
    migration = result.migration
    further: tuple[Verdict, ...] = ()
    translation = chosen.translation()
    catalogs = chosen.catalogs or bundled()
    if objects is not None:
        migration = with_verdicts(migration, translation, catalogs, objects)
        further = strays(migration, objects, catalogs)
    own = tuple(unit.verdict for unit in migration.units if unit.verdict is not None)
    asked = [one for one in migration.decisions if one.id.startswith(ASKED_LATER)]
    asked += [one for found in further for one in acceptances(found, translation)]
    mistaken = any(isinstance(found, ToldByNothing | NotCompared) for found in migration.findings)
    waived = {found.fingerprint: found.waiver for found in migration.findings if found.waiver is not None}
    return Verification(
        (*own, *further), tuple(asked), result.nothing_readable, _problems(result), waived, mistaken
    )


def _problems(result: Result) -> tuple[Finding, ...]:
    return tuple(
        found
        for found in result.findings
        if (found.level is Severity.ERROR or result.nothing_readable)
        and found.category in (Category.READ, Category.LINK)
    )


def verify_objects(
    before: Objects, after: Objects, options: Options | None = None, *, converted: Result | None = None
) -> Verification:
    """Compare two manifests, or a manifest with an account, access key by access key.

    ``converted`` is what ``before`` was made by, where that was a conversion: what it could not read is not compared.
    """
    chosen = options or Options()
    catalogs = chosen.catalogs or bundled()
    found = against(NewGateway(before, catalogs), NewGateway(after, catalogs), catalogs)
    translation = chosen.translation()
    asked = tuple(one for each in found for one in acceptances(each, translation))
    if converted is None:
        return Verification(found, asked)
    return Verification(found, asked, converted.nothing_readable, _problems(converted))


def objects_of_manifest(manifest: Manifest) -> Objects:
    """What a manifest says has to exist, ready to be compared."""
    return Objects.of((entry.member, entry.ref, entry.body) for entry in manifest.entries)


def objects_of_result(result: Result) -> Objects:
    """What a conversion asks for, ready to be compared."""
    return objects_of(result.migration)
