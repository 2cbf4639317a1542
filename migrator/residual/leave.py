"""Every input of a run without the action: as texts, and as one patch over the inputs."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from itertools import chain

from msgspec import Struct

from migrator.errors import InternalError
from migrator.findings.base import Finding
from migrator.findings.output import NotInPatch, ResidualNotMade, ResidualRewritten
from migrator.naming import literal_environment_name
from migrator.patch import Block, lines_of, patch
from migrator.residual.hosts import host_change
from migrator.residual.residual import FileChange, Residual, residual
from migrator.secrets import has_mask
from migrator.sources.inputs import STDIN_NAME
from migrator.sources.kept import opened
from migrator.sources.model import DUMPS, FileRead, KeptFile
from migrator.spans import Location, Span, whole


class Left(Struct, frozen=True):
    """What is left of a run's inputs, as texts and as a patch, and what was met in making it."""

    residuals: tuple[Residual, ...]
    patch: str
    findings: tuple[Finding, ...]


def leave(files: Iterable[KeptFile]) -> Left:
    """Take the action out of every file that has it."""
    residuals: list[Residual] = []
    parts: list[str] = []
    findings: list[Finding] = []
    for kept in files:
        if not kept.has_action:
            continue
        file = opened(kept)
        name = partial(literal_environment_name, file.stem)
        if file.text is None:
            change, left = host_change(file, name)
            findings += [ResidualNotMade(at=at) for at in left]
            part, refused = _part(file, change)
            findings += [ResidualNotMade(at=at) for at, _ in refused]
        else:
            try:
                one = residual(file, name)
            except InternalError:
                one = None
            if one is None:
                findings.append(ResidualNotMade(at=whole(file.path)))
                continue
            residuals.append(one)
            findings += [found for found in one.findings if isinstance(found, ResidualRewritten)]
            part, refused = _part(file, one.change)
            findings += [NotInPatch(at=at, reason=reason) for at, reason in refused]
        parts.append(part)
    return Left(tuple(residuals), "".join(parts), tuple(findings))


def _part(file: FileRead, change: FileChange | None) -> tuple[str, list[tuple[Location, str]]]:
    """A file's part of the patch, and what is not in it: where and why."""
    if change is None or file.container in DUMPS or file.path == STDIN_NAME:
        return "", []
    if file.path.startswith("/") or ".." in file.path.split("/"):
        return "", _everything(change, "its path leads out of the folder that the run was started in")
    if not file.leads_to_it:
        return "", _everything(change, "its name is not UTF-8, or a link stands in its path")
    if not file.is_plain:
        return "", _everything(change, "the file begins with a byte order mark")
    groups, refused = list(change.groups), list[tuple[Location, str]]()
    while True:
        changes = sorted(chain(*groups))
        made = patch(file.path, change.text, changes, change.hidden.__contains__)
        if not made.refused:
            return made.text, refused
        refused += [_why(change, block) for block in made.refused]
        # One half of a policy's change is worse than none.
        groups = [group for group in groups if not any(block in made.refused for block in group)]


def _everything(change: FileChange, reason: str) -> list[tuple[Location, str]]:
    return [(_at(change.path, group[0].first), reason) for group in change.groups]


def _at(path: str, line: int) -> Location:
    return Location(path, Span(line + 1, 1, line + 1, 1))


def _why(change: FileChange, block: Block) -> tuple[Location, str]:
    """Where a change came too near to what must not be shown."""
    lines = lines_of(change.text)
    near = range(block.first, min(block.last + 1, len(lines)))
    held = next((line for line in near if line in change.hidden or has_mask(lines[line])), block.first)
    return _at(change.path, held), "a line that it would show may hold a credential"
