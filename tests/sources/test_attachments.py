"""Which of the policy objects of a run an endpoint means."""

from __future__ import annotations

import pytest
import yaml

from migrator.sources.inputs import Input
from migrator.sources.link import link
from migrator.sources.model import FileRead
from migrator.sources.read import read

PROVIDERS = {"TrafficPolicy": "openai", "NgrokTrafficPolicy": "anthropic"}


def reading(name: str, *objects: object) -> FileRead:
    file = read(Input(name, name, yaml.safe_dump_all(objects).encode()))
    assert file is not None
    return file


def policy(kind: str) -> dict[str, object]:
    action = {"type": "ai-gateway", "config": {"providers": [{"id": PROVIDERS[kind]}]}}
    return {
        "kind": kind,
        "metadata": {"name": "chat"},
        "spec": {"policy": {"on_http_request": [{"actions": [action]}]}},
    }


def route(*kinds: str) -> dict[str, object]:
    filters = [
        {"type": "ExtensionRef", "extensionRef": {"group": "ngrok.com", "kind": kind, "name": "chat"}}
        for kind in kinds
    ]
    spec = {"hostnames": ["ai.example.com"], "rules": [{"filters": [one]} for one in filters]}
    return {"kind": "HTTPRoute", "metadata": {"name": "route"}, "spec": spec}


def served(*files: FileRead) -> list[str]:
    """The kinds of the objects that serve the endpoints of a run."""
    units = link(files).units
    return sorted(
        unit.found.held_by.kind
        for unit in units
        if unit.found.held_by is not None and unit.endpoint is not None
    )


@pytest.mark.parametrize("kind", sorted(PROVIDERS))
@pytest.mark.parametrize("apart", [True, False])
def test_a_route_gets_the_policy_of_the_kind_that_it_names(kind: str, *, apart: bool) -> None:
    both = [policy(one) for one in PROVIDERS]
    if apart:
        assert served(reading("a.yaml", route(kind), both[0]), reading("b.yaml", both[1])) == [kind]
        assert served(reading("a.yaml", route(kind), both[1]), reading("b.yaml", both[0])) == [kind]
    assert served(reading("a.yaml", *both, route(kind))) == [kind]


def test_a_route_that_names_both_kinds_gets_both() -> None:
    file = reading("a.yaml", route(*PROVIDERS), *(policy(one) for one in PROVIDERS))
    assert served(file) == sorted(PROVIDERS)


@pytest.mark.parametrize("kind", sorted(PROVIDERS))
def test_an_object_of_the_other_kind_is_better_than_none(kind: str) -> None:
    (other,) = PROVIDERS.keys() - {kind}
    assert served(reading("a.yaml", route(kind), policy(other))) == [other]


def test_a_name_without_a_kind_means_the_newer_one() -> None:
    annotated = {"kind": "Gateway", "metadata": {"name": "g", "annotations": {"ngrok.com/traffic-policy": "chat"}}}  # fmt: skip
    annotated["spec"] = {"listeners": [{"hostname": "ai.example.com"}]}
    assert served(reading("a.yaml", *(policy(one) for one in PROVIDERS), annotated)) == ["TrafficPolicy"]
