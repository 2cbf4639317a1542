"""The script, run by real shells against a server on this machine."""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from migrator.merge.model import Migration
from migrator.render.calls import calls
from migrator.render.curl import curl_script
from migrator.render.document import manifest
from migrator.target.bodies import metadata_text
from tests.render.conftest import LITERAL, OPENAI, SUPPLIED, Named
from tests.render.control_plane import ControlPlane, control_plane
from tests.render.hostile import HOSTILE

needs_programs = pytest.mark.skipif(
    not (shutil.which("jq") and shutil.which("curl")), reason="runs the script, which needs jq and curl"
)
SHELLS = [
    [path, *more] for name, *more in (["sh"], ["dash"], ["bash", "--posix"]) if (path := shutil.which(name))
]

API_KEY = 'made-up-api-key-"\\-1'
SECRETS = {
    OPENAI: "made-up $openai 'key' \\ \"1\"",
    LITERAL: "made-up-literal-2",
    SUPPLIED: "made-up-supplied-é-3",
}
TOKEN = "ng-made-up-g1-"


@dataclass
class Runner:
    """Runs the script in its own folder with an environment that has nothing but what it needs."""

    plane: ControlPlane
    folder: Path

    def __call__(
        self,
        migration: Migration,
        *options: str,
        shell: tuple[str, ...] = ("/bin/sh",),
        variables: Mapping[str, str | None] | None = None,
        **more: str | None,
    ) -> subprocess.CompletedProcess[str]:
        script = self.folder / "apply.sh"
        script.write_text(curl_script(migration), encoding="utf-8")
        environment = {
            "PATH": f"{self.folder / 'bin'}:{os.environ['PATH']}",
            "TMPDIR": str(self.folder / "tmp"),
            "MIGRATOR_API_URL": self.plane.url,
            "AI_GATEWAY_API_KEY": API_KEY,
            **SECRETS,
            **(variables or {}),
            **more,
        }
        return subprocess.run(
            [*shell, *options, str(script)],
            cwd=self.folder,
            env={name: value for name, value in environment.items() if value is not None},
            capture_output=True,
            check=False,
            encoding="utf-8",
            timeout=60,
        )

    @property
    def tokens(self) -> Path:
        return self.folder / "access-key-tokens.jsonl"


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Runner]:
    (tmp_path / "tmp").mkdir()
    (tmp_path / "bin").mkdir()
    with control_plane() as plane:
        yield Runner(plane, tmp_path)


def resolved(value: Any, ids: dict[str, str]) -> Any:
    """A body of the manifest as the server has to get it."""
    match value:
        case {"$ref": ref}:
            return ids[ref]
        case {"$secret": {"env": env}}:
            return SECRETS[env]
        case dict():
            return {key: resolved(member, ids) for key, member in value.items()}
        case list():
            return [resolved(member, ids) for member in value]
        case _:
            return value


def expected(migration: Migration) -> list[tuple[str, Any]]:
    """Path and body of every POST, ids as the server gives them."""
    ids: dict[str, str] = {}
    counts: dict[str, int] = {}
    prefixes = {
        "providers": "aigp",
        "providerKeys": "aigpk",
        "accessKeyConfigurations": "aigac",
        "accessKeys": "aigk",
    }
    made = []
    for call in calls(migration):
        if call.method == "POST":
            member = call.ref.partition("/")[0]
            counts[member] = counts.get(member, 0) + 1
            made.append((call.path, resolved(call.body, ids)))
            ids[call.ref] = f"{prefixes[member]}_{counts[member]}"
    return made


@pytest.mark.parametrize("shell", SHELLS, ids=lambda shell: Path(shell[0]).name)
@needs_programs
def test_it_creates_what_the_manifest_says(run: Runner, migration: Migration, shell: list[str]) -> None:
    answer = run(migration, shell=tuple(shell))
    assert (answer.returncode, answer.stderr) == (0, "")
    assert [(request.path, request.body) for request in run.plane.sent("POST")] == expected(migration)
    assert {request.authorization for request in run.plane.requests} == {f"Bearer {API_KEY}"}
    assert "providerKeys/openai-primary aigpk_3\n" in answer.stdout


@needs_programs
def test_each_token_is_kept_in_a_file_that_only_its_owner_reads(run: Runner, migration: Migration) -> None:
    run.tokens.touch(0o644)
    answer = run(migration)
    lines = [json.loads(line) for line in run.tokens.read_text().splitlines()]
    assert lines == [
        {"ref": f"accessKeys/{ref}", "id": f"aigk_{number}", "token": f"{TOKEN}aigk_{number}"}
        for number, ref in enumerate(("ai.example.com--default", "b--bob", "b--eve"), start=1)
    ]
    assert stat.S_IMODE(run.tokens.stat().st_mode) == 0o600
    assert TOKEN not in answer.stdout


@needs_programs
def test_a_token_is_kept_before_the_next_key_is_created(run: Runner, migration: Migration) -> None:
    run.plane.most = 1
    answer = run(migration)
    assert answer.returncode == 1
    assert answer.stderr == "apply.sh: accessKeys/b--bob: HTTP 503, the answer is no JSON\n"
    assert len(run.tokens.read_text().splitlines()) == 1


@needs_programs
def test_account_settings_change_only_with_leave(run: Runner, migration: Migration) -> None:
    answer = run(migration)
    assert run.plane.sent("PATCH") == []
    assert "gatewayConfig skipped: set MIGRATOR_ALLOW_ACCOUNT_SETTINGS=1" in answer.stdout
    answer = run(migration, MIGRATOR_FORCE="1", MIGRATOR_ALLOW_ACCOUNT_SETTINGS="1")
    assert answer.returncode == 0
    assert [(each.path, each.body) for each in run.plane.sent("PATCH")] == [
        ("/gateway-config", {"totalTimeout": "2m30s", "maxInputTokens": 8000})
    ]


@needs_programs
@pytest.mark.parametrize(
    "text", ["\n".join(HOSTILE), "".join(reversed(HOSTILE)), "END_OF_BODY\n", "'", "\"'`id`$(id)${HOME}\\"]
)
def test_no_text_of_a_policy_gets_out_of_its_quotes(run: Runner, named: Named, text: str) -> None:
    migration = named(text)
    assert_checks(curl_script(migration))
    answer = run(migration, MIGRATOR_ALLOW_ACCOUNT_SETTINGS="1")
    assert (answer.returncode, answer.stderr) == (0, "")
    assert [(request.path, request.body) for request in run.plane.sent("POST")] == expected(migration)
    assert [request.body for request in run.plane.sent("PATCH")] == [
        manifest(migration)["gatewayConfig"]["body"]
    ]


@needs_programs
def test_a_body_may_be_larger_than_an_argument_of_a_command(run: Runner, migration: Migration) -> None:
    state = migration.state
    models = tuple(
        replace(state.providers[0].models[0], model_id=f"model-{number:05}") for number in range(8000)
    )
    big = replace(migration, state=replace(state, providers=(replace(state.providers[0], models=models),)))
    answer = run(big)
    assert (answer.returncode, answer.stderr) == (0, "")
    assert len(run.plane.sent("POST")[0].body["models"]) == 8000


@needs_programs
def test_nothing_secret_is_an_argument_or_in_a_trace(run: Runner, migration: Migration) -> None:
    log = run.folder / "arguments"
    for program in ("curl", "jq", "cat", "rm", "mktemp", "chmod"):
        spy = run.folder / "bin" / program
        spy.write_text(
            f'#!/bin/sh\nprintf "%s\\n" {program} "$@" >>"{log}"\nexec {shutil.which(program)} "$@"\n'
        )
        spy.chmod(0o755)
    answer = run(migration, "-x")
    assert answer.returncode == 0
    spoken = log.read_text() + answer.stdout + answer.stderr
    assert "Content-Type" in spoken
    assert all("made-up" in secret for secret in (API_KEY, TOKEN, *SECRETS.values()))
    assert "made-up" not in spoken


@needs_programs
def test_nothing_is_left_in_the_temporary_folder(run: Runner, migration: Migration) -> None:
    run.plane.refuse["POST", "/access-keys"] = (500, b"{}")
    assert run(migration).returncode == 1
    assert list((run.folder / "tmp").iterdir()) == []


@needs_programs
def test_everything_missing_is_named_before_the_first_call(run: Runner, migration: Migration) -> None:
    answer = run(migration, OPENAI_PRIMARY=None, LITERAL_OLLAMA_B_1__L0A1B2C3D="", AI_GATEWAY_API_KEY=None)
    literal = "a credential that was written into the policy: create a new one, the old one is in files"
    primary = "secret primary of the vault openai"
    assert answer.returncode == 1
    assert answer.stderr.splitlines() == [
        "AI_GATEWAY_API_KEY is not set: an AI Gateway API key of the account",
        f"{LITERAL} is not set: {literal}; policies/b.yaml:8",
        f"{OPENAI} is not set: {primary}; policies/a.yaml:33, policies/b.yaml:22, policies/b.yaml:30",
        "apply.sh: 3 missing; nothing was created",
    ]
    assert run.plane.requests == []


@pytest.mark.parametrize("program", ["curl", "jq"])
def test_a_missing_program_is_named(run: Runner, migration: Migration, program: str) -> None:
    for other in {"curl", "jq"} - {program}:
        (run.folder / "bin" / other).symlink_to("/bin/true")
    answer = run(migration, PATH=str(run.folder / "bin"))
    assert answer.returncode == 1
    assert (
        answer.stderr
        == f"{program} is not set: install this program\napply.sh: 1 missing; nothing was created\n"
    )


@needs_programs
@pytest.mark.parametrize(
    "name, value",
    [
        ("AI_GATEWAY_API_KEY", "two\nlines"),
        ("AI_GATEWAY_API_KEY", "a blank"),
        ("AI_GATEWAY_API_KEY", "fremdß"),
        (OPENAI, "line\n"),
        (OPENAI, "tab\t"),
        (OPENAI, os.fsdecode(b"\xff\xfe")),
    ],
)
def test_a_value_that_would_break_a_header_is_refused(
    run: Runner, migration: Migration, name: str, value: str
) -> None:
    answer = run(migration, variables={name: value})
    assert answer.returncode == 1
    assert answer.stderr.endswith(f"foreign character: {name}\n")
    assert value not in answer.stderr
    assert run.plane.requests == []


@needs_programs
@pytest.mark.parametrize(
    "url",
    [
        "http://api.ngrok.ai",
        "ftp://x",
        "api.ngrok.ai",
        "https://",
        "https://a b",
        "http://127.0.0.1:1@evil.example",
        "https://x\n",
    ],
)
def test_the_api_key_goes_to_https_only(run: Runner, migration: Migration, url: str) -> None:
    answer = run(migration, MIGRATOR_API_URL=url)
    assert answer.returncode == 1
    assert "MIGRATOR_API_URL" in answer.stderr


@needs_programs
@pytest.mark.parametrize("tokens", ["missing/tokens", "tmp", "/dev/null", "/dev/full"])
def test_it_does_not_start_where_tokens_cannot_be_kept(
    run: Runner, migration: Migration, tokens: str
) -> None:
    answer = run(migration, MIGRATOR_TOKENS=tokens)
    assert answer.returncode == 1
    assert answer.stderr.startswith(f"apply.sh: {tokens} ")
    assert run.plane.requests == []


@needs_programs
@pytest.mark.parametrize(
    "path", ["/providers", "/provider-keys", "/access-key-configurations", "/access-keys"]
)
def test_it_does_not_run_twice(run: Runner, migration: Migration, path: str) -> None:
    run.plane.page_size = 2
    run.plane.objects[path] = [
        {"id": "x_1"},
        {"id": "x_2", "metadata": "no json"},
        {"id": "x_3", "metadata": '{"migrator": "other"}'},
        {"id": "x_4", "metadata": metadata_text({}, "another", "ollama")},
        {"id": "x_5", "metadata": metadata_text({"own": 1}, "default", "ollama")},
    ]
    answer = run(migration)
    assert answer.returncode == 1
    assert " x_5 ollama" in answer.stderr
    assert not any(f"x_{number}" in answer.stderr for number in range(1, 5))
    assert run.plane.sent("POST") == []


@needs_programs
def test_objects_of_another_migration_are_no_hindrance(run: Runner, migration: Migration) -> None:
    run.plane.objects["/providers"] = [{"id": "x", "metadata": metadata_text({}, "another", "ollama")}]
    assert run(migration).returncode == 0


@needs_programs
def test_a_next_page_elsewhere_is_not_asked_for(run: Runner, migration: Migration) -> None:
    run.plane.objects["/providers"] = [{"id": "x_1"}, {"id": "x_2"}]
    run.plane.page_size = 1
    for elsewhere in ("http://127.0.0.1:1/providers", f"{run.plane.url}.evil.example/", "providers?x"):
        run.plane.next_page = elsewhere
        answer = run(migration)
        assert answer.stderr == "apply.sh: /providers: the next page is said to be on another server\n"
    run.plane.next_page = "/providers?beforeId=1"
    assert run(migration).returncode == 0


@needs_programs
def test_a_list_of_another_shape_is_no_proof_that_nothing_exists(run: Runner, migration: Migration) -> None:
    run.plane.refuse["GET", "/providers"] = (200, b'{"renamed": []}')
    answer = run(migration)
    assert answer.returncode == 1
    assert answer.stderr.endswith("/providers: the answer is not the list that was expected\n")


@needs_programs
@pytest.mark.parametrize(
    "status, body, said",
    [
        (
            400,
            {"errorCode": "ERR_NGROK_27712", "statusCode": 400, "msg": "providerId taken", "details": {}},
            "HTTP 400, ERR_NGROK_27712: providerId taken",
        ),
        (401, {"msg": "no"}, "HTTP 401, no error code: no"),
        (500, {}, "HTTP 500, no error code: no message"),
        (302, {"msg": "elsewhere"}, "HTTP 302, no error code: elsewhere"),
        (400, {"msg": f"bad {SECRETS[LITERAL]} and {API_KEY}"}, "HTTP 400, no error code: bad *** and ***"),
        (400, {"msg": json.dumps([SECRETS[OPENAI]])}, 'HTTP 400, no error code: ["***"]'),
        (400, {"msg": json.dumps([json.dumps(SECRETS[OPENAI])])}, r'HTTP 400, no error code: ["\"***\""]'),
        (400, {"msg": [SECRETS[OPENAI]]}, 'HTTP 400, no error code: ["***"]'),
        (400, {"msg": "\x1b[2J\n\x9b"}, "HTTP 400, no error code:  [2J  "),
        (502, None, "HTTP 502, no error code: no message"),
        (502, [], "HTTP 502, the answer is no JSON"),
    ],
)
def test_a_refusal_ends_it_with_ngroks_own_words(
    run: Runner, migration: Migration, status: int, body: Any, said: str
) -> None:
    data = b"" if body is None else json.dumps(body).encode()
    run.plane.refuse["POST", "/provider-keys"] = (status, data)
    answer = run(migration)
    assert answer.returncode == 1
    assert answer.stderr == f"apply.sh: providerKeys/anthropic.supplied: {said}\n"
    assert len(run.plane.sent("POST")) == 3


@needs_programs
def test_a_secret_that_begins_another_leaves_nothing_of_it(run: Runner, migration: Migration) -> None:
    body = json.dumps({"msg": f"bad {SECRETS[SUPPLIED]}, {API_KEY}"}).encode()
    run.plane.refuse["POST", "/provider-keys"] = (400, body)
    answer = run(migration, variables={LITERAL: "made-up", OPENAI: "made-up-api"})
    assert answer.stderr.endswith("HTTP 400, no error code: bad ***, ***\n")


@needs_programs
def test_no_answer_ends_it(run: Runner, migration: Migration) -> None:
    answer = run(migration, MIGRATOR_API_URL="http://127.0.0.1:1")
    assert answer.returncode == 1
    assert "apply.sh: /providers: no answer to GET" in answer.stderr


@needs_programs
@pytest.mark.parametrize(
    "member, said",
    [
        ("id", "providers/ollama: created, but the answer has no id"),
        ("token", "accessKeys/ai.example.com--default: its token could not be written to"),
    ],
)
def test_an_answer_without_what_is_needed_ends_it(
    run: Runner, migration: Migration, member: str, said: str
) -> None:
    run.plane.without = (member,)
    answer = run(migration)
    assert answer.returncode == 1
    assert said in answer.stderr


def test_a_migration_that_needs_nothing_says_so(run: Runner, empty: Migration) -> None:
    answer = run(empty, variables=dict.fromkeys(SECRETS))
    assert (answer.returncode, answer.stdout) == (0, "The migration needs nothing at ngrok.ai.\n")
    assert_checks(curl_script(empty))


def test_it_passes_the_checks_of_shells(migration: Migration) -> None:
    state = migration.state
    for each in (
        migration,
        replace(migration, state=replace(state, gateway_config=None)),
        replace(migration, state=replace(state, access_keys=())),
        replace(
            migration, state=replace(state, providers=(), provider_keys=(), configurations=(), access_keys=())
        ),
    ):
        assert_checks(curl_script(each))


def assert_checks(script: str) -> None:
    """``sh -n``, and shellcheck where it is installed."""
    for shell in SHELLS:
        subprocess.run([*shell, "-n"], input=script, encoding="utf-8", check=True)
    if shellcheck := shutil.which("shellcheck"):
        found = subprocess.run(
            [shellcheck, "-"], input=script, capture_output=True, check=False, encoding="utf-8"
        )
        assert found.stdout == ""
