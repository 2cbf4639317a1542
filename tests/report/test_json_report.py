from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from migrator.findings.base import OutputRef
from migrator.merge.model import Migration
from migrator.render.document import manifest
from migrator.report.json_report import document, json_text
from migrator.spans import Location, Span
from tests.report import sample
from tests.report.conftest import Named

if TYPE_CHECKING:
    from syrupy.assertion import SnapshotAssertion

FINDING = [
    "code",
    "severity",
    "category",
    "effect",
    "unit",
    "title",
    "message",
    "remedy",
    "fingerprint",
    "location",
    "pointer",
    "outputs",
    "waiver",
]


def test_a_whole_run_is_this_document(migration: Migration, snapshot: SnapshotAssertion) -> None:
    assert json_text(migration) == snapshot


def test_members_stand_in_the_order_of_the_contract(migration: Migration) -> None:
    whole = document(migration)
    assert list(whole) == [
        "formatVersion",
        "manifest",
        "units",
        "decisions",
        "findings",
        "provenance",
        "sources",
        "recorded",
        "distinctConfigurations",
    ]
    assert list(whole["units"][0]) == [
        "id",
        "sources",
        "endpoint",
        "addresses",
        "branch",
        "configuration",
        "accessKeys",
        "status",
        "coverage",
        "clientAdvice",
        "verdict",
        "verdictCertainty",
    ]
    assert list(whole["decisions"][0]) == [
        "id",
        "unit",
        "code",
        "question",
        "options",
        "default",
        "chosen",
        "by",
        "reason",
        "approver",
    ]
    assert all(list(found) == FINDING for found in whole["findings"])
    assert list(whole["findings"][-1]["location"]) == [
        "path",
        "line",
        "column",
        "endLine",
        "endColumn",
        "embedded",
    ]
    assert list(whole["provenance"][0]) == ["output", "inputs"]
    assert list(whole["sources"][0]) == ["path", "container", "status", "coverage", "stem"]


def test_the_text_is_the_document(migration: Migration) -> None:
    text = json_text(migration)
    assert json.loads(text) == document(migration)
    assert text.endswith("}\n")


def test_the_manifest_is_the_one_that_is_rendered(migration: Migration) -> None:
    assert document(migration)["manifest"] == manifest(migration)


def test_a_finding_concerns_the_outputs_it_names(migration: Migration) -> None:
    assert _of(migration, "T201")["outputs"] == ["/accessKeyConfigurations/0/body/access"]


def test_else_a_finding_concerns_what_was_made_from_its_place(migration: Migration) -> None:
    assert _of(migration, "R011")["outputs"] == [
        "/providerKeys/2",
        "/accessKeyConfigurations/0/body/router/rules/0/steps/0/keys/1",
    ]


def test_outputs_that_do_not_exist_are_left_out(migration: Migration) -> None:
    lost = replace(migration.findings[-1], outputs=(OutputRef("providers", "gone"),))
    assert document(replace(migration, findings=(lost,)))["findings"][0]["outputs"] == []


def test_pointers_stand_in_the_order_of_the_manifest(migration: Migration) -> None:
    pointers = [entry["output"] for entry in document(migration)["provenance"]]
    assert pointers == [pointer for pointer, places in migration.provenance() if places]


def test_every_pointer_leads_somewhere(migration: Migration) -> None:
    whole = document(migration)
    pointers = [entry["output"] for entry in whole["provenance"]]
    pointers += [pointer for found in whole["findings"] for pointer in found["outputs"]]
    for pointer in pointers:
        place = whole["manifest"]
        for token in pointer.split("/")[1:]:
            place = place[int(token)] if isinstance(place, list) else place[token]


def test_a_finding_without_a_place_has_none(migration: Migration) -> None:
    assert _of(migration, "D001")["location"] is None


def test_a_policy_held_as_a_string_has_a_place_in_both(migration: Migration) -> None:
    at = Location("state.json", Span(7, 20, 7, 400), (3, 5))
    held = replace(migration, findings=(replace(migration.findings[-1], at=at),))
    assert document(held)["findings"][0]["location"] == {
        "path": "state.json",
        "line": 7,
        "column": 20,
        "endLine": 7,
        "endColumn": 400,
        "embedded": {"line": 3, "column": 5},
    }


@pytest.mark.parametrize(
    "text", ["half \udcff pair", "\x1b[2J\x07\x85\u2028", "right\u202eto left", '"\\\n', "名前 😀"]
)
def test_any_text_survives(named: Named, text: str) -> None:
    written = json_text(named(text))
    assert written.encode()
    assert written.replace("\n", "").isprintable()
    read = json.loads(written.encode())
    assert read["sources"][0]["path"] == text
    assert read["decisions"][0]["options"] == [text, "b"]


def test_a_unit_without_endpoint_has_null(migration: Migration) -> None:
    first, second = document(migration)["units"]
    assert (first["endpoint"], second["endpoint"]) == ("https://chat.example.com", None)


def _of(migration: Migration, code: str) -> dict:
    return next(found for found in document(migration)["findings"] if found["code"] == code)


def test_the_sample_has_what_these_tests_speak_of() -> None:
    assert {found.code for found in sample.findings()} >= {"T201", "R011", "D001"}
