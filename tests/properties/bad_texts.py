"""Texts that no run may stumble over: broken ones, bombs, slow ones, and ones that hide the action."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

GOOD: Final = "on_http_request: [{type: ai-gateway, config: {providers: [{id: openai}]}}]\n"

BAD: Final[list[tuple[str, str | bytes, str, int, int]]] = [
    ("an unclosed bracket", "on_http_request: [\n", "R003", 0, 0),
    ("no YAML", "on_http_request: }{\n", "R003", 1, 18),
    ("prose", "This is: not: YAML\n", "R003", 1, 13),
    ("a tab", "on_http_request:\n\t- type: ai-gateway\n", "R003", 2, 1),
    ("Latin-1", "on_http_request: [é]\n".encode("latin-1"), "R002", 1, 19),
    ("UTF-16 without a mark", GOOD.encode("utf-16-le"), "R002", 1, 2),
    ("a NUL byte", b"on_http_request: []\n# \0\n", "R002", 2, 3),
    ("only NUL bytes", b"\0" * 4096, "R002", 1, 1),
    ("an image", b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "R002", 1, 1),
    ("a gzip file", b"\x1f\x8b\x08\x00" + bytes(range(255, 0, -1)), "R002", 1, 2),
    ("nothing", b"", "R009", 1, 1),
    ("a mark and nothing", b"\xef\xbb\xbf", "R009", 1, 1),
    ("blanks", b" \n\t\n\n", "R009", 1, 1),
    ("a control character", "on_http_request: [\x01]\n", "R003", 1, 19),
    ("an unpaired surrogate", '{"on_http_request": ["\\ud800"]}', "R003", 1, 25),
    ("a duplicate key", "on_http_request: []\non_http_request: []\n", "R004", 2, 1),
    ("a duplicate key in JSON", '{"inbound": [],\n "inbound": []}', "R004", 2, 2),
    ("a duplicate key in other quotes", "inbound: []\n'inbound': []\n", "R004", 2, 1),
    ("a tag that builds", "inbound: !!python/object/apply:os.system [x]\n", "R005", 1, 10),
    ("a tag of one's own", "inbound: !secret x\n", "R005", 1, 10),
    ("an expression that is a tag", "inbound: [{expressions: [!(a in b)]}]\n", "R005", 1, 26),
    ("binary data", "inbound: !!binary aGk=\n", "R005", 1, 10),
    ("a set", "inbound: !!set {a, b}\n", "R005", 1, 10),
    ("a huge integer", f"inbound: {'9' * 5000}\n", "R006", 1, 10),
    ("a huge integer in JSON", f'{{"inbound": {"9" * 5000}}}', "R006", 1, 13),
    ("a huge float", f"inbound: 1.{'9' * 5000}\n", "R006", 1, 10),
    ("a scalar of a million characters", f"inbound: {'x' * 1_000_001}\n", "R006", 1, 10),
    ("an alias of nothing", "inbound: *a\n", "R003", 1, 10),
    ("an alias of itself", "inbound: &a [*a]\n", "R003", 1, 14),
    ("a merge with itself", "inbound: &a {<<: *a}\n", "R003", 1, 18),
    ("a merge with a text", "inbound: {<<: x}\n", "R003", 1, 15),
    ("a list as a key", "? [a, b]\n: c\n", "R003", 1, 3),
    ("a template", "{{- if .x }}\ninbound: []\n{{- end }}\n", "R013", 1, 3),
    ("characters that stand for credentials", "inbound: [\U00100001]\n", "R002", 1, 1),
    ("merge conflict marks", f"<<<<<<< HEAD\n{GOOD}=======\n{GOOD}>>>>>>> x\n", "R003", 2, 0),
    ("a shell's here-document", f"cat <<EOF\n{GOOD}EOF\n", "R003", 0, 0),
    ("XML", "<policy>\n  <rule a='b: c'>\n    x: y\n  </rule>\n</policy>\n", "R003", 0, 0),
    ("a second document that is broken", f"{GOOD}---\na: [\n", "R003", 0, 0),
    ("a directive nobody knows", f"%YAML 3.0\n---\n{GOOD}", "R003", 1, 0),
    ("comma-separated lines", 'a,b,"c\n1,2,3\n', "", 0, 0),
]


def lines_of_aliases(count: int) -> str:
    head = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
    rest = [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, count)]
    return head + "".join(rest) + f"on_http_request: *a{count - 1}\n"


HARMLESS: Final = frozenset({"a comment of 4 MB", "many anchors", "many documents"})
"""Large, but nothing that would have to be refused."""

BOMBS: Final[dict[str, Callable[[], str]]] = {
    "aliases": lambda: lines_of_aliases(12),
    "aliases of merge keys": lambda: (
        "a0: &a0 {"
        + ", ".join(f"k{n}: 1" for n in range(100))
        + "}\n"
        + "".join(f"a{n}: &a{n} {{<<: [{', '.join([f'*a{n - 1}'] * 9)}], x{n}: 1}}\n" for n in range(1, 400))
    ),
    "brackets 10000 deep": lambda: "inbound: " + "[" * 10_000 + "]" * 10_000,
    "unclosed brackets 100000 deep": lambda: "[" * 100_000,
    "JSON 10000 deep": lambda: '{"inbound": ' + "[" * 10_000 + "]" * 10_000 + "}",
    "JSON objects 10000 deep": lambda: '{"inbound": ' * 10_000 + "1" + "}" * 10_000,
    "mappings 10000 deep": lambda: "".join(f"{' ' * n}a:\n" for n in range(3_000)) + " " * 3_000 + "b: 1",
    "dashes 10000 deep": lambda: "- " * 10_000 + "x",
    "questions 10000 deep": lambda: "? " * 10_000 + "x",
    "a text of 4 MB": lambda: f"inbound: '{'x ' * 2_000_000}'\n",
    "a comment of 4 MB": lambda: f"inbound: [] #{'x ' * 2_000_000}\n",
    "a block of 4 MB": lambda: "inbound: |\n" + "  some words\n" * 300_000,
    "a million dashes": lambda: "inbound:\n" + "- x\n" * 1_000_000,
    "many documents": lambda: "---\na: 1\n" * 20_000,
    "many anchors": lambda: "inbound:\n" + "".join(f"- &a{n} x\n- *a{n}\n" for n in range(10_000)),
    "a mebibyte of open quotes": lambda: 'inbound: "' + '\\"' * 500_000,
    "blank lines": lambda: "\n" * 2_000_000 + GOOD,
    "broken escapes": lambda: 'inbound: "' + "\\u00" * 200_000 + '"',
}


def config(text: str) -> str:
    return f"on_http_request:\n  - type: ai-gateway\n    config:\n      {text}\n"


LONG: Final = 60_000
SLOW: Final[dict[str, str]] = {
    "a description that begins a token again and again": config(
        f"providers: [{{id: x, description: '{'ng-' * LONG}'}}]"
    ),
    "the same in a comment": config(f"providers: [] # {'ng-' * LONG}"),
    "a description that begins a JWT again and again": config(
        f"providers: [{{id: x, description: '{'eyJ-' * LONG}'}}]"
    ),
    "a duration of digits": config(f"total_timeout: '{'9' * LONG}'"),
    "a duration of units": config(f"total_timeout: '{'1h' * LONG}x'"),
    "a header's name": config(f"headers: {{? '{'x-' * LONG}' : y}}"),
    "an expression about a header": f"on_http_request: [{{expressions: ['vars.{'x-' * LONG}'], actions: [{{type: ai-gateway}}]}}]",
    "an expression of quotes": f"on_http_request:\n  - expressions:\n      - |\n        authorization @ '{chr(92) + chr(39)}{(chr(92) + chr(34)) * LONG}\n    actions: [{{type: ai-gateway}}]\n",
    "an expression of parentheses": f"on_http_request: [{{expressions: ['{'(' * LONG}'], actions: [{{type: ai-gateway}}]}}]",
    "an expression of signs": f"on_http_request: [{{expressions: ['{'!' * LONG}a'], actions: [{{type: ai-gateway}}]}}]",
    "an expression of choices": f"on_http_request: [{{expressions: ['{'a ? b : ' * LONG}c'], actions: [{{type: ai-gateway}}]}}]",
    "a text of holes": config("headers: {x: '" + "${" * LONG + "'}"),
    "a text of closed holes": config("headers: {x: '" + "${a}" * LONG + "'}"),
    "a text of opened quotes in holes": config("headers: {x: '" + '${ "a' * LONG + "'}"),
    "a URL of at signs": config(f"providers: [{{id: x, base_url: 'https://{'a@' * LONG}'}}]"),
    "a URL of colons": config(f"providers: [{{id: x, base_url: 'https://{'a:' * LONG}'}}]"),
    "a URL of schemes": config(f"providers: [{{id: x, base_url: '{'https://a:' * LONG}'}}]"),
    "a URL of questions": config(f"providers: [{{id: x, base_url: 'https://x/{'?a=' * LONG}'}}]"),
    "a key of blanks": config(f"providers: [{{id: x, api_keys: [{{value: 'Bearer {' ' * LONG}x'}}]}}]"),
    "many bearers": config(f"providers: [{{id: x, description: '{'bearer ' * LONG}'}}]"),
    "many private keys": config(
        f"providers: [{{id: x, description: '{'-----BEGIN PRIVATE KEY-----' * (LONG // 9)}'}}]"
    ),
    "an id of dashes": config(f"providers: [{{id: '{'a-' * LONG}', base_url: 'https://x.internal'}}]"),
    "a user of colons": f"on_http_request: [{{actions: [{{type: basic-auth, config: {{credentials: ['{'a:' * LONG}']}}}}, {{type: ai-gateway}}]}}]",
    "a name of dots": f"kind: NgrokTrafficPolicy\nmetadata: {{name: '{'a.' * LONG}'}}\nspec: {{policy: {{on_http_request: [{{type: ai-gateway}}]}}}}\n",
    "an endpoint of dots": f"version: 3\nendpoints: [{{url: 'https://{'a.' * LONG}', traffic_policy: {{on_http_request: [{{type: ai-gateway}}]}}}}]\n",
}


MANY: Final[dict[str, Callable[[int], str]]] = {
    "clients of a check": lambda n: (
        "on_http_request:\n  - expressions:\n      - \"!(getReqHeader('x-api-key') in ["
        + ", ".join(f"secrets.get('c', 'k{i}')" for i in range(n))
        + '])"\n    actions: [{type: deny}]\n  - actions: [{type: ai-gateway}]\n'
    ),
    "keys": lambda n: config(
        "providers:\n        - id: openai\n          api_keys:\n"
        + "".join(f"            - value: sk-made-up-{i:08}\n" for i in range(n))
    ),
    "secrets of a cluster": lambda n: (
        "kind: List\nitems:\n"
        + "".join(
            f"  - {{kind: Secret, metadata: {{name: s{i}}}, data: {{a: bWFkZS11cA{i:08}, b: enhjdmJubQ{i:08}}}}}\n"
            for i in range(n)
        )
    ),
    "known forms in comments": lambda n: "".join(f"# sk-made-up-{i:08}\n" for i in range(n)) + GOOD,
    "providers": lambda n: config(
        "providers:\n"
        + "".join(f"        - {{id: p{i}, base_url: 'https://p{i}.internal'}}\n" for i in range(n))
    ),
    "models": lambda n: config(
        "providers:\n        - id: p\n          base_url: https://p.internal\n          models:\n"
        + "".join(f"            - id: m{i}\n" for i in range(n))
    ),
    "parameters": lambda n: config(
        "providers: [{id: p, base_url: 'https://p.internal'}]\n      query_params:\n"
        + "".join(f"        k{i}: v\n" for i in range(n))
    ),
    "rules": lambda n: (
        "on_http_request:\n"
        + "  - actions: [{type: log, config: {metadata: {}}}]\n" * n
        + "  - type: ai-gateway\n"
    ),
    "conditions": lambda n: (
        "on_http_request:\n  - expressions:\n"
        + "".join(f"      - req.host == 'h{i}'\n" for i in range(n))
        + "    actions: [{type: ai-gateway}]\n"
    ),
    "endpoints": lambda n: (
        "version: 3\nendpoints:\n"
        + "".join(
            f"  - {{url: 'https://e{i}.example.com', traffic_policy: {{on_http_request: [{{type: ai-gateway}}]}}}}\n"
            for i in range(n)
        )
    ),
}


NO_ACTION: Final = (
    "on_http_request: []\n",
    "on_http_request: [{actions: [{type: deny}]}]\n",
    "services: {web: {image: x}}\n",
    "just text\n",
    "42\n",
    "[]\n",
    "{}\n",
    "null\n",
    "# ai-gateway\n",
    "ai-gateway\n",
    "description: about ai-gateway\n",
)


HIDDEN: Final = (
    "on_http_request: [{name: x, action: {type: ai-gateway}}]\n",
    "on_http_request: [{type: ai-gateway, actions: null, config: {}}]\n",
    "on_http_request: |\n  - type: ai-gateway\n",
    "on_http_request: {rules: [{actions: [{type: ai-gateway}]}]}\n",
    "on_http_request: [{actions: [{action: {type: ai-gateway}}]}]\n",
    "on_http_request: [{actions: [[{type: ai-gateway}]]}]\n",
    "on_http_request: [[{actions: [{type: ai-gateway}]}]]\n",
    "on_http_request: [{actions: {one: {type: ai-gateway}}}]\n",
    "on_http_request: []\nrules: [{actions: [{type: ai-gateway}]}]\n",
    "on_http_request: [{actions: [{Type: ai-gateway}]}]\n",
    "on_http_request: [{actions: [{type: AI-Gateway}]}]\n",
    "on_http_request: [{actions: [{type: ai_gateway}]}]\n",
    "on_http_request: [{actions: [{type: 'ai-gateway '}]}]\n",
    "on_http_request: [{actions: [{type: [ai-gateway]}]}]\n",
    "on_http_request: [{actions: [{ai-gateway: {providers: []}}]}]\n",
    "on_http_request: [{actions: [ai-gateway]}]\n",
    "on_http_request: [{actions: ai-gateway}]\n",
    "On_Http_Request: [{actions: [{type: ai-gateway}]}]\n",
    "on_http_requests: [{actions: [{type: ai-gateway}]}]\n",
    "traffic_policy: {on_http_request: [{actions: [{type: ai-gateway}]}]}\n",
    "traffic_policy: |\n  on_http_request: [{actions: [{type: ai-gateway}]}]\n",
    'traffic_policy: \'{"on_http_request": [{"actions": [{"type": "ai-gateway"}]}]}\'\n',
    "- {type: ai-gateway}\n- other\n",
    "providers: [{id: openai, api_keys: [{value: x}]}]\nonly_allow_configured_provider: true\n",
    "providers: [{id: openai}, {name: x}]\nonly_allow_configured_providers: true\n",
    "kind: CloudEndpoint\nspec: {url: 'https://x.example.com', traffic_policy: {on_http_request: [{type: ai-gateway}]}}\n",
    "kind: ConfigMap\ndata:\n  policy.yaml: |\n    on_http_request: [{type: ai-gateway}]\n",
    "version: 3\nendpoints: [{url: 'https://x', trafficPolicy: {on_http_request: [{type: ai-gateway}]}}]\n",
    "version: 3\nendpoints: {x: {traffic_policy: {on_http_request: [{type: ai-gateway}]}}}\n",
)
