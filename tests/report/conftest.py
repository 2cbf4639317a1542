"""The runs that reports are tested with."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from msgspec.structs import replace

from migrator.findings.base import Finding
from migrator.findings.protection import AnonymousEndpoint
from migrator.findings.requests import HeaderLost
from migrator.findings.strategies import StrategyNotEvaluated
from migrator.merge.model import Migration, SourceSummary, UnitSummary
from migrator.sources.model import SourceRef
from migrator.spans import Location, Span
from migrator.target.state import DesiredState
from migrator.translate.model import Decision
from tests.report import sample

Named = Callable[[str], Migration]


@pytest.fixture
def migration() -> Migration:
    return sample.migration()


@pytest.fixture
def idle() -> Migration:
    """A run over files none of which holds the action."""
    files = (
        sample.file(
            f"policies/web-{number}.yaml", f"web-{number}.yaml", "policy-file", "on_http_request: []\n"
        )
        for number in range(12)
    )
    return Migration(
        DesiredState("default"),
        sources=tuple(SourceSummary(file, "nothing-to-do", sample.coverage()) for file in files),
    )


@pytest.fixture
def fine(migration: Migration) -> Migration:
    """A run in which everything carried over and nothing is left to say."""
    return replace(
        migration,
        units=migration.units[1:],
        sources=migration.sources[2:3],
        decisions=(),
        findings=(),
    )


@pytest.fixture
def named(migration: Migration) -> Named:
    """The run with one text in every place that can hold a text of the user's."""

    def make(text: str) -> Migration:
        where = Location(text, Span(1, 1, 1, len(text) + 1))
        unit = replace(
            sample.unit(sample.CHAT_UNIT, text, sample.CHAT), sources=(SourceRef(text, 0, text),), branch=text
        )
        decision = Decision(
            f"who-pays:{sample.CHAT_UNIT}:{text}",
            sample.CHAT_UNIT,
            "T301",
            text,
            (text, "b"),
            text,
            text,
            "default",
        )
        facts: tuple[Finding, ...] = (
            HeaderLost(at=where, pointer=f"/{text}", name=text, kind=text),
            StrategyNotEvaluated(at=where, expression=text, reason=text),
            AnonymousEndpoint(at=where),
        )
        return replace(
            migration,
            units=(UnitSummary(unit, sample.CHAT_UNIT, (text,), "partial", sample.coverage(1)),),
            sources=(
                SourceSummary(sample.file(text, text, text, text), "partial", sample.coverage(1)),
                SourceSummary(sample.file(f"{text}2", text, text, text), "nothing-to-do", sample.coverage()),
            ),
            decisions=(decision,),
            findings=tuple(found.in_unit(sample.CHAT_UNIT) for found in facts),
        )

    return make


@pytest.fixture
def fleet(migration: Migration) -> Migration:
    """Five hundred files, each with the same three findings and a decision: more than a comment can hold."""
    paths = [f"policies/{team}/gateway.yaml" for team in range(500)]
    found: list[Finding] = []
    units: list[UnitSummary] = []
    for path in paths:
        identity = path.removesuffix(".yaml").replace("/", "__")
        unit = replace(sample.unit(identity, path, sample.RESEARCH), sources=(SourceRef(path, 0, ""),))
        units.append(
            UnitSummary(
                unit, identity, (f"{identity}--default",), "partial", sample.coverage(3, unsupported=1)
            )
        )
        for finding in sample.findings():
            if finding.unit == sample.CHAT_UNIT and finding.at is not None:
                moved = replace(finding, at=replace(finding.at, path=path))
                found.append(moved.in_unit(identity))
    return replace(
        migration,
        units=tuple(units),
        sources=tuple(
            SourceSummary(
                sample.file(path, path, "policy-file", sample.TEXTS[sample.CHAT]),
                "partial",
                sample.coverage(3, unsupported=1),
            )
            for path in paths
        ),
        decisions=tuple(
            replace(sample.decisions()[2], id=f"who-pays:{unit.id}:anthropic", unit=unit.id) for unit in units
        ),
        findings=tuple(found),
    )
