"""What a unit was at the retired gateway, as a flow: what stood in front, the configuration, its providers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from migrator.gateway.model import (
    ApiKey,
    Credential,
    DynamicSecret,
    EnvironmentSecret,
    Gateway,
    LiteralSecret,
    Provider,
    VaultSecret,
)
from migrator.gateway.read import read_gateway
from migrator.gateway.surroundings import Surrounding, surroundings
from migrator.merge.model import UnitSummary
from migrator.policy.origin import Field
from migrator.policy.reader import Notes
from migrator.report.page.marks import Marks, Numbered
from migrator.report.page.picture import Box, Branch, Flow, limited, limited_branches
from migrator.report.tally import number
from migrator.sources.model import Unit

_HEADS: Final = ("Clients", "In front", "ai-gateway", "Providers listed", "Key selection", "Keys", "Upstream")

_IN_FRONT: Final = frozenset({"front", "elsewhere"})
_PLACES: Final = {"behind": "behind it", "response": "on the answer"}


def old_flow(summary: UnitSummary, unit: Unit, findings: Sequence[Numbered]) -> Flow:
    """The unit before the migration; each part has the mark of what became of it."""
    config = unit.action.config
    gateway = read_gateway(config, Notes()) if config is not None else Gateway(unit.action.field)
    around = list(surroundings(unit.policy, unit.rule, unit.action))
    settings = list(_settings(gateway))
    listed = [provider for provider in gateway.providers if not provider.is_disabled]
    parts = [item.action.field for item in around]
    parts += [field for field, _, _ in settings]
    parts += [unit.action.field, unit.rule.field]
    parts += [part for provider in listed for part in _parts(provider)]
    marks = Marks(findings, parts)
    front = [item for item in around if item.position in _IN_FRONT]
    after = [item for item in around if item.position not in _IN_FRONT]
    url = unit.endpoint.url if unit.endpoint is not None and unit.endpoint.url else unit.title
    condition = unit.rule.condition
    action = Box(
        "ai-gateway",
        "" if condition == "always" else f"only when {condition}",
        marks.of(unit.action.field) or marks.of(unit.rule.field),
    )
    return Flow(
        "Before",
        _HEADS,
        (Box("Clients", _clients(unit, summary)),),
        (Box(url, "endpoint"), *limited((_surrounding(item, marks) for item in front), "actions in front")),
        (
            action,
            *limited((Box(label, sub, marks.of(field)) for field, label, sub in settings), "settings"),
            *limited((_surrounding(item, marks) for item in after), "actions around it"),
        ),
        limited_branches([_branch(provider, gateway, marks) for provider in listed])
        or (Branch(Box("any provider", "none listed"), (), Box("built-in providers")),),
    )


def _clients(unit: Unit, summary: UnitSummary) -> str:
    if unit.keys:
        return f"with {number(len(unit.keys), 'old gateway key')}"
    if len(summary.access_keys) > 1:
        return f"{len(summary.access_keys)} told apart"
    return "not told apart"


def _surrounding(item: Surrounding, marks: Marks) -> Box:
    place = "" if item.position in _IN_FRONT else _PLACES[item.position]
    condition = f"when {item.rule.condition}" if item.is_conditional else ""
    return Box(
        item.action.type, ", ".join(part for part in (place, condition) if part), marks.of(item.action.field)
    )


def _settings(gateway: Gateway) -> Iterator[tuple[Field, str, str]]:
    """(field, label, words) of what the configuration decides by itself."""
    for flag, label in (
        (gateway.only_configured_providers, "only listed providers"),
        (gateway.only_configured_models, "only listed models"),
    ):
        if flag is not None and flag.value:
            yield flag.field, label, "only_allow_configured_…"
    for strategy in gateway.model_strategies:
        yield strategy, "model strategy", strategy.text or ""
    for strategy in gateway.key_strategies:
        yield strategy, "key strategy", strategy.text or ""
    for value, label in (
        (gateway.total_timeout, "total_timeout"),
        (gateway.per_request_timeout, "per_request_timeout"),
        (gateway.max_input_tokens, "max_input_tokens"),
        (gateway.max_output_tokens, "max_output_tokens"),
        (gateway.on_error, "on_error"),
    ):
        if value is not None:
            yield value.field, label, str(value.value)
    for additions, kind in (
        (gateway.headers, "header"),
        (gateway.query_params, "query parameter"),
        (gateway.body, "body member"),
    ):
        for one in additions:
            yield one.field, one.name, f"{kind} added"


def _parts(provider: Provider) -> Iterator[Field]:
    yield provider.field
    for key in provider.keys:
        yield key.field


def _branch(provider: Provider, gateway: Gateway, marks: Marks) -> Branch:
    models = [model for model in provider.models if not model.is_disabled]
    rule = Box(
        provider.id,
        number(len(models), "model") if models else "every model it has",
        marks.of(provider.field),
    )
    keys = limited((_key(key, marks) for key in provider.keys), "keys")
    how = "by strategy" if gateway.key_strategies else "in order" if len(provider.keys) > 1 else "one key"
    step = Box(how if provider.keys else "no key in the policy")
    url = provider.base_url.value if provider.base_url is not None else ""
    upstream = Box(provider.id, url or "built-in provider")
    return Branch(rule, ((step, keys),), upstream)


def _key(key: ApiKey, marks: Marks) -> Box:
    label, sub = credential_words(key.credential)
    return Box(label, sub, marks.of(key.field))


def credential_words(credential: Credential) -> tuple[str, str]:
    """Where a credential came from; never what it is."""
    match credential:
        case VaultSecret(vault=None, name=name):
            return name, "vault secret"
        case VaultSecret(vault=vault, name=name):
            return f"{vault} / {name}", "vault secret"
        case LiteralSecret():
            return "***", "written in the policy"
        case EnvironmentSecret(name=name):
            return name, "environment variable"
        case DynamicSecret():
            return "computed", "per request"
