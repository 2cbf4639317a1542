"""What stands in front of the action: client checks become access keys, lost protection is reported."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct, field

from migrator.cel import CelSyntaxError, parse
from migrator.findings.base import Finding
from migrator.findings.policy import BrokenExpression, UnknownAction, Unreachable
from migrator.findings.protection import (
    BranchVanishes,
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
from migrator.findings.requests import AuthenticationHeaderLost
from migrator.gateway.clients import Check, Client, Condition, Variables, basic_auth_users, both
from migrator.gateway.model import LiteralSecret
from migrator.gateway.surroundings import Surrounding
from migrator.policy.coverage import Outcome
from migrator.policy.origin import Field, Place
from migrator.policy.parse import Action
from migrator.policy.vocabulary import names_a_credential
from migrator.translate.actions import ACTIONS, CHECKS, Role
from migrator.translate.decide import Question
from migrator.translate.draft import Draft


class Front(Struct, eq=False):
    """The actions in front of one gateway, read in order. ``clients`` collects those a check admits."""

    draft: Draft
    clients: list[Client] = field(default_factory=list)
    checked_in: str = ""
    """The file in which they are told apart: the credentials written there are counted there."""
    headers: frozenset[str] = frozenset()
    bare: bool = False
    """Whether the clients send a token without a scheme in front."""
    known: Variables = field(default_factory=Variables)
    used: set[str] = field(default_factory=set)
    """The variables that a recognised check reads."""
    deferred: list[tuple[Surrounding, Condition]] = field(default_factory=list)
    assignments: list[Surrounding] = field(default_factory=list)

    def read(self, item: Surrounding) -> None:
        """Account for one action in front, and report what is lost with it."""
        kind = ACTIONS.get(item.action.type)
        for expression in item.rule.expressions:
            report_broken(self.draft, expression)
        if kind is None:
            self.draft.ledger.claim(item.action.field, Outcome.UNSUPPORTED)
            report_unknown(self.draft, item.action)
        elif kind.ends and item.rule.is_unconditional and item.action.continues:
            self.taken_over(item.action)
            self._lost(item, RoutedElsewhere(**_place(item), condition="the endpoint behind it answered"))
        elif kind.ends and item.rule.is_unconditional:
            self.draft.ledger.claim(item.action.field, Outcome.UNSUPPORTED)
            self.unreachable(kind.type)
        elif _enforces_nothing(item.action):
            self.draft.ledger.claim(item.action.field, Outcome.UNSUPPORTED)
            self.draft.add(CheckOnly(**_place(item), action=kind.type))
        else:
            _BY_ROLE[kind.role](self, item)

    def unreachable(self, what: str) -> None:
        """The action can never run; nothing is issued for it unless the user says so."""
        if any(isinstance(found, Unreachable) for found in self.draft.findings):
            return
        action = self.draft.unit.action.field
        decision = self.draft.ask(
            Question(
                "unreachable",
                Unreachable,
                f"The action is never reached because of {what} in front of it. Issue access keys for it anyway?",
                ("skip", "convert"),
            )
        )
        self.draft.add(Unreachable(**action.place, action=what, decided=not decision.is_open))
        self.draft.refused = decision.chosen == "skip"

    def taken_over(self, action: Action) -> None:
        """The gateway was what ran once another action had failed, which no access key can tell."""
        place = self.draft.unit.action.field.place
        self.draft.add(BranchVanishes(**place, condition=f"{action.type} in front of it had failed"))

    def authentication(self, item: Surrounding) -> None:
        self._lost(item, LostAuthentication(**_place(item), action=item.action.type))

    def network(self, item: Surrounding) -> None:
        self._lost(item, LostNetworkRestriction(**_place(item), action=item.action.type))

    def throttling(self, item: Surrounding) -> None:
        self._lost(item, LostThrottling(**_place(item), action=item.action.type))

    def inspection(self, item: Surrounding) -> None:
        self._lost(item, LostInspection(**_place(item), action=item.action.type))

    def request_shaping(self, item: Surrounding) -> None:
        """Headers set in front reach the provider too, so a credential among them is authentication."""
        headers = item.action.config.get("headers") if item.action.config else None
        named = (
            [key.text for key, _ in headers.entries()]
            if headers and item.action.type == "add-headers"
            else []
        )
        credentials = [name for name in named if names_a_credential(name)]
        if credentials:
            self._lost(item, AuthenticationHeaderLost(**_place(item), name=", ".join(credentials)))
        else:
            self._lost(item, RequestShapingLost(**_place(item), action=item.action.type))

    def response(self, item: Surrounding) -> None:
        self._lost(item, ResponseModificationLost(**_place(item), action=item.action.type))

    def answer(self, item: Surrounding) -> None:
        self._lost(
            item,
            LostAnswer(**_place(item), action=item.action.type, condition=item.rule.condition),
        )

    def routing(self, item: Surrounding) -> None:
        self._lost(item, RoutedElsewhere(**_place(item), condition=item.rule.condition))

    def users(self, item: Surrounding) -> None:
        """basic-auth: its users are clients, if every request had to pass it."""
        users = () if item.rule.expressions else basic_auth_users(item.action)
        if users:
            self._take(item, Check(users, frozenset(("authorization",)), bare=True), frozenset())
        else:
            self.authentication(item)

    def rejection(self, item: Surrounding) -> None:
        """A rule that ends the request: a client check if that is all its expressions say."""
        from migrator.gateway.checks import read

        said = Condition(constant=True)
        for expression in item.rule.expressions:
            said = both(said, read(expression.text or "", self.known))
        if said.fails is not None:
            self._take(item, said.fails, said.variables)
        elif said.absent is not None:
            self.deferred.append((item, said))
        elif item.action.rejects:
            self._lost(
                item, LostRejection(**_place(item), action=item.action.type, condition=item.rule.condition)
            )
        else:
            self.answer(item)

    def finish(self) -> None:
        """What only the whole chain can tell: tests for a header that a check reads anyway, variables nobody read."""
        for item, said in self.deferred:
            if self.headers == {said.absent} and not (said.scheme and self.bare):
                self.used |= said.variables
                self._convert(item)
            elif item.action.rejects:
                self._lost(
                    item,
                    LostRejection(**_place(item), action=item.action.type, condition=item.rule.condition),
                )
            else:
                self.answer(item)
        for item in self.assignments:
            variables = [pair for entry in _vars(item.action) for pair in entry.entries()]
            unused = [value for key, value in variables if key.text not in self.used]
            used = len(unused) < len(variables)
            for value in unused:
                self.draft.ledger.claim(value, Outcome.UNSUPPORTED)
            self.draft.ledger.claim(item.action.field, Outcome.CONVERTED if used else Outcome.UNSUPPORTED)
            if not used:
                self.draft.add(VariablesLost(**_place(item)))
            elif unused:
                self.draft.add(VariablesLost(**unused[0].place))

    def request_rewriting(self, item: Surrounding) -> None:
        replacements = item.action.config.get("replacements") if item.action.config else None
        patterns = [
            found.text or ""
            for r in (replacements.items() if replacements else ())
            if (found := r.get("from"))
        ]
        self._lost(item, LostRequestRewrite(**_place(item), patterns=", ".join(patterns) or "no pattern"))

    def side_effect(self, item: Surrounding) -> None:
        on_error = item.action.config.get("on_error") if item.action.config else None
        if item.action.type == "http-request" and on_error is not None and on_error.text == "halt":
            self.authentication(item)
        else:
            self._lost(item, SideEffectLost(**_place(item), action=item.action.type))

    def variables(self, item: Surrounding) -> None:
        """set-vars: known to the rules that follow in the same phase, which is how far variables reach."""
        self.assignments.append(item)
        if item.action.phase == self.draft.unit.rule.phase:
            from migrator.gateway.checks import assigned

            self.known = assigned(item.action, self.known, certain=not item.rule.expressions)

    def tls(self, item: Surrounding) -> None:
        config = item.action.config
        checks = config is not None and any(
            config.get(key) is not None
            for key in ("mutual_tls_certificate_authorities", "mutual_tls_verification_strategy")
        )
        self._lost(item, (LostClientCertificates if checks else TlsSettingsLost)(**_place(item)))

    def _take(self, item: Surrounding, found: Check, variables: frozenset[str]) -> None:
        if self.clients:
            self._lost(item, SecondClientCheck(**_place(item)))
            return
        self.clients.extend(found.clients)
        self.checked_in = item.action.field.location.path
        self.headers, self.bare = found.headers, found.bare
        self.used |= variables
        self._convert(item)

    def of(self, check: Check, file: str) -> list[Client]:
        """Those of the clients that a check in some file knows, too."""
        known = {client.credential for client in check.clients}
        return [
            client
            for client in self.clients
            if client.credential in known
            and (file == self.checked_in or not isinstance(client.credential, LiteralSecret))
        ]

    def _convert(self, item: Surrounding) -> None:
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
    "response-shaping": Front.response,
    "side-effect": Front.side_effect,
    "variables": Front.variables,
    "tls": Front.tls,
}


def _place(item: Surrounding) -> Place:
    return item.action.field.place


def _vars(action: Action) -> list[Field]:
    held = action.config.get("vars") if action.config else None
    return list(held.items()) if held else []


def report_unknown(draft: Draft, action: Action) -> None:
    """An action that Traffic Policy does not have."""
    field = action.field
    draft.add(UnknownAction(**field.place, action=action.type))


def report_broken(draft: Draft, expression: Field) -> bool:
    """Report an expression that is not CEL; whether it is not."""
    text = expression.text
    if text is None:
        draft.add(BrokenExpression(**expression.place, reason="it is not text", excerpt=""))
        return True
    try:
        parse(text)
    except CelSyntaxError as error:
        draft.add(BrokenExpression(**expression.place, reason=error.reason, excerpt=error.excerpt(text)))
        return True
    return False


def _enforces_nothing(action: Action) -> bool:
    enforce = action.config.get("enforce") if action.config and action.type in CHECKS else None
    return enforce is not None and enforce.text is not None and enforce.text.lower() == "false"
