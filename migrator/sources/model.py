"""What reading and linking hand on: files read, policies found, units formed.

Every type here can be pickled and holds no credential (see ``migrator.secrets``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

from migrator.findings.base import Finding
from migrator.policy.origin import Field, Origin
from migrator.policy.parse import Action, Policy, Rule
from migrator.spans import Location

EndpointKind = Literal["cloud", "agent", "unknown"]


class ObjectName(NamedTuple):
    """A Kubernetes object that others may refer to. ``namespace`` is ``default`` when absent."""

    kind: str
    namespace: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind} {self.namespace}/{self.name}"


@dataclass(frozen=True)
class Endpoint:
    """The endpoint a policy is attached to, as far as the container says."""

    url: str | None = None
    name: str | None = None
    namespace: str | None = None
    kind: EndpointKind = "unknown"
    upstream: str | None = None
    metadata: dict[str, object] | None = None
    description: str | None = None
    bindings: tuple[str, ...] = ()
    condition: str | None = None
    """Which of the endpoint's requests the policy saw, where the container says so (paths of a route)."""
    at: Location | None = None

    @property
    def is_internal(self) -> bool:
        """Whether only other endpoints, or only a cluster, could connect."""
        host = (self.url or "").partition("://")[2].partition("/")[0].partition(":")[0]
        return host.endswith(".internal") or (bool(self.bindings) and "public" not in self.bindings)


@dataclass(frozen=True, eq=False)
class FoundPolicy:
    """One place where a policy's root stands.

    ``held_by`` names the object others can refer to it by; ``endpoint`` is set where the
    container itself attaches the policy.
    """

    policy: Policy
    origin: Origin
    container: str
    stem: str = ""
    endpoint: Endpoint | None = None
    held_by: ObjectName | None = None
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, eq=False)
class PolicyReference:
    """An endpoint whose policy stands elsewhere: in a file, or in an object of the same namespace.

    ``holds`` says what a file is to be: one policy, or an agent configuration that names its own endpoints.
    ``elsewhere``: its path is one of another machine, and what lies at this one's is not it.
    """

    target: str | tuple[str, str]
    endpoint: Endpoint
    container: str
    at: Location
    document: int
    pointer: str
    holds: str = "policy file"
    elsewhere: bool = False

    @property
    def is_file(self) -> bool:
        return isinstance(self.target, str)


@dataclass(frozen=True, eq=False)
class CredentialSpot:
    """Where a masked credential stood, and what it was for."""

    ordinal: int
    role: str
    at: Location


@dataclass(frozen=True, eq=False)
class FileRead:
    """One input file after reading.

    ``text`` is masked; it is None where anything could not be read: what no tree covers cannot be masked.

    ``path`` names the file in every output; ``stem`` is what unit ids are made of: the path
    relative to the directory that was given, or the file's own name.
    """

    path: str
    stem: str
    container: str = "none"
    text: str | None = None
    policies: tuple[FoundPolicy, ...] = ()
    references: tuple[PolicyReference, ...] = ()
    credentials: tuple[CredentialSpot, ...] = ()
    findings: tuple[Finding, ...] = ()
    readable: bool = True


@dataclass(frozen=True)
class SourceRef:
    """Where a unit's policy stands: file, document index from 0, JSON pointer in the document."""

    path: str
    document: int
    pointer: str


@dataclass(frozen=True, eq=False)
class Unit:
    """One (endpoint, branch condition, ai-gateway config) with everything around it."""

    id: str
    title: str
    found: FoundPolicy
    rule: Rule
    action: Action
    endpoint: Endpoint | None
    sources: tuple[SourceRef, ...]
    branch: str | None = None
    siblings: tuple[tuple[Rule, Action], ...] = ()
    copies: tuple[Unit, ...] = ()
    """The same unit at other places of the run: converted once, accounted for at each."""

    @property
    def policy(self) -> Policy:
        return self.found.policy


@dataclass(frozen=True, eq=False)
class Linked:
    """All units of a run, in order of their ids, and what linking found."""

    units: tuple[Unit, ...] = ()
    findings: tuple[Finding, ...] = ()
    files: tuple[FileRead, ...] = ()
    disabled: tuple[FoundPolicy, ...] = ()
    """Policies with the action that were switched off: accounted for, not converted."""


def sibling_actions(unit: Unit) -> tuple[Field, ...]:
    """The other gateway actions of the unit's policy: leaves of other units."""
    return tuple(action.field for _, action in unit.siblings)
