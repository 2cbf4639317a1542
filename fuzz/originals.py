"""What is damaged: the fixtures, and the policies and containers of the shared corpus where that is present."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

TOP: Final = Path(__file__).resolve().parent.parent
_LARGEST: Final = 20_000
"""Bytes: what is larger costs more time than it finds."""


@dataclass(frozen=True)
class Original:
    """A file as somebody may have it."""

    name: str
    data: bytes

    @property
    def is_policy(self) -> bool:
        """A policy by itself, which can be put into a container."""
        return self.name.endswith((".yaml", ".yml")) and b"ai-gateway" in self.data


@lru_cache(maxsize=1)
def originals() -> tuple[Original, ...]:
    """Every file to start from, in the order of their paths."""
    shared = Path(os.environ.get("MIGRATOR_SHARED", TOP.parent / "shared")) / "corpus"
    folders = [folder for folder in (TOP / "fixtures", shared) if folder.is_dir()]
    return tuple(
        Original(path.name, path.read_bytes())
        for folder in folders
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.stat().st_size <= _LARGEST and path.suffix != ".md"
    )
