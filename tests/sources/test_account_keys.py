"""Keys of the old gateway: joined to their endpoints, carried to access keys, never shown."""

from __future__ import annotations

import json
from typing import Any

import pytest

from migrator.api import Input, Options, Result, convert
from tests.properties.planting import made_up

POLICY = """
on_http_request:
  - actions:
      - type: ai-gateway
        config:
          providers:
            - id: openai
              api_keys: [{value: "${secrets.get('openai', 'primary')}"}]
"""
CLOSED = POLICY.replace("config:", "config:\n          only_allow_configured_providers: true")
KEY = {
    "id": "aigk_1",
    "description": "chat app",
    "endpoint": {"id": "ep_1"},
    "last_used": "2026-07-01T00:00:00Z",
}


def endpoints(policy: str = POLICY, **more: Any) -> dict[str, Any]:
    one = {"id": "ep_1", "url": "https://ai.example.com", "type": "cloud", "traffic_policy": policy}
    return {"endpoints": [one], "uri": "https://api.ngrok.com/endpoints", "next_page_uri": None, **more}


def keys(*found: dict[str, Any]) -> dict[str, Any]:
    return {"ai_gateway_api_keys": list(found), "uri": "https://api.ngrok.com/ai_gateway_api_keys"}


def attached(
    identity: str, created: str | None, provider: str = "openai", key: str = "aigk_1"
) -> dict[str, Any]:
    return {
        "id": identity,
        "provider_id": provider,
        "created_at": created,
        "ai_gateway_api_key": {"id": key, "uri": "https://api.ngrok.com/x"},
    }


def provider_keys(*found: dict[str, Any]) -> dict[str, Any]:
    return {"ai_gateway_provider_keys": list(found), "uri": "https://api.ngrok.com/ai_gateway_provider_keys"}


def run(*documents: Any, **decisions: str) -> Result:
    inputs = [
        Input(f"{number}.json", f"{number}.json", json.dumps(one).encode())
        for number, one in enumerate(documents)
    ]
    return convert(
        inputs,
        Options(decisions={name.replace("_", "-") + ":*": option for name, option in decisions.items()}),
    )


def codes(result: Result) -> list[str]:
    return [found.code for found in result.findings]


def rules(result: Result, configuration: int) -> dict[str, list[str]]:
    body = result.manifest()["accessKeyConfigurations"][configuration]["body"]
    return {
        rule["provider"]: [key["id"]["$ref"] for step in rule["steps"] for key in step.get("keys", [])]
        for rule in body["router"]["rules"]
    }


def test_a_key_becomes_an_access_key_of_its_endpoints_configuration() -> None:
    result = run(endpoints(), keys({**KEY, "metadata": '{"team": "a"}'}))
    (access,) = result.manifest()["accessKeys"]
    assert access["body"]["name"] == "https://ai.example.com / chat app"
    assert access["body"]["description"] == "chat app"
    assert access["body"]["accessKeyConfigurationId"] == {"$ref": "accessKeyConfigurations/ai.example.com"}
    assert json.loads(access["body"]["metadata"])["team"] == "a"
    assert "T321" not in codes(result)


def test_metadata_that_is_no_json_is_carried_as_text() -> None:
    (access,) = run(endpoints(), keys({**KEY, "metadata": "team a"})).manifest()["accessKeys"]
    assert json.loads(access["body"]["metadata"])["keyMetadata"] == "team a"


def test_metadata_that_does_not_fit_is_told() -> None:
    result = run(endpoints(), keys({**KEY, "metadata": "x" * 4096}))
    assert "M006" in codes(result) or "M005" in codes(result)
    assert "xxx" not in result.manifest_yaml()


def test_a_key_that_was_never_used_is_told_by_its_name() -> None:
    result = run(endpoints(), keys({**KEY, "last_used": None}))
    assert [found.text for found in result.findings if found.code == "T321"] == [
        "the old key chat app was never used; it gets an access key all the same"
    ]


def test_every_branch_of_a_policy_has_an_access_key_for_the_client() -> None:
    first = POLICY.replace("- actions:", "- expressions: [\"req.url.path.startsWith('/a')\"]\n    actions:")
    two = first + POLICY.replace("on_http_request:\n", "")
    result = run(endpoints(two), keys(KEY))
    assert len(result.manifest()["accessKeys"]) == 2


def test_attached_keys_replace_those_of_the_policy_newest_first() -> None:
    result = run(
        endpoints(),
        keys(KEY),
        provider_keys(
            attached("aigpk_a", "2026-05-01T00:00:00Z"),
            attached("aigpk_b", "2026-05-01T03:00:00+02:00"),
            attached("aigpk_c", "2026-04-30T23:30:00-01:00"),
            attached("aigpk_d", None),
            attached("aigpk_e", "2026-06-01T00:00:00Z"),
        ),
    )
    order = [ref.rpartition("attached.")[2][:7] for ref in rules(result, 1)["openai"]]
    assert order == ["aigpk_e", "aigpk_b", "aigpk_c", "aigpk_a", "aigpk_d"]
    assert rules(result, 0)["openai"] == ["providerKeys/openai-primary"]
    (access,) = result.manifest()["accessKeys"]
    assert access["body"]["accessKeyConfigurationId"] != {"$ref": "accessKeyConfigurations/ai.example.com"}


def test_nobody_pays_with_the_keys_of_another_client() -> None:
    other = {**KEY, "id": "aigk_2", "description": "batch"}
    result = run(
        endpoints(),
        keys(KEY, other),
        provider_keys(
            attached("aigpk_a", "2026-05-01T00:00:00Z"),
            attached("aigpk_b", "2026-05-01T00:00:00Z", key="aigk_2"),
        ),
    )
    assert len(result.manifest()["accessKeyConfigurations"]) == 3
    assert rules(result, 1)["openai"] != rules(result, 2)["openai"]


def test_attached_keys_stand_in_the_gateway_keys_too() -> None:
    embedded = {"id": "aigpk_a", "provider_id": "openai", "created_at": "2026-05-01T00:00:00Z"}
    result = run(endpoints(), keys({**KEY, "provider_keys": [embedded]}))
    assert len(result.manifest()["accessKeyConfigurations"]) == 2


@pytest.mark.parametrize(
    "policy, decisions, reached",
    [
        pytest.param(POLICY, {}, True, id="nothing restricted, closed by default"),
        pytest.param(POLICY, {"other_providers": "allow"}, True, id="nothing restricted, left open"),
        pytest.param(CLOSED, {}, False, id="only configured providers"),
        pytest.param(POLICY + "            - {id: groq, disabled: true}\n", {}, False, id="disabled"),
        pytest.param(
            POLICY.replace(
                "providers:",
                "model_selection: {strategy: [\"ai.models.filter(m, m.provider_id == 'openai')\"]}\n          providers:",
            ),
            {},
            False,
            id="left out by a strategy",
        ),
        pytest.param(
            POLICY.replace("api_keys:", "models: [{id: gpt-4o, disabled: true}]\n              api_keys:"),
            {},
            False,
            id="models enumerated",
        ),
    ],
)
def test_a_provider_the_policy_does_not_name_is_added_only_where_clients_could_reach_it(
    policy: str, decisions: dict[str, str], reached: bool
) -> None:
    result = run(
        endpoints(policy),
        keys(KEY),
        provider_keys(attached("aigpk_g", "2026-05-01T00:00:00Z", "groq")),
        **decisions,
    )
    assert ("T323" in codes(result)) is not reached
    own = [one["body"] for one in result.manifest()["accessKeyConfigurations"][1:]]
    assert len(own) == int(reached)
    for body in own:
        assert "groq" in [rule["provider"] for rule in body["router"]["rules"]]
        assert "groq" in body.get("access", {}).get("providers", {"allow": ["groq"]})["allow"]
    shared = result.manifest()["accessKeyConfigurations"][0]["body"]
    assert "groq" not in shared.get("access", {}).get("providers", {"allow": []})["allow"]


def test_keys_without_their_counterpart_are_told() -> None:
    result = run(
        endpoints(),
        keys({**KEY, "endpoint": {"id": "ep_9"}}),
        provider_keys(attached("aigpk_a", None, key="aigk_9")),
    )
    assert {"L011", "L012"} <= set(codes(result))
    assert len(result.manifest()["accessKeys"]) == 1, "the endpoint's own"


def test_one_key_described_twice_is_carried_once() -> None:
    assert "L010" not in codes(run(endpoints(), keys(KEY), keys(KEY)))
    result = run(endpoints(), keys(KEY), keys({**KEY, "description": "other"}))
    assert "L010" in codes(result)
    assert len(result.manifest()["accessKeys"]) == 1


def test_a_list_whose_last_page_is_missing_is_told_once() -> None:
    more = "https://api.ngrok.com/endpoints?before_id=ep_1"
    assert codes(run(endpoints(next_page_uri=more))).count("L013") == 1
    last: dict[str, Any] = {"endpoints": [], "uri": more, "next_page_uri": None}
    assert "L013" not in codes(run(endpoints(next_page_uri=more), last))


def index(**complete: bool) -> dict[str, Any]:
    lists = [{"name": name, "isComplete": whole} for name, whole in complete.items()]
    return {"formatVersion": 1, "apiUrl": "https://api.ngrok.com", "lists": lists, "files": []}


def test_a_list_that_a_pull_did_not_get_is_told_once() -> None:
    cut = index(endpoints=True, ai_gateway_provider_keys=False, vault_secrets=False)
    more = "https://api.ngrok.com/ai_gateway_provider_keys?before_id=aigpk_1"
    result = run(endpoints(), cut, provider_keys() | {"next_page_uri": more})
    told = [found for found in result.findings if found.code == "L013"]
    assert [str(found.at).split(":")[0] for found in told] == ["1.json", "1.json"]
    assert "of ai_gateway_provider_keys is" in told[0].text
    assert "of secrets is" in told[1].text


def test_a_whole_list_of_another_account_does_not_hide_one_that_was_not_pulled() -> None:
    assert codes(run(endpoints(), keys(), index(ai_gateway_api_keys=False))).count("L013") == 1
    assert "L013" not in codes(run(endpoints(), keys(), index(ai_gateway_api_keys=True)))


@pytest.mark.parametrize(
    "vaults, secrets, missing",
    [
        ([], None, False),
        ([], {"secrets": []}, True),
        ([], {"secrets": [{"id": "secret_1", "name": "primary", "vault_name": "openai"}]}, False),
        (
            [{"id": "vault_1", "name": "openai"}],
            {"secrets": [{"id": "secret_1", "name": "primary", "vault": {"id": "vault_1"}}]},
            False,
        ),
        (
            [{"id": "vault_1", "name": "other"}],
            {"secrets": [{"id": "secret_1", "name": "primary", "vault": {"id": "vault_1"}}]},
            True,
        ),
        (
            [],
            {"secrets": [], "next_page_uri": "https://api.ngrok.com/vault_secrets?before_id=secret_1"},
            False,
        ),
    ],
)
def test_a_secret_is_missed_only_where_the_whole_list_is_known(
    vaults: list[Any], secrets: dict[str, Any] | None, missing: bool
) -> None:
    uri = {"uri": "https://api.ngrok.com/x"}
    documents = [endpoints(), {"vaults": vaults, **uri}]
    documents += [] if secrets is None else [{**secrets, **uri}]
    assert ("M010" in codes(run(*documents))) is missing


def test_values_of_old_dumps_are_in_no_output() -> None:
    token, value, shown = made_up("gateway token"), made_up("provider value"), made_up("display name")
    result = run(
        endpoints(),
        keys({**KEY, "token": token, "display_name": shown}),
        provider_keys({**attached("aigpk_a", "2026-05-01T00:00:00Z"), "value": value, "display_name": shown}),
    )
    written = [
        result.json(),
        result.manifest_yaml(),
        result.calls(),
        result.curl(),
        result.report(),
        result.report("markdown"),
    ]
    for secret in (token, value, shown):
        assert not any(secret in text for text in written)
    assert len(result.manifest()["accessKeyConfigurations"]) == 2


@pytest.mark.parametrize("broken", [None, "x", 3, [], {}, [[]], {"id": None}, {"id": []}, {"id": ""}])
def test_entries_that_are_no_keys_are_passed_over(broken: Any) -> None:
    result = run(endpoints(), keys(KEY, broken), provider_keys(broken))
    assert len(result.manifest()["accessKeys"]) == 1


@pytest.mark.parametrize("member", ["description", "metadata"])
@pytest.mark.parametrize("text", ["api_key: made-up-7secret", "the password is made-up-7secret"])
def test_a_credential_that_somebody_noted_down_is_not_shown(member: str, text: str) -> None:
    documents = [endpoints(), keys({**KEY, member: text})]
    inputs = [Input(f"{n}.json", f"{n}.json", json.dumps(one).encode()) for n, one in enumerate(documents)]
    result = convert(inputs)
    assert "made-up-7secret" not in json.dumps([result.manifest(), result.json()])


@pytest.mark.parametrize("member", ["description", "metadata"])
@pytest.mark.parametrize("around", ["{}", "use {} until May", '{{"note": "{}"}}'])
def test_a_random_word_in_a_note_is_not_shown(member: str, around: str) -> None:
    word = "MADEUPforthistest7x2LrT9vBn4KwZp8MsYc3"
    documents = [endpoints(), keys({**KEY, member: around.format(word)})]
    inputs = [Input(f"{n}.json", f"{n}.json", json.dumps(one).encode()) for n, one in enumerate(documents)]
    result = convert(inputs)
    assert word not in json.dumps([result.manifest(), result.json(), result.manifest_yaml()])


def test_an_id_of_ngrok_in_a_note_stays() -> None:
    note = "asked for by usr_2mAdeUpForThisTest012345ABC"
    access = run(endpoints(), keys({**KEY, "description": note})).manifest()["accessKeys"][0]
    assert access["body"]["description"] == note
