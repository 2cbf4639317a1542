"""A change of many files that happens as a whole or not at all, short of the machine going down.

Everything is written beside its place first, where room and leave are found wanting before anything
has happened. Renames need neither, so they can be taken back.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Final

from msgspec import Struct, field

from migrator.render.files import Artifact, beside_name, discard, flush_folder, write_beside

FOLDER_MODE: Final = 0o755


class Change(Struct):
    """What has been done in ``folder`` so far; a step is recorded once it has happened.

    ``stage`` everything, ``commit``, then ``finish``; ``undo`` instead whenever one of the first two
    raises OSError. A path may be staged twice: it gets one content after the other.
    """

    folder: Path
    staged: list[tuple[Path, Path]] = field(default_factory=list)
    """Targets with the files that wait beside them."""
    saved: dict[Path, Path] = field(default_factory=dict)
    """Targets with what stood there before the change."""
    placed: list[Path] = field(default_factory=list)
    made_folders: list[Path] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)

    def stage(self, name: str, artifact: Artifact) -> None:
        """Write ``artifact`` beside its place, in a new folder if need be."""
        target = self.folder / name
        self._make_folder(target.parent)
        self.staged.append((target, write_beside(target, artifact)))

    def commit(self, stale: Iterable[str]) -> None:
        """Put what is staged into its place, in that order, and remove ``stale`` before the last one."""
        *files, (last, waiting) = self.staged
        for target, beside in files:
            self._place(target, beside)
        for name in stale:
            self._save(self.folder / name)
            (self.folder / name).unlink()
            self.removed.append(name)
        self._place(last, waiting)

    def undo(self) -> None:
        """Everything as it was, as far as the system lets us."""
        for _, beside in self.staged:
            discard(beside)
        for target in self.placed:
            if target not in self.saved:
                discard(target)
        for target, saved in self.saved.items():
            with suppress(OSError):
                saved.replace(target)
            discard(saved)  # two names of one file: a rename leaves both
        for folder in reversed(self.made_folders):
            with suppress(OSError):
                folder.rmdir()

    def finish(self) -> None:
        """Tidy up: nothing here makes the change less done."""
        for saved in self.saved.values():
            discard(saved)
        for folder in {target.parent: None for target in (*self.placed, *self.saved)}:
            flush_folder(folder)
        for name in self.removed:
            for parent in Path(name).parents[:-1]:
                with suppress(OSError):
                    (self.folder / parent).rmdir()  # refused where anything is left

    def _make_folder(self, folder: Path) -> None:
        missing = []
        while not folder.exists():
            missing.append(folder)
            folder = folder.parent
        for each in reversed(missing):
            each.mkdir(FOLDER_MODE)
            self.made_folders.append(each)

    def _place(self, target: Path, beside: Path) -> None:
        self._save(target)
        beside.replace(target)
        self.placed.append(target)

    def _save(self, target: Path) -> None:
        """Keep what stands at ``target`` under a second name; a copy where there are no links."""
        if target in self.saved or target in self.placed or not target.exists():
            return
        saved = beside_name(target)
        try:
            os.link(target, saved)
        except OSError:
            try:
                shutil.copy2(target, saved)
            except BaseException:
                discard(saved)
                raise
        self.saved[target] = saved
