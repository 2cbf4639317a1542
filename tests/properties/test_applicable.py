"""What comes out can be applied: bodies, references and names that the published contract accepts."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from migrator.api import Options
from migrator.merge.model import Migration
from migrator.target.limits import violations
from tests.properties import contract, policies, writing
from tests.properties.contract import Contract
from tests.properties.effort import examples, shown
from tests.properties.pipeline import bodies, converted
from tests.properties.writing import Written

REF: Final = re.compile(r"[a-z0-9][a-z0-9._-]*\Z")
VARIABLE: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
RESERVED: Final = frozenset(
    {
        *(
            "openai",
            "anthropic",
            "google",
            "deepseek",
            "groq",
            "moonshotai",
            "z-ai",
            "openrouter",
            "hyperbolic",
        ),
        *("inceptionlabs", "inference-net", "xai", "mistral", "minimax", "qwencloud", "tokenhub"),
    }
)
METADATA: Final = 4096

either = st.one_of(policies.clean(), policies.clean(), policies.wild())
runs = st.lists(writing.files(either), min_size=1, max_size=3).map(
    lambda made: {f"{'ab'[n % 2]}/f{n}.yaml": one.text for n, one in enumerate(made)}
)
options = st.builds(
    Options,
    migration=st.sampled_from(("default", 'Ü "x" \\', "m" * 100)),
    model_ids=st.sampled_from(("qualified", "catalog")),
    decisions=st.sampled_from(
        ({}, {"who-pays:*": "supply-key"}, {"keyless-custom-provider:*": "supply-key"})
    ),
)


@pytest.fixture(scope="session")
def published(shared: Path) -> Contract:
    return Contract(shared)


@examples(60)
@given(runs, options)
def test_every_body_is_one_the_api_takes(published: Contract, files: dict[str, str], chosen: Options) -> None:
    shown(*files.values())
    try:
        run = converted(files, chosen)
    except Exception as error:
        # A recorded answer that one provider cannot take is the caller's mistake.
        if type(error).__name__ == "UsageError" and "has no option" in str(error):
            return
        raise
    assert list(violations(run.state)) == []
    for member, ref, body in bodies(run.state):
        assert published.errors(member, body) == [], (member, ref, body)


@examples(60)
@given(runs)
def test_a_run_can_be_carried_out_from_top_to_bottom(files: dict[str, str]) -> None:
    shown(*files.values())
    run = converted(files)
    _in_order(run)
    _named_well(run)
    _routed_well(run)


def test_metadata_of_several_policies_fits_together() -> None:
    def policy(name: str) -> str:
        provider = {"id": "llm", "base_url": "https://llm.internal", "metadata": {name: "x" * 3000}}
        return json.dumps({"on_http_request": [{"type": "ai-gateway", "config": {"providers": [provider]}}]})

    assert list(violations(converted({"a.json": policy("a"), "b.json": policy("b")}).state)) == []


@pytest.mark.parametrize("length", [200, 255])
def test_long_ids_of_different_servers_stay_apart(length: int) -> None:
    def policy(host: str) -> str:
        provider = {"id": "l" * length, "base_url": f"https://{host}.internal"}
        return json.dumps({"on_http_request": [{"type": "ai-gateway", "config": {"providers": [provider]}}]})

    run = converted({f"{host}.json": policy(host) for host in ("a" * 40, "b" * 60, "c" * 60)})
    ids = [provider.provider_id for provider in run.state.providers]
    assert len(set(ids)) == len(ids) == 3
    assert max(map(len, ids)) <= 255


@pytest.mark.parametrize(
    "text",
    [
        "version: 3\nendpoints: [{url: 'https://%s.com', traffic_policy: {on_http_request: [{type: ai-gateway}]}}]",
        "kind: NgrokTrafficPolicy\nmetadata: {name: %s}\nspec: {policy: {on_http_request: [{type: ai-gateway}]}}",
        (
            "kind: CloudEndpoint\nmetadata: {namespace: %s, name: x}\n"
            "spec: {trafficPolicy: {inline: {on_http_request: [{type: ai-gateway}]}}}"
        ),
    ],
)
@pytest.mark.parametrize("length", [300, 5000])
def test_a_name_of_any_length_fits(text: str, length: int) -> None:
    run = converted({"p.yaml": text % ("a" * length)})
    _named_well(run)
    assert len(run.units) == 1


@pytest.mark.parametrize("length", [255, 256, 5000])
def test_a_parameter_of_any_length_fits(published: Contract, length: int) -> None:
    model = {"id": "m", "unsupported_params": [{"name": "p" * length}]}
    provider = {"id": "llm", "base_url": "https://llm.internal", "models": [model]}
    policy = {"on_http_request": [{"type": "ai-gateway", "config": {"providers": [provider]}}]}
    for member, _, body in bodies(converted({"p.json": json.dumps(policy)}).state):
        assert published.errors(member, body) == []


@pytest.mark.parametrize("value", ["9" * 400 + "h", "1" * 30 + "h", "٣s", "0.000000001ns", "1h" * 40])
def test_a_timeout_that_goes_out_is_one_that_go_reads(value: str) -> None:
    policy = {"on_http_request": [{"type": "ai-gateway", "config": {"total_timeout": value}}]}
    run = converted({"p.json": json.dumps(policy)})
    for setting in run.state.gateway_config.settings if run.state.gateway_config else ():
        text = str(setting.value)
        assert re.fullmatch(r"(?:\d+(?:\.\d*)?|\.\d+)(?:ns|us|ms|s|m|h)(?:.*)", text, re.ASCII), text
    assert run.state.gateway_config is not None or any(f.severity == "error" for f in run.findings)


def test_decisions_have_ids_of_their_own() -> None:
    """Two questions with one id could not be answered differently."""
    providers = [{"id": "openai", "base_url": f"https://{host}.example.com"} for host in "ab"]
    policy = {"on_http_request": [{"type": "ai-gateway", "config": {"providers": providers}}]}
    ids = [decision.id for decision in converted({"p.json": json.dumps(policy)}).decisions]
    assert sorted(ids) == sorted(set(ids))


def _in_order(run: Migration) -> None:
    """Whatever a call needs was made by an earlier one."""
    made: set[str] = set()
    for member, ref, body in bodies(run.state):
        assert set(contract.references(body)) <= made, (member, ref)
        assert f"{member}/{ref}" not in made, (member, ref)
        made.add(f"{member}/{ref}")
        if member == "accessKeys":
            assert body["accessKeyConfigurationId"]["$ref"].startswith("accessKeyConfigurations/")


def _named_well(run: Migration) -> None:
    """Refs, variables and marks have their form; no id of a provider is taken or given twice."""
    ids: set[str] = set()
    variables: dict[str, set[str]] = {}
    for member, ref, body in bodies(run.state):
        if member == "gatewayConfig":
            continue
        assert REF.match(ref), (member, ref)
        assert len(body["metadata"]) <= METADATA
        assert contract.mark(body) == {"migration": run.state.migration, "ref": ref}
        for secret in contract.secrets(body):
            assert VARIABLE.match(secret["env"]), secret
            variables.setdefault(secret["env"], set()).add(
                json.dumps([secret.get("vault"), secret.get("name")])
            )
        if member == "providers":
            assert body["providerId"].lower() not in RESERVED
            assert body["providerId"] not in ids
            ids.add(body["providerId"])
    assert {env: names for env, names in variables.items() if len(names) > 1} == {}


def _routed_well(run: Migration) -> None:
    """A provider has one rule at most, a rule has steps; ngrok's own step is for built-in providers."""
    custom = {provider.provider_id for provider in run.state.providers}
    owners = {key.ref: key.provider_id for key in run.state.provider_keys}
    for configuration in run.state.configurations:
        named = [rule.provider for rule in configuration.rules]
        assert len(set(named)) == len(named)
        for rule in configuration.rules:
            assert rule.provider in custom | RESERVED
            assert rule.steps
            for step in rule.steps:
                assert step.type in {"user", "ngrok"}
                assert bool(step.keys) == (step.type == "user")
                assert step.type == "user" or rule.provider not in custom
                assert all(owners[key.ref] == rule.provider for key in step.keys)
                assert len({key.ref for key in step.keys}) == len(step.keys)
    with_keys = {key.configuration for key in run.state.access_keys}
    assert with_keys == {configuration.ref for configuration in run.state.configurations}


@examples(40)
@given(writing.texts(policies.clean()))
def test_a_finding_can_be_shown(made: Written) -> None:
    """Every text of a finding or decision is one line that can be written down as UTF-8."""
    shown(made.text)
    run = converted({"p.yaml": made.text})
    for found in run.findings:
        json.dumps([found.text, found.advice, found.title, found.facts]).encode()
        assert found.at is not None
        assert found.at.span.line >= 1
        assert found.at.span.column >= 1
        assert found.at.span[:2] <= found.at.span[2:]
