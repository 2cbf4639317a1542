"""What becomes of whole rules: checks in front of the gateway, and the conditions of its own rule."""

from __future__ import annotations

from typing import Any, NamedTuple

import pytest
import yaml

from migrator.policy.origin import Field
from tests.properties.pipeline import converted, staged

ALICE = "secrets.get('clients', 'alice')"
BOB = "secrets.get('clients', 'bob')"
KEY = "req.headers['x-api-key'][0]"
AUTH = "req.headers['authorization'][0]"
HAS = "hasReqHeader('x-api-key')"
PATH = "req.url.path.startsWith('/v1')"
LISTED = f"!({KEY} in vars.tokens)"

Rule = dict[str, Any]


def rule(*expressions: str, act: Rule | None = None) -> Rule:
    actions = [act or {"type": "deny", "config": {"status_code": 401}}]
    return {"expressions": list(expressions), "actions": actions} if expressions else {"actions": actions}


def tokens(*secrets: str, when: tuple[str, ...] = ()) -> Rule:
    listed = [f"${{{secret}}}" for secret in secrets]
    return rule(*when, act={"type": "set-vars", "config": {"vars": [{"tokens": listed}]}})


class Result(NamedTuple):
    """What is left of a policy."""

    clients: list[str]
    codes: list[str]
    """What is lost or vanishes, and variables that nobody read."""
    vanished: list[str]
    expressions: list[str]
    """The outcome of each expression of the gateway's rule."""
    variables: list[str]
    """The outcome of each value of each set-vars."""


def result(own: list[str], *front: Rule, **phases: list[Rule]) -> Result:
    """Of a policy with these rules around the gateway, whose rule has the expressions ``own``."""
    gateway = rule(*own, act={"type": "ai-gateway", "config": {}})
    policy = {**phases, "on_http_request": [*front, gateway, *phases.get("on_http_request", [])]}
    files = {"p.yaml": yaml.safe_dump(policy, sort_keys=False)}
    run = converted(files)
    stages = staged(files)
    (unit,) = stages.linked.units
    (translated,) = stages.results

    def outcomes(field: Field) -> list[str]:
        return [translated.coverage[key].name for key in field.leaf_keys()]

    actions = [action for each in unit.policy.rules for action in each.actions]
    sets = [action.config for action in actions if action.type == "set-vars" and action.config is not None]
    said = [found for found in run.findings if "T600" < found.code < "T618" and found.code != "T616"]
    return Result(
        [key.name.partition(" / ")[2] or "default" for key in run.state.access_keys],
        sorted(found.code for found in said),
        [str(found.facts["condition"]) for found in said if found.code == "T617"],
        [one for expression in unit.rule.expressions for one in outcomes(expression)],
        [one for config in sets for one in outcomes(config)],
    )


# ------------------------------------------------------------------------------ the gateway's rule


@pytest.mark.parametrize(
    "own, clients, vanished, outcomes",
    [
        ([f"{KEY} == {ALICE}"], ["alice"], [], ["CONVERTED"]),
        ([f"{HAS} && {KEY} == {ALICE}"], ["alice"], [], ["CONVERTED"]),
        ([HAS, f"{KEY} == {ALICE}"], ["alice"], [], ["CONVERTED", "CONVERTED"]),
        ([f"{KEY} == {ALICE} && true"], ["alice"], [], ["CONVERTED"]),
        # A part that is no check of clients vanishes; the check remains.
        ([f"{PATH} && {KEY} == {ALICE}"], ["alice"], [PATH], ["APPROXIMATED"]),
        ([f"{KEY} == {ALICE} && {PATH}"], ["alice"], [PATH], ["APPROXIMATED"]),
        ([f"({PATH} && ({HAS} && {KEY} == {ALICE}))"], ["alice"], [PATH], ["APPROXIMATED"]),
        ([f"{HAS} && {PATH} && {KEY} == {ALICE}"], ["alice"], [PATH], ["APPROXIMATED"]),
        ([PATH, f"{KEY} == {ALICE}"], ["alice"], [PATH], ["APPROXIMATED", "CONVERTED"]),
        (
            [f"req.host == 'x' && {KEY} in [{ALICE}, {BOB}] && (a || b)"],
            ["alice", "bob"],
            ["req.host == 'x' && (a || b)"],
            ["APPROXIMATED"],
        ),
        (
            [f"req.method == 'GET' && {KEY} in [{ALICE}, {BOB}]", f"{KEY} == {BOB}"],
            ["bob"],
            ["req.method == 'GET'"],
            ["APPROXIMATED", "CONVERTED"],
        ),
        (
            [f"req.headers['x-team'][0] == 'research' && {KEY} == {ALICE}"],
            ["alice"],
            ["req.headers['x-team'][0] == '***'"],
            ["APPROXIMATED"],
        ),
        (
            [f"hasReqHeader('x-team') && {KEY} == {ALICE}"],
            ["alice"],
            ["hasReqHeader('x-team')"],
            ["APPROXIMATED"],
        ),
        # No check at all: the whole condition vanishes.
        ([PATH], ["default"], [PATH], ["APPROXIMATED"]),
        (["req.host == 'x'"], ["default"], ["req.host == 'x'"], ["APPROXIMATED"]),
        (["req.method == 'POST'"], ["default"], ["req.method == 'POST'"], ["APPROXIMATED"]),
        ([HAS], ["default"], [HAS], ["APPROXIMATED"]),
        (
            [f"{PATH}   &&   req.host == 'x'"],
            ["default"],
            [f"{PATH}   &&   req.host == 'x'"],
            ["APPROXIMATED"],
        ),
        (
            ["getReqHeader('x-team') == 'research'"],
            ["default"],
            ["getReqHeader('x-team') == 'research'"],
            ["APPROXIMATED"],
        ),
        ([f"{KEY} != {ALICE}"], ["default"], [f"{KEY} != {ALICE}"], ["APPROXIMATED"]),
        ([f"{PATH} || {KEY} == {ALICE}"], ["default"], [f"{PATH} || {KEY} == {ALICE}"], ["APPROXIMATED"]),
        (
            [f"!({PATH} && {KEY} == {ALICE})"],
            ["default"],
            [f"!({PATH} && {KEY} == {ALICE})"],
            ["APPROXIMATED"],
        ),
        (["not cel"], ["default"], ["not cel"], ["APPROXIMATED"]),
    ],
)
def test_a_condition_of_the_gateway_s_rule_is_a_check_or_vanishes(
    own: list[str], clients: list[str], vanished: list[str], outcomes: list[str]
) -> None:
    found = result(own)
    assert found.clients == clients
    assert found.vanished == vanished
    assert found.expressions == outcomes
    assert set(found.codes) <= {"T617"}


@pytest.mark.parametrize(
    "own, clients, codes, outcomes",
    [
        ([f"{PATH} && {KEY} == {ALICE}"], ["alice"], ["T617"], ["APPROXIMATED"]),
        ([f"{HAS} && {PATH}"], ["alice", "bob"], ["T617"], ["APPROXIMATED"]),
        ([HAS], ["alice", "bob"], [], ["CONVERTED"]),
        (
            [f"{PATH} && {KEY} == secrets.get('clients', 'carol')"],
            ["alice", "bob"],
            ["T615", "T617"],
            ["UNSUPPORTED"],
        ),
        (["hasReqHeader('authorization')"], ["alice", "bob"], ["T617"], ["APPROXIMATED"]),
    ],
)
def test_a_check_in_front_and_one_of_the_gateway_s_rule_leave_whom_both_admit(
    own: list[str], clients: list[str], codes: list[str], outcomes: list[str]
) -> None:
    found = result(own, rule(f"!({KEY} in [{ALICE}, {BOB}])"))
    assert found.clients == clients
    assert found.codes == codes
    assert found.expressions == outcomes


# -------------------------------------------------------------------------------- rules in front


@pytest.mark.parametrize(
    "front",
    [
        [rule(f"{KEY} != {ALICE}")],
        [rule(f"!{HAS}"), rule(f"{KEY} != {ALICE}")],
        [rule(f"{KEY} != {ALICE}"), rule("size(getReqHeader('x-api-key')) == 0")],
        [rule(f"{KEY} == ''"), rule(f"{KEY} != {ALICE}")],
        [rule(f"!{AUTH}.startsWith('Bearer ')"), rule(f"{AUTH}.substring(7) != {ALICE}")],
        [rule(f"!vars.tokens.exists(t, t == {KEY})")],
    ],
)
def test_a_check_in_front_becomes_access_keys(front: list[Rule]) -> None:
    found = result([], tokens(ALICE), *front)
    assert found.clients == ["alice"]
    assert set(found.codes) <= {"T612"}


def test_a_test_for_a_header_is_part_of_a_check_of_the_gateway_s_rule_too() -> None:
    assert result([f"{KEY} == {ALICE}"], rule(f"!{HAS}")).codes == []


@pytest.mark.parametrize(
    "front",
    [
        [rule(f"!{HAS}")],
        [rule("!hasReqHeader('x-team')"), rule(f"{KEY} != {ALICE}")],
        # Whoever sends a token in the one header had to send something in the other as well.
        [rule(f"!{HAS}"), rule(f"{KEY} != {ALICE} && {AUTH} != {ALICE}")],
        [rule(f"{KEY} != {ALICE} || {PATH}")],
        [rule(f"{KEY} != {ALICE}", PATH)],
        [rule(HAS, f"{KEY} != {ALICE}")],
        [rule(f"{KEY} == {ALICE}")],
    ],
)
def test_a_rule_that_refuses_more_than_strangers_or_fewer_is_lost(front: list[Rule]) -> None:
    assert result([], *front).codes == ["T605"]


# -------------------------------------------------------------------------------------- variables


def test_variables_that_only_the_gateway_s_rule_reads_are_read() -> None:
    found = result([f"{KEY} in vars.tokens"], tokens(ALICE))
    assert found == (["alice"], [], [], ["CONVERTED"], ["CONVERTED"])


@pytest.mark.parametrize(
    "front, phases",
    [
        ([rule(LISTED), tokens(ALICE)], {}),
        ([rule(LISTED)], {"on_http_request": [tokens(ALICE)]}),
        ([rule(LISTED)], {"on_tcp_connect": [tokens(ALICE)]}),
        ([rule(LISTED)], {"on_http_response": [tokens(ALICE)]}),
        ([tokens(ALICE, when=(PATH,)), rule(LISTED)], {}),
        ([tokens(ALICE), tokens(BOB, when=(PATH,)), rule(LISTED)], {}),
    ],
)
def test_a_check_of_variables_that_may_have_another_value_is_lost(
    front: list[Rule], phases: dict[str, list[Rule]]
) -> None:
    found = result([], *front, **phases)
    assert found.clients == ["default"]
    assert "T605" in found.codes
    assert "CONVERTED" not in found.variables


def test_a_check_reads_what_the_variables_are_when_it_runs() -> None:
    found = result([], tokens(ALICE), rule(LISTED), tokens(BOB), rule(LISTED))
    assert found.clients == ["alice"]
    assert found.codes == ["T615"]


def test_variables_of_a_check_that_is_lost_are_lost() -> None:
    found = result([], rule(f"{AUTH} != {BOB}"), tokens(ALICE), rule(LISTED))
    assert found.clients == ["bob"]
    assert found.codes == ["T612", "T615"]
    assert found.variables == ["UNSUPPORTED"]


def test_variables_beside_an_unrecognised_condition_are_not_read() -> None:
    found = result([], tokens(ALICE), rule(f"!({KEY}.contains('x') && {KEY} in vars.tokens)"))
    assert found.codes == ["T605", "T612"]
    assert found.variables == ["UNSUPPORTED"]


def test_variables_beside_those_of_a_check_are_lost() -> None:
    both = rule(act={"type": "set-vars", "config": {"vars": [{"tokens": [f"${{{ALICE}}}"]}, {"team": "a"}]}})
    found = result([], both, rule(LISTED))
    assert found == (["alice"], ["T612"], [], [], ["CONVERTED", "UNSUPPORTED"])
