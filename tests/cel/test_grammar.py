"""The stored tables are lark's of the grammar as it is, and the program reads with them what lark reads."""

from __future__ import annotations

import contextlib
import json
import os
import random
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from msgspec import to_builtins

from migrator.cel import Node, unparse
from migrator.cel.automaton import Automaton, Refusal
from migrator.cel.builder import Builder
from migrator.cel.errors import CelSyntaxError
from migrator.cel.grammar import UNKNOWN, tables
from migrator.cel.lexer import tokens
from tests.cel import by_lark
from tests.cel.generated import NODES

EXPRESSIONS = (
    "a.b(c, x || y) + 1 < 2 ? [1, ?2] : {'a': b'x', ?'k': -1u}",
    "m.metrics.global.latency[?0].`b-c` in [.x, !y, -z] && has(a.b)",
    "ai.models.filter(m, m.id.startsWith('gpt') || m.price <= 1.5e3).sortBy(m, m.id)",
    "Message{field: r'raw', other: '''three'''} != .as.Message{?`x`: 0x1F, y: 0u} // the end",
    'rb"""a"b\\""" == b\'\\x41\' ? null : -9223372036854775808 % .5 * a.f(true)[1] / false',
    "a.?b.?`c d`[?0] >= 1 - {}.size() && [,] == [] || in.while",
)
PIECES = (
    *"()[]{}.,:?+-*/%!<>='\"`\\ \n\r\t#@~é😀\x00",
    *("||", "&&", "<=", ">=", "==", "!=", "'''", '"""', "//", "r'", "b'", 'rb"', "\\x", "\\u", "\\'"),
    *("in", "true", "false", "null", "as", "while", "whilex", "a", "_b", "m.id", "f(", "A{", "r", "b", "u"),
    *("0", "1u", "0x1F", "1.5", "1e3", ".5", "9223372036854775808", "99999999999999999999u", "1e999"),
)
"""What texts are damaged with: every terminal, pieces of terminals, and what is none."""


AUTOMATON = Automaton(tables(), Builder())


def _outcome(text: str) -> object:
    """What the program makes of a text, spelled as ``by_lark.outcome`` spells it."""
    try:
        result = AUTOMATON.read(tokens(text))
    except CelSyntaxError as error:
        return error.reason, error.offset
    if not isinstance(result, Refusal):
        return result
    if result.token.kind == UNKNOWN:
        return UNKNOWN, result.token.start
    return result.token.kind, result.token.start, sorted(AUTOMATON.accepted(result)), [*result.values]


def _same(text: str) -> None:
    """The same node with the same places, or the same refusal: where, before what, with what read and wanted."""
    ours, theirs = (to_builtins(found, enc_hook=vars) for found in (_outcome(text), by_lark.outcome(text)))
    assert ours == theirs, text


def _damaged(text: str, by: random.Random) -> str:
    """``text`` with a piece more, less or changed, up to three times."""
    for _ in range(by.randint(1, 3)):
        at = by.randint(0, len(text))
        until = min(len(text), at + by.choice([0, 0, 1, 1, 2, 8]))
        text = text[:at] + by.choice([*PIECES, "", "", text[:8], text[-8:]]) + text[until:]
    return text


def _fixture_strings(folder: Path) -> set[str]:
    """Every string of every fixture that is YAML: expressions, and all else."""
    found: set[str] = set()
    for path in sorted(folder.rglob("*.yaml")):
        with contextlib.suppress(yaml.YAMLError, UnicodeDecodeError):
            for event in yaml.parse(path.read_text(encoding="utf-8"), yaml.CSafeLoader):
                if isinstance(event, yaml.ScalarEvent):
                    found.add(event.value)
    return found


def test_the_stored_tables_are_those_of_the_grammar_as_it_is() -> None:
    assert by_lark.FILE.read_bytes() == by_lark.written(), "run `make grammar`"


@pytest.mark.parametrize("seed", ["1", "2"])
def test_the_tables_do_not_depend_on_hashes(seed: str) -> None:
    code = "import sys; from tests.cel import by_lark; sys.stdout.buffer.write(by_lark.written())"
    done = subprocess.run(
        [sys.executable, "-c", code],
        check=True,
        capture_output=True,
        cwd=Path(__file__).parents[2],
        env=os.environ | {"PYTHONHASHSEED": seed},
    )
    assert done.stdout == by_lark.FILE.read_bytes()


def test_no_rule_is_empty_and_every_method_of_the_builder_is_some_rules() -> None:
    assert all(rule.size > 0 for rule in tables().rules), "the automaton has no case for one"
    assert {rule.method for rule in tables().rules} - {None} == {
        name for name in vars(Builder) if not name.startswith("_")
    }


@pytest.mark.parametrize("text", EXPRESSIONS)
def test_expressions_are_read_as_lark_reads_them(text: str) -> None:
    _same(text)


def test_what_the_specification_tries_is_read_as_lark_reads_it(shared: Path) -> None:
    file = shared / "conformance" / "cel" / "cel_spec_simple.jsonl"
    if not file.is_file():
        pytest.skip(f"{file} is missing")
    texts = [json.loads(line)["expr"] for line in file.read_text(encoding="utf-8").splitlines()]
    _all_same(texts)
    by = random.Random(7)  # noqa: S311 -- the same every time
    _all_same([_damaged(text, by) for text in texts])


def test_what_stands_in_fixtures_is_read_as_lark_reads_it(repository: Path) -> None:
    texts = sorted(_fixture_strings(repository / "fixtures"))
    assert len(texts) > 500
    _all_same(texts)


@pytest.mark.parametrize("seed", range(4))
def test_damaged_expressions_are_refused_where_lark_refuses_them(seed: int) -> None:
    by = random.Random(seed)  # noqa: S311 -- the same every time
    _all_same([_damaged(by.choice(EXPRESSIONS), by) for _ in range(1_000)])


@pytest.mark.parametrize("seed", range(4))
def test_pieces_in_any_order_are_refused_where_lark_refuses_them(seed: int) -> None:
    by = random.Random(seed)  # noqa: S311 -- the same every time
    _all_same(["".join(by.choices(PIECES, k=by.randint(0, 8))) for _ in range(1_000)])


@given(NODES, st.randoms(use_true_random=False))
def test_any_expression_whole_or_damaged_is_read_as_lark_reads_it(node: Node, by: random.Random) -> None:
    text = unparse(node)
    _same(text)
    _same(_damaged(text, by))


def _all_same(texts: Sequence[str]) -> None:
    for text in texts:
        _same(text)
