"""The fixtures: each has a page of what becomes of it, and the promises of the tables hold for them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode

from migrator.api import Input, Options, Result, convert
from migrator.catalog import bundled
from migrator.findings.base import REGISTER, Effect, Finding
from migrator.policy.coverage import NAMES, Outcome
from migrator.policy.origin import Field
from migrator.sources.link import link
from migrator.sources.read import read
from migrator.translate import translate
from migrator.translate.actions import ACTIONS
from migrator.translate.fields import FIELDS, FieldKind
from migrator.translate.model import TranslateOptions
from tests import manual
from tests.manual import Case
from tests.promised import (
    ACTION_FIXTURES,
    ALONE,
    ALWAYS,
    APPROXIMATED,
    BARE,
    CLIENTS,
    CONDITIONAL,
    CONTAINERS,
    CONVERTED,
    FIELD_FIXTURES,
    FORMS,
    MIXED,
    NO_EFFECT,
    SAME,
    UNREADABLE,
    UNSUPPORTED,
)

if TYPE_CHECKING:
    from syrupy.assertion import SnapshotAssertion
    from syrupy.data import SnapshotCollection
    from syrupy.location import PyTestLocation
    from syrupy.types import SnapshotIndex

CASES = manual.all_cases()


def each(cases: Iterable[Case]) -> pytest.MarkDecorator:
    listed = list(cases)
    return pytest.mark.parametrize("case", listed, ids=[case.name for case in listed])


# ------------------------------------------------------------------------------------------ pages


class Page(SingleFileSnapshotExtension):
    """``tests/__snapshots__/fixtures/<topic>/<case>.txt``: a tree beside that of the fixtures."""

    _write_mode = WriteMode.TEXT
    file_extension = "txt"

    @classmethod
    def dirname(cls, *, test_location: PyTestLocation) -> str:
        return str(Path(__file__).parent / "__snapshots__" / "fixtures")

    @classmethod
    def get_file_basename(cls, *, test_location: PyTestLocation, index: SnapshotIndex) -> str:
        return str(index)

    @classmethod
    def get_snapshot_name(cls, *, test_location: PyTestLocation, index: SnapshotIndex = 0) -> str:
        return "test_page"  # one in each file

    @classmethod
    def matches_test_location(cls, *, test_location: PyTestLocation, snapshot_location: str) -> bool:
        place = Path(snapshot_location).relative_to(cls.dirname(test_location=test_location))
        return f"[{place.with_suffix('').as_posix()}]" in test_location.snapshot_name_parametrized

    def read_snapshot_collection(self, *, snapshot_location: str) -> SnapshotCollection:
        from syrupy.data import Snapshot, SnapshotCollection

        collection = SnapshotCollection(location=snapshot_location)
        collection.add(Snapshot(name="test_page"))
        return collection


@each(CASES)
def test_page(case: Case, snapshot: SnapshotAssertion) -> None:
    assert manual.page(manual.run(case)) == snapshot(name=case.name, extension_class=Page)


def test_every_page_has_its_fixture() -> None:
    place = Path(__file__).parent / "__snapshots__" / "fixtures"
    pages = {path.relative_to(place).with_suffix("").as_posix() for path in place.rglob("*.txt")}
    assert pages == {case.name for case in CASES}


# ------------------------------------------------------------------------------------ every fixture


@pytest.mark.parametrize("path", sorted(manual.FIXTURES.rglob("*.y*ml")), ids=lambda path: path.name)
def test_a_fixture_says_in_its_first_line_what_it_shows(path: Path) -> None:
    text = path.read_text(encoding="utf-8-sig")
    assert not text or text.startswith("# ")


@each(CASES)
def test_no_credential_is_in_anything_that_is_written(case: Case) -> None:
    result = manual.run(case)
    written = [manual.page(result), result.json(), result.manifest_yaml(), result.calls(), result.curl()]
    written += [result.report(form) for form in ("text", "markdown")]
    left = result.residuals()
    written += [left.patch, *(one.text for one in left.residuals)]
    for text in written:
        for fake in ("not-a-key", "not-a-password", "not-a-token", "EXAMPLE-password", "RVhBTVBMRS1ub3"):
            assert fake not in text


@each(CASES)
def test_every_object_carries_the_mark(case: Case) -> None:
    manifest = manual.run(case).manifest()
    for member in ("providers", "providerKeys", "accessKeyConfigurations", "accessKeys"):
        for item in manifest[member]:
            mark = json.loads(item["body"]["metadata"])["migrator"]
            assert mark == {"migration": "default", "ref": item["ref"]}


@each(CASES)
def test_no_access_key_goes_out_without_a_configuration(case: Case) -> None:
    manifest = manual.run(case).manifest()
    configurations = {f"accessKeyConfigurations/{one['ref']}" for one in manifest["accessKeyConfigurations"]}
    for key in manifest["accessKeys"]:
        assert key["body"]["accessKeyConfigurationId"]["$ref"] in configurations


PLAIN = [case for topic in ("fields", "actions", "clients") for case in manual.cases(topic)]


@each(PLAIN)
def test_every_leaf_of_every_rule_is_counted_once(case: Case) -> None:
    policy = yaml.load(case.text, yaml.BaseLoader)  # noqa: S506 -- strings, lists and mappings only
    rules = [rule for phase in policy.values() for rule in phase]
    assert sum(manual.coverage(manual.run(case)).values()) == sum(map(_leaves, rules))


def _leaves(value: object) -> int:
    inner = list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else []
    return sum(map(_leaves, inner)) if inner else 1


def test_every_finding_is_shown_by_a_fixture() -> None:
    shown = {code for case in CASES for code in manual.codes(manual.run(case))}
    elsewhere = {
        "D001": "needs a recorded decision",
        "D002": "needs a waiver",
        "D003": "needs a waiver",
        "D004": "needs a recorded name",
        "D005": "needs a recorded severity",
        "M011": "needs a recorded id",
        "V004": "needs a recorded decision",
        "R001": "needs a file system that refuses",
        "R002": "test_text_that_is_no_utf_8_is_named",
        "R010": "needs a link",
        "R012": "needs a path that does not exist",
        "T121": "the answer to a decision",
        "T310": "test_an_answered_decision_changes_the_result",
        "W003": "found when the bundle is written",
        "W004": "found when the bundle is written",
        "R021": "needs a process that dies",
        "R022": "needs a folder without files",
        "V003": "the tool would be mistaken",
        "V005": "needs a process that dies",
        "W006": "found when the bundle is written",
    }
    assert set(REGISTER) - shown == set(elsewhere)


# ------------------------------------------------------------------------------------------- fields


LEVELS = {
    "provider": "providers[].",
    "model": "providers[].models[].",
    "surface": "providers[].supported_api_surfaces[].",
}
WHOLE = {
    "api_key_selection": "api_key_selection.strategy",
    "model_selection": "model_selection.strategy",
    "providers[].api_keys": "providers[].api_keys[].value",
}


def field_of(title: str) -> str:
    """``providers[].base_url`` for ``provider-base_url-localhost``: the row of the table of fields."""
    first, *rest = title.split("-")
    path = f"{LEVELS[first]}{rest[0]}" if first in LEVELS else first
    return WHOLE.get(path, path)


def outcomes(case: Case) -> list[str]:
    """The outcomes of the leaves of the case's field."""
    with manual.inside_fixtures():
        file = read(Input(case.path, case.path))
        assert file is not None
        (unit,) = link([file]).units
    account = translate(unit, TranslateOptions(), bundled()).coverage
    assert unit.action.config is not None
    fields = [unit.action.config]
    for step in field_of(case.title).replace("[]", ".[]").split("."):
        fields = [inner for field in fields for inner in _step(field, step)]
    return [NAMES[account[key]] for field in fields for key in field.leaf_keys()]


def _step(field: Field, step: str) -> list[Field]:
    if step == "[]":
        return list(field.items())
    inner = field.get(step)
    return [] if inner is None else [inner]


@pytest.mark.parametrize("title", FIELD_FIXTURES)
def test_a_field_has_its_outcome_and_its_findings(title: str) -> None:
    case = manual.find(f"fields/{title}")
    outcome, expected = FIELD_FIXTURES[title]
    assert set(outcomes(case)) == {outcome}
    assert manual.codes(manual.run(case)) - ALWAYS == expected


def test_every_fixture_of_a_field_is_in_the_table() -> None:
    assert {case.title for case in manual.cases("fields")} == set(FIELD_FIXTURES) | MIXED


def test_every_row_of_the_table_of_fields_has_fixtures() -> None:
    assert {kind.path for kind in FIELDS} == {field_of(title) for title in FIELD_FIXTURES}


@pytest.mark.parametrize("kind", FIELDS, ids=lambda kind: kind.path)
def test_the_documented_outcomes_of_a_field_are_those_that_occur(kind: FieldKind) -> None:
    own = [case for case in manual.cases("fields") if field_of(case.title) == kind.path]
    seen = {outcome for case in own for outcome in outcomes(case)}
    promised = {NAMES[outcome] for outcome in kind.outcomes}
    missing = {NAMES[Outcome.UNSUPPORTED]} if "M001" in kind.codes else set()  # a conflict needs two policies
    assert seen | missing == promised


# ------------------------------------------------------------------------------------------ actions

LOST = Effect.LOST_PROTECTION


@pytest.mark.parametrize("title", ACTION_FIXTURES)
def test_an_action_has_its_finding(title: str) -> None:
    code, lost = ACTION_FIXTURES[title]
    found = manual.run(manual.find(f"actions/{title}")).findings
    assert code in {one.code for one in found}
    assert [one.code for one in found if one.effect is LOST] == ([code] if lost else [])


def test_every_action_has_a_fixture_and_every_fixture_is_in_the_table() -> None:
    titles = {case.title for case in manual.cases("actions")}
    assert titles == {*ACTION_FIXTURES, "ai-gateway"}
    assert set(ACTIONS) <= titles


@pytest.mark.parametrize("title", [title for title in ACTION_FIXTURES if title.endswith("-check")])
def test_an_action_that_only_checks_is_told_apart_from_the_rule_that_refuses(title: str) -> None:
    found = manual.run(manual.find(f"actions/{title}")).findings
    check = next(one for one in found if one.code == "T620")
    refusal = next(one for one in found if one.code == "T605")
    assert _line(check) < _line(refusal)


def _line(found: Finding) -> int:
    assert found.at is not None
    return found.at.span.line


@pytest.mark.parametrize(
    "title, expected",
    [
        ("ai-gateway", {CONVERTED: 4}),
        ("jwt-validation", {CONVERTED: 4, UNSUPPORTED: 9}),
        ("rate-limit", {CONVERTED: 4, UNSUPPORTED: 6}),
        ("rate-limit-check", {CONVERTED: 4, UNSUPPORTED: 10}),
        ("basic-auth", {CONVERTED: 8}),
        ("custom-response-behind", {CONVERTED: 4, APPROXIMATED: 1, NO_EFFECT: 3}),
        ("deny", {CONVERTED: 4, UNSUPPORTED: 3}),
    ],
)
def test_leaves_counted_by_hand(title: str, expected: dict[str, int]) -> None:
    assert manual.coverage(manual.run(manual.find(f"actions/{title}"))) == expected


# ------------------------------------------------------------------------------------------ clients


def clients(result: Result) -> list[str]:
    names = [key["body"]["name"] for key in result.manifest()["accessKeys"]]
    return [name.partition(" / ")[2] or "default" for name in names]


@pytest.mark.parametrize("title", CLIENTS)
def test_a_client_check_becomes_access_keys(title: str) -> None:
    assert clients(manual.run(manual.find(f"clients/{title}"))) == CLIENTS[title]


@pytest.mark.parametrize(
    "title, code",
    [
        ("basic-auth-sometimes", "T601"),
        ("broken", "T605"),
        ("check-and-network", "T602"),
        ("either-condition", "T605"),
        ("no-credential", "T605"),
        ("second-check", "T615"),
        ("two-conditions", "T605"),
        ("unrecognised", "T605"),
    ],
)
def test_a_check_that_no_access_key_replaces_is_lost_protection(title: str, code: str) -> None:
    found = manual.run(manual.find(f"clients/{title}")).findings
    assert [one.code for one in found if one.effect is LOST] == [code]


# -------------------------------------------------------------------------------------------- forms


def bodies(result: Result) -> dict[str, list[object]]:
    """The manifest without what names the input: refs, names and descriptions made of its path."""
    manifest = result.manifest()
    for member in ("accessKeyConfigurations", "accessKeys"):
        for item in manifest[member]:
            del item["ref"]
            for name in ("name", "description", "metadata", "accessKeyConfigurationId"):
                item["body"].pop(name, None)
    return manifest


@pytest.mark.parametrize(
    "title, like",
    [
        *((title, "rule") for title in SAME),
        *((title, "config-empty") for title in BARE),
        *((title, "expression-alone") for title in CONDITIONAL),
    ],
)
def test_every_form_of_a_policy_gives_the_same(title: str, like: str) -> None:
    expected = bodies(manual.run(manual.find(f"forms/{like}")))
    assert expected["accessKeyConfigurations"]
    assert bodies(manual.run(manual.find(f"forms/{title}"))) == expected


@pytest.mark.parametrize("title", FORMS)
def test_a_form_that_is_tolerated_is_named(title: str) -> None:
    found = manual.codes(manual.run(manual.find(f"forms/{title}")))
    assert {code for code in found if code.startswith("P")} == FORMS[title]


def test_every_form_is_compared_with_another() -> None:
    assert {case.title for case in manual.cases("forms")} == {*SAME, *BARE, *CONDITIONAL, *ALONE}


def test_a_policy_that_was_switched_off_issues_nothing() -> None:
    manifest = manual.run(manual.find("forms/disabled")).manifest()
    assert not any(manifest[member] for member in ("providers", "providerKeys", "accessKeys"))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_encodings_and_line_ends_change_nothing(encoding: str, ends: str) -> None:
    rule = manual.find("forms/rule")
    data = rule.text.replace("\n", ends).encode(encoding)
    assert bodies(convert([Input("p.yaml", "p.yaml", data)])) == bodies(manual.run(rule))


# --------------------------------------------------------------------------------------- containers


def test_every_container_makes_its_units() -> None:
    made = {c.title: [u.id for u in manual.run(c).units] for c in manual.cases("containers")}
    assert made == CONTAINERS


@each(case for case in manual.cases("containers") if CONTAINERS.get(case.title) == ["chat.example.com"])
def test_one_policy_gives_the_same_in_every_container(case: Case) -> None:
    result = manual.run(case)
    (configuration,) = result.manifest()["accessKeyConfigurations"]
    expected = manual.run(manual.find("containers/kubernetes-inline")).manifest()
    for member in ("access", "router"):
        assert configuration["body"][member] == expected["accessKeyConfigurations"][0]["body"][member]
    assert len(result.manifest()["accessKeys"]) == 1


@pytest.mark.parametrize(
    "title, code",
    [
        ("agent-v3-file-missing", "L001"),
        ("kubernetes-annotations", "L003"),
        ("kubernetes-bare", "L006"),
        ("kubernetes-dedented", "L006"),
        ("kubernetes-dedented-object", "L006"),
        ("kubernetes-files", "L001"),
        ("kubernetes-list", "L002"),
        ("kubernetes-object", "L005"),
        ("kubernetes-overruled", "L003"),
        ("kubernetes-twice", "L002"),
    ],
)
def test_what_a_container_makes_unsure_is_said(title: str, code: str) -> None:
    assert code in manual.codes(manual.run(manual.find(f"containers/{title}")))


@pytest.mark.parametrize(
    "title, code",
    [("agent-v3", "W002"), ("kubernetes-agent-endpoint", "W002"), ("kubernetes-inline", "W001")],
)
def test_what_happens_to_requests_without_the_action_depends_on_the_endpoint(title: str, code: str) -> None:
    found = manual.codes(manual.run(manual.find(f"containers/{title}")))
    assert found & {"W001", "W002"} == {code}


def test_a_policy_used_by_two_endpoints_is_counted_once() -> None:
    result = manual.run(manual.find("containers/agent-v3-file"))
    assert [sum(unit.coverage.values()) for unit in result.units] == [4, 4]
    assert manual.coverage(result) == {CONVERTED: 4}
    assert len(result.manifest()["providerKeys"]) == 1


# ------------------------------------------------------------------------------------------- fleets


def refs(name: str, member: str) -> list[str]:
    return [item["ref"] for item in manual.run(manual.find(name)).manifest()[member]]


def test_one_secret_is_one_provider_key() -> None:
    assert refs("fleets/shared-secret", "providerKeys") == ["openai-primary", "openai-team-b"]


def test_literals_are_never_compared_across_files() -> None:
    assert len(refs("fleets/shared-literal", "providerKeys")) == 2


def test_one_server_is_one_provider_with_the_models_of_all() -> None:
    (provider,) = manual.run(manual.find("fleets/shared-provider")).manifest()["providers"]
    assert [model["modelId"] for model in provider["body"]["models"]] == ["llama3.2", "qwen3"]


def test_two_servers_of_one_id_are_told_apart() -> None:
    manifest = manual.run(manual.find("fleets/provider-collision")).manifest()
    ids = [provider["body"]["providerId"] for provider in manifest["providers"]]
    allowed = [one["body"]["access"]["providers"]["allow"] for one in manifest["accessKeyConfigurations"]]
    assert ids == ["ollama", "ollama-gpu-2-internal"]
    assert allowed == [["ollama"], ["ollama-gpu-2-internal"]]


def test_settings_that_agree_are_the_accounts() -> None:
    manifest = manual.run(manual.find("fleets/settings-agree")).manifest()
    assert manifest["gatewayConfig"]["body"] == {"totalTimeout": "2m", "maxOutputTokens": 1024}


def test_settings_that_do_not_agree_are_left_to_a_decision() -> None:
    result = manual.run(manual.find("fleets/settings-conflict"))
    assert "gatewayConfig" not in result.manifest()
    assert [decision.id for decision in result.decisions] == [
        "account-setting:maxOutputTokens",
        "account-setting:totalTimeout",
    ]
    assert manual.coverage(result) == {CONVERTED: 8, UNSUPPORTED: 3}


def test_a_copy_is_a_further_source_of_the_same_unit() -> None:
    (unit,) = manual.run(manual.find("fleets/endpoint-copied")).units
    assert [source.path for source in unit.sources] == [
        "fleets/endpoint-copied/a.yaml",
        "fleets/endpoint-copied/b.yaml",
    ]


def test_two_policies_of_one_endpoint_are_both_converted_and_named() -> None:
    result = manual.run(manual.find("fleets/endpoint-twice"))
    assert "L004" in manual.codes(result)
    assert len(result.units) == 2


def test_one_bad_file_hides_nothing() -> None:
    result = manual.run(manual.find("fleets/some-broken"))
    statuses = {Path(source.path).name: source.status for source in result.migration.sources}
    assert statuses == {
        "broken.yaml": "failed",
        "deploy.sh": "converted",
        "empty.yaml": "failed",
        "good.yaml": "converted",
    }
    assert manual.codes(result) >= {"R003", "R009"}


@pytest.mark.parametrize(
    "name, answer, gone, there",
    [
        (
            "fields/only_allow_configured_providers-false",
            {"other-providers:*": "allow"},
            '"access"',
            "T310",
        ),
        (
            "fields/provider-api_keys-none",
            {"who-pays:*": "supply-key", "keyless-custom-provider:*": "supply-key"},
            '"type": "ngrok"',
            "groq.supplied",
        ),
        (
            "fields/provider-id-reserved",
            {"reserved-id:*": "built-in"},
            "openai-custom",
            "openai.proxy.token",
        ),
        (
            "fleets/settings-conflict",
            {"account-setting:totalTimeout": "5m"},
            "30 seconds",
            '"totalTimeout": "5m"',
        ),
        (
            "actions/deny-everything",
            {"unreachable:*": "convert"},
            '"accessKeys": []',
            "deny-everything--default",
        ),
    ],
)
def test_an_answered_decision_changes_the_result(
    name: str, answer: dict[str, str], gone: str, there: str
) -> None:
    result = manual.run(manual.find(name), answer)
    text = json.dumps([result.manifest(), sorted(manual.codes(result))])
    assert gone not in text
    assert there in text
    before = manual.run(manual.find(name))
    assert there not in json.dumps([before.manifest(), sorted(manual.codes(before))])


# ---------------------------------------------------------------------------------------------- bad


@pytest.mark.parametrize("title", UNREADABLE)
def test_a_file_that_cannot_be_read_is_named_and_fails_the_run(title: str) -> None:
    result = manual.run(manual.find(f"bad/{title}"))
    assert UNREADABLE[title] in manual.codes(result)
    assert result.exit_code() == 2


@pytest.mark.parametrize("title", ["no-action", "no-policy"])
def test_a_file_without_the_action_is_nothing_to_do(title: str) -> None:
    result = manual.run(manual.find(f"bad/{title}"))
    assert [source.status for source in result.migration.sources] == ["nothing-to-do"]
    assert result.exit_code() == 0


def test_text_that_is_no_utf_8_is_named() -> None:
    text = manual.find("forms/rule").text.replace("openai", "öpenai")
    result = convert([Input("p.yaml", "p.yaml", text.encode("latin-1"))])
    assert manual.codes(result) == {"R002"}


@pytest.mark.parametrize("opening, closing", [("[", "]"), ("{a: ", "}"), ("- ", "")])
def test_thousands_of_levels_are_refused(opening: str, closing: str) -> None:
    text = f"on_http_request: {opening * 10_000}x{closing * 10_000}\n"
    text = text if closing else text.removeprefix("on_http_request: ")
    result = convert([Input("p.yaml", "p.yaml", text.encode())], Options())
    assert manual.codes(result) == {"R006"}


# --------------------------------------------------------------------------------------------- demo


def test_the_demo_shows_every_status_and_converts_most() -> None:
    result = manual.run(manual.find("demo/all"))
    statuses = [source.status for source in result.migration.sources]
    assert set(statuses) == {"converted", "partial", "nothing-to-do"}
    assert clients(result).count("default") == 3
    counted = manual.coverage(result)
    assert counted[CONVERTED] > sum(counted.values()) * 2 / 3
