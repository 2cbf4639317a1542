"""Variables that a program gets all together: of a Secret, of a ConfigMap, of a file."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from migrator.catalog import bundled
from migrator.clients import Bundle, Mention, search
from migrator.clients.inherited import config_maps, from_config_maps, inherited
from migrator.clients.variables import variables
from migrator.sources.walk import iter_files
from tests.clients.finding import found
from tests.properties.planting import made_up

URL = "https://ai.example.com/v1"
ENV = f"env:\n  - name: OPENAI_BASE_URL\n    value: {URL}\n"
PIECES = (
    *("envFrom:", "env_from {", "\n", "  ", "- ", "secretRef:", "configMapRef: {name: a}", "name: ", "a", '"', "}", "{{ .x }}"),
    *("env_file: ", "--env-file ", "EnvironmentFile=", ".env", "kind: ConfigMap\n", "---\n", "prefix: P_\n", "optional: true"),
    *("- name: A\n  valueFrom: {configMapKeyRef: {name: a, key: b}}\n", "#", "[", ", ", "]"),
)  # fmt: skip


def keys(bundle: Bundle, text: str, path: str = "app.yaml") -> list[Mention]:
    return [mention for mention in found(bundle, text, path) if mention.kind == "key-environment"]


@pytest.mark.parametrize(
    "text,word,holder",
    [
        (f"{ENV}envFrom:\n  - secretRef:\n      name: ai-keys\n", "secretRef", "the Secret ai-keys"),
        (f"envFrom:\n- configMapRef: {{name: x}}\n- secretRef: {{name: ai-keys}}\n{ENV}", "secretRef", "the Secret ai-keys"),
        (f"{ENV}envFrom:\n- prefix: AI_\n  secretRef:\n    optional: true\n    name: 'ai-keys'\n", "secretRef", "the Secret ai-keys"),
        (f"{ENV}envFrom:\n  {{{{- if .x }}}}\n  - secretRef:\n      name: {{{{ .y }}}}-keys\n", "secretRef", "the Secret it names"),
        (f'{{"u": "{URL}", "envFrom": [{{"secretRef": {{"name": "ai-keys"}}}}]}}\n', "secretRef", "the Secret ai-keys"),
        (
            f'env {{\n  name = "U"\n  value = "{URL}"\n}}\nenv_from {{\n  secret_ref {{\n    name = "ai-keys"\n  }}\n}}\n',
            "secret_ref",
            "the Secret ai-keys",
        ),
        (f"env_file: .env\nenvironment:\n  U: {URL}\n", "env_file", "what it names (.env)"),
        (f"env_file:\n  - a.env\n  - path: ./b.env\n    required: false\nenvironment: [U={URL}]\n", "env_file", "what it names (a.env, ./b.env)"),
        (f"env_file: [a.env, b.env]\nenvironment: [U={URL}]\n", "env_file", "what it names (a.env, b.env)"),
        (f"[Service]\nEnvironment=U={URL}\nEnvironmentFile=-/etc/ai.env\n", "EnvironmentFile", "what it names (/etc/ai.env)"),
        (f"docker run --env-file ai.env -e U={URL} app\n", "--env-file", "what it names (ai.env)"),
        (f'Config(env_file="ai.env", encoding="utf-8", u="{URL}")\n', "env_file", "what it names (ai.env)"),
        (f'{{"u": "{URL}",\n "envFile": "${{workspaceFolder}}/.env"}}\n', "envFile", "what it names"),
    ],
)  # fmt: skip
def test_what_brings_the_key_of_an_address_is_told(bundle: Bundle, text: str, word: str, holder: str) -> None:
    (key,) = keys(bundle, text)
    assert key.found == word == text[key.start : key.end]
    assert f"if {holder}" in key.why
    assert (key.replacement, key.is_unambiguous) == (None, False)


@pytest.mark.parametrize(
    "text",
    [
        f"url: {URL}\nsecretRef:\n  name: of-the-repository\n",
        f"{ENV}envFrom:\n- configMapRef: {{name: colours}}\n",
        "\n" * 14 + "envFrom:\n- secretRef: {name: far}\n",
    ],
)
def test_what_brings_no_keys_or_is_far_is_not_told(bundle: Bundle, text: str) -> None:
    assert keys(bundle, text if URL in text else f"url: {URL}\n{text}") == []


def test_behind_a_long_list_what_comes_with_it_is_near(bundle: Bundle) -> None:
    more = "".join(f"  - name: COLOUR_{n}\n    value: red\n" for n in range(30))
    assert [key.found for key in keys(bundle, f"{ENV}{more}envFrom:\n- secretRef: {{name: a}}\n")] == [
        "secretRef"
    ]


def test_a_name_that_looks_like_a_credential_is_not_shown(bundle: Bundle) -> None:
    secret = made_up("name", "sk-proj-")
    for text in (f"{ENV}envFrom:\n- secretRef: {{name: {secret}}}\n", f"env_file: {secret}\nu: {URL}\n"):
        (key,) = keys(bundle, text)
        assert secret not in key.why


MAPS = {
    "object": f"kind: Secret\nmetadata: {{name: other}}\n---\nkind: ConfigMap\nmetadata:\n  name: ai-settings\ndata:\n  U: {URL}\n",
    "generator": f"configMapGenerator:\n- name: ai-settings\n  literals:\n  - U={URL}\n",
    "terraform": f'resource "kubernetes_config_map" "a" {{\n  metadata {{\n    name = "ai-settings"\n  }}\n  data = {{ U = "{URL}" }}\n}}\n',
}
USES = {
    "whole": "envFrom:\n- configMapRef: {name: ai-settings}\n- secretRef: {name: ai-keys}\n",
    "entry": "env:\n- name: U\n  valueFrom: {configMapKeyRef: {name: ai-settings, key: U}}\n- name: A_KEY\n"
    "  valueFrom: {secretKeyRef: {name: ai-keys, key: k}}\n",
}  # fmt: skip


@pytest.mark.parametrize("use", sorted(USES))
@pytest.mark.parametrize("held", sorted(MAPS))
def test_the_keys_beside_a_config_map_with_an_address_are_told_in_other_files(
    bundle: Bundle, app: Path, held: str, use: str
) -> None:
    (app / "a.yaml").write_text(USES[use], encoding="utf-8")
    (app / "b.yaml").write_text(MAPS[held], encoding="utf-8")
    (app / "c.yaml").write_text(USES[use].replace("ai-settings", "colours"), encoding="utf-8")
    mentions = search(bundle, [str(app)], bundled().current, iter_files).mentions
    assert [(Path(one.path).name, one.kind) for one in mentions] == [
        ("a.yaml", "key-environment"),
        ("b.yaml", "base-url"),
    ]
    assert "ai-keys" in mentions[0].why
    assert "the address is in the ConfigMap ai-settings" in mentions[0].why


@given(st.lists(st.sampled_from(PIECES)).map("".join))
def test_what_is_told_is_where_it_says(text: str) -> None:
    for one in inherited(text):
        assert text[one.start : one.end] == one.word
        one.holder()
    maps = config_maps(text, range(len(text)))
    for offset, _ in from_config_maps(text, variables(text), maps):
        assert 0 <= offset < len(text)


def test_a_text_of_many_beginnings_is_read_quickly() -> None:
    for piece in (
        "envFrom: ",
        "env_file: ",
        "env_file:\n - ",
        "envFrom:\n- secretRef: ",
        "secretRef: {",
        "envFrom: [ - ,",
    ):
        inherited(piece * 20_000)
        config_maps(f"ConfigMap name: {piece}" * 5_000, [0])
