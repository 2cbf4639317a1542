"""What a probe of an access key needs: its token, and a model that it may call."""

from __future__ import annotations

import json
from collections.abc import Container
from pathlib import Path
from typing import Any

from msgspec import Struct

from migrator.account import Live
from migrator.apply.ownership import Observed
from migrator.catalog import bundled
from migrator.errors import UsageError
from migrator.render.safe import shown
from migrator.secrets import Secret


class Probe(Struct, frozen=True):
    """One request to send; ``skipped`` says why there is none, and ``is_closed`` that there can be none."""

    address: str
    model: str = ""
    token: Secret | None = None
    skipped: str = ""
    is_closed: bool = False


def probes(
    observed: Observed, owned: dict[str, Live], tokens: dict[str, Secret], model: str | None
) -> list[Probe]:
    """A probe for each access key of a migration, by address. ``model`` is for scopes that name none."""
    return [_probe(address, live, observed, tokens.get(live.id), model) for address, live in owned.items()]


def read_tokens(path: Path) -> dict[str, Secret]:
    """The tokens in a file that apply wrote, by the id of the access key. Raises UsageError."""
    name = shown(str(path))
    try:
        data = path.read_bytes()
    except OSError as error:
        reason = (error.strerror or "error").lower()
        raise UsageError(
            f"the tokens in {name} could not be read: {reason}",
            "Name the file that apply wrote: --tokens FILE.",
        ) from None
    found: dict[str, Secret] = {}
    for number, line in enumerate(data.split(b"\n"), 1):
        if not line.strip():
            continue
        match _decoded(line):
            case {"id": str(identity), "token": str(token)}:
                found[identity] = Secret(token)
            case _:
                raise UsageError(
                    f"{name}:{number}: expected a line of JSON with id and token",
                    "Is it the file that apply wrote?",
                )
    return found


def _decoded(line: bytes) -> Any:
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None


def _probe(address: str, live: Live, observed: Observed, token: Secret | None, model: str | None) -> Probe:
    if token is None:
        return Probe(address, skipped="its token is not in the file of tokens")
    chosen = _model(live, observed, model)
    if chosen == "":
        return Probe(address, skipped="its configuration allows no model", is_closed=True)
    if chosen is None:
        return Probe(address, skipped="its configuration names no model to ask: say one with --probe-model")
    return Probe(address, chosen, token)


def _model(live: Live, observed: Observed, model: str | None) -> str | None:
    """A model that the key may call: the first of its list, else the given one, else one of a custom provider.

    The empty text where it may call none, None where nobody knows.
    """
    linked = live.body.get("accessKeyConfiguration")
    identity = linked.get("id") if isinstance(linked, dict) else None
    found = observed.of("accessKeyConfigurations", identity) if isinstance(identity, str) else None
    access = found.body.get("access") if found is not None else None
    models, providers = _allow(access, "models"), _allow(access, "providers")
    if models == [] or providers == []:
        return ""
    if models:
        custom = {str(live.body.get("providerId")) for live in observed.objects.get("providers", ())}
        return _requested(models[0], custom)
    return model or next(_custom(observed, providers or []), None)


def _requested(entry: str, custom: Container[str]) -> str:
    """How a request names the model of an entry of a scope: a built-in provider's without the author."""
    provider, colon, name = entry.partition(":")
    if not colon or provider in custom:
        return entry
    known = bundled().current.model(provider, name)
    return f"{provider}:{name.removeprefix(f'{provider}/') if known is None else known.id}"


def _custom(observed: Observed, providers: list[str]) -> Any:
    for live in observed.objects.get("providers", ()):
        named, models = live.body.get("providerId"), live.body.get("models")
        if isinstance(models, list) and (named in providers or live.id in providers):
            yield from (
                f"{named}:{one['modelId']}"
                for one in models
                if isinstance(one, dict) and isinstance(one.get("modelId"), str)
            )


def _allow(access: Any, name: str) -> list[str] | None:
    """The texts in an allow list; None where there is no list."""
    dimension = access.get(name) if isinstance(access, dict) else None
    allow = dimension.get("allow") if isinstance(dimension, dict) else None
    return [one for one in allow if isinstance(one, str)] if isinstance(allow, list) else None
