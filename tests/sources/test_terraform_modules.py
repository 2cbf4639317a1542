"""Terraform: policies whose parts stand in several files of one folder."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from pathlib import Path

import pytest

from migrator.api import Options, Result, convert_many
from tests.sources.hosts import with_files

ACTION = '{ type = "ai-gateway", config = { providers = [{ id = "openai" }] } }'
OTHER = '{ type = "ai-gateway", config = { providers = [{ id = "anthropic" }] } }'
POLICY = f"jsonencode({{ on_http_request = [{{ actions = [{ACTION}] }}] }})"
HEREDOC = """<<-EOT
    on_http_request:
      - actions:
          - type: ai-gateway
            config: {providers: [{id: openai}]}
  EOT"""
YAML = "on_http_request: [{actions: [{type: ai-gateway, config: {providers: [{id: openai}]}}]}]\n"
TEMPLATE = YAML.replace("openai", '"${provider}"')
TOLD = {"R007", "R008", "R014", "R016", "R017", "R020", "L001", "L004", "L008", "W004"}


def resource(expression: str, name: str = "chat", url: str = "https://chat.example.com") -> str:
    return (
        f'resource "ngrok_cloud_endpoint" "{name}" {{\n  url = "{url}"\n  traffic_policy = {expression}\n}}\n'
    )


def local(name: str, expression: str) -> str:
    return f"locals {{\n  {name} = {expression}\n}}\n"


def converted(folder: Path, files: dict[str, str], named: Iterable[str] = (".",), jobs: int = 1) -> Result:
    with_files(folder, files)
    return convert_many([folder / name for name in named], Options(verify=False), jobs=jobs)


def units(result: Result) -> list[tuple[str, list[str]]]:
    return [(unit.id, [Path(source.path).name for source in unit.sources]) for unit in result.units]


def told(result: Result) -> list[tuple[str, str, int]]:
    return [
        (found.code, Path(found.at.path).name, found.at.span.line)
        for found in result.findings
        if found.at is not None and found.code in TOLD
    ]


WHOLE = {
    "encoded": ({"locals.tf": local("policy", POLICY)}, "local.policy"),
    "heredoc": ({"locals.tf": local("policy", HEREDOC)}, "local.policy"),
    "in a string": ({"locals.tf": local("policy", HEREDOC)}, '"${local.policy}"'),
    "in a map": ({"locals.tf": local("all", f"{{ chat = {POLICY} }}")}, 'local.all["chat"]'),
    "over two files": (
        {"a.tf": local("policy", "local.other"), "b.tf": local("other", POLICY)},
        "nonsensitive(local.policy)",
    ),
    "default": ({"v.tf": f'variable "policy" {{\n  default = {HEREDOC}\n}}\n'}, "var.policy"),
    "values": ({"terraform.tfvars": f"policy = {HEREDOC}\n"}, "var.policy"),
    "file": (
        {"locals.tf": local("policy", 'file("${path.module}/policy.yml")'), "policy.yml": YAML},
        "local.policy",
    ),
    "opentofu": ({"locals.tofu": local("policy", POLICY)}, "local.policy"),
}


@pytest.mark.parametrize("case", sorted(WHOLE))
@pytest.mark.parametrize("named", [["."], ["main.tf"]])
def test_a_policy_of_another_file_is_that_of_the_endpoint(
    tmp_path: Path, case: str, named: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    files, expression = WHOLE[case]
    result = converted(tmp_path, {**files, "main.tf": resource(expression)}, named)
    held = max(files)
    assert units(result) == [("chat.example.com", [held, "main.tf"])]
    assert told(result) == []
    (action,) = [unit.unit.at for unit in result.units]
    assert Path(action.path).name == held
    monkeypatch.chdir(tmp_path)
    left = convert_many(named, Options(verify=False), jobs=1).residuals()
    assert [line for line in left.patch.splitlines() if line.startswith("+++")] == [f"+++ b/{held}"]
    assert left.findings == ()


PARTS = {
    "rules": ("rules", f"[{{ actions = [{ACTION}] }}]", "jsonencode({ on_http_request = local.rules })"),
    "actions": (
        "it",
        f"{{ list = [{ACTION}] }}",
        "jsonencode({ on_http_request = [{ actions = local.it.list }] })",
    ),
    "policy": ("policy", f"{{ on_http_request = [{{ actions = [{ACTION}] }}] }}", "yamlencode(local.policy)"),
    "kind": (
        "kind",
        '"ai-gateway"',
        "jsonencode({ on_http_request = [{ actions = [{ type = local.kind }] }] })",
    ),
    "trimmed": ("policy", HEREDOC, "trimspace(local.policy)"),
    "joined": ("policy", HEREDOC, '"${local.policy}\\n"'),
}


@pytest.mark.parametrize("case", sorted(PARTS))
def test_what_a_policy_is_made_of_is_no_policy_of_its_own(tmp_path: Path, case: str) -> None:
    name, value, expression = PARTS[case]
    result = converted(tmp_path, {"locals.tf": local(name, value), "main.tf": resource(expression)})
    assert units(result) == [("chat.example.com", ["main.tf", "locals.tf"])]
    assert {code for code, _, _ in told(result)} <= {"W004"}
    assert all(source.status != "nothing-to-do" for source in result.migration.sources)


FILES = {
    "template": ({"policy.tftpl": TEMPLATE}, 'templatefile("policy.tftpl", { provider = "openai" })'),
    "template of a known name": (
        {"policy.yml": TEMPLATE},
        'templatefile("policy.yml", { provider = "openai" })',
    ),
    "trimmed": ({"policy.yml": YAML}, 'trimspace(file("policy.yml"))'),
    "of an unknown name": (
        {"policy.txt": YAML, "l.tf": local("policy", 'file("policy.txt")')},
        "local.policy",
    ),
}


@pytest.mark.parametrize("case", sorted(FILES))
def test_a_file_that_a_function_reads_is_no_policy_of_its_own(tmp_path: Path, case: str) -> None:
    files, expression = FILES[case]
    result = converted(tmp_path, {**files, "main.tf": resource(expression)})
    assert units(result) == [("chat.example.com", ["main.tf", max(files)])]
    assert told(result) == []
    alone = converted(tmp_path, {}, [max(files)])
    assert alone.units or told(alone)


def test_the_parts_of_a_file_by_itself_are_told(tmp_path: Path) -> None:
    files = {"locals.tf": local("rules", f"[{{ actions = [{ACTION}] }}]"), "main.tf": resource("local.rules")}
    assert told(converted(tmp_path, files, ["locals.tf"])) == [("R014", "locals.tf", 2)]
    assert sorted(told(converted(tmp_path, files))) == [("R014", "locals.tf", 2), ("R014", "main.tf", 3)]


@pytest.mark.parametrize("where", ["main.tf", "locals.tf"])
def test_what_nobody_uses_of_a_value_is_not_lost(tmp_path: Path, where: str) -> None:
    """Not of a value in another file, and not in the endpoint's own."""
    both = local(
        "all", f"{{\n    a = {POLICY}\n    b = {POLICY.replace(ACTION, OTHER)}\n    c = [{OTHER}]\n  }}"
    )
    files = {"main.tf": resource("local.all.a")}
    files[where] = files.get(where, "") + both
    result = converted(tmp_path, files)
    assert len(units(result)) == 2
    assert [code for code, _, _ in told(result)] == ["R014"]


def test_one_policy_of_another_file_serves_each_endpoint_that_uses_it(tmp_path: Path) -> None:
    urls = [f"https://{name}.example.com" for name in "abc"]
    files = {
        "locals.tf": local("policy", POLICY) + resource("local.policy", "a", urls[0]),
        "main.tf": resource("local.policy", "b", urls[1]),
        "z.tf": resource("jsonencode(jsondecode(local.policy))", "x", "https://x.example.com")
        + resource("local.policy", "c", urls[2]),
    }
    result = converted(tmp_path, files)
    assert [unit for unit, _ in units(result)] == ["a.example.com", "b.example.com", "c.example.com"]
    assert told(result) == [("R014", "z.tf", 3)]


def test_neither_order_nor_processes_nor_the_choice_of_inputs_change_it(tmp_path: Path) -> None:
    names = ("locals.tf", "main.tf", "other.tf")
    files = dict(
        zip(
            names,
            (
                local("policy", POLICY) + local("rules", f"[{{ actions = [{OTHER}] }}]"),
                resource("local.policy"),
                resource("jsonencode({ on_http_request = local.rules })", "b", "https://b.example.com"),
            ),
            strict=True,
        )
    )
    expected = units(converted(tmp_path, files))
    assert [unit for unit, _ in expected] == ["b.example.com", "chat.example.com"]
    for order, jobs in itertools.product(itertools.permutations(names), (1, 2)):
        result = converted(tmp_path, files, order, jobs)
        assert units(result) == expected
        assert told(result) == []


def test_a_policy_without_the_action_in_another_file_is_still_followed(tmp_path: Path) -> None:
    forward = 'jsonencode({ on_http_request = [{ actions = [{ type = "deny" }, { type = "forward-internal", config = { url = "https://ai-gateway.internal" } }] }] })'
    inner = resource(POLICY, "inner", "https://ai-gateway.internal")
    result = converted(
        tmp_path, {"locals.tf": local("policy", forward), "main.tf": resource("local.policy") + inner}
    )
    assert [unit for unit, _ in units(result)] == ["chat.example.com"]


def test_a_credential_of_another_file_is_in_no_output(tmp_path: Path) -> None:
    key = "sk-proj-" + "Zx9" * 12
    action = ACTION.replace('id = "openai"', f'id = "openai", api_keys = [{{ value = "{key}" }}]')
    files = {
        "locals.tf": local("policy", POLICY.replace(ACTION, action)),
        "main.tf": resource("local.policy"),
    }
    result = converted(tmp_path, files)
    assert [found.code for found in result.findings].count("R011") == 1
    assert key not in str(result.manifest) + result.residuals().patch + "".join(
        one.text for one in result.findings
    )


def test_values_of_one_environment_are_read(tmp_path: Path) -> None:
    files = {
        "prod.tfvars": f"policy = {HEREDOC}\n",
        "terragrunt.hcl": f"inputs = {{\n  policy = {HEREDOC}\n}}\n",
    }
    assert len(units(converted(tmp_path, files))) == 2


@pytest.mark.parametrize(
    "value",
    [
        "<<-EOT\n    on_http_request:\n      - actions:\n    %{ for p in var.all ~}\n          - type: ai-gateway\n    %{ endfor ~}\n  EOT",
        '"${var.on ? "on_http_request: [{actions: [{type: ai-gateway}]}]" : ""}"',
        'jsonencode({ on_http_request = [for p in var.all : { actions = [{ type = "ai-gateway" }] }] })',
    ],
    ids=["directive", "interpolation", "loop"],
)
def test_an_action_in_what_fills_in_a_string_is_told(tmp_path: Path, value: str) -> None:
    result = converted(tmp_path, {"locals.tf": local("policy", value)})
    assert [(code, name) for code, name, _ in told(result)] == [("R014", "locals.tf")]


def test_an_action_in_what_fills_in_a_text_of_a_policy_is_told(tmp_path: Path) -> None:
    body = '${var.on ? "x\\n      - type: ai-gateway" : "x"}'
    policy = f'<<-EOT\n    on_http_request:\n      - actions:\n          - type: deny\n            config: {{body: "{body}"}}\n  EOT'
    assert [code for code, _, _ in told(converted(tmp_path, {"main.tf": resource(policy)}))] == ["R014"]
