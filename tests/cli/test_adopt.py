from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from migrator.apply.journal import read_journal
from tests.cli.conftest import Run
from tests.gatewayapi.account import KEY
from tests.gatewayapi.server import Gateway, gateway
from tests.manifest.small import SMALL

JOURNAL = "migrator-journal-default.sqlite3"


@pytest.fixture
def served() -> Iterator[Gateway]:
    with gateway() as played:
        yield played


@pytest.fixture
def mine(served: Gateway, tmp_path: Path) -> str:
    (tmp_path / "m.yaml").write_text(SMALL)
    return served.account.add(
        "/providers", providerId="ollama", name="mine", baseUrl="https://x.internal", metadata='{"team":"x"}'
    )


def adopt(migrator: Run, served: Gateway, *arguments: object) -> tuple[int, str, str]:
    done: subprocess.CompletedProcess[bytes] = migrator(
        "adopt", "m.yaml", *arguments, "--api-url", served.url, AI_GATEWAY_API_KEY=KEY
    )
    out, said = done.stdout.decode(), done.stderr.decode()
    assert KEY not in out + said
    assert "Traceback" not in said
    return done.returncode, out, said


def test_an_object_is_taken_over_when_asked(
    migrator: Run, served: Gateway, mine: str, tmp_path: Path
) -> None:
    code, out, said = adopt(migrator, served, "providers/ollama", "--yes")
    assert (code, out) == (0, f"adopted providers/ollama {mine}\n")
    assert f'provider {mine} named "mine" becomes providers/ollama.' in said
    assert "Next: migrator plan m.yaml" in said
    assert served.account.objects["/providers"][mine]["metadata"] == (
        '{"migrator":{"migration":"default","ref":"ollama"},"team":"x"}'
    )
    steps, _, _ = read_journal(tmp_path / JOURNAL)
    assert [(step.action, step.state) for step in steps] == [("adopt", "done")]
    code, _, said = adopt(migrator, served, "providers/ollama", "--yes")
    assert (code, f"has its object already: {mine}" in said) == (2, True)


def test_a_credential_in_metadata_is_not_shown(
    migrator: Run, served: Gateway, mine: str, tmp_path: Path
) -> None:
    metadata = '{"team":"x","password":"made-up-word"}'
    served.account.objects["/providers"][mine]["metadata"] = metadata
    code, _, said = adopt(migrator, served, "providers/ollama", "--yes")
    assert code == 0
    assert '\\"team\\": \\"x\\", \\"password\\": \\"***\\"' in said
    where = ("--api-url", served.url, "--journal", JOURNAL)
    shown = migrator("rollback", *where, AI_GATEWAY_API_KEY=KEY)
    assert b"***" in shown.stdout
    assert b"made-up" not in shown.stdout + shown.stderr + said.encode()
    assert migrator("rollback", *where, "--yes", AI_GATEWAY_API_KEY=KEY).returncode == 0
    assert served.account.objects["/providers"][mine]["metadata"] == metadata


def test_nobody_is_asked_in_a_script(migrator: Run, served: Gateway, mine: str) -> None:
    code, out, said = adopt(migrator, served, "providers/ollama", mine)
    assert (code, out, "--yes" in said) == (2, "", True)
    assert served.account.objects["/providers"][mine]["metadata"] == '{"team":"x"}'


def test_what_cannot_be_taken_over_is_told(migrator: Run, served: Gateway, mine: str) -> None:
    for arguments, words in (
        (("providers/olama", "--yes"), "no entry providers/olama"),
        (("providers/ollama", "aigp_77", "--yes"), "no provider aigp_77"),
        (("accessKeys/office--default", "--yes"), "none does"),
        ((), "Missing argument"),
    ):
        code, out, said = adopt(migrator, served, *arguments)
        assert (code, out) == (2, "")
        assert words in said
    assert {call.method for call in served.calls} == {"GET"}
