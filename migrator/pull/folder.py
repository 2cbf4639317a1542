"""The folder of a pull: nothing in it but ours is replaced, and nothing is ever half-written.

Every file is for its owner alone (0600, folders 0700), whatever the umask.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import stat
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from msgspec.structs import replace

from migrator.errors import OutputError
from migrator.pull.index import INDEX, FileState, Index, ListState, index_document, parse_index
from migrator.pull.model import RESOURCES
from migrator.render.files import Artifact, discard, flush_folder, write_beside
from migrator.render.safe import json_text, shown

FILE_MODE: Final = 0o600
FOLDER_MODE: Final = 0o700

_LEFT_BEHIND: Final = re.compile(r"\.migrator-[0-9a-f]{16}\.tmp\Z")
_KEPT: Final = "What was pulled before is kept; the same command goes on from there."
_ELSEWHERE: Final = "Choose another folder, or an empty one."


def text_of(value: object) -> str:
    """``value`` as it stands in a file: JSON that people can read, members in the API's own order."""
    return f"{json_text(value, indent=2)}\n"


@contextmanager
def opened(out: Path, api_url: str) -> Iterator[Folder]:
    """The folder for as long as a pull lasts; no other pull gets it meanwhile.

    One that is made and left empty is removed. Raises OutputError for a folder that is not empty and no
    pull's, or whose pull asked another API.
    """
    try:
        is_new = not out.exists()
        out.mkdir(FOLDER_MODE, parents=True, exist_ok=True)
        if is_new:
            out.chmod(FOLDER_MODE)
        descriptor = os.open(out, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as error:
        raise _refused(out, error) from None
    try:
        _lock(descriptor, out)
        try:
            index = _index_of(out, api_url)
            _tidy(out)
        except OSError as error:
            raise _refused(out, error) from None
        yield Folder(out, index)
    finally:
        if is_new:
            with suppress(OSError):
                out.rmdir()  # refused where anything is in it
        os.close(descriptor)


class Folder:
    """What has been pulled so far, on the disk at every moment."""

    def __init__(self, out: Path, index: Index) -> None:
        self.out = out
        self.index = index

    def check(self, paths: Iterable[str]) -> None:
        """Raises OutputError where one of the paths must not be written: it is not as a pull wrote it."""
        for path in paths:
            try:
                self._check(path)
            except OSError as error:
                raise _refused(self.out / path, error) from None

    def read(self, path: str) -> bytes | None:
        """What a pull wrote at ``path``; None where that is not there any more."""
        state = self.index.files.get(path)
        try:
            data = (self.out / path).read_bytes() if state is not None and self._mode(path) else b""
        except OSError:
            return None
        return data if state is not None and _digest(data) in state.digests else None

    def save(
        self, name: str, state: ListState, texts: Mapping[str, str], files: Mapping[str, FileState], drop: str
    ) -> None:
        """Write ``texts`` by their paths, and that the list ``name`` is now at ``state`` and its files as said.

        ``files`` are all files of the folder but the new ones; ``drop`` is a path that goes.
        Raises OutputError; the folder then is one from which the next pull goes on.
        """
        artifacts = {path: Artifact(text, FILE_MODE) for path, text in texts.items()}
        new = {path: FileState(frozenset({artifact.digest})) for path, artifact in artifacts.items()}
        both = {path: FileState(self._digests(path) | each.digests) for path, each in new.items()}
        lists = {**self.index.lists, name: state}
        self.check(artifacts)
        try:
            if artifacts:
                self._write_index(replace(self.index, files={**self.index.files, **both}))
            for path, artifact in artifacts.items():
                self._write(path, artifact)
            for folder in {(self.out / path).parent: None for path in artifacts}:
                flush_folder(folder)
            if drop in self.index.files and self.read(drop) is not None:
                discard(self.out / drop)
            kept = {path: each for path, each in files.items() if path != drop}
            self._write_index(Index(self.index.api_url, lists, {**kept, **new}))
        except OSError as error:
            raise _refused(self.out, error) from None

    def _write_index(self, index: Index) -> None:
        self._write(INDEX, Artifact(text_of(index_document(index)), FILE_MODE))
        flush_folder(self.out)
        self.index = index

    def _write(self, path: str, artifact: Artifact) -> None:
        target = self.out / path
        if target.parent != self.out and not target.parent.exists():
            target.parent.mkdir(FOLDER_MODE)
            target.parent.chmod(FOLDER_MODE)
        beside = write_beside(target, artifact)
        try:
            beside.chmod(FILE_MODE)
            beside.replace(target)
        except BaseException:
            discard(beside)
            raise

    def _check(self, path: str) -> None:
        above, slash, _ = path.rpartition("/")
        mode = self._mode(above) if slash else None
        if mode is not None and not stat.S_ISDIR(mode):
            raise _in_the_way(self.out / above, "is no folder")
        mode = self._mode(path)
        if mode is None:
            return
        if not stat.S_ISREG(mode):
            raise _in_the_way(self.out / path, "is no file")
        digests = self._digests(path)
        if not digests:
            raise _in_the_way(self.out / path, "was not written by a pull")
        if _digest((self.out / path).read_bytes()) not in digests:
            raise _in_the_way(self.out / path, "was changed since it was pulled")

    def _digests(self, path: str) -> frozenset[str]:
        state = self.index.files.get(path)
        return frozenset() if state is None else state.digests

    def _mode(self, path: str) -> int | None:
        """The mode of what stands there itself, links not followed; None where nothing does."""
        return _mode(self.out / path)


def _index_of(out: Path, api_url: str) -> Index:
    path = out / INDEX
    mode = _mode(path)
    if mode is None:
        if any(not _LEFT_BEHIND.match(entry.name) for entry in out.iterdir()):
            raise OutputError(f"{shown(str(out))} is not empty, and nothing was pulled into it", _ELSEWHERE)
        return Index(api_url)
    index = parse_index(path.read_bytes()) if stat.S_ISREG(mode) else None
    if index is None:
        raise OutputError(
            f"{shown(str(path))} is not an index that this version of migrator wrote", _ELSEWHERE
        )
    if index.api_url != api_url:
        raise OutputError(
            f"{shown(str(out))} holds what was pulled from {shown(index.api_url)}, not from {shown(api_url)}",
            _ELSEWHERE,
        )
    return index


def _tidy(out: Path) -> None:
    """Remove what a pull that was killed had written beside; whoever holds the lock is the only one writing."""
    for folder in (out, *(out / resource.file for resource in RESOURCES if resource.is_apart)):
        mode = _mode(folder)
        if mode is not None and (folder == out or stat.S_ISDIR(mode)):
            for entry in sorted(folder.iterdir()):
                if _LEFT_BEHIND.match(entry.name):
                    discard(entry)


def _lock(descriptor: int, out: Path) -> None:
    """Some file systems have no locks; there, two pulls at once are the user's to avoid."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise OutputError(
            f"another pull is writing to {shown(str(out))}", "Wait for it, or choose another folder."
        ) from None
    except OSError:
        return


def _mode(path: Path) -> int | None:
    try:
        return path.lstat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        return None


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _in_the_way(path: Path, why: str) -> OutputError:
    return OutputError(
        f"{shown(str(path))} {why}",
        "Move it away, or choose another folder. It is untouched; what was pulled before is kept.",
    )


def _refused(path: Path, error: OSError) -> OutputError:
    reason = (error.strerror or str(error)).lower()
    return OutputError(f"{shown(str(path))} could not be written: {shown(reason)}", _KEPT)
