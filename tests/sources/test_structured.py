"""API answers, dumps, Terraform's states, compose files: the policies in them, with the right endpoints and places."""

from __future__ import annotations

import json
import pickle
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import assume, given
from hypothesis import strategies as st

from migrator.secrets import has_mask, visible
from migrator.sources.inputs import Input
from migrator.sources.link import link
from migrator.sources.model import FileRead, FoundPolicy, Linked
from migrator.sources.read import read
from migrator.tree.nodes import to_python
from migrator.tree.text import split_lines
from tests.properties import policies, writing
from tests.properties.clock import within
from tests.properties.effort import examples, shown
from tests.properties.planted import seen
from tests.properties.planting import key_of, made_up, policy
from tests.properties.writing import Written
from tests.sources.holding import KINDS, URL, WITHOUT_URL, Kind

AI = "https://your-ai-gateway.ngrok.app"
GATEWAY = policy("api_keys:\n  - value: ${secrets.get('openai', 'primary')}")


def reading(name: str, text: str | bytes) -> FileRead:
    file = read(Input(name, name, text if isinstance(text, bytes) else text.encode()))
    assert file is not None
    return file


def dumped(document: Any) -> FileRead:
    return reading("dump.json", json.dumps(document))


def linked(*files: FileRead) -> Linked:
    return link(files)


def codes(file: FileRead) -> list[str]:
    return [found.code for found in (*file.findings, *linked(file).findings)]


def places(file: FileRead) -> list[tuple[str, str | None, str | None]]:
    """(pointer, URL, name) of each policy."""
    return [
        (
            found.origin.pointer,
            found.endpoint.url if found.endpoint else None,
            found.endpoint.name if found.endpoint else None,
        )
        for found in file.policies
    ]


def action_line(found: FoundPolicy) -> int:
    (_, action), *_ = found.policy.gateways()
    return action.field.location.span.line


# ------------------------------------------------------------------------------------------- corpus

CORPUS: dict[str, tuple[str, list[tuple[str, str | None, str | None]], list[int], list[str]]] = {
    "15-agent-local-api-endpoints.json": (
        "agent-api",
        [("/endpoints/0/traffic_policy", AI, "ai-gateway")],
        [12],
        ["your-ai-gateway.ngrok.app"],
    ),
    "20-api-endpoints-list/page1.json": (
        "ngrok-api",
        [
            ("/endpoints/0/traffic_policy", AI, "ep_EXAMPLE00000000000000000001"),
            (
                "/endpoints/1/traffic_policy",
                "https://json-policy.ngrok.app",
                "ep_EXAMPLE00000000000000000002",
            ),
        ],
        [19, 41],
        ["json-policy.ngrok.app", "your-ai-gateway.ngrok.app"],
    ),
    "20-api-endpoints-list/page2.json": ("ngrok-api", [], [], []),
    "21-api-endpoint-get.json": (
        "ngrok-api",
        [("/traffic_policy", AI, "ep_EXAMPLE00000000000000000001")],
        [17],
        ["your-ai-gateway.ngrok.app"],
    ),
    "22-api-create-body.json": (
        "ngrok-api",
        [("/traffic_policy", AI, None)],
        [7],
        ["your-ai-gateway.ngrok.app"],
    ),
    "24-edge-traffic-policy-module.json": (
        "edge-module",
        [("/value", None, None)],
        [3],
        ["24-edge-traffic-policy-module-.json.-.0.-value"],
    ),
    "25-api-ai_gateway_api_keys-list.json": ("ngrok-api", [], [], []),
    "26-api-ai_gateway_provider_keys-list.json": ("ngrok-api", [], [], []),
    "27-api-vaults-list.json": ("ngrok-api", [], [], []),
    "28-api-vault_secrets-list.json": ("ngrok-api", [], [], []),
    "39-k8s-kubectl-list.json": (
        "kubernetes",
        [("/items/0/spec/trafficPolicy/inline", AI, "ai-gateway"), ("/items/1/spec/policy", None, None)],
        [29, 130],
        ["default..ai-policy", "your-ai-gateway.ngrok.app"],
    ),
    "53-terraform.tfstate": (
        "terraform-state",
        [("/resources/0/instances/0/attributes/traffic_policy", AI, "ngrok_cloud_endpoint.ai")],
        [27],
        ["your-ai-gateway.ngrok.app"],
    ),
    "54-terraform-show.json": (
        "terraform-show",
        [
            ("/values/root_module/resources/0/values/traffic_policy", AI, "ngrok_cloud_endpoint.ai"),
            (
                "/values/root_module/child_modules/0/resources/0/values/traffic_policy",
                AI,
                "module.gw.ngrok_cloud_endpoint.ai[0]",
            ),
        ],
        [25, 56],
        ["your-ai-gateway.ngrok.app"],
    ),
    "70-docker-compose/compose.yaml": (
        "docker-compose",
        [("/configs/ngrok_yml/content/endpoints/0/traffic_policy", AI, "ai")],
        [27],
        ["your-ai-gateway.ngrok.app"],
    ),
    "72-docker-desktop-extension-state.json": (
        "docker-desktop",
        [("/endpointConfigs/abc123:8080/trafficPolicy", AI, "abc123:8080")],
        [14],
        ["your-ai-gateway.ngrok.app"],
    ),
}
"""Example → its container, the places and endpoints of its policies, the lines of their actions, the units."""


@pytest.mark.parametrize("name", CORPUS)
def test_an_example_yields_exactly_its_policies(shared: Path, name: str) -> None:
    container, expected, lines, units = CORPUS[name]
    file = reading(name, (shared / "corpus" / "containers" / name).read_bytes())
    assert file.container == container
    assert places(file) == expected
    assert [action_line(found) for found in file.policies] == lines
    assert [unit.id for unit in linked(file).units] == units
    assert not [found for found in file.findings if found.severity != "note"]


def test_the_compose_example_reads_the_file_beside_it(shared: Path) -> None:
    folder = shared / "corpus" / "containers" / "70-docker-compose"
    files = [reading(f"x/{path.name}", path.read_bytes()) for path in sorted(folder.iterdir())]
    found = linked(*files)
    assert [unit.id for unit in found.units] == ["x__policy.-ngrok", "your-ai-gateway.ngrok.app"]
    assert not found.findings


# ---------------------------------------------------------------------------------------- endpoints


def test_what_the_api_knows_of_an_endpoint_travels_with_its_policy() -> None:
    item: dict[str, Any] = {
        "type": "ephemeral",
        "hostport": "ai.example.com:443",
        "name": "command_line",
        "metadata": "ours",
    }
    item |= {"description": "text", "bindings": ["internal"], "upstream_url": "http://localhost:80"}
    file = dumped({"endpoints": [{**item, "traffic_policy": GATEWAY}], "uri": "x"})
    endpoint = file.policies[0].endpoint
    assert endpoint is not None
    assert (endpoint.url, endpoint.name, endpoint.kind) == (URL, "command_line", "agent")
    assert (endpoint.description, endpoint.bindings) == ("text", ("internal",))
    assert (endpoint.metadata, endpoint.upstream) == ({"endpointMetadata": "ours"}, "http://localhost:80")


@pytest.mark.parametrize(
    "item, url",
    [
        ({"url": URL, "public_url": "https://old.example.com"}, URL),
        ({"public_url": URL, "hostport": "x:1"}, URL),
        ({"hostport": "ai.example.com:443", "proto": "https"}, URL),
        ({"hostport": "ai.example.com:8443", "proto": "tls"}, "tls://ai.example.com:8443"),
        ({"hostport": "ai.example.com:80", "proto": "http"}, "http://ai.example.com"),
        ({"id": "ep_1"}, None),
    ],
)
def test_the_best_address_is_taken(item: dict[str, str], url: str | None) -> None:
    (found,) = dumped({**item, "traffic_policy": GATEWAY}).policies
    assert found.endpoint is not None
    assert found.endpoint.url == url


@pytest.mark.parametrize(
    "kind, expected", [("cloud", "cloud"), ("ephemeral", "agent"), ("edge", "unknown"), (None, "unknown")]
)
def test_the_type_says_whose_endpoint_it_is(kind: str | None, expected: str) -> None:
    (found,) = dumped({"id": "ep_1", "type": kind, "traffic_policy": GATEWAY}).policies
    assert found.endpoint is not None
    assert found.endpoint.kind == expected


def test_a_policy_may_be_an_object_where_the_api_takes_a_string() -> None:
    file = dumped({"url": URL, "type": "cloud", "traffic_policy": yaml.safe_load(GATEWAY)})
    assert places(file) == [("/traffic_policy", URL, None)]
    assert file.policies[0].origin.embedding is None


def test_an_edge_module_that_was_switched_off_did_nothing() -> None:
    found = linked(dumped({"enabled": False, "value": GATEWAY}))
    assert (found.units, len(found.disabled)) == ((), 1)
    assert [one.code for one in found.findings] == ["P012"]


def test_an_edge_module_may_stand_where_an_endpoint_has_its_policy() -> None:
    file = dumped({"id": "ep_1", "url": URL, "traffic_policy": {"enabled": False, "value": GATEWAY}})
    assert [found.policy.enabled for found in file.policies] == [False]


# ---------------------------------------------------------------------------------- several documents


def pages() -> list[dict[str, Any]]:
    return [
        {"endpoints": [{"url": f"https://{name}.example.com", "traffic_policy": GATEWAY}], "uri": "x"}
        for name in "abc"
    ]


@pytest.mark.parametrize(
    "text",
    [
        "".join(f"{json.dumps(page)}\n" for page in pages()),
        "".join(json.dumps(page, indent=2) for page in pages()),
        "\n".join(json.dumps(page, indent=2) + "\r\n" for page in pages()),
        json.dumps(pages()),
        json.dumps([pages()[:1], [pages()[1:]]]),
        json.dumps([endpoint for page in pages() for endpoint in page["endpoints"]]),
        "\n---\n".join(json.dumps(page) for page in pages()),
    ],
    ids=["lines", "in a row", "windows", "array", "nested", "endpoints alone", "YAML documents"],
)
def test_pages_in_one_file_are_all_read(text: str) -> None:
    file = reading("pages.json", text)
    assert file.container == "ngrok-api"
    assert [unit.id for unit in linked(file).units] == ["a.example.com", "b.example.com", "c.example.com"]
    assert codes(file) == []
    for found, name in zip(file.policies, "abc", strict=True):
        span = found.policy.root.location.span
        line = split_lines(text)[span.line - 1]
        assert f"https://{name}.example.com" in "".join(split_lines(text)[max(span.line - 2, 0) : span.line])
        assert json.loads(line[span.column - 1 : span.end_column - 1]) == GATEWAY


def test_a_page_that_breaks_off_hides_no_page_before_it() -> None:
    first, second, _ = map(json.dumps, pages())
    file = reading("pages.json", f"{first}\n{second[:-40]}")
    assert [unit.id for unit in linked(file).units] == ["a.example.com"]
    (broken,) = file.findings
    assert (broken.code, broken.at and broken.at.span.line) == ("R003", 2)
    assert file.text is None


def test_documents_of_several_kinds_in_one_list_are_read_as_what_they_are() -> None:
    whole = [json.loads(KINDS[kind].text(GATEWAY)) for kind in ("list", "state", "desktop", "module")]
    file = dumped(whole)
    assert [found.container for found in file.policies] == [
        "ngrok-api",
        "terraform-state",
        "docker-desktop",
        "edge-module",
    ]


def test_two_files_may_claim_the_same_endpoint() -> None:
    other = GATEWAY.replace("primary", "backup")
    one, two = KINDS["list"], KINDS["state"]
    same = linked(reading("a.json", one.text(GATEWAY)), reading("b.tfstate", two.text(GATEWAY)))
    assert [unit.id for unit in same.units] == ["ai.example.com"]
    assert [found.code for found in same.findings] == ["L008"]
    apart = linked(reading("a.json", one.text(GATEWAY)), reading("b.tfstate", two.text(other)))
    assert len(apart.units) == 2
    assert [found.code for found in apart.findings] == ["L004"]


# ---------------------------------------------------------------------------------------- terraform


def change(address: str, before: object, after: object) -> dict[str, Any]:
    shape = {"address": address, "type": "ngrok_cloud_endpoint"}
    return {**shape, "change": {"before": before, "after": after}}


def test_a_plan_is_taken_once_and_what_was_before_only_where_nothing_comes_after() -> None:
    old = GATEWAY.replace("primary", "old")
    held = {"url": URL, "traffic_policy": GATEWAY}
    planned = {"address": "ngrok_cloud_endpoint.ai", "type": "ngrok_cloud_endpoint", "values": held}
    file = dumped(
        {
            "format_version": "1.2",
            "planned_values": {"root_module": {"resources": [planned]}},
            "resource_changes": [
                change("ngrok_cloud_endpoint.ai", {**held, "traffic_policy": old}, held),
                change("ngrok_cloud_endpoint.gone", {"traffic_policy": old}, None),
                change(
                    "ngrok_cloud_endpoint.later", {"traffic_policy": old}, {"url": "https://l.example.com"}
                ),
            ],
            "prior_state": {"values": {"root_module": {"resources": [{**planned, "values": held}]}}},
            "configuration": {"x": [{"expressions": {"traffic_policy": {"constant_value": GATEWAY}}}]},
        }
    )
    assert places(file) == [
        ("/planned_values/root_module/resources/0/values/traffic_policy", URL, "ngrok_cloud_endpoint.ai"),
        ("/resource_changes/1/change/before/traffic_policy", None, "ngrok_cloud_endpoint.gone"),
        ("/resource_changes/2/change/before/traffic_policy", None, "ngrok_cloud_endpoint.later"),
    ]
    assert codes(file) == []


@pytest.mark.parametrize(
    "resource, instance, address",
    [
        ({}, {}, "ngrok_cloud_endpoint.ai"),
        ({"mode": "data"}, {}, "data.ngrok_cloud_endpoint.ai"),
        ({"module": "module.a.module.b"}, {"index_key": 2}, "module.a.module.b.ngrok_cloud_endpoint.ai[2]"),
        ({}, {"index_key": "eu"}, 'ngrok_cloud_endpoint.ai["eu"]'),
    ],
)
def test_a_resource_address_names_an_endpoint(
    resource: dict[str, Any], instance: dict[str, Any], address: str
) -> None:
    held = {**instance, "attributes": {"traffic_policy": GATEWAY}}
    whole = {"type": "ngrok_cloud_endpoint", "name": "ai", **resource, "instances": [held]}
    (found,) = dumped({"version": 4, "serial": 1, "resources": [whole]}).policies
    assert found.endpoint is not None
    assert (found.endpoint.url, found.endpoint.name) == (None, address)


# ------------------------------------------------------------------------------------------ compose


def service(**more: Any) -> str:
    text: str = yaml.safe_dump({"services": {"ai": {"image": "ngrok/ngrok:3", **more}}})
    return text


@pytest.mark.parametrize(
    "more, target",
    [
        ({"volumes": ["./p.yaml:/etc/p.yaml"]}, "./p.yaml"),
        ({"volumes": ["./p.yaml:/etc/p.yaml:ro"]}, "./p.yaml"),
        ({"volumes": ["./conf:/etc"]}, "./conf/p.yaml"),
        ({"volumes": [{"type": "bind", "source": "./p.yaml", "target": "/etc/p.yaml"}]}, "./p.yaml"),
    ],
)
@pytest.mark.parametrize(
    "command",
    [
        f"http --url={URL} --traffic-policy-file /etc/p.yaml app:80",
        f"http --url {URL} --traffic-policy-file=/etc/p.yaml app:80",
        ["http", "--url", URL, "--traffic-policy-file", "/etc/p.yaml", "app:80"],
        ["sh", "-c", f"ngrok http --url {URL} --traffic-policy-file /etc/p.yaml app:80"],
    ],
)
def test_a_path_in_the_container_leads_to_the_projects_file(
    more: dict[str, Any], target: str, command: object
) -> None:
    (reference,) = reading("x/compose.yaml", service(command=command, **more)).references
    assert (reference.target, reference.endpoint.url, reference.endpoint.name) == (target, URL, "ai")
    assert (reference.endpoint.upstream, reference.elsewhere) == ("app:80", False)


@pytest.mark.parametrize("volumes", [[], ["data:/etc"], ["./other:/var"], [None, 7, {"source": 1}]])
def test_a_policy_that_no_volume_brings_is_missed(volumes: list[Any]) -> None:
    text = service(command="http --traffic-policy-file /etc/p.yaml 80", volumes=volumes)
    found = linked(reading("compose.yaml", text), reading("/etc/p.yaml", GATEWAY))
    assert "L001" in {one.code for one in found.findings}


def test_a_mounted_agent_configuration_names_its_own_endpoints() -> None:
    text = service(command="start --all --config /etc/n.yml", volumes=["./n.yml:/etc/n.yml"])
    agent = yaml.safe_dump({"version": 3, "endpoints": [{"url": URL, "traffic_policy": GATEWAY}]})
    found = linked(reading("compose.yaml", text), reading("n.yml", agent))
    assert [unit.id for unit in found.units] == ["ai.example.com"]
    assert {source.path for source in found.units[0].sources} == {"compose.yaml", "n.yml"}


def test_other_programs_have_options_called_config_too() -> None:
    text = "services: {x: {image: prom/prometheus, command: [--config, /etc/p.yml]}}"
    assert codes(reading("compose.yaml", text)) == []


def test_a_config_of_the_file_is_a_file_of_the_project_or_a_text() -> None:
    document = {
        "services": {
            "a": {"image": "ngrok", "command": f"http --url {URL} --policy-file /p", "configs": ["p"]},
            "b": {"image": "ngrok", "command": "http --policy-file /q", "configs": [{"source": "q"}]},
        },
        "configs": {"p": {"content": GATEWAY.replace("$", "$$")}, "q": {"file": "./q.yaml"}},
    }
    file = reading("compose.yaml", yaml.safe_dump(document))
    assert places(file) == [("/configs/p/content", URL, "a")]
    assert [reference.target for reference in file.references] == ["./q.yaml"]


def test_an_agent_configuration_in_a_compose_file_leads_on_to_another_text() -> None:
    agent = {"version": 3, "endpoints": [{"url": URL, "traffic_policy_file": "/p"}]}
    mounted = ["p", {"source": "n", "target": "/n.yml"}]
    document = {
        "services": {"a": {"image": "ngrok", "command": "start --config /n.yml", "configs": mounted}},
        "configs": {"p": {"content": GATEWAY.replace("$", "$$")}, "n": {"content": yaml.safe_dump(agent)}},
    }
    file = reading("compose.yaml", yaml.safe_dump(document))
    assert [(at, url) for at, url, _ in places(file)] == [("/configs/p/content", URL)]
    assert codes(file) == []


@pytest.mark.parametrize(
    "name, text, line",
    [
        (
            "a.yml",
            "version: 3\nendpoints:\n  - url: https://a.example.com\n    upstream: {url: 80}\n    traffic_policy_url: ADDRESS\n",
            5,
        ),
        ("c.yaml", "services:\n  a:\n    command: [http, --traffic-policy-url=ADDRESS, '80']\n", 3),
        ("a.sh", "P=ADDRESS\nngrok http 80 --url a.example.com \\\n  --traffic-policy-url $P\n", 3),
    ],
)
def test_a_policy_that_the_agent_fetches_is_missed(name: str, text: str, line: int) -> None:
    address = "https://policies.example.com/a.yaml"
    (found,) = linked(reading(name, text.replace("ADDRESS", address))).findings
    assert (found.code, found.at and found.at.span.line) == ("L001", line)
    assert found.text == f"the policy file {address} was not found"


def test_an_address_from_the_environment_is_not_known() -> None:
    text = service(command="http --url=${DOMAIN} --traffic-policy-file /p $$X", volumes=["./p.yaml:/p"])
    (reference,) = reading("compose.yaml", text).references
    assert (reference.endpoint.url, reference.endpoint.name) == (None, "ai")


def test_a_policy_of_the_environment_is_read_with_its_dollars() -> None:
    held = json.dumps(yaml.safe_load(GATEWAY)).replace("$", "$$")
    for environment in ({"POLICY": held}, [f"POLICY={held}", "OTHER=x"]):
        (found,) = reading("compose.yaml", service(environment=environment, command=f"--url={URL}")).policies
        assert "${secrets.get('openai', 'primary')}" in json.dumps(to_python(found.policy.root.node))
        assert "$$" not in json.dumps(to_python(found.policy.root.node))
        assert found.endpoint is not None
        assert found.endpoint.url == URL


# ---------------------------------------------------------------------------------------- positions


def block(text: str, by: int) -> str:
    return "".join(f"{' ' * by}{line}\n" for line in text.splitlines())


def exact(file: FileRead, text: str) -> None:
    """Every scalar of every policy stands in the file where its span says, but for its dollars."""
    assert file.policies
    lines = split_lines(text)
    for found in file.policies:
        for key in found.policy.root.leaf_keys():
            assert key.span.line == key.span.end_line
        for _, action in found.policy.gateways():
            where = action.field.get("type")
            assert where is not None
            span = where.location.span
            assert lines[span.line - 1][span.column - 1 : span.end_column - 1] == "ai-gateway"
            secret = action.config and action.config.get("providers")
            assert secret is not None
            value = next(iter(secret.items())).get("api_keys")
            assert value is not None
            held = next(iter(value.items())).get("value")
            assert held is not None
            span = held.location.span
            written = lines[span.line - 1][span.column - 1 : span.end_column - 1]
            assert written.replace("$$", "$") == held.text


def test_positions_in_literal_blocks_are_those_of_the_file() -> None:
    compose = "configs:\n  p:\n    # ours\n    content: |\n" + block(f"# first\n\n{GATEWAY}", 6).replace(
        "$", "$$"
    )
    exact(reading("compose.yaml", compose), compose)
    agent = "version: 3\nendpoints:\n- url: a.example.com\n  traffic_policy: |2\n" + block(GATEWAY, 4)
    held = "services:\n  a:\n    environment:\n      X: |\n" + block(agent, 8).replace("$", "$$")
    exact(reading("compose.yaml", held), held)
    plain = "version: 3\nendpoints:\n- url: a.example.com\n  traffic_policy:\n" + block(GATEWAY, 4)
    objects = "kind: ConfigMap\nmetadata: {name: x}\ndata:\n  n.yml: |\n" + block(plain, 4)
    exact(reading("k.yaml", objects), objects)


def test_positions_in_strings_are_those_of_the_string() -> None:
    for kind in KINDS.values():
        file = reading(kind.file, kind.text(GATEWAY))
        for found in file.policies:
            assert found.origin.embedding is not None
            (_, action), *_ = found.policy.gateways()
            location = action.field.location
            assert location.embedded == (3, 9)


def test_two_strings_within_one_string_are_told_apart() -> None:
    """Their leaves are counted by their places: no two may have the same."""
    endpoints = [{"url": f"https://{name}.example.com", "traffic_policy": GATEWAY} for name in "ab"]
    for agent in (
        json.dumps({"version": 3, "endpoints": endpoints}),
        json.dumps({"version": 3, "endpoints": endpoints}, indent=1),
        yaml.safe_dump({"version": 3, "endpoints": endpoints}),
    ):
        document = {"kind": "ConfigMap", "metadata": {"name": "x"}, "data": {"n.yml": agent}}
        for text in (json.dumps(document), yaml.safe_dump(document)):
            file = reading("k.yaml", text)
            keys = [list(found.policy.root.leaf_keys()) for found in file.policies]
            assert len(keys) == 2
            assert not set(keys[0]) & set(keys[1])


# --------------------------------------------------------------------------------------- kubernetes


def test_items_of_the_servers_own_lists_have_the_kind_of_the_list() -> None:
    item = {
        "metadata": {"name": "x"},
        "spec": {"url": URL, "trafficPolicy": {"inline": yaml.safe_load(GATEWAY)}},
    }
    file = dumped({"kind": "CloudEndpointList", "apiVersion": "v1", "items": [item]})
    assert places(file) == [("/items/0/spec/trafficPolicy/inline", URL, "x")]


def _object(kind: str, provider: str) -> str:
    return (
        f"kind: {kind}\napiVersion: v1\nmetadata: {{name: p}}\nspec:\n  policy:\n    on_http_request:\n"
        f"      - {{type: ai-gateway, config: {{providers: [{{id: {provider}}}]}}}}\n---\n"
    )


@pytest.mark.parametrize(
    "objects, taken",
    [
        ([("TrafficPolicy", "openai"), ("NgrokTrafficPolicy", "groq")], "openai"),
        ([("NgrokTrafficPolicy", "groq"), ("TrafficPolicy", "openai")], "openai"),
        ([("TrafficPolicy", "openai"), ("TrafficPolicy", "groq")], "openai"),
        ([("NgrokTrafficPolicy", "openai"), ("NgrokTrafficPolicy", "groq")], "openai"),
    ],
)
def test_a_name_means_the_first_traffic_policy_also_in_one_file(
    objects: list[tuple[str, str]], taken: str
) -> None:
    endpoint = (
        "kind: CloudEndpoint\napiVersion: v1\nmetadata: {name: e}\n"
        "spec: {url: 'https://a.example.com', trafficPolicyName: p}\n"
    )
    file = reading("a.yaml", "".join(_object(*one) for one in objects) + endpoint)
    (unit,) = (unit for unit in linked(file).units if unit.endpoint is not None)
    assert taken in str(to_python(unit.policy.root.node))


def test_a_config_map_holds_policies_and_agent_configurations() -> None:
    data = {
        "policy.yaml": GATEWAY,
        "n.yml": yaml.safe_dump({"version": 3, "endpoints": [{"url": URL, "traffic_policy": GATEWAY}]}),
        "app.conf": "listen 80;\nserver { x: y; }\n",
        "n": "7",
    }
    objects = {"kind": "ConfigMap", "metadata": {"name": "x", "namespace": "ns"}, "data": data}
    file = dumped({"kind": "List", "items": [objects]})
    found = linked(file)
    assert [unit.title for unit in found.units] == [URL, "ns/x/policy.yaml"]
    assert codes(file) == ["L005"]


def test_a_policy_that_is_a_kubernetes_secret_is_missed_and_not_shown() -> None:
    file = dumped({"kind": "Secret", "metadata": {}, "stringData": {"policy.yaml": GATEWAY}})
    assert (codes(file), file.policies) == (["R007"], ())
    assert "ai-gateway" not in (file.text or "")


# ----------------------------------------------------------------------------------------- bad input


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_a_file_that_breaks_off_is_a_finding(kind: Kind) -> None:
    text = kind.text(GATEWAY)
    for at in range(len(text) // 2, len(text) - 2, 37):
        file = reading(kind.file, text[:at])
        assert file.findings or file.policies or kind.file.endswith(".yaml")
        linked(file)


def test_an_answer_that_a_request_failed_is_said() -> None:
    answer = {"error_code": "ERR_NGROK_218", "status_code": 400, "msg": "No EXAMPLE-message.", "details": {}}
    for text in (json.dumps(answer), json.dumps([answer]), f"{json.dumps(answer)}\n{{}}"):
        file = reading("x.json", text)
        assert (codes(file), file.readable) == (["R018"], False)
        assert "ERR_NGROK_218, status 400" in file.findings[0].text
        assert "EXAMPLE-message" not in file.findings[0].text


def test_an_error_among_pages_hides_no_page() -> None:
    file = dumped([*pages(), {"error_code": ["x"], "status_code": "99999", "msg": 7}])
    assert (len(file.policies), file.readable, codes(file)) == (3, True, ["R018"])
    assert "(not shown)" in file.findings[0].text


@pytest.mark.parametrize("text", ["<!DOCTYPE html>\n<p>ai-gateway", "\n <html lang=en>", "<html>"])
def test_a_web_page_is_said_to_be_one(text: str) -> None:
    file = reading("endpoints.json", text)
    assert (codes(file), file.readable) == (["R019"], False)


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
@pytest.mark.parametrize(
    "held",
    [
        "rules:\n  - type: ai-gateway\n",
        "--- {rules: [{type: ai-gateway}]}",
        '[[{"type": "ai-gateway"}]]',
        "on_http_request: []\nx:\n  - type: ai-gateway\n",
        "on_http_request: []\n---\nx:\n  type: ai-gateway\n  config: {}\n",
    ],
)
def test_an_action_that_could_not_be_read_is_never_passed_over(kind: Kind, held: str) -> None:
    file = reading(kind.file, kind.text(held))
    gateways = [action for found in file.policies for action in found.policy.gateways()]
    assert gateways or "R007" in codes(file)
    assert all(found.at is not None for found in file.findings)


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_a_broken_policy_is_a_finding_with_its_place(kind: Kind) -> None:
    file = reading(kind.file, kind.text(f"{GATEWAY}x: [\n"))
    assert file.policies == ()
    assert set(codes(file)) == {"R003"}


_SKELETONS: tuple[dict[str, Any], ...] = (
    {"endpoints": None, "uri": "x"},
    {"endpoints": [{"traffic_policy": None, "url": None}]},
    {"error_code": None, "msg": None, "status_code": None},
    {"secrets": [{"value": None}], "uri": "x"},
    {"tunnels": [{"config": {"addr": None}, "policy": None}]},
    {"enabled": None, "value": None},
    {"terraform_version": None, "resources": [{"type": "ngrok_cloud_endpoint", "instances": None}]},
    {
        "serial": 1,
        "resources": [
            {"type": "ngrok_secret", "instances": [{"attributes": None, "sensitive_attributes": None}]}
        ],
    },
    {"format_version": None, "values": {"root_module": {"resources": None, "child_modules": None}}},
    {
        "format_version": 1,
        "resource_changes": [{"type": "ngrok_cloud_endpoint", "address": None, "change": None}],
    },
    {"format_version": 1, "planned_values": None, "sensitive_values": None, "values": None},
    {"variables": None, "configuration": {"root_module": {"variables": {"x": {"sensitive": True}}}}},
    {"endpointConfigs": {"x": None}},
    {"services": {"x": {"command": None, "volumes": None, "configs": None, "environment": None}}},
    {"services": {"x": {"image": "ngrok", "command": "--config /x", "volumes": None, "configs": [None]}}},
    {"configs": {"x": {"content": None}}},
    {"kind": "ConfigMap", "metadata": None, "data": None},
    {"kind": "CloudEndpointList", "metadata": None, "items": None},
)

_KEYS = sorted(
    {
        "traffic_policy",
        "value",
        "type",
        "url",
        "x",
        "name",
        "sensitive",
        "content",
        "file",
        "source",
        "target",
    }
    | {"attributes", "sensitive_attributes", "values", "after", "before", "instances", "resources", "id"}
)
_TEXTS = (
    *(
        "",
        "x",
        "/x",
        "./p:/x",
        "--config",
        "--url=a",
        "ai-gateway",
        "type: ai-gateway\n",
        "a: [\n",
        "$$",
        "'",
    ),
    *(
        "on_http_request: [{type: ai-gateway}]",
        '{"version": 3, "endpoints": [{"traffic_policy": "a:\\n b"}]}',
    ),
)
_ANYTHING = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-1, 10**20), st.sampled_from(_TEXTS)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(_KEYS), inner, max_size=4)
    ),
    max_leaves=12,
)


@st.composite
def damaged(draw: policies.Draw) -> Any:
    """A skeleton with anything where it has nothing, and in place of some of its parts."""

    def filled(node: Any, depth: int) -> Any:
        if node is None or (depth and draw(st.integers(0, 9)) == 0):
            return draw(_ANYTHING)
        if isinstance(node, dict):
            return {key: filled(value, depth + 1) for key, value in node.items()}
        return [filled(item, depth + 1) for item in node] if isinstance(node, list) else node

    return filled(draw(st.sampled_from(_SKELETONS)), 0)


@examples(300)
@given(damaged())
def test_nothing_under_the_keys_of_a_container_is_an_exception(document: Any) -> None:
    for text in (json.dumps(document), json.dumps([document, document]), yaml.safe_dump(document)):
        shown(text)
        link([reading("p.yaml", text)])


def test_a_dump_of_ten_megabytes_is_read() -> None:
    item = {"type": "cloud", "metadata": "x" * 2500, "traffic_policy": GATEWAY, "bindings": ["public"]}
    endpoints = [{**item, "url": f"https://n{number}.example.com"} for number in range(3600)]
    text = json.dumps({"endpoints": endpoints, "uri": "x"})
    assert len(text) > 10_000_000
    with within(120):
        file = reading("dump.json", text)
        found = linked(file)
    assert (len(found.units), codes(file)) == (3600, [])


@pytest.mark.parametrize("text", ['{"a": "' + '\\"' * 500_000, '{"a": 1}' + "[]" * 500_000, "[" * 500_000])
def test_no_row_of_documents_takes_for_ever(text: str) -> None:
    with within(60):
        assert reading("p.json", text).findings


# ---------------------------------------------------------------------------------------- properties


def alike(one: Any, other: Any) -> bool:
    """Whether two trees say the same, wherever no credential stands in either."""
    if isinstance(one, dict) and isinstance(other, dict):
        names = [[key for key in tree if not has_mask(key)] for tree in (one, other)]
        shared = set(names[0]) & set(names[1])
        return len(one) == len(other) and all(alike(one[key], other[key]) for key in shared)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(alike, one, other))
    if isinstance(one, str) and isinstance(other, str):
        return one == other or has_mask(one) or has_mask(other)
    return bool(one == other) or has_mask(str(one)) or has_mask(str(other))


@pytest.mark.parametrize("name", KINDS)
@examples(40)
@given(made=writing.texts(policies.clean()))
def test_a_policy_in_any_container_is_read_as_if_it_stood_alone(name: str, made: Written) -> None:
    kind = KINDS[name]
    text = kind.text(made.text)
    shown(text)
    own = reading("p.yaml", made.text)
    assume(own.policies)  # a key that is `<<` itself, beside one that merges, is a key that stands twice
    (alone,) = own.policies
    file = reading(kind.file, text)
    (found,) = [found for found in file.policies if found.policy.gateways()]
    assert file.container == found.container == kind.container
    assert alike(to_python(found.policy.root.node), to_python(alone.policy.root.node))
    assert "R007" not in codes(file)
    assert (found.endpoint is None) if name in WITHOUT_URL else (found.endpoint is not None)
    assert found.endpoint is None or found.endpoint.url == URL


# ----------------------------------------------------------------------------------------- secrets


def handed_on(file: FileRead) -> str:
    found = linked(file)
    said = [(one.text, one.advice, repr(one)) for one in (*file.findings, *found.findings)]
    pickled = pickle.dumps((file, found)).decode("utf-8", "replace")
    return "\n".join(
        (repr(file), repr(found), repr(said), pickled, file.text or "", visible(file.text or ""))
    )


def _positions() -> Iterator[tuple[str, str, str, list[str]]]:
    for name, kind in KINDS.items():
        secret = made_up(f"in {name}")
        for form, text in (
            ("YAML", policy(key_of(secret))),
            ("JSON", json.dumps(yaml.safe_load(policy(key_of(secret))))),
            (
                "one line",
                yaml.safe_dump(yaml.safe_load(policy(key_of(secret))), default_flow_style=True, width=10**6)[
                    1:-2
                ],
            ),
            ("broken", policy(key_of(secret)) + "x: [\n"),
        ):
            yield f"a policy in {name}, {form}", kind.file, kind.text(text), [secret]
    for label, file, document in (
        ("a vault's secret", "x.json", {"id": "secret_1", "name": "a", "value": "{}"}),
        ("a body that makes one", "x.json", {"name": "a", "vault_id": "v", "value": "{}"}),
        ("a list of secrets", "x.json", {"secrets": [{"name": "a", "value": "{}"}], "uri": "x"}),
        ("old keys", "x.json", {"ai_gateway_api_keys": [{"id": "aigk_1", "value": "{}"}], "uri": "x"}),
        ("an old key", "x.json", {"id": "aigk_1", "token": "{}"}),
        ("an old provider key", "x.json", {"id": "aigpk_1", "value": "{}"}),
        ("metadata", "x.json", {"id": "ep_1", "metadata": '{"api_key": "{}"}', "traffic_policy": GATEWAY}),
        (
            "an upstream",
            "x.json",
            {"id": "ep_1", "upstream_url": "https://u:{}@x", "traffic_policy": GATEWAY},
        ),
        (
            "a description",
            "x.json",
            {"id": "ep_1", "description": "use Bearer {}", "traffic_policy": GATEWAY},
        ),
        ("the extension's token", "x.json", {"agentConfig": {"authToken": "{}"}, "endpointConfigs": {}}),
    ):
        secret = made_up(label)
        yield label, file, json.dumps(document).replace("{}", secret), [secret]
    yield from _terraform()
    yield from _compose()


def _terraform() -> Iterator[tuple[str, str, str, list[str]]]:
    state = {"version": 4, "terraform_version": "1"}
    show = {"format_version": "1"}
    path = [[{"type": "get_attr", "value": "a"}, {"type": "index", "value": {"value": 1, "type": "number"}}]]
    for label, document in (
        (
            "a secret in a state",
            {
                **state,
                "resources": [{"type": "ngrok_secret", "instances": [{"attributes": {"value": "{}"}}]}],
            },
        ),
        (
            "a sensitive attribute",
            {
                **state,
                "resources": [
                    {"instances": [{"attributes": {"a": ["x", {"b": "{}"}]}, "sensitive_attributes": path}]}
                ],
            },
        ),
        (
            "a sensitive output",
            {**state, "resources": [], "outputs": {"a": {"value": ["{}"], "sensitive": True}}},
        ),
        (
            "a secret in a shown state",
            {
                **show,
                "values": {
                    "root_module": {"resources": [{"type": "ngrok_secret", "values": {"value": "{}"}}]}
                },
            },
        ),
        (
            "a sensitive value",
            {
                **show,
                "values": {"r": [{"values": {"a": [{"b": "{}"}]}, "sensitive_values": {"a": [{"b": True}]}}]},
            },
        ),
        (
            "a sensitive change",
            {
                **show,
                "resource_changes": [{"change": {"after": {"a": "{}"}, "after_sensitive": {"a": True}}}],
            },
        ),
        (
            "what was before a sensitive change",
            {**show, "resource_changes": [{"change": {"before": {"a": "{}"}, "before_sensitive": True}}]},
        ),
        (
            "a constant in a configuration",
            {
                **show,
                "values": {},
                "x": [{"type": "ngrok_secret", "expressions": {"value": {"constant_value": "{}"}}}],
            },
        ),
        (
            "a sensitive variable",
            {
                **show,
                "planned_values": {},
                "variables": {"openai": {"value": "{}"}},
                "configuration": {"root_module": {"variables": {"openai": {"sensitive": True}}}},
            },
        ),
    ):
        secret = made_up(label)
        yield label, "x.json", json.dumps(document).replace("{}", secret), [secret]
    secret = made_up("in a sensitive policy")
    resource = {
        "type": "ngrok_cloud_endpoint",
        "values": {"url": URL, "traffic_policy": policy(key_of(secret))},
        "sensitive_values": {"traffic_policy": True},
    }
    document = {**show, "values": {"root_module": {"resources": [resource]}}}
    yield "a policy that is sensitive", "x.json", json.dumps(document), [secret]


def _compose() -> Iterator[tuple[str, str, str, list[str]]]:
    for label, more in (
        ("an option", {"command": "http --authtoken {} 80"}),
        ("an option with =", {"command": "http --authtoken={} 80"}),
        ("the words of an option", {"command": ["http", "--authtoken", "{}", "80"]}),
        ("a password", {"command": ["http", "--basic-auth", "alice:{}", "80"]}),
        ("a word with =", {"entrypoint": ["ngrok", "--api-key={}"]}),
        ("a variable", {"environment": {"NGROK_AUTHTOKEN": "{}"}}),
        ("a setting", {"environment": ["NGROK_AUTHTOKEN={}"]}),
        (
            "a policy in a setting",
            {"environment": ["P=" + json.dumps({"on_http_request": [{"token": "{}"}]})]},
        ),
    ):
        secret = made_up(f"compose {label}")
        yield f"compose: {label}", "compose.yaml", service(**more).replace("{}", secret), [secret]
    token, key, word = made_up("held token"), made_up("held key"), "pa$$" + made_up("held $")
    agent = {
        "version": 3,
        "agent": {"authtoken": token},
        "endpoints": [{"url": URL, "traffic_policy": policy(key_of(key))}],
    }
    document = {"configs": {"n": {"content": yaml.safe_dump(agent)}, "p": {"content": policy(key_of(word))}}}
    for label, text in (("YAML", yaml.safe_dump(document)), ("JSON", json.dumps(document))):
        yield f"compose: an agent's configuration, {label}", "compose.yaml", text, [token, key, word[4:]]
    old = {"kind": "NgrokTrafficPolicy", "spec": {"policy": policy(key_of(key))}}
    annotations = {"kubectl.kubernetes.io/last-applied-configuration": json.dumps(old)}
    objects = {"kind": "NgrokTrafficPolicy", "metadata": {"annotations": annotations}, "spec": {}}
    yield "a text in an annotation", "k.json", json.dumps(objects), [key]


PLANTED = list(_positions())


@pytest.mark.parametrize("file, text, secrets", [row[1:] for row in PLANTED], ids=[row[0] for row in PLANTED])
def test_a_credential_in_any_place_is_handed_on_by_nothing(file: str, text: str, secrets: list[str]) -> None:
    assert all(secret in text for secret in secrets)
    assert list(seen(handed_on(reading(file, text)), secrets)) == []


def test_a_sensitive_policy_is_read_all_the_same() -> None:
    text = next(text for label, _, text, _ in PLANTED if label == "a policy that is sensitive")
    (found,) = reading("x.json", text).policies
    assert len(found.policy.gateways()) == 1


def test_a_dollar_that_is_written_twice_is_no_credential() -> None:
    file = reading("compose.yaml", KINDS["compose"].text(GATEWAY))
    assert file.credentials == ()


def test_a_byte_order_mark_in_a_string_moves_no_mask() -> None:
    keys = f"[{{value: &a {made_up('key')}}}, {{value: *a}}]"
    providers = f"[{{id: openai, api_keys: {keys}}}]"
    text = f"\ufeff{{on_http_request: [{{actions: [{{type: ai-gateway, config: {{providers: {providers}}}}}]}}]}}"
    file = dumped({"endpoints": [{"id": "ep_1", "url": AI, "traffic_policy": text}], "uri": "x"})
    (found,) = file.policies
    held: Any = to_python(found.policy.root.node)
    listed = held["on_http_request"][0]["actions"][0]["config"]["providers"][0]["api_keys"]
    assert [visible(key["value"]) for key in listed] == ["***", "***"]
    assert file.text is not None
    assert "[{value: &a ***}, {value: *a}]" in visible(file.text)
