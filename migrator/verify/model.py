"""What the comparison speaks of: requests, answers, differences, verdicts.

Both gateways are functions. A request goes in; out comes a refusal, or the attempts that the gateway makes in
order. Where a fact is not public, or only the running gateway knew it, a function gives several answers of
which one is true: an ``Outcome``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from enum import StrEnum
from functools import cached_property
from typing import Any, Final, Literal, NamedTuple

from msgspec import Struct, field

from migrator.findings.base import Finding
from migrator.spans import Location

Format = Literal["openai", "anthropic"]
FORMATS: Final[tuple[Format, ...]] = ("openai", "anthropic")

AUTO: Final = "ngrok/auto"
CREDITS: Final = "ngrok credits"
OWN_KEY: Final = "client's own key"
NO_KEY: Final = "none"

NAMED_ATTEMPTS: Final = 20
"""Attempts of an answer that a verdict names. ``ngrok/auto`` of a key without a scope leads to every provider of an account."""


class Sends(StrEnum):
    """What a client sent to the old gateway that a provider, or ngrok, would take."""

    NOTHING = "nothing"
    OWN_KEY = "own key"
    GATEWAY_KEY = "gateway key"


class Client(Struct, frozen=True):
    """Who sends a request. ``key`` is the ref of its access key, None if it got none.

    ``attached`` are the (provider, credential) pairs attached to its old gateway key, newest first.
    """

    name: str
    sends: Sends = Sends.NOTHING
    key: str | None = None
    attached: tuple[tuple[str, str], ...] = ()

    @property
    def title(self) -> str:
        said = {Sends.NOTHING: "", Sends.OWN_KEY: " with a provider key of its own"}
        return self.name + said.get(self.sends, " with an old gateway key")


class Request(Struct, frozen=True):
    """One request, folded: what a gateway can tell it from others by. ``branch``: why it is not this unit's."""

    format: Format
    model: str | None
    models: tuple[str, ...]
    client: Client
    branch: str | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """The models it names, in order; none for ``ngrok/auto``."""
        first = () if self.model is None or self.model.lower() == AUTO else (self.model,)
        return (*first, *self.models)

    @property
    def size(self) -> tuple[int, int, int, str]:
        """Sorts the smallest witness first."""
        text = " ".join((self.model or "", *self.models)) if self.models else self.model or ""
        return (len(self.models), FORMATS.index(self.format), len(text), text)

    def data(self) -> dict[str, Any]:
        return {
            "format": self.format,
            "model": self.model,
            "models": list(self.models),
            "client": self.client.title,
            "branch": self.branch,
        }


class Attempt(Struct, frozen=True):
    """One try: ``model`` as it reaches the provider, ``server`` what answers under the provider's id."""

    provider: str
    model: str
    credential: str
    server: str

    @property
    def target(self) -> tuple[str, str]:
        """The server and the model there; a built-in provider's own name in front of its model says nothing."""
        model = self.model.lower()
        return (
            self.server,
            model.removeprefix(f"{self.provider}/") if self.server == self.provider else model,
        )

    def data(self) -> dict[str, str]:
        return {"provider": self.provider, "model": self.model, "credential": self.credential}


class Denied(Struct, frozen=True):
    """A refusal with the error code that ngrok's pages give it."""

    code: str
    reason: str

    def data(self) -> dict[str, Any]:
        return {"denied": self.code}


class Attempts(Struct, frozen=True):
    """Attempts in order. Without ``ordered`` nobody outside ngrok knows the order.

    ``then`` is the action of the policy that took over once all had failed. ``more`` counts attempts that a
    verdict leaves out.
    """

    attempts: tuple[Attempt, ...]
    ordered: bool = True
    then: str | None = None
    more: int = 0

    @property
    def brief(self) -> Attempts:
        left = len(self.attempts) - NAMED_ATTEMPTS
        return self if left <= 0 else Attempts(self.attempts[:NAMED_ATTEMPTS], self.ordered, self.then, left)

    def data(self) -> dict[str, Any]:
        named: dict[str, Any] = {"attempts": [attempt.data() for attempt in self.attempts]}
        return {**named, "more": self.more} if self.more else named


Answer = Denied | Attempts


class Outcome(Struct, frozen=True, dict=True):
    """The answers that a request may get: exactly one is true, the first is the likelier.

    ``chosen``: of the attempts of an answer the gateway makes some, by a choice of its own.
    """

    answers: tuple[Answer, ...]
    chosen: bool = False

    @property
    def certain(self) -> bool:
        return len(self.answers) == 1 and not self.chosen

    @property
    def brief(self) -> Outcome:
        """With at most ``NAMED_ATTEMPTS`` attempts in an answer."""
        is_long = any(
            isinstance(one, Attempts) and len(one.attempts) > NAMED_ATTEMPTS for one in self.answers
        )
        return self._cut if is_long else self

    @cached_property
    def _cut(self) -> Outcome:
        """One for all twins."""
        return Outcome(
            tuple(one.brief if isinstance(one, Attempts) else one for one in self.answers), self.chosen
        )

    @property
    def denied(self) -> bool:
        """Certainly refused."""
        return all(isinstance(answer, Denied) for answer in self.answers)

    @property
    def likely(self) -> Answer:
        return self.answers[0]

    def data(self) -> dict[str, Any]:
        shown = self.likely.data()
        if len(self.answers) > 1:
            shown["or"] = [answer.data() for answer in self.answers[1:]]
        return shown


class Kind(StrEnum):
    """What a difference does; the verdict of a unit without any is ``EQUAL``."""

    EQUAL = "equal"
    REORDERED = "reordered"
    NARROWER = "narrower"
    RECREDENTIALED = "re-credentialed"
    WIDER = "wider"

    @property
    def rank(self) -> int:
        return GRAVITY.index(self)


GRAVITY: Final = (Kind.EQUAL, Kind.REORDERED, Kind.NARROWER, Kind.RECREDENTIALED, Kind.WIDER)
"""Kinds from the lightest to the gravest."""

Certainty = Literal["certain", "possible"]


class Subject(Struct, frozen=True):
    """What a difference is about, as far as findings tell: a provider (old id), a model there, a kind of request.

    ``aspect``: ``model`` a request for one model in the spelling that works now, ``name`` one by a name that
    the new gateway does not resolve, ``given`` one by a name that only another policy knew, ``unknown`` one for
    a model that no catalogue has, ``list`` one with fallback models, ``auto`` one that leaves the choice to the
    gateway, ``branch`` one outside the unit's condition, ``client`` one of a client without an access key,
    ``closed`` one for a model that the policy shut out, ``advice`` the one that clients are told to send in
    place of ``ngrok/auto``.
    """

    aspect: str
    provider: str | None = None
    model: str | None = None
    now: str | None = None
    """The provider's id at the new gateway."""


class Announcement(Struct, frozen=True):
    """The finding that told a difference beforehand. ``decided``: somebody has asked for what it tells."""

    finding: Finding
    decided: bool

    @property
    def code(self) -> str:
        return self.finding.code

    @property
    def message(self) -> str:
        return self.finding.text

    @property
    def fingerprint(self) -> str:
        return self.finding.fingerprint

    def data(self) -> dict[str, Any]:
        return {"code": self.code, "message": self.message, "fingerprint": self.fingerprint}


class Difference(Struct, frozen=True):
    """All requests that differ in one way, with the smallest of them.

    ``requests`` is how many classes of requests it stands for. ``sources`` are the lines of the policy and
    ``outputs`` the places of the manifest that make the two answers.
    """

    kind: Kind
    certainty: Certainty
    subject: Subject
    request: Request
    old: Outcome
    new: Outcome
    requests: int = 1
    sources: tuple[Location, ...] = ()
    outputs: tuple[str, ...] = ()
    announced: Announcement | None = None

    @property
    def is_wide(self) -> bool:
        """Wider, certainly or untold, and nobody has asked for it."""
        return self.kind is Kind.WIDER and self.is_grave

    @property
    def is_grave(self) -> bool:
        """Certain, or told by nothing; and nobody has asked for it."""
        if self.announced is None:
            return True
        return self.certainty == "certain" and not self.announced.decided

    def data(self) -> dict[str, Any]:
        return {
            "kind": self.kind.value,
            "certainty": self.certainty,
            "requests": self.requests,
            "request": self.request.data(),
            "old": self.old.data(),
            "new": self.new.data(),
            "sources": [
                {"path": at.path, "line": at.span.line, "column": at.span.column} for at in self.sources
            ],
            "outputs": list(self.outputs),
            "finding": None if self.announced is None else self.announced.data(),
        }


class Verdict(Struct, frozen=True):
    """One unit, compared. ``counts`` says how many classes of requests came out how."""

    unit: str
    kind: Kind
    certainty: Certainty
    differences: tuple[Difference, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)

    @property
    def unannounced(self) -> tuple[Difference, ...]:
        return tuple(one for one in self.differences if one.announced is None)

    @property
    def wide(self) -> tuple[Difference, ...]:
        return tuple(one for one in self.differences if one.is_wide)

    @property
    def words(self) -> str:
        """``wider``, ``possibly narrower``, ``equal``."""
        possible = self.certainty == "possible" and self.kind is not Kind.EQUAL
        return f"possibly {self.kind.value}" if possible else self.kind.value


class AsFound:
    """What was found of a unit, for itself. A twin of it has other names: ``migrator.verify.twins``."""

    asks_the_same = True
    """Whether its requests name the same providers and models."""

    def outline(self, one: Difference) -> Difference:
        """Its request, subject and lines: all that tells differences from each other."""
        return one

    def completed(self, one: Difference) -> Difference:
        """An outline, with answers and outputs."""
        return one

    def lines(self, found: tuple[Location, ...]) -> tuple[Location, ...]:
        return found


class Folded(NamedTuple):
    """What came of announcing and folding differences, by their places among them, and by those of the findings."""

    shown: tuple[tuple[int, int, int | None], ...]
    """A difference, how many classes of requests it stands for, and the finding that told it."""
    idle: tuple[int, ...]
    """The findings that claim what no difference shows."""


class Compared(Struct, frozen=True, eq=False):
    """What came of comparing a unit: differences that nothing has announced yet, and how many classes came out how.

    Twins share all but ``own``, which makes what was ``found`` of one of them its own.
    """

    found: tuple[Difference, ...]
    counts: Counter[str] = field(default_factory=Counter)
    lines: tuple[tuple[Location, ...], ...] = ()
    """The lines of the differences, each once."""
    folded: dict[object, Folded] = field(default_factory=dict)
    """By what findings say, as far as that has come up."""
    own: AsFound = field(default_factory=AsFound)

    @property
    def differences(self) -> tuple[Difference, ...]:
        """In outline."""
        return tuple(map(self.own.outline, self.found))
