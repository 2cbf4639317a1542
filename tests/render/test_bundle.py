from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from errno import ENOSPC
from pathlib import Path
from unicodedata import normalize

import pytest

from migrator.errors import InternalError, OutputError
from migrator.merge.model import Migration
from migrator.render.bundle import Artifact, bundle_artifacts, residual_name, write_bundle
from migrator.secrets import mask
from migrator.sources.walk import BUNDLE_INDEX as INDEX
from tests.render.test_files import disk_of

OLD = {
    "manifest.yaml": Artifact("old"),
    "residual/a/x.yaml": Artifact("gone"),
    "residual/b.yaml": Artifact("b"),
}
NEW = {
    "manifest.yaml": Artifact("new"),
    "apply.sh": Artifact("#!/bin/sh", 0o755),
    "residual/b.yaml": Artifact("b"),
}


def files(folder: Path) -> dict[str, str]:
    """Everything in ``folder``, by relative path; links are not followed."""
    return {
        str(path.relative_to(folder)): f"-> {path.readlink()}" if path.is_symlink() else path.read_text()
        for path in sorted(folder.rglob("*"))
        if path.is_symlink() or path.is_file()
    }


def contents(bundle: dict[str, Artifact]) -> dict[str, str]:
    return {name: artifact.text for name, artifact in sorted(bundle.items())}


def without_index(found: dict[str, str]) -> dict[str, str]:
    return {name: text for name, text in found.items() if name != INDEX}


def test_a_bundle_holds_every_artefact(migration: Migration) -> None:
    artifacts = bundle_artifacts(migration, {"report.txt": "r"}, {"policies/a.yaml": "a"})
    assert list(artifacts) == [
        "CUTOVER.md",
        "apply.sh",
        "calls.jsonl",
        "manifest.yaml",
        "report.txt",
        "residual/policies/a.yaml",
        "secrets.env.example",
    ]
    assert [name for name, artifact in artifacts.items() if artifact.mode == 0o755] == ["apply.sh"]
    assert "- [ ] `residual/policies/a.yaml`" in artifacts["CUTOVER.md"].text


def test_a_masked_credential_leaves_in_no_file(migration: Migration) -> None:
    masked = mask(0, 12)
    artifacts = bundle_artifacts(migration, {"report.txt": masked}, {"a": f"key: {masked}"})
    assert artifacts["report.txt"].text == "***"
    assert artifacts["residual/a"].text == "key: ***"


@pytest.mark.parametrize("path", ["a.yaml", "./a/b.yaml", "-", "a b", "a//b", ".hidden"])
def test_a_residual_policy_has_the_path_of_its_input(path: str) -> None:
    assert residual_name(path) == f"residual/{os.path.normpath(path)}"


def test_no_path_leads_out_of_the_folder_and_no_two_meet(tmp_path: Path) -> None:
    paths = [
        "a.yaml",
        "../a.yaml",
        "/a.yaml",
        "../../a.yaml",
        "x/../../a.yaml",
        "/",
        "..",
        "../x",
        "a/../.env",
    ]
    names = [residual_name(path) for path in paths]
    assert len(set(names)) == len(names)
    assert names[1].startswith("residual/a..")
    assert names[1].endswith(".yaml")
    write_bundle(tmp_path / "out", {name: Artifact("") for name in names})
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    assert all((tmp_path / "out" / name).is_file() for name in names)


def test_a_step_that_is_too_long_is_cut_and_stays_apart(tmp_path: Path) -> None:
    paths = [
        "a" * 250 + ".yaml",
        "é" * 125 + ".yaml",
        "é" * 126 + ".yaml",
        "x" * 300 + "/a",
        "x" * 300 + "/b",
    ]
    names = [residual_name(path) for path in [*paths, f"../{paths[0]}", "a." + "b" * 300]]
    assert names[0] == f"residual/{paths[0]}"
    assert names[1] == f"residual/{paths[1]}"
    assert len(set(names)) == len(names)
    assert names[2].endswith(".yaml")
    assert names[3].removesuffix("/a") == names[4].removesuffix("/b")
    write_bundle(tmp_path / "out", {name: Artifact("") for name in names})
    assert all((tmp_path / "out" / name).is_file() for name in names)


def test_names_that_some_file_system_takes_for_one_stay_apart(tmp_path: Path, migration: Migration) -> None:
    long = "x" * 250
    alike = [
        "A.yaml",
        "a.yaml",
        "T/b.yaml",
        "t/B.yaml",
        "caf\xe9",
        "cafe\u0301",
        "c",
        "C/d",
        f"{long}a",
        f"{long}A",
    ]
    left = {path: str(number) for number, path in enumerate([*alike, "t/other.yaml"])}
    artifacts = bundle_artifacts(migration, {}, left)
    found = {name: one.text for name, one in artifacts.items() if name.startswith("residual/")}
    assert sorted(found.values()) == sorted(left.values())
    folded = [normalize("NFC", name.casefold()) for name in found]
    assert len({*folded}) == len(found)
    assert "residual/c" not in folded
    assert found["residual/t/other.yaml"] == left["t/other.yaml"]
    write_bundle(tmp_path / "out", artifacts)


def test_a_file_that_is_a_folder_of_others_gets_another_name(tmp_path: Path, migration: Migration) -> None:
    left = {"a.yaml": "1", "a.yaml/b.yaml": "2", "c": "3", "c/d/e": "4", "c/d": "5"}
    artifacts = bundle_artifacts(migration, {}, left)
    texts = sorted(one.text for name, one in artifacts.items() if name.startswith("residual/"))
    assert texts == sorted(left.values())
    assert artifacts["residual/a.yaml/b.yaml"].text == "2"
    write_bundle(tmp_path / "out", artifacts)


def test_names_that_the_system_cannot_write_are_told(tmp_path: Path) -> None:
    code = "from migrator.render.bundle import Artifact, write_bundle as write\nfrom pathlib import Path\n"
    code += "from migrator.errors import OutputError\ntry: write(Path('out'), {'\\xe9.yaml': Artifact('')})\n"
    code += "except OutputError as error: print(error.message, error.remedy)\n"
    chosen = {**os.environ, "LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}
    chosen["PYTHONPATH"] = os.pathsep.join(sys.path)
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=chosen, capture_output=True, text=True, check=True
    )
    if sys.platform == "linux":
        assert done.stdout.startswith("out could not be written: a name has characters that ascii has not")
        assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("name", ["", "/etc/x", "../x", "a/../../x", "a//b", "./a", "a/", "a\0b", INDEX])
def test_a_name_that_is_not_inside_is_a_broken_promise(tmp_path: Path, name: str) -> None:
    with pytest.raises(InternalError, match="is no path within a bundle"):
        write_bundle(tmp_path / "out", {"ok": Artifact(""), name: Artifact("")})
    assert files(tmp_path) == {}


def test_the_folder_is_made_and_the_modes_are_those_of_the_artefacts(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "out"
    before = os.umask(0o022)
    try:
        write_bundle(folder, NEW)
    finally:
        os.umask(before)
    assert without_index(files(folder)) == contents(NEW)
    modes = {
        name: stat.S_IMODE((folder / name).stat().st_mode)
        for name in (".", "manifest.yaml", "apply.sh", INDEX)
    }
    assert modes == {".": 0o755, "manifest.yaml": 0o644, "apply.sh": 0o755, INDEX: 0o644}


def test_the_index_lists_each_file_with_its_digest(tmp_path: Path) -> None:
    write_bundle(tmp_path, NEW)
    index = json.loads((tmp_path / INDEX).read_text())
    assert index["formatVersion"] == 1
    assert index["files"] == [{"path": name, "sha256": NEW[name].digest} for name in sorted(NEW)]


def test_the_next_bundle_replaces_the_last(tmp_path: Path) -> None:
    write_bundle(tmp_path, OLD)
    write_bundle(tmp_path, NEW)
    assert without_index(files(tmp_path)) == contents(NEW)
    assert not (tmp_path / "residual" / "a").exists()
    write_bundle(tmp_path, {})
    assert files(tmp_path) == {INDEX: '{\n  "formatVersion": 1,\n  "files": []\n}\n'}
    assert not (tmp_path / "residual").exists()


def test_writing_twice_changes_nothing(tmp_path: Path) -> None:
    write_bundle(tmp_path, NEW)
    before = files(tmp_path)
    write_bundle(tmp_path, NEW)
    assert files(tmp_path) == before


def test_a_file_that_was_deleted_is_written_again(tmp_path: Path) -> None:
    write_bundle(tmp_path, OLD)
    shutil.rmtree(tmp_path / "residual")
    write_bundle(tmp_path, OLD)
    assert without_index(files(tmp_path)) == contents(OLD)


def test_files_of_others_stay(tmp_path: Path) -> None:
    (tmp_path / "notes.md").write_text("mine")
    write_bundle(tmp_path, OLD)
    (tmp_path / "residual" / "a" / "mine").write_text("mine")
    (tmp_path / "residual" / "b.yaml").write_text("changed")
    write_bundle(tmp_path, {"manifest.yaml": Artifact("new")})
    assert without_index(files(tmp_path)) == {
        "manifest.yaml": "new",
        "notes.md": "mine",
        "residual/a/mine": "mine",
        "residual/b.yaml": "changed",
    }
    with pytest.raises(OutputError, match=r"residual/b\.yaml was not written by migrator"):
        write_bundle(tmp_path, OLD)


def _foreign(folder: Path) -> None:
    (folder / "apply.sh").write_text("mine")


def _edited(folder: Path) -> None:
    (folder / "manifest.yaml").write_text("edited")


def _folder_for_a_file(folder: Path) -> None:
    (folder / "apply.sh").mkdir()


def _file_for_a_folder(folder: Path) -> None:
    shutil.rmtree(folder / "residual")
    (folder / "residual").write_text("mine")


def _link_for_a_file(folder: Path) -> None:
    (folder / "apply.sh").symlink_to("/dev/null")


def _dangling_link(folder: Path) -> None:
    (folder / "apply.sh").symlink_to("../elsewhere")


def _link_for_a_folder(folder: Path) -> None:
    outside = folder.parent / "outside"
    shutil.move(folder / "residual", outside)
    (folder / "residual").symlink_to(outside)


@pytest.mark.parametrize(
    "spoil, said",
    [
        (_foreign, r"apply\.sh was not written by migrator"),
        (_edited, r"manifest\.yaml was changed since migrator wrote it"),
        (_folder_for_a_file, r"apply\.sh is no file"),
        (_file_for_a_folder, "residual is no folder"),
        (_link_for_a_file, r"apply\.sh is no file"),
        (_dangling_link, r"apply\.sh is no file"),
        (_link_for_a_folder, "residual is no folder"),
    ],
)
def test_what_is_in_the_way_is_named_and_stays(
    tmp_path: Path, spoil: Callable[[Path], None], said: str
) -> None:
    folder = tmp_path / "out"
    write_bundle(folder, OLD)
    spoil(folder)
    before = files(tmp_path)
    with pytest.raises(OutputError, match=said) as raised:
        write_bundle(folder, NEW)
    assert "choose another folder" in raised.value.remedy
    assert files(tmp_path) == before


def test_a_stale_file_behind_a_link_is_not_removed(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    write_bundle(folder, OLD)
    _link_for_a_folder(folder)
    write_bundle(folder, {"manifest.yaml": Artifact("new")})
    assert files(tmp_path / "outside") == {"a/x.yaml": "gone", "b.yaml": "b"}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        "\xff",
        '{"formatVersion": 2, "files": []}',
        '{"formatVersion": 1, "files": {}}',
        '{"formatVersion": 1, "files": [1]}',
        '{"formatVersion": 1, "files": [{"path": "a"}]}',
        '{"formatVersion": 1, "files": [{"path": "../a", "sha256": ""}]}',
        '{"formatVersion": 1, "files": [{"path": "/etc/passwd", "sha256": ""}]}',
        "[" * 100_000,
    ],
)
def test_an_index_that_is_none_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / INDEX).write_text(text, encoding="latin-1")
    with pytest.raises(OutputError, match="is not a list that this version of migrator wrote"):
        write_bundle(tmp_path, NEW)
    assert [path.name for path in tmp_path.iterdir()] == [INDEX]


def test_a_linked_index_is_refused(tmp_path: Path) -> None:
    (tmp_path / INDEX).symlink_to("/dev/null")
    with pytest.raises(OutputError, match="is not a list"):
        write_bundle(tmp_path, NEW)


def test_a_full_disk_leaves_everything_as_it_was(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    write_bundle(folder, OLD)
    before = files(tmp_path)
    big = {**NEW, "residual/new/z.yaml": Artifact("x" * 200_000)}
    with disk_of(100_000), pytest.raises(OutputError, match="out could not be written: file too large"):
        write_bundle(folder, big)
    assert files(tmp_path) == before
    assert not (folder / "residual" / "new").exists()


def test_a_full_disk_leaves_no_new_folder(tmp_path: Path) -> None:
    with disk_of(100_000), pytest.raises(OutputError):
        write_bundle(tmp_path / "a" / "out", {"x/y": Artifact("x" * 200_000)})
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("links", [True, False], ids=["links", "no links"])
@pytest.mark.parametrize("call", ["replace", "unlink", "link", "copy2"])
def test_a_failure_at_any_step_is_taken_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str, links: bool
) -> None:
    folder = tmp_path / "out"
    write_bundle(folder, OLD)
    before = files(tmp_path)
    failures = 0
    for step in range(1, 40):
        with monkeypatch.context() as patch:
            _fail_at(patch, call, step)
            if not links:
                patch.setattr(os, "link", _no_links)
            try:
                write_bundle(folder, NEW)
            except OutputError:
                failures += 1
                assert files(tmp_path) == before
                continue
        break
    else:
        pytest.fail("never succeeded")
    assert without_index(files(folder)) == contents(NEW)
    assert bool(failures) is (call in ("replace", "unlink") or (call == "copy2" and not links))


def _no_links(*_: object) -> None:
    raise OSError(ENOSPC, os.strerror(ENOSPC))


def _fail_at(patch: pytest.MonkeyPatch, call: str, step: int) -> None:
    """Make the ``step``-th call fail, and no later one: what is taken back must succeed."""
    owner = {"link": os, "copy2": shutil}.get(call, Path)
    real = getattr(owner, call)
    calls = 0

    def maybe(*arguments: object, **options: object) -> object:
        nonlocal calls
        tidying = call == "unlink" and str(arguments[0]).endswith(".tmp")
        calls += not tidying
        if calls == step and not tidying:
            raise OSError(ENOSPC, os.strerror(ENOSPC))
        return real(*arguments, **options)

    patch.setattr(owner, call, maybe)


@pytest.mark.parametrize("step", range(1, 8))
def test_after_a_crash_the_next_run_knows_its_own_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    write_bundle(tmp_path, OLD)
    real = Path.replace
    calls = 0

    class Crash(BaseException):
        pass

    def maybe(path: Path, target: Path) -> Path:
        nonlocal calls
        calls += 1
        if calls >= step:
            raise Crash  # and every rename back fails as well: the process is gone
        return real(path, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", maybe)
        patch.setattr(Path, "unlink", lambda *_: None)
        with suppress(Crash):
            write_bundle(tmp_path, NEW)
    other = {"manifest.yaml": Artifact("third"), "apply.sh": Artifact("third")}
    write_bundle(tmp_path, other)
    found = {
        name: text
        for name, text in files(tmp_path).items()
        if not name.startswith((".migrator-", "residual/.m"))
    }
    assert found.items() >= contents(other).items()


@pytest.mark.parametrize("name", ["file", "file/below", "x" * 300])
def test_a_place_where_no_folder_can_be_is_named(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").write_text("mine")
    with pytest.raises(OutputError, match="could not be written"):
        write_bundle(tmp_path / name, NEW)
    assert files(tmp_path) == {"file": "mine"}


def test_a_folder_that_is_a_link_is_the_users_own_choice(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "out").symlink_to("real")
    write_bundle(tmp_path / "out", NEW)
    assert without_index(files(tmp_path / "real")) == contents(NEW)
