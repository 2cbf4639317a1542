from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from migrator.api import convert
from migrator.apply.hide import nothing
from migrator.apply.model import Plan
from migrator.apply.ownership import Observed
from migrator.apply.plan import make_plan
from migrator.apply.plan_file import is_plan, plan_text, read_plan, save_plan, stale
from migrator.apply.show import plan_for_people
from migrator.errors import UsageError
from migrator.manifest import manifest_of
from tests.apply.world import applied, live, manifest, marked, with_also, with_changed
from tests.manifest.small import SMALL

EDITED = (
    SMALL.replace("allow: []", "allow: [openai:openai/gpt-5]")
    .replace("name: ollama", 'name: "Ollama \\u001b[2J\\u202e"')
    .replace(
        "accessKeys:\n",
        "accessKeys:\n  - ref: b\n    body: {accessKeyConfigurationId: {$ref: accessKeyConfigurations/office}}\n",
    )
    .replace("totalTimeout: 2m", "totalTimeout: 3m")
)


def plan() -> Plan:
    old = live("accessKeys", "aigk_o", {"name": "office", "metadata": marked("old")})
    foreign = live("accessKeyConfigurations", "aigac_f", {"name": "office"})
    gone = with_changed(applied(manifest()), "accessKeyConfigurations/office", lambda _: False)
    return make_plan(manifest(EDITED), with_also(gone, [old, foreign]), rotate=["openai-primary"], prune=True)


def test_a_plan_is_read_as_it_was_saved(tmp_path: Path) -> None:
    save_plan(plan(), tmp_path / "plan.json", nothing)
    data = (tmp_path / "plan.json").read_bytes()
    assert is_plan(data)
    assert read_plan(data, "plan.json") == plan()
    assert [path.name for path in tmp_path.iterdir()] == ["plan.json"]
    assert plan_text(read_plan(data, "plan.json")).encode() == data


def test_a_plan_that_was_laid_out_anew_is_the_same_plan() -> None:
    compact = json.dumps(json.loads(plan_text(plan())))
    assert is_plan(compact.encode())
    assert read_plan(compact.encode(), "plan.json") == plan()


def test_a_manifest_is_no_plan(repository: Path) -> None:
    result = convert([str(repository / "fixtures/demo/ollama.yaml")])
    for text in (SMALL, json.dumps(result.manifest()), result.json()):
        assert not is_plan(text.encode())
    assert manifest_of(result.manifest()).entries


def edited(change: Any) -> bytes:
    held = json.loads(plan_text(plan()))
    change(held)
    return json.dumps(held).encode()


@pytest.mark.parametrize(
    "data, words",
    [
        (b"", "not JSON"),
        (b"{", "not JSON"),
        (plan_text(plan()).encode()[:-200], "only a part"),
        (b"[" * 100_000, "not JSON"),
        (b"\xff\xfe", "not JSON"),
        (b"[]", "no saved plan"),
        (b'{"format": "other"}', "no saved plan"),
        (edited(lambda held: held.update(formatVersion=1)), "another version"),
        (edited(lambda held: held["plan"].update(prune=False)), "changed since it was saved"),
        (edited(lambda held: held["plan"]["changes"].pop()), "changed since it was saved"),
        (edited(lambda held: held["plan"]["changes"][0].update(widens=[])), None),
        (edited(lambda held: held.pop("plan")), "changed since it was saved"),
        (edited(lambda held: held.pop("checksum")), "changed since it was saved"),
        (edited(lambda held: held.update(plan=None)), "changed since it was saved"),
    ],
)
def test_what_is_no_plan_or_was_edited_is_refused(data: bytes, words: str | None) -> None:
    if words is None:  # an edit that says what was there before is none
        assert read_plan(data, "plan.json") == plan()
        return
    with pytest.raises(UsageError) as caught:
        read_plan(data, "plan.json")
    assert words in caught.value.message
    assert "plan.json" in caught.value.message
    assert "migrator plan MANIFEST --out FILE" in caught.value.remedy


def created(held: Any) -> Any:
    return next(one for one in held["changes"] if (one["action"], one["ref"]) == ("create", "b"))


def rotated(held: Any) -> Any:
    return next(one for one in held["changes"] if one["rotates"])


@pytest.mark.parametrize(
    "change",
    [
        lambda held: held.pop("changes"),
        lambda held: held.update(changes=7),
        lambda held: held.update(changes=[7]),
        lambda held: held["changes"][0].update(action="explode"),
        lambda held: held["changes"][0].update(member="/gateway-config"),
        lambda held: held["changes"][0].update(more=1),
        lambda held: held.update(seen=[{}]),
        lambda held: held.update(settings=[]),
        lambda held: held.update(migration=7),
        lambda held: held.update(prune="\ud800"),
        lambda held: held["changes"][0].update({"\ud800": 1}),
        lambda held: held.update(prune="no"),
        lambda held: held["seen"][0].update(body=[]),
        lambda held: held["changes"][0].update(fields=[{"path": "/name"}]),
        lambda held: held["changes"][0].update(notes=["a", None]),
        lambda held: created(held)["body"].update(accessKeyConfigurationId={"$ref": "providers/none"}),
        lambda held: created(held)["body"].update(accessKeyConfigurationId=7),
        lambda held: created(held)["body"].pop("accessKeyConfigurationId"),
        lambda held: created(held).update(id="aigk_1"),
        lambda held: rotated(held).update(rotation=None),
        lambda held: rotated(held).update(rotation={"name": "x", "value": {"$secret": "ENV"}}),
        lambda held: rotated(held).update(id=None),
    ],
)
def test_a_plan_that_is_not_whole_is_refused_even_with_the_right_checksum(change: Any) -> None:
    from migrator.apply.plan_file import _checksum

    held = json.loads(plan_text(plan()))
    change(held["plan"])
    held["checksum"] = _checksum(held["plan"])
    with pytest.raises(UsageError, match="no whole plan"):
        read_plan(json.dumps(held).encode(), "plan.json")


def test_no_secret_is_in_a_plan() -> None:
    planted = "made-up-sk-0123456789abcdef"
    account = with_changed(
        applied(manifest()),
        "providerKeys/openai-primary",
        lambda body: body.update(value=planted, token=planted, keyRedacted=planted),
    )
    made = make_plan(manifest(EDITED), account, rotate=["openai-primary"])
    assert planted not in plan_text(made)
    assert planted not in plan_for_people(made)


# ------------------------------------------------------------------------------------- stale


def fresh(account: Observed) -> Plan:
    return make_plan(manifest(), account)


def test_a_plan_holds_while_nothing_changes() -> None:
    saved = fresh(applied(manifest()))
    touched = with_changed(
        applied(manifest()),
        "accessKeys/office--default",
        lambda body: body.update(
            lastUsed="2026-12-01T00:00:00Z", updatedAt="2026-12-01T00:00:00Z", keyRedacted="x"
        ),
    )
    stranger = live("accessKeys", "aigk_s", {"name": "unrelated"})
    assert stale(saved, fresh(with_also(touched, [stranger]))) == ()


def test_what_changed_since_is_told_line_by_line() -> None:
    saved = fresh(applied(manifest()))
    renamed = with_changed(
        applied(manifest()), "accessKeyConfigurations/office", lambda body: body.update(name="y\x1b")
    )
    assert stale(saved, fresh(renamed)) == (
        'accessKeyConfigurations/office/name: was "office", is "y\\u001b"',
    )
    gone = with_changed(applied(manifest()), "accessKeys/office--default", lambda _: False)
    assert stale(saved, fresh(gone)) == ("accessKeys/office--default: aigk_3 is gone, or lost its mark",)
    assert stale(fresh(gone), saved) == ("accessKeys/office--default: aigk_3 exists now",)
    assert stale(saved, fresh(applied(manifest(), {"totalTimeout": "9s"}))) == (
        'account settings/totalTimeout: was "2m", is "9s"',
    )
    nothing = make_plan(manifest(), Observed({}, {}))
    taken = live("providers", "aigp_s", {"providerId": "ollama", "name": "x"})
    assert stale(nothing, make_plan(manifest(), Observed({"providers": (taken,)}, {}))) == (
        "providers/ollama: aigp_s has this providerId now",
    )


# ------------------------------------------------------------------------------------- for people


def test_a_plan_reads_like_terraforms() -> None:
    text = plan_for_people(make_plan(manifest(), Observed({}, {})))
    assert text.splitlines()[2:8] == [
        "  + providers/ollama",
        '      providerId: "ollama"',
        '      name: "ollama"',
        '      baseUrl: "https://ollama.internal"',
        "      models: small",
        "  + providerKeys/openai-primary",
    ]
    assert "value: (secret from OPENAI_PRIMARY)" in text
    assert text.splitlines()[-1] == (
        "Plan: 4 to create, 0 to update, 0 to delete, 0 unchanged, 1 account setting to change."
    )


def test_an_update_shows_the_fields_and_a_rotation_the_variable() -> None:
    text = plan_for_people(plan())
    assert "  ~ providers/ollama (aigp_0)" in text
    assert "  ~ providerKeys/openai-primary (aigpk_1)\n      ~ value: rotated, from OPENAI_PRIMARY" in text
    assert "  - accessKeys/old (aigk_o)" in text
    assert "  = accessKeys/office--default" not in text  # its configuration is created anew
    assert "Orphan: accessKeys/old (aigk_o) is not in the manifest any more; it is deleted" in text
    assert "Foreign: aigac_f has the name of accessKeyConfigurations/office and is of no migration" in text
    assert text.splitlines()[-1].startswith(
        "Plan: 2 to create, 2 to update, 1 to delete, 0 unchanged, 1 to rotate"
    )


def test_nothing_that_a_file_or_an_account_says_moves_the_cursor() -> None:
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", plan_for_people(plan()))
    coloured = plan_for_people(plan(), colour=True)
    assert re.sub("\x1b\\[[0-9;]*m", "", coloured) == plan_for_people(plan())
    assert coloured != plan_for_people(plan())


def test_many_unchanged_objects_are_counted_and_long_values_cut() -> None:
    keys = "".join(
        f"  - ref: k{number}\n    body: {{name: k{number}, accessKeyConfigurationId: {{$ref: accessKeyConfigurations/office}}}}\n"
        for number in range(20)
    )
    many = SMALL.replace("accessKeys:\n", f"accessKeys:\n{keys}")
    text = plan_for_people(make_plan(manifest(many), applied(manifest(many))))
    assert "  = accessKeys: 21 unchanged\n" in text
    assert (
        text.splitlines()[-1]
        == "No changes: the account has everything that the manifest says (24 unchanged)."
    )
    long = SMALL.replace("allow: []", f"allow: [{', '.join(f'm{number}' for number in range(300))}]")
    text = plan_for_people(make_plan(manifest(long), applied(manifest())))
    assert "access.models.allow: 0 -> 300 entries" in text
    assert "+ … and 280 more" in text
    assert max(map(len, text.splitlines())) < 400
