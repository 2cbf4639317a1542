"""What a container reader works with: one document of one file, and where to put what it finds."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from migrator.findings.base import Finding
from migrator.findings.read import BrokenSyntax
from migrator.policy.origin import Embedding, Field, Origin
from migrator.policy.parse import is_policy, parse
from migrator.policy.reader import Notes
from migrator.sources.model import Endpoint, FoundPolicy, ObjectName, PolicyReference
from migrator.tree.load import load
from migrator.tree.nodes import Mapping, Node, Scalar
from migrator.tree.place import locate
from migrator.tree.problems import problem_text


class Container(Protocol):
    """A kind of file that policies live in. Readers are tried in order; the first that matches reads."""

    name: str

    def matches(self, root: Node) -> bool:
        """Whether the document is of this kind, judged by its content."""

    def read(self, root: Field, context: Context) -> None:
        """Find policies and references below ``root`` and hand them to ``context``."""


@dataclass
class Context:
    """One document while it is read. ``text`` is the file's text, masked."""

    path: str
    stem: str
    text: str
    document: int
    container: str = ""
    policies: list[FoundPolicy] = field(default_factory=list)
    references: list[PolicyReference] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    ignored: set[int] = field(default_factory=set)
    """``id()`` of nodes that hold a policy without force: not read, and not missed."""

    def policy(
        self,
        where: Field,
        *,
        endpoint: Endpoint | None = None,
        held_by: ObjectName | None = None,
        extra: tuple[Finding, ...] = (),
    ) -> None:
        """Take the policy whose root is ``where``: a tree, or a string that holds one."""
        origin = Origin(self.path, self.document, where.pointer)
        root: Node | None = where.node
        if isinstance(root, Scalar):
            self.ignored.add(id(root))
            root, origin = self._embedded(root, where)
        if root is None or not is_policy(root):
            return
        notes = Notes(list(extra))
        policy = parse(root, origin, notes)
        findings = tuple(notes.findings) if policy.gateways() else ()
        self.policies.append(
            FoundPolicy(policy, origin, self.container, self.stem, endpoint, held_by, findings)
        )

    def reference(self, where: Field, target: str | tuple[str, str], endpoint: Endpoint) -> None:
        """Take a reference to a policy that stands elsewhere."""
        self.references.append(
            PolicyReference(target, endpoint, self.container, where.location, self.document, where.pointer)
        )

    def _embedded(self, scalar: Scalar, where: Field) -> tuple[Node | None, Origin]:
        """A policy held as a string: its tree, with positions that lead to the host file."""
        embedding = self._embedding(scalar)
        origin = Origin(self.path, self.document, where.pointer, embedding)
        loaded = load(scalar.text)
        for problem in loaded.problems:
            reason, hint = problem_text(problem)
            self.findings.append(
                BrokenSyntax(
                    at=origin.location(problem.span), pointer=where.pointer, reason=reason, hint=hint
                )
            )
        return (loaded.documents[0].root if loaded.documents else None), origin

    def _embedding(self, scalar: Scalar) -> Embedding:
        if scalar.style != "|":
            return Embedding(scalar.span)
        first = locate(self.text, scalar, 0, 1)
        return Embedding(scalar.span, exact=True, line=first.line - 1, column=first.column - 1)


def scalar_text(node: Node | None) -> str | None:
    """The text of a scalar that is not null."""
    return node.text if isinstance(node, Scalar) and node.kind != "null" else None


def at_path(root: Field, *keys: str) -> Field | None:
    """The field below ``root`` under these keys, None where one is missing or null."""
    found: Field | None = root
    for key in keys:
        found = found.get(key) if found is not None else None
    return None if found is None or found.is_null else found


def text_at(root: Field, *keys: str) -> str | None:
    """The text of a scalar below ``root``."""
    found = at_path(root, *keys)
    return None if found is None else found.text


def has_keys(node: Node | None, *keys: str) -> bool:
    """Whether a node is a mapping with any of these keys."""
    return isinstance(node, Mapping) and any(node.get(key) is not None for key in keys)
