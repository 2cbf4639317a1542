"""Names that do not exist: which they are, where they stand, what was probably meant."""

from __future__ import annotations

import pytest

from migrator.cel import parse
from migrator.cel.partial import Partial
from migrator.cel.strategy import collections
from tests.cel.test_partial import MODEL, partially

PROBLEMS = [
    ("fastest", "name fastest -> ai.models.sortBy(m, m.metrics.global.latency.upstream_ms_avg)"),
    ("ordered", "name ordered -> ai.models"),
    ("request.input_tokens > 1", "name request -> req"),
    ("nonsense", "name nonsense"),
    ("(  .nonsense )", "name nonsense"),
    ("ai . modles", "field modles -> models"),
    ("m.capabilities", "field capabilities -> supported_features"),
    ("m.capabilities.x.y", "field capabilities -> supported_features"),
    ("m\n  .  // capabilities\n capabilities", "field capabilities -> supported_features"),
    ("(m.capabilities)", "field capabilities -> supported_features"),
    ("m.`capabilities`", "field capabilities -> supported_features"),
    ("m['capabilities']", "field capabilities -> supported_features"),
    ("m.context_window > 1", "field context_window -> max_context_window"),
    ("m.metrics.globl.latency", "field globl -> global"),
    ("m.metrics.global.latency.p95", "field p95"),
    ("m.metrics\n.\tglobal\n.latenzy . avg", "field latenzy -> latency"),
    ("has(m.capabilities)", "field capabilities -> supported_features"),
    (
        "ai.models.fastest()",
        "function fastest -> ai.models.sortBy(m, m.metrics.global.latency.upstream_ms_avg)",
    ),
    ("ai.models\n  . // only\n  onlyModels (['a'])", "function onlyModels -> only"),
    ("(ai.models).shuffle( )", "function shuffle -> randomize"),
    ("cheapest(ai.models)", "function cheapest -> ai.models.sortBy('price')"),
    (" ( .cheapest(1) )", "function cheapest -> ai.models.sortBy('price')"),
    ("ai.models.sortByDesc(x, x.price)", "function sortByDesc -> sortBy"),
    ("ai.models.orderBy(x, -x.id)", "function orderBy -> sortBy"),
    ("ai.models.sortBy('latency')", "field latency -> metrics.global.latency.upstream_ms_avg"),
    ("ai.models.sortBy('''latency''')", "field latency -> metrics.global.latency.upstream_ms_avg"),
    ("ai.models.underCost( 'text.inptu', 1)", "field text.inptu -> text.input"),
    ("ai.models.underCost('input', 1)", "field input -> text.input"),
    (
        "ai.models.filter(x, x.capabilities || x.capabilities)",
        "field capabilities -> supported_features|" * 2,
    ),
    ("startsWith(m.id, 'gpt')", "function startsWith -> VALUE.startsWith(…)"),
    ("only(ai.models, ['a'])", "function only -> VALUE.only(…)"),
    ("getMetadata(m, 'a')", "function getMetadata -> VALUE.getMetadata(…)"),
    ("m.id.int()", "function int -> int(VALUE)"),
    ("getReqHeader('x')", ""),
    ("u.lower()", ""),
    ("u.substring(1)", ""),
    ("ai.models.first()", ""),
    ("hash.md5('a')", ""),
    ("req.anything.at.all", ""),
    ("m.pricing.anything", ""),
    ("m.metadata.anything", ""),
    ("m.metrics.region.request_count", ""),
    ("m.metrics.global.latency.time_per_output_token_ms_p95", ""),
]


@pytest.mark.parametrize("text, expected", PROBLEMS)
def test_a_name_that_does_not_exist_is_told_with_its_place(text: str, expected: str) -> None:
    _, partial = partially(text)
    found = list(partial.problems)
    told = [f"{one.kind} {one.name}" + (f" -> {one.instead}" if one.instead else "") for one in found]
    assert told == expected.strip("|").split("|") if expected else told == []
    assert [text[one.start : one.end] for one in found] == [one.name for one in found]
    assert len({one.start for one in found}) == len(found)


@pytest.mark.parametrize(
    "text, marked",
    [
        ("m.capabilities", "capabilities"),
        ("ai.models.fastest()", "fastest"),
        ("fastest", "fastest"),
        ("fastest()", "fastest"),
        ("ai.models.sortBy('cost')", "cost"),
        ("ai.models.filter(x, x.capabilities.y == 1)", "capabilities"),
    ],
)
def test_without_the_text_a_place_is_that_of_a_text_without_spaces(text: str, marked: str) -> None:
    partial = Partial({})
    with partial.scope("m") as variable, partial.scope("ai_") as _:
        variable.value = MODEL
        partial.collections = collections([MODEL])
        partial.evaluate(parse(text))
    (problem,) = partial.problems
    assert text[problem.start : problem.end] == marked


def test_a_name_written_with_an_escape_is_marked_as_a_whole() -> None:
    text = r"ai.models.sortBy('c\u006fst')"
    _, partial = partially(text)
    (problem,) = partial.problems
    assert problem.name == "cost"
    assert text[problem.start : problem.end] == r"'c\u006fst'"
