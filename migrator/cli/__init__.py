"""The command line: options in, library calls, exit codes out."""

from __future__ import annotations

import gc
import sys

from migrator.progress import collect_seldom


def main() -> None:
    """The entry point of the ``migrator`` command."""
    collect_seldom()
    from migrator.cli.main import cli
    from migrator.cli.run import run

    code = run(cli)
    gc.freeze()  # the process ends: looking once more for cycles in all it has made is a fifth of a short run
    sys.exit(code)
