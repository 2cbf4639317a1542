"""The tool as users start it: a process of its own, so that exit codes and streams are real."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[..., subprocess.CompletedProcess[bytes]]


@pytest.fixture
def migrator(tmp_path: Path, repository: Path) -> Run:
    """Start ``migrator`` with arguments, in a directory of its own."""

    def run(
        *arguments: object, stdin: bytes | None = None, **environment: str
    ) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            [sys.executable, "-c", "from migrator.cli import main; main()", *map(str, arguments)],
            input=stdin if stdin is not None else b"",
            capture_output=True,
            check=False,
            cwd=tmp_path,
            timeout=60,
            env={**os.environ, "PYTHONPATH": str(repository), **environment},
        )

    return run
