"""The ways of a request: from an endpoint that clients call, through ``forward-internal``, to a gateway.

Guards on a public endpoint and the action on an internal one make one unit: a request meets both.
"""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from msgspec import Struct
from msgspec.structs import replace

from migrator.policy.parse import Action, Policy, Rule
from migrator.sources.attachments import Attachment
from migrator.sources.model import Forward, SourceRef

FORWARD = "forward-internal"
_PORTS = {"http": 80, "https": 443, "tls": 443}
Address = tuple[str, int]
"""Host and port of an endpoint."""


class Route(Struct, frozen=True, eq=False):
    """One way to one gateway action; ``passed`` are the endpoints on it, the one with the action last.

    ``policy`` has the rules of every policy passed, without the forwarding actions; ``rule`` is the gateway's
    rule in it, on every condition that leads there.
    """

    passed: tuple[Attachment, ...]
    policy: Policy
    rule: Rule
    action: Action
    forwards: tuple[Forward, ...] = ()

    @property
    def gateway(self) -> Attachment:
        return self.passed[-1]

    @property
    def sources(self) -> tuple[SourceRef, ...]:
        return tuple(dict.fromkeys(place for one in self.passed for place in one.sources))


def routes(attachments: list[Attachment]) -> Iterator[tuple[Attachment, list[Route]]]:
    """What clients can call, with the ways from there, in the order of the rules.

    An internal endpoint to which another one of the run forwards is not called by clients. Where endpoints
    forward to each other in a circle, those with the action are taken as called.
    """
    by_address: dict[Address, list[Attachment]] = {}
    for attachment in attachments:
        if attachment.endpoint is not None and (address := address_of(attachment.endpoint.url)) is not None:
            by_address.setdefault(address, []).append(attachment)
    found = [(start, list(_ways(start, by_address, ()))) for start in attachments]
    inner = {id(passed) for _, ways in found for route in ways for passed in route.passed[1:]}
    called = {id(start) for start, ways in found if ways and not (_is_internal(start) and id(start) in inner)}
    reached = {id(route.passed[-1]) for start, ways in found if id(start) in called for route in ways}
    for start, ways in found:
        own = [route for route in ways if not route.forwards]
        if id(start) in called:
            yield start, ways
        elif own and id(start) not in reached:
            yield start, own


def _is_internal(attachment: Attachment) -> bool:
    return attachment.endpoint is not None and attachment.endpoint.is_internal


def _ways(
    start: Attachment, by_address: dict[Address, list[Attachment]], passed: tuple[Attachment, ...]
) -> Iterator[Route]:
    policy = start.found.policy
    if not policy.enabled:
        return
    for rule in policy.rules:
        for action in rule.actions:
            if action.is_gateway:
                yield Route((start,), policy, rule, action)
            for target in _targets(action, by_address):
                if target is not start and target not in passed:
                    for further in _ways(target, by_address, (*passed, start)):
                        yield _through(start, rule, action, further)


def forwarded(policy: Policy) -> Iterator[Address]:
    """Where a policy hands requests on to."""
    for rule in policy.rules:
        for action in rule.actions:
            if (address := _forwarded(action)) is not None:
                yield address


def _targets(action: Action, by_address: dict[Address, list[Attachment]]) -> list[Attachment]:
    address = _forwarded(action)
    return by_address.get(address, []) if address is not None else []


def _forwarded(action: Action) -> Address | None:
    url = action.config.get("url") if action.type == FORWARD and action.config else None
    return address_of(url.text) if url is not None else None


def address_of(url: str | None) -> Address | None:
    """The address in a URL, with the scheme's port where none is said; None for what has no constant host."""
    spelled = (url or "").strip()
    try:
        parts = urlsplit(spelled if "://" in spelled else f"https://{spelled}")
        host, port = parts.hostname, parts.port
    except ValueError:
        return None
    if not host or "$" in host or "{" in host:
        return None
    return host, port or _PORTS.get(parts.scheme, 0)


def _through(start: Attachment, rule: Rule, action: Action, further: Route) -> Route:
    """A route with one more policy in front.

    What its rule does before it forwards was done to every request that comes this way, so the rule's
    conditions are the gateway's, not that of those actions.
    """
    own, at = start.found.policy, rule.actions.index(action)
    place = own.rules.index(rule)
    gateway = replace(further.rule, expressions=(*rule.expressions, *further.rule.expressions))
    rules = (
        *own.rules[:place],
        replace(rule, actions=rule.actions[:at], expressions=()),
        *(gateway if inner is further.rule else inner for inner in further.policy.rules),
        replace(rule, actions=rule.actions[at + 1 :]),
        *own.rules[place + 1 :],
    )
    policy = Policy(
        further.policy.root,
        tuple(one for one in rules if one.actions),
        (*own.rule_fields, *further.policy.rule_fields),
    )
    return Route(
        (start, *further.passed),
        policy,
        gateway,
        further.action,
        (Forward(start.found, rule, action), *further.forwards),
    )
