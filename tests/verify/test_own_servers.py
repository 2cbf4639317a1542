"""Units that the names of their own servers tell apart, too, get what each would get if it were compared by itself."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from migrator.api import Input, Options, Result, convert
from migrator.catalog import bundled
from migrator.merge.verdicts import pair_of
from migrator.verify import twins
from migrator.verify.compare import compare
from migrator.verify.model import Compared
from migrator.verify.new import NewGateway
from migrator.verify.objects import Objects
from migrator.verify.sides import Pair
from migrator.verify.twins import Twins
from migrator.verify.verdict import verdict
from tests.properties import fleets
from tests.properties.effort import examples
from tests.verify.test_twins import POLICIES, Counting, fleet, renamed

WITH_SERVERS = [path for path in POLICIES if "base_url" in path.read_text(encoding="utf-8")]
HOST = re.compile(r"(https?://)([\w-]+)((?:\.[\w-]+)*\.(?:internal|com)\b)", re.IGNORECASE)

OWN = """
on_http_request:
  - expressions:
      - "!(getReqHeader('x-api-key') in [secrets.get('clients', 'one'), secrets.get('clients', 'two')])"
    actions: [{type: deny}]
  - type: ai-gateway
    config:
      providers:
        - id: gpu
          base_url: https://gpu.internal
          id_aliases: [fast]
          models: [{id: llama3, id_aliases: [small]}]
        - {id: vllm, base_url: "https://vllm.internal", models: [{id: qwen}, {id: mistral}]}
        - {id: openai, api_keys: [{value: "${secrets.get('a', 'b')}"}]}
      model_selection: {strategy: ["ai.models.filter(m, m.provider_id == 'gpu')", "ai.models"]}
"""
PLAIN = """
on_http_request:
  - type: ai-gateway
    config:
      providers:
        - {id: llm, base_url: "https://llm.internal", models: [{id: llama3}]}
"""


def apart(text: str, number: int) -> str:
    """A copy with servers and credentials of its own."""
    return HOST.sub(rf"\g<1>\g<2>-{'x' * number}\g<3>", renamed(text, number))


def copies(text: str, numbers: range = range(1, 6)) -> dict[str, str]:
    return {f"{number}.yaml": f"{'# x' * number}\n{apart(text, number)}" for number in numbers}


def converted(texts: dict[str, str]) -> Result:
    return convert([Input(name, name, text.encode()) for name, text in texts.items()], Options(verify=False))


def judged_together(result: Result, document: dict[str, Any]) -> list[object]:
    """What twins say of a manifest, which has to be what each unit by itself says."""
    new, shared = NewGateway(Objects.of_document(document), bundled()), Twins()
    pairs = [pair_of(unit, result.migration, new, bundled()) for unit in result.units if unit.configuration]
    together = [verdict(pair, result.findings, shared.compare) for pair in pairs]
    assert together == [verdict(pair, result.findings) for pair in pairs]
    return [found for found, _ in together]


@pytest.fixture
def counting(monkeypatch: pytest.MonkeyPatch) -> Counting:
    counting = Counting()
    monkeypatch.setattr(twins, "compare", counting)
    return counting


@pytest.mark.parametrize("path", WITH_SERVERS, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_copies_with_servers_of_their_own_are_judged_as_each_by_itself(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    texts = copies(text, range(1, 5))
    fleet({**texts, "again.yaml": renamed(texts["3.yaml"], 9), "as-it-is.yaml": text})


@pytest.mark.parametrize("text", [OWN, PLAIN], ids=["two servers", "one server"])
def test_copies_with_servers_of_their_own_are_compared_once(counting: Counting, text: str) -> None:
    """The first keeps its ids; the second knows of the first as of another's, which stands for all others."""
    texts = copies(text, range(1, 12))
    units = convert([Input(name, name, one.encode()) for name, one in texts.items()]).units
    assert len(units) == len(texts)
    assert counting.asked <= 4
    fleet(texts)


@examples(25)
@given(st.lists(fleets.policy(), min_size=1, max_size=3), st.lists(st.integers(1, 4), min_size=2, max_size=4))
def test_any_policies_with_servers_of_their_own_are_judged_as_each_by_itself(
    made: list[dict[str, Any]], numbers: list[int]
) -> None:
    """Numbers that are there twice make copies with shared servers."""
    fleet(
        {
            f"{place}-{copied}.yaml": apart(yaml.safe_dump(one, sort_keys=False), number)
            for place, one in enumerate(made)
            for copied, number in enumerate(numbers)
        }
    )


@pytest.mark.parametrize(
    "one, other",
    [
        ("id: vllm", "id: gpu"),
        ("id: vllm", "id: https://vllm-x.internal"),
        ("id: vllm", "id: vllm, disabled: true"),
        ("https://vllm", "https://gpu"),
        ("https://vllm", "http://vllm"),
        ("https://vllm.internal", "http://vllm.example.com"),
        ("https://vllm.internal", "https://vllm.internal?x=1"),
        ("https://vllm.internal", "https://VLLM.internal/"),
        ("https://vllm.internal", "https://api.openai.com/v1"),
        ("https://vllm.internal", "${vars.url}"),
        ('base_url: "https://vllm.internal", ', ""),
        ("[{id: qwen}, {id: mistral}]", "[{id: mistral}, {id: qwen}]"),
        ("[{id: qwen}, {id: mistral}]", "[{id: qwen}, {id: mistral, id_aliases: [m]}]"),
        ("{id: mistral}", "{id: 'gpu-gpu-xx-internal:llama3'}"),
        ("{id: mistral}", "{id: mistral, id_aliases: ['gpu-gpu-xx-internal']}"),
        ("id_aliases: [fast]", "id_aliases: [gpu-gpu-xx-internal]"),
        ("id_aliases: [small]", "id_aliases: ['gpu-gpu-xxx-internal:small']"),
        ("{id: qwen}", "{id: qwen}], supported_api_surfaces: [{format: anthropic}], metadata: [{a: b}"),
        ("config:", "config:\n      only_allow_configured_models: true"),
        ("config:", "config:\n      metadata: {url: 'https://gpu.internal'}"),
        ("'two'", "'one'"),
    ],
)
def test_whatever_else_differs_beside_the_servers_counts(one: str, other: str) -> None:
    assert one in OWN
    changed = OWN.replace(one, other, 1)
    texts = copies(OWN, range(1, 4))
    texts |= {f"changed-{name}": text for name, text in copies(changed, range(1, 5)).items()}
    fleet(texts)
    fleet({name: texts[name] for name in sorted(texts, reverse=True)})


def bodies(document: dict[str, Any], member: str) -> list[dict[str, Any]]:
    return [item["body"] for item in document[member]]


def _foreign_scope(document: dict[str, Any], place: int) -> None:
    held = bodies(document, "accessKeyConfigurations")
    held[place]["access"]["providers"] = copy.deepcopy(held[place - 1]["access"]["providers"])


def _wider_scope(document: dict[str, Any], place: int) -> None:
    held = bodies(document, "accessKeyConfigurations")
    other = held[place - 1]["access"]["providers"]["allow"][0]
    held[place]["access"]["providers"]["allow"].append(other)


def _open_scope(document: dict[str, Any], place: int) -> None:
    bodies(document, "accessKeyConfigurations")[place]["access"] = {}


def _models(document: dict[str, Any], place: int) -> None:
    body = bodies(document, "accessKeyConfigurations")[place]
    provider = body["access"]["providers"]["allow"][0]
    body["access"]["models"] = {"allow": [f"{provider}:llama3", "openai:openai/gpt-4o"]}


def _rule_for_a_model(document: dict[str, Any], place: int) -> None:
    body = bodies(document, "accessKeyConfigurations")[place]
    provider = body["access"]["providers"]["allow"][0]
    router = body.setdefault("router", {"rules": []})
    router["rules"].append({"model": f"{provider}:llama3", "steps": [{"type": "user", "keys": []}]})


def _other_models(document: dict[str, Any], place: int) -> None:
    bodies(document, "providers")[place]["models"] = [{"modelId": "other"}]


def _other_upstream(document: dict[str, Any], place: int) -> None:
    for model in bodies(document, "providers")[place]["models"]:
        model["providerModelId"] = "other"


def _other_formats(document: dict[str, Any], place: int) -> None:
    bodies(document, "providers")[place]["supportedApiSurfaces"] = [{"format": "anthropic"}]


def _servers_exchanged(document: dict[str, Any], place: int) -> None:
    held = bodies(document, "providers")
    one, other = held[place], held[place - 1]
    one["baseUrl"], other["baseUrl"] = other["baseUrl"], one["baseUrl"]


def _another_behind_it(document: dict[str, Any], place: int) -> None:
    item = copy.deepcopy(document["providers"][place])
    item["ref"], item["body"]["providerId"] = "again", "again"
    document["providers"].insert(0, item)


def _another_in_capitals(document: dict[str, Any], place: int) -> None:
    item = copy.deepcopy(document["providers"][place])
    item["ref"], item["body"]["providerId"] = "again", item["body"]["providerId"].upper()
    item["body"]["baseUrl"] = "https://elsewhere.internal"
    document["providers"].append(item)


def _providers_turned_round(document: dict[str, Any], place: int) -> None:
    held = document["providers"]
    held[place], held[place - 1] = held[place - 1], held[place]


@pytest.mark.parametrize("text", [OWN, PLAIN], ids=["two servers", "one server"])
@pytest.mark.parametrize("place", [0, 1, 4])
@pytest.mark.parametrize(
    "change",
    [
        *(_foreign_scope, _wider_scope, _open_scope, _models, _rule_for_a_model, _other_models),
        *(_other_upstream, _other_formats, _servers_exchanged, _another_behind_it),
        *(_another_in_capitals, _providers_turned_round),
    ],
)
def test_one_damaged_among_units_with_servers_of_their_own_is_found(
    text: str, place: int, change: Callable[[dict[str, Any], int], None]
) -> None:
    result = converted(copies(text, range(1, 8)))
    document = json.loads(json.dumps(result.manifest()))
    whole = judged_together(result, document)
    change(document, place)
    found = judged_together(result, document)
    if change in (_foreign_scope, _wider_scope, _open_scope):
        assert found != whole


def test_a_twin_without_others_names_has_places_of_its_own() -> None:
    """What is found of one is told of the other with the other's provider, server and place in the manifest."""
    result = convert([Input(name, name, text.encode()) for name, text in copies(OWN).items()])
    for unit in result.units[1:]:
        assert unit.verdict is not None
        shown = repr([(one.new, one.subject.now, one.request) for one in unit.verdict.differences])
        number = unit.unit.at.path.partition(".")[0]
        hosts = set(re.findall(r"(?:gpu|vllm)-(x+)\.internal", shown))
        assert hosts == {"x" * int(number)}


def test_a_unit_that_has_what_stands_for_all_others_is_compared_itself(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    compared: list[str] = []

    def comparing(pair: Pair, named: frozenset[str] | None = None) -> Compared:
        compared.append(pair.unit.id)
        return compare(pair, named)

    monkeypatch.setattr(twins, "compare", comparing)
    texts = copies(PLAIN, range(1, 13))
    units = convert([Input(name, name, text.encode()) for name, text in texts.items()]).units
    assert {units[0].id, units[1].id} < set(compared)
    assert len(compared) < len(units) / 2
