"""What takes how many columns."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from migrator.spans import columns_of, fitting


@pytest.mark.parametrize(
    "text, taken",
    [
        ("", 0),
        ("abc", 3),
        ("名前", 4),
        ("e\u0301", 1),
        ("한", 2),
        ("ｱ", 1),
        ("\uff21", 2),
        ("✅", 2),
        ("…→─", 3),
    ],
)
def test_columns_are_those_of_a_terminal(text: str, taken: int) -> None:
    assert columns_of(text) == taken


@given(st.text(alphabet="ab名✅\u0301…"), st.integers(0, 20))
def test_as_much_fits_as_there_is_room_for(text: str, width: int) -> None:
    head = fitting(text, width)
    assert text.startswith(head)
    assert columns_of(head) <= width
    assert head == text or columns_of(text[: len(head) + 1]) > width
