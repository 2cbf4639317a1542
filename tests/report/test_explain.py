from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from migrator.errors import UsageError
from migrator.findings.base import REGISTER, Effect, Finding, Severity
from migrator.report.explain import (
    EFFECTS,
    SEVERITIES,
    STAGES,
    by_stage,
    explain,
    explain_all,
    explain_markdown,
    explanation,
)
from migrator.report.options import COLOURED, ReportOptions
from tests.report.markup import tags, tokens

if TYPE_CHECKING:
    from syrupy.assertion import SnapshotAssertion

HEADED = {
    "read": "R",
    "hosts": "R",
    "link": "L",
    "policy": "P",
    "providers": "T",
    "requests": "T",
    "strategies": "T",
    "keys": "T",
    "gateway_keys": "T",
    "protection": "T",
    "merge": "M",
    "decisions": "D",
    "output": "W",
    "verify": "V",
}
"""The letter with which the codes of each module of ``findings`` begin."""


@pytest.mark.parametrize("code", ["T602", "T102", "R005", "P015", "T111"])
def test_an_explanation_reads_like_this(code: str, snapshot: SnapshotAssertion) -> None:
    assert explain(code) == snapshot


def test_case_and_spaces_do_not_matter() -> None:
    assert explain(" t602 ") == explain("T602")


@pytest.mark.parametrize(
    "code,remedy",
    [
        ("T6002", "Did you mean T602"),
        ("XYZ", "`migrator explain --all` lists them all."),
    ],
)
def test_an_unknown_code_is_refused_with_the_closest(code: str, remedy: str) -> None:
    with pytest.raises(UsageError, match=f"there is no finding {code}") as refused:
        explain(code)
    assert refused.value.remedy.startswith(remedy)


def test_all_of_them_are_explained_in_order_of_the_stages() -> None:
    every = explain_all()
    places = [
        every.index(f"{code}: {explanation(REGISTER[code]).title}\n")
        for codes in by_stage().values()
        for code in codes
    ]
    assert places == sorted(places)
    assert len(places) == len(REGISTER)


def test_every_stage_effect_and_severity_has_words() -> None:
    assert set(EFFECTS) == set(Effect)
    assert set(SEVERITIES) == set(Severity)
    assert set(STAGES) == {code[0] for code in REGISTER}


def test_colours_change_nothing_but_colours() -> None:
    coloured = explain("T602", ReportOptions(style=COLOURED))
    assert coloured.replace("\x1b[1m", "").replace("\x1b[0m", "") == explain("T602")


def test_no_line_is_wider_than_the_terminal() -> None:
    lines = explain_all(ReportOptions(width=60)).splitlines()
    assert all(len(line) <= 60 for line in lines if not line.startswith("    ") and line[:4] not in REGISTER)


@pytest.mark.parametrize("code", REGISTER)
def test_every_finding_is_documented(code: str) -> None:
    one = explanation(REGISTER[code])
    assert one.title
    assert not one.title.endswith(".")
    assert len(one.title) <= 80
    assert [part.kind for part in one.sections["Why"]] == ["prose"]
    assert [part.kind for part in one.sections["Example"]] == ["block"]
    assert one.sections["Result"][0].kind == "prose"
    assert set(one.sections) <= {"Why", "Example", "Result", "What to do"}
    assert list(one.sections) == [
        name for name in ("Why", "Example", "Result", "What to do") if name in one.sections
    ]
    assert one.remedy or one.sections["What to do"]


@pytest.mark.parametrize("code", REGISTER)
def test_a_finding_can_say_what_it_means_for_any_facts(code: str) -> None:
    kind = REGISTER[code]
    made = kind(**dict.fromkeys(_facts(kind), "x"))  # type: ignore[arg-type]  # the facts of every class take any text
    for text in (made.text, made.advice):
        assert text.strip()
        assert "{" not in text


@pytest.mark.parametrize("code", REGISTER)
def test_every_fact_is_said(code: str) -> None:
    kind = REGISTER[code]
    said = kind.message + kind.remedy
    assert [name for name in _facts(kind) if f"{{{name}}}" not in said] == []


def _facts(kind: type[Finding]) -> list[str]:
    """The names of a class's own fields."""
    return [name for name in kind.__struct_fields__ if name not in Finding.__struct_fields__]


@pytest.mark.parametrize("code", REGISTER)
def test_a_code_tells_the_stage(code: str) -> None:
    kind = REGISTER[code]
    assert code == kind.code
    assert code[0] == HEADED[kind.__module__.rpartition(".")[2]]
    assert code[1:].isdecimal()
    assert len(code) == 4


def test_the_page_is_what_was_meant() -> None:
    page = explain_markdown()
    kinds = [token.type for token in tokens(page)]
    assert kinds.count("table_open") == len(STAGES)
    assert kinds.count("heading_open") == 1 + len(STAGES) + len(REGISTER)
    assert tags(page) <= {
        *(
            "h1",
            "h2",
            "h3",
            "p",
            "a",
            "table",
            "thead",
            "tbody",
            "tr",
            "th",
            "td",
            "em",
            "strong",
            "code",
            "pre",
        )
    }
    assert all(f"(#{code.lower()})" in page for code in REGISTER)


def test_the_documentation_is_what_the_code_says(repository: Path) -> None:
    done = subprocess.run(
        [sys.executable, repository / "docs" / "generate.py", "--check"],
        cwd=repository,
        env={"PYTHONPATH": str(repository)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_a_page_that_drifted_is_named_and_written_again(repository: Path, tmp_path: Path) -> None:
    script = tmp_path / "generate.py"
    script.write_text((repository / "docs" / "generate.py").read_text(encoding="utf-8"), encoding="utf-8")

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, script, *arguments],
            env={"PYTHONPATH": str(repository)},
            capture_output=True,
            text=True,
            check=False,
        )

    assert (run("--check").returncode, run().returncode, run("--check").returncode) == (1, 0, 0)
    (tmp_path / "actions.md").write_text("old", encoding="utf-8")
    drifted = run("--check")
    assert drifted.returncode == 1
    assert "actions.md" in drifted.stderr
    assert run("--chekc").returncode == 2
