"""What clients are told to change."""

from __future__ import annotations

import json
from typing import Any

import pytest

from migrator.api import Result
from tests.properties.pipeline import inputs

KEY = "${secrets.get('openai', 'k')}"


def advised(**config: Any) -> dict[str, Any]:
    from migrator.api import convert

    policy = {"on_http_request": [{"actions": [{"type": "ai-gateway", "config": config}]}]}
    result: Result = convert(inputs({"p.json": json.dumps(policy)}))
    (unit,) = result.document()["units"]
    advice: dict[str, Any] = unit["clientAdvice"]
    return advice


def provider(name: str, **more: Any) -> dict[str, Any]:
    return {"id": name, "api_keys": [{"value": KEY}], **more}


OWN = {"id": "ollama", "base_url": "https://ollama.internal", "api_keys": [{"value": KEY}]}


def test_without_strategies_there_is_no_request_to_send() -> None:
    assert advised(providers=[provider("openai")])["request"] is None


def test_a_single_model_has_no_list() -> None:
    advice = advised(
        model_selection={"strategy": ["ai.models.only(['gpt-4o'])"]}, providers=[provider("openai")]
    )
    assert advice["request"] == {"model": "openai:gpt-4o"}


def test_models_stand_in_the_order_of_the_strategy() -> None:
    order = "[ai.models.get('openai', 'gpt-4o-mini'), ai.models.get('openai', 'gpt-4o')]"
    advice = advised(model_selection={"strategy": [order]}, providers=[provider("openai")])
    assert advice["request"] == {"model": "openai:gpt-4o-mini", "models": ["openai:gpt-4o"]}


def test_strategies_that_keep_nothing_are_passed_over() -> None:
    listed = ["ai.models.only(['gpt-2'])", "ai.models.only(['gpt-4o'])", "ai.models.only(['o3'])"]
    advice = advised(model_selection={"strategy": listed}, providers=[provider("openai")])
    assert advice["request"] == {"model": "openai:gpt-4o"}


def test_a_strategy_that_says_nothing_chooses_nothing() -> None:
    listed = ["ai.models", "ai.models.only(['gpt-4o'])"]
    assert advised(model_selection={"strategy": listed}, providers=[provider("openai")])["request"] is None


@pytest.mark.parametrize("word", ["fastest", "ai.models.", "{}"])
def test_nothing_is_advised_from_what_cannot_be_evaluated(word: str) -> None:
    advice = advised(model_selection={"strategy": [word]}, providers=[provider("openai")])
    assert advice["request"] is None


def test_more_than_ten_models_are_cut() -> None:
    advice = advised(
        model_selection={"strategy": ["ai.models.filter(m, m.provider_id == 'openai')"]},
        providers=[provider("openai"), provider("anthropic")],
    )
    assert len([advice["request"]["model"], *advice["request"]["models"]]) == 10


@pytest.mark.parametrize(
    "old, new",
    [
        ("gpt-4o-2024-08-06", "openai:gpt-4o"),
        ("gpt-5 mini", "openai:gpt-5-mini"),
        ("open-ai:", "openai:"),
        ("gemini:", "google:"),
        ("groqcloud:", "groq:"),
    ],
)
def test_names_that_the_old_gateway_resolved_are_listed(old: str, new: str) -> None:
    advice = advised(providers=[provider("openai"), provider("google"), provider("groq")])
    assert advice["renames"][old] == new


def test_names_that_still_work_are_not_listed() -> None:
    renames = advised(providers=[provider("openai")])["renames"]
    assert "gpt-4o" not in renames
    assert "openai:" not in renames


def test_names_of_what_is_out_of_scope_are_not_listed() -> None:
    renames = advised(providers=[provider("openai")])["renames"]
    assert not [name for name, new in renames.items() if not new.startswith("openai:")]


def test_the_names_of_the_policy_are_listed() -> None:
    models = [{"id": "gpt-4o", "id_aliases": ["house-model"]}]
    advice = advised(
        only_allow_configured_models=True,
        providers=[provider("openai", models=models, id_aliases=["main"])],
    )
    assert advice["renames"]["house-model"] == "openai:gpt-4o"
    assert advice["renames"]["main:"] == "openai:"


def test_models_of_custom_providers_need_their_provider() -> None:
    models = [{"id": "llama3", "id_aliases": ["llama"]}]
    renames = advised(providers=[{**OWN, "models": models}])["renames"]
    assert renames == {"llama": "ollama:llama", "llama3": "ollama:llama3"}


def test_a_bare_name_that_a_built_in_provider_has_is_left_alone() -> None:
    renames = advised(providers=[provider("openai"), {**OWN, "models": [{"id": "gpt-4o"}]}])["renames"]
    assert "gpt-4o" not in renames


def test_a_bare_name_moves_where_only_the_custom_provider_may_be_reached() -> None:
    assert advised(providers=[{**OWN, "models": [{"id": "gpt-4o"}]}])["renames"] == {
        "gpt-4o": "ollama:gpt-4o"
    }


def test_a_renamed_provider_is_listed() -> None:
    renamed = {**OWN, "id": "openai", "base_url": "https://proxy.example.com/v1"}
    assert advised(providers=[renamed])["renames"]["openai:"] == "openai-custom:"


def test_models_that_are_gone_are_listed_with_their_names() -> None:
    advice = advised(providers=[provider("anthropic")])
    assert {"anthropic:claude-3-haiku-20240307", "claude-haiku-3"} <= set(advice["retired"])
    assert not set(advice["retired"]) & set(advice["renames"])


def test_models_that_no_strategy_kept_are_not_listed_as_gone() -> None:
    advice = advised(
        model_selection={"strategy": ["ai.models.only(['claude-opus-4-6'])"]},
        providers=[provider("anthropic")],
    )
    assert advice["retired"] == []
