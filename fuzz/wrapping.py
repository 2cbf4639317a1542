"""A policy in every container that one was kept in, as its own tools write it."""

from __future__ import annotations

import json
from collections.abc import Callable
from random import Random
from typing import Final

import yaml

_URL: Final = "https://ai.example.com"


def _indented(text: str, by: int) -> str:
    return "".join(f"{' ' * by}{line}" for line in text.splitlines(keepends=True))


def agent(text: str) -> tuple[str, str]:
    return (
        "ngrok.yml",
        f"version: 3\nendpoints:\n  - name: ai\n    url: {_URL}\n    traffic_policy:\n{_indented(text, 6)}",
    )


def cloud_endpoint(text: str) -> tuple[str, str]:
    head = "apiVersion: ngrok.k8s.ngrok.com/v1alpha1\nkind: CloudEndpoint\nmetadata:\n  name: ai\n"
    return "endpoint.yaml", f"{head}spec:\n  url: {_URL}\n  trafficPolicy:\n    inline:\n{_indented(text, 6)}"


def traffic_policy(text: str) -> tuple[str, str]:
    head = "apiVersion: ngrok.k8s.ngrok.com/v1alpha1\nkind: NgrokTrafficPolicy\nmetadata:\n  name: ai\n"
    return "policy.yaml", f"{head}spec:\n  policy:\n{_indented(text, 4)}"


def helm(text: str) -> tuple[str, str]:
    return "template.yaml", traffic_policy(text)[1].replace("name: ai", "name: {{ .Release.Name }}-ai")


def kube_list(text: str) -> tuple[str, str]:
    spec = {"url": _URL, "trafficPolicy": {"policy": _data(text)}}
    item = {"kind": "CloudEndpoint", "metadata": {"name": "ai"}, "spec": spec}
    return "list.json", json.dumps({"kind": "List", "items": [item]}, indent=2, default=str)


def api(text: str) -> tuple[str, str]:
    one = {"id": "ep_1", "url": _URL, "type": "cloud", "traffic_policy": text}
    return "endpoints.json", json.dumps({"endpoints": [one], "uri": "x", "next_page_uri": None}, indent=1)


def api_nested(text: str) -> tuple[str, str]:
    return "endpoint.json", json.dumps(
        {"id": "ep_1", "url": _URL, "traffic_policy": _data(text)}, default=str
    )


def raw_json(text: str) -> tuple[str, str]:
    return "policy.json", json.dumps(_data(text), indent=1, default=str)


def heredoc(text: str) -> tuple[str, str]:
    body = _indented(text.replace("${", "$${"), 4)
    return (
        "main.tf",
        f'resource "ngrok_cloud_endpoint" "ai" {{\n  url = "{_URL}"\n  traffic_policy = <<-EOT\n{body}\n  EOT\n}}\n',
    )


def jsonencode(text: str) -> tuple[str, str]:
    body = json.dumps(_data(text), default=str).replace("${", "$${")
    return "main.tf", f'resource "ngrok_cloud_endpoint" "ai" {{\n  traffic_policy = jsonencode({body})\n}}\n'


def state(text: str) -> tuple[str, str]:
    attributes = {"id": "ep_1", "url": _URL, "traffic_policy": text}
    resource = {
        "mode": "managed",
        "type": "ngrok_cloud_endpoint",
        "name": "ai",
        "instances": [{"attributes": attributes}],
    }
    return "terraform.tfstate", json.dumps(
        {"version": 4, "terraform_version": "1.9.0", "resources": [resource]}, indent=2
    )


def show(text: str) -> tuple[str, str]:
    resource = {
        "address": "a.b",
        "type": "ngrok_cloud_endpoint",
        "name": "b",
        "values": {"url": _URL, "traffic_policy": text},
    }
    return "show.json", json.dumps(
        {"format_version": "1.0", "values": {"root_module": {"resources": [resource]}}}
    )


def compose(text: str) -> tuple[str, str]:
    inner = agent(text)[1].replace("$", "$$")
    head = "services:\n  ngrok:\n    image: ngrok/ngrok\n    configs: [{source: ngrok, target: /etc/ngrok.yml}]\n"
    return "compose.yaml", f"{head}configs:\n  ngrok:\n    content: |\n{_indented(inner, 6)}"


def desktop(text: str) -> tuple[str, str]:
    held = {
        "agentConfig": {},
        "endpointConfigs": {"web:80": {"url": _URL, "trafficPolicy": text}},
        "version": 1,
    }
    return "state.json", json.dumps(held)


def python(text: str) -> tuple[str, str]:
    return "app.py", f'import ngrok\n\nPOLICY = """\n{text}"""\nngrok.forward(8080, traffic_policy=POLICY)\n'


def javascript(text: str) -> tuple[str, str]:
    body = text.replace("`", "'").replace("${", "\\${")
    return (
        "app.mjs",
        f"import ngrok from '@ngrok/ngrok';\nawait ngrok.forward({{ traffic_policy: `\n{body}` }});\n",
    )


def golang(text: str) -> tuple[str, str]:
    return "main.go", f"package main\n\nvar p = ngrok.WithTrafficPolicy(`\n{text.replace('`', chr(39))}`)\n"


def shell(text: str) -> tuple[str, str]:
    return (
        "deploy.sh",
        f"#!/bin/sh\ncat > policy.yaml <<'EOF'\n{text}\nEOF\nngrok http 80 --traffic-policy-file policy.yaml\n",
    )


def workflow(text: str) -> tuple[str, str]:
    run = shell(text)[1].partition("\n")[2]
    return (
        "deploy.yml",
        f"on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n      - run: |\n{_indented(run, 10)}",
    )


def _data(text: str) -> object:
    """What a policy says; the text itself where it is none."""
    try:
        return yaml.load(text, Loader=yaml.CSafeLoader)
    except (yaml.YAMLError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return text  # some of what PyYAML says of a wrong value is no error of its own


Wrapping = Callable[[str], tuple[str, str]]
WRAPPINGS: Final[tuple[Wrapping, ...]] = (
    *(
        agent,
        cloud_endpoint,
        traffic_policy,
        helm,
        kube_list,
        api,
        api_nested,
        raw_json,
        heredoc,
        jsonencode,
        state,
    ),
    *(show, compose, desktop, python, javascript, golang, shell, workflow),
)


def wrapped(chance: Random, data: bytes) -> tuple[str, bytes]:
    """(name, content) of a file of another kind that holds the policy."""
    text = data.decode("utf-8", "replace")
    try:
        name, content = chance.choice(WRAPPINGS)(text)
    except (ValueError, TypeError, RecursionError):  # what a damaged policy says is not always JSON
        name, content = api(text)
    return name, content.encode("utf-8", "replace")
