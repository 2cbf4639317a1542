"""Credentials inside expressions: string literals that are compared with what a client sent."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from migrator.cel import CelSyntaxError, nodes, parse, template
from migrator.policy.vocabulary import names_a_credential

_MENTIONS = re.compile(
    r"(?i)authorization|api[-_]?key|token|secret|passw|credential|cookie|bearer|signature|x-[a-z-]*key"
)
_VARIABLE = re.compile(r"\bvars\.(\w+)")
_STRING = re.compile(r"\"([^\"\\]*(?:\\.[^\"\\]*)*)\"|'([^'\\]*(?:\\.[^'\\]*)*)'")
_PLAIN = frozenset({"", "bearer", "basic", "true", "false"})
_COMPARING = frozenset({"==", "!=", "in"})
_METHODS = frozenset({"startsWith", "endsWith", "contains", "matches"})


def credential_variables(texts: Iterable[str]) -> frozenset[str]:
    """Names of variables that some expression uses together with a credential."""
    return frozenset(
        name
        for text in texts
        if "vars." in text and _MENTIONS.search(text)
        for name in _VARIABLE.findall(text)
    )


def expressions_of(text: str, *, bare: bool) -> Iterator[tuple[str, int]]:
    """(expression, offset) of each expression in a string: the whole of it if ``bare``, else its holes."""
    if bare:
        yield text, 0
        return
    for part in template.split(text):
        if not isinstance(part, template.Text):
            yield part.text, part.offset


def credential_literals(
    expression: str, variables: frozenset[str], *, everything: bool = False
) -> Iterator[tuple[int, int]]:
    """Ranges inside ``expression`` that are credentials.

    ``everything``: each literal that is neither a name nor an argument of ``secrets.get`` counts, as
    in the value of a variable that holds tokens. An expression that is not CEL is read by its quotes.
    """
    if '"' not in expression and "'" not in expression:
        return
    try:
        node = parse(expression)
    except CelSyntaxError:
        if everything or _MENTIONS.search(expression):
            yield from _quoted(expression)
        return
    for literal in _literals(node, variables, everything=everything):
        yield from _inside(expression, literal)


def _literals(node: nodes.Part, variables: frozenset[str], *, everything: bool) -> Iterator[nodes.Literal]:
    todo: list[tuple[nodes.Part, bool]] = [(node, everything)]
    while todo:
        part, exposed = todo.pop()
        match part:
            case nodes.Literal(str(value)):
                if exposed and value.strip().lower() not in _PLAIN:
                    yield part
                continue
            case nodes.Call("get", _, nodes.Ident("secrets")) | nodes.Call("hasReqHeader" | "getReqHeader"):
                continue
            case nodes.Index(operand, _):
                todo.append((operand, exposed))
                continue
            case nodes.Binary(op, left, right) if op in _COMPARING:
                todo.append((left, exposed or _is_credential(right, variables)))
                todo.append((right, exposed or _is_credential(left, variables)))
                continue
            case nodes.Call(function, args, target) if function in _METHODS and target is not None:
                todo.append((target, exposed))
                todo.extend((argument, exposed or _is_credential(target, variables)) for argument in args)
                continue
        todo.extend((inner, exposed) for inner in nodes.children(part))


def _is_credential(node: nodes.Part, variables: frozenset[str]) -> bool:
    """Whether a part reads something that holds a credential."""
    todo = [node]
    while todo:
        part = todo.pop()
        match part:
            case nodes.Index(_, nodes.Literal(str(name))) if names_a_credential(name):
                return True
            case nodes.Call("getReqHeader", (nodes.Literal(str(name)),)) if names_a_credential(name):
                return True
            case nodes.Select(nodes.Ident("vars"), name) if name in variables or names_a_credential(
                name.rstrip("s")
            ):
                return True
        todo.extend(nodes.children(part))
    return False


def _inside(expression: str, literal: nodes.Literal) -> Iterator[tuple[int, int]]:
    """The range between a literal's quotes, without a leading ``Bearer``."""
    raw = expression[literal.start : literal.end]
    body = raw.lstrip("rRbB")
    width = 3 if body[:3] in ('"""', "'''") else 1
    start = literal.start + len(raw) - len(body) + width
    end = literal.end - width
    scheme = re.match(r"(?i)(?:bearer|basic)\s+", expression[start:end])
    if scheme is not None:
        start += scheme.end()
    if start < end:
        yield start, end


def _quoted(expression: str) -> Iterator[tuple[int, int]]:
    for match in _STRING.finditer(expression):
        before = expression[: match.start()].rstrip()
        value = match.group(1) or match.group(2) or ""
        if before.endswith(("[", "Header(", "secrets.get(")) or value.strip().lower() in _PLAIN:
            continue
        if re.search(r"secrets\.get\([^)]*$", before):
            continue
        yield match.start() + 1, match.end() - 1
