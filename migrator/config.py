"""The configuration file ``migrator.yaml``: recorded decisions."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from migrator.errors import UsageError
from migrator.translate.model import Reason
from migrator.tree.load import load
from migrator.tree.nodes import Mapping, Scalar
from migrator.tree.problems import Problem, problem_text
from migrator.tree.text import decode

DEFAULT_NAME = "migrator.yaml"
_MEMBERS = ("choose", "reason", "by")
_FORM = "Write `ID: OPTION`, or `ID: {choose: OPTION, reason: WHY, by: WHO}`."


@dataclass(frozen=True)
class Configuration:
    """What a configuration file says. ``decisions`` maps a decision's id or a pattern to an option."""

    decisions: dict[str, str] = field(default_factory=dict)
    reasons: dict[str, Reason] = field(default_factory=dict)
    """Why, and by whom, where an answer says so."""


def read_configuration(path: str | None) -> Configuration:
    """Read ``path``, or ``migrator.yaml`` in the working directory if there is one.

    Raises UsageError naming file and line for anything that is not understood.
    """
    chosen = Path(path) if path is not None else Path(DEFAULT_NAME)
    if path is None and not chosen.is_file():
        return Configuration()
    try:
        text = decode(chosen.read_bytes())
    except OSError as error:
        raise UsageError(f"{chosen} could not be read: {(error.strerror or 'error').lower()}") from error
    if isinstance(text, Problem):
        raise _refused(chosen, text)
    loaded = load(text)
    if loaded.problems:
        raise _refused(chosen, loaded.problems[0])
    root = loaded.documents[0].root if loaded.documents else None
    if root is None:
        return Configuration()
    if not isinstance(root, Mapping):
        raise UsageError(f"{chosen}:1: expected a mapping", "Write `decisions: {ID: OPTION}`.")
    for entry in root.entries:
        if entry.key.text != "decisions":
            line = entry.key.span.line
            raise UsageError(f"{chosen}:{line}: unknown key {entry.key.text}", "The only key is `decisions`.")
    return _decisions(chosen, root)


def _decisions(path: Path, root: Mapping) -> Configuration:
    held = root.get("decisions")
    found = Configuration()
    if held is None or (isinstance(held, Scalar) and held.kind == "null"):
        return found
    if not isinstance(held, Mapping):
        raise UsageError(f"{path}:{held.span.line}: decisions is a mapping of ids to options")
    for entry in held.entries:
        key = entry.key.text
        if isinstance(entry.value, Scalar):
            found.decisions[key] = entry.value.text
        elif isinstance(entry.value, Mapping):
            found.decisions[key], found.reasons[key] = _explained(path, entry.value)
        else:
            raise UsageError(f"{path}:{entry.key.span.line}: a decision's option is one word", _FORM)
    return found


def _explained(path: Path, held: Mapping) -> tuple[str, Reason]:
    """An answer with its reason: ``{choose: OPTION, reason: WHY, by: WHO}``."""
    texts: dict[str, str] = {}
    for entry in held.entries:
        name, line = entry.key.text, entry.key.span.line
        if name not in _MEMBERS:
            raise UsageError(f"{path}:{line}: unknown key {name} in a decision", _FORM)
        if not isinstance(entry.value, Scalar) or entry.value.kind == "null" or not entry.value.text.strip():
            raise UsageError(f"{path}:{line}: {name} is text", _FORM)
        texts[name] = entry.value.text
    if "choose" not in texts:
        raise UsageError(f"{path}:{held.span.line}: a decision without choose", _FORM)
    return texts["choose"], Reason(texts.get("reason"), texts.get("by"))


def _refused(path: Path, problem: Problem) -> UsageError:
    reason, hint = problem_text(problem)
    return UsageError(f"{path}:{problem.span.line}:{problem.span.column}: {reason}", hint)
