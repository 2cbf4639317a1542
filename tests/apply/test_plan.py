from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from migrator.api import Options, convert
from migrator.apply.model import Change, Plan
from migrator.apply.ownership import Observed
from migrator.apply.plan import make_plan, offline_plan
from migrator.errors import UsageError
from migrator.manifest import manifest_of
from migrator.render.document import manifest as document_of
from tests.apply.world import (
    Change as Edit,
)
from tests.apply.world import (
    applied,
    live,
    manifest,
    marked,
    with_also,
    with_changed,
)
from tests.manifest.small import SMALL
from tests.properties import policies, writing
from tests.properties.effort import examples
from tests.properties.pipeline import converted

CONFIGURATION = "accessKeyConfigurations/office"


def change_of(plan: Plan, address: str) -> Change:
    return next(change for change in plan.changes if change.address == address)


def fields_of(plan: Plan, address: str) -> dict[str, tuple[Any, Any]]:
    return {one.path: (one.before, one.after) for one in change_of(plan, address).fields}


def test_an_empty_account_gets_everything_in_an_order_that_works() -> None:
    plan = make_plan(manifest(), Observed({}, {"totalTimeout": "1m"}))
    assert [(change.action, change.address) for change in plan.changes] == [
        ("create", "providers/ollama"),
        ("create", "providerKeys/openai-primary"),
        ("create", CONFIGURATION),
        ("create", "accessKeys/office--default"),
    ]
    assert [change.body for change in plan.changes] == [entry.body for entry in manifest().entries]
    assert plan.settings is not None
    assert plan.settings.body == {"totalTimeout": "2m"}
    assert (plan.seen, plan.has_changes) == ((), True)


def test_offline_everything_is_a_create() -> None:
    plan = offline_plan(manifest())
    assert plan.is_offline
    assert {change.action for change in plan.changes} == {"create"}
    assert plan.settings is not None


def test_what_was_created_needs_nothing() -> None:
    plan = make_plan(manifest(), applied(manifest()))
    assert [change.action for change in plan.changes] == ["none"] * 4
    assert not plan.has_changes
    assert list(plan.widening()) == list(plan.problems()) == []
    assert [one.ref for one in plan.seen] == ["ollama", "openai-primary", "office", "office--default"]


@examples(40)
@given(
    written=writing.files(st.one_of(policies.clean(), policies.wild())),
    migration=st.sampled_from(("default", 'Ü "x" \\', "m" * 100)),
)
def test_any_conversion_once_applied_needs_nothing(written: writing.Written, migration: str) -> None:
    made = converted({"a.yaml": written.text}, Options(migration=migration))
    wanted = manifest_of(document_of(made))
    first = make_plan(wanted, Observed({}, {}))
    assert [change.action for change in first.changes] == ["create"] * len(wanted.entries)
    again = make_plan(wanted, applied(wanted))
    assert not again.has_changes, [change for change in again.changes if change.is_change]
    assert (again.foreign, again.orphans, again.duplicates) == ((), (), ())


def test_the_demo_once_applied_needs_nothing(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(repository)
    wanted = manifest_of(convert(["fixtures/demo"]).manifest())
    assert not make_plan(wanted, applied(wanted)).has_changes


def test_an_edit_is_an_update_of_what_differs() -> None:
    edited = manifest(SMALL.replace("name: office\n      access", "name: The office\n      access"))
    change = change_of(make_plan(edited, applied(manifest())), CONFIGURATION)
    assert (change.action, change.id, change.body) == ("update", "aigac_2", {"name": "The office"})
    assert [(one.path, one.before, one.after) for one in change.fields] == [("/name", "office", "The office")]
    assert (change.widens, change.pays, change.problem) == ((), (), "")


def test_what_the_manifest_no_longer_says_is_cleared() -> None:
    account = with_changed(
        applied(manifest()), CONFIGURATION, lambda body: body.update(description="by hand")
    )
    change = change_of(make_plan(manifest(), account), CONFIGURATION)
    assert change.body == {"description": None}


def test_a_reference_is_the_id_of_the_object_with_that_mark() -> None:
    account = with_changed(
        applied(manifest()),
        "accessKeys/office--default",
        lambda body: body["accessKeyConfiguration"].update(id="aigac_9"),
    )
    plan = make_plan(manifest(), account)
    change = change_of(plan, "accessKeys/office--default")
    assert change.body == {"accessKeyConfigurationId": {"$ref": CONFIGURATION}}
    assert fields_of(plan, change.address) == {"/accessKeyConfigurationId": ("aigac_9", "aigac_2")}
    gone = with_changed(applied(manifest()), "providerKeys/openai-primary", lambda _: False)
    plan = make_plan(manifest(), gone)
    assert change_of(plan, "providerKeys/openai-primary").action == "create"
    assert change_of(plan, CONFIGURATION).action == "update"
    assert fields_of(plan, CONFIGURATION) == {
        "/router/rules/openai/steps": (
            [{"type": "user", "keys": ["aigpk_1"]}, {"type": "ngrok"}],
            [{"type": "user", "keys": [{"$ref": "providerKeys/openai-primary"}]}, {"type": "ngrok"}],
        )
    }


def test_metadata_of_others_stays() -> None:
    address = "accessKeys/office--default"
    account = with_changed(
        applied(manifest()),
        address,
        lambda body: body.update(metadata=marked("office--default", team="x", other=[1])),
    )
    assert not make_plan(manifest(), account).has_changes
    edited = manifest(SMALL.replace('"team":"x"', '"team":"y"'))
    plan = make_plan(edited, account)
    assert fields_of(plan, address) == {"/metadata/team": ("x", "y")}
    body = change_of(plan, address).body
    assert body is not None
    assert json.loads(body["metadata"]) == {
        "migrator": {"migration": "default", "ref": "office--default"},
        "team": "y",
        "other": [1],
    }


def test_metadata_that_grows_too_long_is_a_problem() -> None:
    account = with_changed(
        applied(manifest()),
        "accessKeys/office--default",
        lambda body: body.update(metadata=marked("office--default", team="x", other="y" * 4000)),
    )
    edited = manifest(SMALL.replace('"team":"x"', f'"team":"{"z" * 100}"'))
    assert [why for _, why in make_plan(edited, account).problems()] == [
        "its metadata, with what others wrote there, has more than 4096 characters"
    ]


def test_what_cannot_be_changed_is_a_problem() -> None:
    edited = manifest(SMALL.replace("providerId: openai", "providerId: anthropic"))
    plan = make_plan(edited, applied(manifest()))
    assert [address for address, _ in plan.problems()] == ["providerKeys/openai-primary"]
    assert "another ref" in change_of(plan, "providerKeys/openai-primary").problem


def test_an_id_that_the_account_does_not_have_is_a_problem() -> None:
    edited = manifest(
        SMALL.replace("id:\n                      $ref: providerKeys/openai-primary", "id: aigpk_77")
    )
    assert list(make_plan(edited, applied(manifest())).problems()) == [
        (CONFIGURATION, "it names aigpk_77, and the account has no such provider key")
    ]


def test_account_settings_change_by_member() -> None:
    plan = make_plan(manifest(), applied(manifest(), {"totalTimeout": "45s", "perRequestTimeout": "9s"}))
    assert plan.settings is not None
    assert (plan.settings.body, plan.settings.before) == ({"totalTimeout": "2m"}, {"totalTimeout": "45s"})
    nulled = manifest(SMALL.replace("totalTimeout: 2m", "totalTimeout: 120s\n    maxInputTokens: null"))
    plan = make_plan(nulled, applied(manifest()))
    assert plan.settings is not None
    assert plan.settings.body == {"maxInputTokens": None}


def test_a_secret_is_rotated_only_on_request() -> None:
    plan = make_plan(manifest(), applied(manifest()), rotate=["openai-primary"])
    change = change_of(plan, "providerKeys/openai-primary")
    assert (change.action, change.rotates, change.is_change, plan.has_changes) == ("none", True, True, True)
    assert change.rotation == {
        "name": "openai/primary",
        "value": {"$secret": {"vault": "openai", "name": "primary", "env": "OPENAI_PRIMARY"}},
    }
    assert plan.rotate == ("providerKeys/openai-primary",)
    with pytest.raises(UsageError, match="openai-primry") as caught:
        make_plan(manifest(), applied(manifest()), rotate=["openai-primry"])
    assert caught.value.remedy == "Did you mean providerKeys/openai-primary?"


# ------------------------------------------------------------------------------------- ownership


def test_what_carries_no_mark_is_reported_and_left() -> None:
    strangers = [
        live("accessKeys", "aigk_s", {"name": "office"}),
        live("providers", "aigp_s", {"providerId": "ollama", "name": "y"}),
        live("providerKeys", "aigpk_s", {"providerId": "anthropic", "name": "openai/primary"}),
        live("accessKeyConfigurations", "aigac_s", {"name": "office", "metadata": marked("office", "other")}),
    ]
    plan = make_plan(manifest(), with_also(Observed(dict.fromkeys(strangers_members(), ()), {}), strangers))
    assert [(one.id, one.shares, one.migration) for one in plan.foreign] == [
        ("aigp_s", "providerId", None),
        ("aigac_s", "name", "other"),
        ("aigk_s", "name", None),
    ]
    assert {change.action for change in plan.changes} == {"create"}
    assert [address for address, _ in plan.problems()] == ["providers/ollama"]
    assert not make_plan(manifest(), with_also(applied(manifest()), strangers)).foreign


def test_an_object_that_is_another_entrys_is_not_foreign_for_its_name() -> None:
    twins = SMALL.replace(
        "accessKeys:\n",
        "accessKeys:\n  - ref: twin\n    body: {name: office, accessKeyConfigurationId: {$ref: accessKeyConfigurations/office}}\n",
    )
    plan = make_plan(manifest(twins), applied(manifest()))
    assert [change.address for change in plan.changes if change.action == "create"] == ["accessKeys/twin"]
    assert plan.foreign == ()


def strangers_members() -> tuple[str, ...]:
    return ("providers", "providerKeys", "accessKeyConfigurations", "accessKeys")


def test_objects_that_the_manifest_lost_are_orphans_and_stay_unless_pruned() -> None:
    account = applied(manifest())
    fewer = manifest(SMALL[: SMALL.index("accessKeys:\n")])
    plan = make_plan(fewer, account)
    assert [(one.member, one.ref, one.id) for one in plan.orphans] == [
        ("accessKeys", "office--default", "aigk_3")
    ]
    assert not plan.has_changes
    pruned = make_plan(fewer, account, prune=True)
    assert [(change.action, change.id) for change in pruned.changes][-1] == ("delete", "aigk_3")
    none = manifest("formatVersion: 1\nmigration: default\n")
    assert [change.address for change in make_plan(none, account, prune=True).changes] == [
        "accessKeys/office--default",
        CONFIGURATION,
        "providerKeys/openai-primary",
        "providers/ollama",
    ]
    assert not make_plan(manifest("formatVersion: 1\nmigration: other\n"), account, prune=True).changes


def test_what_an_object_of_others_uses_is_known_before_it_is_deleted() -> None:
    none = manifest("formatVersion: 1\nmigration: default\n")
    account = applied(manifest())
    provider = next(one for one in account.objects["providers"])
    theirs = live("providerKeys", "aigpk_theirs", {"name": "t", "providerId": provider.body["providerId"]})
    problems = dict(make_plan(none, with_also(account, [theirs]), prune=True).problems())
    assert list(problems) == ["providers/ollama"]
    assert problems["providers/ollama"].startswith("aigpk_theirs refers to it")
    assert "--prune" in problems["providers/ollama"]


def test_what_is_no_longer_used_when_the_plan_is_carried_out_can_be_deleted() -> None:
    document = yaml.safe_load(SMALL)
    document["providerKeys"] = []
    (office,) = document["accessKeyConfigurations"]
    office["body"].pop("router")
    fewer = manifest(json.dumps(document))
    plan = make_plan(fewer, applied(manifest()), prune=True)
    assert [(one.action, one.address) for one in plan.changes if one.is_change] == [
        ("update", CONFIGURATION),
        ("delete", "providerKeys/openai-primary"),
    ]
    assert not list(plan.problems())


def test_of_two_with_one_mark_the_one_in_use_is_kept() -> None:
    account = applied(manifest())
    again = dict(account.objects["providerKeys"][0].body)
    older = live("providerKeys", "aigpk_0", {**again, "createdAt": "2020-01-01T00:00:00Z"})
    plan = make_plan(manifest(), with_also(account, [older]))
    assert [(one.id, one.kept, one.used_by) for one in plan.duplicates] == [("aigpk_0", "aigpk_1", ())]
    assert not plan.has_changes
    preferred = make_plan(
        manifest(), with_also(account, [older]), prefer={"providerKeys/openai-primary": "aigpk_0"}
    )
    assert [(one.id, one.used_by) for one in preferred.duplicates] == [("aigpk_1", ("aigac_2",))]


def test_of_two_with_one_mark_the_oldest_is_kept_where_none_is_in_use() -> None:
    body = dict(applied(manifest()).objects["accessKeys"][0].body)
    objects = [
        live("accessKeys", "aigk_a", {**body, "createdAt": "2026-11-24T12:00:00Z"}),
        live("accessKeys", "aigk_b", {**body, "createdAt": "2026-11-24T11:00:00Z"}),
        live(
            "accessKeys",
            "aigk_c",
            {**body, "createdAt": "2026-11-24T13:00:00Z", "lastUsed": "2026-11-24T14:00:00Z"},
        ),
    ]
    for several, kept in ((objects, "aigk_c"), (objects[:2], "aigk_b"), (objects[1::-1], "aigk_b")):
        plan = make_plan(manifest(), Observed({"accessKeys": tuple(several)}, {}))
        assert {one.kept for one in plan.duplicates} == {kept}


def test_keys_without_a_configuration_are_told_of_when_a_provider_key_comes() -> None:
    stranger = live("accessKeys", "aigk_s", {"name": "x", "accessKeyConfiguration": None})
    account = with_also(Observed(dict.fromkeys(strangers_members(), ()), {}), [stranger])
    assert any("aigk_s" in notice for notice in make_plan(manifest(), account).notices)
    assert make_plan(manifest(), with_also(applied(manifest()), [stranger])).notices == ()


# ------------------------------------------------------------------------------------- hostile


HOSTILE: list[Any] = [
    None,
    "",
    7,
    True,
    [],
    {},
    [None],
    {"a": [{"b": None}]},
    "x" * 100_000,
    ["x"] * 5_000,
    float("nan"),
]
PLACES = {
    "providers/ollama": ("providerId", "name", "baseUrl", "supportedApiSurfaces", "models", "createdAt"),
    "providerKeys/openai-primary": ("providerId", "name", "description", "createdAt", "lastUsed"),
    CONFIGURATION: ("name", "description", "access", "router", "accessKeyCount"),
    "accessKeys/office--default": ("name", "accessKeyConfiguration", "description", "createdAt"),
}


def setting(members: dict[str, Any]) -> Edit:
    return lambda body: body.update(members)


@pytest.mark.parametrize("address, member", [(a, m) for a, members in PLACES.items() for m in members])
def test_an_answer_of_a_wrong_type_is_a_difference_and_no_crash(address: str, member: str) -> None:
    for value in HOSTILE:
        account = with_changed(applied(manifest()), address, setting({member: value}))
        change = change_of(make_plan(manifest(), account, prune=True), address)
        assert change.action in ("none", "update")
    without = with_changed(applied(manifest()), address, lambda body: body.pop(member, None))
    assert make_plan(manifest(), without).changes


@examples(150)
@given(data=st.data())
def test_nothing_that_an_account_answers_breaks_a_plan(data: st.DataObject) -> None:
    anything = st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=3)
        ),
        max_leaves=12,
    )
    account = applied(manifest())
    for address, members in PLACES.items():
        changes = data.draw(st.dictionaries(st.sampled_from(members), anything))
        account = with_changed(account, address, setting(changes))
    plan = make_plan(manifest(), account)
    for change in plan.changes:
        assert (change.action == "update") == bool(change.fields)
        assert (change.body is not None) == (change.action == "update")


NAMES = (
    "providers",
    "models",
    "allow",
    "rules",
    "steps",
    "keys",
    "type",
    "id",
    "provider",
    "modelId",
    "format",
)


def test_a_plan_is_a_pure_function_of_what_it_is_given() -> None:
    account = applied(manifest())
    turned = Observed(
        {member: tuple(reversed(held)) for member, held in account.objects.items()}, account.settings
    )
    assert replace(make_plan(manifest(), account)) == make_plan(manifest(), turned)
