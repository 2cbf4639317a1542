"""The command line: options in, library calls, exit codes out."""

from __future__ import annotations

import gc
import sys

_BEFORE_COLLECTING = (50_000, 20, 50)
"""A run makes much and drops little: looking for cycles as often as usual is a fifth of its time."""


def main() -> None:
    """The entry point of the ``migrator`` command."""
    gc.set_threshold(*_BEFORE_COLLECTING)
    from migrator.cli.main import cli
    from migrator.cli.run import run

    code = run(cli)
    gc.freeze()  # the process ends: looking once more for cycles in all it has made is a fifth of a short run
    sys.exit(code)
