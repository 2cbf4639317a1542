"""Guards on one endpoint and the action on another: what makes one unit, and what does not."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from migrator.sources.inputs import Input
from migrator.sources.link import link
from migrator.sources.model import FileRead, Linked
from migrator.sources.read import read

GATEWAY = {"type": "ai-gateway", "config": {"providers": [{"id": "openai"}]}}
DENY = {"type": "deny"}


def forward(url: str) -> dict[str, Any]:
    return {"type": "forward-internal", "config": {"url": url}}


def endpoint(url: str, *rules: dict[str, Any], enabled: bool = True, identity: str = "") -> dict[str, Any]:
    policy = {"on_http_request": list(rules)} | ({} if enabled else {"enabled": False})
    return {"id": identity, "url": url, "traffic_policy": yaml.safe_dump(policy)}


def rule(*actions: dict[str, Any], when: str | None = None) -> dict[str, Any]:
    return ({"expressions": [when]} if when else {}) | {"actions": list(actions)}


def reading(*endpoints: dict[str, Any], name: str = "account.yaml") -> FileRead:
    document = {"endpoints": list(endpoints), "uri": "https://api.ngrok.com/endpoints"}
    file = read(Input(name, name, yaml.safe_dump(document).encode()))
    assert file is not None
    return file


def linked(*endpoints: dict[str, Any]) -> Linked:
    return link([reading(*endpoints)])


def ids(found: Linked) -> list[str]:
    return [unit.id for unit in found.units]


INNER = endpoint("https://gateway.internal", rule(GATEWAY))


def test_a_public_endpoint_and_the_internal_one_it_forwards_to_are_one_unit() -> None:
    found = linked(
        endpoint(
            "https://ai.example.com", rule(DENY, when="false"), rule(forward("https://gateway.internal"))
        ),
        INNER,
    )
    (unit,) = found.units
    assert (unit.id, unit.holder and unit.holder.url) == ("ai.example.com", "https://gateway.internal")
    assert [action.type for rule in unit.policy.rules for action in rule.actions] == ["deny", "ai-gateway"]
    assert [len(policy.policy.rules) for policy in unit.policies] == [2, 1]


def test_each_public_endpoint_is_a_unit_of_its_own() -> None:
    ways = [
        endpoint(f"https://{name}.example.com", rule(forward("https://gateway.internal"))) for name in "ab"
    ]
    assert ids(linked(*ways, INNER)) == ["a.example.com", "b.example.com"]


def test_forwarding_is_followed_through_endpoints_in_between() -> None:
    found = linked(
        endpoint("https://ai.example.com", rule(forward("https://checks.internal"), when="a")),
        endpoint(
            "https://checks.internal",
            rule(DENY, when="b"),
            rule(forward("https://gateway.internal"), when="c"),
        ),
        endpoint("https://gateway.internal", rule(GATEWAY, when="d")),
    )
    (unit,) = found.units
    assert (unit.id, unit.branch) == ("ai.example.com", "a && c && d")
    assert [forward.action.type for forward in unit.forwards] == ["forward-internal"] * 2


def test_what_a_rule_does_before_it_forwards_is_no_condition_of_its_own() -> None:
    guard = {"type": "restrict-ips", "config": {"enforce": True}}
    (unit,) = linked(
        endpoint("https://ai.example.com", rule(guard, forward("https://gateway.internal"), when="a")), INNER
    ).units
    first = unit.policy.rules[0]
    assert ([action.type for action in first.actions], first.expressions) == (["restrict-ips"], ())


def test_an_endpoint_may_lead_to_several_gateways() -> None:
    found = linked(
        endpoint(
            "https://ai.example.com",
            rule(forward("https://one.internal"), when="a"),
            rule(forward("https://two.internal"), when="b"),
        ),
        endpoint("https://one.internal", rule(GATEWAY)),
        endpoint("https://two.internal", rule(GATEWAY)),
    )
    assert [(unit.id, unit.branch) for unit in found.units] == [
        ("ai.example.com--1", "a"),
        ("ai.example.com--2", "b"),
    ]


def test_nothing_leads_to_an_internal_gateway_that_nobody_forwards_to() -> None:
    assert ids(linked(endpoint("https://ai.example.com", rule(DENY)), INNER)) == ["gateway.internal"]


def test_a_policy_that_is_switched_off_forwards_nothing() -> None:
    off = endpoint("https://ai.example.com", rule(forward("https://gateway.internal")), enabled=False)
    assert ids(linked(off, INNER)) == ["gateway.internal"]


def test_a_circle_of_forwards_ends_and_loses_no_gateway() -> None:
    found = linked(
        endpoint("https://one.internal", rule(forward("https://two.internal"), when="a"), rule(GATEWAY)),
        endpoint("https://two.internal", rule(forward("https://one.internal"))),
        endpoint("https://self.internal", rule(forward("https://self.internal")), rule(GATEWAY)),
    )
    assert ids(found) == ["self.internal", "two.internal"]
    assert [unit.holder and unit.holder.url for unit in found.units] == [
        "https://self.internal",
        "https://one.internal",
    ]


def test_guards_at_two_places_make_one_unit_only_where_they_are_the_same() -> None:
    def account(name: str, when: str) -> FileRead:
        guards = endpoint(
            "https://ai.example.com", rule(DENY, when=when), rule(forward("https://gateway.internal"))
        )
        return reading(guards, name=name)

    inner = reading(INNER, name="inner.yaml")
    same = link([account("a.yaml", "x"), account("b.yaml", "x"), inner])
    assert ids(same) == ["ai.example.com"]
    assert "L008" in {found.code for found in same.findings}
    other = link([account("a.yaml", "x"), account("b.yaml", "y"), inner])
    assert len(other.units) == 2
    assert "L004" in {found.code for found in other.findings}


@pytest.mark.parametrize(
    "url",
    [
        "https://gateway.internal:443",
        "https://GATEWAY.internal/",
        "gateway.internal",
        " https://gateway.internal/v1 ",
    ],
)
def test_an_address_may_be_written_in_several_ways(url: str) -> None:
    assert ids(linked(endpoint("https://ai.example.com", rule(forward(url))), INNER)) == ["ai.example.com"]


@pytest.mark.parametrize(
    "url",
    ["http://gateway.internal", "https://gateway.internal:8443", "https://[", "https://a:b", "", "https://"],
)
def test_another_address_is_another_endpoint(url: str) -> None:
    assert ids(linked(endpoint("https://ai.example.com", rule(forward(url))), INNER)) == ["gateway.internal"]


def test_a_computed_url_is_not_followed() -> None:
    public = endpoint("https://ai.example.com", rule(forward("https://${req.host}.internal")))
    assert ids(linked(public, INNER)) == ["gateway.internal"]


def test_an_object_that_two_files_describe_is_told_where_they_differ() -> None:
    def policy(name: str, provider: str) -> FileRead:
        action = {"type": "ai-gateway", "config": {"providers": [{"id": provider}]}}
        document = {
            "kind": "NgrokTrafficPolicy",
            "metadata": {"name": "p", "namespace": "n"},
            "spec": {"policy": {"on_http_request": [rule(action)]}},
        }
        file = read(Input(name, name, yaml.safe_dump(document).encode()))
        assert file is not None
        return file

    assert "L010" not in {
        found.code for found in link([policy("a.yaml", "openai"), policy("b.yaml", "openai")]).findings
    }
    told = [
        found
        for found in link([policy("a.yaml", "openai"), policy("b.yaml", "groq")]).findings
        if found.code == "L010"
    ]
    assert [found.text for found in told] == [
        "NgrokTrafficPolicy n/p is described otherwise at a.yaml:7, which is taken"
    ]


# ------------------------------------------------------------------------ addresses that are computed

JWT = {"type": "jwt-validation", "config": {}}
TEAM = "https://${req.headers['x-team'][0]}.internal"
OK = {"type": "custom-response", "config": {"status_code": 200}}


def not_followed(*endpoints: dict[str, Any]) -> list[tuple[str, str]]:
    found = [one for one in linked(*endpoints).findings if one.code == "L014"]
    return [(str(one.facts["refusing"]), str(one.facts["gateways"])) for one in found]


@pytest.mark.parametrize(
    "url",
    [
        TEAM,
        "${vars.url}",
        "${vars.host}.internal:443",
        "https://gate${vars.a}y.${vars.b}",
        "https://gateway.internal:${vars.port}",
        " HTTPS://Gateway.${vars.zone}/ ",
        "https://${vars.team}.internal/v1/${vars.path}",
    ],
)
def test_checks_on_a_way_that_only_requests_tell_are_told(url: str) -> None:
    public = endpoint("https://ai.example.com", rule(JWT), rule(DENY, when="a"), rule(forward(url)))
    assert not_followed(public, INNER) == [("jwt-validation, deny", "https://gateway.internal")]


@pytest.mark.parametrize(
    "rules",
    [
        [rule(JWT), rule(forward("https://${vars.team}.other.internal"))],
        [rule(JWT), rule(forward("https://app-${vars.team}.internal"))],
        [rule(JWT), rule(forward("https://gateway.internal"))],
        [rule(JWT), rule(forward("https://app.internal/${vars.path}"))],
        [rule(JWT), rule(forward("https:///${vars.path}"))],
        # Nothing that could refuse a request that is forwarded.
        [rule(forward(TEAM))],
        [rule(forward(TEAM), JWT)],
        [rule(OK, when="health"), rule({"type": "log"}, forward(TEAM))],
        [rule(JWT, forward("https://admin.example.internal"), when="a"), rule(forward(TEAM))],
    ],
)
def test_what_leads_to_no_gateway_or_refuses_nothing_is_not(rules: list[dict[str, Any]]) -> None:
    assert not_followed(endpoint("https://ai.example.com", *rules), INNER) == []


def test_no_way_leads_through_a_policy_that_is_switched_off() -> None:
    off = endpoint("https://ai.example.com", rule(JWT, forward(TEAM)), enabled=False)
    assert not_followed(off, INNER) == []


def test_what_is_told_of_a_computed_address_names_every_gateway_once() -> None:
    public = endpoint("https://ai.example.com", rule(JWT, forward(TEAM)))
    known = endpoint("https://known.example.com", rule(forward("https://b.internal")))
    gateways = [endpoint(f"https://{name}.internal", rule(GATEWAY)) for name in "ab"]
    app = endpoint("https://app.internal", rule(DENY))
    assert not_followed(public, known, app, *gateways) == [
        ("jwt-validation", "https://a.internal, https://b.internal")
    ]
