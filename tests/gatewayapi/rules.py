"""What api.ngrok.ai demands of a body, as facts of our own: so that the tool is held to it without the contract.

A rule gives the first thing wrong with a value, as an error that the API would answer, or None.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

Rule = Callable[[Any, str], "Wrong | None"]


@dataclass(frozen=True)
class Wrong:
    msg: str
    code: str = ""
    status: int = 400
    details: dict[str, str] = field(default_factory=dict)


BUILT_IN = frozenset(
    [
        "openai",
        "anthropic",
        "google",
        "deepseek",
        "groq",
        "openrouter",
        "together",
        "fireworks",
        "inference-net",
        "mistral",
        "xai",
        "z-ai",
        "moonshotai",
        "minimax",
        "qwencloud",
        "tokenhub",
        "hyperbolic",
        "inceptionlabs",
        "cerebras",
    ]
)
NGROK_PAYS = frozenset(
    {"openai", "anthropic", "google", "deepseek", "xai", "moonshotai", "z-ai", "minimax", "qwencloud"}
)


def text(least: int = 0, most: int = 100_000) -> Rule:
    def rule(value: Any, at: str) -> Wrong | None:
        if not isinstance(value, str):
            return Wrong(f"{at} must be a string")
        if not least <= len(value) <= most:
            return Wrong(f"{at} must have {least} to {most} characters, it has {len(value)}")
        return None

    return rule


def one_of(*words: str) -> Rule:
    return lambda value, at: None if value in words else Wrong(f"{at} must be one of {', '.join(words)}")


def whole(value: Any, at: str) -> Wrong | None:
    return None if type(value) is int and value >= 0 else Wrong(f"{at} must be a whole number")


def duration(value: Any, at: str) -> Wrong | None:
    return None if isinstance(value, str) and seconds_of(value) else Wrong(f"{at} must be a Go duration")


def items(rule: Rule) -> Rule:
    def all_of(value: Any, at: str) -> Wrong | None:
        if not isinstance(value, list):
            return Wrong(f"{at} must be an array")
        return next((wrong for n, each in enumerate(value) if (wrong := rule(each, f"{at}[{n}]"))), None)

    return all_of


def members(known: Mapping[str, Rule], *required: str) -> Rule:
    def rule(value: Any, at: str) -> Wrong | None:
        if not isinstance(value, dict):
            return Wrong(f"{at or 'the body'} must be an object")
        for name in required:
            if value.get(name) is None:
                return Wrong(f"{at}.{name} is required".lstrip("."))
        for name, each in value.items():
            if name not in known:
                return Wrong(f"{at}.{name} is not known".lstrip("."))
            if wrong := known[name](each, f"{at}.{name}".lstrip(".")):
                return wrong
        return None

    return rule


def nullable(rule: Rule) -> Rule:
    return lambda value, at: None if value is None else rule(value, at)


def base_url(value: Any, at: str) -> Wrong | None:
    if wrong := text(1, 2048)(value, at):
        return wrong
    parts = urlsplit(value)
    inside = (parts.hostname or "").endswith(".internal")
    if parts.scheme == "https" or (parts.scheme == "http" and inside):
        return None
    return Wrong(f"{at}: host not allowed", "ERR_NGROK_27718")


def unsupported(value: Any, at: str) -> Wrong | None:
    if wrong := items(text(0, 255))(value, at):
        return wrong
    if len(value) > 100:
        return Wrong(f"{at}: too many", "ERR_NGROK_27713")
    if len(set(value)) < len(value):
        return Wrong(f"{at}: repeated", "ERR_NGROK_27714")
    return None if all(value) else Wrong(f"{at}: empty", "ERR_NGROK_27715")


def models(value: Any, at: str) -> Wrong | None:
    one = members(
        {"modelId": text(1, 255), "providerModelId": text(0, 255), "unsupportedParams": unsupported},
        "modelId",
    )
    if wrong := items(one)(value, at):
        return wrong
    ids = [each["modelId"] for each in value]
    return None if len(set(ids)) == len(ids) else Wrong(f"{at}: duplicate modelId", "ERR_NGROK_27711")


NAME, DESCRIPTION, METADATA = text(1, 255), text(0, 255), text(0, 4096)
SURFACES = items(
    members(
        {
            "format": text(1),
            "surface": text(1),
            "baseUrl": base_url,
            "supportedParams": items(members({"name": text(1)}, "name")),
        },
        "format",
    )
)
DIMENSION = members({"allow": items(text(1))})
ACCESS = members({"providers": DIMENSION, "models": DIMENSION})
STEP = members(
    {
        "type": one_of("user", "ngrok"),
        "keys": items(members({"id": text(1), "name": text(1, 255), "value": text(1)})),
        "keySelectionStrategy": one_of("ordered"),
    },
    "type",
)


def _steps(value: Any, at: str) -> Wrong | None:
    return items(STEP)(value, at) or (None if value else Wrong(f"{at} must not be empty"))


ROUTER = members({"rules": items(members({"provider": text(1), "model": text(1), "steps": _steps}, "steps"))})

CREATE: dict[str, Rule] = {
    "/providers": members(
        {
            "providerId": text(1, 255),
            "name": NAME,
            "baseUrl": base_url,
            "metadata": METADATA,
            "supportedApiSurfaces": SURFACES,
            "models": models,
        },
        "providerId",
        "name",
        "baseUrl",
    ),
    "/provider-keys": members(
        {
            "providerId": text(1),
            "name": NAME,
            "value": text(1),
            "description": DESCRIPTION,
            "metadata": METADATA,
        },
        "providerId",
        "name",
        "value",
    ),
    "/access-key-configurations": members(
        {
            "name": NAME,
            "description": DESCRIPTION,
            "metadata": METADATA,
            "access": ACCESS,
            "router": ROUTER,
        },
        "name",
    ),
    "/access-keys": members(
        {
            "name": NAME,
            "description": DESCRIPTION,
            "metadata": METADATA,
            "accessKeyConfigurationId": text(1),
        }
    ),
}
UPDATE: dict[str, Rule] = {
    "/providers": members(
        {
            "name": nullable(NAME),
            "baseUrl": base_url,
            "metadata": nullable(METADATA),
            "supportedApiSurfaces": nullable(SURFACES),
            "models": nullable(models),
        }
    ),
    "/provider-keys": members(
        {"name": nullable(NAME), "description": nullable(DESCRIPTION), "metadata": nullable(METADATA)}
    ),
    "/access-key-configurations": members(
        {
            "name": nullable(NAME),
            "description": nullable(DESCRIPTION),
            "metadata": nullable(METADATA),
            "access": nullable(ACCESS),
            "router": nullable(ROUTER),
        }
    ),
    "/access-keys": members(
        {
            "name": nullable(NAME),
            "description": nullable(DESCRIPTION),
            "metadata": nullable(METADATA),
            "accessKeyConfigurationId": nullable(text(1)),
        }
    ),
}
ROTATE = members({"name": NAME, "value": text(1)}, "name", "value")
SETTINGS = members(
    {
        "totalTimeout": duration,
        "perRequestTimeout": duration,
        "maxInputTokens": nullable(whole),
        "maxOutputTokens": nullable(whole),
        "metadata": nullable(METADATA),
    }
)

_PARTS = re.compile(r"(\d+(?:\.\d+)?)(ns|us|ms|s|m|h)")
_UNITS = {"ns": 1e-9, "us": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}


def seconds_of(written: str) -> float:
    """The seconds of a Go duration; 0 for what is none."""
    if not re.fullmatch(f"(?:{_PARTS.pattern})+", written):
        return 0
    return sum(float(number) * _UNITS[unit] for number, unit in _PARTS.findall(written))
