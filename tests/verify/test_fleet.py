"""What other policies have is asked about for all that are alike at once, and nothing comes out differently."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from msgspec.structs import replace

from migrator.api import Input, Options, Result, convert
from migrator.catalog import bundled
from migrator.comparison import verify
from migrator.merge.verdicts import objects_of, pair_of
from migrator.tree import nodes
from migrator.verify import custom, verdict
from migrator.verify.announce import announced, providers_named
from migrator.verify.compare import compare
from migrator.verify.model import AUTO, NAMED_ATTEMPTS, Attempts, Difference
from migrator.verify.new import NewGateway
from migrator.verify.sides import Pair

OPEN = """
on_http_request:
  - actions:
      - type: ai-gateway
        config:
          providers:
            - id: openai
              api_keys: [{value: "${secrets.get('openai', 'primary')}"}]
            - id: own
              base_url: https://own.example.com/v1
              api_keys: [{value: "${secrets.get('own', 'key')}"}]
              models: [{id: llama3}]
"""
CLOSED = OPEN.replace("config:\n", "config:\n          only_allow_configured_providers: true\n")
OTHER = """
on_http_request:
  - actions:
      - type: ai-gateway
        config:
          only_allow_configured_providers: true
          providers:
            - id: {id}
              base_url: https://{host}.example.com/v1
              models: [{models}]
"""
MODELS = ("{id: llama3}", "{id: llama3}, {id: mistral-large}", "{id: gpt-4o}", "")


def fleet(policy: str) -> Result:
    others = {
        f"other-{number:02}.yaml": OTHER.replace("{models}", MODELS[number % len(MODELS)])
        .replace("{id}", "own" if number == 5 else f"provider-{number}", 1)
        .replace("{host}", "own" if number == 6 else f"host-{number}")
        for number in range(24)
    }
    texts = {"policy.yaml": policy, **others}
    return convert([Input(name, name, text.encode()) for name, text in texts.items()], Options(verify=False))


def of_first(result: Result) -> tuple[Pair, list]:
    summary = next(one for one in result.units if one.unit.at.path == "policy.yaml")
    pair = pair_of(summary, result.migration, NewGateway(objects_of(result.migration), bundled()), bundled())
    return pair, [found for found in result.findings if found.unit in (None, summary.id)]


def opened(pair: Pair) -> Pair:
    """The same unit, whose access keys may use whatever the account has."""
    objects = pair.new.objects
    bodies = {ref: {**body, "access": {}} for ref, body in objects.configurations.items()}
    return replace(pair, new=NewGateway(replace(objects, configurations=bodies), bundled()))


@pytest.mark.parametrize("policy", [OPEN, CLOSED], ids=["open", "closed"])
@pytest.mark.parametrize("is_opened", [False, True])
def test_alike_providers_at_once_and_each_by_itself_give_the_same(policy: str, is_opened: bool) -> None:
    pair, findings = of_first(fleet(policy))
    pair = opened(pair) if is_opened else pair
    at_once, each = compare(pair, providers_named(findings)), compare(pair)
    assert at_once.counts == each.counts
    told, idle = announced(at_once.differences, findings)
    told_each, idle_each = announced(each.differences, findings)
    assert {id(one) for one in idle} == {id(one) for one in idle_each}

    def known(found: tuple) -> tuple:
        return verdict.folded(one for one in found if one.announced is not None)

    assert known(told) == known(told_each)


@pytest.mark.parametrize("policy", [OPEN, CLOSED], ids=["open", "closed"])
def test_what_nothing_told_is_a_difference_of_each_provider(policy: str) -> None:
    pair, findings = of_first(fleet(policy))
    found, _ = verdict.verdict(opened(pair), findings)
    reached = {one.subject.provider for one in found.differences if one.subject.aspect == "closed"}
    if policy == CLOSED:
        assert {f"provider-{number}" for number in range(24) if number not in (5, 6)} <= reached
    assert found.counts["wider"] > 40


def test_a_unit_asks_as_much_in_a_large_fleet_as_in_a_small_one(monkeypatch: pytest.MonkeyPatch) -> None:
    pair, findings = of_first(fleet(CLOSED))
    configuration = pair.new.configuration(pair.keys[0])
    assert configuration is not None
    own = frozenset(part.provider.server for part in pair.old.offers.parts)
    near, rest = pair.new.custom.beyond(configuration, providers_named(findings), own)
    assert len(near) < 5
    assert sum(one.number for one in rest) + len(near) >= 20
    assert len(rest) <= len(MODELS)
    assert custom.formats({}) == {"openai"}


def test_what_stands_elsewhere_is_looked_for_once_for_each_provider(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    def counted(node: nodes.Node) -> Iterator[nodes.Node]:
        asked.append(id(node))
        return nodes.elsewhere(node)

    monkeypatch.setattr("migrator.verify.compare.elsewhere", counted)
    pair, _ = of_first(fleet(CLOSED))
    compare(pair)
    assert asked
    assert len(asked) == len({*asked})


CHOOSING = """
on_http_request:
  - actions:
      - type: ai-gateway
        config:
          model_selection: {strategy: ["ai.models.filter(m, m.id.contains('gpt'))"]}
"""


def test_a_witness_names_some_attempts_and_counts_the_others() -> None:
    """``ngrok/auto`` leads to every model of the account; who reads of it needs to know how many, not each."""
    texts = [Input("policy.yaml", "policy.yaml", CHOOSING.encode())]
    pair, _ = of_first(convert(texts, Options(verify=False)))
    (whole,) = [answer for one in _automatic(compare(pair).differences) for answer in one.new.answers]
    found = verify(texts)
    (told,) = [answer for one in _automatic(found.verdicts[0].differences) for answer in one.new.answers]
    assert isinstance(whole, Attempts)
    assert isinstance(told, Attempts)
    assert len(whole.attempts) > NAMED_ATTEMPTS
    assert (told.attempts, told.more) == (
        whole.attempts[:NAMED_ATTEMPTS],
        len(whole.attempts) - NAMED_ATTEMPTS,
    )
    (unit,) = json.loads(found.json())["units"]
    (shown,) = [one["new"] for one in unit["differences"] if one["request"]["model"] == AUTO]
    assert (len(shown["attempts"]), shown["more"]) == (NAMED_ATTEMPTS, told.more)
    assert f"and {len(whole.attempts) - 3} more" in " ".join(found.text().split())


def _automatic(found: tuple[Difference, ...]) -> list[Difference]:
    return [one for one in found if one.subject.aspect == "auto"]
