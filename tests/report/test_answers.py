from __future__ import annotations

import pytest

from migrator.report.answers import answers, answers_yaml
from migrator.translate.model import Decision
from migrator.tree.load import load
from migrator.tree.nodes import to_python


def asked(unit: str | None, subject: str, *, options: tuple[str, ...] = ("a", "b")) -> Decision:
    identity = ":".join(part for part in ("who-pays", unit, subject) if part)
    return Decision(identity, unit, "T301", "Who?", options, default="a", chosen="a", by="default")


def keys(*decisions: Decision) -> list[str]:
    return [answer.key for answer in answers(decisions)]


def test_one_decision_is_answered_by_its_id() -> None:
    assert keys(asked("x", "openai")) == ["who-pays:x:openai"]


def test_the_same_question_of_several_units_is_answered_by_a_pattern() -> None:
    assert keys(asked("x", "openai"), asked("y", "openai"), asked("y", "groq")) == [
        "who-pays:*:openai",
        "who-pays:y:groq",
    ]


def test_decisions_of_the_run_keep_their_id() -> None:
    assert keys(asked(None, "totalTimeout")) == ["who-pays:totalTimeout"]


@pytest.mark.parametrize(
    "other",
    [
        asked("z", "openai", options=("a", "c")),
        asked("z", "x:openai"),
    ],
)
def test_no_pattern_answers_what_it_was_not_made_for(other: Decision) -> None:
    assert keys(asked("x", "openai"), asked("y", "openai"), other) == [
        "who-pays:x:openai",
        "who-pays:y:openai",
        other.id,
    ]


def test_no_pattern_is_made_of_an_id_that_looks_like_one() -> None:
    assert keys(asked("x", "[a]"), asked("y", "[a]")) == ["who-pays:x:[a]", "who-pays:y:[a]"]


@pytest.mark.parametrize("subject", ["x" * 10_000, "a: b # c", "'\"\\", "\u202e\x1b", "- x", "yes"])
def test_any_id_can_be_answered(subject: str) -> None:
    decision = asked("x", subject)
    root = load("\n".join(answers_yaml(answers([decision]), 80))).documents[0].root
    assert root is not None
    assert to_python(root) == {"decisions": {decision.id: "a"}}
