"""Markdown as somebody else's code reads it."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

import pytest

VOID = frozenset({"br", "hr", "input"})


def tokens(text: str) -> list[Any]:
    """The tokens of GitHub's dialect, as far as markdown-it knows it; raw HTML allowed, as there."""
    markdown_it = pytest.importorskip("markdown_it", reason="needs markdown-it-py")
    parser = markdown_it.MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    found: list[Any] = parser.parse(text)
    return found


def html_of(text: str) -> str:
    """The page that the text makes."""
    markdown_it = pytest.importorskip("markdown_it", reason="needs markdown-it-py")
    parser = markdown_it.MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    return str(parser.render(text))


def plain_text(text: str) -> str:
    """What a text without markup of its own says; asserts that nothing in it but ours is markup."""
    said = ""
    for token in tokens(text):
        for child in token.children or ():
            if child.type == "html_inline":
                assert child.content == "<br>"
                continue
            assert child.type in ("text", "text_special", "softbreak", "strong_open", "strong_close"), child
            said += child.content
    return said.replace("\u200b", "")


class Balance(HTMLParser):
    """Fails where a tag is closed that is not open; ``open`` must be empty at the end."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open, tag
        assert self.open.pop() == tag


def tags(text: str) -> set[str]:
    """The tags of the page that ``text`` makes, all of them closed."""
    balance = Balance()
    balance.feed(html_of(text))
    balance.close()
    assert balance.open == []
    return balance.seen
