"""No expression, binding or pattern makes an evaluation endless, and none overflows."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from migrator.cel import CelEvaluationError, CelLimitError, CelSyntaxError, Node, UInt, evaluate, parse
from migrator.cel.arithmetic import MAX_SIZE
from migrator.cel.dialect import MAX_DEPTH
from migrator.cel.evaluator import MAX_STEPS, Activation, Evaluator
from migrator.cel.nodes import Ident, ListLit, Select, Unary
from migrator.cel.parser import MAX_NESTING
from migrator.cel.values import MAX_VALUE_DEPTH

TOO_MANY_STEPS = "the evaluation takes too many steps"


@contextmanager
def _within(seconds: float) -> Iterator[None]:
    started = time.monotonic()
    yield
    assert time.monotonic() - started < seconds


def _limit(text: str, bindings: dict[str, object] | None = None) -> str:
    with pytest.raises(CelLimitError) as caught:
        evaluate(text, bindings or {})
    return caught.value.reason


# Patterns


@pytest.mark.parametrize(
    "pattern", ["(a+)+$", "(a|aa)+$", "^(a*)*$", "(.*a){20}$", "^([a-z]+)*$", "^(([a-z])+.)+[A-Z]([a-z])+$"]
)
def test_a_pattern_that_would_backtrack_forever_has_a_result_at_once(pattern: str) -> None:
    with _within(1):
        assert evaluate("t.matches(p)", {"t": "a" * 40 + "!", "p": pattern}) is False


@pytest.mark.parametrize(
    "pattern", [r"(\pL\pN*){40}$", "(([a-z]{0,30}){30})x", r"(\b.{0,200}){4}x$", "(.*a.*b){300}c"]
)
@pytest.mark.parametrize("text", ["ab" * 500_000, "ж" * 1_000_000])
def test_a_pattern_that_takes_too_much_work_is_told(pattern: str, text: str) -> None:
    with _within(3):
        reason = _limit("t.matches(p)", {"t": text, "p": pattern})
    assert reason == "`matches` takes too much work: the pattern or the text is too long"


def test_a_pattern_that_is_too_large_is_told() -> None:
    with _within(1), pytest.raises(CelEvaluationError) as caught:
        evaluate("'a'.matches(p)", {"p": "(\\pL\\pN*){500}"})
    assert caught.value.reason == "`matches` needs a pattern of RE2: pattern too large - compile failed"


def test_many_patterns_are_too_many_steps() -> None:
    with _within(20):
        assert _limit(
            "n.all(i, n.all(j, !'a'.matches('(\\\\pL\\\\pN*){10}' + string(i) + string(j))))",
            {"n": list(range(500))},
        )


def test_a_long_text_may_be_matched() -> None:
    with _within(1):
        assert evaluate("t.matches('needle$')", {"t": "hay" * 30_000 + "needle"}) is True


# Steps and sizes


@pytest.mark.parametrize(
    "text",
    [
        "n.all(a, n.all(b, n.all(c, n.all(d, true))))",
        "!n.exists(a, n.exists(b, n.exists(c, n.exists(d, false))))",
        "n.map(a, n.map(b, n.map(c, n.map(d, d))))",
        "n.filter(a, n.exists_one(b, n.exists_one(c, n.exists_one(d, d == 1))))",
        "n.all(a, n.all(b, n.all(c, n.all(d, true)))) || true",
        "n.all(a, n.all(b, n.all(c, n == n)))",
        "n.all(a, n.all(b, n.all(c, !(-1 in n))))",
        "n.all(a, n.all(b, t.contains('needle') || true))",
        "n.all(a, n.all(b, t == t + ''))",
        "n.all(a, n.all(b, t < u))",
        "n.all(a, n.all(b, !t.matches('needle$')))",
    ],
)
def test_too_much_work_is_told(text: str) -> None:
    with _within(20):
        bindings: dict[str, object] = {"n": list(range(100)), "t": "a" * 10_000, "u": "a" * 10_000 + "b"}
        assert _limit(text, bindings)


def test_a_decided_operator_does_not_look_at_the_endless_one() -> None:
    assert evaluate("true || n.all(a, n.all(b, n.all(c, n.all(d, true))))", {"n": list(range(100))}) is True


@pytest.mark.parametrize("start", ["'ab'", "b'ab'", "[1, 2]"])
def test_what_doubles_does_not_fill_the_memory(start: str) -> None:
    text = start
    for _ in range(40):
        text = f"[{text}].map(x, x + x)[0]"
    with _within(10):
        assert _limit(f"size({text})") in (f"a text or list of more than {MAX_SIZE} elements", TOO_MANY_STEPS)


@pytest.mark.parametrize("outer", ["x", "size(string(x == x))", "{'a': x} == {'a': x}", "x in [x]"])
def test_what_shares_its_parts_is_counted_as_if_it_did_not(outer: str) -> None:
    text = "1"
    for _ in range(40):
        text = f"[{text}].map(x, [x, x])[0]"
    with _within(10):
        assert _limit(f"[{text}].map(x, {outer})") == TOO_MANY_STEPS


def test_steps_are_counted_for_the_whole_evaluation() -> None:
    node = parse("[1, 2].map(x, x)")
    assert Evaluator(Activation({}), steps=6).value(node) == [1, 2]
    with pytest.raises(CelLimitError):
        Evaluator(Activation({}), steps=5).value(node)
    assert MAX_STEPS == 1_000_000


def test_a_binding_that_is_too_large_is_told() -> None:
    assert _limit("v == 1 || true", {"v": [0] * (MAX_STEPS + 1)}) == TOO_MANY_STEPS
    assert evaluate("1 == 1", {"v": [0] * (MAX_STEPS + 1)}) is True


def test_a_long_list_is_no_bomb() -> None:
    models = [{"id": f"model-{at}", "provider_id": "openai", "limits": {"in": at}} for at in range(2_000)]
    text = "ms.filter(m, m.provider_id == 'openai' && m.limits['in'] % 2 == 0).map(m, m.id).size()"
    assert evaluate(text, {"ms": models}) == 1_000


# Depth


NESTED = [
    ("!", "true", ""),
    ("-(", "1", ")"),
    ("[", "1", "]"),
    ("{1: ", "1", "}"),
    ("(1 + ", "1", ")"),
    ("(true && ", "true", ")"),
    ("(false || !(", "true", "))"),
    ("true ? (", "1", ") : 1"),
    ("false ? 1 : ", "1", ""),
    ("dyn(", "1", ")"),
    ("[1][", "0", " * 0]"),
    ("[1].all(x, ", "true", ")"),
    ("[1].exists(x, ", "true", ")"),
    ("[1].exists_one(x, ", "true", ")"),
    ("[1].map(x, ", "1", ")"),
    ("[1].filter(x, ", "true", ") == [1]"),
    ("[1].map(x, true, ", "1", ")"),
    ("", "[1]", ".filter(x, true)"),
    ("", "1", " + 1"),
    ("has({'a': ", "1", "}.a)"),
]


def _nested(form: tuple[str, str, str], times: int) -> str:
    before, middle, after = form
    return before * times + middle + after * times


@pytest.mark.parametrize("form", NESTED, ids="".join)
def test_all_that_is_read_can_be_evaluated(form: tuple[str, str, str]) -> None:
    times = next(times for times in range(MAX_NESTING, 0, -1) if _reads(_nested(form, times)))
    assert times > 30
    evaluate(_nested(form, times), {})


def test_a_field_is_found_as_deep_as_bindings_may_be() -> None:
    deep: Any = "found"
    for _ in range(MAX_VALUE_DEPTH):
        deep = {"m": deep}
    assert evaluate("m" + ".m" * MAX_VALUE_DEPTH, {"m": deep}) == "found"


def _reads(text: str) -> bool:
    try:
        parse(text)
    except CelSyntaxError:
        return False
    return True


def test_the_depth_of_nodes_is_that_of_the_parser() -> None:
    assert MAX_DEPTH == MAX_NESTING


@pytest.mark.parametrize("depth", [MAX_DEPTH, 10_000])
def test_a_node_that_is_too_deep_is_refused(depth: int) -> None:
    node: Node = Ident("a")
    for _ in range(depth):
        node = Unary("!", node)
    with pytest.raises(CelLimitError) as caught:
        evaluate(node, {"a": True})
    assert caught.value.reason == f"more than {MAX_DEPTH} levels of nesting"


def test_a_binding_that_is_too_deep_is_told() -> None:
    deep: list[Any] = []
    for _ in range(10_000):
        deep = [deep]
    with pytest.raises(CelEvaluationError) as caught:
        evaluate("a", {"a": deep})
    assert caught.value.reason.endswith(f"more than {MAX_VALUE_DEPTH} levels of lists and maps")


def test_a_binding_that_contains_itself_is_told() -> None:
    endless: list[Any] = [1]
    endless.extend([endless, endless])
    with _within(10), pytest.raises(CelEvaluationError):
        evaluate("a", {"a": endless})


def test_values_nest_as_deep_as_bindings_and_expression_together() -> None:
    deep: Any = 1
    for _ in range(MAX_VALUE_DEPTH - 1):
        deep = [deep]
    text = "[" * (MAX_NESTING - 2) + "a" + "]" * (MAX_NESTING - 2)
    assert evaluate(f"{text} == {text}", {"a": deep}) is True
    assert evaluate(text, {"a": deep})


def test_a_long_name_or_list_is_read_through() -> None:
    names: Node = Ident("a")
    for at in range(MAX_DEPTH - 2):
        names = Select(names, f"f{at}")
    with _within(1), pytest.raises(CelEvaluationError):
        evaluate(names, {"x.y": 1})
    assert evaluate(ListLit((Ident("a"),) * 5_000), {"a": UInt(1)}) == [1] * 5_000
