"""What got narrower may be accepted, or waived; what got wider is accepted by its decision alone."""

from __future__ import annotations

import json

import pytest
from jsonschema import Draft202012Validator

from migrator.api import Options, Result, convert
from migrator.comparison import Verification, verify
from migrator.errors import UsageError
from migrator.findings.base import Effect, Severity
from migrator.findings.rulings import Rulings
from migrator.report.schemas import schema
from migrator.translate.model import Reason
from migrator.verify.model import Kind
from tests.ruled import DAY, INPUTS, of, waiver

CHAT = "accepted-narrower:chat"


def accepting(answer: str = "accept", reason: str | None = "nobody uses them", key: str = CHAT) -> Options:
    return Options(decisions={key: answer}, reasons={key: Reason(reason, "Ada")})


def narrower(result: Result, unit: str) -> dict[str, Severity]:
    return {
        found.code: found.severity
        for found in result.findings
        if found.unit == unit and found.effect is Effect.NARROWER
    }


def test_nothing_asks_for_it() -> None:
    result = convert(INPUTS)
    assert not [one for one in result.decisions if one.id.startswith("accepted-narrower")]
    assert not of(result, "V004")


@pytest.mark.parametrize("pattern", ["accept*", "*rower:chat", "accepted-*:*"])
def test_a_pattern_that_accepts_is_not_stale(pattern: str) -> None:
    result = convert(INPUTS, accepting(key=pattern))
    assert {found.unit for found in of(result, "V004")} >= {"chat"}
    assert not of(result, "D001")


@pytest.mark.parametrize("pattern", ["accept*:nobody", "*:nobody:x", "who-pays:nobody:*"])
def test_a_pattern_that_nothing_asks_for_is_told_once(pattern: str) -> None:
    assert len(of(convert(INPUTS, accepting(key=pattern)), "D001")) == 1


@pytest.mark.parametrize("pattern", ["*:chat", "*s:chat"])
def test_a_pattern_of_another_question_is_not_stale(pattern: str) -> None:
    options = Options(decisions={pattern: "close", CHAT: "tell"})
    assert not of(convert(INPUTS, options), "D001")


def test_accepted_findings_are_notes_but_for_open_questions() -> None:
    result = convert(INPUTS, accepting())
    chat, docs = narrower(result, "chat"), narrower(result, "docs")
    assert docs["T105"] is Severity.WARNING
    assert chat["T105"] is Severity.NOTE
    asked = {one.code for one in result.decisions if one.is_open and one.unit == "chat"}
    assert {code for code, severity in chat.items() if severity is Severity.WARNING} == asked & set(chat)
    (told,) = of(result, "V004")
    assert told.unit == "chat"
    assert "accepted by Ada: nobody uses them" in told.text
    (decision,) = [one for one in result.decisions if one.id == CHAT]
    assert (decision.chosen, decision.reason, decision.approver) == ("accept", "nobody uses them", "Ada")
    assert not of(result, "D001")
    assert result.manifest() == convert(INPUTS).manifest()


def test_telling_is_the_default_spelled_out() -> None:
    assert narrower(convert(INPUTS, accepting("tell")), "chat") == narrower(convert(INPUTS), "chat")


def test_it_takes_a_reason_and_an_option_that_exists() -> None:
    for nothing in (None, "", " ", "\u200b"):
        with pytest.raises(UsageError, match="without saying why"):
            convert(INPUTS, accepting(reason=nothing))
    with pytest.raises(UsageError, match="has no option"):
        convert(INPUTS, accepting("acept"))


def test_one_for_no_unit_is_told() -> None:
    (told,) = of(convert(INPUTS, accepting(key="accepted-narrower:nobody")), "D001")
    assert "accepted-narrower:nobody" in told.text


def failing_units(found: Verification) -> set[str]:
    failing = found.failing(Kind.NARROWER)
    return {one.unit for one in found.verdicts for difference in one.differences if difference in failing}


def test_verify_passes_what_is_accepted() -> None:
    assert failing_units(verify(INPUTS)) == {"chat", "docs"}
    found = verify(INPUTS, accepting())
    assert failing_units(found) == {"docs"}
    document = json.loads(found.json())
    Draft202012Validator(schema("verification")).validate(document)
    accepted = {one["unit"]: one["acceptedNarrower"] for one in document["units"]}
    assert accepted["docs"] is None
    assert accepted["chat"] == {"decision": CHAT, "reason": "nobody uses them", "by": "Ada"}
    assert "what got narrower is accepted by Ada: nobody uses them" in found.text()


def test_verify_passes_what_is_waived() -> None:
    plain = verify(INPUTS)
    codes = {one.announced.code for one in plain.failing(Kind.NARROWER) if one.announced is not None}
    of_units = sorted(codes - {"M008"})  # which is about the run as a whole
    given = Rulings((waiver("M008"), *(waiver(code, unit="chat") for code in of_units)))
    found = verify(INPUTS, Options(rulings=given, as_of=DAY))
    assert failing_units(found) == {"docs"}
    document = json.loads(found.json())
    Draft202012Validator(schema("verification")).validate(document)
    waivers = [one["waiver"] for unit in document["units"] for one in unit["differences"]]
    assert {"reason": "ticket 12", "by": "Ada", "until": "2026-06-30", "at": None} in waivers
    assert "waived until 2026-06-30 by Ada: ticket 12" in found.text()


WIDE = [
    INPUTS[0].__class__(
        "wide.yaml",
        "wide.yaml",
        b"on_http_request: [{actions: [{type: deny}, {type: ai-gateway, config: {providers: [{id: openai}]}}]}]",
    )
]


def test_what_is_wider_is_never_passed_for_a_waiver() -> None:
    given = Rulings(tuple(waiver(code) for code in ("P013", "T301", "T305")))
    chosen = Options(decisions={"unreachable:*": "convert"}, rulings=given, as_of=DAY)
    result = convert(WIDE, chosen)
    assert {found.severity for found in of(result, "V001")} == {Severity.ERROR}
    assert result.exit_code() == 1
    every = Rulings(
        tuple(waiver(code) for code in sorted({found.code for found in result.findings} - {"V001", "D002"}))
    )
    found = verify(WIDE, Options(decisions={"unreachable:*": "convert"}, rulings=every, as_of=DAY))
    assert found.failing(Kind.WIDER)
    assert found.exit_code() == 1
