"""Client checks: rules that let only callers with a known credential pass.

A condition is recognised by its structure, never by its wording: a comparison of a request header
(``req.headers['x'][0]``, ``getReqHeader('x')``, or a variable set from one) with a token, or its
membership in a list of tokens, under any mix of ``!``, ``&&`` and ``||`` that leaves one
meaning: the request is let pass exactly if it carries one of the tokens.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from migrator.cel import CelSyntaxError, nodes, parse, template
from migrator.gateway.model import Credential, LiteralSecret, VaultSecret
from migrator.policy.origin import Field
from migrator.policy.parse import Action, Policy
from migrator.secrets import mask_ordinals
from migrator.tree.nodes import Scalar


@dataclass(frozen=True)
class Client:
    """A caller known by a credential. ``name`` is the secret's name, or the user's."""

    name: str
    credential: Credential


@dataclass(frozen=True)
class Variables:
    """What ``set-vars`` actions define: names of request headers, and lists of tokens.

    ``used`` collects the variables that a recognised check reads.
    """

    headers: dict[str, str] = field(default_factory=dict)
    tokens: dict[str, tuple[Client, ...]] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)


def variables(policy: Policy) -> Variables:
    """The variables of a policy that client checks may use."""
    found = Variables()
    for rule in policy.rules:
        for action in rule.actions:
            if action.type == "set-vars" and action.config is not None and not rule.expressions:
                _read_variables(action, found)
    return found


def _read_variables(action: Action, found: Variables) -> None:
    held = action.config.get("vars") if action.config else None
    for item in held.items() if held else ():
        for key, value in item.entries():
            if isinstance(value.node, Scalar):
                if (node := _expression(value.text or "")) is None:
                    continue
                if (header := _header(node, found)) is not None:
                    found.headers[key.text] = header
                elif (clients := _token_list(node, found)) is not None:
                    found.tokens[key.text] = clients
            elif (clients := _listed(value)) is not None:
                found.tokens[key.text] = clients


def _listed(value: Field) -> tuple[Client, ...] | None:
    found: list[Client] = []
    for item in value.items():
        text = item.text or ""
        node = _expression(text)
        client = _token(node) if node is not None else _literal_client(text)
        if client is None:
            return None
        found.append(client)
    return tuple(found) or None


def _expression(text: str) -> nodes.Node | None:
    """The expression of a string that is exactly one ``${…}``."""
    parts = template.split(text)
    if len(parts) != 1 or not isinstance(parts[0], template.Hole):
        return None
    return _parsed(parts[0].text)


def _parsed(text: str) -> nodes.Node | None:
    try:
        return parse(text)
    except CelSyntaxError:
        return None


@dataclass(frozen=True)
class Check:
    """What a condition says of callers: the clients it singles out, by the values of these headers."""

    clients: tuple[Client, ...]
    headers: frozenset[str]

    def with_other(self, other: Check | None) -> Check | None:
        """Both together, as alternatives."""
        if other is None:
            return None
        return Check((*self.clients, *other.clients), self.headers | other.headers)


def admitted(expression: str, known: Variables) -> Check | None:
    """The clients for which ``expression`` holds, if that is all it says."""
    node = _parsed(expression)
    return None if node is None else _passes(node, known)


def refused(expression: str, known: Variables) -> Check | None:
    """The clients for which ``expression`` does not hold, if it holds for everybody else."""
    node = _parsed(expression)
    return None if node is None else _fails(node, known)


def absent_header(expression: str) -> str | None:
    """The request header (lower case) that is missing wherever ``expression`` holds, if that is all it says."""
    node = _parsed(expression)
    return _present(node.operand) if isinstance(node, nodes.Unary) and node.op == "!" else None


def _passes(node: nodes.Node, known: Variables) -> Check | None:
    """Clients for which ``node`` is true, if it is false for all others."""
    match node:
        case nodes.Unary("!", operand):
            return _fails(operand, known)
        case nodes.Binary("==", left, right):
            return _compared(left, right, known)
        case nodes.Binary("in", left, right):
            header, clients = _header(left, known), _token_list(right, known)
            return None if header is None or clients is None else Check(clients, frozenset((header,)))
        case nodes.Binary("||", left, right):
            one = _passes(left, known)
            return None if one is None else one.with_other(_passes(right, known))
        case nodes.Binary("&&", left, right):
            return _beside(_present(left), _passes(right, known)) or _beside(
                _present(right), _passes(left, known)
            )
    return None


def _fails(node: nodes.Node, known: Variables) -> Check | None:
    """Clients for which ``node`` is false, if it is true for all others."""
    match node:
        case nodes.Unary("!", operand):
            return _passes(operand, known)
        case nodes.Binary("!=", left, right):
            return _compared(left, right, known)
        case nodes.Binary("&&", left, right):
            one = _fails(left, known)
            return None if one is None else one.with_other(_fails(right, known))
        case nodes.Binary("||", left, right):
            return _beside(_absent(left), _fails(right, known)) or _beside(
                _absent(right), _fails(left, known)
            )
    return None


def _beside(header: str | None, check: Check | None) -> Check | None:
    """A check beside a test that the header it compares is there at all: the test adds nothing."""
    return check if check is not None and check.headers == {header} else None


def _present(node: nodes.Node) -> str | None:
    """The header (lower case) that is there wherever ``node`` holds, if that is all it says."""
    match node:
        case nodes.Call("hasReqHeader", (nodes.Literal(str(name)),), None):
            return name.lower()
        case nodes.Binary("in", nodes.Literal(str(name)), nodes.Select(nodes.Ident("req"), "headers")):
            return name.lower()
    return None


def _absent(node: nodes.Node) -> str | None:
    return _present(node.operand) if isinstance(node, nodes.Unary) and node.op == "!" else None


def _compared(left: nodes.Node, right: nodes.Node, known: Variables) -> Check | None:
    for side, token in ((left, right), (right, left)):
        header, client = _header(side, known), _token(token)
        if header is not None and client is not None:
            return Check((client,), frozenset((header,)))
    return None


def _header(node: nodes.Node, known: Variables) -> str | None:
    """The lower-case name of the request header that ``node`` reads."""
    match node:
        case nodes.Index(
            nodes.Index(nodes.Select(nodes.Ident("req"), "headers"), nodes.Literal(str(name))),
            nodes.Literal(0),
        ):
            return name.lower()
        case nodes.Call("getReqHeader", (nodes.Literal(str(name)),), None):
            return name.lower()
        case nodes.Index(nodes.Call("getReqHeader", (nodes.Literal(str(name)),), None), nodes.Literal(0)):
            return name.lower()
        case nodes.Call("lowerAscii", (), target) if target is not None:
            return _header(target, known)
        case nodes.Select(nodes.Ident("vars"), variable) if variable in known.headers:
            known.used.add(variable)
            return known.headers[variable]
    return None


def _token_list(node: nodes.Node, known: Variables) -> tuple[Client, ...] | None:
    match node:
        case nodes.ListLit(elements, ()):
            clients = [_token(element) for element in elements]
            return (
                tuple(client for client in clients if client is not None)
                if all(clients) and clients
                else None
            )
        case nodes.Select(nodes.Ident("vars"), variable) if variable in known.tokens:
            known.used.add(variable)
            return known.tokens[variable]
    return None


def _token(node: nodes.Node) -> Client | None:
    """A token: ``secrets.get(…)`` or a literal, with or without ``'Bearer '`` in front."""
    if isinstance(node, nodes.Binary) and node.op == "+":
        scheme = node.left
        if (
            isinstance(scheme, nodes.Literal)
            and isinstance(scheme.value, str)
            and scheme.value.strip().lower() in ("bearer", "")
        ):
            return _token(node.right)
        return None
    if (named := template.secret_call(node)) is not None:
        return Client(named.name, VaultSecret(named.vault, named.name))
    if isinstance(node, nodes.Literal) and isinstance(node.value, str):
        return _literal_client(node.value)
    return None


def _literal_client(text: str) -> Client | None:
    """A token written into the policy, already masked."""
    ordinals = mask_ordinals(text)
    return Client(f"client-{ordinals[0] + 1}", LiteralSecret(ordinals[0])) if len(ordinals) == 1 else None


def basic_auth_users(action: Action) -> tuple[Client, ...]:
    """The users of a basic-auth action; their passwords are masked and not kept."""
    held = action.config.get("credentials") if action.config else None
    items = list(held.items()) if held else []
    if held is not None and held.scalar is not None:
        items = [held]
    users: list[Client] = []
    for index, item in enumerate(items):
        text = item.text or ""
        named = template.secret_reference(text)
        if named is not None:
            users.append(Client(named.name, VaultSecret(named.vault, named.name)))
            continue
        ordinals = mask_ordinals(text)
        name = text.partition(":")[0]
        users.append(Client(name or f"user-{index + 1}", LiteralSecret(ordinals[0] if ordinals else index)))
    return tuple(users)
