"""The distributions, as a stranger gets them: nothing but the wheel in an empty environment."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tarfile
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.wheel

# Needs the CEL grammar twice: for the branch condition and for the reference to the secret.
POLICY = """\
on_http_request:
  - name: chat
    expressions:
      - req.url.path.startsWith("/v1/chat") && !("x-internal" in req.headers)
    actions:
      - type: ai-gateway
        config:
          only_allow_configured_providers: true
          providers:
            - id: openai
              api_keys:
                - value: ${secrets.get('openai', 'primary')}
"""


def run(*command: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run a command that sees nothing of the repository and of the environment the tests run in."""
    hidden = {"PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV"}
    environment = {name: value for name, value in os.environ.items() if name not in hidden}
    done = subprocess.run(  # the exit code is looked at below, with what the command said
        command,
        cwd=cwd,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{command} ended with {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A working directory outside the repository."""
    return tmp_path_factory.mktemp("elsewhere")


@dataclass(frozen=True)
class Distributions:
    sdist: Path
    wheel: Path
    """Built from the sdist."""
    wheel_from_tree: Path


@pytest.fixture(scope="module")
def distributions(
    repository: Path, elsewhere: Path, tmp_path_factory: pytest.TempPathFactory
) -> Distributions:
    both = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "build", "--outdir", both, repository, cwd=elsewhere)
    direct = tmp_path_factory.mktemp("dist-from-tree")
    run(sys.executable, "-m", "build", "--wheel", "--outdir", direct, repository, cwd=elsewhere)
    (sdist,) = both.glob("*.tar.gz")
    (wheel,) = both.glob("*.whl")
    (wheel_from_tree,) = direct.glob("*.whl")
    return Distributions(sdist, wheel, wheel_from_tree)


@pytest.fixture(scope="module")
def migrator(distributions: Distributions, elsewhere: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The installed command; the environment holds the wheel, its dependencies and nothing else."""
    environment = tmp_path_factory.mktemp("alone") / "venv"
    run(sys.executable, "-m", "venv", environment, cwd=elsewhere)
    python = environment / "bin" / "python"
    run(python, "-m", "pip", "install", "--quiet", distributions.wheel, cwd=elsewhere)
    return environment / "bin" / "migrator"


@pytest.fixture
def policy(tmp_path: Path) -> Path:
    path = tmp_path / "policy.yaml"
    path.write_text(POLICY, encoding="utf-8")
    return path


def contents(wheel: Path) -> dict[str, int]:
    """Every file of the package with its checksum."""
    with zipfile.ZipFile(wheel) as archive:
        return {
            entry.filename: entry.CRC
            for entry in archive.infolist()
            if entry.filename.startswith("migrator/")
        }


def test_the_wheel_is_the_same_from_the_sdist_and_from_the_tree(distributions: Distributions) -> None:
    assert contents(distributions.wheel) == contents(distributions.wheel_from_tree)


@pytest.mark.parametrize("folder", ["grammars", "templates"])
def test_the_wheel_ships_every_grammar_and_template(
    distributions: Distributions, repository: Path, folder: str
) -> None:
    top = repository / folder
    wanted = {f"migrator/{path.relative_to(repository)}" for path in top.rglob("*") if path.is_file()}
    assert wanted, f"{folder}/ is empty"
    assert wanted <= contents(distributions.wheel).keys()


def test_the_wheel_holds_the_package_alone_and_says_it_is_typed(distributions: Distributions) -> None:
    with zipfile.ZipFile(distributions.wheel) as archive:
        names = archive.namelist()
    tops = {name.split("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"migrator"}
    assert "migrator/py.typed" in names


def test_the_sdist_holds_what_it_takes_to_test_it(distributions: Distributions) -> None:
    with tarfile.open(distributions.sdist) as archive:
        tops = {Path(name).parts[1] for name in archive.getnames() if len(Path(name).parts) > 1}
    assert {
        "Makefile",
        "LICENSE",
        "action.yml",
        ".pre-commit-hooks.yaml",
        "fixtures",
        "grammars",
        "migrator",
        "templates",
        "tests",
    } <= tops


def test_version(migrator: Path, distributions: Distributions, elsewhere: Path) -> None:
    version = distributions.wheel.name.split("-")[1]
    assert version in run(migrator, "--version", cwd=elsewhere).stdout


def test_schemas_completion_and_reports_need_nothing_else(
    migrator: Path, policy: Path, elsewhere: Path
) -> None:
    schema = json.loads(run(migrator, "schema", "manifest", cwd=elsewhere).stdout)
    assert schema["title"] == "migrator: manifest"
    assert "complete" in run(migrator, "completion", "bash", cwd=elsewhere).stdout
    command = ("convert", policy, "--format", "none", "--fail-on", "never", "--report", "sarif=r.sarif")
    run(migrator, *command, cwd=elsewhere)
    assert json.loads((elsewhere / "r.sarif").read_text())["version"] == "2.1.0"


def test_convert_finds_the_grammar(migrator: Path, policy: Path, elsewhere: Path) -> None:
    done = run(migrator, "convert", policy, "--format", "json", "--fail-on", "never", cwd=elsewhere)
    document: dict[str, Any] = json.loads(done.stdout)
    (key,) = document["manifest"]["providerKeys"]
    assert key["body"]["providerId"] == "openai"
    secret = key["body"]["value"]["$secret"]
    assert (secret["vault"], secret["name"]) == ("openai", "primary")
    (unit,) = document["units"]
    assert unit["branch"] is not None


def test_convert_finds_the_templates(migrator: Path, policy: Path, elsewhere: Path, tmp_path: Path) -> None:
    script = tmp_path / "migrate.sh"
    command = ("convert", policy, "--format", "curl", "--fail-on", "never", "--report", "markdown=report.md")
    script.write_text(run(migrator, *command, cwd=elsewhere).stdout, encoding="utf-8")
    assert "set -eu" in script.read_text(encoding="utf-8")
    run("sh", "-n", script, cwd=elsewhere)
    assert (elsewhere / "report.md").read_text(encoding="utf-8").startswith("#")
