"""Follows a page of the manual, and says where it is not what happens.

``python -m tests.docs.follow PAGE`` prints the page with what its commands print today: to write one, and to look at
what changed. Lines with ``...`` are yours; put them back.
"""

from __future__ import annotations

import contextlib
import doctest
import io
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from migrator.account.gateway import GATEWAY_URL
from migrator.account.model import API_URL
from tests.docs.page import Command, Page, Python, Saved, is_as_told, read_page
from tests.gatewayapi.account import KEY
from tests.gatewayapi.completions import completions
from tests.gatewayapi.server import gateway

REPOSITORY: Final = Path(__file__).resolve().parents[2]
MARK: Final = "\x1e"
STARTER: Final = """#!/bin/sh
exec '{python}' -c 'from migrator.cli import main; main()' "$@"
"""


class NotAsToldError(AssertionError):
    """A page says something else than what happens."""


def check(page: Page, folder: Path) -> None:
    """Follow a page in an empty directory, and compare. Raises NotAsToldError."""
    done = list(_run(page, folder))
    for number, (command, status, text) in enumerate(done):
        after = done[number + 1][0].text if number + 1 < len(done) else ""
        if not is_as_told(command.printed, text):
            told = "\n".join(command.printed)
            raise NotAsToldError(
                f"{page.path}:{command.line}: $ {command.text}\nsays:\n{told}\nprints:\n{text}"
            )
        if status != 0 and after.strip() != "echo $?":
            raise NotAsToldError(f"{page.path}:{command.line}: $ {command.text}\nends with {status}\n{text}")
    with contextlib.chdir(folder / "work"):
        _program(page)


def _run(page: Page, folder: Path) -> Iterator[tuple[Command, int, str]]:
    work, aside = folder / "work", folder / "aside"
    work.mkdir()
    aside.mkdir()
    if page.files is not None:
        shutil.copytree(REPOSITORY / page.files, work, dirs_exist_ok=True)
    starter = aside / "migrator"
    starter.write_text(STARTER.format(python=sys.executable))
    starter.chmod(0o755)
    commands: list[Command] = []
    script = ["exec 2>&1 </dev/null"]
    for number, step in enumerate(page.steps):
        match step:
            case Saved(_, path, text):
                (aside / str(number)).write_text(text)
                script.append(f"mkdir -p \"$(dirname '{path}')\"; cp '{aside / str(number)}' '{path}'; true")
            case Command(_, text, _):
                commands.append(step)
                script += [text, f"status=$?; printf '{MARK}%s{MARK}' $status; (exit $status)"]
            case Python():
                pass
    with _environment(page, folder) as (environment, urls):
        done = subprocess.run(
            ["bash", "--norc", "-c", "\n".join(script)],
            cwd=work,
            env=environment,
            capture_output=True,
            check=False,
            timeout=300,
        )
    said = done.stdout.decode()
    for url, real in urls.items():
        said = said.replace(url, real)
    parts = said.split(MARK)
    if len(parts) != 2 * len(commands) + 1:
        raise NotAsToldError(f"{page.path}: the shell did not come to the end:\n{said}{done.stderr.decode()}")
    for number, command in enumerate(commands):
        yield command, int(parts[2 * number + 1]), parts[2 * number]


@contextmanager
def _environment(page: Page, folder: Path) -> Iterator[tuple[dict[str, str], dict[str, str]]]:
    """The variables of the shell, and what stands for which address."""
    found = {
        "PATH": f"{folder / 'aside'}:{os.environ['PATH']}",
        "PYTHONPATH": str(REPOSITORY),
        "HOME": str(folder / "aside"),
        "TMPDIR": str(folder / "aside"),
        "LC_ALL": "C.UTF-8",
        "TZ": "UTC",
        "GIT_CONFIG_NOSYSTEM": "1",
    }
    for role in ("AUTHOR", "COMMITTER"):
        found |= {f"GIT_{role}_NAME": "You", f"GIT_{role}_EMAIL": "you@example.com"}
    if not page.has_account:
        yield found, {}
        return
    with gateway() as played, completions([], account=played.account) as answering:
        found |= {"MIGRATOR_API_URL": played.url, "MIGRATOR_GATEWAY_URL": answering}
        yield found | {"AI_GATEWAY_API_KEY": KEY}, {played.url: API_URL, answering: GATEWAY_URL}


def _program(page: Page) -> None:
    names: dict[str, Any] = {"__name__": "__main__"}
    runner = doctest.DocTestRunner(verbose=False, optionflags=doctest.ELLIPSIS)
    for step in page.steps:
        if not isinstance(step, Python):
            continue
        if ">>> " not in step.text:
            exec(compile("\n" * (step.line - 1) + step.text, str(page.path), "exec"), names)  # noqa: S102 -- the page's program
            continue
        test = doctest.DocTestParser().get_doctest(
            step.text, names, page.path.name, str(page.path), step.line - 1
        )
        test.globs = names
        said = io.StringIO()
        if runner.run(test, out=said.write, clear_globs=False).failed:
            raise NotAsToldError(said.getvalue())


def main(path: str) -> int:
    page = read_page(Path(path))
    lines = page.path.read_text(encoding="utf-8").splitlines()
    with tempfile.TemporaryDirectory() as folder:
        done = list(_run(page, Path(folder)))
    for command, status, text in reversed(done):
        if status:
            sys.stderr.write(f"{path}:{command.line}: {command.text!r} ends with {status}\n")
        if not is_as_told(command.printed, text):
            first = command.line - 1 + len(command.text.split("\n"))
            lines[first : first + len(command.printed)] = (
                text.rstrip("\n").split("\n") if text.strip() else []
            )
    sys.stdout.write("\n".join((*lines, "")))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
