"""Text → nodes → text: what is written again says the same."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given

from migrator.cel import Node, parse, unparse
from migrator.cel.nodes import Call, Literal, MapEntry, MessageField, Part, children
from tests.cel.generated import NODES

_LINES = (Path(__file__).parent / "identity.txt").read_text(encoding="utf-8").split("\n")
IDENTITY = [line for line in _LINES if line and not line.startswith("#")]


@pytest.mark.parametrize("text", IDENTITY)
def test_what_is_written_as_usual_stays_as_it_is(text: str) -> None:
    assert unparse(parse(text)) == text


@pytest.mark.parametrize(
    "text, usual",
    [
        ("  a\t||\r\n\fb  ", "a || b"),
        ("a // why\n&& b // and why", "a && b"),
        ("// first\na", "a"),
        ("a//", "a"),
        ("(a)", "a"),
        ("((a || b))", "a || b"),
        ("(a && b) || c", "a && b || c"),
        ("(a + b) + c", "a + b + c"),
        ("a ? b : (c ? d : e)", "a ? b : c ? d : e"),
        ("(a.b).c", "a.b.c"),
        ("f((a), ((b)))", "f(a, b)"),
        ("0x1F", "31"),
        ("0xabcdefABCDEF", "188900977659375"),
        ("-0x8000000000000000", "-9223372036854775808"),
        ("- 1", "-1"),
        ("007", "7"),
        ("00000000000000000000000000000007", "7"),
        ("42U", "42u"),
        ("0xfU", "15u"),
        (".5", "0.5"),
        ("1e3", "1000.0"),
        ("1E+3", "1000.0"),
        ("12.5e-1", "1.25"),
        ("-.5e1", "-5.0"),
        ('"a"', "'a'"),
        ("'''a'''", "'a'"),
        ('"""a"b"""', "'a\"b'"),
        ("r'\\d'", "'\\\\d'"),
        ('B"a"', "b'a'"),
        ("b'\\303\\277'", "b'ÿ'"),
        ("a.`b`", "a.b"),
        ("a.`if`", "a.if"),
        ("A{`b`: 1}", "A{b: 1}"),
        ("[a, b,]", "[a, b]"),
        ("[,]", "[]"),
        ("{a: b,}", "{a: b}"),
        ("{,}", "{}"),
        ("A{b: c,}", "A{b: c}"),
        ("A{,}", "A{}"),
        ("a . b [ 0 ] . c ( )", "a.b[0].c()"),
        ("a . ? b", "a.?b"),
        ("a[ ? 0 ]", "a[?0]"),
        (". a . b { c : d }", ".a.b{c: d}"),
        ("1in a", "1 in a"),
        ("a-1", "a - 1"),
        ("1-1", "1 - 1"),
        ("a--1", "a - -1"),
        ("-1.f()", "(-1).f()"),
        ("-1.5.f", "(-1.5).f"),
        ("1.f", "(1).f"),
        ("-1[0]", "(-1)[0]"),
        ("!-1", "!(-1)"),
        ("--1", "-(-1)"),
    ],
)
def test_other_spellings_become_the_usual_one(text: str, usual: str) -> None:
    assert unparse(parse(text)) == usual
    assert parse(usual) == parse(text)


def test_a_double_without_a_literal_is_written_as_a_conversion() -> None:
    assert unparse(Literal(float("-inf"), "double")) == "double('-inf')"
    assert isinstance(parse("double('-inf')"), Call)


@given(NODES)
def test_every_expression_can_be_written_and_read(node: Node) -> None:
    text = unparse(node)
    assert parse(text) == node
    assert unparse(parse(text)) == text


@given(NODES)
def test_every_part_stands_where_it_says(node: Node) -> None:
    _check_places(unparse(node))


@pytest.mark.parametrize("text", [*IDENTITY, " ( a.b ) [ ( 0 ) ] ", "((a) + (b)) * c", "[?(a), -1]"])
def test_a_part_stands_where_it_was_read(text: str) -> None:
    _check_places(text)


def _check_places(text: str) -> None:
    for part in _all_parts(parse(text)):
        assert 0 <= part.start < part.end <= len(text)
        if not isinstance(part, MapEntry | MessageField):
            assert parse(text[part.start : part.end]) == part


def _all_parts(part: Part) -> Iterator[Part]:
    yield part
    for child in children(part):
        yield from _all_parts(child)


@given(NODES, NODES)
def test_equal_expressions_are_written_the_same(one: Node, other: Node) -> None:
    # Doubles aside: 0.0 == -0.0, and each is written as itself.
    if one == other:
        assert hash(one) == hash(other)
        assert re.sub(r"-0\.0", "0.0", unparse(one)) == re.sub(r"-0\.0", "0.0", unparse(other))
