"""Where the requests go that the action answered."""

from __future__ import annotations

from typing import Final

from migrator.findings.base import Finding
from migrator.findings.output import AppBehindIsReached, NothingTerminates, ResultVariablesGone
from migrator.policy.origin import Field
from migrator.policy.parse import Policy
from migrator.sources.model import FoundPolicy
from migrator.tree.nodes import Scalar, leaves

_RESULTS: Final = "actions.ngrok.ai_gateway"
_TERMINATING: Final = frozenset({"deny", "custom-response", "forward-internal", "close-connection"})
"""Actions that end a request. ``redirect`` ends its phase, but ngrok does not count it."""


def fallen_through(found: FoundPolicy) -> Finding | None:
    """The warning that requests now pass a policy that had the action; None when something ends them.

    A policy whose endpoint is not known is taken for a cloud endpoint's, as most files are. One
    that was switched off never ended a request.
    """
    policy = found.policy
    if not policy.enabled or _ends_everything(policy):
        return None
    action = policy.gateways()[0][1].field
    endpoint = found.endpoint
    if endpoint is None or endpoint.kind != "agent":
        return NothingTerminates(at=action.location, pointer=action.pointer)
    upstream = endpoint.upstream or "the app behind the endpoint"
    return AppBehindIsReached(at=action.location, pointer=action.pointer, upstream=upstream)


def _ends_everything(policy: Policy) -> bool:
    """Whether a rule without conditions ends every request."""
    return any(
        action.type in _TERMINATING
        for rule in policy.phase("on_http_request")
        if not rule.expressions
        for action in rule.actions
    )


def dead_variables(found: FoundPolicy) -> list[Finding]:
    """What is left of a policy and reads results of the action that is gone."""
    findings: list[Finding] = []
    for rule in found.policy.rules:
        kept = [action for action in rule.actions if not action.is_gateway]
        fields = [*(rule.expressions if kept else ()), *(action.field for action in kept)]
        findings += [ResultVariablesGone(**field.place) for field in fields if _reads_results(field)]
    return findings


def _reads_results(field: Field) -> bool:
    return any(isinstance(leaf, Scalar) and _RESULTS in leaf.text for leaf in leaves(field.node))
