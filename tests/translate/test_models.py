"""Models of custom providers: which name gets an entry, and what is said of one that gets none."""

from __future__ import annotations

import pytest

from tests.properties.pipeline import converted, staged

POLICY = """\
on_http_request:
  - actions:
      - type: ai-gateway
        config:
          providers:
            - id: lm
              base_url: https://lm.example.com/v1
              models:
                - id: a
                - {0}
"""
LINE = 10


@pytest.mark.parametrize(
    "second, column, entries, lost",
    [
        ("{id: b, id_aliases: [a, c], unsupported_params: [seed]}", 40, ["a", "b", "c"], ["a"]),
        ("{id: a, id_aliases: [c], unsupported_params: [seed]}", 24, ["a", "c"], ["a"]),
        ("{id: a, unsupported_params: [seed]}", 24, ["a"], ["a", "seed"]),
    ],
)
def test_only_a_name_that_is_taken_is_lost(
    second: str, column: int, entries: list[str], lost: list[str]
) -> None:
    given = {"p.yaml": POLICY.format(second)}
    run = converted(given)
    (provider,) = run.state.providers
    assert [model.model_id for model in provider.models] == entries
    (told,) = (found for found in run.findings if found.code == "T119")
    assert told.at is not None
    assert (told.at.span.line, told.at.span.column) == (LINE, column)
    (translated,) = staged(given).results
    spans = {key.span: outcome.name for key, outcome in translated.coverage.items() if key.span.line == LINE}
    line = given["p.yaml"].splitlines()[LINE - 1]
    said = [line[at.column - 1 : at.end_column - 1] for at, name in spans.items() if name == "UNSUPPORTED"]
    assert sorted(said) == lost


@pytest.mark.parametrize("listed", ["true", "false"])
@pytest.mark.parametrize(
    "models",
    [
        "id: b, id_aliases: [a, c]}, {id: a, disabled: true",
        "id: a, disabled: true}, {id: b, id_aliases: [a, c]",
    ],
)
def test_the_name_of_a_disabled_model_stays_closed(models: str, listed: str) -> None:
    policy = f"""\
on_http_request:
  - actions:
      - type: ai-gateway
        config:
          only_allow_configured_models: {listed}
          providers:
            - id: lm
              base_url: https://lm.example.com/v1
              models: [{{{models}}}]
"""
    run = converted({"p.yaml": policy})
    codes = [found.code for found in run.findings]
    assert codes.count("T119") == codes.count("T116") == 1
    assert not {"V001", "V003"} & set(codes)
    (configuration,) = run.state.configurations
    scope = configuration.models
    assert scope is not None
    assert scope.allow == ("lm:b", "lm:c")
