"""Policies that people may write, each with a difference that a finding has to tell: none of them stops a run."""

from __future__ import annotations

import json
from typing import Any

import pytest

from migrator.api import Input, Options, convert
from migrator.comparison import verify
from migrator.verify import announce

Data = dict[str, Any]


def policy(*rules: Data) -> Data:
    return {"on_http_request": list(rules)}


def gateway(
    *providers: Data, strategy: str | None = None, expression: str | None = None, **more: Any
) -> Data:
    config: Data = {"providers": list(providers), **more}
    if strategy is not None:
        config["model_selection"] = {"strategy": [strategy]}
    return {
        **({} if expression is None else {"expressions": [expression]}),
        "actions": [{"type": "ai-gateway", "config": config}],
    }


def own(provider: str, *names: str, **more: Any) -> Data:
    keys = [{"value": f"${{secrets.get('{provider}', '{name}')}}"} for name in names]
    return {"id": provider, "api_keys": keys, **more}


ALICE: Data = {
    "expressions": ["req.headers['authorization'][0] != 'Bearer ' + secrets.get('clients', 'alice')"],
    "actions": [{"type": "deny"}],
}
BASIC = {"actions": [{"type": "basic-auth", "config": {"credentials": ["alice:made-up-1", "bob:made-up-2"]}}]}
HEADER = "req.headers['authorization'][0]"
SPLIT: Data = {
    "expressions": [
        f"!{HEADER}.startsWith('Bearer ') || {HEADER}.split(' ')[1] != secrets.get('clients', 'alice')"
    ],
    "actions": [{"type": "deny"}],
}
IS_RED = "getReqHeader('x-api-key') == secrets.get('teams', 'red')"

CASES: dict[str, tuple[Data, dict[str, str]]] = {
    "a choice of one among a provider's only model and unknown ones": (
        policy(
            gateway(
                own("openrouter", "a", models=[{"id": "m/a"}]),
                strategy="ai.models.random()",
                only_allow_configured_providers=True,
            )
        ),
        {},
    ),
    "a choice of one among the models of one provider of many": (
        policy(
            gateway(
                own("openrouter", "a", models=[{"id": "m/a"}]),
                strategy="ai.models.onlyProviders(['openrouter'])[0]",
            )
        ),
        {},
    ),
    "a choice of the only model, with several keys": (
        policy(
            gateway(
                own("google", "a", "b", models=[{"id": "gpt-4.1"}]),
                strategy="ai.models[0]",
                only_allow_configured_models=True,
            )
        ),
        {},
    ),
    "a strategy that calls a provider as the policy does": (
        policy(gateway(own("OpenAI", "primary"), strategy="ai.models.onlyProviders(['OpenAI'])")),
        {},
    ),
    "a strategy that calls a provider by another name of it": (
        policy(gateway(own("openai", "primary"), strategy="ai.models.onlyProviders(['open-AI'])")),
        {},
    ),
    "a strategy over providers without keys": (
        policy(gateway(strategy="ai.models.filter(m, m.id.contains('mini'))")),
        {},
    ),
    "an order over providers without keys": (
        policy(gateway({"id": "google"}, strategy="ai.models.sortBy(m, m.pricing.input)")),
        {},
    ),
    "a choice that ngrok does not serve": (
        policy(
            gateway(
                {"id": "openai", "models": [{"id": "nobody-has-it"}]},
                strategy="ai.models.onlyAuthors(['openai'])",
            )
        ),
        {},
    ),
    "a strategy that is never reached": (
        policy(gateway(own("openai", "a")), gateway(strategy="ai.models.onlyProviders(['openai'])")),
        {"unreachable:p-.json--2": "convert"},
    ),
    "a strategy over a provider that moves to a built-in one": (
        policy(
            gateway(
                {
                    "id": "z-ai",
                    "base_url": "https://llm.example.com/v1",
                    "models": [{"id": "llama3"}],
                    **own("z-ai", "k"),
                },
                strategy="ai.models.filter(m, m.max_context_window > 200000)",
            )
        ),
        {"reserved-id:p-.json:z-ai": "built-in"},
    ),
    "a list across a provider that moves to a built-in one": (
        policy(
            gateway(
                {**own("moonshotai", "b"), "base_url": "https://llm.example.com/v1"},
                strategy="ai.models.ignore(['gpt-4o'])",
            )
        ),
        {"reserved-id:p-.json:moonshotai": "built-in"},
    ),
    "an alternate name of a model that cannot be used": (
        policy(
            gateway(own("llm", "a", base_url="https://l", models=[{"id": "x" * 300, "id_aliases": ["sm"]}]))
        ),
        {},
    ),
    "an alias like a built-in id": (policy(gateway(own("groq", "a", id_aliases=["anthropic"]))), {}),
    "an alias like a built-in id, in capitals": (
        policy(gateway({"id": "openrouter", "id_aliases": ["OPENAI"]})),
        {},
    ),
    "an alias like a built-in id, of a disabled provider": (
        policy(gateway({"id": "groq", "id_aliases": ["openai"], "disabled": True})),
        {},
    ),
    "an alternate name at another server of a built-in id": (
        policy(
            gateway(
                own(
                    "anthropic",
                    "k",
                    base_url="https://llm.example.com/v1",
                    models=[{"id": "claude-opus-4.1", "id_aliases": ["smart"]}],
                )
            )
        ),
        {},
    ),
    "an alias like another configured provider's id": (
        policy(
            gateway(own("llm", "a", base_url="https://llm.internal"), own("openai", "b", id_aliases=["LLM"]))
        ),
        {},
    ),
    "one alias of two providers, one of which has no server": (
        policy(
            gateway(
                {"id": "llm", "id_aliases": ["deepseek"]},
                own("my-llm", "a", base_url="https://llm.internal", id_aliases=["deepseek"]),
            )
        ),
        {},
    ),
    "ids that differ in case alone, at one server": (
        policy(
            gateway(
                {"id": "llm", "base_url": "https://llm.internal"},
                {"id": "LLM", "base_url": "https://llm.internal"},
            )
        ),
        {},
    ),
    "ids that differ in case alone, at two servers": (
        policy(
            gateway(
                own("llm", "a", base_url="https://llm.internal"),
                own("LLM", "b", base_url="https://gpu.internal"),
            )
        ),
        {},
    ),
    "one id at two servers, one of which is disabled": (
        policy(
            gateway(
                {"id": "llm", "base_url": "https://llm.internal", "models": [{"id": "llama3"}]},
                {"id": "llm", "base_url": "https://gpu.internal", "disabled": True},
                only_allow_configured_models=True,
            )
        ),
        {},
    ),
    "an alias of the second entry of an id, the first of which moved": (
        policy(
            gateway(
                own("google", "a", base_url="https://llm.example.com/v1"),
                {"id": "google", "id_aliases": ["openrouter"]},
            )
        ),
        {},
    ),
    "an alias of the second entry of an id, which has no server": (
        policy(
            gateway(own("llm", "a", base_url="https://llm.internal"), {"id": "llm", "id_aliases": ["groq"]})
        ),
        {},
    ),
    "an alternate name like another model's, in capitals": (
        policy(
            gateway(
                own(
                    "openai",
                    "a",
                    models=[
                        {"id": "gpt-4o", "author_id": "acme"},
                        {"id": "sonnet-3.7", "id_aliases": ["GPT-4o"]},
                    ],
                ),
                only_allow_configured_models=True,
            )
        ),
        {},
    ),
    "a model that another provider has, too": (
        policy(
            gateway(own("z-ai", "a", models=[{"id": "meta-llama/llama-3.3-70b-versatile"}]), {"id": "groq"})
        ),
        {},
    ),
    "a strategy over two servers of one id": (
        policy(
            gateway(
                {"id": "anthropic"},
                {"id": "ANTHROPIC", "base_url": "https://llm.example.com/v1", "models": [{"id": "gpt-5"}]},
                strategy="ai.models + ai.models.only(['gpt-4o-mini'])",
            )
        ),
        {"who-pays:p-.json:anthropic": "supply-key"},
    ),
    "a team's key behind a check that decides by more than a key": (
        policy(
            {
                "expressions": [f"req.method == 'GET' || {ALICE['expressions'][0]}"],
                "actions": [{"type": "deny"}],
            },
            gateway(own("openai", "a"), expression=IS_RED),
        ),
        {},
    ),
    "a surface that cannot be used, in the second entry of a provider": (
        policy(
            gateway(
                own("own", "a", base_url="https://own.example.com"),
                own(
                    "OWN",
                    "a",
                    base_url="https://own.example.com",
                    supported_api_surfaces=[{"format": "anthropic"}, {"surface": "nothing"}],
                ),
                only_allow_configured_providers=True,
            )
        ),
        {},
    ),
    "a base URL in capitals": (policy(gateway({"id": "vllm", "base_url": "HTTPS://VLLM.internal"})), {}),
    "a host that is called like localhost": (
        policy(gateway({"id": "vllm", "base_url": "https://llm-localhost.example.com/localhost"})),
        {},
    ),
    "a model without a name": (
        policy(
            gateway(
                own("ollama", "k", base_url="https://ollama.internal", models=[""]),
                only_allow_configured_providers=True,
            )
        ),
        {},
    ),
    "an alias like a built-in id that the policy configures, of another server": (
        policy(
            gateway(
                own("groqcloud", "a", base_url="http://gpu.internal:8080", id_aliases=["OpenAI"]),
                {"id": "OpenAI", "models": [{"id": "llama-3.1-8b-instant"}]},
            )
        ),
        {},
    ),
    "an alternate name at a server that is computed, beside the built-in provider of that id": (
        policy(
            gateway(
                {
                    "id": "Deepseek",
                    "base_url": "${vars.url}",
                    "models": [{"id": "m", "id_aliases": ["claude-opus-4.1"]}],
                },
                own("deepseek", "a"),
            )
        ),
        {},
    ),
    "an alias like a built-in id, of a provider without a server": (
        policy(gateway({"id": "My-LLM", "id_aliases": ["OpenAI"]}, only_allow_configured_providers=True)),
        {},
    ),
    "entries of one server, of which one lists what it serves": (
        policy(
            gateway(
                {
                    "id": "llm",
                    "base_url": "https://llm.internal",
                    "supported_api_surfaces": [{"format": "anthropic"}],
                },
                own("llm", "a", base_url="https://llm.internal", models=[{"id": "m"}]),
                only_allow_configured_models=True,
            )
        ),
        {},
    ),
    "an alternate name like a model's own, in capitals": (
        policy(
            gateway(
                own(
                    "xai",
                    "a",
                    base_url="https://llm.example.com/v1",
                    models=[{"id": "llama3"}, {"id": "Llama3", "id_aliases": ["GPT-4o"]}, {"id": "gpt-4o"}],
                )
            )
        ),
        {},
    ),
    "an alternate name like a later model's own": (
        policy(
            gateway(
                own(
                    "llm",
                    "a",
                    base_url="https://llm.internal",
                    models=[{"id": "small", "id_aliases": ["large"]}, {"id": "large", "id_aliases": ["big"]}],
                )
            )
        ),
        {},
    ),
    "an alternate name of the second entry of a built-in id, at another server": (
        policy(
            gateway(
                own("OPENROUTER", "b"),
                {
                    "id": "OPENROUTER",
                    "base_url": "https://llm.example.com/v1?api-version=1",
                    "models": [{"id": "m", "id_aliases": ["gemini-2.0-flash"]}],
                },
            )
        ),
        {},
    ),
    "an alias like another provider's id, with a model that both have": (
        policy(
            gateway(
                {"id": "My-LLM", "base_url": "https://llm.internal", "models": [{"id": "claude-opus-4.1"}]},
                own(
                    "OpenAI",
                    "a",
                    models=[{"id": "gpt-4o-mini", "id_aliases": ["claude-opus-4.1"]}],
                    id_aliases=["My-LLM"],
                ),
            )
        ),
        {},
    ),
    "an alias like the id of a server that serves another format": (
        policy(
            gateway(
                own(
                    "llm",
                    "a",
                    base_url="https://llm.internal",
                    supported_api_surfaces=[{"format": "anthropic"}],
                ),
                own("openrouter", "b", id_aliases=["llm"]),
                only_allow_configured_providers=True,
            )
        ),
        {},
    ),
    "an alternate name at a server that is computed, in a list": (
        policy(
            gateway(
                {
                    "id": "Google",
                    "base_url": "${vars.url}",
                    "models": [{"id": "gpt-4o-2024-08-06", "id_aliases": ["default"]}],
                },
                own("google", "b"),
            )
        ),
        {},
    ),
    "a model that a strategy chose, whose name is another one's alternate name": (
        policy(
            gateway(
                own(
                    "open-ai",
                    "a",
                    base_url="https://gpu.internal",
                    models=[{"id": "nobody-has-it", "id_aliases": ["gpt-5"]}],
                ),
                strategy="ai.models.sortBy(m, m.max_context_window).ignore(['nobody-has-it', 'gpt-4o-mini'])",
            )
        ),
        {},
    ),
    "an alternate name that a later entry gives an earlier model": (
        policy(
            gateway(
                own(
                    "llm",
                    "a",
                    base_url="https://llm.internal",
                    models=[{"id": "m"}, {"id": "n", "id_aliases": ["fast"]}],
                ),
                own(
                    "llm",
                    "b",
                    base_url="https://llm.internal",
                    models=[{"id": "m", "id_aliases": ["fast"]}],
                ),
            )
        ),
        {},
    ),
    "an alternate id like another provider's of the same server, in capitals": (
        policy(
            gateway(
                own(
                    "LLM",
                    "a",
                    base_url="https://llm.internal",
                    models=[{"id": "m", "id_aliases": ["gemini-2.5-flash"]}],
                    id_aliases=["My-LLM"],
                ),
                {"id": "my-llm", "base_url": "https://LLM.internal"},
            )
        ),
        {},
    ),
    "an alternate name of a model that is disabled in other letters": (
        policy(
            gateway(
                {
                    "id": "llm",
                    "base_url": "https://llm.internal",
                    "models": [
                        {"id": "gpt-4o", "disabled": True},
                        {"id": "GPT-4o", "id_aliases": ["smart"]},
                    ],
                }
            )
        ),
        {},
    ),
    "a strategy that perhaps keeps what no catalogue knows, and else nothing": (
        policy(
            gateway(
                {"id": "llm", "base_url": "https://llm.internal"},
                strategy="req.method == 'POST' ? ai.models.ignoreProviders(['openai']) : ai.models[0]",
                only_allow_configured_providers=True,
            )
        ),
        {},
    ),
    "a server that moves to the built-in provider, which has keys of its own": (
        policy(
            gateway(
                own("deepseek", "a"),
                own("Deepseek", "b", "c", base_url="https://llm.example.com/v1"),
                own("deepseek", "c"),
            )
        ),
        {"reserved-id:p-.json:Deepseek": "built-in"},
    ),
    "a choice among models of two servers of one id": (
        policy(
            gateway(
                {"id": "xai", "base_url": "https://one.example.com/v1"},
                {"id": "XAI", "base_url": "https://two.example.com/v1", "models": [{"id": "smart"}]},
                strategy="ai.models.ignoreProviders(['LLM'])",
                only_allow_configured_models=True,
            )
        ),
        {},
    ),
    "an alternate name at a server that two providers have": (
        policy(
            gateway(
                own("llm", "a", base_url="https://llm.internal"),
                own(
                    "my-llm",
                    "b",
                    base_url="https://llm.internal",
                    models=[{"id": "m", "id_aliases": ["fast"]}],
                ),
            )
        ),
        {},
    ),
    "a check that cuts the scheme off, in front of another one": (policy(SPLIT, BASIC, gateway()), {}),
    "two checks of clients": (policy(ALICE, BASIC, gateway({"id": "my-llm"})), {}),
    "a key beside a team": (policy(ALICE, gateway(own("openai", "a"), expression=IS_RED)), {}),
}


@pytest.mark.parametrize("case", CASES)
def test_every_difference_of_it_is_told(case: str) -> None:
    data, decisions = CASES[case]
    text = json.dumps(data, indent=1)  # on lines of their own: a finding tells of whatever its line is about
    result = convert([Input("p.json", "p.json", text.encode())], Options(decisions=decisions))
    verdicts = [unit.verdict for unit in result.units if unit.configuration is not None]
    assert verdicts
    assert [one for found in verdicts if found is not None for one in found.unannounced] == []


ALIASED = {
    "the surface of a provider": (
        "&word nothing",
        "{id: own, OWN, supported_api_surfaces: [{format: anthropic}, {surface: *word}]}",
    ),
    "the id of a provider": ('&word "a b"', "{id: *word}, {id: openai, KEYS}"),
    "the surfaces of a provider, by a merge": (
        "&other {supported_api_surfaces: [{format: anthropic}, {surface: nothing}]}",
        "{id: own, OWN, <<: *other}",
    ),
    "the id of a provider, by a merge": ('&word {id: "a b"}', "{<<: *word}, {id: openai, KEYS}"),
    "a key and a value of a provider": (
        "[&word id, &other nothing]",
        "{*word : own, OWN, supported_api_surfaces: [{format: anthropic}, {surface: *other}]}",
    ),
}
"""What stands on line 2, and the providers that repeat it."""


def aliased(words: str, providers: str, name: str) -> bytes:
    keys = f"api_keys: [{{value: \"${{secrets.get('own', '{name}')}}\"}}]"
    written = providers.replace("OWN", "base_url: https://own.example.com, KEYS").replace("KEYS", keys)
    return f"""
words: {words}
on_http_request:
  - actions:
      - type: ai-gateway
        config:
          only_allow_configured_providers: true
          providers: [{written}]
""".encode()


@pytest.mark.parametrize("case", ALIASED)
def test_what_is_told_at_an_anchor_is_about_who_repeats_it(case: str) -> None:
    texts = {f"{name}.yaml": aliased(*ALIASED[case], name) for name in ("one", "two")}
    result = convert([Input(path, path, text) for path, text in texts.items()])
    assert {found.at.span.line for found in result.findings if found.code == "P019" and found.at} == {2}
    verdicts = [unit.verdict for unit in result.units]
    for found in verdicts:
        assert found is not None
        assert found.unannounced == ()
        repeated = [one for one in found.differences if any(at.span.line == 2 for at in one.sources)]
        assert any(one.announced is not None and one.announced.code == "P019" for one in repeated)


def forward(**more: Any) -> Data:
    action = {"type": "forward-internal", "config": {"url": "https://gateway.internal"}}
    return {"actions": [action], **more}


def rejecting(*clients: str) -> Data:
    """A rule that refuses whoever sends none of these clients' tokens."""
    tokens = ", ".join(f"secrets.get('clients', '{name}')" for name in clients)
    return {"expressions": [f"!(getReqHeader('x-api-key') in [{tokens}])"], "actions": [{"type": "deny"}]}


FLEETS: dict[str, tuple[Data, ...]] = {
    "a literal that is another one in another file": (
        policy(gateway(expression="getReqHeader('x-api-key') == 'sk-made-up-b6fd7dadd658-Zx7'")),
        policy(BASIC, forward()),
    ),
    "a branch behind a check of clients": (
        policy(rejecting("bob"), BASIC, gateway()),
        policy(forward(expressions=["getReqHeader('x-team') == 'red'"])),
    ),
    "a team behind a check of another header": (
        policy(gateway(expression="getReqHeader('x-api-key') in [secrets.get('teams', 'blue')]")),
        policy(ALICE, BASIC, forward()),
    ),
    "an alternate name of a shared server, which another policy gives a model that is left out": (
        policy(
            gateway({"id": "LLM", "base_url": "https://l", "models": [{"id": "m", "id_aliases": ["fast"]}]})
        ),
        policy(
            gateway(
                own("LLM", "a", base_url="https://l"),
                {"id": "LLM", "models": [{"id": "other", "id_aliases": ["fast"]}]},
            )
        ),
    ),
    "an alias of a server that is refused, which is another policy's provider": (
        policy(gateway({"id": "OpenAI", "base_url": "http://localhost:11434", "id_aliases": ["My-LLM"]})),
        policy(gateway({"id": "My-LLM", "base_url": "https://llm.internal"})),
    ),
}
"""Policies of endpoints of their own; the first one's is the internal one that others forward to."""


@pytest.mark.parametrize("case", FLEETS)
def test_every_difference_of_a_fleet_is_told(case: str) -> None:
    inputs = []
    for number, data in enumerate(FLEETS[case]):
        url = "https://gateway.internal" if number == 0 else f"https://{number}.example.com"
        held = {"version": 3, "endpoints": [{"name": f"ep-{number}", "url": url, "traffic_policy": data}]}
        inputs.append(Input(f"{number}.yaml", f"{number}", json.dumps(held, indent=1).encode()))
    result = convert(inputs)
    assert any(unit.verdict is not None for unit in result.units)
    assert [found.text for found in result.findings if found.code == "V003"] == []


def test_a_client_whose_password_stands_in_another_file_keeps_its_access_key() -> None:
    inner = policy(gateway(expression="getReqHeader('x-api-key') == 'sk-made-up-b6fd7dadd658-Zx7'"))
    outer = policy(BASIC, forward())
    inputs = [
        Input(
            f"{name}.yaml",
            name,
            json.dumps({"version": 3, "endpoints": [{"url": url, "traffic_policy": data}]}).encode(),
        )
        for name, url, data in (
            ("inner", "https://gateway.internal", inner),
            ("outer", "https://out.example.com", outer),
        )
    ]
    result = convert(inputs)
    assert {found.facts["clients"] for found in result.findings if found.code == "T616"} == {"alice, bob"}
    assert "T615" in {found.code for found in result.findings}


def test_an_id_that_another_policy_spells_otherwise_is_told() -> None:
    spelled = {
        "a": policy(gateway({"id": "LLM", "base_url": "https://a.internal", "models": [{"id": "o3"}]})),
        "b": policy(gateway(own("llm", "k", base_url="https://b.internal"))),
    }
    inputs = [
        Input(f"{name}.json", f"{name}.json", json.dumps(data).encode()) for name, data in spelled.items()
    ]
    result = convert(inputs)
    assert [found.code for found in result.findings if found.code == "V003"] == []
    told = {(found.unit, found.facts["alias"]) for found in result.findings if found.code == "T105"}
    assert told == {("a-.json", "llm"), ("b-.json", "LLM")}


KEY = {"id": "aigk_1", "description": "chat app", "endpoint": {"id": "ep_1"}}


@pytest.mark.parametrize(
    "providers, attached, decisions",
    [
        (({"id": "openrouter"},), (), {"who-pays:ai.example.com:openrouter": "supply-key"}),
        (({"id": "anthropic"},), (), {"who-pays:ai.example.com:anthropic": "supply-key"}),
        ((own("deepseek", "k", id_aliases=["openai"]),), ("openai",), {}),
        ((own("MY-LLM", "k", base_url="https://llm.example.com/v1"),), ("my-llm",), {}),
        ((own("openai", "k"),), ("google",), {}),
        ((own("google", "k", base_url="https://llm.example.com/v1"),), ("gemini",), {}),
        (({"id": "my-llm"},), ("groq",), {}),
        (({"id": "openrouter", "id_aliases": ["anthropic"]},), ("anthropic",), {}),
        (({"id": "gemini", "base_url": "${vars.url}"},), ("Google",), {}),
        (({"id": "openai", "id_aliases": ["openrouter"]},), ("openrouter",), {}),
        (
            ({"id": "deepseek", "base_url": "http://gpu.internal:8080", "id_aliases": ["openai"]},),
            ("OpenAI",),
            {},
        ),
    ],
)
def test_every_difference_of_an_old_key_is_told(
    providers: tuple[Data, ...], attached: tuple[str, ...], decisions: dict[str, str]
) -> None:
    endpoint = {"id": "ep_1", "url": "https://ai.example.com", "traffic_policy": policy(gateway(*providers))}
    held = [
        {
            "id": f"aigpk_{n}",
            "provider_id": one,
            "created_at": "2026-05-01T00:00:00Z",
            "ai_gateway_api_key": {"id": "aigk_1"},
        }
        for n, one in enumerate(attached)
    ]
    documents = [
        {"endpoints": [endpoint], "uri": "x"},
        {"ai_gateway_api_keys": [KEY], "uri": "x"},
        {"ai_gateway_provider_keys": held, "uri": "x"},
    ]
    inputs = [Input(f"{n}.json", f"{n}.json", json.dumps(one).encode()) for n, one in enumerate(documents)]
    (unit,) = convert(inputs, Options(decisions=decisions)).units
    assert unit.verdict is not None
    assert unit.verdict.unannounced == ()


@pytest.mark.parametrize("form", ["!(HEADER in [{}])", "![{}].exists(one, one == HEADER)"])
def test_three_hundred_clients_of_one_check_get_an_access_key_each(form: str) -> None:
    tokens = ", ".join(f"secrets.get('clients', 'team-{number}')" for number in range(300))
    check = {
        "expressions": [form.format(tokens).replace("HEADER", "req.headers['x-api-key'][0]")],
        "actions": [{"type": "deny"}],
    }
    text = json.dumps(policy(check, gateway(own("openai", "a"))))
    result = convert([Input("p.json", "p.json", text.encode())])
    assert len(result.manifest()["accessKeys"]) == 300
    assert not {"P015", "R011", "V003"} & {found.code for found in result.findings}


def test_old_keys_of_one_name_are_told_apart() -> None:
    endpoint = {
        "id": "ep_1",
        "url": "https://ai.example.com",
        "traffic_policy": policy({"actions": [{"type": "deny"}]}, gateway(own("openai", "a"))),
    }
    held = [{"id": f"aigk_{n}", "description": "chat", "endpoint": {"id": "ep_1"}} for n in (1, 2)]
    attached = [
        {
            "id": "aigpk_1",
            "provider_id": "groq",
            "ai_gateway_api_key": {"id": "aigk_2"},
            "created_at": "2026-05-01T00:00:00Z",
        }
    ]
    documents = [
        {"endpoints": [endpoint], "uri": "x"},
        {"ai_gateway_api_keys": held, "uri": "x"},
        {"ai_gateway_provider_keys": attached, "uri": "x"},
    ]
    inputs = [Input(f"{n}.json", f"{n}.json", json.dumps(one).encode()) for n, one in enumerate(documents)]
    result = convert(inputs, Options(decisions={"unreachable:ai.example.com": "convert"}))
    wider = [found.text for found in result.findings if found.code == "V001"]
    assert any("chat (aigk_1)" in text for text in wider)
    assert any("chat (aigk_2)" in text for text in wider)


def test_a_difference_that_nothing_told_blocks_no_output_but_fails_the_run(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(announce, "ANNOUNCES", {})
    policy = b"on_http_request: [{actions: [{type: ai-gateway, config: {providers: [{id: openai}]}}]}]"
    item = Input("p.yaml", "p.yaml", policy)
    result = convert([item])
    told = [found for found in result.findings if found.code == "V003"]
    assert told
    assert {found.unit for found in told} == {"p"}
    assert result.manifest()["accessKeyConfigurations"]
    assert result.exit_code(None) == 2
    found = verify([item])
    assert found.exit_code(None) == 2
    assert "told by  no finding" in found.text()
    assert convert([item], Options(verify=False)).exit_code(None) == 0


def test_a_configured_author_does_not_move_a_model_that_is_known() -> None:
    policy = b"""
on_http_request:
  - actions:
      - type: ai-gateway
        config:
          only_allow_configured_models: true
          providers: [{id: google, models: [{id: gemini-2.5-flash, author_id: openai}, {id: nobody-has-it, author_id: acme}]}]
"""
    (unit,) = convert([Input("p.yaml", "p.yaml", policy)]).units
    assert unit.verdict is not None
    assert unit.verdict.unannounced == ()
    (configuration,) = convert([Input("p.yaml", "p.yaml", policy)]).manifest()["accessKeyConfigurations"]
    assert configuration["body"]["access"]["models"]["allow"] == [
        "google:google/gemini-2.5-flash",
        "google:acme/nobody-has-it",
    ]


def test_a_refusal_whose_only_condition_is_true_closes_the_gateway() -> None:
    deny = {"expressions": [" true "], "actions": [{"type": "deny"}]}
    own = gateway({"id": "openai"}, expression="req.headers['x-api-key'][0] == secrets.get('c', 'team')")
    result = convert([Input("p.json", "p.json", json.dumps(policy(deny, own)).encode())])
    assert {"P014"} <= {found.code for found in result.findings}
    assert result.manifest()["accessKeyConfigurations"] == []
    opened = Options(decisions={"unreachable:*": "convert"})
    (unit,) = convert([Input("p.json", "p.json", json.dumps(policy(deny, own)).encode())], opened).units
    assert unit.verdict is not None
    assert unit.verdict.unannounced == ()
