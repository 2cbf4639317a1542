"""The tables that were worked out by hand: what either gateway answers, and how the answers differ."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

from migrator.catalog import bundled
from migrator.sources.inputs import Input
from migrator.sources.link import link
from migrator.sources.model import Unit
from migrator.sources.read import read
from migrator.verify.differ import differences
from migrator.verify.model import (
    Answer,
    Attempt,
    Attempts,
    Client,
    Denied,
    Kind,
    Outcome,
    Request,
    Sends,
)
from migrator.verify.new import NewGateway
from migrator.verify.objects import Objects
from migrator.verify.old import OldGateway
from migrator.verify.sides import old_gateway

TABLES = Path(__file__).parent / "tables"

ALIKE = (
    {"3817", "3802", "3819"},
    {"27202", "27227"},
    {"27224", "27229"},
    {"27225", "27230"},
    {"27231", "27232"},
    {"27233", "27203", "27236", "27239", "27249"},
    {"MODEL_GONE", "27224", "27231", "27232", "27233"},
)
"""Codes between which the tables do not tell: a request has two faults, or two codes say one thing."""


AS_FACT = {
    "formats-3": "both sides serve openai where nothing else is said",
    "formats-10": "a primary model of another format is refused as one outside the scope is",
    "formats-forgotten-1": "both sides serve openai where nothing else is said",
    "formats-forgotten-2": "both sides serve openai where nothing else is said",
    "ngrok-step-4": "aliases of the old catalogue count to the end",
    "ngrok-step-5": "an ngrok step serves no model that no catalogue has",
    "policy-aliases-7": "lists are read through aliases, as requests are",
    "policy-aliases-8": "lists are read through aliases, as requests are",
    "policy-aliases-9": "lists are read through aliases, as requests are",
    "retired-models-8": "the answers differ in the same way whichever is true",
    "scope-spelling-5": "author/model names the model at every provider",
    "scope-spelling-7": "author/model names the model at every provider",
    "scope-spelling-9": "an entry without its author names nothing",
    "shadowed-builtin-2": "an alias of the policy comes before a built-in id",
    "strategy-live-fallback-4": "the answers differ in the same way whichever is true",
    "strategy-modalities-7": "the author of a model that no catalogue has is whoever the entry says",
    "strategy-random-7": "lists apply before strategies",
}
"""Rows whose doubt the models leave aside: what both sides owe to one inference, or the one reading in use."""


class Row(NamedTuple):
    id: str
    table: dict[str, Any]
    row: dict[str, Any]

    @property
    def request(self) -> dict[str, Any]:
        held: dict[str, Any] = self.row["request"]
        return held


def rows() -> Iterator[Any]:
    for path in sorted(TABLES.glob("*.yaml")):
        table = yaml.safe_load(path.read_text(encoding="utf-8"))
        for number, row in enumerate(table["requests"], start=1):
            name = f"{path.stem}-{number}"
            yield pytest.param(Row(name, table, row), id=name)


ROWS = list(rows())


def unit_of(row: Row) -> Unit:
    table = row.table
    named = row.request.get("policy")
    text = table["policies"][named] if named else table["policy"]
    file = read(Input("policy.yaml", "policy.yaml", text.encode()))
    assert file is not None
    units = link([file]).units
    branch = row.request.get("branch")
    if branch is None:
        return units[0]
    rule = table["branches"][branch]["rule"]
    return next(unit for unit in units if unit.rule.field.pointer.endswith(f"/{rule}"))


def client_of(row: Row) -> tuple[Client, bool]:
    clients = row.table["clients"]
    name = row.request.get("client") or next(iter(clients))
    held = clients[name] or {}
    key = held.get("accessKey")
    if isinstance(key, dict):
        key = key.get(row.request.get("branch") or row.request.get("policy"))
    attached = sorted(held.get("attached", ()), key=lambda one: str(one["createdAt"]), reverse=True)
    pairs = tuple((one["provider"], one["name"]) for one in attached)
    return Client(name, Sends(held.get("sends", "nothing")), key, pairs), held.get("admitted", True)


def request_of(row: Row) -> Request:
    asked = row.request
    client, _ = client_of(row)
    return Request(asked["format"], asked.get("model"), tuple(asked.get("models", ())), client)


def sides(row: Row) -> tuple[OldGateway, NewGateway]:
    catalogs = bundled()
    old = old_gateway(unit_of(row), catalogs)
    return old, NewGateway(Objects.of_document(row.table["manifest"]), catalogs)


def outcomes(row: Row) -> tuple[Outcome, Outcome]:
    old, new = sides(row)
    request = request_of(row)
    _, admitted = client_of(row)
    before = old.answer(request)
    if not admitted:
        code = str(row.row["old"].get("denied"))
        before = Outcome((Denied(code, "turned away by a rule in front"),))
    return before, new.answer(request)


def alike(one: str, other: str) -> bool:
    return one == other or any(one in codes and other in codes for codes in ALIKE)


def same_attempt(expected: dict[str, str], found: Attempt) -> bool:
    provider, _, url = expected["provider"].partition("@")
    return (
        provider == found.provider
        and (not url or found.server in (url.rstrip("/"), provider))
        and str(expected["model"]) in (found.model, found.model.partition("/")[2])
        and str(expected["credential"]) == found.credential
    )


def matches(expected: dict[str, Any], found: Answer) -> bool:
    if "denied" in expected:
        return isinstance(found, Denied) and alike(str(expected["denied"]), found.code)
    if isinstance(found, Denied) or len(found.attempts) != len(expected["attempts"]):
        return False
    if expected.get("then") != found.then:
        return False
    if expected.get("order") == "unknown":
        left = list(found.attempts)
        for one in expected["attempts"]:
            held = next((other for other in left if same_attempt(one, other)), None)
            if held is None:
                return False
            left.remove(held)
        return True
    return all(same_attempt(*pair) for pair in zip(expected["attempts"], found.attempts, strict=True))


@pytest.mark.parametrize("row", ROWS)
def test_the_old_gateway_answers_as_the_table_says(row: Row) -> None:
    found, _ = outcomes(row)
    answers = found.answers[:1] if row.row["certainty"] == "certain" else found.answers
    assert any(matches(row.row["old"], answer) for answer in answers), found


@pytest.mark.parametrize("row", ROWS)
def test_the_new_gateway_answers_as_the_table_says(row: Row) -> None:
    _, found = outcomes(row)
    answers = found.answers[:1] if row.row["certainty"] == "certain" else found.answers
    assert any(matches(row.row["new"], answer) for answer in answers), found


@pytest.mark.parametrize("row", ROWS)
def test_the_answers_differ_as_the_table_says(row: Row) -> None:
    old, new = outcomes(row)
    found = differences(old, new, request_of(row))
    expected = {Kind(row.row["kind"]), *map(Kind, row.row.get("also", ()))} - {Kind.EQUAL}
    if row.row["certainty"] == "certain":
        assert found == dict.fromkeys(expected, "certain"), (old, new)
        return
    kinds = {kind.value for kind in found}
    if "certain" not in found.values():
        kinds.add("equal")
    assert row.row["kind"] in kinds, (old, new)
    assert set(row.row.get("also", ())) <= kinds, (old, new)
    if row.id not in AS_FACT:
        assert row.row.get("otherwise", "equal") in {*kinds, "equal"}, (old, new)
        assert found.get(Kind(row.row["kind"])) != "certain", (old, new)


def test_there_are_tables() -> None:
    assert len(list(TABLES.glob("*.yaml"))) >= 30


def test_an_answer_is_what_it_is() -> None:
    assert matches({"denied": 3804}, Denied("3804", ""))
    assert not matches({"denied": 3804}, Attempts(()))
