"""Clients, and what the parts of an expression can say of them.

A part is a piece of what a request carries, a constant, or a condition on the two. How expressions
are read is in ``migrator.gateway.checks``.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from typing import Final, TypeVar

from msgspec import Struct, field
from msgspec.structs import replace

from migrator.cel import template
from migrator.gateway.model import Credential, LiteralSecret, VaultSecret
from migrator.policy.parse import Action
from migrator.secrets import is_mask, mask_ordinals


class Client(Struct, frozen=True):
    """A caller known by a credential. ``name`` is the secret's name, or the user's."""

    name: str
    credential: Credential


@dataclasses.dataclass(frozen=True)
class Check:
    """The clients that a condition singles out, by the values of these headers.

    ``bare``: somewhere a whole header is compared with a token that has no scheme in front of it.
    """

    clients: tuple[Client, ...]
    headers: frozenset[str]
    bare: bool = dataclasses.field(default=False, compare=False)


# Meanings of expressions. ``variables``: the variables of ``set-vars`` that were read for one.


class Meaning(Struct, frozen=True, kw_only=True):
    """What an expression is of a request, as far as a client check can be made of it."""

    variables: frozenset[str] = frozenset()


class Headers(Meaning, frozen=True):
    """All headers of the request, by name."""


class Values(Meaning, frozen=True):
    """The list of a header's values. ``macro``: written as ``getReqHeader``, often meant as a text."""

    name: str
    macro: bool = False


class Header(Meaning, frozen=True):
    """The text of a header, or a part of it. ``scheme``: the part in front, where a scheme stands.

    ``part``: not the whole of it, or not as it was sent.
    """

    name: str
    scheme: bool = False
    part: bool = False


class Parts(Meaning, frozen=True):
    """The list of parts into which the text of a header was split."""

    name: str


class Plain(Meaning, frozen=True):
    """A constant text that is no credential."""

    text: str


class Number(Meaning, frozen=True):
    """A constant integer."""

    value: int


class Tokens(Meaning, frozen=True):
    """A text that is one of these clients' tokens, whatever constant text stands around it.

    ``before`` is that text in front of it.
    """

    clients: tuple[Client, ...]
    before: str = ""

    @property
    def bare(self) -> bool:
        """Whether no scheme stands in front."""
        return not is_scheme(self.before)


class TokenList(Meaning, frozen=True):
    """A list of the tokens of all these clients; it is never empty. ``bare``: one of them has no scheme."""

    clients: tuple[Client, ...]
    bare: bool = True


class Condition(Meaning, frozen=True):
    """What a condition says of callers; a member is None where it says something else, or more.

    ``holds`` are the clients for which it is true while it is false for everybody else, ``fails``
    those for which it is false while it is true for everybody else. ``present`` is the header (lower
    case) that is there, and credible, wherever it is true: no caller with a token there is told from
    another by it. ``absent`` is the header of which this can be said where it is false. ``scheme``: it is
    said of a header that begins with one.
    """

    holds: Check | None = None
    fails: Check | None = None
    present: str | None = None
    absent: str | None = None
    constant: bool | None = None
    scheme: bool = False

    @property
    def opposite(self) -> Condition:
        return Condition(
            self.fails,
            self.holds,
            self.absent,
            self.present,
            None if self.constant is None else not self.constant,
            self.scheme,
            variables=self.variables,
        )


class Found(Meaning, frozen=True):
    """A list of which only this is known: it has elements exactly where ``some`` is true."""

    some: Condition


class Size(Meaning, frozen=True):
    """A number that is never negative, and positive exactly where ``some`` is true."""

    some: Condition


class Variables(Struct, frozen=True):
    """What names mean: those of ``set-vars``, and the one that a macro goes through a list with."""

    values: Mapping[str, Meaning] = field(default_factory=dict)
    bound: Mapping[str, Meaning] = field(default_factory=dict)

    def binding(self, name: str, element: Meaning) -> Variables:
        return replace(self, bound={**self.bound, name: element})


SCHEME: Final = "Bearer "
"""What stands in front of a token in the header that is made for it."""
_LONGEST: Final = 1_000
"""A longer constant text is no scheme; variables that double each other must not fill the memory."""

M = TypeVar("M", bound=Meaning)


def both(one: Condition, other: Condition) -> Condition:
    """What two conditions say together."""
    variables = one.variables | other.variables
    if one.constant is not None or other.constant is not None:
        decided = one if one.constant is not None else other
        undecided = other if decided is one else one
        return replace(undecided if decided.constant else decided, variables=variables)
    return Condition(
        holds=_where(one, other.holds) or _where(other, one.holds),
        fails=_joined(one.fails, other.fails),
        present=one.present if one.present == other.present else None,
        scheme=one.scheme or other.scheme,
        variables=variables,
    )


def either(one: Condition, other: Condition) -> Condition:
    """What two conditions say as alternatives."""
    return both(one.opposite, other.opposite).opposite


def _where(said: Condition, check: Check | None) -> Check | None:
    """A check beside a test of its header, unless that wants a scheme which its clients do not send."""
    if check is None or (said.scheme and check.bare):
        return None
    return beside(said.present, check)


def is_scheme(text: str) -> bool:
    """Whether a text is what stands in front of a token."""
    return text.strip().lower() == "bearer"


def beside(header: str | None, check: Check | None) -> Check | None:
    """A check beside a test of the one header that it compares: the test tells no clients apart."""
    return check if check is not None and check.headers == {header} else None


def _joined(one: Check | None, other: Check | None) -> Check | None:
    """Two checks as alternatives."""
    if one is None or other is None:
        return None
    clients = different((*one.clients, *other.clients))
    return Check(clients, one.headers | other.headers, one.bare or other.bare)


def different(clients: Iterable[Client]) -> tuple[Client, ...]:
    return tuple(dict.fromkeys(clients))


def with_variables(found: M, *sources: Meaning | None) -> M:
    """A meaning and the variables of what it was made of."""
    variables = found.variables.union(*(source.variables for source in sources if source is not None))
    return replace(found, variables=variables)


def constant(text: str) -> Meaning | None:
    """A text written into the policy: a token where it is masked, unless two credentials are in it."""
    ordinals = mask_ordinals(text)
    if not ordinals:
        return Plain(text)
    named = Client(f"client-{ordinals[0] + 1}", LiteralSecret(ordinals[0]))
    before = next((text[:at] for at, char in enumerate(text) if is_mask(char)), "")
    return Tokens((named,), before) if len(ordinals) == 1 else None


def listed(elements: Iterable[Meaning | None]) -> TokenList | None:
    """A list of tokens; of anything else, and of nothing at all, it is none."""
    clients: list[Client] = []
    variables: frozenset[str] = frozenset()
    bare = False
    for element in elements:
        if not isinstance(element, Tokens):
            return None
        clients.extend(element.clients)
        variables |= element.variables
        bare = bare or element.bare
    return TokenList(different(clients), bare, variables=variables) if clients else None


def joined(one: Meaning | None, other: Meaning | None) -> Meaning | None:
    """Two texts as one."""
    match one, other:
        case Plain(before), Plain(after):
            return Plain(before + after) if len(before) + len(after) <= _LONGEST else None
        case Plain(text), Tokens(clients, before):
            return with_variables(Tokens(clients, (text + before)[:_LONGEST]), one, other)
        case Tokens(clients, before), Plain():
            return with_variables(Tokens(clients, before), one, other)
    return None


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
