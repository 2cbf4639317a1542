"""Writing files so that nothing is ever half-written: write beside, flush to the disk, rename.

Everything the system may refuse becomes ``OutputError``, and what was written beside is gone then.
"""

from __future__ import annotations

import hashlib
import os
import stat
from contextlib import suppress
from pathlib import Path
from secrets import token_hex
from typing import Final

from msgspec import Struct

from migrator.errors import OutputError
from migrator.render.safe import shown

TEXT_MODE: Final = 0o644
SCRIPT_MODE: Final = 0o755
_DEVICES: Final = (Path("/dev"), Path("/dev/fd"))


class Artifact(Struct, frozen=True):
    """A file to write. The umask takes away from ``mode``."""

    text: str
    mode: int = TEXT_MODE

    @property
    def digest(self) -> str:
        """Of the bytes, as they will stand in the file."""
        return hashlib.sha256(encoded(self.text)).hexdigest()


def write_file(path: Path, text: str, mode: int = TEXT_MODE) -> None:
    """Write ``text`` to ``path`` in one step; a file that is there is replaced and keeps its mode, a new one has ``mode``.

    A link is followed, so that the file it names is replaced and not the link. What is no file (a
    terminal, a pipe, ``/dev/stdout``) is written to. Raises OutputError; the old file is untouched then.
    """
    try:
        there = path.stat().st_mode if path.exists() else None
        if is_stream(path):
            with path.open("ab", buffering=0) as stream:
                stream.write(encoded(text))
            return
        target = Path(os.path.realpath(path))  # Path.resolve raises RuntimeError for a loop of links
        beside = write_beside(target, Artifact(text, mode))
        try:
            if there is not None:
                beside.chmod(stat.S_IMODE(there))
            beside.replace(target)
        except BaseException:
            discard(beside)
            raise
        flush_folder(target.parent)
    except OSError as error:
        raise refused(path, error) from error


def is_stream(path: Path) -> bool:
    """Whether it is there and no file that could be replaced: a terminal, a pipe, what ``/dev`` has itself."""
    if not path.exists() or path.is_dir():
        return False
    return not path.is_file() or path.parent in _DEVICES


def write_beside(target: Path, artifact: Artifact) -> Path:
    """Write ``artifact`` to a new file in the folder of ``target``. Raises OSError and leaves nothing then."""
    return write_bytes_beside(target, encoded(artifact.text), artifact.mode)


def write_bytes_beside(target: Path, data: bytes, mode: int) -> Path:
    """``write_beside`` for what is no text of ours."""
    beside = beside_name(target)
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, mode)
    try:
        try:
            left = memoryview(data)
            while left:
                left = left[os.write(descriptor, left) :]
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except BaseException:
        discard(beside)
        raise
    return beside


def beside_name(target: Path) -> Path:
    """A name in the folder of ``target`` that nothing has: short, whatever the target's own length."""
    return target.with_name(f".migrator-{token_hex(8)}.tmp")


def encoded(text: str) -> bytes:
    """The bytes of a text file; half a surrogate pair, which no encoding has, is spelled out."""
    return text.encode("utf-8", "backslashreplace")


def discard(path: Path) -> None:
    """Remove a file of ours that may be gone already; another error is being reported meanwhile."""
    with suppress(OSError):
        path.unlink()


def flush_folder(folder: Path) -> None:
    """Make renames in ``folder`` last. Some file systems cannot; they lose a rename at worst, no file."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def refused(path: Path, error: OSError) -> OutputError:
    """What the system refused, about the path the user knows."""
    reason = (error.strerror or str(error)).lower()
    return OutputError(
        f"{shown(str(path))} could not be written: {shown(reason)}",
        "Nothing was changed. Make room or give leave there, or choose another place.",
    )
