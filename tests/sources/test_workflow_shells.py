"""Steps of workflows in other shells than a POSIX one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from migrator.sources.hosts.literal import Literal, PolicyFileNamed
from migrator.sources.hosts.powershell import found_in_powershell
from migrator.sources.inputs import Input
from migrator.sources.model import FileRead
from migrator.sources.read import read

POLICY = """\
on_http_request:
  - actions:
      - type: ai-gateway
        config: {providers: [{id: openai, api_keys: [{value: KEY}]}]}
"""
PIECES = (
    *("@'\n", "\n'@", '@"\n', '\n"@', "'", '"', "''", "`", '`"', "$", "$env:KEY", "${a}", "${{ a.b }}", "$(x)", "#", "<#", "#>"),
    *("\n", " ", "a", "--traffic-policy-file ", "p.yml", "--url https://a.example.com "),
)  # fmt: skip


def step(script: str, shell: str = "pwsh", job: str = "") -> FileRead:
    lines = "".join(f"          {line}\n" for line in script.splitlines())
    kind = f"        shell: {shell}\n" if shell else ""
    text = f"jobs:\n  one:\n{job}    steps:\n      - run: |\n{lines}{kind}"
    file = read(Input("w.yml", "w.yml", text.encode()))
    assert file is not None
    return file


def found(file: FileRead) -> tuple[int, list[str]]:
    return len([one for one in file.policies if one.policy.gateways()]), [one.code for one in file.findings]


@pytest.mark.parametrize(
    "script, expected",
    [
        (f"@'\n{POLICY.replace('KEY', '$KEY')}'@ | Set-Content p.yml\nngrok http 80 --traffic-policy-file p.yml", (1, [])),
        (f'$p = @"\n{POLICY.replace("KEY", "$env:KEY")}"@\n', (1, ["R015"])),
        (f'$p = @"\n{POLICY.replace("KEY", "${{ secrets.KEY }}")}"@\n', (1, ["R015"])),
        ("$p = '{\"on_http_request\": [{\"actions\": [{\"type\": \"ai-gateway\"}]}]}'", (1, [])),
        ('$p = "on_http_request: [{actions: [{type: `"ai-gateway`"}]}]"', (1, [])),
        ("$p = @{ type = 'ai-gateway' } | ConvertTo-Json", (0, ["R014"])),
        ("# it's the ai-gateway\n<# 'ai-gateway'\n#>\nWrite-Host \"no ai-gateway\"", (0, ["R017"])),
    ],
)  # fmt: skip
def test_powershell_is_read_as_such(script: str, expected: tuple[int, list[str]]) -> None:
    assert found(step(script)) == expected


def test_a_file_that_a_step_names_is_referred_to() -> None:
    file = step("ngrok http 80 --url https://a.example.com --traffic-policy-file conf/p.yml")
    (one,) = file.references
    assert (one.target, one.endpoint.url) == ("conf/p.yml", "https://a.example.com")


@pytest.mark.parametrize(
    "shell, job, expected",
    [
        ("pwsh", "", 1),
        ("powershell.exe -command", "", 1),
        ("nix develop -c /usr/bin/pwsh -Command", "", 1),
        ("nix develop -c bash -e", "", 0),
        ("", "    defaults: {run: {shell: pwsh}}\n", 1),
        ("", "    runs-on: windows-latest\n", 1),
        ("", "    runs-on: [windows-2022]\n", 1),
        ("bash", "    runs-on: windows-latest\n", 0),
        ("", "    runs-on: ubuntu-latest\n", 0),
    ],
)
def test_the_shell_of_a_step_is_its_own_or_that_of_its_job(shell: str, job: str, expected: int) -> None:
    file = step(f"@'\n{POLICY.replace('KEY', '$KEY')}'@ | Set-Content p.yml", shell, job)
    assert found(file)[0] == expected
    assert (found(file)[1] == []) == bool(expected)


def test_python_is_read_as_such_and_another_shell_is_told() -> None:
    assert found(step(f'print("""\n{POLICY.replace("KEY", "$KEY")}""")', "python")) == (1, [])
    assert found(step("echo type: ai-gateway", "cmd")) == (0, ["R014"])
    assert found(step("echo type", "cmd")) == (0, [])


def test_a_policy_of_a_here_string_is_taken_out_where_it_stands() -> None:
    file = step(f"@'\n{POLICY.replace('KEY', '$KEY')}'@ | Set-Content p.yml")
    assert file.host is not None
    assert len(file.host.strings) == 1


@given(st.lists(st.sampled_from(PIECES), max_size=30).map("".join))
def test_pieces_are_where_they_say(text: str) -> None:
    for one in found_in_powershell(text):
        if isinstance(one, Literal | PolicyFileNamed):
            assert 0 <= one.start <= one.end <= len(text)
        for piece in one.pieces if isinstance(one, Literal) else ():
            assert isinstance(one, Literal)
            assert one.start < piece.start <= piece.end < one.end
            assert (
                not piece.verbatim
                or text[piece.start : piece.end] == piece.text
                or piece.text.startswith("${")
            )
