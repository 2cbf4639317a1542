"""The library as a program meets it: what it takes, what it refuses, what a prompt shows of it."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

import migrator
from migrator import comparison
from migrator.catalog import read_catalog
from migrator.errors import UsageError

OFFICE = "fixtures/demo/office.yaml"


@pytest.fixture(autouse=True)
def _at_the_top(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(repository)


@pytest.mark.parametrize("one", [OFFICE, Path(OFFICE), OFFICE.encode(), migrator.Input(OFFICE, "office")])
@pytest.mark.parametrize(
    "call", [migrator.convert, migrator.convert_many, migrator.audit, migrator.strategies, comparison.verify]
)
def test_one_path_is_no_list_of_paths(call: Callable[[Any], object], one: object) -> None:
    with pytest.raises(UsageError, match="one path, and not a list") as raised:
        call(one)
    assert raised.value.remedy


def test_an_empty_path_is_told_and_hides_no_other_input() -> None:
    result = migrator.convert([OFFICE, ""])
    assert [str(found.at) for found in result.findings if found.code == "R012"] == ['"":1:1']
    assert result.manifest()["accessKeyConfigurations"]


def test_choices_that_do_not_exist_are_refused_with_those_that_do() -> None:
    with pytest.raises(UsageError, match="no way long to spell models") as spelled:
        migrator.Options(model_ids="long")
    assert spelled.value.remedy == "Choose one of: qualified, catalog."
    by: Any = "team"
    with pytest.raises(UsageError, match="nothing is put together by team") as audited:
        migrator.audit([OFFICE], group_by=by)
    with pytest.raises(UsageError, match="nothing is put together by team"):
        migrator.ReportOptions(group_by=by)
    assert audited.value.remedy == "Choose one of: endpoint, file, namespace."


@pytest.mark.parametrize("spelled", [str, Path], ids=["text", "path"])
def test_a_path_is_a_text_or_a_path_wherever_one_is_taken(
    spelled: Callable[[Path], str | os.PathLike[str]], tmp_path: Path
) -> None:
    result = migrator.convert([spelled(Path(OFFICE))])
    result.write_bundle(spelled(tmp_path / "bundle"))
    result.write_report("text", spelled(tmp_path / "report.txt"))
    assert (tmp_path / "bundle/manifest.yaml").is_file()
    assert (tmp_path / "report.txt").is_file()
    assert migrator.read_baseline(spelled(tmp_path / "bundle/report.json")).findings
    (tmp_path / "migrator.yaml").write_text("migration: chat\n")
    assert migrator.read_configuration(spelled(tmp_path / "migrator.yaml")).migration == "chat"
    assert read_catalog(spelled(Path("migrator/catalog/current.json"))).gateway == "current"


def test_a_prompt_shows_how_much_there_is_and_not_all_of_it() -> None:
    held = "<Result: 1 input, 1 unit, 12 findings, 2 decisions>"
    assert repr(migrator.convert([OFFICE])) == held
    assert repr(migrator.audit([OFFICE])) == f"<Audited: {held}>"
    assert repr(comparison.verify([OFFICE])) == "<Verification: 1 verdict, 4 differences>"


def test_a_prompt_completes_what_was_not_used_yet() -> None:
    script = "import migrator; print(*sorted(set(migrator.__all__) - set(dir(migrator))), sep=',')"
    done = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True)
    assert done.stdout == b"\n"


def test_it_prints_nothing_and_leaves_the_interpreter_as_it_was(capfd: pytest.CaptureFixture[str]) -> None:
    before = (sys.getrecursionlimit(), Path.cwd(), dict(os.environ))
    migrator.audit(["fixtures/demo", "missing.yaml"])
    migrator.convert_many(["fixtures/demo"], jobs=2)
    assert (sys.getrecursionlimit(), Path.cwd(), dict(os.environ)) == before
    assert capfd.readouterr() == ("", "")


def test_threads_and_a_running_event_loop_give_what_one_call_gives() -> None:
    once = migrator.convert(["fixtures/demo"]).json()

    async def in_a_notebook() -> str:
        return migrator.convert(["fixtures/demo"]).json()

    with ThreadPoolExecutor(4) as pool:
        assert {one.json() for one in pool.map(migrator.convert, [["fixtures/demo"]] * 8)} == {once}
    assert asyncio.run(in_a_notebook()) == once
