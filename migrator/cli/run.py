"""From exceptions to exit codes: the one place where a run ends.

0 fine · 1 findings at the threshold · 2 usage, crash, output not written, or no input readable. With
--detailed-exitcode 2 means changes, so everything that fails is 1 then.
No traceback for anything a user did; ``--debug`` shows where the tool itself failed, as places in its
code and without the texts of values or exceptions, which could hold what an input holds.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

import click

from migrator.errors import Interrupted, MigratorError, OutputError

if TYPE_CHECKING:
    from migrator.findings.base import Finding

FAILED = 2
FAILED_IN_DETAIL = 1
INTERRUPTED = 130
_WRITTEN_AT_ONCE = 1 << 18


class _ReaderLeft(Exception):  # noqa: N818 -- said of who reads
    """Whoever read an output has what they wanted. click would make 1 of a broken pipe, which is for findings."""


def run(command: click.Command, args: Sequence[str] | None = None) -> int:
    """Run a command to its exit code; everything that goes wrong ends as a message on stderr."""
    arguments = list(sys.argv[1:] if args is None else args)
    failed = FAILED_IN_DETAIL if "--detailed-exitcode" in arguments else FAILED
    _open_closed()
    try:
        return _guarded(
            lambda: command.main(arguments, prog_name="migrator", standalone_mode=False),
            debug="--debug" in arguments,
            failed=failed,
        )
    except OSError:  # what went wrong cannot be said either
        return failed
    finally:
        _flush()


def _open_closed() -> None:
    """A stream that was closed when the run began has nothing and keeps nothing: no file may take its place."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            stream = open(os.devnull, mode, encoding="utf-8")  # noqa: SIM115, PTH123 -- for the whole run; pathlib is slow to import
            setattr(sys, name, stream)


def _guarded(call: Callable[[], object], *, debug: bool, failed: int) -> int:
    try:
        code = call()
    except click.ClickException as error:
        error.show()
        return failed
    except (click.Abort, KeyboardInterrupt) as stopped:
        told = stopped.__cause__ if isinstance(stopped, click.Abort) else stopped
        say(f"Interrupted: {told}." if isinstance(told, Interrupted) else "Interrupted.")
        return INTERRUPTED
    except (BrokenPipeError, _ReaderLeft):
        return failed
    except MigratorError as error:
        say_error(error)
        _trace(error, debug=debug)
        return error.exit_code if failed == FAILED else failed
    except Exception as error:  # noqa: BLE001 -- the last line: a crash is a message and exit code 2
        if isinstance(error, FileNotFoundError) and _is_nowhere():
            say("Error: the folder that migrator was started in is not there any more")
            say("Change into another folder, or into the same one again if it was made anew.")
            return failed
        say(f"Error: migrator failed ({type(error).__name__}). This is a bug; please report it.")
        if not debug:
            say("Run again with --debug to see where.")
        _trace(error, debug=debug)
        return failed
    return code if isinstance(code, int) else 0


def _is_nowhere() -> bool:
    """Whether the working directory was removed."""
    try:
        os.getcwd()  # noqa: PTH109 -- pathlib is slow to import
    except FileNotFoundError:
        return True
    return False


def say_error(error: MigratorError) -> None:
    """What went wrong, and what to do. An API may repeat what is in an object, a password in a URL among it."""
    from migrator.sources.prose import sure, without_credentials

    for line in (f"Error: {error.message}", *(f"  {line}" for line in error.details), error.remedy):
        if line:
            say(without_credentials(line, sure))


def say_found(findings: Iterable[Finding]) -> None:
    """Name what a command has no other place for: a line for each, with its place."""
    for found in findings:
        say(f"{found.at}: {found.text}" if found.at is not None else found.text)


def say(text: str) -> None:
    """A line for people, on stderr, whatever its encoding."""
    from migrator.render.safe import shown

    click.echo(shown(text).encode("utf-8", "backslashreplace"), err=True)


def emit(text: str | Iterable[str]) -> None:
    """The artefact, on stdout, as UTF-8 whatever the locale. One that comes in pieces is never held as a whole."""
    for part in [text] if isinstance(text, str) else _gathered(text):
        emit_bytes(part.encode("utf-8", "backslashreplace"))


def _gathered(pieces: Iterable[str]) -> Iterator[str]:
    """Pieces put together into fewer: each call of ``click.echo`` flushes."""
    gathered: list[str] = []
    size = 0
    for piece in pieces:
        gathered.append(piece)
        size += len(piece)
        if size >= _WRITTEN_AT_ONCE:
            yield "".join(gathered)
            gathered, size = [], 0
    yield "".join(gathered)


def emit_bytes(data: bytes, *, err: bool = False) -> None:
    """An artefact that is no text of ours, or a report on stderr. Raises OutputError."""
    try:
        click.echo(data, nl=False, err=err)
    except BrokenPipeError:
        raise _ReaderLeft from None
    except OSError as error:
        stream = "standard error" if err else "standard output"
        raise OutputError(
            f"{stream} could not be written: {(error.strerror or str(error)).lower()}",
            "What it has is not complete. Make room there, or send it elsewhere.",
        ) from error


def _trace(error: BaseException, *, debug: bool) -> None:
    if debug:
        import traceback
        from pathlib import Path

        for frame in traceback.extract_tb(error.__traceback__):
            say(f"  {Path(frame.filename).name}:{frame.lineno} in {frame.name}")
        for place in getattr(error, "elsewhere", ()):
            say(f"  in another process: {place}")


def _flush() -> None:
    """Flush now, so that a reader who went away is no traceback at interpreter exit."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
