"""Long and deep input is read or refused; nothing overflows."""

from __future__ import annotations

import pytest

from migrator.cel import CelSyntaxError, Node, parse, unparse
from migrator.cel.parser import MAX_LENGTH, MAX_NESTING

# Each nests its middle in itself, once for each repetition.
NESTED = [
    ("(", "a", ")"),
    ("[", "a", "]"),
    ("{a: ", "a", "}"),
    ("{", "a", ": a}"),
    ("A{a: ", "a", "}"),
    ("f(", "a", ")"),
    ("a.f(", "a", ")"),
    ("a[", "a", "]"),
    ("!", "a", ""),
    ("-", "a", ""),
    ("a ? a : ", "a", ""),
    ("", "a", ".b"),
    ("", "a", ".?b"),
    ("", "a", "[0]"),
    ("", "a", ".f()"),
    ("", "a", " || a"),
    ("", "a", " && a"),
    ("", "a", " + a"),
    ("", "a", " == a"),
    ("(a + ", "a", ")"),
    ("a || (a && (", "a", "))"),
    ("!(-(", "a", "))"),
]


def _nested(form: tuple[str, str, str], times: int) -> str:
    before, middle, after = form
    return before * times + middle + after * times


@pytest.mark.parametrize("form", NESTED, ids="".join)
def test_what_the_language_asks_for_is_read(form: tuple[str, str, str]) -> None:
    node = parse(_nested(form, 32))
    assert parse(unparse(node)) == node


@pytest.mark.parametrize("form", NESTED, ids="".join)
def test_all_that_is_read_can_be_walked(form: tuple[str, str, str]) -> None:
    times = next(times for times in range(MAX_NESTING, 0, -1) if _reads(_nested(form, times)))
    text = _nested(form, times)
    node = parse(text)
    again = parse(f" {text}")  # another text, so that it is not the same node from the cache
    assert node is not again
    assert node == again
    assert hash(node) == hash(again)
    assert repr(node) == repr(again)
    assert parse(unparse(node)) == node


def _reads(text: str) -> bool:
    try:
        parse(text)
    except CelSyntaxError:
        return False
    return True


@pytest.mark.parametrize("times", [2_000, 10_000, 12_000])
@pytest.mark.parametrize("form", NESTED, ids="".join)
def test_deeper_is_refused(form: tuple[str, str, str], times: int) -> None:
    text = _nested(form, times)
    with pytest.raises(CelSyntaxError) as caught:
        parse(text)
    too_deep = f"more than {MAX_NESTING} levels of nesting, or operators in a row"
    too_long = f"more than {MAX_LENGTH} characters"
    assert caught.value.reason == (too_deep if len(text) <= MAX_LENGTH else too_long)
    assert caught.value.excerpt(text)


@pytest.mark.parametrize(
    "opening", ["(", "[", "{", "!", "-", "f(", "a[", "{a:", "a?", "a||", "a.", "'", "`", "// "]
)
def test_what_never_ends_is_refused(opening: str) -> None:
    with pytest.raises(CelSyntaxError):
        parse(opening * 10_000)


def test_parentheses_count_where_nodes_do_not() -> None:
    assert parse(_nested(("(", "a", ")"), MAX_NESTING)) == parse("a")
    with pytest.raises(CelSyntaxError) as caught:
        parse(_nested(("(", "a", ")"), MAX_NESTING + 1))
    assert caught.value.offset == MAX_NESTING


def test_brackets_in_strings_do_not_count() -> None:
    assert unparse(parse("'" + "(" * 1_000 + "'")) == "'" + "(" * 1_000 + "'"


@pytest.mark.parametrize(
    "text",
    [
        "[" + ", ".join(f"'model-{number}'" for number in range(5_000)) + "]",
        "f(" + ", ".join(["a.b"] * 5_000) + ")",
        "{" + ", ".join(f"{number}: a" for number in range(5_000)) + "}",
        "A{" + ", ".join(["a: 1"] * 5_000) + "}",
        "[" + "[], " * 5_000 + "]",
    ],
    ids=["list", "call", "map", "message", "lists"],
)
def test_breadth_is_no_depth(text: str) -> None:
    node: Node = parse(text)
    assert parse(unparse(node)) == node


def test_length() -> None:
    name = "a" * MAX_LENGTH
    assert unparse(parse(name)) == name
    with pytest.raises(CelSyntaxError) as caught:
        parse(name + "a")
    assert caught.value.offset == MAX_LENGTH
    assert caught.value.reason == f"more than {MAX_LENGTH} characters"
