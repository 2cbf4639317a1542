"""Values by themselves: what a map keeps, what tells it apart."""

from __future__ import annotations

import pytest

from migrator.cel.values import Map, OperationError, UInt, adopt


def test_a_map_keeps_truth_and_one_apart() -> None:
    table = Map([(True, "true"), (1, "one"), (False, "false"), (UInt(0), "zero")])
    assert [table[key] for key in (True, 1, False, 0)] == ["true", "one", "false", "zero"]
    assert [(type(key), key) for key in table] == [(bool, True), (int, 1), (bool, False), (UInt, 0)]
    assert len(table) == 4


def test_a_map_has_one_entry_for_a_number_of_any_type() -> None:
    table = Map([(UInt(2**53), "a")])
    assert table[2**53] == table[2.0**53] == "a"
    assert 2**53 + 1 not in table
    with pytest.raises(OperationError):
        Map([(1, "a"), (UInt(1), "b")])


@pytest.mark.parametrize("key", [b"a", None, [], 1.5])
def test_what_cannot_be_a_key_is_not_in_a_map(key: bytes | float | list[int] | None) -> None:
    table = Map([("a", 1), (1, 2)])
    assert adopt(lambda _: None, key) not in table
    with pytest.raises(KeyError):
        table[adopt(lambda _: None, key)]


def test_a_map_shows_its_entries() -> None:
    assert repr(Map([(True, None), ("a", UInt(1))])) == "Map([(True, None), ('a', 1)])"


def test_a_map_is_adopted_as_it_is() -> None:
    table = Map([("a", 1)])
    assert adopt(lambda _: None, table) is table
