"""Credentials in files of other kinds, in JSON, and in files that are broken."""

from __future__ import annotations

import base64
import json

from tests.properties.planting import Plant, action, indented, key_of, made_up, policy


def containers(plant: Plant) -> None:
    def agent(root: str, endpoint: str) -> str:
        return f"version: 3\n{root}endpoints:\n  - name: x\n    url: https://ai.example.com\n{indented(4, endpoint)}"

    rest = "traffic_policy: {on_http_request: [{type: ai-gateway}]}"
    for label, root, endpoint in (
        ("an agent's authtoken", "agent: {{authtoken: {}}}\n", rest),
        ("an agent's api_key", "agent:\n  api_key: {}\n", rest),
        ("an agent's connect key", "agent: {{connect_api_key: {}}}\n", rest),
        ("an agent's proxy", "agent: {{proxy_url: 'http://user:{}@proxy:8080'}}\n", rest),
        (
            "an upstream's URL",
            "",
            "upstream: {{url: 'https://user:{}@app:8080'}}\n" + rest.replace("{", "{{").replace("}", "}}"),
        ),
        (
            "an endpoint's metadata",
            "",
            'metadata: \'{{"api_key": "{}"}}\'\n' + rest.replace("{", "{{").replace("}", "}}"),
        ),
        (
            "an endpoint's metadata as a mapping",
            "",
            "metadata: {{api_key: {}}}\n" + rest.replace("{", "{{").replace("}", "}}"),
        ),
    ):
        secret = made_up(label)
        endpoint_text = endpoint.format(secret) if "{{" in endpoint else endpoint
        plant(label, "ngrok.yml", agent(root.format(secret), endpoint_text), secret)
    secret = made_up("tunnel")
    tunnel = f"version: '2'\nauthtoken: {secret}1\ntunnels:\n  one:\n    proto: http\n    basic_auth: ['alice:{secret}2']\n    auth: 'bob:{secret}3'\n    policy: {{inbound: [{{actions: [{{type: ai-gateway}}]}}]}}\n"
    plant("an agent configuration of version 2", "ngrok.yml", tunnel, secret)
    for label, value in (("a literal block", None), ("a JSON string", "json")):
        key, password = made_up(f"held in {label}"), made_up(f"password held in {label}")
        text = policy(key_of(key), front=action("basic-auth", f"credentials: ['alice:{password}']"))
        if value is None:
            plant(
                f"a policy held in {label}",
                "ngrok.yml",
                agent("", f"traffic_policy: |\n{indented(2, text)}"),
                key,
                password,
            )
        else:
            document = {
                "version": 3,
                "endpoints": [{"url": "https://ai.example.com", "traffic_policy": text}],
            }
            plant(f"a policy held in {label}", "ngrok.json", json.dumps(document), key, password)
    twice = made_up("held twice")
    inner = json.dumps(
        {
            "on_http_request": [
                {
                    "type": "ai-gateway",
                    "config": {"providers": [{"id": "openai", "api_keys": [{"value": twice}]}]},
                }
            ]
        }
    )
    plant(
        "a JSON policy held in quotes", "ngrok.yml", agent("", f"traffic_policy: {json.dumps(inner)}"), twice
    )
    plant(
        "a JSON policy held in a folded block", "ngrok.yml", agent("", f"traffic_policy: >\n  {inner}"), twice
    )
    plant(
        "a broken policy held in a block",
        "ngrok.yml",
        agent("", f"traffic_policy: |\n{indented(2, policy(key_of(twice)))}   x: [\n"),
        twice,
    )
    secret = made_up("kubernetes")
    data = base64.b64encode(secret.encode()).decode()
    for label, text, secrets in (
        ("a Secret", f"kind: Secret\nmetadata: {{name: x}}\nstringData: {{anything: {secret}}}\n", [secret]),
        (
            "a Secret's data",
            f"kind: Secret\nmetadata: {{name: x}}\ndata:\n  anything: {data}\n",
            [data, secret],
        ),
        (
            "a Secret in a list",
            f"kind: List\nitems:\n  - kind: Secret\n    metadata: {{}}\n    stringData: {{a: {secret}}}\n",
            [secret],
        ),
        (
            "a Secret's annotation",
            (
                "kind: Secret\nmetadata:\n  annotations:\n    kubectl.kubernetes.io/last-applied-configuration: |\n"
                f'      {{"kind":"Secret","stringData":{{"a":"{secret}"}}}}\ndata: {{a: x}}\n'
            ),
            [secret],
        ),
        (
            "a Secret's file",
            f"kind: Secret\nmetadata: {{}}\nstringData:\n  ngrok.yml: |\n    authtoken: {secret}\n",
            [secret],
        ),
        (
            "a ConfigMap's file",
            f"kind: ConfigMap\nmetadata: {{}}\ndata:\n  ngrok.yml: |\n    version: 3\n    agent:\n      authtoken: {secret}\n",
            [secret],
        ),
        (
            "a Deployment's variable",
            f"kind: Deployment\nspec: {{template: {{spec: {{containers: [{{env: [{{name: OPENAI_API_KEY, value: {secret}}}]}}]}}}}}}\n",
            [secret],
        ),
        (
            "a Deployment's arguments",
            f"kind: Deployment\nspec: {{template: {{spec: {{containers: [{{args: [--api-key={secret}]}}]}}}}}}\n",
            [secret],
        ),
    ):
        plant(label, "k.yaml", f"apiVersion: v1\n{text}", *secrets)
    old = made_up("an older key")
    applied = json.dumps(
        {
            "spec": {
                "policy": {
                    "on_http_request": [
                        {
                            "type": "ai-gateway",
                            "config": {"providers": [{"id": "openai", "api_keys": [{"value": old}]}]},
                        }
                    ]
                }
            }
        }
    )
    kind = "apiVersion: ngrok.k8s.ngrok.com/v1alpha1\nkind: NgrokTrafficPolicy\nmetadata:\n  name: x\n"
    annotated = f"  annotations: {{kubectl.kubernetes.io/last-applied-configuration: '{applied}'}}\n"
    plant(
        "a policy object", "k.yaml", f"{kind}spec:\n  policy:\n{indented(4, policy(key_of(secret)))}", secret
    )
    plant(
        "an older key in an annotation",
        "k.yaml",
        f"{kind}{annotated}spec:\n  policy:\n{indented(4, policy())}",
        old,
    )
    plant(
        "an older key in the status",
        "k.yaml",
        f"{kind}spec:\n  policy:\n{indented(4, policy())}status: {applied}\n",
        old,
    )
    plant(
        "a policy that is overruled",
        "k.yaml",
        f"kind: CloudEndpoint\nmetadata: {{name: x}}\nspec:\n  url: https://ai.example.com\n  trafficPolicy:\n    inline: {{on_http_request: [{{type: ai-gateway}}]}}\n    policy:\n{indented(6, policy(key_of(secret)))}",
        secret,
    )
    plant(
        "any other YAML",
        "docker-compose.yaml",
        f"services: {{x: {{environment: {{OPENAI_API_KEY: {secret}}}}}}}\n",
        secret,
    )
    plant(
        "a list of settings",
        "docker-compose.yaml",
        f"services: {{x: {{environment: [OPENAI_API_KEY={secret}]}}}}\n",
        secret,
    )


def json_texts(plant: Plant) -> None:
    def document(value: str) -> str:
        return f'{{"on_http_request":[{{"actions":[{{"type":"ai-gateway","config":{{"providers":[{{"id":"openai","api_keys":[{{"value":{value}}}]}}]}}}}]}}]}}'

    for label, secret, written in (
        ("JSON", made_up("json"), None),
        ("JSON with escapes", made_up("json escapes"), "-"),
        ("JSON with quotes", f'{made_up("json quotes")}"x\\y', None),
        ("JSON with a slash", f"{made_up('json slash')}/x", "/"),
        ("JSON with characters beyond ASCII", f"{made_up('json ü')}ü😀", None),
    ):
        text = json.dumps(secret)
        if written is not None:
            text = text.replace(written, "\\/" if written == "/" else "\\u002d")
        plant(f"a key in {label}", "p.json", document(text), secret, text[1:-1])
    token = made_up("json token")
    plant(
        "a token compared in JSON",
        "p.json",
        json.dumps(
            {
                "on_http_request": [
                    {
                        "expressions": [f"getReqHeader('authorization') != \"{token}\""],
                        "actions": [{"type": "deny"}],
                    },
                    {"type": "ai-gateway"},
                ]
            }
        ),
        token,
    )


def broken(plant: Plant) -> None:
    secret = made_up("broken")
    good = policy(key_of(secret), front=action("basic-auth", f"credentials: ['alice:{secret}-2']"))
    for label, text in (
        ("an unclosed bracket", f"{good}x: [\n"),
        ("a tab", f"{good}\tx: y\n"),
        ("a wrong indentation", good.replace("          providers", "         providers")),
        ("an unclosed quote", policy(f"api_keys:\n  - value: '{secret}")),
        ("a colon too many", good.replace("value: ", "value: a: ")),
        ("a duplicate key", good.replace("- value: ", f"- value: {secret}-3\n                  value: ")),
        ("a duplicate key above", f"on_http_request: []\n{good}"),
        ("a tag", good.replace("value: ", "value: !secret ")),
        ("a tag elsewhere", f"{good}x: !!python/object:os.system y\n"),
        ("an unknown alias", f"{good}x: *nowhere\n"),
        ("an alias that is the key", good.replace("value: ", "value: *")),
        ("an anchor that is the key", good.replace("value: ", "value: &")),
        ("a key that is a list", f"{good}[a, b]: c\n"),
        ("a second document that is broken", f"on_http_request: []\n---\n{good}x: [\n"),
        ("a first document that is broken", f"x: *nowhere\n---\n{good}"),
        ("too much depth", f"{good}x: {'[' * 300}\n"),
        ("too much depth, closed", f"{good}x: {'[' * 300}{']' * 300}\n"),
        ("a number too long", f"{good}x: {'9' * 300}\n"),
        (
            "an alias bomb",
            good
            + "a: &a [1,1,1,1,1,1,1,1,1]\n"
            + "".join(
                f"{chr(n + 1)}: &{chr(n + 1)} [{','.join([f'*{chr(n)}'] * 9)}]\n" for n in range(97, 106)
            ),
        ),
        ("a control character", f"{good}x: \x01\n"),
        ("a template", f"{good}{{{{- if .Values.x }}}}\nx: {{{{ .Values.y }}}}\n{{{{- end }}}}\n"),
        ("a byte that is no UTF-8", good.encode() + b"x: \xff\n"),
        ("a NUL byte", f"{good}x: \0\n"),
        ("broken JSON", json.dumps({"api_keys": [{"value": secret}], "x": 1})[:-1]),
        ("JSON with a comma too many", json.dumps({"api_keys": [{"value": secret}]})[:-1] + ",}"),
        ("JSON with a duplicate key", f'{{"on_http_request":[],"on_http_request":[{{"value":"{secret}"}}]}}'),
        ("only a key", secret),
        ("only the key and a colon", f"{secret}: x: y\n"),
        ("a merge of no mapping", f"{good}x: {{<<: 5}}\n"),
        ("UTF-16", f"{good}x: [\n".encode("utf-16")),
        ("old Mac line ends", f"{good}x: [\n".replace("\n", "\r")),
    ):
        whole = label in {
            "only a key",
            "only the key and a colon",
            "an alias that is the key",
            "an anchor that is the key",
        }
        known = made_up("broken", "sk-ant-")
        content = text if isinstance(text, bytes) or not whole else text.replace(secret, known)
        plant(f"a broken file with {label}", "p.yaml", content, known if whole else secret)
    windows = b"on_http_request: [{type: ai-gateway, config: {providers: [{id: openai, api_keys: [{value: %s}]}]}}]\r\n"
    plant("CRLF and a BOM", "p.yaml", b"\xef\xbb\xbf" + windows % secret.encode(), secret)
