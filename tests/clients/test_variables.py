"""Environment variables as entries of a list: Deployments and the like, in every way they are written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from migrator.clients import Bundle, Mention
from migrator.clients.variables import holder, variables
from tests.clients.finding import found
from tests.properties.planting import made_up

BLOCK = """\
spec:
  containers:
    - name: API_KEY
      image: app
      env:
        # the gateway's
        - name: TEAM_KEY
          valueFrom:
            secretKeyRef:
              name: ai
              key: token
        - name: OPENAI_BASE_URL
          value: https://ai.example.com/v1
        - name: OPENAI_MODEL
          value: fast  # and cheap
      volumeMounts:
        - name: SHARED_TOKEN
          mountPath: /run/token
  volumes:
    - name: SHARED_TOKEN
      secret: {secretName: OTHER_TOKEN}
"""
FLOW = """\
env:
  - {name: OPENAI_BASE_URL, value: "https://ai.example.com/v1"}
  - {name: TEAM_KEY, valueFrom: {secretKeyRef: {name: ai, key: token}}}
  - {name: "OPENAI_MODEL", value: fast}
"""
JSON = """\
{"name": "API_KEY", "env": [
  {
    "name": "OPENAI_BASE_URL",
    "value": "https://ai.example.com/v1"
  },
  {"name": "TEAM_KEY", "valueFrom": {"secretKeyRef": {"name": "ai", "key": "token"}}},
  {"value": "fast", "name": "OPENAI_MODEL"}
]}
"""
TURNED = """\
env:
- value: https://ai.example.com/v1
  name: 'OPENAI_BASE_URL'
- valueFrom:
    secretKeyRef:
      key: token
      name: ai

  name: TEAM_KEY
- value: fast
  name: OPENAI_MODEL
"""
HELM = """\
          env:
          {{- if .Values.ai }}
            - name: OPENAI_BASE_URL
              value: https://ai.example.com/v1
          {{- end }}
            - name: TEAM_KEY
              valueFrom:
                secretKeyRef:
                  name: ai
                  key: token
            - name: OPENAI_MODEL
            {{- if .Values.fast }}
              value: fast
            {{- end }}
            {{- with .Values.extraEnv }}
            {{- toYaml . | nindent 12 }}
            {{- end }}
"""
TERRAFORM = """\
resource "kubernetes_deployment" "app" {
  env {
    name  = "OPENAI_BASE_URL"
    value = "https://ai.example.com/v1"
  }
  # the gateway's
  env {
    name = "TEAM_KEY"
    value_from {
      secret_key_ref {
        name = "ai"
        key  = "token"
      }
    }
  }
  env {
    name  = "OPENAI_MODEL"
    value = "fast"
  }
}
"""
PIECES = (
    *("- ", "  ", "\n", "\r\n", "\n  ", "{", "}", "[", ",", ": ", ":", '"', "'", "#", " # ", "{{ ", " }}", "\\", "|", "${{ "),
    *("name: ", "value: ", "valueFrom: ", "secretKeyRef: ", "key: ", '"name": "', "A_KEY", "x", "secrets.A", "- name: A\n  ", " = ", "env ", "secret_name"),
)  # fmt: skip


def keys(bundle: Bundle, text: str, path: str = "app.yaml") -> list[Mention]:
    return [mention for mention in found(bundle, text, path) if mention.kind == "key-environment"]


@pytest.mark.parametrize("text", [BLOCK, FLOW, JSON, TURNED, HELM, TERRAFORM, BLOCK.replace("\n", "\r\n")])
def test_a_variable_is_found_however_its_entry_is_written(bundle: Bundle, text: str) -> None:
    mentions = {mention.kind: mention for mention in found(bundle, text, "app.yaml")}
    assert len(found(bundle, text, "app.yaml")) == len(mentions) == 3
    key, url, model = (mentions[kind] for kind in ("key-environment", "base-url", "renamed-model"))
    assert (key.found, key.replacement, key.is_unambiguous) == ("TEAM_KEY", None, False)
    assert text[key.start : key.end] == "TEAM_KEY"
    assert "the key token of the Secret ai must hold the token of an access key" in key.why
    assert (url.replacement, url.is_unambiguous) == ("https://gateway.ngrok.ai/v1", True)
    assert (model.replacement, model.is_unambiguous) == ("openai:gpt-4o-mini", True)
    assert text[model.start : model.end] == "fast"


@pytest.mark.parametrize(
    "entry",
    [
        "- name: TEAM_KEY\n  image: app\n",
        "- name: TEAM_KEY\n  mountPath: /run\n  readOnly: true\n",
        "- name: TEAM_KEY\n  secret: {secretName: TEAM_KEY}\n",
        "- name: TEAM_KEY\n  configMap:\n    items: [{key: TEAM_KEY, path: value}]\n",
        "- name: TEAM_KEY\n",
        "- configMapRef: {name: TEAM_KEY}\n",
        "- name: POD_KEY\n  valueFrom: {fieldRef: {fieldPath: metadata.name}}\n",
        "- name: Authorization\n  value: Bearer made-up\n",
        "- name: X-API-KEY\n  value: made-up\n",
        "- name: TEAM_KEY\n  env:\n    - name: COLOUR\n      value: red\n",
        "- {name: TEAM_KEY, mountPath: /run}\n",
        "metadata:\n  name: TEAM_KEY\nvalue: red\n",
        "- name: TEAM_KEYS and more\n  value: red\n",
    ],
)
def test_a_name_is_a_variable_only_beside_a_value(bundle: Bundle, entry: str) -> None:
    assert keys(bundle, f"url: https://ai.example.com/v1\n{entry}") == []


@pytest.mark.parametrize(
    "value,said",
    [
        ("value: made-up", "if this is the key for the old endpoint, it must hold"),
        ('value: ""', "if this is the key for the old endpoint, it must hold"),
        ("valueFrom: {secretKeyRef: {name: ai, key: a.b}}", "the key a.b of the Secret ai must hold"),
        ("valueFrom: {secretKeyRef: {name: ai, optional: true, key: a}}", "the key a of the Secret ai must hold"),
        ("valueFrom: {configMapKeyRef: {name: ai, key: a}}", "the key a of the ConfigMap ai must hold"),
        ("valueFrom: {secretKeyRef: {name: '{{ .Values.secret }}', key: a}}", "the Secret it comes from must hold"),
        ("valueFrom: arn:aws:secretsmanager:x", "what its value comes from must hold"),
        ("value: ${{ secrets.TEAM }}", "the secret TEAM must hold"),
    ],
)  # fmt: skip
def test_what_has_to_hold_the_token_is_told(bundle: Bundle, value: str, said: str) -> None:
    text = f"env:\n- name: URL\n  value: https://ai.example.com/v1\n- name: TEAM_KEY\n  {value}\n"
    (key,) = keys(bundle, text)
    assert said in key.why
    assert (key.replacement, key.is_unambiguous) == (None, False)


@pytest.mark.parametrize(
    "line", ["API_KEY: ${{ secrets.TEAM }}", 'API_KEY: "${{secrets.TEAM}}"', "- API_KEY=${{ secrets.TEAM }}"]
)
def test_a_secret_of_a_workflow_is_named(bundle: Bundle, line: str) -> None:
    (key,) = keys(bundle, f"env:\n  URL: https://ai.example.com/v1\n  {line}\n", ".github/workflows/a.yml")
    assert "the secret TEAM must hold the token of an access key" in key.why


@pytest.mark.parametrize(
    "text,said",
    [
        ('{ name = "URL", value = "%s" },\n{ name = "A_KEY", valueFrom = aws_secret.ai.arn },\n', "what its value comes from"),
        ('env {\n  name = "URL"\n  value = "%s"\n}\nenv {\n  name = "A_KEY"\n  value = var.key\n}\n', "what its value comes from"),
        ('env {\n  name = "URL"\n  value = "%s"\n}\nenv {\n  name = "A_KEY"\n  secret_name = "ai-key"\n}\n', "the secret ai-key"),
        (
            'env {\n  name = "URL"\n  value = "%s"\n}\nenv {\n  name = "A_KEY"\n  value_source {\n    secret_key_ref {\n      secret = google_secret.ai.id\n    }\n  }\n}\n',
            "the Secret it comes from",
        ),
        ("- name: URL\n  value: %s\n- name: A_KEY\n  secretRef: ai-key\n", "the secret ai-key"),
        ("- secretRef: ai-key\n  name: A_KEY\n- name: URL\n  value: %s\n", "the secret ai-key"),
        ("  {\n    name: 'URL'\n    value: '%s'\n  }\n  {\n    name: 'A_KEY'\n    secretRef: 'ai-key'\n  }\n", "the secret ai-key"),
        ("- Name: URL\n  Value: %s\nSecrets:\n- Name: A_KEY\n  ValueFrom: !Ref Ai\n", "what its value comes from"),
        ("- key: URL\n  value: %s\n- key: A_KEY\n  value: x\n", "it"),
    ],
)  # fmt: skip
def test_others_have_their_own_words_for_a_variable(bundle: Bundle, text: str, said: str) -> None:
    (key,) = keys(bundle, text % "https://ai.example.com/v1")
    assert key.found == "A_KEY"
    assert f", {said} must hold" in key.why


@pytest.mark.parametrize(
    "text",
    [
        'env {\n  name = "A_KEY"\n  value_from {\n    field_ref {\n      field_path = "metadata.name"\n    }\n  }\n}\n',
        'container {\n  name = "A_KEY"\n  env {\n    name = "COLOUR"\n    value = "red"\n  }\n}\n',
        'volume {\n  name = "A_KEY"\n  secret {\n    secret_name = "ai"\n  }\n}\n',
        "- secretRef:\n    name: A_KEY\n",
        "- secretRef: {name: A_KEY}\n",
    ],
)
def test_what_is_written_alike_is_no_variable(bundle: Bundle, text: str) -> None:
    assert keys(bundle, f"url: https://ai.example.com/v1\n{text}") == []


def test_names_of_secrets_that_look_like_credentials_are_not_shown(bundle: Bundle) -> None:
    secret = made_up("name", "sk-proj-")
    for reference in (f"{{name: {secret}, key: a}}", f"{{name: ai, key: {secret}}}"):
        (key,) = keys(
            bundle,
            f"- name: U\n  value: https://ai.example.com/v1\n- name: A_KEY\n  valueFrom: {{secretKeyRef: {reference}}}\n",
        )
        assert secret not in key.why
        assert "the Secret it comes from" in key.why


@pytest.mark.parametrize(
    "text",
    [
        "environment:\n  - URL=https://ai.example.com/v1\n  - TEAM_KEY=made-up\n",
        "environment:\n  URL: https://ai.example.com/v1\n  TEAM_KEY: made-up\n",
        'environment: {URL: "https://ai.example.com/v1", TEAM_KEY: made-up}\n',
        '{"env": {"TEAM_KEY": "made-up", "URL": "https://ai.example.com/v1"}}\n',
    ],
)
def test_a_variable_of_a_mapping_or_of_a_list_of_settings_is_found(bundle: Bundle, text: str) -> None:
    assert [key.found for key in keys(bundle, text)] == ["TEAM_KEY"]


@pytest.mark.parametrize(
    "line",
    [
        'Environment.GetEnvironmentVariable("TEAM_KEY")',
        'Deno.env.get("TEAM_KEY")',
        "Bun.env.TEAM_KEY",
        "$_ENV['TEAM_KEY']",
        "env('TEAM_KEY')",
        "api_key: os.environ/TEAM_KEY",
        '$env:TEAM_KEY = "made-up"',
        "set -gx TEAM_KEY made-up",
        "setx TEAM_KEY made-up",
        "ENV TEAM_KEY made-up",
        "ENV A=b TEAM_KEY=made-up",
        "ARG TEAM_KEY",
        "Environment=TEAM_KEY=made-up",
        'Environment="A=b" "TEAM_KEY=made-up"',
        "docker run -e TEAM_KEY app",
        "docker run --env=TEAM_KEY app",
        "A=b TEAM_KEY=made-up make",
        'env_key = "TEAM_KEY"',
        '"api_key=os.environ[\\"TEAM_KEY\\"]\\n"',
        "apiKey: ${{ secrets.TEAM_KEY }}",
    ],
)
def test_a_variable_is_found_in_the_words_of_many_tools(bundle: Bundle, line: str) -> None:
    (key,) = keys(bundle, f"base_url = https://ai.example.com/v1\n{line}\n", "a.txt")
    assert key.found == "TEAM_KEY"
    assert "made-up" not in key.why


@pytest.mark.parametrize(
    "line", ["if TEAM_KEY==x", "dotenv(TEAM_KEY)", "x.env('TEAM_KEY')", "-e TEAM_KEYS.x", "# the TEAM_KEY"]
)
def test_a_word_that_no_tool_takes_for_a_variable_is_none(bundle: Bundle, line: str) -> None:
    assert keys(bundle, f"base_url = https://ai.example.com/v1\n{line}\n", "a.txt") == []


def test_in_a_list_six_variables_are_near_and_no_more(bundle: Bundle) -> None:
    entry = "- name: N{}_KEY\n  valueFrom:\n    secretKeyRef:\n      name: ai\n      key: token\n"
    url = "- name: URL\n  value: https://ai.example.com/v1\n"
    text = "".join(
        [*(entry.format(number) for number in range(8)), url, *(entry.format(n) for n in range(10, 18))]
    )
    assert [key.found for key in keys(bundle, text)] == [
        *(f"N{number}_KEY" for number in range(2, 8)),
        *(f"N{number}_KEY" for number in range(10, 16)),
    ]


def test_a_list_of_another_container_is_as_far_as_its_lines(bundle: Bundle) -> None:
    other = "".join(f"    - name: OTHER_{n}\n      value: x\n      # and why\n" for n in range(3))
    text = (
        "- name: a\n  env:\n    - name: URL\n      value: https://ai.example.com/v1\n"
        f"- name: TEAM_KEY\n  image: b\n  args: []\n  tty: true\n  env:\n{other}"
        "    - name: TEAM_TOKEN\n      value: x\n"
    )
    assert keys(bundle, text) == []


@pytest.mark.parametrize(
    "names,replacement,is_sure",
    [
        (("OPENAI_BASE_URL", "ANTHROPIC_KIND"), "https://gateway.ngrok.ai/v1", True),
        (("ANTHROPIC_BASE_URL", "OPENAI_KIND"), "https://gateway.ngrok.ai", True),
        (("URL", "OPENAI_KIND"), "https://gateway.ngrok.ai/v1", True),
        (("URL", "ANTHROPIC_KIND"), "https://gateway.ngrok.ai", True),
    ],
)
def test_the_name_of_a_variable_says_which_sdk_its_address_is_for(
    bundle: Bundle, names: tuple[str, str], replacement: str, is_sure: bool
) -> None:
    url, other = names
    for text in (
        f"- name: {url}\n  value: https://ai.example.com\n- name: {other}\n  value: x\n",
        f"- value: x\n  name: {other}\n- value: https://ai.example.com\n  name: {url}\n",
        f"- {{name: {url}, value: https://ai.example.com}}\n- {{name: {other}, value: x}}\n",
    ):
        (mention,) = found(bundle, text, "app.yaml")
        assert (mention.replacement, mention.is_unambiguous) == (replacement, is_sure)


def test_variables_on_both_sides_that_disagree_leave_an_address_in_doubt(bundle: Bundle) -> None:
    text = (
        "- name: ANTHROPIC_KIND\n  valueFrom:\n    configMapKeyRef: {name: ai, key: kind}\n"
        "- name: URL\n  value: https://ai.example.com\n- name: OPENAI_KIND\n  value: x\n"
    )
    (mention,) = found(bundle, text, "app.yaml")
    assert not mention.is_unambiguous


def test_an_address_that_goes_on_in_a_template_is_left(bundle: Bundle) -> None:
    for text in (
        "- {name: ANTHROPIC_URL, value: https://ai.example.com{{ .path }}}\n",
        "- name: ANTHROPIC_URL\n  value: https://ai.example.com{{ .path }}\n",
    ):
        (mention,) = found(bundle, text)
        assert not mention.is_unambiguous


def test_a_word_is_a_model_where_its_own_variable_says_so(bundle: Bundle) -> None:
    text = (
        "# https://ai.example.com/v1\n- {name: A_MODEL, value: gpt-4o}\n- {name: SPEED, value: fast}\n"
        "- {name: PACE, value: 'fast'}\n- {name: MODEL, value: fast}\n"
    )
    assert [(m.line, m.kind) for m in found(bundle, text)] == [(1, "base-url"), (5, "renamed-model")]
    inside = """- name: CONFIG\n  value: '{"url": "https://ai.example.com/v1", "model": "fast"}'\n"""
    assert [m.kind for m in found(bundle, inside)] == ["base-url", "renamed-model"]


@pytest.mark.parametrize("path", ["", "/v1", "/v1/messages"])
def test_an_address_ends_with_its_entry(bundle: Bundle, path: str) -> None:
    (mention,) = found(bundle, f"- {{name: ANTHROPIC_URL, value: https://ai.example.com{path}}}\n")
    assert (mention.replacement, mention.is_unambiguous) == (f"https://gateway.ngrok.ai{path}", True)


def test_a_container_is_no_variable_because_the_first_in_its_list_begins_with_its_value() -> None:
    text = """\
containers:
- name: model
  env:
  - value: ngrok/auto
    name: NOTE
  - valueFrom: {secretKeyRef: {name: s, key: k}}
    name: TEAM_KEY
"""
    assert [(one.name, one.value) for one in variables(text)] == [("NOTE", "ngrok/auto"), ("TEAM_KEY", "")]


@pytest.mark.parametrize(
    "entry,value",
    [
        ("- name: A\n  value: one", "one"),
        ("- name: A\n  value: 'one'  # two", "one"),
        ('- name: A\n  value: "one two"', "one two"),
        ("- name: A\n  value: one two", "one two"),
        ("- name: A\n  value: a,b", "a,b"),
        ("- name: A\n  value: a#b # c", "a#b"),
        ("- {name: A, value: a b , other: c}", "a b"),
        ('{"name": "A", "value": "a, name: {"}', "a, name: {"),
        ("- name: A\n  value: {{ .Values.a }}", ""),
        ("- name: A\n  value: |\n    one", ""),
        ("- name: A\n  value: >-\n    one", ""),
        ("- name: A\n  value: &a one", ""),
        ("- name: A\n  value: *a", ""),
        ("- name: A\n  value:", ""),
        ("- name: A\n  value: 'it''s'", ""),
        ('- name: A\n  value: "a\\tb"', ""),
        ("- name: A\n  valueFrom: one", ""),
    ],
)
def test_a_value_is_what_stands_there_alone(entry: str, value: str) -> None:
    (variable,) = variables(entry)
    assert (variable.name, variable.value) == ("A", value)
    assert entry[variable.value_start :].startswith(value)


@given(st.lists(st.sampled_from(PIECES)).map("".join))
def test_a_variable_is_where_it_says(text: str) -> None:
    for variable in variables(text):
        assert text[variable.start] in " -{"
        assert text[variable.name_start :].startswith(variable.name)
        assert text[variable.value_start :].startswith(variable.value)
        assert variable.start <= variable.name_start < variable.end <= len(text)
        assert variable.start <= variable.value_start <= variable.end - len(variable.value)
        holder(text, variable)


def test_a_text_that_opens_everything_and_closes_nothing_is_read_quickly() -> None:
    assert variables("{name: A, value: " * 20_000) == ()
    assert variables("".join(f"{' ' * n}- name:\n" for n in range(2_000))) == ()


def test_a_key_where_the_name_of_one_belongs_is_not_shown(bundle: Bundle) -> None:
    secret = "_".join(("hf", "madeup" * 5, "api_key"))
    for line in (f'env_key = "{secret}"', f"apiKey: ${{{{ secrets.{secret} }}}}", f'env("{secret}")'):
        mentions = found(bundle, f"base_url = https://ai.example.com/v1\n{line}\n", "a.txt")
        assert all(secret not in f"{one.found}{one.why}" for one in mentions)
