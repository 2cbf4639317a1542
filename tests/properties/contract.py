"""The published contract of api.ngrok.ai: what a body must be to be accepted."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import yaml
from jsonschema import Draft7Validator

_SCHEMAS: Final = {
    "providers": "AIGatewayProviderCreate",
    "providerKeys": "AIGatewayProviderAPIKeyCreate",
    "accessKeyConfigurations": "AIGatewayAccessKeyConfigurationCreate",
    "accessKeys": "AIGatewayAccessKeyCreate",
    "gatewayConfig": "AIGatewayConfigUpdate",
}


class Contract:
    """Validates bodies, by the manifest's member they stand in."""

    def __init__(self, shared: Path) -> None:
        text = (shared / "openapi" / "ai-gateway.yaml").read_text(encoding="utf-8")
        document = yaml.load(text, Loader=yaml.CSafeLoader)
        schemas = {"components": document["components"]}
        self._validators = {
            member: Draft7Validator({**schemas, **document["components"]["schemas"][name]})
            for member, name in _SCHEMAS.items()
        }

    def errors(self, member: str, body: Any) -> list[str]:
        """Why the API would refuse ``body``."""
        return [error.message[:300] for error in self._validators[member].iter_errors(filled_in(body))]


def filled_in(body: Any) -> Any:
    """A body as it is sent: ids and secrets in place of what stands for them."""
    if isinstance(body, dict):
        if set(body) == {"$ref"}:
            return "an-id"
        if set(body) == {"$secret"}:
            return "a-value"
        return {key: filled_in(value) for key, value in body.items()}
    return [filled_in(value) for value in body] if isinstance(body, list) else body


def references(body: Any) -> list[str]:
    """Every ``$ref`` of a body."""
    if isinstance(body, dict):
        own = [body["$ref"]] if set(body) == {"$ref"} else []
        return own + [ref for value in body.values() for ref in references(value)]
    return [ref for value in body for ref in references(value)] if isinstance(body, list) else []


def secrets(body: Any) -> list[dict[str, str]]:
    """Every ``$secret`` of a body."""
    if isinstance(body, dict):
        own = [body["$secret"]] if set(body) == {"$secret"} else []
        return own + [secret for value in body.values() for secret in secrets(value)]
    return [secret for value in body for secret in secrets(value)] if isinstance(body, list) else []


def mark(body: Any) -> Any:
    """The mark in a body's metadata."""
    return json.loads(body["metadata"])["migrator"]
