"""Whether a change lets live keys do more, or makes somebody else pay: in plain words, or nothing.

Both sides are configurations in normal form. What cannot be read counts as wider.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any, Final
from urllib.parse import urlsplit

from migrator.target.state import Body

Say = Callable[[Any], str]
"""What people call an id or a reference: the address of its entry where there is one."""

_SHOWN: Final = 5
_NOTHING: Final = object()


def scope_reasons(before: Body, after: Body, say: Say) -> Iterator[str]:
    """Why ``after`` allows what ``before`` does not."""
    for name in ("providers", "models"):
        old, new = _allowed(before, name), _allowed(after, name)
        if old is None:
            continue
        if new is None:
            was = f"was {_count(old)}" if old else "was none"
            yield f"access.{name}: the list goes, so every {name[:-1]} is allowed ({was})"
            continue
        more = [entry for entry in new if entry not in old]
        if more:
            yield f"access.{name}: {_count(more)} more: {_some([say(entry) for entry in more])}"


def payer_reasons(before: Body, after: Body, say: Say) -> Iterator[str]:
    """Why the calls of a key are paid by somebody else afterwards."""
    old, new = _rules(before), _rules(after)
    for scope in sorted(old.keys() | new.keys()):
        was, becomes = old.get(scope, _NOTHING), new.get(scope, _NOTHING)
        if was == becomes:
            continue
        if becomes is _NOTHING:
            yield (
                f"router: the rule for {scope} goes (was {payers(was, say)}); for a built-in provider the "
                "account's credits pay then"
            )
        elif was is _NOTHING:
            yield (
                f"router: a rule for {scope} comes: {payers(becomes, say)}; without one the account's credits "
                "pay for a built-in provider"
            )
        elif payers(was, say) != payers(becomes, say):
            yield f"router: {scope} is paid by {payers(becomes, say)}; until now by {payers(was, say)}"


def server_reasons(before: Body, after: Body) -> Iterator[str]:
    """Why requests, and the provider keys in them, go to another server."""
    old, new = _server(before.get("baseUrl")), _server(after.get("baseUrl"))
    if old != new:
        yield f"baseUrl: requests and the provider's keys go to {new}, no longer to {old}"
    was, becomes = _servers(before, old), _servers(after, new)
    moved = {server for surface, server in becomes.items() if server != was.get(surface, old)}
    for model, name in sorted(_sent(after).items()):
        before_name = _sent(before).get(model, name)
        if before_name != name:
            yield f"models: {model} is sent as {name}, no longer as {before_name}"
    if others := sorted(moved - ({new} if new != old else set())):
        yield f"supportedApiSurfaces: requests and the provider's keys go to {_some(others)}"


def _allowed(configuration: Body, name: str) -> list[Any] | None:
    """The entries of a dimension; None where everything is allowed."""
    access = configuration.get("access")
    if access is None:
        return None
    dimension = access.get(name) if isinstance(access, dict) else {"allow": []}
    if dimension is None:
        return None
    allow = dimension.get("allow") if isinstance(dimension, dict) else None
    return allow if isinstance(allow, list) else []


def _rules(configuration: Body) -> dict[str, Any]:
    router = configuration.get("router")
    rules = router.get("rules") if isinstance(router, dict) else None
    if isinstance(rules, dict):
        return {scope: rule.get("steps") if isinstance(rule, dict) else rule for scope, rule in rules.items()}
    return {} if router is None else {"everything": router}


def payers(steps: Any, say: Say) -> str:
    """Who pays, in order: ``providerKeys/a, then providerKeys/b, then credits``."""
    if not isinstance(steps, list):
        return "nobody knows who"
    names: list[str] = []
    for step in steps:
        match step:
            case {"type": "ngrok"}:
                names.append("credits")
            case {"type": "user", "keys": list(keys)}:
                names += [say(key) for key in keys]
            case _:
                names.append("an unknown step")
    return ", then ".join(names) or "nobody"


def _server(url: Any) -> str:
    if not isinstance(url, str):
        return "nowhere known"
    try:
        parts = urlsplit(url)
        port = f":{parts.port}" if parts.port else ""
        return f"{parts.scheme}://{parts.hostname or ''}{port}{parts.path.rstrip('/')}"
    except ValueError:
        return "nowhere known"


def _servers(provider: Body, own: str) -> dict[str, str]:
    """By surface, the server it is at: its own, or the provider's."""
    surfaces = provider.get("supportedApiSurfaces")
    return {
        surface: _server(one["baseUrl"]) if "baseUrl" in one else own
        for surface, one in (surfaces.items() if isinstance(surfaces, dict) else ())
        if isinstance(one, dict)
    }


def _sent(provider: Body) -> dict[str, str]:
    """By the name that clients send, the one that the provider gets."""
    models = provider.get("models")
    return {
        model: str(one.get("providerModelId") or model)
        for model, one in (models.items() if isinstance(models, dict) else ())
        if isinstance(one, dict)
    }


def _count(entries: list[Any]) -> str:
    return "1 entry" if len(entries) == 1 else f"{len(entries)} entries"


def _some(names: list[str]) -> str:
    more = len(names) - _SHOWN
    return ", ".join(names[:_SHOWN]) + (f" and {more} more" if more > 0 else "")


def plain(value: Any) -> str:
    """A value in words, where nothing better is known."""
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True)
