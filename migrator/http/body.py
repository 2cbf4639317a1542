"""What is sent: a body as JSON, in which a Secret becomes its value at the last moment."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from migrator.secrets import Secret


def content_of(body: object) -> bytes:
    """The bytes to send. Raises TypeError for what is neither JSON nor a Secret."""
    return json.dumps(body, default=_value, ensure_ascii=False, separators=(",", ":")).encode(
        "utf-8", "backslashreplace"
    )


def secrets_of(body: Any) -> Iterator[Secret]:
    """Every Secret in a body: what an answer may repeat and no message may show."""
    if isinstance(body, Secret):
        yield body
    elif isinstance(body, Mapping):
        for member in body.values():
            yield from secrets_of(member)
    elif isinstance(body, list | tuple):
        for member in body:
            yield from secrets_of(member)


def _value(member: object) -> str:
    if isinstance(member, Secret):
        return member.reveal()
    raise TypeError(f"a {type(member).__name__} is not JSON")
