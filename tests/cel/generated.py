"""Expressions and values that tests try."""

from __future__ import annotations

from hypothesis import strategies as st

from migrator.cel import Node, UInt
from migrator.cel.nodes import (
    Binary,
    Call,
    Conditional,
    Ident,
    Index,
    ListLit,
    Literal,
    MapEntry,
    MapLit,
    MessageField,
    MessageLit,
    Select,
    Unary,
)
from migrator.cel.values import Map, TypeName, Value

RESERVED = ["as", "break", "const", "continue", "else", "for", "function", "if", "import", "let", "loop"]
RESERVED += ["package", "namespace", "return", "var", "void", "while"]
KEYWORDS = ["true", "false", "null", "in"]
OPERATORS = ["||", "&&", "<", "<=", ">=", ">", "==", "!=", "in", "+", "-", "*", "/", "%"]


# Nodes of every kind. What can be read is generated, and nothing else: names that are names,
# numbers in the range of their kind, no sign but in front of an int or a double.

_SELECTORS = st.from_regex(r"[_a-zA-Z][_a-zA-Z0-9]{0,5}", fullmatch=True) | st.sampled_from(RESERVED)
SELECTORS = _SELECTORS.filter(lambda name: name not in KEYWORDS)
IDENTIFIERS = SELECTORS.filter(lambda name: name not in RESERVED)
FIELDS = SELECTORS | st.from_regex(r"[a-zA-Z0-9_.\-/ ]{1,6}", fullmatch=True) | st.sampled_from(KEYWORDS)
TYPE_NAMES = st.lists(SELECTORS, min_size=1, max_size=3).map(".".join)

LITERALS = st.one_of(
    st.builds(Literal, st.integers(-(2**63), 2**63 - 1), st.just("int")),
    st.builds(Literal, st.integers(0, 2**64 - 1), st.just("uint")),
    st.builds(Literal, st.floats(allow_nan=False, allow_infinity=False), st.just("double")),
    st.builds(Literal, st.text(st.characters(exclude_categories=["Cs"])), st.just("string")),
    st.builds(
        Literal, st.binary() | st.text().map(lambda text: text.encode("utf-8", "replace")), st.just("bytes")
    ),
    st.builds(Literal, st.booleans(), st.just("bool")),
    st.just(Literal(None, "null")),
)


def _list_literals(nodes: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    elements = st.lists(st.tuples(nodes, st.booleans()), max_size=3)
    return elements.map(
        lambda pairs: ListLit(
            tuple(node for node, _ in pairs),
            tuple(at for at, (_, optional) in enumerate(pairs) if optional),
        )
    )


def _compound(nodes: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    args = st.lists(nodes, max_size=3).map(tuple)
    entries = st.lists(st.builds(MapEntry, nodes, nodes, st.booleans()), max_size=3).map(tuple)
    fields = st.lists(st.builds(MessageField, FIELDS, nodes, st.booleans()), max_size=3).map(tuple)
    return st.one_of(
        st.builds(Select, nodes, FIELDS, st.booleans()),
        st.builds(Index, nodes, nodes, st.booleans()),
        st.builds(Call, IDENTIFIERS, args, st.none(), st.booleans()),
        st.builds(Call, SELECTORS, args, nodes),
        st.builds(Unary, st.sampled_from(["!", "-"]), nodes),
        st.builds(Binary, st.sampled_from(OPERATORS), nodes, nodes),
        st.builds(Conditional, nodes, nodes, nodes),
        _list_literals(nodes),
        st.builds(MapLit, entries),
        st.builds(MessageLit, TYPE_NAMES, fields, st.booleans()),
    )


NODES: st.SearchStrategy[Node] = st.recursive(
    LITERALS | st.builds(Ident, IDENTIFIERS, st.booleans()), _compound, max_leaves=12
)


# Values, most of all those that are nearly equal: one number in several types, the neighbours of
# what a double cannot hold, truth and one.

CLOSE = [-1, 0, 1, 2, 2**53 - 1, 2**53, 2**53 + 1, 2**63 - 1, -(2**63)]
UNSIGNED = [0, 1, 2, 2**53, 2**53 + 1, 2**63, 2**64 - 1]
DOUBLES = [-0.0, 0.0, 0.5, 1.0, 2.0, 2.0**53, 2.0**53 + 2, 2.0**63, 2.0**64, -(2.0**63), float("inf"), 5e-324]

INTS = st.sampled_from(CLOSE) | st.integers(-(2**63), 2**63 - 1)
UINTS = (st.sampled_from(UNSIGNED) | st.integers(0, 2**64 - 1)).map(UInt)
NUMBERS = INTS | UINTS | st.sampled_from(DOUBLES) | st.floats(allow_nan=False)
TEXTS = st.sampled_from(["", "a", "1", "true", "ab", "é", "😀"]) | st.text(
    st.characters(exclude_categories=["Cs"])
)
SCALARS: st.SearchStrategy[Value] = st.one_of(
    st.none(),
    st.booleans(),
    NUMBERS,
    TEXTS,
    st.binary(max_size=3),
    st.sampled_from([TypeName("int"), TypeName("type")]),
)
_KEYS: st.SearchStrategy[Value] = st.booleans() | INTS | UINTS | TEXTS


def _unique(pairs: list[tuple[Value, Value]]) -> Map:
    entries: list[tuple[Value, Value]] = []
    for key, value in pairs:
        if key not in Map(entries):
            entries.append((key, value))
    return Map(entries)


def _containers(values: st.SearchStrategy[Value]) -> st.SearchStrategy[Value]:
    return st.lists(values, max_size=3) | st.lists(st.tuples(_KEYS, values), max_size=3).map(_unique)


VALUES: st.SearchStrategy[Value] = st.recursive(SCALARS, _containers, max_leaves=6)

# What Python code binds to a name: values, tuples, integers of any size, and what is no value at all.
GIVEN: st.SearchStrategy[object] = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        UINTS,
        st.floats(),
        st.text(st.characters()),
        st.binary(max_size=3),
        st.builds(object),
    ),
    lambda given: st.one_of(
        st.lists(given, max_size=3),
        st.lists(given, max_size=2).map(tuple),
        st.dictionaries(
            st.booleans() | st.integers() | st.floats() | st.text() | st.none(), given, max_size=3
        ),
    ),
    max_leaves=6,
)


# Expressions that often have a value: few names, the functions there are, macros that are macros.

NAMES = ["a", "b", "m"]
VARIABLES = st.sampled_from(["a", "x"]).map(Ident)
_FUNCTIONS = ["size", "type", "dyn", "int", "uint", "double", "string", "bytes", "bool"]


def _evaluable(nodes: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    selections = st.builds(Select, nodes, st.sampled_from(["a", "id", "missing"]))
    single = st.tuples(nodes)
    lists = st.lists(nodes, max_size=3).map(lambda elements: ListLit(tuple(elements)))
    return st.one_of(
        selections,
        st.builds(Index, lists | nodes, nodes),
        st.builds(Call, st.sampled_from(_FUNCTIONS), single),
        st.builds(Call, st.just("has"), st.tuples(selections)),
        st.builds(Call, st.sampled_from(["contains", "startsWith", "endsWith", "matches"]), single, nodes),
        st.builds(
            Call,
            st.sampled_from(["all", "exists", "exists_one", "map", "filter"]),
            st.tuples(VARIABLES, nodes),
            lists | nodes,
        ),
        st.builds(Call, st.just("map"), st.tuples(VARIABLES, nodes, nodes), lists),
        st.builds(Unary, st.sampled_from(["!", "-"]), nodes),
        st.builds(Binary, st.sampled_from(OPERATORS), nodes, nodes),
        st.builds(Conditional, nodes, nodes, nodes),
        lists,
        st.lists(st.builds(MapEntry, nodes, nodes), max_size=2).map(lambda entries: MapLit(tuple(entries))),
    )


_SMALL = st.one_of(
    st.builds(Literal, st.integers(-2, 2), st.just("int")),
    st.builds(Literal, st.integers(0, 2), st.just("uint")),
    st.builds(Literal, st.sampled_from([0.0, 1.0, 0.5]), st.just("double")),
    st.builds(Literal, st.sampled_from(["", "a", "1", "id"]), st.just("string")),
    st.builds(Literal, st.booleans(), st.just("bool")),
)
EVALUABLE: st.SearchStrategy[Node] = st.recursive(
    _SMALL | LITERALS | st.sampled_from([*NAMES, "x", "int"]).map(Ident), _evaluable, max_leaves=10
)
BINDINGS: st.SearchStrategy[dict[str, object]] = st.fixed_dictionaries(
    {},
    optional={
        "a": GIVEN,
        "b": GIVEN,
        "m": st.fixed_dictionaries({"id": GIVEN, "a": GIVEN}),
        "m.id": GIVEN,
        "x": GIVEN,
    },
)
