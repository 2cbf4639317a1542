"""What becomes of every other action of Traffic Policy: the one table, read by the pass and by the docs.

Source: ngrok's list of actions (Traffic Policy, actions) and its migration guide, which states that
request and response modification have no counterpart.
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

Role = Literal[
    "clients",
    "authentication",
    "network",
    "throttling",
    "inspection",
    "rejection",
    "answer",
    "routing",
    "request-shaping",
    "request-rewriting",
    "response",
    "response-shaping",
    "side-effect",
    "variables",
    "tls",
]


class ActionKind(Struct, frozen=True):
    """One action type: its role in front of the gateway, whether it ends the chain, and the outcome in words."""

    type: str
    role: Role
    outcome: str
    ends: bool = False


ACTIONS: dict[str, ActionKind] = {
    kind.type: kind
    for kind in (
        ActionKind("add-headers", "request-shaping", "lost; clients send what the provider needs"),
        ActionKind("basic-auth", "clients", "one access key for each user"),
        ActionKind("circuit-breaker", "throttling", "lost protection"),
        ActionKind("close-connection", "rejection", "lost protection", ends=True),
        ActionKind("compress-response", "response-shaping", "lost"),
        ActionKind(
            "custom-response", "rejection", "a client check becomes access keys; else lost", ends=True
        ),
        ActionKind(
            "deny", "rejection", "a client check becomes access keys; else lost protection", ends=True
        ),
        ActionKind("forward-internal", "routing", "stays in the residual policy", ends=True),
        ActionKind("http-request", "side-effect", "lost; lost protection with on_error: halt"),
        ActionKind("jwt-validation", "authentication", "lost protection"),
        ActionKind("log", "side-effect", "lost; usage API"),
        ActionKind("oauth", "authentication", "lost protection"),
        ActionKind("openid-connect", "authentication", "lost protection"),
        ActionKind("owasp-crs-request", "inspection", "lost protection; firewall policies block by pattern"),
        ActionKind("owasp-crs-response", "response", "lost"),
        ActionKind("rate-limit", "throttling", "lost protection"),
        ActionKind("redirect", "answer", "stays in the residual policy"),
        ActionKind("remove-headers", "request-shaping", "lost"),
        ActionKind(
            "request-body-find-replace",
            "request-rewriting",
            "lost protection; firewall policies block by pattern",
        ),
        ActionKind("response-body-find-replace", "response", "lost"),
        ActionKind("restrict-ips", "network", "lost protection"),
        ActionKind("saml", "authentication", "lost protection"),
        ActionKind("set-vars", "variables", "read for client checks; else lost"),
        ActionKind("sse-find-replace", "response", "lost"),
        ActionKind("terminate-tls", "tls", "lost; lost protection with client certificates"),
        ActionKind("url-rewrite", "request-shaping", "lost"),
        ActionKind("verify-webhook", "authentication", "lost protection"),
    )
}

CHECKS = frozenset({"basic-auth", "circuit-breaker", "rate-limit", "restrict-ips", "verify-webhook"})
"""Actions that ``enforce: false`` turns into mere checks; on any other the field means nothing."""
