"""The specification's own tests: what its expressions evaluate to, or that they do not."""

from __future__ import annotations

import base64
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from migrator.cel import CelEvaluationError, UInt, evaluate, parse
from migrator.cel.dialect import check
from migrator.cel.evaluator import Activation, Evaluator
from migrator.cel.values import Map, TypeName, Value, plain

Row = dict[str, Any]

_LINES = (Path(__file__).parent / "misses.txt").read_text(encoding="utf-8").splitlines()
MISSES = dict(line.split(maxsplit=1) for line in _LINES if line and not line.startswith("#"))


@pytest.fixture(scope="module")
def rows(shared: Path) -> list[Row]:
    file = shared / "conformance" / "cel" / "cel_spec_simple.jsonl"
    if not file.is_file():
        pytest.skip(f"{file} is missing")
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def test_what_the_standard_has_evaluates_as_expected_but_for_the_misses(rows: list[Row]) -> None:
    standard = [row for row in rows if not row["needs"]]
    missed = [_name(row) for row in standard if _outcome(row) != "expected"]
    assert sorted(missed) == sorted(MISSES)
    assert len(standard) == 986
    assert len(missed) <= len(standard) // 100


def test_what_goes_beyond_is_refused_or_right_but_never_wrong(rows: list[Row]) -> None:
    beyond = [row for row in rows if row["needs"] and _can_be_asked(row)]
    outcomes = [(_name(row), _outcome(row)) for row in beyond]
    assert [name for name, outcome in outcomes if outcome == "wrong"] == []
    assert Counter(outcome for _, outcome in outcomes) == {"expected": 179, "refused": 1171}


def _can_be_asked(row: Row) -> bool:
    """Whether a row's question can be put to ``evaluate``.

    It has no containers, in which a name means something else; no messages that a name could be
    bound to; and no type checker, for rows that are about the type alone.
    """
    return not (
        (row["container"] and row["bindings"])
        or any(tagged[0] in ("object", "enum") for tagged in row["bindings_tagged"].values())
        or row["expect"]["kind"] == "other"
    )


def _outcome(row: Row) -> str:
    bindings = {name: _value(tagged) for name, tagged in row["bindings_tagged"].items()}
    node = parse(row["expr"])
    wanted = row["expect"]
    try:
        check(node)
        value = Evaluator(Activation(bindings)).value(node)
    except CelEvaluationError:
        with pytest.raises(CelEvaluationError):
            evaluate(row["expr"], bindings)
        return "expected" if wanted["kind"] == "error" else "refused"
    assert repr(evaluate(row["expr"], bindings)) == repr(plain(lambda _: None, value))
    return "expected" if wanted["kind"] == "value" and _is(value, wanted["tagged"]) else "wrong"


def _name(row: Row) -> str:
    return f"{row['file']}/{row['section']}/{row['name']}"


def _value(tagged: list[Any]) -> Value:
    match tagged:
        case ["uint", number]:
            return UInt(number)
        case ["double", number]:
            return float(number)
        case ["bytes", text]:
            return base64.b64decode(text)
        case ["type", name]:
            return TypeName(name)
        case ["list", items]:
            return [_value(item) for item in items]
        case ["map", entries]:
            return Map((_value(key), _value(value)) for key, value in entries)
        case ["null" | "bool" | "int" | "string", value]:
            plain_value: Value = value
            return plain_value
        case _:
            raise AssertionError(tagged)


def _is(value: Value, tagged: list[Any]) -> bool:
    """Whether a value is the expected one, to the type and to the sign of a zero."""
    if tagged[0] in ("object", "enum"):
        return False
    wanted = _value(tagged)
    if isinstance(value, Map) and isinstance(wanted, Map):
        return sorted(map(repr, value.items())) == sorted(map(repr, wanted.items()))
    return type(value) is type(wanted) and repr(value) == repr(wanted)
