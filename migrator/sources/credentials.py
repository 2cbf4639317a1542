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

from migrator.cel import CelSyntaxError, parse, template
from migrator.patterns import pattern
from migrator.policy.vocabulary import holds_credentials, names_a_credential
from migrator.sources.expressions import credential_literals, expressions_of
from migrator.tree.nodes import Entry, Mapping, Node, Scalar, Sequence

KNOWN_FORMS = pattern(
    r"""
    (?:
        (?<![A-Za-z0-9])(?:sk|pk|rk)[-_][A-Za-z0-9_\-]{8,}            # OpenAI, Anthropic, Stripe and relatives
      | (?<![A-Za-z0-9])(?:gsk|hf|xai|nvapi|r8|glpat|pplx|fw|tgp|csk)[-_][A-Za-z0-9_\-]{12,}
      | (?<![A-Za-z0-9])gh[pousr]_[A-Za-z0-9]{16,} | github_pat_[A-Za-z0-9_]{16,}
      | (?<![A-Za-z0-9])AIza[0-9A-Za-z_\-]{20,}
      | (?<![A-Za-z0-9])(?:AKIA|ASIA)[0-9A-Z]{12,}
      | (?<![A-Za-z0-9])xox[abprs]-[A-Za-z0-9\-]{8,}
      | (?<![A-Za-z0-9_\-])ng[-_][A-Za-z0-9_\-]{0,64}g1[-_][A-Za-z0-9_\-]{8,}
      | (?<![A-Za-z0-9_\-])eyJ[A-Za-z0-9_\-]{8,}\.[A-Za-z0-9_\-]{8,}\.[A-Za-z0-9_\-]*
      | (?<![A-Za-z0-9])[12][A-Za-z0-9]{26}_[A-Za-z0-9]{16,}          # ngrok authtokens and API keys
      | -----BEGIN\ [A-Z ]*PRIVATE\ KEY-----[\s\S]*?(?:-----END\ [A-Z ]*PRIVATE\ KEY-----|\Z)
    )
    """,
    re.VERBOSE,
)
_DASHED = pattern(
    r"""
    [-_]
    (?: (?<=[kf8wgitxpousr].)  # the last letter of most: few words end in one of these, and looking is quick
        (?: (?<=[spr]k.|hf.|r8.|fw.|ng.)(?<![A-Za-z0-9].{3})
          | (?<=[gc]sk.|xai.|tgp.|gh[pousr]_)(?<![A-Za-z0-9].{4})
          | (?<=pplx.) | (?<=nvapi.|glpat.) | (?<=github_pat_) )
      | (?<=[12][A-Za-z0-9]{26}_) )
    """,
    re.VERBOSE,
)
"""Where a known form begins that has a dash behind its first word."""

_ASSIGNED = pattern(r"=(?<=[A-Za-z0-9_.\-]=)[^\s\"'$]")
"""What every setting and every parameter of a query has."""

_SHORTEST = 3
"""Characters without which nothing has a form: ``a:b@c`` has more, ``?key=x`` too."""

_SHORTEST_TOKEN = 11
"""The same of what is known by its beginning (``sk-`` and eight more) or by its scheme (``basic`` and six more)."""

_SCHEMES = pattern(r"(?i)bearer|basic")
_SCHEME = pattern(
    r"(?i)\b(?:bearer|basic)[ \t]+((?=[A-Za-z0-9._~+/=\-]*\d|[A-Za-z0-9._~+/=\-]{20})[A-Za-z0-9._~+/=\-]{6,})"
)
_USERINFO = pattern(r"(?:://|^)([^/\s'\"$@:]*:[^/\s'\"$]+|(?<=://)[^/\s'\"$@]+)@(?=[A-Za-z0-9\[])")
_QUERY = pattern(r"[?&#]([A-Za-z0-9_.\-]+)=([^&#\s'\"$]+)")
_SETTING = pattern(
    r"(?<![A-Za-z0-9_.\-])([A-Za-z][A-Za-z0-9_.\-]{0,80})\"?(?:\s*[:=]\s*|\s+(?:is|was)\s+)(?:(?:bearer|basic)\s+)?[\"']?([^\s\"'${#]{4,})",
    re.IGNORECASE,
)
_SETS = pattern(r"[:=]|\s(?:is|was)\s", re.IGNORECASE)
"""What stands between name and value of every setting."""

_SETTING_WORD = pattern(r"(?:^|(?<=\s))(?:--?)?([A-Za-z][A-Za-z0-9_.\-]{0,80})=([^\s\"'${=]{4,})")
_OPTION = pattern(r"(?<!\S)--([A-Za-z][A-Za-z0-9.\-]{0,80})[ \t]+[\"']?([^\s\"'${\-][^\s\"'${]{3,})")
_COMMENT = pattern(r"#(?!!)(?:(?<=\s#)|(?<=\A#))[^\r\n]*")
_RANDOM = pattern(r"(?=(?:.*\d){3})(?=.*[A-Za-z])[A-Za-z0-9+/=_\-]{32,}\Z")
_RANDOM_WORD = pattern(
    r"(?<![A-Za-z0-9+/=_\-])(?![a-z]{2,12}_[0-9A-Za-z]{27}(?![A-Za-z0-9+/=_\-]))"
    r"(?=(?:[A-Za-z+/=_\-]*[0-9]){3})(?=[0-9+/=_\-]*[A-Za-z])[A-Za-z0-9+/=_\-]{32,}"
)
"""The same within a text, but for ids of ngrok: a prefix, and 27 characters."""

_ENVIRONMENT = pattern(
    r"\$(?:[A-Za-z_]\w*|\{[A-Za-z_]\w*\})\Z|\$\$(?:[A-Z_][A-Z0-9_]*|\{[A-Z_][A-Z0-9_]*\})\Z"
)
"""A variable of the agent's environment, or one as Compose writes it."""
_ADDED = frozenset({"headers", "query_params", "body", "authz_url_params"})
_BARE = frozenset({"expressions", "strategy", "bucket_key"})
_FIELDS = frozenset({"value", "name", "key", "id"})
_KEY_IDS = ("aigk_", "aigpk_", "secret_")
_DESCRIBED = frozenset(
    {
        "ai_gateway_api_key",
        "created_at",
        "created_by",
        "description",
        "endpoint",
        "endpoint_id",
        "id",
        "last_updated_by",
        "last_used",
        "metadata",
        "name",
        "next_page_uri",
        "provider_id",
        "updated_at",
        "uri",
        "vault",
        "vault_id",
        "vault_name",
    }
)
"""What ngrok's API says of a key or a secret beside the credential. ``display_name`` has a part of it."""

_WORDS = frozenset({"value", "key"})
_NO_WORDS: frozenset[str] = frozenset()
_LONG = 1000
_PROSE = frozenset({"description", "metadata", "name"})
_NOT_SECRET = frozenset({"", "true", "false", "null", "~"})


class Spot(NamedTuple):
    """A part of a scalar's text that is a credential, and what for."""

    start: int
    end: int
    role: str


class Context(NamedTuple):
    """Where a scalar stands: the keys above it (its own last), and whether its place makes it secret.

    ``named`` is the ``name`` or ``key`` beside a ``value``. ``holder`` is the nearest key above, or its own,
    that holds credentials; ``Secret`` below a Kubernetes Secret.
    """

    path: tuple[str, ...]
    named: str = ""
    holder: str = ""

    @property
    def key(self) -> str:
        return self.path[-1] if self.path else ""

    @property
    def parent(self) -> str:
        return self.path[-2] if len(self.path) > 1 else ""


def walk(root: Node) -> Iterator[tuple[Scalar, Context]]:
    """Every scalar value of a tree with its context; list items have the key of their list.

    What an alias repeats is walked again where it holds credentials only there.
    """
    seen: set[tuple[int, bool]] = set()
    todo: list[tuple[Node, Context]] = [(root, Context(()))]
    while todo:
        node, context = todo.pop()
        if isinstance(node, Scalar):
            yield node, context
            continue
        visit = (id(node), bool(context.holder))
        if visit in seen:
            continue
        seen.add(visit)
        if isinstance(node, Sequence):
            todo.extend((item, context) for item in reversed(node.items))
        else:
            todo.extend((entry.value, inner) for entry, inner in reversed(placed_entries(node, context)))


def placed_entries(node: Mapping, context: Context) -> list[tuple[Entry, Context]]:
    """The entries of a mapping with the contexts of their values."""
    held = {entry.key.text: entry.value for entry in node.entries}
    kind, identity = held.get("kind"), held.get("id")
    secret = type(kind) is Scalar and kind.text == "Secret"
    listed = type(identity) is Scalar and identity.text.startswith(_KEY_IDS)
    named = _named(held) if "value" in held else ""
    path, above = context.path, context.holder
    placed: list[tuple[Entry, Context]] = []
    for entry in node.entries:
        key = entry.key.text
        holder = above
        if listed and key in _DESCRIBED:
            holder = ""
        elif secret and key in ("data", "stringData"):
            holder = "Secret"
        elif not holder and holds_credentials(key) and not _is_harmless(key, context):
            holder = key
        placed.append((entry, Context((*path, key), named if key == "value" else "", holder)))
    return placed


def _named(held: dict[str, Node]) -> str:
    """The name that stands beside a ``value``, if it is one of a credential."""
    beside = [n.text for k in ("name", "key") if isinstance(n := held.get(k), Scalar)]
    return next((name for name in beside if holds_credentials(name)), "")


def _is_harmless(key: str, context: Context) -> bool:
    """Whether a key that reads like one of a credential is none: of an agent's policy, of a state of Terraform."""
    return (key == "tokens" and context.key == "http") or (key == "index_key" and context.key == "instances")


def keys(root: Node) -> Iterator[tuple[Scalar, Context]]:
    """Every mapping key of a tree, with the context of the mapping."""
    seen: set[int] = set()
    todo: list[tuple[Node, Context]] = [(root, Context(()))]
    while todo:
        node, context = todo.pop()
        if id(node) in seen or isinstance(node, Scalar):
            continue
        seen.add(id(node))
        if isinstance(node, Sequence):
            todo.extend((item, context) for item in node.items)
            continue
        for entry, inner in placed_entries(node, context):
            yield entry.key, context
            todo.append((entry.value, inner))


def key_spots(key: Scalar, context: Context) -> Iterator[Spot]:
    """The credentials in one mapping key: known forms, and the keys of a variable that maps tokens."""
    yield from by_form(key.text)
    if context.holder and "vars" in context.path and key.text not in _FIELDS:
        yield Spot(0, len(key.text), "client token")


def spots(
    scalar: Scalar, context: Context, variables: frozenset[str], *, opened: bool = False
) -> Iterator[Spot]:
    """The credentials in one scalar; ranges may overlap.

    ``opened``: what the scalar holds is looked into by itself, so what seems to be an expression is none.
    """
    text = scalar.text
    if text.lower() in _NOT_SECRET:
        return
    if context.key not in _PROSE and len(text) < _LONG and template.is_secret_call(text):
        yield from by_form(text)  # nothing but names stands in it
        return
    role = _role(scalar, context)
    if role is not None and not _ENVIRONMENT.match(text):
        yield from _literal_parts(text, role)
        yield from _written_into_holes(text, role)
    yield from by_form(text)
    if context.key in _PROSE:
        yield from _settings(text, 0, len(text), "description", _NO_WORDS)
        if context.key != "name":
            yield from _random_words(text)
    if context.path and any(part in _ADDED for part in context.path[:-1]) and _RANDOM.match(text):
        yield Spot(0, len(text), context.key)
    holds_tokens = "vars" in context.path and (
        context.key in variables or names_a_credential(context.key.rstrip("s"))
    )
    bare = context.key in _BARE
    for expression, offset in (
        expressions_of(text, bare=bare) if not opened and (bare or "${" in text) else ()
    ):
        for start, end in credential_literals(expression, variables, everything=holds_tokens):
            yield Spot(offset + start, offset + end, "client token")
    if holds_tokens and "${" not in text:
        yield Spot(0, len(text), "client token")


def _role(scalar: Scalar, context: Context) -> str | None:
    """What a whole scalar at this place is, if it is a credential."""
    if context.holder == "Secret":
        return "Kubernetes Secret"
    if scalar.kind in ("bool", "null"):
        return None
    if context.named:
        return context.named
    if context.parent == "query_params" and context.key.lower() in ("key", "code"):
        return context.key
    if context.holder.lower() in ("credentials", "basic_auth", "auth"):
        return "password"
    return "provider key" if context.holder.lower() == "api_keys" else context.holder or None


def _written_into_holes(text: str, role: str) -> Iterator[Spot]:
    """Literals of an expression that stands where a credential belongs; all of it if it is no expression."""
    for part in template.split(text):
        if isinstance(part, template.Text):
            continue
        try:
            parse(part.text, keep=False)
        except CelSyntaxError:
            yield Spot(part.offset, part.offset + len(part.text), role)
            continue
        for start, end in credential_literals(part.text, frozenset(), everything=True):
            yield Spot(part.offset + start, part.offset + end, role)


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
        if text.startswith("$${", end - 1):
            end -= 1  # Compose and Terraform write the dollar of a hole twice
        if text[start:end].strip():
            yield Spot(start, end, role)


def may_have_form(text: str) -> bool:
    """Whether ``by_form`` has to look: False only where it finds nothing."""
    if "=" in text or "@" in text or "--" in text:
        return len(text) >= _SHORTEST
    return len(text) >= _SHORTEST_TOKEN and (_begins_like_one(text) or _has_scheme(text))


def _begins_like_one(text: str) -> bool:
    """Whether the beginning of a known form stands in a text: looking for that alone is quick."""
    return (
        _DASHED.search(text) is not None
        or "AIza" in text
        or "AKIA" in text
        or "ASIA" in text
        or "xox" in text
        or "eyJ" in text
        or "-----BEGIN" in text
    )


def _has_scheme(text: str) -> bool:
    if not text.isascii():
        return _SCHEMES.search(text) is not None
    lower = text.lower()
    return "bearer" in lower or "basic" in lower


def by_form(text: str) -> Iterator[Spot]:
    """Credentials that are known by how they look, wherever they stand."""
    if not may_have_form(text):
        return
    if _begins_like_one(text):
        for match in KNOWN_FORMS.finditer(text):
            yield Spot(match.start(), match.end(), "known form")
    for match in _SCHEME.finditer(text) if _has_scheme(text) else ():
        yield Spot(match.start(1), match.end(1), "bearer token")
    if "@" in text:
        for match in _USERINFO.finditer(text):
            yield Spot(match.start(1), match.end(1), "password in a URL")
    is_assigned = "=" in text and _ASSIGNED.search(text) is not None
    for match in _SETTING_WORD.finditer(text) if is_assigned else ():
        if holds_credentials(match.group(1)):
            yield Spot(match.start(2), match.end(2), match.group(1))
    for match in _OPTION.finditer(text) if "--" in text else ():
        if holds_credentials(match.group(1)):
            yield Spot(match.start(2), match.end(2), match.group(1))
    for match in _QUERY.finditer(text) if is_assigned else ():
        if names_a_credential(match.group(1)) or match.group(1).lower() == "code":
            yield Spot(match.start(2), match.end(2), match.group(1))


def in_prose(text: str) -> Iterator[Spot]:
    """Credentials in what somebody wrote: known forms, values behind a name that says so, random words."""
    yield from by_form(text)
    yield from _settings(text, 0, len(text), "description", _NO_WORDS)
    yield from _random_words(text)


def _random_words(text: str) -> Iterator[Spot]:
    return (Spot(*match.span(), "random word") for match in _RANDOM_WORD.finditer(text))


def in_comments(text: str) -> Iterator[Spot]:
    """Settings of credentials in comments: a name that says so, then a value."""
    for comment in _COMMENT.finditer(text):
        if _SETS.search(comment.group()):
            yield from _settings(text, comment.start(), comment.end(), "comment", _WORDS)


def _settings(text: str, start: int, end: int, role: str, words: frozenset[str]) -> Iterator[Spot]:
    """Values, with a digit in them, behind a name that says credential, or behind one of ``words``."""
    for match in _SETTING.finditer(text, start, end):
        named = holds_credentials(match.group(1)) or match.group(1).lower() in words
        if named and any(char.isdigit() for char in match.group(2)):
            yield Spot(match.start(2), match.end(2), role)
