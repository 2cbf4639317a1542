"""The command line: options in, library calls, exit codes out."""

from __future__ import annotations

import sys


def main() -> None:
    """The entry point of the ``migrator`` command."""
    from migrator.cli.main import cli
    from migrator.cli.run import run

    sys.exit(run(cli))
