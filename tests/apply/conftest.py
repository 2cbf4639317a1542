from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from migrator.apply import journal
from tests.gatewayapi.contract import OpenApi
from tests.gatewayapi.server import Gateway, gateway


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine's own proxies and certificates decide nothing here."""
    for name in list(os.environ):
        if name.lower().endswith("_proxy") or name.startswith("SSL_CERT_"):
            monkeypatch.delenv(name)


@pytest.fixture(autouse=True)
def _no_flush(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test turns the machine off, and flushing is what takes time."""
    monkeypatch.setattr(os, "fsync", lambda _: None)
    monkeypatch.setattr(journal, "DURABLE", "OFF")


@pytest.fixture
def served() -> Iterator[Gateway]:
    with gateway() as played:
        yield played


@pytest.fixture(scope="session")
def openapi(shared: Path) -> OpenApi:
    return OpenApi(shared)
