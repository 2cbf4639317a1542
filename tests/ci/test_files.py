"""The files by which pipelines start the tool, held against other people's schemas and run."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from pre_commit.clientlib import load_manifest

from migrator.cli.main import COMMANDS

POLICY = """\
on_http_request:
  - actions:
      - type: restrict-ips
        config: {enforce: true, allow: [10.0.0.0/8]}
      - type: ai-gateway
        config: {providers: [{id: openai}]}
"""


def valid(schema: str, file: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "check_jsonschema", "--builtin-schema", f"vendor.{schema}", str(file)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def snippets(repository: Path) -> dict[str, str]:
    """Every YAML block of the page by its first line."""
    page = (repository / "docs/ci.md").read_text(encoding="utf-8")
    return {block.partition("\n")[0]: block for block in re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)}


def test_the_action_is_one(repository: Path) -> None:
    valid("github-actions", repository / "action.yml")


@pytest.mark.parametrize(
    "first,schema",
    [
        ("name: policies", "github-workflows"),
        ("name: new findings", "github-workflows"),
        ("migrator:", "gitlab-ci"),
    ],
)
def test_a_snippet_of_the_page_is_valid(repository: Path, tmp_path: Path, first: str, schema: str) -> None:
    file = tmp_path / "pipeline.yml"
    file.write_text(snippets(repository)[first])
    valid(schema, file)


def test_the_page_gives_inputs_that_the_action_has(repository: Path) -> None:
    action = yaml.safe_load((repository / "action.yml").read_text())
    for first in ("name: policies", "name: new findings"):
        steps = yaml.safe_load(snippets(repository)[first])["jobs"]["migrator"]["steps"]
        (given,) = [step["with"] for step in steps if "migrator@" in step.get("uses", "")]
        assert set(given) <= set(action["inputs"])


GH = """\
#!/bin/sh
echo "$@" >>called
case "$2" in
  list) test -f runs && cat runs ;;
  download) mkdir baseline && echo "{}" >baseline/migrator.json ;;
esac
"""


@pytest.mark.parametrize("runs", [None, "17"])
def test_the_first_run_of_the_workflow_needs_no_report_of_main(
    repository: Path, tmp_path: Path, runs: str | None
) -> None:
    """Before the workflow is on the main branch GitHub knows none of that name, and ``gh`` fails."""
    steps = yaml.safe_load(snippets(repository)["name: new findings"])["jobs"]["migrator"]["steps"]
    (script,) = [step["run"] for step in steps if "run" in step]
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/gh").write_text(GH)
    (tmp_path / "bin/gh").chmod(0o755)
    if runs is not None:
        (tmp_path / "runs").write_text(runs)
    done = subprocess.run(
        ["bash", "-e", "-c", script],
        cwd=tmp_path,
        env={"PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}", "GITHUB_WORKFLOW": "new findings"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    listed, *downloaded = (tmp_path / "called").read_text().splitlines()
    assert "--event push" in listed
    assert (tmp_path / "baseline/migrator.json").exists() is (runs is not None)
    assert [line.split()[2] for line in downloaded] == ([] if runs is None else [runs])


def test_the_hooks_are_a_manifest_and_start_commands(repository: Path) -> None:
    hooks = load_manifest(str(repository / ".pre-commit-hooks.yaml"))
    assert [hook["id"] for hook in hooks] == ["migrator-audit", "migrator-convert"]
    for hook in hooks:
        program, command, *_ = hook["entry"].split()
        assert program == "migrator"
        assert command in COMMANDS


def run_step(repository: Path, folder: Path, **inputs: str) -> tuple[dict[str, str], str, str]:
    """The script of the action's step, as a runner starts it: outputs, summary, log."""
    steps = yaml.safe_load((repository / "action.yml").read_text())["runs"]["steps"]
    script = next(step["run"] for step in steps if step.get("id") == "run")
    temp = folder / "temp"
    (temp / "migrator/bin").mkdir(parents=True, exist_ok=True)
    (temp / "migrator/bin/migrator").write_text(
        f'#!/bin/sh\nPYTHONPATH="{repository}" exec "{sys.executable}" -c "from migrator.cli import main; main()" "$@"\n'
    )
    (temp / "migrator/bin/migrator").chmod(0o755)
    (temp / "migrator/bin/python").write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    (temp / "migrator/bin/python").chmod(0o755)
    given = {
        "PATHS": ".",
        "FAIL_ON": "error",
        "CONFIG": "",
        "MIGRATION": "",
        "OUTPUT": "",
        "ANNOTATIONS": "true",
        "BASELINE": "",
        **inputs,
    }
    files = {"GITHUB_OUTPUT": str(temp / "output"), "GITHUB_STEP_SUMMARY": str(temp / "summary")}
    done = subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
        cwd=folder / "work",
        env={**os.environ, "RUNNER_TEMP": str(temp), **files, **given},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    outputs = dict(line.split("=", 1) for line in (temp / "output").read_text().splitlines())
    summary = temp / "summary"
    return outputs, summary.read_text() if summary.exists() else "", done.stdout + done.stderr


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "work/policies").mkdir(parents=True)
    (tmp_path / "work/policies/a b.yaml").write_text(POLICY)
    return tmp_path


def test_the_action_reports_and_keeps_the_exit_code(repository: Path, folder: Path) -> None:
    outputs, summary, log = run_step(repository, folder, PATHS="policies/a b.yaml\n\n")
    assert outputs["exit-code"] == "1"
    assert Path(outputs["sarif"]).is_file()
    assert Path(outputs["report"]).is_file()
    assert "restrict-ips" in summary
    assert "::error file=policies/a b.yaml,line=3" in log


def test_the_action_tells_that_nothing_was_readable(repository: Path, folder: Path) -> None:
    outputs, _, _ = run_step(repository, folder, PATHS="nowhere")
    assert outputs["exit-code"] == "2"


def test_the_action_writes_a_bundle_and_no_annotations(repository: Path, folder: Path) -> None:
    outputs, _, log = run_step(repository, folder, FAIL_ON="never", OUTPUT="out", ANNOTATIONS="false")
    assert outputs["exit-code"] == "0"
    assert (folder / "work/out/manifest.yaml").is_file()
    assert "::error" not in log


def test_the_action_compares_with_a_baseline_but_for_code_scanning(repository: Path, folder: Path) -> None:
    first, _, _ = run_step(repository, folder, BASELINE="none.json")
    assert first["exit-code"] == "1"
    kept = folder / "work/kept.json"
    kept.write_bytes(Path(first["report"]).read_bytes())
    outputs, summary, log = run_step(repository, folder, BASELINE="kept.json")
    assert outputs["exit-code"] == "0"
    assert "known, not shown" in summary
    assert "::error" not in log
    results = json.loads(Path(outputs["sarif"]).read_text())["runs"][0]["results"]
    assert {one["ruleId"] for one in results} >= {"T602"}
    assert not any("baselineState" in one for one in results)


def test_what_is_waived_is_no_alert_of_code_scanning(repository: Path, folder: Path) -> None:
    (folder / "work/migrator.yaml").write_text("waivers: [{code: T602, reason: agreed, until: 9999-12-31}]\n")
    outputs, _, _ = run_step(repository, folder, PATHS="policies")
    assert outputs["exit-code"] == "0"
    whole, uploaded = (json.loads(Path(outputs[name]).read_text())["runs"][0] for name in ("sarif", "upload"))
    codes = [[one["ruleId"] for one in run["results"]] for run in (whole, uploaded)]
    assert "T602" in codes[0]
    assert codes[1] == [code for code in codes[0] if code != "T602"]
    assert {**whole, "results": uploaded["results"]} == uploaded


def test_the_action_says_that_there_is_no_baseline(repository: Path, folder: Path) -> None:
    _, _, log = run_step(repository, folder, BASELINE="no\n::error::such")
    assert "There is no baseline" in log
    assert "\n::error::such" not in log


def test_two_uses_of_the_action_have_a_category_each(repository: Path, folder: Path) -> None:
    outputs, _, _ = run_step(repository, folder, MIGRATION="team b")
    run = json.loads(Path(outputs["sarif"]).read_text())["runs"][0]
    assert run["automationDetails"]["id"] == "migrator/team%20b/"


def test_every_value_of_the_steps_is_an_input_or_an_output_that_there_is(repository: Path) -> None:
    text = (repository / "action.yml").read_text()
    action = yaml.safe_load(text)
    said = set(re.findall(r"inputs\.([a-z-]+)", text))
    assert said == set(action["inputs"])
    written = {"run": {"exit-code", "sarif", "upload", "report"}, "python": {"python-path"}}
    for step, output in re.findall(r"steps\.(\w+)\.outputs\.([a-z-]+)", text):
        assert output in written[step]


@pytest.mark.parametrize(
    "code,words", [("0", "nothing stands against"), ("1", "findings at the threshold"), ("2", "failed")]
)
def test_the_verdict_says_why_and_ends_with_the_exit_code(repository: Path, code: str, words: str) -> None:
    steps = yaml.safe_load((repository / "action.yml").read_text())["runs"]["steps"]
    script = next(step["run"] for step in steps if step.get("name") == "Verdict")
    done = subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
        env={**os.environ, "CODE": code, "FAIL_ON": "error"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == int(code)
    assert words in done.stdout


@pytest.mark.parametrize("system,code", [("Windows", 1), ("Linux", 0)])
def test_the_action_is_installed_where_migrator_runs(
    repository: Path, tmp_path: Path, system: str, code: int
) -> None:
    """The interpreter is played: what is looked at is what the step asks of it, and whether it does."""
    steps = yaml.safe_load((repository / "action.yml").read_text())["runs"]["steps"]
    script = next(step["run"] for step in steps if step.get("name") == "Install migrator")
    played = tmp_path / "python"
    played.write_text(
        '#!/bin/sh\nmkdir -p "$3/bin" && printf "#!/bin/sh\\n" >"$3/bin/python" && chmod +x "$3/bin/python"\n'
    )
    played.chmod(0o755)
    given = {"RUNNER_OS": system, "PYTHON": str(played), "RUNNER_TEMP": str(tmp_path / "a b")}
    done = subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
        env={**os.environ, "GITHUB_ACTION_PATH": str(repository), **given},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == code, done.stderr
    assert (tmp_path / "a b/migrator/bin/python").exists() is (code == 0)
    assert ("::error" in done.stdout) is (code == 1)


def test_an_input_is_no_command(repository: Path, folder: Path) -> None:
    outputs, _, _ = run_step(repository, folder, PATHS="$(touch pwned)\n--help\n`touch pwned`")
    assert outputs["exit-code"] == "2"
    assert not (folder / "work/pwned").exists()
