"""What each language does to its strings: escapes, joints, holes, files they name."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from migrator.sources.attachments import referred_files
from migrator.sources.inputs import Input, find_inputs
from migrator.sources.link import link
from migrator.sources.read import read
from tests.sources.hosts import POLICY, at, codes, policies, read_text, scalars, with_files

FLOW = "on_http_request: [{actions: [{type: ai-gateway, config: {providers: [{id: openai, api_keys: [{value: KEY}]}]}}]}]"
JSON = '{"on_http_request": [{"actions": [{"type": "ai-gateway", "config": {}}]}]}'


def keys(path: str, text: str) -> list[str]:
    """The keys of the providers of every policy in a file."""
    found = [value for one in policies(read_text(path, text)) for value, _ in scalars(one)]
    return [value for value in found if "$" in value]


# ------------------------------------------------------------------------------------------- holes


@pytest.mark.parametrize(
    "path, text, key",
    [
        ("a.sh", f"cat <<EOF\n{FLOW}\nEOF\n".replace("KEY", "$OPENAI_KEY"), "$OPENAI_KEY"),
        ("a.sh", f'P="{FLOW}"\n'.replace("KEY", "${OPENAI_KEY:-none}"), "$OPENAI_KEY"),
        ("a.sh", f"P='{FLOW}'\n".replace("KEY", "'\"$(cat key)\"'"), "$COMPUTED"),
        ("a.sh", f"P='{FLOW}'\n".replace("KEY", "'`cat key`'"), "$COMPUTED"),
        (
            "a.py",
            f'P = f"{FLOW}"\n'.replace("{", "{{").replace("}", "}}").replace("KEY", "{key!s:>4}"),
            "$KEY",
        ),
        ("a.py", f'P = "{FLOW}"\n'.replace("KEY", '" + os.environ["A_KEY"] + "'), "$A_KEY"),
        ("a.js", f"const p = `{FLOW}`;\n".replace("KEY", "${process.env.OPENAI_KEY}"), "$OPENAI_KEY"),
        ("a.js", f"const p = `{FLOW}`;\n".replace("KEY", "${f(`}`, '}')}"), "$COMPUTED"),
        ("a.js", f"const p = '{FLOW}';\n".replace("KEY", "' + a.key + '"), "$KEY"),
        ("a.go", f'const p = "{FLOW}"\n'.replace("KEY", '" + config.Key + "'), "$KEY"),
        ("A.java", f'String p = "{FLOW}";\n'.replace("KEY", '" + key + "'), "$KEY"),
    ],
)
def test_a_key_that_is_filled_in_becomes_one_of_the_environment(path: str, text: str, key: str) -> None:
    assert keys(path, text) == [key]
    assert codes(read_text(path, text)) == ["R015"]


def test_what_is_no_key_must_not_be_filled_in() -> None:
    file = read_text(
        "a.sh", "cat <<EOF\non_http_request: [{type: ai-gateway, config: {providers: [{id: $A}]}}]\nEOF\n"
    )
    assert codes(file) == ["R020"]
    span = file.findings[0].at.span if file.findings[0].at is not None else None
    assert span == (2, 64, 2, 66)


def test_a_variable_of_terraform_without_a_value_is_a_hole() -> None:
    text = (
        'resource "ngrok_cloud_endpoint" "a" {\n  traffic_policy = "'
        + FLOW.replace("KEY", "${var.key}")
        + '"\n}\n'
    )
    assert keys("a.tf", text) == ["$KEY"]
    assert codes(read_text("a.tf", text)) == ["R015"]


@pytest.mark.parametrize(
    "path, text",
    [
        ("a.py", f"p = {JSON}\nngrok.forward(traffic_policy=json.dumps(p))\n"),
        ("a.py", f"p = '''{JSON}'''.format(a)\n"),
        ("a.py", f"p = '''{JSON}''' % a\n"),
        ("a.js", f"const p = JSON.stringify({JSON});\n"),
        ("a.js", f"const p = head(1)(2) + '{JSON}';\n"),
        ("a.ts", f"const p = '{JSON}'.replace('a', b);\n"),
        ("a.go", f"p := fmt.Sprintf(`{JSON} %s`, a)\n"),
        ("a.rs", f'let p = format!(r#"{JSON}"#, a);\n'),
        ("A.java", 'String p = """\n  ' + JSON + '\n  """.formatted(a);\n'),
        ("a.sh", 'ngrok http 80 --traffic-policy "$(make)"\n'),
        ("a.sh", "ngrok http 80 --traffic-policy-file <(make)\n"),
        ("a.js", "const p = `${head}\non_http_request:\n  - type: ai-gateway\n`;\n"),
        (
            "a.py",
            'P = f"""on_http_request:\n  - type: ai-gateway\n    config:\n      providers:\n{lines}\n"""\n',
        ),
        ("a.sh", "cat <<E\non_http_request:\n  - type: ai-gateway\n    config:\n$CONFIG\n    x: y\nE\n"),
        ("a.sh", "printf 'on_http_request:\\n  - type: ai-gateway\\n    config: {}\\n' > p.yml\n"),
        ("a.sh", 'echo -e "on_http_request:\\n  - actions:\\n    - type: ai-gateway"\n'),
        ("a.py", "P = r'on_http_request:\\n  - type: ai-gateway'.encode().decode('unicode_escape')\n"),
        ("a.tf", 'resource "ngrok_cloud_endpoint" "a" {\n  traffic_policy = var.policy\n}\n'),
        ("a.tf", f'resource "other" "a" {{\n  policy = {JSON}\n}}\n'),
    ],
)
def test_what_code_puts_together_is_said_and_not_converted(path: str, text: str) -> None:
    file = read_text(path, text)
    assert policies(file) == []
    assert codes(file) == ["R014"]


@pytest.mark.parametrize(
    "path, text",
    [
        ("a.py", "# {'type': 'ai-gateway'}\nprint('x')\n"),
        ("a.js", "/* 'ai-gateway' */ // `ai-gateway`\nconst a = 'https://my-ai-gateway.example.com';\n"),
        ("a.sh", "# type: ai-gateway\ncurl https://ai-gateway.example.com/x\n"),
        ("a.tf", '# ai-gateway\nx = "my-ai-gateway"\n'),
    ],
)
def test_comments_and_names_of_hosts_are_no_policies(path: str, text: str) -> None:
    file = read_text(path, text)
    assert (codes(file), file.policies, file.readable) == ([], (), True)


@pytest.mark.parametrize(
    "path, text",
    [
        (
            "a.py",
            'P = "\\n".join(["on_http_request:", "  - actions:", "      - type: ai-gateway", "        config:"])\n',
        ),
        ("a.js", "lines.push('- actions:\\n  - type: ai-gateway\\n    config:\\n      providers:\\n');\n"),
        ("a.go", 'b.WriteString("type: ai-gateway\\n")\n'),
        (
            "A.java",
            'b.append("- actions:\\n").append("  - type: ai-gateway\\n").append("    config: {}\\n");\n',
        ),
        ("a.sh", "echo '  - type: ai-gateway' >> p.yml\necho '    config: {}' >> p.yml\n"),
    ],
)
def test_a_line_of_a_policy_is_not_taken_for_all_of_it(path: str, text: str) -> None:
    file = read_text(path, text)
    assert (policies(file), codes(file)) == ([], ["R014"])


@pytest.mark.parametrize(
    "policy", ["- {type: ai-gateway}", "- type: ai-gateway\n  config: {}", "[{type: ai-gateway}]"]
)
def test_a_list_without_a_phase_is_a_policy_where_it_is_finished(policy: str) -> None:
    assert len(policies(read_text("a.py", f"P = {policy!r}\n"))) == 1


@pytest.mark.parametrize(
    "path, text, code",
    [
        ("a.py", "LINE = 'type: ai-gateway'\n", "R014"),
        ("a.py", "assert 'type: ai-gateway' in text\n", "R017"),
        ("a.py", "if line.startswith('- type: ai-gateway'):\n    pass\n", "R017"),
        ("a.py", "self.assertIn('- type: ai-gateway', text)\n", "R017"),
        ("a.js", "expect(text).toContain('type: ai-gateway');\n", "R017"),
        ("a.go", 'package a\nvar x = strings.Contains(text, "type: ai-gateway")\n', "R017"),
        ("a.go", 'package a\nvar y = append(text, "- type: ai-gateway")\n', "R014"),
        ("a.rs", 'const LINE: &str = "- type: ai-gateway";\n', "R014"),
        ("a.sh", "grep -q 'type: ai-gateway' policy.yml\n", "R017"),
    ],
)
def test_an_action_without_its_configuration_is_no_policy(path: str, text: str, code: str) -> None:
    file = read_text(path, text)
    assert (policies(file), codes(file)) == ([], [code])


@pytest.mark.parametrize(
    "text",
    [
        '"""What is sent.\n\nAs in::\n\n{0}\nNote: old.\n"""\n',
        '"""\n{0}"""\n',
        "def f():\n    'x'\n    '''\n{0}'''\n",
        'class A:\n    """A.\n\n    As: in\n\n{0}"""\n',
    ],
)
def test_what_documents_a_program_is_no_policy(text: str) -> None:
    file = read_text("a.py", text.format(POLICY))
    assert (policies(file), codes(file)) == ([], ["R017"])


def test_what_documents_a_program_is_read_where_the_program_reads_it() -> None:
    assert len(policies(read_text("a.py", f'"""\n{POLICY}"""\nsend(__doc__)\n'))) == 1


def test_a_line_is_all_of_a_policy_where_a_call_takes_it_as_one() -> None:
    file = read_text("a.sh", "ngrok http 80 --traffic-policy '- type: ai-gateway'\n")
    assert (len(policies(file)), codes(file)) == (1, [])


@pytest.mark.parametrize(
    "value, found",
    [
        (f"env: {{POLICY: '{JSON}'}}", (1, [])),
        (f"env:\n      POLICY: '{JSON}'", (1, [])),
        (f"env:\n      POLICY: >-\n        {JSON}", (1, [])),
        (f"strategy: {{matrix: {{policy: {JSON}}}}}", (0, ["R014"])),
        ("strategy:\n      matrix:\n        type: [ai-gateway, deny]", (0, ["R014"])),
        ("environment: ai-gateway", (0, [])),
    ],
    ids=["in braces", "quoted", "folded", "a tree", "a word", "a name"],
)
def test_a_workflow_has_policies_on_one_line_and_as_trees(value: str, found: tuple[int, list[str]]) -> None:
    text = f"jobs:\n  one:\n    {value}\n    steps:\n      - run: make\n"
    file = read_text(".github/workflows/a.yml", text)
    assert (len(policies(file)), codes(file)) == found


# --------------------------------------------------------------------------------- each language's own


def test_python_joins_and_dedents() -> None:
    lines = "".join(f"    {line!r}  # it's\n" for line in POLICY.splitlines(keepends=True))
    assert keys("a.py", f"P = (\n{lines})\n") == ["${secrets.get('a', \"b\")}"]
    block = textwrap.indent(POLICY, "    ")
    assert keys("a.py", f"P = textwrap.dedent('''\\\n{block}    ''')\n") == ["${secrets.get('a', \"b\")}"]


def test_javascript_tells_division_from_expressions() -> None:
    text = f"const a = b / c; const r = /['\"`]/g; if (x) return /[/`]/;\nconst p = `{JSON}`;\n"
    assert len(policies(read_text("a.js", text))) == 1


def test_tags_and_macros_that_dedent_are_known() -> None:
    block = textwrap.indent("on_http_request:\n  - type: ai-gateway\n", "    ")
    assert len(policies(read_text("a.ts", f"const p = dedent`\n{block}`;\n"))) == 1
    assert len(policies(read_text("a.rs", f'let p = indoc! {{r#"\n{block}"#}};\n'))) == 1
    assert len(policies(read_text("a.js", f"const p = String.raw`{JSON}`;\n"))) == 1


def test_rust_goes_on_behind_a_backslash() -> None:
    text = 'let p = "on_http_request:\\n\\\n        \\u{20}\\u{20}- type: ai-gateway\\n";\n'
    assert len(policies(read_text("a.rs", text))) == 1


def test_a_manifest_in_a_heredoc_is_one() -> None:
    text = """kubectl apply -f - <<'EOF'
kind: CloudEndpoint
apiVersion: ngrok.k8s.ngrok.com/v1alpha1
metadata: {name: a}
spec:
  url: https://k.example.com
  trafficPolicy:
    inline:
      on_http_request: [{type: ai-gateway}]
EOF
"""
    file = read_text("a.sh", text)
    assert [unit.id for unit in link([file]).units] == ["k.example.com"]
    assert [place.span for value, place in scalars(policies(file)[0]) if value == "ai-gateway"] == [
        (9, 32, 9, 42)
    ]


@pytest.mark.parametrize(
    "text",
    [
        f"cat > p.yaml <<'E'\n{JSON}\nE\nngrok http 80 --url a.example.com --traffic-policy-file p.yaml\n",
        f"P='{JSON}'\nngrok http 80 --url=a.example.com --traffic-policy \"$P\"\n",
        f"P=$(cat <<'E'\n{JSON}\nE\n)\nngrok http 80 --url a.example.com --traffic-policy=\"$P\"\n",
        f"ngrok http 80 --url a.example.com --traffic-policy-file - <<'E'\n{JSON}\nE\n",
        f"ngrok http 80 \\\n  --url a.example.com \\\n  --traffic-policy \"$(cat <<'E'\n{JSON}\nE\n)\"\n",
        f"F=p.yaml\ncat <<-'E' | tee $F\n\t{JSON}\n\tE\nngrok http 80 --url a.example.com --traffic-policy-file ./p.yaml\n",
    ],
)
def test_a_script_says_which_endpoint_has_its_policy(text: str) -> None:
    file = read_text("a.sh", text)
    assert codes(file) == []
    assert [unit.id for unit in link([file]).units] == ["a.example.com"]


@pytest.mark.parametrize(
    "word",
    [
        f"--from-literal=policy.yaml='{JSON}'",
        f"--from-literal policy.yaml='{JSON}'",
        f"'--from-literal=policy-1.yaml={JSON}'",
        f"--from-literal='policy.yaml={JSON}'",
        f"--from-literal=policy='{JSON}'",
    ],
)
def test_a_policy_that_an_option_puts_under_a_name_is_one(word: str) -> None:
    file = read_text("a.sh", f"kubectl create configmap p \\\n  {word}\n")
    assert codes(file) == []
    (found,) = policies(file)
    (place,) = (place for value, place in scalars(found) if value == "ai-gateway")
    assert (place.span.line, at(f"kubectl create configmap p \\\n  {word}\n", place)) == (2, '"ai-gateway"')


def test_carriage_returns_and_tabs_change_nothing() -> None:
    block = textwrap.indent(POLICY, " " * 12)
    for path, text in (
        ("a.sh", f"cat <<-'E'\n{textwrap.indent(POLICY, chr(9))}\tE\n"),
        ("a.go", f"const p = `{POLICY}`\n"),
        ("a.py", f'P = """{POLICY}"""\n'),
        ("a.js", f"\tconst p = `{POLICY.replace('$', chr(92) + '$')}`\n"),
        ("a.tf", f"x = <<-E\n{POLICY.replace('$', '$$')}\nE\n"),
        (
            ".github/workflows/a.yml",
            f"jobs:\n  a:\n    steps:\n      - with:\n          p: |\n{block}        uses: x\n",
        ),
    ):
        (plain,), (windows,) = (
            policies(read_text(path, text)),
            policies(read_text(path, text.replace("\n", "\r\n"))),
        )
        assert scalars(plain) == scalars(windows)


# ------------------------------------------------------------------------------------ files beside a host


def test_terraform_reads_the_files_beside_it(tmp_path: Path) -> None:
    folder = with_files(
        tmp_path,
        {
            "main.tf": 'resource "ngrok_cloud_endpoint" "a" {\n  url = local.url\n'
            '  traffic_policy = templatefile("${path.module}/p.tftpl", { key = var.key, n = 1 })\n}\n',
            "names.tf": 'locals {\n  url = "https://${var.name}.example.com"\n}\nvariable "name" {\n  default = "no"\n}\n',
            "more.auto.tfvars": "name = \"yes\"\nkey = \"$${secrets.get('a', 'b')}\"\n",
            "p.tftpl": FLOW.replace("KEY", '"${key}"'),
        },
    )
    file = read(Input("main.tf", "main.tf", file=str(folder / "main.tf")))
    assert file is not None
    (found,) = policies(file)
    assert found.endpoint is not None
    assert found.endpoint.url == "https://yes.example.com"
    assert "${secrets.get('a', 'b')}" in [value for value, _ in scalars(found)]
    assert {place.span for _, place in scalars(found)} == {(3, 20, 3, 84)}


def test_a_file_that_is_named_is_one_to_read_too() -> None:
    text = 'resource "ngrok_cloud_endpoint" "a" {\n  traffic_policy = file("${path.module}/../p.yaml")\n}\n'
    file = read_text("infra/main.tf", text)
    assert referred_files([file]) == {"p.yaml": "p.yaml"}
    unread = link([file])
    assert [found.code for found in unread.findings] == ["L001"]


def test_a_directory_search_reads_code_that_names_the_action(tmp_path: Path) -> None:
    folder = with_files(
        tmp_path,
        {
            "a.go": f"const p = `{JSON}`\n",
            "b.go": 'const p = "nothing"\n',
            "c.txt": "type: ai-gateway\n",
            "run": f"#!/usr/bin/env bash\ncat <<'E'\n{JSON}\nE\n",
        },
    )
    (folder / "d.py").write_bytes(b"\0ai-gateway\0")
    files = [file for item in find_inputs([folder]).inputs if (file := read(item)) is not None]
    assert [(Path(file.path).name, len(file.policies), codes(file)) for file in files] == [
        ("a.go", 1, []),
        ("c.txt", 0, ["R008"]),
        ("run", 1, []),
    ]


@pytest.mark.parametrize("name", ["_helpers.tpl", "policy.gotmpl"])
def test_a_template_says_how_to_render_it(name: str) -> None:
    file = read_text(name, "on_http_request:\n  - type: ai-gateway\n    config: {{ .Values.x }}\n")
    assert codes(file) == ["R013"]
    assert "`helm template`" in file.findings[0].advice
    assert "`kustomize build`" in file.findings[0].advice
