"""Stage ``link``: references across the files of a run, and the units they make.

Unit ids are made of the endpoint's URL, else of namespace and name, else of the file's relative
path, each class in a form the others do not have, plus the number of the branch where a policy
has several gateway actions. Nothing else of a file's content and nothing of other inputs enters.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from migrator.findings.base import Finding
from migrator.findings.link import EndpointTwice, ForwardedFrom, PolicyCopied, ReferenceNotFound, UnusedPolicy
from migrator.findings.policy import PolicyDisabled, SeveralGateways
from migrator.naming import digest, slug
from migrator.secrets import has_mask
from migrator.sources.model import Endpoint, FileRead, FoundPolicy, Linked, PolicyReference, SourceRef, Unit
from migrator.spans import Location
from migrator.tree.nodes import Scalar, leaves, to_python

_HOST = re.compile(r"[a-z0-9][a-z0-9-]*(?:\.[a-z0-9-]+)+\Z")
_LABEL = re.compile(r"[a-z0-9]+(?:[-.][a-z0-9]+)*\Z")
_PART = re.compile(r"[a-z0-9]+(?:[-_][a-z0-9]+)*\Z")
_ID_LIMIT = 120
"""Longer readable ids are cut and told apart by a digest."""

_HARMLESS = frozenset({"forward-internal", "log", "set-vars", "add-headers", "remove-headers", "url-rewrite"})
"""Actions that reject nothing."""

_DIGEST = re.compile(r"[0-9a-f]{12}\Z")


@dataclass(frozen=True, eq=False)
class _Attachment:
    """A policy with the endpoint it serves, and every place that says so."""

    found: FoundPolicy
    endpoint: Endpoint | None
    reference: PolicyReference | None = None

    @property
    def sources(self) -> tuple[SourceRef, ...]:
        """The policy's own place, then that of the reference that leads to it."""
        origin = self.found.origin
        places = [SourceRef(origin.path, origin.document, origin.pointer)]
        if self.reference is not None:
            places.append(SourceRef(self.reference.at.path, self.reference.document, self.reference.pointer))
        return tuple(places)


def link(files: Iterable[FileRead]) -> Linked:
    """Form the units of a run. Deterministic: files are taken in order of their paths."""
    ordered = sorted(files, key=lambda file: file.path)
    findings: list[Finding] = []
    attachments = list(_attachments(ordered, findings))
    units: dict[str, Unit] = {}
    for attachment in attachments:
        for unit in _units(attachment, findings):
            _place(unit, units, findings)
    findings.extend(_forwarded(ordered, units))
    policies = [found for file in ordered for found in file.policies]
    disabled = tuple(found for found in policies if found.policy.gateways() and not found.policy.enabled)
    findings.extend(PolicyDisabled(**found.policy.root.place) for found in disabled)
    return Linked(tuple(units[key] for key in sorted(units)), tuple(findings), tuple(ordered), disabled)


def unresolved_files(files: Iterable[FileRead]) -> list[tuple[str, str]]:
    """(path, stem) of every policy file that is referred to but not among ``files``."""
    known = list(files)
    present = {file.path for file in known}
    missing: dict[str, str] = {}
    for file in known:
        for reference in file.references:
            if isinstance(reference.target, str) and not reference.elsewhere:
                path = _resolved(file.path, reference.target)
                if path not in present:
                    missing[path] = _resolved(file.stem, reference.target)
    return sorted(missing.items())


def _resolved(base: str, target: str) -> str:
    return posixpath.normpath(posixpath.join(posixpath.dirname(base), target))


def _attachments(files: list[FileRead], findings: list[Finding]) -> Iterator[_Attachment]:
    by_path = {file.path: file for file in files}
    by_name = _by_name(found for file in files for found in file.policies)
    used: set[int] = set()
    for file in files:
        for reference in file.references:
            targets = _targets(file, reference, by_path, by_name)
            if targets is None:
                kind = reference.holds if reference.is_file else "policy object"
                name = reference.target if isinstance(reference.target, str) else "/".join(reference.target)
                findings.append(
                    ReferenceNotFound(at=reference.at, pointer=reference.pointer, kind=kind, target=name)
                )
            for found in targets or ():
                used.add(id(found))
                yield _Attachment(found, found.endpoint or reference.endpoint, reference)
    for file in files:
        for found in file.policies:
            if found.endpoint is not None:
                yield _Attachment(found, found.endpoint)
            elif id(found) not in used:
                if found.held_by is not None and found.policy.gateways():
                    at = found.policy.root.location
                    findings.append(UnusedPolicy(at=at, name=str(found.held_by)))
                yield _Attachment(found, None)


def _by_name(policies: Iterable[FoundPolicy]) -> dict[tuple[str, str], FoundPolicy]:
    """Policy objects by namespace and name; a TrafficPolicy comes before an NgrokTrafficPolicy of its name."""
    named: dict[tuple[str, str], FoundPolicy] = {}
    for found in policies:
        if found.held_by is not None:
            key = (found.held_by.namespace, found.held_by.name)
            if key not in named or found.held_by.kind == "TrafficPolicy":
                named[key] = found
    return named


def _forwarded(files: list[FileRead], units: dict[str, Unit]) -> Iterator[Finding]:
    """Policies that check something and then forward to an endpoint whose policy has the action."""
    for file in files:
        for found in file.policies:
            before: list[str] = []
            for action in (action for rule in found.policy.rules for action in rule.actions):
                url = action.config.get("url") if action.config else None
                unit = units.get(_url_id(url.text)) if url is not None and url.text else None
                if action.type == "forward-internal" and unit is not None and before:
                    at = action.field.location
                    yield ForwardedFrom(
                        **unit.action.field.place, unit=unit.id, place=_spot(at), actions=", ".join(before)
                    )
                elif action.type not in _HARMLESS:
                    before.append(action.type)


def _targets(
    file: FileRead,
    reference: PolicyReference,
    by_path: dict[str, FileRead],
    by_name: dict[tuple[str, str], FoundPolicy],
) -> list[FoundPolicy] | None:
    if reference.elsewhere:
        return None
    if isinstance(reference.target, str):
        held = by_path.get(_resolved(file.path, reference.target))
        return None if held is None or not held.readable else list(held.policies)
    own = {(found.held_by.namespace, found.held_by.name): found for found in file.policies if found.held_by}
    found = own.get(reference.target) or by_name.get(reference.target)
    return None if found is None else [found]


def _units(attachment: _Attachment, findings: list[Finding]) -> Iterator[Unit]:
    found = attachment.found
    gateways = found.policy.gateways()
    if not gateways:
        return
    if not found.policy.enabled:
        return
    base, title = identity(found, attachment.endpoint)
    for number, (rule, action) in enumerate(gateways, start=1):
        several = len(gateways) > 1
        unit = f"{base}--{number}" if several else base
        if several and number == 1:
            at = action.field
            findings.append(SeveralGateways(**at.place, unit=unit, count=len(gateways)))
        yield Unit(
            id=unit,
            title=f"{title} ({number})" if several else title,
            found=found,
            rule=rule,
            action=action,
            endpoint=attachment.endpoint,
            sources=attachment.sources,
            branch=rule.condition if rule.expressions else None,
            siblings=tuple(pair for pair in gateways if pair[1] is not action),
        )


def identity(found: FoundPolicy, endpoint: Endpoint | None) -> tuple[str, str]:
    """(id, readable title) of what a policy serves."""
    if endpoint is not None and endpoint.url:
        return _url_id(endpoint.url), endpoint.url
    if endpoint is not None and endpoint.namespace and endpoint.name:
        return _object_id(endpoint.namespace, endpoint.name), f"{endpoint.namespace}/{endpoint.name}"
    if found.held_by is not None and endpoint is None:
        return _object_id(
            found.held_by.namespace, found.held_by.name
        ), f"{found.held_by.namespace}/{found.held_by.name}"
    base = _path_id(found.stem)
    if endpoint is not None and endpoint.name:
        return f"{base}.-{slug(endpoint.name)}", endpoint.name
    where = found.origin
    if where.document or where.pointer:
        inside = f".-{slug(where.pointer.strip('/').replace('/', '-').lower())}" if where.pointer else ""
        return f"{base}.-.{where.document}{inside}", found.stem
    return base, found.stem


def _url_id(url: str) -> str:
    """``ai.example.com`` for ``https://ai.example.com``; other URLs with a digest."""
    spelled = url.strip().rstrip("/").lower()
    if "://" not in spelled:
        spelled = f"https://{spelled}"
    host = spelled.removeprefix("https://")
    if _HOST.match(host) and len(host) <= _ID_LIMIT:
        return host
    try:
        readable = urlsplit(spelled).hostname or ""
    except ValueError:
        readable = ""
    return _marked(readable or spelled, "url", spelled)


def _object_id(namespace: str, name: str) -> str:
    fits = len(namespace) + len(name) <= _ID_LIMIT
    if fits and _LABEL.match(namespace) and _LABEL.match(name) and not _DIGEST.match(name):
        return f"{namespace}..{name}"
    return _marked(f"{namespace}-{name}", "object", namespace, name)


def _path_id(stem: str) -> str:
    base, dot, suffix = stem.rpartition(".")
    if not dot or suffix not in ("yaml", "yml", "json"):
        base, suffix = stem, ""
    parts = base.split("/")
    if len(stem) > _ID_LIMIT or not all(_PART.match(part) for part in parts):
        return _marked(base, "path", stem)
    joined = "__".join(parts)
    return joined if suffix == "yaml" else f"{joined}-.{suffix}" if suffix else f"{joined}-."


def _marked(readable: str, *parts: str) -> str:
    spelled = re.sub(r"[^a-z0-9]+", "-", readable.lower()).strip("-")[:80].rstrip("-") or "x"
    return f"{spelled}..{digest(*parts)}"


def _place(unit: Unit, units: dict[str, Unit], findings: list[Finding]) -> None:
    """Add a unit; the same policy again becomes a further source, another one a unit of its own."""
    known = units.get(unit.id)
    if known is None:
        units[unit.id] = unit
        return
    if known.found is unit.found or _same(known, unit):
        copies = known.copies
        if known.found is not unit.found:
            copies = (*copies, unit)
            findings.append(
                PolicyCopied(
                    **unit.action.field.place, unit=unit.id, other=_spot(known.action.field.location)
                )
            )
        sources = tuple(dict.fromkeys((*known.sources, *unit.sources)))
        units[unit.id] = replace(known, sources=sources, copies=copies)
        return
    apart = f"{unit.id}..{digest('place', unit.found.stem, unit.sources[0].pointer, str(unit.sources[0].document))}"
    other = known.action.field.location
    findings.append(
        EndpointTwice(**unit.action.field.place, unit=apart, endpoint=unit.title, other=_spot(other))
    )
    units[apart] = replace(unit, id=apart, title=f"{unit.title} ({unit.found.stem})")


def _same(one: Unit, other: Unit) -> bool:
    """Whether two policies say the same. Credentials written into them are never compared across files."""
    texts = (leaf.text for leaf in leaves(one.policy.root.node) if isinstance(leaf, Scalar))
    if any(has_mask(text) for text in texts):
        return False
    return to_python(one.policy.root.node) == to_python(other.policy.root.node)


def _spot(location: Location) -> str:
    return f"{location.path}:{location.span.line}"
