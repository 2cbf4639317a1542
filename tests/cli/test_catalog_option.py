from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from migrator.api import Options, convert
from migrator.catalog import catalogs_with, read_catalog
from tests.catalog.answers import answer, catalog_file, model, offer
from tests.cli.conftest import Run
from tests.http.server import Api, Says, says, serving

PLANTED = "ak-PLANTED-not-a-key-0000"
POLICY = """\
on_http_request:
  - actions:
      - type: ai-gateway
        config:
          only_allow_configured_providers: true
          only_allow_configured_models: true
          providers:
            - id: openai
              api_keys:
                - value: ${secrets.get('openai', 'primary')}
              models:
                - id: gpt-99
                - id: gpt-4o
"""
LIVE = answer(
    model("openai/gpt-99", offer("openai", "openai:openai/gpt-99")),
    model("own", offer("mine", "mine:own"), owned_by="organization_owned"),
)


@pytest.fixture(autouse=True)
def _policy(tmp_path: Path) -> None:
    (tmp_path / "p.yaml").write_text(POLICY)


def write(folder: Path, name: str, **changes: Any) -> str:
    (folder / name).write_text(json.dumps(catalog_file(**changes)))
    return name


def told(done: subprocess.CompletedProcess[bytes]) -> dict[str, str]:
    """Code and message of every finding about a model's name."""
    findings = json.loads(done.stdout)["findings"]
    return {
        found["code"]: found["message"] for found in findings if found["code"] in {"T112", "T113", "T114"}
    }


def ask(migrator: Run, api: Api, *arguments: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    """Convert with what the account answers; the key is nowhere in what comes out."""
    done = migrator(
        "convert",
        "p.yaml",
        *("--catalog", "live", "--api-url", api.url, "--format", "json"),
        *arguments,
        **{"AI_GATEWAY_API_KEY": PLANTED, **environment},
    )
    assert PLANTED.encode() not in done.stdout + done.stderr
    assert b"Traceback" not in done.stderr
    return done


def test_without_it_the_shipped_catalogues_decide(migrator: Run) -> None:
    assert "gpt-99" in told(migrator("convert", "p.yaml", "--format", "json"))["T114"]


def test_a_file_takes_the_place_of_the_current_catalogue(migrator: Run, tmp_path: Path) -> None:
    name = write(tmp_path, "new.json")
    findings = told(migrator("convert", "p.yaml", "--format", "json", "--catalog", name))
    assert list(findings) == ["T113"]
    assert "gpt-4o is not in the catalogue of 2026-10-01" in findings["T113"]


def test_a_file_takes_the_place_of_the_legacy_catalogue(migrator: Run, tmp_path: Path) -> None:
    aliases = {"gpt-99": {"provider": "openai", "model": "gpt-4o-mini"}}
    provider = {"id": "openai", "keyRequired": False, "models": []}
    name = write(tmp_path, "old.json", gateway="legacy", providers=[provider], modelAliases=aliases)
    findings = told(migrator("convert", "p.yaml", "--format", "json", "--catalog", name))
    assert list(findings) == ["T112"]
    assert "gpt-4o-mini" in findings["T112"]


def test_one_for_each_gateway(migrator: Run, tmp_path: Path) -> None:
    old = write(tmp_path, "old.json", gateway="legacy")
    new = write(tmp_path, "new.json")
    both = ["--catalog", old, "--catalog", new, "--catalog", new]
    findings = told(migrator("convert", "p.yaml", "--format", "json", *both))
    assert list(findings) == ["T114"]
    assert "gpt-4o" in findings["T114"]


def test_the_library_does_the_same(migrator: Run, tmp_path: Path) -> None:
    name = write(tmp_path, "new.json")
    options = Options(catalogs=catalogs_with([read_catalog(tmp_path / name)]))
    done = migrator("convert", "p.yaml", "--format", "json", "--catalog", name)
    result = convert([tmp_path / "p.yaml"], options)
    assert (
        json.loads(done.stdout)["manifest"]["accessKeyConfigurations"][0]["body"]["access"]
        == (result.manifest()["accessKeyConfigurations"][0]["body"]["access"])
    )


def test_audit_takes_it_too(migrator: Run, tmp_path: Path) -> None:
    name = write(tmp_path, "new.json", providers=[])
    assert migrator("audit", "p.yaml", "--catalog", name, "--fail-on", "never").returncode == 0
    assert migrator("audit", "p.yaml", "--catalog", "nowhere.json").returncode == 2


@pytest.mark.parametrize(
    "content, expected",
    [
        ("{", b"c.json is not JSON: line 1, column 2"),
        ("[]", b"c.json: the document: expected an object, found a list"),
        (json.dumps(catalog_file(gateway="new")), b"c.json: /gateway: expected legacy or current"),
        (json.dumps(catalog_file(asOf="today")), b"c.json: /asOf: expected a date"),
        (json.dumps(catalog_file(modelAlias={})), b"c.json: /modelAlias: unknown member"),
    ],
)
def test_a_file_that_is_wrong_is_exit_2(migrator: Run, tmp_path: Path, content: str, expected: bytes) -> None:
    (tmp_path / "c.json").write_text(content)
    done = migrator("convert", "p.yaml", "--catalog", "c.json")
    assert done.returncode == 2
    assert done.stdout == b""
    assert expected in done.stderr
    assert b"docs/catalog.md" in done.stderr
    assert b"Traceback" not in done.stderr


def test_a_file_that_is_not_there_is_exit_2(migrator: Run) -> None:
    done = migrator("convert", "p.yaml", "--catalog", "Live")
    assert done.returncode == 2
    assert b"Live could not be read: no such file" in done.stderr
    assert b"`live`" in done.stderr


def test_two_files_for_one_gateway_are_exit_2(migrator: Run, tmp_path: Path) -> None:
    first, second = write(tmp_path, "a.json"), write(tmp_path, "b.json")
    done = migrator("convert", "p.yaml", "--catalog", first, "--catalog", second)
    assert done.returncode == 2
    assert b"two catalogues of the current gateway" in done.stderr


def test_live_asks_the_account(migrator: Run) -> None:
    with serving(says(LIVE)) as api:
        done = ask(migrator, api)
    assert done.returncode == 0
    findings = told(done)
    assert list(findings) == ["T113"]
    assert "gpt-4o" in findings["T113"]
    (asked,) = api.asked
    assert asked["path"] == "/v1/models"
    assert asked["authorization"] == f"Bearer {PLANTED}"


def test_live_goes_with_a_file_for_the_old_gateway(migrator: Run, tmp_path: Path) -> None:
    old = write(tmp_path, "old.json", gateway="legacy")
    with serving(says(LIVE)) as api:
        findings = told(ask(migrator, api, "--catalog", old, "--catalog", "live"))
    assert list(findings) == ["T114"]
    assert len(api.asked) == 1


def test_the_address_may_stand_in_the_environment(migrator: Run) -> None:
    with serving(says(LIVE)) as api:
        done = migrator(
            *("convert", "p.yaml", "--catalog", "live", "--format", "json"),
            AI_GATEWAY_API_KEY=PLANTED,
            MIGRATOR_API_URL=api.url,
        )
    assert list(told(done)) == ["T113"]


def test_a_bundle_holds_no_key(migrator: Run, tmp_path: Path) -> None:
    with serving(says(LIVE)) as api:
        assert ask(migrator, api, "-o", "out", "--fail-on", "never").returncode == 0
    files = [path for path in (tmp_path / "out").rglob("*") if path.is_file()]
    assert files
    assert not any(PLANTED.encode() in path.read_bytes() for path in files)


def test_live_and_a_file_for_the_current_gateway_are_exit_2(migrator: Run, tmp_path: Path) -> None:
    name = write(tmp_path, "new.json")
    with serving(says(LIVE)) as api:
        done = ask(migrator, api, "--catalog", name)
    assert done.returncode == 2
    assert b"a file, and live" in done.stderr
    assert api.asked == []


@pytest.mark.parametrize("key", [None, ""])
def test_live_without_a_key_is_exit_2(
    migrator: Run, monkeypatch: pytest.MonkeyPatch, key: str | None
) -> None:
    monkeypatch.delenv("AI_GATEWAY_API_KEY", raising=False)
    with serving() as api:
        given = {} if key is None else {"AI_GATEWAY_API_KEY": key}
        done = migrator("convert", "p.yaml", "--catalog", "live", "--api-url", api.url, **given)
    assert done.returncode == 2
    assert done.stdout == b""
    assert b"AI_GATEWAY_API_KEY" in done.stderr
    assert b"not an access key, not a provider key" in done.stderr
    assert api.asked == []


@pytest.mark.parametrize(
    "said, expected",
    [
        (
            says({"errorCode": "ERR_NGROK_206", "msg": f"no key {PLANTED}"}, 401),
            b"(ERR_NGROK_206): no key ***",
        ),
        (says({"msg": "no"}, 403), b"AI Gateway API key"),
        (says({"msg": "not here"}, 404), b"Check the address"),
        (Says(200, b"<html>"), b"not JSON"),
        (Says(302, b"", {"Location": "http://127.0.0.1:1/"}), b"redirect"),
        (says({"data": {}}), b"/data: expected a list, found an object"),
        (says(answer()), b"no active built-in model"),
    ],
)
def test_an_account_that_gives_no_catalogue_is_exit_2(migrator: Run, said: Says, expected: bytes) -> None:
    with serving(said) as api:
        done = ask(migrator, api, "--debug")
    assert done.returncode == 2
    assert done.stdout == b""
    assert expected in done.stderr


@pytest.mark.parametrize("url", ["http://api.example.com", "api.example.com", f"https://{PLANTED}@127.0.0.1"])
def test_an_address_that_no_key_goes_to_is_exit_2(migrator: Run, url: str) -> None:
    done = ask(migrator, Api([], url))
    assert done.returncode == 2
    assert b"https://HOST" in done.stderr


@pytest.mark.parametrize("key", [f"{PLANTED} ", f"{PLANTED}\r", f"sch\u00fc{PLANTED}"])
def test_a_key_that_cannot_be_sent_is_exit_2(migrator: Run, key: str) -> None:
    with serving(says(LIVE)) as api:
        done = ask(migrator, api, AI_GATEWAY_API_KEY=key)
    assert done.returncode == 2
    assert api.asked == []


def test_without_live_nothing_is_asked_and_httpx_stays_out(tmp_path: Path, repository: Path) -> None:
    name = write(tmp_path, "new.json")
    code = (
        "import sys\n"
        "from migrator.cli.main import cli\n"
        "from migrator.cli.run import run\n"
        f"code = run(cli, ['convert', 'p.yaml', '--catalog', {name!r}, '--fail-on', 'never'])\n"
        "sys.exit(code or 'httpx' in sys.modules)"
    )
    with serving() as api:
        done = subprocess.run(
            [sys.executable, "-c", code],
            cwd=tmp_path,
            capture_output=True,
            check=False,
            env={
                **os.environ,
                "PYTHONPATH": str(repository),
                "MIGRATOR_API_URL": api.url,
                "AI_GATEWAY_API_KEY": PLANTED,
            },
        )
    assert done.returncode == 0, done.stderr
    assert api.asked == []


def test_the_documentation_knows_the_option(repository: Path) -> None:
    commands = (repository / "docs" / "commands.md").read_text(encoding="utf-8")
    assert "--catalog FILE" in commands
    assert "--api-url URL" in commands
