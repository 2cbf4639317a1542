"""A credential in a host is in nothing that reading hands on, wherever it stands."""

from __future__ import annotations

import json
import pickle

import pytest

from migrator.api import Input, convert
from tests.sources.hosts import ENCODED, HOSTS, Host, read_text

KEY = "made-up-secret-key-1"
OTHER = "sk-made-up-secret-2-0123456789"
AROUND = "made-up-secret-around-3"
COMMENT = "made-up-secret-comment-4"
SECRETS = (KEY, OTHER, AROUND, COMMENT)

_PROVIDER = {"id": "openai", "api_keys": [{"value": KEY}, {"value": OTHER}]}
_ACTION = {"type": "ai-gateway", "config": {"providers": [_PROVIDER]}}
TEXT = json.dumps({"on_http_request": [{"actions": [_ACTION]}]}, indent=1)

SURROUNDINGS = {
    ".tf": f'# {COMMENT}\nvariable "token" {{\n  default = "{AROUND}"\n}}\n%s\n',
    ".sh": f"export TOKEN={AROUND} # {COMMENT}\n%s\necho {OTHER}\n",
    ".bash": f"# {COMMENT}\ncurl -H 'Authorization: Bearer {AROUND}'\n%s\n",
    ".yml": f"# {COMMENT}\n%s\n    env: {{TOKEN: {AROUND}}}\n",
    ".py": f"# {COMMENT}\nTOKEN = '{AROUND}'\n%s\n",
    ".mjs": f"// {COMMENT}\nconst token = '{AROUND}';\n%s\n",
    ".ts": f"/* {COMMENT} */ const token = '{AROUND}';\n%s\n",
    ".go": f"// {COMMENT}\nconst token = `{AROUND}`\n%s\n",
    ".rs": f'// {COMMENT}\nlet token = "{AROUND}";\n%s\n',
    ".java": f'// {COMMENT}\nString token = "{AROUND}";\n%s\n',
}


RESOURCE = f"""resource "ngrok_cloud_endpoint" "a" {{
  metadata = "{{\\"password\\": \\"{KEY}\\"}}"
  description = "Bearer {OTHER}"
  traffic_policy = file("p.yaml")
}}
"""


def around(host: Host) -> str:
    suffix = host.path[host.path.rindex(".") :]
    return SURROUNDINGS[suffix].replace("%s", host.write(TEXT))


def everything(path: str, text: str) -> str:
    """All that comes out of a file."""
    file = read_text(path, text)
    result = convert([Input(path, path, text.encode())])
    parts = [
        repr(file),
        pickle.dumps(file).decode("utf-8", "replace"),
        repr([(found, found.text, found.advice) for found in result.findings]),
        result.json(),
        result.curl(),
        *(result.report(form) for form in ("text", "markdown")),
    ]
    return "\n".join(parts)


@pytest.mark.parametrize("host", [*HOSTS, ENCODED], ids=[host.name for host in (*HOSTS, ENCODED)])
def test_nothing_shows_a_credential(host: Host) -> None:
    text = around(host)
    shown = everything(host.path, text)
    assert [secret for secret in SECRETS if secret in shown] == []
    file = read_text(host.path, text)
    assert [found.code for found in file.findings if found.code == "R011"] == ["R011", "R011"]
    assert len({spot.ordinal for spot in file.credentials}) == len(file.credentials)
    assert file.text is None


@pytest.mark.parametrize(
    "path, text",
    [
        ("a.py", f"P = '''\non_http_request:\n  - type: ai-gateway\n    config: {{a: [{KEY}\n'''\n"),
        ("a.py", f"P = f'''{{{KEY!r}}}\non_http_request:\n  - type: ai-gateway\n'''\n"),
        ("a.sh", f"cat <<EOF\ntype: ai-gateway {KEY}\n"),
        ("a.sh", f"ngrok http 80 --url https://a:{AROUND}@a.example.com --traffic-policy-file 'p.yaml'\n"),
        ("a.sh", f"ngrok http 80 --traffic-policy-file /{OTHER}/p.yaml\n"),
        (
            "a.sh",
            f'ngrok http 80 --url a.example.com --metadata \'{{"token": "{KEY}"}}\' --traffic-policy-file p.yaml\n',
        ),
        ("a.js", f"const p = `ai-gateway ${{'{KEY}'}} {AROUND}\n"),
        ("a.tf", f'x = "ai-gateway"\ny = <<E\n{KEY}\n'),
        (
            "a.tf",
            RESOURCE,
        ),
        ("a.yml", f"jobs:\n  a:\n    steps:\n      - run: |\n          echo 'ai-gateway {KEY}\n"),
    ],
)
def test_nothing_shows_a_credential_of_what_cannot_be_read(path: str, text: str) -> None:
    shown = everything(path, text)
    assert [secret for secret in SECRETS if secret in shown] == []


def test_one_credential_in_two_strings_is_one() -> None:
    provider = f"{{id: openai, api_keys: [{{value: {KEY}}}]}}"
    policy = f"on_http_request: [{{type: ai-gateway, config: {{providers: [{provider}]}}}}]"
    file = read_text("a.go", f"const a = `{policy}`\nconst b = `{policy}`\n")
    assert len(file.policies) == 2
    assert len({spot.ordinal for spot in file.credentials}) == 1
