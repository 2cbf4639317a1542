"""One run, merged: what everything that renders or reports starts from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Final, Literal

from msgspec import Struct, field

from migrator.findings.base import Finding, OutputRef, Severity
from migrator.merge.recorded import Recorded
from migrator.sources.model import KeptFile, KeptUnit, SourceRef
from migrator.spans import Location
from migrator.target.state import DesiredState, Object
from migrator.translate.model import Advice, Decision

if TYPE_CHECKING:  # a run that does not compare needs none of it
    from migrator.verify.model import Verdict

Status = Literal["converted", "partial", "nothing-to-do", "failed"]
"""*partial*: an unsupported or unknown leaf, or an open decision. *failed*: action present, no configuration."""

ACCEPTED_WIDER: Final = "accepted-wider"
ACCEPTED_NARROWER: Final = "accepted-narrower"
ASKED_LATER: Final = (f"{ACCEPTED_WIDER}:", f"{ACCEPTED_NARROWER}:")


def is_asked_later(answer: str) -> bool:
    """Whether an answer, or a pattern of answers, may be about what is asked once units are compared."""
    begins, star, _ = answer.partition("*")
    return answer.startswith(ASKED_LATER) or (
        bool(star) and any(one.startswith(begins) for one in ASKED_LATER)
    )


"""The decisions that comparing asks for, after everything else, begin with one of these."""

STATUSES: tuple[Status, ...] = ("converted", "partial", "nothing-to-do", "failed")

_WORSE: tuple[Status, ...] = ("nothing-to-do", "converted", "partial", "failed")


def worst_status(statuses: Iterable[Status]) -> Status:
    """The worst of some; where there are none there is nothing to do."""
    return max(statuses, key=_WORSE.index, default="nothing-to-do")


class UnitSummary(Struct, frozen=True, eq=False):
    """One unit's outcome. ``coverage`` counts leaves under the names of the JSON contract."""

    unit: KeptUnit
    configuration: str | None
    access_keys: tuple[str, ...]
    status: Status
    coverage: Mapping[str, int]
    advice: Advice = field(default_factory=Advice)
    verdict: Verdict | None = None
    """How it compares with the old gateway; None where nothing was compared."""

    @property
    def id(self) -> str:
        return self.unit.id

    @property
    def title(self) -> str:
        return self.unit.title

    @property
    def sources(self) -> tuple[SourceRef, ...]:
        return self.unit.sources


class SourceSummary(Struct, frozen=True, eq=False):
    """One input file's outcome: the worst of its units', each leaf counted once."""

    file: KeptFile
    status: Status
    coverage: Mapping[str, int]

    @property
    def path(self) -> str:
        return self.file.path

    @property
    def container(self) -> str:
        return self.file.container


class Migration(Struct, frozen=True, eq=False):
    """Everything a run found: the desired state, the units, the files, what did not carry over.

    ``findings`` and ``decisions`` are sorted; nothing depends on the order of inputs.
    """

    state: DesiredState
    units: tuple[UnitSummary, ...] = ()
    sources: tuple[SourceSummary, ...] = ()
    decisions: tuple[Decision, ...] = ()
    findings: tuple[Finding, ...] = ()
    recorded: Recorded | None = None
    """What the decisions file said beside answers, and what it did; None where it said nothing."""

    @property
    def name(self) -> str:
        return self.state.migration

    def worst(self) -> Severity | None:
        """The gravest severity among the findings that nobody waived."""
        counting = (found.severity for found in self.findings if found.waiver is None)
        return max(counting, key=lambda s: s.rank, default=None)

    def provenance(self) -> Iterator[tuple[str, tuple[Location, ...]]]:
        """(JSON pointer into the manifest, input locations) of every node of the desired state.

        Members are in the order of the manifest, what stands below them in that of ``parts``.
        """
        for member, items in self._members():
            for index, item in enumerate(items):
                for path, origins in item.parts():
                    yield f"/{member}/{index}{path}", origins
        if self.state.gateway_config is not None:
            for path, origins in self.state.gateway_config.parts():
                yield f"/gatewayConfig{path}", origins

    def pointer(self, output: OutputRef) -> str | None:
        """An output reference as a JSON pointer into the manifest; None if the object is not there."""
        for member, items in self._members():
            if member == output.member:
                for index, item in enumerate(items):
                    if item.ref == output.ref:
                        return f"/{member}/{index}{output.path}"
        return None

    def _members(self) -> tuple[tuple[str, tuple[Object, ...]], ...]:
        state = self.state
        return (
            ("providers", state.providers),
            ("providerKeys", state.provider_keys),
            ("accessKeyConfigurations", state.configurations),
            ("accessKeys", state.access_keys),
        )
