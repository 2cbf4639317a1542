from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from msgspec.structs import replace

from migrator.errors import InternalError
from migrator.merge.model import Migration
from migrator.render.secrets_env import needed_secrets, secrets_env
from migrator.target.state import SecretReference
from tests.render.conftest import LITERAL, OPENAI, SUPPLIED, Named
from tests.render.hostile import HOSTILE


def test_each_secret_is_listed_once_with_all_its_places(migration: Migration) -> None:
    needed = {secret.env: secret for secret in needed_secrets(migration)}
    assert list(needed) == sorted(needed) == [LITERAL, OPENAI, SUPPLIED]
    assert needed[OPENAI].providers == ("openai", "vLLM")
    assert [at.span.line for at in needed[OPENAI].origins] == [33, 22, 30]


@pytest.mark.parametrize(
    "reference, source",
    [
        (SecretReference("A", "v", "n"), "secret n of the vault v"),
        (SecretReference("A", None, "n"), "secret n"),
        (SecretReference("A", "v"), "secret v"),
        (SecretReference("LITERAL_A__L1"), "a credential that was written into the policy"),
        (SecretReference("SUPPLY_A__L1"), "a provider key that the policy never had"),
    ],
)
def test_each_kind_of_secret_says_what_it_is(
    migration: Migration, reference: SecretReference, source: str
) -> None:
    key = replace(migration.state.provider_keys[0], value=reference)
    only = Migration(replace(migration.state, provider_keys=(key,)))
    assert needed_secrets(only)[0].source.startswith(source)


def test_a_name_that_no_shell_takes_is_a_broken_promise(migration: Migration) -> None:
    key = replace(migration.state.provider_keys[0], value=SecretReference("A;id"))
    with pytest.raises(InternalError, match="no name for an environment variable"):
        secrets_env(Migration(replace(migration.state, provider_keys=(key,))))


@pytest.mark.parametrize("text", HOSTILE)
def test_a_shell_loads_the_file_whatever_the_comments_say(named: Named, text: str, tmp_path: Path) -> None:
    filled = secrets_env(named(text)).replace(f"\n{OPENAI}=\n", f"\n{OPENAI}='made up'\n")
    (tmp_path / "secrets.env").write_text(filled, encoding="utf-8")
    script = f"set -eua; . ./secrets.env; set +a; env -u PWD; printf '[%s]' \"${LITERAL}\""
    answer = subprocess.run(
        ["/bin/sh", "-c", script],
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        check=True,
        encoding="utf-8",
    )
    variables = {line.partition("=")[0] for line in answer.stdout.splitlines() if "=" in line}
    assert (
        {LITERAL, OPENAI, SUPPLIED}
        <= variables
        <= {LITERAL, OPENAI, SUPPLIED, "PATH", "_", "OLDPWD", "SHLVL"}
    )
    assert f"{OPENAI}=made up\n" in answer.stdout
    assert answer.stdout.endswith("[]")
