"""Text that people wrote about a run (reasons, names): what looks like a credential in it is shown as asterisks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Final

from migrator.secrets import SHOWN, visible
from migrator.sources.credentials import Spot, by_form, in_prose

SURE: Final = frozenset({"known form", "bearer token", "password in a URL"})
"""Forms that nothing else has; others are told by a word in front, as in ``password: …``."""


def sure(text: str) -> Iterator[Spot]:
    """Credentials by forms that nothing else has: an id may look like a setting, and stays."""
    return (spot for spot in by_form(text) if spot.role in SURE)


def without_credentials(text: str, look: Callable[[str], Iterable[Spot]] = by_form) -> str:
    """``text`` with ``***`` in place of every credential that ``look`` finds."""
    parts: list[str] = []
    done = 0
    for start, end, _ in sorted(look(text)):
        if start >= done:
            parts += [text[done:start], SHOWN]
        done = max(done, end)
    return visible("".join([*parts, text[done:]]))


def prose(text: str) -> str:
    """What people wrote about a decision or a finding: without credentials, on one line."""
    return " ".join(without_credentials(text, in_prose).split())


def holds_credential(text: str) -> bool:
    """Whether one stands in what reports show as it is: with asterisks in its place it would fit something else."""
    return without_credentials(text, sure) != visible(text)
