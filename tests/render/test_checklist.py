from __future__ import annotations

from datetime import date

import pytest
from msgspec.structs import replace

from migrator.findings.protection import LostThrottling
from migrator.findings.rulings import Ruling, Waiver
from migrator.merge.model import Migration
from migrator.render.checklist import checklist
from migrator.render.safe import code_span, shown
from migrator.target.state import DesiredState
from tests.render.conftest import Named
from tests.render.hostile import HOSTILE


def test_every_person_finds_what_is_theirs(migration: Migration) -> None:
    text = checklist(migration, ["residual/policies/a.yaml"])
    for said in (
        "2 custom providers, 4 provider keys, 2 access key configurations, 3 access keys.",
        "- [ ] `account-setting:perRequestTimeout`: The policies disagree about perRequestTimeout. Which one?",
        "- [ ] rate-limit in front of the gateway has no counterpart (`policies/a.yaml:3`).",
        "- [ ] `totalTimeout`: `2m30s`",
        "- [ ] `OPENAI_PRIMARY`: secret primary of the vault openai",
        "    - [ ] b / bob's (`b--bob`)",
        "- c (`failed`): no access key",
        "`https://gateway.ngrok.ai/v1` for OpenAI SDKs",
        "Have clients send ollama:llama3.",
        "- [ ] `residual/policies/a.yaml`",
        "- [ ] client token at `policies/b.yaml:2`",
    ):
        assert said in text


def test_the_patch_is_named_from_where_it_is_applied(migration: Migration) -> None:
    assert "`git apply DIR/residual.patch`" in checklist(migration, has_patch=True)
    assert "git apply" not in checklist(migration)


def test_findings_that_say_the_same_are_one_item(migration: Migration) -> None:
    assert checklist(migration).count("no longer found by their bare names") == 1
    assert "bare names (`policies/a.yaml:12`, `policies/b.yaml:6`)." in checklist(migration)


def test_a_finding_about_no_place_names_none() -> None:
    found = LostThrottling(action="rate-limit")
    assert "has no counterpart. Limit" in checklist(Migration(DesiredState("default"), findings=(found,)))


def test_lost_protection_that_is_waived_is_counted_and_no_item() -> None:
    waiver = Waiver(LostThrottling.code, "agreed", date(2027, 1, 31))
    found = replace(LostThrottling(action="rate-limit"), ruling=Ruling(waiver=waiver))
    text = checklist(Migration(DesiredState("default"), findings=(found,)))
    assert "Errors in the report: 0; warnings: 0; waived: 1. Read it first." in text
    assert "no counterpart" not in text


def test_a_decision_that_was_made_is_not_asked_again(migration: Migration) -> None:
    assert "who-pays" not in checklist(migration)


def test_a_run_without_access_keys_asks_for_no_more_than_to_look(empty: Migration) -> None:
    text = checklist(empty)
    assert "No access key came out of this run" in text
    assert "apply.sh" not in text
    assert "## After" not in text


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_adds_an_item_or_a_line(named: Named, text: str) -> None:
    plain, hostile = checklist(named("x")), checklist(named(text))
    assert len(hostile.splitlines()) == len(plain.splitlines())
    assert hostile.count("- [ ] ") - text.count("- [ ] ") == plain.count("- [ ] ")
    assert code_span(f"{text}:7") in hostile
    assert shown(hostile.replace("\n", "")) == hostile.replace("\n", "")
