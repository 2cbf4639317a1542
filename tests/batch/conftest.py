"""A folder of policies of every kind, and readers that end their own process."""

from __future__ import annotations

import os
import shutil
import signal
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from migrator.batch import work
from migrator.sources.inputs import Input
from migrator.sources.model import FileRead
from migrator.sources.read import read

FOLDERS = ("demo", "containers", "strategies")

Deadly = Callable[[str, bool], None]


@pytest.fixture(scope="session")
def policies(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Fixtures of many kinds: files that refer to each other, broken ones, several units in one."""
    folder = tmp_path_factory.mktemp("policies")
    for name in FOLDERS:
        shutil.copytree(repository / "fixtures" / name, folder / name)
    return folder


@pytest.fixture
def deadly(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Deadly:
    """Make reading files of a name kill the process that reads them, always or once; forked workers inherit it."""
    if threading.active_count() > 1:
        pytest.skip("processes are forked, and with them what is patched, only where there are no threads")
    parent = os.getpid()

    def choose(name: str, once: bool) -> None:
        flag = tmp_path / "died"

        def deadly_read(item: Input) -> FileRead | None:
            if item.path.endswith(name) and os.getpid() != parent and not (once and flag.exists()):
                flag.touch()
                os.kill(os.getpid(), signal.SIGKILL)
            return read(item)

        monkeypatch.setattr(work, "read", deadly_read)

    return choose
