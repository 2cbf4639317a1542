"""Fleets: what is the same, what belongs together, and reports that stay readable."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from migrator.api import Input, convert
from migrator.findings.base import Effect, Severity
from migrator.merge.model import Migration, UnitSummary
from migrator.report.audit import audit
from migrator.report.audit_formats import audit_markdown, audit_text
from migrator.report.baseline import Baseline
from migrator.report.distinct import distinct_configurations, distinct_words
from migrator.report.grouping import NONE, gravest_first, sections
from migrator.report.html import html_report
from migrator.report.json_report import document
from migrator.report.markdown import LIMIT, markdown_report
from migrator.report.obstacles import Obstacle, gravest
from migrator.report.options import FLEET, GroupBy, ReportOptions
from migrator.report.text import text_report
from migrator.secrets import mask
from migrator.sources.model import ObjectName
from migrator.target.state import (
    AccessKey,
    Configuration,
    DesiredState,
    Dimension,
    ProviderKey,
    Rule,
    SecretReference,
    Step,
    StepKey,
)
from tests.report import sample
from tests.report.conftest import Named
from tests.report.markup import html_of, tags
from tests.report.test_baseline import baseline_of
from tests.report.test_escape import HOSTILE
from tests.report.test_html import parsed, text_of
from tests.report.test_markdown import TAGS
from tests.ruled import INPUTS

if TYPE_CHECKING:
    from syrupy.assertion import SnapshotAssertion

BYS: tuple[GroupBy, ...] = ("endpoint", "file", "namespace")


def key(ref: str, provider: str = "openai", vault: str | None = "v", name: str | None = "n") -> ProviderKey:
    return ProviderKey(ref, provider, ref, SecretReference(f"ENV_{ref}", vault, name))


def configuration(ref: str, key_ref: str = "a", **changes: Any) -> Configuration:
    made = Configuration(
        ref,
        f"name of {ref}",
        description=f"about {ref}",
        metadata={"team": ref},
        providers=Dimension(("openai", "groq")),
        models=Dimension(("openai:gpt",)),
        rules=(Rule("openai", (Step("user", (StepKey(key_ref),)), Step("ngrok"))),),
    )
    return replace(made, **changes)


def run_of(*configurations: Configuration, keys: tuple[ProviderKey, ...] = ()) -> Migration:
    units = tuple(
        UnitSummary(
            sample.unit(one.ref, one.ref, sample.RESEARCH), one.ref, (), "converted", sample.coverage(1)
        )
        for one in configurations
    )
    return Migration(DesiredState("default", provider_keys=keys, configurations=configurations), units=units)


def count(*configurations: Configuration, keys: tuple[ProviderKey, ...] = ()) -> int:
    return len(distinct_configurations(run_of(*configurations, keys=keys)))


def test_labels_and_refs_of_the_same_secret_make_no_difference() -> None:
    keys = (key("a"), key("b"))
    found = distinct_configurations(run_of(configuration("x"), configuration("y", "b"), keys=keys))
    assert [(one.configurations, one.units) for one in found] == [(("x", "y"), ("x", "y"))]


@pytest.mark.parametrize(
    "other",
    [
        configuration("y", providers=None),
        configuration("y", providers=Dimension(("openai",))),
        configuration("y", providers=Dimension(())),
        configuration("y", models=None),
        configuration("y", models=Dimension(("openai:gpt", "openai:o3"))),
        configuration("y", rules=()),
        configuration("y", rules=(Rule("groq", (Step("user", (StepKey("a"),)), Step("ngrok"))),)),
        configuration("y", rules=(Rule("openai", (Step("user", (StepKey("a"),)),)),)),
        configuration("y", rules=(Rule("openai", (Step("ngrok"), Step("user", (StepKey("a"),)))),)),
        configuration(
            "y", rules=(Rule("openai", (Step("user", (StepKey("a"), StepKey("c"))), Step("ngrok"))),)
        ),
        configuration("y", "c"),
    ],
)
def test_whatever_lets_in_or_pays_differently_is_another(other: Configuration) -> None:
    keys = (key("a"), key("c", name="other"))
    assert count(configuration("x"), other, keys=keys) == 2


@pytest.mark.parametrize(
    "one,two,distinct",
    [
        (key("a"), key("b"), 1),
        (key("a", vault=None), key("b", vault=None), 1),
        (key("a"), key("b", vault="w"), 2),
        (key("a"), key("b", name="m"), 2),
        (key("a"), key("b", provider="groq"), 2),
        (key("a"), key("b", vault=None), 2),
        (key("a", vault=None, name=None), key("b", vault=None, name=None), 2),
        (key("a", name=mask(0, 9)), key("b", name=mask(0, 9)), 2),
    ],
)
def test_a_key_is_its_secret_and_one_without_a_vault_only_itself(
    one: ProviderKey, two: ProviderKey, distinct: int
) -> None:
    assert count(configuration("x"), configuration("y", "b"), keys=(one, two)) == distinct
    assert count(configuration("x"), configuration("y"), keys=(one, two)) == 1


def test_a_clients_own_configuration_counts_with_its_unit() -> None:
    run = run_of(configuration("x"), keys=(key("a"),))
    own = configuration("x--alice", providers=None)
    state = replace(
        run.state,
        configurations=(*run.state.configurations, own),
        access_keys=(AccessKey("alice", "alice", "x--alice"),),
    )
    both = replace(run, state=state, units=(replace(run.units[0], access_keys=("alice",)),))
    found = distinct_configurations(both)
    assert {one.configurations: one.units for one in found} == {("x",): ("x",), ("x--alice",): ("x",)}
    assert distinct_words(both, found) == "1 unit with 2 configurations → 2 distinct configurations"


def test_every_configuration_is_in_the_mapping_once_those_of_most_units_first() -> None:
    many = [configuration(f"c{number:02}", models=Dimension((f"m{number % 7 % 5}",))) for number in range(40)]
    run = run_of(*many, keys=(key("a"),))
    listed = document(run)["distinctConfigurations"]
    refs = [ref for one in listed for ref in one["configurations"]]
    assert sorted(refs) == [one.ref for one in many]
    assert len(listed) == 5
    sizes = [len(one["units"]) for one in listed]
    assert sizes == sorted(sizes, reverse=True)


@pytest.mark.parametrize("by", BYS)
def test_every_finding_is_in_one_group_whatever_it_is_grouped_by(migration: Migration, by: GroupBy) -> None:
    found = sections(migration, migration.findings, by)
    told = [id(one) for section in found for one in section.findings]
    assert sorted(told) == sorted(map(id, migration.findings))
    assert len({section.name for section in found}) == len(found)
    ranked = [section.severities[Severity.ERROR] for section in gravest_first(found)]
    assert ranked == sorted(ranked, reverse=True)


def namespaced(migration: Migration) -> Migration:
    """The run with its first unit held by an object of a namespace."""
    first, second = migration.units
    held = replace(first.unit, holder=None, held_by=ObjectName("NgrokTrafficPolicy", "team-a", "chat"))
    return replace(migration, units=(replace(first, unit=held), second))


def test_namespaces_are_those_of_what_holds_the_policy(migration: Migration) -> None:
    found = {one.title: one for one in sections(namespaced(migration), migration.findings, "namespace")}
    assert list(found) == [NONE, "team-a"]
    assert [unit.id for unit in found["team-a"].units] == [sample.CHAT_UNIT]
    assert {one.unit for one in found["team-a"].findings} == {sample.CHAT_UNIT}
    assert sample.RESEARCH_UNIT in {one.unit for one in found[NONE].findings}


def test_a_report_by_endpoint_reads_like_this(migration: Migration, snapshot: SnapshotAssertion) -> None:
    assert text_report(migration, ReportOptions(group_by="endpoint")) == snapshot


@pytest.mark.parametrize("by", BYS)
def test_a_report_by_anything_has_every_finding(migration: Migration, by: GroupBy) -> None:
    text = text_report(migration, ReportOptions(group_by=by))
    comment = markdown_report(migration, ReportOptions(group_by=by))
    for found in migration.findings:
        assert found.code in text
        assert found.code in comment
    assert tags(comment) <= TAGS


def test_a_fleet_is_this_page(fleet: Migration, snapshot: SnapshotAssertion) -> None:
    page = text_report(fleet)
    assert len(page.splitlines()) < 100
    assert page == snapshot


def test_a_page_ends_with_how_to_see_the_rest_and_a_short_run_does_not(
    fleet: Migration, migration: Migration
) -> None:
    assert "--details '*'" in text_report(fleet)
    assert "--details" not in text_report(migration)
    few = replace(fleet, units=fleet.units[:FLEET], findings=fleet.findings[: FLEET * 2])
    assert "── details" not in text_report(few)
    assert "── details" in text_report(replace(fleet, units=fleet.units[: FLEET + 1], findings=()))


def test_a_name_with_brackets_is_found_as_it_stands() -> None:
    found = convert([Input(f"app/[id]/{one.path}", f"app/[id]/{one.path}", one.data) for one in INPUTS])
    path = "app/[id]/chat.yaml"
    asked = ReportOptions(details=(path,))
    assert "no file of that name" not in text_report(found.migration, asked)
    assert f"{path}:" in text_report(found.migration, asked)
    listed = audit_text(audit(found.migration), asked)
    assert path in listed
    assert "app/[id]/docs.yaml  " not in listed


def test_all_details_are_all_findings(fleet: Migration) -> None:
    whole = text_report(fleet, ReportOptions(details=("*",)))
    for unit in fleet.units:
        assert f"── {unit.sources[0].path} ──" in whole
    some = text_report(fleet, ReportOptions(details=("policies/7/*", "policies/49[0-9]/*")))
    assert sum(f"── {unit.sources[0].path} ──" in some for unit in fleet.units) == 11


@pytest.mark.parametrize("by", BYS)
def test_a_fleets_comment_fits_and_begins_with_the_ranks(fleet: Migration, by: GroupBy) -> None:
    comment = markdown_report(fleet, ReportOptions(group_by=by))
    assert len(comment.encode()) <= LIMIT
    assert comment.index("### What does not carry over") < comment.index("<summary>Units</summary>")
    assert tags(comment) <= TAGS
    page = html_of(comment)
    assert page.count("<details>") == page.count("</details>")


def test_details_of_a_comment_are_those_that_were_asked_for(fleet: Migration) -> None:
    comment = markdown_report(fleet, ReportOptions(details=("policies/499/*",)))
    assert "<summary><code>policies/499/gateway.yaml</code>" in comment
    assert "<summary><code>policies/498/gateway.yaml</code>" not in comment
    none = markdown_report(fleet, ReportOptions(details=("`x`",)))
    assert "no file of that name has other findings" in none


def test_the_page_folds_groups_and_configurations(migration: Migration) -> None:
    first, second = migration.state.configurations
    same = replace(first, ref=second.ref, name=second.name)
    repeated = replace(migration, state=replace(migration.state, configurations=(first, same)))
    plain = text_of(parsed(html_report(migration)))
    assert "distinct configuration" not in plain
    assert "By namespace" not in plain
    page = text_of(parsed(html_report(namespaced(repeated), ReportOptions(group_by="namespace"))))
    assert "2 units → 1 distinct configuration" in page
    assert "By namespace: 2" in page
    assert "team-a" in page


def test_the_page_of_a_fleet_has_the_ranks(fleet: Migration, migration: Migration) -> None:
    few = replace(fleet, findings=fleet.findings[:60], units=fleet.units[:60])
    page = text_of(parsed(html_report(few, ReportOptions(group_by="endpoint"))))
    assert "What does not carry over" in page
    assert "By endpoint: 60" in page
    assert "What does not carry over" not in text_of(parsed(html_report(migration)))


@pytest.mark.parametrize("text", HOSTILE)
def test_names_of_groups_are_harmless(named: Named, text: str) -> None:
    run = named(text)
    (unit,) = run.units
    held = ObjectName("NgrokTrafficPolicy", text, text)
    run = replace(run, units=(replace(unit, unit=replace(unit.unit, holder=None, held_by=held)),))
    for by in BYS:
        options = ReportOptions(group_by=by, details=(text,))
        assert "\x1b" not in text_report(run, options)
        assert tags(markdown_report(run, options)) <= TAGS


def test_an_audit_lists_the_worst_files_and_says_how_to_see_the_rest(fleet: Migration) -> None:
    found = audit(fleet)
    text = audit_text(found)
    assert text.count("/gateway.yaml") < 60
    assert "and 480 more: --details '*' lists all" in text
    assert audit_text(found, ReportOptions(details=("*",))).count("policies/499/gateway.yaml") >= 1
    one = audit_text(found, ReportOptions(details=("policies/42/*",)))
    assert "policies/42/gateway.yaml" in one
    assert "and 499 more" in one
    assert "And 480 more" in audit_markdown(found)


def test_an_error_of_one_file_is_not_cut_off_by_warnings_of_many() -> None:
    many = [
        Obstacle(f"T{number}", "many", Severity.WARNING, Effect.NONE, 9, 9, 9) for number in range(100, 130)
    ]
    rare = Obstacle("T602", "rare", Severity.ERROR, Effect.LOST_PROTECTION, 1, 1, 1)
    assert gravest([*many, rare], 20) == [*many[:19], rare]


def test_what_is_new_in_a_fleet_is_shown_in_full(fleet: Migration) -> None:
    earlier = replace(fleet, findings=fleet.findings[3:])
    report = text_report(fleet, ReportOptions(baseline=baseline_of(earlier)))
    assert "── policies/0/gateway.yaml ──" in report
    assert "3 new findings" in report
    assert "── details" not in report
    assert "── details" in text_report(fleet, ReportOptions(baseline=Baseline("b")))
