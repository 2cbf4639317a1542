"""What strategies kept may be reached, what they certainly did not keep may not: judged without the migrator's evaluator.

Each strategy is evaluated model by model with full CEL evaluation over the legacy catalogue's own data.
"""

from __future__ import annotations

import json
from typing import Any, Final

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from migrator.api import Options, Result, convert
from migrator.catalog import bundled
from migrator.cel import CelEvaluationError, evaluate
from tests.properties.effort import examples, shown
from tests.properties.pipeline import inputs

PROVIDERS: Final = ("openai", "anthropic", "google", "deepseek", "groq")

_TESTS: Final = st.sampled_from(
    (
        *("m.provider_id == 'openai'", "m.provider_id != 'google'", "m.provider_id in ['anthropic', 'groq']"),
        *(
            "m.id.contains('mini')",
            "m.id.startsWith('gpt-4')",
            "m.id.endsWith('o')",
            "m.id.matches('^c.*[5-9]$')",
        ),
        *("'image' in m.input_modalities", "size(m.input_modalities) > 1", "m.max_context_window >= 400000"),
        *("m.max_output_tokens < 20000", "m.known", "!m.custom", "true", "false", "m.id == 'gpt-4o'"),
    )
)
_CONDITIONS: Final = st.recursive(
    _TESTS,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(("&&", "||")), inner).map(lambda p: f"({p[0]} {p[1]} {p[2]})"),
        inner.map(lambda text: f"!({text})"),
        st.tuples(inner, inner, inner).map(lambda p: f"({p[0]} ? {p[1]} : {p[2]})"),
    ),
    max_leaves=4,
)


def config(conditions: list[str]) -> dict[str, Any]:
    return {
        "only_allow_configured_providers": True,
        "model_selection": {"strategy": [f"ai.models.filter(m, {text})" for text in conditions]},
        "providers": [
            {"id": name, "api_keys": [{"value": f"${{secrets.get('{name}', 'k')}}"}]} for name in PROVIDERS
        ],
    }


def run(conf: dict[str, Any], **decisions: str) -> Result:
    policy = {"on_http_request": [{"actions": [{"type": "ai-gateway", "config": conf}]}]}
    shown(json.dumps(conf["model_selection"], indent=1))
    return convert(inputs({"p.json": json.dumps(policy)}), Options(decisions=decisions))


def legacy() -> list[tuple[str, str | None, dict[str, Any]]]:
    """(provider, name at the new gateway, facts) of every model of the old catalogue; no name for one that is gone."""
    found: list[tuple[str, str | None, dict[str, Any]]] = []
    for provider in bundled().legacy.providers:
        for model in provider.models:
            current = bundled().current.model(provider.id, model.id)
            if provider.id not in PROVIDERS:
                continue
            facts: dict[str, Any] = {
                "id": model.id,
                "provider_id": provider.id,
                "known": True,
                "custom": False,
            }
            attributes = {
                "input_modalities": model.input_modalities,
                "max_context_window": model.context_window,
                "max_output_tokens": model.max_output_tokens,
            }
            facts |= {name: value for name, value in attributes.items() if value is not None}
            found.append((provider.id, current.id if current else None, facts))
    return found


def kept(condition: str, facts: dict[str, Any]) -> bool | None:
    """Whether a condition keeps a model; None where it reads what the catalogue does not say."""
    names = {"input_modalities", "max_context_window", "max_output_tokens"}
    if any(name not in facts and name in condition for name in names):
        return None
    try:
        return evaluate(condition, {"m": facts}) is True
    except CelEvaluationError:
        return False


def reachable(result: Result, provider: str, name: str) -> bool:
    (configuration,) = result.migration.state.configurations
    assert configuration.providers is not None
    if provider not in configuration.providers.allow:
        return False
    entry = f"{provider}:{name if '/' in name else f'{provider}/{name}'}"
    return configuration.models is None or entry in configuration.models.allow


@examples(60)
@given(st.lists(_CONDITIONS, min_size=1, max_size=3))
def test_the_scope_is_the_union_of_what_strategies_keep(conditions: list[str]) -> None:
    result = run(config(conditions))
    for provider, name, facts in legacy():
        if name is None:
            continue
        verdicts = [kept(condition, facts) for condition in conditions]
        if True in verdicts:
            assert reachable(result, provider, name), (provider, name)
        elif None not in verdicts:
            assert not reachable(result, provider, name), (provider, name)


@examples(40)
@given(st.lists(_CONDITIONS, min_size=2, max_size=3))
def test_read_the_other_way_only_the_first_that_keeps_anything_counts(conditions: list[str]) -> None:
    result = run(config(conditions), **{"strategies:*": "first"})
    judged = [[kept(condition, facts) for _, _, facts in legacy()] for condition in conditions]
    first = next((verdicts for verdicts in judged if True in verdicts), None)
    assume(first is not None)
    assert first is not None
    known = all(None not in verdicts for verdicts in judged)
    for (provider, name, _), verdict in zip(legacy(), first, strict=True):
        if name is None:
            continue
        if verdict is True:
            assert reachable(result, provider, name)
        elif known and verdict is False and judged.index(first) == 0:
            assert not reachable(result, provider, name)


@examples(40)
@given(st.lists(_CONDITIONS, min_size=1, max_size=2))
def test_what_clients_are_told_to_send_may_be_sent(conditions: list[str]) -> None:
    result = run(config(conditions))
    (unit,) = result.units
    advice = unit.advice
    named = [*([advice.model] if advice.model else []), *advice.models, *advice.renames.values()]
    for request in named:
        provider, _, name = request.partition(":")
        if name:
            assert reachable(result, provider, name), request
    assert len([advice.model, *advice.models]) <= 10
    assert advice.model is not None or not advice.models


@examples(30)
@given(_CONDITIONS, st.sampled_from(("m.metrics.global.error_rate.total < 0.5", "m.pricing.input < 3.0")))
def test_live_data_never_narrows_what_the_rest_keeps(condition: str, live: str) -> None:
    alone = run(config([condition]))
    both = run(config([f"{condition} && {live}"]))
    for provider, name, facts in legacy():
        if name is None:
            continue
        if kept(condition, facts) is True:
            assert reachable(both, provider, name)
        elif kept(condition, facts) is False:
            assert reachable(both, provider, name) == reachable(alone, provider, name)


@pytest.mark.parametrize("expression", ["ai.models", "ai.models.filter(m, true)", "ai.models.randomize()"])
def test_a_strategy_that_keeps_everything_restricts_nothing(expression: str) -> None:
    conf = config(["true"])
    conf["model_selection"] = {"strategy": [expression]}
    (configuration,) = run(conf).migration.state.configurations
    assert configuration.models is None
    assert configuration.providers is not None
    assert configuration.providers.allow == PROVIDERS


@pytest.mark.parametrize(
    "unknown", ["ai.providers.get('openai').getModel('o')", "ai.models.get('openai', 'no-such')"]
)
def test_a_list_with_a_model_that_does_not_exist_keeps_nothing(unknown: str) -> None:
    """That somebody might ask for such a name opens nothing for who asks for another one."""
    policy = f"""
on_http_request:
  - type: ai-gateway
    config:
      providers:
        - id: openai
          api_keys: [{{value: "${{secrets.get('openai', 'primary')}}"}}]
      model_selection:
        strategy: ["[ai.models.get('openai', 'gpt-4o'), {unknown}]"]
"""
    run = convert(inputs({"p.yaml": policy}))
    (configuration,) = run.manifest()["accessKeyConfigurations"]
    assert configuration["body"]["access"] == {"providers": {"allow": []}}
    assert {"T208"} == {found.code for found in run.findings} & {"T208", "V001", "V003"}
