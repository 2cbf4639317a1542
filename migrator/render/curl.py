"""The desired state as a POSIX shell script that creates it with curl and jq.

The script's promises, each tested by running it: no secret and no bearer token is an argument of a
command or stands in the output of ``sh -x``; what is missing is said before the first call, all of
it; the token of an access key is in a file only its owner reads before the next call is made; any
failure stops it and names the object.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from msgspec import Struct

from migrator.merge.model import Migration
from migrator.render.calls import PATHS, SETTINGS, Call, calls
from migrator.render.places import places
from migrator.render.safe import Quoted, encodable, json_text
from migrator.render.secrets_env import NeededSecret, needed_secrets
from migrator.render.template import render
from migrator.target.state import AccessKey, Body

API_KEY: Final = "AI_GATEWAY_API_KEY"

_LIST_MEMBERS: Final = {
    "providers": "aiGatewayProviders",
    "providerKeys": "aiGatewayProviderKeys",
    "accessKeyConfigurations": "aiGatewayAccessKeyConfigurations",
    "accessKeys": "aiGatewayAccessKeys",
}
"""The member of a list's answer that holds the objects of a manifest's member."""

_VARIABLES: Final = {"providerKeys": "key", "accessKeyConfigurations": "configuration"}
"""What the shell variables are called that hold ids for later bodies."""

_SHORT: Final = 80
"""How long a collection may be that stands on one line."""


class _Step(Struct, frozen=True):
    """One call as the template needs it.

    ``is_complete``: the body needs neither ids (``arguments``) nor secrets. ``variable`` keeps the new id.
    """

    ref: str
    path: str
    origins: str
    body: Quoted
    is_complete: bool
    arguments: tuple[str, ...]
    variable: str | None
    is_access_key: bool


def curl_script(migration: Migration) -> str:
    """The script. Needs curl, jq, ``AI_GATEWAY_API_KEY`` and one variable for each secret."""
    created = [call for call in calls(migration) if call.ref != SETTINGS]
    settings = [call for call in calls(migration) if call.ref == SETTINGS]
    variables = dict(_variables(created))
    needed = needed_secrets(migration)
    members = dict.fromkeys(_member(call.ref) for call in created)
    return render(
        "apply.sh.j2",
        migration=encodable(migration.name),
        secrets=[_need(secret) for secret in needed],
        names=[API_KEY, *(secret.env for secret in needed)],
        lists=[(Quoted(PATHS[member]), Quoted(_LIST_MEMBERS[member])) for member in members],
        steps=[_step(call, variables) for call in created],
        settings=[_step(call, variables) for call in settings],
        access_keys=len(migration.state.access_keys),
    )


def _need(secret: NeededSecret) -> tuple[Quoted, Quoted, str]:
    """Name, an expansion that says whether it is set without its value, and what it is."""
    expansion = Quoted(f'"${{{secret.env}:+set}}"')
    return Quoted(secret.env), expansion, f"{secret.source}; {places(secret.origins)}"


def _step(call: Call, variables: Mapping[str, str]) -> _Step:
    return _Step(
        ref=call.ref,
        path=call.path,
        origins=places(call.origins),
        body=Quoted(_expression(call.body, variables, 0)),
        is_complete=not any(_placeholders(call.body)),
        arguments=tuple(dict.fromkeys(variables[ref] for ref in _references(call.body))),
        variable=variables.get(call.ref),
        is_access_key=_member(call.ref) == AccessKey.member,
    )


def _member(ref: str) -> str:
    return ref.partition("/")[0]


def _variables(created: list[Call]) -> Iterator[tuple[str, str]]:
    """A shell variable for every object whose id a later body needs."""
    wanted = {ref for call in created for ref in _references(call.body)}
    numbers: dict[str, int] = {}
    for call in created:
        member = _member(call.ref)
        numbers[member] = numbers.get(member, 0) + 1
        if call.ref in wanted:
            yield call.ref, f"{_VARIABLES[member]}_{numbers[member]}"


def _references(body: Body) -> Iterator[str]:
    """The objects a body refers to, in order."""
    return (placeholder["$ref"] for placeholder in _placeholders(body) if "$ref" in placeholder)


def _placeholders(value: Any) -> Iterator[Mapping[str, Any]]:
    """Every ``{"$ref": …}`` and ``{"$secret": …}`` of a body, in order."""
    match value:
        case {"$ref": _} | {"$secret": _}:
            yield value
        case dict():
            for member in value.values():
                yield from _placeholders(member)
        case list():
            for member in value:
                yield from _placeholders(member)


def _expression(value: Any, variables: Mapping[str, str], depth: int) -> str:
    """A body as a jq program: JSON, with variables for ids and the environment for secrets.

    A collection within the body takes one line if it is short. Every line begins with a bracket or
    a blank, so none can end the here-document it stands in.
    """
    match value:
        case {"$ref": str(ref)}:
            return f"${variables[ref]}"
        case {"$secret": {"env": str(env)}}:
            return f"env.{env}"
        case dict():
            parts = [f"{json_text(key)}: {_expression(value[key], variables, depth + 1)}" for key in value]
            return _bracketed(("{", "}"), parts, depth)
        case list():
            return _bracketed(("[", "]"), [_expression(item, variables, depth + 1) for item in value], depth)
        case _:
            return json_text(value)


def _bracketed(brackets: tuple[str, str], parts: list[str], depth: int) -> str:
    start, end = brackets
    flat = f"{start}{', '.join(parts)}{end}"
    if not parts or (depth and len(flat) <= _SHORT and "\n" not in flat):
        return flat
    line = "\n" + "  " * depth
    return f"{start}{line}  {f',{line}  '.join(parts)}{line}{end}"
