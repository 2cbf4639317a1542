"""A repository is walked as git sees it, and no further than it reaches."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from migrator.findings.base import Finding
from migrator.sources.walk import PassedOver, WalkedFile, iter_files, walk, walk_repository

FILES = [
    "a.yaml",
    "build/a.yaml",
    "build/keep.yaml",
    "logs/a.log",
    "logs/deep/a.log",
    "app/logs/a.log",
    "app/debug.log",
    "app/important.log",
    "app/out/a.yaml",
    "app/out/b/c.yaml",
    "app/space .yaml",
    "app/#hash.yaml",
    "app/!bang.yaml",
    "doc/frotz/a.yaml",
    "other/doc/frotz/a.yaml",
    "foo/x/y/bar.yaml",
    "foo/bar.yaml",
]
RULES = {
    ".gitignore": "build/*\n!build/keep.yaml\n/logs/\n*.log\n!important.log\ndoc/frotz/\n**/out/\nfoo/**/bar.yaml\n\n# no rule\n",
    "app/.gitignore": "!debug.log\n\\#hash.yaml\n\\!bang.yaml\n",
}


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    top = tmp_path / "repo"
    for name in FILES:
        (top / name).parent.mkdir(parents=True, exist_ok=True)
        (top / name).write_text("x")
    for name, text in RULES.items():
        (top / name).write_text(text)
    subprocess.run(["git", "init", "-q", top], check=True)
    return top


def walked(top: Path | str, passed: PassedOver | None = None) -> set[str]:
    found = walk_repository(str(top), passed or PassedOver())
    return {one.relative for one in found if isinstance(one, WalkedFile)}


def test_it_finds_what_git_would_add(repository: Path) -> None:
    done = subprocess.run(
        ["git", "ls-files", "--others", "--exclude-standard", "-z"],
        cwd=repository,
        capture_output=True,
        check=True,
        env={**os.environ, "GIT_CONFIG_GLOBAL": "/dev/null"},
    )
    assert walked(repository) == set(done.stdout.decode().strip("\0").split("\0"))


def test_rules_above_the_folder_count_up_to_the_repository(repository: Path) -> None:
    (repository.parent / ".gitignore").write_text("*\n")
    assert walked(repository / "app") == {".gitignore", "debug.log", "important.log", "space .yaml"}


def test_what_is_asked_for_by_name_is_searched(repository: Path) -> None:
    assert walked(repository / "build") == {"keep.yaml"}, "its rule names what is in it, not the folder"
    assert walked(repository / "app" / "out") == {"a.yaml", "b/c.yaml"}


def test_what_was_passed_over_is_told(repository: Path) -> None:
    (repository / "vendor").mkdir()
    (repository / "vendor" / "a.yaml").write_text("x")
    (repository / "node_modules").mkdir()
    (repository / "away").symlink_to(repository.parent)
    passed = PassedOver()
    assert not {name for name in walked(repository, passed) if name.startswith(("vendor", "away"))}
    assert [Path(path).name for path in passed.vendored] == ["vendor"]
    assert [Path(path).name for path in passed.elsewhere] == ["away"]
    assert {Path(path).name for path in passed.ignored} >= {"logs", "a.yaml", "frotz"}


def test_outside_of_a_repository_ignore_files_count_too(tmp_path: Path) -> None:
    (tmp_path / ".gitignore").write_text("*.tmp\n")
    (tmp_path / "a.tmp").write_text("x")
    (tmp_path / "a.yaml").write_text("x")
    assert walked(tmp_path) == {".gitignore", "a.yaml"}


@pytest.mark.parametrize(
    "text", ["", "\0\n", "\\\n", "[\n", "[z-a]\n", "**\n", "!\n", "/\n", "\udcff\n", "***/x\n", "a" * 5000]
)
def test_no_ignore_file_breaks_the_walk(tmp_path: Path, text: str) -> None:
    (tmp_path / ".gitignore").write_text(text, encoding="utf-8", errors="surrogateescape")
    (tmp_path / "a.yaml").write_text("x")
    assert walked(tmp_path) <= {".gitignore", "a.yaml"}


def test_an_ignore_file_that_is_a_folder_or_huge_is_none(tmp_path: Path) -> None:
    (tmp_path / ".gitignore").mkdir()
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / ".gitignore").write_text("a.yaml\n" * 200_000)
    (tmp_path / "sub" / "a.yaml").write_text("x")
    assert "sub/a.yaml" in walked(tmp_path)


def test_a_circle_of_links_ends(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("x")
    (tmp_path / "up").symlink_to(tmp_path)
    found = list(walk(str(tmp_path)))
    assert [one.relative for one in found if isinstance(one, WalkedFile)] == ["a.yaml"]
    assert [one.code for one in found if isinstance(one, Finding)] == ["R010"]


def test_a_file_is_its_own_walk(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("xyz")
    assert [(one.relative, one.size) for one in iter_files(str(tmp_path / "a.yaml"))] == [("a.yaml", 3)]
    assert [one.relative for one in iter_files(str(tmp_path))] == ["a.yaml"]
    assert list(iter_files(str(tmp_path / "nowhere"))) == []


def test_what_may_not_be_looked_at_is_among_the_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Root may look at everything, so the system's answer is made up."""
    (tmp_path / "shut").mkdir()
    (tmp_path / "a.yaml").write_text("xyz")
    (tmp_path / "gone").symlink_to("nowhere")
    (tmp_path / "round").symlink_to("round")
    scandir = os.scandir

    def refusing(path: str) -> object:
        if str(path).endswith("shut"):
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refusing)
    assert [one.relative for one in iter_files(str(tmp_path))] == ["a.yaml", "shut"]
