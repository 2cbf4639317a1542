"""The expression that nearly every policy has, read without the grammar: ``secrets.get('vault', 'name')``.

Every policy's names are its own, so no cache has met them. What is not exactly of this form is left to
``migrator.cel.parser``; what is gives the same nodes as there, places included.
"""

from __future__ import annotations

import re
from typing import Final

from migrator.cel.nodes import Call, Ident, Literal, Node

_TEXT: Final = r"(?:'[A-Za-z0-9_./: -]*'|\"[A-Za-z0-9_./: -]*\")"
_CALL: Final = re.compile(rf"[ \t]*(secrets)\.get\([ \t]*({_TEXT})(?:[ \t]*,[ \t]*({_TEXT}))?[ \t]*\)")


def plain_names(text: str, begin: int, end: int) -> tuple[str, ...]:
    """The names in such a call, if that part of a text is one: what ``plain_call`` says without making nodes."""
    match = _CALL.fullmatch(text, begin, end)
    return () if match is None else tuple(name[1:-1] for name in match.group(2, 3) if name is not None)


def plain_call(text: str) -> Node | None:
    """The call that ``text`` is, if it is nothing else."""
    match = _CALL.match(text)
    if match is None or text[match.end() :].strip(" \t\n"):
        return None
    args = tuple(
        Literal(match[group][1:-1], "string", start=match.start(group), end=match.end(group))
        for group in (2, 3)
        if match[group] is not None
    )
    secrets = Ident("secrets", start=match.start(1), end=match.end(1))
    return Call("get", args, secrets, start=match.start(1), end=match.end())
