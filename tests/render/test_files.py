from __future__ import annotations

import os
import resource
import stat
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from errno import EACCES, ENOSPC
from pathlib import Path

import pytest

from migrator.errors import OutputError
from migrator.render.files import write_file


@contextmanager
def disk_of(size: int) -> Iterator[None]:
    """No file can grow beyond ``size`` bytes."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_file_is_written_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "report.txt"
    write_file(path, "a\r\nKöln\n\udc80")
    assert path.read_bytes() == b"a\r\nK\xc3\xb6ln\n\\udc80"
    assert list(tmp_path.iterdir()) == [path]


def test_the_umask_decides_about_a_new_file_and_an_old_one_keeps_its_mode(tmp_path: Path) -> None:
    path = tmp_path / "report.txt"
    before = os.umask(0o027)
    try:
        write_file(path, "new")
        assert stat.S_IMODE(path.stat().st_mode) == 0o640
        path.chmod(0o600)
        write_file(path, "newer")
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    finally:
        os.umask(before)


def test_the_file_a_link_names_is_replaced_and_not_the_link(tmp_path: Path) -> None:
    (tmp_path / "real").write_text("old")
    link = tmp_path / "link"
    link.symlink_to("real")
    write_file(link, "new")
    assert link.is_symlink()
    assert (tmp_path / "real").read_text() == "new"


def test_a_link_to_itself_is_replaced(tmp_path: Path) -> None:
    loop = tmp_path / "loop"
    loop.symlink_to("loop")
    write_file(loop, "new")
    assert loop.read_text() == "new"


def test_a_pipe_is_written_to(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    read: list[str] = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_text()))
    reader.start()
    write_file(pipe, "through")
    reader.join()
    assert read == ["through"]
    assert stat.S_ISFIFO(pipe.stat().st_mode)


def test_devices_stay_devices(tmp_path: Path) -> None:
    write_file(Path("/dev/null"), "gone")
    assert stat.S_ISCHR(Path("/dev/null").stat().st_mode)
    code = (
        "from pathlib import Path; from migrator.render.files import write_file;"
        "print('first', flush=True); write_file(Path('/dev/stdout'), 'second\\n'); print('third')"
    )
    output = tmp_path / "out"
    with output.open("ab") as stream:
        subprocess.run([sys.executable, "-c", code], stdout=stream, check=True)
    assert output.read_text() == "first\nsecond\nthird\n"


@pytest.mark.skipif(not Path("/dev/shm").is_dir(), reason="a file system in memory, which Linux has there")  # noqa: S108 -- only a folder of our own is made there
def test_files_below_dev_are_files() -> None:
    with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
        path = Path(folder, "migrator.yaml")
        write_file(path, "old")
        write_file(path, "new")
        assert path.read_text() == "new"


def test_a_full_device_is_an_error() -> None:
    with pytest.raises(OutputError, match="/dev/full could not be written: no space left on device"):
        write_file(Path("/dev/full"), "x")


def test_a_full_disk_leaves_the_old_file_and_nothing_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "report.txt"
    path.write_text("old")
    with disk_of(1000), pytest.raises(OutputError, match=r"report\.txt could not be written: file too large"):
        write_file(path, "x" * 2000)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("call", ["fsync", "close", "open"])
def test_whatever_the_system_refuses_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    path = tmp_path / "report.txt"
    path.write_text("old")
    real = getattr(os, call)

    def refuse(*arguments: int) -> None:
        if call == "close":
            real(*arguments)
        raise OSError(ENOSPC, os.strerror(ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(os, call, refuse)
        with pytest.raises(OutputError, match="no space left") as raised:
            write_file(path, "new")
    assert raised.value.remedy.startswith("Nothing was changed.")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_short_write_is_gone_on_with(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.write
    with monkeypatch.context() as patch:
        patch.setattr(os, "write", lambda descriptor, data: real(descriptor, data[:3]))
        write_file(tmp_path / "a", "0123456789")
    assert (tmp_path / "a").read_text() == "0123456789"


def test_a_rename_that_is_refused_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(EACCES, os.strerror(EACCES))

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", refuse)
        patch.setattr(Path, "replace", refuse)
        with pytest.raises(OutputError, match="permission denied"):
            write_file(tmp_path / "a", "new")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "name, reason",
    [
        ("folder", "is a directory"),
        ("missing/a", "no such file"),
        ("file/a", "not a directory"),
        ("x" * 300, "file name too long"),
    ],
)
def test_a_place_where_no_file_can_be_is_named(tmp_path: Path, name: str, reason: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match=reason) as raised:
        write_file(tmp_path / name, "x")
    assert name in raised.value.message
    assert sorted(each.name for each in tmp_path.iterdir()) == ["file", "folder"]


def test_a_name_is_shown_on_one_line(tmp_path: Path) -> None:
    with pytest.raises(OutputError) as raised:
        write_file(tmp_path / "a\n\x1b[2J" / "b", "x")
    assert r"a\n\x1b[2J/b could not be written" in raised.value.message
