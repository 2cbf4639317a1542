from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from migrator.apply.plan_file import read_plan
from tests.apply.applying import FILE, SECRETS
from tests.apply.applying import applied as apply_all
from tests.cli.conftest import Run
from tests.gatewayapi.account import KEY
from tests.gatewayapi.server import Gateway, gateway
from tests.manifest.small import SMALL

PLANTED: Final = (KEY, *SECRETS.values())


@pytest.fixture
def served() -> Iterator[Gateway]:
    with gateway() as played:
        yield played


def plan(
    migrator: Run, served: Gateway | None, *arguments: object, stdin: bytes | None = None, **environment: str
) -> tuple[int, str, str]:
    """Exit code, stdout, stderr. No secret is in either, even though the environment has them all."""
    where = () if served is None else ("--api-url", served.url)
    done: subprocess.CompletedProcess[bytes] = migrator(
        "plan", *where, *arguments, stdin=stdin, **{"AI_GATEWAY_API_KEY": KEY, **SECRETS, **environment}
    )
    out, said = done.stdout.decode(), done.stderr.decode()
    assert not any(one in out + said for one in PLANTED)
    assert "Traceback" not in said
    return done.returncode, out, said


def test_an_empty_account_gets_everything(migrator: Run, served: Gateway) -> None:
    code, out, said = plan(migrator, served, FILE)
    assert (code, said) == (0, "")
    assert out.splitlines()[-1].startswith("Plan: 18 to create, 0 to update, 0 to delete, 0 unchanged")
    assert "\x1b" not in out
    assert {call.method for call in served.calls} == {"GET"}


def test_what_was_applied_needs_nothing(migrator: Run, served: Gateway, tmp_path: Path) -> None:
    assert plan(migrator, served, FILE, "--detailed-exitcode")[0] == 2
    apply_all(served.url, tmp_path)
    code, out, _ = plan(migrator, served, FILE, "--detailed-exitcode")
    assert code == 0, out
    assert (
        out.splitlines()[-1]
        == "No changes: the account has everything that the manifest says (18 unchanged)."
    )


def test_an_account_that_lists_in_pages_is_read_whole(migrator: Run, served: Gateway, tmp_path: Path) -> None:
    apply_all(served.url, tmp_path)
    served.account.page = 2
    assert plan(migrator, served, FILE, "--detailed-exitcode")[0] == 0


def test_a_bundle_standard_input_and_the_json_document_are_manifests(
    migrator: Run, repository: Path, tmp_path: Path
) -> None:
    demo = repository / "fixtures/demo"
    assert migrator("convert", demo, "-o", "out", "--fail-on", "never").returncode == 0
    document = migrator("convert", demo, "--format", "json").stdout
    (tmp_path / "all.json").write_bytes(document)
    first = plan(migrator, None, "--offline", "out")
    assert first[1].splitlines()[-1] == "Plan: 21 to create, 0 to update, 0 to delete, 0 unchanged."
    assert plan(migrator, None, "--offline", "all.json")[1] == first[1]
    assert plan(migrator, None, "--offline", "-", stdin=document)[1] == first[1]


def test_offline_nobody_is_asked(migrator: Run, served: Gateway) -> None:
    code, out, _ = plan(migrator, served, FILE, "--offline", AI_GATEWAY_API_KEY="")
    assert code == 0
    assert "an account that has nothing of it" in out
    assert served.calls == []
    code, _, said = plan(migrator, served, FILE, "--offline", "--out", "plan.json")
    assert (code, "cannot be saved" in said) == (2, True)


def test_a_saved_plan_is_whole(migrator: Run, served: Gateway, tmp_path: Path) -> None:
    code, _, said = plan(migrator, served, FILE, "--out", "plan.json")
    assert code == 0
    assert "migrator apply plan.json" in said
    data = (tmp_path / "plan.json").read_bytes()
    assert len(read_plan(data, "plan.json").changes) == 18
    assert not any(one.encode() in data for one in PLANTED)
    code, _, said = plan(migrator, served, "plan.json")
    assert (code, "is a saved plan" in said) == (2, True)


def test_a_plan_that_cannot_be_applied_is_shown_and_not_saved(
    migrator: Run, served: Gateway, tmp_path: Path
) -> None:
    (tmp_path / "m.yaml").write_text(SMALL)
    served.account.add("/providers", providerId="ollama", name="mine", baseUrl="https://ollama.internal")
    code, out, _ = plan(migrator, served, "m.yaml", "--out", "plan.json")
    assert code == 1
    assert "cannot be done: aigp_" in out
    assert "migrator adopt takes it over" in out
    assert not (tmp_path / "plan.json").exists()


@pytest.mark.parametrize("detailed", [(), ("--detailed-exitcode",)])
def test_what_goes_wrong_ends_with_a_reason(
    migrator: Run, served: Gateway, tmp_path: Path, detailed: tuple[str, ...]
) -> None:
    failed = 1 if detailed else 2
    (tmp_path / "broken.yaml").write_text(
        SMALL.replace("allow: []", "allow:").replace("name: ollama", "name: 7")
    )
    for arguments, words in (
        (("none.yaml",), "no such file"),
        ((tmp_path,), "manifest.yaml could not be read"),
        (
            ("broken.yaml",),
            "broken.yaml:7: providers[0].body.name: expected text, found a number (1 more below)",
        ),
        ((FILE, "--rotate", "opnai-main"), "--rotate opnai-main"),
        ((FILE, "--prone"), "No such option"),
        ((), "Missing argument"),
    ):
        code, out, said = plan(migrator, served, *arguments, *detailed)
        assert (code, out) == (failed, "")
        assert words in said
    assert (
        "broken.yaml:30: accessKeyConfigurations[0].body.access.models: expected allow"
        in plan(migrator, served, "broken.yaml")[2]
    )
    code, out, said = plan(migrator, served, FILE, *detailed, AI_GATEWAY_API_KEY="aigw-made-up-wrong")
    assert (code, out, "answered 401" in said) == (failed, "", True)
    code, _, said = plan(migrator, None, FILE, "--api-url", "http://example.com", *detailed)
    assert (code, "not encrypted" in said) == (failed, True)
    code, _, said = plan(migrator, served, FILE, *detailed, AI_GATEWAY_API_KEY="")
    assert (code, "AI_GATEWAY_API_KEY" in said) == (failed, True)


def test_what_it_says_and_saves_is_the_same_every_time(
    migrator: Run, served: Gateway, tmp_path: Path
) -> None:
    made = []
    for seed, locale in (("1", "C"), ("2", "C.UTF-8")):
        code, out, _ = plan(
            migrator,
            served,
            FILE,
            "--rotate",
            "openai-main",
            "--out",
            f"{seed}.json",
            PYTHONHASHSEED=seed,
            LC_ALL=locale,
        )
        assert code == 0
        made.append((out, (tmp_path / f"{seed}.json").read_bytes()))
    assert made[0] == made[1]


def test_a_manifest_edited_after_it_was_applied_shows_what_differs(
    migrator: Run, served: Gateway, tmp_path: Path
) -> None:
    apply_all(served.url, tmp_path)
    text = FILE.read_text()
    edited = text.replace("providers: {allow: [anthropic]}", "providers: {allow: [anthropic, openai]}")
    assert edited != text
    (tmp_path / "m.yaml").write_text(edited)
    code, out, _ = plan(migrator, served, "m.yaml", "--detailed-exitcode")
    assert code == 2
    assert '      ~ access.providers.allow: 1 -> 2 entries\n          + "openai"\n' in out
    assert "      ! widens: access.providers: 1 entry more: openai\n" in out
    assert "--allow-widen" in out
    assert out.splitlines()[-1] == "Plan: 0 to create, 1 to update, 0 to delete, 17 unchanged."


def test_a_plan_does_not_replace_its_manifest(migrator: Run, served: Gateway, tmp_path: Path) -> None:
    file = tmp_path / "manifest.yaml"
    file.write_bytes(FILE.read_bytes())
    for given in (file, tmp_path):
        code, out, said = plan(migrator, served, given, "--out", file)
        assert (code, out) == (2, "")
        assert "would replace the manifest" in said
    assert file.read_bytes() == FILE.read_bytes()


@pytest.mark.parametrize("name", ["access-key-tokens.jsonl", "secrets.env", "other.json"])
def test_a_plan_replaces_a_plan_and_nothing_else(
    migrator: Run, served: Gateway, tmp_path: Path, name: str
) -> None:
    file, held = tmp_path / name, b'{"ref":"accessKeys/a","id":"aigk_1","name":"a","token":"made-up"}\n'
    file.write_bytes(held)
    code, out, said = plan(migrator, served, FILE, "--out", file)
    assert (code, out) == (2, "")
    assert f"would replace {file}, which is no saved plan" in said
    assert "--out plan.json" in said
    assert file.read_bytes() == held
    file.write_bytes(b"")
    for _ in range(2):
        assert plan(migrator, served, FILE, "--out", file)[0] == 0
        assert read_plan(file.read_bytes(), name).changes


def test_what_looks_like_a_credential_is_not_shown(migrator: Run, served: Gateway, tmp_path: Path) -> None:
    hidden = ("made-up-0123456789", "sk-ant-api03-made-up-made-up-made-up-made-up-0123456789")
    apply_all(served.url, tmp_path)
    mirror, azure, _ = served.account.live("/providers")
    mirror["baseUrl"] = f"https://mirror.example.com/v1?api_key={hidden[0]}"
    azure["name"] = f"Azure {hidden[1]}"
    code, out, said = plan(migrator, served, FILE)
    assert code == 0
    assert "baseUrl: " in out
    assert "***" in out
    assert not any(one in out + said for one in hidden)


PASSWORD: Final = f"made-up-pass-{'x' * 200}-word"
QUERY: Final = "made-up-query-0123456789"
NOTED: Final = "made-up-noted-word"


def mirrored(served: Gateway) -> dict[str, Any]:
    return next(each for each in served.account.live("/providers") if each["providerId"] == "mirror")


def written_into(served: Gateway, password: str = PASSWORD) -> None:
    """Somebody writes credentials into a provider, one longer than what is shown of a value."""
    mirror = mirrored(served)
    mirror["baseUrl"] = f"https://someone:{password}@mirror.example.com/v1?api_key={QUERY}"
    mirror["metadata"] = json.dumps({**json.loads(mirror["metadata"]), "password": NOTED})


def test_a_credential_is_not_shown_by_its_beginning_either(
    migrator: Run, served: Gateway, tmp_path: Path
) -> None:
    apply_all(served.url, tmp_path)
    written_into(served)
    _, out, said = plan(migrator, served, FILE)
    assert "https://***@mirror.example.com" in out
    assert not any(one in out + said for one in (PASSWORD[:20], QUERY, NOTED))


def test_a_saved_plan_has_no_credential_of_the_account_and_still_notices_another(
    migrator: Run, served: Gateway, tmp_path: Path
) -> None:
    apply_all(served.url, tmp_path)
    written_into(served)
    file = tmp_path / "plan.json"
    assert plan(migrator, served, FILE, "--out", file)[0] == 0
    assert file.stat().st_mode & 0o777 == 0o600
    assert not any(one in file.read_text() for one in (PASSWORD[:20], QUERY, NOTED))
    where = ("--api-url", served.url, "--allow-widen", "--yes", "--journal", tmp_path / "journal")
    written_into(served, "made-up-pass-other")
    stale = migrator("apply", *where, file, AI_GATEWAY_API_KEY=KEY)
    assert stale.returncode == 2
    line = next(line for line in stale.stderr.decode().splitlines() if "/baseUrl: was " in line)
    before, _, after = line.partition(", is ")
    assert before.partition(": was ")[2] != after
    assert "made-up" not in stale.stdout.decode() + stale.stderr.decode()
    written_into(served)
    done = migrator("apply", *where, file, AI_GATEWAY_API_KEY=KEY)
    assert done.returncode == 0, done.stderr
    assert "made-up" not in done.stdout.decode() + done.stderr.decode()
    assert mirrored(served)["baseUrl"] == "https://mirror.example.com/v1"
    assert NOTED in mirrored(served)["metadata"]
