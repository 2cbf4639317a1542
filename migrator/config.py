"""The configuration file ``migrator.yaml``: recorded decisions."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from migrator.errors import UsageError
from migrator.tree.load import load
from migrator.tree.nodes import Mapping, Scalar
from migrator.tree.problems import Problem, problem_text
from migrator.tree.text import decode

DEFAULT_NAME = "migrator.yaml"


@dataclass(frozen=True)
class Configuration:
    """What a configuration file says. ``decisions`` maps a decision's id or a pattern to an option."""

    decisions: dict[str, str] = field(default_factory=dict)


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
    return Configuration(_decisions(chosen, root))


def _decisions(path: Path, root: Mapping) -> dict[str, str]:
    held = root.get("decisions")
    if held is None or (isinstance(held, Scalar) and held.kind == "null"):
        return {}
    if not isinstance(held, Mapping):
        raise UsageError(f"{path}:{held.span.line}: decisions is a mapping of ids to options")
    found: dict[str, str] = {}
    for entry in held.entries:
        if not isinstance(entry.value, Scalar):
            raise UsageError(f"{path}:{entry.key.span.line}: a decision's option is one word")
        found[entry.key.text] = entry.value.text
    return found


def _refused(path: Path, problem: Problem) -> UsageError:
    reason, hint = problem_text(problem)
    return UsageError(f"{path}:{problem.span.line}:{problem.span.column}: {reason}", hint)
