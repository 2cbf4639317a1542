"""Providers that are disabled: nothing is lost with them, and their ids stay closed."""

from __future__ import annotations

import pytest

from tests.properties.pipeline import converted

KEYS = "api_keys: [{value: \"${secrets.get('llm', 'key')}\"}]"


def files(*providers: str, more: str = "on_error: halt") -> dict[str, str]:
    listed = "".join(f"            - {{{provider}}}\n" for provider in providers)
    return {
        "p.yaml": f"""\
on_http_request:
  - actions:
      - type: ai-gateway
        config:
          {more}
          providers:
{listed}"""
    }


@pytest.mark.parametrize(
    "provider",
    [
        "id: ollama, base_url: 'http://localhost:11434/v1'",
        "id: ollama, base_url: '${vars.url}'",
        "id: ollama",
        "id: anthropic, base_url: 'https://own.example.com/v1'",
        "id: xai, base_url: 'https://own.example.com/v1'",
    ],
)
def test_a_disabled_provider_is_left_out_whatever_its_server(provider: str) -> None:
    run = converted(files(f"{provider}, disabled: true", f"id: openai, {KEYS}"))
    codes = {found.code for found in run.findings}
    assert "T107" in codes
    assert not {"T101", "T102", "T103", "T104", "V001", "V002", "V003"} & codes
    assert run.state.providers == ()
    (configuration,) = run.state.configurations
    assert configuration.providers is not None
    assert configuration.providers.allow == ("openai",)


def test_the_id_of_a_disabled_built_in_provider_with_another_server_is_excluded() -> None:
    run = converted(files("id: anthropic, base_url: 'https://own.example.com/v1', disabled: true"))
    assert not {"V001", "V003"} & {found.code for found in run.findings}
    (configuration,) = run.state.configurations
    assert configuration.providers is not None
    assert "anthropic" not in configuration.providers.allow


@pytest.mark.parametrize("first", ["base_url: 'https://own.example.com/v1', ", ""])
def test_of_two_entries_of_an_id_one_of_which_is_disabled_none_is_open(first: str) -> None:
    off = "id: anthropic, base_url: 'https://own.example.com/v1', disabled: true"
    listed = files(f"id: anthropic, {first}{KEYS}", off, more="only_allow_configured_providers: true")
    run = converted(listed)
    assert not {"V001", "V003"} & {found.code for found in run.findings}
    (configuration,) = run.state.configurations
    assert configuration.providers is not None
    assert configuration.providers.allow == ()
