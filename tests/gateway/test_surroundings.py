"""What stands in front of the action, and what is done only to requests that never get there."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from tests.properties.pipeline import converted, staged

Rule = dict[str, Any]

ADMIN = "req.url.path.startsWith('/admin')"
OAUTH: Rule = {"type": "oauth", "config": {"provider": "google"}}
LIMIT: Rule = {"type": "rate-limit", "config": {"name": "all", "algorithm": "sliding_window"}}
DENY: Rule = {"type": "deny"}


def forward(**config: str) -> Rule:
    return {"type": "forward-internal", "config": {"url": "https://admin.internal", **config}}


def gateway(**config: Any) -> Rule:
    openai = {"id": "openai", "api_keys": [{"value": "${secrets.get('llm', 'openai')}"}]}
    return {
        "type": "ai-gateway",
        "config": {"only_allow_configured_providers": True, "providers": [openai], **config},
    }


def rule(*actions: Rule, when: str = "") -> Rule:
    return {"expressions": [when], "actions": list(actions)} if when else {"actions": list(actions)}


def files(*rules: Rule) -> dict[str, str]:
    return {"p.yaml": yaml.safe_dump({"on_http_request": list(rules)}, sort_keys=False)}


def codes(*rules: Rule) -> set[str]:
    """What the converted policy is told of the rules around the gateway."""
    return {found.code for found in converted(files(*rules)).findings if found.code.startswith("T6")}


@pytest.mark.parametrize(
    "front, told",
    [
        ([rule(OAUTH, LIMIT, forward(), when=ADMIN)], {"T609"}),
        ([rule(LIMIT, DENY, when=ADMIN)], {"T605"}),
        ([rule({"type": "log"}, OAUTH, {"type": "custom-response"}, when=ADMIN)], {"T608"}),
        ([rule(OAUTH, forward(on_error="halt"), when=ADMIN)], {"T609"}),
    ],
)
def test_what_a_rule_does_before_it_ends_its_requests_is_not_in_front(
    front: list[Rule], told: set[str]
) -> None:
    public = set() if "T605" in told else {"T619"}
    assert codes(*front, rule(gateway())) == told | public


@pytest.mark.parametrize(
    "front, told",
    [
        ([rule(OAUTH, when=ADMIN), rule(forward(), when=ADMIN)], {"T601", "T609"}),
        ([rule(forward(), OAUTH, when=ADMIN)], {"T601", "T609"}),
        ([rule(OAUTH, forward(on_error="continue"), when=ADMIN)], {"T601", "T609"}),
        ([rule(OAUTH, {"type": "redirect"}, when=ADMIN)], {"T601", "T608"}),
        ([rule(DENY, {"type": "custom-response"}, when=ADMIN)], {"T605", "T608"}),
    ],
)
def test_what_may_have_been_done_to_the_gateway_s_requests_is_in_front(
    front: list[Rule], told: set[str]
) -> None:
    assert codes(*front, rule(gateway())) == told


def test_a_check_in_a_gateway_s_own_rule_is_in_front_of_that_gateway_alone() -> None:
    run = converted(files(rule(OAUTH, gateway(), when=ADMIN), rule(gateway())))
    assert [found.unit for found in run.findings if found.code == "T601"] == ["p--1"]


def test_leaves_of_an_action_that_is_not_in_front_have_no_effect_on_the_gateway() -> None:
    stages = staged(files(rule(OAUTH, forward(), when=ADMIN), rule(gateway())))
    (unit,) = stages.linked.units
    (translated,) = stages.results
    first = unit.policy.rules[0]
    said = [{translated.coverage[key].name for key in one.field.leaf_keys()} for one in first.actions]
    assert said == [{"NO_EFFECT"}, {"UNSUPPORTED"}]


def test_an_action_that_does_not_exist_is_told_wherever_it_stands() -> None:
    run = converted(files(rule({"type": "oaut"}, DENY, when=ADMIN), rule(gateway())))
    assert "P011" in {found.code for found in run.findings}


@pytest.mark.parametrize("first", [forward(on_error="continue"), gateway(on_error="continue")])
@pytest.mark.parametrize("together", [True, False])
def test_a_gateway_behind_an_action_that_was_to_continue_was_reached(first: Rule, *, together: bool) -> None:
    """It ran for the requests with which the first had failed: its access key opens it for the others."""
    rules = [rule(first, gateway())] if together else [rule(first), rule(gateway())]
    run = converted(files(*rules))
    assert not [found for found in run.findings if found.code in ("P014", "V001", "V002", "V003")]
    (unit,) = (unit for unit in run.units if unit.id in ("p", "p--2"))
    told = [found.facts["condition"] for found in run.findings if found.code == "T617"]
    assert told == [f"{first['type']} in front of it had failed"]
    assert unit.configuration is not None
    assert unit.verdict is not None
    assert "branch" in {one.subject.aspect for one in unit.verdict.differences}


@pytest.mark.parametrize("first", [forward(on_error="halt"), forward(), gateway(), DENY])
def test_a_gateway_behind_an_action_that_ends_everything_was_not_reached(first: Rule) -> None:
    assert "P014" in {found.code for found in converted(files(rule(first), rule(gateway()))).findings}
