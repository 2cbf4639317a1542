"""A text → its documents, and every reason why one could not be read. Never an exception."""

from __future__ import annotations

import re
from typing import Final

from migrator.tree.build import Loaded, build
from migrator.tree.events import PURE
from migrator.tree.json_text import read_json
from migrator.tree.problems import Problem, ProblemKind, problem_text
from migrator.tree.text import BOM, point

__all__ = ["Loaded", "Problem", "ProblemKind", "load", "problem_text"]

_UNREADABLE: Final = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

_DESCRIBED_LIMIT: Final = 256 * 1024
"""Up to this many code points a refusal is looked at a second time; that costs half a second at most."""


def load(text: str, *, pure: bool = PURE) -> Loaded:
    """Every document of a YAML stream, or the one of a JSON text.

    A byte order mark in front is no part of the text: column 1 is the character after it.
    ``pure`` chooses PyYAML's Python parser over libyaml; what comes out is the same.
    """
    text = text.lstrip(BOM)
    unreadable = _UNREADABLE.search(text)
    if unreadable is not None:
        kind: ProblemKind = "nul-byte" if unreadable.group() == "\0" else "control-character"
        return Loaded((), (Problem(kind, point(text, unreadable.start())),))
    problems: list[Problem] = []
    json = read_json(text, problems)
    if json is not None:
        return Loaded(() if problems else (json,), tuple(problems))
    loaded = build(text, pure=pure)
    if loaded.doubtful and not pure and len(text) <= _DESCRIBED_LIMIT:
        # The parsers do not always stop at the same place: where they may not, one of them has to have the say.
        described = build(text, pure=True)
        if described.problems:
            return described
    return loaded
