"""Every way in which a manifest can be wrong is found, with a request that shows it."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from migrator.catalog import bundled
from migrator.verify.against import against
from migrator.verify.model import Denied, Kind
from migrator.verify.new import NewGateway
from migrator.verify.objects import Objects
from tests.verify.compared import Change, Document, converted, damaged, unexpected

KEYED = """
on_http_request:
  - expressions: ["!(req.headers['x-api-key'][0] in [secrets.get('c', 'team-a'), secrets.get('c', 'team-b')])"]
    actions:
      - type: deny
  - actions:
      - type: ai-gateway
        config:
          only_allow_configured_models: true
          providers:
            - id: openai
              api_keys:
                - value: ${secrets.get('openai', 'primary')}
                - value: ${secrets.get('openai', 'backup')}
              models: [{id: gpt-4o}, {id: gpt-4.1}]
            - id: anthropic
              api_keys: [{value: "${secrets.get('anthropic', 'primary')}"}]
              models: [{id: claude-haiku-4-5}]
            - id: vllm
              base_url: https://vllm.example.com/v1
              api_keys: [{value: "${secrets.get('vllm', 'key')}"}]
              models: [{id: "llama3.2:3b", id_aliases: [small]}]
              supported_api_surfaces: [{format: openai}, {format: anthropic}]
"""

OPEN = """
on_http_request:
  - actions:
      - type: ai-gateway
        config:
          providers:
            - id: openai
              api_keys: [{value: "${secrets.get('openai', 'primary')}"}]
"""

BRANCHES = """
on_http_request:
  - expressions: ["req.url.path.startsWith('/a')"]
    actions:
      - type: ai-gateway
        config:
          only_allow_configured_providers: true
          providers: [{id: openai, api_keys: [{value: "${secrets.get('openai', 'primary')}"}]}]
  - actions:
      - type: ai-gateway
        config:
          only_allow_configured_providers: true
          providers: [{id: anthropic, api_keys: [{value: "${secrets.get('anthropic', 'primary')}"}]}]
"""


def configuration(document: Document) -> Document:
    held: Document = document["accessKeyConfigurations"][0]["body"]
    return held


def rule(document: Document, provider: str) -> Document:
    rules: list[Document] = configuration(document)["router"]["rules"]
    return next(one for one in rules if one["provider"] == provider)


def drop_rule(document: Document) -> None:
    rules = configuration(document)["router"]["rules"]
    rules.remove(rule(document, "openai"))


def swap_keys(document: Document) -> None:
    openai, anthropic = rule(document, "openai"), rule(document, "anthropic")
    openai["steps"], anthropic["steps"] = anthropic["steps"], openai["steps"]


def reorder_keys(document: Document) -> None:
    rule(document, "openai")["steps"][0]["keys"].reverse()


def drop_key(document: Document) -> None:
    rule(document, "openai")["steps"][0]["keys"].pop()


def add_ngrok_step(document: Document) -> None:
    rule(document, "openai")["steps"].append({"type": "ngrok"})


def widen_models(document: Document) -> None:
    configuration(document)["access"]["models"]["allow"].append("openai:openai/o3")


def widen_providers(document: Document) -> None:
    configuration(document)["access"]["providers"]["allow"].append("google")


def narrow_models(document: Document) -> None:
    configuration(document)["access"]["models"]["allow"].remove("openai:openai/gpt-4.1")


def narrow_providers(document: Document) -> None:
    configuration(document)["access"]["providers"]["allow"].remove("anthropic")


def drop_scope(document: Document) -> None:
    del configuration(document)["access"]


def drop_model_scope(document: Document) -> None:
    del configuration(document)["access"]["models"]


def forget_alias(document: Document) -> None:
    document["providers"][0]["body"]["models"].pop()
    configuration(document)["access"]["models"]["allow"].remove("vllm:small")


def misdirect_alias(document: Document) -> None:
    document["providers"][0]["body"]["models"][1]["providerModelId"] = "llama3.2:70b"


def change_base_url(document: Document) -> None:
    document["providers"][0]["body"]["baseUrl"] = "https://elsewhere.example.com/v1"


def forget_format(document: Document) -> None:
    document["providers"][0]["body"]["supportedApiSurfaces"].pop()


def key_without_configuration(document: Document) -> None:
    del document["accessKeys"][0]["body"]["accessKeyConfigurationId"]


def lose_client(document: Document) -> None:
    document["accessKeys"].pop()


def lose_router(document: Document) -> None:
    del configuration(document)["router"]


DAMAGES: tuple[tuple[Change, Kind, str], ...] = (
    (drop_rule, Kind.RECREDENTIALED, "openai:gpt-4o"),
    (lose_router, Kind.RECREDENTIALED, "openai:gpt-4o"),
    (swap_keys, Kind.RECREDENTIALED, "openai:gpt-4o"),
    (reorder_keys, Kind.REORDERED, "openai:gpt-4o"),
    (drop_key, Kind.NARROWER, "openai:gpt-4o"),
    (add_ngrok_step, Kind.RECREDENTIALED, "openai:gpt-4o"),
    (widen_models, Kind.WIDER, "openai:o3"),
    (narrow_models, Kind.NARROWER, "openai:gpt-4.1"),
    (narrow_providers, Kind.NARROWER, "anthropic:claude-haiku-4-5"),
    (drop_scope, Kind.WIDER, "openai:o1"),
    (drop_model_scope, Kind.WIDER, "openai:o1"),
    (forget_alias, Kind.NARROWER, "vllm:small"),
    (misdirect_alias, Kind.WIDER, "vllm:small"),
    (change_base_url, Kind.WIDER, "vllm:small"),
    (forget_format, Kind.NARROWER, "vllm:small"),
    (key_without_configuration, Kind.WIDER, "openai:o1"),
    (lose_client, Kind.NARROWER, "openai:gpt-4o"),
)


@pytest.mark.parametrize("change, kind, model", DAMAGES, ids=[change.__name__ for change, _, _ in DAMAGES])
def test_damage_is_found_with_a_request_that_shows_it(change: Change, kind: Kind, model: str) -> None:
    found = damaged(KEYED, change)
    sure = "certain" if change is not drop_rule else "possible"  # what a missing rule means is inferred
    new = [one for one in unexpected(found, KEYED) if one.kind is kind and one.certainty == sure]
    assert model in {one.request.model for one in new}, [one.data() for one in found.differences]
    shown = next(one for one in new if one.request.model == model)
    assert shown.old != shown.new
    assert shown.sources
    assert shown.outputs or change is lose_client


@pytest.mark.parametrize("change, kind, model", DAMAGES, ids=[change.__name__ for change, _, _ in DAMAGES])
def test_the_witness_of_a_damage_is_announced_by_nothing(change: Change, kind: Kind, model: str) -> None:
    new = unexpected(damaged(KEYED, change), KEYED)
    assert any(one.kind is kind and one.announced is None for one in new)


def test_a_provider_that_credits_pay_for_is_found_where_only_some_clients_were_refused() -> None:
    found = damaged(OPEN, widen_providers)
    new = [one for one in unexpected(found, OPEN) if one.request.model == "google:gemini-2.5-pro"]
    assert {(one.kind, one.certainty) for one in new} >= {(Kind.WIDER, "possible")}
    assert all(one.announced is None for one in new if one.kind is Kind.WIDER)


def test_a_lost_branch_is_found() -> None:
    def lose(document: Document) -> None:
        document["accessKeys"] = document["accessKeys"][1:]

    found = damaged(BRANCHES, lose)
    lost = [one for one in found.differences if one.subject.aspect == "client"]
    assert [one.kind for one in lost] == [Kind.NARROWER]
    assert isinstance(lost[0].new.likely, Denied)
    assert lost[0].new.likely.code == "27201"


def test_a_branch_with_the_other_configuration_is_found() -> None:
    def cross(document: Document) -> None:
        one, other = document["accessKeys"]
        one["body"], other["body"] = other["body"], one["body"]

    found = damaged(BRANCHES, cross)
    kinds = {(one.kind, one.request.model) for one in found.differences if one.announced is None}
    assert (Kind.NARROWER, "openai:o1") in kinds
    assert any(kind is Kind.WIDER and str(model).startswith("anthropic:") for kind, model in kinds)


@pytest.mark.parametrize("policy", [KEYED, OPEN, BRANCHES], ids=["keyed", "open", "branches"])
def test_a_manifest_never_differs_from_itself(policy: str) -> None:
    objects = Objects.of_document(converted(policy).manifest())
    both = against(NewGateway(objects, bundled()), NewGateway(copy.deepcopy(objects), bundled()), bundled())
    assert both
    assert {found.kind for found in both} == {Kind.EQUAL}
    assert all(not found.differences for found in both)


@pytest.mark.parametrize("change, kind, model", DAMAGES, ids=[change.__name__ for change, _, _ in DAMAGES])
def test_damage_is_found_between_two_manifests(change: Change, kind: Kind, model: str) -> None:
    document: dict[str, Any] = converted(KEYED).manifest()
    later = copy.deepcopy(document)
    change(later)
    found = against(
        NewGateway(Objects.of_document(document), bundled()),
        NewGateway(Objects.of_document(later), bundled()),
        bundled(),
    )
    kinds = {one.kind for verdict in found for one in verdict.differences}
    assert kind in kinds, [one.data() for verdict in found for one in verdict.differences]
