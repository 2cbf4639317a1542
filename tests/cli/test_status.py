from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.apply.applying import FILE, SECRETS, tokens_in
from tests.apply.applying import applied as apply_all
from tests.cli.conftest import Run
from tests.gatewayapi.account import KEY
from tests.gatewayapi.completions import completions
from tests.gatewayapi.faults import FINE, Fault, What
from tests.gatewayapi.server import Gateway, gateway


@pytest.fixture
def served() -> Iterator[Gateway]:
    with gateway() as played:
        yield played


def run(migrator: Run, served: Gateway, *arguments: object) -> tuple[int, str, str]:
    """Exit code, stdout, stderr; neither has a secret."""
    done: subprocess.CompletedProcess[bytes] = migrator(
        *arguments, "--api-url", served.url, AI_GATEWAY_API_KEY=KEY
    )
    out, said = done.stdout.decode(), done.stderr.decode()
    hidden = (KEY, *SECRETS.values(), *served.account.minted.values())
    assert not any(one in out + said for one in hidden)
    assert "Traceback" not in said
    return done.returncode, out, said


def test_nothing_exists_before_an_apply(migrator: Run, served: Gateway) -> None:
    code, out, said = run(migrator, served, "status", FILE, "--journal", "none")
    assert (code, "no such file" in said) == (1, True)
    assert out.splitlines()[0] == "Migration three-teams: 0 of 18 objects exist, 0 differ, 18 are missing."
    assert "Credits: $50.00" in out


def test_everything_exists_after_it(migrator: Run, served: Gateway, tmp_path: Path) -> None:
    apply_all(served.url, tmp_path)
    served.account.balance = 100
    code, out, said = run(migrator, served, "status", FILE, "--journal", "journal")
    assert code == 0, out
    assert out.splitlines()[0] == "Migration three-teams: 18 of 18 objects exist, 0 differ, 0 are missing."
    assert out.count("handed out 20") == 6
    assert "Warning: $1.00 of credits are left" in said
    assert {call.method for call in served.calls[-6:]} == {"GET"}


def test_a_balance_that_cannot_be_had_is_a_warning(migrator: Run, served: Gateway, tmp_path: Path) -> None:
    apply_all(served.url, tmp_path)
    served.decide = lambda call: Fault(What.ERROR, status=403) if call.path.startswith("/credits") else FINE
    code, out, said = run(migrator, served, "status", FILE)
    assert (code, "Credits" in out) == (0, False)
    assert "Warning: the credit balance" in said


def probe(migrator: Run, served: Gateway, url: str, *arguments: object) -> tuple[int, str, str]:
    return run(
        migrator,
        served,
        "status",
        FILE,
        "--probe",
        "--tokens",
        "tokens.jsonl",
        "--gateway-url",
        url,
        *arguments,
    )


def test_a_probe_sends_one_request_for_each_key(migrator: Run, served: Gateway, tmp_path: Path) -> None:
    apply_all(served.url, tmp_path)
    tokens = tokens_in(tmp_path)
    seen: list[tuple[str, Any]] = []
    with completions(seen) as url:
        code, out, _ = probe(migrator, served, url, "--probe-model", "anthropic:claude-haiku-4-5")
    closed = out.count("not asked, its configuration allows no model")
    assert (out.count(": answered, with "), closed, code) == (len(seen), 6 - len(seen), 0)
    assert closed >= 1
    assert {authorization for authorization, _ in seen} < {f"Bearer {token}" for token in tokens.values()}
    assert all(len(json.dumps(body)) < 200 for _, body in seen)


def test_a_probe_that_is_refused_is_told(migrator: Run, served: Gateway, tmp_path: Path) -> None:
    apply_all(served.url, tmp_path)
    with completions([], refused="openai:gpt-4o") as url:
        code, out, _ = probe(migrator, served, url)
    assert code == 1
    assert "answered 403 (ERR_NGROK_27232): model not allowed" in out
    assert "(asked for openai:gpt-4o)" in out
    assert "say one with --probe-model" in out
    code, out, said = probe(migrator, served, "http://example.com")
    assert (code, "not encrypted" in said) == (2, True)


def test_nothing_is_sent_to_a_gateway_unasked(migrator: Run, served: Gateway, tmp_path: Path) -> None:
    apply_all(served.url, tmp_path)
    seen: list[tuple[str, Any]] = []
    with completions(seen) as url:
        code, out, _ = run(migrator, served, "status", FILE, "--tokens", "tokens.jsonl", "--gateway-url", url)
    assert (code, seen, "Probes" in out) == (0, [], False)


def test_the_environment_may_name_the_gateway(migrator: Run, served: Gateway, tmp_path: Path) -> None:
    apply_all(served.url, tmp_path)
    seen: list[tuple[str, Any]] = []
    with completions(seen, account=served.account) as url:
        done = migrator(
            "status",
            FILE,
            "--probe",
            "--tokens",
            "tokens.jsonl",
            AI_GATEWAY_API_KEY=KEY,
            MIGRATOR_API_URL=served.url,
            MIGRATOR_GATEWAY_URL=url,
        )
    assert done.stdout.decode().count(": answered, with ") == len(seen) > 0
