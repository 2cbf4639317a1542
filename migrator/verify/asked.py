"""One request to the old gateway of which only some headers are known, and what conditions come to for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from msgspec.structs import replace

from migrator.cel import CelEvaluationError, CelSyntaxError, Node, evaluate, template
from migrator.cel.nodes import Binary, Call, Ident, Index, ListLit, Literal, Select, Unary
from migrator.naming import digest


class Constants(NamedTuple):
    """What a list of constant texts holds, and the list as it stands in a request."""

    texts: frozenset[str]
    rewritten: ListLit


class Asked:
    """One request, of which only some headers are known."""

    def __init__(
        self,
        headers: Mapping[str, str],
        variables: Mapping[str, Node],
        listed: dict[int, Constants | None],
    ) -> None:
        """``listed`` is what all requests find out about lists of constants, by the ``id()`` of their nodes."""
        self._headers = headers
        self._variables = variables
        self._listed = listed

    def refused(self, nodes: list[Node]) -> bool | None:
        """Whether all conditions of a rule that rejects hold; None where more than the headers decides."""
        truths = [self.truth(node) for node in nodes]
        if False in truths or not nodes:
            return False
        return None if None in truths else True

    def lets_pass(self, nodes: list[Node]) -> bool:
        """Whether a rule that rejects surely does not."""
        return self.refused(nodes) is False

    def fulfils(self, node: Node) -> bool:
        """Whether a condition surely holds."""
        return self.truth(node) is True

    def truth(self, node: Node) -> bool | None:
        """Whether a condition holds; None where more than the headers decides."""
        match node:
            case Unary("!", operand):
                held = self.truth(operand)
                return None if held is None else not held
            case Binary("&&" | "||" as op, left, right):
                values = (self.truth(left), self.truth(right))
                absorbing = op == "||"
                if absorbing in values:
                    return absorbing
                return None if None in values else not absorbing
            case Binary("in", left, ListLit() as right) if (constants := self._constants(right)) is not None:
                sought = self._rewritten(left)
                if isinstance(sought, Literal) and isinstance(sought.value, str):
                    return sought.value in constants.texts
        try:
            value = evaluate(self._rewritten(node), {})
        except (CelEvaluationError, CelSyntaxError):
            return None
        return value if isinstance(value, bool) else None

    def _constants(self, held: ListLit) -> Constants | None:
        """A list of nothing but constant texts, which may be a thousand clients' tokens; None for any other one."""
        if id(held) not in self._listed:
            texts = [text for element in held.elements if (text := _constant(element)) is not None]
            rewritten = ListLit(tuple(Literal(text, "string") for text in texts))
            is_all = len(texts) == len(held.elements) and not held.optional
            self._listed[id(held)] = Constants(frozenset(texts), rewritten) if is_all else None
        return self._listed[id(held)]

    def _rewritten(self, node: Node) -> Node:
        """The condition with what is known of the request in it."""
        secret = template.secret_call(node)
        if secret is not None:
            return Literal(secret_token(secret), "string")
        match node:
            case Index(operand, Literal(0)) if (name := header_list(operand)) is not None:
                return self._header(name, node)
            case Index(operand, Literal(str(name))) if _is_headers(operand):
                return ListLit((self._header(name, node),)) if self._value(name) is not None else node
            case Select(operand, name) if _is_headers(operand):
                return ListLit((self._header(name, node),)) if self._value(name) is not None else node
            case Call("getReqHeader", (Literal(str(name)),)):
                return self._header(name, node)
            case Call("hasReqHeader", (Literal(str(name)),)):
                return Literal(self._value(name) is not None, "bool")
            case Binary("in", Literal(str(name)), operand) if _is_headers(operand):
                return Literal(self._value(name) is not None, "bool")
            case Select(Ident("vars"), name) if name in self._variables:
                return self._rewritten(self._variables[name])
            case Binary(_, left, right):
                return replace(node, left=self._rewritten(left), right=self._rewritten(right))
            case Unary(_, operand):
                return replace(node, operand=self._rewritten(operand))
            case ListLit() if (constants := self._constants(node)) is not None:
                return constants.rewritten
            case ListLit(elements):
                return replace(node, elements=tuple(self._rewritten(element) for element in elements))
            case Index(operand, index):
                return replace(node, operand=self._rewritten(operand), index=self._rewritten(index))
            case Call("split", (Literal(str(by)), *_), target) if target is not None and by:
                return self._split(node, self._rewritten(target), by)
            case Call(_, args, target) if target is not None:
                own = tuple(self._rewritten(arg) for arg in args)
                return replace(node, target=self._rewritten(target), args=own)
            case Call(_, args):
                return replace(node, args=tuple(self._rewritten(arg) for arg in args))
        return node

    def _split(self, node: Node, whole: Node, by: str) -> Node:
        """The parts of a text, as CEL's strings extension has them: checks are written with it."""
        match whole:
            case Literal(str(text)):
                return ListLit(tuple(Literal(part, "string") for part in text.split(by)))
        return node

    def _header(self, name: str, node: Node) -> Node:
        value = self._value(name)
        return node if value is None else Literal(value, "string")

    def _value(self, name: str) -> str | None:
        lower = name.lower()
        return next((value for held, value in self._headers.items() if held.lower() == lower), None)


def _constant(node: Node) -> str | None:
    """A text that does not depend on the request, as it stands in one; None for what is no such."""
    secret = template.secret_call(node)
    if secret is not None:
        return secret_token(secret)
    match node:
        case Literal(str(text), "string"):
            return text
        case Binary("+", left, right):
            parts = (_constant(left), _constant(right))
            return None if None in parts else f"{parts[0]}{parts[1]}"
    return None


def header_list(node: Node) -> str | None:
    """The header whose values an expression is the list of."""
    match node:
        case Index(operand, Literal(str(name))) | Select(operand, name) if _is_headers(operand):
            return name
        case Call("getReqHeader", (Literal(str(name)),)):
            return name
    return None


def _is_headers(node: Node) -> bool:
    match node:
        case Select(Ident("req"), "headers"):
            return True
    return False


def secret_token(secret: template.SecretName) -> str:
    """What stands for a secret in a request: one word, as tokens are, for expressions that split a header."""
    return f"secret-{digest(secret.vault or '', secret.name)}"
