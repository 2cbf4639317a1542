"""The stored tables are those of the grammar, and parse as the grammar does."""

from pathlib import Path
from typing import Any

import lark
import pytest
from msgspec import to_builtins

from migrator.cel import grammar
from migrator.cel.builder import Builder
from migrator.resources import path_of

EXPRESSIONS = (
    "a.b(c, x || y) + 1 < 2 ? [1, ?2] : {'a': b'x', ?'k': -1u}",
    "m.metrics.global.latency[?0].`b-c` in [.x, !y, -z] && has(a.b)",
    "ai.models.filter(m, m.id.startsWith('gpt') || m.price <= 1.5e3).sortBy(m, m.id)",
    "Message{field: r'raw', other: '''three'''}",
)


def _spelled(parser: lark.Lark, text: str) -> Any:
    node: Any = parser.parse(text)  # what the builder made, not lark's tree
    return to_builtins(node)


def test_the_stored_tables_are_those_of_the_grammar_as_it_is() -> None:
    if not path_of("grammars", "cel.tables").read_bytes().startswith(f"lark {lark.__version__} ".encode()):
        pytest.skip("another version of lark is installed than the tables were made with")
    assert grammar.is_stored(), "run `make grammar`"


@pytest.mark.parametrize("text", EXPRESSIONS)
def test_stored_and_made_parsers_give_the_same_nodes(text: str) -> None:
    stored, made = grammar.parser(transformer=Builder()), grammar.made(transformer=Builder())
    assert _spelled(stored, text) == _spelled(made, text)


@pytest.mark.parametrize("content", [b"", b"lark 0.0.1 of something else\nno tables"])
def test_without_fitting_tables_the_parser_is_made_from_the_grammar(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes
) -> None:
    (tmp_path / "cel.tables").write_bytes(content)
    monkeypatch.setattr(grammar, "path_of", lambda kind, name: tmp_path / name)
    assert not grammar.is_stored()
    assert _spelled(grammar.parser(transformer=Builder()), "1 + a") == _spelled(
        grammar.made(transformer=Builder()), "1 + a"
    )
