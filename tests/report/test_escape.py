from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from migrator.report.escape import LONGEST, bounded, html, prose
from migrator.secrets import mask
from tests.report.markup import plain_text

HOSTILE = (
    "`code`",
    "``` fence",
    "*a* _b_ ~~c~~",
    "[a](javascript:alert(1))",
    "![a](https://example.com/x.png)",
    "<script>alert(1)</script>",
    "<!-- comment",
    "&lt;b&gt; &#60;",
    "a | b",
    "# heading",
    "- item",
    "+ item",
    "1. item",
    "12) item",
    "=====",
    "---",
    "> quote",
    "\\",
    "\\*",
    "$x$",
    "<https://example.com>",
    "[x]: https://example.com",
    "a\n\nb",
)


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_in_a_text_is_markup(text: str) -> None:
    shown = text.replace("\n", "\\n")
    assert plain_text(prose(text)) == shown
    assert plain_text(f"- **error** <br>\n  {prose(text)}<br>").endswith(shown)


@given(st.text(max_size=80))
def test_no_text_at_all_is_markup(text: str) -> None:
    assert plain_text(f"x {prose(text)} y").startswith("x ")


@pytest.mark.parametrize("text", ["@team", "a@b", "owner/repo#1", "#1", "GH-1"])
def test_nobody_is_mentioned_and_no_issue_is_linked(text: str) -> None:
    quoted = prose(text)
    assert "@t" not in quoted
    assert "@b" not in quoted
    assert "#1" not in quoted
    assert "GH-1" not in quoted


def test_a_long_text_is_cut_before_it_is_quoted() -> None:
    assert plain_text(prose("*" * 1000)) == "*" * (LONGEST - 1) + "…"
    assert bounded("abc", 3) == "abc"


def test_within_a_tag_nothing_is_a_tag() -> None:
    assert html("</summary><b>&@x") == "<code>&lt;/summary&gt;&lt;b&gt;&amp;@x</code>"


def test_a_cut_credential_is_still_hidden() -> None:
    assert plain_text(prose(mask(3, 1000))) == "***…"
