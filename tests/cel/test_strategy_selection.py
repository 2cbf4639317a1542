"""What a selection tells beside the models: order, number, what is left to decide, names, what dropped a model."""

from __future__ import annotations

import pytest

from migrator.cel import parse, unparse
from migrator.cel.possible import Record
from migrator.cel.strategy import collections, select
from tests.cel.test_strategy import KEPT, certain, selected
from tests.cel.test_strategy_docs import ANTHROPIC, GOOGLE, OLLAMA, names

ORDERS = [
    # text, by, whether it is known, what it needs
    ("ai.models", "", False, ""),
    ("ai.models.filter(m, m.id == 'o3')", "", False, ""),
    ("ai.models.randomize()", "ai.models.randomize()", False, "random()"),
    ("ai.models.only(['o3']).randomize()", "ai.models.only(['o3']).randomize()", True, "random()"),
    ("ai.models.sortBy(m, m.id)", "ai.models.sortBy(m, m.id)", True, ""),
    (
        "ai.models.sortBy(m, m.provider_id)",
        "ai.models.sortBy(m, m.provider_id)",
        False,
        "the gateway's order",
    ),
    ("ai.models.sortBy(m, m.id).filter(m, m.known)", "ai.models.sortBy(m, m.id)", True, ""),
    (
        "ai.models.only(['o3', 'gpt-4o']).sortBy(m, m.id == 'o3')",
        "ai.models.only(['o3', 'gpt-4o']).sortBy(m, m.id == 'o3')",
        True,
        "",
    ),
    (
        "ai.models.only(['gpt-4o', 'gpt-4o-mini']).sortBy('price')",
        "ai.models.only(['gpt-4o', 'gpt-4o-mini']).sortBy('price')",
        True,
        "",
    ),
    ("ai.models.sortBy('price')", "ai.models.sortBy('price')", False, "pricing.text.input"),
    ("ai.models.sortBy(m, m.metadata)", "ai.models.sortBy(m, m.metadata)", False, "the key"),
    (
        "[ai.models.get('openai', 'o3'), ai.models.get('openai', 'gpt-4o')]",
        "[ai.models.get('openai', 'o3'), ai.models.get('openai', 'gpt-4o')]",
        True,
        "",
    ),
    (
        "ai.models.only(['o3']) + ai.models.only(['gpt-4o'])",
        "ai.models.only(['o3']) + ai.models.only(['gpt-4o'])",
        True,
        "",
    ),
    ("ai.models.filter(m, m.known) + ai.models", "ai.models.filter(m, m.known) + ai.models", False, ""),
    (
        "ai.models.only(['o3']).filter(m, m.known) + ai.models.sortBy(m, m.id)",
        "ai.models.only(['o3']).filter(m, m.known) + ai.models.sortBy(m, m.id)",
        False,
        "",
    ),
    ("ai.models.get('openai', 'o3')", "", True, ""),
]


@pytest.mark.parametrize("text, by, known, needs", ORDERS)
def test_an_order_is_known_where_nothing_else_decides_it(text: str, by: str, known: bool, needs: str) -> None:
    order = selected(text).order
    assert ("" if order.by is None else unparse(order.by)) == by
    assert order.known is known
    assert order.needs == (frozenset({needs}) if needs else frozenset())


def test_a_known_order_is_that_of_the_keys() -> None:
    assert certain(selected("ai.models.only(['gpt-4o', 'gpt-4o-mini', 'gemini-flash']).sortBy('price')")) == (
        "gemini-flash gpt-4o-mini gpt-4o"
    )
    assert certain(selected("ai.models.onlyProviders(['openai']).sortBy(m, m.id)")) == (
        "gpt-3.5-turbo gpt-4o gpt-4o-mini o3"
    )
    assert certain(selected("[ai.models.get('ollama', 'qwen'), ai.models.get('openai', 'o3')]")) == "qwen o3"


def test_keys_beyond_what_a_double_holds_are_told_apart() -> None:
    large = [
        Record("model", {"id": str(number), "max_output_tokens": number}) for number in (2**53 + 1, 2**53)
    ]
    selection = select(parse("ai.models.sortBy(m, m.max_output_tokens)"), collections(large))
    assert selection.order.known
    assert [record.facts["id"] for record in selection.certain] == [str(2**53), str(2**53 + 1)]


@pytest.mark.parametrize(
    "text, single, yields",
    [
        ("ai.models", False, True),
        ("ai.models.random()", True, True),
        ("ai.models.randomize()", False, True),
        ("ai.models[0]", True, True),
        ("ai.models[9]", True, True),
        ("ai.models.filter(m, m.known).random()", True, True),
        ("ai.models.filter(m, m.id == 'o3' && m.known).random()", True, False),
        ("ai.models.filter(m, m.known)[8]", True, True),
        ("ai.models.filter(m, m.known)[9]", True, False),
        ("ai.models.get('openai', 'o3')", True, True),
        ("has(req.x) ? ai.models[0] : ai.models.get('openai', 'o3')", True, True),
        ("has(req.x) ? ai.models[0] : ai.models", False, False),
        ("ai.models.filter(m, m.known && m.id == 'o3')", False, False),
        ("fastest", False, False),
    ],
)
def test_a_strategy_takes_one_or_many_and_surely_something_or_not(
    text: str, single: bool, yields: bool
) -> None:
    selection = selected(text)
    assert (selection.single, selection.surely_yields) == (single, yields)


RESIDUALS = [
    (
        "ai.models.filter(m, m.provider_id == 'google' && m.metrics.global.request_count > 5)",
        "m.metrics.global.request_count > 5",
        2,
    ),
    ("ai.models.filter(m, m.known && m.id == 'o3')", "m.known", 1),
    ("ai.models.filter(x, x.known && x.id == 'o3')", "x.known", 1),
    ("ai.models.only(['o3']).filter(m, m.known).filter(m, m.custom)", "m.known && m.custom", 1),
    (
        "ai.models.only(['o3']).filter(m, m.known || m.custom).inRegion('us')",
        "(m.known || m.custom) && inRegion('us')",
        1,
    ),
    ("ai.models.only(['o3']).underCost('text.input', 1)", "underCost('text.input', 1)", 1),
    ("ai.models.only(['O3'])", "only(['O3'])", 1),
    ("ai.models.only(['o3']).filter(m, m.known).random()", "random()", 1),
    ("ai.models.only(['o3', 'qwen'])[0]", "ai.models.only(['o3', 'qwen'])[0]", 2),
    ("ai.models.only(['o3', 'qwen']).random()", "random()", 2),
    ("has(req.x) ? ai.models.only(['o3']) : []", "has(req.x) ? ai.models.only(['o3']) : []", 1),
]


@pytest.mark.parametrize("text, left, count", RESIDUALS)
def test_what_is_left_to_decide_is_an_expression(text: str, left: str, count: int) -> None:
    assert selected(text).residuals == ((left, count),)


@pytest.mark.parametrize(
    "text, told",
    [
        ("ai.models.filter(m, m.capabilities.x && m.capabilities.y)", ["capabilities", "capabilities"]),
        ("ai.models.filter(m, m.provider_id == 'none' && m.capabilities)", ["capabilities"]),
        ("ai.models.only([]).filter(m, m.capabilities)", ["capabilities"]),
        (
            "has(req.x) ? fastest : ai.models.filter(m, m.price < 1).cheapest()",
            ["fastest", "price", "cheapest"],
        ),
        ("ai.models.random().capabilities", ["capabilities"]),
        ("ai.providers.filter(p, p.models.size() > 1)", ["models"]),
        ("ai.keys.filter(k, k.requests > 1)", ["requests"]),
        ("ai.models.get('a', 'b').capabilities", ["capabilities"]),
        ("ai.models.filter(m, m.known)", []),
    ],
)
def test_each_name_that_does_not_exist_is_told_once_wherever_it_stands(text: str, told: list[str]) -> None:
    problems = selected(text).problems
    assert [problem.name for problem in problems] == told
    assert [text[problem.start : problem.end] for problem in problems] == told


def test_what_drops_a_model_is_told_if_asked_for() -> None:
    text = (
        "ai.models.filter(m, m.provider_id == 'openai' && (m.id.contains('gpt') && m.id != 'gpt-4o'))"
        ".ignore(['gpt-3.5-turbo']).filter(m, ai.models.filter(n, n.id == 'qwen').size() == 1)"
    )
    dropped = selected(text, trace=True).dropped
    told = {names()[record]: unparse(part).rpartition("ai.models")[2] for record, part in dropped.items()}
    by_provider = "m.provider_id == 'openai'"
    assert told == {
        **dict.fromkeys((f"{ANTHROPIC} {GOOGLE} {OLLAMA}").split(), by_provider),
        "o3": "m.id.contains('gpt')",
        "gpt-4o": "m.id != 'gpt-4o'",
        "gpt-3.5-turbo": told["gpt-3.5-turbo"],
    }
    assert told["gpt-3.5-turbo"].endswith(".ignore(['gpt-3.5-turbo'])")
    assert not selected(text).dropped
    inner = selected("ai.models.filter(m, ai.models.only(['o3']).size() == 1 && m.id == 'o3')", trace=True)
    assert {unparse(part) for part in inner.dropped.values()} == {"m.id == 'o3'"}
    assert len(inner.dropped) == 9


def test_asking_what_drops_a_model_changes_nothing_else() -> None:
    for text in (text for text, _, _ in KEPT):
        plain, traced = selected(text), selected(text, trace=True)
        assert (plain.certain, plain.possible, plain.residuals) == (
            traced.certain,
            traced.possible,
            traced.residuals,
        )
        assert not set(traced.dropped) & set(traced.possible)
