from __future__ import annotations

from typing import Any

import pytest

from migrator.apply.normal import Names, normal, normal_settings, others

NAMES = Names({"providerKeys/a": "aigpk_a"}, {"aigp_o": "ollama", "providers/ollama": "ollama"})


def configuration(**body: Any) -> dict[str, Any]:
    return {"name": "x", **body}


def rule(*steps: dict[str, Any], provider: Any = "openai", **others: Any) -> dict[str, Any]:
    return configuration(router={"rules": [{"provider": provider, "steps": list(steps), **others}]})


def user(*keys: Any) -> dict[str, Any]:
    return {"type": "user", "keys": [{"id": key} for key in keys]}


CONFIGURATIONS = "accessKeyConfigurations"

SAME: dict[str, tuple[str, dict[str, Any], dict[str, Any]]] = {
    "order of members": ("accessKeys", {"name": "x", "description": "y"}, {"description": "y", "name": "x"}),
    "an empty text": ("accessKeys", {"name": "x"}, {"name": "x", "description": ""}),
    "a null": ("accessKeys", {"name": "x"}, {"name": "x", "description": None, "metadata": None}),
    "what an answer has besides": (
        "providerKeys",
        {"providerId": "openai", "name": "x", "value": {"$secret": {"env": "A"}}},
        {
            "id": "aigpk_1",
            "providerId": "openai",
            "name": "x",
            "keyRedacted": "a***b",
            "createdAt": "2026-01-01T00:00:00Z",
            "lastUsed": None,
        },
    ),
    "a token": ("accessKeys", {"name": "x"}, {"name": "x", "token": "made-up"}),
    "metadata as another text": (
        "accessKeys",
        {"metadata": '{"migrator":{"migration":"m","ref":"r"},"a":1,"b":[2]}'},
        {"metadata": '{ "b": [2], "a": 1, "migrator": {"ref": "r", "migration": "m"} }'},
    ),
    "a linked configuration": (
        "accessKeys",
        {"accessKeyConfigurationId": "aigac_1"},
        {"accessKeyConfiguration": {"id": "aigac_1", "uri": "u", "name": "n"}},
    ),
    "no scope": (CONFIGURATIONS, configuration(), configuration(access={})),
    "no scope, null": (CONFIGURATIONS, configuration(), configuration(access=None, router=None)),
    "dimensions without a list": (
        CONFIGURATIONS,
        configuration(),
        configuration(access={"providers": {}, "models": {"allow": None}}),
    ),
    "order of an allow list": (
        CONFIGURATIONS,
        configuration(access={"models": {"allow": ["b", "a"]}}),
        configuration(access={"models": {"allow": ["a", "b"]}}),
    ),
    "an entry twice": (
        CONFIGURATIONS,
        configuration(access={"providers": {"allow": ["a", "b", "a"]}}),
        configuration(access={"providers": {"allow": ["b", "a"]}}),
    ),
    "the case of a model": (
        CONFIGURATIONS,
        configuration(access={"models": {"allow": ["openai:openai/GPT-5"]}}),
        configuration(access={"models": {"allow": ["openai:openai/gpt-5"]}}),
    ),
    "a provider by id": (
        CONFIGURATIONS,
        configuration(access={"providers": {"allow": [{"$ref": "providers/ollama"}]}}),
        configuration(access={"providers": {"allow": ["aigp_o"]}}),
    ),
    "a provider by name": (
        CONFIGURATIONS,
        configuration(access={"providers": {"allow": ["ollama"]}}),
        configuration(access={"providers": {"allow": ["aigp_o"]}}),
    ),
    "no rules": (CONFIGURATIONS, configuration(), configuration(router={"rules": []})),
    "order of rules": (
        CONFIGURATIONS,
        configuration(
            router={
                "rules": [{"provider": "a", "steps": [user("x")]}, {"provider": "b", "steps": [user("y")]}]
            }
        ),
        configuration(
            router={
                "rules": [{"provider": "b", "steps": [user("y")]}, {"provider": "a", "steps": [user("x")]}]
            }
        ),
    ),
    "a reference that is known": (
        CONFIGURATIONS,
        rule(user({"$ref": "providerKeys/a"})),
        rule(user("aigpk_a")),
    ),
    "keys read back": (
        CONFIGURATIONS,
        rule(user("aigpk_a")),
        rule({"type": "user", "keys": [{"id": "aigpk_a", "name": "n", "keyRedacted": "a***b"}]}),
    ),
    "the one strategy there is": (
        CONFIGURATIONS,
        rule(user("k")),
        rule({**user("k"), "keySelectionStrategy": "ordered"}),
    ),
    "an ngrok step": (
        CONFIGURATIONS,
        rule({"type": "ngrok"}),
        rule({"type": "ngrok", "keys": [], "keySelectionStrategy": ""}),
    ),
    "a rule's provider by id": (
        CONFIGURATIONS,
        rule({"type": "ngrok"}, provider="ollama"),
        rule({"type": "ngrok"}, provider="aigp_o", model=None),
    ),
    "order of models": (
        "providers",
        {"models": [{"modelId": "a"}, {"modelId": "b"}]},
        {"models": [{"modelId": "b", "id": "m2"}, {"modelId": "a", "id": "m1", "unsupportedParams": []}]},
    ),
    "no models": ("providers", {"name": "x"}, {"name": "x", "models": []}),
    "a model's own name": (
        "providers",
        {"models": [{"modelId": "a"}]},
        {"models": [{"modelId": "a", "providerModelId": "a"}]},
    ),
    "order of parameters": (
        "providers",
        {"models": [{"modelId": "a", "unsupportedParams": ["x", "y"]}]},
        {"models": [{"modelId": "a", "unsupportedParams": ["y", "x"]}]},
    ),
    "surfaces": (
        "providers",
        {
            "baseUrl": "https://a.example",
            "supportedApiSurfaces": [
                {
                    "format": "openai",
                    "surface": "responses",
                    "supportedParams": [{"name": "b"}, {"name": "a"}],
                },
                {"format": "anthropic"},
            ],
        },
        {
            "baseUrl": "https://a.example/",
            "supportedApiSurfaces": [
                {"format": "anthropic", "surface": "", "supportedParams": []},
                {
                    "surface": "responses",
                    "format": "openai",
                    "baseUrl": "https://a.example",
                    "supportedParams": [{"name": "a"}, {"name": "b"}],
                },
            ],
        },
    ),
    "an address": (
        "providers",
        {"baseUrl": "https://A.Example"},
        {"baseUrl": "https://a.example:443/"},
    ),
}

DIFFERENT: dict[str, tuple[str, dict[str, Any], dict[str, Any]]] = {
    "a name": ("accessKeys", {"name": "x"}, {"name": "y"}),
    "the case of a name": ("accessKeys", {"name": "x"}, {"name": "X"}),
    "metadata": ("accessKeys", {"metadata": '{"a":1}'}, {"metadata": '{"a":2}'}),
    "nothing allowed and everything": (
        CONFIGURATIONS,
        configuration(access={"models": {"allow": []}}),
        configuration(),
    ),
    "a provider's case": (
        CONFIGURATIONS,
        configuration(access={"providers": {"allow": ["openai"]}}),
        configuration(access={"providers": {"allow": ["OpenAI"]}}),
    ),
    "order of keys": (CONFIGURATIONS, rule(user("a", "b")), rule(user("b", "a"))),
    "order of steps": (
        CONFIGURATIONS,
        rule(user("a"), {"type": "ngrok"}),
        rule({"type": "ngrok"}, user("a")),
    ),
    "one step or two": (CONFIGURATIONS, rule(user("a", "b")), rule(user("a"), user("b"))),
    "another strategy": (
        CONFIGURATIONS,
        rule(user("k")),
        rule({**user("k"), "keySelectionStrategy": "random"}),
    ),
    "a rule twice": (
        CONFIGURATIONS,
        rule(user("k")),
        configuration(router={"rules": [{"provider": "openai", "steps": [user("k")]}] * 2}),
    ),
    "a rule for a model": (CONFIGURATIONS, rule(user("k")), rule(user("k"), model="openai:openai/gpt-5")),
    "a path": ("providers", {"baseUrl": "https://a.example/v1"}, {"baseUrl": "https://a.example/v2"}),
    "a port": ("providers", {"baseUrl": "https://a.example"}, {"baseUrl": "https://a.example:8443"}),
    "a scheme": ("providers", {"baseUrl": "https://a.internal"}, {"baseUrl": "http://a.internal"}),
    "another name upstream": (
        "providers",
        {"models": [{"modelId": "a"}]},
        {"models": [{"modelId": "a", "providerModelId": "b"}]},
    ),
    "a configuration that is gone": (
        "accessKeys",
        {"accessKeyConfigurationId": "aigac_1"},
        {"accessKeyConfiguration": None},
    ),
    "a reference that is not known": (
        CONFIGURATIONS,
        rule(user({"$ref": "providerKeys/new"})),
        rule(user("aigpk_a")),
    ),
}


@pytest.mark.parametrize("case", SAME.values(), ids=SAME.keys())
def test_what_means_the_same_is_the_same(case: tuple[str, dict[str, Any], dict[str, Any]]) -> None:
    member, one, other = case
    assert normal(member, one, NAMES) == normal(member, other, NAMES)


@pytest.mark.parametrize("case", DIFFERENT.values(), ids=DIFFERENT.keys())
def test_what_means_something_else_differs(case: tuple[str, dict[str, Any], dict[str, Any]]) -> None:
    member, one, other = case
    assert normal(member, one, NAMES) != normal(member, other, NAMES)


@pytest.mark.parametrize("case", (SAME | DIFFERENT).values(), ids=(SAME | DIFFERENT).keys())
def test_nothing_is_changed_in_what_is_given(case: tuple[str, dict[str, Any], dict[str, Any]]) -> None:
    member, one, _ = case
    before = repr(one)
    normal(member, one, NAMES)
    assert repr(one) == before


@pytest.mark.parametrize(
    "one, other, same",
    [
        ("2m", "120s", True),
        ("2m", "2m0s", True),
        ("1h", "60m", True),
        ("1.5s", "1500ms", True),
        ("0s", "0h", True),
        ("2m", "2m1s", False),
        ("2m", None, False),
        ("soon", "later", False),
        ("soon", "soon", True),
    ],
)
def test_durations_are_compared_by_how_long_they_are(one: object, other: object, same: bool) -> None:
    left, right = ({"totalTimeout": value} for value in (one, other))
    assert (normal_settings(left, left) == normal_settings(right, right)) == same


def test_only_the_settings_that_are_named_count() -> None:
    live = {"totalTimeout": "2m0s", "maxInputTokens": None, "accountId": "x"}
    assert normal_settings(live, ["totalTimeout", "maxOutputTokens"]) == {
        "totalTimeout": "2m",
        "maxOutputTokens": None,
    }


def test_members_that_nobody_knows_are_told_apart_from_those_that_cannot_be_read() -> None:
    assert others("providerKeys", {"name": "x", "value": 1, "budget": 5, "old": None}) == {"budget": 5}
