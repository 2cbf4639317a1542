"""What an earlier run wrote is no input of the next one."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

import migrator
from migrator.render.bundle import Artifact, write_bundle
from migrator.sources.bundles import INDEX_LIMIT
from migrator.sources.inputs import find_inputs
from migrator.sources.walk import BUNDLE_INDEX, PassedOver, WalkedFile, walk, walk_repository

POLICY = "on_http_request:\n  - type: ai-gateway\n    config: {providers: [{id: openai}]}\n  - type: deny\n"
WRITTEN = {"manifest.yaml": Artifact("a: 1\n"), "residual/p.yaml": Artifact("on_http_request: []\n")}


def read(top: Path) -> set[str]:
    return {one.relative for one in walk(str(top)) if isinstance(one, WalkedFile)}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "p.yaml").write_text(POLICY)
    write_bundle(tmp_path / "out", WRITTEN)
    return tmp_path


def test_what_was_written_is_passed_over(folder: Path) -> None:
    passed = PassedOver()
    assert {one.relative for one in walk_repository(str(folder), passed) if isinstance(one, WalkedFile)} == {
        "p.yaml"
    }
    assert passed.bundles == [str(folder / "out")]
    assert read(folder) == {"p.yaml"}
    assert read(folder / "out") == set()


def test_a_folder_without_anything_to_read_is_told(folder: Path) -> None:
    (folder / "empty/.git").mkdir(parents=True)
    (folder / "empty/.git/config").write_text("x")
    for name, said in {"out": "was written by migrator", "empty": "it is empty, or"}.items():
        found = find_inputs([folder / name])
        (told,) = found.findings
        assert (found.inputs, told.code) == ((), "R022")
        assert said in told.text
    assert find_inputs([folder]).findings == ()


def test_what_somebody_put_there_is_read(folder: Path) -> None:
    (folder / "out/residual/p.yaml").write_text(POLICY)
    (folder / "out/residual/new.yaml").write_text(POLICY)
    assert read(folder) == {"p.yaml", "out/residual/p.yaml", "out/residual/new.yaml"}


def test_a_residual_policy_that_somebody_completed_is_not(folder: Path) -> None:
    (folder / "out/residual/p.yaml").write_text("on_http_request:\n  - type: deny\n")
    assert read(folder) == {"p.yaml"}


@pytest.mark.parametrize(
    "data",
    [
        POLICY.encode("utf-16"),
        b'{"on_http_request": [{"type": "ai\\u002dgateway"}]}',
        b'on_http_request: [{type: "ai\\x2dgateway"}]',
        b"\xff\xff",
    ],
)
def test_a_policy_in_its_place_is_read_however_it_is_written(folder: Path, data: bytes) -> None:
    (folder / "out/residual/p.yaml").write_bytes(data)
    assert read(folder) == {"p.yaml", "out/residual/p.yaml"}


def test_a_pattern_finds_no_bundle_unless_it_leads_into_it(folder: Path) -> None:
    passed = PassedOver()
    found = find_inputs([f"{folder}/**/*.yaml"], None, passed)
    assert [item.path for item in found.inputs] == [f"{folder}/p.yaml"]
    assert passed.bundles == [str(folder / "out")]
    inside = find_inputs([f"{folder}/out/residual/*.yaml"], None)
    assert [item.path for item in inside.inputs] == [f"{folder}/out/residual/p.yaml"]


def test_a_part_of_a_bundle_that_is_asked_for_is_read(folder: Path) -> None:
    assert read(folder / "out/residual") == {"p.yaml"}


@pytest.mark.parametrize(
    "text", ["", "[]", '{"formatVersion": 2, "files": []}', '{"files": ["../../p.yaml"]}', "\0"]
)
def test_a_list_that_we_did_not_write_hides_nothing(folder: Path, text: str) -> None:
    (folder / "out" / BUNDLE_INDEX).write_text(text)
    assert read(folder) == {
        "p.yaml",
        f"out/{BUNDLE_INDEX}",
        "out/manifest.yaml",
        "out/residual/p.yaml",
    }


def test_a_list_or_a_file_of_it_that_is_a_pipe_is_not_waited_for(folder: Path) -> None:
    (folder / "out/manifest.yaml").unlink()
    os.mkfifo(folder / "out/manifest.yaml")
    assert read(folder) == {"p.yaml", "out/manifest.yaml"}
    (folder / "out" / BUNDLE_INDEX).unlink()
    os.mkfifo(folder / "out" / BUNDLE_INDEX)
    assert "out/residual/p.yaml" in read(folder)


def test_a_list_that_is_a_device_or_huge_is_none(folder: Path) -> None:
    index = folder / "out" / BUNDLE_INDEX
    with index.open("ab") as file:
        file.truncate(INDEX_LIMIT + 1)
    assert "out/residual/p.yaml" in read(folder)
    index.unlink()
    index.symlink_to("/dev/zero")
    assert "out/residual/p.yaml" in read(folder)


def test_a_list_hides_nothing_above_or_beside_it(folder: Path) -> None:
    index = folder / "out" / BUNDLE_INDEX
    index.write_text(index.read_text().replace("residual/p.yaml", "../p.yaml"))
    assert "p.yaml" in read(folder)


def test_a_run_into_its_own_folder_gives_the_same_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "p.yaml").write_text(POLICY)
    reports = []
    for _ in range(3):
        migrator.convert(["."]).write_bundle(Path("out"))
        reports.append((Path("out/report.json").read_bytes(), Path("out/residual.patch").read_bytes()))
    assert reports[0] == reports[1] == reports[2]


def test_a_bundle_in_the_folder_of_its_inputs_is_none_of_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "p.yaml").write_text(POLICY)
    first = migrator.convert(["."])
    first.write_bundle(Path())
    assert migrator.convert(["."]).json() == first.json()
