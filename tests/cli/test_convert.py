from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from migrator.report.formats import FORMATS
from tests.cli.conftest import Run

POLICY = """\
on_http_request:
  - actions:
      - type: ai-gateway
        config:
          only_allow_configured_providers: true
          providers:
            - id: openai
              api_keys:
                - value: ${secrets.get('openai', 'primary')}
"""
PROTECTED = POLICY.replace(
    "on_http_request:\n",
    "on_http_request:\n  - actions:\n      - type: restrict-ips\n        config: {enforce: true, allow: [10.0.0.0/8]}\n",
)


@pytest.fixture
def policy(tmp_path: Path) -> Path:
    file = tmp_path / "policy.yaml"
    file.write_text(POLICY)
    return file


def test_stdout_is_the_manifest_and_nothing_else(migrator: Run, policy: Path) -> None:
    done = migrator("convert", policy)
    assert done.returncode == 0
    manifest = yaml.safe_load(done.stdout)
    assert [key["ref"] for key in manifest["providerKeys"]] == ["openai-primary"]
    assert b"policy" in done.stderr


def test_the_yaml_manifest_is_the_json_manifest(migrator: Run, policy: Path) -> None:
    as_yaml = yaml.safe_load(migrator("convert", policy).stdout)
    as_json = json.loads(migrator("convert", policy, "--format", "json").stdout)
    assert as_yaml == as_json["manifest"]


def test_calls_are_json_lines_in_executable_order(migrator: Run, policy: Path) -> None:
    lines = migrator("convert", policy, "--format", "calls").stdout.decode().splitlines()
    calls = [json.loads(line) for line in lines]
    assert [call["path"] for call in calls] == [
        "/provider-keys",
        "/access-key-configurations",
        "/access-keys",
    ]
    assert all(call["method"] == "POST" and set(call) == {"ref", "method", "path", "body"} for call in calls)


def test_standard_input(migrator: Run) -> None:
    done = migrator("convert", "-", "--format", "json", stdin=POLICY.encode())
    assert json.loads(done.stdout)["units"][0]["id"].startswith("stdin")
    assert done.returncode == 0


@pytest.mark.parametrize(
    "fail_on, code",
    [("error", 1), ("warning", 1), ("never", 0)],
)
def test_findings_decide_the_exit_status(migrator: Run, tmp_path: Path, fail_on: str, code: int) -> None:
    (tmp_path / "p.yaml").write_text(PROTECTED)
    done = migrator("convert", "p.yaml", "--fail-on", fail_on)
    assert done.returncode == code
    assert b"T602" in done.stderr


def test_one_bad_file_never_hides_the_others(migrator: Run, tmp_path: Path, policy: Path) -> None:
    (tmp_path / "broken.yaml").write_text("a: [\n")
    done = migrator("convert", "broken.yaml", policy, "missing.yaml")
    assert done.returncode == 1
    assert yaml.safe_load(done.stdout)["accessKeys"]
    assert b"R003" in done.stderr
    assert b"R012" in done.stderr


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00", b"a: [\n", b"\x00\x01binary"])
def test_nothing_readable_is_exit_2_with_a_report(migrator: Run, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.yaml").write_bytes(content)
    done = migrator("convert", "x.yaml")
    assert done.returncode == 2
    assert done.stdout == b""
    assert b"x.yaml" in done.stderr
    assert b"Traceback" not in done.stderr


def test_no_such_path_is_exit_2(migrator: Run) -> None:
    done = migrator("convert", "nowhere.yaml")
    assert done.returncode == 2
    assert b"R012" in done.stderr


def test_nothing_to_do_says_so(migrator: Run, tmp_path: Path) -> None:
    (tmp_path / "plain.yaml").write_text("on_http_request:\n  - actions: [{type: deny}]\n")
    done = migrator("convert", "plain.yaml")
    assert done.returncode == 0
    assert b"nothing to do" in done.stderr.lower()


@pytest.mark.parametrize(
    "arguments, hint",
    [
        (["covnert", "x"], b"convert"),
        (["convert", "x", "--reprot", "text"], b"--report"),
        (["convert", "x", "--report", "markdwon"], b"markdown"),
        (["convert"], b"PATH"),
        (["explain", "T21"], b"T211"),
        (["convert", "a.yaml", "-o", "-"], b"-o takes a folder"),
    ],
)
def test_wrong_usage_is_exit_2_and_names_what_was_meant(
    migrator: Run, arguments: list[str], hint: bytes
) -> None:
    done = migrator(*arguments)
    assert done.returncode == 2
    assert hint in done.stderr
    assert done.stdout == b""


def test_reports_go_where_they_are_sent(migrator: Run, tmp_path: Path, policy: Path) -> None:
    done = migrator("convert", policy, "--report", "markdown=r.md", "--report", "json=r.json")
    assert done.stderr == b""
    assert (tmp_path / "r.md").read_text().startswith("#")
    assert json.loads((tmp_path / "r.json").read_text())["formatVersion"] == 1


def test_a_report_that_cannot_be_written_is_exit_2(migrator: Run, tmp_path: Path, policy: Path) -> None:
    (tmp_path / "file").write_text("")
    done = migrator("convert", policy, "--report", "json=file/r.json")
    assert done.returncode == 2
    assert b"file/r.json" in done.stderr
    assert b"Traceback" not in done.stderr


def test_bundle(migrator: Run, tmp_path: Path, policy: Path) -> None:
    done = migrator("convert", policy, "-o", "out")
    assert done.returncode == 0
    assert done.stdout == b""
    out = tmp_path / "out"
    names = {str(path.relative_to(out)) for path in out.rglob("*") if path.is_file()}
    assert {
        "manifest.yaml",
        "calls.jsonl",
        "apply.sh",
        "report.txt",
        "report.md",
        "report.html",
        "report.json",
        "secrets.env.example",
        "CUTOVER.md",
        "residual/policy.yaml",
    } <= names
    assert stat.S_IMODE((out / "apply.sh").stat().st_mode) == 0o755
    assert yaml.safe_load((out / "residual/policy.yaml").read_text()) == {"on_http_request": []}


def test_a_bundle_replaces_only_its_own_files(migrator: Run, tmp_path: Path, policy: Path) -> None:
    out = tmp_path / "out"
    assert migrator("convert", policy, "-o", out).returncode == 0
    (out / "notes.txt").write_text("mine")
    assert migrator("convert", policy, "-o", out).returncode == 0
    assert (out / "notes.txt").read_text() == "mine"
    (out / "manifest.yaml").write_text("edited by hand")
    refused = migrator("convert", policy, "-o", out)
    assert refused.returncode == 2
    assert b"manifest.yaml" in refused.stderr
    assert (out / "manifest.yaml").read_text() == "edited by hand"


def test_decisions_are_read_from_the_configuration(migrator: Run, tmp_path: Path) -> None:
    (tmp_path / "p.yaml").write_text(
        POLICY.replace("only_allow_configured_providers: true", "on_error: halt")
    )
    first = json.loads(migrator("convert", "p.yaml", "--format", "json").stdout)
    decision = first["decisions"][0]
    assert decision["by"] == "default"
    (tmp_path / "migrator.yaml").write_text(
        f"decisions:\n  {json.dumps(decision['id'])}: {decision['options'][1]}\n"
    )
    second = json.loads(migrator("convert", "p.yaml", "--format", "json").stdout)
    assert second["decisions"][0]["chosen"] == decision["options"][1]
    assert second["decisions"][0]["by"] == "config"


@pytest.mark.parametrize(
    "text, expected",
    [
        ("decisions: [", b"c.yaml:1"),
        ("decision: {}", b"unknown key"),
        ("decisions: {a: {}}", b"without choose"),
        ("decisions: 3", b"mapping"),
        ("- a", b"mapping"),
    ],
)
def test_a_wrong_configuration_is_exit_2(
    migrator: Run, tmp_path: Path, policy: Path, text: str, expected: bytes
) -> None:
    (tmp_path / "c.yaml").write_text(text)
    done = migrator("convert", policy, "--config", "c.yaml")
    assert done.returncode == 2
    assert expected in done.stderr


def test_an_option_that_a_decision_does_not_have_is_exit_2(
    migrator: Run, tmp_path: Path, policy: Path
) -> None:
    policy.write_text(POLICY.replace("only_allow_configured_providers: true", "on_error: halt"))
    (tmp_path / "migrator.yaml").write_text('decisions: {"other-providers:*": maybe}\n')
    done = migrator("convert", policy)
    assert done.returncode == 2
    assert b"close, allow" in done.stderr


def test_a_stale_decision_is_told(migrator: Run, tmp_path: Path, policy: Path) -> None:
    (tmp_path / "migrator.yaml").write_text('decisions: {"who-pays:nobody:openai": ngrok}\n')
    assert b"D001" in migrator("convert", policy).stderr


def test_a_crash_is_a_message(migrator: Run, policy: Path, tmp_path: Path) -> None:
    broken = "import migrator.api as a\ndef convert_many(*x, **y): raise RuntimeError('sk-PLANTED-00000000')\na.convert_many = convert_many\n"
    start = f"{broken}import sys\nfrom migrator.cli import main\nmain()\n"
    (tmp_path / "start.py").write_text(start)
    import subprocess
    import sys

    for arguments in (["convert", str(policy)], ["convert", str(policy), "--debug"]):
        done = subprocess.run(
            [sys.executable, str(tmp_path / "start.py"), *arguments],
            capture_output=True,
            check=False,
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[2])},
        )
        assert done.returncode == 2
        assert b"Traceback" not in done.stderr
        assert b"PLANTED" not in done.stderr
        assert (b"start.py:2" in done.stderr) == ("--debug" in arguments)


def test_starting_up_imports_no_command() -> None:
    import subprocess
    import sys

    code = "import sys\nfrom migrator.cli.main import cli\nprint([m for m in ('yaml','lark','jinja2','httpx','migrator.api') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("locale", ["C", "C.UTF-8"])
def test_output_is_utf_8_whatever_the_locale(migrator: Run, tmp_path: Path, locale: str) -> None:
    (tmp_path / "p.yaml").write_text(
        POLICY.replace("openai', 'primary", "öffentlich', 'schlüssel"), encoding="utf-8"
    )
    done = migrator("convert", "p.yaml", LC_ALL=locale, PYTHONUTF8="0")
    assert "schlüssel" in done.stdout.decode("utf-8")
    assert done.returncode == 0


def test_the_call_stands_over_the_file(migrator: Run, tmp_path: Path, policy: Path) -> None:
    (tmp_path / "migrator.yaml").write_text("migration: prod\nmodel-ids: catalog\n")
    first = json.loads(migrator("convert", policy, "--format", "json").stdout)["manifest"]
    second = json.loads(migrator("convert", policy, "--format", "json", "--migration", "mine").stdout)[
        "manifest"
    ]
    assert (first["migration"], second["migration"]) == ("prod", "mine")


def test_a_waiver_is_judged_as_of_a_day(migrator: Run, tmp_path: Path, policy: Path) -> None:
    found = json.loads(migrator("convert", policy, "--format", "json").stdout)["findings"]
    code = found[0]["code"]
    (tmp_path / "migrator.yaml").write_text(
        f"waivers: [{{code: {code}, reason: ticket, until: 2026-06-30}}]\n"
    )
    for day, waives in (("2026-06-30", True), ("2026-07-01", False)):
        done = migrator("convert", policy, "--format", "json", "--as-of", day)
        told = [one for one in json.loads(done.stdout)["findings"] if one["code"] == code]
        assert all((one["waiver"] is not None) is waives for one in told)
        assert (b"D003" in done.stderr) is not waives
    wrong = migrator("convert", policy, "--as-of", "30.6.2026")
    assert wrong.returncode == 2
    assert b"is not a day written as YYYY-MM-DD" in wrong.stderr


def test_a_wrong_option_is_told_with_its_line(migrator: Run, tmp_path: Path, policy: Path) -> None:
    policy.write_text(POLICY.replace("only_allow_configured_providers: true", "on_error: halt"))
    (tmp_path / "migrator.yaml").write_text('decisions:\n  "other-providers:*": clse\n')
    done = migrator("convert", policy)
    assert done.returncode == 2
    assert b"migrator.yaml:2: decision other-providers:" in done.stderr
    assert b"Did you mean close?" in done.stderr


@pytest.mark.parametrize("path", [".", "**/*.yaml"])
def test_a_bundle_among_the_policies_is_no_policy(migrator: Run, tmp_path: Path, path: str) -> None:
    folder = tmp_path / "kubernetes"
    folder.mkdir()
    (folder / "policy.yaml").write_text(
        "apiVersion: ngrok.k8s.ngrok.com/v1alpha1\nkind: NgrokTrafficPolicy\nmetadata: {name: p, namespace: a}\n"
        "spec:\n  policy:\n" + "".join(f"    {line}\n" for line in POLICY.splitlines())
    )
    (folder / "endpoint.yaml").write_text(
        "apiVersion: ngrok.k8s.ngrok.com/v1alpha1\nkind: CloudEndpoint\nmetadata: {name: e, namespace: a}\n"
        "spec: {url: https://ai.example.com, trafficPolicyName: p}\n"
    )
    first = migrator("convert", path, "-o", "build")
    before = {file: file.read_bytes() for file in (tmp_path / "build").rglob("*") if file.is_file()}
    again = migrator("convert", path, "-o", "build")
    assert (again.returncode, again.stderr) == (first.returncode, first.stderr)
    assert {file: file.read_bytes() for file in (tmp_path / "build").rglob("*") if file.is_file()} == before
    manifest = yaml.safe_load(before[tmp_path / "build" / "manifest.yaml"])
    assert [one["ref"] for one in manifest["accessKeyConfigurations"]] == ["ai.example.com"]


@pytest.mark.parametrize("folder", ["", "-"])
def test_a_bundle_without_a_folder_is_refused(
    migrator: Run, tmp_path: Path, policy: Path, folder: str
) -> None:
    done = migrator("convert", policy.name, "-o", folder)
    assert done.returncode == 2
    assert b"-o takes a folder" in done.stderr
    assert sorted(tmp_path.iterdir()) == [policy]


@pytest.mark.parametrize("paths", [["."], ["*"], [".", "./"]])
@pytest.mark.parametrize("name", FORMATS)
def test_a_report_among_the_inputs_is_written_again(
    migrator: Run, tmp_path: Path, policy: Path, name: str, paths: list[str]
) -> None:
    arguments = ("convert", *paths, "--format", "none", "--fail-on", "never", "--report", f"{name}=report.x")
    first = migrator(*arguments)
    assert first.returncode == 0, first.stderr
    written = (tmp_path / "report.x").read_bytes()
    again = migrator(*arguments)
    assert again.returncode == 0, again.stderr
    assert (tmp_path / "report.x").read_bytes() == written
    assert sorted(tmp_path.iterdir()) == [policy, tmp_path / "report.x"]


@pytest.mark.parametrize(
    "arguments",
    [("--report", "json=migrator.yaml"), ("--config", "own.yaml", "--report", "text=./own.yaml")],
)
def test_a_report_takes_no_decisions_file_s_place(
    migrator: Run, tmp_path: Path, policy: Path, arguments: tuple[str, ...]
) -> None:
    for name in ("migrator.yaml", "own.yaml"):
        (tmp_path / name).write_text("decisions: {}\n")
    done = migrator("convert", policy.name, *arguments)
    assert done.returncode == 2
    assert b"a file that the run is told by" in done.stderr
    for name in ("migrator.yaml", "own.yaml"):
        assert (tmp_path / name).read_text() == "decisions: {}\n"


def test_two_reports_need_a_file_each(migrator: Run, tmp_path: Path, policy: Path) -> None:
    done = migrator("convert", policy.name, "--report", "json=a", "--report", "text=./a")
    assert done.returncode == 2
    assert b"two reports are to be written to a" in done.stderr
    assert not (tmp_path / "a").exists()
    both = ("--report", "json=/dev/null", "--report", "text=/dev/null")
    assert migrator("convert", policy.name, *both).returncode == 0


@pytest.mark.parametrize("arguments", [("convert",), ("audit", "--format", "json")])
def test_what_the_shell_made_for_the_output_is_no_empty_input(
    repository: Path, tmp_path: Path, policy: Path, arguments: tuple[str, ...]
) -> None:
    def redirected(mode: str) -> tuple[int, str]:
        with (tmp_path / "out.yaml").open(mode) as out:
            done = subprocess.run(
                [sys.executable, "-c", "from migrator.cli import main; main()", *arguments, "."],
                cwd=tmp_path,
                env={**os.environ, "PYTHONPATH": str(repository)},
                stdout=out,
                stderr=subprocess.PIPE,
                text=True,
                check=False,
            )
        return done.returncode, done.stderr

    code, said = redirected("w")
    assert (code, "out.yaml" in said) == (0, False)
    (tmp_path / "out.yaml").write_text(POLICY)
    code, said = redirected("a")
    assert "out.yaml" in said + (tmp_path / "out.yaml").read_text(), "what holds something is an input"
    assert policy.exists()


@pytest.mark.parametrize("name", FORMATS)
def test_what_is_no_report_is_not_taken_for_one(
    migrator: Run, tmp_path: Path, policy: Path, name: str
) -> None:
    before = policy.read_bytes()
    done = migrator("convert", ".", "--format", "none", "--report", f"{name}={policy.name}")
    assert done.returncode == 2
    assert b"would take the place of an input" in done.stderr
    assert policy.read_bytes() == before


def test_a_report_that_is_named_is_an_input(migrator: Run, tmp_path: Path, policy: Path) -> None:
    assert migrator("convert", policy.name, "--report", "markdown=r.md", "--fail-on", "never").returncode == 0
    done = migrator("convert", ".", "r.md", "--report", "markdown=r.md")
    assert done.returncode == 2
    assert b"would take the place of an input" in done.stderr


@pytest.mark.parametrize("spelled", ["{}", "./{}", "link"])
def test_a_report_takes_no_input_s_place(migrator: Run, tmp_path: Path, policy: Path, spelled: str) -> None:
    (tmp_path / "link").symlink_to(policy.name)
    before = policy.read_bytes()
    done = migrator("convert", policy.name, "-o", "out", "--report", f"text={spelled.format(policy.name)}")
    assert done.returncode == 2
    assert b"would take the place of an input" in done.stderr
    assert policy.read_bytes() == before
    assert not (tmp_path / "out").exists()
