"""One damaged file: which it is follows from the seed and its number alone."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePath
from random import Random

from fuzz import bytewise, treewise
from fuzz.originals import originals
from fuzz.wrapping import wrapped


@dataclass(frozen=True)
class Case:
    """A file to convert, and the choice (any number) of what is made of the result."""

    name: str
    data: bytes
    choice: int = 0

    @property
    def stem(self) -> str:
        return PurePath(self.name).stem


def case(seed: int, number: int) -> Case:
    """The damaged file of this number: its policy damaged, put into a container, the container damaged, or both."""
    chance = Random(f"{seed}:{number}")  # noqa: S311 -- the same files every time, no credential of anybody
    files = originals()
    source, other = chance.choice(files), chance.choice(files)
    name, data = source.name, source.data
    plan = chance.random()
    if source.is_policy and plan < 0.4:
        if chance.random() < 0.6:
            data = _damaged(chance, data, other.data)
        name, data = wrapped(chance, data)
        if chance.random() < 0.6:
            data = _damaged(chance, data, other.data)
    else:
        data = _damaged(chance, data, other.data)
    if plan > 0.97:
        name = f"{PurePath(name).stem}{chance.choice(('.yaml', '.json', '.tf', '.py', '.sh', '.tfstate', '.txt', ''))}"
    return Case(name, data, chance.randrange(1_000))


def _damaged(chance: Random, data: bytes, other: bytes) -> bytes:
    whole = treewise.damaged(chance, data) if chance.random() < 0.7 else None
    if whole is None:
        return bytewise.damaged(chance, data, other)
    return bytewise.damaged(chance, whole, other) if chance.random() < 0.15 else whole
