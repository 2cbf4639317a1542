"""``migrator cel``: what an expression is, and what a strategy keeps."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from migrator.cli.options import catalog_options, debug_option, read_stdin
from migrator.cli.run import FAILED, emit, say
from migrator.cli.terminal import for_stream
from migrator.errors import UsageError

if TYPE_CHECKING:
    from migrator.catalog import Catalogs
    from migrator.cel import CelSyntaxError

_FORMAT = click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="What to print.",
)


@click.group()
def cel() -> None:
    """Read CEL expressions; evaluate selection strategies over the model catalogue.

    \b
    Examples:
      migrator cel parse "ai.models.filter(m, m.known)"
      migrator cel eval --policy policy.yaml
      migrator cel eval "ai.models.onlyProviders(['openai'])" --policy policy.yaml
    """


@cel.command(short_help="Show how an expression is read.")
@click.argument("expression")
@_FORMAT
@debug_option
def parse(expression: str, form: str) -> int:
    """Show how an EXPRESSION is read: its parts and their places; - reads it from standard input.

    \b
    Exit status: 0 it is an expression; 2 it is none, and where it stops being one.
    """
    from migrator.cel import CelSyntaxError
    from migrator.cel import parse as parse_expression
    from migrator.report.expression import expression_json, expression_text

    text = _expression(expression)
    try:
        node = parse_expression(text)
    except CelSyntaxError as error:
        return _no_expression(error, text)
    emit(expression_json(node) if form == "json" else expression_text(node))
    return 0


@cel.command("eval", short_help="Show which models a strategy keeps, and why.")
@click.argument("expression", required=False)
@click.option(
    "--policy",
    "policies",
    multiple=True,
    metavar="PATH",
    help="Where the strategies, or the providers and models for EXPRESSION, come from: a file, a directory, a "
    "pattern or -. Repeatable.",
)
@click.option("--all", "everything", is_flag=True, help="List the models that are out as well.")
@_FORMAT
@catalog_options
@debug_option
def evaluate(
    expression: str | None,
    policies: tuple[str, ...],
    everything: bool,
    form: str,
    catalogs: Catalogs | None,
) -> int:
    """Show which models a strategy keeps: certainly, possibly (and what that depends on), or not, and why.

    Without EXPRESSION, every strategy of the policies. With it, that one, over what the policies' providers
    and allow lists leave to choose from; over the whole catalogue without a policy.

    \b
    Exit status: 0 fine; 2 wrong usage, nothing to evaluate, or no expression.
    """
    from migrator.api import Options, strategies
    from migrator.cel import CelSyntaxError
    from migrator.report.selection import selection_json, selection_text

    if expression is None and not policies:
        raise UsageError(
            "nothing to evaluate", "Give an expression, or --policy with a file that has strategies."
        )
    if expression == "-" and "-" in policies:
        raise UsageError("standard input cannot be both the expression and a policy")
    text = None if expression is None else _expression(expression)
    try:
        found = strategies(policies, Options(catalogs=catalogs), expression=text, stdin=read_stdin(policies))
    except CelSyntaxError as error:
        return _no_expression(error, text or "")
    if not found:
        raise UsageError(
            f"no ai-gateway action in {', '.join(policies)}", "Give the file of a policy that has the action."
        )
    if form == "json":
        emit(selection_json(found))
    else:
        emit(selection_text(found, for_stream(sys.stdout), everything=everything))
    return 0


def _no_expression(error: CelSyntaxError, text: str) -> int:
    """Say where a text stops being an expression."""
    for line in (f"Error: {error.message}", *error.excerpt(text).splitlines(), error.remedy):
        say(line)
    return FAILED


def _expression(given: str) -> str:
    """The text of an expression; standard input for ``-``."""
    if given != "-":
        return given
    held = (read_stdin(["-"]) or b"").removesuffix(b"\n")
    try:
        return held.decode("utf-8")
    except UnicodeDecodeError as error:
        raise UsageError(f"the expression is not UTF-8: byte {error.start + 1}") from None
