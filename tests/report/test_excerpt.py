from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from migrator.merge.model import SourceSummary
from migrator.report.excerpt import Sources, cut
from migrator.secrets import is_mask, mask
from migrator.spans import Location, Span, columns_of
from tests.report import sample


@pytest.mark.parametrize(
    "line,begin,end,text,carets",
    [
        ("key: value", 5, 10, "key: value", "     ^^^^^"),
        ("key: value", 10, 10, "key: value", "          ^"),
        ("\tkey: v", 1, 4, "    key: v", "    ^^^"),
        ("a: " + mask(0, 30) + " b", 3, 33, "a: *** b", "   ^^^"),
        ("a: " + mask(0, 30) + " b", 34, 35, "a: *** b", "       ^"),
        ("名前: x", 4, 5, "名前: x", "      ^"),
        ("e\u0301: x", 4, 5, "e\u0301: x", "   ^"),
        ("a\x1bb", 2, 3, "a\\x1bb", "     ^"),
        ("x" * 50 + "HERE" + "x" * 50, 50, 54, "…" + "x" * 13 + "HERE" + "x" * 21 + "…", " " * 14 + "^^^^"),
        ("x" * 20 + "HERE" + "x" * 50, 20, 24, "x" * 20 + "HERE" + "x" * 15 + "…", " " * 20 + "^^^^"),
        ("\x07" * 30 + "HERE", 30, 34, "…" + "\\x07" * 3 + "HERE", " " * 13 + "^^^^"),
        ("x" * 60, 10, 60, "x" * 39 + "…", " " * 10 + "^" * 30),
    ],
)
def test_the_caret_stands_below_what_is_meant(
    line: str, begin: int, end: int, text: str, carets: str
) -> None:
    excerpt = cut(1, line, begin, end, 40)
    assert (excerpt.text, excerpt.carets) == (text, carets)


@given(
    st.text(alphabet=st.sampled_from("ab \t\x07é名\u202e" + mask(0, 1) + mask(1, 1)), max_size=300),
    st.integers(0, 320),
    st.integers(0, 60),
    st.integers(20, 90),
)
def test_an_excerpt_keeps_within_its_width_and_shows_no_credential(
    line: str, begin: int, length: int, width: int
) -> None:
    excerpt = cut(1, line, begin, begin + length, width)
    assert columns_of(excerpt.text) <= width
    assert excerpt.start <= width
    assert len(excerpt.carets) <= max(width, excerpt.start + 1)
    assert excerpt.length >= 1
    assert not any(is_mask(char) for char in excerpt.text)
    assert excerpt.text.isprintable()


def test_of_several_lines_the_first_is_shown() -> None:
    found = _sources("a:\n  - b: 1\n    c: 2\n").excerpt(Location("f", Span(2, 5, 3, 9)), 80)
    assert found is not None
    assert (found.number, found.text, found.carets) == (2, "  - b: 1", "    ^^^^")


@pytest.mark.parametrize("at", [None, Location("g", Span(1, 1, 1, 2)), Location("f", Span(9, 1, 9, 2))])
def test_where_there_is_no_such_line_there_is_no_excerpt(at: Location | None) -> None:
    assert _sources("a: 1\n").excerpt(at, 80) is None


def test_lines_end_as_the_positions_count_them() -> None:
    found = _sources("a: 1\r\nb: 2\rc: 3\u2028x\nd: 4").excerpt(Location("f", Span(4, 1, 4, 2)), 80)
    assert found is not None
    assert found.text == "d: 4"


def test_a_line_of_megabytes_takes_no_time() -> None:
    line = "x" * 5_000_000
    sources = _sources(line)
    for column in range(1, 2_000_000, 2000):
        assert sources.excerpt(Location("f", Span(1, column, 1, column + 4)), 80) is not None


def _sources(text: str) -> Sources:
    return Sources((SourceSummary(sample.file("f", "f", text=text), "converted", {}),))
