from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from migrator.apply.model import Plan
from migrator.apply.ownership import Observed
from migrator.apply.plan import make_plan
from migrator.apply.secret_command import Refusal, SecretCommand, secret_command
from migrator.apply.secret_file import read_secrets_file
from migrator.apply.secrets import SecretsMissingError, SecretSources, needed_secrets, resolve_secrets
from migrator.errors import UsageError
from migrator.manifest import SecretUse
from migrator.secrets import Secret
from tests.apply.world import applied, manifest
from tests.manifest.small import SMALL
from tests.properties.effort import examples

MADE_UP = "made-up-sk-0123456789abcdef"

MORE = SMALL.replace(
    "accessKeyConfigurations:\n",
    """\
  - ref: anthropic-main  # policies/c.yaml:3
    body:
      providerId: anthropic
      name: anthropic/main
      value: {$secret: {env: ANTHROPIC_MAIN}}
  - ref: openai-again
    body:
      providerId: openai
      name: openai/again
      value: {$secret: {env: OPENAI_PRIMARY, vault: openai, name: primary}}
accessKeyConfigurations:
""",
    1,
)


def everything() -> Plan:
    return make_plan(manifest(MORE), Observed({}, {}))


def from_environment(values: Mapping[str, str]) -> SecretSources:
    return SecretSources(values)


def private(path: Path, text: str | bytes) -> Path:
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    path.chmod(0o600)
    return path


def revealed(values: Mapping[str, Secret]) -> dict[str, str]:
    return {name: value.reveal() for name, value in values.items()}


# ------------------------------------------------------------------------------------- what is needed


def test_what_is_created_or_rotated_is_needed_and_nothing_else() -> None:
    assert [(one.env, one.addresses, one.places) for one in needed_secrets(everything())] == [
        ("ANTHROPIC_MAIN", ("providerKeys/anthropic-main",), ("m.yaml:21", "policies/c.yaml:3")),
        (
            "OPENAI_PRIMARY",
            ("providerKeys/openai-primary", "providerKeys/openai-again"),
            ("m.yaml:12", "policies/a.yaml:25, policies/b.yaml:9", "m.yaml:26"),
        ),
    ]
    assert needed_secrets(make_plan(manifest(), applied(manifest()))) == ()
    rotated = make_plan(manifest(), applied(manifest()), rotate=["openai-primary"])
    assert [one.env for one in needed_secrets(rotated)] == ["OPENAI_PRIMARY"]
    renamed = SMALL.replace("name: openai/primary", "name: other")
    assert needed_secrets(make_plan(manifest(renamed), applied(manifest()))) == ()


def test_all_missing_are_told_at_once_with_where_they_are_used() -> None:
    with pytest.raises(SecretsMissingError) as caught:
        resolve_secrets(needed_secrets(everything()), from_environment({"ANTHROPIC_MAIN": ""}))
    assert caught.value.message == "2 of 2 needed secrets cannot be had; nothing was changed"
    assert caught.value.details == (
        "ANTHROPIC_MAIN is empty: for providerKeys/anthropic-main (m.yaml:21; policies/c.yaml:3)",
        (
            "OPENAI_PRIMARY is not set: for providerKeys/openai-primary, providerKeys/openai-again "
            "(m.yaml:12; policies/a.yaml:25, policies/b.yaml:9; m.yaml:26)"
        ),
    )
    with pytest.raises(SecretsMissingError) as caught:
        resolve_secrets(needed_secrets(everything()), from_environment({"ANTHROPIC_MAIN": MADE_UP}))
    assert len(caught.value.details) == 1
    assert MADE_UP not in f"{caught.value.message}{caught.value.details}"


def test_the_file_comes_first_then_the_environment_then_the_command(tmp_path: Path) -> None:
    file = private(tmp_path / "secrets.env", "ANTHROPIC_MAIN=from-file\nOPENAI_PRIMARY=\n")
    command = secret_command("printf %s from-command")
    for environment, expected in (
        ({"OPENAI_PRIMARY": "from-environment", "ANTHROPIC_MAIN": "x"}, "from-environment"),
        ({}, "from-command"),
    ):
        values = resolve_secrets(needed_secrets(everything()), SecretSources(environment, file, command))
        assert revealed(values) == {"ANTHROPIC_MAIN": "from-file", "OPENAI_PRIMARY": expected}


@pytest.mark.parametrize(
    "written, words",
    [
        (" \t ", "is empty but for white space"),
        (f"{MADE_UP}\n", "begins or ends with a line break"),
        (f"{MADE_UP}\r\n", "begins or ends with a line break"),
        (f"\n{MADE_UP}", "begins or ends with a line break"),
        (f"{MADE_UP}\udcff", "is no text"),
        (f"{MADE_UP}\0", "is no text"),
    ],
)
def test_a_value_that_no_provider_could_take_is_not_stored(written: str, words: str, tmp_path: Path) -> None:
    sources = [from_environment({"ANTHROPIC_MAIN": written, "OPENAI_PRIMARY": "a\nb"})]
    if written.isprintable() or "\n" in written:
        file = private(tmp_path / "s.json", json.dumps({"ANTHROPIC_MAIN": written, "OPENAI_PRIMARY": "x"}))
        sources.append(SecretSources({}, file))
    for source in sources:
        with pytest.raises(SecretsMissingError) as caught:
            resolve_secrets(needed_secrets(everything()), source)
        (line,) = caught.value.details
        assert line.startswith(f"ANTHROPIC_MAIN {words}")
        assert MADE_UP not in line


def test_no_core_is_dumped_from_then_on() -> None:
    import resource

    resolve_secrets((), from_environment({}))
    assert resource.getrlimit(resource.RLIMIT_CORE)[0] == 0


def test_sources_do_not_show_what_they_hold() -> None:
    assert MADE_UP not in repr(from_environment({"A": MADE_UP}))


# ------------------------------------------------------------------------------------- files


DOTENV = {
    "plain": ("A=x\n", "x"),
    "exported": ("export A=x", "x"),
    "single quotes": ("A='x y#$z'", "x y#$z"),
    "double quotes": ('A="x \\"y\\""', 'x "y"'),
    "a quote within": ("A='it'\\''s'", "it's"),
    "a comment behind": ("A=x # y", "x"),
    "a hash within": ("A=x#y", "x#y"),
    "a hash at the start of a comment": ("A= # x", ""),
    "a hash in front": ("A='#x'", "#x"),
    "what a double quote keeps": ('A="\\x\\\\"', "\\x\\"),
    "an equals sign": ("A=x=y==", "x=y=="),
    "nothing": ("A=", ""),
    "nothing in quotes": ("A=''", ""),
    "other lines": ("# A=z\n\n  \nB=y\r\nA=x\r\n", "x"),
    "a byte order mark": ("\ufeffA=x", "x"),
    "an escaped dollar": ("A=x\\$y", "x$y"),
}


@pytest.mark.parametrize("case", DOTENV.values(), ids=DOTENV.keys())
def test_dotenv_is_read_as_a_shell_reads_it(tmp_path: Path, case: tuple[str, str]) -> None:
    text, expected = case
    assert read_secrets_file(private(tmp_path / "secrets.env", text))["A"].reveal() == expected


@examples(25)
@given(written=st.text(st.sampled_from("aZ9 #'\"\\$`;&|<>()~*?[]{}!=-_.:/\t"), max_size=8))
def test_a_value_that_is_taken_is_what_a_shell_takes(written: str) -> None:
    with TemporaryDirectory() as folder:
        file = private(Path(folder) / "secrets.env", f"A={written}\n")
        try:
            value = read_secrets_file(file)["A"].reveal()
        except UsageError:
            return
        shell = ["/bin/sh", "-c", '. "$1"; printf "%s" "$A"', "sh", str(file)]
        assert subprocess.run(shell, capture_output=True, check=True).stdout.decode() == value


@pytest.mark.parametrize(
    "text, words",
    [
        ("A", "expected NAME=VALUE"),
        ("A =x", "expected NAME=VALUE"),
        ("1A=x", "expected NAME=VALUE"),
        ("A= x", "not one word that"),
        ("A=x y", "not one word that"),
        ("A='x", "not one word that"),
        ("A=$HOME", "not one word that"),
        ("A=`id`", "not one word that"),
        ('A="x$y"', "not one word that"),
        ("A=x;y", "not one word that"),
        ("A=x&", "not one word that"),
        ("A=(x)", "not one word that"),
        ('A="x', "not one word that"),
        ("A=x\\", "not one word that"),
        ("A=x\nA=y", "second time"),
        (b"\xff\xfeA", "UTF-8"),
        (b"A=x\0", "NUL"),
    ],
)
def test_dotenv_that_a_shell_would_read_otherwise_is_refused(
    tmp_path: Path, text: str | bytes, words: str
) -> None:
    data = text if isinstance(text, bytes) else f"# {MADE_UP}\n{text.replace('x', MADE_UP)}\n".encode()
    with pytest.raises(UsageError) as caught:
        read_secrets_file(private(tmp_path / "secrets.env", data))
    assert words in caught.value.message
    assert "secrets.env" in caught.value.message
    assert MADE_UP not in f"{caught.value.message}{caught.value.remedy}"


def test_yaml_is_read_as_text(tmp_path: Path) -> None:
    text = "A: x\nB: 0123\nC: 1e5\nD: 'a: b'\nE: yes\nF:\n"
    values = revealed(read_secrets_file(private(tmp_path / "secrets.yaml", text)))
    assert values == {"A": "x", "B": "0123", "C": "1e5", "D": "a: b", "E": "yes", "F": ""}
    assert revealed(read_secrets_file(private(tmp_path / "s.json", '{"A": "x"}'))) == {"A": "x"}
    assert read_secrets_file(private(tmp_path / "s.yml", "# nothing\n")) == {}


@pytest.mark.parametrize(
    "text, words",
    [
        (f"- {MADE_UP}", "one mapping"),
        (f"A: [{MADE_UP}]", "secrets.yaml:1: expected a text"),
        (f"A: {MADE_UP}\nA: {MADE_UP}", "second time"),
        (f"A: '{MADE_UP}", "quote"),
        (f"A: x\n---\nB: {MADE_UP}", "one mapping"),
    ],
)
def test_yaml_that_is_no_list_of_names_is_refused(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(UsageError) as caught:
        read_secrets_file(private(tmp_path / "secrets.yaml", text))
    assert words in caught.value.message
    assert MADE_UP not in f"{caught.value.message}{caught.value.remedy}"


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o660, 0o620, 0o601])
def test_a_file_that_others_may_touch_is_not_read(tmp_path: Path, mode: int) -> None:
    file = private(tmp_path / "secrets.env", f"A={MADE_UP}")
    file.chmod(mode)
    with pytest.raises(UsageError) as caught:
        read_secrets_file(file)
    assert f"{mode:04o}" in caught.value.message
    assert "chmod 600" in caught.value.remedy


def test_what_cannot_be_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such file"):
        read_secrets_file(tmp_path / "none.env")
    with pytest.raises(UsageError, match="directory"):
        read_secrets_file(tmp_path)
    with pytest.raises(UsageError, match="larger than"):
        read_secrets_file(private(tmp_path / "large.env", "A=x\n" * 300_000))


def test_a_pipe_is_read(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe, 0o600)
    if os.fork() == 0:
        pipe.write_text(f"A={MADE_UP}\n")
        os._exit(0)
    assert read_secrets_file(pipe)["A"].reveal() == MADE_UP
    os.wait()


# ------------------------------------------------------------------------------------- commands


USE = SecretUse("OPENAI_PRIMARY", "openai", "primary")


def python(program: str, *words: str, timeout: float = 10) -> SecretCommand:
    return SecretCommand((sys.executable, "-c", program, *words), timeout)


def test_a_command_gets_the_reference_in_its_words_and_its_environment() -> None:
    asked = python(
        "import sys; print(sys.argv[1:])", "op://{vault}/{name}/x", "{env}", "{other}", "{vault}{vault}"
    )
    value = asked.value(USE)
    assert isinstance(value, Secret)
    assert value.reveal() == "['op://openai/primary/x', 'OPENAI_PRIMARY', '{other}', 'openaiopenai']"
    program = "import os; print([os.environ['MIGRATOR_SECRET_' + n] for n in ('ENV', 'VAULT', 'NAME')])"
    value = python(program).value(SecretUse("A", None, "n"))
    assert isinstance(value, Secret)
    assert value.reveal() == "['A', '', 'n']"


def test_what_a_name_holds_is_neither_shell_nor_placeholder_nor_option() -> None:
    hostile = SecretUse("A", "$(id); {name}`x`'\"", "{vault}")
    value = python("import sys; print(sys.argv[1])", "{vault}|{name}").value(hostile)
    assert isinstance(value, Secret)
    assert value.reveal() == "$(id); {name}`x`'\"|{vault}"
    refusal = python("print(1)", "{name}").value(SecretUse("A", "v", "--output=/etc/x"))
    assert isinstance(refusal, Refusal)
    assert "an option" in refusal.reason


def test_the_keys_of_the_account_are_withheld(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AI_GATEWAY_API_KEY", MADE_UP)
    monkeypatch.setenv("KEPT", "kept")
    value = python("import os; print(os.environ.get('AI_GATEWAY_API_KEY'), os.environ['KEPT'])").value(USE)
    assert isinstance(value, Secret)
    assert value.reveal() == "None kept"


@pytest.mark.parametrize(
    "printed, expected",
    [
        ("x\n", "x"),
        ("x\r\n", "x"),
        ("x\n\n", "x\n"),
        ("x", "x"),
        (" x ", " x "),
        ("-----BEGIN\nx\n", "-----BEGIN\nx"),
        ("x\r", "x\r"),
    ],
)
def test_one_line_end_is_taken_off(printed: str, expected: str) -> None:
    value = python(f"import sys; sys.stdout.buffer.write({printed.encode()!r})").value(USE)
    assert isinstance(value, Secret)
    assert value.reveal() == expected


@pytest.mark.parametrize(
    "program, words",
    [
        (f"import sys; print('{MADE_UP}'); sys.exit(3)", "exit status 3"),
        (f"import os; print('{MADE_UP}', flush=True); os.kill(os.getpid(), 9)", "signal 9"),
        ("pass", "is empty"),
        ("print(' ')", "is empty"),
        ("import sys; sys.stdout.buffer.write(b'\\xff')", "UTF-8"),
        ("print('x' * 100_000)", "more than 65536 bytes"),
        ("while True: print('x' * 1000)", "more than 65536 bytes"),
    ],
)
def test_what_a_command_does_wrong_is_told_without_what_it_printed(program: str, words: str) -> None:
    refusal = python(program).value(USE)
    assert isinstance(refusal, Refusal)
    assert words in refusal.reason
    assert MADE_UP not in refusal.reason


@pytest.mark.parametrize(
    "program",
    ["import time; time.sleep(60)", "import os, time; os.close(1); time.sleep(60)", "while True: pass"],
)
def test_a_command_that_does_not_end_is_ended(program: str) -> None:
    began = time.monotonic()
    refusal = python(program, timeout=0.3).value(USE)
    assert isinstance(refusal, Refusal)
    assert "within 0.3 seconds" in refusal.reason
    assert time.monotonic() - began < 10


def test_a_command_that_does_not_exist_is_told() -> None:
    refusal = SecretCommand(("/nonexistent/command",)).value(USE)
    assert isinstance(refusal, Refusal)
    assert "no such file" in refusal.reason


def test_a_command_is_parted_into_words_as_a_shell_does() -> None:
    assert secret_command("op read 'op://{vault}/a b'").words == ("op", "read", "op://{vault}/a b")
    for text in ("", "  ", "op 'read"):
        with pytest.raises(UsageError, match="no command"):
            secret_command(text)


def test_a_failing_command_is_one_of_the_missing() -> None:
    program = "import sys; sys.exit(sys.argv[1] == 'ANTHROPIC_MAIN') or print(sys.argv[1])"
    command = secret_command(f"{shlex.quote(sys.executable)} -c {shlex.quote(program)} {{env}}")
    with pytest.raises(SecretsMissingError) as caught:
        resolve_secrets(needed_secrets(everything()), SecretSources({}, None, command))
    assert [line.partition(":")[0] for line in caught.value.details] == [
        "ANTHROPIC_MAIN could not be had",
        "OPENAI_PRIMARY is empty, as the command prints it",
    ]
