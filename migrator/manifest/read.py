"""A manifest from a file or from data, with every reason why it cannot be used."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterator
from typing import Any, Final

from migrator.manifest.model import MEMBERS, Entry, Manifest, Path
from migrator.manifest.problems import ManifestError, Problem, pointer
from migrator.manifest.references import reference_problems
from migrator.manifest.shape import SETTINGS, document_problems, entry_problems
from migrator.spans import Location, Span
from migrator.target import limits
from migrator.target.bodies import metadata_text
from migrator.target.state import Body
from migrator.tree.load import load
from migrator.tree.nodes import Mapping, Node, Sequence, to_python
from migrator.tree.problems import Problem as TreeProblem
from migrator.tree.problems import problem_text
from migrator.tree.text import decode, split_lines

_COMMENT: Final = re.compile(r"[ \t]+#[ \t]*(.*\S)[ \t]*\Z")
_EXCERPT: Final = 400

_ROOT: Final[Path] = ()

Places = Callable[[Path], Location | None]


def read_manifest(data: bytes, path: str) -> Manifest:
    """The manifest in a file: YAML or JSON, also the document of ``--format json``, whose part it is.

    ``path`` is for messages and places. Raises ManifestError with file, line, what was expected and what to do.
    """
    text = decode(data)
    if isinstance(text, TreeProblem):
        raise _unreadable(text, path)
    loaded = load(text)
    if loaded.problems:
        raise _unreadable(loaded.problems[0], path)
    roots = [document.root for document in loaded.documents if document.root is not None]
    if len(roots) != 1:
        found = "it is empty" if not roots else f"it has {len(roots)} documents"
        raise ManifestError(
            (f"{path}:1: expected one manifest, but {found}",), "Give the file that convert wrote."
        )
    root, within = roots[0], _ROOT
    if isinstance(root, Mapping) and (part := root.get("manifest")) is not None:
        root, within = part, ("manifest",)
    places = _places_in(root, path)
    return _manifest(to_python(root), path, places, within, _comments_in(root, text))


def manifest_of(document: dict[str, Any], path: str = "") -> Manifest:
    """The manifest in data, as ``migrator.render.document.manifest`` makes it. Raises ManifestError."""
    return _manifest(document, path, lambda _: None, (), lambda _: "")


def _manifest(
    document: Any, path: str, places: Places, within: Path, comments: Callable[[Path], str]
) -> Manifest:
    _refuse(document_problems(document), path, places, within)
    _refuse(entry_problems(document), path, places, within)
    _refuse(reference_problems(document), path, places, within)
    migration: str = document["migration"]
    entries, problems = [], []
    for member in MEMBERS:
        for index, item in enumerate(document.get(member) or ()):
            at: Path = (member, index)
            body, problem = _marked(item["body"], migration, item["ref"], (*at, "body", "metadata"))
            problems += [problem] if problem is not None else []
            entries.append(Entry(member, item["ref"], body, places((*at, "ref")), comments(at)))
    _refuse(iter(problems), path, places, within)
    settings = document[SETTINGS]["body"] or None if document.get(SETTINGS) is not None else None
    return Manifest(migration, tuple(entries), settings, _digest(migration, entries, settings), path)


def _marked(body: Body, migration: str, ref: str, at: Path) -> tuple[Body, Problem | None]:
    """The body with the mark of its entry, whatever mark it had: the entry has the say."""
    held = body.get("metadata")
    own = held if isinstance(held, dict) else _object(held)
    if own is None:
        return body, Problem(
            at,
            "expected an object in JSON, to which the mark can be added",
            'Write it as \'{"note": "…"}\'.',
        )
    text = metadata_text(own, migration, ref)
    if len(text) > limits.METADATA:
        return body, Problem(
            at,
            f"metadata has {len(text)} characters with the mark, {limits.METADATA} is the most",
            "Shorten it.",
        )
    return {**{key: value for key, value in body.items() if key != "metadata"}, "metadata": text}, None


def _object(text: object) -> dict[str, Any] | None:
    """The object in a metadata string, empty for none; None for any other text."""
    if text is None or text == "":
        return {}
    try:
        found = json.loads(str(text))
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _digest(migration: str, entries: list[Entry], settings: Body | None) -> str:
    data = [migration, [[entry.member, entry.ref, entry.body] for entry in entries], settings]
    text = json.dumps(data, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def _refuse(problems: Iterator[Problem], path: str, places: Places, within: Path) -> None:
    found = list(problems)
    if not found:
        return
    raise ManifestError(tuple(_line(problem, path, places, within) for problem in found), found[0].remedy)


def _line(problem: Problem, path: str, places: Places, within: Path) -> str:
    at = places(problem.at)
    where = f"{at.path}:{at.span.line}" if at is not None else path
    named = pointer((*within, *problem.at))
    return f"{where}: {named}: {problem.message}" if where else f"{named}: {problem.message}"


def _places_in(root: Node, path: str) -> Places:
    def place(at: Path) -> Location:
        return Location(path, _span(root, at))

    return place


def _span(node: Node, at: Path) -> Span:
    """Where the value at ``at`` stands, with its key; where the way ends, if it ends before."""
    span = node.span
    for step in at:
        if isinstance(node, Mapping) and isinstance(step, str) and (entry := node.entry(step)) is not None:
            node, span = entry.value, entry.key.span
        elif isinstance(node, Sequence) and isinstance(step, int) and step < len(node.items):
            node = node.items[step]
            span = node.span
        else:
            break
    return span


def _comments_in(root: Node, text: str) -> Callable[[Path], str]:
    """The comment behind an entry's ref: the lines of the old policies that it came from."""
    lines = split_lines(text)

    def comment(at: Path) -> str:
        node: Node | None = root
        for step in (*at, "ref"):
            if isinstance(node, Mapping) and isinstance(step, str):
                node = node.get(step)
            elif isinstance(node, Sequence) and isinstance(step, int):
                node = node.items[step]
        if node is None or node.span.end_line > len(lines):
            return ""
        found = _COMMENT.match(lines[node.span.end_line - 1][node.span.end_column - 1 :])
        return found.group(1)[:_EXCERPT] if found else ""

    return comment


def _unreadable(problem: TreeProblem, path: str) -> ManifestError:
    reason, remedy = problem_text(problem)
    return ManifestError((f"{path}:{problem.span.line}:{problem.span.column}: {reason}",), remedy)
