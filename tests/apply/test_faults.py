"""Whatever goes wrong on the way, the account ends as it does when nothing goes wrong."""

from __future__ import annotations

import os
import resource
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from migrator.apply.events import Report
from migrator.errors import CallError, MigratorError, OutputError
from tests.apply.applying import QUICK, Silent, applied, assert_all_tokens_kept, state, tokens_in
from tests.gatewayapi.account import GatewayAccount
from tests.gatewayapi.faults import Fault, What, at_write, often
from tests.gatewayapi.server import Gateway, gateway

WRITES = 19
"""Of a run: 18 objects and the account settings."""


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    with gateway() as served:
        assert applied(served.url, tmp_path_factory.mktemp("undisturbed")).failure is None
        return state(served.account)


def applied_until_done(served: Gateway, folder: Path, most: int, talk: Silent | None = None) -> int:
    """Apply again and again; how often it took. Every run ends with an error that says what to do, or is done."""
    for number in range(1, most + 1):
        try:
            failure = applied(served.url, folder, talk=talk).failure
        except MigratorError as error:
            failure = error
        if failure is None:
            return number
        assert failure.message
        assert failure.remedy
    raise AssertionError(f"not done after {most} runs")


@pytest.mark.parametrize("what", [What.DROP_BEFORE, What.DROP_AFTER, What.HALF, What.ERROR, What.ERROR_AFTER])
def test_one_lost_answer_does_not_stop_a_run_wherever_it_is(
    what: What, expected: dict[str, Any], tmp_path: Path
) -> None:
    for write in range(1, WRITES + 1):
        folder = tmp_path / str(write)
        folder.mkdir()
        with gateway() as served:
            served.fail(at_write(write, Fault(what, status=502, look_ups=2)))
            assert applied(served.url, folder).failure is None, write
            assert state(served.account) == expected, write
            assert_all_tokens_kept(served.account, folder)


@pytest.mark.parametrize("look_ups", [1, 2, 3, 4])
def test_what_is_carried_out_after_the_look_is_removed_again(
    look_ups: int, expected: dict[str, Any], tmp_path: Path
) -> None:
    """A lost create arrives when it was repeated, at the end of the run, or only before the next run."""
    for write in range(1, WRITES):
        folder = tmp_path / str(write)
        folder.mkdir()
        with gateway() as served:
            served.fail(at_write(write, Fault(What.LATE, look_ups=look_ups)))
            assert applied(served.url, folder).failure is None
            assert look_ups > 1 or state(served.account) == expected, write
            served.fine()
            served.account.commit_late()
            talk = Silent()
            assert applied(served.url, folder, talk=talk).failure is None
            assert state(served.account) == expected, write
            assert_all_tokens_kept(served.account, folder)


@pytest.mark.parametrize("status", [500, 502, 503, 429])
@pytest.mark.parametrize("seed", range(3))
def test_a_server_that_fails_three_times_in_ten(
    status: int, seed: int, served: Gateway, expected: dict[str, Any], tmp_path: Path
) -> None:
    faults = [Fault(What.ERROR, status=status), Fault(What.ERROR_AFTER, status=status)]
    served.fail(
        often(0.3, seed, *faults[: 1 if status == 429 else 2])
    )  # 429 means that it was not carried out
    applied_until_done(served, tmp_path, most=20)
    assert state(served.account) == expected
    assert_all_tokens_kept(served.account, tmp_path)


@pytest.mark.parametrize("seed", range(12))
def test_a_network_on_which_everything_happens(
    seed: int, served: Gateway, expected: dict[str, Any], tmp_path: Path
) -> None:
    faults = [
        Fault(what) for what in (What.DROP_BEFORE, What.DROP_AFTER, What.HALF, What.ERROR, What.ERROR_AFTER)
    ]
    late = [Fault(What.LATE, look_ups=count) for count in (1, 2, 3)]
    served.fail(often(0.3, seed, *faults, *late))
    applied_until_done(served, tmp_path, most=30)
    served.fine()
    served.account.commit_late()
    applied_until_done(served, tmp_path, most=1)
    assert state(served.account) == expected
    assert_all_tokens_kept(served.account, tmp_path)


def test_answers_that_are_too_slow(served: Gateway, expected: dict[str, Any], tmp_path: Path) -> None:
    slow = Fault(What.SLOW, seconds=QUICK.total + 0.1)
    served.fail(lambda call: slow if call.write in {1, 7, 13, 14, 19} else Fault())
    applied_until_done(served, tmp_path, most=3)
    assert state(served.account) == expected
    assert_all_tokens_kept(served.account, tmp_path)


def test_an_api_key_that_expires_at_every_call(expected: dict[str, Any], tmp_path: Path) -> None:
    for calls in range(27):
        folder = tmp_path / str(calls)
        folder.mkdir()
        with gateway(GatewayAccount(expires_after=calls)) as served:
            talk = Silent()
            try:
                failure: MigratorError | None = applied(served.url, folder, talk=talk).failure
            except CallError as error:
                failure = error
            if failure is not None:
                assert "AI_GATEWAY_API_KEY" in failure.remedy
            served.fine()
            assert applied(served.url, folder).failure is None
            assert state(served.account) == expected, calls
            assert_all_tokens_kept(served.account, folder)


# ------------------------------------------------------------------------------------------ disks


@contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    """A full disk: no file grows beyond so many bytes."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)


def test_a_disk_that_is_full_at_any_moment_loses_nothing(expected: dict[str, Any], tmp_path: Path) -> None:
    stopped = 0
    for size in (0, 4096, 8192, *range(8300, 9300, 97), *range(12_288, 90_000, 4096)):
        folder = tmp_path / str(size)
        folder.mkdir()
        with gateway() as served:
            with files_of_at_most(size):
                try:
                    failure: MigratorError | None = applied(served.url, folder).failure
                except OutputError as error:
                    failure = error
            if failure is not None:
                stopped += 1
                assert "written" in failure.message or "journal" in failure.message
            kept = tokens_in(folder)
            assert applied(served.url, folder).failure is None
            assert state(served.account) == expected, size
            assert_all_tokens_kept(served.account, folder)
            assert kept.items() <= tokens_in(folder).items()
    assert stopped > 15


def refused_tokens(served: Gateway, folder: Path, talk: Silent | None = None) -> OutputError:
    with pytest.raises(OutputError) as caught:
        applied(served.url, folder, talk=talk)
    return caught.value


def test_a_tokens_file_that_is_read_only_stops_before_anything_is_created(
    served: Gateway, tmp_path: Path
) -> None:
    (tmp_path / "tokens.jsonl").touch(mode=0o400)
    assert "read-only" in refused_tokens(served, tmp_path).message
    assert not [call for call in served.calls if call.write]


@pytest.mark.parametrize("make", ["folder", "pipe", "nowhere", "linked"])
def test_what_is_no_place_for_tokens_stops_before_anything_is_created(
    make: str, served: Gateway, tmp_path: Path
) -> None:
    path = tmp_path / "tokens.jsonl"
    match make:
        case "folder":
            path.mkdir()
        case "pipe":
            os.mkfifo(path)
        case "nowhere":
            path.symlink_to(tmp_path / "missing" / "file")
        case "linked":
            path.touch()
            path.with_name("other").hardlink_to(path)
    assert "tokens" in refused_tokens(served, tmp_path).message
    assert not [call for call in served.calls if call.write]


def test_a_tokens_file_that_others_may_read_is_closed_to_them_first(served: Gateway, tmp_path: Path) -> None:
    path = tmp_path / "tokens.jsonl"
    path.write_text('{"ref":"accessKeys/old","id":"aigk_old","token":"ng-OLD-not-a-token"}')
    path.chmod(0o644)
    assert applied(served.url, tmp_path).failure is None
    assert path.stat().st_mode & 0o777 == 0o600
    assert tokens_in(tmp_path)["aigk_old"] == "ng-OLD-not-a-token"
    assert len(tokens_in(tmp_path)) == 7


def test_a_token_that_cannot_be_written_after_all_leaves_no_key_without_one(
    served: Gateway, expected: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = os.pwrite

    def failing(descriptor: int, data: Any, at: int) -> int:
        if b'"token"' in bytes(data):
            raise OSError(28, "No space left on device")
        return written(descriptor, data, at)

    talk = Silent()
    with monkeypatch.context() as patched:
        patched.setattr(os, "pwrite", failing)
        report: Report = applied(served.url, tmp_path, talk=talk)
    assert isinstance(report.failure, OutputError)
    assert "no space left" in report.failure.message
    assert served.account.live("/access-keys") == []
    assert any("deleted again" in text for text in talk.texts)
    assert applied(served.url, tmp_path).failure is None
    assert state(served.account) == expected
