"""Asking: how a decision is put, and how a recorded answer is found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase

from migrator.errors import UsageError
from migrator.findings.base import Finding
from migrator.secrets import visible
from migrator.translate.model import Decision, TranslateOptions


@dataclass(frozen=True)
class Question:
    """Something the tool must not guess. ``about`` is the finding that tells its consequence.

    The first option is taken until somebody decides: the safe side, but for a reading of the old product's
    pages of which the likelier one is the wider.
    """

    kind: str
    about: type[Finding]
    text: str
    options: tuple[str, ...]
    subject: str = ""


def with_reason(decision: Decision, options: TranslateOptions) -> Decision:
    """A decision with what its recorded answer says beside the option."""
    said = options.reasons.get(decision.pattern or decision.id)
    return decision if said is None else replace(decision, reason=said.reason, approver=said.by)


def decide(question: Question, unit: str | None, answers: Mapping[str, str]) -> Decision:
    """Put a question. The decision's id is ``kind:unit:subject``; an answer names it, or is a pattern of ids.

    Raises UsageError for a recorded option that does not exist.
    """
    identity = visible(":".join(part for part in (question.kind, unit, question.subject) if part))
    code, default = question.about.code, question.options[0]
    matching = identity if identity in answers else None
    if matching is None:
        matching = next(
            (answer for answer in answers if "*" in answer and fnmatchcase(identity, answer)), None
        )
    if matching is None:
        return Decision(identity, unit, code, question.text, question.options, default, default, "default")
    chosen = answers[matching]
    if chosen not in question.options:
        options = ", ".join(question.options)
        raise UsageError(f"decision {identity} has no option {chosen!r}", f"Choose one of: {options}.")
    return Decision(
        identity, unit, code, question.text, question.options, default, chosen, "config", matching
    )
