"""What a command imports: starting up is part of the product, and nearly all of it is importing."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = """
import sys
from migrator.cli.main import cli
from migrator.cli.run import run
code = run(cli, sys.argv[2:])
with open(sys.argv[1], "w") as file:
    print(code, *sys.modules, sep="\\n", file=file)
"""
HEAVY = frozenset(
    [
        "argparse",
        "asyncio",
        "concurrent.futures",
        "difflib",
        "email",
        "fractions",
        "html",
        "http",
        "httpx",
        "jinja2",
        "logging",
        "pathspec",
        "re2",
        "shlex",
        "shutil",
        "socket",
        "ssl",
        "subprocess",
        "tempfile",
        "tree_sitter",
        "unicodedata",
        "urllib.request",
        "xml",
    ]
)
PLAIN = """\
on_http_request:
  - type: ai-gateway
    config:
      only_allow_configured_providers: true
"""
WITH_KEY = f"""\
{PLAIN}      providers:
        - id: openai
          api_keys:
            - value: ${{secrets.get('openai', 'api-key')}}
"""
WITH_EXPRESSION = f"""\
{WITH_KEY}      model_selection:
        strategy:
          - "ai.models.filter(m, m.provider_id == 'openai')"
"""


def imported(folder: Path, *arguments: str) -> tuple[int, set[str]]:
    """The exit code of a command, and every module that is loaded when it ends."""
    answer = folder / "modules.json"
    subprocess.run(
        [sys.executable, "-c", SCRIPT, str(answer), *arguments],
        check=True,
        capture_output=True,
        env={name: value for name, value in os.environ.items() if not name.startswith("COV")},
    )
    code, *modules = answer.read_text().split()
    return int(code), set(modules)


def own(modules: set[str]) -> int:
    return sum(name.split(".")[0] == "migrator" for name in modules)


@pytest.mark.parametrize("argument", ["--version", "--help"])
def test_help_and_version_import_no_command_and_none_of_the_library(tmp_path: Path, argument: str) -> None:
    code, modules = imported(tmp_path, argument)
    assert code == 0
    assert not modules & (HEAVY - {"shutil"} | {"yaml", "lark", "json", "msgspec", "pathlib"}), (
        "but for the width of the terminal"
    )
    assert own(modules) < 10


@pytest.mark.parametrize("options", [(), ("--no-verify",)], ids=["verified", "not verified"])
@pytest.mark.parametrize("policy", [PLAIN, WITH_KEY], ids=["plain", "with a key"])
def test_a_conversion_imports_what_it_uses(tmp_path: Path, policy: str, options: tuple[str, ...]) -> None:
    file = tmp_path / "one.yaml"
    file.write_text(policy)
    code, modules = imported(tmp_path, "convert", str(file), "--fail-on", "never", *options)
    assert code == 0
    assert not modules & (HEAVY | {"lark"})
    assert not modules & {f"migrator.{name}" for name in ("cel.strategy", "cel.partial", "cel.evaluator")}
    assert not {
        name for name in modules if name.startswith(("migrator.sources.hosts.", "migrator.report.page"))
    } - {"migrator.sources.hosts.languages"}
    assert bool(options) == (not any(name.startswith("migrator.verify") for name in modules))
    assert own(modules) < (175 if options else 190)


@pytest.mark.parametrize("options", [(), ("--no-verify",)], ids=["verified", "not verified"])
def test_an_expression_costs_the_modules_of_expressions_and_no_library(
    tmp_path: Path, options: tuple[str, ...]
) -> None:
    file = tmp_path / "one.yaml"
    file.write_text(WITH_EXPRESSION)
    code, modules = imported(tmp_path, "convert", str(file), "--fail-on", "never", *options)
    assert code == 0
    assert not modules & (HEAVY | {"lark", "pickle"})
    assert own(modules) < (205 if options else 220)
