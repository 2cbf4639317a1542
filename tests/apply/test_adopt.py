from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from migrator.account import KINDS, Account, Live, account_at
from migrator.apply.adopt import Adoption, adopt, adoption
from migrator.apply.events import Event
from migrator.apply.journal import Journal
from migrator.apply.once import Once
from migrator.apply.ownership import Observed, observe
from migrator.apply.plan import make_plan
from migrator.apply.rollback import undo_plan
from migrator.apply.run import held, settled
from migrator.apply.show import plan_for_people
from migrator.apply.status import status_lines, status_of
from migrator.errors import CallError, MigratorError, StaleError, UsageError
from migrator.secrets import Secret
from tests.apply.applying import QUICK
from tests.apply.world import applied, live, manifest, marked
from tests.gatewayapi.account import KEY
from tests.gatewayapi.faults import Fault, What, at_write
from tests.gatewayapi.server import Gateway
from tests.manifest.small import SMALL

OLLAMA = "providers/ollama"


def only(*lives: Live) -> Observed:
    return Observed({one.member: (one,) for one in lives}, {})


def chosen(metadata: str | None, **body: object) -> Adoption:
    held = {"providerId": "ollama", "name": "mine", **body} | ({"metadata": metadata} if metadata else {})
    return adoption(manifest(), only(live("providers", "aigp_s", held)), OLLAMA, None)


@pytest.mark.parametrize(
    "metadata, kept",
    [
        (None, {}),
        ("{}", {}),
        ('{"team": "x", "a": [1]}', {"team": "x", "a": [1]}),
        ('{"migrator": {"note": "x"}}', {}),
        ("owned by team x", {"text": "owned by team x"}),
        ("[1]", {"text": "[1]"}),
        ('"x"', {"text": '"x"'}),
    ],
)
def test_the_mark_is_written_beside_what_is_there(metadata: str | None, kept: dict[str, object]) -> None:
    mark = {"migrator": {"migration": "default", "ref": "ollama"}}
    assert json.loads(chosen(metadata).metadata) == {**mark, **kept}


def test_what_was_adopted_is_the_entrys_and_only_the_mark_was_changed() -> None:
    one = chosen('{"team":"x"}', baseUrl="https://ollama.internal")
    body = {**one.live.body, "metadata": one.metadata}
    plan = make_plan(manifest(), only(live("providers", one.live.id, body)))
    assert plan.changes[0].id == "aigp_s"
    assert [field.path for field in plan.changes[0].fields] == ["/models", "/name"]
    assert not plan.foreign


def test_what_cannot_be_adopted_is_refused_with_what_to_do() -> None:
    other = live("providers", "aigp_s", {"providerId": "other", "name": "ollama"})
    theirs = live("accessKeys", "aigk_s", {"name": "office", "metadata": marked("x", "theirs")})
    full = live("accessKeys", "aigk_f", {"name": "office", "metadata": "x" * 4080})
    key = "accessKeys/office--default"
    for observed, name, identity, words in (
        (applied(manifest()), OLLAMA, "aigp_0", "has its object already: aigp_0"),
        (only(other), OLLAMA, "aigp_s", "another providerId"),
        (only(other), OLLAMA, "aigp_x", "no provider aigp_x"),
        (only(other), "providers/olama", None, "no entry providers/olama"),
        (only(theirs), key, "aigk_s", "of the migration theirs, as x"),
        (only(full), key, None, "no room for the mark"),
        (Observed({"accessKeys": (theirs, full)}, {}), key, None, "these do: aigk_f, aigk_s"),
        (only(), key, None, "none does"),
    ):
        with pytest.raises(UsageError) as caught:
            adoption(manifest(), observed, name, identity)
        assert words in caught.value.message
        assert caught.value.remedy
    assert adoption(manifest(), only(theirs), key, "aigk_s", from_migration="theirs").live.id == "aigk_s"


def test_a_ref_that_only_one_entry_has_needs_no_member() -> None:
    observed = only(live("providers", "aigp_s", {"providerId": "ollama"}))
    assert adoption(manifest(), observed, "ollama", None).entry.address == OLLAMA


def test_what_an_entry_lost_is_its_own_again_under_another_ref() -> None:
    renamed = manifest(
        SMALL.replace("ref: ollama", "ref: llamas").replace("providers/ollama", "providers/llamas")
    )
    before = applied(manifest())
    plan = make_plan(renamed, before, prune=True)
    assert dict(plan.problems()) == {
        "providers/llamas": "aigp_0 has this providerId already, which an account has once, and is this "
        "migration's providers/ollama, which the manifest does not have: `migrator adopt` gives it this ref"
    }
    said = plan_for_people(plan, colour=False)
    assert "aigp_0 has the providerId of providers/llamas and is this migration's providers/ollama" in said
    assert "left alone" not in said
    assert not [
        line for line in status_lines(status_of(renamed, before)) if "is not this migration's" in line
    ]
    one = adoption(renamed, before, "llamas", None)
    assert json.loads(one.metadata)["migrator"] == {"migration": "default", "ref": "llamas"}


# ------------------------------------------------------------------------------------- at an account


@contextmanager
def opened(served: Gateway, folder: Path) -> Iterator[tuple[Account, Journal]]:
    with (
        account_at(served.url, Secret(KEY), limits=QUICK, sleep=lambda _: None) as account,
        held(account, "default", folder / "journal") as journal,
    ):
        yield account, journal


def taken_over(account: Account, journal: Journal) -> str:
    once = Once(account, journal, None, "default", lambda _: None, lambda _: None)
    return adopt(once, adoption(manifest(), observe(account), OLLAMA, None)).id


@pytest.fixture
def mine(served: Gateway) -> str:
    return served.account.add(
        "/providers", providerId="ollama", name="mine", baseUrl="https://x.internal", metadata='{"team":"x"}'
    )


def test_an_adoption_is_written_down_with_what_was_there(served: Gateway, mine: str, tmp_path: Path) -> None:
    with opened(served, tmp_path) as (account, journal):
        assert taken_over(account, journal) == mine
        (step,) = journal.steps()
        assert (step.action, step.state, step.id, step.address) == ("adopt", "done", mine, OLLAMA)
        assert step.before is not None
        assert step.before["metadata"] == '{"team":"x"}'
        assert account.get("providers", mine).body["name"] == "mine"
        assert make_plan(manifest(), observe(account)).changes[0].action == "update"


@pytest.mark.parametrize("what", [What.DROP_AFTER, What.DROP_BEFORE])
def test_an_answer_that_is_lost_is_looked_for(served: Gateway, mine: str, tmp_path: Path, what: What) -> None:
    with opened(served, tmp_path) as (account, journal):
        served.fail(at_write(1, Fault(what)))
        if what is What.DROP_AFTER:
            assert taken_over(account, journal) == mine
            assert [step.state for step in journal.steps()] == ["done"]
        else:
            with pytest.raises(CallError):
                taken_over(account, journal)
            assert [step.state for step in journal.steps()] == ["lost"]
            served.fine()
            assert taken_over(account, journal) == mine


def test_an_object_that_somebody_changed_meanwhile_is_left(
    served: Gateway, mine: str, tmp_path: Path
) -> None:
    with opened(served, tmp_path) as (account, journal):
        once = Once(account, journal, None, "default", lambda _: None, lambda _: None)
        one = adoption(manifest(), observe(account), OLLAMA, None)
        account.update("providers", mine, {"metadata": '{"team":"y"}'})
        with pytest.raises(StaleError):
            adopt(once, one)
        account.delete("providers", mine)
        with pytest.raises(MigratorError):
            adopt(once, one)
        assert journal.steps() == ()


@pytest.mark.parametrize("is_made", [True, False])
def test_an_adoption_that_was_cut_off_is_settled_by_looking(
    served: Gateway, mine: str, tmp_path: Path, is_made: bool
) -> None:
    with opened(served, tmp_path) as (account, journal):
        once = Once(account, journal, None, "default", lambda _: None, lambda _: None)
        one = adoption(manifest(), observe(account), OLLAMA, None)
        body = {"metadata": one.metadata}
        journal.intend("adopt", "providers", "ollama", identity=mine, sent=body, before=one.live.body)
        if is_made:
            account.update("providers", mine, {"metadata": one.metadata})
        settled(once)
        assert [step.state for step in journal.steps()] == ["done" if is_made else "void"]


@pytest.mark.parametrize("ref", ["accessKeyConfigurations/office", "accessKeys/office--default"])
def test_what_was_adopted_is_not_taken_for_a_create_whose_answer_was_lost(
    served: Gateway, tmp_path: Path, ref: str
) -> None:
    member = ref.partition("/")[0]
    path = KINDS[member].path
    identity = served.account.add(path, name="office")
    with opened(served, tmp_path) as (account, journal):
        told: list[Event] = []
        once = Once(account, journal, None, "default", told.append, lambda _: None)
        journal.ended(
            journal.intend("create", member, ref.partition("/")[2], sent={"name": "office"}), "lost"
        )
        adopt(once, adoption(manifest(), observe(account), ref, identity))
        settled(once)
        assert [each["id"] for each in served.account.live(path)] == [identity]
        assert not journal.standing()
        mark = served.account.objects[path][identity]["metadata"]
        late = served.account.add(path, name="office", metadata=mark)
        settled(once)
        assert identity in served.account.objects[path]
        assert late not in served.account.objects[path]
        undos = undo_plan(journal.steps(), journal.standing(), observe(account))
        assert [(undo.action, undo.id) for undo in undos] == [("restore", identity)]
