"""Clients of objects that have several hosts, or only some paths of one, for their policy."""

from __future__ import annotations

from pathlib import Path

import pytest

import migrator
from migrator import Input
from migrator.clients import Bundle, read_bundle

POLICY = """\
kind: NgrokTrafficPolicy
metadata: {name: chat}
spec:
  policy:
    on_http_request:
      - {type: ai-gateway, config: {only_allow_configured_providers: true}}
---
"""
HOSTS = """\
kind: Ingress
metadata: {name: chat, annotations: {k8s.ngrok.com/traffic-policy: chat}}
spec: {rules: [{host: chat.example.com}, {host: talk.example.com}]}
"""
PATH = """\
kind: Ingress
metadata: {name: chat}
spec:
  rules:
    - host: chat.example.com
      http: {paths: [{path: /v1, backend: {resource: {kind: NgrokTrafficPolicy, name: chat}}}]}
"""


def bundle(folder: Path, text: str) -> Bundle:
    migrator.convert([Input("k8s.yaml", "k8s.yaml", (POLICY + text).encode())]).write_bundle(folder)
    return read_bundle(folder)


def test_each_host_of_an_endpoint_is_looked_for(tmp_path: Path) -> None:
    found = bundle(tmp_path / "bundle", HOSTS)
    assert found.hosts == ("chat.example.com", "talk.example.com")
    assert {unit.id for unit in found.units} == {"default..chat"}


@pytest.mark.parametrize("text, expected", [(HOSTS, False), (PATH, True)])
def test_an_endpoint_of_some_paths_is_a_part(tmp_path: Path, text: str, *, expected: bool) -> None:
    assert {unit.is_part for unit in bundle(tmp_path / "bundle", text).units} == {expected}
