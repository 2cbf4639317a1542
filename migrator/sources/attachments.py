"""References across the files of a run: which policy serves which endpoint."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct
from msgspec.structs import replace

from migrator.findings.base import Finding
from migrator.findings.hosts import ComputedString, MentionInString
from migrator.findings.link import ObjectTwice, ReferenceNotFound, UnusedPolicy
from migrator.findings.read import MentionInUnreadFile
from migrator.secrets import has_mask
from migrator.sources.model import (
    AGENT_CONFIGURATION,
    Endpoint,
    FileRead,
    FoundPolicy,
    Mounts,
    ObjectName,
    PolicyReference,
    SourceRef,
    beside,
    held_at,
    nearest,
)
from migrator.spans import Location, Span, is_within
from migrator.tree.nodes import Scalar, leaves, to_python

_PIECES = (ComputedString, MentionInString, MentionInUnreadFile)
"""What is told of a string, or of a file that nobody reads, that may be a piece of a policy."""


class Attachment(Struct, frozen=True, eq=False):
    """A policy with the endpoint it serves, and every place that says so; ``pieces`` are files that parts of it are from.

    ``fronts`` are the policies that its requests meet before, in order.
    """

    found: FoundPolicy
    endpoint: Endpoint | None
    reference: PolicyReference | None = None
    pieces: tuple[SourceRef, ...] = ()
    fronts: tuple[FoundPolicy, ...] = ()

    @property
    def sources(self) -> tuple[SourceRef, ...]:
        """The policy's own place, then that of the reference that leads to it."""
        origin = self.found.origin
        places = [SourceRef(origin.path, origin.document, origin.pointer)]
        if self.reference is not None:
            places.append(SourceRef(self.reference.at.path, self.reference.document, self.reference.pointer))
        return (*places, *self.pieces)


def referred_files(files: Iterable[FileRead]) -> dict[str, str]:
    """The stem of every policy file that is referred to, by its path."""
    files = list(files)
    readers = _readers(files)
    return {
        beside(base.path, target): beside(base.stem, target)
        for file in files
        for reference in file.references
        if isinstance(reference.target, str) and not reference.elsewhere
        for base, target in _places(file, reference.target, readers)
    }


_Readers = dict[str, list[tuple[FileRead, Mounts]]]
"""By the path of an agent configuration: the files that say which container reads it, and what is mounted there."""


class Pods:
    """Agent configurations in objects, and what is mounted where they are read."""

    def __init__(self, files: Iterable[FileRead]) -> None:
        self._mounts: dict[ObjectName, list[Mounts]] = {}
        for file in files:
            for one in file.references:
                if one.kind is not None and isinstance(one.target, tuple) and one.mounts is not None:
                    self._mounts.setdefault(ObjectName(one.kind, *one.target), []).append(one.mounts)

    def named(self, reference: PolicyReference) -> list[ObjectName]:
        """The objects that a reference may mean."""
        if isinstance(reference.target, tuple):
            return [ObjectName(reference.kind or "", *reference.target)]
        by = reference.named_by
        if by is None:
            return []
        mounted = (mounts.file(reference.target) for mounts in self._mounts.get(by, ()))
        found = [held_at(path, by.namespace) for path in mounted if path is not None]
        # Files of one object mostly go to one folder, and their names say which is which.
        beside_it = f"{by.name.partition('/')[0]}/{posixpath.basename(reference.target)}"
        return found or [by._replace(name=beside_it)]


def _readers(files: Iterable[FileRead]) -> _Readers:
    readers: _Readers = {}
    for file in files:
        for one in file.references:
            is_configuration = one.holds == AGENT_CONFIGURATION and not one.elsewhere
            if isinstance(one.target, str) and one.mounts is not None and is_configuration:
                readers.setdefault(beside(file.path, one.target), []).append((file, one.mounts))
    return readers


def _places(file: FileRead, target: str, readers: _Readers) -> list[tuple[FileRead, str]]:
    """Where a file's path leads: in the project of whoever reads it in a container, else beside the file itself."""
    mounted = [
        (base, found)
        for base, mounts in readers.get(file.path, ())
        if (found := mounts.file(target)) is not None
    ]
    return mounted or [(file, target)]


def attachments(files: list[FileRead], findings: list[Finding]) -> Iterator[Attachment]:
    """Every policy with each endpoint it serves; one that serves none of the run stands alone."""
    by_path = {file.path: file for file in files}
    objects = _objects(files)
    readers = _readers(files)
    used: set[int] = set()
    parts = Parts(files)
    pods = Pods(files)
    gateways = None
    if any(one.fronts or one.parents for file in files for one in file.references):
        from migrator.sources.gateways import Gateways

        def policies(file: FileRead, reference: PolicyReference) -> list[FoundPolicy]:
            return _targets(file, reference, by_path, objects, readers, pods) or []

        gateways = Gateways(files, policies)
    for file in files:
        for reference in file.references:
            if reference.holds == AGENT_CONFIGURATION and not reference.is_file:
                continue  # it names its endpoints itself
            targets = _targets(file, reference, by_path, objects, readers, pods)
            if targets is None:
                kind = reference.holds if reference.is_file else "policy object"
                name = reference.target if isinstance(reference.target, str) else "/".join(reference.target)
                findings.append(
                    ReferenceNotFound(at=reference.at, pointer=reference.pointer, kind=kind, target=name)
                )
            for found in targets or ():
                used.add(id(found))
                own = None if reference.part is not None else found.endpoint  # that uses it, too
                pieces = _pieces(found, by_path)
                for served, fronts in (
                    gateways.served(file, reference) if gateways else ((reference.endpoint, ()),)
                ):
                    yield Attachment(found, own or served, reference, pieces, fronts)
            if gateways and any(found.policy.gateways() for found in targets or ()):
                findings += gateways.missing(reference)
    for file in files:
        for found in file.policies:
            if id(found) not in used:
                findings += objects.otherwise(found)
            if found.endpoint is not None:
                yield Attachment(found, found.endpoint, pieces=_pieces(found, by_path))
            elif id(found) not in used and not parts.are_read_at(found.policy.root.location):
                if found.held_by is not None and found.policy.gateways():
                    at = found.policy.root.location
                    findings.append(UnusedPolicy(at=at, name=str(found.held_by)))
                yield Attachment(found, None, pieces=_pieces(found, by_path))


def _pieces(found: FoundPolicy, files: Mapping[str, FileRead]) -> tuple[SourceRef, ...]:
    """The files of the run that a policy has parts from."""
    paths = dict.fromkeys(at.path for at in found.uses if at.path in files)
    return tuple(SourceRef(path, 0, "") for path in paths)


class Parts:
    """What policies of other files are made of: those say it, and it is none of its own."""

    def __init__(self, files: Iterable[FileRead]) -> None:
        self._of: dict[str, list[Span]] = {}
        for file in files:
            for at in (at for found in file.policies if found.policy.gateways() for at in found.uses):
                self._of.setdefault(at.path, []).append(at.span)

    def are_read_at(self, at: Location | None) -> bool:
        """Whether a place is within one of them."""
        return at is not None and any(is_within(at.span, part) for part in self._of.get(at.path, ()))

    def settled(self, file: FileRead) -> FileRead:
        """A file without what it says of pieces that turned out to be read."""
        if file.path not in self._of:
            return file
        said = (one for one in file.findings if not (isinstance(one, _PIECES) and self.are_read_at(one.at)))
        return replace(file, findings=tuple(said))


def _objects(files: Iterable[FileRead]) -> _Objects:
    """The policy objects of a run, of two of one kind and name in one file the first."""
    objects: dict[ObjectName, dict[str, FoundPolicy]] = {}
    by_name: dict[tuple[str, str], ObjectName] = {}
    for file in files:
        for found in file.policies:
            if (name := found.held_by) is None:
                continue
            objects.setdefault(name, {}).setdefault(file.path, found)
            key = (name.namespace, name.name)
            if key not in by_name or (name.kind == "TrafficPolicy" != by_name[key].kind):
                by_name[key] = name
    return _Objects(objects, by_name)


class _Objects(Struct, frozen=True, eq=False):
    """Policy objects by all of their names, with the files that have one; and by what a name alone means."""

    by_kind: dict[ObjectName, dict[str, FoundPolicy]]
    by_name: dict[tuple[str, str], ObjectName]

    def of(self, file: FileRead, target: tuple[str, str], kind: str | None) -> FoundPolicy | None:
        """What a file means by a name.

        Its own object first, then that of the nearest folder, as of one cluster's files among those of several;
        of another kind than it says, if there is none of that.
        """
        if kind is not None:
            name = ObjectName(kind, *target)
            own = next((found for found in file.policies if found.held_by == name), None)
            if (found := own or self._nearest(file, name)) is not None:
                return found
        return _named(file.policies).get(target) or self._nearest(file, self.by_name.get(target))

    def otherwise(self, found: FoundPolicy) -> Iterator[Finding]:
        """That a policy object which is taken for no endpoint is another one than the first of its name."""
        if found.held_by is not None:
            first = next(iter(self.by_kind[found.held_by].values()))
            if not same_policy(first, found):
                at = first.policy.root.location
                other = f"{at.path}:{at.span.line}"
                yield ObjectTwice(**found.policy.root.place, name=str(found.held_by), other=other)

    def _nearest(self, file: FileRead, name: ObjectName | None) -> FoundPolicy | None:
        held = self.by_kind.get(name, {}) if name is not None else {}
        return held[nearest(file.path, held)] if held else None


def _named(objects: Iterable[FoundPolicy]) -> dict[tuple[str, str], FoundPolicy]:
    """What each name alone means: the first TrafficPolicy of that name, else the first of them."""
    named: dict[tuple[str, str], FoundPolicy] = {}
    kinds: dict[tuple[str, str], str] = {}
    for found in objects:
        if (name := found.held_by) is None:
            continue
        key = (name.namespace, name.name)
        if key not in named or (name.kind == "TrafficPolicy" != kinds[key]):
            named[key], kinds[key] = found, name.kind
    return named


def same_policy(one: FoundPolicy, other: FoundPolicy) -> bool:
    """Whether two policies say the same. Credentials written into them are never compared across files."""
    if one is other:
        return True
    roots = [found.policy.root.node for found in (one, other)]
    if any(has_mask(leaf.text) for leaf in leaves(roots[0]) if isinstance(leaf, Scalar)):
        return False
    return to_python(roots[0]) == to_python(roots[1])


def _targets(
    file: FileRead,
    reference: PolicyReference,
    by_path: dict[str, FileRead],
    objects: _Objects,
    readers: _Readers,
    pods: Pods,
) -> list[FoundPolicy] | None:
    for name in pods.named(reference):
        if (found := objects.of(file, (name.namespace, name.name), name.kind or None)) is not None:
            return [found]
    if reference.elsewhere:
        return None
    if isinstance(reference.target, str):
        paths = [beside(base.path, way) for base, way in _places(file, reference.target, readers)]
        held = next((by_path[path] for path in paths if path in by_path), None)
        if held is None or not held.readable:
            return None
        return list(held.policies) if reference.part is None else _within(held, reference.part) or None
    return None


def _within(file: FileRead, part: Span) -> list[FoundPolicy]:
    """The policies that stand in a part of a file, each once, whatever endpoints of that file use it."""
    found: dict[Location, FoundPolicy] = {}
    for one in file.policies:
        if is_within(one.policy.root.location.span, part):
            found.setdefault(one.policy.root.location, one)
    return list(found.values())
