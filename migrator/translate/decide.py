"""Asking: how a decision is put, and how a recorded answer is found."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from migrator.errors import UsageError
from migrator.findings.base import Finding
from migrator.findings.rulings import matches
from migrator.secrets import visible
from migrator.sources.prose import without_credentials
from migrator.translate.model import Decision, Reason, TranslateOptions


class Question(Struct, frozen=True):
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


def decide(question: Question, unit: str | None, options: TranslateOptions) -> Decision:
    """Put a question. The decision's id is ``kind:unit:subject``; an answer names it, or is a pattern of ids.

    Raises UsageError for a recorded option that does not exist.
    """
    identity = visible(":".join(part for part in (question.kind, unit, question.subject) if part))
    code, default = question.about.code, question.options[0]
    answers = options.decisions
    matching = (
        identity
        if identity in answers
        else next((pattern for pattern in options.patterns if matches(pattern, identity)), None)
    )
    if matching is None:
        return Decision(identity, unit, code, question.text, question.options, default, default, "default")
    chosen = answers[matching]
    if chosen not in question.options:
        raise _no_option(identity, chosen, question.options, options.reasons.get(matching))
    return Decision(
        identity, unit, code, question.text, question.options, default, chosen, "config", matching
    )


def _no_option(identity: str, chosen: str, among: Sequence[str], said: Reason | None) -> UsageError:
    place = f"{said.at.path}:{said.at.span.line}: " if said is not None and said.at is not None else ""
    import difflib

    close = difflib.get_close_matches(chosen, among, n=1)
    hint = f"Did you mean {close[0]}? " if close else ""
    return UsageError(
        f"{place}decision {identity} has no option {without_credentials(chosen)!r}",
        f"{hint}Choose one of: {', '.join(among)}.",
    )
