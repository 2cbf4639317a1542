"""``migrator init``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from migrator.api import Options, Result
from migrator.api import convert as convert_inputs
from migrator.cli.options import catalog_options, complete_paths, debug_option, read_stdin
from migrator.cli.run import emit, say, say_found
from migrator.config import DEFAULT_NAME, Configuration, decisions_section, read_configuration
from migrator.errors import OutputError, UsageError
from migrator.findings.base import Category, Finding, Severity
from migrator.render.files import is_stream, write_file
from migrator.report.initial import SCHEMA_FILE, initial_file, open_entries, with_entries, without
from migrator.report.schemas import schema_text
from migrator.report.tally import number
from migrator.tree.text import decode

if TYPE_CHECKING:
    from migrator.catalog import Catalogs

_ANSWER: Final = {"nobody:asks:migrator-init": "this"}
_ANSWERED: Final = [f"  {decision}: {option}" for decision, option in _ANSWER.items()]
"""An entry without its comment sign, as there will be some: what is added has to stand where that can be read."""


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH...", shell_complete=complete_paths)
@click.option(
    "-o",
    "--output",
    default=DEFAULT_NAME,
    show_default=True,
    metavar="FILE",
    help="The file to write; - for standard output. Its JSON Schema is written beside a file.",
)
@click.option(
    "--update", is_flag=True, help="Add what is open and not in the file yet; keep all that is in it."
)
@click.option("--force", is_flag=True, help="Replace a file that is there, with the answers in it.")
@catalog_options
@debug_option
def init(paths: tuple[str, ...], output: str, update: bool, force: bool, catalogs: Catalogs | None) -> int:
    """Write a decisions file for some policies, with every open decision in it.

    Each stands there as a comment: the question, where in the policies it comes from, what each option means, and an
    entry with the default. A file that nobody touched answers nothing, and convert does with it what it does without.
    PATH is what convert takes. What could not be read asks nothing, and is told.

    \b
    Exit status: 0 fine; 2 wrong usage, no input readable, or the file is there already.

    \b
    Examples:
      migrator init policies/
      migrator init policies/ --update
      migrator init policies/ -o -
    """
    if update and force:
        raise click.UsageError("--update keeps what --force replaces: give one of them.")
    file = Path(output)
    is_kept = output != "-" and file.exists() and not is_stream(file)
    if is_kept and not (update or force):
        raise OutputError(
            f"{file} is there already",
            "Give --update to add what is open, --force to replace it, or another file with -o.",
        )
    held = read_configuration(output) if update and is_kept else None
    result = convert_inputs(paths, _options(held, catalogs), stdin=read_stdin(paths))
    say_found(found for found in result.findings if result.nothing_readable or _is_unread(found))
    if result.nothing_readable:
        return result.exit_code()
    count = sum(decision.is_open for decision in result.decisions)
    if output == "-":
        emit(initial_file(result.migration))
        return 0
    if is_stream(file):
        write_file(file, initial_file(result.migration))
        return 0
    text = initial_file(result.migration) if held is None else _updated(output, held, result)
    _write_schema(file.parent / SCHEMA_FILE, force=force)
    if text is not None:
        write_file(file, text)
    told = "" if held is None else "nothing to add; " if text is None else "added what is open; "
    say(f"{file}: {told}{number(count, 'open decision')}.")
    return 0


def _updated(path: str, held: Configuration, result: Result) -> str | None:
    """The file with what is open and not in it; None where nothing is."""
    text = decode(Path(path).read_bytes())
    entries = open_entries(result.migration, text) if isinstance(text, str) else []
    if not isinstance(text, str) or not entries:
        return None
    section = decisions_section(path)
    after, indent = (section.end, section.indent) if section is not None else (None, 2)
    if section is not None and section.nothing is not None:
        text = without(text, section.nothing)
    changed = with_entries(text, entries, after, indent)
    answered = with_entries(text, [*entries, *_ANSWERED], after, indent)
    if _decisions(path, changed) != held.decisions or _decisions(path, answered) != {
        **held.decisions,
        **_ANSWER,
    }:
        raise OutputError(
            f"{path} has no place for further entries below decisions",
            "Nothing was changed. Write each decision on one line of its own, without braces around all of them, "
            "or name another file with -o.",
        )
    return changed


def _options(held: Configuration | None, catalogs: Catalogs | None) -> Options:
    if held is None:
        return Options(catalogs=catalogs)
    return Options(decisions=held.decisions, reasons=held.reasons, names=held.names, catalogs=catalogs)


def _is_unread(found: Finding) -> bool:
    """Whether what it is about asks nothing because it could not be read."""
    return found.category is Category.READ and found.severity is Severity.ERROR


def _decisions(path: str, text: str) -> dict[str, str] | None:
    """What the file would answer with this text; None where it could not be read."""
    try:
        return read_configuration(path, text).decisions
    except UsageError:
        return None


def _write_schema(path: Path, *, force: bool) -> None:
    """The schema that the first line of the file names. Raises OutputError where something else has the name."""
    wanted = schema_text("decisions")
    if path.exists():
        try:
            data = path.read_bytes()
            is_ours = json.loads(data)["$id"].startswith("urn:migrator:schema:decisions:")
        except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
            data, is_ours = b"", False
        if not is_ours and not force:
            raise OutputError(
                f"{path} is there already, and not the schema", "Move it away, or give --force."
            )
        if data == wanted.encode():
            return
    write_file(path, wanted)
