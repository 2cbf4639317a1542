from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from migrator.api import Options, convert
from migrator.manifest import ManifestError, manifest_of, read_manifest
from migrator.render.document import manifest
from migrator.render.manifest import manifest_yaml
from tests.manifest.small import SMALL
from tests.properties import policies, writing
from tests.properties.effort import examples
from tests.properties.pipeline import converted


def read(text: str) -> Any:
    return read_manifest(text.encode(), "m.yaml")


def refused(text: str) -> ManifestError:
    with pytest.raises(ManifestError) as caught:
        read(text)
    assert caught.value.exit_code == 2
    assert caught.value.remedy
    return caught.value


def test_a_manifest_is_read_with_places_secrets_references_and_sources() -> None:
    found = read(SMALL)
    assert [entry.address for entry in found.entries] == [
        "providers/ollama",
        "providerKeys/openai-primary",
        "accessKeyConfigurations/office",
        "accessKeys/office--default",
    ]
    key = found.entry("providerKeys/openai-primary")
    assert str(key.at) == "m.yaml:12:5"
    assert key.source == "policies/a.yaml:25, policies/b.yaml:9"
    assert key.secrets() == (("OPENAI_PRIMARY", "openai", "primary"),)
    assert found.entry("accessKeyConfigurations/office").references() == (
        "providers/ollama",
        "providerKeys/openai-primary",
    )
    assert found.settings == {"totalTimeout": "2m"}
    assert (found.migration, found.path) == ("default", "m.yaml")


def test_every_entry_gets_its_mark_whatever_mark_it_had() -> None:
    found = read(SMALL)
    assert [json.loads(entry.body["metadata"])["migrator"] for entry in found.entries] == [
        {"migration": "default", "ref": entry.ref} for entry in found.entries
    ]
    assert json.loads(found.entry("accessKeys/office--default").body["metadata"])["team"] == "x"
    copied = SMALL.replace('{"team":"x"}', '{"migrator":{"migration":"old","ref":"other"},"team":"x"}')
    as_mapping = SMALL.replace('metadata: \'{"team":"x"}\'', "metadata:\n        team: x")
    assert found.digest == read(copied).digest == read(as_mapping).digest


def test_the_digest_is_of_the_data() -> None:
    document = manifest_of(json.loads(json.dumps(data(SMALL))))
    commented = SMALL.replace("name: office\n", "name: 'office'  # the office\n")
    moved = SMALL.replace(
        "      providerId: openai\n      name: openai/primary\n",
        "      name: openai/primary\n      providerId: openai\n",
    )
    assert read(SMALL).digest == document.digest == read(commented).digest == read(moved).digest
    assert read(SMALL.replace("name: office\n", "name: offices\n")).digest != document.digest
    assert read(SMALL.replace("migration: default", "migration: other")).digest != document.digest
    assert read(SMALL.replace("2m", "3m")).digest != document.digest


def data(text: str) -> Any:
    import yaml

    return yaml.safe_load(text)


TWICE = "{providerId: openai, name: b, value: {$secret: {vault: b, env: OPENAI_PRIMARY}}}"
BROKEN = {
    "not YAML": ("providers:", "providers: [", "m.yaml:4", "neither YAML"),
    "a key twice": (
        "migration: default",
        "migration: default\nmigration: default",
        "m.yaml:3",
        "second time",
    ),
    "a token in an access key": (
        "      name: office\n      accessKeyConfigurationId",
        "      name: office\n      token: made-up\n      accessKeyConfigurationId",
        "m.yaml:45",
        "an access key has no token in a manifest",
    ),
    "a value in an access key": (
        "      name: office\n      accessKeyConfigurationId",
        "      name: office\n      value: {$secret: {env: A}}\n      accessKeyConfigurationId",
        "m.yaml:45",
        "an access key has no value in a manifest",
    ),
    "another version": ("formatVersion: 1", "formatVersion: 2", "m.yaml:1", "formatVersion: 1"),
    "a version that is true": ("formatVersion: 1", "formatVersion: true", "m.yaml:1", "formatVersion: 1"),
    "no version": ("formatVersion: 1\n", "", "m.yaml:1", "there is none"),
    "a migration without a name": ("migration: default", "migration:", "m.yaml:2", "1 to 100"),
    "a migration that is a number": ("migration: default", "migration: 7", "m.yaml:2", "1 to 100"),
    "an unknown list": ("accessKeys:", "accessKey:", "m.yaml:41", "Did you mean accessKeys?"),
    "a list that is none": ("providers:\n", "providers: {}\nold:\n", "m.yaml:3", "expected a list"),
    "an entry without a ref": ("ref: office\n", "rev: office\n", "m.yaml:22", "expected ref"),
    "a ref with capitals": ("ref: office\n", "ref: Office\n", "m.yaml:22", "lower-case"),
    "a ref that is a number": ("ref: office\n", "ref: 7\n", "m.yaml:22", "expected ref"),
    "an entry without a body": ("ref: ollama", "ref: x\n  - ref: ollama", "m.yaml:4", "no body"),
    "a misspelt body": (
        "office--default\n    body:",
        "office--default\n    bodi:",
        "m.yaml:43",
        "Did you mean body?",
    ),
    "a name that is a number": ("name: ollama", "name: 7", "m.yaml:7", "expected text, found a number"),
    "a name that is too long": ("name: ollama", f"name: {'x' * 256}", "m.yaml:7", "256 characters, 255"),
    "no name": ("      name: ollama\n", "", "m.yaml:5", "a provider needs name"),
    "an address that is plain": (
        "https://ollama.internal",
        "http://example.com",
        "m.yaml:8",
        "neither https",
    ),
    "a model twice": (
        "- modelId: small",
        "- modelId: small\n        - modelId: small",
        "m.yaml:11",
        "second time",
    ),
    "a model without an id": ("- modelId: small", "- small", "m.yaml:10", "needs modelId"),
    "a key in the file": (
        "      value:\n        $secret:",
        "      value:\n        secret:",
        "m.yaml:16",
        "no part",
    ),
    "a secret without a variable": ("          env: OPENAI_PRIMARY\n", "", "m.yaml:16", "needs env"),
    "a variable that is none": ("env: OPENAI_PRIMARY", "env: A=B", "m.yaml:16", "needs env"),
    "a secret with more": (
        "env: OPENAI_PRIMARY",
        "env: A\n          file: x",
        "m.yaml:16",
        "env, vault and name",
    ),
    "a secret elsewhere": (
        "name: office\n      access",
        "name: {$secret: {env: A}}\n      access",
        "m.yaml:24",
        "expected text",
    ),
    "a misspelt restriction": ("        models:\n", "        model:\n", "m.yaml:30", "Did you mean models?"),
    "a misspelt scope": ("      access:", "      acces:", "m.yaml:25", "Did you mean access?"),
    "an emptied allow list": (
        "          allow: []",
        "          allow:",
        "m.yaml:30",
        "expected allow, a list",
    ),
    "an emptied dimension": (
        "models:\n          allow: []",
        "models:",
        "m.yaml:30",
        "expected allow, a list",
    ),
    "an allow list of numbers": ("            - openai\n", "            - 7\n", "m.yaml:28", "list of texts"),
    "a rule without steps": (
        "- provider: openai\n            steps:",
        "- provider: openai\n            step:",
        "m.yaml:34",
        "needs steps",
    ),
    "a step that is none": ("type: ngrok", "type: ngrock", "m.yaml:40", "user or ngrok"),
    "a user step without keys": ("type: ngrok", "type: user", "m.yaml:40", "needs keys"),
    "a key within a step": (
        "- id:\n                      $ref: providerKeys/openai-primary",
        "- name: x\n                    value: y",
        "m.yaml:38",
        "{id: …}",
    ),
    "a rule that nobody can find": (
        "- provider: openai\n            steps",
        "- steps",
        "m.yaml:34",
        "provider, model",
    ),
    "a reference to nothing": (
        "$ref: accessKeyConfigurations/office",
        "$ref: accessKeyConfigurations/ofice",
        "m.yaml:45",
        "Did you mean accessKeyConfigurations/office?",
    ),
    "a reference to itself": (
        "$ref: providerKeys/openai-primary",
        "$ref: accessKeyConfigurations/office",
        "m.yaml:38",
        "refers to itself",
    ),
    "a reference forward": (
        "$ref: providers/ollama",
        "$ref: accessKeys/office--default",
        "m.yaml:29",
        "cannot exist before it",
    ),
    "a reference to another kind": (
        "$ref: accessKeyConfigurations/office",
        "$ref: providerKeys/openai-primary",
        "m.yaml:45",
        "an entry of accessKeyConfigurations goes here",
    ),
    "a key without a configuration": (
        "      accessKeyConfigurationId:\n        $ref: accessKeyConfigurations/office\n",
        "",
        "m.yaml:43",
        "needs accessKeyConfigurationId",
    ),
    "an access without anything below it": (
        "      access:\n",
        "      access:\n      other:\n",
        "m.yaml:25",
        "access is empty",
    ),
    "a variable for two secrets": (
        "accessKeyConfigurations:\n",
        f"  - {{ref: b, body: {TWICE}}}\naccessKeyConfigurations:\n",
        "m.yaml:21",
        "OPENAI_PRIMARY stands for another vault or name",
    ),
    "metadata that is no object": ('\'{"team":"x"}\'', "team x", "m.yaml:47", "object in JSON"),
    "metadata that is a list": ('\'{"team":"x"}\'', "[x]", "m.yaml:47", "expected text"),
    "metadata that is too long": (
        '\'{"team":"x"}\'',
        f'\'{{"team":"{"x" * 4096}"}}\'',
        "m.yaml:47",
        "4096 is the most",
    ),
    "a setting that is no duration": ("totalTimeout: 2m", "totalTimeout: soon", "m.yaml:50", "a duration"),
    "a misspelt setting": ("totalTimeout: 2m", "totalTimeot: 2m", "m.yaml:50", "Did you mean totalTimeout?"),
    "a limit that is text": ("totalTimeout: 2m", "maxInputTokens: '8'", "m.yaml:50", "expected a number"),
}


@pytest.mark.parametrize("case", BROKEN.values(), ids=BROKEN.keys())
def test_what_is_wrong_is_told_with_its_line(case: tuple[str, str, str, str]) -> None:
    old, new, where, words = case
    assert SMALL.count(old) >= 1
    error = refused(SMALL.replace(old, new, 1))
    assert any(re.match(f"{where}:", line) and words in line for line in error.lines), error.lines


@pytest.mark.parametrize(
    "text, words",
    [
        ("", "it is empty"),
        ("# nothing\n---\n...\n", "it is empty"),
        (f"{SMALL}---\n{SMALL}", "2 documents"),
        ("- a\n", "expected a mapping, found a list"),
        ("{}", "there is none"),
        ("\0", "NUL"),
        ("on_http_request: []\n", "formatVersion"),
        ('{"formatVersion": 1, "manifest": []}', "expected a mapping"),
    ],
)
def test_what_is_no_manifest_is_told(text: str, words: str) -> None:
    assert words in " ".join(refused(text).lines)


def test_all_problems_are_told_at_once_and_no_value_is() -> None:
    made_up = "made-up-sk-0123456789abcdef"
    text = SMALL.replace("name: ollama", f"name: [{made_up}]").replace(
        "      value:\n        $secret:\n          vault: openai\n          name: primary\n          env: OPENAI_PRIMARY",
        f"      value: {made_up}\n      valu: x",
    )
    error = refused(text)
    assert len(error.lines) == 2
    assert error.details == error.lines[1:]
    assert "(1 more below)" in error.message
    assert made_up not in f"{error.message} {error.details} {error.remedy}"


def test_ids_twice_are_told_where_the_second_stands() -> None:
    again = "  - ref: ollama-2\n    body:\n      providerId: ollama\n      name: x\n      baseUrl: https://x.internal\n"
    error = refused(SMALL.replace("providerKeys:\n", f"{again}providerKeys:\n", 1))
    assert "m.yaml:13: providers[1].body.providerId: another provider has this providerId" in error.message
    error = refused(
        SMALL.replace("providerKeys:\n", f"{again.replace('ollama-2', 'ollama')}providerKeys:\n", 1)
    )
    assert "m.yaml:11: providers[1].ref: providers/ollama is here a second time" in error.message


def test_members_that_nobody_knows_are_passed_on() -> None:
    found = read(
        SMALL.replace(
            "      name: office\n      access:", "      name: office\n      budget: {usd: 5}\n      access:"
        )
    )
    assert found.entry("accessKeyConfigurations/office").body["budget"] == {"usd": 5}


def test_lists_may_be_left_out_or_empty() -> None:
    found = read("formatVersion: 1\nmigration: default\nproviders:\naccessKeys: []\n")
    assert (found.entries, found.settings) == ((), None)


def test_aliases_are_what_they_name() -> None:
    text = SMALL.replace("allow:\n            - openai\n", "allow: &p\n            - openai\n").replace(
        "allow: []", "allow: *p"
    )
    access = read(text).entry("accessKeyConfigurations/office").body["access"]
    assert access["models"] == access["providers"]


def test_the_demo_reads_the_same_in_every_form(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(repository)
    result = convert(["fixtures/demo"])
    from_data = manifest_of(result.manifest())
    for text in (result.manifest_yaml(), json.dumps(result.manifest()), result.json()):
        found = read_manifest(text.encode(), "m")
        assert found.digest == from_data.digest
        assert [(e.address, e.body) for e in found.entries] == [
            (e.address, e.body) for e in from_data.entries
        ]
    assert all(
        "fixtures/demo/" in entry.source
        for entry in read_manifest(result.manifest_yaml().encode(), "m").entries
    )


@examples(40)
@given(
    written=writing.files(st.one_of(policies.clean(), policies.wild())),
    migration=st.sampled_from(("default", 'Ü "x" \\', "m" * 100)),
)
def test_the_manifest_of_any_conversion_reads_back_as_it_was_made(
    written: writing.Written, migration: str
) -> None:
    made = converted({"a.yaml": written.text}, Options(migration=migration))
    document = manifest(made)
    found = read_manifest(manifest_yaml(made).encode(), "m.yaml")
    assert found.digest == manifest_of(document).digest
    bodies = {
        f"{member}/{item['ref']}": item["body"]
        for member in document
        if isinstance(document[member], list)
        for item in document[member]
    }
    assert {entry.address: entry.body for entry in found.entries} == bodies
    assert found.settings == document.get("gatewayConfig", {}).get("body")
