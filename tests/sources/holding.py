"""Files of every structured kind around one policy's text, made without the migrator."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Final, NamedTuple

import yaml

URL: Final = "https://ai.example.com"


class Kind(NamedTuple):
    """A kind of file: its name as a container, the file's own name, and what it makes of a policy's text."""

    container: str
    file: str
    text: Callable[[str], str]


def _endpoint(policy: object) -> dict[str, Any]:
    return {
        "id": "ep_EXAMPLE",
        "type": "cloud",
        "hostport": "ai.example.com:443",
        "public_url": URL,
        "metadata": '{"team": "ai"}',
        "bindings": ["public"],
        "traffic_policy": policy,
    }


def _page(policy: str) -> dict[str, Any]:
    return {
        "endpoints": [_endpoint(""), _endpoint(policy)],
        "uri": "https://api.ngrok.com/endpoints",
        "next_page_uri": None,
    }


def _state(policy: str) -> dict[str, Any]:
    instance = {"attributes": {"url": URL, "traffic_policy": policy}, "sensitive_attributes": []}
    resource = {"mode": "managed", "type": "ngrok_cloud_endpoint", "name": "ai", "instances": [instance]}
    return {"version": 4, "terraform_version": "1.9.8", "resources": [resource]}


def _resource(policy: str) -> dict[str, Any]:
    return {
        "address": "ngrok_cloud_endpoint.ai",
        "type": "ngrok_cloud_endpoint",
        "name": "ai",
        "values": {"url": URL, "traffic_policy": policy},
    }


def _show(policy: str) -> dict[str, Any]:
    modules = {"child_modules": [{"child_modules": [{"resources": [_resource(policy)]}]}]}
    return {"format_version": "1.0", "values": {"root_module": modules}}


def _plan(policy: str) -> dict[str, Any]:
    change = {"before": {"traffic_policy": policy}, "after": _resource(policy)["values"]}
    return {
        "format_version": "1.2",
        "planned_values": {"root_module": {"resources": [_resource(policy)]}},
        "resource_changes": [{**_resource(policy), "change": change}],
    }


def _terraform(policy: str) -> dict[str, Any]:
    endpoint = {"url": URL, "traffic_policy": policy.replace("${", "$${")}
    return {"resource": {"ngrok_cloud_endpoint": {"ai": endpoint}}}


def _compose(policy: str) -> str:
    service = {
        "image": "ngrok/ngrok",
        "command": ["http", f"--url={URL}", "--traffic-policy-file", "/policy"],
        "configs": ["policy"],
    }
    document = {
        "services": {"ai": service},
        "configs": {"policy": {"content": policy.replace("$", "$$")}},
    }
    text: str = yaml.safe_dump(document)
    return text


def _environment(policy: str) -> str:
    service = {"command": f"--url={URL}", "environment": {"POLICY": policy.replace("$", "$$")}}
    text: str = yaml.safe_dump({"services": {"ai": service}})
    return text


def _config_map(policy: str) -> str:
    text: str = yaml.safe_dump(
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "ai"}, "data": {"policy": policy}}
    )
    return text


def _desktop(policy: str) -> dict[str, Any]:
    return {"endpointConfigs": {"a:80": {"url": URL, "trafficPolicy": policy}}, "version": 1}


def _agent(policy: str) -> dict[str, Any]:
    endpoint = {"name": "ai", "url": URL, "upstream": {"url": "x"}, "traffic_policy": policy}
    return {"endpoints": [endpoint], "uri": "/api/endpoints"}


def _tunnels(policy: str) -> dict[str, Any]:
    tunnel = {"name": "ai", "public_url": URL, "config": {"addr": "x"}, "traffic_policy": policy}
    return {"tunnels": [tunnel], "uri": "/api/tunnels"}


def _json(make: Callable[[str], Any]) -> Callable[[str], str]:
    return lambda policy: json.dumps(make(policy))


KINDS: Final = {
    "list": Kind("ngrok-api", "p.json", _json(_page)),
    "endpoint": Kind("ngrok-api", "p.json", _json(_endpoint)),
    "body": Kind(
        "ngrok-api", "p.json", _json(lambda held: {"url": URL, "type": "cloud", "traffic_policy": held})
    ),
    "array of pages": Kind("ngrok-api", "p.json", _json(lambda held: [[_page("")], _page(held)])),
    "pages in a row": Kind(
        "ngrok-api", "p.json", lambda held: json.dumps(_page(""), indent=1) + json.dumps(_page(held))
    ),
    "lines": Kind(
        "ngrok-api", "p.jsonl", lambda held: f"{json.dumps(_page(''))}\n{json.dumps(_endpoint(held))}\n"
    ),
    "agent": Kind("agent-api", "p.json", _json(_agent)),
    "tunnels": Kind("agent-api", "p.json", _json(_tunnels)),
    "module": Kind("edge-module", "p.json", _json(lambda held: {"enabled": True, "value": held})),
    "state": Kind("terraform-state", "p.tfstate", _json(_state)),
    "show": Kind("terraform-show", "p.json", _json(_show)),
    "plan": Kind("terraform-show", "p.json", _json(_plan)),
    "terraform": Kind("terraform-json", "main.tf.json", _json(_terraform)),
    "desktop": Kind("docker-desktop", "p.json", _json(_desktop)),
    "compose": Kind("docker-compose", "compose.yaml", _compose),
    "environment": Kind("docker-compose", "compose.yaml", _environment),
    "config map": Kind("kubernetes", "p.yaml", _config_map),
}
"""Every kind that holds a policy as a string. All but ``module`` and ``config map`` know the endpoint."""

WITHOUT_URL: Final = frozenset({"module", "config map"})
