"""What clients have to change, in the lines of a comment."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Final

from migrator.translate.advice import request_body
from migrator.translate.model import Advice

_EXAMPLES: Final = 5
"""How many names are written out; the JSON report has all."""


def advice_lines(advice: Advice) -> Iterator[str]:
    """Lines without line breaks; none where clients change nothing but URL and key."""
    if advice.model is not None:
        request = json.dumps(request_body(advice), ensure_ascii=False)
        yield f"Clients that sent ngrok/auto or no model send: {request}"
    if advice.renames:
        names = [f"{old} -> {new}" for old, new in advice.renames.items()]
        yield f"Names that stop working: {_some(names)}"
    if advice.retired:
        yield f"Models that no longer exist: {_some(list(advice.retired))}"


def _some(names: list[str]) -> str:
    more = f" and {len(names) - _EXAMPLES} more (all in the JSON report)" if len(names) > _EXAMPLES else ""
    return ", ".join(names[:_EXAMPLES]) + more
