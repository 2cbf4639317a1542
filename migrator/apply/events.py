"""What a run tells while it goes, and what came of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from migrator.errors import MigratorError

Verb = Literal["created", "updated", "rotated", "deleted", "changed"]


@dataclass(frozen=True, slots=True)
class Working:
    """A request is about to be sent, the ``number``-th change of ``of``."""

    address: str
    number: int
    of: int


@dataclass(frozen=True, slots=True)
class Done:
    """A change is made, and written down."""

    verb: Verb
    address: str
    id: str


@dataclass(frozen=True, slots=True)
class Told:
    """Something that somebody has to know: what was repaired, removed, or left."""

    text: str


Event = Working | Done | Told
Tell = Callable[[Event], None]


@dataclass(slots=True)
class Report:
    """What a run did. ``failure`` is what stopped it; None if it did everything."""

    done: list[Done] = field(default_factory=list)
    told: list[Told] = field(default_factory=list)
    failure: MigratorError | None = None
    left: int = 0
    """Changes that were not made."""
    is_declined: bool = False
    """Whether the plan was shown and refused."""

    def count(self, verb: Verb) -> int:
        return sum(each.verb == verb for each in self.done)
