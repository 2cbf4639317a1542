"""Which parts of a string are credentials, judged by where it stands and what it looks like.

A string is a credential where its place says so (a key such as ``client_secret``, an item of
``api_keys``, a password of ``basic-auth``, a Kubernetes Secret), where its form says so (known
prefixes, ``Bearer …``, a URL with a password), or where an expression compares a credential header
with it. When in doubt it is one: a masked word costs readability, a shown one costs a rotation.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from migrator.cel import template
from migrator.policy.vocabulary import names_a_credential
from migrator.sources.expressions import credential_literals, expressions_of
from migrator.tree.nodes import Mapping, Node, Scalar, Sequence

KNOWN_FORMS = re.compile(
    r"""
    (?:
        (?<![A-Za-z0-9])(?:sk|pk|rk)[-_][A-Za-z0-9_\-]{8,}            # OpenAI, Anthropic, Stripe and relatives
      | (?<![A-Za-z0-9])(?:gsk|hf|xai|nvapi|r8|glpat|pplx|fw|tgp|csk)[-_][A-Za-z0-9_\-]{12,}
      | (?<![A-Za-z0-9])gh[pousr]_[A-Za-z0-9]{16,} | github_pat_[A-Za-z0-9_]{16,}
      | (?<![A-Za-z0-9])AIza[0-9A-Za-z_\-]{20,}
      | (?<![A-Za-z0-9])(?:AKIA|ASIA)[0-9A-Z]{12,}
      | (?<![A-Za-z0-9])xox[abprs]-[A-Za-z0-9\-]{8,}
      | (?<![A-Za-z0-9])ng[-_][A-Za-z0-9_\-]*g1[-_][A-Za-z0-9_\-]{8,}
      | (?<![A-Za-z0-9])eyJ[A-Za-z0-9_\-]{8,}\.[A-Za-z0-9_\-]{8,}\.[A-Za-z0-9_\-]*
      | (?<![A-Za-z0-9])[12][A-Za-z0-9]{26}_[A-Za-z0-9]{16,}          # ngrok authtokens and API keys
      | -----BEGIN\ [A-Z ]*PRIVATE\ KEY-----[\s\S]*?(?:-----END\ [A-Z ]*PRIVATE\ KEY-----|\Z)
    )
    """,
    re.VERBOSE,
)
_SCHEME = re.compile(
    r"(?i)\b(?:bearer|basic)[ \t]+((?=[A-Za-z0-9._~+/=\-]*\d|[A-Za-z0-9._~+/=\-]{20})[A-Za-z0-9._~+/=\-]{6,})"
)
_USERINFO = re.compile(r"://[^/@\s'\"$:]*:([^/@\s'\"$]+)@|://([^/@:\s'\"$]{12,})@")
_QUERY = re.compile(r"[?&]([A-Za-z0-9_.\-]+)=([^&#\s'\"$]+)")
_RANDOM = re.compile(r"(?=(?:.*\d){3})(?=.*[A-Za-z])[A-Za-z0-9+/=_\-]{32,}\Z")
_ENVIRONMENT = re.compile(r"\$(?:[A-Za-z_]\w*|\{[A-Za-z_]\w*\})\Z")
_ADDED = frozenset({"headers", "query_params", "body", "authz_url_params"})
_NOT_SECRET = frozenset({"", "true", "false", "null", "~"})


class Spot(NamedTuple):
    """A part of a scalar's text that is a credential, and what for."""

    start: int
    end: int
    role: str


class Context(NamedTuple):
    """Where a scalar stands: the keys above it (its own last), and whether its place makes it secret.

    ``named`` is the ``name`` or ``key`` beside a ``value``; ``sealed`` is set below a Kubernetes Secret.
    """

    path: tuple[str, ...]
    named: str = ""
    sealed: bool = False

    @property
    def key(self) -> str:
        return self.path[-1] if self.path else ""

    @property
    def parent(self) -> str:
        return self.path[-2] if len(self.path) > 1 else ""


def walk(root: Node) -> Iterator[tuple[Scalar, Context]]:
    """Every scalar value of a tree with its context; list items have the key of their list."""
    seen: set[int] = set()
    todo: list[tuple[Node, Context]] = [(root, Context(()))]
    while todo:
        node, context = todo.pop()
        if isinstance(node, Scalar):
            yield node, context
            continue
        if id(node) in seen:
            continue
        seen.add(id(node))
        if isinstance(node, Sequence):
            todo.extend((item, context) for item in reversed(node.items))
            continue
        kind = node.get("kind")
        secret = isinstance(kind, Scalar) and kind.text == "Secret"
        named = next((n.text for k in ("name", "key") if isinstance(n := node.get(k), Scalar)), "")
        for entry in reversed(node.entries):
            key = entry.key.text
            sealed = context.sealed or (secret and key in ("data", "stringData"))
            todo.append((entry.value, Context((*context.path, key), named if key == "value" else "", sealed)))


def keys(root: Node) -> Iterator[Scalar]:
    """Every mapping key of a tree."""
    seen: set[int] = set()
    todo = [root]
    while todo:
        node = todo.pop()
        if id(node) in seen or isinstance(node, Scalar):
            continue
        seen.add(id(node))
        if isinstance(node, Mapping):
            for entry in node.entries:
                yield entry.key
                todo.append(entry.value)
        else:
            todo.extend(node.items)


def spots(scalar: Scalar, context: Context, variables: frozenset[str]) -> Iterator[Spot]:
    """The credentials in one scalar; ranges may overlap."""
    text = scalar.text
    if text.lower() in _NOT_SECRET:
        return
    role = _role(context)
    if role is not None and not _ENVIRONMENT.match(text):
        yield from _literal_parts(text, role)
    yield from by_form(text)
    if context.path and any(part in _ADDED for part in context.path[:-1]) and _RANDOM.match(text):
        yield Spot(0, len(text), context.key)
    holds_tokens = "vars" in context.path and (
        context.key in variables or names_a_credential(context.key.rstrip("s"))
    )
    bare = context.key in ("expressions", "strategy")
    for expression, offset in expressions_of(text, bare=bare):
        for start, end in credential_literals(expression, variables, everything=holds_tokens):
            yield Spot(offset + start, offset + end, "client token")
    if holds_tokens and "${" not in text:
        yield Spot(0, len(text), "client token")


def _role(context: Context) -> str | None:
    """What a whole scalar at this place is, if it is a credential."""
    if context.sealed:
        return "Kubernetes Secret"
    if context.key == "value" and context.parent == "api_keys":
        return "provider key"
    if context.key == "api_keys":
        return "provider key"
    if context.key == "value" and names_a_credential(context.named):
        return context.named
    if context.key == "credentials":
        return "password"
    if context.key == "key" and context.parent != "query_params":
        return None
    return context.key if names_a_credential(context.key) else None


def _literal_parts(text: str, role: str) -> Iterator[Spot]:
    """The literal text of a credential: all of it outside ``${…}``, without scheme and user name."""
    for part in template.split(text):
        if not isinstance(part, template.Text):
            continue
        start, end = part.offset, part.offset + len(part.text)
        scheme = re.match(r"(?i)\s*(?:bearer|basic|token)(?:\s+|\Z)", text[start:end])
        if scheme is not None:
            start += scheme.end()
        if role == "password" and ":" in text[start:end]:
            start = text.index(":", start) + 1
        if text[start:end].strip():
            yield Spot(start, end, role)


def by_form(text: str) -> Iterator[Spot]:
    """Credentials that are known by how they look, wherever they stand."""
    for match in KNOWN_FORMS.finditer(text):
        yield Spot(match.start(), match.end(), "known form")
    for match in _SCHEME.finditer(text):
        yield Spot(match.start(1), match.end(1), "bearer token")
    if "://" in text:
        for match in _USERINFO.finditer(text):
            group = 1 if match.group(1) else 2
            yield Spot(match.start(group), match.end(group), "password in a URL")
    for match in _QUERY.finditer(text):
        if names_a_credential(match.group(1)):
            yield Spot(match.start(2), match.end(2), match.group(1))
