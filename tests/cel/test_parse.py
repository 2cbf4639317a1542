"""What an expression is read as, and what is refused with which words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from migrator.cel import CelSyntaxError, Node, parse, unparse
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
from migrator.errors import MigratorError
from migrator.secrets import mask

A, B, C, D, E = (Ident(name) for name in "abcde")
ONE = Literal(1, "int")


@pytest.mark.parametrize(
    "text, node",
    [
        ("a", A),
        (".a", Ident("a", rooted=True)),
        ("a.b", Select(A, "b")),
        ("a.?b", Select(A, "b", optional=True)),
        ("a.`b-c`", Select(A, "b-c")),
        ("a.?`b c`", Select(A, "b c", optional=True)),
        ("a[1]", Index(A, ONE)),
        ("a[?1]", Index(A, ONE, optional=True)),
        ("f()", Call("f")),
        ("f(a, b)", Call("f", (A, B))),
        (".f(a)", Call("f", (A,), rooted=True)),
        ("a.f(b)", Call("f", (B,), A)),
        (".a.f()", Call("f", (), Ident("a", rooted=True))),
        ("has(a.b)", Call("has", (Select(A, "b"),))),
        ("a.map(b, b)", Call("map", (B, B), A)),
        ("!a", Unary("!", A)),
        ("-a", Unary("-", A)),
        ("-1", Literal(-1, "int")),
        ("-(1)", Unary("-", ONE)),
        ("--1", Unary("-", Literal(-1, "int"))),
        ("-1u", Unary("-", Literal(1, "uint"))),
        ("-1.f()", Call("f", (), Literal(-1, "int"))),
        ("-a.f()", Unary("-", Call("f", (), A))),
        ("a - 1", Binary("-", A, ONE)),
        ("a -1", Binary("-", A, ONE)),
        ("a - -1", Binary("-", A, Literal(-1, "int"))),
        ("a || b || c", Binary("||", Binary("||", A, B), C)),
        ("a - b - c", Binary("-", Binary("-", A, B), C)),
        ("a < b == c", Binary("==", Binary("<", A, B), C)),
        ("a || b && c", Binary("||", A, Binary("&&", B, C))),
        ("a && b == c", Binary("&&", A, Binary("==", B, C))),
        ("a == b + c", Binary("==", A, Binary("+", B, C))),
        ("a + b * c", Binary("+", A, Binary("*", B, C))),
        ("-a * b", Binary("*", Unary("-", A), B)),
        ("!a in b", Binary("in", Unary("!", A), B)),
        ("a ? b : c ? d : e", Conditional(A, B, Conditional(C, D, E))),
        ("a || b ? c : d", Conditional(Binary("||", A, B), C, D)),
        ("[a, ?b]", ListLit((A, B), (1,))),
        ("{a: b, ?c: d}", MapLit((MapEntry(A, B), MapEntry(C, D, optional=True)))),
        ("{a ? b : c: d}", MapLit((MapEntry(Conditional(A, B, C), D),))),
        ("A{}", MessageLit("A")),
        (".a.B{c: d}", MessageLit("a.B", (MessageField("c", D),), rooted=True)),
        ("A{?`b c`: d}", MessageLit("A", (MessageField("b c", D, optional=True),))),
        ("if.for{}", MessageLit("if.for")),
        ("A{}.b", Select(MessageLit("A"), "b")),
        ("a ? {b: c} : d", Conditional(A, MapLit((MapEntry(B, C),)), D)),
        ("true", Literal(True, "bool")),
        ("null", Literal(None, "null")),
    ],
)
def test_reads(text: str, node: Node) -> None:
    assert parse(text) == node


def test_the_kind_of_a_literal_matters() -> None:
    assert len({parse(text) for text in ("1", "1u", "1.0", "'1'", "b'1'", "true")}) == 6
    assert len({unparse(parse(text)) for text in ("0.0", "-0.0")}) == 2


def test_parentheses_belong_to_the_place_of_what_they_enclose() -> None:
    node = parse(" (a || (b)) && c ")
    assert isinstance(node, Binary)
    assert (node.start, node.end) == (1, 16)
    assert (node.left.start, node.left.end) == (1, 11)
    assert isinstance(node.left, Binary)
    assert (node.left.right.start, node.left.right.end) == (7, 10)


def test_places_count_code_points() -> None:
    node = parse("'😬' + a")
    assert isinstance(node, Binary)
    assert (node.right.start, node.right.end) == (6, 7)


def test_the_same_text_gives_the_same_node() -> None:
    assert parse("a.b(c)") is parse("a.b(c)")


@pytest.mark.parametrize(
    "text, offset, reason, expected",
    [
        # nothing, too little, too much
        ("", 0, "an empty expression", ("a value",)),
        (" \n", 0, "an empty expression", ("a value",)),
        ("// a", 4, "the expression ends too early", ("a value",)),
        ("a ||", 4, "the expression ends too early", ("a value",)),
        ("a ? b", 5, "the expression ends too early", ("an operator", "`:`")),
        ("a.", 2, "the expression ends too early", ("a name",)),
        ("f(a", 3, "the expression ends too early", ("`,`", "`)`")),
        ("{a: b", 5, "the expression ends too early", ("`,`", "`}`")),
        ("{a", 2, "the expression ends too early", ("`:`",)),
        ("a b", 2, "a name in the wrong place", ("an operator", "the end")),
        ("a 'b'", 2, "a string in the wrong place", ("an operator", "the end")),
        ("a)", 1, "`)` in the wrong place", ("the end",)),
        ("(a]", 2, "`]` in the wrong place", ("`)`",)),
        ("()", 1, "`)` in the wrong place", ("a value",)),
        # operators
        ("a || || b", 5, "`||` in the wrong place", ("a value",)),
        ("a ? b ? c : d : e", 6, "`?` in the wrong place", ("an operator", "`:`")),
        ("!-a", 2, "a name in the wrong place", ("a number",)),
        ("-!a", 1, "`!` in the wrong place", ("a value",)),
        ("+a", 0, "`+` in the wrong place", ("a value",)),
        ("a = b", 2, "a character that is not part of the language", ()),
        ("a & b", 2, "a character that is not part of the language", ()),
        ("a ?: b", 3, "`:` in the wrong place", ("a value",)),
        ("a === b", 4, "a character that is not part of the language", ()),
        # numbers
        ("1..2", 2, "a number in the wrong place", ("a name",)),
        ("1.", 2, "the expression ends too early", ("a name",)),
        ("1a", 1, "a name in the wrong place", ("an operator", "the end")),
        ("0x", 1, "a name in the wrong place", ("an operator", "the end")),
        ("0X1", 1, "a name in the wrong place", ("an operator", "the end")),
        ("1.5u", 3, "a name in the wrong place", ("an operator", "the end")),
        ("1_000", 1, "a name in the wrong place", ("an operator", "the end")),
        ("9223372036854775808", 0, "an integer beyond 64 bits", ()),
        ("a + 0x8000000000000000", 4, "an integer beyond 64 bits", ()),
        ("-9223372036854775809", 0, "an integer beyond 64 bits", ()),
        ("-(9223372036854775808)", 2, "an integer beyond 64 bits", ()),
        ("18446744073709551616u", 0, "an unsigned integer beyond 64 bits", ()),
        ("1e999", 0, "a number beyond the range of a double", ()),
        ("-1e999", 0, "a number beyond the range of a double", ()),
        # names
        ("if", 0, "a reserved word in place of a name", ()),
        ("a + while", 4, "a reserved word in place of a name", ()),
        ("package.a == 1", 0, "a reserved word in place of a name", ()),
        ("a + .if.b.for()", 4, "a reserved word in place of a name", ()),
        ("for(a)", 0, "a reserved word in place of a name", ()),
        (".let", 0, "a reserved word in place of a name", ()),
        ("in", 0, "a keyword in place of a name", ()),
        ("a.in", 2, "a keyword in place of a name", ()),
        ("a.true", 2, "a keyword in place of a name", ()),
        ("a.null()", 2, "a keyword in place of a name", ()),
        ("A{false: 1}", 2, "a keyword in place of a name", ()),
        ("null()", 4, "`(` in the wrong place", ("an operator", "the end")),
        ("é", 0, "a character that is not part of the language", ()),
        ("a.?b()", 4, "`(` in the wrong place", ("an operator", "the end")),
        ("a.`b`()", 5, "`(` in the wrong place", ("an operator", "the end")),
        ("`a`", 0, "a name in the wrong place", ("a value",)),
        ("a.`b", 2, "a quoted field name that is not closed or has other characters than those allowed", ()),
        ("a.``", 2, "a quoted field name that is not closed or has other characters than those allowed", ()),
        (
            "a.`b:c`",
            2,
            "a quoted field name that is not closed or has other characters than those allowed",
            (),
        ),
        ("a.0", 1, "a number in the wrong place", ("an operator", "the end")),
        # calls, lists, maps, messages
        ("f(a,)", 4, "`)` in the wrong place", ("a value",)),
        ("f(,)", 2, "`,` in the wrong place", ("a value", "`)`")),
        ("f(?a)", 2, "`?` in the wrong place", ("a value", "`)`")),
        ("a[]", 2, "`]` in the wrong place", ("a value",)),
        ("a[1, 2]", 3, "`,` in the wrong place", ("`]`",)),
        ("[a,,]", 3, "`,` in the wrong place", ("a value", "`]`")),
        ("[a b]", 3, "a name in the wrong place", ("an operator", "`,`", "`]`")),
        ("{a}", 2, "`}` in the wrong place", ("`:`",)),
        ("{a: b c: d}", 6, "a name in the wrong place", ("an operator", "`,`", "`}`")),
        ("{?a}", 3, "`}` in the wrong place", ("`:`",)),
        ("(a){}", 3, "`{` in the wrong place", ("an operator", "the end")),
        ("(a.b){}", 5, "`{` in the wrong place", ("an operator", "the end")),
        ("a.b().c{}", 7, "`{` in the wrong place", ("an operator", "the end")),
        ("a.?b{}", 4, "`{` in the wrong place", ("an operator", "the end")),
        ("a.`b`{}", 5, "`{` in the wrong place", ("an operator", "the end")),
        ("A{'b': 1}", 2, "a string in the wrong place", ("a name", "`,`", "`}`")),
        ("A{b.c: 1}", 3, "`.` in the wrong place", ("`:`",)),
        ("A{}{}", 3, "`{` in the wrong place", ("an operator", "the end")),
        # strings
        ("'a", 0, "a string that is not closed", ()),
        ('a + "b', 4, "a string that is not closed", ()),
        ("'a\nb'", 0, "a string that is not closed", ()),
        ("'a\\", 0, "a string that is not closed", ()),
        ("r'a\\''", 5, "a string that is not closed", ()),
        ("'it's'", 4, "a name in the wrong place", ("an operator", "the end")),
        ("'\\q'", 1, "a backslash that begins no escape", ()),
        ("a + 'bc\\s'", 7, "a backslash that begins no escape", ()),
        ("b'''\\8'''", 4, "a backslash that begins no escape", ()),
        # characters
        ("\ud800", 0, "half of a surrogate pair", ()),
        ("b'\udfff'", 2, "half of a surrogate pair", ()),
        ("a\x00", 1, "a character that is not part of the language", ()),
        ("a\u00a0+ b", 1, "a character that is not part of the language", ()),
        ("a\v+ b", 1, "a character that is not part of the language", ()),
    ],
)
def test_refuses(text: str, offset: int, reason: str, expected: tuple[str, ...]) -> None:
    with pytest.raises(CelSyntaxError) as caught:
        parse(text)
    assert (caught.value.offset, caught.value.reason, caught.value.expected) == (offset, reason, expected)


def test_the_error_is_one_of_the_tool_and_says_where_and_what() -> None:
    with pytest.raises(MigratorError) as caught:
        parse("[supersecret nonsense]")
    assert caught.value.message == (
        "not a CEL expression at character 14: a name in the wrong place; expected an operator, `,` or `]`"
    )
    assert caught.value.remedy
    assert "secret" not in str(caught.value)


def test_the_error_keeps_no_other_error_that_quotes_the_expression() -> None:
    with pytest.raises(CelSyntaxError) as caught:
        parse("supersecret nonsense")
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None


@pytest.mark.parametrize(
    "text, excerpt",
    [
        ("a b", "a b\n  ^"),
        ("a ||", "a ||\n    ^"),
        ("a ||\nb c\n|| d", "b c\n  ^"),
        ("a\n||\tb c", "|| b c\n     ^"),
        ("", "\n^"),
        ("[" + "x" * 100 + " y " + "z" * 100, "…" + "x" * 49 + " y " + "z" * 28 + "…\n" + " " * 51 + "^"),
    ],
)
def test_an_excerpt_shows_the_place(text: str, excerpt: str) -> None:
    with pytest.raises(CelSyntaxError) as caught:
        parse(text)
    assert caught.value.excerpt(text) == excerpt


def test_masked_credentials_pass_through_strings_and_nothing_else() -> None:
    credential = mask(3, 20)
    text = f"f('Bearer {credential}', b'{credential}') // {credential}"
    node = parse(text)
    assert node == Call(
        "f", (Literal(f"Bearer {credential}", "string"), Literal(credential.encode(), "bytes"))
    )
    assert unparse(node) == f"f('Bearer {credential}', b'{credential}')"
    for elsewhere in (credential, f"a.{credential}", f"a.`{credential}`", f"a + {credential} + b"):
        with pytest.raises(CelSyntaxError):
            parse(elsewhere)


def test_an_excerpt_hides_masked_credentials() -> None:
    text = f"f('{mask(0, 30)}') {mask(1, 9)}"
    with pytest.raises(CelSyntaxError) as caught:
        parse(text)
    assert caught.value.reason == "a credential outside a string"
    assert caught.value.excerpt(text) == "f('***') ***\n         ^"
    within = CelSyntaxError("anything", 10)
    assert within.excerpt(text) == "f('***') ***\n   ^"


_OPERATORS = ["!", "-", "+", "*", "/", "%", "<", ">", "<=", "==", "!=", "&&", "||", "in", "?", ":"]
_BRACKETS = ["(", ")", "[", "]", "{", "}", ".", ","]
_VALUES = ["a", "if", "true", "1", "2u", ".5", "1e3", "'s'", "b'\\x00'", "`f`"]
_REST = ["'", '"', "`", "// c\n", "\n", "\\", "=", "&", "|", mask(0, 2), "\ud800", "é", "\x00"]
_WORDS = st.lists(st.sampled_from([*_OPERATORS, *_BRACKETS, *_VALUES, *_REST]), max_size=15)


@given(_WORDS.map(" ".join) | _WORDS.map("".join) | st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        assert parse(unparse(parse(text))) == parse(text)
    except CelSyntaxError as caught:
        error = caught
    else:
        return
    assert 0 <= error.offset <= len(text)
    assert mask(0, 1) not in error.excerpt(text)
