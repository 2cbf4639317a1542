"""What the configuration added to requests: constant query parameters go into base URLs."""

from __future__ import annotations

import pytest

from tests.properties.pipeline import converted, staged

POLICY = """\
on_http_request:
  - actions:
      - type: ai-gateway
        config:
          only_allow_configured_providers: true
          query_params:
            api-version: "2"
          providers:
"""
LINE = 7
OTHER = "https://other.example.com/v1?api-version=1"
SAME = "https://same.example.com/v1?api-version=2"
NONE = "https://none.example.com/v1"
FOLDED = f"{NONE}?api-version=2"


@pytest.mark.parametrize(
    "urls, built_in, after, reason, outcome",
    [
        ([NONE], False, [FOLDED], None, "CONVERTED"),
        ([SAME, NONE], False, [SAME, FOLDED], None, "CONVERTED"),
        (
            [OTHER, NONE],
            False,
            [OTHER, FOLDED],
            "the base_url of p0 has another value for it; folded for the others",
            "APPROXIMATED",
        ),
        (
            [NONE, OTHER],
            True,
            [FOLDED, OTHER],
            (
                "the base_url of p1 has another value for it; built-in providers (openai) take none; "
                "folded for the others"
            ),
            "APPROXIMATED",
        ),
        ([OTHER], False, [OTHER], "the base_url of p0 has another value for it", "UNSUPPORTED"),
        (
            [OTHER],
            True,
            [OTHER],
            "the base_url of p0 has another value for it; built-in providers (openai) take none",
            "UNSUPPORTED",
        ),
        (
            [NONE],
            True,
            [FOLDED],
            "built-in providers (openai) take none; folded for the others",
            "APPROXIMATED",
        ),
    ],
)
def test_a_query_parameter_folds_into_every_base_url_that_takes_it(
    urls: list[str], after: list[str], reason: str | None, outcome: str, *, built_in: bool
) -> None:
    listed = [f"            - {{id: p{number}, base_url: '{url}'}}\n" for number, url in enumerate(urls)]
    own = ["            - {id: openai, api_keys: [{value: \"${secrets.get('llm', 'openai')}\"}]}\n"]
    given = {"p.yaml": "".join([POLICY, *listed, *(own if built_in else [])])}
    run = converted(given)
    assert sorted(provider.base_url for provider in run.state.providers) == sorted(after)
    told = [str(found.facts["reason"]) for found in run.findings if found.code == "T404"]
    assert told == ([reason] if reason else [])
    (translated,) = staged(given).results
    said = {one.name for key, one in translated.coverage.items() if key.span.line == LINE}
    assert said == {outcome}
