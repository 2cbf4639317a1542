from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from migrator.merge.model import Migration
from migrator.report.markdown import LIMIT, markdown_report
from migrator.tree.load import load
from migrator.tree.nodes import to_python
from tests.report.conftest import Named
from tests.report.markup import html_of, tags, tokens
from tests.report.test_escape import HOSTILE

if TYPE_CHECKING:
    from syrupy.assertion import SnapshotAssertion

TAGS = {
    *(
        "h2",
        "h3",
        "p",
        "table",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "ul",
        "li",
        "strong",
        "br",
        "code",
        "pre",
    ),
    *("details", "summary", "em"),
}
"""What the report itself is made of."""


def test_a_whole_run_is_this_comment(migration: Migration, snapshot: SnapshotAssertion) -> None:
    assert markdown_report(migration) == snapshot


def test_a_run_without_the_action_says_that_there_is_nothing_to_do(
    idle: Migration, snapshot: SnapshotAssertion
) -> None:
    assert markdown_report(idle) == snapshot


def test_a_fine_run_is_short(fine: Migration, snapshot: SnapshotAssertion) -> None:
    assert markdown_report(fine) == snapshot


def test_what_lets_in_more_comes_first(migration: Migration) -> None:
    report = markdown_report(migration)
    assert (
        report.index("T602")
        < report.index("T201")
        < report.index("### Open decisions")
        < report.index("R003")
    )


def test_a_renderer_sees_the_structure_that_was_meant(migration: Migration) -> None:
    kinds = [token.type for token in tokens(markdown_report(migration))]
    assert kinds.count("table_open") == 1
    assert kinds.count("fence") == 1
    assert tags(markdown_report(migration)) <= TAGS
    page = html_of(markdown_report(migration))
    assert page.count("<details>") == page.count("</details>") == 5
    assert page.count("[ ] ") == 5


def test_the_answers_are_a_file_that_can_be_read(named: Named) -> None:
    for text in ("- `x`: # y", "a\nb", "x" * 300, "```"):
        fence = next(token for token in tokens(markdown_report(named(text))) if token.type == "fence")
        root = load(fence.content).documents[0].root
        assert root is not None
        assert to_python(root) == {"decisions": {f"who-pays:chat.example.com:{text}": text}}


@pytest.mark.parametrize(
    "text", [*HOSTILE, "x" * 10_000, "\u202eabc", "\x1b[2J", "</details></summary>", "half \udcff"]
)
def test_a_hostile_policy_is_harmless(named: Named, text: str) -> None:
    report = markdown_report(named(text))
    assert len(report.encode()) <= LIMIT
    assert tags(report) <= TAGS
    assert "<script" not in html_of(report)
    assert report.replace("\n", "").replace("\ufe0f", "").isprintable()


def test_a_fleet_fits_and_what_is_left_out_is_counted(fleet: Migration) -> None:
    report = markdown_report(fleet)
    assert LIMIT // 2 < len(report.encode()) <= LIMIT
    assert tags(report) <= TAGS
    table, _, rest = report.partition("### Lost protection")
    findings = rest.partition("### Other findings")[2]
    rows = len(re.findall(r"^\| policies", table, re.MULTILINE))
    entries = len(re.findall(r"^- \*\*", findings, re.MULTILINE))
    assert rows + _left_out(table) == 500
    assert entries + _left_out(findings) == 500 * 6
    assert min(rows, entries) >= 30


def _left_out(text: str) -> int:
    found = re.search(r"^\*(\d+) more left out", text, re.MULTILINE)
    return int(found[1]) if found else 0


def test_what_many_units_ask_is_asked_once(fleet: Migration) -> None:
    report = markdown_report(fleet)
    assert "Asked 500 times." in report
    assert '"who-pays:*:anthropic": ngrok' in report


def test_left_out_are_whole_entries(fleet: Migration) -> None:
    report = markdown_report(fleet)
    entries = re.findall(r"^- \*\*.*<br>\n  .*<br>\n  `.*`<br>\n  → .*$", report, re.MULTILINE)
    assert len(entries) == len(re.findall(r"^- \*\*", report, re.MULTILINE))
