"""What ``migrator init`` writes: a decisions file in which nothing is decided yet, and what an older one lacks.

Every entry is a comment. A default that stands there as an answer would count as one: the findings behind it
would be notes, although nobody has looked. So a file that nobody touched changes nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from textwrap import wrap
from typing import Final

from migrator.findings.base import Finding
from migrator.findings.rulings import matches
from migrator.merge.model import Migration
from migrator.render.places import places
from migrator.render.safe import shown, yaml_scalar
from migrator.report.answers import Answer, answers, open_decisions
from migrator.report.meanings import meaning
from migrator.report.tally import number
from migrator.secrets import visible
from migrator.spans import Location, Span
from migrator.translate.model import Decision

SCHEMA_FILE: Final = ".migrator.schema.json"
_WIDTH: Final = 110
_KEY_LIMIT: Final = 1000
_PLACES: Final = 5
_WORDS: Final = 1000
_LINE: Final = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")

_HEADER: Final = f"""\
# yaml-language-server: $schema={SCHEMA_FILE}
# (the schema lies beside this file; `migrator schema decisions > {SCHEMA_FILE}` writes it again)
#
# What migrator must not guess, and what you rule about its findings. `migrator init` wrote this file; it is
# yours. migrator reads it from the folder it is started in, or with --config.
#
# Nothing here counts before you take away the comment sign in front of it: a file that nobody touched answers
# nothing. `migrator init --update` adds the decisions that further policies ask for, and keeps the rest.
"""

_FURTHER: Final = """\
# Defaults of --migration and --model-ids; the command line stands over them.
# migration: default
# model-ids: qualified

# What objects are called at ngrok.ai, by their reference in the manifest.
# names:
#   accessKeys/chat.example.com: Chat application

# Ids of custom providers, by their reference in the manifest. Clients send the id in `model`.
# provider-ids:
#   providers/ollama.gpu-2.example.com: ollama-eu

# Other severities: error, warning or note. Lost protection, wider access and what was not read: only with a reason.
# severity:
#   T117: error

# Findings that you take as they are. `until` is the last day; unit, file and pointer may be patterns with *.
# waivers:
#   - code: T301
#     unit: "chat.*"
#     reason: agreed with security, ticket 12
#     by: Ada
#     until: 2027-01-31

# What got narrower may be accepted as well; its findings are notes then. Nothing asks for it.
# Below decisions:  "accepted-narrower:UNIT": {choose: accept, reason: nobody uses the old names, by: Ada}
"""


def initial_file(migration: Migration) -> str:
    """A whole file for the open decisions of a run."""
    entries = open_entries(migration)
    none = ["  # Nothing is open: no decision is needed for these policies.", ""]
    return "\n".join([_HEADER, "decisions:", *(entries or none), _FURTHER])


def open_entries(migration: Migration, known: str = "") -> list[str]:
    """The lines, below ``decisions:``, for what is open and not named in ``known``, the text of a file."""
    open_ones = open_decisions(migration.decisions)
    asked = _Asked(migration.findings)
    lines: list[str] = []
    for entry in answers(open_ones):
        if not any(_stands_in(known, key) for key in (yaml_scalar(visible(entry.key)), entry.key)):
            same = [one for one in open_ones if matches(entry.key, one.id)]
            lines += [*_entry(entry, same, asked), ""]
    return lines


def _stands_in(text: str, key: str) -> bool:
    """Whether a key of the file, or of a comment in it, is ``key``: and not another one that begins or ends alike."""
    if key not in text:
        return False
    found = rf"""(?:^|(?<=[\s"'{{,])){re.escape(key)}(?=["']|:\s|:?\s*$)"""
    return re.search(found, text, re.MULTILINE) is not None


def with_entries(text: str, entries: list[str], after: int | None, indent: int = 2) -> str:
    """The text of a file with further lines behind its line ``after``, from 1, as far from the margin as the others.

    None is its end; there they are a section of their own.
    """
    end = "\r\n" if "\r\n" in text else "\n"
    lines = _LINE.findall(text)
    if lines and not lines[-1].endswith(("\n", "\r")):
        lines[-1] += end
    added = [f"{' ' * indent}{line[2:]}" if line else line for line in entries]
    if after is None:
        added = ["", "decisions:", *added]
    at = len(lines) if after is None else after
    return "".join([*lines[:at], *(f"{line}{end}" for line in added), *lines[at:]])


def without(text: str, span: Span) -> str:
    """The text of a file without what stands there, and without the blanks in front of it."""
    lines = _LINE.findall(text)
    before, behind = lines[span.line - 1][: span.column - 1], lines[span.end_line - 1][span.end_column - 1 :]
    return "".join([*lines[: span.line - 1], before.rstrip(" "), behind, *lines[span.end_line :]])


def _entry(entry: Answer, decisions: list[Decision], asked: _Asked) -> Iterator[str]:
    kind = entry.key.partition(":")[0]
    many = f" Asked {number(entry.count, 'time')}." if entry.count > 1 else ""
    yield from _comment(f"{shown(entry.question[:_WORDS])}{many}")
    spots = places(asked.places(decisions), _PLACES)
    code = decisions[0].code
    yield from _comment(
        f"From {spots}; see migrator explain {code}." if spots else f"See migrator explain {code}."
    )
    for option in entry.options:
        words = meaning(kind, option)
        default = " (default)" if option == entry.chosen else ""
        yield from _comment(f"{shown(option)}{default}{f': {words}' if words else ''}", "- ")
    key, value = yaml_scalar(visible(entry.key)), yaml_scalar(visible(entry.chosen))
    yield from ([f"  # {key}: {value}"] if len(key) <= _KEY_LIMIT else [f"  # ? {key}", f"  # : {value}"])


def _comment(text: str, first: str = "") -> list[str]:
    lines = wrap(
        text,
        _WIDTH - 5,
        initial_indent=first,
        subsequent_indent=" " * len(first),
        break_long_words=False,
        break_on_hyphens=False,
    )
    return [f"  # {line}" for line in lines]


class _Asked:
    """Where decisions come from: the findings that tell their consequences."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self._found: dict[tuple[str, str | None], list[Finding]] = {}
        for found in findings:
            self._found.setdefault((found.code, found.unit), []).append(found)

    def places(self, decisions: Iterable[Decision]) -> list[Location]:
        spots: dict[Location, None] = {}
        for decision in decisions:
            told = self._found.get((decision.code, decision.unit), [])
            subject = decision.id.rpartition(":")[2]
            about = [found for found in told if subject in found.facts.values()] or told
            spots.update(dict.fromkeys(found.at for found in about if found.at is not None))
        return list(spots)
