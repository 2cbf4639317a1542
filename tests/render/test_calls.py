from __future__ import annotations

import json

import pytest

from migrator.merge.model import Migration
from migrator.render.calls import calls, calls_jsonl
from migrator.render.document import manifest
from tests.render.conftest import Named
from tests.render.hostile import HOSTILE


def test_each_call_has_the_members_of_the_contract(migration: Migration) -> None:
    first = json.loads(calls_jsonl(migration).split("\n")[0])
    assert list(first) == ["ref", "method", "path", "body"]
    assert (first["ref"], first["method"], first["path"]) == ("providers/ollama", "POST", "/providers")
    assert first["body"] == manifest(migration)["providers"][0]["body"]


def test_what_is_referred_to_comes_first_and_account_settings_last(migration: Migration) -> None:
    made: set[str] = set()
    every = list(calls(migration))
    for call in every:
        text = json.dumps(call.body)
        assert all(ref.split('"')[0] in made for ref in text.split('"$ref": "')[1:])
        made.add(call.ref)
    assert (every[-1].ref, every[-1].method, every[-1].path) == ("gatewayConfig", "PATCH", "/gateway-config")


def test_references_and_secrets_stay_as_they_are(migration: Migration) -> None:
    by_ref = {call.ref: call.body for call in calls(migration)}
    secret = {"vault": "openai", "name": "primary", "env": "OPENAI_PRIMARY"}
    assert by_ref["providerKeys/openai-primary"]["value"] == {"$secret": secret}
    assert by_ref["accessKeys/b--bob"]["accessKeyConfigurationId"] == {"$ref": "accessKeyConfigurations/b"}


def test_nothing_to_create_is_nothing(empty: Migration) -> None:
    assert calls_jsonl(empty) == ""


@pytest.mark.parametrize("text", HOSTILE)
def test_each_call_is_one_line_for_every_reader_of_lines(named: Named, text: str) -> None:
    migration = named(text)
    lines = calls_jsonl(migration).splitlines()
    assert [json.loads(line) for line in lines] == [call.as_json() for call in calls(migration)]
