"""One file → its text without the action."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from migrator.errors import InternalError
from migrator.findings.base import Finding
from migrator.findings.output import ResidualRewritten
from migrator.policy.origin import Origin
from migrator.policy.parse import Policy, is_policy, parse
from migrator.policy.reader import Notes
from migrator.residual.emit import emit
from migrator.residual.placeholders import with_placeholders
from migrator.residual.plan import Changes, Path, node_at, plan, resolve, without
from migrator.residual.pruned import Shown, pruned, same
from migrator.residual.strings import NewString
from migrator.residual.termination import fallen_through
from migrator.secrets import has_mask
from migrator.sources.model import FileRead, FoundPolicy
from migrator.tree.load import load
from migrator.tree.nodes import Node, Scalar
from migrator.tree.text import BOM

_PLACES: Final[tuple[Path, ...]] = (
    ("spec", "policy"),
    ("spec", "trafficPolicy"),
    ("spec", "trafficPolicy", "inline"),
    ("spec", "trafficPolicy", "policy"),
    ("status", "policy"),
)
"""Where a Kubernetes object can hold a policy. One was in force and found; the others repeat it, or have no effect."""


@dataclass(frozen=True, slots=True)
class Residual:
    """The text of a file without the retired action, credentials replaced by placeholders."""

    path: str
    text: str
    findings: tuple[Finding, ...]


_ESCAPING = frozenset({"docker-compose"})
"""Containers whose strings are not the policy's text: Compose writes ``$`` as ``$$``."""


def residual(file: FileRead, placeholder: Callable[[int], str]) -> Residual | None:
    """What is left of ``file``; None when it holds no ai-gateway action.

    ``placeholder`` names the environment variable of the credential with that mask ordinal: letters,
    digits and underscores. Raises ``InternalError`` when the text is not the one the policies were
    found in, or when no text can be made that says what is left.
    """
    found = [policy for policy in file.policies if policy.policy.gateways()]
    if file.text is None or not found:
        return None

    def shown(text: str) -> str:
        return with_placeholders(text, placeholder)

    text = file.text.removeprefix(BOM)
    loaded = load(text)
    changes = {document.index: Changes(document.root) for document in loaded.documents if document.root}
    anew: list[FoundPolicy] = []
    for policy in found:
        of_document = changes.get(policy.origin.document)
        if of_document is None:
            raise InternalError("a document with a policy can be read from the masked text")
        if policy.container in _ESCAPING and policy.origin.embedding is not None:
            raise InternalError("a policy's text can be put back into a string with escapes of its own")
        at, node = resolve(of_document.root, policy.origin.pointer)
        if policy.origin.embedding is not None:
            new = _new_string(node, policy.policy, shown)
            of_document.put(at, new)
            anew += [policy] if new.edits is None else []
        else:
            plan(of_document, policy.policy, node, at)
            for place, other in _others(of_document.root, at):
                plan(of_document, parse(other, Origin(file.path), Notes()), other, place)
    changed = {
        index: of_document for index, of_document in changes.items() if of_document.drops or of_document.puts
    }
    result = pruned(text, loaded, changed, shown)
    written = file.text[: len(file.text) - len(text)] + shown(result.text)
    if has_mask(written):
        raise InternalError("no masked credential is left in a residual policy")
    anew += [policy for policy in found if policy.origin.document in result.rewritten and policy not in anew]
    return Residual(file.path, written, tuple(_findings(found, anew)))


def _new_string(held: Node, policy: Policy, shown: Shown) -> NewString:
    """The new text of a policy that is held as a string."""
    if not isinstance(held, Scalar):
        raise InternalError("a policy held as a string stands in its file's text where it was found")
    text = held.text.removeprefix(BOM)
    loaded = load(text)
    document = loaded.documents[0] if loaded.documents else None
    if document is None or document.root is None or not same(document.root, policy.root.node, shown):
        # A credential with escapes masks its whole scalar: only the tree still knows the policy around it.
        changes = Changes(policy.root.node)
        plan(changes, policy, changes.root)
        return NewString(emit(without(changes)), None)
    changes = Changes(document.root)
    plan(changes, policy, changes.root)
    result = pruned(text, loaded, {document.index: changes}, shown, string=True)
    return NewString(result.text, None if result.rewritten else result.edits)


def _others(root: Node, at: Path) -> list[tuple[Path, Node]]:
    """The other policies of the Kubernetes object that holds one at ``at``, with their places."""
    if "spec" not in at:
        return []
    base = at[: at.index("spec")]
    places = [(*base, *place) for place in _PLACES]
    nodes = [(place, node_at(root, place)) for place in places if place != at]
    return [(place, node) for place, node in nodes if node is not None and is_policy(node)]


def _findings(found: list[FoundPolicy], anew: list[FoundPolicy]) -> list[Finding]:
    findings: list[Finding] = []
    for policy in found:
        through = fallen_through(policy)
        action = policy.policy.gateways()[0][1].field
        if through is not None:
            findings.append(through)
        if policy in anew:
            findings.append(ResidualRewritten(at=action.location, pointer=action.pointer))
    return findings
