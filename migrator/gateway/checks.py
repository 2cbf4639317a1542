"""What a condition says of callers: the clients it tells from everybody else by a credential they send.

A condition is recognised by its structure, never by its wording. Its parts are read from the inside
out, each as what it is of a request (a header's text, a list of tokens, …); a part that is nothing
of the kind has no meaning here, and neither has a condition that depends on it. What is recognised
tells exactly callers that send one of the tokens from all others.

Who knows a token is what counts, so text may be put around a token or cut off the header that is
compared with it. Lower-casing or trimming either side may let differently written tokens pass as
well, or none if the token is written otherwise; still nobody passes who does not have it.

``getReqHeader('x')`` is a list by ngrok's reference. Where it is compared like a text, its first
value is meant: as a list it would equal no token, so no reading lets more callers pass.

A header that is missing leaves a condition that reads it without a value. ngrok counts runtime errors
of a policy among its reasons to answer with an error, but does not say whether this is one, or the
rule is passed over. A rule that refuses is recognised either way: at worst it let callers without the
header pass by accident, which access keys do not repeat. A rule that admits ran only where its
condition was true, so there an error is no different from false.
"""

from __future__ import annotations

from functools import reduce
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from migrator.cel import CelSyntaxError, nodes, parse, template
from migrator.gateway.clients import (
    SCHEME,
    Check,
    Client,
    Condition,
    Found,
    Header,
    Headers,
    Meaning,
    Number,
    Parts,
    Plain,
    Size,
    TokenList,
    Tokens,
    Values,
    Variables,
    beside,
    both,
    constant,
    different,
    either,
    is_scheme,
    joined,
    listed,
    with_variables,
)
from migrator.gateway.model import LiteralSecret, VaultSecret
from migrator.policy.origin import Field
from migrator.policy.parse import Action
from migrator.policy.vocabulary import names_a_credential


class Conjunct(Struct, frozen=True):
    """One of the conditions that must all hold, as written."""

    text: str
    condition: Condition


def read(text: str, known: Variables) -> Condition:
    """What the condition ``text`` says of callers; nothing if it is no expression."""
    try:
        return _condition(parse(text), known)
    except CelSyntaxError:
        return Condition()


def conjuncts(text: str, known: Variables) -> tuple[Conjunct, ...]:
    """The conditions that ``text`` joins with ``&&``; itself alone if it is a check as a whole, or none."""
    try:
        node = parse(text)
    except CelSyntaxError:
        return (Conjunct(text, Condition()),)
    return tuple(
        Conjunct(text[part.start : part.end], condition) for part, condition in _conjuncts(node, known)
    )


def _conjuncts(node: nodes.Node, known: Variables) -> list[tuple[nodes.Node, Condition]]:
    whole = _condition(node, known)
    if whole.holds is None and whole.present is None and isinstance(node, nodes.Binary) and node.op == "&&":
        return [*_conjuncts(node.left, known), *_conjuncts(node.right, known)]
    return [(node, whole)]


# From nodes to meanings.

_RESERVED: Final = frozenset({"req", "vars", "secrets"})
"""Names that mean something by themselves: a macro that hides one is not read."""

_FLIPPED: Final = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}


def meaning(node: nodes.Node, known: Variables) -> Meaning | None:
    """What an expression is of a request; None for all that a client check is not made of."""
    match node:
        case nodes.Literal():
            return _literal(node)
        case nodes.Ident(name, rooted=False):
            return known.bound.get(name)
        case nodes.Select(nodes.Ident("req"), "headers", optional=False):
            return Headers()
        case nodes.Select(nodes.Ident("vars"), name, optional=False):
            return known.values.get(name)
        case nodes.Select(operand, name, optional=False):
            return Values(name.lower()) if isinstance(meaning(operand, known), Headers) else None
        case nodes.Index(operand, index, optional=False):
            return _element(meaning(operand, known), meaning(index, known))
        case nodes.Unary("!", operand):
            return _condition(operand, known).opposite
        case nodes.Binary("&&", left, right):
            return both(_condition(left, known), _condition(right, known))
        case nodes.Binary("||", left, right):
            return either(_condition(left, known), _condition(right, known))
        case nodes.Binary(op, left, right):
            return _operated(op, meaning(left, known), meaning(right, known))
        case nodes.Conditional():
            return _chosen(
                _condition(node.condition, known), meaning(node.then, known), meaning(node.otherwise, known)
            )
        case nodes.ListLit(elements, optional=()):
            return listed([meaning(element, known) for element in elements])
        case nodes.Call():
            return _called(node, known)
    return None


def _condition(node: nodes.Node, known: Variables) -> Condition:
    found = meaning(node, known)
    return found if isinstance(found, Condition) else Condition()


def _literal(node: nodes.Literal) -> Meaning | None:
    match node.value:
        case bool(value):
            return Condition(constant=value)
        case int(value) if node.kind == "int":
            return Number(value)
        case str(text):
            return constant(text)
    return None


def _element(container: Meaning | None, index: Meaning | None) -> Meaning | None:
    match container, index:
        case Headers(), Plain(name):
            return with_variables(Values(name.lower()), index)
        case Values(name), Number(0):
            return with_variables(Header(name), container)
        case Parts(name), Number(at):
            return with_variables(Header(name, scheme=at == 0, part=True), container)
    return None


def _text(found: Meaning | None) -> Meaning | None:
    return with_variables(Header(found.name), found) if isinstance(found, Values) and found.macro else found


def _operated(op: str, left: Meaning | None, right: Meaning | None) -> Meaning | None:
    result: Meaning | None = None
    if op == "==":
        result = _equal(left, right) or _equal(right, left)
    elif op == "!=":
        equal = _equal(left, right) or _equal(right, left)
        result = None if equal is None else equal.opposite
    elif op == "in":
        result = _contained(left, right)
    elif op == "+" and isinstance(left, TokenList) and isinstance(right, TokenList):
        result = TokenList(different((*left.clients, *right.clients)), left.bare or right.bare)
    elif op == "+":
        result = joined(left, right)
    elif isinstance(left, Size):
        result = _some(left, op, right)
    elif op in _FLIPPED and isinstance(right, Size):
        result = _some(right, _FLIPPED[op], left)
    return None if result is None else with_variables(result, left, right)


def _equal(one: Meaning | None, other: Meaning | None) -> Condition | None:
    match _text(one), other:
        case Header() as header, Tokens(clients) as tokens:
            return _check(header, clients, bare=tokens.bare)
        # A token is not empty, so an empty header is as good as none.
        case Header(name), Plain(""):
            return Condition(absent=name)
        case Header(name, scheme=True), Plain(text) if is_scheme(text):
            return Condition(present=name, scheme=True)
        case Size(some), Number(0):
            return some.opposite
        case Condition() as condition, Condition(constant=bool(value)):
            return condition if value else condition.opposite
    return None


def _contained(item: Meaning | None, container: Meaning | None) -> Condition | None:
    match _text(item), container:
        case Header() as header, TokenList(clients, bare):
            return _check(header, clients, bare=bare)
        case Tokens(clients) as tokens, Values(name):
            return _check(Header(name), clients, bare=tokens.bare)
        case Plain(name), Headers():
            return Condition(present=name.lower())
    return None


def _check(header: Header, clients: tuple[Client, ...], *, bare: bool) -> Condition | None:
    """A comparison of a header with tokens.

    A literal is masked wherever a credential is near, so it is a token only in a header that carries one:
    ``x-team`` beside a check of ``x-api-key`` is compared with a word, not with a secret.
    """
    written = any(isinstance(client.credential, LiteralSecret) for client in clients)
    if written and not names_a_credential(header.name):
        return None
    return Condition(holds=Check(clients, frozenset((header.name,)), bare and not header.part))


def _some(size: Size, op: str, number: Meaning | None) -> Condition | None:
    match op, number:
        case (">", Number(0)) | (">=", Number(1)):
            return size.some
        case ("<=", Number(0)) | ("<", Number(1)):
            return size.some.opposite
    return None


def _chosen(condition: Condition, then: Meaning | None, otherwise: Meaning | None) -> Meaning | None:
    """``?:`` by whether a header is there: a check or its text, and what stands for it where it is not."""
    if condition.absent is not None:
        return _chosen(condition.opposite, otherwise, then)
    match _text(then), otherwise:
        case Header(name) as header, Plain() if name == condition.present and (
            header.part or not condition.scheme
        ):
            return with_variables(header, condition, otherwise)
        case Condition() as check, Condition(constant=bool(value)) if condition.present is not None:
            return either(condition.opposite, check) if value else both(condition, check)
    return None


def _called(node: nodes.Call, known: Variables) -> Meaning | None:
    if (named := template.secret_call(node)) is not None:
        return Tokens((Client(named.name, VaultSecret(named.vault, named.name)),))
    match node:
        case nodes.Call("hasReqHeader", (nodes.Literal(str(name)),), None):
            return Condition(present=name.lower())
        case nodes.Call("getReqHeader", (nodes.Literal(str(name)),), None):
            return Values(name.lower(), macro=True)
        case nodes.Call("has", (nodes.Select() | nodes.Index() as selected,), None):
            found = meaning(selected, known)
            return with_variables(Condition(present=found.name), found) if isinstance(found, Values) else None
        case nodes.Call("size", (operand,), None) | nodes.Call("size", (), nodes.Part() as operand):
            return _size(meaning(operand, known))
        case nodes.Call(
            "exists" | "all" | "filter" | "map",
            (nodes.Ident(name, rooted=False), body),
            nodes.Part() as target,
        ):
            return _gone_through(node.function, meaning(target, known), name, body, known)
        case nodes.Call(method, args, nodes.Part() as target):
            return _changed(method, meaning(target, known), [meaning(arg, known) for arg in args])
    return None


def _size(found: Meaning | None) -> Size | None:
    match found:
        case Values(name) | Header(name):
            return with_variables(Size(Condition(present=name)), found)
        case Found(some):
            return with_variables(Size(some), found)
    return None


def _gone_through(
    macro: str, elements: Meaning | None, name: str, body: nodes.Node, known: Variables
) -> Meaning | None:
    """A macro over tokens or over the values of a header.

    An element stands for any of them. So a check of it can be had of «exists» where it holds and of
    «all» where it fails; the other way round it would be a check of every element at once.
    """
    match elements:
        case TokenList(clients, bare):
            element: Meaning = Tokens(clients, "" if bare else SCHEME, variables=elements.variables)
        case Values(header):
            element = Header(header, variables=elements.variables)
        case _:
            return None
    if name in _RESERVED:
        return None
    inner = meaning(body, known.binding(name, element))
    if macro == "map":
        if isinstance(elements, TokenList) and isinstance(inner, Tokens):
            return with_variables(TokenList(inner.clients, inner.bare and elements.bare), elements, inner)
        return None
    if not isinstance(inner, Condition):
        return None
    holds, fails = _only(elements, inner.holds), _only(elements, inner.fails)
    if macro == "all":
        return with_variables(Condition(fails=fails), elements, inner)
    some = with_variables(Condition(holds=holds), elements, inner)
    return some if macro == "exists" else Found(some, variables=some.variables)


def _only(elements: Meaning, check: Check | None) -> Check | None:
    """A check in a macro over a header: it needs that header, so no other may do instead."""
    return beside(elements.name, check) if isinstance(elements, Values) else check


def _changed(method: str, target: Meaning | None, args: list[Meaning | None]) -> Meaning | None:
    """A text after a method that adds nothing to it which a caller would not have to know."""
    found: Meaning | None = None
    match method, _text(target), args:
        case "lowerAscii" | "upperAscii" | "trim", Header() | Tokens() as text, []:
            found = text
        case "substring", Header() as text, [Number()] | [Number(), Number()]:
            found = replace(text, part=True)
        case "replace", Header() as text, [Plain(), Plain("")]:
            found = replace(text, part=True)
        case "split", Header(name), [] | [Plain()] | [Plain(), Number()]:
            found = Parts(name)
        case "startsWith", Header(name), [Plain(prefix)] if is_scheme(prefix):
            found = Condition(present=name, scheme=True)
    if method == "join" and isinstance(target, Values) and all(isinstance(arg, Plain) for arg in args):
        found = Header(target.name)
    return None if found is None else with_variables(found, target, *args)


# Variables.


def assigned(action: Action, known: Variables, *, certain: bool) -> Variables:
    """What is known once ``action``, a set-vars, has run; or, unless ``certain``, may have run.

    A variable is known as long as nothing may have given it another value, and within one action
    the later ones may read the earlier ones.
    """
    held = action.config.get("vars") if action.config else None
    for item in held.items() if held else ():
        for key, value in item.entries():
            name = key.text
            values = {other: found for other, found in known.values.items() if other != name}
            if certain and (found := _value(value, known)) is not None:
                values[name] = replace(found, variables=found.variables | {name})
            known = replace(known, values=values)
    return known


def _value(value: Field, known: Variables) -> Meaning | None:
    if value.scalar is not None:
        return _interpolated(value.scalar.text, known) if value.scalar.kind == "str" else None
    return listed(None if item.text is None else _interpolated(item.text, known) for item in value.items())


def _interpolated(text: str, known: Variables) -> Meaning | None:
    """A string of a policy: what its one ``${…}`` is, else the text that all its parts are together."""
    parts = [_part(part, known) for part in template.split(text)]
    return reduce(joined, parts) if parts else Plain("")


def _part(part: template.Text | template.Hole | template.Unterminated, known: Variables) -> Meaning | None:
    match part:
        case template.Text(text):
            return constant(text)
        case template.Hole(expression):
            try:
                return meaning(parse(expression), known)
            except CelSyntaxError:
                return None
    return None
