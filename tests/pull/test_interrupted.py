"""A pull that is killed at any moment goes on, and ends as if nothing had happened."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from migrator.pull import folder as folders
from migrator.pull import pull as pull_account
from migrator.render import files
from migrator.secrets import Secret
from tests.http.server import playing
from tests.pull.ngrok import PLANTED, Account, Clock, tree, without_environment

TOKEN = Secret(PLANTED)
CHILD: Final = """\
import os, sys
from pathlib import Path
from migrator.pull import pull
from migrator.secrets import Secret
print(pull(sys.argv[1], Secret(os.environ["NGROK_API_KEY"]), Path(sys.argv[2])))
"""


class Killed(BaseException):
    """Nothing catches it, and nothing is tidied up."""


@pytest.fixture
def account() -> Iterator[Account]:
    with playing(Account()) as account:
        yield account


def pull(account: Account, out: Path, *, refresh: bool = False) -> int:
    return pull_account(account.url, TOKEN, out, Clock().settings(), refresh=refresh).exit_code


def killed_at(
    rename: int, account: Account, out: Path, monkeypatch: pytest.MonkeyPatch, *, refresh: bool = False
) -> bool:
    """Pull until just before the n-th rename (from 0); False if there are not so many."""
    replace = Path.replace
    left = iter(range(rename))

    def dying(path: Path, target: Path) -> Path:
        if next(left, None) is None:
            raise Killed
        return replace(path, target)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", dying)
        for module in (files, folders):
            patched.setattr(module, "discard", lambda path: path.unlink() if path.suffix == ".json" else None)
        try:
            assert pull(account, out, refresh=refresh) == 0
        except Killed:
            return True
    return False


def test_whenever_it_is_killed_the_next_pull_ends_the_same(
    account: Account, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert pull(account, tmp_path / "whole") == 0
    whole = tree(tmp_path / "whole")
    rename = 0
    while killed_at(rename, account, out := tmp_path / f"{rename}", monkeypatch):
        assert pull(account, out) == 0
        assert tree(out) == whole
        rename += 1
    assert rename > 20


def test_however_often_it_is_killed_it_gets_there(
    account: Account, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert pull(account, tmp_path / "whole") == 0
    out = tmp_path / "account"
    times = 0
    while killed_at(4, account, out, monkeypatch):  # enough for one page
        times += 1
    assert times > 3
    assert pull(account, out) == 0  # which tidies up what the last one, as patched, did not
    assert tree(out) == tree(tmp_path / "whole")


def test_a_refresh_that_is_killed_loses_nothing(
    account: Account, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rename = 0
    while True:
        out = tmp_path / f"{rename}"
        account.lists["endpoints"][0]["description"] = "first"
        assert pull(account, out) == 0
        before = set(tree(out))
        account.lists["endpoints"][0]["description"] = "second"
        was_killed = killed_at(rename, account, out, monkeypatch, refresh=True)
        assert before <= set(tree(out))
        assert pull(account, out, refresh=True) == 0
        assert set(tree(out)) == before
        assert b"second" in (out / "endpoints" / "ep_5.json").read_bytes()
        if not was_killed:
            break
        rename += 5


def test_what_was_half_done_may_change_meanwhile(
    account: Account, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for rename in range(5):
        out = tmp_path / f"{rename}"
        account.lists["endpoints"][0]["description"] = "first"
        assert killed_at(rename, account, out, monkeypatch)
        account.lists["endpoints"][0]["description"] = "second"
        assert pull(account, out) == 0


def start(account: Account, out: Path, **environment: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c", CHILD, account.url, str(out)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={
            **without_environment(),
            "NGROK_API_KEY": PLANTED,
            "PYTHONPATH": os.pathsep.join(sys.path),
            **environment,
        },
    )


@pytest.mark.parametrize("request_number", [1, 3, 6])
def test_a_real_kill_is_no_different(account: Account, tmp_path: Path, request_number: int) -> None:
    assert pull(account, tmp_path / "whole") == 0
    out = tmp_path / "account"
    account.asked.clear()
    children: list[subprocess.Popen[bytes]] = []

    def kill(number: int) -> None:
        if number == request_number:
            children[0].send_signal(signal.SIGKILL)

    account.before = kill
    children.append(start(account, out))
    said = b"".join(children[0].communicate(timeout=60))
    assert children[0].returncode == -signal.SIGKILL
    assert PLANTED.encode() not in said
    account.before = lambda _: None
    assert pull(account, out) == 0
    assert tree(out) == tree(tmp_path / "whole")


def test_hashes_do_not_show(account: Account, tmp_path: Path) -> None:
    account.lists["vaults"] = [{f"member-{number}": number for number in range(20)} | {"id": "v"}]
    seen = []
    for seed in ("0", "1", "2"):
        child = start(account, tmp_path / seed, PYTHONHASHSEED=seed)
        said = b"".join(child.communicate(timeout=60))
        assert child.returncode == 0, said
        assert PLANTED.encode() not in said
        seen.append(tree(tmp_path / seed))
    assert seen[0] == seen[1] == seen[2]
