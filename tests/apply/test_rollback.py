from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from migrator.account import account_at
from migrator.apply.adopt import adopt, adoption
from migrator.apply.events import Report
from migrator.apply.once import Once
from migrator.apply.ownership import observe
from migrator.apply.rollback import Undo, roll_back, undo_plan
from migrator.apply.run import held, settled
from migrator.manifest import read_manifest
from migrator.secrets import Secret
from tests.apply.applying import FILE, OBJECTS, QUICK, applied, state, three_teams
from tests.gatewayapi.account import KEY, GatewayAccount
from tests.gatewayapi.faults import Fault, What, at, at_write, often
from tests.gatewayapi.server import Gateway, gateway

PATHS = ("/providers", "/provider-keys", "/access-key-configurations", "/access-keys")


def rolled_back(served: Gateway, folder: Path, *, dry: bool = False) -> tuple[tuple[Undo, ...], Report]:
    """One rollback, as the command does it; waits take no time."""
    report = Report()
    with (
        account_at(served.url, Secret(KEY), limits=QUICK, sleep=lambda _: None) as account,
        held(account, "three-teams", folder / "journal") as journal,
    ):
        once = Once(account, journal, None, "three-teams", lambda _: None, lambda _: None)
        observed = observe(account) if dry else settled(once)
        undos = undo_plan(journal.steps(), journal.standing(), observed)
        if not dry:
            roll_back(undos, observed, once, report)
    return undos, report


@pytest.fixture
def before(served: Gateway) -> dict[str, Any]:
    """An account in which others have objects of their own; what is in it."""
    own = served.account.add("/provider-keys", providerId="openai", name="others", value="sk-OTHERS-none-00")
    rule = {"provider": "openai", "steps": [{"type": "user", "keys": [{"id": own}]}]}
    kept = served.account.add("/access-key-configurations", name="others", router={"rules": [rule]})
    served.account.add("/access-keys", name="others", accessKeyConfigurationId=kept)
    return state(served.account)


def test_everything_is_taken_back_and_nothing_of_others(
    served: Gateway, before: dict[str, Any], tmp_path: Path
) -> None:
    assert applied(served.url, tmp_path).failure is None
    undos, report = rolled_back(served, tmp_path, dry=True)
    assert len(undos) == OBJECTS + 1
    assert not [undo for undo in undos if undo.problem]
    assert report.done == []
    assert len(served.account.live("/access-keys")) == 7
    undos, report = rolled_back(served, tmp_path)
    assert (report.failure, len(report.done), report.left) == (None, OBJECTS + 1, 0)
    assert state(served.account) == before
    assert rolled_back(served, tmp_path)[0] == ()
    assert applied(served.url, tmp_path).failure is None


def test_what_somebody_changed_since_stays_with_all_it_refers_to(served: Gateway, tmp_path: Path) -> None:
    assert applied(served.url, tmp_path).failure is None
    changed = next(each for each in served.account.live("/access-keys") if each["name"] == "web shop")
    changed["name"] = "somebody's"
    served.account.settings["totalTimeout"] = "17s"
    undos, report = rolled_back(served, tmp_path)
    assert report.failure is None
    kept = {undo.address: undo.problem for undo in undos if undo.problem}
    assert kept == {
        "gatewayConfig": "totalTimeout: somebody changed it since",
        "accessKeys/web-shop": "somebody changed it since",
        "accessKeyConfigurations/web": f"{changed['id']} refers to it",
        "providerKeys/anthropic-main": f"{changed['accessKeyConfigurationId']} refers to it",
    }
    assert [len(served.account.live(path)) for path in PATHS] == [0, 1, 1, 1]
    assert served.account.settings == {"totalTimeout": "17s", "perRequestTimeout": "60s"}


def test_what_something_else_uses_by_now_stays(served: Gateway, tmp_path: Path) -> None:
    assert applied(served.url, tmp_path).failure is None
    web = next(each for each in served.account.live("/access-key-configurations") if each["name"] == "web")
    user = served.account.add("/access-keys", name="others", accessKeyConfigurationId=web["id"])
    undos, report = rolled_back(served, tmp_path)
    assert report.failure is None
    problems = {undo.address: undo.problem for undo in undos if undo.problem}
    assert problems["accessKeyConfigurations/web"] == f"{user} refers to it"
    assert [each["id"] for each in served.account.live("/access-keys")] == [user]


def test_a_key_that_is_in_use_is_told(served: Gateway, tmp_path: Path) -> None:
    assert applied(served.url, tmp_path).failure is None
    served.account.live("/access-keys")[0]["lastUsed"] = "2026-11-02T00:00:00Z"
    undos, _ = rolled_back(served, tmp_path, dry=True)
    assert [undo.note for undo in undos if undo.note] == ["in use, last at 2026-11-02T00:00:00Z"]


def test_an_adopted_object_gets_back_what_it_had(served: Gateway, tmp_path: Path) -> None:
    mine = served.account.add(
        "/providers",
        providerId="mirror",
        name="An old mirror",
        baseUrl="https://old.example.com/v1",
        metadata="a note of somebody",
        models=[{"modelId": "old", "unsupportedParams": ["seed"]}],
    )
    key = served.account.add("/provider-keys", providerId="openai", name="old", value="sk-OLD-none-000000")
    step = {"type": "user", "keys": [{"id": key}], "keySelectionStrategy": "ordered"}
    rule = {"provider": "openai", "steps": [step]}
    web = served.account.add(
        "/access-key-configurations", name="web", router={"rules": [rule]}, description="x"
    )
    before = state(served.account)
    manifest = three_teams()
    with (
        account_at(served.url, Secret(KEY)) as account,
        held(account, manifest.migration, tmp_path / "journal") as journal,
    ):
        once = Once(account, journal, None, manifest.migration, lambda _: None)
        for ref, identity in (("providers/mirror", mine), ("accessKeyConfigurations/web", web)):
            adopt(once, adoption(manifest, observe(account), ref, identity))
    assert applied(served.url, tmp_path).failure is None
    assert json.loads(served.account.objects["/providers"][mine]["metadata"])["text"] == "a note of somebody"
    assert served.account.objects["/providers"][mine]["name"] == "Mirror"
    undos, report = rolled_back(served, tmp_path)
    assert report.failure is None
    assert {undo.id for undo in undos if undo.action == "restore"} == {mine, web}
    assert state(served.account) == before
    assert rolled_back(served, tmp_path)[0] == ()


def test_no_new_access_key_outlives_the_scope_that_it_was_made_for(served: Gateway, tmp_path: Path) -> None:
    web = served.account.add(
        "/access-key-configurations", name="web"
    )  # without a scope: it allows everything
    manifest = three_teams()
    with (
        account_at(served.url, Secret(KEY)) as account,
        held(account, manifest.migration, tmp_path / "journal") as journal,
    ):
        once = Once(account, journal, None, manifest.migration, lambda _: None)
        adopt(once, adoption(manifest, observe(account), "accessKeyConfigurations/web", web))
    assert applied(served.url, tmp_path).failure is None
    shop = next(each for each in served.account.live("/access-keys") if each["name"] == "web shop")
    shop["name"] = "somebody's"
    for write in range(1, OBJECTS + 1):
        served.fail(at_write(write, Fault(What.ERROR, status=403)))
        rolled_back(served, tmp_path)
        is_open = "access" not in served.account.objects["/access-key-configurations"][web]
        users = [
            each for each in served.account.live("/access-keys") if each["accessKeyConfigurationId"] == web
        ]
        assert not (is_open and users), write
    served.fine()
    undos, _ = rolled_back(served, tmp_path)
    assert [undo.problem for undo in undos if undo.id == web] == [f"{shop['id']} refers to it"]
    shop["name"] = "web shop"
    assert rolled_back(served, tmp_path)[1].failure is None
    assert [each["id"] for path in PATHS for each in served.account.live(path)] == [web]


def test_an_object_of_its_own_that_got_another_ref_is_deleted(served: Gateway, tmp_path: Path) -> None:
    empty = state(served.account)
    assert applied(served.url, tmp_path).failure is None
    renamed = (
        FILE.read_text().replace("ref: mirror", "ref: looking-glass").replace('"mirror"}', '"looking-glass"}')
    )
    manifest = read_manifest(renamed.encode(), "m.yaml")
    mirror = next(each["id"] for each in served.account.live("/providers") if each["name"] == "Mirror")
    with (
        account_at(served.url, Secret(KEY)) as account,
        held(account, manifest.migration, tmp_path / "journal") as journal,
    ):
        once = Once(account, journal, None, manifest.migration, lambda _: None)
        chosen = adoption(
            manifest, observe(account), "looking-glass", mirror, from_migration=manifest.migration
        )
        adopt(once, chosen)
    undos, report = rolled_back(served, tmp_path)
    assert report.failure is None
    assert [undo.address for undo in undos if undo.id == mirror] == ["providers/looking-glass"]
    assert not [undo for undo in undos if undo.problem]
    assert state(served.account) == empty


@pytest.mark.parametrize("what", [What.DROP_BEFORE, What.DROP_AFTER])
def test_one_lost_answer_does_not_stop_a_rollback(what: What, tmp_path: Path) -> None:
    for write in range(1, OBJECTS + 2):
        folder = tmp_path / str(write)
        folder.mkdir()
        with gateway() as served:
            empty = state(served.account)
            assert applied(served.url, folder).failure is None
            served.fail(at_write(write, Fault(what, status=502)))
            assert rolled_back(served, folder)[1].failure is None, write
            assert state(served.account) == empty, write


@pytest.mark.parametrize("seed", range(3))
def test_a_rollback_goes_on_where_it_was_stopped(seed: int, served: Gateway, tmp_path: Path) -> None:
    empty = state(served.account)
    assert applied(served.url, tmp_path).failure is None
    served.fail(often(0.4, seed, Fault(What.ERROR, status=403), Fault(What.DROP_AFTER)))
    for _ in range(60):
        try:
            failure = rolled_back(served, tmp_path)[1].failure
        except Exception as error:  # noqa: BLE001 -- any of ours; the state decides
            failure = error  # type: ignore[assignment]  # one of them is met
        if failure is None:
            break
    served.fine()
    assert rolled_back(served, tmp_path)[1].failure is None
    assert state(served.account) == empty


def test_what_an_interrupted_apply_created_is_taken_back_too(tmp_path: Path) -> None:
    for call in range(7, 26):
        folder = tmp_path / str(call)
        folder.mkdir()
        with gateway(GatewayAccount(expires_after=call)) as served:
            empty = state(served.account)
            served.fail(at(call, Fault(What.DROP_AFTER)))
            assert applied(served.url, folder).failure is not None
            served.fine()
            assert rolled_back(served, folder)[1].failure is None
            assert state(served.account) == empty, call


def test_what_was_there_before_and_was_pruned_is_told(served: Gateway, tmp_path: Path) -> None:
    assert applied(served.url, tmp_path).failure is None
    with (
        account_at(served.url, Secret(KEY), limits=QUICK, sleep=lambda _: None) as account,
        held(account, "three-teams", tmp_path / "journal") as journal,
    ):
        mark = json.dumps({"migrator": {"migration": "three-teams", "ref": "by-hand"}})
        own = served.account.add("/access-key-configurations", name="by hand", metadata=mark)
        once = Once(account, journal, None, "three-teams", lambda _: None, lambda _: None)
        live = observe(account).of("accessKeyConfigurations", own)
        assert live is not None
        once.delete_unchanged(live, "the manifest does not have it")
        undos = undo_plan(journal.steps(), journal.standing(), observe(account))
    assert [undo.problem for undo in undos if undo.id == own] == [
        "it was deleted (the manifest does not have it) and cannot be brought back"
    ]
