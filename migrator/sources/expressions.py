"""Credentials inside expressions: string literals that are compared with what a client sent."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from migrator.cel import CelSyntaxError, parse, template
from migrator.patterns import pattern

if TYPE_CHECKING:
    from migrator.cel import nodes

_MENTIONS = pattern(
    r"(?i)authorization|api[-_]?key|secret|passw|credential|cookie|bearer|signature|x-[a-z-]{0,40}key|ai\.keys"
    # Numbers of tokens are no tokens: max_output_tokens, metrics.account.token.provider_input.
    r"|(?<!input_)(?<!output_)(?<!remaining_)(?<!limit_)(?<!max_)token(?!\.(?:provider|estimated)_)"
)
_VARIABLE = pattern(r"\bvars\.(\w+)")
_STRING = pattern(r"\"([^\"\\]*(?:\\.[^\"\\]*)*)\"|'([^'\\]*(?:\\.[^'\\]*)*)'")
_OPEN = pattern(r"^(?:[^\"']|\"[^\"]*\"|'[^']*')*[\"']([^\"']+)\Z")
_PLAIN = frozenset(
    {
        "",
        "bearer",
        "basic",
        "true",
        "false",
        "authorization",
        "x-api-key",
        "api-key",
        "x-goog-api-key",
        "cookie",
    }
)
"""Literals that are no credentials: schemes, and names of headers that carry them."""

_LONGEST = 64 * 1024
"""A longer expression is masked as a whole."""

_LONGEST_QUOTED = 5_000
"""One that is no CEL is at less: reading its quotes could take for ever."""

_SHORTEST = 4
"""Shorter literals of an expression are parts of addresses and paths, no credentials."""

_NAMED = frozenset({"headers", "query_params", "cookies", "vars"})
"""What is read by names: its indexes are no credentials."""


def credential_variables(texts: Iterable[str], assigned: Iterable[tuple[str, str]] = ()) -> frozenset[str]:
    """Names of variables that hold credentials, or are used together with one.

    ``assigned`` are (name, value) of variables: one whose value reads a credential is one too.
    """
    own = {name for name, value in assigned if _MENTIONS.search(value)}
    together: set[str] = set(own)
    for text in texts:
        names = set(_VARIABLE.findall(text)) if "vars." in text else set()
        if names and (_MENTIONS.search(text) or names & own):
            together |= names
    return frozenset(together)


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

    In an expression that mentions a credential, or with ``everything`` (the value of a variable that
    holds tokens), each literal that is neither a name nor an argument of ``secrets.get`` counts. An
    expression that is not CEL is read by its quotes.
    """
    if '"' not in expression and "'" not in expression:
        return
    if len(expression) > _LONGEST:
        yield 0, len(expression)
        return
    mentions = everything or _MENTIONS.search(expression) is not None
    if not mentions and not any(f"vars.{name}" in expression for name in variables):
        return
    try:
        node = parse(expression, keep=False)
    except CelSyntaxError:
        if mentions:
            yield from _by_quotes(expression)
        return
    if "//" in expression and mentions:
        yield from _by_quotes(expression)
    for literal in _literals(node):
        yield from _inside(expression, literal)


def _literals(node: nodes.Part) -> Iterator[nodes.Literal]:
    """Strings and bytes of an expression but for names of headers and the like, and of secrets."""
    from migrator.cel import nodes

    todo: list[nodes.Part] = [node]
    while todo:
        part = todo.pop()
        match part:
            case nodes.Literal(str(value)) if len(value) >= _SHORTEST and value.strip().lower() not in _PLAIN:
                yield part
            case nodes.Literal(bytes()):
                yield part
            case nodes.Call("get", _, nodes.Ident("secrets")) | nodes.Call("hasReqHeader" | "getReqHeader"):
                continue
            case nodes.Index(nodes.Select(_, field) as operand, nodes.Literal(str())) if field in _NAMED:
                todo.append(operand)
            case nodes.Binary("in", nodes.Literal(str()), nodes.Select(_, field)) if field in _NAMED:
                continue
            case _:
                todo.extend(nodes.children(part))


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


def _by_quotes(expression: str) -> Iterator[tuple[int, int]]:
    return iter([(0, len(expression))]) if len(expression) > _LONGEST_QUOTED else _quoted(expression)


def _quoted(expression: str) -> Iterator[tuple[int, int]]:
    for match in _STRING.finditer(expression):
        before = expression[: match.start()].rstrip()
        value = match.group(1) or match.group(2) or ""
        if before.endswith(("[", "Header(", "secrets.get(")) or value.strip().lower() in _PLAIN:
            continue
        if re.search(r"secrets\.get\([^)]*$", before):
            continue
        yield match.start() + 1, match.end() - 1
    open_quote = _OPEN.search(expression)
    if open_quote is not None:
        yield open_quote.start(1), open_quote.end(1)
