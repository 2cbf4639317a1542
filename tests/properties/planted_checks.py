"""Credentials in what stands around the action: other actions, conditions, variables, comments."""

from __future__ import annotations

import json

from tests.properties.planting import Plant, action, indented, key_of, made_up, policy


def front(plant: Plant) -> None:
    for label, kind, config in (
        ("basic-auth", "basic-auth", "credentials: [alice:{}]"),
        ("basic-auth, single", "basic-auth", "credentials: alice:{}"),
        ("basic-auth, without a user", "basic-auth", "credentials: ['{}']"),
        ("basic-auth, empty user", "basic-auth", "credentials: [':{}']"),
        ("basic-auth, mapping", "basic-auth", "credentials: {{alice: {}}}"),
        ("basic-auth, list of mappings", "basic-auth", "credentials: [{{alice: {}}}]"),
        ("basic-auth, user and password", "basic-auth", "credentials: [{{username: alice, password: {}}}]"),
        ("basic-auth, password with a colon", "basic-auth", "credentials: ['alice:a:{}']"),
        ("basic-auth, expression", "basic-auth", "credentials: [\"alice:${{'{}'}}\"]"),
        ("oauth", "oauth", "provider: google\nclient_secret: {}"),
        ("oauth parameters", "oauth", "provider: google\nauthz_url_params: {{client_assertion: {}}}"),
        ("openid-connect", "openid-connect", "issuer_url: https://x\nclient_secret: '{}'"),
        ("verify-webhook", "verify-webhook", "provider: slack\nsecret: {}"),
        ("http-request headers", "http-request", "url: https://x\nheaders: {{authorization: Bearer {}}}"),
        (
            "http-request list of headers",
            "http-request",
            "url: https://x\nheaders: [{{key: authorization, value: {}}}]",
        ),
        ("http-request query", "http-request", "url: https://x\nquery_params: [{{key: api_key, value: {}}}]"),
        ("http-request url", "http-request", "url: https://user:{}@x.example.com/?a=b"),
        ("http-request url query", "http-request", "url: https://x.example.com/?token={}"),
        ("http-request body", "http-request", 'url: https://x\nbody: \'{{"client_secret": "{}"}}\''),
        ("add-headers", "add-headers", "headers: {{x-api-key: {}}}"),
        ("custom-response body", "custom-response", "status_code: 200\nbody: 'Authorization: Bearer {}'"),
        ("log metadata", "log", "metadata: {{token: {}}}"),
        ("redirect", "redirect", "to: https://x.example.com/?access_token={}"),
        ("jwt keys", "jwt-validation", "jws: {{keys: [{{secret: {}}}]}}"),
        ("an action nobody knows", "hmac-auth", "hmac_secret: {}"),
        (
            "rate-limit bucket key by token",
            "rate-limit",
            "name: x\nbucket_key: [\"getReqHeader('authorization') == '{}'\"]",
        ),
        ("find-replace", "request-body-find-replace", "replacements: [{{from: 'Bearer {}', to: x}}]"),
    ):
        secret = made_up(label)
        plant(f"{label} in front", "p.yaml", policy(front=action(kind, config.format(secret))), secret)
    pem = made_up("pem").replace("-", "").replace("_", "") + "A" * 20
    key = f"-----BEGIN PRIVATE KEY-----\n{pem}\n-----END PRIVATE KEY-----"
    plant(
        "a private key",
        "p.yaml",
        policy(front=action("terminate-tls", f"server_private_key: |\n{indented(2, key)}")),
        pem,
    )
    plant(
        "a private key in quotes",
        "p.yaml",
        policy(front=action("terminate-tls", f"server_private_key: {json.dumps(key)}")),
        pem,
    )
    plant(
        "a private key in a comment",
        "p.yaml",
        policy()
        + indented(0, key)
        .replace("-----B", "# -----B")
        .replace(pem, f"# {pem}")
        .replace("-----E", "# -----E"),
        pem,
    )


def expressions(plant: Plant) -> None:
    header = "req.headers['authorization'][0]"
    for label, expression in (
        ("equal", f"{header} == 'Bearer {{}}'"),
        ("unequal", f"{header} != '{{}}'"),
        ("in the other order", "'Bearer {}' != " + header),
        ("put together", header + " != 'Bearer ' + '{}'"),
        ("in a list", "!(" + header + " in ['{}', 'Bearer {}x'])"),
        ("in a map", header + " in {{'{}': 'alice'}}"),
        ("indexing a map", "{{'{}': 'alice'}}[" + header + "] != 'alice'"),
        ("in a list that is searched", "!['{}'].exists(t, t == " + header + ")"),
        ("searching the header", "!req.headers['authorization'].exists(h, h == '{}')"),
        ("in raw text", header + " != r'{}'"),
        ("in three quotes", header + " != '''{}'''"),
        ("as bytes", "bytes(" + header + ") != b'{}'"),
        ("with a macro", "getReqHeader('Authorization') != '{}'"),
        ("of x-api-key", "req.headers['x-api-key'][0] != '{}'"),
        ("of x-gateway-token", "req.headers['x-gateway-token'][0] != '{}'"),
        ("of a selected header", "req.headers.authorization[0] != '{}'"),
        ("of a query parameter", "getQueryParam('api_key') != '{}'"),
        ("of a query in the URL", "req.url.query_params['token'][0] != '{}'"),
        ("of a raw query", "!req.url.query.contains('token={}')"),
        ("of a cookie", "getCookie('session') != '{}'"),
        ("of a cookie by index", "req.cookies['session'].value != '{}'"),
        ("beginning", "!" + header + ".startsWith('Bearer {}')"),
        ("ending", "!" + header + ".endsWith('{}')"),
        ("by pattern", "!" + header + ".matches('^Bearer {}$')"),
        ("split", header + ".split(' ')[1] != '{}'"),
        ("lower case", header + ".lowerAscii() != '{}'"),
        ("chosen", header + " != (req.method == 'GET' ? '{}' : 'x')"),
        ("in a second condition", "req.method == 'POST' && !(" + header + " == '{}')"),
        ("that is not closed", header + " != '{}"),
        ("that is not CEL", header + " @@ '{}'"),
        ("in a comment of CEL", header + " != '' // '{}'"),
    ):
        secret = made_up(label)
        condition = json.dumps(expression.format(secret, secret))
        rule = f"- expressions: [{condition}]\n  actions: [{{type: deny}}]"
        plant(f"a token compared, {label}", "p.yaml", policy(front=rule), secret)
    for number, secret in enumerate(("zvharbor-jqlantern-key", "jqlanternsecret", "zvharbor_jqpierq_token")):
        condition = f"req.headers['authorization'][0] != '{secret}'"
        rule = f"- expressions: [{json.dumps(condition)}]\n  actions: [{{type: deny}}]"
        plant(f"a token compared, that reads like a name, {number}", "p.yaml", policy(front=rule), secret)
    for label, variables, expression in (
        ("listed", '- tokens: ["{0}", "{0}-2"]', "!(getReqHeader('authorization') in vars.tokens)"),
        ("listed under any name", '- allowed: ["{0}"]', "!(getReqHeader('authorization') in vars.allowed)"),
        (
            "listed in CEL",
            "- tokens: \"${{['{0}', 'x']}}\"",
            "!(getReqHeader('authorization') in vars.tokens)",
        ),
        ("as a map", '- tokens: {{"{0}": alice}}', "!(getReqHeader('authorization') in vars.tokens)"),
        ("by user", "- tokens: {{alice: '{0}'}}", "!(getReqHeader('authorization') in vars.tokens)"),
        ("single", "- token: '{0}'", "getReqHeader('authorization') != vars.token"),
        ("joined", "- tokens: '{0},x'", "!vars.tokens.contains(getReqHeader('authorization'))"),
        (
            "with the header in a variable",
            "- h: \"${{req.headers['authorization'][0]}}\"\n- ok: ['{0}']",
            "!(vars.h in vars.ok)",
        ),
        (
            "in CEL with the header in a variable",
            "- h: \"${{getReqHeader('authorization')}}\"\n- ok: \"${{['{0}']}}\"",
            "!(vars.h in vars.ok)",
        ),
        ("compared with a variable", "- h: \"${{getReqHeader('authorization')}}\"", "vars.h != 'Bearer {0}'"),
        ("decided in a variable", "- ok: \"${{getReqHeader('authorization') == '{0}'}}\"", "!vars.ok"),
    ):
        secret = made_up(f"variable {label}")
        rule = f"- expressions: [{json.dumps(expression.format(secret))}]\n  actions: [{{type: deny}}]"
        config = f"vars:\n{indented(2, variables.format(secret))}"
        plant(
            f"tokens in set-vars, {label}",
            "p.yaml",
            policy(front=action("set-vars", config) + rule),
            secret,
        )


def comments(plant: Plant) -> None:
    for label, comment in (
        ("a value", "# - value: {}"),
        ("a header", "# authorization: Bearer {}"),
        ("a header without scheme", "# x-api-key: {}"),
        ("a setting", "# OPENAI_API_KEY={}"),
        ("an old secret", "# client_secret: '{}'"),
        ("a password", "# password: {}"),
        ("a URL", "# base_url: https://user:{}@llm.example.com"),
        ("a call", "# curl -H 'Authorization: Bearer {}' https://x"),
    ):
        secret = made_up(f"comment {label}")
        plant(
            f"{label} in a comment",
            "p.yaml",
            policy() + f"{comment.format(secret)}\non_http_response: []\n",
            secret,
        )
    again = made_up("again")
    plant(
        "a key again in a comment",
        "p.yaml",
        policy(f"{key_of(again)} # old: {again}") + f"# {again}\n",
        again,
    )
    plant(
        "a key again in a name",
        "p.yaml",
        policy(key_of(again), front=f"- name: uses {again}\n  actions: []"),
        again,
    )
    plant(
        "a key again as a mapping key", "p.yaml", policy(key_of(again) + f"\nmetadata: {{{again}: x}}"), again
    )
    plant(
        "a key again in an expression",
        "p.yaml",
        policy(
            key_of(again), front=f"- expressions: [\"req.host == '{again}'\"]\n  actions: [{{type: deny}}]"
        ),
        again,
    )
