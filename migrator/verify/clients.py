"""Who could call the old gateway: the clients that the rules in front of the action let through.

Read by trying: for each credential that those rules name, a request that carries it is put through them, and one
that carries another. The credential is a client's if the first passes and the second does not. The first rule that
tells credentials apart says who the clients are; of a later one only those are asked which it knows, too: what it
wants beside them is another credential. What depends on more than headers stays open and tells no clients apart.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property, partial
from typing import Final

from msgspec import Struct

from migrator.cel import CelSyntaxError, Node, parse, template
from migrator.cel.nodes import Call, Ident, Index, ListLit, Literal, Part, Select, children
from migrator.policy.origin import Field
from migrator.policy.parse import Action, Rule
from migrator.secrets import is_mask
from migrator.sources.model import Unit
from migrator.verify.asked import Asked, Constants, header_list, secret_token

STRANGER: Final = "a-credential-that-the-policy-does-not-know"
_SCHEMES: Final = ("", "Bearer ", "bearer ", "Basic ", "Token ")
_REFUSES: Final = 400


class Known(Struct, frozen=True):
    """A client by its credential. ``names`` are what people may call it, the secret's own name first."""

    names: tuple[str, ...]
    token: str


def clients(unit: Unit) -> tuple[Known, ...]:
    """The clients that reached this unit, in the policy's order; none where it cannot tell them apart."""
    front = _Front(unit)
    if front.users:
        return front.known_before_users() or front.users
    return front.admitted()


def decides_branch(unit: Unit) -> bool:
    """Whether the unit's own condition says nothing but which clients it is for, or nothing at all."""
    front = _Front(unit)
    if front.always():
        return True
    found = front.admitted()
    if not found:  # what else is in front decides with more than the client's credential
        return front.is_own_check() and any(front.fulfils(one) for one in front.tokens())
    return all(front.fulfils(one) for one in found)


class _Front:
    """The rules in front of one action, and its own conditions."""

    def __init__(self, unit: Unit) -> None:
        self.users: tuple[Known, ...] = ()
        self._before_users: list[Known] = []
        self._rejecting: list[list[Node]] = []
        self._own = _nodes(unit.rule)
        self._variables: dict[str, Node] = {}
        self._listed: dict[int, Constants | None] = {}
        for rule in unit.policy.rules:
            if rule.phase not in ("on_tcp_connect", "on_http_request"):
                continue
            for action in rule.actions:
                if action is unit.action:
                    return
                self._read(rule, action)

    def _read(self, rule: Rule, action: Action) -> None:
        if action.type == "set-vars":
            self._variables |= _assigned(action)
        elif action.type == "basic-auth" and not rule.expressions and not _checks_only(action):
            if not self.users:
                self.users = tuple({one.token: one for one in _users(action)}.values())
                self._before_users = list(self.tokens(own=False))
        elif rule.expressions and _rejects(action):
            self._rejecting.append(_nodes(rule))

    def known_before_users(self) -> tuple[Known, ...]:
        """The clients that a check in front of basic-auth tells apart: the first check says who they are."""
        return self._admitted(self._before_users)

    def admitted(self) -> tuple[Known, ...]:
        """The credentials that alone pass the rules that turn a stranger away."""
        return self._admitted(self.tokens())

    def tokens(self, *, own: bool = True) -> Iterator[Known]:
        """Every credential that a rule in front names, or the unit's own condition, each once."""
        seen: set[str] = set()
        rejecting = (node for nodes in self._rejecting for node in nodes)
        for node in (*rejecting, *(self._own if own else ())):
            for one in _tokens(node, self._variables):
                if one.token not in seen:
                    seen.add(one.token)
                    yield one

    def _admitted(self, tokens: Iterable[Known]) -> tuple[Known, ...]:
        checks, own = self._checks
        passes: list[Callable[[Asked], bool]] = [
            *(partial(Asked.lets_pass, nodes=nodes) for nodes in checks),
            *(partial(Asked.fulfils, node=node) for node in own),
        ]
        left = list(tokens) if passes else []
        known = False
        for passed in passes:
            held = [one for one in left if any(map(passed, self._requests(one.token)))]
            if held:
                left, known = held, True
        return tuple(left) if known else ()

    @cached_property
    def _checks(self) -> tuple[list[list[Node]], list[Node]]:
        """The rules, and the parts of the unit's own condition, that a stranger's credential does not pass."""
        strangers = list(self._requests(STRANGER))
        return (
            [nodes for nodes in self._rejecting if any(one.refused(nodes) is True for one in strangers)],
            [node for node in self._own if any(one.truth(node) is False for one in strangers)],
        )

    def _requests(self, token: str) -> Iterator[Asked]:
        """Requests that carry a credential, in each header that a rule reads and in each form."""
        for name in self._names:
            for scheme in _SCHEMES:
                yield Asked({name: f"{scheme}{token}"}, self._variables, self._listed)

    def always(self) -> bool:
        """Whether the unit's own condition holds whatever is sent."""
        nothing = Asked({}, self._variables, self._listed)
        return all(nothing.truth(node) is True for node in self._own)

    def is_own_check(self) -> bool:
        """Whether no part of the unit's own condition lets a stranger's credential pass."""
        return bool(self._own) and self._checks[1] == self._own

    def fulfils(self, client: Known) -> bool:
        """Whether the credential alone makes the unit's own condition hold."""
        return any(
            all(asked.truth(node) is True for node in self._own) for asked in self._requests(client.token)
        )

    @cached_property
    def _names(self) -> list[str]:
        return sorted({name for node in self._all() for name in _headers(node, self._variables)})

    def _all(self) -> Iterator[Node]:
        for nodes in self._rejecting:
            yield from nodes
        yield from self._own


def _nodes(rule: Rule) -> list[Node]:
    found: list[Node] = []
    for expression in rule.expressions:
        try:
            found.append(parse(expression.text or ""))
        except CelSyntaxError:
            return []
    return found


def _inside(part: Part, variables: Mapping[str, Node], depth: int = 3) -> Iterator[Part]:
    """A part and everything it is made of, with the variables that it reads."""
    yield part
    for child in children(part):
        yield from _inside(child, variables, depth)
    match part:
        case Select(Ident("vars"), name) if name in variables and depth:
            yield from _inside(variables[name], variables, depth - 1)


def _headers(node: Node, variables: Mapping[str, Node]) -> Iterator[str]:
    for part in _inside(node, variables):
        match part:
            case Index() | Select() | Call():
                name = header_list(part)
                if name:
                    yield name.lower()


def _tokens(node: Node, variables: Mapping[str, Node]) -> Iterator[Known]:
    for part in _inside(node, variables):
        match part:
            case Call():
                secret = template.secret_call(part)
                if secret is not None:
                    qualified = () if secret.vault is None else (f"{secret.vault}/{secret.name}",)
                    yield Known((secret.name, *qualified), secret_token(secret))
            case Literal(str(text), "string"):
                yield from (Known((f"client-{ordinal + 1}",), run) for ordinal, run in _masked(text))


def _masked(text: str) -> Iterator[tuple[int, str]]:
    """(ordinal, text) of every masked credential in a text."""
    start = 0
    while start < len(text):
        end = start + 1
        if is_mask(text[start]):
            while end < len(text) and text[end] == text[start]:
                end += 1
            yield ord(text[start]) - 0x100000, text[start:end]
        start = end


def _assigned(action: Action) -> dict[str, Node]:
    """What ``set-vars`` gives names to, as far as it is an expression or a list of them."""
    found: dict[str, Node] = {}
    held = action.config.get("vars") if action.config is not None else None
    for item in held.items() if held is not None else ():
        for key, value in item.entries():
            node = _as_node(value)
            if node is not None:
                found[key.text] = node
    return found


def _as_node(value: Field) -> Node | None:
    if value.text is not None:
        return _text_node(value.text)
    elements = [_as_node(item) for item in value.items()]
    return ListLit(tuple(one for one in elements if one is not None)) if elements else None


def _text_node(text: str) -> Node | None:
    parts = template.split(text)
    if len(parts) != 1 or not isinstance(parts[0], template.Hole):
        return Literal(text, "string") if "${" not in text else None
    try:
        return parse(parts[0].text)
    except CelSyntaxError:
        return None


def _users(action: Action) -> Iterator[Known]:
    held = action.config.get("credentials") if action.config is not None else None
    for number, item in enumerate(held.items() if held is not None else (), start=1):
        text = item.text or ""
        secret = template.secret_reference(text)
        if secret is not None:
            qualified = () if secret.vault is None else (f"{secret.vault}/{secret.name}",)
            yield Known((secret.name, *qualified), secret_token(secret))
        else:
            name = text.partition(":")[0]
            yield Known((name if name and not is_mask(name[0]) else f"user-{number}",), text)


def _checks_only(action: Action) -> bool:
    enforce = action.config.get("enforce") if action.config is not None else None
    return enforce is not None and (enforce.text or "").lower() == "false"


def _rejects(action: Action) -> bool:
    if action.type in ("deny", "close-connection"):
        return True
    status = action.config.get("status_code") if action.config is not None else None
    text = (status.text or "") if status is not None else "200"
    return action.type == "custom-response" and not (text.isdecimal() and int(text) < _REFUSES)
