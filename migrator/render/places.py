"""Places of the input as text: ``policies/a.yaml:12``."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from migrator.spans import Location

SHOWN_PLACES: Final = 3
"""How many places a line names; the report's provenance has all of them."""


def place(at: Location) -> str:
    """File and line. Raw: whoever prints it quotes it."""
    return f"{at.path}:{at.span.line}"


def places(origins: Iterable[Location], limit: int = SHOWN_PLACES) -> str:
    """The places of ``origins``, each once, the rest as a number: ``a.yaml:3, b.yaml:7 and 12 more``."""
    distinct = list(dict.fromkeys(place(at) for at in origins))
    named = ", ".join(distinct[:limit])
    return f"{named} and {len(distinct) - limit} more" if len(distinct) > limit else named
