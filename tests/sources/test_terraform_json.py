"""Terraform's files in JSON: finished texts are policies, expressions are told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from migrator.api import Options, Result, convert_many
from tests.sources.hosts import with_files

BEFORE = {"type": "add-headers", "config": {"headers": {"x-from": "$${conn.client_ip}"}}}
ACTION = {"type": "ai-gateway", "config": {"providers": [{"id": "openai"}]}}
POLICY = json.dumps({"on_http_request": [{"actions": [BEFORE]}, {"actions": [ACTION]}]})


def endpoint(policy: str, **further: str) -> dict[str, Any]:
    return {
        "ngrok_cloud_endpoint": {"ai": {"url": "https://ai.example.com", "traffic_policy": policy, **further}}
    }


def converted(folder: Path, resource: object, monkeypatch: pytest.MonkeyPatch) -> Result:
    monkeypatch.chdir(with_files(folder, {"cdk.tf.json": json.dumps({"resource": resource}, indent=1)}))
    return convert_many(["."], Options(verify=False), jobs=1)


def codes(result: Result) -> list[str]:
    return [found.code for found in result.findings if found.code in ("L001", "R007", "R014")]


@pytest.mark.parametrize("many", [False, True])
def test_a_finished_text_is_the_policy_of_its_endpoint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, many: bool
) -> None:
    resource = endpoint(POLICY)
    result = converted(tmp_path, [resource] if many else resource, monkeypatch)
    assert [unit.id for unit in result.units] == ["ai.example.com"]
    assert codes(result) == []


def test_what_is_left_has_its_escapes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (left,) = converted(tmp_path, endpoint(POLICY), monkeypatch).residuals().residuals
    held = json.loads(left.text)["resource"]["ngrok_cloud_endpoint"]["ai"]["traffic_policy"]
    assert json.loads(held) == {"on_http_request": [{"actions": [BEFORE]}]}


@pytest.mark.parametrize("path", ["policy.yml", "${path.module}/policy.yml"])
def test_a_file_is_followed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str) -> None:
    with_files(tmp_path, {"policy.yml": POLICY.replace("$$", "$")})
    result = converted(tmp_path, endpoint(f'${{file("{path}")}}'), monkeypatch)
    assert [unit.id for unit in result.units] == ["ai.example.com"]
    assert codes(result) == []


@pytest.mark.parametrize(
    "policy",
    [
        '${jsonencode({ on_http_request = [{ actions = [{ type = "ai-gateway" }] }] })}',
        POLICY.replace("openai", "${var.provider}"),
        POLICY.replace("openai", "%{ if var.on }openai%{ endif }"),
        POLICY.replace("openai", "a$$b"),
    ],
)
def test_an_expression_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, policy: str) -> None:
    result = converted(tmp_path, endpoint(policy), monkeypatch)
    assert not result.units
    assert codes(result) == ["R007"]


def test_a_computed_address_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    result = converted(tmp_path, endpoint(POLICY, url="https://${var.name}.example.com"), monkeypatch)
    assert [unit.unit.endpoint.url for unit in result.units if unit.unit.endpoint] == [None]
