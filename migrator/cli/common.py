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
    from click.shell_completion import CompletionItem

    from migrator.catalog import Catalogs

FAIL_ON: dict[str, Severity | None] = {"error": Severity.ERROR, "warning": Severity.WARNING, "never": None}

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
        help="Recorded decisions: `decisions: {ID: OPTION}`. Default: migrator.yaml, if there is one.",
    ),
    click.option(
        "--migration",
        default="default",
        show_default=True,
        metavar="NAME",
        help="The name that every created object carries in its metadata, so that it is recognised later.",
    ),
    click.option(
        "--model-ids",
        type=click.Choice(["qualified", "catalog"]),
        default="qualified",
        show_default=True,
        help="How access scopes spell models of built-in providers: provider:author/model or author/model.",
    ),
)


def conversion_options(command: Callable[..., int]) -> Callable[..., int]:
    """The options of a conversion; the command gets them as one ``options`` argument."""

    @functools.wraps(command)
    def with_options(
        config: str | None, migration: str, model_ids: str, catalogs: Catalogs | None, **others: Any
    ) -> int:
        from migrator.api import Options
        from migrator.config import read_configuration

        held = read_configuration(config)
        options = Options(migration, model_ids, held.decisions, catalogs, held.reasons)
        return command(options=options, **others)

    return _with(_conversion_options, catalog_options(with_options))


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
