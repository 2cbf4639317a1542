"""Which finding stands at which part of a unit: the innermost part that holds its place has it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from migrator.findings.base import Effect, Finding, Severity
from migrator.policy.origin import Field
from migrator.report.page.picture import Mark
from migrator.verify.model import Difference

WORDS: Final = {
    Effect.LOST_PROTECTION: "lost protection",
    Effect.WIDER: "wider",
    Effect.NARROWER: "narrower",
    Effect.RECREDENTIALED: "re-credentialed",
    Effect.REORDERED: "reordered",
    Effect.MANUAL: "by hand",
}

Numbered = tuple[int, Finding]
"""A finding with its number on the page."""


Place = tuple[str, str, str]
"""A place of the manifest: member, ref, and the pointer within the object."""


class NewMarks:
    """What requests of one unit showed to be another answer now, to be handed out to what gives the answer."""

    def __init__(self, shown: Iterable[tuple[Place, Difference]], numbers: Mapping[str, Numbered]) -> None:
        self._held: dict[Place, list[tuple[Difference, Numbered]]] = {}
        for place, one in shown:
            known = numbers.get(one.announced.fingerprint) if one.announced is not None else None
            if known is not None:
                self._held.setdefault(place, []).append((one, known))

    def of(self, member: str, ref: str, pointer: str = "") -> Mark | None:
        """The gravest difference that this place makes, with the finding that tells of it."""
        held = self._held.get((member, ref, pointer), [])
        if not held:
            return None
        gravest, (number, found) = max(held, key=lambda one: (one[0].kind.rank, one[1][1].severity.rank))
        others = len({known[0] for _, known in held}) - 1
        more = f" +{others}" if others else ""
        return Mark(found.severity.value, gravest.kind.value, f"{found.code}{more}", number)


class Marks:
    """The findings of one unit, to be handed out to the parts that are drawn."""

    def __init__(self, findings: Iterable[Numbered], parts: Iterable[Field]) -> None:
        known = {(part.origin.path, part.pointer) for part in parts}
        self._held: dict[tuple[str, str], list[Numbered]] = {}
        for number, found in findings:
            if (
                found.at is None
                or found.waiver is not None
                or (found.severity is Severity.NOTE and found.effect not in WORDS)
            ):
                continue
            holder = _holder(found, known)
            if holder is not None:
                self._held.setdefault(holder, []).append((number, found))

    def of(self, part: Field) -> Mark | None:
        """The gravest finding at ``part``; how many there are besides is part of its code."""
        held = self._held.get((part.origin.path, part.pointer), [])
        if not held:
            return None
        number, found = max(held, key=_gravity)
        more = f" +{len(held) - 1}" if len(held) > 1 else ""
        word = WORDS.get(found.effect, found.severity.value)
        return Mark(found.severity.value, word, f"{found.code}{more}", number)


def _gravity(one: Numbered) -> tuple[int, bool, int]:
    number, found = one
    return found.severity.rank, found.effect in (Effect.LOST_PROTECTION, Effect.WIDER), -number


def _holder(found: Finding, known: set[tuple[str, str]]) -> tuple[str, str] | None:
    path = found.at.path if found.at is not None else ""
    tokens: Sequence[str] = found.pointer.split("/")
    for length in range(len(tokens), 0, -1):
        key = (path, "/".join(tokens[:length]))
        if key in known:
            return key
    return None
