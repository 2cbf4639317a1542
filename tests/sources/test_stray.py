"""An action that was not read is told, however often the file names those that were."""

from __future__ import annotations

import base64

import pytest

from migrator.sources.inputs import Input
from migrator.sources.read import read

POLICY = (
    '{"on_http_request": [{"actions": [{"type": "ai-gateway", "config": '
    '{"providers": [{"id": "openai", "api_keys": [{"value": "KEY"}]}]}}]}]}'
)
REFERENCE = POLICY.replace("KEY", "${OPENAI_API_KEY}")
APOSTROPHE = POLICY.replace("KEY", "sk-it''s-made-up-0099")
"""A credential that is not written as it reads: every word of its string is masked in the text."""

AGENT = "version: 3\nendpoints:\n"
FIRST = "  - url: https://a.example.com\n    traffic_policy: "
SECOND = "  - url: https://b.example.com\n    traffic_policy: *p\n"
READ = "{on_http_request: [{actions: [{type: ai-gateway, config: {}}]}]}"
STRAY = "extra:\n  - type: ai-gateway\n    config: {}\n"


def told(text: str) -> list[int]:
    """The lines of actions in unknown places."""
    file = read(Input("a.yaml", "a", text.encode()))
    assert file is not None
    assert file.policies
    return [one.at.span.line for one in file.findings if one.code == "R007" and one.at is not None]


@pytest.mark.parametrize(
    "text",
    [
        f"{AGENT}{FIRST}{READ}\n",
        f"{AGENT}{FIRST}&p {READ}\n{SECOND}",
        f"{AGENT}{FIRST}&p '{REFERENCE}'\n{SECOND}",
        f"{AGENT}{FIRST}&p |\n      {POLICY}\n{SECOND}",
        f"{AGENT}{FIRST}'{APOSTROPHE}'\n",
    ],
    ids=["tree", "tree twice", "string twice", "block twice", "string masked as a whole"],
)
def test_an_action_beside_those_that_were_read_is_told(text: str) -> None:
    assert told(text) == []
    assert told(text + STRAY) == [text.count("\n") + 2]


def test_an_action_in_a_string_that_is_masked_as_a_whole_is_told() -> None:
    assert told(f"{AGENT}{FIRST}{READ}\nextra: '{APOSTROPHE}'\n") == [5]


@pytest.mark.parametrize(
    "more, lines",
    [
        ("more: *a\n", [9]),
        ("more:\n  one: *a\n  two: *p\n", [10, 11]),
        ("more:\n  - *a\n  - {three: *a}\n", [10, 11]),
        ("more: {<<: *e}\n", [9]),
        ("more: {one: &other [x], two: *other}\n", []),
    ],
)
def test_an_action_that_an_alias_repeats_in_another_place_is_told(more: str, lines: list[int]) -> None:
    text = (
        f"x-base: &x {{type: deny}}\n{AGENT}  - &e\n    url: https://a.example.com\n    traffic_policy: &p\n"
    )
    text += "      on_http_request: [{actions: [*x, &a {type: ai-gateway, config: {}}]}]\n"
    text += "  - {url: https://b.example.com, traffic_policy: *p}\n"
    assert told(text + more) == lines


def test_where_an_anchor_stands_is_no_place_of_its_own() -> None:
    text = f"{AGENT}  - {{url: https://a.example.com, traffic_policy: {{on_http_request: [{{actions: [*a]}}]}}}}\n"
    assert told(f"x-action: &a {{type: ai-gateway, config: {{}}}}\n{text}") == []
    assert told(f"x-one: {{x-action: &a {{type: ai-gateway, config: {{}}}}, x-two: *a}}\n{text}") == [1]


@pytest.mark.parametrize(
    "text, lines",
    [
        ("kind: TrafficPolicy\nspec: {}\nstatus:\n  policy: POLICY\n", []),
        ("kind: TrafficPolicyList\nitems:\n  - spec: {}\n    status: {policy: POLICY}\n", []),
        ("kind: TrafficPolicy\nmetadata: {annotations: {x/last-applied-configuration: 'POLICY'}}\n", []),
        ("kind: Pod\nmetadata:\n  annotations:\n    status: 'POLICY'\n", [4]),
        ("chart:\n  http_status: POLICY\n  status: POLICY\n", [2, 3]),
        ("kind: Event\nmetadata: {}\ninvolvedObject: {}\nmessage: 'POLICY'\n", []),
        ("kind: Event\nmetadata: {}\nregarding: {}\nnote: 'POLICY'\nseries: 'POLICY'\n", [5]),
        ("message: 'POLICY'\nnote: 'POLICY'\n", [1, 2]),
        ("kind: X\nspec: {versions: [{schema: {openAPIV3Schema: {default: POLICY}}}]}\n", []),
    ],
    ids=[
        "status",
        "item of a list",
        "applied",
        "annotation",
        "no object",
        "event",
        "new event",
        "no event",
        "schema",
    ],
)
def test_only_objects_of_kubernetes_repeat_themselves(text: str, lines: list[int]) -> None:
    file = read(Input("a.yaml", "a", text.replace("POLICY", REFERENCE).encode()))
    assert file is not None
    assert [one.at.span.line for one in file.findings if one.at is not None] == lines


@pytest.mark.parametrize("before", ["", " ", "  "])
@pytest.mark.parametrize("key", ["data: {policy.json: %s}", "binaryData:\n  policy.json: |\n    %s"])
def test_a_policy_in_base64_is_told(before: str, key: str) -> None:
    held = base64.b64encode(f"{before}{REFERENCE}\n".encode()).decode()
    file = read(Input("a.yaml", "a", f"kind: Secret\nmetadata: {{}}\n{key % held}\n".encode()))
    assert file is not None
    assert [one.code for one in file.findings] == ["R007"]


@pytest.mark.parametrize("held", ["an ai-gateway", "type: deny", "type: ai-gatewax"])
def test_what_else_is_in_base64_is_not_told(held: str) -> None:
    encoded = base64.b64encode(held.encode()).decode()
    file = read(Input("a.yaml", "a", f"kind: ConfigMap\ndata: {{a: {encoded}}}\n".encode()))
    assert file is not None
    assert file.findings == ()


def test_a_policy_in_a_secret_that_a_script_makes_is_told() -> None:
    manifest = f"kind: Secret\napiVersion: v1\nstringData:\n  policy.json: '{REFERENCE}'\n"
    file = read(Input("a.sh", "a", f"kubectl apply -f - <<'E'\n{manifest}E\n".encode()))
    assert file is not None
    assert [(one.code, one.at and one.at.span.line) for one in file.findings] == [("R007", 5)]


SCRIPT = "set -e\ncat > p.yml <<'E'\non_http_request:\n  - type: ai-gateway\nE\nngrok http 80 --url a: b\n"


@pytest.mark.parametrize(
    "lines, code",
    [
        (SCRIPT, "R007"),
        (f"# a comment\n\n{SCRIPT}", "R007"),
        ("# a comment\non_http_request:\n  - type: ai-gateway\n   config: {}\n", "R003"),
        ('{"on_http_request": [{"type": "ai-gateway"}\n', "R003"),
        ("- type: ai-gateway\n config: {}\n", "R003"),
    ],
    ids=["script", "script with comments", "policy", "json", "list"],
)
def test_a_script_that_stands_in_a_file_is_no_broken_policy(lines: str, code: str) -> None:
    block = "".join(f"      {line}" for line in lines.splitlines(keepends=True))
    file = read(Input("a.yaml", "a", f"deploy:\n  script:\n    - |\n{block}".encode()))
    assert file is not None
    assert [(one.code, one.at and one.at.span.line) for one in file.findings] == [(code, 3)]


@pytest.mark.parametrize(
    "text",
    [
        f"x: &word ai-gateway\n{AGENT}{FIRST}{READ}\n".replace("type: ai-gateway", "type: *word"),
        f"{AGENT}{FIRST}{READ}\n".replace("type: ai-gateway", "type: &word ai-gateway"),
    ],
    ids=["anchored elsewhere", "anchored in an action that was read"],
)
def test_a_word_that_an_action_shares_with_one_that_was_read_is_told(text: str) -> None:
    assert told(text) == []
    assert told(f"{text}extra:\n  - type: *word\n    config: {{}}\n")


@pytest.mark.parametrize("action", ["*a", "{<<: *a, name: n}"])
def test_what_an_action_that_was_read_is_made_of_is_not_told(action: str) -> None:
    base = "x: &a {type: ai-gateway, config: {}}\n"
    assert told(f"{base}{AGENT}{FIRST}{{on_http_request: [{{actions: [{action}]}}]}}\n") == []


BASE = f"{AGENT}{FIRST}{{on_http_request: [{{actions: [&a {{type: ai-gateway, config: {{}}}}]}}]}}\n"


@pytest.mark.parametrize(
    "text, lines",
    [
        (BASE, []),
        (BASE + "extra:\n  - <<: *a\n    config: {providers: []}\n", [6]),
        (BASE + "extra:\n  - <<: *a\n", [6]),
        (BASE + "extra: *a\n", [5]),
        (
            f"x: &a {{type: ai-gateway}}\n{AGENT}{FIRST}{READ}\n".replace("{type: ai-gateway, ", "{<<: *a, "),
            [],
        ),
        (
            f"x: &a {{type: ai-gateway}}\ny: &b {{<<: *a}}\n{AGENT}{FIRST}{READ}\n".replace(
                "{type: ai-gateway, ", "{<<: *b, "
            ),
            [],
        ),
    ],
    ids=["none", "merged and changed", "merged", "repeated", "template", "template of a template"],
)
def test_what_merges_an_action_is_told_unless_it_is_one(text: str, lines: list[int]) -> None:
    assert told(text) == lines


def test_an_action_in_code_that_a_string_holds_is_told() -> None:
    """As in the JSON of Terraform, whose strings are expressions."""
    code = '{"actions": "${jsonencode([{type = \\"ai-gateway\\"}])}"}'
    file = read(Input("a.tf.json", "a", code.encode()))
    assert file is not None
    assert [one.code for one in file.findings] == ["R007"]
