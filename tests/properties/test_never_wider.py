"""No conversion grants more than its policy did without saying so, as far as a policy's data decides it."""

from __future__ import annotations

import json
from typing import Any, Final

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from migrator.findings.base import Effect, Finding, Severity
from migrator.merge.model import Migration
from migrator.target.state import Configuration, ProviderKey
from tests.properties import permitted, policies
from tests.properties.effort import examples, shown
from tests.properties.permitted import Known
from tests.properties.pipeline import converted
from tests.properties.policies import ENFORCING, Data

configs = policies.config()
PROTECTING: Final = frozenset(
    {
        *(
            "basic-auth",
            "jwt-validation",
            "oauth",
            "openid-connect",
            "saml",
            "verify-webhook",
            "restrict-ips",
        ),
        *("rate-limit", "circuit-breaker", "owasp-crs-request", "deny", "close-connection"),
        *("request-body-find-replace", "invented-action"),
    }
)
"""Actions that could refuse a request whatever their configuration, or hide something from the provider."""


def policy(config: Data, *front: Data) -> Data:
    return {"on_http_request": [*front, {"actions": [{"type": "ai-gateway", "config": config}]}]}


def run_of(document: Data) -> Migration:
    shown(json.dumps(document, indent=1, ensure_ascii=False))
    return converted({"p.json": json.dumps(document)})


@examples(120)
@given(configs)
def test_only_listed_providers_are_allowed(config: Data) -> None:
    config["only_allow_configured_providers"] = True
    _no_wider(run_of(policy(config)), config)


@examples(120)
@given(configs)
def test_only_listed_models_are_allowed(config: Data) -> None:
    config["only_allow_configured_models"] = True
    _no_wider(run_of(policy(config)), config)


@examples(80)
@given(configs)
def test_what_is_disabled_is_not_allowed(config: Data) -> None:
    assume('"disabled": true' in json.dumps(config))
    run = run_of(policy(config))
    for configuration in run.state.configurations:
        listed = configuration.providers
        models = configuration.models
        for known in permitted.providers(config):
            if known.url is not None:
                continue
            if known.disabled:
                assert listed is not None
                assert known.name not in listed.allow
            off = [model for model in known.models if model.get("disabled") is True]
            reachable = listed is None or known.name in listed.allow
            if off and reachable:
                assert models is not None
                for entry in (
                    e.removeprefix(f"{known.name}:") for e in models.allow if e.startswith(f"{known.name}:")
                ):
                    bare = entry.rpartition("/")[2].lower()
                    assert not any(bare in permitted.names_of(known.name, model["id"]) for model in off), (
                        entry
                    )


@examples(120)
@given(configs)
def test_the_keys_of_a_provider_pay_for_it_in_their_order(config: Data) -> None:
    run = run_of(policy(config))
    held = {key.ref: key for key in run.state.provider_keys}
    literals: dict[str, str] = {}
    for configuration in run.state.configurations:
        rules = {rule.provider: rule for rule in configuration.rules}
        for known in permitted.providers(config):
            keys = permitted.constant_keys(known.keys)
            if [one.name for one in permitted.providers(config)].count(known.name) > 1:
                continue  # what two entries of one id come to is said in findings of their own
            name = _emitted(run, known)
            if not keys or known.disabled or name is None:
                continue
            assert name in rules, name
            steps = rules[name].steps
            assert [step.type for step in steps] == ["user"]
            used = [held[key.ref] for key in steps[0].keys]
            assert len(used) == len(keys)
            for key, identity in zip(used, keys, strict=True):
                _is_key(key, identity, literals)


@examples(80)
@given(configs)
def test_who_pays_for_a_built_in_provider_without_keys_is_said(config: Data) -> None:
    run = run_of(policy(config))
    said = {str(found.facts.get("provider")) for found in run.findings if found.code in {"T301", "T302"}}
    for known in permitted.providers(config):
        if known.url is None and not known.disabled and not permitted.constant_keys(known.keys):
            assert known.name in said
    if not config.get("only_allow_configured_providers") and not config.get("only_allow_configured_models"):
        assert {found.code for found in run.findings} & {"T305", "T306", "T310"}


@examples(150)
@given(
    st.lists(policies.rule(st.lists(policies.action(), min_size=1, max_size=2)), min_size=1, max_size=3),
    st.sampled_from(("on_http_request", "on_http_request", "on_tcp_connect")),
)
def test_whatever_could_refuse_a_request_is_reported(front: list[Data], phase: str) -> None:
    document = policy({})
    document[phase] = [*front, *document.get(phase, ())]
    run = run_of(document)
    known = {found.pointer: found for found in run.findings if found.effect is Effect.LOST_PROTECTION}
    refused = any(found.code == "P014" for found in run.findings)
    clients = any(found.code == "T616" for found in run.findings)
    for pointer, rule, action in _actions(phase, front):
        if not _could_refuse(action):
            continue
        found = known.get(pointer)
        if rule.get("expressions") and _is_ended_behind(rule, action):
            assert found is None, (pointer, action)  # whom it let pass never came to the gateway
        elif found is not None:
            assert found.severity is Severity.ERROR
        elif refused and not run.state.configurations:
            continue
        else:
            assert clients, (pointer, action)
            assert action["type"] in {"basic-auth", "deny", "custom-response", "close-connection"}
            assert action["type"] != "basic-auth" or not rule.get("expressions")


def _ends(action: Data) -> bool:
    goes_on = (action.get("config") or {}).get("on_error") == "continue"
    ending = {"ai-gateway", "close-connection", "custom-response", "deny", "forward-internal"}
    return action["type"] in ending and not goes_on


def _is_ended_behind(rule: Data, action: Data) -> bool:
    actions = rule.get("actions", [])
    place = next((place for place, one in enumerate(actions) if one is action), len(actions))
    return not _ends(action) and any(map(_ends, actions[place + 1 :]))


TOKEN: Final = "made-up-client-token"
HEADER: Final = "req.headers['authorization'][0]"
ALICE: Final = "secrets.get('clients', 'alice')"
BOB: Final = "secrets.get('clients', 'bob')"


@pytest.mark.parametrize(
    "expression, clients",
    [
        (f"{HEADER} != 'Bearer ' + {ALICE}", {"alice"}),
        (f"'Bearer ' + {ALICE} != {HEADER}", {"alice"}),
        (f"!({HEADER} == 'Bearer ' + {ALICE})", {"alice"}),
        (f"!hasReqHeader('authorization') || {HEADER} != {ALICE}", {"alice"}),
        (f"{HEADER} != {ALICE} && {HEADER} != {BOB}", {"alice", "bob"}),
        (f"!({HEADER} == {ALICE} || {HEADER} == {BOB})", {"alice", "bob"}),
        (f"!({HEADER} in [{ALICE}, {BOB}])", {"alice", "bob"}),
        (f"getReqHeader('x-api-key') != '{TOKEN}-7'", {"client-1"}),
        (f"getReqHeader('x-api-key') != '{TOKEN}'", {"client-1"}),
        (f"req.headers['x-tenant'][0] != {ALICE}", {"alice"}),
        # None of these lets exactly the holders of a token pass.
        (f"{HEADER} != {ALICE} || {HEADER} != {BOB}", None),
        (f"{HEADER} == {ALICE}", None),
        (f"{HEADER} != {ALICE} || conn.client_ip != '10.0.0.1'", None),
        (f"{HEADER} != {ALICE} && req.method == 'POST'", None),
        (f"!hasReqHeader('x-tenant') || {HEADER} != {ALICE}", None),
        (f"{HEADER}.startsWith({ALICE})", None),
        (f"{HEADER} < {ALICE}", None),
        (f"!({HEADER} in [{ALICE}, vars.other])", None),
        (f"{HEADER} != {ALICE} ? true : false", None),
    ],
)
def test_a_client_check_becomes_its_clients_access_keys(expression: str, clients: set[str] | None) -> None:
    check = {
        "expressions": [expression],
        "actions": [{"type": "custom-response", "config": {"status_code": 401}}],
    }
    run = run_of(policy({}, check))
    lost = [found for found in run.findings if found.effect is Effect.LOST_PROTECTION]
    if clients is None:
        assert [found.severity for found in lost] == [Severity.ERROR]
    else:
        assert lost == []
        assert {key.name.rpartition(" / ")[2] for key in run.state.access_keys} == clients


@pytest.mark.parametrize(
    "credentials, count",
    [
        (["alice:made-up-1", "bob:made-up-2"], 2),
        (["alice:made-up-1", "alice:made-up-1"], 1),
        (["made-up-password-1", "made-up-password-2"], 2),
        ([":made-up-1", ":made-up-2"], 2),
        ("alice:made-up-1", 1),
    ],
)
def test_every_user_gets_an_access_key(credentials: Data, count: int) -> None:
    check = {"actions": [{"type": "basic-auth", "config": {"credentials": credentials}}]}
    assert len(run_of(policy({}, check)).state.access_keys) == count


@pytest.mark.parametrize("kind", sorted(PROTECTING - set(ENFORCING)))
def test_enforce_switches_off_only_what_has_it(kind: str) -> None:
    front = {
        "expressions": ["req.method == 'GET'"],
        "actions": [{"type": kind, "config": {"enforce": False}}],
    }
    lost = [f for f in run_of(policy({}, front)).findings if f.effect is Effect.LOST_PROTECTION]
    assert [found.severity for found in lost] == [Severity.ERROR]


@pytest.mark.parametrize("value", ["yes", "on", "True ", 1, [], "TRUE!", "${vars.on}", {"value": True}])
@pytest.mark.parametrize("switch", ["only_allow_configured_providers", "only_allow_configured_models"])
def test_a_switch_that_cannot_be_read_is_taken_as_on(switch: str, value: Data) -> None:
    """Whoever wrote it wanted a list; without one, more would be allowed."""
    config = {switch: value, "providers": [{"id": "openai", "models": [{"id": "gpt-4o"}]}]}
    configuration = run_of(policy(config)).state.configurations[0]
    assert configuration.providers is not None
    assert (configuration.models is not None) == switch.endswith("models")


@pytest.mark.parametrize("value", ["yes", "on", 1, [], "${vars.off}"])
def test_a_provider_that_may_be_disabled_is(value: Data) -> None:
    providers = [{"id": "openai", "disabled": value}, {"id": "anthropic"}]
    run = run_of(policy({"only_allow_configured_providers": True, "providers": providers}))
    assert _allowed(run.state.configurations[0]) == ["anthropic"]


@pytest.mark.parametrize("other", ["openai", "OpenAI", "open-ai"])
def test_a_provider_that_is_disabled_once_is_disabled(other: str) -> None:
    providers = [{"id": "openai"}, {"id": other, "disabled": True}]
    run = run_of(policy({"only_allow_configured_providers": True, "providers": providers}))
    assert _allowed(run.state.configurations[0]) == []


@pytest.mark.parametrize("other", ["gpt-4o", "GPT-4o", "gpt-4o-2024-08-06"])
def test_a_model_that_is_disabled_once_is_disabled(other: str) -> None:
    models = [{"id": "gpt-4o"}, {"id": "gpt-4o-mini"}, {"id": other, "disabled": True}]
    config = {"only_allow_configured_models": True, "providers": [{"id": "openai", "models": models}]}
    configuration = run_of(policy(config)).state.configurations[0]
    assert configuration.models is not None
    assert configuration.models.allow == ("openai:openai/gpt-4o-mini",)


@pytest.mark.parametrize(
    "expressions", [{"any": ["req.method == 'GET'"]}, [["req.method == 'GET'"]], [{"cel": "true"}], [None], 5]
)
def test_a_condition_that_cannot_be_read_is_reported(expressions: Data) -> None:
    run = run_of(
        {"on_http_request": [{"expressions": expressions, "actions": [{"type": "ai-gateway", "config": {}}]}]}
    )
    assert any(found.pointer.startswith("/on_http_request/0/expressions") for found in run.findings)


def _no_wider(run: Migration, config: Data) -> None:
    known = permitted.providers(config)
    by_name: dict[str, list[Known]] = {}
    for one in known:
        name = _emitted(run, one)
        if name is not None:
            by_name.setdefault(name, []).append(one)
    for configuration in run.state.configurations:
        assert configuration.providers is not None
        for name in configuration.providers.allow:
            assert any(not one.disabled for one in by_name.get(name, ())), name
            assert all(not one.disabled for one in by_name[name] if one.url is None), name
        if not config.get("only_allow_configured_models"):
            continue
        assert configuration.models is not None
        for entry in configuration.models.allow:
            name = max((n for n in by_name if entry.startswith(f"{n}:")), key=len, default="")
            rest = entry[len(name) + 1 :]
            assert any(not one.disabled and one.allows(rest) for one in by_name.get(name, ())), entry


def _emitted(run: Migration, known: Known) -> str | None:
    """The id under which a provider of the policy goes out; None if it does not."""
    if known.url is None:
        return known.name
    named = [
        provider.provider_id
        for provider in run.state.providers
        if provider.provider_id.startswith(known.name) and provider.base_url.startswith(known.url)
    ]
    return known.name if known.name in named else next(iter(named), None)


def _is_key(key: ProviderKey, identity: permitted.Identity, literals: dict[str, str]) -> None:
    kind, vault, name = identity
    if kind == "vault":
        assert (key.value.vault, key.value.name) == (vault, name)
        return
    assert key.value.name is None
    assert literals.setdefault(key.value.env, f"{kind} {name}") == f"{kind} {name}"
    assert [env for env, of in literals.items() if of == f"{kind} {name}"] == [key.value.env]


def _actions(phase: str, front: list[Data]) -> list[tuple[str, Data, Data]]:
    found: list[tuple[str, Data, Data]] = []
    for number, rule in enumerate(front):
        at = f"/{phase}/{number}"
        if "actions" in rule:
            found += [(f"{at}/actions/{index}", rule, action) for index, action in enumerate(rule["actions"])]
        else:
            found.append((at, rule, rule))
    return found


def _could_refuse(action: Data) -> bool:
    kind = action["type"]
    config: dict[str, Any] = action.get("config") or {}
    if kind in ENFORCING and config.get("enforce") is False:
        return False
    if kind == "custom-response":
        return int(config.get("status_code", 200)) >= 400
    if kind == "http-request":
        return config.get("on_error") == "halt"
    if kind == "terminate-tls":
        return "mutual_tls_certificate_authorities" in config
    return kind in PROTECTING


def _allowed(configuration: Configuration) -> list[str]:
    assert configuration.providers is not None
    return list(configuration.providers.allow)


def _codes(findings: tuple[Finding, ...]) -> list[str]:
    return [found.code for found in findings]
