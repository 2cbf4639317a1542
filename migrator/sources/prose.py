"""Text that people wrote about a run (reasons, names): what looks like a credential in it is shown as asterisks."""

from __future__ import annotations

from typing import Final

from migrator.secrets import SHOWN, visible
from migrator.sources.credentials import by_form, in_prose

SURE: Final = frozenset({"known form", "bearer token", "password in a URL"})
"""Forms that nothing else has; others are told by a word in front, as in ``password: …``."""


def without_credentials(text: str, *, only_sure: bool = False) -> str:
    """``text`` with ``***`` in place of every credential; ``only_sure`` leaves ids alone, which may look like settings."""
    spots = sorted((spot for spot in by_form(text) if spot.role in SURE) if only_sure else in_prose(text))
    parts: list[str] = []
    done = 0
    for start, end, _ in spots:
        if start >= done:
            parts += [text[done:start], SHOWN]
        done = max(done, end)
    return visible("".join([*parts, text[done:]]))
