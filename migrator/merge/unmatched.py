"""Entries of the decisions file that nothing in the run answers to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from migrator.findings.base import Finding
from migrator.findings.decisions import DecisionUnmatched
from migrator.sources.prose import sure, without_credentials
from migrator.translate.model import Decision, Reason

_EFFORT: Final = 100_000
"""Comparisons of two words that a run spends on guessing what was meant; the entries after that are told without."""


@dataclass
class Guess:
    """What was perhaps meant by a word, among those that there are."""

    known: list[str]
    _left: int = field(default=_EFFORT, init=False)

    def meant(self, word: str) -> str:
        """``; did you mean X?``; the empty string where nothing is close, or too much was guessed already."""
        self._left -= len(self.known)
        if self._left < 0 and len(self.known) < _EFFORT:
            return ""
        import difflib

        close = difflib.get_close_matches(word, self.known, n=1)
        return f"; did you mean {close[0]}?" if close else ""


def unmatched(
    answers: Iterable[str], decisions: Iterable[Decision], reasons: Mapping[str, Reason]
) -> list[Finding]:
    """A finding for each answer that none of the decisions took, with the one that was perhaps meant."""
    made = list(decisions)
    used = {decision.id for decision in made} | {one.pattern for one in made if one.pattern is not None}
    guess = Guess([decision.id for decision in made])
    return [
        DecisionUnmatched(
            at=reasons[answer].at if answer in reasons else None,
            decision=without_credentials(answer, sure),
            hint=guess.meant(answer),
        )
        for answer in sorted(set(answers) - used)
    ]
