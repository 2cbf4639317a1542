"""Files as bytes: read as they are, written whole or not at all."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Final

from migrator.render.files import discard, flush_folder, write_bytes_beside

_OWNER_WRITES: Final = stat.S_IWUSR


def read_file(path: str, limit: int) -> bytes | str:
    """A regular file's bytes; for anything else, and for one of more than ``limit`` bytes, why not."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        return _reason(error)
    try:
        with os.fdopen(descriptor, "rb") as file:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                return "it is not a regular file"
            data = file.read(limit + 1)
    except OSError as error:
        return _reason(error)
    return data if len(data) <= limit else f"it has more than {limit // 1024 // 1024} MiB"


def replace_file(path: str, before: bytes, after: bytes) -> str | None:
    """Put ``after`` in the place of ``before``, in one step and with the same mode; why not, where it was refused.

    A link is followed. A file that says something else than ``before`` by now, or that its owner may
    not write, is left alone.
    """
    target = Path(os.path.realpath(path))
    try:
        mode = stat.S_IMODE(target.stat().st_mode)
        if not mode & _OWNER_WRITES or not os.access(target, os.W_OK):
            return "it is read-only"
        beside = write_bytes_beside(target, after, mode)
        try:
            beside.chmod(mode)
            if target.read_bytes() != before:
                return "it was changed while migrator read it"
            beside.replace(target)
        finally:
            discard(beside)
    except OSError as error:
        return _reason(error)
    flush_folder(target.parent)
    return None


def _reason(error: OSError) -> str:
    return (error.strerror or type(error).__name__).lower()
