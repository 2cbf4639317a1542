from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from migrator.cli.bar import Bar
from migrator.cli.pull import Told
from migrator.pull import RESOURCES, Progress, Waiting
from tests.cli.conftest import Run
from tests.http.server import Says, playing, says
from tests.pull.certificates import certificate
from tests.pull.ngrok import MEMBERS, PLANTED, STORED, Account, tree


@pytest.fixture
def account() -> Iterator[Account]:
    with playing(Account()) as account:
        yield account


def pull(migrator: Run, account: Account, *arguments: object, **environment: str) -> tuple[int, str]:
    """Pull into ``account``; exit code and what was said. No key is in it."""
    given = {"NGROK_API_KEY": PLANTED, **environment}
    done: subprocess.CompletedProcess[bytes] = migrator(
        "pull", "--out", "account", "--api-url", account.url, *arguments, **given
    )
    said = done.stderr.decode("utf-8")
    assert done.stdout == b""
    assert PLANTED not in said
    assert STORED not in said
    assert "Traceback" not in said
    return done.returncode, said


def test_it_says_what_there_is(migrator: Run, account: Account, tmp_path: Path) -> None:
    code, said = pull(migrator, account)
    assert code == 0
    assert said.splitlines() == [
        "endpoints: 5",
        "AI Gateway API keys: 3",
        "AI Gateway provider keys: 1",
        "vaults: 0",
        "vault secrets: 4",
        "Warning: 5 stored policies may hold literal keys: keep the folder to yourself and out of version control.",
        "Everything is in account.",
    ]
    assert not any(PLANTED.encode() in data for data in tree(tmp_path).values())


def test_a_second_time_nothing_is_asked(migrator: Run, account: Account) -> None:
    pull(migrator, account)
    account.asked.clear()
    code, said = pull(migrator, account)
    assert code == 0
    assert "endpoints: 5, pulled before" in said
    assert account.asked == []
    assert pull(migrator, account, "--refresh")[0] == 0
    assert len(account.asked) == 9


def test_verbose_says_lines(migrator: Run, account: Account) -> None:
    code, said = pull(migrator, account, "--verbose")
    assert code == 0
    assert said.splitlines()[:4] == [
        "asking for endpoints: 0 so far",
        "asking for endpoints: 2 so far",
        "asking for endpoints: 4 so far",
        "asking for AI Gateway API keys: 0 so far",
    ]


def test_a_part_that_is_missing_is_exit_1(migrator: Run, account: Account) -> None:
    account.instead["vaults"] = says({"error_code": "ERR_NGROK_1", "msg": f"not \x1b[31m{PLANTED}"}, 403)
    code, said = pull(migrator, account)
    assert code == 1
    assert "vaults: 0, incomplete: " in said
    assert "answered 403 (ERR_NGROK_1): not \\x1b[31m***" in said
    assert "    It takes an ngrok API key that may read this" in said
    assert "What could is in account." in said


@pytest.mark.parametrize(
    "answer, told",
    [
        (says({"msg": "no such key"}, 401), "answered 401: no such key"),
        (Says(200, b"<!doctype html>"), "not JSON"),
        (Says(302, b"", {"Location": "http://127.0.0.1:1/"}), "A redirect is not followed"),
        (says({"endpoints": None}), "no list `endpoints`"),
    ],
)
def test_nothing_at_all_is_exit_2(
    migrator: Run, account: Account, tmp_path: Path, answer: Says, told: str
) -> None:
    account.instead = dict.fromkeys(MEMBERS, answer)
    code, said = pull(migrator, account)
    assert code == 2
    assert told in said
    assert "nothing could be pulled" in said
    assert not (tmp_path / "account").exists()


@pytest.mark.parametrize("key", [None, "", "short", f"{PLANTED}\n"])
def test_without_a_key_it_is_exit_2(
    migrator: Run, account: Account, monkeypatch: pytest.MonkeyPatch, key: str | None
) -> None:
    monkeypatch.delenv("NGROK_API_KEY", raising=False)
    given = {} if key is None else {"NGROK_API_KEY": key}
    done = migrator("pull", "--out", "account", "--api-url", account.url, **given)
    assert done.returncode == 2
    assert b"API key" in done.stderr
    assert account.asked == []


def test_a_key_is_no_argument(migrator: Run, account: Account) -> None:
    done = migrator("pull", "--out", "x", "--api-url", account.url, "--api-key", PLANTED)
    assert done.returncode == 2
    assert account.asked == []


def test_wrong_usage_is_exit_2(migrator: Run, account: Account, tmp_path: Path) -> None:
    assert migrator("pull", NGROK_API_KEY=PLANTED).returncode == 2
    done = migrator("pull", "--out", "a", "--api-url", "http://api.example.com", NGROK_API_KEY=PLANTED)
    assert done.returncode == 2
    assert b"not encrypted" in done.stderr
    (tmp_path / "account").mkdir()
    (tmp_path / "account" / "mine").write_text("x")
    code, said = pull(migrator, account)
    assert code == 2
    assert "not empty" in said
    assert account.asked == []


def test_a_private_authority_can_be_named(migrator: Run, tmp_path: Path) -> None:
    made = certificate(tmp_path)
    with playing(Account(), made.served) as account:
        code, said = pull(migrator, account)
        assert code == 2
        assert "is not trusted (self" in said
        assert "--ca-file FILE" in said
        assert pull(migrator, account, "--ca-file", made.file)[0] == 0


LISTENING = (
    "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
    "from migrator.cli import main; main()"
)
"""A program that a shell starts in the background ignores interrupts; so would all that it starts."""


def test_an_interrupted_pull_goes_on(
    migrator: Run, account: Account, tmp_path: Path, repository: Path
) -> None:
    children: list[subprocess.Popen[bytes]] = []

    def interrupt(number: int) -> None:
        if number == 3:
            children[0].send_signal(signal.SIGINT)

    account.before = interrupt
    children.append(
        subprocess.Popen(
            [
                *(sys.executable, "-c", LISTENING),
                *("pull", "--out", "account", "--api-url", account.url),
            ],
            cwd=tmp_path,
            stderr=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": str(repository), "NGROK_API_KEY": PLANTED},
        )
    )
    _, said = children[0].communicate(timeout=60)
    assert children[0].returncode == 130
    assert said.splitlines()[-1] == b"Interrupted."
    account.before = lambda _: None
    account.asked.clear()
    assert pull(migrator, account)[0] == 0
    assert account.paths[0] in {"/endpoints?before_id=4", "/ai_gateway_api_keys"}


def test_what_is_pulled_is_what_convert_takes(migrator: Run, account: Account) -> None:
    pull(migrator, account)
    done = migrator("convert", "account", "--fail-on", "never")
    assert done.returncode == 0
    assert b"account/endpoints/ep_1.json" in done.stdout + done.stderr
    assert STORED.encode() not in done.stdout + done.stderr


def test_the_default_is_the_documented_api(migrator: Run) -> None:
    assert b"https://api.ngrok.com" in migrator("pull", "--help").stdout


def test_the_bar_says_how_far_a_pull_is() -> None:
    stream, now = io.StringIO(), [0.0]
    with Bar(stream, is_shown=True, clock=lambda: now[0]) as bar:
        told = Told(bar)
        now[0] = 1.1
        told(Progress(RESOURCES[1], 300, 1, 5))
        told(Waiting(16.2))
    assert stream.getvalue().split("\r\x1b[K") == [
        "",
        "[####--------------------] 1/5, AI Gateway API keys: 300 so far",
        "[####--------------------] 1/5, AI Gateway API keys: 300 so far, waiting 17 s",
        "",
    ]
