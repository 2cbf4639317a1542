"""What expressions evaluate to, where the specification's own tests do not look."""

from __future__ import annotations

import pickle
import sys
from collections import OrderedDict
from enum import IntEnum, StrEnum
from types import MappingProxyType

import pytest

from migrator.cel import CelEvaluationError, CelLimitError, CelSyntaxError, Plain, UInt, evaluate, parse
from migrator.cel.dialect import FOREIGN
from migrator.cel.evaluator import Activation, Evaluator
from migrator.cel.functions import FUNCTIONS, METHODS
from migrator.cel.nodes import Ident, Index, ListLit, Literal, MapEntry, MapLit, MessageLit, Node, Select
from migrator.errors import InternalError, MigratorError
from migrator.secrets import mask

MODEL = {
    "id": "gpt-4o-mini",
    "provider_id": "openai",
    "metadata": {"tier": "fast"},
    "input_modalities": ["text", "image"],
    "max_context_window": 128_000,
}


def _reason(text: str, bindings: dict[str, object] | None = None) -> str:
    with pytest.raises(CelEvaluationError) as caught:
        evaluate(text, bindings or {})
    assert text[caught.value.offset : caught.value.end]
    return caught.value.reason


@pytest.mark.parametrize(
    "text, value",
    [
        ("m.provider_id == 'openai' && m.id.contains('mini')", True),
        ("m.id.matches('^gpt-4.*(mini|nano)$')", True),
        ("'image' in m.input_modalities && m.max_context_window > 100000", True),
        ("has(m.metadata.tier) ? m.metadata['tier'] : 'none'", "fast"),
        ("m.input_modalities.exists(x, x == 'audio')", False),
        ("[m].filter(x, x.provider_id in ['openai', 'anthropic']).map(x, x.id)", ["gpt-4o-mini"]),
    ],
)
def test_strategies_of_the_documentation_evaluate(text: str, value: Plain) -> None:
    assert evaluate(text, {"m": MODEL}) == value


@pytest.mark.parametrize(
    "text, value",
    [
        ("false && 1 / 0 > 0", False),
        ("1 / 0 > 0 && false", False),
        ("true || nothing", True),
        ("nothing || true", True),
        ("nothing || nothing || true", True),
        ("1 || true", True),
        ("'a' && false", False),
        ("true ? 1 : 1 / 0", 1),
        ("false ? 1 / 0 : 1", 1),
        ("[0, 1].exists(x, 1 / x > 0)", True),
        ("[0, 2].all(x, 1 / x > 0)", False),
        ("['a', 1].exists(x, x + 1 == 2)", True),
        ("[1, 2].map(x, x % 2 == 0, [x])", [[2]]),
        ("{'b': 1, 'a': 2}.map(k, k)", ["b", "a"]),
        ("{1u: 2}.filter(k, type(k) == uint)", [1]),
        ("[1, 2, 3].existsOne(x, x > 2)", True),
        ("[[1, 2], [3]].map(x, x.map(x, x + 1))", [[2, 3], [4]]),
        ("[1, 2].filter(x, [2, 3].exists(y, y == x))", [2]),
        ("[1].map(a, [2].map(b, [3].map(a, a + b)))", [[[5]]]),
        ("[1].map(n, n + (.n).size())", [3]),
        ("[1].map(int, int)", [1]),
        ("[{'a': 1}].map(m, m.a)", [1]),
    ],
)
def test_logic_and_macros(text: str, value: Plain) -> None:
    assert evaluate(text, {"n": "ab", "m.a": "no"}) == value


@pytest.mark.parametrize(
    "text, value",
    [
        ("a.b.c", "abc"),
        (".a.b.c", "abc"),
        ("a.b.d", "in ab"),
        ("a.x", "in a"),
        ("has(a.x)", True),
        ("[a.b][0].c", "shadowed"),
        ("[{'b': {'c': 'local'}}].map(a, a.b.c)", ["local"]),
        ("[{'b': 1}].map(x, [2].map(y, x.b))", [[1]]),
        ("[{'b': {'c': 'local'}}].map(a, .a.b.c)", ["abc"]),
        ("'abc'.size()", 3),
        ("string", "bound"),
        ("string(1)", "1"),
        ("int", "int"),
    ],
)
def test_the_longest_name_that_is_bound_is_meant(text: str, value: Plain) -> None:
    bindings = {"a.b.c": "abc", "a.b": {"c": "shadowed", "d": "in ab"}, "a": {"x": "in a"}, "string": "bound"}
    assert evaluate(text, bindings) == value


class _Name(StrEnum):
    A = "a"


class _Number(IntEnum):
    ONE = 1


def test_what_python_binds_becomes_a_value() -> None:
    given = {
        "tuple": (1, (2,)),
        "map": OrderedDict(MappingProxyType({"k": UInt(1)})),
        "text": _Name.A,
        "number": _Number.ONE,
        "flag": True,
        "mixed": {1: "a", "1": "b"},
    }
    assert evaluate(
        "[type(v.tuple), type(v.map.k), type(v.text), type(v.number), type(v.flag)]", {"v": given}
    ) == [
        "list",
        "uint",
        "string",
        "int",
        "bool",
    ]
    result = evaluate("v", {"v": given})
    assert result == {
        "tuple": [1, [2]],
        "map": {"k": 1},
        "text": "a",
        "number": 1,
        "flag": True,
        "mixed": {1: "a", "1": "b"},
    }
    assert isinstance(result, dict)
    assert [type(value) for value in result.values()] == [list, dict, str, int, bool, dict]
    assert type(evaluate("1u", {})) is int


@pytest.mark.parametrize(
    "given, reason",
    [
        (2**63, "a number beyond the range of int"),
        (UInt(2**64), "a number beyond the range of uint"),
        (UInt(-1), "a number beyond the range of uint"),
        ("\ud800", "a text with half of a surrogate pair"),
        (object(), "Python's object is no type of CEL"),
        ({1, 2}, "Python's set is no type of CEL"),
        ({1.5: 1}, "a double is no key of a map"),
        ({None: 1}, "null is no key of a map"),
        ({(1,): 1}, "a list is no key of a map"),
        ([[2**70]], "a number beyond the range of int"),
    ],
)
def test_what_is_no_value_is_told_where_its_name_stands(given: object, reason: str) -> None:
    text = "1 == 2 || v == 1"
    with pytest.raises(CelEvaluationError) as caught:
        evaluate(text, {"v": given})
    assert caught.value.reason == f"what `v` is bound to is no value: {reason}"
    assert (caught.value.offset, caught.value.end) == (10, 11)
    assert evaluate("1 == 1", {"v": given}) is True


def test_bindings_and_results_are_apart() -> None:
    given = [[1]]
    result = evaluate("v + v", {"v": given})
    given[0].append(2)
    assert result == [[1], [1]]


def test_a_map_that_python_cannot_hold_has_no_result() -> None:
    assert _reason("{true: 'a', 1: 'b'}").startswith("a map with a bool and its number as keys")
    assert evaluate("{true: 'a', 2: 'b'}", {}) == {True: "a", 2: "b"}


@pytest.mark.parametrize("name", sorted(FOREIGN))
def test_what_belongs_to_an_extension_is_refused_by_its_name(name: str) -> None:
    assert name not in {**FUNCTIONS, **METHODS}
    for text in (f"{name}('x')", f"'x'.{name}(1)", f"lib.{name}(y, z)"):
        assert _reason(text) == f"`{name}` ({FOREIGN[name]}) is not part of Traffic Policy's CEL here"


@pytest.mark.parametrize(
    "text, place, reason",
    [
        ("a.B{c: 1}", "a.B{c: 1}", "`a.B{…}` (a message) is not part of Traffic Policy's CEL here"),
        ("a.?b", "a.?b", "`?` (optional values) is not part of Traffic Policy's CEL here"),
        ("a[?b]", "a[?b]", "`?` (optional values) is not part of Traffic Policy's CEL here"),
        ("[1, ?b]", "[1, ?b]", "`?` (optional values) is not part of Traffic Policy's CEL here"),
        ("{?'a': b}", "?'a': b", "`?` (optional values) is not part of Traffic Policy's CEL here"),
        ("has(a.?b)", "a.?b", "`?` (optional values) is not part of Traffic Policy's CEL here"),
        (
            "a.exists(i, v, true)",
            "a.exists(i, v, true)",
            "`exists` with three arguments (macros with two variables) is not part of Traffic Policy's CEL here",
        ),
        ("has(a)", "has(a)", "`has` takes the selection of a field, as in has(a.b)"),
        ("has(a['b'])", "has(a['b'])", "`has` takes the selection of a field, as in has(a.b)"),
        ("has(a.b, a.c)", "has(a.b, a.c)", "`has` takes the selection of a field, as in has(a.b)"),
    ]
    + [
        (text, text, f"`{name}` takes the name of a variable, then an expression in which it stands")
        for name, text in [
            ("all", "a.all(x.y, true)"),
            ("exists", "a.exists('x', true)"),
            ("map", "a.map(.x, true)"),
            ("map", "a.map(x)"),
            ("filter", "a.filter(x, true, x)"),
            ("exists_one", "a.exists_one()"),
        ]
    ],
)
def test_what_is_refused_is_refused_wherever_it_stands(text: str, place: str, reason: str) -> None:
    for whole in (text, f"true || {text}", f"[1].map(x, false ? {text} : 1)"):
        with pytest.raises(CelEvaluationError) as caught:
            evaluate(whole, {})
        assert caught.value.reason == reason
        assert whole[caught.value.offset : caught.value.end] == place


def test_a_node_is_evaluated_like_its_text() -> None:
    assert evaluate(parse("a + 1"), {"a": 1}) == 2
    with pytest.raises(CelEvaluationError) as caught:
        evaluate(Select(Ident("a"), "b"), {})
    assert (caught.value.offset, caught.value.end) == (-1, -1)
    assert caught.value.message == "the CEL expression has no value: there is no variable `a`"


@pytest.mark.parametrize(
    "node",
    [
        Literal(2**63, "int"),
        Literal(-1, "uint"),
        Literal("\ud800", "string"),
        Select(Ident("a"), "b", optional=True),
        Index(ListLit(), Literal(0, "int"), optional=True),
        MapLit((MapEntry(Literal("a", "string"), Ident("b"), optional=True),)),
    ],
)
def test_a_node_that_no_text_gives_is_refused(node: Node) -> None:
    with pytest.raises(CelEvaluationError):
        evaluate(ListLit((node,)), {"a": {"b": 1}, "b": 1})


def test_a_node_is_checked_before_it_is_evaluated() -> None:
    with pytest.raises(InternalError):
        Evaluator(Activation({})).value(MessageLit("A"))


def test_a_text_that_is_no_expression_is_a_syntax_error() -> None:
    with pytest.raises(CelSyntaxError):
        evaluate("1 +", {})


def test_an_error_tells_its_place() -> None:
    text = "m.id == 'x' &&\n  m.limits.context > 100 // why"
    with pytest.raises(CelEvaluationError) as caught:
        evaluate(text, {"m": {"id": "x"}})
    error = caught.value
    assert isinstance(error, MigratorError)
    assert not isinstance(error, CelLimitError)
    assert error.message == "the CEL expression has no value at character 18: the map has no key `limits`"
    assert error.remedy
    assert error.excerpt(text) == "  m.limits.context > 100 // why\n  ^^^^^^^^"
    assert error.__cause__ is None


@pytest.mark.parametrize(
    "text, excerpt",
    [
        ("1 + 'a'", "1 + 'a'\n^^^^^^^"),
        ("[1] +\n2", "[1] +\n^^^^^"),
        ("true && (1\t/ 0 > 1)", "true && (1 / 0 > 1)\n         ^^^^^"),
        (f"'{'a' * 60}' == '' || x", f"…{'a' * 39}' == '' || x\n{' ' * 50} ^"),
        (f"x + '{'a' * 60}'", f"x + '{'a' * 25}…\n^"),
        (f"1 + '{'a' * 60}'", f"1 + '{'a' * 25}…\n{'^' * 31}"),
    ],
)
def test_an_excerpt_marks_the_failing_node(text: str, excerpt: str) -> None:
    with pytest.raises(CelEvaluationError) as caught:
        evaluate(text, {})
    assert caught.value.excerpt(text) == excerpt


def test_carets_stand_below_letters_that_take_two_columns() -> None:
    text = "m.limits == '名前' && m.nothing"
    error = CelEvaluationError("no such key", text.index("m.nothing"), len(text))
    assert error.excerpt(text) == f"{text}\n{' ' * 22}{'^' * 9}"
    marked = CelEvaluationError("wrong", text.index("'名前'"), text.index(" &&"))
    assert marked.excerpt(text) == f"{text}\n{' ' * 12}{'^' * 6}"


def test_an_excerpt_without_a_place_marks_nothing() -> None:
    assert CelEvaluationError("anything").excerpt("a +\nb") == "a +"


def test_an_error_never_shows_a_credential() -> None:
    secret = mask(0, 12)
    text = f"f('{secret}') == 1 || {{'{secret}': 1}}['x{secret}'] == '{secret}'"
    with pytest.raises(CelEvaluationError) as caught:
        evaluate(text, {})
    assert secret not in caught.value.excerpt(text) + caught.value.message
    assert "***" in caught.value.excerpt(text)


def test_an_error_does_not_quote_a_pattern() -> None:
    assert _reason("'a'.matches('(?=hunter2)')") == "`matches` needs a pattern of RE2: invalid perl operator"


def test_a_missing_engine_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "re2", None)
    assert _reason("'a'.matches('a')") == "`matches` needs the library google-re2, which is not installed"


def test_an_error_can_be_pickled() -> None:
    for error in (CelEvaluationError("why", 1, 2), CelLimitError("why", 1, 2)):
        copy = pickle.loads(pickle.dumps(error))  # noqa: S301 -- made here
        assert type(copy) is type(error)
        assert (copy.reason, copy.offset, copy.end) == ("why", 1, 2)
