"""``migrator explain``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from migrator.cli.options import debug_option
from migrator.cli.run import emit

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem


def _codes(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    from click.shell_completion import CompletionItem

    from migrator.findings.base import REGISTER
    from migrator.report.explain import by_stage, explanation

    return [
        CompletionItem(code, help=explanation(REGISTER[code]).title)
        for codes in by_stage().values()
        for code in codes
        if code.startswith(incomplete.upper())
    ]


@click.command()
@click.argument("code", required=False, shell_complete=_codes)
@click.option("--all", "everything", is_flag=True, help="Explain every finding.")
@click.option("--markdown", is_flag=True, help="With --all: the page of the documentation.")
@debug_option
def explain(code: str | None, everything: bool, markdown: bool) -> int:
    """Explain a finding: what it means, why it matters, an example, what to do.

    \b
    Examples:
      migrator explain T201
      migrator explain --all
    """
    from migrator.report.explain import explain as explain_one
    from migrator.report.explain import explain_all, explain_markdown

    if everything == (code is not None):
        raise click.UsageError("Give one CODE, or --all.")
    if code is not None:
        emit(explain_one(code))
    else:
        emit(explain_markdown() if markdown else explain_all())
    return 0
