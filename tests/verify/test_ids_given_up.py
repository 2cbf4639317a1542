"""An id that a policy had to give up is another policy's now: whoever may use that one reaches another server."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from msgspec.structs import replace

from migrator.api import Input, convert
from migrator.comparison import objects_of_result, verify
from migrator.verify.model import Kind

POLICY = """\
on_http_request:
- type: ai-gateway
  config:
    only_allow_configured_providers: true
    providers:
    - id: llm
      base_url: https://{0}.example.com/v1
      models: [{{id: m}}]
      api_keys: [{{value: "${{secrets.get('v', '{0}')}}"}}]
"""
INPUTS = [Input(f"{name}.yaml", f"{name}.yaml", POLICY.format(name).encode()) for name in ("a", "b")]


def allowed(scope: list[str]) -> Any:
    """What the run made, with another scope for the second policy."""
    objects = objects_of_result(convert(INPUTS))
    assert [body["providerId"] for body in objects.providers.values()] == ["llm", "llm-b-example-com"]
    configurations = copy.deepcopy(dict(objects.configurations))
    configurations["b"]["access"]["providers"]["allow"] = scope
    return replace(objects, configurations=configurations)


def kinds(scope: list[str]) -> set[tuple[str, str | None]]:
    found = verify(INPUTS, objects=allowed(scope)).verdicts[1]
    return {(one.kind.value, one.request.model) for one in found.differences if one.kind is Kind.WIDER}


@pytest.mark.parametrize("scope", [["llm-b-example-com", "llm"], ["llm"]], ids=["both", "the other alone"])
def test_another_policys_provider_under_the_old_id_is_wider(scope: list[str]) -> None:
    assert kinds(scope) == {("wider", "llm:m")}


def test_an_id_that_stays_shut_is_not() -> None:
    assert kinds(["llm-b-example-com"]) == set()
