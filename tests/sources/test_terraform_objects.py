"""Terraform: policies that are objects, and what of a policy is known only when Terraform runs."""

from __future__ import annotations

import time
from itertools import chain
from pathlib import Path

import pytest

from migrator.api import Input, convert
from migrator.residual.hosts import host_change
from migrator.sources.hosts.hcl_tree import Source
from migrator.sources.read import read
from tests.residual.files import name
from tests.residual.test_hosts import applied
from tests.sources.hosts import at, codes, read_text, scalars, with_files
from tests.sources.hosts import policies as found_in

BEGIN = 'resource "ngrok_cloud_endpoint" "a" {\n  url = "https://a.example.com"\n  traffic_policy = '


def endpoint(policy: str, before: str = "") -> str:
    return f"{before}{BEGIN}{policy}\n}}\n"


def left(text: str) -> str:
    """A file after its patch."""
    made = host_change(read_text("a.tf", text), name)
    assert made.left == ()
    assert made.change is not None
    changed = applied(text, chain(*made.change.groups))
    assert not Source(changed).root.has_error
    return changed


def values(text: str) -> dict[str, str]:
    """What a policy says, by what stands in the file for it."""
    (found,) = found_in(read_text("a.tf", text))
    return {at(text, location): value for value, location in scalars(found)}


@pytest.mark.parametrize(
    "written, value",
    [
        ('"openai"', "openai"),
        ('"a$${b}c"', "a${b}c"),
        (r'"say \"hi\" \\ \t"', 'say "hi" \\ \t'),
        ('"${var.who}-x"', "acme-x"),
        ("var.who", "acme"),
        ("local.who", "acme"),
        ("12", "12"),
        ("-1.5", "-1.5"),
        ("true", "true"),
        ("null", "null"),
        ('lookup({}, "x")', "$COMPUTED"),
    ],
)
def test_a_value_stands_where_it_is_written(written: str, value: str) -> None:
    before = 'variable "who" { default = "acme" }\nlocals { who = "acme" }\n'
    action = f'{{ type = "ai-gateway", config = {{ metadata = {{ "k": {written} }} }} }}'
    found = values(endpoint(f"jsonencode({{ on_http_request = [{action}] }})", before))
    assert found[written] == value


def test_what_a_local_holds_stands_in_the_local() -> None:
    before = 'locals {\n  gateway = {\n    type   = "ai-gateway"\n    config = { providers = [{ id = "openai" }] }\n  }\n}\n'
    text = endpoint("jsonencode({ on_http_request = [{ actions = [local.gateway] }] })", before)
    (found,) = found_in(read_text("a.tf", text))
    assert [location.span.line for value, location in scalars(found) if value == "openai"] == [4]


GATEWAY = '{ type = "ai-gateway" }'
DENY = '{ type = "deny" }'


@pytest.mark.parametrize(
    "policy, expected",
    [
        (
            f"jsonencode({{ on_http_request = [{GATEWAY}, {DENY}] }})",
            f"jsonencode({{ on_http_request = [{DENY}] }})",
        ),
        (
            f"yamlencode({{\n    on_http_request = [\n      {DENY}, # first\n      {GATEWAY}, // second\n    ]\n  }})",
            f"yamlencode({{\n    on_http_request = [\n      {DENY} # first\n    ]\n  }})",
        ),
        (
            f"jsonencode({{\n    on_http_request = [\n      {{ actions = [{GATEWAY}] }},\n      # the rest\n      {DENY},\n    ]\n  }})",
            f"jsonencode({{\n    on_http_request = [\n      # the rest\n      {DENY},\n    ]\n  }})",
        ),
        (
            f'jsonencode({{\n    "on_http_request" : [{{\n      name = "ai"\n      actions = [{GATEWAY}, {DENY}]\n    }}]\n  }})',
            f'jsonencode({{\n    "on_http_request" : [{{\n      name = "ai"\n      actions = [{DENY}]\n    }}]\n  }})',
        ),
        (f"jsonencode({{ on_http_request = [{GATEWAY}] }})", "jsonencode({ on_http_request = [] })"),
        (
            f"jsonencode({{\n    on_http_request = [\n      /* of\n      lines */ {GATEWAY}, # AI\n      {DENY},\n    ]\n  }})",
            f"jsonencode({{\n    on_http_request = [\n      {DENY},\n    ]\n  }})",
        ),
        (
            f"jsonencode({{\n    on_http_request /* of\n    = */ = /* lines\n    */ [ {DENY}, {GATEWAY} ]\n  }})",
            f"jsonencode({{\n    on_http_request /* of\n    = */ = /* lines\n    */ [ {DENY} ]\n  }})",
        ),
        (
            f"(jsonencode(({{ on_http_request = ([(({GATEWAY})), ({DENY})]) }})))",
            f"(jsonencode(({{ on_http_request = ([({DENY})]) }})))",
        ),
        (
            f'jsonencode({{\n    on_http_request = [\n      ( # AI\n        {{ type = ("ai-gateway") }}\n      ),\n      ({DENY}),\n    ]\n  }})',
            f"jsonencode({{\n    on_http_request = [\n      ({DENY}),\n    ]\n  }})",
        ),
    ],
)
def test_the_action_is_taken_out_of_an_object(policy: str, expected: str) -> None:
    assert left(endpoint(policy)) == endpoint(expected)


def test_a_local_that_others_name_stays_and_its_names_go() -> None:
    before = f"locals {{\n  gateway = {GATEWAY}\n}}\n"
    text = endpoint(f"jsonencode({{ on_http_request = [local.gateway, {DENY}] }})", before)
    assert left(text) == endpoint(f"jsonencode({{ on_http_request = [{DENY}] }})", before)


def test_a_policy_that_two_endpoints_share_is_changed_once() -> None:
    before = f"locals {{\n  policy = {{ on_http_request = [{GATEWAY}, {DENY}] }}\n}}\n"
    twice = endpoint("jsonencode(local.policy)", before) + endpoint("jsonencode(local.policy)").replace(
        '"a"', '"b"'
    )
    assert left(twice) == twice.replace(f"{GATEWAY}, ", "")


def test_a_credential_of_a_local_is_not_shown_beside_a_policy() -> None:
    key = "hunterhunterhunter"
    before = f'locals {{\n  gateway = {{ type = "ai-gateway", config = {{ providers = [{{ id = "openai", api_keys = [{{ value = "{key}" }}] }}] }} }}\n}}\n'
    file = read_text("a.tf", endpoint("jsonencode({ on_http_request = [local.gateway] })", before))
    assert file.host is not None
    assert key not in file.host.text


def check_nothing_leaks(text: str) -> None:
    """What is shown of a file has its action, and no word of a planted credential."""
    file = read_text("a.tf", text)
    assert file.host is not None
    assert GATEWAY in file.host.text
    assert "hunter" not in file.host.text


@pytest.mark.parametrize(
    "comment",
    [
        '# { id = "b", api_keys = [{ value = "sk-ant-api03-hunterhunterhunter" }] },',
        "// password: hunter2hunter",
        "/* token\n hunterhunter1 */",
    ],
)
def test_a_credential_in_a_comment_of_an_object_is_not_shown(comment: str) -> None:
    text = endpoint(
        f"jsonencode({{\n    on_http_request = [\n      {GATEWAY},\n\n\n      {DENY}, {comment}\n    ]\n  }})"
    )
    check_nothing_leaks(text)


@pytest.mark.parametrize(
    "config",
    [
        'merge(var.oauth, { client_secret = "hunterhunter" })',
        '{ for k in ["client_secret"] : k => "hunterhunter" }',
        '{ client_secret = var.on ? "hunterhunter" : "" }',
        "{ client_secret = false ? \"hunterhunter\" : \"$${secrets.get('a', 'b')}\" }",
        '{ client_secret = "${coalesce(var.secret, "hunterhunter")}" }',
        '{ client_secret = base64encode(\n"hunterhunter") }',
        "{ client_secret = chomp(<<EOT\nhunterhunter\nEOT\n) }",
        "{ client_secret = lookup(var.secrets, 1 /* was hunter2hunter */) }",
        "{ client_secret = (# was hunter2hunter\n\"$${secrets.get('a', 'b')}\") }",
    ],
)
def test_a_credential_in_an_expression_of_an_object_is_not_shown(config: str) -> None:
    action = f'{{ type = "oauth", config = {config} }}'
    text = endpoint(
        f"jsonencode({{\n    on_http_request = [\n      {GATEWAY},\n\n      {action},\n    ]\n  }})"
    )
    check_nothing_leaks(text)


def test_a_name_in_an_expression_is_shown() -> None:
    key = '"${var.keys["openai"]}"'
    action = f'{{ type = "oauth", config = {{ client_secret = {key} }} }}'
    file = read_text("a.tf", endpoint(f"jsonencode({{ on_http_request = [\n{GATEWAY},\n{action}] }})"))
    assert file.host is not None
    assert key in file.host.text


@pytest.mark.parametrize(
    "policy, code",
    [
        ("var.unknown", "R014"),
        ('"${var.unknown}"', "R014"),
        ("jsonencode(var.unknown)", "R014"),
        ("jsonencode({ on_http_request = var.unknown })", "R020"),
        ("jsonencode({ on_http_request = [var.unknown] })", "R020"),
        ("jsonencode({ on_http_request = [{ actions = var.unknown }] })", "R020"),
        ("jsonencode({ on_http_request = [{ actions = [var.unknown] }] })", "R020"),
        ("jsonencode({ on_http_request = [{ actions = [{ type = var.unknown }] }] })", "R020"),
        ('<<-EOT\n    on_http_request:\n      - ${indent(6, join("\\n", var.rules))}\n  EOT', "R020"),
        ("<<-EOT\n    ${var.phase}: []\n  EOT", "R020"),
    ],
)
def test_what_may_become_the_action_is_told(policy: str, code: str) -> None:
    assert codes(read_text("a.tf", endpoint(policy))) == [code]


@pytest.mark.parametrize(
    "policy",
    [
        'jsonencode({ on_http_request = [{ type = "deny", config = { status_code = var.unknown } }] })',
        "jsonencode({ on_tcp_connect = var.unknown })",
        "jsonencode({ on_http_request = [{ name = var.unknown, expressions = [var.unknown], actions = [] }] })",
    ],
)
def test_what_can_be_no_action_is_not(policy: str) -> None:
    assert codes(read_text("a.tf", endpoint(policy))) == []


@pytest.mark.parametrize(
    "policy, told",
    [
        (
            f"jsonencode({{ on_http_request = [{{ actions = var.on ? [{GATEWAY}] : [] }}] }})",
            f"[{GATEWAY}]",
        ),
        (
            f"var.on ? jsonencode({{ on_http_request = [{GATEWAY}] }}) : jsonencode({{}})",
            f"jsonencode({{ on_http_request = [{GATEWAY}] }})",
        ),
        ("jsonencode({ on_http_request = var.on ? local.rules : [] })", "local.rules"),
        (
            'jsonencode({ on_http_request = [{ type = var.on ? "ai-gateway" : "deny" }] })',
            '"ai-gateway"',
        ),
        (
            "<<EOT\non_http_request:\n  - type: ${var.on ? local.rules[0].type : local.deny}\nEOT",
            "local.rules[0].type",
        ),
        (f"var.on ? jsonencode({{ on_http_request = [{GATEWAY}] }}) : null", None),
        ("jsonencode(local.policies[var.stage])", "[var.stage]"),
        ('jsonencode(local.policies["${var.stage}"])', '["${var.stage}"]'),
        (f"jsonencode({{ on_http_request = var.on ? [{DENY}] : [] }})", ""),
    ],
)
def test_what_another_choice_of_a_variable_would_send_is_told(policy: str, told: str | None) -> None:
    before = f"""variable "on" {{
  default = false
}}
variable "stage" {{
  default = "dev"
}}
locals {{
  deny     = "deny"
  rules    = [{GATEWAY}]
  policies = {{ dev = {{ on_http_request = [] }}, prod = {{ on_http_request = local.rules }} }}
}}
"""
    text = endpoint(policy, before) + endpoint("jsonencode({ on_http_request = local.rules })").replace(
        '"a"', '"b"'
    )
    found = [one for one in read_text("a.tf", text).findings if one.code == "R014"]
    assert [at(text, one.at) for one in found if one.at] == ([] if told == "" else [told or policy])


def test_another_url_is_no_policy() -> None:
    url = 'false ? "https://ai-gateway.example.com" : "https://a.example.com"'
    text = endpoint(f"jsonencode({{ on_http_request = [{GATEWAY}] }})")
    assert codes(read_text("a.tf", text.replace('"https://a.example.com"', url))) == []


def test_names_that_multiply_end() -> None:
    names = [f"  a{n} = {{ {', '.join(f'k{m} = local.a{n + 1}' for m in range(8))} }}" for n in range(12)]
    circle = "  b = { x = local.b, y = local.b, z = local.b, u = local.b, v = local.b }"
    for top in ("a0", "b"):
        text = endpoint(
            f"jsonencode(local.{top}) # ai-gateway", "\n".join(["locals {", *names, circle, "}\n"])
        )
        began = time.process_time()
        read_text("a.tf", text)
        assert time.process_time() - began < 20  # it never ended


def test_a_credential_is_told_on_its_own_line() -> None:
    text = endpoint(
        """jsonencode({
    on_http_request = [{
      type   = "ai-gateway"
      config = { providers = [{ id = "openai", api_keys = [{ value = "hunterhunter" }] }] }
    }]
  })"""
    )
    result = convert([Input("a.tf", "a.tf", text.encode())])
    assert {found.at.span.line for found in result.findings if found.code == "R011" and found.at} == {6}


def test_an_object_of_kubernetes_is_one() -> None:
    text = f"""resource "kubernetes_manifest" "policy" {{
  manifest = {{
    apiVersion = "ngrok.k8s.ngrok.com/v1alpha1"
    kind       = "NgrokTrafficPolicy"
    metadata   = {{ name = "chat", namespace = "ai" }}
    spec = {{
      policy = {{ on_http_request = [{GATEWAY}, {DENY}] }}
    }}
  }}
}}
"""
    (found,) = found_in(read_text("a.tf", text))
    assert found.held_by is not None
    assert (found.held_by.namespace, found.held_by.name) == ("ai", "chat")
    assert left(text) == text.replace(f"{GATEWAY}, ", "")


@pytest.mark.parametrize(
    "metadata, policy, expected",
    [
        ('{ name = "chat-${var.stage}", namespace = var.stage, labels = var.labels }', f"[{GATEWAY}]", []),
        ('{ name = "chat" }', f"[{GATEWAY}, var.action]", ["var.action"]),
    ],
)
def test_what_an_object_of_kubernetes_is_called_is_no_part_of_its_policy(
    metadata: str, policy: str, expected: list[str]
) -> None:
    text = f"""resource "kubernetes_manifest" "policy" {{
  manifest = {{
    apiVersion = "ngrok.k8s.ngrok.com/v1alpha1"
    kind       = "NgrokTrafficPolicy"
    metadata   = {metadata}
    spec       = {{ policy = {{ on_http_request = {policy} }} }}
  }}
}}
"""
    found = [one for one in read_text("a.tf", text).findings if one.code == "R020"]
    assert [at(text, one.at) for one in found if one.at] == expected


def test_what_any_other_resource_encodes_may_be_a_policy() -> None:
    data = f'"policy.yaml" = yamlencode({{ on_http_request = [{GATEWAY}, {DENY}] }})'
    text = f'resource "kubernetes_config_map" "policy" {{\n  data = {{\n    {data}\n  }}\n}}\n'
    assert left(text) == text.replace(f"{GATEWAY}, ", "")


@pytest.mark.parametrize(
    "expression, code",
    [
        ('jsonencode({ feature = "ai-gateway" })', "R017"),
        ('merge(local.base, { type = "ai-gateway" })', "R014"),
        ('jsonencode(merge(local.base, { type = "ai-gateway" }))', "R014"),
    ],
)
def test_a_mention_elsewhere_is_told(expression: str, code: str) -> None:
    assert codes(read_text("a.tf", f"locals {{\n  x = {expression}\n}}\n")) == [code]


@pytest.mark.parametrize(
    "expression",
    [
        'file("policy.yaml")',
        'jsonencode(yamldecode(file("policy.yaml")))',
        'yamlencode(yamldecode(file("${path.module}/policy.yaml")))',
        'jsonencode(jsondecode(file("policy.yaml")))',
    ],
)
def test_a_file_that_is_decoded_and_encoded_again_is_that_file(expression: str) -> None:
    (reference,) = read_text("a.tf", endpoint(expression)).references
    assert reference.target == "policy.yaml"


@pytest.mark.parametrize(
    "expression",
    [
        'jsonencode(file("policy.yaml"))',
        'yamldecode(file("policy.yaml"))',
        "jsonencode(yamldecode(var.text))",
    ],
)
def test_a_file_in_another_form_is_not(expression: str) -> None:
    file = read_text("a.tf", endpoint(expression))
    assert file.references == ()


@pytest.mark.parametrize(
    "files, expected",
    [
        ({}, "openai"),
        ({"terraform.tfvars.json": '{"who": "google"}'}, "google"),
        ({"terraform.tfvars": 'who = "xai"', "terraform.tfvars.json": '{"who": "google"}'}, "google"),
        ({"a.auto.tfvars.json": '{"who": "google"}', "b.auto.tfvars": 'who = "xai"'}, "xai"),
        ({"a.auto.tfvars": 'who = "xai"', "b.auto.tfvars.json": '{"who": "${x}"}'}, "${x}"),
        ({"terraform.tfvars.json": '{"other": ["\\ud800", 1, null], "who": "google"}'}, "google"),
        ({"terraform.tfvars.json": "["}, "openai"),
        ({"terraform.tfvars.json": '["who"]'}, "openai"),
        ({"terraform.tfvars.json": '{"who": ' + "[" * 900 + "]" * 900 + "}"}, "${COMPUTED}"),
    ],
)
def test_a_variable_has_the_value_of_a_file_of_values_in_json(
    tmp_path: Path, files: dict[str, str], expected: str
) -> None:
    action = '{ type = "ai-gateway", config = { metadata = { k = var.who } } }'
    text = endpoint(
        f"jsonencode({{ on_http_request = [{action}] }})", 'variable "who" {\n  default = "openai"\n}\n'
    )
    with_files(tmp_path, {"a.tf": text, **files})
    file = read(Input("a.tf", "a.tf", file=str(tmp_path / "a.tf")))
    assert file is not None
    (found,) = found_in(file)
    assert expected in [value for value, _ in scalars(found)]


def test_no_policy_is_none() -> None:
    assert codes(read_text("a.tf", endpoint("null"))) == []
