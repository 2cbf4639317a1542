"""Whatever a strategy is made of, it comes to a selection, and soon."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from migrator.cel import CelSyntaxError, Node, parse, unparse
from migrator.cel.dialect import MAX_DEPTH
from migrator.cel.nodes import Binary, Call, Conditional, Ident, Index, ListLit, Select, Unary
from migrator.cel.parser import MAX_NESTING
from migrator.cel.possible import Listing, Record
from migrator.cel.problems import MAX_MEANT
from migrator.cel.strategy import Selection, collections, condition_text, select
from migrator.cel.vocabulary import COLLECTIONS, FUNCTIONS
from tests.cel.generated import LITERALS, NODES, OPERATORS
from tests.cel.test_strategy_docs import API_KEY_SELECTION, MODEL_SELECTION, MODELS, UNIVERSE

TOO_MANY_STEPS = "the evaluation takes too many steps"


def many(count: int) -> dict[str, Listing]:
    provider = Record("provider", {"id": "p"})
    facts = [{"id": f"model-{at}", "provider_id": "p", "input_modalities": ["text"]} for at in range(count)]
    return collections([Record("model", one, provider=provider) for one in facts], [provider])


ONE, MANY = many(1), many(200)


@contextmanager
def _within(seconds: float) -> Iterator[None]:
    started = time.process_time()
    yield
    assert time.process_time() - started < seconds


def _soon(text: str, ai: dict[str, Listing] = MANY) -> Selection:
    """It takes a second or two; a slow machine may take more."""
    node = parse(text)
    with _within(10):
        return select(node, ai, text=text)


# Any expression

_WORDS = [
    *(*COLLECTIONS, "id", "provider_id", "metadata", "tier", "metrics", "global", "pricing", "input"),
    *("capabilities", "input_modalities", "quota", "datacenters", "known"),
]
_CALLED = [
    *(*FUNCTIONS, "map", "exists", "all", "exists_one", "size", "contains", "matches", "has", "string"),
    *("fastest", "orderBy", "getReqHeader", "first"),
]
_VARIABLES = st.sampled_from(["m", "x", "ai"]).map(Ident)


def _strategic(nodes: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    texts = st.lists(nodes, max_size=3).map(lambda elements: ListLit(tuple(elements)))
    args = st.lists(nodes, max_size=2).map(tuple)
    return st.one_of(
        st.builds(Select, nodes, st.sampled_from(_WORDS)),
        st.builds(Index, nodes, nodes),
        st.builds(Call, st.sampled_from(_CALLED), st.tuples(_VARIABLES, nodes), nodes),
        st.builds(Call, st.sampled_from(_CALLED), args, nodes),
        st.builds(Call, st.sampled_from(_CALLED), args),
        st.builds(Unary, st.sampled_from(["!", "-"]), nodes),
        st.builds(Binary, st.sampled_from(OPERATORS), nodes, nodes),
        st.builds(Conditional, nodes, nodes, nodes),
        texts,
    )


_AI = st.sampled_from(COLLECTIONS).map(lambda name: Select(Ident("ai"), name))
_LEAVES = _AI | _AI | st.sampled_from(["m", "x", "ai", "req", "fastest"]).map(Ident) | LITERALS
STRATEGIC: st.SearchStrategy[Node] = st.recursive(_LEAVES, _strategic, max_leaves=12)


def _shown(selection: Selection) -> str:
    """All there is in a selection, as text."""
    numbers = {record: at for at, record in enumerate(MODELS)}
    kept = [
        f"{numbers.get(one.record)} {one.certain} {condition_text(one.conditions)} {sorted(one.needs)}"
        for one in selection.kept
    ]
    dropped = [f"{numbers.get(record)} {unparse(part)}" for record, part in selection.dropped.items()]
    by = selection.order.by
    order = f"{None if by is None else unparse(by)} {selection.order.known} {sorted(selection.order.needs)}"
    flags = selection.single, selection.fails, selection.undecided, selection.surely_yields, selection.failure
    return "\n".join(map(str, [kept, dropped, order, flags, selection.problems, selection.residuals]))


@given(STRATEGIC | NODES, st.booleans())
def test_any_expression_comes_to_a_selection(node: Node, trace: bool) -> None:
    selection = select(node, UNIVERSE, trace=trace)
    assert isinstance(selection, Selection)
    if selection.failure is not None:
        assert not selection.kept
    if selection.fails:
        assert not selection.certain
    assert _shown(select(node, UNIVERSE, trace=trace)) == _shown(selection)


@given(STRATEGIC)
def test_a_name_that_does_not_exist_is_marked_in_the_text(node: Node) -> None:
    text = unparse(node)
    for problem in select(parse(text), UNIVERSE, text=text).problems:
        assert text[problem.start : problem.end] == problem.name


# The same everywhere

DETERMINISM = [
    *MODEL_SELECTION,
    *API_KEY_SELECTION,
    "has(req.x) ? ai.models.filter(m, m.capabilties && m.known || m.custom || m.metrics.globl.x) : fastest()",
    "ai.models.only(['GPT4', 'O3', 'Qwen']).inRegion('us').underCost('text.output', 1)[0]",
    "ai.models.filter(m, m.metrics.global.request_count > m.quantization + m.parameter_count)",
]


def test_the_result_does_not_depend_on_hashes() -> None:
    """This module, started with another seed for hashes, prints all of every selection."""
    root = Path(__file__).resolve().parents[2]
    printed = {
        subprocess.run(
            [sys.executable, "-m", "tests.cel.test_strategy_limits"],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(root)},
            cwd=root,
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("0", "1", "4711")
    }
    assert len(printed) == 1
    assert len(printed.pop().splitlines()) > len(DETERMINISM)


# Steps


@pytest.mark.parametrize(
    "text",
    [
        "ai.models.filter(m, ai.models.filter(n, ai.models.filter(o, o.id == m.id).size() > 0).size() > 0)",
        "ai.models.filter(m, ai.models.all(n, ai.models.all(o, o.id != n.provider_id)))",
        "ai.models.filter(m, ai.models.exists(n, ai.models.exists(o, o.metrics.global.request_count == 1)))",
        "ai.models.map(m, ai.models.map(n, ai.models.map(o, o.metrics.global.request_count)))",
        "ai.models.filter(m, ai.models.map(n, ai.models.get('p', m.id)).size() > 0)",
        "ai.models.filter(m, ai.models.map(n, ai.models.only(['model-1', 'MODEL-2'])).size() > 0)",
        "ai.models.filter(m, ai.models.map(n, ai.models.sortBy(o, o.id)).size() > 0)",
        "ai.models.filter(m, ai.models.map(n, ai.models.randomize()).size() > 0)",
        "ai.models.filter(m, ai.models.map(n, ai.models[0]).size() > 0)",
        "ai.models.filter(m, ai.models.map(n, m in ai.models).size() > 0 && ai.models.map(n, ai.models == [m]).size() > 0)",
        "ai.models.filter(m, ai.models.exists(n, ai.models.random().id + ai.models.random().id == ''))",
        "ai.models.filter(m, ai.models.map(n, ai.models + ai.models).size() > 0)",
        "ai.models.filter(m, " * (MAX_NESTING - 5) + "true" + ")" * (MAX_NESTING - 5),
    ],
)
def test_too_much_work_is_a_failure(text: str) -> None:
    selection = _soon(text)
    assert selection.failure is not None
    assert selection.failure.reason == TOO_MANY_STEPS
    assert selection.kept == ()


@pytest.mark.parametrize(
    "text",
    [
        "ai.models.filter(m, ai.models.filter(n, n.id == m.id).size() == 1)",
        "ai.models.filter(m, m.metrics.global.request_count > 1)" + ".filter(m, m.known)" * 100,
        "ai.models" + ".randomize()" * 140,
        "ai.models.filter(m, " + " || ".join(f"m.id == 'model-{at}'" for at in range(140)) + ")",
        "ai.models.filter(m, m.id in [" + ", ".join(f"'model-{at}'" for at in range(1_000)) + "])",
        "ai.models.only([" + ", ".join(f"'model-{at}'" for at in range(6_000)) + "])",
    ],
)
def test_what_people_could_write_is_no_failure(text: str) -> None:
    assert _soon(text).failure is None


def test_a_large_catalogue_is_no_failure() -> None:
    ai = many(3_000)
    for text in [*MODEL_SELECTION][::5]:
        assert _soon(text, ai).failure is None


# Patterns, texts, lists and maps


@pytest.mark.parametrize(
    "pattern", ["(a+)+$", "(a|aa)+$", "^(a*)*$", "(.*a){20}$", "^([a-z]+)*$", "^(([a-z])+.)+[A-Z]([a-z])+$"]
)
def test_a_pattern_that_would_backtrack_forever_has_a_result_at_once(pattern: str) -> None:
    ai = collections([Record("model", {"id": "a" * 200 + "!" * at}) for at in range(1, 201)])
    assert _soon(f"ai.models.filter(m, m.id.matches('{pattern}'))", ai).possible == ()
    unknown = _soon(f"ai.models.filter(m, m.display_name.matches('{pattern}'))", ai)
    assert len(unknown.possible) == 200


def test_a_pattern_that_takes_too_much_work_is_a_failure() -> None:
    ai = collections([Record("model", {"id": "ab" * 500_000})])
    selection = _soon(r"ai.models.filter(m, m.id.matches(r'(\pL\pN*){40}$'))", ai)
    assert selection.failure is not None
    assert selection.failure.reason == TOO_MANY_STEPS


@pytest.mark.parametrize("start", ["'ab'", "b'ab'", "[1, 2]", "[m.metrics, 1]", "[ai.models]", "ai.models"])
def test_what_doubles_does_not_fill_the_memory(start: str) -> None:
    text = start
    for _ in range(40):
        text = f"[{text}].map(x, x + x)[0]"
    assert _soon(f"ai.models.filter(m, size({text}) > 0)").failure is not None


def test_what_shares_its_parts_is_not_written_out() -> None:
    doubled = "m.metrics.global.request_count"
    for _ in range(40):
        doubled = f"[{doubled}].map(x, x + x)[0]"
    chained = "[req.x]" + ".map(x, x + x)" * 60 + ".map(x, x == 1 ? ai.models[0] : ai.models[1])"
    for text, count in [
        (f"ai.models.filter(m, {doubled} > 1)", 200),
        (f"{chained}.filter(m, m.known)", 200),
        (f"{chained}.filter(m, m.known)[0]", 200),
    ]:
        selection = _soon(text)
        assert len(selection.possible) == count
        assert all(len(left) < 2 * len(text) for left, _ in selection.residuals)


def test_values_nested_beyond_any_expression_are_compared() -> None:
    nested = "[m.known]" + f".map(x, {'[' * 60}x{']' * 60})" * 40
    selection = _soon(f"ai.models.filter(m, {nested} == {nested})", ONE)
    assert len(selection.possible) == 1


def test_a_list_may_be_as_long_as_an_expression() -> None:
    numbers, few = ",".join(["1"] * 49_000), ",".join(["1"] * 600)
    assert (
        len(_soon(f"[{numbers}].size() > 0 && ![{numbers[:100]}2].all(x, x == 1) ? ai.models : []").certain)
        == 200
    )
    assert len(_soon(f"ai.models.filter(m, m.id in ['model-1', {few}] && [{few}][49] == 1)").certain) == 1
    assert len(_soon(f"[{few}, has(req.x)] == [{few}] ? [] : ai.models").certain) == 200
    assert len(_soon(f"[{few}, has(req.x)] == [{few}, true] ? [] : ai.models").possible) == 200


def test_a_list_of_a_hundred_thousand_elements_is_no_expression() -> None:
    with _within(5), pytest.raises(CelSyntaxError):
        parse("[" + "1," * 100_000 + "].size() > 0")


def test_lists_grow_no_further_than_they_can_be_counted() -> None:
    hundred = "[" + ",".join(["m.known"] * 100) + "]"
    text = f"{hundred}.map(a, {hundred}.map(b, {hundred}.map(c, {hundred})))"
    selection = _soon(f"ai.models.filter(m, {text}.size() > 0)")
    assert selection.failure is not None


def test_long_sums_and_maps_are_evaluated() -> None:
    texts = " + ".join(["m.id"] * 40)
    assert len(_soon(f"ai.models.filter(m, ({texts}).size() > 0)").certain) == 200
    pairs = ", ".join(f"'k{at}': m.id" for at in range(150))
    assert len(_soon("ai.models.filter(m, {" + pairs + "} == {" + pairs + "})").certain) == 200
    opened = ", ".join(f"'k{at}': m.known" for at in range(150))
    assert len(_soon("ai.models.filter(m, {" + opened + "} == {" + opened + "})").possible) == 200


def test_many_names_that_do_not_exist_are_told_soon() -> None:
    text = "[" + ",".join(f"q{at}" for at in range(3_000)) + "]"
    problems = _soon(text).problems
    assert len(problems) == 3_000
    assert sum(bool(problem.instead) for problem in problems) <= MAX_MEANT
    fields = ",".join(f"m.capabilitie{at}" for at in range(3_000))
    assert len(_soon(f"ai.models.filter(m, [{fields}].size() > 0)").problems) == 3_000


# Length, depth and bytes


@pytest.mark.parametrize(
    "text",
    [
        "ai.models.filter(m, m.id == '" + "a" * 1_000_000 + "')",
        "ai.models" + ".filter(m, m.known)" * 60_000,
        "!" * 10_000 + "true",
        "(" * 10_000 + "ai.models" + ")" * 10_000,
        "ai.models.filter(m, " * 10_000 + "true" + ")" * 10_000,
        "ai.models" + ".randomize()" * 10_000,
        " || ".join(["m"] * 10_000),
        b"ai.models.filter(m, m.id == '\xff\xfe')".decode("utf-8", "surrogateescape"),
        "ai.models\ud800",
        "ai.models.\udcff()",
    ],
    ids=lambda text: ascii(text[:30]),
)
def test_what_is_no_expression_is_refused_before_it_is_evaluated(text: str) -> None:
    with _within(5), pytest.raises(CelSyntaxError):
        parse(text)


@pytest.mark.parametrize("depth", [MAX_DEPTH, 10_000])
def test_a_node_that_is_too_deep_is_a_failure(depth: int) -> None:
    node: Node = Ident("a")
    for _ in range(depth):
        node = Unary("!", node)
    selection = select(node, MANY)
    assert selection.failure is not None
    assert selection.failure.reason == f"more than {MAX_DEPTH} levels of nesting"


NESTED = [
    ("!", "req.x", ""),
    ("-(", "req.x", ")"),
    ("[", "req.x", "]"),
    ("{1: ", "req.x", "}"),
    ("(1 + ", "req.x", ")"),
    ("(req.x && ", "req.x", ")"),
    ("req.x ? (", "req.x", ") : 1"),
    ("req.x in [", "req.x", "]"),
    ("dyn(", "req.x", ")"),
    ("req.x[", "0", "]"),
    ("has(req[", "0", "].x)"),
    ("[req.x].all(x, ", "x", ")"),
    ("[req.x].exists_one(x, ", "x", ")"),
    ("[req.x].map(x, ", "x", ")"),
    ("[req.x].map(x, x, ", "x", ")"),
    ("(has(req.x) ? [1] : [2]).map(x, ", "x", ")"),
    ("ai.models.filter(m, ", "m.known", ")"),
    ("(has(req.x) ? ai.models : []).filter(m, ", "m.known", ")"),
    ("ai.models.sortBy(m, ", "m.known", ")"),
    ("ai.models.only(", "['a']", ")"),
    ("ai.models.fastest(", "1", ")"),
    ("ai.models.fastest(m, ", "1", ")"),
    ("fastest(", "1", ")"),
    ("", "ai.models", ".filter(m, m.known)"),
    ("", "ai.models", ".randomize()"),
    ("", "ai.models", ".fastest()"),
    ("", "ai.models[0]", ".capabilities"),
]


@pytest.mark.parametrize("form", NESTED, ids="".join)
def test_all_that_is_read_can_be_evaluated_from_deep_within_a_program(form: tuple[str, str, str]) -> None:
    before, middle, after = form
    texts = (before * times + middle + after * times for times in range(MAX_NESTING, 0, -1))
    node = next(node for text in texts if (node := _parsed(text)) is not None)

    def deep(frames: int, call: Callable[[], Selection]) -> Selection:
        return deep(frames - 1, call) if frames else call()

    with _within(10):
        assert isinstance(deep(100, lambda: select(node, ONE, trace=True)), Selection)


def _parsed(text: str) -> Node | None:
    try:
        return parse(text)
    except CelSyntaxError:
        return None


if __name__ == "__main__":
    for text in DETERMINISM:
        for element in ("model", "key"):
            sys.stdout.write(
                _shown(select(parse(text), UNIVERSE, element=element, trace=True, text=text)) + "\n"
            )
