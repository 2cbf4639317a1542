from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from migrator.secrets import mask
from migrator.spans import Span
from migrator.tree.load import load
from migrator.tree.nodes import Mapping, Scalar
from migrator.tree.place import locate
from migrator.tree.text import split_lines
from tests.tree.generated import seeded, stream


def value(text: str) -> Scalar:
    loaded = load(text)
    assert not loaded.problems
    root = loaded.documents[0].root
    assert isinstance(root, Mapping)
    node = root.get("a")
    assert isinstance(node, Scalar)
    return node


def found(text: str, part: str) -> Span:
    """The place of ``part`` inside the value of the key ``a``."""
    scalar = value(text)
    return locate(text, scalar, scalar.text.index(part), len(part))


@pytest.mark.parametrize(
    "text, part, span",
    [
        ("a: req.x == 'y'", "==", (1, 10, 1, 12)),
        ("é: 1\na: ü😀 == 1", "==", (2, 7, 2, 9)),
        ("a: 'it''s == y'", "==", (1, 11, 1, 13)),
        ("a: 'it''s'", "'", (1, 7, 1, 9)),
        ('a: "\\"x\\" == \\x41"', "==", (1, 11, 1, 13)),
        ('a: "\\"x\\" == \\x41"', "A", (1, 14, 1, 18)),
        ('a: "\\u00fc\\U0001F600 b"', "😀", (1, 11, 1, 21)),
        ('{"a": "\\ud83d\\ude00\\/b"}', "😀", (1, 8, 1, 20)),
        ('{"a": "\\ud83d\\ude00\\/b"}', "/b", (1, 20, 1, 23)),
        ('a: "x\\ty"', "\ty", (1, 6, 1, 9)),
        ("a: &n !!str b c", "c", (1, 15, 1, 16)),
        ("a: &n # d\n  'b c'", "c", (2, 6, 2, 7)),
        ("a: |\n  b\n   c d\n", "d", (3, 6, 3, 7)),
        ("a: |\n  b\n   c d\n", " c", (3, 3, 3, 5)),
        ("a: |2-\n    b\n   c", "c", (3, 4, 3, 5)),
        ("a: |+ # d\n\n\n  b\n  c\n\n\n", "c", (5, 3, 5, 4)),
        ("x:\n  - 1\na: |-\r\n    b\r\n    c\r\n", "b\nc", (4, 5, 5, 6)),
        ("a: |\n  b\n", "\n", (2, 4, 2, 5)),
        ("a: >\n  b c\n  d e\n\n  f\n", "e", (3, 5, 3, 6)),
        ("a: >\n  b c\n  d e\n\n  f\n", "f", (5, 3, 5, 4)),
        ("a: b\n  c == d\n\n  e", "==", (2, 5, 2, 7)),
        ("a: b\n  c == d\n\n  e", "d\ne", (2, 8, 4, 4)),
        ("a: 'b\n  it''s'", "'s", (2, 5, 2, 8)),
        ('a: "b \\\n   c\\n\n  d"', "d", (3, 3, 3, 4)),
    ],
)
def test_a_part_of_a_value_is_found_where_it_is_written(
    text: str, part: str, span: tuple[int, int, int, int]
) -> None:
    assert found(text, part) == Span(*span)
    scalar = value(text)
    assert locate(split_lines(text), scalar, scalar.text.index(part), len(part)) == Span(*span)


@pytest.mark.parametrize(
    "text, offset, length, span",
    [
        ("a: bc", 1, 0, (1, 5, 1, 5)),
        ("a: bc", 2, 0, (1, 6, 1, 6)),
        ("a: bc", 2, 1, (1, 6, 1, 6)),
        ("a: 'bc'", 1, 9, (1, 6, 1, 7)),
        ("a: bc", 9, 1, (1, 6, 1, 6)),
        ("a: ''", 0, 1, (1, 4, 1, 6)),
        ("a: |\n", 0, 1, (1, 4, 1, 5)),
    ],
)
def test_what_reaches_past_the_value_is_cut_off(
    text: str, offset: int, length: int, span: tuple[int, int, int, int]
) -> None:
    assert locate(text, value(text), offset, length) == Span(*span)


def test_masked_credentials_keep_their_place() -> None:
    text = "a: 'x hush y'"
    scalar = value(text)
    scalar.text = scalar.text.replace("hush", mask(0, 4))
    assert locate(text.replace("hush", mask(0, 4)), scalar, 7, 1) == Span(1, 12, 1, 13)


@pytest.mark.parametrize(
    "text", ["a: bc", "a: 'bc'", 'a: "b\\x63"', "a: |\n  bc", "a: >\n  bc", "a: &x\n  bc"]
)
def test_a_value_that_is_not_in_the_file_is_the_whole_scalar(text: str) -> None:
    scalar = value(text)
    scalar.text = "other"
    assert locate(text, scalar, 1, 1) == scalar.span
    for file in ("", 'a: "\\xZZ"', 'a: "\\UFFFFFFFF"'):
        assert locate(file, scalar, 1, 1) == scalar.span


@given(st.integers(), st.text(max_size=5), st.integers(0, 9), st.integers(0, 9))
def test_any_text_and_any_value_give_a_span(seed: int, text: str, offset: int, length: int) -> None:
    scalar = value("a: 'b c'")
    rng = seeded(seed)
    scalar.text = rng.choice((text, "b c"))
    scalar.style = rng.choice(("", "'", '"', "|", ">"))
    scalar.span = Span(rng.randint(1, 3), rng.randint(1, 9), rng.randint(1, 3), rng.randint(1, 9))
    for file in (text, stream(rng), "a: 'b c'"):
        assert isinstance(locate(file, scalar, offset, length), Span)
