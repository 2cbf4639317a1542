"""What stands around a gateway action: what ran before it, what after it, and what it answered through."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from msgspec import Struct

from migrator.policy.parse import Action, Policy, Rule

Position = Literal["front", "elsewhere", "behind", "response"]
"""``elsewhere``: in front, but run only for requests that the same rule then keeps from the gateway."""


class Surrounding(Struct, frozen=True, eq=False):
    """One action around the gateway, with the rule whose expressions decide whether it runs."""

    rule: Rule
    action: Action
    position: Position

    @property
    def is_conditional(self) -> bool:
        return bool(self.rule.expressions)


def surroundings(policy: Policy, rule: Rule, gateway: Action) -> Iterator[Surrounding]:
    """Every other action of the policy, in the order in which it could run."""
    passed = False
    for other in policy.rules:
        for action in other.actions:
            if action is gateway:
                passed = True
            elif other.phase in ("on_http_response", "on_event_stream_message"):
                yield Surrounding(other, action, "response")
            elif passed or (other.phase == "on_http_request" and _later(policy, rule, other)):
                yield Surrounding(other, action, "behind")
            elif other.expressions and other is not rule and other.ends_behind(action):
                yield Surrounding(other, action, "elsewhere")
            else:
                yield Surrounding(other, action, "front")


def _later(policy: Policy, rule: Rule, other: Rule) -> bool:
    return rule.phase == "on_http_request" and policy.rules.index(other) > policy.rules.index(rule)
