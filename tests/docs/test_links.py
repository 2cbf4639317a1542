"""Links between files of the repository lead somewhere: to a file that is there, and to a heading in it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from markdown_it import MarkdownIt

from tests.docs.follow import REPOSITORY

LEFT_OUT = {"build", "dist", "htmlcov", "node_modules", "__snapshots__"}
PAGES = sorted(
    path
    for path in REPOSITORY.rglob("*.md")
    if not any(part in LEFT_OUT or part.startswith(".") for part in path.relative_to(REPOSITORY).parts)
)


def links(text: str) -> Iterator[tuple[int, str]]:
    for token in MarkdownIt().enable("table").parse(text):
        line = token.map[0] + 1 if token.map else 0
        for child in token.children or ():
            target = child.attrGet("href" if child.type == "link_open" else "src")
            if isinstance(target, str):
                yield line, target


@cache
def anchors_of(page: Path) -> set[str]:
    return anchors(page.read_text(encoding="utf-8"))


def anchors(text: str) -> set[str]:
    """The anchors of a page: GitHub's, made from its headings, and those that it names itself."""
    found = set(re.findall(r'<a id="([^"]+)">', text))
    seen: dict[str, int] = {}
    tokens = MarkdownIt().enable("table").parse(text)
    for heading, content in pairwise(tokens):
        if heading.type != "heading_open":
            continue
        words = "".join(
            child.content for child in content.children or () if child.type in {"text", "code_inline"}
        )
        slug = re.sub(r"[^\w\- ]", "", words.lower()).replace(" ", "-")
        times = seen.get(slug, 0)
        seen[slug] = times + 1
        found.add(f"{slug}-{times}" if times else slug)
    return found


def problem(page: Path, target: str) -> str | None:
    """What is wrong with a link of a page; None for one that leads somewhere, or elsewhere."""
    parts = urlsplit(target)
    if parts.scheme or parts.netloc:
        return None
    if parts.path.startswith("/"):
        return "leads to the root of a site; write it relative to the page"
    place = (page.parent / unquote(parts.path)).resolve() if parts.path else page
    if not place.is_relative_to(REPOSITORY):
        return "leads out of the repository"
    if not place.exists():
        return f"{place.relative_to(REPOSITORY)} does not exist"
    if parts.fragment and (place.suffix != ".md" or parts.fragment not in anchors_of(place)):
        return f"{place.relative_to(REPOSITORY)} has no #{parts.fragment}"
    return None


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(REPOSITORY).as_posix())
def test_every_link_leads_somewhere(page: Path) -> None:
    wrong = [
        f"{page.relative_to(REPOSITORY)}:{line}: {target}: {what}"
        for line, target in links(page.read_text(encoding="utf-8"))
        if (what := problem(page, target)) is not None
    ]
    assert not wrong, "\n".join(wrong)


def test_the_pages_are_found() -> None:
    named = {page.relative_to(REPOSITORY).as_posix() for page in PAGES}
    assert named >= {"README.md", "CONTRIBUTING.md", "SECURITY.md", "docs/README.md", "fixtures/README.md"}


def test_every_page_of_the_documentation_can_be_reached() -> None:
    """From its index, in one step."""
    index = REPOSITORY / "docs/README.md"
    linked = {
        (index.parent / urlsplit(target).path).resolve()
        for _, target in links(index.read_text(encoding="utf-8"))
    }
    assert [
        page for page in sorted((REPOSITORY / "docs").rglob("*.md")) if page not in {*linked, index}
    ] == []


@pytest.mark.parametrize(
    "target,wrong",
    [
        ("https://example.com/nothing", False),
        ("docs/README.md", False),
        ("docs/README.md#how-tos", False),
        ("docs", False),
        ("#use", False),
        ("docs/nothing.md", True),
        ("docs/README.md#nothing", True),
        ("#nothing", True),
        ("LICENSE#nothing", True),
        ("/docs/README.md", True),
        ("../README.md", True),
    ],
)
def test_what_a_link_has_to_lead_to(target: str, *, wrong: bool) -> None:
    assert (problem(REPOSITORY / "README.md", target) is not None) is wrong


@pytest.mark.parametrize(
    "heading,anchor",
    [
        ("# Two words", "two-words"),
        ("## `--catalog live`", "--catalog-live"),
        ("## What it is, and why", "what-it-is-and-why"),
        ("## Same\n## Same", "same-1"),
        ('### <a id="t106"></a>T106: A name', "t106"),
    ],
)
def test_anchors_are_those_of_github(heading: str, anchor: str) -> None:
    assert anchor in anchors(heading)
