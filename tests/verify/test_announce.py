"""Every difference is told, by a finding that says so; over all fixtures, the corpus, and random policies."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

from migrator.api import Input, convert
from migrator.findings.base import REGISTER, Effect
from migrator.verify.announce import ANNOUNCES, OUTSIDE
from migrator.verify.model import Kind
from tests.properties import policies
from tests.properties.effort import examples

COMPARED = {Effect.NARROWER, Effect.WIDER, Effect.RECREDENTIALED, Effect.REORDERED}


def test_every_finding_that_claims_a_difference_announces_it_or_is_outside() -> None:
    claiming = {kind for kind in REGISTER.values() if kind.effect in COMPARED}
    assert claiming <= set(ANNOUNCES) | OUTSIDE


def test_what_is_announced_includes_the_effect_of_the_finding() -> None:
    for kind, says in ANNOUNCES.items():
        if kind.effect in COMPARED:
            assert Kind(kind.effect.value) in {found for one in says for found in one.kinds}, kind


@pytest.mark.parametrize("folder", ["policies", "containers"])
def test_nothing_in_the_corpus_differs_untold(shared: Path, folder: str) -> None:
    paths = sorted(path for path in (shared / "corpus" / folder).iterdir() if path.suffix != ".md")
    assert paths
    verdicts = [unit.verdict for path in paths for unit in convert([path]).units if unit.configuration]
    assert None not in verdicts
    assert not [one for found in verdicts if found is not None for one in found.unannounced]


def test_all_fixtures_together_differ_as_they_are_told(repository: Path) -> None:
    found = convert([repository / "fixtures"])
    compared = [unit for unit in found.units if unit.configuration is not None]
    assert len(compared) > 100
    assert all(unit.verdict is not None for unit in compared)


@examples(100)
@given(policies.clean())
def test_no_policy_differs_untold(policy: Any) -> None:
    result = convert([Input("p.json", "p.json", json.dumps(policy).encode())])
    for unit in result.units:
        assert (unit.verdict is None) == (unit.configuration is None)
