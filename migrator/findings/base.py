"""What a finding is, and the register of all of them.

A finding is a class. Its docstring is its documentation, printed by ``migrator explain CODE``:
the first line is the title, the paragraphs below say why it matters, show an example and what to
do. ``message`` and ``remedy`` are templates over the class's own fields (its facts).

Codes are grouped by the stage that finds them and are never reused:

==== ==========================================
R    reading files and containers
L    linking references, forming units
P    the policy's grammar
T    translating one unit
M    merging the units of a run
D    decisions and the configuration file
W    what stays behind (residual policy, outputs)
V    comparing the old gateway with the new one
==== ==========================================
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from functools import cache
from inspect import cleandoc
from itertools import groupby
from typing import TYPE_CHECKING, Any, ClassVar, Final, NamedTuple, Self, TypeVar, dataclass_transform

from msgspec import Struct, StructMeta
from msgspec.structs import replace

from migrator.patterns import pattern
from migrator.secrets import visible
from migrator.spans import Location

if TYPE_CHECKING:
    from migrator.findings.rulings import Ruling, Waiver


class Severity(StrEnum):
    """How much attention a finding needs; ``--fail-on`` compares by rank."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"

    @property
    def rank(self) -> int:
        return {"error": 2, "warning": 1, "note": 0}[self.value]


class Effect(StrEnum):
    """What the difference does to requests (the verdicts of the comparison, and two more)."""

    NONE = "none"
    NARROWER = "narrower"
    WIDER = "wider"
    RECREDENTIALED = "re-credentialed"
    REORDERED = "reordered"
    LOST_PROTECTION = "lost-protection"
    MANUAL = "manual"


DANGERS: Final = frozenset({Effect.LOST_PROTECTION, Effect.WIDER})
"""Effects that let in what was kept out."""


class Category(StrEnum):
    """The stage that finds it, by the first letter of the code."""

    READ = "read"
    LINK = "link"
    POLICY = "policy"
    TRANSLATE = "translate"
    MERGE = "merge"
    DECISION = "decision"
    OUTPUT = "output"
    VERIFY = "verify"


_CATEGORY = {
    "R": Category.READ,
    "L": Category.LINK,
    "P": Category.POLICY,
    "T": Category.TRANSLATE,
    "M": Category.MERGE,
    "D": Category.DECISION,
    "W": Category.OUTPUT,
    "V": Category.VERIFY,
}


def category_of(code: str) -> Category:
    return _CATEGORY[code[0]]


class OutputRef(NamedTuple):
    """A place in the manifest before positions are known.

    ``member`` is the manifest's member (``providers``, ``accessKeyConfigurations``, …),
    ``ref`` the object's ref, ``path`` the JSON pointer below the object (``/body/access``).
    """

    member: str
    ref: str
    path: str = ""


class _FindingType(StructMeta):
    """Makes every finding class frozen, with facts that are given by name."""

    def __new__(  # noqa: PYI034 -- there is no Self in a metaclass
        cls,
        name: str,
        bases: tuple[type, ...],
        namespace: dict[str, Any],
        *,
        frozen: bool = True,
        kw_only: bool = True,
        gc: bool = False,  # a fleet has many, and nothing of them leads back
    ) -> _FindingType:
        return super().__new__(cls, name, bases, namespace, frozen=frozen, kw_only=kw_only, gc=gc)


@dataclass_transform(frozen_default=True, kw_only_default=True)
class Finding(Struct, metaclass=_FindingType, frozen=True, kw_only=True):
    """Base of all findings: where, in which unit, and what part of the output it concerns.

    ``text`` is what happened and ``advice`` what to do, for people; ``message`` and ``remedy`` are the templates that
    they are made from.
    """

    at: Location | None = None
    pointer: str = ""
    unit: str | None = None
    outputs: tuple[OutputRef, ...] = ()
    decided: bool = False
    """Somebody has answered the decision behind it: it is told, but asks for nothing any more."""
    asked: bool = True
    """A decision is behind it; where its class has one and the policy none, there is nothing to answer."""
    ruling: Ruling | None = None
    """What the decisions file says about it; mostly nothing."""

    code: ClassVar[str]
    level: ClassVar[Severity]
    effect: ClassVar[Effect] = Effect.NONE
    message: ClassVar[str]
    remedy: ClassVar[str]
    settled: ClassVar[str] = ""
    """What to do where nothing is to be answered, or no more, and ``remedy`` asks for an answer."""
    fact_names: ClassVar[tuple[str, ...]] = ()
    """The class's own fields, in their order."""
    unsteady: ClassVar[frozenset[str]] = frozenset()
    """Facts that other policies change: a line elsewhere, how many there are. No fingerprint has these numbers."""

    @property
    def severity(self) -> Severity:
        """The class's level, or the one that its code was given; a note once it is decided."""
        if self.decided:
            return Severity.NOTE
        return self.level if self.ruling is None else self.ruling.level or self.level

    @property
    def waiver(self) -> Waiver | None:
        """Who takes it as it is, why and how long: it is told, and makes no run fail."""
        return None if self.ruling is None else self.ruling.waiver

    @property
    def category(self) -> Category:
        return category_of(self.code)

    @property
    def title(self) -> str:
        return documentation(type(self)).title

    @property
    def facts(self) -> dict[str, Any]:
        """The finding's own fields, with credentials shown as asterisks."""
        return {
            name: visible(value) if isinstance(value := getattr(self, name), str) else value
            for name in self.fact_names
        }

    @property
    def text(self) -> str:
        return self.message.format_map(self.facts)

    @property
    def advice(self) -> str:
        return self.advised(self.facts)

    def advised(self, facts: dict[str, Any]) -> str:
        """The advice for somebody who has the facts already."""
        has_settled = self.decided or not self.asked
        template = self.settled if has_settled and self.settled else self.remedy
        return template.format_map(facts)

    @property
    def fingerprint(self) -> str:
        """16 hex digits that survive moved lines, here and elsewhere: code, file, pointer, unit and facts."""
        return self.identified(self.facts)

    def identified(self, facts: dict[str, Any]) -> str:
        """The fingerprint for somebody who has the facts already."""
        import hashlib

        return hashlib.sha256(self.identity(facts).encode("utf-8", "backslashreplace")).hexdigest()[:16]

    def identity(self, facts: dict[str, Any]) -> str:
        """What the fingerprint is made of."""
        place = self.at.path if self.at else ""
        if self.unsteady:
            facts = {**facts, **{name: _steady(facts[name]) for name in self.unsteady}}
        told = [f"{name}={value}" for name, value in facts.items()]
        return "\0".join([self.code, place, self.pointer, self.unit or "", *told])

    @property
    def sort_key(self) -> tuple[object, ...]:
        return (*self.place_key, self.text)

    @property
    def place_key(self) -> tuple[object, ...]:
        """The part of ``sort_key`` that costs nothing."""
        at, unit = self.at, self.unit or ""
        if at is None:
            return ("", (0, 0, 0, 0), _NOT_EMBEDDED, self.code, self.pointer, unit)
        return (at.path, at.span, at.embedded or _NOT_EMBEDDED, self.code, self.pointer, unit)

    def in_unit(self, unit: str) -> Self:
        return replace(self, unit=unit)


def each_once(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Different findings in the order of ``sort_key``, whose texts are made only where nothing else decides."""
    held = list(findings)
    keys = [found.place_key for found in held]
    places = sorted(range(len(held)), key=keys.__getitem__)
    ordered: list[Finding] = []
    for _, alike in groupby(places, key=keys.__getitem__):
        same = [held[place] for place in alike]
        ordered += same if len(same) == 1 else sorted(dict.fromkeys(same), key=lambda found: found.text)
    return tuple(ordered)


_NUMBERS = pattern(r"(?<=:)[0-9]+(?=[;, ]|\Z)|(?<=not set in )[0-9]+(?= of the)")


def _steady(fact: object) -> str:
    """A fact without numbers of lines, and without counts."""
    return _NUMBERS.sub("", fact) if isinstance(fact, str) else ""


_NOT_EMBEDDED: Final = (0, 0)

_COMMON = frozenset({"at", "pointer", "unit", "outputs", "decided", "asked", "ruling"})

REGISTER: dict[str, type[Finding]] = {}
"""Every finding class by its code, filled by the ``finding`` decorator."""

F = TypeVar("F", bound=Finding)


def finding(cls: type[F]) -> type[F]:
    """Register a finding class under its code."""
    if cls.code in REGISTER:
        raise TypeError(f"finding code {cls.code} is used twice")
    cls.fact_names = tuple(name for name in cls.__struct_fields__ if name not in _COMMON)
    REGISTER[cls.code] = cls
    return cls


class Documentation(NamedTuple):
    """A finding's docstring, taken apart."""

    title: str
    body: str


def documentation(cls: type[Finding]) -> Documentation:
    """The title and the Markdown body of a finding's docstring."""
    return _documentation(cls.__doc__ or "")


@cache
def _documentation(docstring: str) -> Documentation:
    title, _, body = cleandoc(docstring).partition("\n")
    return Documentation(title.strip().rstrip("."), body.strip())
