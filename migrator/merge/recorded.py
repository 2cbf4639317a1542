"""What a decisions file said beside answers, and what became of it: echoed by every report."""

from __future__ import annotations

from datetime import date

from msgspec import Struct

from migrator.findings.base import REGISTER, Severity
from migrator.findings.rulings import Regrade, Waiver


class WaiverUse(Struct, frozen=True):
    """A waiver, and how many findings it is about; it waives none of them once it is over."""

    waiver: Waiver
    findings: int
    is_over: bool


class RegradeUse(Struct, frozen=True):
    """A code with another severity, and how many findings have it."""

    regrade: Regrade
    findings: int

    @property
    def was(self) -> Severity:
        return REGISTER[self.regrade.code].level


class NameUse(Struct, frozen=True):
    """A name or an id that was taken, or was not, for ``is_used`` is False. ``key`` is the file's section."""

    key: str
    entry: str
    name: str
    is_used: bool


class Recorded(Struct, frozen=True):
    """``as_of`` is the day that waivers were judged against; None without any, for nothing depends on it then."""

    waivers: tuple[WaiverUse, ...] = ()
    regrades: tuple[RegradeUse, ...] = ()
    names: tuple[NameUse, ...] = ()
    as_of: date | None = None
