"""A page of the manual as its reader follows it: what it asks to save, what to run, what it says comes out.

A page takes part with a comment above its first block::

    <!-- run with fixtures/tutorial and an account -->

It is followed in an empty directory with a copy of the folder's files, in one shell. ``an account`` is the played
one of ``tests/gatewayapi``, empty; ``<!-- run -->`` needs neither. Then, from top to bottom:

- ``<!-- save as PATH -->`` above a block: the reader saves the block as that file.
- a ``console`` block: lines behind ``$ `` are commands (``> `` goes on with one), the lines below are all that it
  prints, on both streams. ``...`` stands for anything within a line, and alone on a line for any lines.
- a ``python`` block: one program for the whole page; with ``>>>`` what it prints is below, as in doctest.

A command that fails has to be followed by ``$ echo $?``: a page does not show failures in passing. Nothing else of a
page is run, and ``sh`` blocks are for what cannot be: their ``migrator`` commands are read (``test_commands.py``).

markdown-it, which is here for the reports anyway, finds the blocks. Sybil would do that as well, but has no shell;
byexample has one, and compares it through a terminal of its own, which is slower and less exact than a pipe.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from markdown_it import MarkdownIt

if TYPE_CHECKING:
    from markdown_it.token import Token

RUN = re.compile(r"<!-- run(?: with (?P<files>\S+))?(?P<account> (?:and|with) an account)? -->")
SAVE = re.compile(r"<!-- save as (?P<path>\S+) -->")


@dataclass(frozen=True)
class Saved:
    """A block that the reader saves as a file."""

    line: int
    path: str
    text: str


@dataclass(frozen=True)
class Command:
    """A command with what the page says it prints."""

    line: int
    text: str
    printed: tuple[str, ...]


@dataclass(frozen=True)
class Python:
    """A part of the page's program."""

    line: int
    text: str


Step = Saved | Command | Python


@dataclass(frozen=True)
class Page:
    """What a page asks its reader to do. ``is_run``: it takes part."""

    path: Path
    is_run: bool = False
    files: str | None = None
    has_account: bool = False
    steps: tuple[Step, ...] = ()
    unrun: tuple[Token, ...] = field(default=(), compare=False)
    """The fenced blocks that nothing runs."""


def read_page(path: Path) -> Page:
    tokens = MarkdownIt().enable("table").parse(path.read_text(encoding="utf-8"))
    run: re.Match[str] | None = None
    steps: list[Step] = []
    unrun: list[Token] = []
    save: re.Match[str] | None = None
    for token in tokens:
        if token.type == "html_block":
            run = run or RUN.search(token.content)
            save = SAVE.search(token.content)
        elif token.type == "fence":
            line = token.map[0] + 2 if token.map else 0
            if save is not None:
                steps.append(Saved(line, save["path"], token.content))
            elif token.info == "console":
                steps += _commands(token.content, line)
            elif token.info == "python":
                steps.append(Python(line, token.content))
            else:
                unrun.append(token)
            save = None
    if run is None:
        return Page(path, steps=tuple(steps), unrun=tuple(unrun))
    return Page(path, True, run["files"], run["account"] is not None, tuple(steps), tuple(unrun))


def _commands(text: str, first: int) -> Iterator[Command]:
    command: list[str] = []
    printed: list[str] = []
    start = first
    for number, line in enumerate(text.splitlines(), first):
        if line.startswith("$ "):
            if command:
                yield Command(start, "\n".join(command), tuple(printed))
            command, printed, start = [line[2:]], [], number
        elif line.startswith("> ") and not printed:
            command.append(line[2:])
        elif not command:
            raise ValueError(f"line {number}: a console block begins with a command, behind `$ `")
        else:
            printed.append(line)
    yield Command(start, "\n".join(command), tuple(printed))


def is_as_told(told: tuple[str, ...], printed: str) -> bool:
    """Whether a command printed what the page says."""
    parts: list[str] = []
    for line in told:
        if line.strip() == "...":
            parts.append(r"(?:.*\n)*?")
        else:
            parts.append(
                "[^\n]*".join(re.escape(part) for part in line.rstrip().split("...")) + r"[^\S\n]*\n"
            )
    text = (
        "".join(line.rstrip() + "\n" for line in printed.rstrip("\n").split("\n")) if printed.strip() else ""
    )
    return re.fullmatch("".join(parts), text) is not None
