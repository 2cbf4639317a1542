"""What a container reader works with: one document of one file, and where to put what it finds."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Protocol

from msgspec import Struct, field
from msgspec.structs import replace

from migrator.findings.base import Finding
from migrator.findings.read import BrokenSyntax
from migrator.policy.origin import Embedding, Field, Origin
from migrator.policy.parse import is_policy, parse
from migrator.policy.reader import Notes
from migrator.sources.model import (
    AccountPart,
    AttachedKey,
    Endpoint,
    FoundPolicy,
    GatewayKey,
    GatewayObject,
    Mounts,
    ObjectName,
    Page,
    PolicyReference,
    VaultSecretName,
)
from migrator.sources.positions import every_scalar_below, move
from migrator.tree.load import load
from migrator.tree.nodes import Mapping, Node, Scalar, Sequence, to_python
from migrator.tree.place import locate
from migrator.tree.problems import problem_text
from migrator.tree.text import BOM, split_lines


class Container(Protocol):
    """A kind of file that policies live in. Readers are tried in order; the first that matches reads."""

    name: str

    def matches(self, root: Node) -> bool:
        """Whether the document is of this kind, judged by its content."""

    def read(self, root: Field, context: Context) -> None:
        """Find policies and references below ``root`` and hand them to ``context``."""


class Held(Struct, frozen=True, eq=False):
    """A document that a string of the file holds.

    ``lines`` are the string's own. ``dollars``: the file writes ``$`` twice. ``written`` has, by ``id()``,
    the scalars that read otherwise than they are written.
    """

    root: Node
    scalar: Scalar
    origin: Origin
    lines: list[str]
    dollars: bool
    written: dict[int, str]


class AccountNotes(Struct):
    """What is gathered of an account while a file is read."""

    gateway_keys: list[GatewayKey] = field(default_factory=list)
    attached_keys: list[AttachedKey] = field(default_factory=list)
    vaults: list[tuple[str, str]] = field(default_factory=list)
    secrets: list[VaultSecretName] = field(default_factory=list)
    pages: list[Page] = field(default_factory=list)
    unfinished: list[Page] = field(default_factory=list)

    def part(self) -> AccountPart:
        return AccountPart(
            tuple(self.gateway_keys),
            tuple(self.attached_keys),
            tuple(self.vaults),
            tuple(self.secrets),
            tuple(self.pages),
            tuple(self.unfinished),
        )


class Context(Struct):
    """One document while it is read. ``text`` is the file's text, masked."""

    path: str
    stem: str
    text: str
    document: int
    container: str = ""
    policies: list[FoundPolicy] = field(default_factory=list)
    references: list[PolicyReference] = field(default_factory=list)
    gateways: list[GatewayObject] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    ignored: set[int] = field(default_factory=set)
    """``id()`` of nodes that hold a policy without force, or one that was read: they are not missed."""
    copied: set[str] = field(default_factory=set)
    """The texts of strings that were read: a file that repeats one of them adds nothing."""
    held: list[Held] = field(default_factory=list)
    account: AccountNotes = field(default_factory=AccountNotes)
    refused: bool = False
    """The document is not what was asked for: an answer that something failed."""
    _lines: list[str] = field(default_factory=list)

    def policy(
        self,
        where: Field,
        *,
        endpoint: Endpoint | None = None,
        held_by: ObjectName | None = None,
        extra: tuple[Finding, ...] = (),
        enabled: bool = True,
    ) -> bool:
        """Take the policy whose root is ``where``: a tree, or a string that holds one. Whether there was one."""
        root: Field | None = self.open(where) if isinstance(where.node, Scalar) else where
        if root is None or not is_policy(root.node):
            return False
        self.read_string(where)
        origin = Origin(self.path, self.document, root.pointer, root.origin.embedding)
        notes = Notes(list(extra))
        policy = parse(root.node, origin, notes)
        if not enabled:
            policy = replace(policy, enabled=False)
        self.policies.append(
            FoundPolicy(policy, origin, self.container, self.stem, endpoint, held_by, tuple(notes.findings))
        )
        return True

    def reference(
        self,
        where: Field,
        target: str | tuple[str, str],
        endpoint: Endpoint,
        *,
        holds: str = "policy file",
        elsewhere: bool = False,
        kind: str | None = None,
        mounts: Mounts | None = None,
    ) -> PolicyReference:
        """Take a reference to a policy, or to a file that ``holds`` some, that stands elsewhere."""
        made = replace(
            self.referring(where, target, endpoint),
            holds=holds,
            elsewhere=elsewhere,
            kind=kind,
            mounts=mounts,
        )
        self.references.append(made)
        return made

    def referring(self, where: Field, target: str | tuple[str, str], endpoint: Endpoint) -> PolicyReference:
        """A reference that is not taken by itself."""
        return PolicyReference(target, endpoint, self.container, where.location, self.document, where.pointer)

    def read_string(self, where: Field) -> None:
        """Note that what a string holds was read."""
        if isinstance(where.node, Scalar):
            self.ignored.add(id(where.node))
            self.copied.add(where.node.text)

    def open(
        self, where: Field, *, quietly: bool = False, dollars: bool = False, start: int = 0
    ) -> Field | None:
        """The document that a string holds, with positions that lead to the file; None if it holds none.

        ``start`` is where in the string it begins. ``quietly``: the string may be anything, so that it cannot
        be read is not worth a word. ``dollars``: the file writes ``$`` twice.
        """
        if not isinstance(where.node, Scalar):
            return None
        outer = self._outer(where.origin)
        dollars = dollars or (outer is not None and outer.dollars)
        text = where.node.text if outer is None else outer.written.get(id(where.node), where.node.text)
        if text.startswith(BOM, start):
            start += 1  # no parser counts it
        loaded = load(text[start:])
        if quietly and loaded.problems:
            return None
        embedding, lines, columns = self._embedding(where.node, text, outer, whole=not start)
        origin = Origin(self.path, self.document, where.pointer, embedding)
        for problem in loaded.problems:
            reason, hint = problem_text(problem)
            at = origin.location(problem.span)
            self.findings.append(BrokenSyntax(at=at, pointer=where.pointer, reason=reason, hint=hint))
            self.ignored.add(id(where.node))
        for document in loaded.documents:
            if document.root is None:
                continue
            if lines or columns:
                move(document.root, lines, columns, every_line=True)
            written = _unescaped(document.root) if dollars else {}
            self.held.append(Held(document.root, where.node, origin, split_lines(text), dollars, written))
        first = loaded.documents[0].root if loaded.documents else None
        return None if first is None else Field(first, where.pointer, origin)

    def _outer(self, origin: Origin) -> Held | None:
        """The string that a field with this origin stands in."""
        if origin.embedding is None:
            return None
        return next((held for held in reversed(self.held) if held.origin is origin), None)

    def _embedding(
        self, scalar: Scalar, text: str, outer: Held | None, *, whole: bool
    ) -> tuple[Embedding, int, int]:
        """How a string's positions lead to the file, and how far its tree has to be moved for that."""
        within = None if outer is None else outer.origin.embedding
        literal = scalar.style == "|" and whole
        line, column = 0, 0
        if literal:
            written = Scalar(text, scalar.kind, scalar.style, scalar.span)
            first = locate(self._file() if outer is None else outer.lines, written, 0, 1)
            line, column = first.line - 1, first.column - 1
        if within is None or within.exact:
            return Embedding(scalar.span, literal, line, column, outer=within), 0, 0
        if not literal:
            line, column = scalar.span.line - 1, scalar.span.column - 1
        return within, line, column

    def _file(self) -> list[str]:
        if not self._lines:
            self._lines = split_lines(self.text)
        return self._lines


def _unescaped(root: Node) -> dict[int, str]:
    """Write ``$`` for every ``$$`` of a tree; the texts of those scalars as they were."""
    written: dict[int, str] = {}
    for scalar in every_scalar_below(root):
        if "$$" in scalar.text:
            written[id(scalar)] = scalar.text
            scalar.text = scalar.text.replace("$$", "$")
    return written


def scalar_text(node: Node | None) -> str | None:
    """The text of a scalar that is not null."""
    return node.text if isinstance(node, Scalar) and node.kind != "null" else None


def at_path(root: Field, *keys: str) -> Field | None:
    """The field below ``root`` under these keys, None where one is missing or null."""
    found: Field | None = root
    for key in keys:
        found = found.get(key) if found is not None else None
    return None if found is None or found.is_null else found


def items_at(root: Field, *keys: str) -> Iterator[Field]:
    """The items of a list below ``root``; none where there is none."""
    held = at_path(root, *keys)
    if held is not None:
        yield from held.items()


def text_at(root: Field, *keys: str) -> str | None:
    """The text of a scalar below ``root``."""
    found = at_path(root, *keys)
    return None if found is None else found.text


def texts_of(items: Field | None) -> tuple[str, ...]:
    """The texts of a list, without what is empty or no text."""
    return tuple(item.text for item in items.items() if item.text) if items is not None else ()


def metadata_of(held: Field | None, name: str = "endpointMetadata") -> dict[str, object] | None:
    """The metadata of an endpoint or a key: a map, a string of JSON, or any string, which becomes ``name``."""
    if held is None:
        return None
    value = to_python(held.node)
    if isinstance(value, str):
        try:
            value = json.loads(value)
            json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
        except (ValueError, RecursionError):
            return {name: value} if value else None
    return {str(key): member for key, member in value.items()} if isinstance(value, dict) else None


def has_keys(node: Node | None, *keys: str) -> bool:
    """Whether a node is a mapping with any of these keys."""
    return isinstance(node, Mapping) and any(node.get(key) is not None for key in keys)


def any_item(node: Node | None, *keys: str) -> bool:
    """Whether a node is a list one of whose items has any of these keys."""
    return isinstance(node, Sequence) and any(has_keys(item, *keys) for item in node.items)
