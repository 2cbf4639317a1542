from __future__ import annotations

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from migrator.spans import Span
from migrator.tree.problems import Problem
from migrator.tree.text import decode, point, position, split_lines

TEXT = "a: ü😀\nb: 1\r\n"


@pytest.mark.parametrize(
    "data",
    [
        TEXT.encode(),
        codecs.BOM_UTF8 + TEXT.encode(),
        codecs.BOM_UTF16_LE + TEXT.encode("utf-16-le"),
        codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be"),
        codecs.BOM_UTF32_LE + TEXT.encode("utf-32-le"),
        codecs.BOM_UTF32_BE + TEXT.encode("utf-32-be"),
    ],
)
def test_every_marked_encoding_and_plain_utf_8_give_the_same_text(data: bytes) -> None:
    assert decode(data) == TEXT


@pytest.mark.parametrize(
    "data, kind, place, byte",
    [
        (b"a: \xff\n", "encoding", (1, 4), "3"),
        ("a: ü\nb: ".encode() + b"\xe4rger", "encoding", (2, 4), "9"),
        (codecs.BOM_UTF8 + b"a\r\nb\xc3", "encoding", (2, 2), "7"),
        (codecs.BOM_UTF16_LE + b"a\x00\n\x00b", "encoding", (2, 1), "6"),
        (codecs.BOM_UTF16_LE + b"a\x00\x00\xd8", "encoding", (1, 2), "4"),
        ("a: 1".encode("utf-16-le"), "nul-byte", (1, 2), None),
        (b"\x7fELF\x02\x01\x00\xff", "nul-byte", (1, 7), None),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "nul-byte", (1, 1), None),
        (codecs.BOM_UTF16_LE + "a\0".encode("utf-16-le"), "nul-byte", (1, 2), None),
    ],
)
def test_what_is_no_text_is_a_problem_with_its_place(
    data: bytes, kind: str, place: tuple[int, int], byte: str | None
) -> None:
    problem = decode(data)
    assert isinstance(problem, Problem)
    assert (problem.kind, problem.span[:2]) == (kind, place)
    assert dict(problem.facts).get("byte") == byte


@given(st.binary())
def test_any_bytes_are_text_or_a_problem(data: bytes) -> None:
    decoded = decode(data)
    assert isinstance(decoded, (str, Problem))
    assert isinstance(decoded, Problem) or "\0" not in decoded


@given(st.text(alphabet="ab\r\n\x85\u2028ü", max_size=30))
def test_a_position_is_in_the_line_that_split_lines_gives(text: str) -> None:
    lines = split_lines(text)
    for index, char in enumerate(text):
        if char not in "\r\n":
            line, column = position(text, index)
            assert lines[line - 1][column - 1] == char
            assert point(text, index) == Span(line, column, line, column + 1)
    line, column = position(text, len(text))
    assert (line, column) == (len(lines), len(lines[-1]) + 1)
