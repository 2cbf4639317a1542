"""Starting ``child`` in a process of its own: what hangs there can be stopped."""

from __future__ import annotations

import os
import select
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path


def child(
    *arguments: str, cwd: Path | None = None, env: Mapping[str, str] | None = None, timeout: float = 60
) -> str:
    """What the child printed. Raises where it fails or takes longer than ``timeout`` seconds."""
    done = subprocess.run(
        _command(*arguments), cwd=cwd, env=_environment(env), capture_output=True, timeout=timeout, check=True
    )
    return done.stdout.decode("utf-8")


def timed(files: list[Path], limit: float) -> dict[str, float]:
    """Seconds that converting each file takes, by its name; ``limit`` for what takes as long or longer."""
    taken: dict[str, float] = {}
    left = list(files)
    while left:
        with subprocess.Popen(
            _command("time", *map(str, left)), stdout=subprocess.PIPE, bufsize=0, env=_environment(None)
        ) as process:
            assert process.stdout is not None
            # The first line says that the child has started; each other one is about a file.
            ready = select.select([process.stdout], [], [], 30)[0] and process.stdout.readline()
            while left and ready and select.select([process.stdout], [], [], limit)[0]:
                line = process.stdout.readline()
                if not line:
                    break
                taken[left.pop(0).name] = float(line)
            process.kill()
        if left:
            taken[left.pop(0).name] = limit
    return taken


def _command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "tests.properties.child", *arguments]


def _environment(more: Mapping[str, str] | None) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(Path.cwd()), "PYTHONUTF8": "1", **(more or {})}
