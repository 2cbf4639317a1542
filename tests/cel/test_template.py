"""`${ CEL }` in strings, and the secrets named there."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from migrator.cel import CelSyntaxError, parse
from migrator.cel.template import (
    Hole,
    SecretName,
    Text,
    Unterminated,
    secret_call,
    secret_reference,
    split,
)
from migrator.secrets import mask


@pytest.mark.parametrize(
    "text, parts",
    [
        ("", ()),
        ("plain", (Text("plain", 0),)),
        ("$ {a} $a {b} }", (Text("$ {a} $a {b} }", 0),)),
        ("$", (Text("$", 0),)),
        ("${a}", (Hole("a", 2),)),
        ("${}", (Hole("", 2),)),
        ("${ a }", (Hole(" a ", 2),)),
        ("x${a}y${b}z", (Text("x", 0), Hole("a", 3), Text("y", 5), Hole("b", 8), Text("z", 10))),
        ("${a}${b}", (Hole("a", 2), Hole("b", 6))),
        ("$${a}", (Text("$", 0), Hole("a", 3))),
        ("😬${a}", (Text("😬", 0), Hole("a", 3))),
        ("${a}}", (Hole("a", 2), Text("}", 4))),
        ('${ {"a": 1}["a"] }', (Hole(' {"a": 1}["a"] ', 2),)),
        ("${{'a': {'b': 1}}}", (Hole("{'a': {'b': 1}}", 2),)),
        ("${A{b: 1}}!", (Hole("A{b: 1}", 2), Text("!", 10))),
        ("${'}'}", (Hole("'}'", 2),)),
        ("${'{'}", (Hole("'{'", 2),)),
        ('${"}"}', (Hole('"}"', 2),)),
        ("${'\\'}'}", (Hole("'\\'}'", 2),)),
        ("${r'\\'}", (Hole("r'\\'", 2),)),
        ("${bR'\\'}", (Hole("bR'\\'", 2),)),
        ("${b'}'}", (Hole("b'}'", 2),)),
        ("${'''}'}'''}", (Hole("'''}'}'''", 2),)),
        ('${"""}"}"""}', (Hole('"""}"}"""', 2),)),
        ("${r'''}\\'''}", (Hole("r'''}\\'''", 2),)),
        ("${'''}\n\\'''}'''}", (Hole("'''}\n\\'''}'''", 2),)),
        ("${''}", (Hole("''", 2),)),
        ("${car + '}'}", (Hole("car + '}'", 2),)),
        ("${a // }\n}", (Hole("a // }\n", 2),)),
        ("${a / b}", (Hole("a / b", 2),)),
        ("${'//'}", (Hole("'//'", 2),)),
        ("${a.`b c`}", (Hole("a.`b c`", 2),)),
        ("${'${a}'}", (Hole("'${a}'", 2),)),
        ("${not cel}", (Hole("not cel", 2),)),
        ("${{ secrets.NAME }}", (Hole("{ secrets.NAME }", 2),)),
        ("${", (Unterminated("", 2),)),
        ("x ${a", (Text("x ", 0), Unterminated("a", 4))),
        ("${a}${b", (Hole("a", 2), Unterminated("b", 6))),
        ("${{a}", (Unterminated("{a}", 2),)),
        ("${'a}", (Unterminated("'a}", 2),)),
        ("${'a\n'}", (Unterminated("'a\n'}", 2),)),
        ("${r'a\\'' }", (Unterminated("r'a\\'' }", 2),)),
        ("${'''a}", (Unterminated("'''a}", 2),)),
        ("${a // }", (Unterminated("a // }", 2),)),
        ("${it's}", (Unterminated("it's}", 2),)),
    ],
)
def test_splits(text: str, parts: tuple[Text | Hole | Unterminated, ...]) -> None:
    assert split(text) == parts


_WORDS = st.sampled_from(["${", "$", "{", "}", "'", '"', "'''", "r", "b", "a", "//", "\n", "\\", "`", "😬"])


@given(st.lists(_WORDS, max_size=12).map("".join) | st.text())
def test_nothing_of_a_string_is_lost(text: str) -> None:
    again = ""
    for part in split(text):
        again += {Text: "", Hole: "${", Unterminated: "${"}[type(part)]
        assert part.offset == len(again)
        again += part.text
        again += "}" if isinstance(part, Hole) else ""
    assert again == text


@pytest.mark.parametrize("times", [1, 20_000])
@pytest.mark.parametrize(
    "piece", ["${", "${'", "${'''", '${"""\\', "${{", "${a}", "${'\\\n", "${//", "r'''a"]
)
def test_any_amount_is_split(piece: str, times: int) -> None:
    assert split("${" + piece * times)


@pytest.mark.parametrize(
    "text, name",
    [
        ("${secrets.get('openai', 'primary-key')}", SecretName("openai", "primary-key")),
        ('${ secrets.get( "openai" , "key" ) }', SecretName("openai", "key")),
        ("${secrets.get('openai-api-key')}", SecretName(None, "openai-api-key")),
        ("${secrets.get(r'a', '''b''')}", SecretName("a", "b")),
        ("${(secrets.get('a', 'b'))}", SecretName("a", "b")),
        ("${secrets.get('a', 'b')} ", None),
        ("Bearer ${secrets.get('a', 'b')}", None),
        ("${secrets.get('a', 'b')}${secrets.get('a', 'b')}", None),
        ("secrets.get('a', 'b')", None),
        ("${secrets.get('a', 'b') + ''}", None),
        ("${secrets.get('a', name)}", None),
        ("${secrets.get(1, 'b')}", None),
        ("${secrets.get(b'a')}", None),
        ("${secrets.get()}", None),
        ("${secrets.get('')}", None),
        ("${secrets.get('a', r'')}", None),
        ("${secrets.get('', 'b')}", SecretName("", "b")),
        ("${secrets.get('a', 'b', 'c')}", None),
        ("${get('a', 'b')}", None),
        ("${vault.secrets.get('a', 'b')}", None),
        ("${secrets.fetch('a', 'b')}", None),
        ("${secrets.get('a', 'b'}", None),
        ("${secrets.get('a', 'b')", None),
        ("${secrets...}", None),
        ("${}", None),
        ("", None),
    ],
)
def test_secret_reference(text: str, name: SecretName | None) -> None:
    assert secret_reference(text) == name


def test_secret_call() -> None:
    assert secret_call(parse("secrets.get('a', 'b')")) == SecretName("a", "b")
    assert secret_call(parse("secrets.get('b')")) == SecretName(None, "b")
    assert secret_call(parse("'Bearer ' + secrets.get('a', 'b')")) is None


def test_masks_pass_through() -> None:
    credential = mask(0, 12)
    assert split(f"{credential}${{'{credential}'}}") == (Text(credential, 0), Hole(f"'{credential}'", 14))


@given(
    st.sampled_from(["", " ", "\t", "\n"]),
    st.lists(
        st.sampled_from(["'a b'", '"c/d"', "'e\\'f'", "''", "r'g'", "'h${'", "'}'", "i", "b'j'", "1"]),
        max_size=3,
    ),
    st.sampled_from(["", "x", "}", "${", "${secrets.get('k')}"]),
)
def test_a_plain_call_is_read_as_the_parser_reads_it(blank: str, args: list[str], behind: str) -> None:
    expression = f"{blank}secrets.get({blank}{f'{blank},{blank}'.join(args)}{blank}){blank}"
    try:
        meant = None if behind else secret_call(parse(expression))
    except CelSyntaxError:
        meant = None
    assert secret_reference(f"${{{expression}}}{behind}") == meant
