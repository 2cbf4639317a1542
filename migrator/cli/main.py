"""The ``migrator`` command: a group whose commands are imported when they are called."""

from __future__ import annotations

import importlib
import os
from typing import Any

import click

from migrator import __version__

COMMANDS = {
    "pull": ("migrator.cli.pull", "Save what an ngrok account holds as files that convert reads."),
    "init": ("migrator.cli.init", "Write a decisions file with every open decision of some policies."),
    "convert": ("migrator.cli.convert", "Convert Traffic Policy files to access key configurations."),
    "verify": (
        "migrator.cli.verify",
        "Compare what there was with what there is now, request by request.",
    ),
    "audit": (
        "migrator.cli.audit",
        "Find every policy below some paths; show how they convert, and who calls them.",
    ),
    "clients": (
        "migrator.cli.clients",
        "Find what applications that called the endpoints have to change, and change it.",
    ),
    "plan": ("migrator.cli.plan", "Show what would be created and changed at ngrok.ai."),
    "apply": ("migrator.cli.apply", "Create at ngrok.ai what a manifest says, safely, once."),
    "rollback": ("migrator.cli.rollback", "Remove what an apply created, and restore what it changed."),
    "status": (
        "migrator.cli.status",
        "Show what of a manifest exists, which tokens were handed out, credits left.",
    ),
    "adopt": (
        "migrator.cli.adopt",
        "Take over an object that exists at ngrok.ai for an entry of a manifest.",
    ),
    "cel": ("migrator.cli.cel", "Read CEL expressions; show which models a strategy keeps."),
    "explain": ("migrator.cli.explain", "Explain a finding: what it means, why it matters, what to do."),
    "schema": ("migrator.cli.schema", "Print the JSON Schema of a file that migrator reads or writes."),
    "completion": ("migrator.cli.completion", "Print the script that makes a shell complete commands."),
}
"""Name → module that holds a command of the same name, and the line that --help shows."""


class LazyGroup(click.Group):
    """Starting up is part of the product: ``--help`` and ``--version`` import no command."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(COMMANDS[cmd_name][0])
        command: click.Command = getattr(module, cmd_name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])

    def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple[Any, Any, list[str]]:
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            import shlex

            from migrator.report.suggest import did_you_mean

            hint = did_you_mean(args[0], COMMANDS)
            if not hint and os.path.lexists(args[0]):
                hint = f"To convert policies: migrator convert {shlex.quote(args[0])}"
            raise click.UsageError(f"No such command {args[0]!r}. {hint}".rstrip(), ctx)
        return super().resolve_command(ctx, args)


@click.command(
    "migrator",
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, prog_name="migrator", message="%(prog)s %(version)s")
def cli() -> None:
    """Move from ngrok's retired ai-gateway Traffic Policy action to access keys at ngrok.ai.

    Reads Traffic Policies, maps providers, keys, allow lists and routing to access key
    configurations, and reports everything that does not carry over. Converting needs no network
    and no credentials.
    """
