"""What is let go reads the same again, and what stands alone is what it would be among all."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import to_builtins

from migrator.api import Input, Options, convert
from migrator.catalog import bundled
from migrator.errors import UsageError
from migrator.merge import merge
from migrator.secrets import visible
from migrator.sources.inputs import find_inputs
from migrator.sources.kept import (
    FEW_UNITS,
    SHORT,
    Units,
    kept_file,
    kept_unit,
    opened,
    reads_again,
    stands_alone,
)
from migrator.sources.link import link
from migrator.sources.model import FileRead, FoundPolicy, Unit
from migrator.sources.read import read
from migrator.translate import translate
from migrator.translate.portion import Portion, apart, gathered, portion
from migrator.tree.nodes import Document, Node, Scalar
from tests.properties import policies, writing
from tests.properties.effort import examples, shown
from tests.properties.pipeline import everything, inputs
from tests.sources.test_routes import GATEWAY, endpoint, forward, reading, rule

FIXTURES = Path("fixtures")
OPTIONS = Options().translation()
KEY = "sk-proj-" + "Zx9" * 12
PLAIN = "on_http_request: [{type: ai-gateway, config: {providers: [{id: openai}]}}]\n"
either = st.one_of(policies.clean(), policies.wild())
INLINE = """\
version: 3
endpoints:
- name: ai
  url: {0}
  traffic_policy:
    on_http_request:
    - actions: [{{type: ai-gateway, config: {{providers: [{{id: openai}}]}}}}]
"""


def of_text(text: str, name: str = "p.yaml") -> FileRead:
    file = read(Input(name, name, text.encode()))
    assert file is not None
    return file


def read_from(paths: Iterable[Path]) -> list[FileRead]:
    found = find_inputs(sorted(paths)).inputs
    return [file for item in found if (file := read(item)) is not None]


def translated(units: Iterable[Unit]) -> list[Any]:
    return [translate(unit, OPTIONS, bundled()) for unit in units]


def tree(root: Node) -> list[Any]:
    """A tree with its places, and which of its nodes are one."""
    _, (rows, _, _) = Document(root, 0, root.span).__reduce__()
    assert isinstance(rows, list)
    return [
        (row.text, row.kind, row.style, row.span, row.anchor) if isinstance(row, Scalar) else row
        for row in rows
    ]


def content(found: FoundPolicy) -> Any:
    rules = [(one.phase, one.field.pointer, one.condition, one.name) for one in found.policy.rules]
    actions = [action.field.place for one in found.policy.rules for action in one.actions]
    where = (found.origin, found.container, found.stem, found.endpoint, found.held_by)
    return where, found.policy.enabled, rules, actions, tree(found.policy.root.node)


def assert_reads_again(file: FileRead) -> None:
    again = opened(kept_file(file, whole=False))
    assert [content(one) for one in again.policies] == [content(one) for one in file.policies]
    assert [to_builtins(one) for one in again.references] == [to_builtins(one) for one in file.references]
    assert (again.text, again.credentials, again.container) == (file.text, file.credentials, file.container)


@pytest.mark.parametrize("folder", ["actions", "bad", "clients", "containers", "fields", "forms", "fleets"])
def test_every_fixture_that_is_let_go_reads_the_same_again(folder: str) -> None:
    files = [file for file in read_from([FIXTURES / folder]) if reads_again(file)]
    assert files
    for file in files:
        assert_reads_again(file)


def test_the_published_policies_read_the_same_again(shared: Path) -> None:
    files = read_from([shared / "corpus"])
    again = [file for file in files if stands_alone(file) and reads_again(file)]
    assert len(again) > 60
    for file in again:
        assert_reads_again(file)


@examples(300)
@given(writing.files(either))
def test_whatever_is_let_go_reads_the_same_again(written: writing.Written) -> None:
    shown(written.text)
    file = of_text(written.text)
    if reads_again(file):
        assert_reads_again(file)


@pytest.mark.parametrize("value", [KEY, f"'{KEY}'", f'"{KEY}"'])
def test_a_credential_in_one_line_does_not_keep_a_file(value: str) -> None:
    text = f"on_http_request: [{{type: ai-gateway, config: {{providers: [{{id: openai, api_keys: [{{value: {value}}}]}}]}}}}]\n"
    file = of_text(text)
    assert KEY not in (file.text or "")
    assert reads_again(file)
    assert_reads_again(file)


@pytest.mark.parametrize(
    "text",
    [
        PLAIN + f"# {KEY}\n",
        PLAIN.replace("{id: openai}", f'{{id: openai, api_keys: [{{value: "{KEY[:-1]}\\x39"}}]}}'),
        PLAIN.replace("{id: openai}", f"{{id: openai, api_keys: [{{value: &{KEY} {KEY}}}]}}"),
        PLAIN.replace("{id: openai}", f'{{id: openai, api_keys: [{{value: "{KEY[:9]}\n  {KEY[9:]}"}}]}}'),
        f"on_http_request:\n- type: ai-gateway\n  config:\n    providers:\n    - id: openai\n      api_keys:\n      - value: |\n          {KEY}\n",
        f"a: {KEY}\n---\n{PLAIN}",
        INLINE.format("https://ai.example.com").replace(
            "{id: openai}", f"{{id: openai, api_keys: [{{value: {KEY}}}]}}"
        )
        + f'  metadata: "k: {KEY[:-1]}\\x39"\n',
    ],
    ids=["comment", "escape", "anchor", "folded", "block", "elsewhere", "beside"],
)
def test_a_credential_that_is_not_written_as_it_reads_keeps_the_file(text: str) -> None:
    file = of_text(text)
    assert file.credentials or visible(file.text or "") != file.text
    assert not reads_again(file)
    assert kept_file(file, whole=True).whole is file


def test_what_cannot_be_shown_is_kept() -> None:
    assert not reads_again(of_text(PLAIN + "a: [\n"))
    assert not reads_again(of_text(f"cat <<'E'\n{PLAIN}E\n", "run.sh"))


def gather(files: Sequence[FileRead]) -> Portion:
    """As a run does; what others refer to is given already."""
    return gathered(apart(files, translated), translated, lambda _, __: [])


def said(whole: Portion) -> str:
    return everything(merge(whole, OPTIONS, bundled()))


def assert_gathered_as_linked(files: list[FileRead]) -> Portion:
    linked = link(files)
    found = gather(files)
    assert said(found) == said(portion(linked, translated(linked.units), whole=True))
    return found


@pytest.mark.parametrize("folder", ["actions", "bad", "clients", "containers", "fields", "fleets", "."])
def test_all_fixtures_are_gathered_as_they_are_linked(folder: str) -> None:
    assert_gathered_as_linked(read_from([FIXTURES / folder]))


def let_go(found: Portion) -> dict[str, bool]:
    return {file.path: file.whole is None for file, _ in found.files}


def test_a_policy_by_itself_is_let_go_with_its_unit() -> None:
    found = assert_gathered_as_linked([of_text(PLAIN, "a.yaml"), of_text(PLAIN, "b.yaml")])
    assert let_go(found) == {"a.yaml": True, "b.yaml": True}
    assert [(unit.id, unit.whole) for unit in found.units] == [("a", None), ("b", None)]
    assert [
        unit.policy.root.node.span.line for unit in map(Units(f for f, _ in found.files).whole, found.units)
    ]


AGENT = """\
version: 3
endpoints:
- name: ai
  url: https://ai.example.com
  traffic_policy_file: {0}
"""


def test_a_policy_file_that_others_refer_to_is_linked_with_them() -> None:
    files = [
        of_text(PLAIN, "policy.yaml"),
        of_text(PLAIN, "other.yaml"),
        of_text(AGENT.format("policy.yaml"), "ngrok.yml"),
    ]
    found = assert_gathered_as_linked(files)
    assert [unit.id for unit in found.units] == ["ai.example.com", "other"]
    assert let_go(found) == {"ngrok.yml": False, "other.yaml": True, "policy.yaml": False}


def test_an_endpoint_to_which_another_file_forwards_is_linked_with_it() -> None:
    inner = of_text(INLINE.format("https://gateway.internal"), "inner.yml")
    front = reading(
        endpoint("https://ai.example.com", rule(forward("https://gateway.internal"))), name="front.yaml"
    )
    assert stands_alone(inner)
    assert not stands_alone(front)
    for files in itertools.permutations([inner, front, of_text(PLAIN, "a.yaml")]):
        found = assert_gathered_as_linked(list(files))
        assert [unit.id for unit in found.units] == ["a", "ai.example.com"]


def test_an_endpoint_to_which_a_computed_address_may_lead_is_linked_with_it() -> None:
    inner = of_text(INLINE.format("https://gateway.internal"), "inner.yml")
    public = rule({"type": "jwt-validation"}, forward("https://${vars.team}.internal"))
    front = reading(endpoint("https://ai.example.com", public), name="front.yaml")
    assert not stands_alone(front)
    for files in itertools.permutations([inner, front, of_text(PLAIN, "a.yaml")]):
        found = assert_gathered_as_linked(list(files))
        assert [unit.id for unit in found.units] == ["a", "gateway.internal"]
        assert "L014" in {one.code for one in found.findings}


def test_endpoints_of_old_keys_are_linked_with_them() -> None:
    files = read_from([FIXTURES / "containers"])
    keys = [file for file in files if file.account.gateway_keys]
    assert keys
    assert not any(stands_alone(file) for file in keys)


CLUSTER = """\
apiVersion: ngrok.k8s.ngrok.com/v1alpha1
kind: NgrokTrafficPolicy
metadata: {{name: gateway}}
spec:
  policy:
    on_http_request:
    - actions: [{{type: ai-gateway, config: {{providers: [{{id: {0}}}]}}}}]
"""
CLOUD = """\
apiVersion: ngrok.k8s.ngrok.com/v1alpha1
kind: CloudEndpoint
metadata: {{name: {0}}}
spec: {{url: "https://{0}.example.com", trafficPolicyName: gateway}}
"""


def test_an_object_and_the_endpoint_that_refers_to_it_stand_alone_in_one_file() -> None:
    file = of_text(CLUSTER.format("openai") + "---\n" + CLOUD.format("ai"))
    assert file.references
    assert_reads_again(file)
    found = assert_gathered_as_linked([file, of_text(PLAIN, "a.yaml")])
    assert [unit.id for unit in found.units] == ["a", "ai.example.com"]
    assert let_go(found) == {"a.yaml": True, "p.yaml": True}


@pytest.mark.parametrize("other", ["openai", "groq"], ids=["the same", "another"])
def test_objects_of_one_name_are_linked_with_each_other(other: str) -> None:
    files = [
        of_text(CLUSTER.format("openai") + "---\n" + CLOUD.format("ai"), "a.yaml"),
        of_text(CLUSTER.format(other) + "---\n" + CLOUD.format("other"), "b.yaml"),
    ]
    found = assert_gathered_as_linked(files)
    assert let_go(found) == {"a.yaml": False, "b.yaml": False}


def test_an_object_that_another_file_refers_to_is_linked_with_it() -> None:
    alone = CLUSTER.format("openai") + "---\n" + CLOUD.format("ai")
    files = [of_text(alone, "a.yaml"), of_text(CLOUD.format("other"), "b.yaml"), of_text(PLAIN, "c.yaml")]
    for order in itertools.permutations(files):
        found = assert_gathered_as_linked(list(order))
        assert [unit.id for unit in found.units] == ["ai.example.com", "c", "other.example.com"]
        assert let_go(found) == {"a.yaml": False, "b.yaml": False, "c.yaml": True}


@pytest.mark.parametrize("other", ["openai", "groq"], ids=["the same", "another"])
def test_files_about_one_endpoint_are_linked_with_each_other(other: str) -> None:
    files = [
        of_text(INLINE.format("https://ai.example.com"), "a.yml"),
        of_text(INLINE.format("https://AI.example.com").replace("openai", other), "b.yml"),
        reading(endpoint("https://ai.example.com", rule(GATEWAY)), name="c.yml"),
        of_text(PLAIN, "d.yaml"),
    ]
    found = assert_gathered_as_linked(files)
    assert let_go(found) == {"a.yml": False, "b.yml": False, "c.yml": False, "d.yaml": True}


@examples(60)
@given(st.lists(writing.files(either), min_size=1, max_size=4), st.booleans())
def test_any_files_are_gathered_as_they_are_linked(made: list[writing.Written], refers: bool) -> None:
    shown(*(one.text for one in made))
    named = {f"{number}.yaml": one.text for number, one in enumerate(made)}
    if refers:
        named["ngrok.yml"] = AGENT.format("0.yaml")
    files = [file for item in inputs(named) if (file := read(item)) is not None]
    assert_gathered_as_linked(files)


def test_a_wrong_answer_is_told_in_its_place() -> None:
    """What fails for a file by itself is tried again among all, and fails there."""
    keyed = PLAIN.replace("{id: openai}", "{id: openai, api_keys: [{value: \"${secrets.get('v', 'k')}\"}]}")
    files = [Input(name, name, keyed.encode()) for name in ("a.yaml", "b.yaml")]
    asked = [decision.id for decision in convert(files).decisions]
    assert asked
    with pytest.raises(UsageError, match="nonsense"):
        convert(files, Options(decisions={asked[-1]: "nonsense"}))


def branches(number: int, beside: str = "") -> FileRead:
    """A policy with so many gateways, each with a condition of its own."""
    gateway = "{type: ai-gateway, config: {providers: [{id: openai}]}}"
    rules = (
        f"- expressions: [\"req.url.path == '/{one}'\"]\n  actions: [{gateway}]\n" for one in range(number)
    )
    return of_text(f"on_http_request:\n{''.join(rules)}{beside}")


@pytest.mark.parametrize(
    "file, goes",
    [
        (branches(FEW_UNITS), True),
        (branches(FEW_UNITS + 1), False),
        (branches(1, "# " + "x" * SHORT), False),
        (branches(1, "# " + "x" * (SHORT - 1000)), True),
    ],
    ids=["few units", "many units", "long", "not long"],
)
def test_what_costs_much_to_read_again_is_kept(file: FileRead, goes: bool) -> None:
    found = assert_gathered_as_linked([file])
    assert let_go(found) == {"p.yaml": goes}


def test_a_unit_is_read_again_once_for_its_file() -> None:
    found = gather([branches(3)])
    units = Units(file for file, _ in found.files)
    first, second, third = (units.whole(unit) for unit in found.units)
    assert first.found is second.found is third.found
    assert [kept_unit(one, whole=False).branch for one in (first, second, third)] == [
        unit.branch for unit in found.units
    ]
