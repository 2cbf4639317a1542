"""One file → its text without the action."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from msgspec import Struct

from migrator.errors import InternalError
from migrator.findings.base import Finding
from migrator.findings.output import ResidualRewritten
from migrator.patch import Block, blocks
from migrator.patterns import pattern
from migrator.policy.origin import Origin
from migrator.policy.parse import is_policy, parse
from migrator.policy.reader import Notes
from migrator.residual.emit import emit
from migrator.residual.layout import Edit
from migrator.residual.placeholders import with_placeholders
from migrator.residual.plan import Changes, Path, node_at, plan, resolve, without
from migrator.residual.pruned import Pruned, Shown, pruned, same
from migrator.residual.strings import NewString
from migrator.residual.termination import fallen_through
from migrator.secrets import has_mask
from migrator.sources.model import FileRead, FoundPolicy
from migrator.sources.positions import every_scalar_below
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


class FileChange(Struct, frozen=True):
    """How a file becomes one without the action: its text, masked, and what takes the place of which lines.

    ``groups`` are changes that make sense together alone: those of one document or string. ``hidden`` are
    lines, from 0, that must not be shown.
    """

    path: str
    text: str
    groups: tuple[tuple[Block, ...], ...]
    hidden: frozenset[int] = frozenset()


class Residual(Struct, frozen=True):
    """The text of a file without the retired action, credentials replaced by placeholders.

    ``change`` is the same as changes of the original; None where a document was written anew.
    """

    path: str
    text: str
    findings: tuple[Finding, ...]
    change: FileChange | None = None


class Cut(Struct, frozen=True):
    """A masked text after the action went, and the policies around which it was written anew."""

    result: Pruned
    anew: tuple[FoundPolicy, ...]


_SETTING = pattern(r"[A-Za-z_]\w*=")
"""What a variable of the environment begins with that is an item of a list."""

_ESCAPING = frozenset({"docker-compose", "terraform-json"})
"""Containers whose strings are not the policy's text: they write ``$`` as ``$$``."""


def residual(file: FileRead, placeholder: Callable[[int], str]) -> Residual | None:
    """What is left of ``file``; None when it holds no ai-gateway action, or no text of its own.

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
    mark = file.text[: len(file.text) - len(text)]
    made = cut_out(file, text, shown)
    written = mark + shown(made.result.text)
    if has_mask(written):
        raise InternalError("no masked credential is left in a residual policy")
    change = None
    if not made.anew:
        groups = (
            blocks(file.text, (_shifted(edit, len(mark)) for edit in one)) for one in made.result.groups
        )
        change = FileChange(file.path, file.text, tuple(groups))
    return Residual(file.path, written, tuple(_findings(found, list(made.anew))), change)


def _shifted(edit: Edit, by: int) -> Edit:
    return Edit(edit.start + by, edit.end + by, edit.text)


def cut_out(file: FileRead, text: str, shown: Shown) -> Cut:
    """Take the action out of every policy of a file. Raises ``InternalError``."""
    found = [policy for policy in file.policies if policy.policy.gateways()]
    loaded = load(text)
    changes = {document.index: Changes(document.root) for document in loaded.documents if document.root}
    anew: list[FoundPolicy] = []
    held: dict[tuple[int, Path], _Held] = {}
    for policy in found:
        index = policy.origin.document
        of_document = changes.get(index)
        if of_document is None:
            raise InternalError("a document with a policy can be read from the masked text")
        at, node, rest = resolve(of_document.root, policy.origin.pointer)
        if policy.origin.embedding is not None:
            held.setdefault((index, at), _Held(node, [])).policies.append((policy, rest))
        else:
            plan(of_document, policy.policy, node, at)
            for place, other in _others(of_document.root, at):
                plan(of_document, parse(other, Origin(file.path), Notes()), other, place)
    for (index, at), string in held.items():
        new = _new_string(string, shown)
        changes[index].put(at, new)
        anew += [policy for policy, _ in string.policies] if new.edits is None else []
    changed = {
        index: of_document for index, of_document in changes.items() if of_document.drops or of_document.puts
    }
    result = pruned(text, loaded, changed, shown)
    anew += [policy for policy in found if policy.origin.document in result.rewritten and policy not in anew]
    return Cut(result, tuple(anew))


class _Held(Struct, frozen=True):
    """A string with the policies in it, each with its JSON pointer in the document that the string holds."""

    node: Node
    policies: list[tuple[FoundPolicy, str]]


def _new_string(held: _Held, shown: Shown) -> NewString:
    """The new text of a string without the actions of its policies."""
    if not isinstance(held.node, Scalar):
        raise InternalError("a policy held as a string stands in its file's text where it was found")
    text = held.node.text.removeprefix(BOM)
    setting = _SETTING.match(text) if held.policies[0][0].container in _ESCAPING else None
    name = setting.group() if setting is not None else ""
    text = text.removeprefix(name)
    loaded = load(text)
    document = loaded.documents[0] if loaded.documents else None
    root = document.root if document is not None else None
    if (
        document is None
        or root is None
        or not all(_is_there(one, text, root, shown) for one in held.policies)
    ):
        return _written_anew(held)
    changes = Changes(root)
    inner: dict[Path, _Held] = {}
    for policy, pointer in held.policies:
        at, node, rest = resolve(root, pointer)
        if isinstance(node, Scalar):
            inner.setdefault(at, _Held(node, [])).policies.append((policy, rest))
        else:
            plan(changes, policy.policy, node, at)
    for at, string in inner.items():
        changes.put(at, _new_string(string, shown))
    result = pruned(text, loaded, {document.index: changes}, shown, string=True)
    whole = all(isinstance(new, NewString) and new.edits is not None for new in _strings(changes))
    edits = [_shifted(edit, len(name)) for edit in result.edits]
    return NewString.of(name + result.text, None if result.rewritten or not whole else edits)


def _strings(changes: Changes) -> list[Node]:
    return [new for new in changes.puts.values() if isinstance(new, NewString)]


def _is_there(one: tuple[FoundPolicy, str], text: str, root: Node, shown: Shown) -> bool:
    """Whether a policy can still be read from the string it stands in."""
    policy, pointer = one
    at, node, _ = resolve(root, pointer)
    if isinstance(node, Scalar):
        return bool(at)  # a string within the string, to be looked into by itself
    if policy.container in _ESCAPING:
        _, node, _ = resolve(_without_doubles(text), pointer)
    return same(node, policy.policy.root.node, shown)


def _without_doubles(text: str) -> Node:
    """The document of a string in which every ``$$`` stands for ``$``."""
    root = load(text).documents[0].root
    if root is None:
        raise InternalError("a text that was read once can be read again")
    for scalar in every_scalar_below(root):
        scalar.text = scalar.text.replace("$$", "$")
    return root


def _written_anew(held: _Held) -> NewString:
    """The policy of a string from its tree: a credential with escapes masks the whole scalar around it."""
    (policy, pointer), *others = held.policies
    if pointer or others or policy.container in _ESCAPING:
        raise InternalError("the policies of a string can be read again from its masked text")
    changes = Changes(policy.policy.root.node)
    plan(changes, policy.policy, changes.root)
    return NewString.of(emit(without(changes)), None)


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
