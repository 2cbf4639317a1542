"""What operators and functions give for which values, where the specification's tests do not look."""

from __future__ import annotations

import math

import pytest

from migrator.cel import CelEvaluationError, Plain, evaluate


def _reason(text: str) -> str:
    with pytest.raises(CelEvaluationError) as caught:
        evaluate(text, {})
    assert text[caught.value.offset : caught.value.end]
    return caught.value.reason


@pytest.mark.parametrize(
    "text, value",
    [
        # Truth is no number, whatever Python thinks of it.
        ("true == 1", False),
        ("1 == true", False),
        ("1.0 == true", False),
        ("0 == false", False),
        ("true in [1]", False),
        ("1 in [true]", False),
        ("1 in {true: 0}", False),
        ("true in {1: 0}", False),
        ("0 in {false: 0}", False),
        ("{true: 'a', 1: 'b'}[1]", "b"),
        ("{true: 'a', 1: 'b'}[1u]", "b"),
        ("{true: 'a', 1: 'b'}[1.0]", "b"),
        ("{true: 'a', 1: 'b'}[true]", "a"),
        ("size({true: 'a', 1: 'b', false: 'c', 0: 'd'})", 4),
        ("[true] == [1]", False),
        ("{true: 1} == {1: 1}", False),
        ("{'a': true} == {'a': 1}", False),
        ("b == {true: 'x'}", True),
        ("b[true]", "x"),
        ("1 in b", False),
        # Numbers are compared by value, exactly.
        ("1 == 1u && 1u == 1.0 && 1.0 == 1", True),
        ("{1: 'a'} == {1u: 'a'}", True),
        ("[1, 2u, 3.0] == [1.0, 2, 3u]", True),
        ("9007199254740993 == 9007199254740992.0", False),
        ("9007199254740993 > 9007199254740992.0", True),
        ("9007199254740993u > 9007199254740992.0", True),
        ("9223372036854775807 == 9223372036854775808.0", False),
        ("18446744073709551615u < 18446744073709551616.0", True),
        ("-1 < 0u", True),
        ("-1 == 18446744073709551615u", False),
        ("9223372036854775807 in [9223372036854775808.0]", False),
        ("9007199254740992.0 in {9007199254740993: 0}", False),
        ("double('inf') > 18446744073709551615u", True),
        ("0.0 == -0.0", True),
        # What is no number equals nothing and has no place in any order.
        ("double('nan') == double('nan')", False),
        ("double('nan') != double('nan')", True),
        ("double('nan') in [double('nan')]", False),
        ("[double('nan')] == [double('nan')]", False),
        ("nan == nan || nan in [nan] || {'a': nan} == {'a': nan}", False),
        ("nan < 1.0 || nan > 1 || nan <= nan || nan >= 1u", False),
        ("nan in {1: 2}", False),
        # Values of different types are unequal, and that is no error.
        ("1 == '1'", False),
        ("'a' == b'a'", False),
        ("null == false", False),
        ("[] == {}", False),
        ("int == 'int'", False),
        ("type(1) == int && type(int) == type", True),
        ("[1] != 1", True),
        ("[1, 'a'] == [1, b'a']", False),
    ],
)
def test_equality_and_order(text: str, value: Plain) -> None:
    result = evaluate(text, {"b": {True: "x"}, "nan": math.nan})
    assert result == value
    assert type(result) is type(value)


@pytest.mark.parametrize(
    "text, value",
    [
        ("7 / 2", 3),
        ("-7 / 2", -3),
        ("7 / -2", -3),
        ("-7 / -2", 3),
        ("7 % 3", 1),
        ("-7 % 3", -1),
        ("7 % -3", 1),
        ("-7 % -3", -1),
        ("7u / 2u", 3),
        ("7u % 2u", 1),
        ("-9223372036854775808 / 1", -(2**63)),
        ("-9223372036854775808 % 1", 0),
        ("18446744073709551614u + 1u", 2**64 - 1),
        ("1.0 / 0.0", math.inf),
        ("-1.0 / 0.0", -math.inf),
        ("1.0 / -0.0", -math.inf),
        ("double('inf') / 0.0", math.inf),
        ("1e308 * 10.0", math.inf),
        ("0.1 + 0.2", 0.30000000000000004),
        ("-(-1)", 1),
        ("'a' + 'b' + ''", "ab"),
        ("b'a' + b'\\xff'", b"a\xff"),
        ("[1] + [] + ['a']", [1, "a"]),
    ],
)
def test_arithmetic(text: str, value: Plain) -> None:
    result = evaluate(text, {})
    assert result == value
    assert type(result) is type(value)


@pytest.mark.parametrize("text", ["0.0 / 0.0", "double('nan') / 0.0", "-0.0 / 0.0", "0.0 / -0.0"])
def test_zero_by_zero_is_no_number(text: str) -> None:
    result = evaluate(text, {})
    assert isinstance(result, float)
    assert math.isnan(result)


@pytest.mark.parametrize(
    "text, reason",
    [
        ("9223372036854775807 + 1", "a number beyond the range of int"),
        ("-9223372036854775808 - 1", "a number beyond the range of int"),
        ("9223372036854775807 * 2", "a number beyond the range of int"),
        ("-9223372036854775808 / -1", "a number beyond the range of int"),
        ("-9223372036854775808 % -1", "a number beyond the range of int"),
        ("-(-9223372036854775808)", "a number beyond the range of int"),
        ("18446744073709551615u + 1u", "a number beyond the range of uint"),
        ("18446744073709551615u * 2u", "a number beyond the range of uint"),
        ("1u - 2u", "a number beyond the range of uint"),
        ("1 / 0", "a division by zero"),
        ("1 % 0", "a division by zero"),
        ("1u / 0u", "a division by zero"),
        ("1 + 1u", "`+` is not defined for an int and a uint"),
        ("1 + 1.0", "`+` is not defined for an int and a double"),
        ("1.0 % 1.0", "`%` is not defined for a double and a double"),
        ("true + true", "`+` is not defined for a bool and a bool"),
        ("true + 1", "`+` is not defined for a bool and an int"),
        ("-true", "`-` is not defined for a bool"),
        ("-1u", "`-` is not defined for a uint"),
        ("!1", "`!` is not defined for an int"),
        ("{} + {}", "`+` is not defined for a map and a map"),
        ("'a' * 2", "`*` is not defined for a string and an int"),
        ("true < 1", "`<` is not defined for a bool and an int"),
        ("null < null", "`<` is not defined for null and null"),
        ("[1] < [2]", "`<` is not defined for a list and a list"),
        ("'a' < b'b'", "`<` is not defined for a string and bytes"),
        ("int < string", "`<` is not defined for a type and a type"),
        ("'a' in 'abc'", "`in` is not defined for a string and a string"),
        ("[1][true]", "`[]` is not defined for a list and a bool"),
        ("[1]['0']", "`[]` is not defined for a list and a string"),
        ("'a'[0]", "`[]` is not defined for a string and an int"),
        ("[1][1]", "the list has no element with that index"),
        ("[1][-1]", "the list has no element with that index"),
        ("[1][0.5]", "the list has no element with that index"),
        ("[1][double('nan')]", "the list has no element with that index"),
        ("[1][double('inf')]", "the list has no element with that index"),
        ("[1][18446744073709551615u]", "the list has no element with that index"),
        ("{'a': 1}['b']", "the map has no such key"),
        ("{'a': 1}[null]", "the map has no such key"),
        ("{'a': 1}[[]]", "the map has no such key"),
        ("{'a': 1}.b", "the map has no key `b`"),
        ("'a'.b", "a string has no fields"),
        ("has([].b)", "a list has no fields"),
        ("{'a': 1, 'a': 2}", "a map has the same key twice"),
        ("{1: 1, 1u: 2}", "a map has the same key twice"),
        ("{true: 1, true: 2}", "a map has the same key twice"),
        ("{1.0: 1}", "a double is no key of a map"),
        ("{null: 1}", "null is no key of a map"),
        ("{[]: 1}", "a list is no key of a map"),
        ("1 ? 2 : 3", "an int in place of true or false"),
        ("[1].filter(x, x)", "an int in place of true or false"),
        ("[1].exists_one(x, 'a')", "a string in place of true or false"),
        ("'ab'.map(x, x)", "a string has no elements"),
        ("true && 1", "an int in place of true or false"),
        ("'a' || false", "a string in place of true or false"),
        ("[1].all(x, null)", "null in place of true or false"),
        ("a", "there is no variable `a`"),
        ("a.b", "there is no variable `a`"),
        ("size(1)", "`size` is not defined for an int"),
        ("size()", "`size` is not defined for nothing"),
        ("size('a', 'b')", "`size` is not defined for a string and a string"),
        ("'a'.contains(1)", "`contains` is not defined for a string and an int"),
        ("b'a'.contains(b'a')", "`contains` is not defined for bytes and bytes"),
        ("nothing(1)", "there is no function `nothing`"),
        ("'a'.nothing()", "there is no method `nothing`"),
        ("contains('a', 'b')", "`contains` is a method: it is called on a value"),
        ("'1'.int()", "`int` is a function: it is not called on a value"),
        ("all(x, true)", "there is no function `all`"),
        ("'a'.has(b)", "there is no method `has`"),
    ],
)
def test_what_has_no_value_says_why(text: str, reason: str) -> None:
    assert _reason(text) == reason


@pytest.mark.parametrize(
    "text, value",
    [
        ("int('9223372036854775807')", 2**63 - 1),
        ("int('-9223372036854775808')", -(2**63)),
        ("int('+0012')", 12),
        ("int(-0.9)", 0),
        ("int(9223372036854774784.0)", 9223372036854774784),
        ("uint('18446744073709551615')", 2**64 - 1),
        ("uint(-0.0)", 0),
        ("uint(18446744073709549568.0)", 18446744073709549568),
        ("double('1e3')", 1000.0),
        ("double('.5')", 0.5),
        ("double('5.')", 5.0),
        ("double('+Infinity')", math.inf),
        ("double('-INF')", -math.inf),
        ("double(9007199254740993)", 9007199254740992.0),
        ("double('1e-999')", 0.0),
        ("string(true)", "true"),
        ("string(-1)", "-1"),
        ("string(18446744073709551615u)", "18446744073709551615"),
        ("string(1.0)", "1"),
        ("string(-0.0)", "-0"),
        ("string(0.5)", "0.5"),
        ("string(100.0)", "100"),
        ("string(123456.75)", "123456.75"),
        ("string(999999.0)", "999999"),
        ("string(1000000.0)", "1e+06"),
        ("string(-1234567.5)", "-1.2345675e+06"),
        ("string(0.0001)", "0.0001"),
        ("string(0.00001)", "1e-05"),
        ("string(1.5e300)", "1.5e+300"),
        ("string(5e-324)", "5e-324"),
        ("string(double('nan'))", "NaN"),
        ("string(double('inf'))", "+Inf"),
        ("string(-double('inf'))", "-Inf"),
        ("string(b'\\xf0\\x9f\\x98\\x80')", "😀"),
        ("bytes('😀')", b"\xf0\x9f\x98\x80"),
        ("bool('t') && !bool('F')", True),
        ("dyn(1u)", 1),
        ("type(dyn(1u))", "uint"),
        ("[int, type(null), type([]), type({}), type(int)]", ["int", "null_type", "list", "map", "type"]),
        ("size('😀é')", 2),
        ("'😀é'.size()", 2),
        ("size(bytes('é'))", 2),
        ("'a' < 'b' && 'Z' < 'a' && 'a' < 'aa' && '\\uffff' < '😀'", True),
        ("b'a' < b'\\xff' && b'' < b'a'", True),
        ("false < true && !(true < true) && true >= true", True),
        ("matches('abc', 'b')", True),
    ],
)
def test_functions(text: str, value: Plain) -> None:
    result = evaluate(text, {})
    assert result == value
    assert type(result) is type(value)


@pytest.mark.parametrize(
    "text",
    [
        "int(9223372036854775808.0)",
        "int(-9223372036854775808.0)",
        "int(double('nan'))",
        "int(9223372036854775808u)",
        "int('9223372036854775808')",
        "int('')",
        "int(' 1')",
        "int('1_0')",
        "int('0x10')",
        "int('1.0')",
        "int('\u0661')",
        "int(true)",
        "int(null)",
        "int([])",
        "uint(-1)",
        "uint(-0.5)",
        "uint(18446744073709551616.0)",
        "uint(double('nan'))",
        "uint('-1')",
        "uint('+1')",
        "uint('18446744073709551616')",
        "double('')",
        "double('.')",
        "double('1e999')",
        "double(' 1')",
        "double('1_0')",
        "double('-nan')",
        "double('\u0661')",
        "double(true)",
        "string(null)",
        "string([])",
        "string(int)",
        "string(b'\\xed\\xa0\\x80')",
        "bytes(1)",
        "bool(1)",
        "bool('')",
        "bool('yes')",
        "'a'.matches('(')",
        "'a'.matches('(?=a)')",
        "'a'.matches('(a)\\\\1')",
        "'a'.matches('a{1001}')",
        "'a'.matches('(?<!a)b')",
        "'a'.matches('*')",
    ],
)
def test_conversions_and_patterns_that_are_refused(text: str) -> None:
    assert _reason(text)
