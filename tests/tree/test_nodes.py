from __future__ import annotations

import inspect
import pickle
import sys

import pytest

from migrator.spans import Span
from migrator.tree.load import load
from migrator.tree.nodes import Document, Mapping, Scalar, Sequence, leaves, to_python
from tests.tree.shapes import shape

TEXT = """\
base: &base {a: 1, b: []}
list:
  - *base
  - &x {}
  - *x
  - text
<<: *base
"""


def document(text: str) -> Document:
    loaded = load(text)
    assert not loaded.problems
    (only,) = loaded.documents
    return only


def mapping(text: str) -> Mapping:
    root = document(text).root
    assert isinstance(root, Mapping)
    return root


def test_a_mapping_finds_values_and_entries_by_the_text_of_the_key() -> None:
    root = mapping("a: 1\n2: x\n'n': ~\n")
    value = root.get("a")
    assert isinstance(value, Scalar)
    assert (value.text, value.value) == ("1", 1)
    assert root.get("2") is not None
    assert root.get("n") is not None
    assert root.get("b") is None
    entry = root.entry("n")
    assert entry is not None
    assert entry.key.style == "'"
    assert root.keys() == ["a", "2", "n"]


def test_leaves_come_in_order_and_an_aliased_one_comes_once() -> None:
    found = list(leaves(mapping(TEXT)))
    texts = [node.text if isinstance(node, Scalar) else type(node).__name__ for node in found]
    assert texts == ["1", "Sequence", "Mapping", "text"]
    assert len({id(node) for node in found}) == len(found)


def test_the_leaf_of_a_scalar_and_of_an_empty_collection_is_itself() -> None:
    for text in ("x", "[]", "{}"):
        root = document(text).root
        assert root is not None
        assert list(leaves(root)) == [root]


def test_to_python_gives_plain_values_with_text_keys_and_shares_what_is_shared() -> None:
    plain = to_python(mapping(TEXT))
    base = {"a": 1, "b": []}
    assert plain == {"base": base, "list": [base, {}, {}, "text"], "a": 1, "b": []}
    assert isinstance(plain, dict)
    assert plain["base"] is plain["list"][0]
    assert to_python(mapping("1: x\ntrue: y\n~: z\n")) == {"1": "x", "true": "y", "~": "z"}


def test_text_is_assignable_and_the_span_stays() -> None:
    value = mapping("a: secret").get("a")
    assert isinstance(value, Scalar)
    value.text = "******"
    assert (value.value, value.span) == ("******", Span(1, 4, 1, 10))


def test_nodes_are_told_apart_by_identity_and_show_nothing_of_the_file() -> None:
    root = document("[hush, hush]").root
    assert isinstance(root, Sequence)
    first, second = root.items
    assert first != second
    assert len({first, second, root}) == 3
    assert "hush" not in repr(first) + repr(root)


def test_a_pickled_document_is_the_same_and_shares_the_same() -> None:
    before = document(TEXT)
    after = pickle.loads(pickle.dumps(before))  # noqa: S301 - our own bytes
    assert (after.index, after.span, shape(after.root)) == (before.index, before.span, shape(before.root))
    assert after.root.get("list").items[0] is after.root.get("base")
    assert after.root.entry("a").merged
    assert after.root.entry("a").value is after.root.get("base").get("a")
    empty = pickle.loads(pickle.dumps(document("---\n")))  # noqa: S301 - our own bytes
    assert empty.root is None


@pytest.mark.parametrize("text", ["[" * 100 + "]" * 100, "{a: " * 100 + "x" + "}" * 100])
def test_the_deepest_document_can_be_pickled_on_a_small_stack(text: str) -> None:
    deep = document(text)
    limit = sys.getrecursionlimit()
    used = len(inspect.stack(context=0))
    try:
        sys.setrecursionlimit(used + 40)
        copy = pickle.loads(pickle.dumps(deep))  # noqa: S301 - our own bytes
    finally:
        sys.setrecursionlimit(limit)
    assert shape(copy.root) == shape(deep.root)
