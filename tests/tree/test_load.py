from __future__ import annotations

import json

import pytest

from migrator.spans import Span
from migrator.tree.load import Loaded, load
from migrator.tree.nodes import Mapping, Node, Scalar, Sequence, to_python

BOTH = pytest.mark.parametrize("pure", [False, True], ids=["libyaml", "python"])


def root(text: str, *, pure: bool) -> Node:
    loaded = load(text, pure=pure)
    assert loaded.problems == ()
    (document,) = loaded.documents
    assert document.root is not None
    return document.root


def at(text: str, *path: str | int, pure: bool) -> Node:
    node = root(text, pure=pure)
    for step in path:
        inner = node.items[step] if isinstance(node, Sequence) and isinstance(step, int) else None
        inner = node.get(str(step)) if isinstance(node, Mapping) else inner
        assert inner is not None
        node = inner
    return node


def cut(text: str, span: Span) -> str:
    """What ``span`` covers, its lines joined with a line feed."""
    rows = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")[span.line - 1 : span.end_line]
    rows[-1] = rows[-1][: span.end_column - 1]
    rows[0] = rows[0][span.column - 1 :]
    return "\n".join(rows)


# What PyYAML reads otherwise than ngrok does, or what people get wrong.
TRAPS = [
    ("api_version: 2023-10-01", {"api_version": "2023-10-01"}),
    ("on: yes\noff: no", {"on": "yes", "off": "no"}),
    ("limit: 3_000\nat: 1:30", {"limit": "3_000", "at": "1:30"}),
    ("mode: 0644\nid: 0899", {"mode": 420, "id": 899.0}),
    ("a: 0o17\nb: 0b11\nc: 0x1F", {"a": 15, "b": 3, "c": 31}),
    ("a: .5\nb: 1e3\nc: -.inf", {"a": 0.5, "b": 1000.0, "c": float("-inf")}),
    ("a: ''\nb: \"\"\nc:\nd: ~", {"a": "", "b": "", "c": None, "d": None}),
    ("a: '1'\nb: \"true\"\nc: 'null'", {"a": "1", "b": "true", "c": "null"}),
    ("a: |\n  1\nb: >-\n  true\n", {"a": "1\n", "b": "true"}),
    ("a: !!str 1\nb: !!int '2'\nc: !!float 3\nd: !!null ''", {"a": "1", "b": 2, "c": 3.0, "d": None}),
    ("a: !!map {b: 1}\nc: !!seq [2]", {"a": {"b": 1}, "c": [2]}),
    ("a: ${secrets.get('x', 'y')}", {"a": "${secrets.get('x', 'y')}"}),
    ("a: req.x != 'y' && !z", {"a": "req.x != 'y' && !z"}),
    ("a: http://x:80/y#z", {"a": "http://x:80/y#z"}),
    ("a: x #y\nb: x#y", {"a": "x", "b": "x#y"}),
    ("a:b: c", {"a:b": "c"}),
    ("a: =\nb: <<", {"a": "=", "b": "<<"}),
    ("{a: 1, b, 'c':2, \"d\":3}", {"a": 1, "b": None, "c": 2, "d": 3}),
    ("[a?b, x:y, -1]", ["a?b", "x:y", -1]),
    ('[1:2, "a" : 1]', ["1:2", {"a": 1}]),
    ('{"a", "b": 1}', {"a": None, "b": 1}),
    ("[a: 1, b]", [{"a": 1}, "b"]),
    ("- - a\n  - b\n-\n  c: d\n  e:\n  - f", [["a", "b"], {"c": "d", "e": ["f"]}]),
    ("? a\n: b\n? c", {"a": "b", "c": None}),
    ("a: b\n  c\n\n  d", {"a": "b c\nd"}),
    ('a: "b\\\n  c\\td"', {"a": "bc\td"}),
    ("a:\tb\nc: d\t# e\n", {"a": "b", "c": "d"}),
    ("a: b\tc", {"a": "b\tc"}),
    ("a: |2-\n   x\n   y\n", {"a": " x\n y"}),
    ("a: >+\n  x\n  y\n\n", {"a": "x y\n\n"}),
    ("a: |\t# c\n  x", {"a": "x"}),
    ("\N{NO-BREAK SPACE}: 1\nü😀: é", {"\N{NO-BREAK SPACE}": 1, "ü😀": "é"}),
    ('a: "\\u00fc\\x41\\U0001F600\\/\\N"', {"a": "üA😀/\x85"}),
]


@BOTH
@pytest.mark.parametrize("text, value", TRAPS)
def test_a_trap_is_read_as_ngrok_reads_it(text: str, value: object, pure: bool) -> None:
    assert to_python(root(text, pure=pure)) == value


@BOTH
@pytest.mark.parametrize(
    "text, path, written",
    [
        ("a: b", ["a"], "b"),
        ("ü😀: é  # c", ["ü😀"], "é"),
        ("a: 'it''s'", ["a"], "'it''s'"),
        ("a: &x b", ["a"], "&x b"),
        ("a: !!str b", ["a"], "!!str b"),
        ("a: b\n  c  \n\nd: e", ["a"], "b\n  c"),
        ("a:\nb: c", ["a"], ""),
        ("a: |\n  x\n\n   \n# c\nb: c", ["a"], "|\n  x"),
        ("a: >+ # c\n  x\n\n\nb: c", ["a"], ">+ # c\n  x"),
        ("a: |\nb: c", ["a"], "|"),
        ("a: |\n  x", ["a"], "|\n  x"),
        ("a:\n  - b\n  - c # d\n\n# e\nf: g", ["a"], "- b\n  - c"),
        ("a:\n- b\n-\nc: d", ["a"], "- b\n-"),
        ("a:\n  b: c\n  d:\n# e\nf: g", ["a"], "b: c\n  d:"),
        ("a:\n  b: [c,\n    d]  \nf: g", ["a"], "b: [c,\n    d]"),
        ("a:\n  - &x b\n  - *x\nf: g", ["a"], "- &x b\n  - *x"),
        ("a: { b: c }", ["a"], "{ b: c }"),
        ("a: [b: c, d]", ["a", 0], "b: c"),
        ("a: [b: , d]", ["a", 0], "b"),
        ("[\n  {a: 1}\n]\n", [], "[\n  {a: 1}\n]"),
        ("--- # c\n- a\n...\n", [], "- a"),
        ("a: \ufeffb c", ["a"], "\ufeffb c"),
        ("a: b\r\nc: d\re: f", ["e"], "f"),
    ],
)
def test_a_span_covers_what_was_written(text: str, path: list[str | int], written: str, pure: bool) -> None:
    assert cut(text, at(text, *path, pure=pure).span) == written


@BOTH
def test_a_value_that_is_left_out_stands_behind_its_colon(pure: bool) -> None:
    assert at("a:   # c\nb: 1", "a", pure=pure).span == Span(1, 3, 1, 3)
    assert at("b: 1\na:", "a", pure=pure).span == Span(2, 3, 2, 3)
    assert at("-\n- 1", 0, pure=pure).span == Span(1, 2, 1, 2)
    assert at("? a\n\n\n? b\n", "a", pure=pure).span == Span(1, 4, 1, 4)
    assert at("{a: , b: 1}", "a", pure=pure).span == Span(1, 3, 1, 3)


@BOTH
@pytest.mark.parametrize("mark", ["\ufeff", "\ufeff\ufeff"])
def test_a_byte_order_mark_has_no_column(mark: str, pure: bool) -> None:
    for text in ("a: b", '{"a": "b"}'):
        assert at(mark + text, "a", pure=pure).span == at(text, "a", pure=pure).span


@BOTH
@pytest.mark.parametrize("rare", ["\x85", "\u2028", "\u2029"])
def test_a_line_is_what_an_editor_calls_a_line(rare: str, pure: bool) -> None:
    text = f"a: x # {rare}b: 'y'\nc: z\n"
    assert to_python(root(text, pure=pure)) == {"a": "x", "b": "y", "c": "z"}
    assert at(text, "b", pure=pure).span == Span(1, 12, 1, 15)
    assert at(text, "c", pure=pure).span == Span(2, 4, 2, 5)
    broken = load(f"a: x # {rare}b: y\nc: [", pure=pure)
    assert [problem.span for problem in broken.problems] == [Span(2, 4, 2, 5)]


# Documents


@BOTH
@pytest.mark.parametrize("text", ["", "\n \n", "# only a comment\n", "\ufeff"])
def test_a_text_without_content_has_no_documents(text: str, pure: bool) -> None:
    assert load(text, pure=pure) == Loaded((), ())


@BOTH
def test_documents_are_counted_and_an_empty_one_has_no_root(pure: bool) -> None:
    loaded = load("a: 1\n---\n# nothing\n---\n- b\n...\n", pure=pure)
    assert [document.index for document in loaded.documents] == [0, 1, 2]
    assert [document.span for document in loaded.documents] == [
        Span(1, 1, 1, 5),
        Span(2, 1, 2, 4),
        Span(4, 1, 5, 4),
    ]
    assert loaded.documents[1].root is None
    assert isinstance(loaded.documents[2].root, Sequence)


@BOTH
@pytest.mark.parametrize("text", ["--- !!str\n", "--- ''", "--- &a\n", "--- ~", "--- |\n"])
def test_a_document_with_something_in_it_has_a_root(text: str, pure: bool) -> None:
    assert isinstance(root(text, pure=pure), Scalar)


@BOTH
def test_a_broken_document_does_not_take_the_ones_before_it(pure: bool) -> None:
    loaded = load("a: 1\n---\nb: [\n", pure=pure)
    assert [document.index for document in loaded.documents] == [0]
    assert [problem.kind for problem in loaded.problems] == ["syntax"]


@BOTH
def test_a_document_with_a_refused_value_is_dropped_alone(pure: bool) -> None:
    loaded = load("a: 1\n---\nb: 1\nb: 2\n---\nc: 3\n", pure=pure)
    assert [document.index for document in loaded.documents] == [0, 2]
    assert [problem.kind for problem in loaded.problems] == ["duplicate-key"]


@BOTH
@pytest.mark.parametrize("text", ["{a: 1} b", '"a" b', "[a]\nb: c", "a\nb\n- c: d: e", "text\n: x"])
def test_what_is_followed_by_rubbish_is_no_sound_document(text: str, pure: bool) -> None:
    loaded = load(text, pure=pure)
    assert loaded.documents == ()
    assert len(loaded.problems) == 1


# Anchors, aliases and merge keys


@BOTH
def test_an_alias_is_the_node_of_its_anchor(pure: bool) -> None:
    text = "a: &x {k: [1]}\nb: *x\nc: [&y s, *y]\n*y : z\n"
    assert at(text, "a", pure=pure).anchor == "x"
    node = root(text, pure=pure)
    assert isinstance(node, Mapping)
    assert node.get("a") is node.get("b")
    listed = node.get("c")
    assert isinstance(listed, Sequence)
    assert listed.items[0] is listed.items[1] is node.entries[3].key


@BOTH
def test_an_anchor_may_be_given_again_and_ends_with_its_document(pure: bool) -> None:
    assert to_python(root("[&a 1, *a, &a 2, *a]", pure=pure)) == [1, 1, 2, 2]
    assert to_python(root("&a [&a 1, *a]", pure=pure)) == [1, 1]
    loaded = load("- &a 1\n---\n- *a\n", pure=pure)
    assert [problem.kind for problem in loaded.problems] == ["undefined-alias"]


@BOTH
@pytest.mark.parametrize(
    "text, value, merged",
    [
        ("x: &x {a: 1, b: 2}\ny:\n  b: 3\n  <<: *x\n  c: 4\n", {"b": 3, "c": 4, "a": 1}, ["a"]),
        ("x: &x {a: 1}\nz: &z {a: 2, b: 2}\ny: {<<: [*x, *z]}\n", {"a": 1, "b": 2}, ["a", "b"]),
        ("y: {<<: {a: 1}, b: 2}", {"b": 2, "a": 1}, ["a"]),
        ("w: &w {a: 1}\nx: &x {<<: *w, b: 2}\ny: {<<: *x}\n", {"b": 2, "a": 1}, ["b", "a"]),
        ("y: {<<: [], a: 1}", {"a": 1}, []),
        ("y: {'<<': {a: 1}}", {"<<": {"a": 1}}, []),
    ],
)
def test_a_merge_key_brings_in_what_is_not_there(
    text: str, value: object, merged: list[str], pure: bool
) -> None:
    node = at(text, "y", pure=pure)
    assert isinstance(node, Mapping)
    assert to_python(node) == value
    assert [entry.key.text for entry in node.entries if entry.merged] == merged


@BOTH
def test_a_merged_entry_shares_its_nodes_and_knows_where_they_are_written(pure: bool) -> None:
    text = "x: &x {a: [1]}\ny: {<<: *x}\n"
    source, target = at(text, "x", pure=pure), at(text, "y", pure=pure)
    assert source.span == Span(1, 4, 1, 15)
    whole = root(text, pure=pure)
    assert isinstance(whole, Mapping)
    source, target = whole.entries[0].value, whole.entries[1].value
    assert isinstance(source, Mapping)
    assert isinstance(target, Mapping)
    assert target.entries[0].key is source.entries[0].key
    assert target.entries[0].value is source.entries[0].value


# JSON

VALUE: dict[str, object] = {
    "a": [1, -2.5, True, None, {}, []],
    "ü": 'q"\\/\b\n',
    "😀": "😀",
    "": {"deep": [[["x"]]]},
}


@BOTH
@pytest.mark.parametrize("indent", [None, 2, "\t", "\t  "])
@pytest.mark.parametrize("ascii_only", [False, True])
@pytest.mark.parametrize("edge", ["", "\n\t ", "\r\n"])
def test_json_is_read_whatever_its_blanks(
    indent: int | str | None, ascii_only: bool, edge: str, pure: bool
) -> None:
    text = edge + json.dumps(VALUE, indent=indent, ensure_ascii=ascii_only) + edge
    assert to_python(root(text, pure=pure)) == VALUE


@BOTH
def test_json_escapes_mean_what_json_says(pure: bool) -> None:
    text = '{"a": "\\ud83d\\ude00\\/\\u00fc", "b": 1}'
    assert to_python(root(text, pure=pure)) == {"a": "😀/ü", "b": 1}
    assert at(text, "b", pure=pure).span == Span(1, 36, 1, 37)


@BOTH
def test_json_has_positions_behind_tabs_and_long_keys(pure: bool) -> None:
    text = '{\n\t"' + "k" * 2000 + '":\t[\n\t\t1,\r\n\t\t"\u2028"\n\t]\n}'
    node = at(text, "k" * 2000, pure=pure)
    assert isinstance(node, Sequence)
    assert node.span == Span(2, 2006, 5, 3)
    assert [item.span for item in node.items] == [Span(3, 3, 3, 4), Span(4, 3, 4, 6)]
    assert to_python(node) == [1, "\u2028"]


@BOTH
def test_json_as_people_write_it_is_yaml(pure: bool) -> None:
    text = '{\n\t# a comment\n\t"a": 1, b: \'c\',\n\t"d": [1, 2,],\n}\n'
    assert to_python(root(text, pure=pure)) == {"a": 1, "b": "c", "d": [1, 2]}


@BOTH
@pytest.mark.parametrize(
    "text",
    [
        "{} {}",
        "[1 'x'",
        '{"a" 1}',
        '{"a": 1',
        "[1,",
        '{1: "\\ud83d"}',
        "[01]]",
        '{"a": "\t\\q"}',
        "[1}",
        "{]",
    ],
)
def test_what_looks_like_json_and_is_neither_json_nor_yaml_is_refused(text: str, pure: bool) -> None:
    loaded = load(text, pure=pure)
    assert loaded.documents == ()
    assert loaded.problems


@BOTH
def test_json_refuses_the_same_key_twice(pure: bool) -> None:
    loaded = load('{"a": "\\ud83d\\ude00",\n\t"a": 2}', pure=pure)
    assert [(problem.kind, problem.span, problem.other) for problem in loaded.problems] == [
        ("duplicate-key", Span(2, 2, 2, 5), Span(1, 2, 1, 5))
    ]


def test_a_scalar_knows_how_it_was_written() -> None:
    node = root("[a, 'a', \"a\"]", pure=False)
    assert isinstance(node, Sequence)
    assert [item.style for item in node.items if isinstance(item, Scalar)] == ["", "'", '"']
    assert [at(f"a: {style}\n  x", "a", pure=False).style for style in "|>"] == ["|", ">"]  # type: ignore[union-attr]  # a scalar
