"""What stands in front of the action: client checks become access keys, lost protection is reported."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from migrator.cel import CelSyntaxError, parse
from migrator.findings.base import Finding
from migrator.findings.policy import BrokenExpression, UnknownAction, Unreachable
from migrator.findings.protection import (
    CheckOnly,
    LostAnswer,
    LostAuthentication,
    LostClientCertificates,
    LostInspection,
    LostNetworkRestriction,
    LostRejection,
    LostRequestRewrite,
    LostThrottling,
    RequestShapingLost,
    ResponseModificationLost,
    RoutedElsewhere,
    SecondClientCheck,
    SideEffectLost,
    TlsSettingsLost,
    VariablesLost,
)
from migrator.gateway.clients import Client, Variables, basic_auth_users, refused
from migrator.gateway.surroundings import Surrounding
from migrator.policy.coverage import Outcome
from migrator.policy.origin import Field
from migrator.policy.parse import Action
from migrator.translate.actions import ACTIONS, Role
from migrator.translate.decide import Question
from migrator.translate.draft import Draft

REFUSING = 400
"""The first HTTP status that refuses a request."""


@dataclass(eq=False)
class Front:
    """The actions in front of one gateway, read in order. ``clients`` collects those a check admits."""

    draft: Draft
    known: Variables
    clients: list[Client] = field(default_factory=list)

    def read(self, item: Surrounding) -> None:
        """Account for one action in front, and report what is lost with it."""
        kind = ACTIONS.get(item.action.type)
        for expression in item.rule.expressions:
            report_broken(self.draft, expression)
        if kind is None:
            self.draft.ledger.claim(item.action.field, Outcome.UNSUPPORTED)
            report_unknown(self.draft, item.action)
        elif kind.ends and not item.rule.expressions:
            self.draft.ledger.claim(item.action.field, Outcome.UNSUPPORTED)
            self.unreachable(kind.type)
        elif _enforces_nothing(item.action):
            self.draft.ledger.claim(item.action.field, Outcome.NO_EFFECT)
            self.draft.add(CheckOnly(**item.action.field.place, action=kind.type))
        else:
            _BY_ROLE[kind.role](self, item)

    def unreachable(self, what: str) -> None:
        """The action can never run; nothing is issued for it unless the user says so."""
        action = self.draft.unit.action.field
        self.draft.add(Unreachable(**action.place, action=what))
        if not self.draft.refused:
            chosen = self.draft.ask(
                Question(
                    "unreachable",
                    Unreachable,
                    f"The action is never reached because of {what} in front of it. Issue access keys for it anyway?",
                    ("skip", "convert"),
                )
            )
            self.draft.refused = chosen == "skip"

    def authentication(self, item: Surrounding) -> None:
        self._lost(item, LostAuthentication(**item.action.field.place, action=item.action.type))

    def network(self, item: Surrounding) -> None:
        self._lost(item, LostNetworkRestriction(**item.action.field.place, action=item.action.type))

    def throttling(self, item: Surrounding) -> None:
        self._lost(item, LostThrottling(**item.action.field.place, action=item.action.type))

    def inspection(self, item: Surrounding) -> None:
        self._lost(item, LostInspection(**item.action.field.place, action=item.action.type))

    def request_shaping(self, item: Surrounding) -> None:
        self._lost(item, RequestShapingLost(**item.action.field.place, action=item.action.type))

    def response(self, item: Surrounding) -> None:
        self._lost(item, ResponseModificationLost(**item.action.field.place, action=item.action.type))

    def answer(self, item: Surrounding) -> None:
        self._lost(
            item,
            LostAnswer(**item.action.field.place, action=item.action.type, condition=item.rule.condition),
        )

    def routing(self, item: Surrounding) -> None:
        self._lost(item, RoutedElsewhere(**item.action.field.place, condition=item.rule.condition))

    def users(self, item: Surrounding) -> None:
        """basic-auth: its users are clients, if every request had to pass it."""
        users = () if item.rule.expressions else basic_auth_users(item.action)
        if users:
            self._take(item, users)
        else:
            self.authentication(item)

    def rejection(self, item: Surrounding) -> None:
        if not _rejects(item.action):
            self.answer(item)
            return
        checks = [refused(expression.text or "", self.known) for expression in item.rule.expressions]
        if len(checks) == 1 and checks[0] is not None:
            self._take(item, checks[0])
        else:
            self._lost(
                item,
                LostRejection(
                    **item.action.field.place, action=item.action.type, condition=item.rule.condition
                ),
            )

    def request_rewriting(self, item: Surrounding) -> None:
        replacements = item.action.config.get("replacements") if item.action.config else None
        patterns = [
            found.text or ""
            for r in (replacements.items() if replacements else ())
            if (found := r.get("from"))
        ]
        self._lost(
            item, LostRequestRewrite(**item.action.field.place, patterns=", ".join(patterns) or "no pattern")
        )

    def side_effect(self, item: Surrounding) -> None:
        on_error = item.action.config.get("on_error") if item.action.config else None
        if item.action.type == "http-request" and on_error is not None and on_error.text == "halt":
            self.authentication(item)
        else:
            self._lost(item, SideEffectLost(**item.action.field.place, action=item.action.type))

    def variables(self, item: Surrounding) -> None:
        """set-vars: an approximation where a client check reads it, else lost without harm of its own."""
        read_by_check = bool(self.known.headers or self.known.tokens)
        self.draft.ledger.claim(
            item.action.field, Outcome.APPROXIMATED if read_by_check else Outcome.UNSUPPORTED
        )
        if not read_by_check:
            self.draft.add(VariablesLost(**item.action.field.place))

    def tls(self, item: Surrounding) -> None:
        config = item.action.config
        checks = config is not None and any(
            config.get(key) is not None
            for key in ("mutual_tls_certificate_authorities", "mutual_tls_verification_strategy")
        )
        self._lost(item, (LostClientCertificates if checks else TlsSettingsLost)(**item.action.field.place))

    def _take(self, item: Surrounding, found: tuple[Client, ...]) -> None:
        if self.clients:
            self._lost(item, SecondClientCheck(**item.action.field.place))
            return
        self.clients.extend(found)
        self.draft.ledger.claim(item.action.field, Outcome.CONVERTED)
        for expression in item.rule.expressions:
            self.draft.ledger.claim(expression, Outcome.CONVERTED)

    def _lost(self, item: Surrounding, finding: Finding) -> None:
        self.draft.ledger.claim(item.action.field, Outcome.UNSUPPORTED)
        self.draft.add(finding)


_BY_ROLE: dict[Role, Callable[[Front, Surrounding], None]] = {
    "clients": Front.users,
    "authentication": Front.authentication,
    "network": Front.network,
    "throttling": Front.throttling,
    "inspection": Front.inspection,
    "rejection": Front.rejection,
    "answer": Front.answer,
    "routing": Front.routing,
    "request-shaping": Front.request_shaping,
    "request-rewriting": Front.request_rewriting,
    "response": Front.response,
    "side-effect": Front.side_effect,
    "variables": Front.variables,
    "tls": Front.tls,
}


def report_unknown(draft: Draft, action: Action) -> None:
    """An action that Traffic Policy does not have."""
    field = action.field
    draft.add(UnknownAction(**field.place, action=action.type))


def report_broken(draft: Draft, expression: Field) -> bool:
    """Report an expression that is not CEL; whether it is not."""
    text = expression.text
    if text is None:
        return False
    try:
        parse(text)
    except CelSyntaxError as error:
        draft.add(BrokenExpression(**expression.place, reason=error.reason, excerpt=error.excerpt(text)))
        return True
    return False


def _rejects(action: Action) -> bool:
    """Whether an action that ends the chain refuses the request; an unreadable status counts as refusing."""
    if action.type != "custom-response":
        return True
    status = action.config.get("status_code") if action.config else None
    text = status.text if status is not None else "200"
    return not (text is not None and text.isdecimal() and int(text) < REFUSING)


def _enforces_nothing(action: Action) -> bool:
    enforce = action.config.get("enforce") if action.config else None
    return enforce is not None and enforce.text is not None and enforce.text.lower() == "false"
