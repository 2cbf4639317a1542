from __future__ import annotations

from typing import Any

import pytest

from migrator.apply.ownership import Observed
from migrator.apply.plan import make_plan
from tests.apply.world import applied, live, manifest, with_also, with_changed
from tests.manifest.small import SMALL

CONFIGURATION = "accessKeyConfigurations/office"
KEY = "accessKeys/office--default"


def with_access(access: Any) -> Observed:
    return with_changed(applied(manifest()), CONFIGURATION, lambda body: body.update(access=access))


def reasons(text: str, account: Observed) -> list[str]:
    return [reason for _, reason in make_plan(manifest(text), account).widening()]


NOTHING = SMALL
ALL_PROVIDERS = SMALL.replace(
    "        providers:\n          allow:\n            - openai\n            - $ref: providers/ollama\n", ""
)
ALL_MODELS = SMALL.replace("        models:\n          allow: []\n", "")
TWO_MODELS = SMALL.replace("allow: []", "allow: [openai:openai/a, openai:openai/b]")
PROVIDERS = {"allow": ["openai", "ollama"]}


@pytest.mark.parametrize(
    "text, access, expected",
    [
        (
            ALL_MODELS,
            {"providers": PROVIDERS, "models": {"allow": []}},
            "access.models: the list goes, so every model is allowed (was none)",
        ),
        (
            ALL_MODELS,
            {"providers": PROVIDERS, "models": {"allow": ["a", "b"]}},
            "access.models: the list goes, so every model is allowed (was 2 entries)",
        ),
        (
            ALL_PROVIDERS,
            {"providers": PROVIDERS, "models": {"allow": []}},
            "access.providers: the list goes, so every provider is allowed (was 2 entries)",
        ),
        (
            TWO_MODELS,
            {"providers": PROVIDERS, "models": {"allow": []}},
            "access.models: 2 entries more: openai:openai/a, openai:openai/b",
        ),
        (
            TWO_MODELS,
            {"providers": PROVIDERS, "models": {"allow": ["openai:openai/A"]}},
            "access.models: 1 entry more: openai:openai/b",
        ),
        (
            SMALL,
            {"providers": {"allow": ["openai"]}, "models": {"allow": []}},
            "access.providers: 1 entry more: ollama",
        ),
        (
            TWO_MODELS,
            {"providers": PROVIDERS, "models": "odd"},
            "access.models: 2 entries more: openai:openai/a, openai:openai/b",
        ),
        (TWO_MODELS, "odd", "access.providers: 2 entries more: ollama, openai"),
    ],
)
def test_a_scope_that_grows_is_told(text: str, access: Any, expected: str) -> None:
    assert expected in reasons(text, with_access(access))


@pytest.mark.parametrize(
    "text, access",
    [
        (SMALL, {"providers": PROVIDERS, "models": {"allow": ["a"]}}),
        (SMALL, {"providers": PROVIDERS}),
        (SMALL, None),
        (
            TWO_MODELS,
            {"providers": PROVIDERS, "models": {"allow": ["openai:openai/B", "openai:openai/a", "c"]}},
        ),
        (TWO_MODELS, {}),
    ],
)
def test_a_scope_that_shrinks_is_not(text: str, access: Any) -> None:
    plan = make_plan(manifest(text), with_access(access))
    assert plan.has_changes
    assert list(plan.widening()) == []


def with_steps(steps: Any) -> Observed:
    rules = {"rules": [{"provider": "openai", "steps": steps}]} if steps is not None else None
    return with_changed(applied(manifest()), CONFIGURATION, lambda body: body.update(router=rules))


NO_RULE = SMALL[: SMALL.index("      router:")] + SMALL[SMALL.index("accessKeys:\n") :]


def test_who_pays_is_told() -> None:
    own = {"type": "user", "keys": [{"id": "aigpk_1"}]}
    other = {"type": "user", "keys": [{"id": "aigpk_9"}, {"id": "aigpk_1"}]}
    ngrok = {"type": "ngrok"}
    now = "providerKeys/openai-primary, then credits"
    assert reasons(SMALL, with_steps([own])) == [
        f"router: openai is paid by {now}; until now by providerKeys/openai-primary"
    ]
    assert reasons(SMALL, with_steps([ngrok, own])) == [
        f"router: openai is paid by {now}; until now by credits, then providerKeys/openai-primary"
    ]
    assert reasons(SMALL, with_steps([other, ngrok])) == [
        f"router: openai is paid by {now}; until now by aigpk_9, then providerKeys/openai-primary, then credits"
    ]
    assert reasons(SMALL, with_steps(None)) == [
        f"router: a rule for openai comes: {now}; without one the account's credits pay for a built-in provider"
    ]
    assert reasons(NO_RULE, applied(manifest())) == [
        f"router: the rule for openai goes (was {now}); for a built-in provider the account's credits pay then"
    ]
    assert reasons(SMALL, with_steps("odd")) == [
        f"router: openai is paid by {now}; until now by nobody knows who"
    ]


def test_what_pays_the_same_is_not() -> None:
    own = {
        "type": "user",
        "keySelectionStrategy": "ordered",
        "keys": [{"id": "aigpk_1", "name": "n", "keyRedacted": "x"}],
    }
    assert reasons(SMALL, with_steps([own, {"type": "ngrok"}])) == []


TWO = SMALL.replace(
    "accessKeys:\n",
    """\
  - ref: wide
    body:
      name: wide
      router:
        rules:
          - provider: openai
            steps: [{type: ngrok}]
accessKeys:
""",
).replace("$ref: accessKeyConfigurations/office", "$ref: accessKeyConfigurations/wide")


def test_a_key_that_changes_to_a_wider_configuration_is_told() -> None:
    account = applied(manifest())
    assert reasons(TWO, account) == [
        "its configuration changes: access.providers: the list goes, so every provider is allowed (was 2 entries)",
        "its configuration changes: access.models: the list goes, so every model is allowed (was none)",
        "its configuration changes: router: openai is paid by credits; until now by providerKeys/openai-primary, then credits",
    ]


def test_a_key_that_changes_to_a_narrower_configuration_is_not() -> None:
    wide = live(
        "accessKeyConfigurations",
        "aigac_w",
        {"name": "w", "router": applied(manifest()).objects["accessKeyConfigurations"][0].body["router"]},
    )
    account = with_changed(
        applied(manifest()), KEY, lambda body: body["accessKeyConfiguration"].update(id="aigac_w")
    )
    assert reasons(SMALL, with_also(account, [wide])) == []


def test_a_key_without_a_configuration_gets_another_payer() -> None:
    account = with_changed(applied(manifest()), KEY, lambda body: body.update(accessKeyConfiguration=None))
    assert reasons(SMALL, account) == [
        "it had no configuration: any provider key of the account paid, then only what the new one says"
    ]


def test_a_key_that_changes_to_a_configuration_nobody_knows_is_told_and_cannot_be_changed() -> None:
    text = SMALL.replace(
        "accessKeyConfigurationId:\n        $ref: accessKeyConfigurations/office",
        "accessKeyConfigurationId: aigac_77",
    )
    plan = make_plan(manifest(text), applied(manifest()))
    assert [reason for _, reason in plan.widening()] == [
        "accessKeyConfigurationId: what its new configuration allows is not known"
    ]
    assert [address for address, _ in plan.problems()] == [KEY]


def test_requests_that_go_to_another_server_are_told() -> None:
    assert reasons(SMALL.replace("https://ollama.internal", "https://evil.example"), applied(manifest())) == [
        "baseUrl: requests and the provider's keys go to https://evil.example, no longer to https://ollama.internal"
    ]
    path = SMALL.replace("https://ollama.internal", "https://ollama.internal/other-tenant")
    assert reasons(path, applied(manifest())) == [
        "baseUrl: requests and the provider's keys go to https://ollama.internal/other-tenant, no longer to https://ollama.internal"
    ]
    assert (
        reasons(SMALL.replace("https://ollama.internal", "https://ollama.internal/"), applied(manifest()))
        == []
    )
    other = SMALL.replace("        - modelId: small", "        - {modelId: small, providerModelId: large}")
    assert reasons(other, applied(manifest())) == ["models: small is sent as large, no longer as small"]
    surface = "      supportedApiSurfaces: [{format: openai, baseUrl: 'https://evil.example'}]\n      models:\n        - modelId: small"
    moved = SMALL.replace("      models:\n        - modelId: small", surface)
    assert reasons(moved, applied(manifest())) == [
        "supportedApiSurfaces: requests and the provider's keys go to https://evil.example"
    ]


def test_a_surface_that_goes_to_another_server_is_told() -> None:
    def at(first: str, second: str) -> str:
        surfaces = "".join(
            f"{{format: {name}, surface: x{f', baseUrl: {url}' if url else ''}}}, "
            for name, url in (("openai", first), ("anthropic", second))
        )
        return SMALL.replace(
            "      models:\n        - modelId: small",
            f"      supportedApiSurfaces: [{surfaces}]\n      models:\n        - modelId: small",
        )

    one, other = "'https://one.example'", "'https://other.example'"
    before = applied(manifest(at(one, other)))
    to = "supportedApiSurfaces: requests and the provider's keys go to"
    assert reasons(at(one, other), before) == []
    assert reasons(at(other, one), before) == [f"{to} https://one.example, https://other.example"]
    assert reasons(at(one, ""), before) == [f"{to} https://ollama.internal"]
