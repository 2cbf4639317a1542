"""Providers of one id at two servers: what clients of the one that gives its id up are told."""

from __future__ import annotations

import pytest

import migrator
from migrator import Input

POLICY = """\
{first}providers:
  - id: {provider}
    base_url: https://{host}.example.com/
{names}    models: [{{id: own}}]
    api_keys: [{{value: "${{secrets.get('v', 'k')}}"}}]
"""


def policy(host: str, provider: str = "azure", first: str = "", names: str = "") -> Input:
    text = POLICY.format(first=first, provider=provider, host=host, names=names)
    return Input(f"{host}.yaml", f"{host}.yaml", text.encode())


@pytest.mark.parametrize("first", ["", "only_allow_configured_models: true\n"])
@pytest.mark.parametrize("names", ["", "    id_aliases: [other]\n"])
def test_the_id_that_clients_sent_is_told_also_beside_alternate_ids(first: str, names: str) -> None:
    result = migrator.convert([policy("one"), policy("two", first=first, names=names)])
    renames = result.units[1].advice.renames
    assert renames["azure:"] == "azure-two-example-com:"
    assert ("other:" in renames) is bool(names)
    assert not {"V002", "V003"} & {found.code for found in result.findings}


def test_an_id_that_the_tool_gave_was_sent_by_nobody() -> None:
    names = "    id_aliases: [other]\n"
    result = migrator.convert([policy("one", "openai"), policy("two", "openai", names=names)])
    given = result.units[0].advice.renames["openai:"]
    renames = result.units[1].advice.renames
    assert renames["openai:"] == renames["other:"] != given
    assert given not in renames
