"""Masking: every credential of a file, in its tree's values and in its text, before anything else sees it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from migrator.secrets import MASK_LIMIT, Secret, has_mask, mask
from migrator.sources.credentials import Spot, by_form, keys, spots, walk
from migrator.sources.expressions import credential_variables
from migrator.spans import Span
from migrator.tree.nodes import Document, Node, Scalar
from migrator.tree.text import line_starts

EVERYWHERE = 6
"""A credential of at least this many characters is masked wherever else its file has it."""

_WORD = re.compile(r"\S+")


@dataclass(frozen=True)
class Masked:
    """A file's text without credentials; where each one stood; whether there were too many to mask."""

    text: str
    spots: tuple[tuple[int, str, Span], ...] = ()
    overflow: bool = False


def mask_file(text: str, documents: Iterable[Document]) -> Masked:
    """Mask every credential of a file. The tree's scalars change in place; positions stay true."""
    return _Masker(text).run([document.root for document in documents if document.root is not None])


@dataclass
class _Masker:
    text: str
    ordinals: dict[Secret, int] = field(default_factory=dict)
    found: list[tuple[int, str, Span]] = field(default_factory=list)
    ranges: list[tuple[int, int, int]] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)

    def run(self, roots: list[Node]) -> Masked:
        scalars = [found for root in roots for found in walk(root)]
        variables = credential_variables(scalar.text for scalar, _ in scalars)
        for scalar, context in scalars:
            if parts := _unmasked(scalar, _disjoint(spots(scalar, context, variables))):
                self._mask_scalar(scalar, parts)
        names = [key for root in roots for key in keys(root)]
        for key in names:
            if parts := _unmasked(key, _disjoint(by_form(key.text))):
                self._mask_scalar(key, parts)
        rest = [scalar for scalar, _ in scalars] + names
        self._comments()
        if not self.ordinals:
            return Masked(self.text)
        self._everywhere(rest)
        return Masked(self._apply(), tuple(self.found), len(self.ordinals) > MASK_LIMIT)

    def _ordinal(self, value: str) -> int:
        return min(self.ordinals.setdefault(Secret(value), len(self.ordinals)), MASK_LIMIT - 1)

    def _mask_scalar(self, scalar: Scalar, parts: list[Spot]) -> None:
        start, end = self._offsets(scalar.span)
        raw = self.text[start:end]
        text = scalar.text
        for part in parts:
            value = scalar.text[part.start : part.end]
            ordinal = self._ordinal(value)
            self.found.append((ordinal, part.role, scalar.span))
            text = text[: part.start] + mask(ordinal, len(value)) + text[part.end :]
            places = _places(raw, value)
            if places:
                self.ranges.extend((start + at, start + at + len(value), ordinal) for at in places)
            else:
                self.ranges.extend(_interior(raw, start, ordinal))
        scalar.text = text
        scalar.kind = "str"

    def _comments(self) -> None:
        """What is known by its form outside any value: comments, mostly."""
        covered = [(start, end) for start, end, _ in self.ranges]
        for part in by_form(self.text):
            if not any(start < part.end and part.start < end for start, end in covered):
                self.ranges.append((part.start, part.end, self._ordinal(self.text[part.start : part.end])))

    def _everywhere(self, scalars: list[Scalar]) -> None:
        for secret, ordinal in self.ordinals.items():
            value = secret.reveal()
            if len(value.strip()) < EVERYWHERE:
                continue
            self.ranges.extend(
                (at, at + len(value), min(ordinal, MASK_LIMIT - 1)) for at in _places(self.text, value)
            )
            for scalar in scalars:
                if value in scalar.text:
                    scalar.text = scalar.text.replace(value, mask(min(ordinal, MASK_LIMIT - 1), len(value)))
                    scalar.kind = "str"

    def _offsets(self, span: Span) -> tuple[int, int]:
        if not self.starts:
            self.starts = line_starts(self.text)
        return (
            self.starts[span.line - 1] + span.column - 1,
            self.starts[span.end_line - 1] + span.end_column - 1,
        )

    def _apply(self) -> str:
        characters = list(self.text)
        for start, end, ordinal in self.ranges:
            for index in range(start, end):
                if characters[index] not in "\r\n":
                    characters[index] = mask(ordinal, 1)
        return "".join(characters)


def _disjoint(parts: Iterable[Spot]) -> list[Spot]:
    """Ranges without overlaps, the outermost and first kept."""
    kept: list[Spot] = []
    for part in sorted(parts, key=lambda p: (p.start, -p.end)):
        if not kept or part.start >= kept[-1].end:
            kept.append(part)
        elif part.end > kept[-1].end:
            kept[-1] = Spot(kept[-1].start, part.end, kept[-1].role)
    return [part for part in kept if part.start < part.end]


def _unmasked(scalar: Scalar, parts: list[Spot]) -> list[Spot]:
    """Without what an alias already led to."""
    return [part for part in parts if not has_mask(scalar.text[part.start : part.end])]


def _places(text: str, value: str) -> list[int]:
    found: list[int] = []
    at = text.find(value)
    while at >= 0:
        found.append(at)
        at = text.find(value, at + len(value))
    return found


def _interior(raw: str, start: int, ordinal: int) -> Iterable[tuple[int, int, int]]:
    """A scalar whose source is not its value (escapes, folding): every word of it, but for its quotes."""
    first = next((index for index, char in enumerate(raw) if char in "\"'"), None)
    inner = (first + 1, len(raw) - 1) if first is not None and raw[-1:] == raw[first] else (0, len(raw))
    if first is None and raw.lstrip()[:1] in ("|", ">"):
        inner = (raw.find("\n") + 1, len(raw))
    for word in _WORD.finditer(raw, *inner):
        yield start + word.start(), start + word.end(), ordinal
