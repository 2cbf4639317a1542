"""The grammar as such, and what using it costs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from migrator import resources
from migrator.cel.builder import Builder
from migrator.cel.parser import _lark


def test_the_grammar_has_no_conflicts() -> None:
    pytest.importorskip("interegular", reason="lark compares terminals with it")
    from lark import Lark

    Lark(resources.read_text("grammars", "cel.lark"), parser="lalr", lexer="basic", start="expr", strict=True)


def test_grammar_and_builder_name_the_same_nodes() -> None:
    named = {
        rule.alias or rule.origin.name for rule in _lark().rules if rule.alias or not rule.options.expand1
    }
    methods = {name for name in vars(Builder) if not name.startswith("_")}
    assert named == methods


def test_lark_is_imported_for_the_first_expression_only() -> None:
    code = (
        "import sys; from migrator import cel; import migrator.cel.template; assert 'lark' not in sys.modules;"
        "cel.parse('a'); assert 'lark' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_resource_is_looked_for_in_the_package_and_then_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resources, "_PACKAGE", tmp_path / "migrator")
    beside, packed = tmp_path / "grammars" / "a.lark", tmp_path / "migrator" / "grammars" / "a.lark"
    with pytest.raises(FileNotFoundError):
        resources.read_text("grammars", "a.lark")
    for place in (beside, packed):
        place.parent.mkdir(parents=True)
        place.write_text(str(place), encoding="utf-8")
        assert resources.read_text("grammars", "a.lark") == str(place)
