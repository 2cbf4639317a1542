"""``migrator apply`` and ``migrator rollback`` as users start them; what they write holds no secret."""

from __future__ import annotations

import json
import os
import pty
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from migrator.account import account_at
from migrator.apply.run import held
from migrator.secrets import Secret
from tests.apply.applying import FILE, OBJECTS, SECRETS, state
from tests.cli.conftest import Run
from tests.gatewayapi.account import KEY
from tests.gatewayapi.faults import Fault, What, at, at_write, often
from tests.gatewayapi.server import Gateway, gateway

PLANTED: Final = (KEY, *SECRETS.values())
TOKENS: Final = "access-key-tokens.jsonl"
JOURNAL: Final = "migrator-journal-three-teams.sqlite3"
ENVIRONMENT: Final = {"AI_GATEWAY_API_KEY": KEY, **SECRETS}


@pytest.fixture
def served() -> Iterator[Gateway]:
    with gateway() as played:
        yield played


@pytest.fixture
def manifest(tmp_path: Path) -> Path:
    path = tmp_path / "manifest.yaml"
    path.write_bytes(FILE.read_bytes())
    return path


def called(
    migrator: Run, served: Gateway, folder: Path, command: str, *arguments: object, **environment: str
) -> tuple[int, str, str]:
    """Exit status, stdout, stderr; nothing that was written anywhere holds a secret."""
    done = migrator(command, "--api-url", served.url, *arguments, **{**ENVIRONMENT, **environment})
    out, said = done.stdout.decode(), done.stderr.decode()
    assert "Traceback" not in said
    assert "This is a bug" not in said
    assert_no_secret(served, folder, done.stdout, done.stderr)
    return done.returncode, out, said


def assert_no_secret(served: Gateway, folder: Path, *texts: bytes) -> None:
    """No byte of what the tool wrote is a secret, whole or as a shell, JSON or repr would show it; only the
    tokens file has tokens.
    """
    tokens = tuple(served.account.minted.values())
    written = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    for path, content in [*written.items(), *((Path("output"), text) for text in texts)]:
        hidden = PLANTED if path.name == TOKENS else (*PLANTED, *tokens)
        for secret in hidden:
            assert secret.encode() not in content, path
            assert secret.encode("utf-16-le") not in content, path


def test_apply_creates_tells_and_keeps_its_files_next_to_the_manifest(
    migrator: Run, served: Gateway, manifest: Path, tmp_path: Path
) -> None:
    code, out, said = called(
        migrator, served, tmp_path, "apply", manifest, "--yes", "--allow-account-settings"
    )
    assert code == 0
    assert len(re.findall("(?m)^created [a-zA-Z]+/[a-z-]+ aig", out)) == OBJECTS
    assert out.splitlines()[-1] == "changed gatewayConfig"
    assert f"Done: {OBJECTS} created, 1 changed." in said
    assert {path.name for path in tmp_path.iterdir()} == {manifest.name, TOKENS, JOURNAL}
    for name in (TOKENS, JOURNAL):
        assert (tmp_path / name).stat().st_mode & 0o777 == 0o600
    lines = [json.loads(line) for line in (tmp_path / TOKENS).read_text().splitlines()]
    assert [line["token"] for line in lines] == list(served.account.minted.values())
    code, out, said = called(migrator, served, tmp_path, "apply", manifest)
    assert (code, said) == (0, "")
    assert out.splitlines()[-1].startswith("No changes")


@pytest.mark.parametrize("what", [What.ERROR, What.DROP_AFTER, What.HALF, What.ERROR_AFTER])
@pytest.mark.parametrize("status", [400, 500])
def test_errors_that_repeat_everything_show_nothing(
    what: What, status: int, migrator: Run, served: Gateway, manifest: Path, tmp_path: Path
) -> None:
    served.fail(lambda call: Fault(what, status=status, repeats=True) if call.write in {5, 14} else Fault())
    code, _, said = called(migrator, served, tmp_path, "apply", manifest, "--yes", "--debug")
    assert code in {0, 1}
    if what is What.ERROR and status == 400:
        assert "providerKeys/" in said
        assert "answered 400" in said
        assert "***" in said
        assert "[request req_" in said
        assert "changes are left. Run the same command again to go on." in said
        assert ".py:" not in said
    served.fine()
    assert called(migrator, served, tmp_path, "apply", manifest, "--yes", "--debug")[0] == 0


def test_a_network_that_fails_shows_no_secret(
    migrator: Run, served: Gateway, manifest: Path, tmp_path: Path
) -> None:
    served.fail(often(0.2, 3, Fault(What.ERROR, status=500, repeats=True), Fault(What.DROP_AFTER)))
    for _ in range(10):
        if called(migrator, served, tmp_path, "apply", manifest, "--yes", "--debug")[0] == 0:
            break
    served.fine()
    assert called(migrator, served, tmp_path, "apply", manifest, "--yes")[0] == 0


def test_logging_of_the_http_library_shows_no_secret(
    served: Gateway, manifest: Path, tmp_path: Path, repository: Path
) -> None:
    program = "import logging; logging.basicConfig(level=1); from migrator.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", program, "apply", manifest, "--api-url", served.url, "--yes", "--debug"],
        capture_output=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(repository), **ENVIRONMENT},
        cwd=tmp_path,
    )
    assert done.returncode == 0
    assert b"DEBUG" in done.stderr
    assert_no_secret(served, tmp_path, done.stdout, done.stderr)


def test_missing_secrets_are_named_before_anything_is_created(
    migrator: Run, served: Gateway, manifest: Path, tmp_path: Path
) -> None:
    code, _, said = called(
        migrator, served, tmp_path, "apply", manifest, "--yes", OPENAI_MAIN="", LLAMA_HOUSE=""
    )
    assert code == 2
    assert "2 of 5 needed secrets" in said
    assert "OPENAI_MAIN" in said
    assert "LLAMA_HOUSE" in said
    assert not [call for call in served.calls if call.write]


def test_without_a_terminal_there_is_no_agreement(
    migrator: Run, served: Gateway, manifest: Path, tmp_path: Path
) -> None:
    code, _, said = called(migrator, served, tmp_path, "apply", manifest)
    assert code == 2
    assert "--yes" in said
    assert not [call for call in served.calls if call.write]


@pytest.mark.parametrize("answer, code", [("yes", 0), ("y", 1), ("no", 1), ("", 1)])
def test_on_a_terminal_only_yes_applies(
    answer: str, code: int, served: Gateway, manifest: Path, tmp_path: Path, repository: Path
) -> None:
    ours, theirs = pty.openpty()
    program = "from migrator.cli import main; main()"
    with subprocess.Popen(
        [sys.executable, "-c", program, "apply", manifest, "--api-url", served.url],
        stdin=theirs,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(repository), **ENVIRONMENT},
        cwd=tmp_path,
    ) as process:
        os.write(ours, f"{answer}\n".encode())
        out, said = process.communicate(timeout=60)
    os.close(ours)
    os.close(theirs)
    assert process.returncode == code
    assert b"Only 'yes' does" in said
    assert bool(served.account.live("/providers")) == (code == 0)
    assert_no_secret(served, tmp_path, out, said)


@pytest.mark.parametrize(
    "arguments, told",
    [
        (["--tokens", "t", "--tokens-command", "cat"], "not to both"),
        (["--max-changes", "-1"], "max-changes"),
        (["--api-url", "http://api.example.com"], "not encrypted"),
        (["--journal", "missing/journal"], "journal"),
        (["--tokens-command", "no-such-program-anywhere"], "names no program"),
        (["--rotate", "nothing"], "--rotate nothing"),
    ],
)
def test_wrong_usage_is_told_before_anything(
    arguments: list[str], told: str, migrator: Run, served: Gateway, manifest: Path, tmp_path: Path
) -> None:
    code, _, said = called(migrator, served, tmp_path, "apply", manifest, "--yes", *arguments)
    assert code == 2
    assert told in said
    assert not [call for call in served.calls if call.write]


def test_standard_input_needs_places(migrator: Run, served: Gateway, tmp_path: Path) -> None:
    wrong = migrator("apply", "-", "--yes", stdin=FILE.read_bytes(), **ENVIRONMENT)
    assert wrong.returncode == 2
    assert b"--journal FILE" in wrong.stderr
    places = ("--journal", "j", "--tokens", "t")
    right = migrator(
        "apply", "-", "--yes", "--api-url", served.url, *places, stdin=FILE.read_bytes(), **ENVIRONMENT
    )
    assert right.returncode == 0, right.stderr
    assert {path.name for path in tmp_path.iterdir()} == {"j", "t"}


def test_a_saved_plan_is_applied_and_has_its_own_rotations(
    migrator: Run, served: Gateway, manifest: Path, tmp_path: Path
) -> None:
    plan = tmp_path / "plan.json"
    assert called(migrator, served, tmp_path, "plan", manifest, "--out", plan)[0] == 0
    code, _, said = called(migrator, served, tmp_path, "apply", plan, "--yes", "--prune")
    assert (code, "says itself" in said) == (2, True)
    assert called(migrator, served, tmp_path, "apply", plan, "--yes")[0] == 0
    served.account.live("/access-keys")[0]["name"] = "changed"
    code, _, said = called(migrator, served, tmp_path, "apply", plan, "--yes")
    assert code == 2
    assert "accessKeys/data-batch: aigk_000013 exists now" in said


def test_an_apply_that_runs_keeps_the_others_out(
    migrator: Run, served: Gateway, manifest: Path, tmp_path: Path
) -> None:
    with account_at(served.url, Secret(KEY)) as account, held(account, "three-teams", tmp_path / JOURNAL):
        code, _, said = called(migrator, served, tmp_path, "apply", manifest, "--yes")
        assert (code, "another migrator is changing the account" in said) == (2, True)
        code, _, said = called(
            migrator, served, tmp_path, "rollback", "--journal", tmp_path / JOURNAL, "--yes"
        )
        assert code == 2
    assert not [call for call in served.calls if call.write]


def test_an_interrupt_tells_how_to_go_on(
    served: Gateway, manifest: Path, tmp_path: Path, repository: Path
) -> None:
    served.fail(at_write(5, Fault(What.SLOW, seconds=20)))
    program = "from migrator.cli import main; main()"
    with subprocess.Popen(
        [sys.executable, "-c", program, "apply", manifest, "--api-url", served.url, "--yes"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(repository), **ENVIRONMENT},
        cwd=tmp_path,
        # A background job starts with the interrupt ignored.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),  # noqa: PLW1509 -- no threads here
    ) as process:
        until = time.monotonic() + 30
        while sum(call.write is not None for call in served.calls) < 5 and time.monotonic() < until:
            served.over.wait(0.01)
        process.send_signal(signal.SIGINT)
        served.over.set()  # the slow answer comes now
        out, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert b"Run the same command again to go on." in said
    assert_no_secret(served, tmp_path, out, said)
    served.fine()


def test_rollback_shows_and_does_nothing_until_it_is_told_to(
    migrator: Run, served: Gateway, manifest: Path, tmp_path: Path
) -> None:
    empty = state(served.account)
    assert called(migrator, served, tmp_path, "apply", manifest, "--yes", "--allow-account-settings")[0] == 0
    full = state(served.account)
    code, out, said = called(migrator, served, tmp_path, "rollback", manifest)
    assert code == 0
    assert "- accessKeys/web-shop (aigk_" in out
    assert '~ totalTimeout: "240s" -> "120s"' in out
    assert out.splitlines()[-1] == "Rollback: 18 to delete, 1 to restore, 0 to stay."
    assert "--yes" in said
    assert state(served.account) == full
    code, out, _ = called(migrator, served, tmp_path, "rollback", manifest, "--yes")
    assert code == 0
    assert len(re.findall("(?m)^deleted ", out)) == OBJECTS
    assert state(served.account) == empty
    code, out, _ = called(migrator, served, tmp_path, "rollback", "--journal", tmp_path / JOURNAL)
    assert (code, out.startswith("There is nothing to take back")) == (0, True)


def test_rollback_tells_what_stays(migrator: Run, served: Gateway, manifest: Path, tmp_path: Path) -> None:
    assert called(migrator, served, tmp_path, "apply", manifest, "--yes")[0] == 0
    served.account.live("/access-keys")[0]["name"] = "somebody's"
    code, out, _ = called(migrator, served, tmp_path, "rollback", manifest, "--yes")
    assert code == 1
    assert "stays: somebody changed it since" in out
    assert len(served.account.live("/access-keys")) == 1


@pytest.mark.parametrize("arguments", [[], ["-"], ["nothing.yaml"], ["--journal", "nothing"]])
def test_rollback_needs_a_journal(
    arguments: list[str], migrator: Run, served: Gateway, tmp_path: Path
) -> None:
    code, _, said = called(migrator, served, tmp_path, "rollback", *arguments)
    assert code == 2
    assert said.startswith("Error: ")
    assert list(tmp_path.iterdir()) == []


def test_an_expired_key_says_what_to_do(
    migrator: Run, served: Gateway, manifest: Path, tmp_path: Path
) -> None:
    served.fail(at(9, Fault(What.ERROR, status=401)))
    code, _, said = called(migrator, served, tmp_path, "apply", manifest, "--yes")
    assert code == 1
    assert "AI_GATEWAY_API_KEY takes an AI Gateway API key" in said


def test_a_plan_that_was_saved_elsewhere_keeps_everything_next_to_its_manifest(
    migrator: Run, served: Gateway, manifest: Path, tmp_path: Path
) -> None:
    plan = tmp_path / "sub" / "plan.json"
    plan.parent.mkdir()
    assert called(migrator, served, tmp_path, "plan", manifest, "--out", plan)[0] == 0
    assert called(migrator, served, tmp_path, "apply", plan, "--yes")[0] == 0
    assert sorted(path.name for path in plan.parent.iterdir()) == ["plan.json"]
    assert (tmp_path / "access-key-tokens.jsonl").stat().st_size
    code, out, _ = called(migrator, served, tmp_path, "rollback", plan)
    assert (code, "nothing to take back" in out) == (0, False)
    manifest.rename(tmp_path / "gone.yaml")
    code, _, said = called(migrator, served, tmp_path, "rollback", plan)
    assert (code, str(plan.parent) in said) == (2, True)


@pytest.mark.parametrize("what", ["manifest", "journal", "secrets"])
def test_tokens_are_not_written_into_a_file_for_something_else(
    what: str, migrator: Run, served: Gateway, manifest: Path, tmp_path: Path
) -> None:
    secrets = tmp_path / "secrets.env"
    secrets.touch(0o600)
    place = {"manifest": manifest, "journal": tmp_path / JOURNAL, "secrets": secrets}[what]
    link = tmp_path / "link"
    link.symlink_to(place)
    for tokens in (place, link):
        code, out, said = called(
            migrator, served, tmp_path, "apply", manifest, "--yes", "--secrets", secrets, "--tokens", tokens
        )
        assert (code, out) == (2, "")
        assert f"the tokens would be written into the {what}, {tokens}" in said
    assert served.calls == []
    assert manifest.read_bytes() == FILE.read_bytes()
