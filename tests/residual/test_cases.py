"""Before and after, as files in ``cases/``: read them as the manual."""

from __future__ import annotations

from pathlib import Path

import pytest

from migrator.residual.residual import residual
from migrator.secrets import has_mask
from tests.residual.files import codes, left, name, read

CASES = Path(__file__).parent / "cases"

WARNINGS = {
    "action-among-others.yaml": ["W001"],
    "action-first.yaml": [],
    "action-is-an-alias.yaml": ["W003"],
    "action-last.yaml": ["W001"],
    "agent-configuration.yaml": ["W002", "W002"],
    "anchor-in-the-action.yaml": ["W001", "W003"],
    "anchor-outside.yaml": ["W001"],
    "bare-configuration.json": ["W001"],
    "bare-configuration.yaml": ["W001"],
    "brackets.json": [],
    "brackets.yaml": [],
    "credentials.yaml": ["W001"],
    "kubernetes-objects.yaml": ["W001", "W001"],
    "old-phase-names.yaml": [],
    "phase-becomes-empty.yaml": ["W001"],
    "phase-is-action.yaml": ["W001"],
    "phase-is-mapping-with-more.yaml": [],
    "phase-is-mapping.yaml": ["W001"],
    "root-is-list-alone.yaml": ["W001"],
    "root-is-list.yaml": ["W001"],
    "rule-alone.yaml": [],
    "string-in-block.yaml": ["W001"],
    "string-in-json.json": ["W001"],
    "string-in-quotes.yaml": ["W001"],
    "two-gateways.yaml": [],
    "unusual-dashes.yaml": [],
}


def _text(case: str, side: str) -> str:
    stem, kind = case.rsplit(".", 1)
    return (CASES / f"{stem}.{side}.{kind}").read_text(encoding="utf-8")


@pytest.mark.parametrize("case", WARNINGS)
def test_the_file_becomes_what_stands_beside_it(case: str) -> None:
    made = left(_text(case, "before"))

    assert made.text == _text(case, "after")
    assert codes(made) == WARNINGS[case]
    assert not has_mask(made.text)


@pytest.mark.parametrize("case", WARNINGS)
def test_what_is_left_holds_no_action(case: str) -> None:
    assert residual(read(_text(case, "after")), name) is None


def test_every_case_is_in_the_table() -> None:
    found = {path.name.replace(".before.", ".") for path in CASES.glob("*.before.*")}

    assert found == WARNINGS.keys()
    assert {path.name.replace(".after.", ".") for path in CASES.glob("*.after.*")} == found
