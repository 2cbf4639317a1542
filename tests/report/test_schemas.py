from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from migrator.apply.plan import make_plan, offline_plan
from migrator.apply.plan_file import plan_text
from migrator.errors import UsageError
from migrator.manifest import manifest_of, read_manifest
from migrator.merge.model import Migration
from migrator.report.audit import audit
from migrator.report.audit_data import audit_json
from migrator.report.json_report import document
from migrator.report.schemas import SCHEMAS, schema, schema_text
from migrator.report.verification import verification_json
from tests import manual
from tests.apply import world
from tests.manifest.small import SMALL


def strict(shape: Any) -> Any:
    """A schema in which every object is closed: nothing is written that it does not know."""
    match shape:
        case dict():
            made = {name: strict(member) for name, member in shape.items()}
            if "properties" in made:
                made.setdefault("additionalProperties", False)
            return made
        case list():
            return [strict(member) for member in shape]
        case _:
            return shape


def errors(name: str, data: object) -> list[str]:
    found = Draft202012Validator(strict(schema(name))).iter_errors(data)
    return [f"{error.json_path}: {error.message}" for error in found]


def members(shape: Any) -> Iterator[str]:
    match shape:
        case dict():
            yield from shape.get("properties", {})
            for member in shape.values():
                yield from members(member)
        case list():
            for member in shape:
                yield from members(member)


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_schema_is_one_and_needs_no_other(name: str) -> None:
    text = schema_text(name)
    made = json.loads(text)
    Draft202012Validator.check_schema(made)
    assert made["$id"] == f"urn:migrator:schema:{name}:{2 if name == 'plan' else 1}"
    assert '$ref": "' not in text


@pytest.mark.parametrize("case", manual.all_cases(), ids=lambda case: case.name)
def test_what_the_fixtures_give_is_what_the_schemas_say(case: manual.Case) -> None:
    result = manual.run(case)
    assert errors("report", result.document()) == []
    assert errors("manifest", yaml.safe_load(result.manifest_yaml())) == []
    assert errors("audit", json.loads(audit_json(audit(result.migration)))) == []


def test_the_sample_is_what_the_schema_says(migration: Migration) -> None:
    assert errors("report", document(migration)) == []


@pytest.mark.parametrize(
    "name,text,place",
    [
        ("manifest", "formatVersion: 2", "$.formatVersion"),
        ("manifest", "accesKeys: []", "$"),
        ("decisions", "decision: {a: b}", "$"),
        ("decisions", "decisions: {a: [b]}", "$"),
        ("decisions", "[]", "$"),
    ],
)
def test_what_is_wrong_is_found(name: str, text: str, place: str) -> None:
    found = Draft202012Validator(schema(name)).iter_errors(yaml.safe_load(text))
    assert any(error.json_path == place for error in found), f"nothing at {place}"


@pytest.mark.parametrize(
    "text", ["", "decisions:", "decisions: {}", "decisions: {'who-pays:*': ngrok, b: 2}"]
)
def test_decisions_that_are_read_are_valid(text: str) -> None:
    assert errors("decisions", yaml.safe_load(text)) == []


def test_every_member_that_is_documented_is_in_the_schema(repository: Path) -> None:
    page = (repository / "docs/json.md").read_text(encoding="utf-8")
    main, _, fleet = page.partition("## Audit")
    convert, _, verify = main.partition("## calls")[0].partition("## verify")
    for name, text in (("report", convert), ("verification", verify), ("audit", fleet)):
        known = set(members(schema(name)))
        first_cells = [
            cell
            for row in re.findall(r"^\| (`.*?) \|", text, re.MULTILINE)
            for cell in re.findall(r"`(\w+)`", row)
        ]
        assert first_cells
        assert set(first_cells) <= known
    findings = main.partition("## findings")[2].partition("`location` is null")[0]
    listed = set(re.findall(r"`([a-zA-Z]+)`(?=[,. ])", findings)) & set(members(schema("report")))
    assert listed >= {"code", "severity", "effect", "fingerprint", "location", "pointer", "outputs"}


def test_every_member_of_a_schema_is_documented(repository: Path) -> None:
    page = (repository / "docs/json.md").read_text(encoding="utf-8")
    words = set(re.findall(r"\w+", page))
    report = schema("report")
    report["properties"].pop("manifest")
    assert set(members(report)) <= words
    fleet = schema("audit")
    outcomes = set(members(fleet["properties"]["summary"])) | set(members(fleet["properties"]["files"]))
    assert set(members(fleet)) - outcomes <= words


def test_no_member_of_a_report_has_a_fraction() -> None:
    """Its writer knows whole numbers only."""
    for name in ("report", "manifest"):
        assert '"number"' not in schema_text(name)


def test_an_unknown_name_is_refused_with_the_closest() -> None:
    with pytest.raises(UsageError) as refused:
        schema("manifets")
    assert "Did you mean manifest?" in refused.value.remedy


@pytest.mark.parametrize(
    "case", ["fleets/old-keys", "fleets/settings-agree", "strategies/live", "clients/list"]
)
def test_comparisons_and_plans_are_what_the_schemas_say(case: str) -> None:
    result = manual.run(manual.find(case))
    verdicts = [unit.verdict for unit in result.units if unit.verdict is not None]
    assert errors("verification", json.loads(verification_json(verdicts, {}))) == []
    wanted = manifest_of(result.manifest())
    assert errors("plan", json.loads(plan_text(offline_plan(wanted)))) == []


def test_the_plan_of_a_change_is_what_the_schema_says() -> None:
    wanted = world.manifest()
    changed = read_manifest(SMALL.replace("      name: office\n", "      name: bureau\n").encode(), "m.yaml")
    made = make_plan(changed, world.applied(wanted))
    assert made.has_changes
    assert errors("plan", json.loads(plan_text(made))) == []
