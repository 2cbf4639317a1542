"""Recorded answers that nothing asks for."""

from __future__ import annotations

from collections.abc import Iterable

from migrator.findings.base import Finding
from migrator.findings.decisions import DecisionUnmatched
from migrator.translate.model import Decision


def unmatched(answers: Iterable[str], decisions: Iterable[Decision]) -> list[Finding]:
    """A finding for each answer that none of the decisions took, with the one that was perhaps meant."""
    made = list(decisions)
    used = {decision.id for decision in made} | {one.pattern for one in made if one.pattern is not None}
    asked = [decision.id for decision in made]
    findings: list[Finding] = []
    for answer in sorted(set(answers) - used):
        import difflib

        close = difflib.get_close_matches(answer, asked, n=1)
        findings.append(
            DecisionUnmatched(decision=answer, hint=f"; did you mean {close[0]}?" if close else "")
        )
    return findings
