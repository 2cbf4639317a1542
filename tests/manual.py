"""The fixtures as cases, and what converting one gives as text that reads like a page of a manual.

A case is a file or a folder directly below a topic of ``fixtures/``; the folder ``demo`` is one case
as a whole. Everything runs inside ``fixtures/``, so that paths are the same everywhere.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from migrator.api import Input, Options, Result, convert
from migrator.findings.base import Finding
from migrator.policy.coverage import NAMES

FIXTURES = Path(__file__).resolve().parent.parent / "fixtures"
TOPICS = ("fields", "actions", "clients", "strategies", "forms", "containers", "fleets", "bad")
DEMO = "demo"
WIDTH = 110


@dataclass(frozen=True)
class Case:
    """One input a reader can convert by itself. ``name`` is its path without the suffix."""

    name: str
    path: str

    @property
    def title(self) -> str:
        return self.name.partition("/")[2]

    @property
    def text(self) -> str:
        return (FIXTURES / self.path).read_text(encoding="utf-8")

    def files(self) -> list[Path]:
        place = FIXTURES / self.path
        return sorted(path for path in place.rglob("*") if path.is_file()) if place.is_dir() else [place]


def cases(topic: str) -> list[Case]:
    """Every case of a topic, in order of their names."""
    if topic == DEMO:
        return [Case(f"{DEMO}/all", DEMO)]
    entries = sorted(entry for entry in (FIXTURES / topic).iterdir() if not entry.name.startswith("."))
    return [Case(f"{topic}/{entry.stem}", f"{topic}/{entry.name}") for entry in entries]


def all_cases() -> list[Case]:
    return [case for topic in (*TOPICS, DEMO) for case in cases(topic)]


def find(name: str) -> Case:
    """The case of that name."""
    return next(case for case in cases(name.partition("/")[0]) if case.name == name)


@contextmanager
def inside_fixtures() -> Iterator[None]:
    before = Path.cwd()
    os.chdir(FIXTURES)
    try:
        yield
    finally:
        os.chdir(before)


def run(case: Case, decisions: Mapping[str, str] | None = None) -> Result:
    """Convert a case."""
    with inside_fixtures():
        path = Path(case.path)
        one = path if path.is_dir() else Input(path.as_posix(), path.name)
        return convert([one], Options(decisions=decisions or {}))


def codes(result: Result) -> set[str]:
    return {found.code for found in result.findings}


def coverage(result: Result) -> dict[str, int]:
    """How many leaves of a run's files had each outcome, without those that none had."""
    sources = result.migration.sources
    totals = {name: sum(source.coverage[name] for source in sources) for name in NAMES.values()}
    return {name: count for name, count in totals.items() if count}


def page(result: Result) -> str:
    """A run as text: the files, what comes out of them, what was asked, what was found."""
    whole = result.document()
    lines = [
        f"{source['path']} ({source['container']}): {source['status']}{_counts(source['coverage'])}"
        for source in whole["sources"]
    ]
    for member in ("providers", "providerKeys", "accessKeyConfigurations", "accessKeys"):
        for item in whole["manifest"][member]:
            lines += ["", f"{member}/{item['ref']}", *_body(item["body"])]
    if (settings := whole["manifest"].get("gatewayConfig")) is not None:
        lines += ["", "gatewayConfig", *_body(settings["body"])]
    for unit in whole["units"]:
        lines += ["", *_unit(unit)]
    for decision in whole["decisions"]:
        shown = (f"[{option}]" if option == decision["chosen"] else option for option in decision["options"])
        lines += ["", f"decision {decision['id']} ({decision['code']}): {', '.join(shown)}"]
        lines += [f"  {decision['question']}"]
    several = len(whole["units"]) > 1
    alone = len(whole["sources"]) == 1
    lines += ["", *(_finding(found, alone=alone, several=several) for found in result.findings)]
    return "\n".join((*lines, ""))


def _counts(counted: Mapping[str, int]) -> str:
    shown = ", ".join(f"{count} {name}" for name, count in counted.items() if count)
    return f", {shown}" if shown else ""


def _unit(unit: Mapping[str, Any]) -> list[str]:
    places = (f"  from {at['path']} document {at['document']} {at['pointer']}" for at in unit["sources"])
    facts = (f"  {name}: {unit[name]}" for name in ("endpoint", "branch") if unit[name] is not None)
    outcome = f"unit {unit['id']}: {unit['status']}{_counts(unit['coverage'])}"
    return [outcome, *(place.rstrip() for place in places), *facts, *_advice(unit["clientAdvice"])]


def _advice(advice: Mapping[str, Any]) -> Iterator[str]:
    """What clients change, without the renames of the catalogue: they are the same everywhere."""
    if advice["request"] is not None:
        yield f"  clients send: {json.dumps(advice['request'])}"
    if advice["retired"]:
        yield f"  retired: {', '.join(advice['retired'])}"


def _body(body: Mapping[str, object]) -> list[str]:
    """A body as indented YAML; of the metadata only what the source gave, since the mark is always there."""
    shown = dict(body)
    own = json.loads(str(shown.pop("metadata", "{}")))
    own.pop("migrator", None)
    if own:
        shown["metadata"] = own
    return [f"  {line}" for line in _lines(shown)]


def _lines(value: object) -> list[str]:
    """YAML in which everything that fits on a line is on one."""
    line = yaml.safe_dump(
        value, sort_keys=False, default_flow_style=True, allow_unicode=True, width=sys.maxsize
    )
    line = line.removesuffix("\n").removesuffix("\n...")
    if len(line) <= WIDTH or not isinstance(value, dict | list):
        return [line]
    lines: list[str] = []
    if isinstance(value, list):
        for first, *rest in map(_lines, value):
            lines += [f"- {first}", *(f"  {line}" for line in rest)]
        return lines
    for key, member in value.items():
        inner = _lines(member)
        whole = len(inner) == 1 and len(f"{key}: {inner[0]}") <= WIDTH
        lines += [f"{key}: {inner[0]}"] if whole else [f"{key}:", *(f"  {line}" for line in inner)]
    return lines


def _finding(found: Finding, *, alone: bool, several: bool) -> str:
    """One line: the file is named if there are several, the unit too."""
    place = "the call"
    if found.at is not None:
        position = f"{found.at.span.line}:{found.at.span.column}"
        place = position if alone else f"{found.at.path}:{position}"
    effect = "" if found.effect == "none" else f" ({found.effect})"
    unit = f" [{found.unit}]" if several and found.unit is not None else ""
    text = found.text.replace("\n", "\n    ")
    return f"{found.severity.value} {found.code} at {place}{effect}{unit}: {text}"
