"""Advice speaks of a decision only where one is asked."""

from __future__ import annotations

import json

import pytest

from migrator.api import Input, convert
from migrator.findings.base import Finding

OPENAI = "ai.models.filter(m, m.provider_id == 'openai')"
GOOGLE = "ai.models.filter(m, m.provider_id == 'google')"


def found(code: str, **config: object) -> tuple[Finding, set[str]]:
    """The finding, and the kinds of decisions that are asked."""
    policy = {"on_http_request": [{"actions": [{"type": "ai-gateway", "config": config}]}]}
    result = convert([Input("p.json", "p.json", json.dumps(policy).encode())])
    (one,) = (one for one in result.findings if one.code == code)
    return one, {decision.id.partition(":")[0] for decision in result.decisions}


@pytest.mark.parametrize("second, is_asked", [(OPENAI, False), (GOOGLE, True)])
def test_readings_are_asked_about_where_they_differ(second: str, *, is_asked: bool) -> None:
    one, asked = found("T205", model_selection={"strategy": [OPENAI, second]})
    assert ("strategies" in asked) is is_asked
    assert one.advice == (
        "Decide `strategies` if only the first productive strategy is to count."
        if is_asked
        else "Nothing to do."
    )


@pytest.mark.parametrize("provider, is_asked", [("qwencloud", False), ("openai", True)])
def test_an_id_is_asked_about_where_a_provider_has_it(provider: str, *, is_asked: bool) -> None:
    one, asked = found("T102", providers=[{"id": provider, "base_url": "https://llm.example.com"}])
    assert ("reserved-id" in asked) is is_asked
    assert one.advice.endswith(", or answer the decision.") is is_asked


def test_whether_a_decision_is_asked_is_no_fact() -> None:
    one, _ = found("T205", model_selection={"strategy": [OPENAI, OPENAI]})
    assert set(one.facts) == {"count", "reading", "words"}
