"""``migrator verify`` as users start it: policies, edited manifests, bundles, two manifests, an account."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from migrator.account import Account, account_at
from migrator.http import Limits
from migrator.secrets import Secret
from tests.cli.conftest import Run
from tests.gatewayapi.account import KEY
from tests.gatewayapi.server import Gateway, gateway
from tests.http.server import says, serving

POLICY = """
on_http_request:
  - actions:
      - type: ai-gateway
        config:
          only_allow_configured_models: true
          providers:
            - id: openai
              api_keys: [{value: "${secrets.get('openai', 'primary')}"}]
              models: [{id: gpt-4o}]
            - id: vllm
              base_url: https://vllm.example.com/v1
              api_keys: [{value: "${secrets.get('vllm', 'key')}"}]
              models: [{id: llama3}]
"""
CLOSED = (
    "on_http_request: [{actions: [{type: deny}, {type: ai-gateway, config: {providers: [{id: openai}]}}]}]"
)


@pytest.fixture
def policy(tmp_path: Path) -> Path:
    path = tmp_path / "policy.yaml"
    path.write_text(POLICY)
    return path


@pytest.fixture
def manifest(migrator: Run, policy: Path, tmp_path: Path) -> Path:
    path = tmp_path / "manifest.yaml"
    path.write_bytes(migrator("convert", "policy.yaml").stdout)
    return path


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> Iterator[Gateway]:
    with gateway() as played:
        yield played


def edited(manifest: Path, old: str, new: str) -> str:
    text = manifest.read_text()
    assert old in text
    (manifest.parent / "edited.yaml").write_text(text.replace(old, new))
    return "edited.yaml"


def widened(manifest: Path) -> str:
    """The manifest with one more model in its list."""
    line = next(line for line in manifest.read_text().splitlines() if "- openai:openai/gpt-4o" in line)
    entry = line.partition("#")[0].rstrip()
    return edited(manifest, entry, f"{entry}\n{entry.replace('gpt-4o', 'o3')}")


def units(done: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(done.stdout)["units"]
    return found


def test_a_policy_is_compared_with_what_it_converts_to(migrator: Run, policy: Path) -> None:
    done = migrator("verify", "policy.yaml", "--format", "json")
    assert done.returncode == 0
    assert done.stderr == b""
    (unit,) = units(done)
    assert list(unit) == [
        "unit",
        "verdict",
        "certainty",
        "counts",
        "accepted",
        "acceptedNarrower",
        "differences",
    ]
    assert (unit["unit"], unit["verdict"], unit["certainty"]) == ("policy", "narrower", "certain")
    assert all(one["finding"] is not None for one in unit["differences"])
    assert list(unit["differences"][0]) == [
        "kind",
        "certainty",
        "requests",
        "request",
        "old",
        "new",
        "sources",
        "outputs",
        "finding",
        "waiver",
    ]


def test_the_text_shows_a_request_and_who_told(migrator: Run, policy: Path) -> None:
    shown = migrator("verify", "policy.yaml").stdout.decode()
    assert 'POST /v1/chat/completions {"model": "llama3"}' in shown
    assert "told by  T111" in shown
    assert "1 compared: 1 narrower." in shown


def test_a_manifest_that_was_widened_fails(migrator: Run, manifest: Path) -> None:
    name = widened(manifest)
    done = migrator("verify", "policy.yaml", "--manifest", name, "--format", "json")
    assert done.returncode == 1
    (unit,) = units(done)
    wide = unit["differences"][0]
    assert (unit["verdict"], wide["kind"], wide["certainty"]) == ("wider", "wider", "certain")
    assert wide["request"]["model"] == "openai:o3"
    assert wide["old"] == {"denied": "3804"}
    assert wide["new"] == {
        "attempts": [{"provider": "openai", "model": "o3", "credential": "openai/primary"}]
    }
    assert wide["finding"] is None
    assert wide["sources"][0]["line"] == 8
    assert wide["outputs"] == ["/accessKeyConfigurations/0/body/router/rules/0"]


def test_nothing_is_said_of_findings_where_none_could_tell(migrator: Run, manifest: Path) -> None:
    name = widened(manifest)
    edited_one = migrator("verify", "policy.yaml", "--manifest", name).stdout.decode()
    assert '{"model": "openai:o3"}' in edited_one
    assert "told by  T111" in edited_one
    other = migrator("verify", "--manifest", "manifest.yaml", "--against", name).stdout.decode()
    assert '{"model": "openai:o3"}' in other
    assert "told by" not in other
    assert "no finding" not in edited_one + other


def test_what_got_wider_is_accepted_with_a_reason(migrator: Run, manifest: Path, tmp_path: Path) -> None:
    name = widened(manifest)
    config = tmp_path / "migrator.yaml"
    config.write_text("decisions: {'accepted-wider:policy': accept}")
    done = migrator("verify", "policy.yaml", "--manifest", name)
    assert done.returncode == 2
    assert b"without saying why" in done.stderr
    config.write_text("decisions: {'accepted-wider:*': {choose: accept, reason: asked for, by: Ada}}")
    done = migrator("verify", "policy.yaml", "--manifest", name)
    assert done.returncode == 0
    assert "what got wider is accepted by Ada: asked for" in done.stdout.decode()
    found = migrator("verify", "policy.yaml", "--manifest", name, "--format", "json")
    assert units(found)[0]["accepted"] == {
        "decision": "accepted-wider:policy",
        "reason": "asked for",
        "by": "Ada",
    }


def test_the_threshold_can_be_lower(migrator: Run, manifest: Path) -> None:
    name = edited(manifest, "- openai:openai/gpt-4o", "- openai:openai/gpt-4.1")
    assert migrator("verify", "policy.yaml", "--manifest", name, "--fail-on", "never").returncode == 0
    assert migrator("verify", "policy.yaml", "--fail-on", "re-credentialed").returncode == 0
    assert migrator("verify", "policy.yaml", "--fail-on", "narrower").returncode == 1


def test_an_access_key_that_stands_for_nobody_is_wider(migrator: Run, manifest: Path) -> None:
    extra = "accessKeys:\n  - ref: extra\n    body: {name: extra, accessKeyConfigurationId: {$ref: accessKeyConfigurations/policy}}"
    name = edited(manifest, "accessKeys:", extra)
    done = migrator("verify", "policy.yaml", "--manifest", name, "--format", "json")
    assert done.returncode == 1
    assert [(one["unit"], one["verdict"]) for one in units(done)] == [
        ("policy", "narrower"),
        ("accessKeys/extra", "wider"),
    ]


@pytest.mark.parametrize("against", [(), ("--manifest", "manifest.yaml"), ("--against", "manifest.yaml")])
def test_what_could_not_be_read_was_not_compared(
    migrator: Run, manifest: Path, tmp_path: Path, against: tuple[str, ...]
) -> None:
    (tmp_path / "broken.yaml").write_text("on_http_request: [")
    done = migrator("verify", "policy.yaml", "broken.yaml", *against)
    assert done.returncode == 1
    assert b"broken.yaml:1" in done.stderr
    assert b"1 compared" in done.stdout
    never = migrator("verify", "policy.yaml", "broken.yaml", *against, "--fail-on", "never")
    assert (never.returncode, never.stderr) == (0, done.stderr)
    assert migrator("verify", "broken.yaml", *against, "--fail-on", "never").returncode == 2


def test_what_could_not_be_read_is_passed_as_convert_does(
    migrator: Run, policy: Path, tmp_path: Path
) -> None:
    (tmp_path / "broken.yaml").write_text("on_http_request: [")
    for ruling in (
        "waivers: [{code: R003, file: broken.yaml, reason: not in use, until: 2999-12-31}]",
        "severity: {R003: {level: warning, reason: not in use}}",
    ):
        (tmp_path / "migrator.yaml").write_text(ruling)
        for command in ("convert", "verify"):
            assert migrator(command, policy.name, "broken.yaml").returncode == 0
    (tmp_path / "migrator.yaml").unlink()
    for command in ("convert", "verify"):
        assert migrator(command, policy.name, "broken.yaml").returncode == 1


def test_two_manifests_are_compared(migrator: Run, manifest: Path) -> None:
    same = migrator("verify", "--manifest", "manifest.yaml", "--against", "manifest.yaml", "--format", "json")
    assert same.returncode == 0
    assert [(one["verdict"], one["differences"]) for one in units(same)] == [("equal", [])]
    name = edited(manifest, "- openai:openai/gpt-4o", "- openai:openai/gpt-4.1")
    done = migrator("verify", "--manifest", "manifest.yaml", "--against", name, "--format", "json")
    assert done.returncode == 1
    kinds = {(one["kind"], one["request"]["model"]) for one in units(done)[0]["differences"]}
    assert {("wider", "gpt-4.1"), ("narrower", "gpt-4o")} <= kinds


def test_a_bundle_knows_its_policies(migrator: Run, policy: Path, tmp_path: Path) -> None:
    assert migrator("convert", "policy.yaml", "-o", "out").returncode == 0
    assert migrator("verify", "out").returncode == 0
    made = tmp_path / "out" / "manifest.yaml"
    made.write_text(
        made.read_text().replace("https://vllm.example.com/v1", "https://elsewhere.example.com/v1")
    )
    done = migrator("verify", "out", "--format", "json")
    assert done.returncode == 1
    assert units(done)[0]["verdict"] == "wider"
    policy.unlink()
    gone = migrator("verify", "out")
    assert gone.returncode == 2
    assert b"policy.yaml is not there any more" in gone.stderr


@pytest.mark.parametrize(
    "arguments, said",
    [
        ((), b"Give policies, a bundle, or --manifest."),
        (("--manifest", "manifest.yaml"), b"compared with nothing"),
        (("policy.yaml", "--live", "--against", "manifest.yaml"), b"give one of them"),
        (("policy.yaml", "--live"), b"AI_GATEWAY_API_KEY"),
        (("policy.yaml", "--manifest", "nowhere.yaml"), b"nowhere.yaml could not be read"),
        (("nowhere.yaml",), b"nowhere.yaml"),
    ],
)
def test_a_wrong_call_is_exit_2_and_says_why(
    migrator: Run, manifest: Path, arguments: tuple[str, ...], said: bytes
) -> None:
    done = migrator("verify", *arguments, AI_GATEWAY_API_KEY="")
    assert done.returncode == 2
    assert said in done.stderr


def test_a_closed_gateway_opens_only_with_a_reason(migrator: Run, tmp_path: Path) -> None:
    (tmp_path / "closed.yaml").write_text(CLOSED)
    config = tmp_path / "migrator.yaml"
    config.write_text("decisions: {'unreachable:closed': convert}")
    done = migrator("convert", "closed.yaml")
    assert done.returncode == 1
    assert b"error V001" in done.stderr
    config.write_text(
        "decisions: {'unreachable:closed': convert, 'accepted-wider:closed': {choose: accept, reason: wanted}}"
    )
    done = migrator("convert", "closed.yaml", "--format", "json")
    assert b"accepted: wanted" in done.stderr
    document = json.loads(done.stdout)
    assert {one["severity"] for one in document["findings"] if one["code"] == "V001"} == {"note"}
    accepted = next(one for one in document["decisions"] if one["id"] == "accepted-wider:closed")
    assert (accepted["chosen"], accepted["reason"], accepted["approver"]) == ("accept", "wanted", None)


def test_convert_gives_verdicts_unless_told_not_to(migrator: Run, policy: Path) -> None:
    (unit,) = json.loads(migrator("convert", "policy.yaml", "--format", "json").stdout)["units"]
    assert (unit["verdict"], unit["verdictCertainty"]) == ("narrower", "certain")
    done = migrator("convert", "policy.yaml", "--format", "json", "--no-verify")
    (unit,) = json.loads(done.stdout)["units"]
    assert (unit["verdict"], unit["verdictCertainty"]) == (None, None)


def test_an_acceptance_that_nothing_asks_for_is_told(migrator: Run, policy: Path, tmp_path: Path) -> None:
    (tmp_path / "migrator.yaml").write_text(
        "decisions: {'accepted-wider:policy': {choose: accept, reason: x}}"
    )
    assert b"D001" in migrator("convert", "policy.yaml").stderr


# ----------------------------------------------------------------------------------------- accounts


def test_an_account_is_compared_and_only_asked(
    migrator: Run, manifest: Path, served: Gateway, policy: Path
) -> None:
    with account_at(served.url, Secret(KEY), limits=Limits(1, 1), sleep=lambda _: None) as account:
        ids = apply(account, manifest)
    served.fine()
    served.calls.clear()
    live = ("--live", "--api-url", served.url, "--format", "json")
    done = migrator("verify", "policy.yaml", *live, AI_GATEWAY_API_KEY=KEY)
    assert done.returncode == 0, done.stderr
    assert units(done)[0]["verdict"] == "narrower"
    same = migrator("verify", "--manifest", "manifest.yaml", *live, AI_GATEWAY_API_KEY=KEY)
    assert [one["verdict"] for one in units(same)] == ["equal"]
    assert {call.method for call in served.calls} == {"GET"}
    with account_at(served.url, Secret(KEY), limits=Limits(1, 1), sleep=lambda _: None) as account:
        body = {"access": {"models": {"allow": ["openai:openai/o3"]}, "providers": {"allow": ["openai"]}}}
        account.update("accessKeyConfigurations", ids["accessKeyConfigurations/policy"], body)
    drifted = migrator("verify", "policy.yaml", *live, AI_GATEWAY_API_KEY=KEY)
    assert drifted.returncode == 1
    wide = [one for one in units(drifted)[0]["differences"] if one["kind"] == "wider"]
    assert [one["request"]["model"] for one in wide] == ["openai:o3"]
    assert KEY.encode() not in drifted.stdout + drifted.stderr


def test_an_account_is_compared_with_the_migration_that_the_manifest_is_of(
    migrator: Run, manifest: Path, served: Gateway
) -> None:
    named = edited(manifest, "migration: default", "migration: spring")
    with account_at(served.url, Secret(KEY), limits=Limits(1, 1), sleep=lambda _: None) as account:
        apply(account, manifest.parent / named)
    live = ("--live", "--api-url", served.url, "--format", "json")
    done = migrator("verify", "--manifest", named, *live, AI_GATEWAY_API_KEY=KEY)
    assert [one["verdict"] for one in units(done)] == ["equal"]


def test_an_account_that_answers_against_its_contract_is_no_bug_of_migrator(
    migrator: Run, manifest: Path
) -> None:
    rules = {"id": "aigac_1", "name": "n", "router": {"rules": [{"provider": "openai", "steps": [None]}]}}
    with serving(
        says({"aiGatewayProviders": []}),
        says({"aiGatewayProviderKeys": []}),
        says({"aiGatewayAccessKeyConfigurations": [rules]}),
    ) as api:
        live = ("--live", "--api-url", api.url)
        done = migrator("verify", "--manifest", "manifest.yaml", *live, AI_GATEWAY_API_KEY=KEY)
    assert done.returncode == 2
    assert b"aigac_1" in done.stderr
    assert b"`router.rules[0].steps[0]`: expected a mapping, found null" in done.stderr
    assert b"app.ngrok.ai" in done.stderr
    assert b"bug" not in done.stderr


def apply(account: Account, manifest: Path) -> dict[str, str]:
    """Create everything that a manifest says, with made-up values; the ids by address."""
    from migrator.manifest import read_manifest

    ids: dict[str, str] = {}

    def filled(value: Any) -> Any:
        if isinstance(value, dict):
            if "$ref" in value:
                return ids[value["$ref"]]
            return "made-up" if "$secret" in value else {key: filled(one) for key, one in value.items()}
        return [filled(one) for one in value] if isinstance(value, list) else value

    for entry in read_manifest(manifest.read_bytes(), "manifest.yaml").entries:
        ids[entry.address] = account.create(entry.member, filled(entry.body)).live.id
    return ids


def test_an_empty_folder_is_told(migrator: Run, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    done = migrator("verify", "empty")
    assert done.returncode == 2
    assert done.stderr.startswith(b"empty:1:1: holds no file to read")
