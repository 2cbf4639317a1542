"""Every strategy that the old product's pages show, against ten models, with what each has to come to."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from migrator.cel import parse, unparse
from migrator.cel.nodes import Call
from migrator.cel.possible import Record
from migrator.cel.strategy import Selection, collections, select

PROVIDERS = {
    "openai": Record("provider", {"id": "openai", "metadata": {}}, frozenset({"oai"})),
    "anthropic": Record("provider", {"id": "anthropic", "metadata": {}}),
    "google": Record("provider", {"id": "google", "metadata": {}}, frozenset({"gemini"})),
    "ollama": Record("provider", {"id": "ollama", "metadata": {"region": "us-east"}}),
}


def _model(provider: str, name: str, *aliases: str, **facts: Any) -> Record:
    known = {"id": name, "provider_id": provider, "metadata": {}, **facts}
    price = known.pop("price", None)
    if price is not None:
        known |= {"pricing.input": price, "pricing.text.input": price}
    return Record("model", known, frozenset(aliases), PROVIDERS[provider])


_OLD: dict[str, Any] = {"known": True, "custom": False}
_OWN: dict[str, Any] = {"known": True, "custom": True}
SEEING = ["text", "image"]

MODELS = [
    _model("openai", "gpt-4o", "gpt4", **_OLD, author_id="openai", input_modalities=SEEING, price=2.5),
    _model("openai", "gpt-4o-mini", **_OLD, author_id="openai", input_modalities=SEEING, price=0.15),
    _model("openai", "gpt-3.5-turbo", **_OLD, author_id="openai", input_modalities=["text"], price=0.5),
    _model("openai", "o3"),  # the retired catalogue did not have it
    _model(
        "anthropic",
        "claude-sonnet",
        "claude",
        **_OLD,
        author_id="anthropic",
        input_modalities=SEEING,
        price=3,
    ),
    _model("anthropic", "claude-haiku", **_OLD, author_id="anthropic", input_modalities=SEEING),
    _model(
        "google", "gemini-flash", **_OLD, author_id="google", input_modalities=[*SEEING, "audio"], price=0.1
    ),
    _model("google", "gemini-old", **_OLD, author_id="google"),
    _model(
        "ollama",
        "llama3",
        **_OWN,
        author_id="meta",
        input_modalities=["text"],
        supported_features=["tool-calling"],
        metadata={"region": "us-east", "tier": "budget", "compliance": "hipaa"},
    ),
    _model(
        "ollama",
        "qwen",
        **_OWN,
        input_modalities=SEEING,
        supported_features=[],
        metadata={"region": "eu-west", "tier": "premium"},
    ),
]
KEYS = [Record("key", {}), Record("key", {})]
UNIVERSE = collections(
    MODELS, list(PROVIDERS.values()), [Record("author", {"id": name}) for name in ("openai", "google")], KEYS
)

OPENAI = "gpt-4o gpt-4o-mini gpt-3.5-turbo o3"
ANTHROPIC = "claude-sonnet claude-haiku"
GOOGLE = "gemini-flash gemini-old"
OLLAMA = "llama3 qwen"
ALL = f"{OPENAI} {ANTHROPIC} {GOOGLE} {OLLAMA}"


class Row(NamedTuple):
    """What a strategy comes to. ``possible``: beside the certain ones. ``order``: by what, if not the gateway's own."""

    certain: str = ""
    possible: str = ""
    residuals: tuple[tuple[str, int], ...] = ()
    needs: str = ""
    order: str = ""
    single: bool = False


def row(selection: Selection, names: dict[Record, str]) -> Row:
    by = selection.order.by
    order = "" if by is None else unparse(Call(by.function, by.args) if isinstance(by, Call) else by)
    return Row(
        " ".join(names[record] for record in selection.certain),
        " ".join(names[one.record] for one in selection.kept if not one.certain),
        selection.residuals,
        " ".join(sorted(selection.needs)),
        order,
        selection.single,
    )


def names() -> dict[Record, str]:
    return {record: str(record.facts["id"]) for record in MODELS} | dict(
        zip(KEYS, ("one", "two"), strict=True)
    )


def live(residual: str, needs: str, possible: str = ALL) -> Row:
    """A condition on what only the running gateway knew."""
    return Row(possible=possible, residuals=((residual, len(possible.split())),), needs=needs)


AVERAGE, P95 = "metrics.global.latency.upstream_ms_avg", "metrics.global.latency.upstream_ms_p95"
ERRORS, TIMEOUTS = "metrics.global.error_rate.total", "metrics.global.error_rate.timeout"

MODEL_SELECTION: dict[str, Row] = {
    "ai.models": Row(ALL),
    # Providers
    "ai.models.filter(m, m.provider_id == 'openai')": Row(OPENAI),
    "ai.models.filter(m, m.provider_id == 'anthropic')": Row(ANTHROPIC),
    "ai.models.filter(m, m.provider_id == 'ollama')": Row(OLLAMA),
    "ai.models.filter(m, m.provider_id == 'google')": Row(GOOGLE),
    "ai.models.filter(m, m.provider_id == 'my-provider')": Row(),
    "ai.models.filter(m, m.provider_id == 'azure-openai')": Row(),
    "ai.models.filter(m, m.provider_id == 'lm-studio')": Row(),
    "ai.models.filter(m, m.provider_id == 'docker-model-runner')": Row(),
    "ai.models.filter(m, m.provider_id == 'vllm')": Row(),
    "ai.models.filter(m, m.provider_id == 'openrouter')": Row(),
    "ai.models.filter(m, m.provider_id == 'ollama-internal')": Row(),
    "ai.models.filter(m, m.provider_id != 'google')": Row(f"{OPENAI} {ANTHROPIC} {OLLAMA}"),
    # Ids
    "ai.models.filter(m, m.id.contains('mini') || m.id.contains('turbo'))": Row(
        f"gpt-4o-mini gpt-3.5-turbo {GOOGLE}"  # "gemini" ends in "mini"
    ),
    "ai.models.filter(m, m.id.contains('mini'))": Row(f"gpt-4o-mini {GOOGLE}"),
    "ai.models.filter(m, m.provider_id == 'openai' && m.id.contains('mini'))": Row("gpt-4o-mini"),
    "ai.models.filter(m, m.id.contains('3.5-turbo'))": Row("gpt-3.5-turbo"),
    "ai.models.filter(m, m.id.contains('4o-mini'))": Row("gpt-4o-mini"),
    # Other facts of the catalogue and the configuration
    "ai.models.filter(m, m.known)": Row(
        f"gpt-4o gpt-4o-mini gpt-3.5-turbo {ANTHROPIC} {GOOGLE} {OLLAMA}", "o3", (("m.known", 1),), "known"
    ),
    "ai.models.filter(m, m.metadata.region == 'us-east')": Row("llama3"),
    "ai.models.filter(m, m.metadata.region == 'eu-west')": Row("qwen"),
    "ai.models.filter(m, m.metadata.tier == 'budget')": Row("llama3"),
    "ai.models.filter(m, m.metadata.compliance == 'hipaa')": Row("llama3"),
    "ai.models.filter(m, 'tool-calling' in m.supported_features)": Row(
        "llama3",
        f"{OPENAI} {ANTHROPIC} {GOOGLE}",
        (("'tool-calling' in m.supported_features", 8),),
        "supported_features",
    ),
    "ai.models.filter(m, 'image' in m.input_modalities)": Row(
        f"gpt-4o gpt-4o-mini {ANTHROPIC} gemini-flash qwen",
        "o3 gemini-old",
        (("'image' in m.input_modalities", 2),),
        "input_modalities",
    ),
    # Places and prices
    "ai.models.inCountryCode('US')": live("inCountryCode('US')", "datacenters"),
    "ai.models.sortBy('price')": Row(
        f"gemini-flash gpt-4o-mini gpt-3.5-turbo gpt-4o claude-sonnet o3 claude-haiku gemini-old {OLLAMA}",
        needs="pricing.text.input",
        order="sortBy('price')",
    ),
    "ai.models.sortBy(m, m.pricing.input)": Row(
        f"gemini-flash gpt-4o-mini gpt-3.5-turbo gpt-4o claude-sonnet o3 claude-haiku gemini-old {OLLAMA}",
        needs="pricing.input",
        order="sortBy(m, m.pricing.input)",
    ),
    "ai.models.sortBy(m, m.metrics.global.latency.upstream_ms_avg)": Row(
        ALL, needs=AVERAGE, order="sortBy(m, m.metrics.global.latency.upstream_ms_avg)"
    ),
    # Chance
    "ai.models.random()": Row("", ALL, (("random()", 10),), "random()", "random()", single=True),
    "ai.models.filter(m, m.provider_id in ['ollama-gpu-1', 'ollama-gpu-2']).random()": Row(),
    # Metrics
    "ai.models.filter(m, m.metrics.global.latency.upstream_ms_p95 < 2000)": live(f"m.{P95} < 2000", P95),
    "ai.models.filter(m, m.metrics.global.latency.upstream_ms_p95 < 3000)": live(f"m.{P95} < 3000", P95),
    "ai.models.filter(m, m.metrics.global.latency.upstream_ms_p95 < 1200)": live(f"m.{P95} < 1200", P95),
    "ai.models.filter(m, m.metrics.global.latency.upstream_ms_avg < 1000)": live(
        f"m.{AVERAGE} < 1000", AVERAGE
    ),
    "ai.models.filter(m, m.metrics.global.latency.upstream_ms_avg < 500)": live(
        f"m.{AVERAGE} < 500", AVERAGE
    ),
    "ai.models.filter(m, m.metrics.global.latency.upstream_ms_avg < 2000)": live(
        f"m.{AVERAGE} < 2000", AVERAGE
    ),
    "ai.models.filter(m, m.metrics.global.error_rate.total < 0.05)": live(f"m.{ERRORS} < 0.05", ERRORS),
    "ai.models.filter(m, m.metrics.global.error_rate.total < 0.02)": live(f"m.{ERRORS} < 0.02", ERRORS),
    "ai.models.filter(m, m.metrics.global.error_rate.total < 0.01)": live(f"m.{ERRORS} < 0.01", ERRORS),
    "ai.models.filter(m, m.metrics.global.error_rate.total < 0.10)": live(f"m.{ERRORS} < 0.1", ERRORS),
    "ai.models.filter(m, m.metrics.account.error_rate.total < 0.05)": live(
        "m.metrics.account.error_rate.total < 0.05", "metrics.account.error_rate.total"
    ),
    "ai.models.filter(m, m.metrics.global.error_rate.rate_limit < 0.05)": live(
        "m.metrics.global.error_rate.rate_limit < 0.05", "metrics.global.error_rate.rate_limit"
    ),
    "ai.models.filter(m, m.provider_id == 'openai' && m.metrics.global.error_rate.total < 0.01)": live(
        f"m.{ERRORS} < 0.01", ERRORS, OPENAI
    ),
    (
        "ai.models.filter(m, m.metrics.global.latency.upstream_ms_p95 < 1500 && "
        "m.metrics.global.error_rate.total < 0.01)"
    ): live(f"m.{P95} < 1500 && m.{ERRORS} < 0.01", f"{ERRORS} {P95}"),
    (
        "ai.models.filter(m, m.metrics.global.latency.upstream_ms_p95 < 1000 && "
        "m.metrics.global.error_rate.total < 0.005)"
    ): live(f"m.{P95} < 1000 && m.{ERRORS} < 0.005", f"{ERRORS} {P95}"),
    (
        "ai.models.filter(m, m.metrics.global.latency.upstream_ms_p95 < 2000 && "
        "m.metrics.global.error_rate.total < 0.01)"
    ): live(f"m.{P95} < 2000 && m.{ERRORS} < 0.01", f"{ERRORS} {P95}"),
    (
        "ai.models.filter(m, m.metrics.global.latency.upstream_ms_p95 < 2000 && "
        "m.metrics.global.error_rate.total < 0.02)"
    ): live(f"m.{P95} < 2000 && m.{ERRORS} < 0.02", f"{ERRORS} {P95}"),
    (
        "ai.models.filter(m, m.metrics.global.latency.upstream_ms_avg < 1000 && "
        "m.metrics.global.error_rate.total < 0.05)"
    ): live(f"m.{AVERAGE} < 1000 && m.{ERRORS} < 0.05", f"{ERRORS} {AVERAGE}"),
    (
        "ai.models.filter(m, m.metrics.global.latency.upstream_ms_avg < 1000 && "
        "m.metrics.global.error_rate.total < 0.01)"
    ): live(f"m.{AVERAGE} < 1000 && m.{ERRORS} < 0.01", f"{ERRORS} {AVERAGE}"),
    (
        "ai.models.filter(m, m.metrics.global.latency.upstream_ms_avg < 3000 && "
        "m.metrics.global.error_rate.total < 0.05)"
    ): live(f"m.{AVERAGE} < 3000 && m.{ERRORS} < 0.05", f"{ERRORS} {AVERAGE}"),
    (
        "ai.models.filter(m, m.metrics.global.error_rate.total < 0.01 && "
        "m.metrics.global.error_rate.timeout < 0.005)"
    ): live(f"m.{ERRORS} < 0.01 && m.{TIMEOUTS} < 0.005", f"{TIMEOUTS} {ERRORS}"),
    (
        "ai.models.filter(m, m.metrics.global.error_rate.total < 0.005 && "
        "m.metrics.global.error_rate.timeout < 0.001).filter(m, !m.id.contains('mini'))"
    ): live(
        f"m.{ERRORS} < 0.005 && m.{TIMEOUTS} < 0.001",
        f"{TIMEOUTS} {ERRORS}",
        f"gpt-4o gpt-3.5-turbo o3 {ANTHROPIC} {OLLAMA}",
    ),
    (
        "ai.models.filter(m, m.id.contains('turbo') || m.id.contains('mini'))"
        ".filter(m, m.metrics.global.latency.upstream_ms_avg < 800 && m.metrics.global.error_rate.total < 0.02)"
    ): live(
        f"m.{AVERAGE} < 800 && m.{ERRORS} < 0.02",
        f"{ERRORS} {AVERAGE}",
        f"gpt-4o-mini gpt-3.5-turbo {GOOGLE}",
    ),
}

LEFT, LIMITED = "quota.remaining_requests", "error_rate.rate_limit"
BOTH = "one two"

API_KEY_SELECTION: dict[str, Row] = {
    "ai.keys": Row(BOTH),
    "ai.keys.randomize()": Row(BOTH, needs="random()", order="randomize()"),
    "ai.keys.filter(k, k.quota.remaining_requests > 0)": live(f"k.{LEFT} > 0", LEFT, BOTH),
    "ai.keys.filter(k, k.quota.remaining_requests > 50)": live(f"k.{LEFT} > 50", LEFT, BOTH),
    "ai.keys.filter(k, k.quota.remaining_requests > 100)": live(f"k.{LEFT} > 100", LEFT, BOTH),
    "ai.keys.filter(k, k.quota.remaining_requests > 500)": live(f"k.{LEFT} > 500", LEFT, BOTH),
    "ai.keys.filter(k, k.quota.remaining_requests > 100).randomize()": Row(
        "", BOTH, ((f"k.{LEFT} > 100", 2),), f"{LEFT} random()", "randomize()"
    ),
    "ai.keys.filter(k, k.error_rate.rate_limit < 0.1)": live(f"k.{LIMITED} < 0.1", LIMITED, BOTH),
    "ai.keys.filter(k, k.error_rate.rate_limit < 0.05)": live(f"k.{LIMITED} < 0.05", LIMITED, BOTH),
    "ai.keys.filter(k, k.error_rate.total < 0.2)": live("k.error_rate.total < 0.2", "error_rate.total", BOTH),
    "ai.keys.filter(k, k.error_rate.total < 0.3)": live("k.error_rate.total < 0.3", "error_rate.total", BOTH),
    "ai.keys.filter(k, k.quota.remaining_requests > 500 && k.error_rate.rate_limit < 0.05)": live(
        f"k.{LEFT} > 500 && k.{LIMITED} < 0.05", f"{LIMITED} {LEFT}", BOTH
    ),
}


@pytest.mark.parametrize("text", MODEL_SELECTION)
def test_a_documented_model_strategy_keeps_what_it_says(text: str) -> None:
    selection = select(parse(text), UNIVERSE, text=text)
    assert row(selection, names()) == MODEL_SELECTION[text]
    assert not selection.problems
    assert not selection.fails
    assert not selection.undecided
    assert selection.failure is None
    assert selection.surely_yields == bool(selection.certain or selection.single)


@pytest.mark.parametrize("text", API_KEY_SELECTION)
def test_a_documented_key_strategy_keeps_what_it_says(text: str) -> None:
    selection = select(parse(text), UNIVERSE, element="key", text=text)
    assert row(selection, names()) == API_KEY_SELECTION[text]
    assert not selection.problems
    assert not selection.fails
    assert selection.failure is None


def test_a_strategy_of_models_is_none_of_keys() -> None:
    assert select(parse("ai.models"), UNIVERSE, element="key").failure is not None
    assert select(parse("ai.keys"), UNIVERSE).failure is not None


def test_every_strategy_of_the_documentation_is_here(shared: Path) -> None:
    file = shared / "catalog" / "strategies-in-docs.json"
    documented = json.loads(file.read_text(encoding="utf-8"))
    assert [text for text, _ in documented["model_selection"] if text not in MODEL_SELECTION] == []
    assert [text for text, _ in documented["api_key_selection"] if text not in API_KEY_SELECTION] == []
    assert len(MODEL_SELECTION) == len(documented["model_selection"]) == 54
    assert len(API_KEY_SELECTION) == len(documented["api_key_selection"]) == 12
