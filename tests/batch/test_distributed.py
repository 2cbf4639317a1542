"""A real Dask cluster of two processes on this machine, one of which is killed in the middle of a run."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import migrator
from migrator.api import convert_many
from tests.batch.test_convert_many import QUICK, found, many

distributed: Any = pytest.importorskip("distributed", reason="needs migrator[distributed]")


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Any]:
    """Two workers with a thread each; nothing but loopback, and no dashboard."""
    with (
        distributed.LocalCluster(
            n_workers=2,
            threads_per_worker=1,
            processes=True,
            host="127.0.0.1",
            dashboard_address=None,
            local_directory=str(tmp_path),
            silence_logs="CRITICAL",
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        yield client


def test_a_cluster_gives_the_same_although_a_worker_is_killed(client: Any) -> None:
    inputs = many(400)
    expected = migrator.convert(inputs, QUICK).json()
    workers: dict[str, int] = client.run(os.getpid)
    killed: list[int] = []

    def tell(what: str, done: int, of: int) -> None:
        if what == "reading" and 0 < done < of and not killed:
            killed.append(next(iter(workers.values())))
            os.kill(killed[0], signal.SIGKILL)

    result = convert_many(inputs, QUICK, executor=client.get_executor(), tell=tell)
    assert killed
    assert not found(result, "R021")
    assert result.json() == expected


def test_verdicts_come_from_a_cluster_too(client: Any) -> None:
    inputs = many(4)
    assert convert_many(inputs, executor=client.get_executor()).json() == migrator.convert(inputs).json()
