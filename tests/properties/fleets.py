"""Fleets made up at random: several files of several forms, with policies that gateways may have had.

Where ``policies`` breaks what does not quote, cut or escape, this is about meaning: few names, so that providers,
models, alternate names, servers and credentials of one fleet meet each other in every way. Nothing here knows the
migrator.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Final, NamedTuple

import yaml
from hypothesis import strategies as st

from tests.properties import expressions
from tests.properties.planting import made_up

Data = Any
Draw = Callable[[st.SearchStrategy[Any]], Any]

BUILT_IN: Final = ("openai", "anthropic", "google", "groq", "deepseek", "openrouter")
SPELLED: Final = (
    "OpenAI",
    "open-ai",
    "Anthropic",
    "gemini",
    "Google",
    "groqcloud",
    "DEEP-SEEK",
    "OPENROUTER",
)
CUSTOM: Final = ("llm", "LLM", "my-llm", "My-LLM", "moonshotai", "z-ai", "xai")
PROVIDERS: Final = (*BUILT_IN, *SPELLED, *CUSTOM)

SERVERS: Final = (
    *(
        "https://llm.example.com/v1",
        "https://gpu.internal",
        "http://gpu.internal:8080",
        "https://LLM.example.com/v1",
    ),
    *("https://llm.example.com/v1/", "https://llm.example.com/v1?api-version=1"),
)
OWN_SERVERS: Final = (
    "https://api.openai.com/v1",
    "https://api.groq.com/openai/v1",
    "https://api.moonshot.ai/v1",
)
REFUSED_SERVERS: Final = (
    "http://localhost:11434",
    "http://llm.example.com",
    "${vars.url}",
    "https://10.0.0.1/v1",
)

MODELS: Final = (
    *("gpt-4o", "GPT-4o", "gpt-4o-mini", "gpt-4o-2024-08-06", "gpt-5", "openai/gpt-4o", "o3"),
    *("claude-opus-4.1", "claude-sonnet-4-5", "claude-3-haiku-20240307", "sonnet-3.7", "gemini-2.5-flash"),
    *("gemini-2.0-flash", "deepseek-chat", "llama-3.1-8b-instant", "meta-llama/llama-3.3-70b-versatile"),
    *("llama3", "Llama3", "qwen3:4b", "smart", "nobody-has-it", "a/b"),
)
ALIASES: Final = (*MODELS, "fast", "Smart", "default")

LITERALS: Final = tuple(made_up(f"fleet {number}", "sk-") for number in range(8))
"""Every credential that a fleet writes out; nothing may show one."""

_REFERENCES: Final = tuple(
    f"${{secrets.get('{vault}', '{name}')}}" for vault in ("openai", "llm", "team") for name in ("a", "b")
)
_VARIABLES: Final = ("${OPENAI_API_KEY}", "$LLM_KEY")
_COMPUTED: Final = ("${vars.key}", "${req.headers['x-key'][0]}", "${secrets.get('a', 'b') + 'x'}")

_flag = st.booleans()


def often(of: int) -> st.SearchStrategy[bool]:
    """True once in so many times."""
    return st.integers(1, of).map(lambda drawn: drawn == of)


key_values: Final = st.one_of(
    *[st.sampled_from(_REFERENCES)] * 3, *map(st.sampled_from, (LITERALS, _VARIABLES, _COMPUTED))
)
keys: Final = st.lists(key_values.map(lambda value: {"value": value}), max_size=3)
aliases: Final = st.lists(st.sampled_from(ALIASES), min_size=1, max_size=2)
provider_aliases: Final = st.lists(st.sampled_from((*PROVIDERS, "fast")), min_size=1, max_size=2)


@st.composite
def model(draw: Draw) -> Data:
    """One entry of ``models``; now and then its id alone."""
    made: Data = {"id": draw(st.sampled_from(MODELS))}
    if draw(often(12)):
        return made["id"]
    if draw(often(3)):
        made["id_aliases"] = draw(aliases)
    if draw(often(6)):
        made["disabled"] = draw(_flag)
    if draw(often(4)):
        more = {
            "author_id": st.sampled_from(("openai", "meta", "acme")),
            "metadata": st.sampled_from(({"tier": "a"}, {"tier": "b"}, {"team": "red"})),
            "max_context_window": st.sampled_from((8_000, 128_000, 1_000_000)),
            "input_modalities": st.sampled_from((["text"], ["text", "image"])),
            "supported_features": st.just(["tools"]),
            "unsupported_params": st.just([{"name": "top_k"}]),
        }
        made |= draw(st.fixed_dictionaries({}, optional=more))
    return made


@st.composite
def provider(draw: Draw) -> Data:
    """One entry of ``providers``."""
    kind = draw(st.sampled_from(("built-in", "built-in", "spelled", "custom", "custom", "moved", "odd")))
    named = {"built-in": BUILT_IN, "spelled": SPELLED, "custom": CUSTOM}.get(kind, PROVIDERS)
    made: Data = {"id": draw(st.sampled_from(named))}
    if kind in ("custom", "moved") or (kind == "odd" and draw(_flag)):
        servers = (*SERVERS, *SERVERS, *OWN_SERVERS, *(REFUSED_SERVERS if kind == "odd" else ()))
        made["base_url"] = draw(st.sampled_from(servers))
    if draw(st.integers(0, 3)):
        made["api_keys"] = draw(keys)
    if draw(_flag):
        made["models"] = draw(st.lists(model(), max_size=3))
    if draw(often(4)):
        made["id_aliases"] = draw(provider_aliases)
    if draw(often(8)):
        made["disabled"] = draw(_flag)
    if draw(often(8)):
        made["metadata"] = draw(st.sampled_from(({"tier": "a"}, {"team": "red"})))
    if draw(often(6)):
        formats = st.sampled_from(({"format": "anthropic"}, {"format": "openai", "surface": "responses"}))
        made["supported_api_surfaces"] = draw(st.lists(formats, min_size=1, max_size=2))
    return made


@st.composite
def providers(draw: Draw) -> list[Data]:
    """Providers of one configuration, some of which are others once more: by case, server, keys or alias."""
    made = draw(st.lists(provider(), max_size=3))
    for source in list(made):
        if draw(often(4)):
            made.insert(draw(st.integers(0, len(made))), draw(_again(source)))
    return made


@st.composite
def _again(draw: Draw, source: Data) -> Data:
    name = source["id"]
    other = draw(provider())
    other["id"] = draw(st.sampled_from((name, name, name.upper(), name.lower(), name.title())))
    if draw(_flag) and "base_url" in source:
        other["base_url"] = source["base_url"]
    elif draw(often(4)):
        other["id"], other["id_aliases"] = draw(st.sampled_from(PROVIDERS)), [name]
    return other


_strategies = st.one_of(
    *[st.lists(expressions.models, min_size=1, max_size=3)] * 6, expressions.models, st.just("fastest")
).map(lambda held: {"strategy": held})
_key_strategies = st.lists(expressions.keys, min_size=1, max_size=2).map(lambda held: {"strategy": held})

_settings = st.fixed_dictionaries(
    {},
    optional={
        "max_input_tokens": st.sampled_from((1_000, 50_000)),
        "max_output_tokens": st.sampled_from((500, 4_000)),
        "headers": st.sampled_from(
            (
                {"x-trace": "1"},
                {"authorization": f"Bearer {LITERALS[0]}"},
                {"x-api-key": "${secrets.get('h', 'k')}"},
            )
        ),
        "query_params": st.sampled_from(({"api-version": "1"}, {"api_key": LITERALS[1]}, {"team": "red"})),
        "body": st.sampled_from(({"temperature": 0}, {"user": "${req.method}"})),
        "on_error": st.sampled_from(("halt", "continue")),
        "total_timeout": st.sampled_from(("90s", "5m")),
        "per_request_timeout": st.sampled_from(("30s", "1m")),
    },
)


@st.composite
def config(draw: Draw) -> Data:
    """The configuration of one action."""
    made: Data = {}
    if draw(st.integers(0, 9)):
        made["providers"] = draw(providers())
    for switch in ("only_allow_configured_providers", "only_allow_configured_models"):
        if draw(often(3)):
            made[switch] = draw(st.sampled_from((True, True, False)))
    if draw(often(3)):
        made["model_selection"] = draw(_strategies)
    if draw(often(6)):
        made["api_key_selection"] = draw(_key_strategies)
    if draw(often(4)):
        made |= draw(_settings)
    return made


def _rule(*actions: Data, when: str | None = None) -> Data:
    return {**({} if when is None else {"expressions": [when]}), "actions": list(actions)}


_TOKENS: Final = ("secrets.get('clients', 'alice')", "secrets.get('clients', 'bob')", f"'{LITERALS[2]}'")
_HEADER: Final = "req.headers['authorization'][0]"
_CHECKS: Final = (
    "{header} != 'Bearer ' + {one}",
    "!({header} in ['Bearer ' + {one}, 'Bearer ' + {other}])",
    "!(getReqHeader('x-api-key') in [{one}, {other}])",
    "{header} != {one} && {header} != {other}",
    "!hasReqHeader('authorization') || {header} != {one}",
    "!{header}.startsWith('Bearer ') || {header}.split(' ')[1] != {one}",
    "req.method == 'GET' || {header} != {one}",
)
_REFUSALS: Final[tuple[Data, ...]] = (
    {"type": "deny"},
    {"type": "custom-response", "config": {"status_code": 401}},
)
_FRONT: Final[tuple[Data, ...]] = (
    _rule({"type": "basic-auth", "config": {"credentials": [f"alice:{LITERALS[3]}", f"bob:{LITERALS[4]}"]}}),
    _rule(
        {
            "type": "basic-auth",
            "config": {"credentials": ["${secrets.get('users', 'ann')}"], "enforce": False},
        }
    ),
    _rule(
        {
            "type": "jwt-validation",
            "config": {"issuer": {"allow_list": [{"value": "https://id.example.com"}]}},
        }
    ),
    _rule({"type": "restrict-ips", "config": {"enforce": True, "allow": ["10.0.0.0/8"]}}),
    _rule({"type": "rate-limit", "config": {"name": "x", "capacity": 9, "rate": "60s"}}),
    _rule({"type": "set-vars", "config": {"vars": [{"url": "https://vars.internal"}, {"key": LITERALS[5]}]}}),
    _rule({"type": "add-headers", "config": {"headers": {"authorization": f"Bearer {LITERALS[6]}"}}}),
    _rule({"type": "deny"}, when="conn.client_ip == '203.0.113.9'"),
    _rule({"type": "deny"}),
    _rule({"type": "log", "config": {"metadata": {"a": "b"}}}),
)
_BEHIND: Final[tuple[Data, ...]] = (
    _rule({"type": "custom-response", "config": {"status_code": 503, "body": "later"}}),
    _rule({"type": "deny"}),
    _rule({"type": "forward-internal", "config": {"url": "https://app.internal"}}),
    _rule({"type": "log", "config": {"metadata": {"m": "${actions.ngrok.ai_gateway.success.model}"}}}),
)
_BRANCHES: Final = (
    *("req.url.path.startsWith('/a')", "req.url.path.startsWith('/b')", "getReqHeader('x-team') == 'red'"),
    *("getReqHeader('x-api-key') == secrets.get('teams', 'red')", "req.host == 'a.example.com'", "true"),
    *(
        f"getReqHeader('x-api-key') == '{LITERALS[7]}'",
        "getReqHeader('x-api-key') in [secrets.get('teams', 'blue')]",
    ),
)


@st.composite
def _check(draw: Draw) -> Data:
    one, other = draw(st.sampled_from(_TOKENS)), draw(st.sampled_from(_TOKENS))
    text = draw(st.sampled_from(_CHECKS)).format(header=_HEADER, one=one, other=other)
    return _rule(draw(st.sampled_from(_REFUSALS)), when=text)


front: Final = st.lists(st.one_of(_check(), st.sampled_from(_FRONT)), max_size=2)
behind: Final = st.lists(st.sampled_from(_BEHIND), max_size=1)


@st.composite
def policy(draw: Draw) -> Data:
    """A policy with one action, or with several behind conditions."""
    rules = list(draw(front)) if draw(_flag) else []
    for _ in range(draw(st.sampled_from((1, 1, 1, 1, 2, 3)))):
        when = draw(st.sampled_from(_BRANCHES)) if draw(often(3)) else None
        rules.append(_rule({"type": "ai-gateway", "config": draw(config())}, when=when))
    rules += draw(behind)
    return {"on_http_request": rules}


@st.composite
def _forwarding(draw: Draw, url: str) -> Data:
    when = draw(st.sampled_from(_BRANCHES[:4])) if draw(often(3)) else None
    return {
        "on_http_request": [
            *draw(front),
            _rule({"type": "forward-internal", "config": {"url": url}}, when=when),
        ]
    }


class Endpoint(NamedTuple):
    """An endpoint with its policy; old keys were made for it by its id."""

    id: str
    url: str
    policy: Data


class Fleet(NamedTuple):
    """Files by path. ``literals`` are the credentials among them that nothing may show."""

    files: dict[str, str]

    @property
    def literals(self) -> list[str]:
        whole = "".join(self.files.values())
        return [literal for literal in LITERALS if literal in whole]

    def __repr__(self) -> str:
        return "\n".join(f"--------- {path}\n{text}" for path, text in self.files.items())


@st.composite
def _endpoints(draw: Draw) -> list[Endpoint]:
    made = [
        Endpoint(f"ep_{number}", f"https://ai-{number}.example.com", draw(policy()))
        for number in range(draw(st.sampled_from((1, 1, 2, 2, 3))))
    ]
    if draw(often(4)):
        inner = made[0]._replace(url="https://gateway.internal")
        outer = [
            Endpoint(f"ep_out_{number}", f"https://out-{number}.example.com", draw(_forwarding(inner.url)))
            for number in range(draw(st.sampled_from((1, 2))))
        ]
        made = [inner, *made[1:], *outer]
    return made


def written(data: Data) -> str:
    """Data as YAML."""

    class Plain(yaml.CSafeDumper):
        def ignore_aliases(self, data: object) -> bool:
            return True

    return yaml.dump(data, Dumper=Plain, sort_keys=False, allow_unicode=True)


def _api(endpoints: list[Endpoint]) -> str:
    held = [
        {"id": one.id, "url": one.url, "type": "cloud", "traffic_policy": json.dumps(one.policy)}
        for one in endpoints
    ]
    return json.dumps(
        {"endpoints": held, "uri": "https://api.ngrok.com/endpoints", "next_page_uri": None}, indent=1
    )


def _cloud_endpoint(one: Endpoint) -> str:
    return written(
        {
            "apiVersion": "ngrok.k8s.ngrok.com/v1alpha1",
            "kind": "CloudEndpoint",
            "metadata": {"name": one.id.replace("_", "-"), "namespace": "ai"},
            "spec": {"url": one.url, "trafficPolicy": {"inline": one.policy}},
        }
    )


def _agent(one: Endpoint) -> str:
    return written(
        {"version": 3, "endpoints": [{"name": one.id, "url": one.url, "traffic_policy": one.policy}]}
    )


_FORMS: Final[tuple[Callable[[Endpoint], str], ...]] = (
    _cloud_endpoint,
    _agent,
    lambda one: written(one.policy),
)


@st.composite
def _old_keys(draw: Draw, endpoints: list[Endpoint]) -> dict[str, str]:
    """Dumps of the keys of the old gateway, with the provider keys that were attached to them."""
    made: list[Data] = []
    attached: list[Data] = []
    for number in range(draw(st.integers(1, 3))):
        endpoint = draw(st.sampled_from(endpoints))
        name = draw(st.sampled_from(("chat", "batch", "Chat", "alice")))
        made.append({"id": f"aigk_{number}", "description": name, "endpoint": {"id": endpoint.id}})
        attached += [
            {
                "id": f"aigpk_{number}_{place}",
                "provider_id": draw(st.sampled_from(PROVIDERS)),
                "created_at": draw(st.sampled_from(("2026-05-01T00:00:00Z", "2026-06-01T00:00:00Z"))),
                "ai_gateway_api_key": {"id": f"aigk_{number}"},
            }
            for place in range(draw(st.integers(0, 2)))
        ]
    return {
        "keys.json": json.dumps({"ai_gateway_api_keys": made, "uri": "x"}),
        "provider-keys.json": json.dumps({"ai_gateway_provider_keys": attached, "uri": "x"}),
    }


@st.composite
def fleets(draw: Draw) -> Fleet:
    """Several files: endpoints as the API lists them with their old keys, or each in a file of its own form."""
    endpoints = draw(_endpoints())
    if draw(_flag):
        files = {"endpoints.json": _api(endpoints)}
        if draw(_flag):
            files |= draw(_old_keys(endpoints))
        return Fleet(files)
    return Fleet(
        {
            f"{one.id}/{draw(st.sampled_from(('a', 'policy')))}.yaml": draw(st.sampled_from(_FORMS))(one)
            for one in endpoints
        }
    )
