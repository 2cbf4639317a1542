"""The desired state as requests to api.ngrok.ai, in an order in which they can be sent.

JSON Lines: ``{"ref": "providers/ollama", "method": "POST", "path": "/providers", "body": {…}}``.
Whoever sends them replaces ``{"$ref": …}`` by the id that an earlier answer had, and
``{"$secret": …}`` by the value of the environment variable it names. Account settings come last.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, Literal

from msgspec import Struct

from migrator.merge.model import Migration
from migrator.render.document import account_settings, bodies
from migrator.render.safe import json_text
from migrator.target.state import Body, Origins

PATHS: Final = {
    "providers": "/providers",
    "providerKeys": "/provider-keys",
    "accessKeyConfigurations": "/access-key-configurations",
    "accessKeys": "/access-keys",
}
"""Where the objects of a manifest's member are created."""

SETTINGS: Final = "gatewayConfig"


class Call(Struct, frozen=True):
    """One request. ``ref`` is ``member/ref`` of the manifest; ``origins`` are for comments only."""

    ref: str
    method: Literal["POST", "PATCH"]
    path: str
    body: Body
    origins: Origins = ()

    def as_json(self) -> dict[str, Any]:
        """The line of the contract."""
        return {"ref": self.ref, "method": self.method, "path": self.path, "body": self.body}


def calls(migration: Migration) -> Iterator[Call]:
    """Every request, what is referred to before what refers to it, account settings last."""
    for item, body in bodies(migration):
        yield Call(f"{item.member}/{item.ref}", "POST", PATHS[item.member], body, item.origins)
    config, settings = migration.state.gateway_config, account_settings(migration)
    if config is not None and settings is not None:
        origins = tuple(at for setting in config.settings for at in setting.origins)
        yield Call(SETTINGS, "PATCH", "/gateway-config", settings, origins)


def calls_jsonl(migration: Migration) -> str:
    """``calls`` as JSON Lines; empty where nothing needs to exist."""
    return "".join(f"{json_text(call.as_json())}\n" for call in calls(migration))
