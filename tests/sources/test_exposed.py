"""Ingress, Gateway and HTTPRoute: which requests meet which policies, and in which order."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from migrator.sources.inputs import Input
from migrator.sources.kept import Asked, kept_file, opened, stands_alone
from migrator.sources.link import link
from migrator.sources.model import FileRead, Linked
from migrator.sources.read import read

GATEWAY = {"type": "ai-gateway", "config": {"providers": [{"id": "openai"}]}}


def reading(*objects: dict[str, Any], name: str = "cluster.yaml") -> FileRead:
    file = read(Input(name, name, yaml.safe_dump_all(objects).encode()))
    assert file is not None
    return file


def linked(*objects: dict[str, Any]) -> Linked:
    return link([reading(*objects)])


def policy(name: str, action: dict[str, Any] | None = None, namespace: str = "ai") -> dict[str, Any]:
    rules = [{"actions": [action or GATEWAY]}]
    return {
        "kind": "NgrokTrafficPolicy",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {"policy": {"on_http_request": rules}},
    }


def guard(name: str, kind: str = "restrict-ips", namespace: str = "ai") -> dict[str, Any]:
    return policy(name, {"type": kind}, namespace)


def named(name: str) -> dict[str, Any]:
    return {"kind": "NgrokTrafficPolicy", "name": name}


def extension(name: str) -> dict[str, Any]:
    return {"type": "ExtensionRef", "extensionRef": named(name)}


def route(
    *rules: dict[str, Any], hosts: tuple[str, ...] = (), parents: list[Any] | None = None
) -> dict[str, Any]:
    spec: dict[str, Any] = {"rules": list(rules), "parentRefs": parents or []}
    if hosts:
        spec["hostnames"] = list(hosts)
    return {"kind": "HTTPRoute", "metadata": {"name": "route", "namespace": "ai"}, "spec": spec}


def gateway(*listeners: dict[str, Any], policy: str = "", **spec: Any) -> dict[str, Any]:
    annotations = {"k8s.ngrok.com/traffic-policy": policy} if policy else {}
    metadata = {"name": "edge", "namespace": "infra", "annotations": annotations}
    return {"kind": "Gateway", "metadata": metadata, "spec": {"listeners": list(listeners), **spec}}


def ingress(*rules: dict[str, Any], policy: str = "", **spec: Any) -> dict[str, Any]:
    annotations = {"k8s.ngrok.com/traffic-policy": policy} if policy else {}
    metadata = {"name": "ingress", "namespace": "ai", "annotations": annotations}
    return {"kind": "Ingress", "metadata": metadata, "spec": {"rules": list(rules), **spec}}


def host(name: str, **paths: str | None) -> dict[str, Any]:
    """A rule of an Ingress: each path with the policy behind it, None for a service."""
    ways = [
        {
            "path": f"/{path}",
            "pathType": "Prefix",
            "backend": {"resource": named(to)} if to else {"service": {"name": "web"}},
        }
        for path, to in paths.items()
    ]
    return {"host": name, "http": {"paths": ways}}


def shown(found: Linked) -> list[tuple[str, str | None]]:
    """The units, with the requests for which each gateway ran."""
    return [(unit.id, unit.endpoint.condition if unit.endpoint else None) for unit in found.units]


def met(found: Linked) -> list[str]:
    """The actions that a request meets on the way to the only gateway."""
    (unit,) = found.units
    return [action.type for rule in unit.policy.rules for action in rule.actions]


EDGE = [{"name": "edge", "namespace": "infra"}]
AI = {"name": "ai", "hostname": "ai.example.com", "port": 443}
WWW = {"name": "www", "hostname": "www.example.com", "port": 8443}


def test_each_host_and_path_of_an_ingress_has_the_policy_behind_it() -> None:
    found = linked(
        policy("one"),
        policy("two"),
        ingress(host("a.example.com", ai="one"), host("b.example.com", v1="two")),
    )
    assert shown(found) == [
        ("a.example.com", "the path is one of /ai"),
        ("b.example.com", "the path is one of /v1"),
    ]
    assert [unit.found.held_by and unit.found.held_by.name for unit in found.units] == ["one", "two"]


def test_policies_of_several_paths_are_all_in_force() -> None:
    other = {"type": "ai-gateway", "config": {"providers": [{"id": "groq"}]}}
    found = linked(policy("one"), policy("two", other), ingress(host("a.example.com", v1="one", v2="two")))
    assert [unit.title for unit in found.units] == [
        "https://a.example.com",
        "https://a.example.com (the path is one of /v2)",
    ]
    assert found.findings == ()


def test_of_two_policies_for_the_same_path_only_one_can_be_in_force() -> None:
    other = {"type": "ai-gateway", "config": {"providers": [{"id": "groq"}]}}
    ways = [ingress(host("a.example.com", v1=name)) for name in ("one", "two")]
    found = linked(policy("one"), policy("two", other), *ways)
    assert [one.code for one in found.findings] == ["L004"]


def test_a_policy_behind_several_paths_is_converted_once_for_all_of_them() -> None:
    found = linked(policy("one"), ingress(host("a.example.com", ai="one", v1="one", web=None)))
    assert shown(found) == [("a.example.com", "the path is one of /ai, /v1")]
    assert [one.code for one in found.findings] == []


def test_the_default_backend_has_what_no_path_is_for() -> None:
    found = linked(
        policy("one"), ingress(host("a.example.com", web=None), defaultBackend={"resource": named("one")})
    )
    assert shown(found) == [("a.example.com", "the path is none of /web")]


def test_what_an_annotation_names_is_for_every_path() -> None:
    rule = host("a.example.com", web=None)
    rule["http"]["paths"].append({"path": "/", "pathType": "Prefix", "backend": {"service": {"name": "app"}}})
    assert shown(linked(policy("one"), ingress(rule, policy="one"))) == [("a.example.com", None)]


def test_requests_to_a_path_meet_the_policy_of_the_annotation_first() -> None:
    found = linked(policy("one"), guard("front"), ingress(host("a.example.com", ai="one"), policy="front"))
    assert met(found) == ["restrict-ips", "ai-gateway"]
    assert [len(one.policy.rules) for one in found.units[0].policies] == [1, 1]


@pytest.mark.parametrize(
    "parent, expected",
    [
        ({"sectionName": "ai"}, "ai.example.com"),
        ({"port": 8443}, "www.example.com"),
        ({"sectionName": "nothing"}, "ai..route"),
        ({}, "ai..route"),
    ],
)
def test_a_route_without_hosts_answers_those_of_its_listeners(parent: dict[str, Any], expected: str) -> None:
    way = route({"filters": [extension("one")]}, parents=[EDGE[0] | parent])
    (unit,) = linked(policy("one"), gateway(AI, WWW), way).units
    assert unit.id == expected
    if not parent:
        assert unit.endpoint is not None
        assert unit.endpoint.urls == ("https://ai.example.com", "https://www.example.com")


def test_addresses_of_a_gateway_stand_for_the_hosts_of_its_listeners() -> None:
    addresses = [
        {"type": "Hostname", "value": "edge.example.com"},
        {"type": "IPAddress", "value": "10.0.0.1"},
    ]
    way = route({"filters": [extension("one")]}, parents=EDGE)
    assert shown(linked(policy("one"), gateway(AI, addresses=addresses), way)) == [("edge.example.com", None)]


def test_hosts_of_a_route_are_its_own() -> None:
    way = route({"filters": [extension("one")]}, hosts=("own.example.com",), parents=EDGE)
    assert shown(linked(policy("one"), gateway(AI), way)) == [("own.example.com", None)]


def test_requests_to_a_route_meet_the_policy_of_its_gateway_first_wherever_it_stands() -> None:
    way = reading(route({"filters": [extension("one")]}, parents=EDGE), policy("one"), name="route.yaml")
    edge = reading(gateway(AI, policy="front"), name="edge.yaml")
    front = reading(guard("front", namespace="infra"), name="front.yaml")
    found = link([way, edge, front])
    assert met(found) == ["restrict-ips", "ai-gateway"]
    assert sorted(source.path for source in found.units[0].sources) == [
        "front.yaml",
        "route.yaml",
        "route.yaml",
    ]


def test_filters_of_a_rule_are_met_in_their_order_and_before_those_of_a_backend() -> None:
    rule = {
        "filters": [extension("first"), extension("second")],
        "backendRefs": [{"name": "web", "filters": [extension("one")]}],
    }
    found = linked(
        policy("one"), guard("first"), guard("second", "deny"), route(rule, hosts=("ai.example.com",))
    )
    assert met(found) == ["restrict-ips", "deny", "ai-gateway"]


def test_rules_of_a_route_are_for_what_they_match() -> None:
    rules = [
        {"matches": [{"path": {"value": "/a"}}, {"path": {"value": "/b"}}], "filters": [extension("one")]},
        {
            "matches": [
                {
                    "method": "POST",
                    "path": {"value": "/c"},
                    "headers": [{"name": "x-team", "value": "not shown"}],
                    "queryParams": [{"name": "beta", "value": "1"}],
                }
            ],
            "filters": [extension("one")],
        },
    ]
    assert shown(linked(policy("one"), route(*rules, hosts=("ai.example.com",)))) == [
        (
            "ai.example.com",
            (
                "the path is /a or the path is /b or the path is /c and the method is POST and the header x-team"
                " is as the route says and the query parameter beta is as the route says"
            ),
        )
    ]
    assert shown(linked(policy("one"), route(*rules, {"filters": [extension("one")]}))) == [
        ("ai..route", None)
    ]


@pytest.mark.parametrize("prefix", ["", "k8s."])
@pytest.mark.parametrize(
    "bindings, expected", [("internal", True), ("kubernetes", True), ("public", False), ("", False)]
)
def test_who_can_connect_is_what_an_annotation_says(prefix: str, bindings: str, *, expected: bool) -> None:
    annotations = {f"{prefix}ngrok.com/bindings": bindings}
    own, edge = ingress(host("a.example.com", ai="one")), gateway(AI)
    way = route({"filters": [extension("one")]}, parents=EDGE)
    for annotated in (own, edge):
        annotated["metadata"]["annotations"] = annotations
    for objects in ([own], [edge, way]):
        (unit,) = linked(policy("one"), *objects).units
        assert unit.endpoint is not None
        assert unit.endpoint.is_internal is expected


def test_an_object_whose_name_the_server_makes_is_nobodys_policy() -> None:
    made = policy("")
    made["metadata"] = {"generateName": "one-", "namespace": "ai"}
    endpoint = {"url": "https://a.example.com", "trafficPolicy": {"targetRef": {"name": ""}}}
    named = {"kind": "CloudEndpoint", "metadata": {"name": "a", "namespace": "ai"}, "spec": endpoint}
    found = linked(made, named)
    assert [(unit.title, unit.endpoint) for unit in found.units] == [("ai/one-", None)]
    assert sorted(one.code for one in found.findings) == ["L001", "L005"]


def made(*actions: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    """What the operator makes of a host."""
    inline = {"on_http_request": [{"actions": list(actions)}, {"actions": [{"type": "custom-response"}]}]}
    return {
        "kind": "CloudEndpoint",
        "metadata": {"name": "x", "namespace": "ai", "labels": {f"{prefix}ngrok.com/controller-name": "o"}},
        "spec": {"url": "https://a.example.com", "trafficPolicy": {"inline": inline}},
    }


@pytest.mark.parametrize("prefix", ["", "k8s."])
@pytest.mark.parametrize("last", [True, False])
def test_an_endpoint_that_the_operator_made_repeats_what_it_is_made_of(prefix: str, *, last: bool) -> None:
    own = [policy("one"), guard("front"), ingress(host("a.example.com", ai="one"), policy="front")]
    copy = made({"type": "restrict-ips"}, GATEWAY, prefix=prefix)
    found = linked(*own, copy) if last else linked(copy, *own)
    assert met(found) == ["restrict-ips", "ai-gateway"]
    assert [one.code for one in found.findings] == ["L008"]


@pytest.mark.parametrize(
    "actions",
    [
        [{"type": "restrict-ips"}, GATEWAY],
        [{"type": "ai-gateway", "config": {"providers": [{"id": "groq"}]}}],
    ],
    ids=["guarded", "another action"],
)
def test_what_the_operator_made_of_something_else_is_told(actions: list[dict[str, Any]]) -> None:
    found = linked(policy("one"), ingress(host("a.example.com", ai="one")), made(*actions))
    assert (len(found.units), [one.code for one in found.findings]) == (2, ["L004"])


def test_a_gateway_that_is_not_given_is_told_where_a_policy_has_the_action() -> None:
    way = route({"filters": [extension("one")]}, hosts=("ai.example.com",), parents=[*EDGE, *EDGE])
    found = linked(policy("one"), way)
    assert [(one.code, one.text) for one in found.findings] == [
        ("L015", "the Gateway infra/edge of this route is not among the inputs")
    ]
    assert list(linked(guard("one"), way).findings) == []


def test_an_endpoint_gets_the_object_of_the_nearest_folder() -> None:
    files = []
    for cluster, provider in (("a", "openai"), ("b", "groq")):
        action = {"type": "ai-gateway", "config": {"providers": [{"id": provider}]}}
        files.append(reading(policy("one", action), name=f"{cluster}/policies.yaml"))
        endpoint = {"url": f"https://{cluster}.example.com", "trafficPolicy": {"targetRef": {"name": "one"}}}
        metadata = {"name": "chat", "namespace": "ai"}
        named = {"kind": "CloudEndpoint", "metadata": metadata, "spec": endpoint}
        files.append(reading(named, name=f"{cluster}/endpoints.yaml"))
    found = link(files)
    assert [(unit.id, unit.found.origin.path) for unit in found.units] == [
        ("a.example.com", "a/policies.yaml"),
        ("b.example.com", "b/policies.yaml"),
    ]
    assert found.findings == ()


def test_a_route_takes_the_gateway_of_the_nearest_folder() -> None:
    files = [
        reading(gateway(AI), name="a/gateway.yaml"),
        reading(gateway(WWW), name="b/gateway.yaml"),
        reading(policy("one"), route({"filters": [extension("one")]}, parents=EDGE), name="b/route.yaml"),
    ]
    assert shown(link(files)) == [("www.example.com", None)]


def test_a_route_and_its_gateway_in_other_files_are_kept_for_each_other() -> None:
    way = reading(route({"filters": [extension("one")]}, parents=EDGE), policy("one"), name="route.yaml")
    edge = reading(gateway(AI), name="edge.yaml")
    assert (stands_alone(way), stands_alone(edge)) == (False, True)
    assert Asked((way,)).concerns(kept_file(edge, whole=True), [])
    both = reading(route({"filters": [extension("one")]}, parents=EDGE), policy("one"), gateway(AI))
    assert stands_alone(both)
    assert shown(link([opened(kept_file(both, whole=False))])) == [("ai.example.com", None)]
