from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.gatewayapi.contract import OpenApi
from tests.gatewayapi.server import Gateway, gateway


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine's own proxies and certificates decide nothing here."""
    for name in list(os.environ):
        if name.lower().endswith("_proxy") or name.startswith("SSL_CERT_"):
            monkeypatch.delenv(name)


@pytest.fixture
def served() -> Iterator[Gateway]:
    with gateway() as played:
        yield played


@pytest.fixture(scope="session")
def openapi(shared: Path) -> OpenApi:
    return OpenApi(shared)
