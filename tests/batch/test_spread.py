"""Items are cut into parts: each is in one, and what is of a kind is together as far as parts may be large."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from migrator.batch.spread import LARGEST, Kind, by_kind, in_order
from migrator.batch.workers import Processes


@given(st.integers(0, 3000), st.integers(1, 16))
def test_parts_in_order_are_the_items(count: int, size: int) -> None:
    items = range(count)
    parts = [*in_order(items, Processes(size))]
    assert [item for part in parts for item in part] == [*items]
    assert all(0 < len(part) <= LARGEST for part in parts)


@given(st.lists(st.sampled_from([("T101",), ("T101", "T301"), ()]), max_size=600), st.integers(1, 8))
def test_parts_by_kind_hold_each_item_once(kinds: list[Kind], size: int) -> None:
    items = range(len(kinds))
    parts = [*by_kind(items, kinds, Processes(size))]
    placed = [item for part in parts for item in part]
    assert sorted(placed) == [*items]
    assert placed == sorted(items, key=lambda item: (kinds[item], item))
    assert all(0 < len(part) <= LARGEST for part in parts)


@pytest.mark.parametrize("kinds", [3, 10, 40])
def test_kinds_that_fit_are_not_cut_apart(kinds: int) -> None:
    told = [(str(item % kinds),) for item in range(960)]
    parts = [*by_kind(range(960), told, Processes(2))]
    cut = sum(
        len({told[item] for item in part} & {told[item] for item in after})
        for part, after in itertools.pairwise(parts)
    )
    assert cut == (0 if 960 // kinds <= 960 // 16 else len(parts) - kinds)
