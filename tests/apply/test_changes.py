"""Changes to what exists: sent once, only what differs, and never over somebody else's change."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from migrator.apply.gates import Allowed, NotAllowedError
from migrator.errors import CallError, StaleError
from migrator.manifest import Manifest, read_manifest
from tests.apply.applying import EVERYTHING, FILE, SECRETS, Silent, applied, assert_all_tokens_kept, state
from tests.gatewayapi.account import GatewayAccount
from tests.gatewayapi.faults import Call, Fault, What, at_write
from tests.gatewayapi.server import Gateway

LOST = [What.DROP_BEFORE, What.DROP_AFTER, What.HALF, What.ERROR, What.ERROR_AFTER]


def edited(edit: Callable[[dict[str, Any]], None]) -> Manifest:
    """The manifest of three teams, after somebody edited it."""
    document = yaml.safe_load(FILE.read_text())
    edit(document)
    return read_manifest(json.dumps(document).encode(), "edited.json")


def three_edits(document: dict[str, Any]) -> None:
    document["providers"][2]["body"]["name"] = "Looking glass"
    document["accessKeyConfigurations"][0]["body"]["access"]["providers"]["allow"].remove("azure-eu")
    document["accessKeys"][5]["body"]["accessKeyConfigurationId"] = {"$ref": "accessKeyConfigurations/lab"}


def named(account: GatewayAccount, path: str, name: str) -> dict[str, Any]:
    return next(each for each in account.live(path) if each["name"] == name)


def test_only_what_differs_is_sent(served: Gateway, tmp_path: Path) -> None:
    applied(served.url, tmp_path)
    served.fail(lambda _: Fault())
    report = applied(served.url, tmp_path, edited(three_edits))
    assert (report.failure, report.count("updated"), len(report.done)) == (None, 3, 3)
    assert [call.method for call in served.calls if call.write] == ["PATCH"] * 3
    assert named(served.account, "/providers", "Looking glass")["models"]
    data = named(served.account, "/access-key-configurations", "data")
    assert data["access"]["providers"]["allow"] == ["openai"]
    assert_all_tokens_kept(served.account, tmp_path)


@pytest.mark.parametrize("what", LOST)
@pytest.mark.parametrize("write", [1, 2, 3])
def test_a_lost_answer_to_a_change_does_not_stop_a_run(
    what: What, write: int, served: Gateway, tmp_path: Path
) -> None:
    applied(served.url, tmp_path)
    served.fail(at_write(write, Fault(what, status=502)))
    assert applied(served.url, tmp_path, edited(three_edits)).failure is None
    served.fine()
    again = Silent()
    applied(served.url, tmp_path, edited(three_edits), talk=again)
    assert not again.plans[0].has_changes


class Meddled(Silent):
    """Somebody changes the account after the plan was shown; agrees to as many plans as it is told to."""

    def __init__(self, meddle: Callable[[], None], agreements: int) -> None:
        super().__init__()
        self._meddle, self._agreements = meddle, agreements

    def agrees(self) -> bool:
        if len(self.plans) == 1:
            self._meddle()
        return len(self.plans) <= self._agreements


def test_what_was_changed_since_the_plan_is_planned_again_and_not_forced(
    served: Gateway, tmp_path: Path
) -> None:
    applied(served.url, tmp_path)

    def meddle() -> None:
        named(served.account, "/providers", "Mirror")["name"] = "Somebody's"

    talk = Meddled(meddle, agreements=1)
    report = applied(served.url, tmp_path, edited(three_edits), talk=talk)
    assert report.is_declined
    assert len(talk.plans) == 2
    (change,) = [each for each in talk.plans[1].changes if each.ref == "mirror"]
    assert [(field.before, field.after) for field in change.fields] == [("Somebody's", "Looking glass")]
    assert named(served.account, "/providers", "Somebody's")
    assert applied(served.url, tmp_path, edited(three_edits)).failure is None
    assert named(served.account, "/providers", "Looking glass")


def test_what_is_gone_since_the_plan_is_planned_again(served: Gateway, tmp_path: Path) -> None:
    applied(served.url, tmp_path)
    lost = named(served.account, "/access-keys", "nobody")["id"]

    def meddle() -> None:
        del served.account.objects["/access-keys"][lost]

    talk = Meddled(meddle, agreements=2)
    assert applied(served.url, tmp_path, edited(three_edits), talk=talk).failure is None
    assert [plan.count("create") for plan in talk.plans] == [0, 1]
    assert named(served.account, "/access-keys", "nobody")["id"] != lost


def test_somebody_who_always_changes_it_ends_the_run(served: Gateway, tmp_path: Path) -> None:
    applied(served.url, tmp_path)

    class Restless(Silent):
        def agrees(self) -> bool:
            named(served.account, "/access-key-configurations", "data")["description"] = str(len(self.plans))
            return True

    talk = Restless()
    report = applied(served.url, tmp_path, edited(three_edits), talk=talk)
    assert isinstance(report.failure, StaleError)
    assert "accessKeyConfigurations/data" in report.failure.message
    assert len(talk.plans) == 3


def test_account_settings_that_somebody_changed_are_not_overwritten(served: Gateway, tmp_path: Path) -> None:
    def meddle() -> None:
        served.account.settings["totalTimeout"] = "17s"

    report = applied(served.url, tmp_path, talk=Meddled(meddle, agreements=1))
    assert report.is_declined
    assert served.account.settings["totalTimeout"] == "17s"


def test_account_settings_that_somebody_changes_while_an_answer_is_lost_are_not_overwritten(
    served: Gateway, tmp_path: Path
) -> None:
    def decide(call: Call) -> Fault:
        if (call.method, call.path) != ("PATCH", "/gateway-config"):
            return Fault()
        served.account.settings["totalTimeout"] = "17s"
        return Fault(What.DROP_BEFORE)

    served.fail(decide)
    report = applied(served.url, tmp_path, talk=Meddled(lambda: None, agreements=1))
    assert report.is_declined
    assert served.account.settings["totalTimeout"] == "17s"


def two_edits(document: dict[str, Any]) -> None:
    document["accessKeyConfigurations"][0]["body"]["description"] = "new"
    document["accessKeys"][0]["body"]["name"] = "renamed"


def test_a_change_that_somebody_made_meanwhile_is_no_failure(served: Gateway, tmp_path: Path) -> None:
    applied(served.url, tmp_path)

    def meddle() -> None:
        named(served.account, "/access-keys", "data batch")["name"] = "renamed"

    report = applied(served.url, tmp_path, edited(two_edits), talk=Meddled(meddle, agreements=1))
    assert (report.failure, report.left, report.is_declined) == (None, 0, False)
    assert report.count("updated") == 1


def test_what_was_done_before_a_refused_second_plan_is_reported(served: Gateway, tmp_path: Path) -> None:
    applied(served.url, tmp_path)

    def meddle() -> None:
        named(served.account, "/access-keys", "data batch")["name"] = "somebody's"
        named(served.account, "/access-key-configurations", "closed")["access"]["providers"] = {"allow": []}

    talk = Meddled(meddle, agreements=2)
    report = applied(served.url, tmp_path, edited(two_edits), talk=talk, allowed=Allowed())
    assert isinstance(report.failure, NotAllowedError)
    assert [each.address for each in report.done] == ["accessKeyConfigurations/data"]
    assert report.left == 1


# ----------------------------------------------------------------------------------------- gates


def refused(
    served: Gateway, folder: Path, source: Manifest, allowed: Allowed, **order: Any
) -> NotAllowedError:
    before = state(served.account)
    with pytest.raises(NotAllowedError) as caught:
        applied(served.url, folder, source, allowed=allowed, **order)
    assert state(served.account) == before
    return caught.value


def test_account_settings_stay_unless_allowed(served: Gateway, tmp_path: Path) -> None:
    assert applied(served.url, tmp_path, allowed=Allowed()).failure is None
    assert served.account.settings == {"totalTimeout": "120s", "perRequestTimeout": "60s"}
    assert [call for call in served.calls if call.write and call.path == "/gateway-config"] == []


def test_widening_needs_leave(served: Gateway, tmp_path: Path) -> None:
    applied(served.url, tmp_path)

    def widen(document: dict[str, Any]) -> None:
        document["accessKeyConfigurations"][3]["body"]["access"]["models"]["allow"].append(
            "openai:openai/gpt-4o"
        )
        document["accessKeyConfigurations"][0]["body"]["router"]["rules"][0]["steps"].append(
            {"type": "ngrok"}
        )

    error = refused(served, tmp_path, edited(widen), Allowed(max_changes=100))
    assert "--allow-widen" in error.remedy
    assert [line.partition(":")[0] for line in error.details] == [
        "accessKeyConfigurations/data",
        "accessKeyConfigurations/closed",
    ]
    assert applied(served.url, tmp_path, edited(widen), allowed=Allowed(widen=True)).failure is None


def test_more_changes_than_allowed_are_refused_with_their_number(served: Gateway, tmp_path: Path) -> None:
    applied(served.url, tmp_path)

    def rename(document: dict[str, Any]) -> None:
        for key in document["accessKeys"] + document["providerKeys"]:
            key["body"]["name"] += "!"

    error = refused(served, tmp_path, edited(rename), Allowed())
    assert "changes 11 existing objects, and 10 are allowed" in error.message
    assert "--max-changes 11" in error.remedy
    assert applied(served.url, tmp_path, edited(rename), allowed=Allowed(max_changes=11)).failure is None


def test_orphans_stay_unless_pruned(served: Gateway, tmp_path: Path) -> None:
    applied(served.url, tmp_path)

    def remove(document: dict[str, Any]) -> None:
        document["accessKeys"] = document["accessKeys"][:4]
        document["accessKeyConfigurations"] = document["accessKeyConfigurations"][:2]

    talk = Silent()
    assert applied(served.url, tmp_path, edited(remove), talk=talk).done == []
    assert len(talk.plans[0].orphans) == 4
    report = applied(served.url, tmp_path, edited(remove), prune=True)
    assert (report.failure, report.count("deleted")) == (None, 4)
    assert [len(served.account.live(f"/access-key{end}")) for end in ("s", "-configurations")] == [4, 2]


@pytest.mark.parametrize("what", [What.NOTHING, *LOST])
def test_a_secret_is_rotated_when_asked_and_not_otherwise(
    what: What, served: Gateway, tmp_path: Path
) -> None:
    applied(served.url, tmp_path)
    new = Silent(values={**SECRETS, "OPENAI_MAIN": "sk-PLANTED-another-0000"})
    assert applied(served.url, tmp_path, talk=new).done == []
    served.fail(at_write(1, Fault(what, status=502)))
    report = applied(served.url, tmp_path, talk=new, rotate=("openai-main",))
    assert (report.failure, report.count("rotated")) == (None, 1)
    key = named(served.account, "/provider-keys", "openai main")
    assert key["value"] == "sk-PLANTED-another-0000"


def test_a_rotation_overwrites_no_name(served: Gateway, tmp_path: Path) -> None:
    applied(served.url, tmp_path)

    def meddle() -> None:
        named(served.account, "/provider-keys", "openai main")["name"] = "somebody's"

    talk = Meddled(meddle, agreements=1)
    assert applied(served.url, tmp_path, talk=talk, rotate=("openai-main",)).is_declined
    assert named(served.account, "/provider-keys", "somebody's")


def test_an_update_and_a_rotation_of_one_key_go_together(served: Gateway, tmp_path: Path) -> None:
    applied(served.url, tmp_path)
    values = {**SECRETS, "OPENAI_MAIN": "sk-PLANTED-another"}

    def rename(document: dict[str, Any]) -> None:
        document["providerKeys"][0]["body"]["name"] = "renamed"

    talk = Silent(values=values)
    report = applied(served.url, tmp_path, edited(rename), talk=talk, rotate=("openai-main",))
    assert (report.failure, len(talk.plans)) == (None, 1)
    assert named(served.account, "/provider-keys", "renamed")["value"] == "sk-PLANTED-another"


def test_a_key_in_use_is_not_deleted_when_an_answer_is_lost(served: Gateway, tmp_path: Path) -> None:
    theirs: list[str] = []

    def decide(call: Call) -> Fault:
        if theirs or (call.method, call.path) != ("POST", "/access-keys"):
            return Fault()
        mark = json.dumps({"migrator": {"migration": "three-teams", "ref": "data-batch"}})
        data = named(served.account, "/access-key-configurations", "data")["id"]
        theirs.append(
            served.account.add("/access-keys", name="x", accessKeyConfigurationId=data, metadata=mark)
        )
        served.account.objects["/access-keys"][theirs[0]]["lastUsed"] = "2026-11-24T00:00:00Z"
        return Fault(What.DROP_BEFORE)

    served.fail(decide)
    talk = Silent()
    assert applied(served.url, tmp_path, talk=talk).failure is None
    assert theirs[0] in served.account.objects["/access-keys"]
    assert any(
        f"the token of {theirs[0]} did not arrive here, but it is in use" in text for text in talk.texts
    )


def test_a_rotation_that_nobody_knows_the_end_of_is_told(served: Gateway, tmp_path: Path) -> None:
    applied(served.url, tmp_path)
    served.fail(lambda call: Fault(What.ERROR_AFTER, status=500) if call.write else Fault())
    talk = Silent()
    report = applied(served.url, tmp_path, talk=talk, rotate=("openai-main",))
    assert isinstance(report.failure, CallError)
    assert any("--rotate openai-main" in text for text in talk.texts)


# ------------------------------------------------------------------------------------ whose they are


def test_what_others_made_is_never_touched(served: Gateway, tmp_path: Path) -> None:
    body = {"name": "data", "description": "somebody's"}
    served.account.add("/access-key-configurations", **body)
    served.account.add(
        "/access-keys", name="web shop", metadata='{"migrator":{"migration":"other","ref":"web-shop"}}'
    )
    before = {path: dict(found) for path, found in served.account.objects.items()}
    assert applied(served.url, tmp_path).failure is None
    for path, found in before.items():
        for identity, each in found.items():
            assert served.account.objects[path][identity] == each


def test_what_was_made_by_hand_with_the_mark_is_recognised(served: Gateway, tmp_path: Path) -> None:
    applied(served.url, tmp_path / "..")
    expected = state(served.account)
    (tmp_path / ".." / "journal").unlink()
    (tmp_path / ".." / "tokens.jsonl").unlink()
    talk = Silent()
    assert applied(served.url, tmp_path, talk=talk).done == []
    assert state(served.account) == expected
    assert len([text for text in talk.texts if "neither this journal nor the tokens file" in text]) == 6


def test_a_provider_of_others_with_the_same_id_refuses_the_plan(served: Gateway, tmp_path: Path) -> None:
    served.account.add("/providers", providerId="mirror", name="x", baseUrl="https://x.example.com")
    error = refused(served, tmp_path, read_manifest(FILE.read_bytes(), "m"), EVERYTHING)
    assert "migrator adopt" in error.details[0]


def test_a_provider_that_comes_between_plan_and_apply_is_told(served: Gateway, tmp_path: Path) -> None:
    def meddle() -> None:
        served.account.add("/providers", providerId="mirror", name="x", baseUrl="https://x.example.com")

    report = applied(served.url, tmp_path, talk=Meddled(meddle, agreements=1))
    assert isinstance(report.failure, CallError)
    assert "27712" in report.failure.message
    assert "adopt" in report.failure.remedy
    assert report.left


def test_a_plan_is_not_carried_out_without_agreement(served: Gateway, tmp_path: Path) -> None:
    before = state(served.account)
    report = applied(served.url, tmp_path, talk=Meddled(lambda: None, agreements=0))
    assert report.is_declined
    assert state(served.account) == before
