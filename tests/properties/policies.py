"""Traffic Policies made up at random, as Python data.

``clean`` policies have known fields of the right types only, in every form that policies were
written in; ``wild`` ones are clean ones to which something was done. ``writing`` makes text of
them. Nothing here knows the migrator.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from typing import Any, Final

from hypothesis import strategies as st

Data = Any
Draw = Callable[[st.SearchStrategy[Any]], Any]

BUILT_IN: Final = ("openai", "anthropic", "google", "deepseek", "groq", "openrouter", "inceptionlabs")
ALIASED: Final = ("OpenAI", "open-AI", "Gemini", "groqcloud", "inference_net", "DEEP-SEEK")
RESERVED: Final = ("xai", "mistral", "moonshotai", "z-ai", "Minimax")
CUSTOM: Final = ("ollama", "llm", "my-vllm", "llm-2", "a.b", "a_b", "openai-custom", "Ünï", "x/y")

HOSTILE: Final = (
    *("it's", 'say "x"', "a: b", "# no", "- x", "*star", "&and", "!tag", "<<", "{{ x }}", "%", "@", "`"),
    *("..", "--", "/", ":", "a:b", "a//b", "...", "~", "null", "true", "12", "1e3", "0x1f", " blank ", "$x"),
    *("é", "ünïcode", "日本語", "😀", "e\u0301", "\u202eabc", "a\u2028b", "a\u00a0b", "\ufeffx", "K"),
    *("a\nb", "a\tb", "a\x07b", "a\x85b", "\x1b[31mred", "a\rb"),
    *("x" * 300, "X" * 255, "é" * 256, "a-" * 150, "..".join("abcdef"), "../../etc/passwd", "a--1", "con"),
)
"""Names that break what does not quote, cut or escape."""

MODELS: Final = (
    *("gpt-4o", "gpt-4o-mini", "gpt-4o-2024-08-06", "GPT-5 mini", "gpt-4.5", "claude-opus-4.1", "sonnet-3.7"),
    *("claude-sonnet-4-0", "gemini-2.0-flash", "gemini-2.5-pro", "deepseek-chat", "llama-3.1-8b-instant"),
    *("meta-llama/llama-3.3-70b-versatile", "openai/gpt-oss-20b", "some-new-model", "qwen3:4b", "a/b:free"),
)

DIRECTORY_URLS: Final = (
    *("https://ollama.internal", "http://llm.internal:8080/v1", "https://llm.example.com/v1"),
    *(
        "https://LLM.example.com/v1",
        "https://llm.example.com/v1?api-version=2024-06-01",
        "https://a.b.example.com",
    ),
    *("https://api.openai.com/v1", "https://api.moonshot.ai/v1", "https://xn--bcher-kva.example/"),
)
REFUSED_URLS: Final = (
    *(
        "http://localhost:11434",
        "http://llm.example.com",
        "https://127.0.0.1/v1",
        "ftp://x.internal",
        "nonsense",
    ),
    *("https://[::1]/v1", "https://", "https://a b.example.com", "https://llm.example.com:99999/", ""),
    *("${vars.url}", "$LLM_URL", "https://${vars.host}/v1", "https://x.internal/" + "p" * 2100),
)
VAULT_KEYS: Final = (
    *(
        "${secrets.get('openai', 'primary')}",
        "${secrets.get('openai', 'backup')}",
        "${secrets.get('a-b', 'c')}",
    ),
    *("${secrets.get('a', 'b-c')}", '${secrets.get("llm", "k.1")}', "${ secrets.get('k', \"it's\") }"),
    *(
        "${secrets.get('one-argument')}",
        "${secrets.get('secret', 'one-argument')}",
        "${secrets.get('Ünï', '😀')}",
    ),
    *("${secrets.get('llm', 'a.b')}", "${secrets.get('a', 'b')}", "${secrets.get('environment', 'KEY')}"),
)
LITERAL_KEYS: Final = tuple(f"sk-made-up-literal-{n:04d}" for n in range(6))
ENVIRONMENT_KEYS: Final = ("${OPENAI_API_KEY}", "$KEY", "$llm_key")
DYNAMIC_KEYS: Final = (
    *("${vars.key}", "${req.headers['x-key'][0]}", "pre-${secrets.get('a', 'b')}", "${", "${secrets.get()}"),
    *("${secrets.get('a', 'b') + 'x'}", ""),
)
TOKENS: Final = ("${secrets.get('clients', 'alice')}", "${secrets.get('clients', 'bob')}", "made-up-token-7")

_text = st.sampled_from(("", "a text", *HOSTILE))
_plain = st.sampled_from(("a", "b-c", "A text", "1.5", "x_y"))
_flag = st.booleans()
_names = st.one_of(st.sampled_from(MODELS), st.sampled_from(MODELS), st.sampled_from(HOSTILE))
_anything = st.recursive(
    st.one_of(_text, st.none(), _flag, st.integers(-5, 10**30), st.sampled_from((0.5, 1e300))),
    lambda inner: st.one_of(
        st.lists(inner, max_size=2), st.dictionaries(st.sampled_from((*HOSTILE, "a", "b")), inner, max_size=2)
    ),
    max_leaves=4,
)
_facts = st.fixed_dictionaries(
    {},
    optional={
        "display_name": _text,
        "description": _text,
        "metadata": st.dictionaries(st.sampled_from(("team", "tier", "x y")), _anything, max_size=2),
    },
)
_params = st.lists(st.sampled_from(("top_k", "logprobs", "seed", "top_k", "p" * 255)), max_size=3)
_named_params = _params.map(lambda names: [{"name": name} for name in names])
_aliases = st.lists(_names, max_size=2)


@st.composite
def _model(draw: Draw) -> Data:
    model = {"id": draw(_names), **(draw(_facts) if draw(st.integers(0, 3)) == 0 else {})}
    more = st.fixed_dictionaries(
        {},
        optional={
            "id_aliases": _aliases,
            "author_id": st.sampled_from(("openai", "meta", "x/y")),
            "disabled": _flag,
            "input_modalities": st.just(["text", "image"]),
            "output_modalities": st.just([]),
            "max_context_window": st.integers(1, 10**6),
            "max_output_tokens": st.integers(1, 10**6),
            "supported_features": st.just(["tools"]),
            "unsupported_params": _named_params,
        },
    )
    return model | draw(more) if draw(_flag) else model


def _key(values: st.SearchStrategy[str]) -> st.SearchStrategy[Data]:
    return st.fixed_dictionaries({"value": values})


keys: Final = st.lists(
    _key(
        st.one_of(
            *[st.sampled_from(VAULT_KEYS)] * 3,
            *map(st.sampled_from, (LITERAL_KEYS, ENVIRONMENT_KEYS, DYNAMIC_KEYS)),
        )
    ),
    max_size=3,
)
_surfaces = st.lists(
    st.fixed_dictionaries(
        {"format": st.sampled_from(("openai", "anthropic"))},
        optional={
            "surface": st.sampled_from(("chat-completions", "responses", "messages")),
            "supported_params": st.one_of(_params, _named_params),
        },
    ),
    max_size=2,
)


@st.composite
def provider(draw: Draw) -> Data:
    """One entry of ``providers``: built in, custom, reserved or neither."""
    kind = draw(st.sampled_from(("built-in", "built-in", "custom", "custom", "odd")))
    if kind == "built-in":
        made: Data = {"id": draw(st.sampled_from((*BUILT_IN, *BUILT_IN, *ALIASED)))}
    elif kind == "custom":
        made = {"id": draw(st.sampled_from(CUSTOM)), "base_url": draw(st.sampled_from(DIRECTORY_URLS))}
    else:
        made = {"id": draw(st.sampled_from((*BUILT_IN, *ALIASED, *RESERVED, *CUSTOM, *HOSTILE)))}
        if draw(st.integers(0, 4)):
            made["base_url"] = draw(st.sampled_from((*DIRECTORY_URLS, *REFUSED_URLS)))
    if draw(st.integers(0, 2)):
        made["api_keys"] = draw(keys)
    if draw(_flag):
        made["models"] = draw(st.lists(_model(), max_size=3))
    if draw(st.integers(0, 3)) == 0:
        made |= draw(_facts)
        more = {"id_aliases": _aliases, "website": _text, "disabled": _flag}
        made |= draw(st.fixed_dictionaries({}, optional={**more, "supported_api_surfaces": _surfaces}))
    return made


_map = st.dictionaries(
    st.sampled_from(("x-trace-id", "authorization", "api-version", "team", "a b", "x-api-key", "ü")),
    st.sampled_from(("v", "2024-06-01", "${req.headers['a'][0]}", "a&b=c", "é", "")),
    max_size=2,
)
_strategy = st.fixed_dictionaries(
    {
        "strategy": st.lists(
            st.sampled_from(("ai.models", "ai.models.filter(m, m.id == 'a')", "not [cel")), max_size=2
        )
    }
)
_rest = st.fixed_dictionaries(
    {},
    optional={
        "max_input_tokens": st.integers(1, 500_000),
        "max_output_tokens": st.integers(1, 500_000),
        "headers": _map,
        "query_params": _map,
        "body": st.dictionaries(st.sampled_from(("temperature", "n", "x")), _anything, max_size=2),
        "on_error": st.sampled_from(("halt", "continue")),
        "total_timeout": st.sampled_from(("90s", "1m30s", "0.5h", "1500ms")),
        "per_request_timeout": st.sampled_from(("30s", "1m")),
        "model_selection": _strategy,
        "api_key_selection": _strategy,
    },
)


@st.composite
def config(draw: Draw) -> Data:
    """The configuration of the action, known fields of the right types only."""
    made: Data = {"providers": draw(st.lists(provider(), max_size=3))} if draw(st.integers(0, 9)) else {}
    for switch in ("only_allow_configured_providers", "only_allow_configured_models"):
        if draw(st.integers(0, 2)) == 0:
            made[switch] = draw(_flag)
    if draw(_flag):
        made |= draw(_rest)
    return made


ENFORCING: Final = ("basic-auth", "rate-limit", "restrict-ips", "verify-webhook", "circuit-breaker")
"""The actions that have ``enforce``."""

SETTINGS: Final[dict[str, tuple[Data, ...]]] = {
    "add-headers": ({"headers": {"x": "y"}},),
    "basic-auth": (
        {"credentials": ["alice:made-up-pw-1", "bob:made-up-pw-2"], "realm": "x"},
        {"credentials": []},
    ),
    "circuit-breaker": ({"error_threshold": 0.1},),
    "close-connection": ({}, None),
    "compress-response": ({"algorithms": ["gzip"]},),
    "custom-response": ({"status_code": 401, "body": "no"}, {"status_code": 200}, {"status_code": 503}, {}),
    "deny": ({"status_code": 403}, {}, None),
    "forward-internal": ({"url": "https://x.internal"},),
    "http-request": ({"url": "https://x.example.com"}, {"url": "https://x.example.com", "on_error": "halt"}),
    "jwt-validation": (
        {"issuer": {"allow_list": [{"value": "https://x"}]}, "jws": {"allowed_algorithms": []}},
    ),
    "log": ({"metadata": {}},),
    "oauth": ({"provider": "google", "client_id": "x", "client_secret": "made-up-secret-3"},),
    "openid-connect": ({"issuer_url": "https://x", "client_id": "x", "client_secret": "made-up-secret-4"},),
    "owasp-crs-request": ({"on_error": "halt"},),
    "owasp-crs-response": ({"on_error": "halt"},),
    "rate-limit": (
        {"name": "x", "algorithm": "sliding_window", "capacity": 9, "rate": "60s", "bucket_key": []},
    ),
    "redirect": ({"to": "https://x"},),
    "remove-headers": ({"headers": ["x"]},),
    "request-body-find-replace": ({"replacements": [{"from": "a+", "to": ""}]},),
    "response-body-find-replace": ({"replacements": []},),
    "restrict-ips": ({"enforce": True, "allow": ["10.0.0.0/8"]},),
    "saml": ({},),
    "set-vars": ({"vars": [{"a": "b"}, {"c": "${req.method}"}]},),
    "sse-find-replace": ({"replacements": []},),
    "terminate-tls": ({"min_version": "1.2"}, {"mutual_tls_certificate_authorities": ["made-up"]}),
    "url-rewrite": ({"to": "/v1"},),
    "verify-webhook": ({"provider": "slack", "secret": "made-up-secret-5"},),
    "invented-action": ({"a": 1},),
}
"""Every action there is, each with some configurations it could have."""

EXPRESSIONS: Final = (
    *("req.url.path.startsWith('/v1')", "req.method == 'POST'", "!(req.host in ['a', 'b'])", "true"),
    *("conn.client_ip != '10.0.0.1'", "getReqHeader('x-team') == 'a'", "not [cel", "size(req.headers) > 3"),
)


@st.composite
def action(draw: Draw) -> Data:
    """Any action but the gateway."""
    kind = draw(st.sampled_from(sorted(SETTINGS)))
    made: Data = {"type": kind}
    settings = draw(st.sampled_from(SETTINGS[kind]))
    if settings is not None or draw(_flag):
        made["config"] = copy.deepcopy(settings)
    if isinstance(settings, dict) and draw(st.integers(0, 5)) == 0:
        made["config"]["enforce"] = draw(_flag)
    return made


_expressions = st.lists(st.sampled_from(EXPRESSIONS), max_size=2)


@st.composite
def rule(draw: Draw, actions: st.SearchStrategy[list[Data]]) -> Data:
    """A rule, or the action alone where there is one and no more."""
    made: Data = {}
    if draw(st.integers(0, 2)) == 0:
        made["name"] = draw(st.one_of(_plain, st.just(404), _text))
    if draw(_flag):
        made["expressions"] = draw(st.one_of(_expressions, st.none()))
    held = draw(actions)
    if len(held) == 1 and draw(st.integers(0, 3)) == 0:
        return made | held[0]
    return made | {"actions": held}


@st.composite
def gateway(draw: Draw, configs: st.SearchStrategy[Data]) -> Data:
    """The action itself: with a configuration, without one, or with its fields beside it."""
    form = draw(st.integers(0, 9))
    made: Data = {"type": "ai-gateway"}
    if form == 0:
        return made | draw(st.sampled_from(({}, {"config": None}, {"config": {}})))
    held = draw(configs)
    if form == 1 and held:
        return made | draw(st.sampled_from(({}, {"config": None}))) | held
    return made | {"config": held}


@st.composite
def clean(draw: Draw, most_gateways: int = 2) -> Data:
    """A policy with the action, known fields of the right types only, in any form."""
    form = draw(st.sampled_from(("phases", "phases", "phases", "phases", "list", "bare", "mapping")))
    one = gateway(config())
    if form == "bare":
        held = draw(config())
        held.setdefault("providers", [])
        return draw(
            st.sampled_from(
                (held, {"config": held}, {"ai_gateway": held}, {"type": "ai-gateway", "config": held})
            )
        )
    beside = st.lists(action(), max_size=2)
    around = st.tuples(beside, one, beside).map(lambda parts: [*parts[0], parts[1], *parts[2]])
    others = st.lists(rule(st.lists(action(), max_size=2)), max_size=2)
    if form == "mapping":
        phase = draw(rule(around))
        return {draw(st.sampled_from(("on_http_request", "inbound"))): phase}
    rules = [*draw(others), draw(rule(around)), *draw(others)]
    if most_gateways > 1 and draw(st.integers(0, 4)) == 0:
        rules.append(draw(rule(around)))
    if form == "list":
        return rules
    policy: Data = {"enabled": True} if draw(st.integers(0, 9)) == 0 else {}
    phases = ("on_tcp_connect", "on_http_response", "outbound", "on_event_stream_message")
    for name in draw(st.lists(st.sampled_from(phases), max_size=2, unique=True)):
        policy[name] = draw(st.one_of(others, st.none()))
    policy[draw(st.sampled_from(("on_http_request",) * 5 + ("inbound",)))] = rules
    return policy


_WRONG: Final[tuple[Data, ...]] = (
    None,
    "",
    "text",
    7,
    -1,
    True,
    [],
    {},
    ["x"],
    {"x": "y"},
    [None],
    [[]],
    {"value": {}},
    1.5,
    "yes",
)


def containers(data: Data) -> Iterator[Data]:
    """Every list and mapping of ``data``, from the top."""
    if isinstance(data, dict | list):
        yield data
        for inner in data.values() if isinstance(data, dict) else data:
            yield from containers(inner)


@st.composite
def wild(draw: Draw) -> Data:
    """A policy to which something was done: fields that no schema has, values of any type."""
    data = copy.deepcopy(draw(clean()))
    for _ in range(draw(st.integers(1, 3))):
        held = list(containers(data))
        # The outermost ones say what the file is, so most of the damage goes to what is inside.
        target = held[min(draw(st.integers(0, len(held) - 1)), len(held) - 1)]
        wrong = copy.deepcopy(draw(st.sampled_from(_WRONG)))
        if isinstance(target, list):
            if target and draw(_flag):
                target[draw(st.integers(0, len(target) - 1))] = wrong
            else:
                target.insert(draw(st.integers(0, len(target))), wrong)
        elif target and draw(_flag):
            target[draw(st.sampled_from(sorted(target)))] = wrong
        else:
            target[
                draw(st.sampled_from(("match", "enabled", "weight", "value", "id", "name", *HOSTILE[:4])))
            ] = wrong
    return data
