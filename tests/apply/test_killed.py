"""Whenever apply is killed, the next one ends as if nothing had happened. Every point, not a sample."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.apply.applying import OBJECTS, assert_all_tokens_kept, state
from tests.apply.zygote import Zygote, zygote
from tests.gatewayapi.faults import Fault, What, at
from tests.gatewayapi.server import Gateway, gateway


@pytest.fixture(scope="module")
def forking() -> Iterator[Zygote]:
    with zygote() as process:
        yield process


@pytest.fixture(scope="module")
def undisturbed(forking: Zygote, tmp_path_factory: pytest.TempPathFactory) -> tuple[object, int, int]:
    """The state after a run that nothing disturbs, and how many calls and points it has."""
    folder = tmp_path_factory.mktemp("undisturbed")
    with gateway() as served:
        status, result = forking.apply(served, folder)
        assert (status, result["failure"], result["done"]) == (0, None, OBJECTS + 1)
        assert_all_tokens_kept(served.account, folder)
        return state(served.account), len(served.calls), result["points"]


def resume(forking: Zygote, served: Gateway, folder: Path) -> None:
    """The next apply, that nothing disturbs."""
    served.fine()
    status, result = forking.apply(served, folder)
    assert (status, result.get("failure", result)) == (0, None)


@pytest.mark.parametrize("what", [What.KILL_BEFORE, What.KILL_AFTER, What.KILL_ANSWERED])
def test_killed_at_every_call(
    what: What, forking: Zygote, undisturbed: tuple[object, int, int], tmp_path: Path
) -> None:
    expected, calls, _ = undisturbed
    for number in range(1, calls + 1):
        folder = tmp_path / str(number)
        folder.mkdir()
        with gateway() as served:
            served.fail(at(number, Fault(what)))
            status, _ = forking.apply(served, folder)
            assert status in {-signal.SIGKILL, 0}, number
            # The last answers are of no use to a run that ends; it may have ended before it was killed.
            assert status == -signal.SIGKILL or (what is What.KILL_ANSWERED and number == calls), number
            resume(forking, served, folder)
            assert state(served.account) == expected, number
            assert_all_tokens_kept(served.account, folder)
            status, again = forking.apply(served, folder)
            assert (status, again["failure"], again["done"], again["told"]) == (0, None, 0, []), number


def test_killed_at_every_write_to_the_journal_and_to_the_tokens(
    forking: Zygote, undisturbed: tuple[object, int, int], tmp_path: Path
) -> None:
    expected, _, points = undisturbed
    assert points > 100
    for point in range(1, points + 1):
        folder = tmp_path / str(point)
        folder.mkdir()
        with gateway() as served:
            status, _ = forking.apply(served, folder, deadly=point)
            assert status == -signal.SIGKILL, point
            resume(forking, served, folder)
            assert state(served.account) == expected, point
            assert_all_tokens_kept(served.account, folder)
