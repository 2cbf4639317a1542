"""What stands where in a container: files and folders of the project that were put there."""

from __future__ import annotations

import posixpath

from msgspec import Struct


class Mounts(Struct, frozen=True):
    """Files and folders of a project by their paths in a container, relative to the file that says so."""

    files: dict[str, str]

    def file(self, path: str) -> str | None:
        """The project's file at a path, through its own mount or that of a folder above it."""
        path = posixpath.normpath(path)
        above = path
        while above not in self.files:
            if above in ("/", ".", "", "//"):
                return None
            above = posixpath.dirname(above)
        rest = posixpath.relpath(path, above) if path != above else ""
        return posixpath.join(self.files[above], rest) if rest else self.files[above]
