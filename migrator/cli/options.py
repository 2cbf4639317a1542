"""Options that several commands share."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

import click

from migrator.cli.catalogs import API_URL, chosen_catalogs
from migrator.findings.base import Severity

if TYPE_CHECKING:
    from datetime import date

    from click.shell_completion import CompletionItem

    from migrator.api import Options
    from migrator.catalog import Catalogs

FAIL_ON: dict[str, Severity | None] = {"error": Severity.ERROR, "warning": Severity.WARNING, "never": None}


class Day(click.ParamType["date"]):
    """A day written as YYYY-MM-DD."""

    name = "day"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> date:
        from migrator.config.reading import parsed_day

        try:
            return parsed_day(str(value))
        except ValueError as error:
            self.fail(f"{error}.", param, ctx)


debug_option = click.option(
    "--debug", is_flag=True, expose_value=False, help="Show where in migrator a failure happened."
)
fail_on_option = click.option(
    "--fail-on",
    type=click.Choice(list(FAIL_ON)),
    default="error",
    show_default=True,
    help="Exit with 1 if there are findings of at least this severity.",
)


class JobsType(click.ParamType[Any]):
    """A number of processes, or ``auto``."""

    name = "jobs"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if value == AUTO or isinstance(value, int):
            return value
        if str(value).isascii() and str(value).isdecimal() and 1 <= int(value) <= MOST_JOBS:
            return int(value)
        return self.fail(f"{value!r} is neither a number from 1 to {MOST_JOBS} nor {AUTO}.", param, ctx)


AUTO = "auto"
MOST_JOBS = 256

jobs_option = click.option(
    "--jobs",
    type=JobsType(),
    default=AUTO,
    show_default=True,
    metavar="N|auto",
    help="How many processes to work with; auto: one for each processor this may use, and one alone for fewer than "
    "64 files. The output is the same.",
)
_catalog_options = (
    click.option(
        "--catalog",
        multiple=True,
        metavar="FILE",
        help="A model catalogue in place of the shipped one of its gateway; or live, to ask the account at "
        "--api-url with the AI Gateway API key in AI_GATEWAY_API_KEY. Repeatable, once for each gateway.",
    ),
    click.option(
        "--api-url",
        default=API_URL,
        show_default=True,
        envvar="MIGRATOR_API_URL",
        metavar="URL",
        help="Where --catalog live asks; also MIGRATOR_API_URL.",
    ),
)
_conversion_options = (
    click.option(
        "--config",
        type=click.Path(),
        metavar="FILE",
        help="The decisions file: answers, names, severities, waivers; see migrator init. Default: migrator.yaml, "
        "if there is one.",
    ),
    click.option(
        "--migration",
        metavar="NAME",
        help="The name that every created object carries in its metadata, so that it is recognised later. Default: "
        "that of the decisions file, else `default`.",
    ),
    click.option(
        "--model-ids",
        type=click.Choice(["qualified", "catalog"]),
        help="How access scopes spell models of built-in providers: provider:author/model or author/model. Default: "
        "that of the decisions file, else `qualified`.",
    ),
    click.option(
        "--as-of",
        type=Day(),
        metavar="DATE",
        help="The day, as YYYY-MM-DD, against which waivers are judged. Default: today, in UTC. Nothing else "
        "depends on it.",
    ),
)


def conversion_options(command: Callable[..., int]) -> Callable[..., int]:
    """The options of a conversion; the command gets them as one ``options`` argument."""

    @functools.wraps(command)
    def with_options(
        config: str | None,
        migration: str | None,
        model_ids: str | None,
        as_of: date | None,
        catalogs: Catalogs | None,
        **others: Any,
    ) -> int:
        return command(options=_options(config, migration, model_ids, as_of, catalogs), **others)

    return _with(_conversion_options, catalog_options(with_options))


def _options(
    config: str | None,
    migration: str | None,
    model_ids: str | None,
    as_of: date | None,
    catalogs: Catalogs | None,
) -> Options:
    """What was chosen: by the call, else by the decisions file, else by nobody."""
    from migrator.api import Options
    from migrator.config import read_configuration

    held, otherwise = read_configuration(config), Options()
    return Options(
        migration or held.migration or otherwise.migration,
        model_ids or held.model_ids or otherwise.model_ids,
        held.decisions,
        catalogs,
        held.reasons,
        names=held.names,
        rulings=held.rulings,
        as_of=as_of,
    )


def catalog_options(command: Callable[..., int]) -> Callable[..., int]:
    """The options that choose the catalogues; the command gets them as ``catalogs``, None for the shipped ones."""

    @functools.wraps(command)
    def with_catalogs(catalog: tuple[str, ...], api_url: str, **others: Any) -> int:
        return command(catalogs=chosen_catalogs(catalog, api_url), **others)

    return _with(_catalog_options, with_catalogs)


def _with(
    options: Iterable[Callable[[Callable[..., int]], Callable[..., int]]], command: Callable[..., int]
) -> Callable[..., int]:
    for option in reversed(tuple(options)):
        command = option(command)
    return command


def complete_paths(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Paths, completed by the shell itself. Their type stays text: a path may be a pattern or ``-``."""
    from click.shell_completion import CompletionItem

    return [CompletionItem(incomplete, type="file")]


def read_stdin(paths: Sequence[str]) -> bytes | None:
    """Standard input, if one of the paths stands for it; bounded by what the library refuses anyway."""
    from migrator.sources.read import SIZE_LIMIT

    return sys.stdin.buffer.read(SIZE_LIMIT + 1) if "-" in paths else None
