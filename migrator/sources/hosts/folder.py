"""The files beside a host, as far as it needs them: what a template or a variable says."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from migrator.findings.base import Finding
from migrator.sources.inputs import Input
from migrator.tree.problems import Problem
from migrator.tree.text import decode

LIMIT = 1024 * 1024
"""Bytes of one such file."""


class Beside:
    """The folder of an input; nothing where the input came without one."""

    def __init__(self, item: Input, read: Callable[[Input, int], bytes | Finding]) -> None:
        self._read = read
        self._leads_to_it = item.leads_to_it()
        self._folder = None if item.data is not None else Path(item.file or item.path).parent

    def names(self) -> list[str]:
        if self._folder is None:
            return []
        try:
            return sorted(place.name for place in self._folder.iterdir())
        except OSError:
            return []

    def text(self, path: str) -> str | None:
        if self._folder is None or "\0" in path:
            return None
        data = self._read(Input(path, path, file=str(self._folder / path)), LIMIT)
        text = decode(data) if isinstance(data, bytes) and len(data) <= LIMIT else None
        return None if isinstance(text, Problem) else text

    def may_be_named(self, name: str) -> bool:
        return self._leads_to_it and name.isprintable()
