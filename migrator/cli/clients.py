"""``migrator clients``."""

from __future__ import annotations

from pathlib import Path

import click

from migrator.catalog import bundled
from migrator.cli.options import complete_paths, debug_option
from migrator.cli.run import emit, emit_bytes, say
from migrator.clients import KINDS, json_report, left, patched, read_bundle, search, text_report, written
from migrator.errors import UsageError
from migrator.sources.walk import iter_files

FORMATS = {"text": text_report, "json": json_report}


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH...", shell_complete=complete_paths)
@click.option(
    "--bundle",
    "folder",
    required=True,
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="The bundle that `migrator convert ... -o DIR` wrote.",
)
@click.option(
    "--diff",
    is_flag=True,
    help="Print the unambiguous changes as a patch for `git apply`; the report goes to stderr.",
)
@click.option("--write", is_flag=True, help="Make the unambiguous changes in the files.")
@click.option(
    "--format",
    "form",
    type=click.Choice(list(FORMATS)),
    default="text",
    show_default=True,
    help="How to print the report.",
)
@click.option(
    "--ignore",
    multiple=True,
    type=click.Choice(KINDS),
    metavar="KIND",
    help=f"Leave out mentions of a kind; repeatable. Kinds: {', '.join(KINDS)}.",
)
@debug_option
def clients(
    paths: tuple[str, ...], folder: Path, diff: bool, write: bool, form: str, ignore: tuple[str, ...]
) -> int:
    """Find what applications that called the converted endpoints have to change, and change it.

    Searches source and configuration files for base URLs of the endpoints, environment variables of their
    keys, ngrok/auto, and names of models that have another name now, are gone, or are not allowed. PATH is
    a file, or a folder that is searched as git sees it. Values of keys are neither shown nor touched;
    binary, generated and lock files are not changed.

    \b
    Exit status: 0 nothing is left to change; 1 something is; 2 wrong usage, or no bundle that
    can be read.

    \b
    Examples:
      migrator clients --bundle build/migration .
      migrator clients --bundle build/migration --diff src | git apply
      migrator clients --bundle build/migration --write src deploy
    """
    if diff and write:
        raise UsageError("--diff and --write exclude each other", "--diff only shows what --write would do.")
    if diff and form != "text":
        raise UsageError("--diff prints a patch", "Leave --format out, or ask for the report in another run.")
    bundle = read_bundle(folder)
    searched = search(bundle, paths, bundled().current, iter_files, ignore=frozenset(ignore))
    if diff:
        made = patched(searched)
        emit_bytes(made.data)
        for line in text_report(searched).splitlines():
            say(line)
        if made.left_out:
            say(
                "Left out of the patch, for a line of it may hold a credential or git would not take the path;"
            )
            say("--write makes these changes, too:")
        for mention in made.left_out:
            say(f"    {mention.path}:{mention.line}:{mention.column}")
        return int(bool(searched.mentions))
    done = written(searched) if write else None
    emit(FORMATS[form](searched, done))
    return int(bool(left(searched, done)))
