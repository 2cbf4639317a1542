"""The ways of a request: from an endpoint that clients call, through ``forward-internal``, to a gateway.

Guards on a public endpoint and the action on an internal one make one unit: a request meets both.
"""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from msgspec import Struct
from msgspec.structs import replace

from migrator.policy.parse import GATEWAY, Action, Policy, Rule
from migrator.sources.attachments import Attachment
from migrator.sources.model import Forward, FoundPolicy, SourceRef

FORWARD = "forward-internal"
_PORTS = {"http": 80, "https": 443, "tls": 443}
_HARMLESS = frozenset(
    {FORWARD, GATEWAY, "add-headers", "log", "redirect", "remove-headers", "set-vars", "url-rewrite"}
)
"""Actions that refuse no request."""
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
    fronts: tuple[FoundPolicy, ...] = ()
    """Policies that requests meet on it besides those of the endpoints."""

    @property
    def gateway(self) -> Attachment:
        return self.passed[-1]

    @property
    def sources(self) -> tuple[SourceRef, ...]:
        places = [place for one in self.passed for place in one.sources]
        fronts = [SourceRef(one.origin.path, one.origin.document, one.origin.pointer) for one in self.fronts]
        return tuple(dict.fromkeys((*places, *fronts)))


def routes(attachments: list[Attachment]) -> Iterator[tuple[Attachment, list[Route]]]:
    """What clients can call, with the ways from there, in the order of the rules.

    An internal endpoint to which another one of the run forwards is not called by clients. Where endpoints
    forward to each other in a circle, those with the action are taken as called.
    """
    by_address: dict[Address, list[Attachment]] = {}
    for attachment in attachments:
        for url in attachment.endpoint.all_urls if attachment.endpoint is not None else ():
            if (address := address_of(url)) is not None:
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
                yield _behind(start.fronts, Route((start,), policy, rule, action))
            for target in _targets(action, by_address):
                if target is not start and target not in passed:
                    for further in _ways(target, by_address, (*passed, start)):
                        yield _behind(start.fronts, _through(start, rule, action, further))


def _behind(fronts: tuple[FoundPolicy, ...], route: Route) -> Route:
    """A route whose requests meet other policies first."""
    fronts = tuple(found for found in fronts if found.policy.enabled)
    if not fronts:
        return route
    policies = [*(found.policy for found in fronts), route.policy]
    rules = tuple(rule for policy in policies for rule in policy.rules)
    fields = tuple(field for policy in policies for field in policy.rule_fields)
    return replace(route, policy=Policy(route.policy.root, rules, fields), fronts=(*fronts, *route.fronts))


def forwarded(policy: Policy) -> Iterator[Address]:
    """Where a policy hands requests on to."""
    for rule in policy.rules:
        for action in rule.actions:
            if (address := _forwarded(action)) is not None:
                yield address


class Computed(Struct, frozen=True):
    """Where an action may hand requests on to: an address that is put together for each request.

    ``constants`` is what stands around its ``${…}``.
    """

    action: Action
    refusing: tuple[str, ...]
    """Types of the actions that could refuse a request on its way there."""
    constants: tuple[str, ...]

    def may_be(self, url: str | None) -> bool:
        """Whether the address of an endpoint is one of them."""
        address = address_of(url)
        return address is not None and any(self._fits(spelled) for spelled in _spellings(address))

    def _fits(self, text: str) -> bool:
        first, between, last = self.constants[0], self.constants[1:-1], self.constants[-1]
        if len(text) < len(first) + len(last) or not (text.startswith(first) and text.endswith(last)):
            return False
        at, end = len(first), len(text) - len(last)
        for constant in between:
            found = text.find(constant, at, end)
            if found < 0:
                return False
            at = found + len(constant)
        return True


def computed(policy: Policy) -> Iterator[Computed]:
    """Where a policy may hand requests on to, by addresses that only requests tell."""
    refusing: list[str] = []
    for rule in policy.rules:
        if rule.phase not in ("on_tcp_connect", "on_http_request"):
            continue
        for action in rule.actions:
            url = action.config.get("url") if action.type == FORWARD and action.config else None
            text = (url.text or "").strip() if url is not None else ""
            if "${" in text and address_of(text) is None:
                yield Computed(action, tuple(dict.fromkeys(refusing)), _constants(text))
            elif may_refuse(action):
                refusing.append(action.type)
        for action in rule.actions:
            if rule.expressions and rule.ends_behind(action) and may_refuse(action):
                refusing.remove(action.type)  # it was for requests that this very rule keeps


def _constants(text: str) -> tuple[str, ...]:
    """What stands around the ``${…}`` of a URL, up to its path."""
    from migrator.cel import template

    constants = [""]
    for part in template.split(text):
        if isinstance(part, template.Text):
            constants[-1] += part.text.lower()
        else:
            constants.append("")
    for index, constant in enumerate(constants):
        scheme = constant.find("://")
        path = constant.find("/", scheme + 3 if scheme >= 0 else 0)
        if path >= 0:
            return (*constants[:index], constant[:path])
    return tuple(constants)


def _spellings(address: Address) -> Iterator[str]:
    host, port = address
    for scheme, own in (*_PORTS.items(), ("", port)):
        spelled = f"{scheme}://{host}" if scheme else host
        yield f"{spelled}:{port}"
        if port == own:
            yield spelled


def may_refuse(action: Action) -> bool:
    """Whether requests may end at an action."""
    return action.type not in _HARMLESS and action.rejects


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
        further.fronts,
    )
