"""One apply at a time: on this machine, for one account, whatever journals they use."""

from __future__ import annotations

import fcntl
import hashlib
import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from migrator.errors import OutputError
from migrator.render.safe import shown

_MODE: Final = 0o600
_BUSY: Final = "Wait until it is done, and run again."


@contextmanager
def only_one(account: str) -> Iterator[None]:
    """Hold the account for this process; it is free again when the process ends, however it ends.

    Raises OutputError when another process has it.
    """
    try:
        path = lock_path(account)
    except FileNotFoundError:
        raise OutputError(
            "no directory for temporary files can be written to, and the lock stands there",
            "It keeps two runs from changing one account at once. Make room, or set TMPDIR.",
        ) from None
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, _MODE)
    except OSError as error:
        raise _unusable(path, (error.strerror or str(error)).lower()) from None
    try:
        about = os.fstat(descriptor)
        if not stat.S_ISREG(about.st_mode) or about.st_uid != os.geteuid():
            raise _unusable(path, "it is somebody else's")
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise OutputError(
                f"another migrator is changing the account {shown(account)} from this machine", _BUSY
            ) from None
        yield
    finally:
        os.close(descriptor)


def lock_path(account: str) -> Path:
    """The file that stands for the account, however its API is spelled. It is empty, and stays: removing it would let two hold it."""
    digest = hashlib.sha256(account.encode()).hexdigest()[:24]
    return Path(tempfile.gettempdir()) / f"migrator-{os.geteuid()}-{digest}.lock"


def _unusable(path: Path, reason: str) -> OutputError:
    return OutputError(
        f"the lock {shown(str(path))} cannot be used: {shown(reason)}",
        "It keeps two runs from changing one account at once. Remove the file, or set TMPDIR.",
    )
