"""Passes: what the configuration did to requests, failures and limits."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, quote, urlsplit, urlunsplit

from migrator.findings.requests import (
    AuthenticationHeaderLost,
    BodyOverrideLost,
    CredentialQueryLost,
    HeaderLost,
    OnErrorContinue,
    QueryFolded,
    QueryLost,
)
from migrator.gateway.model import Addition, Value
from migrator.policy.coverage import Outcome
from migrator.policy.vocabulary import names_a_credential
from migrator.secrets import has_mask
from migrator.target.durations import nanoseconds
from migrator.target.limits import BASE_URL
from migrator.translate.draft import Draft, Planned
from migrator.translate.model import SettingClaim

_TRACING = re.compile(r"(?i)(trace|request-?id|correlation|client-?ip|forwarded|user-?agent|team|tenant)")
_SAMPLING = frozenset(
    {
        "temperature",
        "top_p",
        "top_k",
        "seed",
        "presence_penalty",
        "frequency_penalty",
        "stop",
        "n",
        "logprobs",
    }
)
_COST = frozenset(
    {"max_tokens", "max_completion_tokens", "max_output_tokens", "reasoning_effort", "service_tier"}
)


def fold_query(draft: Draft) -> None:
    """Constant query parameters move into the base URLs of custom providers; the rest is lost."""
    for addition in draft.gateway.query_params:
        at, pointer = addition.field.location, addition.field.pointer
        if names_a_credential(addition.name) or has_mask(addition.text or ""):
            draft.ledger.claim(addition.field, Outcome.UNSUPPORTED)
            draft.add(CredentialQueryLost(at=at, pointer=pointer, name=addition.name))
            continue
        reason = _not_foldable(draft, addition)
        outcome = Outcome.UNSUPPORTED
        if reason is None:
            reason, outcome = _fold(draft, addition)
        draft.ledger.claim(addition.field, outcome)
        if reason is not None:
            draft.add(QueryLost(at=at, pointer=pointer, name=addition.name, reason=reason))


def _not_foldable(draft: Draft, addition: Addition) -> str | None:
    if addition.text is None:
        return "its value is not text"
    if "${" in addition.text:
        return "its value is computed per request"
    if not any(planned.built_in is None for planned in draft.usable()):
        return "built-in providers take no query parameters"
    return None


def _fold(draft: Draft, addition: Addition) -> tuple[str | None, Outcome]:
    """Fold into every custom provider that takes it; the answer says what could not be covered."""
    custom = [planned for planned in draft.usable() if planned.built_in is None]
    problems = [
        problem for planned in custom if (problem := _fold_into(draft, planned, addition)) is not None
    ]
    folded = len(problems) < len(custom)
    named = [planned.id for planned in draft.usable() if planned.built_in is not None]
    if named:
        problems.append(f"built-in providers ({', '.join(named)}) take none")
    if not problems:
        return None, Outcome.CONVERTED
    if not folded:
        return "; ".join(problems), Outcome.UNSUPPORTED
    return "; ".join([*problems, "folded for the others"]), Outcome.APPROXIMATED


def _fold_into(draft: Draft, planned: Planned, addition: Addition) -> str | None:
    parts = urlsplit(planned.base_url)
    present = dict(parse_qsl(parts.query, keep_blank_values=True))
    text = addition.text or ""
    if addition.name in present:
        return (
            None
            if present[addition.name] == text
            else f"the base_url of {planned.id} has another value for it"
        )
    parameter = f"{quote(addition.name, safe='')}={quote(text, safe='')}"
    folded = urlunsplit(parts._replace(query=f"{parts.query}&{parameter}" if parts.query else parameter))
    if len(folded) > BASE_URL:
        return f"the base_url of {planned.id} would be too long"
    planned.base_url = folded
    draft.add(QueryFolded(**addition.field.place, name=addition.name, provider=planned.id))
    return None


def report_additions(draft: Draft) -> None:
    """Headers and body members have no counterpart; empty mappings had no effect."""
    for addition in draft.gateway.headers:
        draft.ledger.claim(addition.field, Outcome.UNSUPPORTED)
        at, pointer = addition.field.location, addition.field.pointer
        if names_a_credential(addition.name) or has_mask(addition.text or ""):
            draft.add(AuthenticationHeaderLost(at=at, pointer=pointer, name=addition.name))
        else:
            kind = "tracing" if _TRACING.search(addition.name) else "for the provider"
            draft.add(HeaderLost(at=at, pointer=pointer, name=addition.name, kind=kind))
    for addition in draft.gateway.body:
        draft.ledger.claim(addition.field, Outcome.UNSUPPORTED)
        kind = (
            "sampling default"
            if addition.name in _SAMPLING
            else "cost limit"
            if addition.name in _COST
            else "other"
        )
        draft.add(BodyOverrideLost(**addition.field.place, name=addition.name, kind=kind))
    for field in draft.gateway.additions_fields:
        draft.ledger.settle(field, Outcome.NO_EFFECT)


def report_on_error(draft: Draft) -> None:
    """``halt`` is what the new gateway does; ``continue`` has no counterpart."""
    on_error = draft.gateway.on_error
    if on_error is None:
        return
    if on_error.value == "halt":
        draft.ledger.claim(on_error.field, Outcome.CONVERTED)
        return
    draft.ledger.claim(on_error.field, Outcome.UNSUPPORTED)
    draft.add(OnErrorContinue(**on_error.field.place))


def claim_settings(draft: Draft) -> None:
    """Timeouts and caps become claims on account settings; merging decides whether they agree."""
    gateway = draft.gateway
    durations = (("totalTimeout", gateway.total_timeout), ("perRequestTimeout", gateway.per_request_timeout))
    for member, duration in durations:
        if duration is not None:
            _claim_setting(draft, member, duration, nanoseconds(duration.value) or 0)
    caps = (("maxInputTokens", gateway.max_input_tokens), ("maxOutputTokens", gateway.max_output_tokens))
    for member, cap in caps:
        if cap is not None:
            _claim_setting(draft, member, cap, cap.value)


def _claim_setting(draft: Draft, member: str, value: Value[str] | Value[int], amount: int) -> None:
    draft.ledger.claim(value.field, Outcome.CONVERTED)
    at = value.field.location
    leaf = value.field.leaf_key(value.field.node)
    draft.settings.append(SettingClaim(member, value.value, amount, at, value.field.pointer, leaf))
