"""The access scope: what is listed twice is one thing."""

from __future__ import annotations

import pytest

from tests.properties.pipeline import converted

TWICE = ("{id: gpt-4o-mini, author_id: meta}", "{id: gpt-4o-mini}")


@pytest.mark.parametrize("models", [TWICE, TWICE[::-1]])
def test_a_strategy_leaves_out_a_model_that_is_listed_twice(models: tuple[str, str]) -> None:
    policy = f"""\
on_http_request:
  - actions:
      - type: ai-gateway
        config:
          only_allow_configured_models: true
          providers:
            - id: google
              api_keys: [{{value: "${{secrets.get('llm', 'google')}}"}}]
              models: [{", ".join(models)}, {{id: gemini-2.5-pro}}]
          model_selection:
            strategy: ["ai.models.ignore(['gpt-4o-mini'])"]
"""
    run = converted({"p.yaml": policy})
    assert not {"V001", "V003"} & {found.code for found in run.findings}
    (configuration,) = run.state.configurations
    assert configuration.models is not None
    assert configuration.models.allow == ("google:google/gemini-2.5-pro",)
