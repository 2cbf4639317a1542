"""What the documentation of the findings shows is what the tool does."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from migrator.api import Input, Options, Result, convert
from migrator.config import read_configuration
from migrator.findings.base import REGISTER
from migrator.report.explain import explanation

ELSEWHERE = frozenset({"R001", "R002", "R008", "R009", "R010", "R012", "R021", "R022", "V003", "V005"})
"""Findings about files as such, and about the tool itself: their examples are no policies."""

DECIDED = {"T121": {"reserved-id:*": "built-in"}, "V001": {"unreachable:*": "convert"}}
"""Examples that are about an answer."""

ON_AND_ON = " and so on" * 600
"""What an ellipsis stands for in an example."""


HOSTED = {
    "R014": "example.mjs",
    "R015": "example.sh",
    "R016": "example.tf",
    "R017": "example.py",
    "R020": "example.sh",
}
"""Findings about policies in programs: the file that the example is."""


RECORDED_ABOUT = {"M011": "V002", "V004": "T106"}
"""Examples that are a decisions file: the finding whose example is the policy, if not that of T305."""


def run(
    text: str,
    decisions: Mapping[str, str] | None = None,
    name: str = "example.yaml",
    options: Options | None = None,
) -> Result:
    item = Input(name, name, text.replace("…", ON_AND_ON).encode())
    return convert([item], options or Options(decisions=decisions or {}))


def codes(result: Result) -> set[str]:
    """What was found, also while the rest of the policy was written."""
    made = result.residuals()
    left = [found for one in made.residuals for found in one.findings]
    return {found.code for found in (*result.findings, *made.findings, *left)}


def example(code: str) -> str:
    (part,) = explanation(REGISTER[code]).sections["Example"]
    return part.text


def result(code: str) -> str | None:
    """The block of a Result, if it has one."""
    blocks = [part.text for part in explanation(REGISTER[code]).sections["Result"] if part.kind == "block"]
    return blocks[0] if blocks else None


def converted(code: str) -> Result:
    """What the example of ``code`` converts to; that of a configuration file goes with a policy that has keys."""
    text = example(code)
    if not text.startswith("# migrator.yaml"):
        return run(text, DECIDED.get(code), HOSTED.get(code, "example.yaml"))
    return run(example(RECORDED_ABOUT.get(code, "T305")), options=recorded(text))


def recorded(text: str) -> Options:
    """What a decisions file asks for."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "migrator.yaml"
        path.write_text(text)
        held = read_configuration(str(path))
    return Options(
        decisions=held.decisions,
        reasons=held.reasons,
        names=held.names,
        rulings=held.rulings,
        as_of=date(2026, 1, 31),
    )


@pytest.mark.parametrize("code", [code for code in REGISTER if code not in ELSEWHERE])
def test_an_example_leads_to_its_finding(code: str) -> None:
    assert code in codes(converted(code))


@pytest.mark.parametrize("code", [code for code in REGISTER if (result(code) or "").startswith("{")])
def test_a_result_is_part_of_the_manifest(code: str) -> None:
    assert _holds(converted(code).manifest(), json.loads(result(code) or ""))


@pytest.mark.parametrize("code", [code for code in REGISTER if not (result(code) or "{").startswith("{")])
def test_a_corrected_policy_no_longer_has_the_finding(code: str) -> None:
    found = codes(run(result(code) or ""))
    assert code not in found
    assert not {name for name in found if re.match("R00[3-7]", name)}


@pytest.mark.parametrize("code", ["P001", "P002", "P003", "P007", "P017"])
def test_a_tolerated_form_means_the_same_as_the_proper_one(code: str) -> None:
    assert converted(code).manifest() == run(result(code) or "").manifest()


@pytest.mark.parametrize("code", sorted(ELSEWHERE))
def test_an_example_that_is_no_policy_is_a_command_or_a_script(code: str) -> None:
    assert example(code).startswith(("$ ", "# "))


def _holds(whole: Any, part: Any) -> bool:
    """Whether ``part`` stands somewhere in ``whole``: objects may have further members, ``…`` ends a text early."""
    if _matches(whole, part):
        return True
    inner = whole.values() if isinstance(whole, dict) else whole if isinstance(whole, list) else ()
    return any(_holds(one, part) for one in inner)


def _matches(whole: Any, part: Any) -> bool:
    if isinstance(part, dict):
        return isinstance(whole, dict) and all(
            key in whole and _matches(whole[key], part[key]) for key in part
        )
    if isinstance(part, str) and part.endswith("…"):
        return isinstance(whole, str) and whole.startswith(part[:-1])
    return bool(whole == part)
