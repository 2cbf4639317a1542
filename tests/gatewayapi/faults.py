"""What goes wrong between a client and the account, decided for each call on its own."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto


class What(Enum):
    """A fault. *Carried out* is what the account does; the client never knows."""

    NOTHING = auto()
    DROP_BEFORE = auto()
    """The connection breaks; not carried out."""
    DROP_AFTER = auto()
    """Carried out; the connection breaks before an answer."""
    HALF = auto()
    """Carried out; half of the answer arrives."""
    ERROR = auto()
    """``status`` is answered; not carried out."""
    ERROR_AFTER = auto()
    """``status`` is answered although it was carried out."""
    SLOW = auto()
    """Carried out, answered after ``seconds``."""
    LATE = auto()
    """The connection breaks; carried out after ``look_ups`` later looks at the list."""
    KILL_BEFORE = auto()
    """The client is killed when its request arrived; not carried out."""
    KILL_AFTER = auto()
    """Carried out; the client is killed before an answer."""
    KILL_ANSWERED = auto()
    """Carried out and answered; then the client is killed."""


@dataclass(frozen=True)
class Fault:
    what: What = What.NOTHING
    status: int = 503
    seconds: float = 0
    look_ups: int = 1
    headers: tuple[tuple[str, str], ...] = ()
    repeats: bool = False
    """The message of an error repeats all that was sent."""


@dataclass(frozen=True)
class Call:
    """A request: the how manyth (from 1), and of those that write."""

    number: int
    write: int | None
    method: str
    path: str


Decide = Callable[[Call], Fault]
FINE = Fault()


def at(number: int, fault: Fault) -> Decide:
    """The fault at one call, by its number."""
    return lambda call: fault if call.number == number else FINE


def at_write(number: int, fault: Fault) -> Decide:
    """The fault at the n-th call that writes."""
    return lambda call: fault if call.write == number else FINE


def often(rate: float, seed: int, *faults: Fault) -> Decide:
    """Some of the faults at a rate, the same ones for the same seed."""
    dice = random.Random(seed)  # noqa: S311 -- a test's dice

    def decide(call: Call) -> Fault:
        return dice.choice(faults) if dice.random() < rate else FINE

    return decide
