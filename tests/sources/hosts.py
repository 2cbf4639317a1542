"""Files of every language that hold a policy: how each of them writes a text as a string."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final, NamedTuple

from migrator.findings.base import Finding
from migrator.sources.inputs import Input
from migrator.sources.link import link
from migrator.sources.model import FileRead, FoundPolicy, Linked
from migrator.sources.read import read
from migrator.spans import Location
from migrator.tree.nodes import Node, Scalar, leaves

POLICY: Final = """\
on_http_request:
  - actions:
      - type: ai-gateway
        config:
          providers:
            - id: openai
              api_keys:
                - value: ${secrets.get('a', "b")}
"""


class Host(NamedTuple):
    """A language with one way to write a string. ``exact``: places lead to the text itself."""

    name: str
    path: str
    write: Callable[[str], str]
    exact: bool = True


def read_text(path: str, text: str | bytes) -> FileRead:
    data = text if isinstance(text, bytes) else text.encode("utf-8")
    file = read(Input(path, path, data))
    assert file is not None
    return file


def policies(file: FileRead) -> list[FoundPolicy]:
    return [found for found in file.policies if found.policy.gateways()]


def codes(file: FileRead) -> list[str]:
    return [found.code for found in file.findings]


def linked(*files: FileRead) -> Linked:
    return link(files)


def scalars(found: FoundPolicy) -> list[tuple[str, Location]]:
    """Every value of a policy that is text, with its place in the host."""
    nodes: list[Node] = list(leaves(found.policy.root.node))
    return [(node.text, found.origin.location(node.span)) for node in nodes if isinstance(node, Scalar)]


def at(text: str, location: Location) -> str:
    """What a file has at a place."""
    span = location.span
    lines = text.split("\n")[span.line - 1 : span.end_line]
    lines[-1] = lines[-1][: span.end_column - 1]
    lines[0] = lines[0][span.column - 1 :]
    return "\n".join(lines)


def with_files(folder: Path, files: Mapping[str, str]) -> Path:
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def texts(findings: tuple[Finding, ...]) -> str:
    return "\n".join(f"{found.text} {found.advice} {found.facts}" for found in findings)


# ------------------------------------------------------------------------------------------- writers


def _escaped(text: str, quote: str) -> str:
    """The escapes that all of these languages have."""
    made = text.replace("\\", "\\\\").replace(quote, "\\" + quote)
    return made.replace("\n", "\\n").replace("\r", "\\r").replace("\t", "\\t")


def _hcl(text: str) -> str:
    return text.replace("${", "$${").replace("%{", "%%{")


def _resource(expression: str) -> str:
    return f'resource "ngrok_cloud_endpoint" "a" {{\n  url = "https://a.example.com"\n  traffic_policy = {expression}\n}}\n'


def _hcl_heredoc(text: str) -> str:
    return _resource(f"<<EOT\n{_hcl(text)}\nEOT\n")


def _hcl_quoted(text: str) -> str:
    return _resource('"' + _hcl(_escaped(text, '"')) + '"')


def _hcl_encoded(text: str) -> str:
    return _resource("jsonencode(" + _hcl(text) + ")")


def _shell_quoted(text: str) -> str:
    return "#!/bin/sh\nngrok http 80 --traffic-policy '" + text.replace("'", "'\\''") + "'\n"


def _shell_heredoc(text: str) -> str:
    made = text.replace("\\", "\\\\").replace("$", "\\$").replace("`", "\\`")
    return f"cat > policy.yaml <<POLICY_END\n{made}\nPOLICY_END\necho done\n"


def _shell_raw_heredoc(text: str) -> str:
    return f"cat <<'POLICY_END' | tee policy.yaml\n{text}\nPOLICY_END\n"


def _shell_double(text: str) -> str:
    made = "".join("\\" + char if char in '"\\$`' else char for char in text)
    return f'POLICY="{made}"\n'


def _workflow(text: str) -> str:
    script = textwrap.indent(
        f"cat > policy.yaml <<'POLICY_END'\n{text}\nPOLICY_END\n", " " * 10, lambda _: True
    )
    return f"on: [push]\njobs:\n  a:\n    steps:\n      - run: |\n{script}"


def _python(text: str) -> str:
    return f'P = (\n    "" # "\n    {text!a}\n)\n'


def _python_raw(text: str) -> str:
    return f'import x\nP = x(r"""{text}""")\n'


def _python_formatted(text: str) -> str:
    made = _escaped(text, '"').replace("{", "{{").replace("}", "}}")
    return f'P = f"{made}"\n'


def _javascript(text: str) -> str:
    return "const a = /[`'\"]/;\nconst p = " + json.dumps(text) + ";\n"


def _template(text: str) -> str:
    made = text.replace("\\", "\\\\").replace("`", "\\`").replace("${", "\\${")
    return f"// it's\nconst p = `{made}`;\n"


def _go(text: str) -> str:
    return f"package a\n\nvar q = '\"'\nconst p = `{text}`\n"


def _go_quoted(text: str) -> str:
    return f'const p = "{_escaped(text, chr(34))}"\n'


def _rust(text: str) -> str:
    return f'fn a<\'b>() {{ let p = r###"{text}"###; }}\n'


def _rust_quoted(text: str) -> str:
    return f'let c = \'"\'; let p = "{_escaped(text, chr(34))}";\n'


def _java(text: str) -> str:
    half = len(text) // 2
    first, second = _escaped(text[:half], '"'), _escaped(text[half:], '"')
    return f'class A {{ String p = "{first}" +  // it\'s\n "{second}"; }}\n'


HOSTS: Final = (
    Host("terraform heredoc", "a.tf", _hcl_heredoc),
    Host("terraform string", "a.tf", _hcl_quoted),
    Host("shell argument", "a.sh", _shell_quoted),
    Host("shell heredoc", "a.sh", _shell_heredoc),
    Host("shell raw heredoc", "a.bash", _shell_raw_heredoc),
    Host("shell assignment", "a.sh", _shell_double),
    Host("workflow", ".github/workflows/a.yml", _workflow),
    Host("python string", "a.py", _python),
    Host("python raw string", "a.py", _python_raw),
    Host("python f-string", "a.py", _python_formatted),
    Host("javascript string", "a.mjs", _javascript),
    Host("javascript template", "a.ts", _template),
    Host("go raw string", "a.go", _go),
    Host("go string", "a.go", _go_quoted),
    Host("rust raw string", "a.rs", _rust),
    Host("rust string", "a.rs", _rust_quoted),
    Host("java strings", "a.java", _java),
)

ENCODED: Final = Host("terraform object", "a.tf", _hcl_encoded, exact=False)
"""It takes JSON only, which happens to be an expression."""
