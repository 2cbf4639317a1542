"""What files with planted credentials are made of."""

from __future__ import annotations

import hashlib
from typing import NamedTuple


class Planted(NamedTuple):
    """A file, and the credentials in it that nothing may give away."""

    description: str
    name: str
    content: bytes
    secrets: list[str]


class Plant:
    """Collects planted files."""

    def __init__(self) -> None:
        self.planted: list[Planted] = []

    def __call__(self, description: str, name: str, content: str | bytes, *secrets: str) -> None:
        data = content if isinstance(content, bytes) else content.encode("utf-8")
        self.planted.append(Planted(description, name, data, list(secrets)))


def made_up(label: str, before: str = "") -> str:
    """A credential of no known form, or of the one that begins with ``before``."""
    return f"{before}made-up-{hashlib.sha256(label.encode()).hexdigest()[:12]}-Zx{len(label)}"


def indented(by: int, text: str) -> str:
    """The lines of ``text``, each behind ``by`` spaces."""
    return "".join(f"{' ' * by}{line}\n" if line else "\n" for line in text.splitlines())


def policy(provider: str = "", config: str = "", front: str = "", before: str = "") -> str:
    """A policy with YAML lines in its provider, in its configuration, as rules in front, at its root."""
    return (
        f"{before}on_http_request:\n{indented(2, front)}"
        "  - actions:\n      - type: ai-gateway\n        config:\n"
        f"{indented(10, config)}          providers:\n            - id: openai\n{indented(14, provider)}"
    )


def action(kind: str, config: str) -> str:
    """A rule with one action."""
    return f"- actions:\n    - type: {kind}\n      config:\n{indented(8, config)}"


def key_of(value: str) -> str:
    """The one key of a provider."""
    return f"api_keys:\n  - value: {value}"
