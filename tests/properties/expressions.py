"""Selection strategies made up from a grammar: what the old pages show, put together in every way."""

from __future__ import annotations

from typing import Final

from hypothesis import strategies as st

Text = st.SearchStrategy[str]

_PROVIDERS: Final = ("openai", "anthropic", "google", "groq", "llm", "LLM", "gemini", "z-ai", "no-such")
_IDS: Final = (
    "gpt-4o",
    "gpt-4o-mini",
    "claude-opus-4.1",
    "llama3",
    "smart",
    "gemini-2.5-flash",
    "nobody-has-it",
)
_AUTHORS: Final = ("openai", "anthropic", "meta", "acme")


def _quoted(words: tuple[str, ...]) -> Text:
    return st.sampled_from(words).map(lambda word: f"'{word}'")


def _list(words: tuple[str, ...]) -> Text:
    return st.lists(_quoted(words), min_size=1, max_size=2).map(lambda held: f"[{', '.join(held)}]")


def _format(form: str, *parts: Text) -> Text:
    return st.tuples(*parts).map(lambda held: form.format(*held))


_ATOMS: Final = st.one_of(
    _format("m.provider_id == {}", _quoted(_PROVIDERS)),
    _format("m.provider_id in {}", _list(_PROVIDERS)),
    _format("m.id == {}", _quoted(_IDS)),
    _format("m.id in {}", _list(_IDS)),
    _format(
        "m.id.{}({})", st.sampled_from(("startsWith", "contains", "endsWith")), _quoted(("gpt", "mini", "l"))
    ),
    _format("m.author_id == {}", _quoted(_AUTHORS)),
    _format("'tier' in m.metadata && m.metadata.tier == {}", _quoted(("a", "b"))),
    _format("m.max_context_window {} 100000", st.sampled_from((">", "<="))),
    _format("{} in m.input_modalities", _quoted(("text", "image", "audio"))),
    st.sampled_from(("m.known", "m.custom", "!m.known", "true", "false", "'tools' in m.supported_features")),
    st.sampled_from(
        ("m.pricing.input < 1.0", "m.metrics.global.latency.upstream_ms_avg < 500", "m.no_such == 1")
    ),
)
_PREDICATES: Final = st.recursive(
    _ATOMS,
    lambda inner: st.one_of(
        _format("!({})", inner), _format("({}) && ({})", inner, inner), _format("({}) || ({})", inner, inner)
    ),
    max_leaves=3,
)
_KEYS: Final = st.sampled_from(
    ("m.id", "m.pricing.input", "m.max_context_window", "m.metrics.global.error_rate.total", "m.provider_id")
)
_STEPS: Final = st.one_of(
    *[_format(".filter(m, {})", _PREDICATES)] * 4,
    _format(".only({})", _list(_IDS)),
    _format(".ignore({})", _list(_IDS)),
    _format(".onlyProviders({})", _list(_PROVIDERS)),
    _format(".ignoreProviders({})", _list(_PROVIDERS)),
    _format(".onlyAuthors({})", _list(_AUTHORS)),
    _format(".ignoreAuthors({})", _list(_AUTHORS)),
    _format(".sortBy(m, {})", _KEYS),
    st.sampled_from(
        (".random()", ".randomize()", "[0]", ".inRegion('us')", ".underCost(1.0)", ".sortBy('price')")
    ),
    _format(".get({})", _quoted(_IDS)),
)
_CHAINS: Final = st.lists(_STEPS, max_size=3).map(lambda steps: "ai.models" + "".join(steps))

models: Final[Text] = st.one_of(
    *[_CHAINS] * 6,
    _format("{} + {}", _CHAINS, _CHAINS),
    _format("req.method == 'POST' ? {} : {}", _CHAINS, _CHAINS),
    st.sampled_from(("cheapest", "not [cel", "ai.models.filter(m, ", "ai.providers", "[]")),
)
"""What a model strategy may say."""

keys: Final[Text] = st.one_of(
    st.sampled_from(("ai.keys", "ai.keys[0]", "ai.keys.random()", "ai.keys.randomize()", "ordered")),
    st.sampled_from(
        (
            "ai.keys.filter(k, k.quota.remaining_requests > 10)",
            "ai.keys.sortBy(k, k.error_rate.total)",
            "ai.keys.filter(k, k.id == 'a')",
            "ai.keys.filter(k, false)",
        )
    ),
)
"""What a key strategy may say."""
