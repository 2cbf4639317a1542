"""What reading and linking hand on: files read, policies found, units formed.

Every type here can be pickled and holds no credential (see ``migrator.secrets``).
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable
from itertools import takewhile
from typing import Final, Literal, NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from migrator.findings.base import Finding
from migrator.policy.origin import Field, Origin, Place
from migrator.policy.parse import Action, Policy, Rule
from migrator.spans import Location, Span

EndpointKind = Literal["cloud", "agent", "unknown"]

AGENT_CONFIGURATION = "agent configuration"
"""What a file holds that names endpoints and policy files in turn."""

DUMPS = frozenset(
    {"ngrok-api", "agent-api", "edge-module", "terraform-state", "terraform-show", "docker-desktop"}
)
"""Containers that say what there was: nobody calls anything from them, and nobody reads a changed one back."""


def beside(path: str, name: str) -> str:
    """The path of a file, as one that stands at ``path`` names it."""
    return posixpath.normpath(posixpath.join(posixpath.dirname(path), name))


def nearest(path: str, others: Iterable[str]) -> str:
    """Of some files the one with most folders in common with another one; the first of them."""
    own = path.split("/")[:-1]

    def common(other: str) -> int:
        pairs = zip(own, other.split("/")[:-1], strict=False)
        return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))

    return max(others, key=common)


POLICY_KINDS: Final = frozenset({"NgrokTrafficPolicy", "TrafficPolicy"})
"""Of objects that hold one policy, by whose name others refer to it."""


class ObjectName(NamedTuple):
    """A Kubernetes object that others may refer to. ``namespace`` is ``default`` when absent."""

    kind: str
    namespace: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind} {self.namespace}/{self.name}"


def held_at(path: str, namespace: str) -> ObjectName:
    """The object that is mounted as ``KIND/NAME/KEY``."""
    kind, _, name = path.partition("/")
    return ObjectName(kind, namespace, name)


class Endpoint(Struct, frozen=True):
    """The endpoint a policy is attached to, as far as the container says."""

    url: str | None = None
    name: str | None = None
    namespace: str | None = None
    id: str | None = None
    """The API's own (``ep_…``), by which the keys of the old gateway name it."""
    kind: EndpointKind = "unknown"
    upstream: str | None = None
    metadata: dict[str, object] | None = None
    description: str | None = None
    bindings: tuple[str, ...] = ()
    condition: str | None = None
    """Which of the endpoint's requests the policy saw, where the container says so (paths of a route)."""
    at: Location | None = None
    urls: tuple[str, ...] = ()
    """Its addresses where there are several: ``url`` is None then, and its name says what it is."""
    is_made: bool = False
    """Whether the operator made it of other objects, whose policies it repeats."""

    @property
    def all_urls(self) -> tuple[str, ...]:
        return self.urls if self.url is None else (self.url,)

    def answering(self, urls: tuple[str, ...]) -> Endpoint:
        """The endpoint at other addresses."""
        return replace(self, url=urls[0] if len(urls) == 1 else None, urls=urls if len(urls) > 1 else ())

    @property
    def is_internal(self) -> bool:
        """Whether only other endpoints, or only a cluster, could connect."""
        hosts = [url.partition("://")[2].partition("/")[0].partition(":")[0] for url in self.all_urls]
        is_named = bool(hosts) and all(host.endswith(".internal") for host in hosts)
        return is_named or (bool(self.bindings) and "public" not in self.bindings)


class FoundPolicy(Struct, frozen=True, eq=False):
    """One place where a policy's root stands.

    ``held_by`` names the object others can refer to it by; ``endpoint`` is set where the
    container itself attaches the policy. ``uses`` are parts of other files that it is made of: what stands there
    was read.
    """

    policy: Policy
    origin: Origin
    container: str
    stem: str = ""
    endpoint: Endpoint | None = None
    held_by: ObjectName | None = None
    findings: tuple[Finding, ...] = ()
    uses: tuple[Location, ...] = ()


class Mounts(Struct, frozen=True):
    """Files and folders of a project by their paths in a container, relative to the file that says so.

    Those of a pod are objects, see ``held_at``.
    """

    files: dict[str, str]

    def file(self, path: str) -> str | None:
        """The project's file at a path, through its own mount or that of a folder above it."""
        path = posixpath.normpath(path)
        above = path
        while above not in self.files:
            if above in ("/", ".", "", "//"):
                return None
            above = posixpath.dirname(above)
        rest = posixpath.relpath(path, above) if path != above else ""
        return posixpath.join(self.files[above], rest) if rest else self.files[above]


class PolicyReference(Struct, frozen=True, eq=False):
    """An endpoint whose policy stands elsewhere: in a file, or in an object of the same namespace.

    ``holds`` says what a file is to be: one policy, or an agent configuration that names its own endpoints.
    ``elsewhere``: its path is one of another machine, and what lies at this one's is not it. ``kind`` is that of
    the object, where the reference says it. ``mounts`` are those of whoever reads the file: what it names in turn
    is found there. ``part`` is where in the file the policy stands, None for one that is all of it.
    ``named_by`` is the object that holds the agent configuration which names the file: it is one of the same container.
    ``fronts`` are the policies that its requests meet before, ``parents`` the Gateways they come through.
    """

    target: str | tuple[str, str]
    endpoint: Endpoint
    container: str
    at: Location
    document: int
    pointer: str
    holds: str = "policy file"
    elsewhere: bool = False
    kind: str | None = None
    mounts: Mounts | None = None
    part: Span | None = None
    named_by: ObjectName | None = None
    fronts: tuple[PolicyReference, ...] = ()
    parents: tuple[Parent, ...] = ()

    @property
    def is_file(self) -> bool:
        return isinstance(self.target, str)


class Parent(Struct, frozen=True):
    """What of a Gateway a route is for: one listener, those of a port, or all of them."""

    gateway: ObjectName
    listener: str | None = None
    port: str | None = None


class Listener(Struct, frozen=True):
    """Where a Gateway takes requests; ``host`` None is every host."""

    name: str | None
    port: str | None
    host: str | None


class GatewayObject(Struct, frozen=True, eq=False):
    """A Gateway of Kubernetes. ``policy`` is what all requests through it meet before those of its routes."""

    name: ObjectName
    addresses: tuple[str, ...]
    listeners: tuple[Listener, ...]
    bindings: tuple[str, ...]
    policy: PolicyReference | None


class CredentialSpot(Struct, frozen=True, eq=False):
    """Where a masked credential stood, and what it was for."""

    ordinal: int
    role: str
    at: Location


class Written(NamedTuple):
    """``length`` code points of a string, and the range of the host's text that stands for them.

    ``via`` is the range of a name that the string has in their place: what it stands for has other uses.
    """

    length: int
    start: int
    end: int
    via: tuple[int, int] | None = None

    @property
    def is_verbatim(self) -> bool:
        return self.end - self.start == self.length


class HeldString(Struct, frozen=True, eq=False):
    """A string of a host that holds policies.

    ``file`` is the string, masked, as a file of its own; ``written`` says where each part of it stands, and
    ``fixed`` which parts cannot go: what fills them in would be left. ``actions`` are the places of its actions
    in the host.
    """

    file: FileRead
    written: tuple[Written, ...]
    fixed: tuple[tuple[int, int], ...]
    actions: tuple[Location, ...]


class HostText(Struct, frozen=True, eq=False):
    """The text of a host as far as it may be shown: around its policies, without lines that may hold a credential.

    Every other line has the same length, and nothing in it; ``hidden`` are their numbers, from 0.
    """

    text: str
    hidden: frozenset[int]
    strings: tuple[HeldString, ...]


class AttachedKey(Struct, frozen=True, eq=False):
    """A provider key attached to a key of the old gateway. Its value is nowhere: the API never gives it."""

    id: str
    gateway_key: str
    provider: str
    created_at: str
    description: str | None
    metadata: dict[str, object] | None
    field: Field


class GatewayKey(Struct, frozen=True, eq=False):
    """A key of the old gateway: one client of one endpoint. ``attached`` are its provider keys, newest first."""

    id: str
    endpoint: str | None
    description: str | None
    metadata: dict[str, object] | None
    last_used: str | None
    field: Field
    attached: tuple[AttachedKey, ...] = ()

    @property
    def name(self) -> str:
        """What people call it: old keys have no names, only descriptions."""
        return self.description or self.id


class VaultSecretName(NamedTuple):
    """A secret that exists, by the names of ``secrets.get``."""

    vault: str
    name: str


class Page(Struct, frozen=True, eq=False):
    """A page of one of the API's lists; ``more`` is where it says that the list goes on."""

    listed: str
    more: Field | None


class AccountPart(Struct, frozen=True, eq=False):
    """What a file says of an account besides endpoints: old keys, the names of secrets, pages of lists.

    ``vaults`` are names by ids; ``secrets`` pairs of (vault's name or id, secret's name); ``unfinished`` has the
    lists that a pull says it did not get to their ends.
    """

    gateway_keys: tuple[GatewayKey, ...] = ()
    attached_keys: tuple[AttachedKey, ...] = ()
    vaults: tuple[tuple[str, str], ...] = ()
    secrets: tuple[VaultSecretName, ...] = ()
    pages: tuple[Page, ...] = ()
    unfinished: tuple[Page, ...] = ()

    @property
    def is_empty(self) -> bool:
        return not any(getattr(self, name) for name in self.__struct_fields__)


class FileRead(Struct, frozen=True, eq=False):
    """One input file after reading.

    ``text`` is masked; it is None where anything could not be read: what no tree covers cannot be masked. Of
    such a file ``host`` has what surrounds the policies that stand in it as they read. ``is_plain``: its bytes
    are the text in UTF-8, without a byte order mark. ``leads_to_it``: the system finds it by ``path``, not through a link.

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
    host: HostText | None = None
    is_plain: bool = True
    leads_to_it: bool = True
    account: AccountPart = AccountPart()
    gateways: tuple[GatewayObject, ...] = ()

    @property
    def objects(self) -> tuple[ObjectName, ...]:
        """What other files may refer to by its name."""
        policies = (found.held_by for found in self.policies if found.held_by is not None)
        return (*policies, *(gateway.name for gateway in self.gateways))


class KeptFile(Struct, frozen=True, eq=False):
    """An input file once its policies were translated: what outputs show of it.

    ``whole`` is the file as it was read, None where its policies were let go (``sources.kept``).
    ``has_action``: whether one of its policies has the action. ``objects`` are those that others may refer to.
    """

    path: str
    stem: str
    container: str
    text: str | None
    credentials: tuple[CredentialSpot, ...]
    findings: tuple[Finding, ...]
    readable: bool
    is_plain: bool
    leads_to_it: bool
    has_action: bool
    objects: tuple[ObjectName, ...]
    whole: FileRead | None


class SourceRef(Struct, frozen=True):
    """Where a unit's policy stands: file, document index from 0, JSON pointer in the document."""

    path: str
    document: int
    pointer: str


class Forward(Struct, frozen=True, eq=False):
    """A policy on the way to a gateway: what it does in front, and the action that hands the request on."""

    found: FoundPolicy
    rule: Rule
    action: Action


class Unit(Struct, frozen=True, eq=False):
    """One (endpoint, branch condition, ai-gateway config) with everything around it.

    ``found`` is the policy that has the action, ``holder`` the endpoint that policy is attached to; ``endpoint``
    is the one clients call, another one where ``forwards`` lead from it. ``policy`` has the rules of all
    policies on the way, in the order in which a request meets them.
    """

    id: str
    title: str
    found: FoundPolicy
    policy: Policy
    rule: Rule
    action: Action
    endpoint: Endpoint | None
    holder: Endpoint | None
    sources: tuple[SourceRef, ...]
    branch: str | None = None
    siblings: tuple[tuple[Rule, Action], ...] = ()
    forwards: tuple[Forward, ...] = ()
    fronts: tuple[FoundPolicy, ...] = ()
    """Policies on the way that hand on whatever they do not refuse."""
    keys: tuple[GatewayKey, ...] = ()
    """The keys of the old gateway that belonged to its endpoints, in order of their ids."""
    copies: tuple[Unit, ...] = ()
    """The same unit at other places of the run: converted once, accounted for at each."""

    @property
    def policies(self) -> tuple[FoundPolicy, ...]:
        """Every policy a request meets, the one with the action last."""
        return (*self.fronts, *(forward.found for forward in self.forwards), self.found)


class KeptUnit(Struct, frozen=True, eq=False):
    """A unit once it was translated: what outputs show of it.

    ``at`` and ``pointer`` are where its action stands, ``held_by`` is the object that holds its policy. ``whole`` is
    the unit itself, None where it was let go with its file.
    """

    id: str
    title: str
    at: Location
    pointer: str
    endpoint: Endpoint | None
    holder: Endpoint | None
    held_by: ObjectName | None
    sources: tuple[SourceRef, ...]
    branch: str | None
    whole: Unit | None

    @property
    def place(self) -> Place:
        """For findings about the unit."""
        return {"at": self.at, "pointer": self.pointer}


class Linked(Struct, frozen=True, eq=False):
    """All units of a run, in order of their ids, and what linking found."""

    units: tuple[Unit, ...] = ()
    findings: tuple[Finding, ...] = ()
    files: tuple[FileRead, ...] = ()
    disabled: tuple[FoundPolicy, ...] = ()
    """Policies with the action that were switched off: accounted for, not converted."""
    secrets: frozenset[VaultSecretName] | None = None
    """Every secret of the account's vaults; None where the inputs do not have the whole list."""


def sibling_actions(unit: Unit) -> tuple[Field, ...]:
    """The other gateway actions of the unit's policy: leaves of other units."""
    return tuple(action.field for _, action in unit.siblings)
