"""The values of literals in all their spellings."""

from __future__ import annotations

import pytest

from migrator.cel import CelSyntaxError, parse
from migrator.cel.nodes import Literal


@pytest.mark.parametrize(
    "text, value",
    [
        ('""', ""),
        ("'\"\"'", '""'),
        ("'''x''x'''", "x''x"),
        ('"\\""', '"'),
        ('"\\\\"', "\\"),
        ('r"\\\\"', "\\\\"),
        ("'\\a\\b\\f\\n\\r\\t\\v'", "\a\b\f\n\r\t\v"),
        ("'\\\\ \\? \\\" \\' \\`'", "\\ ? \" ' `"),
        ("'\\x41\\X4a\\x4B'", "AJK"),
        ("'\\xff'", "ÿ"),
        ("'\\303\\277'", "\u00c3\u00bf"),
        ("'\\000\\377'", "\x00\xff"),
        ("'\\u00e9\\uFFFD'", "\u00e9\ufffd"),
        ("'\\U0001F62C\\U0010FFFF'", "😬\U0010ffff"),
        ("'\\1011'", "A1"),
        ("'\\x411'", "A1"),
        ("'\\\\n'", "\\n"),
        ("'tab\there'", "tab\there"),
        ("R'\\q\\'", "\\q\\"),
        ("r'''a\n'b''\\'''", "a\n'b''\\"),
        ('r"""a"b""\\"""', 'a"b""\\'),
        ("'''a\nb'''", "a\nb"),
        ("'''a\r\nb'''", "a\r\nb"),
        ("'''a\\'''b'''", "a'''b"),
        ("'''a\\\\'''", "a\\"),
        ('"""\\""""', '"'),
        ("''''a'''", "'a"),
        ('""""a"""', '"a'),
        ("''''''", ""),
        ('"// no comment"', "// no comment"),
        ("'日本'", "日本"),
    ],
)
def test_strings(text: str, value: str) -> None:
    assert parse(text) == Literal(value, "string")


@pytest.mark.parametrize(
    "text, value",
    [
        ("b''", b""),
        ("b'abc'", b"abc"),
        ('B"abc"', b"abc"),
        ("b'ÿ'", b"\xc3\xbf"),
        ("b'\\303\\277'", b"\xc3\xbf"),
        ("b'\\377'", b"\xff"),
        ("b'\\xFF\\X00'", b"\xff\x00"),
        ("b'\\x7f\\200'", b"\x7f\x80"),
        ("b'\\n\\\\\\''", b"\n\\'"),
        ("b'''a\nb'''", b"a\nb"),
        ('b"""\\xe9é"""', b"\xe9\xc3\xa9"),
        ("br'\\xFF'", b"\\xFF"),
        ("bR'\\u0041'", b"\\u0041"),
        ("Br'''\\'''", b"\\"),
        ('BR"""a"b"""', b'a"b'),
    ],
)
def test_bytes(text: str, value: bytes) -> None:
    assert parse(text) == Literal(value, "bytes")


@pytest.mark.parametrize(
    "escape",
    [
        "\\q",
        "\\s",
        "\\ ",
        "\\8",
        "\\400",
        "\\12",
        "\\1",
        "\\x4",
        "\\xg0",
        "\\u123",
        "\\U0001F62",
        "\\N",
        "\\é",
    ],
)
@pytest.mark.parametrize("form", ["'{}'", '"{}"', "'''{}'''", '"""{}"""', "b'{}'"])
def test_no_escapes(form: str, escape: str) -> None:
    with pytest.raises(CelSyntaxError) as caught:
        parse(form.format(escape))
    assert caught.value.reason == "a backslash that begins no escape"
    assert caught.value.offset == form.index("{")


@pytest.mark.parametrize(
    "escape", ["\\ud800", "\\uDFFF", "\\uD83D\\uDE03", "\\U0000d800", "\\U00110000", "\\UFFFFFFFF"]
)
def test_escapes_for_no_character(escape: str) -> None:
    with pytest.raises(CelSyntaxError) as caught:
        parse(f"'{escape}'")
    assert caught.value.reason == "an escape for something that is no Unicode character"
    assert caught.value.offset == 1


@pytest.mark.parametrize("escape", ["\\u0041", "\\U00000041"])
def test_bytes_have_no_escapes_for_characters(escape: str) -> None:
    with pytest.raises(CelSyntaxError) as caught:
        parse(f"b'{escape}'")
    assert caught.value.reason == "an escape for a code point in a bytes literal"


@pytest.mark.parametrize(
    "text, value, kind",
    [
        ("0", 0, "int"),
        ("-0", 0, "int"),
        ("9223372036854775807", 2**63 - 1, "int"),
        ("-9223372036854775808", -(2**63), "int"),
        ("- 9223372036854775808", -(2**63), "int"),
        ("0x7fffffffffffffff", 2**63 - 1, "int"),
        ("-0x8000000000000000", -(2**63), "int"),
        ("18446744073709551615u", 2**64 - 1, "uint"),
        ("0xFFFFFFFFFFFFFFFFU", 2**64 - 1, "uint"),
        ("1.0", 1.0, "double"),
        (".5", 0.5, "double"),
        ("1e3", 1000.0, "double"),
        ("1.5E-3", 0.0015, "double"),
        ("-2.5", -2.5, "double"),
        ("1e-999", 0.0, "double"),
        ("0x1e3", 0x1E3, "int"),
        ("1" + "0" * 400 + ".0e-400", 1.0, "double"),
        ("0" * 5000 + "1", 1, "int"),
    ],
)
def test_numbers(text: str, value: float, kind: str) -> None:
    node = parse(text)
    assert isinstance(node, Literal)
    assert (node.value, node.kind, type(node.value)) == (value, kind, type(value))


@pytest.mark.parametrize("text", ["1" * 5000, "0x" + "f" * 5000, "1" * 5000 + "u"])
def test_numbers_of_any_length_are_refused_with_words(text: str) -> None:
    with pytest.raises(CelSyntaxError, match="beyond 64 bits"):
        parse(text)
