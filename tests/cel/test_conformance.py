"""The specification's own tests: all its expressions are read, and its literals have its values."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from migrator.cel import CelSyntaxError, parse, unparse
from migrator.cel.nodes import Literal


@pytest.fixture(scope="module")
def rows(shared: Path) -> list[dict[str, Any]]:
    file = shared / "conformance" / "cel" / "cel_spec_simple.jsonl"
    if not file.is_file():
        pytest.skip(f"{file} is missing")
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def test_reads_what_the_specification_reads_and_nothing_else(rows: list[dict[str, Any]]) -> None:
    wrong = [row["name"] for row in rows if _reads(row["expr"]) != row["parse_ok"]]
    assert wrong == []
    assert len(rows) > 2_000


def _reads(text: str) -> bool:
    try:
        parse(text)
    except CelSyntaxError:
        return False
    return True


def test_what_is_read_can_be_written(rows: list[dict[str, Any]]) -> None:
    nodes = [parse(row["expr"]) for row in rows if row["parse_ok"]]
    assert [parse(unparse(node)) for node in nodes] == nodes


def test_literals_have_the_values_of_the_specification(rows: list[dict[str, Any]]) -> None:
    checked = 0
    for row in rows:
        node = parse(row["expr"]) if row["parse_ok"] else None
        if not isinstance(node, Literal):
            continue
        kind, value = row["expect"]["tagged"]
        if kind == "bytes":
            value = base64.b64decode(value)
        assert (node.kind, node.value) == (kind, value), row["name"]
        checked += 1
    assert checked > 150


def test_reads_the_strategies_of_the_documentation(shared: Path) -> None:
    strategies = json.loads((shared / "catalog" / "strategies-in-docs.json").read_text(encoding="utf-8"))
    for group in ("model_selection", "api_key_selection"):
        for text, _ in strategies[group]:
            assert parse(unparse(parse(text))) == parse(text)
