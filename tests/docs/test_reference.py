"""The reference has everything, and says nothing that is not there."""

from __future__ import annotations

import importlib.util
import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import click
import pytest
import yaml

from migrator.cli.convert import FORMATS
from migrator.cli.main import cli
from migrator.findings.base import REGISTER
from migrator.report.formats import FORMATS as REPORTS
from migrator.report.schemas import SCHEMAS
from migrator.sources.hosts.languages import hosts
from migrator.sources.read import CONTAINERS
from tests.docs.follow import REPOSITORY
from tests.docs.page import Command, Page, read_page

DOCS = REPOSITORY / "docs"
PAGES = [read_page(path) for path in (*sorted(DOCS.rglob("*.md")), REPOSITORY / "README.md")]


def words(text: str) -> str:
    """A text without what lays it out: line breaks, Markdown's marks and escapes."""
    return re.sub(r"\s+", " ", re.sub(r"```text|[`*\\|]", "", text)).strip()


def commands(group: click.Group = cli, name: str = "migrator") -> Iterator[tuple[str, click.Command]]:
    yield name, group
    with click.Context(group) as context:
        for part in group.list_commands(context):
            command = group.get_command(context, part)
            assert command is not None
            if isinstance(command, click.Group):
                yield from commands(command, f"{name} {part}")
            else:
                yield f"{name} {part}", command


COMMANDS = dict(commands())


def named_by(line: str) -> str:
    """The command that a command line or a heading begins with; empty if it is none."""
    return max((name for name in COMMANDS if f"{line} ".startswith(f"{name} ")), key=len, default="")


def sections() -> dict[str, str]:
    page = (DOCS / "commands.md").read_text(encoding="utf-8")
    parts = re.split(r"^## (.*)$", page, flags=re.MULTILINE)[1:]
    return {named_by(head): words(body) for head, body in zip(parts[::2], parts[1::2], strict=True)}


@pytest.mark.parametrize("name", COMMANDS)
def test_the_help_of_a_command_is_in_the_reference(name: str) -> None:
    command, page = COMMANDS[name], sections()[name]
    with click.Context(command, info_name=name, max_content_width=100) as context:
        formatter = context.make_formatter()
        command.format_help_text(context, formatter)
        assert words(formatter.getvalue()) in page
        for option in command.params:
            if isinstance(option, click.Option):
                assert all(spelling in page for spelling in option.opts)
                assert words(option.help or "") in page


def test_every_finding_is_in_the_reference_and_no_page_has_another() -> None:
    reference = (DOCS / "findings.md").read_text(encoding="utf-8")
    for code in REGISTER:
        assert f'<a id="{code.lower()}"></a>{code}: ' in reference
        assert f"| [{code}](#{code.lower()}) |" in reference
    for page in PAGES:
        told = set(re.findall(r"(?<![\w-])[A-Z]\d{3}(?![\w-])", page.path.read_text(encoding="utf-8")))
        assert told <= set(REGISTER), page.path


@pytest.mark.parametrize(
    "page,named",
    [
        ("reports.md", REPORTS),
        ("convert.md", FORMATS),
        ("schemas.md", SCHEMAS),
        ("ci.md", SCHEMAS),
    ],
)
def test_a_page_names_every_one_of(page: str, named: dict[str, object]) -> None:
    text = (DOCS / page).read_text(encoding="utf-8")
    assert [name for name in named if name not in text] == []


def test_every_container_has_a_name_in_the_reference() -> None:
    page = (DOCS / "json.md").read_text(encoding="utf-8").partition("## sources")[2].partition("## ")[0]
    named = ({one.name for one in CONTAINERS} | {one.name for one in hosts()}) - {"list"}
    assert [name for name in sorted(named) if f"`{name}`" not in page] == []


def test_every_dependency_has_its_reason_in_the_readme() -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    asked = [*project["dependencies"], *(one for each in extras.values() for one in each)]
    names = {re.split(r"[<>=\[]", one)[0] for one in asked} - {"migrator"}
    readme = (REPOSITORY / "README.md").read_text(encoding="utf-8")
    table = readme.partition("## Dependencies")[2].partition("## ")[0]
    told = {
        name.removeprefix("*optional:* ").partition(" (")[0].rpartition(":* ")[2]
        for row in re.findall(r"^\| (.*?) \|", table, flags=re.MULTILINE)
        for name in row.split(", ")
    }
    assert told - {"package"} == names


# --------------------------------------------------------------------- what is generated is current


@pytest.fixture
def generator(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The generator, and its pages as it writes them today, in a folder of their own."""
    spec = importlib.util.spec_from_file_location("generate", DOCS / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "DOCS", tmp_path)
    module.main([])
    return module


@pytest.mark.parametrize(
    "page,line",
    [
        ("commands.md", "| `--no-verify`"),
        ("commands.md", "## migrator adopt"),
        ("findings.md", "| [T106]"),
        ("findings.md", '### <a id="t106">'),
        ("fields.md", "| `on_error`"),
        ("actions.md", "| `deny`"),
        ("schemas.md", "| `units[].verdict`"),
    ],
)
def test_a_page_without_one_of_its_lines_is_noticed(
    generator: ModuleType, tmp_path: Path, page: str, line: str
) -> None:
    assert generator.main(["--check"]) == 0
    lines = (tmp_path / page).read_text(encoding="utf-8").splitlines(keepends=True)
    kept = [each for each in lines if not each.startswith(line)]
    assert len(kept) < len(lines)
    (tmp_path / page).write_text("".join(kept), encoding="utf-8")
    assert generator.main(["--check"]) == 1


def test_an_option_that_comes_or_goes_is_noticed(
    generator: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = COMMANDS["migrator audit"]
    monkeypatch.setattr(command, "params", [*command.params, click.Option(["--new"], help="New.")])
    assert generator.main(["--check"]) == 1


# ------------------------------------------------------------------------ commands in the prose


def shown(page: Page) -> Iterator[str]:
    """Every command line of a page that starts migrator, run or not."""
    texts = [step.text for step in page.steps if isinstance(step, Command)]
    texts += [token.content for token in page.unrun if token.info in {"sh", "yaml", "console"}]
    for text in texts:
        joined = re.sub(r"\\\n\s*", " ", text)
        yield from re.findall(r"(?<![\w./@-])migrator [a-z][^\n|;&>]*", joined)
    yield from re.findall(r"`(migrator [a-z][^`\n]*)`", page.path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.path.relative_to(REPOSITORY).as_posix())
def test_commands_and_options_that_a_page_shows_exist(page: Page) -> None:
    for line in shown(page):
        given = re.split(r"\s", line.partition(" #")[0])
        assert named_by(line) != "migrator", f"{page.path}: no such command: {line}"
        command = COMMANDS[named_by(line)]
        known = {spelling for option in command.params for spelling in option.opts} | {"-h", "--help"}
        options = {word.partition("=")[0] for word in given if re.match(r"--?[a-z]", word)}
        assert options <= known or "--secrets-command" in options, f"{page.path}: {line}"


# ------------------------------------------------------------------------------- files that a page shows


@pytest.mark.parametrize(
    "page",
    [page for page in PAGES if page.path.name != "findings.md"],  # which shows what cannot be read
    ids=lambda page: page.path.relative_to(REPOSITORY).as_posix(),
)
def test_yaml_and_json_that_a_page_shows_can_be_read(page: Page) -> None:
    for token in page.unrun:
        if token.info == "yaml":
            assert list(yaml.safe_load_all(token.content))
        elif token.info == "json" and "…" not in token.content:
            assert json.loads(token.content)


def test_the_workflow_is_one(tmp_path: Path) -> None:
    (shown_there,) = (
        token.content
        for token in read_page(DOCS / "how-to/gitops.md").unrun
        if token.content.startswith("name: migration")
    )
    file = tmp_path / "workflow.yaml"
    file.write_text(shown_there)
    schema = ("--builtin-schema", "vendor.github-workflows")
    done = subprocess.run(
        [sys.executable, "-m", "check_jsonschema", *schema, str(file)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
