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
