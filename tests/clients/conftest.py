"""A bundle as ``convert`` writes it, and a folder of applications."""

from __future__ import annotations

from pathlib import Path

import pytest

import migrator
from migrator import Input
from migrator.clients import Bundle, read_bundle

CONFIG = """\
version: 3
endpoints:
  - url: https://ai.example.com
    traffic_policy:
      on_http_request:
        - actions:
            - type: ai-gateway
              config:
                only_allow_configured_providers: true
                only_allow_configured_models: true
                providers:
                  - id: openai
                    api_keys: [{value: "${secrets.get('openai', 'main')}"}]
                    models: [{id: gpt-4o}, {id: gpt-4o-mini, id_aliases: [fast]}]
                  - id: google
                    api_keys: [{value: "${secrets.get('google', 'main')}"}]
                    models: [{id: gemini-2.0-flash}, {id: gemini-2.5-pro}]
  - url: https://paths.example.com
    traffic_policy:
      on_http_request:
        - expressions: ["req.url.path.startsWith('/v1')"]
          actions:
            - type: ai-gateway
              config:
                only_allow_configured_providers: true
                providers: [{id: anthropic, api_keys: [{value: "${secrets.get('anthropic', 'main')}"}]}]
  - url: https://one.example.com
    traffic_policy:
      on_http_request:
        - actions:
            - type: ai-gateway
              config:
                only_allow_configured_providers: true
                providers:
                  - id: openai
                    api_keys: [{value: "${secrets.get('openai', 'main')}"}]
                model_selection: {strategy: ["ai.models.filter(m, m.id == 'gpt-4o')"]}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A written bundle."""
    place = tmp_path / "bundle"
    migrator.convert([Input("ngrok.yml", "ngrok.yml", CONFIG.encode())]).write_bundle(place)
    return place


@pytest.fixture
def bundle(folder: Path) -> Bundle:
    return read_bundle(folder)


@pytest.fixture
def app(tmp_path: Path) -> Path:
    """An empty folder for applications."""
    place = tmp_path / "app"
    place.mkdir()
    return place
