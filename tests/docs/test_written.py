"""What a page must not hold: the marks of a merge, and rows that have other cells than their table."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from tests.docs.follow import REPOSITORY
from tests.docs.test_links import PAGES

MARK = re.compile(r"^(?:<{7}|>{7}|\|{7})(?: |$)|^={7}$")
BAR = re.compile(r"(?<!\\)\|")


def wrong_lines(text: str) -> Iterator[tuple[int, str]]:
    lines = text.splitlines()
    for number, line in enumerate(lines, start=1):
        if MARK.search(line):
            yield number, "the mark of a merge"
    for token in MarkdownIt().enable("table").parse(text):
        if token.type != "table_open" or token.map is None:
            continue
        first, end = token.map
        bars = len(BAR.findall(lines[first]))
        for index in range(first, end):
            if len(BAR.findall(lines[index])) != bars:
                yield index + 1, "not as many cells as the head of its table"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(REPOSITORY).as_posix())
def test_every_page_is_whole(page: Path) -> None:
    wrong = [
        f"{page.relative_to(REPOSITORY)}:{number}: {what}"
        for number, what in wrong_lines(page.read_text(encoding="utf-8"))
    ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    "text, lines",
    [
        ("| a | b |\n|---|---|\n| `N\\|auto` | c |\n", []),
        ("| a | b |\n|---|---|\n| `N|auto` | c |\n", [3]),
        ("one\n\n<<<<<<< HEAD\ntwo\n=======\nthree\n>>>>>>> 0123abc (Change it)\n", [3, 5, 7]),
    ],
    ids=["whole", "a bar too many", "a merge"],
)
def test_what_is_wrong_is_noticed(text: str, lines: list[int]) -> None:
    assert [number for number, _ in wrong_lines(text)] == lines
