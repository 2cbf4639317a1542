"""Units that names alone tell apart get what each would get if it were compared by itself."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from migrator.api import Input, Options, convert
from migrator.catalog import bundled
from migrator.findings.base import Finding
from migrator.merge.verdicts import findings_by_unit, objects_of, pair_of
from migrator.verify import announce, twins
from migrator.verify.announce import claiming
from migrator.verify.compare import compare as compared
from migrator.verify.model import Compared, Kind
from migrator.verify.new import NewGateway
from migrator.verify.objects import Objects
from migrator.verify.sides import Pair
from migrator.verify.verdict import signature_of, verdict
from tests.properties import policies, writing
from tests.properties.effort import examples

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"
POLICIES = sorted(
    path
    for folder in ("actions", "clients", "demo", "fields", "strategies", "forms")
    for path in (FIXTURES / folder).glob("*.yaml")
)
SECRET = re.compile(r"(secrets\.get\((?:\s*(['\"])[^'\"]*\2\s*,)?\s*(['\"]))([^'\"]*)(\3\s*\))")

TWO_KEYS = """
on_http_request:
  - type: ai-gateway
    config:
      only_allow_configured_providers: true
      providers:
        - id: openai
          api_keys: [{value: "${secrets.get('a', 'ONE')}"}, {value: "${secrets.get('a', 'TWO')}"}]
        - id: anthropic
          api_keys: [{value: "${secrets.get('b', 'THREE')}"}]
"""


def renamed(text: str, number: int) -> str:
    return SECRET.sub(rf"\g<1>\g<4>-{number}\g<5>", text)


def fleet(texts: dict[str, str]) -> None:
    """Every unit of a run has the verdict that it has by itself."""
    inputs = [Input(name, name, text.encode()) for name, text in texts.items()]
    migration = convert(inputs).migration
    by_unit = findings_by_unit(convert(inputs, Options(verify=False)).migration)
    new = NewGateway(objects_of(migration), bundled())
    for summary in migration.units:
        if summary.configuration is not None:
            own = [*claiming(by_unit.get(None, ())), *by_unit.get(summary.id, ())]
            alone, _ = verdict(pair_of(summary, migration, new, bundled()), own)
            assert summary.verdict == alone


class Counting:
    """How often the comparison itself was asked."""

    def __init__(self) -> None:
        self.asked = 0

    def __call__(self, pair: Pair, named: frozenset[str] | None = None) -> Compared:
        self.asked += 1
        return compared(pair, named)


@pytest.fixture
def counting(monkeypatch: pytest.MonkeyPatch) -> Counting:
    counting = Counting()
    monkeypatch.setattr(twins, "compare", counting)
    return counting


def converted(texts: dict[str, str]) -> list[object]:
    result = convert([Input(name, name, text.encode()) for name, text in texts.items()])
    return [unit.verdict for unit in result.units]


@pytest.mark.parametrize("path", POLICIES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_copies_of_a_policy_are_judged_as_each_by_itself(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    moved = f"# one\n# two\n{text}"
    fleet({"a.yaml": renamed(text, 1), "b.yaml": renamed(moved, 22), "c.yaml": renamed(text, 333)})


def test_all_fixtures_at_once_are_judged_as_each_by_itself(counting: Counting) -> None:
    texts = {
        f"{place}-{number}.yaml": renamed(path.read_text(encoding="utf-8"), number)
        for place, path in enumerate(POLICIES)
        for number in (1, 2)
    }
    result = convert([Input(name, name, text.encode()) for name, text in texts.items()])
    units = sum(unit.verdict is not None for unit in result.units)
    assert counting.asked < units * 0.8, "copies were compared again"
    fleet(texts)


@examples(40)
@given(st.lists(writing.files(policies.clean()), min_size=1, max_size=3))
def test_copies_of_any_policies_are_judged_as_each_by_itself(made: list[writing.Written]) -> None:
    fleet(
        {
            f"{place}-{number}.yaml": renamed(one.text, number)
            for place, one in enumerate(made)
            for number in (1, 2)
        }
    )


def changed(findings: list[Finding]) -> Iterator[list[Finding]]:
    """Whatever else may have been said of a unit: a finding less, decided, elsewhere, in other words, or twice."""
    for place, one in enumerate(findings):
        others = findings[:place], findings[place + 1 :]
        yield [*others[0], *others[1]]
        yield [*others[0], replace(one, decided=not one.decided), *others[1]]
        if one.at is not None:
            line = one.at.span.line + 1
            yield [
                *others[0],
                replace(one, at=replace(one.at, span=one.at.span._replace(line=line))),
                *others[1],
            ]
        for fact in one.fact_names:
            if isinstance(getattr(one, fact), str):
                yield [*others[0], replace(one, **{fact: "gpt-4o"}), *others[1]]
    yield findings[::-1]


@pytest.mark.parametrize("path", POLICIES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_a_twin_of_which_something_else_is_said_is_judged_by_that(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    inputs = [Input(f"{number}.yaml", f"{number}", renamed(text, number).encode()) for number in (1, 22)]
    migration = convert(inputs, Options(verify=False)).migration
    new, shared = NewGateway(objects_of(migration), bundled()), twins.Twins()
    by_unit = findings_by_unit(migration)
    general = claiming(by_unit.get(None, ()))
    for summary in migration.units:
        if summary.configuration is None:
            continue
        pair, own = pair_of(summary, migration, new, bundled()), claiming(by_unit.get(summary.id, ()))
        for said in ([*general, *own], *changed([*general, *own]), [*general, *own]):
            assert verdict(pair, said, shared.compare) == verdict(pair, said)


class Watched:
    """A finding that notes what it is asked for."""

    def __init__(self, finding: Finding, asked: set[str]) -> None:
        self._finding = finding
        self._asked = asked

    def __getattr__(self, name: str) -> Any:
        self._asked.add(name)
        return getattr(self._finding, name)


def test_what_a_finding_tells_hangs_on_nothing_but_what_twins_are_told_apart_by() -> None:
    asked: set[str] = set()
    for paths in ([FIXTURES / "fleets"], *([path] for path in POLICIES)):
        migration = convert(paths).migration
        differences = [
            one for unit in migration.units if unit.verdict is not None for one in unit.verdict.differences
        ]
        for finding in migration.findings:
            for says in announce.ANNOUNCES.get(type(finding), ()):
                for one in differences:
                    says.about(Watched(finding, asked), one)
    assert asked <= {*announce.DECISIVE, "at", "decided"}
    assert asked >= {*announce.DECISIVE, "at"}


def test_what_many_findings_tell_about_many_lines_takes_no_look_at_each_for_each() -> None:
    asked: list[str] = []

    class Counted(Watched):
        def __getattr__(self, name: str) -> Any:
            asked.append(name)
            return super().__getattr__(name)

    every = convert([FIXTURES / "fleets"]).findings
    placed = [one for one in every if one.at is not None][:20]
    findings: list[Any] = [Counted(one, set()) for one in placed]
    lines = [(one.at,) for one in placed if one.at is not None] * 20
    signature_of(findings, lines)
    assert asked.count("at") <= 4 * len(findings)


def test_what_told_the_differences_of_one_is_found_once_for_its_copies(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = []

    def counted(*given: Any) -> Any:
        asked.append(given)
        return announce.announced(*given)

    monkeypatch.setattr("migrator.verify.verdict.announced", counted)
    converted({f"{number}.yaml": f"{'# x' * number}\n{renamed(TWO_KEYS, number)}" for number in range(1, 6)})
    assert len(asked) == 1


def test_copies_are_compared_once(counting: Counting) -> None:
    converted({f"{number}.yaml": f"{'# x' * number}\n{renamed(TWO_KEYS, number)}" for number in range(1, 6)})
    assert counting.asked == 1


DESCRIBED = TWO_KEYS.replace(
    "- id: openai",
    "- id: openai\n          description: of A\n          models: [{id: gpt-4o, display_name: The A}]",
)


def test_words_that_nothing_reads_tell_nobody_apart(counting: Counting) -> None:
    other = renamed(DESCRIBED.replace("of A", "of team B").replace("The A", "B"), 2)
    converted({"a.yaml": DESCRIBED, "b.yaml": other})
    assert counting.asked == 1
    fleet({"a.yaml": DESCRIBED, "b.yaml": other})


def test_words_that_a_strategy_may_read_tell_units_apart(counting: Counting) -> None:
    chosen = DESCRIBED.replace(
        "config:",
        "config:\n      model_selection: {strategy: [\"ai.models.filter(m, m.display_name == 'B')\"]}",
    )
    other = renamed(chosen.replace("The A", "B"), 2)
    converted({"a.yaml": chosen, "b.yaml": other})
    assert counting.asked == 2
    fleet({"a.yaml": chosen, "b.yaml": other})


@pytest.mark.parametrize(
    "one, other",
    [
        ("'TWO'", "'ONE'"),
        ("'b', 'THREE'", "'a', 'ONE'"),
        ("secrets.get('a', 'TWO')", "secrets.get('a', req.headers['x'])"),
        ("id: anthropic", "id: google"),
        ("id: anthropic", "id: Anthropic"),
        ("only_allow_configured_providers: true", "only_allow_configured_providers: false"),
        ("only_allow_configured_providers: true", "on_error: continue"),
        (
            "only_allow_configured_providers: true",
            "model_selection: {strategy: ['ai.models.filter(m, m.id != \"x\")']}",
        ),
        ("only_allow_configured_providers: true", "only_allow_configured_models: true"),
        ("- id: openai", "- id: openai\n          models: [{id: gpt-4o}]"),
        ("- id: openai", "- id: openai\n          models: [gpt-4o]"),
        ("- id: openai", "- id: openai\n          disabled: true"),
        ("- id: openai", "- id: openai\n          id_aliases: [mine]"),
        ("- id: openai", "- id: openai\n          base_url: https://one.example.com/v1"),
        ("- id: openai", "- id: openai\n          metadata: {tier: gold}"),
        ("config:", "config:\n      headers: {Authorization: \"${secrets.get('a', 'ONE')}\"}"),
        ("  - type: ai-gateway", "  - expressions: [\"req.host == 'a'\"]\n    type: ai-gateway"),
        ("value: \"${secrets.get('a', 'TWO')}\"", "value: \"${secrets.get('a', 'TWO')}\", id: x"),
    ],
)
def test_whatever_else_differs_is_compared_again(counting: Counting, one: str, other: str) -> None:
    assert one in TWO_KEYS
    changed = TWO_KEYS.replace(one, other, 1)
    converted({"a.yaml": TWO_KEYS, "b.yaml": renamed(changed, 2)})
    first = counting.asked
    converted({"a.yaml": TWO_KEYS})
    assert first >= 2 * (counting.asked - first)
    fleet({"a.yaml": TWO_KEYS, "b.yaml": renamed(changed, 2), "c.yaml": changed})


@pytest.mark.parametrize(
    "front", ["expressions: [\"req.host == 'a'\"]\n    actions: [{type: deny}]", "actions: [{type: deny}]"]
)
def test_what_stands_in_front_of_a_twin_counts(front: str) -> None:
    behind = TWO_KEYS.replace("  - type", f"  - {front}\n  - type", 1)
    fleet({"a.yaml": TWO_KEYS, "b.yaml": renamed(behind, 2), "c.yaml": renamed(TWO_KEYS, 3)})


ALIASED = """
words: &word nothing
on_http_request:
  - type: ai-gateway
    config:
      only_allow_configured_providers: true
      providers:
        - id: own
          base_url: https://own.example.com
          supported_api_surfaces: [{format: anthropic}, {surface: *word}]
          api_keys: [{value: "${secrets.get('a', 'ONE')}"}]
"""
IN_FLOW = (
    "{words: &word nothing, on_http_request: [{type: ai-gateway, config: {only_allow_configured_providers: true, "
    "providers: [{id: own, base_url: https://own.example.com, supported_api_surfaces: [{format: anthropic}, "
    "{surface: *word}], api_keys: [{value: \"${secrets.get('a', 'ONE')}\"}]}]}}]}"
)


@pytest.mark.parametrize(
    "other", [ALIASED.replace("*word", "nothing"), IN_FLOW], ids=["written out", "in flow"]
)
def test_what_stands_elsewhere_counts(other: str) -> None:
    for one, two in ((ALIASED, other), (other, ALIASED)):
        fleet({"a.yaml": one, "b.yaml": renamed(two, 2), "c.yaml": renamed(one, 3)})


def test_a_node_at_two_places_is_nobodys_twin(counting: Counting) -> None:
    shared = TWO_KEYS.replace("\"${secrets.get('a', 'TWO')}\"", "&key \"${secrets.get('a', 'TWO')}\"")
    shared = shared.replace("\"${secrets.get('b', 'THREE')}\"", "*key")
    converted({"a.yaml": shared, "b.yaml": renamed(shared, 2)})
    assert counting.asked == 2
    fleet({"a.yaml": shared, "b.yaml": renamed(shared, 2)})


def test_one_damaged_configuration_among_twins_is_found() -> None:
    """A scope that somebody opened, rules that lost a key or got another one's: of one unit among many alike."""
    texts = {f"{number}.yaml": renamed(TWO_KEYS, number) for number in range(4)}
    result = convert([Input(name, name, text.encode()) for name, text in texts.items()])
    judged = {}
    for damage in ("none", "opened", "fewer", "foreign"):
        document = result.manifest()
        bodies = {item["ref"]: item["body"] for item in document["accessKeyConfigurations"]}
        body = bodies[result.units[2].configuration]
        rules = body["router"]["rules"]
        others = bodies[result.units[1].configuration]["router"]["rules"]
        if damage == "opened":
            body["access"] = {}
        elif damage == "fewer":
            rules[0]["steps"][0]["keys"] = rules[0]["steps"][0]["keys"][:1]
        elif damage == "foreign":
            rules[0]["steps"] = others[0]["steps"]
        new, shared = NewGateway(Objects.of_document(document), bundled()), twins.Twins()
        judged[damage] = [
            verdict(pair_of(unit, result.migration, new, bundled()), result.findings, shared.compare)[0]
            for unit in result.units
        ]
    kinds = {damage: [one.kind for one in found] for damage, found in judged.items()}
    whole = kinds["none"]
    for damage in ("opened", "fewer", "foreign"):
        assert [one for place, one in enumerate(kinds[damage]) if place != 2] == [
            one for place, one in enumerate(whole) if place != 2
        ]
        assert judged[damage][2] != judged["none"][2]
    assert kinds["opened"][2] is Kind.WIDER
    assert kinds["foreign"][2] in (Kind.RECREDENTIALED, Kind.WIDER)


def test_a_mapping_is_no_text() -> None:
    """Two trees of the same words in the same order, where a mapping of two keys could be a kind and a text."""
    large, small = (f"ai.models.filter(m, m.id == '{name}')" for name in ("gpt-4o", "gpt-4o-mini"))
    lists = (
        f'[{{str: "{large}", "{large}": "{small}"}}, "{large}"]',
        f'["{large}", {{str: "{small}", "{large}": "{large}"}}]',
    )
    texts = {
        f"{place}.yaml": TWO_KEYS.replace("config:", f"config:\n      model_selection: {{strategy: {one}}}")
        for place, one in enumerate(lists)
    }
    result = convert([Input(name, name, text.encode()) for name, text in texts.items()])
    document = result.manifest()
    first, second = (item["body"] for item in document["accessKeyConfigurations"])
    second |= {"access": first["access"], "router": first["router"]}
    new, shared = NewGateway(Objects.of_document(document), bundled()), twins.Twins()
    for unit in result.units:
        pair = replace(pair_of(unit, result.migration, new, bundled()), advice=())
        assert shared.compare(pair, None).counts == compared(pair, None).counts
