from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from migrator.account import Live
from migrator.apply.journal import HandedOut, State, Step
from migrator.apply.ownership import Observed
from migrator.apply.probe import probes, read_tokens
from migrator.apply.status import interrupted, money, status_lines, status_of, warnings
from migrator.errors import UsageError
from migrator.secrets import Secret
from tests.apply.world import applied, live, manifest, marked, with_also, with_changed

KEY = "accessKeys/office--default"
MADE_UP = "ng-made-up-g1-0123456789abcdef"


def test_what_exists_is_counted_and_named() -> None:
    handed = HandedOut("aigk_3", "office--default", "tokens.jsonl", datetime(2026, 11, 24, 9, 5, tzinfo=UTC))
    found = status_of(manifest(), applied(manifest()), (handed,), cents=1205)
    assert list(status_lines(found)) == [
        "Migration default: 4 of 4 objects exist, 0 differ, 0 are missing.",
        "",
        "  providers                1 of 1",
        "  providerKeys             1 of 1",
        "  accessKeyConfigurations  1 of 1",
        "  accessKeys               1 of 1",
        "",
        "Tokens:",
        f"  {KEY} (aigk_3): handed out 2026-11-24 09:05 UTC to tokens.jsonl; never used",
        "",
        "Credits: $12.05",
    ]
    assert found.is_complete
    assert list(warnings(found)) == []


def test_what_is_missing_different_or_left_over_is_named() -> None:
    account = with_changed(applied(manifest()), "providerKeys/openai-primary", lambda _: False)
    account = with_changed(account, "providers/ollama", lambda body: body.update(name="y"))
    account = with_changed(account, KEY, lambda body: body.update(lastUsed="2026-11-24T10:00:00Z"))
    strangers = [
        live("accessKeys", "aigk_o", {"name": "x", "metadata": marked("old")}),
        live("providerKeys", "aigpk_f", {"name": "openai/primary", "providerId": "openai"}),
    ]
    found = status_of(manifest(), with_also(account, strangers))
    lines = list(status_lines(found))
    assert lines[0] == "Migration default: 3 of 4 objects exist, 2 differ, 1 are missing."
    missing = lines.index("Missing (migrator apply creates them):")
    assert lines[missing + 1 : missing + 5] == [
        "  providerKeys/openai-primary",
        "",
        "Different (migrator plan shows how):",
        "  providers/ollama",
    ]
    assert f"  {KEY} (aigk_3): no token was handed out from here; last used 2026-11-24T10:00:00Z" in lines
    assert "  accessKeys/old (aigk_o) is not in the manifest any more" in lines
    assert "  aigpk_f has the name of providerKeys/openai-primary, and is not this migration's" in lines
    assert not found.is_complete


@pytest.mark.parametrize(
    "cents, interrupted, words",
    [
        (0, 0, ["no credits are left"]),
        (-5, 0, ["no credits are left"]),
        (499, 0, ["$4.99 of credits are left"]),
        (500, 0, []),
        (None, 2, ["2 request(s) of an interrupted run"]),
    ],
)
def test_what_needs_attention_is_warned_of(cents: int | None, interrupted: int, words: list[str]) -> None:
    found = status_of(manifest(), applied(manifest()), cents=cents, interrupted=interrupted)
    said = list(warnings(found))
    assert len(said) == len(words)
    assert all(word in one for word, one in zip(words, said, strict=True))
    assert found.is_complete == (not interrupted)


@pytest.mark.parametrize("cents, text", [(0, "$0.00"), (5, "$0.05"), (1205, "$12.05"), (-1205, "-$12.05")])
def test_cents_are_shown_as_dollars(cents: int, text: str) -> None:
    assert money(cents) == text


# ------------------------------------------------------------------------------------- probes


def account_with(access: Any) -> tuple[Observed, dict[str, Live]]:
    account = with_changed(
        applied(manifest()), "accessKeyConfigurations/office", lambda body: body.update(access=access)
    )
    return account, {KEY: account.objects["accessKeys"][0]}


@pytest.mark.parametrize(
    "access, model, expected",
    [
        ({"models": {"allow": ["openai:openai/a", "b"]}}, None, "openai:a"),
        ({"models": {"allow": ["openai:openai/a"]}}, "given", "openai:a"),
        ({"models": {"allow": []}}, "given", "its configuration allows no model"),
        ({"providers": {"allow": []}}, "given", "its configuration allows no model"),
        ({"providers": {"allow": ["openai"]}}, "given", "given"),
        ({"providers": {"allow": ["ollama"]}}, None, "ollama:small"),
        ({"providers": {"allow": ["openai"]}}, None, "say one with --probe-model"),
        (None, None, "say one with --probe-model"),
        ("odd", "given", "given"),
    ],
)
def test_a_probe_asks_for_a_model_that_the_key_may_call(
    access: Any, model: str | None, expected: str
) -> None:
    account, owned = account_with(access)
    (probe,) = probes(account, owned, {"aigk_3": Secret(MADE_UP)}, model)
    assert expected in (probe.model or probe.skipped)
    assert (probe.token is not None) == (probe.skipped == "")


def test_a_key_without_a_token_is_not_probed() -> None:
    account, owned = account_with(None)
    (probe,) = probes(account, owned, {}, "given")
    assert probe.skipped == "its token is not in the file of tokens"


def test_tokens_are_read_by_the_id_of_their_key(tmp_path: Path) -> None:
    file = tmp_path / "tokens.jsonl"
    file.write_text(f'{{"ref":"accessKeys/a","id":"aigk_1","name":"a","token":"{MADE_UP}"}}\n\n   \n')
    assert read_tokens(file)["aigk_1"].reveal() == MADE_UP
    for text in (f'{{"token":"{MADE_UP}"}}', MADE_UP, "[" * 5_000, "\xff"):
        file.write_bytes(text.encode("latin-1"))
        with pytest.raises(UsageError) as caught:
            read_tokens(file)
        assert "tokens.jsonl:1" in caught.value.message
        assert MADE_UP not in caught.value.message + caught.value.remedy
    with pytest.raises(UsageError, match="no such file"):
        read_tokens(tmp_path / "none")


def test_a_request_that_a_later_one_made_up_for_is_not_open() -> None:
    def step(number: int, ref: str, state: State) -> Step:
        at = datetime(2026, 11, 24, tzinfo=UTC)
        return Step(number, "create", "providers", ref, None, state, "", {}, None, None, at, None)

    lost, intended, again = step(1, "a", "lost"), step(2, "b", "intended"), step(3, "a", "done")
    assert interrupted([lost, intended]) == 2
    assert interrupted([lost, intended, again]) == 1
    assert interrupted([again, step(4, "a", "lost")]) == 1
