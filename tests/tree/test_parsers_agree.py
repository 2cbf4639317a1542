"""libyaml and PyYAML's own parser: the same trees, the same positions, the same refusals."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from migrator.tree.build import build
from migrator.tree.json_text import read_json
from migrator.tree.load import load, problem_text
from migrator.tree.nodes import Mapping, Node, Scalar, Sequence
from migrator.tree.place import locate
from migrator.tree.problems import Problem
from tests.tree.generated import PIECES, damaged, seeded, soup, stream
from tests.tree.shapes import shape, shapes

pytestmark = pytest.mark.skipif(not yaml.__with_libyaml__, reason="there is only one parser here")


def any_text(rng: random.Random) -> str:
    kind = rng.random()
    if kind < 0.4:
        return stream(rng)
    return damaged(rng, stream(rng)) if kind < 0.7 else soup(rng)


def check_agreement(text: str) -> None:
    ours, theirs = load(text, pure=False), load(text, pure=True)
    if ours.problems and theirs.problems:
        assert ours.problems == theirs.problems
        assert [problem_text(problem) for problem in ours.problems] == [
            problem_text(problem) for problem in theirs.problems
        ]
    elif "?" in text and ours.problems:
        return  # libyaml 0.2.5 cannot close `[? ]`; later versions can
    assert ours.problems == theirs.problems
    assert shapes(ours) == shapes(theirs)


@pytest.mark.parametrize(
    "text", ["---\n\ufeffa: 1\n", "a: 1\n\ufeff---\nb: 2", "\ufeff\n\ufeff# c\n\ufeff- a\n", "[\n\ufeffa]"]
)
def test_both_parsers_pass_over_a_byte_order_mark_that_starts_a_line(text: str) -> None:
    check_agreement(text)


@given(st.integers())
def test_both_parsers_read_and_refuse_alike(seed: int) -> None:
    check_agreement(any_text(seeded(seed)))


def test_both_parsers_read_and_refuse_alike_a_thousand_times() -> None:
    for seed in range(1000):
        check_agreement(any_text(seeded(seed)))


@given(st.text() | st.text(alphabet=" \n\t-:?[]{},&*!|>'\"#%@`ab01~\\<\ufeff\x85\u2028", max_size=40))
def test_any_text_is_read_or_refused_and_alike(text: str) -> None:
    check_agreement(text)


@given(st.integers(), st.text(alphabet=st.characters(), max_size=3))
def test_any_character_anywhere_is_read_or_refused_and_alike(seed: int, strange: str) -> None:
    rng = seeded(seed)
    text = stream(rng)
    at = rng.randint(0, len(text))
    check_agreement(text[:at] + strange + text[at:])


_PLAIN_PIECES = (*(piece for piece in PIECES if not set(piece) & set("!%")), "a != 'b'", " != ", "? ", "[? ]")


def plain_text(rng: random.Random) -> str:
    """A text with neither tags nor directives; most are broken."""
    kind = rng.random()
    if kind < 0.4:
        return "".join(rng.choice(_PLAIN_PIECES) for _ in range(rng.randint(1, rng.choice((4, 8, 16, 40)))))
    return damaged(rng, stream(rng)).replace("!", rng.choice(("", "!= "))).replace("%", "")


def test_where_libyaml_says_for_sure_what_is_wrong_the_other_parser_says_the_same() -> None:
    surely = 0
    for seed in range(3000):
        text = plain_text(seeded(seed)).lstrip("\ufeff")
        loaded = build(text, pure=False)
        if loaded.problems and not loaded.doubtful:
            other = build(text, pure=True)
            assert loaded.problems == other.problems
            assert shapes(loaded) == shapes(other)
            surely += 1
    assert surely > 400


def test_what_the_parsers_are_compared_on_is_mostly_read() -> None:
    read = [load(stream(seeded(seed))) for seed in range(300)]
    assert sum(not loaded.problems for loaded in read) > 280
    assert sum(len(loaded.documents) for loaded in read) > 300


# The trees are right, not only alike: against PyYAML's own tree, and against the text.


def composed(node: yaml.Node | None) -> object:
    match node:
        case yaml.ScalarNode():
            return node.value
        case yaml.SequenceNode():
            return [composed(item) for item in node.value]
        case yaml.MappingNode():
            return [(composed(key), composed(value)) for key, value in node.value]
    return None


def texts(node: Node | None) -> object:
    match node:
        case Scalar():
            return node.text
        case Sequence():
            return [texts(item) for item in node.items]
        case Mapping():
            return [(entry.key.text, texts(entry.value)) for entry in node.entries]
    return None


def scalars(node: Node | None) -> list[Scalar]:
    match node:
        case Scalar():
            return [node]
        case Sequence():
            return [found for item in node.items for found in scalars(item)]
        case Mapping():
            return [found for entry in node.entries for found in (entry.key, *scalars(entry.value))]
    return []


@given(st.integers())
def test_the_tree_is_the_one_pyyaml_composes(seed: int) -> None:
    text = stream(seeded(seed))
    loaded = load(text)
    if not loaded.problems:
        theirs = [composed(node) for node in yaml.compose_all(text, Loader=yaml.CSafeLoader)]
        assert [texts(document.root) or "" for document in loaded.documents] == [one or "" for one in theirs]


@given(st.integers())
def test_every_scalar_is_found_where_its_span_says(seed: int) -> None:
    text = stream(seeded(seed))
    for document in load(text).documents:
        for scalar in scalars(document.root):
            visible = [offset for offset, char in enumerate(scalar.text) if char not in " \t\n"]
            for offset in visible[:2] + visible[-2:]:
                line, column, end_line, end_column = locate(text, scalar, offset, 1)
                assert (line, column) != tuple(scalar.span[:2]) or scalar.style == ""
                assert scalar.span[:2] <= (line, column) < (end_line, end_column) <= scalar.span[2:]


@pytest.mark.parametrize("indent", [None, 1])
@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers(-(10**20), 10**20)
        | st.text(alphabet="ab \\\"'/üé😀#:[", max_size=6),
        lambda inner: (
            st.lists(inner, max_size=4)
            | st.dictionaries(st.text(alphabet="abü", max_size=4), inner, max_size=4)
        ),
        max_leaves=12,
    ).filter(lambda value: isinstance(value, (list, dict)))
)
def test_json_read_as_json_is_json_read_as_yaml(indent: int | None, value: object) -> None:
    text = json.dumps(value, indent=indent, ensure_ascii=False)
    problems: list[Problem] = []
    document = read_json(text, problems)
    assert document is not None
    assert not problems
    for pure in (False, True):
        (other,) = build(text, pure=pure).documents
        assert (shape(document.root), document.span) == (shape(other.root), other.span)


@pytest.mark.parametrize(
    "text_of", [lambda text: text, lambda text: text.replace("\n", "\r\n")], ids=["lf", "crlf"]
)
def test_the_corpus_is_read_alike(shared: Path, text_of: Callable[[str], str]) -> None:
    files = [
        path for path in sorted((shared / "corpus").rglob("*.*")) if path.suffix in (".yaml", ".yml", ".json")
    ]
    assert files
    for path in files:
        check_agreement(text_of(path.read_text(encoding="utf-8")))
