"""Lines of a terminal keep to its width, also with letters that take two columns."""

from __future__ import annotations

from textwrap import wrap

from hypothesis import given
from hypothesis import strategies as st

from migrator.report.layout import heading, paragraph, table, wrapped
from migrator.report.options import ReportOptions
from migrator.report.text import text_report
from migrator.spans import columns_of
from tests.ruled import run, waiver

WORDS = st.lists(st.text(alphabet="ab-é名✅", min_size=1, max_size=8), max_size=60).map(" ".join)


@given(WORDS, st.sampled_from(["", "    ", "→  ", "名: "]))
def test_no_line_is_wider_than_the_terminal(text: str, first: str) -> None:
    lines = paragraph(text, ReportOptions(width=40), "  ", first)
    assert all(columns_of(line) <= 40 for line in lines)
    if text:
        assert "".join(lines).replace(" ", "") == f"{first}{text}".replace(" ", "")


@given(WORDS.map(lambda text: text.replace("名", "x").replace("✅", "y")), st.integers(20, 60))
def test_what_takes_one_column_each_is_wrapped_as_ever(text: str, width: int) -> None:
    plain = wrap(text, width, initial_indent="- ", break_on_hyphens=False, break_long_words=False)
    assert wrapped(text, width, "- ") == plain


def test_headings_and_tables_line_up() -> None:
    options = ReportOptions(width=40)
    assert columns_of(heading("名前の設定", options)) == columns_of(heading("names", options)) == 40
    rows = table(("file", "n"), "<>", [("名前.yaml", 1), ("a.yaml", 20)])
    assert {columns_of(row) for row in rows} == {columns_of("名前.yaml") + 4}


def test_a_report_in_chinese_keeps_to_the_width() -> None:
    reason = " ".join(["已与安全团队商定", "✅", "第十二号工单"] * 8)
    report = text_report(run(waiver(reason=reason)).migration, ReportOptions(width=60))
    assert "已与安全团队商定" in report
    assert max(columns_of(line) for line in report.splitlines() if "商定" in line) <= 60
