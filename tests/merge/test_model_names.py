"""One name of a model for two models of one server, in two policies."""

from __future__ import annotations

import json
from typing import Any

import pytest

from migrator.api import Input, Options, Result, convert

Models = list[dict[str, Any]]


def together(*policies: Models, **config: Any) -> Result:
    """Policies that share a server, named a, b, …"""
    inputs = []
    for name, models in zip("abc", policies, strict=False):
        keys = [{"value": "${secrets.get('vllm', 'token')}"}]
        provider = {"id": "vllm", "base_url": "https://vllm.internal", "models": models, "api_keys": keys}
        held = {"type": "ai-gateway", "config": {"providers": [provider], **config}}
        text = json.dumps({"on_http_request": [{"actions": [held]}]}, indent=1)
        inputs.append(Input(f"{name}.json", f"{name}.json", text.encode()))
    return convert(inputs, Options())


def told(result: Result) -> set[tuple[str | None, str, str]]:
    found = (one for one in result.findings if one.code == "M012")
    return {(one.unit, one.facts["name"], one.facts["now"]) for one in found}


def model(name: str, *aliases: str, **more: Any) -> dict[str, Any]:
    return {"id": name, **({"id_aliases": [*aliases]} if aliases else {}), **more}


RESTRICTING = {"only_allow_configured_models": True, "only_allow_configured_providers": True}


@pytest.mark.parametrize("config", [{}, RESTRICTING])
def test_the_first_policy_keeps_a_name_and_nothing_is_left_untold(config: dict[str, Any]) -> None:
    result = together([model("llama", "fast")], [model("qwen", "fast")], **config)
    assert told(result) == {("b-.json", "fast", "vllm:qwen")}
    (provider,) = result.manifest()["providers"]
    assert provider["body"]["models"] == [
        {"modelId": "llama"},
        {"modelId": "fast", "providerModelId": "llama"},
        {"modelId": "qwen"},
    ]
    assert not [one for one in result.findings if one.code in ("V001", "V002", "V003", "M006")]


def test_what_its_clients_are_told_is_the_model() -> None:
    result = together([model("llama", "fast")], [model("qwen", "fast")], **RESTRICTING)
    first, second = (unit.advice.renames for unit in result.units)
    assert first["fast"] == "vllm:fast"
    assert (second["fast"], second["vllm:fast"]) == ("vllm:qwen", "vllm:qwen")
    (_, own) = result.manifest()["accessKeyConfigurations"]
    assert own["body"]["access"]["models"] == {"allow": ["vllm:qwen"]}
    assert "T116" not in {one.code for one in result.findings if one.unit == "b-.json"}
    (stopped,) = (one for one in result.findings if one.code == "T122" and one.unit == "b-.json")
    assert stopped.facts["count"] == len(second)


def test_a_model_keeps_its_own_name() -> None:
    result = together([model("llama", "qwen")], [model("qwen")], **RESTRICTING)
    assert told(result) == {("a-.json", "qwen", "vllm:llama")}
    assert not [one for one in result.findings if one.code in ("V001", "V003")]


def of_others(result: Result) -> set[tuple[str | None, str, str]]:
    found = (one for one in result.findings if one.code == "M013")
    return {(one.unit, one.facts["names"], one.facts["other"]) for one in found}


def test_names_of_others_are_told_where_any_name_may_be_sent() -> None:
    result = together([model("llama", "fast", "f2", "f3", "f4")], [model("llama")], [])
    names = "fast, f2, f3 and 1 more"
    assert {(unit, told) for unit, told, _ in of_others(result)} == {("b-.json", names), ("c-.json", names)}
    for unit in result.units[1:]:
        assert unit.verdict is not None
        (shown,) = (one for one in unit.verdict.differences if one.announced and one.announced.code == "M013")
        assert (shown.kind, shown.request.model) == ("narrower", "vllm:f2")
    assert not [one for one in result.findings if one.code in ("V001", "V002", "V003")]


def test_names_of_others_are_nothing_to_a_list_of_models() -> None:
    result = together([model("llama", "fast")], [model("llama")], **RESTRICTING)
    assert of_others(result) == set()
    assert not [one for one in result.findings if one.code in ("V002", "V003")]


def test_one_name_for_one_model_is_shared() -> None:
    result = together([model("llama", "fast")], [model("llama", "fast")], [model("qwen")])
    assert told(result) == set()


def test_a_model_that_is_described_otherwise_keeps_its_name() -> None:
    result = together([model("llama", "fast")], [model("llama", "fast", unsupported_params=["seed"])])
    assert told(result) == set()
    assert {one.facts["model"] for one in result.findings if one.code == "M006"} == {"llama", "fast"}


def test_a_strategy_that_chose_the_name_sends_the_model() -> None:
    chosen = {
        "model_selection": {
            "strategy": ["ai.models.filter(m, m.id == 'fast' || m.id_aliases.exists(a, a == 'fast'))"]
        }
    }
    result = together([model("llama", "fast")], [model("qwen", "fast")], **chosen)
    for unit in result.units:
        assert unit.advice.model != "vllm:fast" or unit.id == "a-.json"
    assert not [one for one in result.findings if one.code == "V003"]
