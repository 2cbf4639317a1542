"""Credentials in the fields of a policy."""

from __future__ import annotations

import hashlib

from tests.properties.planting import Plant, key_of, made_up, policy


def keys(plant: Plant) -> None:
    plain = made_up("plain")
    plant("a key, plain", "p.yaml", policy(key_of(plain)), plain)
    for name, mark in (("single", "'"), ("double", '"')):
        secret = made_up(name)
        plant(f"a key in {name} quotes", "p.yaml", policy(key_of(f"{mark}{secret}{mark}")), secret)
    for form in ("|", "|-", ">", ">-", "|2"):
        secret = made_up(f"block {form}")
        plant(
            f"a key as a block scalar {form}",
            "p.yaml",
            policy(f"api_keys:\n  - value: {form}\n      {secret}"),
            secret,
        )
    two = f"{made_up('first line')}\n      {made_up('second line')}"
    for form in ("|", ">"):
        plant(
            f"a key over two lines {form}",
            "p.yaml",
            policy(f"api_keys:\n  - value: {form}\n      {two}"),
            *two.split(),
        )
    plant("a key over two plain lines", "p.yaml", policy(f"api_keys:\n  - value: {two}"), *two.split())
    plant("a key over two quoted lines", "p.yaml", policy(f'api_keys:\n  - value: "{two}"'), *two.split())
    odd = (f"{made_up('one')}'s", f"{made_up('two')}'")
    plant(
        "a plain key over two lines with apostrophes",
        "p.yaml",
        policy(f"api_keys:\n  - value: {odd[0]}\n      {odd[1]}"),
        *odd,
    )
    quoted = (f'{made_up("q1")} "a', f'{made_up("q2")}"')
    plant(
        "a block scalar over two lines that ends with a quote",
        "p.yaml",
        policy(f"api_keys:\n  - value: |\n      {quoted[0]}\n      {quoted[1]}"),
        *quoted,
    )
    escaped = made_up("escaped")
    plant(
        "a key with escapes",
        "p.yaml",
        policy(key_of('"' + escaped.replace("-", "\\x2d") + '"')),
        escaped,
        escaped.replace("-", "\\x2d"),
    )
    spread = made_up("continued")
    plant(
        "a key over escaped line breaks",
        "p.yaml",
        policy(f'api_keys:\n  - value: "{spread[:9]}\\\n      {spread[9:]}"'),
        spread,
        spread[9:],
    )
    apostrophe = f"it's-{made_up('apostrophe')}"
    plant(
        "a key with an apostrophe in quotes",
        "p.yaml",
        policy(key_of("'" + apostrophe.replace("'", "''") + "'")),
        apostrophe,
    )
    for label, secret in (
        ("of digits", "90817263549081"),
        ("of hexadecimal digits", "0x9a8b7c6d5e4f"),
        ("that looks like a float", "918273.645546372"),
        ("in Cyrillic", "выдуманный-ключ-42"),
        ("with emoji", "made-up-😀-Zq81-🔑-Zx"),
        ("that is one word", "quietharborlantern"),
        ("with a known beginning", made_up("known", "sk-proj-")),
        ("with blanks", "made-up Zq7 passphrase Zx4 of words"),
    ):
        plant(f"a key {label}", "p.yaml", policy(key_of(f"{secret!s}")), secret)
    for label, place in (
        ("as an item without value", "api_keys: [{}]"),
        ("as a single value", "api_keys: {}"),
        ("under key", "api_keys: [{{key: {}}}]"),
        ("under secret", "api_keys: [{{secret: {}}}]"),
        ("under val", "api_keys: [{{val: {}}}]"),
        ("deeper than value", "api_keys: [{{value: {{literal: {}}}}}]"),
        ("in a list below value", "api_keys: [{{value: [{}]}}]"),
        ("by name", "api_keys: {{primary: {}}}"),
        ("in api_key", "api_key: {}"),
        ("in apiKey", "apiKey: {}"),
        ("in provider_keys", "provider_keys: [{{value: {}}}]"),
        ("in API_KEYS", "API_KEYS: [{{value: {}}}]"),
        ("with an anchor", "api_keys: [{{value: &k {}}}]\ndescription: *k"),
        ("with a tag", "api_keys: [{{value: !!str {}}}]"),
        ("behind Bearer", "api_keys: [{{value: Bearer {}}}]"),
    ):
        secret = made_up(label)
        plant(f"a key {label}", "p.yaml", policy(place.format(secret)), secret)
    for label, before, provider in (
        ("of an anchored list", "x-shared: &k [{{value: {}}}]\n", "api_keys: *k"),
        ("of an anchored string", "x-shared: &k {}\n", "api_keys: [{{value: *k}}]"),
        ("of an anchored item", "x-shared: &k {{value: {}}}\n", "api_keys: [*k]"),
        ("of a merged mapping", "x-shared: &k {{api_keys: [{{value: {}}}]}}\n", "<<: *k"),
        ("that a mapping overrules", "x-shared: &k {{api_keys: [{{value: {}}}]}}\n", "<<: *k\napi_keys: []"),
        ("of an anchored mapping under another key", "x-shared: &k {{a: {}}}\n", "api_keys: [*k]"),
    ):
        secret = made_up(label)
        plant(
            f"a key {label}", "p.yaml", policy(provider.format(secret), before=before.format(secret)), secret
        )
    for label, value in (
        ("in an expression", "\"${{'{}'}}\""),
        ("put together", "\"${{'{}' + 'x'}}\""),
        ("as another choice", "\"${{has(vars.k) ? vars.k : '{}'}}\""),
        ("beside an expression", '"{}-${{vars.k}}"'),
        ("as a shell's default", '"${{OPENAI_API_KEY:-{}}}"'),
        ("in an unterminated expression", '"${{\'{}"'),
        ("as raw text of an expression", "\"${{r'{}'}}\""),
        ("as bytes of an expression", "\"${{b'{}'}}\""),
        ("as an argument", "\"${{base64.decode('{}')}}\""),
        ("as the name of a secret", "\"${{secrets.get('{}')}} {}\""),
    )[:-1]:
        secret = made_up(label)
        plant(f"a key {label}", "p.yaml", policy(key_of(value.format(secret))), secret)


def config(plant: Plant) -> None:
    for label, place in (
        ("headers authorization", "headers: {{authorization: Bearer {}}}"),
        ("headers Authorization as Basic", "headers: {{Authorization: Basic {}}}"),
        ("headers x-api-key", "headers: {{X-API-Key: {}}}"),
        ("headers subscription key", "headers: {{Ocp-Apim-Subscription-Key: {}}}"),
        ("headers as a list", "headers: [{{name: authorization, value: {}}}]"),
        ("headers as a list with name and key", "headers: [{{name: first, key: authorization, value: {}}}]"),
        ("headers with a list of values", "headers: {{authorization: [{}]}}"),
        ("headers with a mapping", "headers: {{authorization: {{value: {}}}}}"),
        ("headers cookie", "headers: {{cookie: session={}}}"),
        ("headers in an expression", "headers: {{authorization: \"${{'Bearer ' + '{}'}}\"}}"),
        ("headers x-session-token", "headers: {{x-session-token: {}}}"),
        ("headers x-jwt", "headers: {{x-jwt: {}}}"),
        ("query_params api_key", "query_params: {{api_key: {}}}"),
        ("query_params sig", "query_params: {{sig: {}}}"),
        ("query_params code", "query_params: {{code: {}}}"),
        ("query_params token", "query_params: {{access_token: {}}}"),
        ("body token", "body: {{auth: {{token: {}}}}}"),
        ("body tokens", "body: {{tokens: [{}]}}"),
        ("body secrets", "body: {{secrets: {{a: {}}}}}"),
        ("body password", "body: {{db: {{user: x, password: {}}}}}"),
        ("an unknown field client_secret", "client_secret: {}"),
        ("an unknown field in camel case", "clientSecret: {}"),
        ("an unknown field with credentials", "credentials: {{username: x, password: {}}}"),
        (
            "a bearer token in a strategy",
            "model_selection: {{strategy: [\"'Bearer {}' == ai.keys[0].value\"]}}",
        ),
        ("a key strategy", "api_key_selection: {{strategy: [\"ai.keys.filter(k, k.value == '{}')\"]}}"),
    ):
        secret = made_up(label)
        plant(label, "p.yaml", policy(config=place.format(secret)), secret)
    for label, place in (
        ("base_url with a password", "base_url: https://user:{}@llm.example.com/v1"),
        ("base_url with a password and no user", "base_url: https://:{}@llm.example.com/v1"),
        ("base_url with a token as user", "base_url: https://{}@llm.example.com/v1"),
        ("base_url with an at sign in the password", "base_url: https://user:p@{}@llm.example.com/v1"),
        ("base_url with a percent in the password", "base_url: https://user:{}%21@llm.example.com/v1"),
        ("base_url with api_key", "base_url: https://llm.example.com/v1?api_key={}&a=b"),
        ("base_url with code", "base_url: https://llm.example.com/v1?a=b&code={}"),
        ("base_url with sig", "base_url: https://llm.example.com/v1?sig={}"),
        ("base_url with a fragment", "base_url: https://llm.example.com/v1#access_token={}"),
        ("base_url without scheme", "base_url: user:{}@llm.example.com"),
        ("website with a password", "website: https://user:{}@www.example.com/"),
        ("provider metadata", "metadata: {{api_token: {}}}"),
        ("provider metadata, deeper", "metadata: {{billing: {{secret: {}}}}}"),
        ("provider metadata in upper case", "metadata: {{OPENAI_API_KEY: {}}}"),
        ("provider metadata as pairs", "metadata: {{env: [{{name: OPENAI_API_KEY, value: {}}}]}}"),
    ):
        secret = made_up(label)
        plant(label, "p.yaml", policy(place.format(secret)), secret)
    short = "Hb7Lx2q9"
    plant(
        "base_url with a short token as user",
        "p.yaml",
        policy(f"base_url: https://{short}@llm.example.com/v1"),
        short,
    )
    for label, place in (
        ("display_name", "display_name: key {}"),
        ("description", "description: |\n  use {} until May"),
        ("a model's id", "models: [{{id: {}}}]"),
        ("a model's alias", "models: [{{id: m, id_aliases: [{}]}}]"),
        ("a model's metadata", "models: [{{id: m, metadata: {{note: {}}}}}]"),
        ("a provider's alias", "id_aliases: [{}]"),
        ("a mapping key", "metadata: {{{}: x}}"),
        ("an unknown field's name", "{}: x"),
    ):
        secret = made_up(label, "sk-ant-")
        plant(f"a known form in {label}", "p.yaml", policy(place.format(secret)), secret)
    for number, before in enumerate(
        ("sk-", "sk-proj-", "ghp_Zq", "AIzaZq", "xoxb-", "glpat-", "hf_Zq", "gsk_Zq", "r8_Zq", "AKIAZQ")
    ):
        tail = hashlib.sha256(before.encode()).hexdigest()[:36]
        secret = f"{before}{tail.upper() if before == 'AKIAZQ' else tail}"
        plant(f"a known form {number} in a comment", "p.yaml", policy() + f"# was {secret}\n", secret)
        plant(
            f"a known form {number} in a rule's name",
            "p.yaml",
            policy(front=f"- name: uses {secret}\n  actions: []"),
            secret,
        )
    secret = made_up("the id of a provider", "sk-ant-")
    plant(
        "a known form as the id of a provider",
        "p.yaml",
        f"providers: [{{id: {secret}, base_url: 'https://x.internal'}}]\n",
        secret,
    )
