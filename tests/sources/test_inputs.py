"""Inputs of one name from different places stay apart: in ids, in secrets, in what is left of them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

import migrator
from migrator.sources.inputs import find_inputs
from tests.properties.planting import made_up

POLICY = """\
on_http_request:
  - actions:
      - type: ai-gateway
        config: {providers: [{id: openai, api_keys: [{value: "%s"}]}]}
"""
FILES = ("one/p.yaml", "one/two/p.yaml", "two/p.yaml", "three/p.yaml", "w/one/p.yaml", "w/w2/one/p.yaml")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for number, name in enumerate(FILES):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(POLICY % made_up(f"sk-literal-{number}"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    "paths",
    [
        ("one", "two"),
        ("two", "one", "three"),
        ("../../one", "../one", "one"),
        ("one", "one/two/p.yaml", "two"),
    ],
)
def test_no_two_inputs_share_what_they_are_called(folder: Path, paths: tuple[str, ...]) -> None:
    if paths[0].startswith(".."):
        os.chdir(folder / "w" / "w2")
    result = migrator.convert(list(paths))
    found = find_inputs(list(paths)).inputs
    assert len({item.stem for item in found}) == len(found) > 1
    secrets = [key.value.env for key in result.migration.state.provider_keys]
    assert len({*secrets}) == len(secrets) == len(found)
    result.write_bundle(folder / "out")
    left = [path for path in (folder / "out" / "residual").rglob("*") if path.is_file()]
    assert len(left) == len(found)


def test_a_file_keeps_what_it_is_called_when_one_is_added_whose_path_is_that(folder: Path) -> None:
    def stems(*paths: str) -> dict[str, str]:
        return {item.path: item.stem for item in find_inputs(list(paths)).inputs}

    alone = stems("one")
    assert alone == {"one/p.yaml": "p.yaml", "one/two/p.yaml": "two/p.yaml"}
    assert alone.items() <= stems("one", "two").items()
    (folder / "zero" / "three").mkdir(parents=True)
    (folder / "zero" / "three" / "p.yaml").write_text("")
    assert stems("one", "three", "zero")["zero/three/p.yaml"] == "three/p.yaml"
