from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from migrator.tree.scalars import NOT_TEXT, kind_of, tagged_kind, value_of

VALUES = [
    *((text, True) for text in ("true", "True", "TRUE")),
    *((text, False) for text in ("false", "False", "FALSE")),
    *((text, None) for text in ("", "~", "null", "Null", "NULL")),
    ("0", 0),
    ("-0", 0),
    ("+12", 12),
    ("-12", -12),
    ("0x1F", 31),
    ("-0x1f", -31),
    ("0o17", 15),
    ("0b101", 5),
    ("0777", 511),
    ("-0777", -511),
    ("0899", 899.0),
    ("18446744073709551616", 2**64),
    ("1.5", 1.5),
    ("1.", 1.0),
    (".5", 0.5),
    ("-.5e-1", -0.05),
    ("1e3", 1000.0),
    ("1E+3", 1000.0),
    (".inf", math.inf),
    ("+.Inf", math.inf),
    ("-.INF", -math.inf),
]
TEXTS = [
    *("yes", "no", "on", "off", "y", "n", "Yes", "NO", "On", "OFF"),
    *("tRUE", "nULL", "nil", "None", "NaN", "inf", ".iNF", "-.nan"),
    *("1_000", "0x_1", "1:30", "12:30:45", "2023-10-01", "2001-12-14t21:59:43Z"),
    *(
        "0x",
        "0xg",
        "0o8",
        "0b2",
        "1e",
        ".",
        "-",
        "+",
        "..",
        "1.2.3",
        "1e999",
        "-1e999",
        "٣",
        "1 2",
        " 1",
        "1\n",
    ),
]


@pytest.mark.parametrize("text, value", VALUES)
def test_a_plain_scalar_has_the_value_go_gives_it(text: str, value: object) -> None:
    got = value_of(text, kind_of(text))
    assert (type(got), got) == (type(value), value)


@pytest.mark.parametrize("text", TEXTS)
def test_what_go_or_the_core_schema_calls_text_is_text(text: str) -> None:
    assert kind_of(text) == "str"
    assert value_of(text, "str") == text


@pytest.mark.parametrize("text", [".nan", ".NaN", ".NAN"])
def test_nan_is_a_float(text: str) -> None:
    value = value_of(text, kind_of(text))
    assert isinstance(value, float)
    assert math.isnan(value)


@pytest.mark.parametrize(
    "tag, text, kind",
    [
        ("str", "12", "str"),
        ("str", "", "str"),
        ("int", "12", "int"),
        ("int", "1.5", None),
        ("int", "x", None),
        ("float", "1.5", "float"),
        ("float", "1", "float"),
        ("float", "x", None),
        ("bool", "true", "bool"),
        ("bool", "yes", None),
        ("null", "", "null"),
        ("null", "x", None),
        ("timestamp", "2001-01-01", None),
        ("binary", "aGk=", None),
    ],
)
def test_a_core_tag_takes_only_its_own_values(tag: str, text: str, kind: str | None) -> None:
    assert tagged_kind(tag, text) == kind


def test_an_int_tagged_as_float_is_a_float() -> None:
    assert [value_of(text, "float") for text in ("1", "0x10", "0777")] == [1.0, 16.0, 511.0]


@given(st.text(alphabet="0123456789abcdefxobeEinfNaAtrueFlsn+-._~ ", max_size=12) | st.text(max_size=8))
def test_every_text_has_a_kind_and_that_kind_has_a_value(text: str) -> None:
    kind = kind_of(text)
    value = value_of(text, kind)
    assert kind == "str" or not text or text[0] in NOT_TEXT
    assert {"str": str, "int": int, "float": float, "bool": bool, "null": type(None)}[kind] is type(value)
