"""The benchmarks run and measure what they say; how fast is not for a test to judge."""

import json
import sys
from pathlib import Path

import pytest

from benchmarks.__main__ import Row, main, run, table
from benchmarks.corpus import policies, write


def test_the_same_arguments_make_the_same_corpus() -> None:
    assert list(policies(150)) == list(policies(150))
    assert list(policies(150)) != list(policies(150, seed=1))


def test_no_two_policies_share_a_name_and_those_with_secrets_are_all_different() -> None:
    made = list(policies(400))
    assert len({name for name, _ in made}) == len(made)
    with_secrets = [text for _, text in made if "secrets.get('" in text]
    assert len(set(with_secrets)) == len(with_secrets) > 0


def test_every_policy_of_a_corpus_is_converted_and_loaded(tmp_path: Path) -> None:
    write(tmp_path / "corpus", 30)
    for task in ("load-default", "load-c", "convert", "audit"):
        answer = run(task, str(tmp_path / "corpus"), str(tmp_path / "corpus"))
        assert answer["count"] == 30
        assert answer["seconds"] > 0


def test_the_table_says_what_meets_its_target() -> None:
    rows = [
        Row("slow", 2.0, "times", 1.0),
        Row("fast", 2.0, "times", 1.0, at_least=True),
        Row("absent", None, "times", 1.0),
    ]
    slow, fast, absent = table(rows).splitlines()
    assert slow.endswith("missed")
    assert fast.endswith("met")
    assert "none" in absent


def test_a_small_run_prints_the_table_and_writes_json(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "out" / "numbers.json"
    monkeypatch.setattr("benchmarks.__main__._PAGE", 20)
    monkeypatch.setattr(sys, "argv", ["benchmarks", "--count", "20", "--repeats", "1", "--json", str(target)])
    main()
    rows = json.loads(target.read_text(encoding="utf-8"))
    assert len(rows) == len(capsys.readouterr().out.splitlines())
    assert {row["what"] for row in rows} >= {"convert ÷ yaml.safe_load", "migrator --version ÷ import click"}
    assert all(
        row["measured"] > 0 for row in rows if row["measured"] is not None and "memory" not in row["what"]
    )
