from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, example, given, settings
from msgspec.structs import replace

from migrator.merge.model import Migration
from migrator.render.document import manifest
from migrator.render.manifest import manifest_yaml
from migrator.spans import Location, Span
from migrator.target.state import DesiredState, GatewayConfig
from migrator.tree.load import load
from migrator.tree.nodes import to_python
from tests.render.conftest import Named
from tests.render.hostile import HOSTILE, hostile


def read_back(text: str) -> Any:
    """The document as PyYAML and our own reader see it, which must be the same."""
    loaded = load(text)
    assert loaded.problems == ()
    root = loaded.documents[0].root
    assert root is not None
    assert to_python(root) == yaml.safe_load(text)
    return to_python(root)


def test_the_document_has_the_members_of_the_contract_in_their_order(migration: Migration) -> None:
    document = manifest(migration)
    assert list(document) == [
        "formatVersion",
        "migration",
        "providers",
        "providerKeys",
        "accessKeyConfigurations",
        "accessKeys",
        "gatewayConfig",
    ]
    assert [item["ref"] for item in document["accessKeys"]] == ["ai.example.com--default", "b--bob", "b--eve"]
    assert document["gatewayConfig"] == {"body": {"totalTimeout": "2m30s", "maxInputTokens": 8000}}


def test_lists_are_there_even_if_empty_and_account_settings_only_where_there_are_any(
    empty: Migration,
) -> None:
    assert manifest(empty) == {
        "formatVersion": 1,
        "migration": "default",
        "providers": [],
        "providerKeys": [],
        "accessKeyConfigurations": [],
        "accessKeys": [],
    }


def test_the_yaml_reads_back_as_the_document(migration: Migration, empty: Migration) -> None:
    without = replace(migration, state=replace(migration.state, gateway_config=GatewayConfig(())))
    for each in (migration, empty, without):
        assert read_back(manifest_yaml(each)) == manifest(each)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@example("\udc80")
@given(hostile)
def test_any_text_reads_back(named: Named, text: str) -> None:
    migration = named(text)
    assert read_back(manifest_yaml(migration)) == manifest(migration)


@pytest.mark.parametrize("text", HOSTILE)
def test_each_hostile_text_reads_back_and_stays_out_of_the_comments(named: Named, text: str) -> None:
    migration = named(text)
    made = manifest_yaml(migration)
    made.encode()
    assert read_back(made) == manifest(migration)


def test_a_comment_names_where_each_part_came_from(migration: Migration) -> None:
    lines = manifest_yaml(migration).splitlines()
    assert "  - ref: ollama  # policies/a.yaml:12, policies/b.yaml:6" in lines
    assert "        - modelId: fast  # policies/a.yaml:17, policies/b.yaml:9" in lines
    assert "            - ollama:llama3  # policies/a.yaml:15" in lines
    assert (
        "    totalTimeout: 2m30s  # policies/a.yaml:44, policies/b.yaml:40".replace("2m30s", '"2m30s"')
        in lines
    )


def test_what_is_below_an_entry_does_not_repeat_its_place(migration: Migration) -> None:
    lines = manifest_yaml(migration).splitlines()
    assert "          - provider: anthropic  # policies/a.yaml:40" in lines
    rule = lines.index("          - provider: anthropic  # policies/a.yaml:40")
    assert lines[rule + 2] == "              - type: user"


def test_of_many_places_three_are_named(state: DesiredState) -> None:
    origins = tuple(Location("p.yaml", Span(line, 1, line, 2)) for line in (1, 1, 2, 3, 4, 5))
    provider = replace(state.providers[0], origins=origins)
    text = manifest_yaml(Migration(DesiredState("default", (provider,))))
    assert "  - ref: ollama  # p.yaml:1, p.yaml:2, p.yaml:3 and 2 more\n" in text


def test_open_decisions_stand_at_the_top(migration: Migration) -> None:
    text = manifest_yaml(migration)
    assert "#   account-setting:perRequestTimeout: leave (or: 30s, 1m)\n" in text
    assert "who-pays" not in text
