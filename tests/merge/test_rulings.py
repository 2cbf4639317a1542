"""Severities and waivers: what they change, what they cannot, and when they are stale."""

from __future__ import annotations

import pickle
import time
from datetime import date, datetime, tzinfo
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from migrator.api import Options, Result, convert
from migrator.comparison import verify
from migrator.errors import UsageError
from migrator.findings.base import Severity
from migrator.findings.rulings import Regrade, Rulings, Waiver, matches
from migrator.merge import rulings
from migrator.report.formats import FORMATS
from migrator.translate.model import Name, Names, Reason
from tests.ruled import DAY, INPUTS, LOST, of, run, waiver

AFTER = date(2026, 7, 1)
PLANTED = "sk-PLANTED0123456789abcdef"


def test_a_waived_finding_stays_and_no_longer_counts() -> None:
    plain, ruled = run(), run(waiver())
    assert plain.exit_code() == 1
    assert ruled.exit_code() == 0
    assert [found.code for found in ruled.findings] == [found.code for found in plain.findings]
    assert all(found.severity is Severity.ERROR for found in of(ruled, LOST))
    assert [one.waiver for one in of(ruled, LOST)] == [waiver()] * 2
    assert ruled.manifest() == plain.manifest()


def test_only_the_asterisk_of_a_pattern_is_special() -> None:
    assert matches("app/[id]/*", "app/[id]/policy.yaml")
    assert not matches("app/[id]/*", "app/i/policy.yaml")
    assert matches("a?c*", "a?c")
    assert not matches("a?c*", "abc")


def test_a_waiver_keeps_fingerprints() -> None:
    prints = [found.fingerprint for found in run().findings]
    assert [
        found.fingerprint for found in run(waiver(), severity={"T303": Severity.ERROR}).findings
    ] == prints


@pytest.mark.parametrize(
    "patterns, waived",
    [
        ({"unit": "chat"}, ["chat"]),
        ({"unit": "*"}, ["chat", "docs"]),
        ({"unit": "d*s"}, ["docs"]),
        ({"unit": "dox"}, []),
        ({"file": "chat.yaml"}, ["chat"]),
        ({"file": "*.yaml", "unit": "docs"}, ["docs"]),
        ({"file": "docs.yaml", "unit": "chat"}, []),
        ({"pointer": "/on_http_request/0/*"}, ["chat", "docs"]),
        ({"pointer": "/on_tcp_connect/*"}, []),
        ({"unit": "[cd]*"}, []),
        ({"unit": "*a[st]"}, []),
        ({"unit": "ch?t*"}, []),
        ({"unit": "*ocs"}, ["docs"]),
        ({"unit": "*ha*"}, ["chat"]),
        ({"file": "*[c]hat.yaml"}, []),
        ({"unit": "?hat"}, []),
    ],
)
def test_patterns_say_what_a_waiver_is_about(patterns: dict[str, Any], waived: list[str]) -> None:
    ruled = run(waiver(**patterns))
    assert [found.unit for found in of(ruled, LOST) if found.waiver is not None] == waived
    assert bool(of(ruled, "D002")) == (not waived)


def test_a_waiver_holds_on_its_last_day_and_is_over_on_the_next() -> None:
    assert run(waiver(), as_of=DAY).exit_code() == 0
    over = run(waiver(), as_of=AFTER)
    assert over.exit_code() == 1
    (told,) = of(over, "D003")
    assert told.text == f"the waiver of {LOST} ended on 2026-06-30; findings that count again: 2"
    assert told.severity is Severity.WARNING
    assert not of(over, "D002")


def test_what_a_later_waiver_holds_does_not_count_again() -> None:
    renewed = run(waiver(), waiver(unit="chat", until=AFTER), as_of=AFTER)
    assert [found.unit for found in of(renewed, LOST) if found.waiver is None] == ["docs"]
    (told,) = of(renewed, "D003")
    assert told.text.endswith("findings that count again: 1")


def test_of_two_waivers_the_first_in_force_counts_and_neither_is_stale() -> None:
    one, two, over = waiver(unit="chat"), waiver(reason="another"), waiver(reason="old", until=date.min)
    ruled = run(over, one, two)
    assert [found.waiver for found in of(ruled, LOST)] == [one, two]
    assert not of(ruled, "D002")
    assert len(of(ruled, "D003")) == 1


def test_a_stale_waiver_says_what_was_perhaps_meant() -> None:
    (told,) = of(run(waiver(unit="cat")), "D002")
    assert told.text == f"the waiver of {LOST} (unit cat) matches no finding of this run; did you mean chat?"
    (file,) = of(run(waiver(file="policies/chat.yaml")), "D002")
    assert file.text.endswith(
        "(file policies/chat.yaml) matches no finding of this run; did you mean chat.yaml?"
    )
    (gone,) = of(run(waiver("T117")), "D002")
    assert "nothing of that code is found" in gone.text
    assert not of(run(waiver("T117", until=date.min)), "D003")


@pytest.mark.parametrize("code", ["V001", "V003", "D001", "D002", "D003", "X999"])
def test_some_findings_cannot_be_waived(code: str) -> None:
    with pytest.raises(UsageError):
        waiver(code)


NOTHING_SEEN = [
    "",
    " ",
    "\n",
    "\x00",
    "\u200b",
    "\u2060 \xad",
    "\u115f",
    "\u2800",
    "\u3164",
    "\U000e0020",
    "\ufe0f",
]


@pytest.mark.parametrize("reason", NOTHING_SEEN)
def test_a_waiver_takes_a_reason(reason: str) -> None:
    with pytest.raises(UsageError, match="no reason"):
        waiver(reason=reason)


@pytest.mark.parametrize("reason", ["12", "?", "\u2713", "\u8ab0", "\u200bx"])
def test_whatever_is_seen_is_a_reason(reason: str) -> None:
    assert waiver(reason=reason).reason == reason


def test_what_a_caller_says_shows_no_credential() -> None:
    said = f"it was {PLANTED} and the password: made-up-7secret"
    regrades = {"T303": Regrade("T303", Severity.ERROR, said, PLANTED)}
    answers = ("accepted-narrower:chat", "keyless-custom-provider:*")
    options = Options(
        decisions=dict(zip(answers, ("accept", "no-rule"), strict=True)),
        reasons={answer: Reason(said, PLANTED) for answer in answers},
        rulings=Rulings((waiver(reason=said, by=PLANTED),), regrades),
        as_of=DAY,
    )
    result = convert(INPUTS, options)
    texts = [result.report(form) for form in FORMATS]
    texts += [result.json(), result.manifest_yaml(), repr(result.migration)]
    found = verify(INPUTS, options)
    texts += [found.json(), found.text(), repr(found)]
    assert not [text for text in texts if PLANTED in text or "made-up-7secret" in text]
    assert "it was *** and the password: ***" in result.json()


def test_a_waiver_of_an_unread_file_covers_no_other() -> None:
    with pytest.raises(UsageError, match=r"R003 \(not read\) names no file"):
        waiver("R003")
    broken = [replace(INPUTS[0], path=path, data=b"on_http_request: [") for path in ("old.yaml", "new.yaml")]
    options = Options(rulings=Rulings((waiver("R003", file="old.yaml"),)), as_of=DAY)
    result = convert([*broken, INPUTS[1]], options)
    waived = {str(found.at).partition(":")[0]: found.waiver is not None for found in of(result, "R003")}
    assert waived == {"old.yaml": True, "new.yaml": False}
    assert result.exit_code() == 1


@pytest.mark.parametrize(
    "options",
    [
        {"migration": PLANTED},
        {"names": Names({"accessKeys/chat": Name(PLANTED)})},
        {"names": Names(provider_ids={PLANTED: Name("ollama")})},
        {"rulings": Rulings((waiver(unit=f"{PLANTED}*"),))},
        {"rulings": Rulings((waiver(pointer=f"/{PLANTED}"),))},
    ],
)
def test_what_is_shown_as_it_is_holds_no_credential(options: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match="holds a credential") as caught:
        Options(**options)
    assert PLANTED not in str(caught.value)


def test_a_severity_counts_everywhere() -> None:
    ruled = run(waiver(), severity={"T303": Severity.ERROR})
    assert ruled.exit_code() == 1
    assert {found.severity for found in of(ruled, "T303")} == {Severity.ERROR}
    assert run(waiver(), severity={"T303": Severity.NOTE}).exit_code(Severity.WARNING) == 1
    quiet = dict.fromkeys(("T105", "T111", "T303", "T305", "W001"), Severity.NOTE)
    assert run(waiver(), severity=quiet).exit_code(Severity.WARNING) == 0


def test_a_decided_finding_stays_a_note() -> None:
    decided = run(severity={"T303": Severity.ERROR}, decisions={"keyless-custom-provider:*": "no-rule"})
    assert {found.severity for found in of(decided, "T303")} == {Severity.NOTE}


def test_a_severity_without_findings_is_a_note() -> None:
    (told,) = of(run(severity={"T117": Severity.ERROR}), "D005")
    assert told.severity is Severity.NOTE
    loud = run(severity={"T117": Severity.ERROR, "D005": Severity.ERROR})
    assert [found.severity for found in of(loud, "D005")] == [Severity.ERROR]


@pytest.mark.parametrize("code", ["V001", "V003"])
def test_some_severities_cannot_be_lowered(code: str) -> None:
    assert Regrade(code, Severity.ERROR).level is Severity.ERROR
    with pytest.raises(UsageError):
        Regrade(code, Severity.WARNING, "because")


def test_lowering_lost_protection_takes_a_reason() -> None:
    for reason in (None, *NOTHING_SEEN):
        with pytest.raises(UsageError, match="without a reason"):
            Regrade(LOST, Severity.WARNING, reason)
    assert run(severity={LOST: Severity.WARNING}).exit_code() == 0


def test_ruling_again_changes_nothing() -> None:
    ruled = run(
        waiver(unit="chat"), waiver("T117"), waiver("T305", until=date.min), severity={"T303": Severity.ERROR}
    )
    again = rulings.ruled(ruled.migration, ruled.rulings, DAY)
    assert again.findings == ruled.findings
    assert again.recorded == ruled.migration.recorded


def test_what_only_a_bundle_finds_is_waived_there(tmp_path: Path) -> None:
    aliased = b"x: &gw {type: ai-gateway}\non_http_request:\n  - actions:\n      - *gw\n      - type: log\n"
    items = [replace(INPUTS[0], data=aliased)]
    held = Rulings((waiver("W004"), waiver("W002")), {})
    chosen = Options(rulings=held, as_of=DAY)
    result = convert(items, chosen)
    later = {"W002", "W003", "W004"} & rulings.IN_BUNDLES
    assert not [found for found in of(result, "D002") if found.facts["waived"] in later]
    written = result.write_bundle(tmp_path / "out")
    met = {found.code for found in written.findings if found.code in rulings.IN_BUNDLES}
    stale = {found.facts["waived"] for found in of(written, "D002")}
    assert stale == {"W004", "W002"} - met
    assert all(found.waiver is not None for found in written.findings if found.code in met & {"W002", "W004"})


def test_rulings_can_be_pickled() -> None:
    ruled = run(waiver(), severity={"T303": Severity.ERROR})
    copy: Result = pickle.loads(pickle.dumps(ruled))  # noqa: S301 -- what we pickled ourselves
    assert copy.json() == ruled.json()


class _Clock(datetime):
    """A clock that stands still somewhere, and counts who looks at it."""

    asked = 0
    stands = (2026, 6, 30)

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]  # the same, but for the type of self
        cls.asked += 1
        return datetime(*cls.stands, 23, 59, tzinfo=tz)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> type[_Clock]:
    monkeypatch.setattr(rulings, "datetime", _Clock)
    monkeypatch.setattr(_Clock, "asked", 0)
    return _Clock


def test_without_waivers_nobody_looks_at_the_clock(clock: type[_Clock]) -> None:
    run(as_of=None, severity={"T303": Severity.ERROR})
    assert clock.asked == 0


def test_with_a_day_nobody_looks_at_the_clock(clock: type[_Clock]) -> None:
    run(waiver(), as_of=DAY)
    assert clock.asked == 0


def test_without_a_day_it_is_today(clock: type[_Clock], monkeypatch: pytest.MonkeyPatch) -> None:
    assert run(waiver(), as_of=None).exit_code() == 0
    monkeypatch.setattr(clock, "stands", (2026, 7, 1))
    today = run(waiver(), as_of=None)
    assert today.exit_code() == 1
    assert today.json() == run(waiver(), as_of=AFTER).json()


@pytest.mark.parametrize("zone", ["UTC", "Pacific/Kiritimati", "Pacific/Pago_Pago"])
def test_outputs_depend_on_the_day_alone(zone: str, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = [run(waiver(), as_of=day).json() for day in (DAY, AFTER)]
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        assert [run(waiver(), as_of=day).json() for day in (DAY, AFTER)] == expected
    finally:
        monkeypatch.undo()
        time.tzset()


def test_ten_thousand_waivers_are_quick() -> None:
    many = tuple(
        Waiver(LOST, "old", DAY, unit=f"unit-{number}{'*' if number % 2 else ''}") for number in range(10_000)
    )
    plain = run()
    start = time.process_time()
    made = rulings.ruled(plain.migration, Rulings(many, {}), DAY)
    assert time.process_time() - start < 10
    assert len([found for found in made.findings if found.code == "D002"]) == 10_000


@pytest.mark.parametrize(
    "pattern, text, fits",
    [
        ("a", "a", True),
        ("a", "ab", False),
        ("a*", "ab", True),
        ("?", "a", False),
        ("[ab]", "a", False),
        ("*", "", True),
    ],
)
def test_only_a_star_makes_a_pattern(pattern: str, text: str, fits: bool) -> None:
    assert matches(pattern, text) is fits
