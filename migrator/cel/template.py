"""Strings of a policy: text with ``${ CEL }`` in it, and the references to secrets they make.

``$${`` is no escape: a policy has none, so there a hole begins after the first dollar.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec import Struct

from migrator.cel import parse
from migrator.cel.errors import CelSyntaxError
from migrator.cel.plain import plain_names
from migrator.patterns import pattern

if TYPE_CHECKING:
    from migrator.cel.nodes import Node


class Text(Struct, frozen=True):
    """What stands for itself. ``offset`` is its place in the string, in code points from 0."""

    text: str
    offset: int


class Hole(Struct, frozen=True):
    """``${…}``. ``text`` is all between the braces, perhaps no CEL; ``offset`` is that text's place."""

    text: str
    offset: int


class Unterminated(Struct, frozen=True):
    """A ``${`` that no brace closes: ``text`` is all behind it, ``offset`` that text's place."""

    text: str
    offset: int


class SecretName(Struct, frozen=True):
    """What ``secrets.get`` names. ``vault`` is ``None`` where a name alone is given."""

    vault: str | None
    name: str


_OPENING = "${"

_TOKEN = pattern(
    r"""
      (?P<brace> [{}] )
    | [rRbB]?[rR] (?: \"""[\s\S]*?\""" | '''[\s\S]*?''' | "[^"\r\n]*" | '[^'\r\n]*' )
    | [bB]? (?: \"""(?:[^\\]|\\[\s\S])*?\""" | '''(?:[^\\]|\\[\s\S])*?'''
              | "(?:[^"\\\r\n]|\\.)*" | '(?:[^'\\\r\n]|\\.)*' )
    | (?P<unclosed> ["'] )
    | //[^\n]*
    | \w+ | [^\w{}"'/]+ | /
    """,
    re.VERBOSE,
)
"""What an expression's end is found by: its braces, and whatever can hide one. It reads any text,
so that a hole ends where it seems to even if it has no CEL in it."""


def split(text: str) -> tuple[Text | Hole | Unterminated, ...]:
    """``text`` in its parts, in order; an ``Unterminated`` is the last one. Empty texts are left out.

    A brace in a string, in a comment or closing a map of the expression does not end a hole.
    """
    parts: list[Text | Hole | Unterminated] = []
    position = 0
    while (opening := text.find(_OPENING, position)) >= 0:
        if opening > position:
            parts.append(Text(text[position:opening], position))
        begin = opening + len(_OPENING)
        end = _closing(text, begin)
        if end is None:
            return (*parts, Unterminated(text[begin:], begin))
        parts.append(Hole(text[begin:end], begin))
        position = end + 1
    if position < len(text):
        parts.append(Text(text[position:], position))
    return tuple(parts)


def _closing(text: str, begin: int) -> int | None:
    """Where the brace is that closes a hole whose expression begins at ``begin``."""
    depth = 0
    for token in _TOKEN.finditer(text, begin):
        if token["unclosed"]:
            return None
        if token["brace"] == "{":
            depth += 1
        elif token["brace"]:
            if not depth:
                return token.start()
            depth -= 1
    return None


def is_secret_call(text: str) -> bool:
    """Whether ``text`` is plainly one ``${secrets.get('vault', 'name')}``; another spelling of one is none here."""
    names = _plain_names(text)
    return bool(names and names[-1])


def _plain_names(text: str) -> tuple[str, ...]:
    if not (text.startswith(_OPENING) and text.endswith("}")):
        return ()
    return plain_names(text, len(_OPENING), len(text) - 1)


def secret_reference(text: str) -> SecretName | None:
    """The secret that ``text`` is, if it is one ``${secrets.get(…)}`` and nothing else; None for an empty name."""
    match _plain_names(text) or split(text):
        case (str(name),):
            return _secret(None, name)
        case (str(vault), str(name)):
            return _secret(vault, name)
        case (Hole(expression),):
            try:
                return secret_call(parse(expression))
            except CelSyntaxError:
                return None
        case _:
            return None


def secret_call(node: Node) -> SecretName | None:
    """The secret that an expression is, if it is one ``secrets.get(…)`` of one or two string literals.

    None for an empty name, which no secret has.
    """
    from migrator.cel.nodes import Call, Ident, Literal

    match node:
        case Call("get", args, Ident("secrets")):
            match args:
                case (Literal(str(name)),):
                    return _secret(None, name)
                case (Literal(str(vault)), Literal(str(name))):
                    return _secret(vault, name)
    return None


def _secret(vault: str | None, name: str) -> SecretName | None:
    return SecretName(vault, name) if name else None
