"""What holds for every value and every expression that is evaluated."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from math import trunc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from migrator.cel import CelEvaluationError, Node, Plain, UInt, evaluate, unparse
from migrator.cel.functions import OPERATORS, apply
from migrator.cel.values import Map, OperationError, Value, adopt, equal, plain
from tests.cel.generated import BINDINGS, EVALUABLE, GIVEN, INTS, NODES, NUMBERS, UINTS, VALUES


def _free(_: int) -> None:
    """Work that costs nothing."""


def _operate(op: str, one: Value, other: Value) -> Value | None:
    """The result, or ``None`` for an error: no operator gives null."""
    try:
        return apply(_free, op, OPERATORS[op], (one, other))
    except OperationError:
        return None


def _expected(op: str, one: int, other: int, limits: range) -> int | None:
    """What arithmetic with whole numbers gives, if it is within the limits."""
    if op in "/%" and not other:
        return None
    quotient = trunc(Fraction(one, other or 1))
    if op == "%":
        return one - quotient * other if quotient in limits else None
    result = {"+": one + other, "-": one - other, "*": one * other, "/": quotient}[op]
    return result if result in limits else None


@given(st.sampled_from("+-*/%"), INTS, INTS)
def test_int_arithmetic_is_pythons_within_64_bits(op: str, one: int, other: int) -> None:
    result = _operate(op, one, other)
    assert result == _expected(op, one, other, range(-(2**63), 2**63))
    assert type(result) in (int, type(None))


@given(st.sampled_from("+-*/%"), UINTS, UINTS)
def test_uint_arithmetic_is_pythons_within_64_bits(op: str, one: UInt, other: UInt) -> None:
    result = _operate(op, one, other)
    assert result == _expected(op, int(one), int(other), range(2**64))
    assert type(result) in (UInt, type(None))


@given(st.sampled_from("+-*/"), st.floats(), st.floats())
def test_double_arithmetic_never_fails(op: str, one: float, other: float) -> None:
    assert type(_operate(op, one, other)) is float


@given(st.sampled_from("+-*/%"), NUMBERS, NUMBERS)
def test_numbers_of_different_types_do_not_mix_in_arithmetic(op: str, one: Value, other: Value) -> None:
    if type(one) is not type(other):
        assert _operate(op, one, other) is None


@given(NUMBERS, NUMBERS)
def test_numbers_of_any_type_have_one_order(one: Value, other: Value) -> None:
    outcomes = [_operate(op, one, other) for op in ("<", "==", ">")]
    assert outcomes.count(True) == 1
    assert outcomes.count(False) == 2
    assert _operate("<=", one, other) == (not outcomes[2])
    assert _operate(">=", one, other) == (not outcomes[0])
    assert _operate(">", other, one) == outcomes[0]
    assert _operate("!=", one, other) == (not outcomes[1])


@given(NUMBERS, NUMBERS, NUMBERS)
def test_order_is_transitive(one: Value, other: Value, third: Value) -> None:
    if _operate("<", one, other) and _operate("<=", other, third):
        assert _operate("<", one, third)


@given(VALUES)
def test_a_value_equals_itself(value: Value) -> None:
    assert equal(_free, value, value)
    assert equal(_free, value, adopt(_free, value))


@given(VALUES, VALUES)
def test_equality_is_symmetric(one: Value, other: Value) -> None:
    assert equal(_free, one, other) == equal(_free, other, one)


@given(st.lists(NUMBERS | st.booleans(), min_size=3, max_size=12) | st.lists(VALUES, min_size=3, max_size=6))
def test_equality_is_transitive(values: list[Value]) -> None:
    for one in values:
        alike = [other for other in values if equal(_free, one, other)]
        assert all(equal(_free, two, three) for two in alike for three in alike)


@given(VALUES, st.lists(VALUES, max_size=5))
def test_a_list_contains_what_equals_one_of_its_elements(item: Value, values: list[Value]) -> None:
    assert _operate("in", item, values) == any(equal(_free, item, value) for value in values)


@given(NUMBERS | st.booleans(), st.lists(INTS | UINTS | st.booleans(), max_size=5))
def test_a_map_finds_the_key_that_is_equal(key: Value, keys: list[Value]) -> None:
    entries: dict[int, tuple[Value, Value]] = {}
    for at, candidate in enumerate(keys):
        if not any(equal(_free, candidate, kept) for kept, _ in entries.values()):
            entries[at] = (candidate, at)
    found = [at for kept, at in entries.values() if equal(_free, key, kept)]
    table = Map(entries.values())
    assert (key in table) == bool(found)
    assert _operate("[]", table, key) == (found[0] if found else None)
    assert [type(kept) for kept in table] == [type(kept) for kept, _ in entries.values()]


@given(GIVEN)
def test_what_comes_in_goes_out_as_it_was(given: object) -> None:
    try:
        value = adopt(_free, given)
    except OperationError:
        return
    assert equal(_free, adopt(_free, _with_uints(plain(_free, value))), value) or "nan" in repr(value)


def _with_uints(value: Plain) -> object:
    """A uint goes out as an integer, which may be too large to come in as an int."""
    match value:
        case bool():
            return value
        case int() if value >= 2**63:
            return UInt(value)
        case list():
            return [_with_uints(item) for item in value]
        case dict():
            return {_with_uints(key): _with_uints(item) for key, item in value.items()}
        case _:
            return value


def _error(expression: str | Node, bindings: Mapping[str, object]) -> CelEvaluationError | None:
    try:
        evaluate(expression, bindings)
    except CelEvaluationError as error:
        return error
    return None


def _outcome(expression: str | Node, bindings: Mapping[str, object]) -> str:
    """The value as text (which tells 1 from 1.0, and a NaN from none), or the error's reason."""
    error = _error(expression, bindings)
    return repr(evaluate(expression, bindings)) if error is None else f"error: {error.reason}"


@given(EVALUABLE, BINDINGS)
def test_an_expression_means_the_same_once_written_and_read(node: Node, bindings: dict[str, object]) -> None:
    assert _outcome(unparse(node), bindings) == _outcome(node, bindings)


@given(EVALUABLE, BINDINGS)
def test_evaluation_is_repeatable(node: Node, bindings: dict[str, object]) -> None:
    assert _outcome(node, bindings) == _outcome(node, bindings)


@given(NODES, st.dictionaries(st.text(), GIVEN, max_size=3))
def test_any_expression_has_a_value_or_an_error_of_ours(node: Node, bindings: dict[str, object]) -> None:
    _outcome(node, bindings)


@given(EVALUABLE, EVALUABLE, BINDINGS)
def test_operands_of_logic_can_change_places(one: Node, other: Node, bindings: dict[str, object]) -> None:
    left, right = unparse(one), unparse(other)
    for op in ("&&", "||"):
        values = [_outcome(f"({a}) {op} ({b})", bindings) for a, b in ((left, right), (right, left))]
        assert values[0] == values[1] or all(value.startswith("error: ") for value in values)


@given(EVALUABLE, BINDINGS)
def test_an_error_has_a_place_in_the_text(node: Node, bindings: dict[str, object]) -> None:
    text = unparse(node)
    error = _error(text, bindings)
    if error is not None:
        assert 0 <= error.offset < error.end <= len(text)
        assert error.excerpt(text).count("\n") == 1


@pytest.mark.parametrize("macro", ["all", "exists"])
@given(items=st.lists(st.sampled_from(["true", "false", "1", "1/0 > 0"]), max_size=4))
def test_a_quantifier_is_a_chain_of_its_operator(macro: str, items: list[str]) -> None:
    op, unit = ("&&", "true") if macro == "all" else ("||", "false")
    choice = "".join(f"x == {at} ? {item} : " for at, item in enumerate(items))
    folded = _outcome(f"{list(range(len(items)))}.{macro}(x, {choice}null)", {})
    chained = _outcome(f" {op} ".join([unit, *(f"({item})" for item in items)]), {})
    assert folded == chained or (folded.startswith("error") and chained.startswith("error"))
