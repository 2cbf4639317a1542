"""What a baseline has to say, in words that every report for people uses."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from migrator.render.safe import shown
from migrator.report.baseline import Comparison, Entry
from migrator.report.layout import INDENT, heading, paragraph
from migrator.report.options import ReportOptions

LISTED: Final = 50
"""So many of what disappeared are listed for people; the JSON report has all."""


def gone_lead(entry: Entry) -> str:
    """``T602 office.yaml:4``. Raw: whoever prints it quotes it."""
    return " ".join(part for part in (entry.code, entry.place) if part)


def gone_line(entry: Entry) -> str:
    """``T602 office.yaml:4, office.example.com: restrict-ips has no counterpart``. Raw, of any length."""
    unit = f", {entry.unit}" if entry.unit else ""
    waived = " (waived)" if entry.is_waived else ""
    return f"{gone_lead(entry)}{unit}{waived}: {entry.headline}"


def comparison_lines(compared: Comparison, options: ReportOptions, limit: int = LISTED) -> Iterator[str]:
    """The section of a terminal; nothing without a baseline."""
    if compared.baseline is None:
        return
    yield heading(f"compared with {shown(compared.baseline.path)}", options)
    yield ""
    yield from paragraph(f"{compared.words}.", options)
    if compared.gone:
        yield ""
        for entry in compared.gone[:limit]:
            yield from paragraph(shown(gone_line(entry)), options, f"{INDENT}  ", first=f"{INDENT}- ")
        if len(compared.gone) > limit:
            yield f"{INDENT}and {len(compared.gone) - limit} more: --report json=FILE has all"
    yield ""
