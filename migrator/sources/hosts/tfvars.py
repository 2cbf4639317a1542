"""Values of Terraform's variables in a file of JSON."""

from __future__ import annotations

import json
from typing import Any, cast

from migrator.sources.hosts.hcl import DEPTH, Text, Value, plain
from migrator.sources.hosts.literal import Pieces


def values_in_json(text: str) -> dict[str, Value]:
    """What a file sets; nothing where it is no mapping."""
    try:
        held = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return {name: _of_data(value) for name, value in held.items()} if isinstance(held, dict) else {}


def _of_data(data: Any, depth: int = 0) -> Value:
    """A value of JSON; its texts are no templates here."""
    if depth > DEPTH:
        pieces = Pieces()
        pieces.gap("", 0, 0)
        return Text(pieces, exact=False)
    match data:
        case str():
            return plain(data.encode("utf-8", "replace").decode())
        case dict():
            return {key: _of_data(value, depth + 1) for key, value in data.items()}
        case list():
            return [_of_data(value, depth + 1) for value in data]
    return cast("Value", data)
