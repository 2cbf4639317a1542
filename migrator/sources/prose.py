"""Text that people wrote about a run (reasons, names): what looks like a credential in it is shown as asterisks."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from migrator.patterns import pattern
from migrator.policy.vocabulary import names_a_credential
from migrator.secrets import SHOWN, visible
from migrator.sources.credentials import Spot, by_form, in_prose

_DIGITS: Final = 6
_DIGESTED: Final = pattern(rf"\*\*\*[0-9a-f]{{{_DIGITS}}}")
SURE: Final = frozenset({"known form", "bearer token", "password in a URL"})
"""Forms that nothing else has; others are told by a word in front, as in ``password: …``."""


def sure(text: str) -> Iterator[Spot]:
    """Credentials by forms that nothing else has: an id may look like a setting, and stays. So does what was digested."""
    return (
        spot
        for spot in by_form(text)
        if spot.role in SURE and not _DIGESTED.fullmatch(text, spot.start, spot.end)
    )


def without_credentials(text: str, look: Callable[[str], Iterable[Spot]] = by_form) -> str:
    """``text`` with ``***`` in place of every credential that ``look`` finds."""
    parts: list[str] = []
    done = 0
    for start, end, _ in sorted(look(text)):
        if start >= done:
            parts += [text[done:start], SHOWN]
        done = max(done, end)
    return visible("".join([*parts, text[done:]]))


def masked(name: str, text: str) -> str:
    """What the member ``name`` of some data says, for people: nothing of one that is called a credential."""
    return SHOWN if text and names_a_credential(name) else without_credentials(text)


def digested(name: str, text: str) -> str:
    """The same for a file that is compared with something later: of another credential it has another text."""
    spots = [Spot(0, len(text), name)] if text and names_a_credential(name) else sorted(by_form(text))
    parts: list[str] = []
    done = 0
    for start, end, _ in spots:
        if start >= done:
            parts += [text[done:start], SHOWN, _digest(text[start:end])]
        done = max(done, end)
    return visible("".join([*parts, text[done:]]))


def _digest(credential: str) -> str:
    """Too little to find the credential by, and enough to tell that it is another one."""
    return hashlib.sha256(credential.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGITS]


def prose(text: str) -> str:
    """What people wrote about a decision or a finding: without credentials, on one line."""
    return " ".join(without_credentials(text, in_prose).split())


def holds_credential(text: str) -> bool:
    """Whether one stands in what reports show as it is: with asterisks in its place it would fit something else."""
    return without_credentials(text, sure) != visible(text)
