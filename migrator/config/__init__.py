"""The decisions file ``migrator.yaml``: what the tool must not guess, and what people ruled about findings.

What a command line says stands over it. ``docs/decisions.md`` describes every key.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from msgspec import Struct, field

from migrator.errors import UsageError
from migrator.findings.rulings import Rulings
from migrator.spans import Span
from migrator.target.spelling import ModelIds
from migrator.translate.model import Names, Reason
from migrator.tree.nodes import Mapping

__all__ = ["DEFAULT_NAME", "KEYS", "Configuration", "Section", "decisions_section", "read_configuration"]

DEFAULT_NAME: Final = "migrator.yaml"
KEYS: Final = ("migration", "model-ids", "decisions", "names", "provider-ids", "severity", "waivers")


class Configuration(Struct, frozen=True):
    """What a decisions file says. ``decisions`` maps a decision's id or a pattern to an option.

    ``migration`` and ``model_ids`` are None where the file has nothing about them.
    """

    decisions: dict[str, str] = field(default_factory=dict)
    reasons: dict[str, Reason] = field(default_factory=dict)
    """Where each answer stands; why, and by whom, where it says so."""
    migration: str | None = None
    model_ids: str | None = None
    names: Names = field(default_factory=Names)
    rulings: Rulings = field(default_factory=Rulings)


def read_configuration(path: str | os.PathLike[str] | None = None, text: str | None = None) -> Configuration:
    """Read ``path``, or ``migrator.yaml`` in the working directory if there is one; or ``text``, as if it stood there.

    Raises UsageError naming file and line for anything that is not understood.
    """
    chosen = Path(path) if path is not None else Path(DEFAULT_NAME)
    if path is None and text is None and not chosen.is_file():
        if not os.path.lexists(chosen):
            return Configuration()
        raise UsageError(
            f"{chosen} could not be read: it is no file, or leads to none",
            "Put the decisions file there, move what is there away, or name another one with --config.",
        )
    from migrator.config import entries
    from migrator.config.reading import Reader

    reader = Reader(chosen, text)
    root = reader.root()
    if root is None:
        return Configuration()
    said = {
        entry.key.text: entry for entry in reader.known(root, KEYS, "", f"The keys are {', '.join(KEYS)}.")
    }
    chosen_options, reasons = entries.answers(reader, said["decisions"]) if "decisions" in said else ({}, {})
    named, ids, severity, waived = (said.get(key) for key in ("names", "provider-ids", "severity", "waivers"))
    return Configuration(
        chosen_options,
        reasons,
        entries.migration(reader, said["migration"]) if "migration" in said else None,
        reader.choice(said["model-ids"], ModelIds, "") if "model-ids" in said else None,
        Names(
            {} if named is None else entries.names(reader, named),
            {} if ids is None else entries.provider_ids(reader, ids),
        ),
        Rulings(
            () if waived is None else entries.waivers(reader, waived),
            {} if severity is None else entries.severities(reader, severity),
        ),
    )


class Section(Struct, frozen=True):
    """Where further entries of ``decisions`` go: behind which line, how far from the margin."""

    end: int
    indent: int = 2
    nothing: Span | None = None
    """Where it is written that there are none, ``{}`` or ``null``: further entries can only stand in its place."""


def decisions_section(path: str) -> Section | None:
    """What the file has below ``decisions``; None without the key."""
    from migrator.config.reading import Reader

    root = Reader(Path(path)).root()
    entry = None if root is None else root.entry("decisions")
    if entry is None:
        return None
    span = entry.value.span
    if not isinstance(entry.value, Mapping) or not entry.value.entries:
        is_written = span[:2] != span[2:]
        return Section(
            span.line if is_written else entry.key.span.end_line, nothing=span if is_written else None
        )
    if entry.value.flow:
        return Section(span.end_line)
    # A text of several lines ends on the line behind it.
    return Section(span.end_line - (span.end_column == 1), span.column - 1)
