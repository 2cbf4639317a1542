"""A policy means the same wherever it is kept: every container is converted to what the policy alone is."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest
from hypothesis import given

from fuzz.wrapping import WRAPPINGS, Wrapping, helm
from migrator.api import Input, Options, Result, convert
from tests.properties.effort import examples, shown
from tests.properties.fleets import Data, policy, written

STAGES = "TPM"
"""What is found of the policy; R, L and W are about files."""
READ = [wrap for wrap in WRAPPINGS if wrap is not helm]  # a template is no YAML before it is rendered


def converted(name: str, content: str) -> Result:
    item = Input(name, name.rpartition(".")[0], content.encode())
    return convert([item], Options(verify=False))


def outcome(result: Result) -> dict[str, Any]:
    """Everything that is created, without names and the texts of files in it, and the codes of what was found."""
    manifest = result.manifest()
    paid = {f"providerKeys/{one['ref']}": _key(one["body"]) for one in manifest["providerKeys"]}
    return {
        member: sorted(json.dumps(_bare(one["body"], paid), sort_keys=True) for one in manifest[member])
        for member in ("providers", "providerKeys", "accessKeyConfigurations")
    } | {
        "accessKeys": len(manifest["accessKeys"]),
        "codes": Counter(found.code for found in result.findings if found.code[0] in STAGES),
    }


def _key(body: Data) -> str:
    """A provider key by what it holds; one that is written out is called after its file."""
    secret = body["value"]["$secret"]
    env = secret["env"]
    named = "written out" if env.startswith("LITERAL") else env
    return f"{body['providerId']} {secret.get('vault')} {secret.get('name')} {named}"


def _bare(value: Any, paid: dict[str, str]) -> Any:
    if isinstance(value, dict):
        if "$ref" in value:
            return paid.get(value["$ref"], value["$ref"].partition("/")[0])
        if "$secret" in value:
            return _key({"providerId": "", "value": value})
        hidden = ("name", "description", "metadata")
        return {key: _bare(held, paid) for key, held in value.items() if key not in hidden}
    return [_bare(held, paid) for held in value] if isinstance(value, list) else value


@pytest.mark.parametrize("wrap", READ, ids=lambda wrap: wrap.__name__)
@examples(4)
@given(data=policy())
def test_a_container_changes_nothing(wrap: Wrapping, data: Data) -> None:
    text = written(data)
    name, content = wrap(text)
    shown(text, content)
    assert outcome(converted(name, content)) == outcome(converted("policy.yaml", text))
