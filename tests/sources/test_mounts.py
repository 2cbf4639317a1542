"""Agents in containers: a configuration of its own file, whose paths are those of the container."""

from __future__ import annotations

from pathlib import Path

import pytest

import migrator
from migrator.sources.model import Mounts

CONFIGURATION = """\
version: 3
agent: {authtoken: x}
endpoints:
  - url: https://ai.example.com
    traffic_policy_file: POLICY
"""
POLICY = "on_http_request: [{actions: [{type: ai-gateway, config: {providers: [{id: openai}]}}]}]\n"
TO_FOLDER = "volumes: [./conf/ngrok.yml:/etc/ngrok.yml, ./policies:/policies:ro]"
CONFIGS = """\
configs: [{source: agent, target: /etc/ngrok.yml}, {source: chat, target: /policies/chat.yml}]
configs:
  agent: {file: ./conf/ngrok.yml}
  chat: {file: ./policies/chat.yml}
"""
SERVICES = {
    "option": f"command: start --all --config /etc/ngrok.yml\n    {TO_FOLDER}",
    "list": f"environment: [NGROK_CONFIG=/etc/ngrok.yml]\n    {TO_FOLDER}",
    "mapping": f"environment: {{NGROK_CONFIG: /etc/ngrok.yml}}\n    {TO_FOLDER}",
    "usual": "volumes: ['./conf/ngrok.yml:/home/ngrok/.config/ngrok/ngrok.yml', './policies:/policies']",
    "configs": f"command: [start, --all, --config=/etc/ngrok.yml]\n    {CONFIGS}",
}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for name, text in {"conf/ngrok.yml": CONFIGURATION, "policies/chat.yml": POLICY}.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text.replace("POLICY", "/policies/chat.yml"), encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("service", sorted(SERVICES))
@pytest.mark.parametrize("named", ["compose.yaml", "."])
def test_a_policy_is_found_through_the_mounts_of_who_reads_the_configuration(
    project: Path, service: str, named: str
) -> None:
    text = f"services:\n  ngrok:\n    image: ngrok/ngrok\n    {SERVICES[service]}\n"
    (project / "compose.yaml").write_text(text, encoding="utf-8")
    result = migrator.convert([project / named])
    assert [unit.id for unit in result.units] == ["ai.example.com"]
    assert not {"L001", "L005"} & {found.code for found in result.findings}


def test_what_is_mounted_nowhere_is_told(project: Path) -> None:
    text = "services:\n  ngrok:\n    image: ngrok/ngrok\n    command: start --config /etc/ngrok.yml\n"
    (project / "compose.yaml").write_text(
        f"{text}    volumes: [./conf/ngrok.yml:/etc/ngrok.yml]\n", encoding="utf-8"
    )
    result = migrator.convert([project / "compose.yaml"])
    assert [found.code for found in result.findings if found.code.startswith("L")] == ["L001"]


def test_a_path_is_found_through_the_nearest_mount() -> None:
    mounts = Mounts({"/a": "./one", "/a/b": "./two", "/c.yml": "./three.yml"})
    assert [mounts.file(path) for path in ("/a/x", "/a/b/x", "/a/b/../x", "/c.yml", "/d", "x")] == [
        "./one/x",
        "./two/x",
        "./one/x",
        "./three.yml",
        None,
        None,
    ]
