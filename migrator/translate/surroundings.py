"""Passes: everything around the action, and the access keys of the clients that a check in front knew."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrator.findings.policy import WrongPhase
from migrator.findings.protection import (
    AfterTheGateway,
    AnonymousEndpoint,
    BranchVanishes,
    ClientsGetAccessKeys,
    LostAuthentication,
    LostClientCertificates,
    LostNetworkRestriction,
    LostRejection,
    ResponseModificationLost,
    ResponseShapingLost,
    SecondClientCheck,
    SideEffectLost,
)
from migrator.gateway.clients import Check, Client, Condition
from migrator.gateway.model import Credential, VaultSecret
from migrator.gateway.surroundings import Surrounding, surroundings
from migrator.naming import shorten, slug
from migrator.policy.coverage import Outcome
from migrator.policy.origin import Field
from migrator.secrets import visible
from migrator.target.limits import NAME
from migrator.target.state import AccessKey
from migrator.translate.actions import ACTIONS
from migrator.translate.draft import Draft
from migrator.translate.front import Front, report_broken, report_unknown

if TYPE_CHECKING:
    from migrator.gateway.checks import Conjunct

_CHECKS = (LostAuthentication, LostClientCertificates, LostNetworkRestriction, LostRejection)

ANONYMOUS = "default"
"""The client of an endpoint that checked none."""


def read_surroundings(draft: Draft) -> None:
    """Account for every rule around the action; one access key for each client a check admits."""
    unit = draft.unit
    front = Front(draft)
    for forward in unit.forwards:
        draft.ledger.claim(forward.action.field, Outcome.CONVERTED)
    siblings = {id(action) for _, action in unit.siblings}
    for item in surroundings(unit.policy, unit.rule, unit.action):
        if id(item.action) in siblings:
            if item.position == "front" and item.rule.is_unconditional:
                if item.action.continues:
                    front.taken_over(item.action)
                else:
                    front.unreachable("another ai-gateway action")
        elif item.position == "elsewhere":
            _elsewhere(draft, item)
        elif item.position == "front":
            front.read(item)
        elif item.position == "behind":
            _behind(draft, item)
        else:
            _response(draft, item)
    _own_rule(draft, front)
    front.finish()
    _reach(draft)
    _settle_rules(draft)
    _access_keys(draft, front.clients)


def _conjuncts(expression: Field, front: Front) -> tuple[Conjunct, ...]:
    from migrator.gateway.checks import conjuncts

    return conjuncts(expression.text or "", front.known)


def _own_rule(draft: Draft, front: Front) -> None:
    """The gateway's own rule: its phase, and the expressions on which the gateway depended."""
    unit = draft.unit
    action = unit.action.field
    if unit.rule.phase != "on_http_request":
        draft.add(WrongPhase(**action.place, phase=unit.rule.phase))
    parts = [
        (expression, part) for expression in unit.rule.expressions for part in _conjuncts(expression, front)
    ]
    for expression, part in parts:
        if (check := part.condition.holds) is not None:
            _narrow(draft, front, check, part.condition.variables, expression)
    for expression in unit.rule.expressions:
        own = [part for field, part in parts if field is expression]
        lost = [part for part in own if not _is_kept(part.condition, front)]
        draft.ledger.claim(expression, Outcome.APPROXIMATED if lost else Outcome.CONVERTED)
        if lost:
            report_broken(draft, expression)
            left = expression.text if lost == own else " && ".join(part.text for part in lost)
            draft.add(BranchVanishes(**expression.place, condition=left or "not text"))
    draft.ledger.claim(action.get("type"), Outcome.CONVERTED)


def _is_kept(condition: Condition, front: Front) -> bool:
    """Whether the access keys say it: a check, or a test of the header that the check reads anyway."""
    fits = front.headers == {condition.present} and not (condition.scheme and front.bare)
    return condition.holds is not None or fits or condition.constant is True


def _narrow(draft: Draft, front: Front, check: Check, variables: frozenset[str], expression: Field) -> None:
    """A branch for some clients: of those that a check in front admits, only these."""
    both = front.of(check, expression.location.path)
    if front.clients and not both:
        draft.ledger.claim(expression, Outcome.UNSUPPORTED)
        draft.add(SecondClientCheck(**expression.place))
        return
    front.headers = front.headers or check.headers
    front.clients = both or list(check.clients)
    front.used |= variables


def _reach(draft: Draft) -> None:
    """What the endpoint itself restricted: who could connect to it, and which of its requests it answered."""
    endpoint = draft.unit.endpoint
    if endpoint is None:
        return
    action = draft.unit.action.field
    if endpoint.is_internal:
        draft.add(LostNetworkRestriction(**action.place, action="the endpoint's internal binding"))
    if endpoint.condition is not None:
        draft.add(BranchVanishes(**action.place, condition=endpoint.condition))


def _response(draft: Draft, item: Surrounding) -> None:
    field = item.action.field
    draft.ledger.claim(field, Outcome.UNSUPPORTED)
    kind = ACTIONS.get(item.action.type)
    if kind is None:
        report_unknown(draft, item.action)
    elif kind.role in ("side-effect", "variables"):
        draft.add(SideEffectLost(**field.place, action=kind.type))
    elif kind.role == "response":
        draft.add(ResponseModificationLost(**field.place, action=kind.type))
    else:
        draft.add(ResponseShapingLost(**field.place, action=kind.type))


def _elsewhere(draft: Draft, item: Surrounding) -> None:
    """Of a rule that ends what it takes: what it does before that was done to no request of the gateway's."""
    draft.ledger.claim(item.action.field, Outcome.NO_EFFECT)
    if item.action.type not in ACTIONS:
        report_unknown(draft, item.action)


def _behind(draft: Draft, item: Surrounding) -> None:
    """Behind the action: run after a failure that was to continue, or for requests that never met the gateway."""
    field = item.action.field
    on_error = draft.gateway.on_error
    after_failure = on_error is not None and on_error.value == "continue"
    draft.ledger.claim(field, Outcome.UNSUPPORTED if after_failure else Outcome.NO_EFFECT)
    if item.action.type not in ACTIONS:
        report_unknown(draft, item.action)
    elif after_failure or not draft.unit.rule.expressions:
        draft.add(AfterTheGateway(**field.place, action=item.action.type))


def _settle_rules(draft: Draft) -> None:
    """What is left of a rule: its name is without effect, its expressions go with its actions."""
    siblings = {id(rule) for rule, _ in draft.unit.siblings}
    for rule in draft.unit.policy.rules:
        if (name := rule.field.get("name")) is not None:
            draft.ledger.settle(name, Outcome.NO_EFFECT)
        elsewhere = id(rule) in siblings and rule is not draft.unit.rule
        for expression in rule.expressions:
            draft.ledger.settle(expression, Outcome.NO_EFFECT if elsewhere else Outcome.UNSUPPORTED)
        for key in ("actions", "expressions"):
            if (held := rule.field.get(key)) is not None and not list(held.items()) and held.scalar is None:
                draft.ledger.settle(held, Outcome.NO_EFFECT)


def _access_keys(draft: Draft, clients: list[Client]) -> None:
    """Access keys never go out without the unit's configuration."""
    unit = draft.unit
    action = unit.action.field
    names = client_names(clients)
    if names:
        draft.add(ClientsGetAccessKeys(**action.place, clients=", ".join(names)))
    elif not unit.keys and not any(isinstance(found, _CHECKS) for found in draft.findings):
        draft.add(AnonymousEndpoint(**action.place))
    for client in names or ([] if unit.keys else [ANONYMOUS]):
        name = shorten(f"{visible(unit.title)} / {client}" if names else visible(unit.title), NAME)
        draft.access_keys.append(
            AccessKey(f"{unit.id}--{slug(client)}", name, unit.id, origins=(action.location,))
        )


def client_names(clients: list[Client]) -> list[str]:
    """One name for each credential: the secret's own, with its vault where two have the same."""
    credentials: dict[str, set[Credential]] = {}
    for client in clients:
        credentials.setdefault(client.name, set()).add(client.credential)
    names: dict[tuple[str, Credential], str] = {}
    for client in clients:
        vault = client.credential.vault if isinstance(client.credential, VaultSecret) else None
        shared = len(credentials[client.name]) > 1
        shown = visible(f"{vault}/{client.name}" if shared and vault else client.name)
        if (client.name, client.credential) not in names and shown in names.values():
            shown = f"{shown}-{len(names) + 1}"
        names.setdefault((client.name, client.credential), shown)
    return list(names.values())
