"""Stage ``read``: one input file → the policies and references in it, credentials masked.

``CONTAINERS`` is the list of everything that can hold a policy; the first that matches a document
by its content reads it.
"""

from __future__ import annotations

import codecs
import os
import re
import stat
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace

from migrator.findings.base import Finding
from migrator.findings.read import (
    ActionInUnknownPlace,
    BrokenSyntax,
    DuplicateKey,
    EmptyFile,
    LiteralCredential,
    MentionInUnreadFile,
    NotReadable,
    NotRendered,
    NotText,
    RefusedTag,
    TooBig,
    WebPage,
)
from migrator.policy.origin import Field, Origin
from migrator.policy.parse import GATEWAY, PHASES, Action
from migrator.secrets import has_mask
from migrator.sources.agent import AgentApi, AgentConfig
from migrator.sources.batch import Batch
from migrator.sources.compose import Compose
from migrator.sources.context import Container, Context
from migrator.sources.desktop import DockerDesktop
from migrator.sources.hosts.languages import host_of
from migrator.sources.inputs import Input
from migrator.sources.kubernetes import Kubernetes
from migrator.sources.masking import every_scalar, mask_file
from migrator.sources.model import CredentialSpot, FileRead
from migrator.sources.ngrok_api import EdgeModule, NgrokApi
from migrator.sources.raw import PolicyFile
from migrator.sources.stray import ENCODED, encoded_actions, is_all_that_is_named, stray_actions
from migrator.sources.stream import load_every
from migrator.sources.terraform import TerraformJson, TerraformShow, TerraformState
from migrator.sources.walk import reason_of
from migrator.spans import Location, Span, whole
from migrator.tree.nodes import Document, Entry, Mapping, Node, Scalar
from migrator.tree.problems import Problem, problem_text
from migrator.tree.text import decode

if TYPE_CHECKING:
    from migrator.sources.hosts.literal import TextHost

_KINDS: tuple[Container, ...] = (
    Kubernetes(),
    AgentConfig(),
    AgentApi(),
    NgrokApi(),
    EdgeModule(),
    TerraformState(),
    TerraformShow(),
    TerraformJson(),
    DockerDesktop(),
    Compose(),
)
_POLICY: Container = PolicyFile()
CONTAINERS: tuple[Container, ...] = (Batch(_KINDS), *_KINDS, _POLICY)

SIZE_LIMIT = 16 * 1024 * 1024
"""Bytes of one file; a policy has thousands, a dump of a cluster some millions."""

PROBE_LIMIT = 1024 * 1024

_PIECE = 1024 * 1024
_PIECES = 256
"""Of a file that is only looked at; nobody writes more by hand."""

_NAMES = tuple(name.encode() for name in (GATEWAY, *ENCODED))
_OVERLAP = max(map(len, _NAMES)) - 1

_FLAGS = os.O_RDONLY | sum(getattr(os, name, 0) for name in ("O_NONBLOCK", "O_CLOEXEC", "O_BINARY"))

_WEB_PAGE = re.compile(r"\s*(?:<!doctype\s+html|<html)\b", re.IGNORECASE)
_PHASES = frozenset(PHASES)
_SIZES = frozenset({"alias-bomb", "number-too-long", "scalar-too-long", "too-deep", "too-many-nodes"})
_TAGS = frozenset({"tag", "tag-looks-like-expression"})


def read(item: Input) -> FileRead | None:
    """Read one input. None for a file that was only looked at and does not mention the action."""
    known = not item.probe or host_of(item.path, "") is not None
    data = item.data if item.data is not None else _bytes(item, SIZE_LIMIT if known else PROBE_LIMIT)
    if item.probe:
        return _looked_at(item, data)
    if isinstance(data, Finding):
        return _refused(item, data)
    if len(data) > SIZE_LIMIT:
        return _refused(item, _too_long(item.path))
    text = decode(data)
    if isinstance(text, Problem):
        reason, _ = problem_text(text)
        return _refused(item, NotText(at=Location(item.path, text.span), reason=reason))
    if not text.strip():
        return _refused(item, EmptyFile(at=whole(item.path)))
    if has_mask(text):
        return _refused(item, NotText(at=whole(item.path), reason="it holds characters of Unicode plane 16"))
    host = host_of(item.path, text)
    made = _read_host(item, text, host) if host is not None else _read_text(item, text)
    return _described(made, item, data)


def _described(made: FileRead, item: Input, data: bytes) -> FileRead:
    """With what its patch has to know of a file besides its text."""
    is_plain, leads_to_it = _is_plain(data), item.leads_to_it()
    if made.policies and leads_to_it:
        leads_to_it = not item.is_behind_link()
    return made if is_plain and leads_to_it else replace(made, is_plain=is_plain, leads_to_it=leads_to_it)


def _is_plain(data: bytes) -> bool:
    """Whether a text that could be read begins with no byte order mark."""
    return not data.startswith(
        (codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_BE)
    )


def _looked_at(item: Input, data: bytes | Finding) -> FileRead | None:
    """A file whose kind a directory search does not know: read if it is code that names the action."""
    if isinstance(data, TooBig):
        return _searched(item)
    if isinstance(data, Finding) or (b"\0" in data and _is_plain(data)):
        return None
    text = decode(data)
    host = None if isinstance(text, Problem) else host_of(item.path, text)
    if host is not None and not isinstance(text, Problem) and not has_mask(text):
        from migrator.sources.hosts.reading import concerns

        made = _read_host(item, text, host) if concerns(host, text) else None
        return None if made is None else _described(made, item, data)
    held = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else data
    found = _first_named(held)
    return _mentioned(item, held.count(b"\n", 0, found)) if found >= 0 else None


def _searched(item: Input) -> FileRead | None:
    """The same for a file too long to be looked at whole: one part of it after the other."""
    try:
        with Path(item.file or item.path).open("rb") as file:
            lines, before = 0, b""
            for number in range(_PIECES):
                piece = file.read(_PIECE)
                if not piece or (number == 0 and b"\0" in piece):
                    return None
                held = before + piece
                if (found := _first_named(held)) >= 0:
                    return _mentioned(item, lines + held.count(b"\n", 0, found))
                before = held[-_OVERLAP:]
                lines += held.count(b"\n", 0, len(held) - len(before))
    except OSError:
        return None
    return None


def _first_named(data: bytes) -> int:
    """Where the action is named first, by its name or by what Base64 makes of it; -1 where it is not."""
    return min((at for name in _NAMES if (at := data.find(name)) >= 0), default=-1)


def _mentioned(item: Input, line: int) -> FileRead:
    at = Location(item.path, whole(item.path).span._replace(line=line + 1, end_line=line + 1))
    return _refused(item, MentionInUnreadFile(at=at), readable=True)


def _read_host(item: Input, text: str, host: TextHost) -> FileRead:
    from migrator.sources.hosts.folder import Beside
    from migrator.sources.hosts.reading import Tools, read_host

    return read_host(item, text, host, Beside(item, _bytes), Tools(_read_document, _problem))


def _read_text(item: Input, text: str) -> FileRead:
    if _WEB_PAGE.match(text):
        return _refused(item, WebPage(at=whole(item.path)))
    loaded = load_every(text)
    findings = [_problem(item.path, text, problem) for problem in loaded.problems]
    if any(isinstance(found, NotRendered) for found in findings):
        findings = [found for found in findings if isinstance(found, NotRendered)]
    if "\\" in text and any(has_mask(scalar.text) for scalar in every_scalar(loaded.documents)):
        return _refused(item, NotText(at=whole(item.path), reason="it holds characters of Unicode plane 16"))
    encoded = [one.span for one in encoded_actions(text, every_scalar(loaded.documents))]
    masked = mask_file(text, loaded.documents)
    if masked.overflow:
        return _refused(item, TooBig(at=whole(item.path), reason="More credentials than a file can have."))
    for problem, span in masked.broken:
        reason, hint = problem_text(problem)
        findings.append(BrokenSyntax(at=Location(item.path, span), reason=reason, hint=hint))
    findings += [ActionInUnknownPlace(at=Location(item.path, span)) for span in (*masked.hidden, *encoded)]
    context = Context(item.path, item.stem, masked.text, 0)
    kinds: list[str] = []
    written = text if len(loaded.documents) == 1 else None
    for document in loaded.documents:
        kinds += _read_document(document, context, written=written)
    spots = tuple(
        CredentialSpot(ordinal, role, Location(item.path, span)) for ordinal, role, span in masked.spots
    )
    findings += [LiteralCredential(at=spot.at, role=spot.role) for spot in _in_policies(spots, context)]
    return FileRead(
        item.path,
        item.stem,
        container=context.policies[0].container if context.policies else kinds[0] if kinds else "none",
        text=None if loaded.problems else masked.text,
        policies=tuple(context.policies),
        references=tuple(context.references),
        credentials=spots,
        findings=(*findings, *context.findings),
        readable=bool(context.policies)
        or (not context.refused and (not loaded.problems or bool(loaded.documents))),
        account=context.account.part(),
        gateways=tuple(context.gateways),
    )


def _in_policies(spots: Iterable[CredentialSpot], context: Context) -> Iterator[CredentialSpot]:
    """The credentials that belong to a policy with the action, rather than to the file around it."""
    roots = sorted(f.policy.root.location.span for f in context.policies if f.policy.gateways())
    for spot in spots:
        at = spot.at.span
        before = bisect_right(roots, at[:2], key=_begin)
        if before and at[:2] < roots[before - 1][2:]:
            yield spot


def _begin(span: Span) -> tuple[int, int]:
    return span.line, span.column


def read_containers(document: Document, context: Context) -> str | None:
    """Hand the policies of one document to ``context``; the name of the container, None if nothing is one."""
    if document.root is None:
        return None
    context.document = document.index
    container = _container(document.root)
    if container is None:
        return None
    context.container = container.name
    container.read(Field(document.root, "", Origin(context.path, document.index)), context)
    return context.container


def _read_document(document: Document, context: Context, *, written: str | None = None) -> list[str]:
    """Read one document; ``written`` is the file's text before it was masked, if it has no other document."""
    if document.root is None:
        return []
    before, strings = len(context.policies), len(context.held)
    name = read_containers(document, context)
    names = [] if name is None else [name]
    read = [action for found in context.policies[before:] for _, action in found.policy.gateways()]
    if read and "*" in context.text and "&" in context.text:
        from migrator.sources.repeated import repeated_actions

        for node in repeated_actions(document.root, (action.field for action in read), context.ignored):
            context.findings.append(ActionInUnknownPlace(at=Location(context.path, node.span)))
    types = [entry for action in read if (entry := _type_of(action)) is not None]
    # One string may be opened at several places, each time with other nodes; a word with an anchor may be
    # another action's, too.
    is_shared = any(action.field.origin.embedding for action in read) or any(
        one.value.anchor for one in types
    )
    named = len({id(one.value) for one in types})
    if written is not None and not is_shared and is_all_that_is_named(written, named):
        return names
    known = context.ignored | {id(one.key) for one in types}
    bare = {id(found.policy.root.node) for found in context.policies[before:] if found.policy.gateways()}
    actions = {id(action.field.node) for action in read}
    for node in _missed(document.root, known | bare, actions, context):
        context.findings.append(ActionInUnknownPlace(at=Location(context.path, node.span)))
    for held in context.held[strings:]:
        if id(held.scalar) in context.ignored:
            for node in _missed(held.root, known | bare, actions, context):
                context.findings.append(ActionInUnknownPlace(at=held.origin.location(node.span)))
    return names


def _container(root: Node) -> Container | None:
    if isinstance(root, Mapping) and root.entries and _PHASES.issuperset(root.keys()):
        return _POLICY  # no other kind has a key of that name
    return next((container for container in CONTAINERS if container.matches(root)), None)


def _type_of(action: Action) -> Entry | None:
    node = action.field.node
    return node.entry("type") if isinstance(node, Mapping) else None


def _missed(root: Node, known: set[int], read: set[int], context: Context) -> Iterator[Node]:
    """What names the action and was not read; what repeats a string that was read is no loss."""
    for node in stray_actions(root, known, read):
        if not (isinstance(node, Scalar) and node.text in context.copied):
            yield node


def _problem(path: str, text: str, problem: Problem) -> Finding:
    at = Location(path, problem.span)
    reason, hint = problem_text(problem)
    if problem.kind == "duplicate-key" and problem.other is not None:
        key = dict(problem.facts).get("key")
        return DuplicateKey(
            at=at,
            key=f"`{key}`" if key else "(not shown)",
            first_line=problem.other.line,
            second_line=problem.span.line,
        )
    if problem.kind in _SIZES:
        return TooBig(at=at, reason=reason)
    if problem.kind in _TAGS:
        return RefusedTag(at=at, reason=reason, hint=hint)
    if "{{" in text and dict(problem.facts).get("fault") == "template":
        return NotRendered(at=at)
    return BrokenSyntax(at=at, reason=reason, hint=hint)


def _bytes(item: Input, limit: int) -> bytes | Finding:
    """A regular file's bytes, one more than ``limit`` at most; a finding for anything else."""
    path = item.path
    try:
        descriptor = os.open(item.file or path, _FLAGS)
        try:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode):
                return NotReadable(
                    at=whole(path), reason="it is not a regular file; a pipe is given as standard input, -"
                )
            if status.st_size > limit:
                return _too_long(path)
            return _content(descriptor, status.st_size, limit)
        finally:
            os.close(descriptor)
    except OSError as error:
        return NotReadable(at=whole(path), reason=reason_of(error))


def _content(descriptor: int, size: int, limit: int) -> bytes:
    """What is in an open file, ``limit`` bytes and one more at most; it may have grown since its ``size`` was asked for."""
    data = os.read(descriptor, size + 1)
    if len(data) == size:
        return data
    parts = [data]
    left = limit + 1 - len(data)
    while left > 0 and (data := os.read(descriptor, min(left, _PIECE))):
        parts.append(data)
        left -= len(data)
    return b"".join(parts)


def _too_long(path: str) -> Finding:
    return TooBig(at=whole(path), reason=f"The file has more than {SIZE_LIMIT // 1024 // 1024} MiB.")


def _refused(item: Input, finding: Finding, *, readable: bool = False) -> FileRead:
    return FileRead(item.path, item.stem, findings=(finding,), readable=readable)
