"""Every leaf of a policy is accounted for, once, whatever the policy and however it is written."""

from __future__ import annotations

from hypothesis import assume, given

from migrator.policy.coverage import NAMES, Outcome
from migrator.policy.origin import LeafKey
from migrator.sources.model import Unit
from migrator.translate.model import UnitResult
from tests.properties import policies, writing
from tests.properties.effort import examples, shown
from tests.properties.leaves import gateways, leaves, root_of
from tests.properties.pipeline import converted, staged
from tests.properties.writing import Written


@examples(70)
@given(writing.files(policies.clean()))
def test_the_outcomes_add_up_to_the_leaves(made: Written) -> None:
    _adds_up(made)


@examples(70)
@given(writing.files(policies.wild()))
def test_they_do_so_in_broken_policies_too(made: Written) -> None:
    assume(gateways(root_of(made)))
    _adds_up(made)


@examples(60)
@given(writing.texts(policies.clean()))
def test_no_known_field_of_the_right_type_is_unknown(made: Written) -> None:
    shown(made.text)
    for result in staged({"p.yaml": made.text}).results:
        assert [key.span for key in _unknown(result)] == []


@examples(60)
@given(writing.texts(policies.wild()))
def test_what_is_unknown_is_said(made: Written) -> None:
    shown(made.text)
    stages = staged({"p.yaml": made.text})
    for unit, result in zip(stages.linked.units, stages.results, strict=True):
        said = [found for found in (*unit.found.findings, *result.findings) if found.severity != "note"]
        pointers = [
            found.pointer for found in said if found.code in {"P008", "P009", "P010", "P011", "P019", "P020"}
        ]
        below = {key for pointer in pointers for key in _keys_below(unit, pointer)}
        assert [key.span for key in _unknown(result) if key not in below] == []


def test_a_configuration_that_two_actions_share_is_counted() -> None:
    _adds_up(
        Written(
            None,
            "on_http_request:\n"
            "  - expressions: [req.method == 'GET']\n"
            "    actions: [{type: ai-gateway, config: &shared {providers: [{id: openai}]}}]\n"
            "  - actions: [{type: ai-gateway, config: *shared}]\n",
            json=False,
        )
    )


def test_the_leaves_of_a_policy_that_is_switched_off_have_no_effect() -> None:
    policy = "enabled: false\non_http_request: [{actions: [{type: ai-gateway, config: {on_error: halt}}]}]\n"
    assert dict(converted({"p.yaml": policy}).sources[0].coverage) == {
        **dict.fromkeys(NAMES.values(), 0),
        NAMES[Outcome.NO_EFFECT]: 2,
    }


def test_a_policy_that_two_files_repeat_is_counted_in_both() -> None:
    policy = "traffic_policy: {on_http_request: [{type: ai-gateway, config: {on_error: halt}}]}"
    text = f"version: 3\nendpoints:\n  - url: https://ai.example.com\n    {policy}\n"
    run = converted({"a.yaml": text, "b.yaml": text})
    assert [sum(source.coverage.values()) for source in run.sources] == [2, 2]


def test_what_a_unit_without_a_configuration_asked_for_is_not_called_converted() -> None:
    policy = (
        "on_http_request:\n"
        "  - actions: [{type: deny}]\n"
        "  - actions: [{type: ai-gateway, config: {max_input_tokens: 5, providers: [{id: openai}]}}]\n"
    )
    run = converted({"p.yaml": policy})
    assert run.units[0].configuration is None
    assert run.units[0].coverage["converted"] == 0


def _adds_up(made: Written) -> None:
    shown(made.text)
    root = root_of(made)
    paths = gateways(root)
    run = converted({"p.yaml": made.text})
    if not run.units and run.sources[0].status == "failed":
        return  # it could not be taken for a policy, and that was said
    assert sum(run.sources[0].coverage.values()) == len(leaves(root))
    assert len(run.units) == len(paths)
    counted = sorted(sum(unit.coverage.values()) for unit in run.units)
    others = [tuple(path for path in paths if path != own) for own in paths]
    assert counted == sorted(len(leaves(root, without)) for without in others)


def _unknown(result: UnitResult) -> list[LeafKey]:
    return [key for key, outcome in result.coverage.items() if outcome is Outcome.UNKNOWN]


def _keys_below(unit: Unit, pointer: str) -> set[LeafKey]:
    field = unit.policy.root
    for step in pointer.split("/")[1:]:
        name = step.replace("~1", "/").replace("~0", "~")
        found = field.get(name)
        if found is None and name.isdecimal() and int(name) < len(items := list(field.items())):
            found = items[int(name)]
        if found is None:
            return set()
        field = found
    return set(field.leaf_keys())
