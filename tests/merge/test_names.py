"""Names and ids of people's choice."""

from __future__ import annotations

import json

import pytest

from migrator.api import Input, Options, Result, convert
from migrator.errors import UsageError
from migrator.findings.base import Severity
from migrator.translate.model import Name, Names
from tests.ruled import INPUTS, of


def named(**objects: str) -> Result:
    return convert(INPUTS, Options(names=Names({key: Name(text) for key, text in objects.items()})))


def with_ids(inputs: list[Input] | None = None, **ids: str) -> Result:
    given = {key.replace("_", "-"): Name(text) for key, text in ids.items()}
    return convert(inputs or INPUTS, Options(names=Names(provider_ids=given)))


def member(result: Result, name: str, ref: str) -> dict[str, str]:
    (body,) = [one["body"] for one in result.manifest()[name] if one["ref"] == ref]
    return dict(body)


@pytest.mark.parametrize(
    "kind, ref",
    [
        ("providers", "ollama"),
        ("providerKeys", "openai-primary"),
        ("accessKeyConfigurations", "chat"),
        ("accessKeys", "chat--default"),
    ],
)
def test_an_object_has_the_name_that_was_chosen(kind: str, ref: str) -> None:
    result = named(**{f"{kind}/{ref}": "Chat — für alle"})
    assert member(result, kind, ref)["name"] == "Chat — für alle"
    plain = convert(INPUTS).manifest()
    again = result.manifest()
    for one in (*plain[kind], *again[kind]):
        if one["ref"] == ref:
            del one["body"]["name"]
    assert again == plain
    assert not of(result, "D004")


def test_a_name_that_fits_nothing_is_told() -> None:
    (told,) = of(named(**{"accessKeys/chat": "x"}), "D004")
    assert told.text.endswith("did you mean accessKeys/chat--default?")


@pytest.mark.parametrize("text", ["", "x" * 256, "a\nb", "\x1b[31m"])
def test_a_name_that_cannot_be_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        named(**{"accessKeys/chat--default": text})


def test_a_provider_has_the_id_that_was_chosen_wherever_it_is_named() -> None:
    result = with_ids(ollama="ollama-eu")
    body = member(result, "providers", "ollama")
    assert (body["providerId"], body["name"]) == ("ollama-eu", "ollama-eu")
    text = json.dumps(result.manifest())
    assert '"ollama"' not in text.replace('"ref": "ollama"', "").replace("providers/ollama", "")
    assert text.count('"ollama-eu"') >= 4
    told = of(result, "M011")
    assert {found.severity for found in told} == {Severity.NOTE}
    assert [found.unit for found in told] == ["chat", "docs"]
    assert all(dict(unit.advice.renames)["ollama:"] == "ollama-eu:" for unit in result.units)
    assert not of(result, "V003")


def test_an_id_that_the_tool_gave_is_replaced() -> None:
    policy = INPUTS[0].data or b""
    items = [
        Input(
            "a.yaml",
            "a.yaml",
            policy.replace(b"ollama", b"gemini").replace(b"gemini.internal", b"p.internal"),
        )
    ]
    plain = convert(items)
    given = [provider.provider_id for provider in plain.migration.state.providers]
    result = convert(items, Options(names=Names(provider_ids={given[0]: Name("our-gemini")})))
    assert [provider.provider_id for provider in result.migration.state.providers] == ["our-gemini"]
    assert not of(result, "M011"), "that the id changes is told already"
    assert not of(result, "V003")
    renames = dict(result.units[0].advice.renames)
    assert f"{given[0]}:" not in renames
    assert given[0] not in " ".join(found.text for found in result.findings)


def test_providers_that_were_told_apart_can_be_named() -> None:
    policy = INPUTS[0].data or b""
    items = [INPUTS[0], Input("b.yaml", "b.yaml", policy.replace(b"ollama.internal", b"other.internal"))]
    plain = convert(items)
    (collision,) = of(plain, "M002")
    renamed = collision.facts["renamed"]
    result = convert(items, Options(names=Names(provider_ids={renamed: Name("ollama-b")})))
    assert {provider.provider_id for provider in result.migration.state.providers} == {"ollama", "ollama-b"}
    (told,) = of(result, "M002")
    assert (told.facts["provider"], told.facts["renamed"]) == ("ollama", "ollama-b")
    assert not of(result, "V003")


THREE = [
    Input(f"{name}.yaml", f"{name}.yaml", (INPUTS[0].data or b"").replace(b"ollama.internal", server))
    for name, server in (("b", b"b.internal"), ("a", b"a.internal"), ("c", b"c.internal"))
]


def test_a_provider_named_by_its_server_keeps_its_id_whoever_joins() -> None:
    """The ids that the tool gives depend on who else is there; the refs do not."""
    for items in (THREE[:1], THREE[:2], THREE):
        result = with_ids(items, **{"providers/ollama.b.internal": "ollama-b"})
        (of_b,) = [one for one in result.migration.state.providers if "//b." in one.base_url]
        assert (of_b.provider_id, of_b.ref) == ("ollama-b", "ollama.b.internal")
        assert not of(result, "D004")
        assert not of(result, "V003")


def test_a_reference_that_fits_nothing_is_told() -> None:
    (told,) = of(with_ids(THREE, **{"providers/ollama.b.internaI": "ollama-b"}), "D004")
    assert told.text.endswith("did you mean providers/ollama.b.internal?")


def test_two_entries_for_one_provider_are_refused() -> None:
    with pytest.raises(UsageError, match="providers/ollama: there is an entry ollama for the same provider"):
        with_ids(INPUTS, ollama="one", **{"providers/ollama": "two"})


@pytest.mark.parametrize(
    "text, expected",
    [("openai", "reserved"), ("a:b", "no colon"), ("a b", "no colon"), ("", "1 to"), ("x" * 256, "1 to")],
)
def test_an_id_that_cannot_be_is_refused(text: str, expected: str) -> None:
    with pytest.raises(UsageError, match=expected):
        with_ids(ollama=text)


def test_two_providers_never_get_one_id() -> None:
    policy = INPUTS[0].data or b""
    items = [INPUTS[0], Input("b.yaml", "b.yaml", policy.replace(b"ollama", b"vllm"))]
    with pytest.raises(UsageError, match="another provider has the id vllm"):
        with_ids(items, ollama="vllm")
    with pytest.raises(UsageError, match="another provider"):
        with_ids(items, ollama="x", vllm="x")
