"""Paths in reports that other machines read: relative to where the tool was started, never to a machine's root."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import quote

from migrator.merge.model import Migration
from migrator.secrets import visible

_LONE: Final = re.compile("[\ud800-\udc7f\udd00-\udfff]")
"""Halves of pairs that stand for no byte of a file's name."""


class Paths:
    """The paths of a run as seen from ``base``, a directory; an empty one is not known."""

    def __init__(self, migration: Migration, base: str) -> None:
        self._stems = {source.path: source.file.stem for source in migration.sources}
        self._absolute = sorted((path for path in self._stems if path.startswith("/")), key=len, reverse=True)
        self._base = f"{base.rstrip('/')}/" if base else ""

    def relative(self, path: str) -> str:
        """``path`` without what only this machine knows.

        An absolute path below the base loses it; one elsewhere is named as units are named after it.
        """
        if not path.startswith("/"):
            return visible(path)
        if self._base and path.startswith(self._base):
            return visible(path.removeprefix(self._base))
        return visible(self._stems.get(path, path).rpartition("/")[2]) or "input"

    def within(self, text: str) -> str:
        """A message with the run's absolute paths in it as ``relative`` says them."""
        for path in self._absolute:
            text = text.replace(path, self.relative(path))
        return text

    def uri(self, path: str) -> str:
        """The relative path as a relative reference of RFC 3986; bytes that are no UTF-8 stay the bytes they are."""
        relative = _LONE.sub("\ufffd", self.relative(path))
        return quote(relative, safe="/", errors="surrogateescape")
