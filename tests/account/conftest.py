from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from migrator.account import Account, account_at
from migrator.http import Limits
from migrator.secrets import Secret
from tests.gatewayapi.account import KEY
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


@pytest.fixture
def account(served: Gateway) -> Iterator[Account]:
    with account_at(served.url, Secret(KEY), limits=Limits(1, 1), sleep=lambda _: None) as opened:
        yield opened


@pytest.fixture(scope="session")
def openapi(shared: Path) -> OpenApi:
    return OpenApi(shared)
