"""A saved plan is applied as it was shown, or not at all; after an interruption, what is left of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from migrator.account import account_at
from migrator.apply.adopt import adopt, adoption
from migrator.apply.model import Plan
from migrator.apply.once import Once
from migrator.apply.ownership import observe
from migrator.apply.plan import make_plan
from migrator.apply.plan_file import plan_text, read_plan
from migrator.apply.run import held
from migrator.errors import MigratorError, StaleError, UsageError
from migrator.manifest import Manifest
from migrator.secrets import Secret
from tests.apply.applying import OBJECTS, Silent, applied, assert_all_tokens_kept, state, three_teams
from tests.apply.test_changes import edited, named, three_edits
from tests.gatewayapi.account import KEY, GatewayAccount
from tests.gatewayapi.server import Gateway, gateway


def saved(served: Gateway, manifest: Manifest, **wanted: Any) -> Plan:
    """A plan that went through its file."""
    with account_at(served.url, Secret(KEY)) as account:
        made = make_plan(manifest, observe(account), **wanted)
    return read_plan(plan_text(made).encode(), "plan.json")


def test_a_saved_plan_does_what_it_says_and_then_nothing(served: Gateway, tmp_path: Path) -> None:
    plan = saved(served, three_teams())
    assert len(applied(served.url, tmp_path, plan).done) == OBJECTS + 1
    assert_all_tokens_kept(served.account, tmp_path)
    assert applied(served.url, tmp_path, plan).done == []
    changes = saved(served, edited(three_edits))
    assert applied(served.url, tmp_path, changes).count("updated") == 3
    assert applied(served.url, tmp_path, changes).done == []


def test_a_saved_plan_that_was_interrupted_goes_on(tmp_path: Path) -> None:
    for calls in range(7, 27):
        folder = tmp_path / str(calls)
        folder.mkdir()
        with gateway() as served:
            plan = saved(served, three_teams())
            served.account.expires_after = served.account.asked + calls
            try:
                applied(served.url, folder, plan)
            except MigratorError as error:
                assert calls < 9, error.message  # noqa: PT017 -- it may not even begin
            served.fine()
            assert applied(served.url, folder, plan).failure is None
            assert_all_tokens_kept(served.account, folder)
            talk = Silent()
            assert applied(served.url, folder, talk=talk).done == []


def test_changes_of_a_saved_plan_that_was_interrupted_go_on(tmp_path: Path) -> None:
    for calls in range(7, 14):
        folder = tmp_path / str(calls)
        folder.mkdir()
        with gateway() as served:
            applied(served.url, folder)
            plan = saved(served, edited(three_edits))
            served.account.expires_after = served.account.asked + calls
            applied(served.url, folder, plan)
            served.fine()
            assert applied(served.url, folder, plan).failure is None
            assert applied(served.url, folder, edited(three_edits)).done == []


def test_a_saved_plan_is_not_carried_out_in_another_account(served: Gateway, tmp_path: Path) -> None:
    plan = saved(served, three_teams())
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    with gateway(GatewayAccount(account_id="ac_other")) as other:
        with pytest.raises(
            UsageError, match="made for the account ac_played, and the API key is of ac_other"
        ):
            applied(other.url, elsewhere, plan)
        assert state(other.account) == state(GatewayAccount())
    assert applied(served.url, tmp_path, plan).failure is None


@pytest.mark.parametrize("how", ["renamed", "deleted", "settings", "added", "unmarked"])
def test_a_stale_plan_is_refused_with_the_difference(how: str, served: Gateway, tmp_path: Path) -> None:
    applied(served.url, tmp_path)
    plan = saved(served, edited(three_edits))
    account = served.account
    mirror = named(account, "/providers", "Mirror")
    match how:
        case "renamed":
            mirror["name"] = "Somebody's"
        case "deleted":
            del account.objects["/providers"][mirror["id"]]
        case "settings":
            account.settings["totalTimeout"] = "17s"
        case "added":
            mark = '{"migrator":{"migration":"three-teams","ref":"more"}}'
            account.add("/access-keys", name="more", metadata=mark)
        case "unmarked":
            mirror["metadata"] = ""
    before = state(account)
    with pytest.raises(StaleError) as caught:
        applied(served.url, tmp_path, plan)
    told = {
        "renamed": 'providers/mirror/name: was "Mirror", is "Somebody\'s"',
        "deleted": f"providers/mirror: {mirror['id']} is gone, or lost its mark",
        "settings": 'account settings/totalTimeout: was "4m", is "17s"',
        "added": "accessKeys/more: aigk_",
        "unmarked": f"providers/mirror: {mirror['id']} is gone, or lost its mark",
    }
    assert len(caught.value.details) == 1
    assert caught.value.details[0].startswith(told[how])
    assert state(account) == before


def wide(document: dict[str, Any]) -> None:
    document["accessKeyConfigurations"][1]["body"].pop("access")


def test_what_another_manifest_did_since_is_no_part_of_a_saved_plan(served: Gateway, tmp_path: Path) -> None:
    create = saved(served, three_teams())
    applied(served.url, tmp_path, edited(wide))
    change, nothing = saved(served, edited(three_edits)), saved(served, edited(wide))
    applied(
        served.url, tmp_path, edited(lambda document: document["providers"][2]["body"].update(name="Else"))
    )
    before = state(served.account)
    for plan, told in (
        (create, "accessKeyConfigurations/web: aigac_"),
        (change, 'providers/mirror/name: was "Mirror", is "Else"'),
        (nothing, 'providers/mirror/name: was "Mirror", is "Else"'),
    ):
        with pytest.raises(StaleError) as caught:
            applied(served.url, tmp_path, plan)
        assert any(line.startswith(told) for line in caught.value.details), caught.value.details
    assert state(served.account) == before


def test_what_was_adopted_since_is_no_part_of_a_saved_plan(served: Gateway, tmp_path: Path) -> None:
    manifest = three_teams()
    plan = saved(served, manifest)
    served.account.add("/access-key-configurations", name="web")  # it allows everything
    with (
        account_at(served.url, Secret(KEY)) as account,
        held(account, manifest.migration, tmp_path / "journal") as journal,
    ):
        once = Once(account, journal, None, manifest.migration, lambda _: None)
        adopt(once, adoption(manifest, observe(account), "accessKeyConfigurations/web", None))
    with pytest.raises(StaleError) as caught:
        applied(served.url, tmp_path, plan)
    assert [line.partition(":")[0] for line in caught.value.details] == ["accessKeyConfigurations/web"]
    assert served.account.live("/access-keys") == []
