"""An account at api.ngrok.com, played on this machine."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from migrator.http import Limits
from migrator.pull import Settings
from tests.http.server import Api, Says, says

PLANTED: Final = "ngrok-PLANTED-not-a-key-0000"
"""The key that asks. It is in no file and in nothing that is said."""

STORED: Final = "sk-STORED-IN-A-POLICY-0000"
"""A key that somebody wrote into a policy: stored, because the policy is."""

POLICY: Final = f"""\
on_http_request:
  - actions:
      - type: ai-gateway
        config:
          providers:
            - id: openai
              api_keys:
                - value: {STORED}
"""
MEMBERS: Final = {
    "endpoints": "endpoints",
    "ai_gateway_api_keys": "ai_gateway_api_keys",
    "ai_gateway_provider_keys": "ai_gateway_provider_keys",
    "vaults": "vaults",
    "vault_secrets": "secrets",
}
FILES: Final = {
    "ai_gateway_api_keys": "ai-gateway-api-keys.json",
    "ai_gateway_provider_keys": "ai-gateway-provider-keys.json",
    "vaults": "vaults.json",
    "vault_secrets": "vault-secrets.json",
}


def endpoint(number: int, **facts: Any) -> dict[str, Any]:
    return {
        "id": f"ep_{number}",
        "url": f"https://ai-{number}.example.com",
        "type": "cloud",
        "traffic_policy": POLICY,
        "updated_at": "2026-07-01T00:00:00Z",
        **facts,
    }


def _lists() -> dict[str, list[Any]]:
    return {
        "endpoints": [endpoint(number) for number in (5, 4, 3, 2, 1)],
        "ai_gateway_api_keys": [
            {"id": f"aigk_{number}", "endpoint": {"id": f"ep_{number}"}, "display_name": "ng-…"}
            for number in (3, 2, 1)
        ],
        "ai_gateway_provider_keys": [{"id": "aigpk_1", "provider_id": "openai", "display_name": "sk-a***b"}],
        "vaults": [],
        "vault_secrets": [
            {"id": f"secret_{number}", "name": f"key-{number}", "vault": {"id": "vault_1"}}
            for number in (4, 3, 2, 1)
        ],
    }


@dataclass
class Account(Api):
    """Lists in pages, unless the n-th request (from 1), or every request for a list, gets another answer."""

    lists: dict[str, list[Any]] = field(default_factory=_lists)
    page: int = 2
    at: dict[int, Says] = field(default_factory=dict)
    instead: dict[str, Says] = field(default_factory=dict)
    before: Callable[[int], None] = lambda _: None

    def answer_to(self, path: str) -> Says:
        number = len(self.asked)
        self.before(number)
        name = urlsplit(path).path.strip("/")
        if number in self.at:
            return self.at[number]
        if name in self.instead:
            return self.instead[name]
        if name not in self.lists:
            return says({"error_code": "ERR_NGROK_404", "msg": "no such thing"}, 404)
        start = int(parse_qs(urlsplit(path).query).get("before_id", ["0"])[0])
        end = start + self.page
        onward = f"{self.url}/{name}?before_id={end}" if end < len(self.lists[name]) else None
        return says(
            {
                MEMBERS[name]: self.lists[name][start:end],
                "uri": f"{self.url}{path}",
                "next_page_uri": onward,
            }
        )

    @property
    def paths(self) -> list[str]:
        return [asked["path"] for asked in self.asked]


@dataclass
class Clock:
    """Time that passes only while somebody sleeps."""

    now: float = 0
    slept: list[float] = field(default_factory=list)

    def settings(self, **facts: Any) -> Settings:
        limits = facts.pop("limits", Limits(connect=0.5, total=0.5, retries=2, longest_wait=120))
        return Settings(limits=limits, clock=lambda: self.now, sleep=self.sleep, **facts)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


def tree(out: Path) -> dict[str, bytes]:
    """Every file by its path."""
    return {
        str(path.relative_to(out)): path.read_bytes() for path in sorted(out.rglob("*")) if path.is_file()
    }


def index_of(out: Path) -> dict[str, Any]:
    return json.loads((out / "index.json").read_bytes())


def without_environment() -> dict[str, str]:
    """The environment without what would decide where a connection goes."""
    decides = {"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR"}
    return {name: value for name, value in os.environ.items() if name.upper() not in decides}
