"""The schema of a manifest: what ``convert`` writes, people edit and ``plan`` reads.

The bodies are request bodies of ngrok's API. They are open, since the API may take members that no
conversion needs; around them everything is closed, so that an editor marks what is misspelt.
"""

from __future__ import annotations

from typing import Final

from migrator.merge.settings import MEMBERS as SETTINGS
from migrator.render.document import FORMAT_VERSION
from migrator.report.schemas.parts import (
    COUNT,
    TEXT,
    Schema,
    array,
    choice,
    document,
    record,
    told,
    version,
)
from migrator.target import limits

_REFERENCE: Final = told(
    record({"$ref": {"type": "string", "pattern": "^[A-Za-z]+/[a-z0-9][a-z0-9._-]*$"}}, closed=True),
    "The id of an object of this manifest, once it is created: providerKeys/openai-primary.",
)
_ID: Final[Schema] = {"anyOf": [TEXT, _REFERENCE]}
_SECRET: Final = told(
    record(
        {
            "$secret": record(
                {"vault": TEXT, "name": TEXT, "env": told(TEXT, "The environment variable that holds it.")},
                ("vault", "name"),
                closed=True,
            )
        },
        closed=True,
    ),
    "A value that you supply when it is needed; it never stands in a manifest.",
)
_METADATA: Final = told(TEXT, "JSON as text; the member migrator marks what the tool made.")
_NAME: Final[Schema] = {"type": "string", "minLength": 1, "maxLength": limits.NAME}
_DESCRIPTION: Final[Schema] = {"type": "string", "maxLength": limits.DESCRIPTION}
_PROVIDER_ID: Final[Schema] = {"type": "string", "minLength": 1, "maxLength": limits.PROVIDER_ID}

_PROVIDER: Final = record(
    {
        "providerId": _PROVIDER_ID,
        "name": _NAME,
        "baseUrl": {"type": "string", "maxLength": limits.BASE_URL},
        "supportedApiSurfaces": array(
            record(
                {"format": TEXT, "surface": TEXT, "supportedParams": array(record({"name": TEXT}))},
                ("surface", "supportedParams"),
            )
        ),
        "models": array(
            record(
                {"modelId": TEXT, "providerModelId": TEXT, "unsupportedParams": array(TEXT)},
                ("providerModelId", "unsupportedParams"),
            )
        ),
        "metadata": _METADATA,
    },
    ("supportedApiSurfaces", "models", "metadata"),
)
_PROVIDER_KEY: Final = record(
    {
        "providerId": _PROVIDER_ID,
        "name": _NAME,
        "description": _DESCRIPTION,
        "value": _SECRET,
        "metadata": _METADATA,
    },
    ("description", "metadata"),
)
_ALLOWED: Final = record({"allow": array({"anyOf": [TEXT, _REFERENCE]})}, closed=True)
_STEP: Final = record(
    {
        "type": choice(("user", "ngrok")),
        "keySelectionStrategy": TEXT,
        "keys": array(record({"id": _ID}, closed=True), minItems=1),
    },
    ("keySelectionStrategy", "keys"),
    closed=True,
)
_RULE: Final = record(
    {"provider": TEXT, "model": TEXT, "steps": array(_STEP, minItems=1)}, ("provider", "model"), closed=True
)
_CONFIGURATION: Final = record(
    {
        "name": _NAME,
        "description": _DESCRIPTION,
        "access": told(
            record({"providers": _ALLOWED, "models": _ALLOWED}, ("providers", "models"), closed=True),
            "What may be called; absent where nothing is restricted.",
        ),
        "router": told(
            record({"rules": array(_RULE)}, ("rules",), closed=True),
            "Whose credential pays for which provider.",
        ),
        "metadata": _METADATA,
    },
    ("description", "access", "router", "metadata"),
)
_ACCESS_KEY: Final = record(
    {"name": _NAME, "description": _DESCRIPTION, "accessKeyConfigurationId": _ID, "metadata": _METADATA},
    ("name", "description", "metadata"),
)
_SETTINGS: Final = record({name: COUNT if name.startswith("max") else TEXT for name in SETTINGS}, SETTINGS)


def _entries(body: Schema, words: str) -> Schema:
    ref: Schema = {"type": "string", "pattern": "^[a-z0-9][a-z0-9._-]*$"}
    return told(array(record({"ref": ref, "body": body}, closed=True)), words)


def manifest_shape() -> Schema:
    """A manifest, to stand alone or within the report."""
    return record(
        {
            "formatVersion": version(FORMAT_VERSION),
            "migration": told(TEXT, "The name that every object carries in its metadata."),
            "providers": _entries(_PROVIDER, "Custom providers."),
            "providerKeys": _entries(_PROVIDER_KEY, "Upstream credentials, by reference."),
            "accessKeyConfigurations": _entries(_CONFIGURATION, "What access keys may call, and who pays."),
            "accessKeys": _entries(_ACCESS_KEY, "What clients send; one for each of them."),
            "gatewayConfig": told(
                record({"body": _SETTINGS}, closed=True),
                "Settings of the account, on which all policies agree.",
            ),
        },
        ("gatewayConfig",),
        closed=True,
    )


def manifest_schema() -> Schema:
    return document("manifest", FORMAT_VERSION, "migrator: manifest", manifest_shape())
