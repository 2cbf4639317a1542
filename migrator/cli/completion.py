"""``migrator completion``, and what a shell completes where click does not know."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from migrator.cli.options import debug_option
from migrator.cli.run import emit

if TYPE_CHECKING:
    from click.shell_completion import ShellComplete

SHELLS: Final = ("bash", "zsh", "fish")
PROGRAM: Final = "migrator"
VARIABLE: Final = "_MIGRATOR_COMPLETE"
"""What the script sets when it asks the program for words; click looks for this name."""


@click.command()
@click.argument("shell", type=click.Choice(SHELLS), metavar="SHELL")
@debug_option
def completion(shell: str) -> int:
    """Print the script that makes a SHELL complete migrator's commands, options, files and codes.

    SHELL is bash (4.4 or later), zsh or fish. The script asks the program itself, so it stays right
    when migrator is updated.

    \b
    Exit status: 0 fine; 2 there is no such shell.

    \b
    Examples:
      migrator completion bash > ~/.local/share/bash-completion/completions/migrator
      migrator completion zsh > ~/.zfunc/_migrator     # with fpath+=~/.zfunc before compinit
      migrator completion fish > ~/.config/fish/completions/migrator.fish
    """
    script = _script(shell)
    # click's own way of printing starts a bash to ask for its version: nothing else here needs one.
    emit(f"{(script.source_template % script.source_vars()).strip()}\n")
    return 0


def _script(shell: str) -> ShellComplete:
    from click.shell_completion import BashComplete, FishComplete, ZshComplete

    from migrator.cli.main import cli

    kinds: dict[str, type[ShellComplete]] = {"bash": BashComplete, "zsh": ZshComplete, "fish": FishComplete}
    return kinds[shell](cli, {}, PROGRAM, VARIABLE)
