"""Pipes, devices, links in circles, files that vanish or may not be read: each is named, the rest goes on."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from migrator.api import convert
from migrator.merge.model import Migration
from migrator.sources.inputs import find_inputs
from tests.properties.bad_texts import GOOD
from tests.properties.clock import SOON, within
from tests.properties.pipeline import everything


def codes(run: Migration, path: str) -> list[str]:
    return [found.code for found in run.findings if found.at is not None and found.at.path == path]


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "p.yaml")
    os.mkfifo(tmp_path / "unknown")
    with within(SOON):
        run = convert([tmp_path]).migration
    assert [found.code for found in run.findings] == ["R001"]


def test_a_pipe_that_is_named_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with within(SOON):
        assert codes(convert([tmp_path / "pipe"]).migration, str(tmp_path / "pipe")) == ["R001"]


def test_a_pipe_that_somebody_writes_into_is_not_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    reader = os.open(tmp_path / "pipe", os.O_RDONLY | os.O_NONBLOCK)
    writer = os.open(tmp_path / "pipe", os.O_WRONLY | os.O_NONBLOCK)
    os.write(writer, GOOD.encode())
    with within(SOON):
        assert codes(convert([tmp_path / "pipe"]).migration, str(tmp_path / "pipe")) == ["R001"]
    assert os.read(reader, len(GOOD)) == GOOD.encode()
    os.close(writer)
    os.close(reader)


@pytest.mark.parametrize("path", ["/dev/zero", "/dev/null", "/dev/tty", "/proc/self/mem", "/proc/kmsg"])
def test_a_device_is_not_read(path: str) -> None:
    if not os.path.lexists(path):
        pytest.skip(f"there is no {path} here")
    with within(SOON):
        result = convert([path])
    assert {found.code for found in result.findings} <= {"R001", "R003", "R009"}  # kmsg has lines at times
    assert result.findings


def test_links_in_a_circle_end(tmp_path: Path) -> None:
    inside = tmp_path / "a" / "b"
    inside.mkdir(parents=True)
    (inside / "p.yaml").write_text(GOOD)
    (inside / "up").symlink_to(tmp_path)
    (inside / "self").symlink_to(inside)
    (tmp_path / "one").symlink_to(tmp_path / "two")
    (tmp_path / "two").symlink_to(tmp_path / "one")
    (tmp_path / "gone.yaml").symlink_to(tmp_path / "nowhere")
    (tmp_path / "round.yaml").symlink_to(tmp_path / "round.yaml")
    with within(SOON):
        run = convert([tmp_path]).migration
    assert [unit.id for unit in run.units] == ["a__b__p"]
    assert {"R001", "R010"} == {found.code for found in run.findings if found.code.startswith("R")}


def test_two_files_that_are_shown_by_one_path_are_not_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "elsewhere" / "below").mkdir(parents=True)
    (tmp_path / "link").symlink_to("elsewhere/below")
    for name in (os.fsdecode(b"b\xff.yaml"), "b\\xff.yaml", "a.yaml", "elsewhere/a.yaml"):
        Path(name).write_text(GOOD)
    run = convert([".", "link/../a.yaml"]).migration
    assert codes(run, "a.yaml").count("R001") == 1
    assert codes(run, "b\\xff.yaml").count("R001") == 1


def test_one_file_by_several_paths_is_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "in").mkdir()
    (tmp_path / "a.yaml").write_text(GOOD)
    (tmp_path / "gone.yaml").symlink_to("nowhere")
    run = convert([".", "a.yaml", "./a.yaml", "in/../a.yaml", "gone.yaml", "in/../gone.yaml"]).migration
    assert [unit.id for unit in run.units] == ["a"]
    assert [found.code for found in run.findings if found.code.startswith("R")] == ["R001"]
    assert codes(run, "gone.yaml") == ["R001"]


def test_a_file_that_vanishes_is_named(tmp_path: Path) -> None:
    (tmp_path / "p.yaml").write_text(GOOD)
    (tmp_path / "q.yaml").write_text(GOOD)
    found = find_inputs([tmp_path])
    (tmp_path / "p.yaml").unlink()
    run = convert(found.inputs).migration
    assert [unit.id for unit in run.units] == ["q"]
    assert codes(run, str(tmp_path / "p.yaml")) == ["R001"]


def test_a_file_that_becomes_a_directory_is_named(tmp_path: Path) -> None:
    (tmp_path / "p.yaml").write_text(GOOD)
    found = find_inputs([tmp_path])
    (tmp_path / "p.yaml").unlink()
    (tmp_path / "p.yaml").mkdir()
    assert codes(convert(found.inputs).migration, str(tmp_path / "p.yaml")) == ["R001"]


def test_a_file_that_may_not_be_read_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Root may read everything, so the system's answer is made up."""
    (tmp_path / "p.yaml").write_text(GOOD)
    (tmp_path / "q.yaml").write_text(GOOD)
    real = os.open

    def refusing(path: str, flags: int) -> int:
        if str(path).endswith("p.yaml"):
            raise PermissionError(13, "Permission denied", path)
        return real(path, flags)

    monkeypatch.setattr(os, "open", refusing)
    result = convert([tmp_path])
    assert [unit.id for unit in result.units] == ["q"]
    assert codes(result.migration, str(tmp_path / "p.yaml")) == ["R001"]
    assert result.exit_code() == 1


@pytest.mark.parametrize(
    "name",
    [
        b"\xff\xfe.yaml",
        b"a\nb.yaml",
        b"a b.yaml",
        b"[x].yaml",
        b"*.yaml",
        "日本.yaml".encode(),
        b"-.yaml",
        b"~.yaml",
        b"a\\b.yaml",
    ],
)
@pytest.mark.parametrize("named", [True, False])
def test_a_file_of_any_name_is_converted(tmp_path: Path, name: bytes, named: bool) -> None:
    path = tmp_path / os.fsdecode(name)
    path.write_text(GOOD)
    run = convert([path if named else tmp_path]).migration
    assert len(run.units) == 1
    everything(run).encode("utf-8")


def test_dots_behind_a_link_lead_where_the_system_says(tmp_path: Path) -> None:
    (tmp_path / "here").mkdir()
    (tmp_path / "there" / "deep").mkdir(parents=True)
    (tmp_path / "here" / "p.yaml").write_text("on_http_request: []\n")
    (tmp_path / "there" / "p.yaml").write_text(GOOD)
    (tmp_path / "here" / "link").symlink_to(tmp_path / "there" / "deep")
    assert len(convert([f"{tmp_path}/here/link/../p.yaml"]).units) == 1


@pytest.mark.parametrize("path", ["", "a\0b", "nowhere", "nowhere/*.yaml", "**/[", "/" * 300, "x" * 5000])
def test_a_path_to_nothing_is_named(path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    if path.startswith("/"):
        return
    with within(SOON):
        result = convert([path])
    assert [found.code for found in result.findings] in (["R012"], ["R001"])
    assert result.exit_code() == 2
