"""What an account at ngrok.ai holds: kinds of objects, the objects themselves, the mark they carry."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from msgspec import Struct

from migrator.target.bodies import MARK

Body = Mapping[str, Any]
"""A body as JSON has it."""

API_URL: Final = "https://api.ngrok.ai"
KEY_VARIABLE: Final = "AI_GATEWAY_API_KEY"
SETTINGS: Final = "gatewayConfig"
SETTINGS_PATH: Final = "/gateway-config"


class Kind(Struct, frozen=True):
    """One kind of object: its member in a manifest, its path, the member of a list's answer, what people call it."""

    member: str
    path: str
    listed: str
    title: str


KINDS: Final = {
    kind.member: kind
    for kind in (
        Kind("providers", "/providers", "aiGatewayProviders", "provider"),
        Kind("providerKeys", "/provider-keys", "aiGatewayProviderKeys", "provider key"),
        Kind(
            "accessKeyConfigurations",
            "/access-key-configurations",
            "aiGatewayAccessKeyConfigurations",
            "access key configuration",
        ),
        Kind("accessKeys", "/access-keys", "aiGatewayAccessKeys", "access key"),
    )
}
"""By member, in the order in which objects can be created."""


class Mark(Struct, frozen=True):
    """By what an object is recognised: whose migration made it, and what the manifest calls it."""

    migration: str
    ref: str


@dataclass(frozen=True, slots=True)
class Live:
    """One object as the account has it now. What is write-only is not in its body."""

    member: str
    id: str
    body: Body = field(repr=False)
    mark: Mark | None

    @property
    def name(self) -> str:
        """What people called it; empty for an access key without a name."""
        name = self.body.get("name")
        return name if isinstance(name, str) else ""


def mark_of(metadata: object) -> Mark | None:
    """The mark in a metadata string; None for any other text."""
    if not isinstance(metadata, str):
        return None
    try:
        document = json.loads(metadata)
    except (ValueError, RecursionError):
        return None
    mark = document.get(MARK) if isinstance(document, dict) else None
    match mark:
        case {"migration": str(migration), "ref": str(ref)}:
            return Mark(migration, ref)
        case _:
            return None
