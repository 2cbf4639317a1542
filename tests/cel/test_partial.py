"""How far an unknown spreads, operator by operator and macro by macro."""

from __future__ import annotations

from contextlib import ExitStack

import pytest

from migrator.cel import parse, unparse
from migrator.cel.nodes import Ident, Literal
from migrator.cel.partial import Partial
from migrator.cel.possible import (
    TRUTHS,
    Condition,
    Failed,
    Item,
    Known,
    Listing,
    Open,
    Order,
    Possible,
    Record,
)
from migrator.cel.strategy import collections

LEFT = Condition(Ident("c"))
PERHAPS = Item(3, certain=False, conditions=(LEFT,), needs=frozenset({"three"}))
MODEL = Record(
    "model",
    {
        "id": "gpt",
        "known": True,
        "metadata": {
            "tier": "gold",
            "none": None,
            "config": {"region": "us", "deep": {"x": 1}},
            "a.b": 1,
            "a": {"b": 2},
        },
        "input_modalities": ["text", "image"],
        "pricing.input": 1.5,
    },
)
BOUND: dict[str, Possible] = {
    "u": Open(Ident("u"), frozenset({"u"}), fails=False),  # anything, but a value
    "w": Open(Ident("w"), frozenset({"w"})),  # anything, or no value
    "q": Open(Ident("q"), frozenset({"q"}), TRUTHS, fails=False),  # true or false
    "r": Open(Ident("r"), frozenset({"r"}), TRUTHS),  # true, false or no value
    "t": Open(Ident("t"), frozenset({"t"}), (True,)),  # true or no value
    "n": Open(Ident("n"), frozenset({"n"}), (1, 2), fails=False),
    "s": Open(Ident("s"), frozenset({"s"}), ("a", "b"), fails=False),
    "three": Listing((Item(1), Item(2), PERHAPS), Order(None, known=True)),  # the third perhaps
    "some": Listing((Item(1), Item(2), PERHAPS)),  # the same, in any order
    "m": MODEL,
}


def partially(text: str, steps: int = 10_000) -> tuple[Possible, Partial]:
    partial = Partial(collections([MODEL]), steps, text=text)
    with ExitStack() as scopes:
        for name, value in BOUND.items():
            scopes.enter_context(partial.scope(name)).value = value
        return partial.evaluate(parse(text)), partial


def outcomes(text: str) -> str:
    """All it may come to: values, ``…`` for any value, ``-`` for no value."""
    found, _ = partially(text)
    if isinstance(found, Failed):
        return "-"
    if not isinstance(found, Open):
        return _shown(found)
    shown = ["…"] if found.values is None else [_shown(value) for value in found.values]
    return " ".join([*sorted(shown), *(["-"] if found.fails else [])])


def _shown(known: Known) -> str:
    if isinstance(known, Listing):
        inner = [_item(item) for item in known.items]
        return f"[{', '.join(inner)}]" if known.order.known else f"[{', '.join(inner)}, in any order]"
    if isinstance(known, list):
        return f"[{', '.join(_shown(value) for value in known)}]"
    if isinstance(known, Record):
        return known.kind
    if known is None or isinstance(known, bool | str):
        return unparse(Literal(known, "null"))
    return str(known)


def _item(item: Item) -> str:
    value = item.value
    shown = "/".join(map(_shown, value.values)) if isinstance(value, Open) and value.values else "…"
    return (_shown(value) if not isinstance(value, Open) else shown) + ("" if item.certain else "?")


LOGIC = [
    ("u && false", "false"),
    ("false && u", "false"),
    ("w && false", "false"),
    ("false && 1 / 0 > 0", "false"),
    ("1 / 0 > 0 && false", "false"),
    ("q && true", "false true"),
    ("true && q", "false true"),
    ("q && q", "false true"),
    ("q && 1 / 0 > 0", "false -"),
    ("1 / 0 > 0 && q", "false -"),
    ("t && true", "true -"),
    ("t && t", "true -"),
    ("t && q", "false true -"),
    ("r && true", "false true -"),
    ("u && true", "false true -"),
    ("true && true", "true"),
    ("1 / 0 > 0 && true", "-"),
    ("1 / 0 > 0 && 1 / 0 > 0", "-"),
    ("'a' && true", "-"),
    ("'a' && false", "false"),
    ("u || true", "true"),
    ("true || u", "true"),
    ("w || true", "true"),
    ("1 / 0 > 0 || true", "true"),
    ("q || false", "false true"),
    ("q || true", "true"),
    ("q || 1 / 0 > 0", "true -"),
    ("t || false", "true -"),
    ("t || q", "true -"),
    ("r || q", "false true -"),
    ("1 / 0 > 0 || false", "-"),
    ("t || 1 / 0 > 0", "true -"),
    ("1 / 0 > 0 || t", "true -"),
    ("r && 1 / 0 > 0", "false -"),
    ("!q", "false true"),
    ("!t", "false -"),
    ("!r", "false true -"),
    ("!u", "false true -"),
    ("!n", "-"),
    ("!(u && false)", "true"),
]
CONDITIONALS = [
    ("q ? 1 : 2", "1 2"),
    ("q ? 1 : 1", "1"),
    ("t ? 1 : 2", "1 -"),
    ("r ? 1 : 2", "1 2 -"),
    ("u ? 1 : 2", "1 2 -"),
    ("true ? u : 1 / 0", "…"),
    ("false ? u : 1", "1"),
    ("q ? 1 : 1 / 0", "1 -"),
    ("q ? 1 / 0 : 1 / 0", "-"),
    ("n ? 1 : 2", "-"),
    ("1 / 0 > 0 ? 1 : 2", "-"),
    ("q ? u : 1", "…"),
    ("q ? w : 1", "… -"),
    ("q ? [1] : []", "[1] []"),
    ("q ? three : [4]", "[1, 2, 3?] [4]"),
    ("(q ? three : [4]).size()", "1 2 3"),
    ("(q ? three : [4])[0]", "1 4"),
    ("(q ? three : [4])[1]", "2 -"),
    ("1.0 / (q ? 0.0 : -0.0) > 0.0", "false true"),
    ("(q ? three : 'ab').size()", "2 3"),
    ("(q ? [1, 2] : 'ab').exists(x, x == 2)", "true -"),
]
COMPARISONS = [
    ("u == 1", "false true"),
    ("u != 1", "false true"),
    ("w == 1", "false true -"),
    ("u == u", "false true"),
    ("u < 1", "false true -"),
    ("n == 3", "false"),
    ("n != 3", "true"),
    ("n == 1", "false true"),
    ("n < 3", "true"),
    ("n < 2", "false true"),
    ("n < 'a'", "-"),
    ("n == 'a'", "false"),
    ("t == true", "true -"),
    ("t != true", "false -"),
    ("[u] == [1]", "false true"),
    ("[u] == [1, 2]", "false"),
    ("[n] == [3]", "false"),
    ("[n, 5] == [1, 4]", "false"),
    ("[w] == [1]", "false true -"),
    ("three == [1]", "false"),
    ("three == [1, 2]", "false true"),
    ("three == [1, 2, 3]", "false true"),
    ("three == [1, 2, 3, 4]", "false"),
    ("three == three", "false true"),
    ("three == 1", "false"),
    ("three != 'a'", "true"),
    ("some == [1, 2]", "false true"),
    ("some == [4]", "false"),
    ("[three] == [three]", "false true"),
    ("{'a': 1} == {'a': 1}", "true"),
    ("{'a': n} == {'a': 3}", "false true -"),
    ("m == m", "true"),
    ("m != m", "false"),
    ("m == 'gpt'", "false"),
    ("m == {'id': 'gpt'}", "false true"),
    ("[m] == [m]", "true"),
    ("ai.models == [m]", "true"),
    ("three < three", "-"),
]
ARITHMETIC = [
    ("u + 1", "… -"),
    ("n + 1", "2 3"),
    ("n + n", "2 3 4"),
    ("n * 0", "0"),
    ("n + 'a'", "-"),
    ("n / 0", "-"),
    ("1 / (n - 1)", "1 -"),
    ("-n", "-1 -2"),
    ("s + 'c'", "'ac' 'bc'"),
    ("three + [4]", "[1, 2, 3?, 4]"),
    ("[0] + some", "[0, 1, 2, 3?, in any order]"),
    ("[u] + [1]", "[…, 1]"),
    ("three + 'a'", "-"),
    ("three - three", "-"),
    ("u + three", "… -"),
    ("s.contains('a')", "false true"),
    ("s.startsWith('c')", "false"),
    ("s.size()", "1"),
    ("u.contains('a')", "false true -"),
    ("u.matches('[')", "false true -"),
    ("s.matches('[')", "-"),
    ("type(n)", "TypeName(name='int')"),
    ("type(three)", "TypeName(name='list')"),
    ("dyn(three)", "[1, 2, 3?]"),
    ("string(n)", "'1' '2'"),
    ("int(u)", "… -"),
    ("string(three)", "-"),
]
MEMBERSHIP = [
    ("u in []", "false"),
    ("w in []", "false -"),  # what is computed from w may have no value
    ("m.supported_features in []", "false"),
    ("m.pricing.x in []", "false"),
    ("u + 1 in []", "false -"),
    ("1 / 0 in []", "-"),
    ("u in [1]", "false true -"),
    ("1 in u", "false true -"),
    ("1 in three", "true"),
    ("3 in three", "false true"),
    ("4 in three", "false"),
    ("n in three", "true"),
    ("n in [1]", "false true"),
    ("n in [1, 2]", "true"),
    ("n in [3]", "false"),
    ("1 in [u, 1]", "true"),
    ("1 in [u, 2]", "false true"),
    ("1 in [w, 1]", "true -"),
    ("'a' in [n, 2]", "false"),
    ("[u] in [[1]]", "false true"),
    ("[u] in [[1, 2]]", "false"),
    ("[u] in {'a': 1}", "false"),
    ("m in ai.models", "true"),
    ("m in [1]", "false"),
    ("m in {'a': 1}", "false"),
    ("'id' in m", "false true -"),
    ("1 in 'abc'", "-"),
    ("s in {'a': 1}", "false true"),
]
LISTS = [
    ("three.size()", "2 3"),
    ("size(three)", "2 3"),
    ("some.size() > 1", "true"),
    ("[u, u].size()", "2"),
    ("[w].size()", "1 -"),
    ("[1 / 0].size()", "-"),
    ("[n]", "[1/2]"),
    ("three[0]", "1"),
    ("three[1]", "2"),
    ("three[2]", "3 -"),
    ("three[3]", "-"),
    ("three[-1]", "-"),
    ("three[0.0]", "1"),
    ("three[0.5]", "-"),
    ("three[double('inf')]", "-"),
    ("three[double('nan')]", "-"),
    ("three[true]", "-"),
    ("three['a']", "-"),
    ("three[n]", "2 3 -"),
    ("three[u]", "… -"),
    ("some[0]", "1 2 3"),
    ("some[1]", "1 2 3"),
    ("some[2]", "1 2 3 -"),
    ("some[3]", "-"),
    ("[1, 2, 3][n]", "2 3"),
    ("[1][n]", "-"),
    ("[u, 5][1]", "5"),
    ("{'a': 1}[s]", "1 -"),
    ("{'a': 1, 'b': 2}[s]", "1 2"),
    ("{'a': u}['a']", "… -"),
    ("{n: 1}", "… -"),
    ("{1: 1, 1: 2}", "-"),
    ("m['id']", "'gpt' -"),
    ("m[0]", "-"),
    ("u[0]", "… -"),
    ("size(m)", "… -"),
    ("m + 1", "-"),
    ("m.id.size()", "3"),
    ("three.id", "-"),
    ("n.id", "-"),
    ("u.id", "… -"),
]
MACROS = [
    ("three.exists(x, x == 1)", "true"),
    ("three.exists(x, x == 3)", "false true"),
    ("three.exists(x, x == 4)", "false"),
    ("three.exists(x, u == x)", "false true"),
    ("three.exists(x, q)", "false true"),
    ("three.exists(x, x == 1 ? true : 1 / 0 > 0)", "true"),
    ("three.exists(x, 1 / (x - 1) > 5)", "-"),
    ("three.exists(x, x == 3 ? 1 / 0 > 0 : false)", "false -"),
    ("[].exists(x, u)", "false"),
    ("u.exists(x, true)", "false true -"),
    ("three.all(x, x < 3)", "false true"),
    ("three.all(x, x < 4)", "true"),
    ("three.all(x, x < 2)", "false"),
    ("three.all(x, q)", "false true"),
    ("three.all(x, q || x > 0)", "true"),
    ("three.all(x, x == 3 ? 1 / 0 > 0 : true)", "true -"),
    ("three.all(x, x == 1 ? false : 1 / 0 > 0)", "false"),
    ("[].all(x, u)", "true"),
    ("three.exists_one(x, x == 1)", "true"),
    ("three.exists_one(x, x > 1)", "false true"),
    ("three.exists_one(x, x < 3)", "false"),
    ("three.exists_one(x, x == 4)", "false"),
    ("three.exists_one(x, x == 3)", "false true"),
    ("three.exists_one(x, q)", "false true"),
    ("three.exists_one(x, x == 1 || q)", "false true"),
    ("[1, 2].exists_one(x, x == 1 ? 1 / 0 > 0 : true)", "-"),
    ("three.exists_one(x, x == 3 ? 1 / 0 > 0 : x == 1)", "true -"),
    ("three.filter(x, x > 1)", "[2, 3?]"),
    ("three.filter(x, x < 3)", "[1, 2]"),
    ("three.filter(x, x == 1 || q)", "[1, 2?, 3?]"),
    ("three.filter(x, r)", "[1?, 2?, 3?] -"),
    ("three.filter(x, x == 2 ? 1 / 0 > 0 : true)", "-"),
    ("three.filter(x, x == 3 ? 1 / 0 > 0 : true)", "[1, 2] -"),
    ("three.filter(x, 'a')", "-"),
    ("three.filter(x, false)", "[]"),
    ("some.filter(x, x > 1)", "[2, 3?, in any order]"),
    ("u.filter(x, true)", "… -"),
    ("[u].filter(x, x == 1)", "[…?]"),
    ("[u, m].filter(x, 1 / 0 > 0)", "[] -"),
    ("[m].filter(x, 1 / 0 > 0)", "[]"),
    ("[m].map(x, 1 / 0 > 0, x.id)", "[] -"),
    ("three.map(x, x + 1)", "[2, 3, 4?]"),
    ("three.map(x, u)", "[…, …, …?]"),
    ("three.map(x, w)", "[…, …, …?] -"),
    ("[w][0] == 1", "false true -"),
    ("[t].filter(x, x)", "[true] -"),
    ("[t, q][0]", "true -"),
    ("[t].exists(x, !x) ? 1 : 2", "2 -"),
    ("three.map(x, n)", "[1/2, 1/2, 1/2?]"),
    ("three.map(x, 1 / (x - 1))", "-"),
    ("three.map(x, 1 / (x - 3))", "[0, -1] -"),
    ("three.map(x, x > 1, [x])", "[[2], [3]?]"),
    ("three.map(x, x > 1 && q, x)", "[2?, 3?]"),
    ("some.map(x, x)", "[1, 2, 3?, in any order]"),
    ("u.map(x, x)", "… -"),
    ("{'a': 1}.map(k, k + s)", "['aa'/'ab']"),
    ("{'a': 1}.all(k, k in s)", "-"),
    ("'abc'.exists(x, true)", "-"),
    ("three.map(x, three.exists(y, y > x))", "[true, false/true, false?]"),
    ("m.exists(k, k == 'id')", "false true -"),
    ("m.map(k, k)", "… -"),
    ("[1].map(u, u)", "[1]"),
]
FIELDS = [
    ("m.id", "'gpt'"),
    ("m.custom", "…"),
    ("m.pricing", "…"),
    ("m.pricing.input", "1.5"),
    ("m.pricing['input']", "1.5"),
    ("m.pricing.output", "… -"),
    ("m.metrics.global.latency.upstream_ms_avg", "…"),
    ("m.metrics.api_keys['k'].latency.upstream_ms_avg", "… -"),
    ("m.metadata.tier", "'gold'"),
    ("m.metadata['tier']", "'gold'"),
    ("m.metadata.none", "null"),
    ("m.metadata.missing", "null -"),
    ("m.metadata['missing']", "null -"),
    ("m.metadata.missing == 'x'", "false -"),
    ("m.metadata.missing != 'x'", "true -"),
    ("m.metadata.missing.inner", "-"),
    ("m.metadata.config.region", "'us'"),
    ("m.metadata.config.missing", "null -"),
    ("m.metadata.config.deep.missing", "null -"),
    ("[m.metadata][0].missing", "null -"),
    ("[m.metadata].exists(d, d.missing != 1)", "true -"),
    ("{'a': 1}.missing", "-"),
    ("m.getMetadata('tier')", "'gold'"),
    ("m.getMetadata('none')", "null"),
    ("m.getMetadata('config.region')", "'us'"),
    ("m.getMetadata('config.deep.x')", "1"),
    ("m.getMetadata('missing')", "null -"),
    ("m.getMetadata('tier.missing')", "null -"),
    ("m.getMetadata('config.missing')", "null -"),
    ("m.getMetadata('a.b')", "1 2"),
    ("m.getMetadata(1)", "-"),
    ("m.getMetadata()", "-"),
    ("m.getMetadata(u)", "… -"),
    ("m.getMetadata(s)", "Map([('b', 2)]) null -"),
    ("u.getMetadata('a')", "… -"),
    ("three.getMetadata('a')", "-"),
    ("has(m.id)", "true"),
    ("has(m.custom)", "false true"),
    ("has(m.pricing)", "false true"),
    ("has(m.pricing.input)", "true"),
    ("has(m.pricing.output)", "false true"),
    ("has(m.metadata.tier)", "true"),
    ("has(m.metadata.missing)", "false"),
    ("'missing' in m.metadata", "false"),
    ("has(m.metadata.none)", "true"),
    ("has(u.x)", "false true"),
    ("has(w.x)", "false true -"),
    ("has(three.x)", "-"),
    ("has(n.x)", "-"),
    ("has({'a': 1}.b)", "false"),
    ("m.metrics == 1 && false", "false"),
    ("req.headers['x'][0] == 'y'", "false true -"),
    ("ai['models']", "… -"),
    ("ai", "…"),
    ("type(m.id) == string", "true"),
    (".m", "… -"),
]


@pytest.mark.parametrize(
    "text, expected",
    [*LOGIC, *CONDITIONALS, *COMPARISONS, *ARITHMETIC, *MEMBERSHIP, *LISTS, *MACROS, *FIELDS],
)
def test_an_unknown_spreads_no_further_than_it_must(text: str, expected: str) -> None:
    assert outcomes(text) == expected


def test_what_is_no_value_of_the_language_counts_as_unknown() -> None:
    odd = Record(
        "model",
        {"id": "\ud800", "max_output_tokens": 2**70, "description": object(), "metadata": {"a": {1, 2}}},
    )
    partial = Partial(collections([odd]))
    for field in ("id", "max_output_tokens", "description", "metadata", "metadata.a"):
        found = partial.evaluate(parse(f"ai.models.exists(m, m.{field} == 'a')"))
        assert isinstance(found, Open)
        assert found.values == TRUTHS


def test_metadata_that_is_null_is_metadata_without_anything() -> None:
    partial = Partial(collections([Record("model", {"metadata": None})]))
    found = partial.evaluate(parse("ai.models.map(m, m.metadata.tier)"))
    assert isinstance(found, Open)
    assert found.fails
