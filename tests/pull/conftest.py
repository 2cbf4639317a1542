from __future__ import annotations

import os

import pytest

from tests.pull.ngrok import without_environment


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine's own proxies and certificates decide nothing here."""
    for name in os.environ.keys() - without_environment().keys():
        monkeypatch.delenv(name)


@pytest.fixture(autouse=True)
def _no_flush(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test turns the machine off, and flushing is what takes time."""
    monkeypatch.setattr(os, "fsync", lambda _: None)
