"""Every strategy that ngrok's pages ever showed, over eight models, with what it has to come to."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final, NamedTuple

import pytest

from migrator.cel import parse
from migrator.cel.possible import Record
from migrator.cel.strategy import Selection, collections, select

PROVIDERS: Final = {
    name: Record("provider", {"id": name}) for name in ("openai", "anthropic", "google", "ollama")
}


def model(provider: str, name: str, modalities: str = "text", **metadata: str) -> Record:
    facts: dict[str, object] = {
        "id": name,
        "provider_id": provider,
        "author_id": provider,
        "known": True,
        "custom": provider == "ollama",
        "input_modalities": modalities.split(),
        "metadata": metadata,
    }
    return Record("model", facts, frozenset(), PROVIDERS[provider])


MODELS: Final = (
    model("openai", "gpt-4o", "text image audio"),
    model("openai", "gpt-4o-mini", "text image"),
    model("openai", "gpt-3.5-turbo"),
    model("openai", "o3"),
    model("anthropic", "claude-sonnet-4-5", "text image"),
    model("google", "gemini-2.5-pro", "text image"),
    model("ollama", "llama3", region="us-east", tier="budget"),
    model("ollama", "phi", region="eu-west", compliance="hipaa"),
)
KEYS: Final = tuple(Record("key", {}) for _ in range(2))
AI: Final = collections(MODELS, tuple(PROVIDERS.values()), (), KEYS)

EVERY: Final = "gpt-4o gpt-4o-mini gpt-3.5-turbo o3 claude-sonnet-4-5 gemini-2.5-pro llama3 phi"
OPENAI: Final = "gpt-4o gpt-4o-mini gpt-3.5-turbo o3"
FILTER: Final = "ai.models.filter(m, {})"


class Outcome(NamedTuple):
    """The models that are certainly and possibly kept, by name, and what is left to decide of the latter."""

    certain: str = ""
    possible: str = ""
    left: str = ""


DECIDED: Final = {
    "m.provider_id == 'openai'": OPENAI,
    "m.provider_id == 'anthropic'": "claude-sonnet-4-5",
    "m.provider_id == 'google'": "gemini-2.5-pro",
    "m.provider_id == 'ollama'": "llama3 phi",
    "m.provider_id != 'google'": f"{OPENAI} claude-sonnet-4-5 llama3 phi",
    "m.provider_id == 'my-provider'": "",
    "m.provider_id == 'azure-openai'": "",
    "m.provider_id == 'lm-studio'": "",
    "m.provider_id == 'docker-model-runner'": "",
    "m.provider_id == 'vllm'": "",
    "m.provider_id == 'openrouter'": "",
    "m.provider_id == 'ollama-internal'": "",
    # gemini has mini in its name.
    "m.id.contains('mini') || m.id.contains('turbo')": "gpt-4o-mini gpt-3.5-turbo gemini-2.5-pro",
    "m.id.contains('mini')": "gpt-4o-mini gemini-2.5-pro",
    "m.provider_id == 'openai' && m.id.contains('mini')": "gpt-4o-mini",
    "m.id.contains('3.5-turbo')": "gpt-3.5-turbo",
    "m.id.contains('4o-mini')": "gpt-4o-mini",
    "m.metadata.region == 'us-east'": "llama3",
    "m.metadata.region == 'eu-west'": "phi",
    "m.metadata.tier == 'budget'": "llama3",
    "m.metadata.compliance == 'hipaa'": "phi",
    "m.known": EVERY,
    "'image' in m.input_modalities": "gpt-4o gpt-4o-mini claude-sonnet-4-5 gemini-2.5-pro",
}
"""Conditions of which all is known, and what they keep."""

P95, AVERAGE = "m.metrics.global.latency.upstream_ms_p95", "m.metrics.global.latency.upstream_ms_avg"
ERRORS, TIMEOUTS = "m.metrics.global.error_rate.total", "m.metrics.global.error_rate.timeout"
LIVE: Final = (
    *(f"{P95} < {limit}" for limit in (1200, 2000, 3000)),
    *(f"{AVERAGE} < {limit}" for limit in (500, 1000, 2000)),
    *(f"{ERRORS} < {limit}" for limit in ("0.01", "0.02", "0.05", "0.10")),
    *(f"{P95} < {a} && {ERRORS} < {b}" for a, b in ((1500, 0.01), (1000, 0.005), (2000, 0.01), (2000, 0.02))),
    *(f"{AVERAGE} < {a} && {ERRORS} < {b}" for a, b in ((1000, 0.05), (1000, 0.01), (3000, 0.05))),
    f"{ERRORS} < 0.01 && {TIMEOUTS} < 0.005",
    "m.metrics.account.error_rate.total < 0.05",
    "m.metrics.global.error_rate.rate_limit < 0.05",
    "'tool-calling' in m.supported_features",
)
"""Conditions of which nothing is known: every model is possibly kept, and all of the condition is left."""

CHEAP: Final = FILTER.format("m.id.contains('turbo') || m.id.contains('mini')")
RELIABLE: Final = FILTER.format(f"{ERRORS} < 0.005 && {TIMEOUTS} < 0.001")
MIXED: Final = {
    "ai.models": Outcome(EVERY),
    "ai.models.random()": Outcome("", EVERY, "random()"),
    "ai.models.sortBy(m, m.pricing.input)": Outcome(EVERY),
    "ai.models.sortBy('price')": Outcome(EVERY),
    f"ai.models.sortBy(m, {AVERAGE})": Outcome(EVERY),
    "ai.models.inCountryCode('US')": Outcome("", EVERY, "inCountryCode('US')"),
    "ai.models.filter(m, m.provider_id in ['ollama-gpu-1', 'ollama-gpu-2']).random()": Outcome(),
    FILTER.format(f"m.provider_id == 'openai' && {ERRORS} < 0.01"): Outcome("", OPENAI, f"{ERRORS} < 0.01"),
    f"{CHEAP}.filter(m, {AVERAGE} < 800 && {ERRORS} < 0.02)": Outcome(
        "", "gpt-4o-mini gpt-3.5-turbo gemini-2.5-pro", f"{AVERAGE} < 800 && {ERRORS} < 0.02"
    ),
    f"{RELIABLE}.filter(m, !m.id.contains('mini'))": Outcome(
        "",
        "gpt-4o gpt-3.5-turbo o3 claude-sonnet-4-5 llama3 phi",
        f"{ERRORS} < 0.005 && {TIMEOUTS} < 0.001",
    ),
}

TABLE: Final = (
    {FILTER.format(condition): Outcome(kept) for condition, kept in DECIDED.items()}
    | {FILTER.format(condition): Outcome("", EVERY, condition.replace("0.10", "0.1")) for condition in LIVE}
    | MIXED
)

QUOTA, LIMITED, FAILED = "k.quota.remaining_requests", "k.error_rate.rate_limit", "k.error_rate.total"
KEY_TABLE: Final[dict[str, tuple[int, int, str]]] = {
    "ai.keys": (2, 0, ""),
    "ai.keys.randomize()": (2, 0, ""),
    f"ai.keys.filter(k, {QUOTA} > 100).randomize()": (0, 2, f"{QUOTA} > 100"),
    f"ai.keys.filter(k, {QUOTA} > 500 && {LIMITED} < 0.05)": (0, 2, f"{QUOTA} > 500 && {LIMITED} < 0.05"),
} | {
    f"ai.keys.filter(k, {condition})": (0, 2, condition)
    for condition in (
        *(f"{QUOTA} > {limit}" for limit in (0, 50, 100, 500)),
        *(f"{LIMITED} < {limit}" for limit in (0.05, 0.1)),
        *(f"{FAILED} < {limit}" for limit in (0.2, 0.3)),
    )
}

"""How many keys are certainly and possibly kept, and what is left to decide."""


def names(records: tuple[Record, ...]) -> str:
    return " ".join(str(record.facts["id"]) for record in records)


def possibly(selection: Selection) -> tuple[Record, ...]:
    return tuple(one.record for one in selection.kept if not one.certain)


@pytest.mark.parametrize("expression", TABLE)
def test_a_strategy_keeps_these_models(expression: str) -> None:
    selection = select(parse(expression), AI)
    certain, possible, left = TABLE[expression]
    assert selection.failure is None
    assert selection.problems == ()
    assert names(selection.certain) == certain
    assert names(possibly(selection)) == possible
    assert [text for text, _ in selection.residuals] == ([left] if left else [])
    assert sum(count for _, count in selection.residuals) == len(possible.split())


@pytest.mark.parametrize("expression", KEY_TABLE)
def test_a_key_strategy_keeps_so_many_keys(expression: str) -> None:
    selection = select(parse(expression), AI, element="key")
    certain, possible, left = KEY_TABLE[expression]
    assert (len(selection.certain), len(possibly(selection))) == (certain, possible)
    assert [text for text, _ in selection.residuals] == ([left] if left else [])


@pytest.mark.parametrize(
    "expression", [text for text in (*TABLE, *KEY_TABLE) if "sortBy" in text or "andom" in text]
)
def test_an_order_nobody_knows_is_told(expression: str) -> None:
    selection = select(parse(expression), AI, element="key" if "ai.keys" in expression else "model")
    assert not selection.kept or (selection.order.by is not None and selection.needs)
    assert not selection.kept or not selection.order.known


def test_the_tables_are_all_that_the_pages_showed(shared: Path) -> None:
    file = shared / "catalog" / "strategies-in-docs.json"
    if not file.is_file():
        pytest.skip(f"{file} is missing")
    shown = json.loads(file.read_text(encoding="utf-8"))
    assert {text for text, _ in shown["model_selection"]} == set(TABLE)
    assert {text for text, _ in shown["api_key_selection"]} == set(KEY_TABLE)
