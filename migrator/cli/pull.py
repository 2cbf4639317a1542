"""``migrator pull``."""

from __future__ import annotations

import math
import os
import sys
from pathlib import Path
from typing import Final

import click

from migrator.cli.bar import Bar
from migrator.cli.options import debug_option
from migrator.cli.run import say
from migrator.errors import UsageError
from migrator.pull import API_URL, Progress, Pulled, PullResult, Settings, Waiting
from migrator.pull import pull as pull_account
from migrator.secrets import Secret

KEY_VARIABLE: Final = "NGROK_API_KEY"


@click.command()
@click.option(
    "--out",
    required=True,
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Where to: a new or empty folder, or one of an earlier pull, which goes on there.",
)
@click.option("--api-url", default=API_URL, show_default=True, metavar="URL", help="The API to ask.")
@click.option(
    "--ca-file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Certificates, in PEM, of the authorities to trust instead of the machine's own.",
)
@click.option("--refresh", is_flag=True, help="Ask again for what an earlier pull has completely.")
@click.option("-v", "--verbose", is_flag=True, help="Say on stderr, in plain lines, what is being asked for.")
@debug_option
def pull(out: Path, api_url: str, ca_file: Path | None, refresh: bool, verbose: bool) -> int:
    """Save endpoints, old AI Gateway keys and names of vault secrets of an ngrok account as files.

    Asks api.ngrok.com with the ngrok API key in NGROK_API_KEY; nothing is changed there. Writes one file for
    each endpoint and one for each other list into DIR, which is then a PATH for convert. Values of keys and
    secrets are never written, but stored policies are as they are: they may hold literal keys.

    \b
    Exit status: 0 everything is there; 1 something could not be had, and is told; 2 nothing
    could be had, wrong usage, or a file that could not be written.

    \b
    Examples:
      NGROK_API_KEY=... migrator pull --out account
      migrator convert account -o build/migration
    """
    key = Secret(os.environ.get(KEY_VARIABLE, ""))
    if not key:
        raise UsageError(
            f"pull needs an ngrok API key in the environment variable {KEY_VARIABLE}",
            "It is the key for api.ngrok.com: not an AI Gateway API key, not an access key, not an authtoken.",
        )
    with Bar(sys.stderr, is_shown=sys.stderr.isatty() and not verbose) as bar:
        result = pull_account(
            api_url,
            key,
            out,
            Settings(ca_file=ca_file),
            refresh=refresh,
            tell=_lines if verbose else Told(bar),
        )
    _tell(result)
    return result.exit_code


class Told:
    """What a bar says of a pull."""

    def __init__(self, bar: Bar) -> None:
        self._bar = bar
        self._last = (0, 0, "")

    def __call__(self, event: Progress | Waiting) -> None:
        if isinstance(event, Waiting):
            done, of, text = self._last
            self._bar.show(done, of, f"{text}, waiting {math.ceil(event.seconds)} s")
        else:
            self._last = (event.done, event.of, f"{event.resource.title}: {event.objects} so far")
            self._bar.show(*self._last)


def _lines(event: Progress | Waiting) -> None:
    if isinstance(event, Waiting):
        say(f"waiting {math.ceil(event.seconds)} s")
    else:
        say(f"asking for {event.resource.title}: {event.objects} so far")


def _tell(result: PullResult) -> None:
    for pulled in result.lists:
        say(_line(pulled))
        if pulled.failure is not None and pulled.failure.remedy:
            say(f"    {pulled.failure.remedy}")
    for notice in result.notices:
        say(f"Warning: {notice.text}.")
    if result.is_complete:
        say(f"Everything is in {result.out}.")
    elif result.is_empty:
        say("Error: nothing could be pulled.")
    else:
        say(f"Error: not everything could be pulled. What could is in {result.out}.")


def _line(pulled: Pulled) -> str:
    line = f"{pulled.resource.title}: {pulled.count}"
    if pulled.failure is not None:
        return (
            f"{line}, {'as pulled before' if pulled.is_complete else 'incomplete'}: {pulled.failure.message}"
        )
    return line if pulled.was_asked else f"{line}, pulled before"
