"""Policies in programs and scripts: what the host says once the action's lines are gone."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterable
from itertools import chain
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from migrator.patch import Block, lines_of
from migrator.report.json_report import visible_data
from migrator.residual.hosts import host_change
from migrator.residual.leave import leave
from migrator.residual.residual import residual
from migrator.secrets import has_mask
from migrator.sources.hosts.hcl_tree import Source
from migrator.sources.kept import kept_file
from migrator.sources.model import FileRead
from migrator.tree.load import load
from migrator.tree.nodes import to_python
from tests.properties import hcl, policies, writing
from tests.properties.effort import shown
from tests.residual.files import name
from tests.sources.hosts import ENCODED, HOSTS, POLICY, Host, read_text
from tests.sources.hosts import policies as found_in
from tests.sources.test_hosts_properties import ODD_IN_HCL, fits

PLACEHOLDER = re.compile(r"REPLACE_WITH_[A-Z0-9_]+")
NOTE = {"actions": [{"type": "log", "config": {"metadata": {"note": "was ai-gateway", "to": "'${x}'"}}}]}
"""A rule that stays, and lets the file be read again: one that does not name the action is not looked into."""


def applied(text: str, changes: Iterable[Block]) -> str:
    lines, done, out = lines_of(text), 0, ""
    for block in sorted(changes):
        out += "".join((*lines[done : block.first], *block.lines))
        done = block.last
    return out + "".join(lines[done:])


def after(file: FileRead, text: str) -> str | None:
    """A host's text after the change; None where there is none."""
    made = host_change(file, name)
    return None if made.change is None else applied(text, chain(*made.change.groups))


def trees(file: FileRead) -> list[Any]:
    """Every policy as data, credentials as asterisks: a residual file has a placeholder where a host keeps its own."""
    seen = [visible_data(to_python(found.policy.root.node)) for found in file.policies]
    return [json.loads(PLACEHOLDER.sub("***", json.dumps(one, default=str))) for one in seen]


def hidden(written: Any, masked: Any) -> set[str]:
    """What of a policy as it was written reading masks."""
    if isinstance(written, dict) and isinstance(masked, dict):
        return {
            text
            for one, other in zip(written.values(), masked.values(), strict=True)
            for text in hidden(one, other)
        }
    if isinstance(written, list) and isinstance(masked, list):
        return {text for one, other in zip(written, masked, strict=True) for text in hidden(one, other)}
    return {str(written)} if isinstance(masked, str) and has_mask(masked) else set()


def alike(host: Any, file: Any, keys: set[str]) -> bool:
    """Whether two trees say the same, but for ``keys`` that were used as such only in the action: a host keeps them."""
    if isinstance(host, dict) and isinstance(file, dict):
        return host.keys() == file.keys() and all(alike(host[key], file[key], keys) for key in host)
    if isinstance(host, list) and isinstance(file, list):
        return len(host) == len(file) and all(
            alike(one, other, keys) for one, other in zip(host, file, strict=True)
        )
    return bool(host == file) or (file == "***" and host in keys)


def noted(data: policies.Data) -> policies.Data:
    """A policy with the rule that stays."""
    assume(isinstance(data, dict) and isinstance(data.get("on_http_request"), list))
    assert isinstance(data, dict)
    assume(data.get("enabled") is not False)
    return {**data, "on_http_request": [*data["on_http_request"], NOTE]}


@pytest.mark.parametrize("host", HOSTS, ids=[host.name for host in HOSTS])
@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    max_examples=12,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)
@given(written=writing.texts(policies.clean().map(noted)))
def test_what_is_left_is_read_as_the_policy_without_the_action(
    tmp_path: Path, host: Host, written: writing.Written
) -> None:
    text = written.text.removeprefix("\ufeff")
    assume("ai-gateway" in text)
    assume(fits(host, text))
    check_what_is_left(tmp_path, host, host.write(text), "p.json" if written.json else "p.yaml", text)


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    max_examples=40,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)
@given(data=policies.clean().map(noted), random=st.randoms(use_true_random=False))
def test_what_is_left_of_an_object_is_the_policy_without_the_action(
    tmp_path: Path, data: policies.Data, random: Random
) -> None:
    text = hcl.written(data, random)
    assume("ai-gateway" in text)
    assume(not ODD_IN_HCL.search(text))
    hosted = ENCODED.write(text)
    check_what_is_left(tmp_path, ENCODED, hosted, "p.json", json.dumps(data))
    assert not Source((tmp_path / ENCODED.path).read_text()).root.has_error


def check_what_is_left(tmp_path: Path, host: Host, hosted: str, path: str, text: str) -> None:
    """What a patch leaves of a host says what is left of the same policy as a file of its own."""
    shown(hosted)
    file = read_text(host.path, hosted)
    assume(found_in(file))
    alone = read_text(path, text)
    left = residual(alone, name)
    assert left is not None
    (tmp_path / host.path).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / host.path).write_bytes(hosted.encode())
    made = leave([kept_file(file, whole=True)])
    if not made.patch:
        assert [found.code for found in made.findings if found.code == "W004"]
        return
    git = ["git", "apply", "--whitespace=nowarn", "-"]
    subprocess.run(git, input=made.patch.encode(), cwd=tmp_path, check=True)
    again = read_text(host.path, (tmp_path / host.path).read_bytes())
    kept = len([found for found in made.findings if found.code == "W004"])
    assert bool(found_in(again)) == bool(kept)
    if not kept:
        unmasked = load(text).documents[0].root
        assert unmasked is not None
        keys = hidden(to_python(unmasked), to_python(alone.policies[0].policy.root.node))
        assert alike(trees(again), trees(read_text(path, left.text)), keys)


@pytest.mark.parametrize("host", HOSTS, ids=[host.name for host in HOSTS])
def test_a_policy_of_lines_is_taken_out_of_every_host(host: Host) -> None:
    text = POLICY + "  - actions:\n      - type: deny\n        config: {status_code: 451}\n"
    hosted = host.write(text)
    changed = after(read_text(host.path, hosted), hosted)
    assert changed == host.write(
        "on_http_request:\n  - actions:\n      - type: deny\n        config: {status_code: 451}\n"
    ) or (host.name == "java strings" and changed is not None and "ai-gateway" not in changed)


@pytest.mark.parametrize(
    "path,text,expected",
    [
        (
            "a.mjs",
            'p = \'{"on_http_request": [{"type": "ai-gateway"},\' + // one\n  \'{"type": "deny"}]}\';\n',
            'p = \'{"on_http_request": [\' + // one\n  \'{"type": "deny"}]}\';\n',
        ),
        (
            "a.py",
            'import textwrap\np = textwrap.dedent("""\n    on_http_request:\n\n      - type: ai-gateway\n      # kept\n\n      - type: deny""")\n',
            'import textwrap\np = textwrap.dedent("""\n    on_http_request:\n\n      # kept\n\n      - type: deny""")\n',
        ),
        (
            "a.sh",
            "cat > p.yaml <<-'E'\n\ton_http_request:\n\t  - type: deny\n\t  - type: ai-gateway\n\t    config: {}\n\tE\n",
            "cat > p.yaml <<-'E'\n\ton_http_request:\n\t  - type: deny\n\tE\n",
        ),
        (
            "a.java",
            'class A { String p = """\n    on_http_request:\n      - type: deny\n      - type: ai-gateway"""; }\n',
            'class A { String p = """\n    on_http_request:\n      - type: deny\n    """; }\n',
        ),
        (
            "a.sh",
            "cat > p.yaml <<E\r\non_http_request:\r\n  - type: ai-gateway\r\n  - type: deny\r\nE\r\n",
            "cat > p.yaml <<E\r\non_http_request:\r\n  - type: deny\r\nE\r\n",
        ),
        (
            "a.sh",
            'ngrok http 80 --traffic-policy "\non_http_request:\n  - type: ai-gateway\n    config: {body: {k: $KEY}}\n"\n',
            'ngrok http 80 --traffic-policy "\non_http_request: []\n"\n',
        ),
    ],
)
def test_lines_go_and_the_host_stays(path: str, text: str, expected: str) -> None:
    assert after(read_text(path, text), text) == expected


@pytest.mark.parametrize(
    "path,text",
    [
        ("a.go", 'p := fmt.Sprintf("on_http_request:\\n  - type: ai-gateway\\n    config: {body: {k: %s}}\\n", k)\n'),
        ("a.py", 'p = "on_http_request:\\n  - type: ai-gateway\\n    config: {body: {k: " + k + "}}\\n"\n'),
        ("a.rs", 'let p = format!("on_http_request:\\n  - type: ai-gateway\\n    config: {{body: {{k: {k}}}}}\\n");\n'),
        ("a.js", 'p = \'{"providers": [{"id": "openai"}]} # ai-gateway\';\nngrok.forward({traffic_policy: p});\n'),
        ("a.sh", "curl -d '{\"traffic_policy\": \"on_http_request:\\n  - type: ai-gateway\\n\"}' https://api.ngrok.com/endpoints\n"),
    ],
)  # fmt: skip
def test_what_would_have_to_be_written_anew_is_left_to_people(path: str, text: str) -> None:
    file = read_text(path, text)
    made = host_change(file, name)
    assert made.change is None
    assert len(made.left) == len(found_in(file))


def test_two_policies_of_a_host_go_each_by_itself() -> None:
    text = f"package a\n\nconst a = `{POLICY}`\nconst b = `{POLICY}`\n"
    made = host_change(read_text("a.go", text), name)
    assert made.change is not None
    assert len(made.change.groups) == 2
    assert made.left == ()
    assert "ai-gateway" not in applied(text, chain(*made.change.groups))


def test_a_host_is_known_around_its_policies_alone() -> None:
    secret = "hunter2hunter2"
    far = f'const other = "{secret}"\n' + "// nothing\n" * 5
    near = f'const apiKey = "{secret}"\n'
    file = read_text("a.go", f"package a\n{far}{near}const p = `{POLICY}`\n{near}{far}")
    assert file.host is not None
    assert secret not in file.host.text
    assert "ai-gateway" in file.host.text
    assert "const p" in file.host.text
    assert replace(file, host=None).text is None


def test_a_workflow_keeps_its_carriage_returns() -> None:
    heredoc = f"cat > p.yml <<'E'\n{POLICY}E\n"
    block = "".join(f"          {line}" for line in heredoc.splitlines(keepends=True))
    text = f"jobs:\n  a:\n    env:\n      P: |\n{block[: block.index('cat')]}x\n    steps:\n      - run: |\n{block}"
    windows = text.replace("\n", "\r\n")
    made = after(read_text(".github/workflows/a.yml", text), text)
    assert made is not None
    assert "on_http_request: []\n" in made
    assert after(read_text(".github/workflows/a.yml", windows), windows) == made.replace("\n", "\r\n")
