"""``migrator cel``: how expressions are read, what strategies keep."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Run

POLICY = """\
on_http_request:
  - actions:
      - type: ai-gateway
        config:
          only_allow_configured_providers: true
          model_selection:
            strategy:
              - ai.models.filter(m, m.id.startsWith('gpt-4o') && m.metrics.global.error_rate.total < 0.1)
              - ai.models.only(['gpt-4o'])
              - fastest
          api_key_selection:
            strategy: [ai.keys.randomize()]
          providers:
            - id: openai
              api_keys: [{value: sk-not-a-key-but-long-enough-to-be-one}, {value: "${secrets.get('a', 'b')}"}]
"""


@pytest.fixture
def policy(tmp_path: Path) -> Path:
    path = tmp_path / "policy.yaml"
    path.write_text(POLICY, encoding="utf-8")
    return path


def test_an_expression_is_shown_with_its_parts(migrator: Run) -> None:
    done = migrator("cel", "parse", " 1 +  x[0]")
    assert done.returncode == 0
    assert done.stdout.decode().splitlines() == [
        "1 + x[0]",
        "",
        "Binary op='+'  [1:10]",
        "  left: Literal value=1 kind='int'  [1:2]",
        "  right: Index  [6:10]",
        "    operand: Ident name='x'  [6:7]",
        "    index: Literal value=0 kind='int'  [8:9]",
    ]


def test_an_expression_as_json_has_spans(migrator: Run) -> None:
    done = migrator("cel", "parse", "[b'x', 9007199254740993, null]", "--format", "json")
    tree = json.loads(done.stdout)["tree"]
    assert [item["value"] for item in tree["elements"]] == ["78", "9007199254740993", None]
    assert tree["elements"][0]["span"] == [1, 5]


def test_what_is_no_expression_is_shown_with_a_caret(migrator: Run) -> None:
    for command in (("parse", "a.in"), ("eval", "a.in")):
        done = migrator("cel", *command)
        assert done.returncode == 2
        assert done.stdout == b""
        lines = done.stderr.decode().splitlines()
        assert lines[1:3] == ["a.in", "  ^"]
        assert "keyword" in lines[0]


@pytest.mark.parametrize(
    "given, code, words",
    [
        (b"1 + 1\n", 0, ""),
        (b"\xff\xfe", 2, "not UTF-8: byte 1"),
        (b"(" * 10_000, 2, "levels of nesting"),
        (b"1" * 1_000_000, 2, "more than 100000 characters"),
        (b"", 2, "empty expression"),
        (b"a\x00b", 2, "not part of the language"),
    ],
)
def test_an_expression_from_standard_input(migrator: Run, given: bytes, code: int, words: str) -> None:
    done = migrator("cel", "parse", "-", stdin=given)
    assert done.returncode == code
    assert words in done.stderr.decode()
    assert b"Traceback" not in done.stderr


def test_every_strategy_of_a_policy_is_evaluated(migrator: Run, policy: Path) -> None:
    done = migrator("cel", "eval", "--policy", policy)
    assert done.returncode == 0
    text = done.stdout.decode()
    assert "8:17  ai.models.filter" in text
    assert "left to decide of 2: m.metrics.global.error_rate.total < 0.1" in text
    assert "openai:gpt-4o-mini  possible  if m.metrics.global.error_rate.total < 0.1" in text
    assert "out: 36 models, not m.id.startsWith('gpt-4o')" in text
    assert "openai:gpt-4o  certain" in text
    assert "there is no name fastest; did you mean ai.models.sortBy" in text
    assert "nothing can be decided of it" in text
    assert "keys: 2 certain, 0 possible, 0 out" in text


def test_models_that_are_out_are_listed_on_demand(migrator: Run, policy: Path) -> None:
    done = migrator("cel", "eval", "--policy", policy, "--all")
    assert "openai:gpt-4.1" in done.stdout.decode()


def test_an_expression_replaces_the_strategies_of_the_policy(migrator: Run, policy: Path) -> None:
    done = migrator(
        "cel", "eval", "ai.models.onlyProviders(['anthropic'])", "--policy", policy, "--format", "json"
    )
    (unit,) = json.loads(done.stdout)["units"]
    (strategy,) = unit["strategies"]
    assert (strategy["certain"], strategy["possible"], strategy["line"]) == (0, 0, None)
    assert {model["verdict"] for model in strategy["models"]} == {"out"}
    assert unit["keyStrategies"] == []


def test_an_expression_alone_is_about_the_whole_catalogue(migrator: Run) -> None:
    done = migrator("cel", "eval", "ai.models.only(['gpt-4o'])", "--format", "json")
    (unit,) = json.loads(done.stdout)["units"]
    kept = [one["model"] for one in unit["strategies"][0]["models"] if one["verdict"] == "certain"]
    assert kept == ["openai:gpt-4o"]


def test_json_and_text_say_the_same(migrator: Run, policy: Path) -> None:
    (unit,) = json.loads(migrator("cel", "eval", "--policy", policy, "--format", "json").stdout)["units"]
    first = unit["strategies"][0]
    assert first["residuals"] == [{"expression": "m.metrics.global.error_rate.total < 0.1", "models": 2}]
    assert first["needs"] == ["metrics.global.error_rate.total"]
    assert [one["problems"] for one in unit["strategies"]][2] == [
        {
            "kind": "name",
            "name": "fastest",
            "instead": "ai.models.sortBy(m, m.metrics.global.latency.upstream_ms_avg)",
        }
    ]


def test_no_credential_is_shown(migrator: Run, policy: Path) -> None:
    for form in ("text", "json"):
        done = migrator("cel", "eval", "--policy", policy, "--format", form, "--all")
        assert b"sk-not-a-key" not in done.stdout + done.stderr


@pytest.mark.parametrize(
    "arguments, words",
    [
        (("eval",), "nothing to evaluate"),
        (("eval", "--policy", "nowhere.yaml"), "no ai-gateway action"),
        (("eval", "-", "--policy", "-"), "standard input cannot be both"),
        (("evaluate",), "No such command"),
    ],
)
def test_wrong_usage_is_told(migrator: Run, arguments: tuple[str, ...], words: str) -> None:
    done = migrator("cel", *arguments)
    assert done.returncode == 2
    assert words in done.stderr.decode()
    assert b"Traceback" not in done.stderr


def test_a_policy_without_strategies_says_so(migrator: Run) -> None:
    done = migrator(
        "cel", "eval", "--policy", "-", stdin=b"on_http_request: [{type: ai-gateway, config: {}}]"
    )
    assert "no strategies" in done.stdout.decode()
