"""Trees written anew say the same."""

from __future__ import annotations

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from migrator.residual.emit import block_string, emit, fits_one_line, quoted
from migrator.residual.pruned import same
from migrator.spans import START
from migrator.tree.load import load
from migrator.tree.nodes import Entry, Mapping, Node, Scalar, Sequence
from migrator.tree.scalars import Kind

_CHARACTERS = st.characters(codec="utf-8", exclude_characters="\0")
_STRINGS = st.one_of(
    st.text(_CHARACTERS),
    st.lists(st.sampled_from(["a", "b c", " d", "", "# e", "-", "\t", "é"])).map("\n".join),
    st.sampled_from(
        ["yes", "on", "~", "null", "1", "0x1", "a: b", "a #b", "---", "<<", "=", "a" * 1100, "&a", "!b"]
    ),
)
_OTHERS: st.SearchStrategy[tuple[str, Kind]] = st.sampled_from(
    [
        ("1", "int"),
        ("0o17", "int"),
        ("1e3", "float"),
        ("1", "float"),
        (".inf", "float"),
        ("True", "bool"),
        ("", "null"),
    ]
)
_SCALARS = st.one_of(
    _STRINGS.map(lambda text: Scalar(text, "str", "", START)),
    _OTHERS.map(lambda pair: Scalar(pair[0], pair[1], "", START)),
)


def _mapping(entries: dict[str, Node], *, flow: bool = False) -> Mapping:
    return Mapping(
        [Entry(Scalar(key, "str", "", START), value) for key, value in entries.items()], flow, START
    )


_NODES: st.SearchStrategy[Node] = st.recursive(
    _SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4).map(lambda items: Sequence(items, flow=False, span=START)),
        st.dictionaries(_STRINGS, inner, max_size=4).map(_mapping),
    ),
    max_leaves=12,
)


def _again(text: str) -> Node | None:
    loaded = load(text)
    assert not loaded.problems
    (document,) = loaded.documents
    return document.root


@given(st.dictionaries(_STRINGS, _NODES, min_size=1), st.booleans(), st.sampled_from(["\n", "\r\n"]))
@example({"a": Scalar("\ufeff\x85\u2028\ufffe\x7f\x01", "str", "", START)}, False, "\n")
def test_a_document_says_what_its_tree_says(entries: dict[str, Node], flow: bool, newline: str) -> None:
    tree = _mapping(entries, flow=flow)

    assert same(tree, _again(emit(tree).replace("\n", newline)))


@given(st.lists(_NODES, min_size=1), st.booleans())
def test_a_list_says_what_its_tree_says(items: list[Node], flow: bool) -> None:
    tree = Sequence(items, flow, START)

    assert same(tree, _again(emit(tree)))


@given(_STRINGS)
def test_a_quoted_string_is_json_and_yaml_on_one_line(text: str) -> None:
    assert json.loads(quoted(text)) == text
    assert "\n" not in quoted(text)
    assert same(Scalar(text, "str", "", START), _again(f"- {quoted(text)}").items[0])  # type: ignore[union-attr]  # a list


@given(_STRINGS)
def test_a_string_on_one_line_can_stand_in_single_quotes(text: str) -> None:
    if fits_one_line(text):
        single = text.replace("'", "''")
        assert same(Scalar(text, "str", "", START), _again(f"- '{single}'").items[0])  # type: ignore[union-attr]  # a list


@pytest.mark.parametrize(
    "text, lines",
    [
        ("a\nb\n", ["|", "a", "b"]),
        ("a\n\n  b", ["|-", "a", "", "  b"]),
        (" a\nb\n", None),
        ("a\n\n", None),
        ("\na\n", None),
        ("a\n \nb\n", None),
        ("a\r\nb\n", None),
        ("", None),
    ],
)
def test_a_block_holds_what_its_lines_say(text: str, lines: list[str] | None) -> None:
    assert block_string(text) == lines


def test_two_trees_differ_by_kinds_texts_keys_and_order() -> None:
    texts = [
        "{a: 1}",
        "{a: '1'}",
        "{a: 1.0}",
        "{b: 1}",
        "[a]",
        "[a, b]",
        "[b, a]",
        "{a: ~, b: ~}",
        "{b: ~, a: ~}",
        "[]",
    ]
    trees = [_again(text) for text in texts]

    assert [[same(one, other) for other in trees] for one in trees] == [
        [row == column for column in range(len(trees))] for row in range(len(trees))
    ]
    assert same(_again("[~, '']"), _again('[null, ""]'))
    assert same(None, None)
    assert not same(None, trees[0])
