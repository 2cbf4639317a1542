"""Every page that shows commands shows what they do."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.docs.follow import REPOSITORY, NotAsToldError, check
from tests.docs.page import Command, Page, Python, is_as_told, read_page

PAGES = [read_page(path) for path in sorted((REPOSITORY / "docs").rglob("*.md"))]
BY_OTHERS = {"findings.md"}
"""Its examples are run by tests/report/test_examples.py."""


def name(page: Page) -> str:
    return page.path.relative_to(REPOSITORY / "docs").as_posix()


@pytest.mark.parametrize("page", [page for page in PAGES if page.is_run], ids=name)
def test_what_a_page_shows_is_what_happens(page: Page, tmp_path: Path) -> None:
    check(page, tmp_path)


def test_every_page_with_a_console_is_followed() -> None:
    shown = {
        name(page)
        for page in PAGES
        if not page.is_run and any(isinstance(step, Command) for step in page.steps)
    }
    assert shown == BY_OTHERS
    assert "tutorial.md" in {name(page) for page in PAGES if page.is_run}


# ------------------------------------------------------------------------------ the harness itself

Written = Callable[[str], Page]


@pytest.fixture
def written(tmp_path: Path) -> Written:
    def write(text: str) -> Page:
        path = tmp_path / "page.md"
        path.write_text(text)
        return read_page(path)

    return write


def console(*lines: str) -> str:
    return "\n".join(["<!-- run -->", "", "```console", *lines, "```", ""])


@pytest.mark.parametrize(
    "lines",
    [
        ["$ echo a; echo b >&2", "a", "b"],
        ["$ X=1", "$ echo $X", "1"],
        ["$ cat <<'END'", "> text", "> END", "text"],
        ["$ printf 'no line end'", "no line end"],
        ["$ seq 5", "1", "...", "5"],
        ["$ seq 2", "...", "1", "...", "2", "..."],
        ["$ date", "...:...:..."],
        ["$ true", "..."],
        ["$ false", "$ echo $?", "1"],
    ],
)
def test_a_page_that_is_right_passes(written: Written, tmp_path: Path, lines: list[str]) -> None:
    check(written(console(*lines)), tmp_path)


@pytest.mark.parametrize(
    "lines,why",
    [
        (["$ echo a"], "prints"),
        (["$ echo a", "b"], "prints"),
        (["$ echo a", "a", "b"], "prints"),
        (["$ seq 5", "1", "...", "4"], "prints"),
        (["$ false"], "ends with 1"),
        (["$ false", "$ true"], "ends with 1"),
        (["$ exit 3"], "did not come to the end"),
        (["$ echo 'open"], "did not come to the end"),
        (["$ migrator convert missing.yaml", "..."], "ends with 2"),
    ],
)
def test_a_page_that_is_wrong_fails(written: Written, tmp_path: Path, lines: list[str], why: str) -> None:
    page = written(console(*lines))
    with pytest.raises(NotAsToldError, match=why):
        check(page, tmp_path)


def test_blocks_are_saved_where_the_page_says(written: Written, tmp_path: Path) -> None:
    page = written(
        "<!-- run -->\n\n<!-- save as a/b.yaml -->\n\n```yaml\nkey: 'value'\n```\n\n"
        "```console\n$ cat a/b.yaml\nkey: 'value'\n```\n"
    )
    check(page, tmp_path)


def test_the_python_of_a_page_is_one_program(written: Written, tmp_path: Path) -> None:
    page = written("<!-- run -->\n\n```python\nnumber = 2\n```\n\n```python\n>>> number + 1\n3\n```\n")
    assert [type(step) for step in page.steps] == [Python, Python]
    check(page, tmp_path)


@pytest.mark.parametrize("code", [">>> 1 + 1\n3", "raise ValueError"])
def test_python_that_is_wrong_fails(written: Written, tmp_path: Path, code: str) -> None:
    page = written(f"<!-- run -->\n\n```python\n{code}\n```\n")
    with pytest.raises((NotAsToldError, ValueError)):
        check(page, tmp_path)


def test_nothing_of_the_machine_stands_in_what_is_printed(written: Written, tmp_path: Path) -> None:
    check(written(console("$ migrator --version", "migrator ...", "$ ls -A")), tmp_path)


@pytest.mark.parametrize(
    "told,printed,expected",
    [
        ((), "", True),
        ((), "\n", True),
        (("a",), "a  \n", True),
        (("a...c",), "abc\n", True),
        (("a...c",), "ab\nc\n", False),
        (("...",), "", True),
        (("a", "", "b"), "a\n\nb\n", True),
        (("a", "b"), "a\n\nb\n", False),
        ((".*",), "anything\n", False),
    ],
)
def test_dots_stand_for_anything(told: tuple[str, ...], printed: str, *, expected: bool) -> None:
    assert is_as_told(told, printed) is expected
