"""Where the requests go that the action answered."""

from __future__ import annotations

import pytest

from migrator.findings.output import AppBehindIsReached
from migrator.sources.model import Endpoint
from tests.residual.files import codes, left

UNCONDITIONAL = ["deny", "custom-response", "forward-internal", "close-connection"]


def _policy(*rules: str, top: str = "") -> str:
    return "\n".join([f"{top}on_http_request:", "  - actions: [{type: ai-gateway}]", *rules, ""])


@pytest.mark.parametrize("kind", UNCONDITIONAL)
@pytest.mark.parametrize("endpoint", [None, Endpoint(kind="cloud"), Endpoint(kind="agent")])
def test_an_action_that_ends_every_request_is_enough(kind: str, endpoint: Endpoint | None) -> None:
    assert codes(left(_policy(f"  - actions: [{{type: {kind}}}]"), endpoint)) == []
    assert codes(left(_policy(f"  - type: {kind}"), endpoint)) == []


@pytest.mark.parametrize("endpoint", [None, Endpoint(), Endpoint(kind="cloud")])
@pytest.mark.parametrize(
    "rule",
    [
        "  - expressions: ['true']\n    actions: [{type: deny}]",
        "  - type: deny\n    expressions: ['true']",
        "  - type: redirect",
        "  - type: log",
        "on_http_response:\n  - type: deny",
    ],
)
def test_nothing_ends_a_request_of_a_cloud_endpoint(rule: str, endpoint: Endpoint | None) -> None:
    assert codes(left(_policy(rule), endpoint)) == ["W001"]


@pytest.mark.parametrize(
    "upstream, words", [("http://localhost:80", "http://localhost:80"), (None, "the app behind")]
)
def test_requests_of_an_agent_endpoint_reach_its_upstream(upstream: str | None, words: str) -> None:
    made = left(_policy("  - type: log"), Endpoint(kind="agent", upstream=upstream))

    (found,) = made.findings
    assert isinstance(found, AppBehindIsReached)
    assert words in found.text


def test_the_warning_stands_at_the_first_action() -> None:
    (found,) = left(_policy("  - actions: [{type: ai-gateway}]", top="# one\n")).findings

    assert found.at is not None
    assert (found.at.path, found.at.span.line, found.at.span.column) == ("file", 3, 15)
    assert found.pointer == "/on_http_request/0/actions/0"


def test_a_policy_that_was_switched_off_ended_no_request() -> None:
    assert codes(left(_policy(top="enabled: false\n"))) == []


def test_each_policy_of_a_file_has_its_warning() -> None:
    assert codes(left(_policy() + "---\n" + _policy("  - type: deny") + "---\n" + _policy())) == [
        "W001",
        "W001",
    ]
