"""What a run tells while it goes, and what came of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from msgspec import Struct, field

from migrator.errors import MigratorError

Verb = Literal["created", "updated", "rotated", "deleted", "changed"]


class Working(Struct, frozen=True):
    """A request is about to be sent, the ``number``-th change of ``of``."""

    address: str
    number: int
    of: int


class Done(Struct, frozen=True):
    """A change is made, and written down."""

    verb: Verb
    address: str
    id: str


class Told(Struct, frozen=True):
    """Something that somebody has to know: what was repaired, removed, or left."""

    text: str


Event = Working | Done | Told
Tell = Callable[[Event], None]


class Report(Struct):
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
