"""What is kept of files and units once they were translated, and reading again what was let go.

Trees of policies are most of what a run holds, and few outputs ask for them. A file *stands alone* if its units follow
from nothing but itself: it is linked and translated as soon as it was read, and its policies are let go. Its text, in
which credentials are masked, reads the same again where comparing or a residual policy needs them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from typing import Final

from msgspec import Struct

from migrator.secrets import has_mask, masked_length
from migrator.sources.attachments import Pods, referred_files
from migrator.sources.context import Context
from migrator.sources.link import link
from migrator.sources.model import FileRead, KeptFile, KeptUnit, PolicyReference, Unit
from migrator.sources.positions import every_node
from migrator.sources.read import read_containers
from migrator.sources.routes import Address, Computed, address_of, computed, forwarded
from migrator.sources.stream import load_every
from migrator.tree.nodes import Scalar
from migrator.tree.text import BOM, split_lines

FEW_UNITS: Final = 8
SHORT: Final = 64 * 1024
"""Units and code points of a file that is let go: whatever is larger is kept whole, a dump of an account for instance."""


def stands_alone(file: FileRead) -> bool:
    """Whether a file leads to no other one. Others may still lead to it: ``Asked`` knows."""
    own = {(name.namespace, name.name) for name in file.objects}
    return (
        all(target in own for reference in file.references for target in _wanted(reference))
        and file.account.is_empty
        and not any(found.uses for found in file.policies)
        and not any(any(forwarded(found.policy)) for found in file.policies)
        and not any(any(computed(found.policy)) for found in file.policies)
    )


def _wanted(reference: PolicyReference) -> Iterator[str | tuple[str, str]]:
    """What a reference leads to, and what stands in front of that."""
    yield reference.target
    yield from ((parent.gateway.namespace, parent.gateway.name) for parent in reference.parents)
    for front in reference.fronts:
        yield from _wanted(front)


class Asked(Struct, frozen=True, dict=True):
    """What some files want of other ones: policy files and objects, endpoints to forward to, endpoints of old keys."""

    files: tuple[FileRead, ...]

    def concerns(self, file: KeptFile, units: Iterable[KeptUnit]) -> bool:
        """Whether a file that stands alone, or one of its units, is what they want."""
        return (
            file.path in self._paths
            or any((name.namespace, name.name) in self._objects for name in file.objects)
            or any(self._is_wanted(unit) for unit in units)
        )

    def _is_wanted(self, unit: KeptUnit) -> bool:
        endpoint = unit.endpoint
        if endpoint is None:
            return False
        return (
            endpoint.id in self._endpoints
            or any(address_of(url) in self._addresses for url in endpoint.all_urls)
            or (endpoint.is_internal and any(way.may_be(endpoint.url) for way in self._computed))
        )

    @cached_property
    def _paths(self) -> frozenset[str]:
        used = (at.path for file in self.files for found in file.policies for at in found.uses)
        return frozenset((*referred_files(self.files), *used))

    @cached_property
    def _objects(self) -> frozenset[tuple[str, str]]:
        pods = Pods(self.files)
        references = [one for file in self.files for one in file.references]
        names = (name for one in references for name in pods.named(one))
        further = (target for one in references for target in _wanted(one) if isinstance(target, tuple))
        return frozenset((*((name.namespace, name.name) for name in names), *further))

    @cached_property
    def _addresses(self) -> frozenset[Address]:
        policies = (found.policy for file in self.files for found in file.policies)
        return frozenset(address for policy in policies for address in forwarded(policy))

    @cached_property
    def _computed(self) -> tuple[Computed, ...]:
        policies = (found.policy for file in self.files for found in file.policies)
        return tuple(way for policy in policies for way in computed(policy))

    @cached_property
    def _endpoints(self) -> frozenset[str]:
        keys = (key.endpoint for file in self.files for key in file.account.gateway_keys)
        return frozenset(endpoint for endpoint in keys if endpoint is not None)


def kept_file(file: FileRead, *, whole: bool) -> KeptFile:
    return KeptFile(
        path=file.path,
        stem=file.stem,
        container=file.container,
        text=file.text,
        credentials=file.credentials,
        findings=file.findings,
        readable=file.readable,
        is_plain=file.is_plain,
        leads_to_it=file.leads_to_it,
        has_action=any(found.policy.gateways() for found in file.policies),
        objects=file.objects,
        whole=file if whole else None,
    )


def kept_unit(unit: Unit, *, whole: bool) -> KeptUnit:
    return KeptUnit(
        id=unit.id,
        title=unit.title,
        at=unit.action.field.location,
        pointer=unit.action.field.pointer,
        endpoint=unit.endpoint,
        holder=unit.holder,
        held_by=unit.found.held_by,
        sources=unit.sources,
        branch=unit.branch,
        whole=unit if whole else None,
    )


def may_go(file: FileRead, units: Sequence[Unit]) -> bool:
    """Whether to let a file go: its policies are read again at most once for each unit and output, and that is cheap."""
    length = len(file.text or "")
    return len(units) <= FEW_UNITS and length <= SHORT and reads_again(file)


def reads_again(file: FileRead) -> bool:
    """Whether reading a file's masked text gives its very policies.

    It does where every mask stands for a value or a key that is written as it reads, in one line of a policy, and
    nothing but policies was read: beside one a credential could be written otherwise, and would come to light.
    """
    if file.text is None:
        return False
    if not has_mask(file.text):
        return True
    if any(found.origin.pointer or found.origin.embedding is not None for found in file.policies):
        return False
    lines = split_lines(file.text.lstrip(BOM))
    nodes = every_node(*(found.policy.root.node for found in file.policies))
    masked = [node for node in nodes if isinstance(node, Scalar) and has_mask(node.text)]
    if not all(_is_verbatim(scalar, lines) for scalar in masked):
        return False
    return sum(masked_length(scalar.text) for scalar in masked) == masked_length(file.text)


def _is_verbatim(scalar: Scalar, lines: list[str]) -> bool:
    span = scalar.span
    quote = scalar.style if scalar.style in ("'", '"') else ""
    written = lines[span.line - 1][span.column - 1 : span.end_column - 1]
    return span.line == span.end_line and written == f"{quote}{scalar.text}{quote}"


def opened(file: KeptFile) -> FileRead:
    """A file with its policies. Their findings are not looked for again."""
    if file.whole is not None:
        return file.whole
    text = file.text or ""
    context = Context(file.path, file.stem, text, 0)
    for document in load_every(text).documents:
        read_containers(document, context)
    return FileRead(
        path=file.path,
        stem=file.stem,
        container=file.container,
        text=file.text,
        policies=tuple(context.policies),
        references=tuple(context.references),
        credentials=file.credentials,
        findings=file.findings,
        readable=file.readable,
        is_plain=file.is_plain,
        leads_to_it=file.leads_to_it,
        gateways=tuple(context.gateways),
    )


class Units:
    """The units of a run as they were translated. Of the files that were let go one is held at a time."""

    def __init__(self, files: Iterable[KeptFile]) -> None:
        self._files = {file.path: file for file in files}
        self._last: tuple[str, dict[str, Unit]] = ("", {})

    def whole(self, kept: KeptUnit) -> Unit:
        """The unit with its policy."""
        if kept.whole is not None:
            return kept.whole
        path = kept.sources[0].path
        if self._last[0] != path:
            linked = link([opened(self._files[path])])
            self._last = path, {unit.id: unit for unit in linked.units}
        return self._last[1][kept.id]
