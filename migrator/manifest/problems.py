"""What is wrong with a manifest: a place in its data, what was expected there, and what to do."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from typing import Final

from msgspec import Struct

from migrator.errors import UsageError
from migrator.manifest.model import Path

_SHOWN: Final = 20


class Problem(Struct, frozen=True):
    """``message`` repeats no value of the file, only names: a value may be a credential."""

    at: Path
    message: str
    remedy: str


class ManifestError(UsageError):
    """A manifest that cannot be used. ``lines`` are all its problems, each with its place."""

    def __init__(self, lines: tuple[str, ...], remedy: str) -> None:
        more = len(lines) - 1
        super().__init__(lines[0] + (f" ({more} more below)" if more else ""), remedy)
        self.lines = lines
        self.details = (
            *lines[1:_SHOWN],
            *([f"… and {len(lines) - _SHOWN} more"] if len(lines) > _SHOWN else ()),
        )


def pointer(at: Path) -> str:
    """The place as people write it: ``providers[0].body.name``."""
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in at)
    return text.removeprefix(".") or "the document"


def near(word: str, known: Iterable[str]) -> str:
    """A sentence that names the known word that was probably meant; empty where none is close."""
    close = difflib.get_close_matches(word, list(known), n=1, cutoff=0.7)
    return f" Did you mean {close[0]}?" if close else ""


def unknown(
    held: dict[str, object], known: Iterable[str], at: Path, what: str, *, only_near: bool = False
) -> Iterator[Problem]:
    """Each key that ``what`` does not have; with ``only_near``, each that looks like a misspelt one."""
    names = tuple(known)
    for key in held:
        if key in names:
            continue
        hint = near(key, (name for name in names if name not in held))
        if hint or not only_near:
            allowed = f"It has {', '.join(names)}." if not only_near else "Correct it, or remove it."
            yield Problem((*at, key), f"{what} has no member {key[:80]}.{hint}", allowed)


def kind(value: object) -> str:
    """What a value is, in words; never the value."""
    match value:
        case None:
            return "nothing"
        case bool():
            return "true or false"
        case int() | float():
            return "a number"
        case str():
            return "text"
        case list():
            return "a list"
        case _:
            return "a mapping"
