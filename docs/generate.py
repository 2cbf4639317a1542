"""Writes the pages of the documentation that are made from the code: ``python docs/generate.py``.

With ``--check`` nothing is written; the exit code is 1 if a page is not what the code says.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import click

from migrator.cli.main import cli
from migrator.policy.coverage import NAMES
from migrator.report.explain import explain_markdown
from migrator.report.schemas import SCHEMAS
from migrator.report.schemas.parts import Schema
from migrator.translate.actions import ACTIONS
from migrator.translate.fields import FIELDS

DOCS = Path(__file__).resolve().parent

_PIPE = "\\|"
"""A bar within a cell of a table."""


def actions_page() -> str:
    """What becomes of every action that may stand around ``ai-gateway``."""
    rows = [
        f"| `{kind.type}` | {kind.role} | {'yes' if kind.ends else 'no'} | {kind.outcome} |"
        for kind in ACTIONS.values()
    ]
    return "\n".join(
        (
            "# Actions around ai-gateway",
            "",
            "What becomes of every other action of Traffic Policy that stands in front of the `ai-gateway` action or",
            "answers through it. *Ends* says whether the action ends the chain: without a condition nothing behind it",
            "is reached. This page is written by `make docs` from `migrator/translate/actions.py`; an action that is",
            "not in it is reported as unknown ([P011](findings.md#p011)).",
            "",
            "| Action | Role | Ends | Outcome |",
            "|:-------|:-----|:-----|:--------|",
            *rows,
            "",
        )
    )


def fields_page() -> str:
    """What becomes of every field of the retired configuration."""
    rows = [
        f"| `{kind.path}` | {', '.join(NAMES[outcome] for outcome in kind.outcomes)} | {_codes(kind.codes)} | {kind.words} |"
        for kind in FIELDS
    ]
    return "\n".join(
        (
            "# Fields of the ai-gateway configuration",
            "",
            "What becomes of every field of the action's configuration, as it was last documented. Each leaf of a",
            "policy is counted under one outcome: *converted*, *approximated*, *unsupported*, *noEffect* (it did",
            "nothing by itself) or *unknown* (the schema never had it, [P009](findings.md#p009)). An empty or null field",
            "is *noEffect*; a value that the field does not take is *unsupported*. This page is written by `make docs`",
            "from `migrator/translate/fields.py`.",
            "",
            "| Field | Outcome | Findings | What becomes of it |",
            "|:------|:--------|:---------|:-------------------|",
            *rows,
            "",
        )
    )


def _codes(codes: tuple[str, ...]) -> str:
    return ", ".join(f"[{code}](findings.md#{code.lower()})" for code in codes) or "none"


def commands_page() -> str:
    """Every command with its options: what ``--help`` says, without depending on how click lays it out."""
    parts = [
        "# Commands",
        "",
        "What `--help` says of every command. This page is written by `make docs`.",
        "",
    ]
    for name, command in (("migrator", cli), *_commands(cli, "migrator")):
        arguments = " ".join(
            p.metavar or _argument(p) for p in command.params if isinstance(p, click.Argument)
        )
        parts += [f"## {name} {arguments}".rstrip(), ""]
        for paragraph in inspect.cleandoc(command.help or "").split("\n\n"):
            kept = paragraph.removeprefix("\b\n")
            parts += [kept, ""] if kept == paragraph else ["```text", kept, "```", ""]
        options = [_option(option) for option in command.params if isinstance(option, click.Option)]
        if options:
            parts += ["| Option | Default | Meaning |", "|:-------|:--------|:--------|", *options, ""]
    return "\n".join(parts)


def _commands(group: click.Group, name: str) -> Iterator[tuple[str, click.Command]]:
    """Every command below a group with its full name, a group's own before its commands."""
    with click.Context(group, info_name=name) as context:
        for part in group.list_commands(context):
            command = group.get_command(context, part)
            if command is not None:
                yield f"{name} {part}", command
                if isinstance(command, click.Group):
                    yield from _commands(command, f"{name} {part}")


def _argument(argument: click.Argument) -> str:
    name = (argument.name or "").upper()
    return name if argument.required else f"[{name}]"


def _option(option: click.Option) -> str:
    choices = option.type.choices if isinstance(option.type, click.Choice) else ()
    value = "" if option.is_flag else " " + (option.metavar or "|".join(map(str, choices)) or "TEXT")
    default = f"`{option.default}`" if option.show_default else ""
    cells = f"`{', '.join(option.opts)}{value}`", default, option.help or ""
    return f"| {' | '.join(cell.replace('|', _PIPE) for cell in cells)} |"


def schemas_page() -> str:
    """Every member of every JSON and YAML format, as its schema has it."""
    parts = [
        "# Formats, member by member",
        "",
        "What `migrator schema NAME` prints, as tables. `[]` is an entry of a list, `{}` a member with a name of its",
        "own. Not every member has words here; what the formats mean stands in [the JSON formats](json.md) and",
        "[the manifest](apply.md#the-manifest). This page is written by `make docs`.",
        "",
    ]
    for one in SCHEMAS.values():
        parts += [f"## {one.name}", "", f"The document: {one.about}.", ""]
        parts += [
            "| Member | Value | Always there | Meaning |",
            "|:-------|:------|:-------------|:--------|",
        ]
        parts += [*_members(one.make(), ""), ""]
    return "\n".join(parts)


def _members(shape: Schema, path: str) -> Iterator[str]:
    for name, member in shape.get("properties", {}).items():
        place = f"{path}.{name}".removeprefix(".")
        needed = "yes" if name in shape.get("required", ()) else ""
        yield f"| `{place}` | {_value(member)} | {needed} | {member.get('description', '')} |"
        if (place, path) != ("manifest", ""):  # a table of its own
            yield from _members(member, place)
    if isinstance(shape.get("items"), dict):
        yield from _members(shape["items"], f"{path}[]")
    if isinstance(shape.get("additionalProperties"), dict):
        yield from _members(shape["additionalProperties"], f"{path}.{{}}")
    for each in shape.get("anyOf", ()):
        yield from _members(each, path)


def _value(shape: Schema) -> str:
    if "const" in shape:
        return f"`{shape['const']}`"
    if "enum" in shape:
        return ", ".join(f"`{each}`" for each in shape["enum"])
    if "anyOf" in shape:
        return " or ".join(dict.fromkeys(_value(each) for each in shape["anyOf"]))
    if shape.get("type") == "array":
        return f"list of {_value(shape['items'])}" if shape.get("items") else "list"
    kinds = shape.get("type", "any")
    return " or ".join(kinds) if isinstance(kinds, list) else str(kinds)


PAGES: dict[str, Callable[[], str]] = {
    "actions.md": actions_page,
    "commands.md": commands_page,
    "fields.md": fields_page,
    "findings.md": explain_markdown,
    "schemas.md": schemas_page,
}


def main(arguments: list[str]) -> int:
    if arguments not in ([], ["--check"]):
        print("usage: python docs/generate.py [--check]", file=sys.stderr)
        return 2
    drifted = 0
    for name, page in PAGES.items():
        path, text = DOCS / name, page()
        if path.exists() and path.read_text(encoding="utf-8") == text:
            continue
        drifted += 1
        if arguments:
            print(f"{path} is not what the code says; run: make docs", file=sys.stderr)
        else:
            path.write_text(text, encoding="utf-8")
            print(f"wrote {path}")
    return 1 if arguments and drifted else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
