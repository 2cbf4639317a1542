"""Texts that ship with the program: grammars and templates.

They are kept at the top of the repository, where people look for them, and are packed into the
wheel as ``migrator/grammars`` and ``migrator/templates``.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

_PACKAGE = Path(__file__).resolve().parent


def read_text(kind: Literal["grammars", "templates"], name: str) -> str:
    """The text of the ``kind``'s file ``name`` (which may name a folder below: ``"a/b.j2"``).

    Raises ``FileNotFoundError`` where there is none, which only an incomplete installation makes
    possible.
    """
    return path_of(kind, name).read_text(encoding="utf-8")


def path_of(kind: Literal["grammars", "templates"], name: str) -> Path:
    """Where the ``kind``'s file ``name`` is, or would be."""
    packed = _PACKAGE / kind / name
    return packed if packed.is_file() else _PACKAGE.parent / kind / name
