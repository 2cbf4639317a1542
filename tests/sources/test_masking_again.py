"""What was seen to be harmless once is masked like anything else where it is a credential."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from migrator.sources import masking
from migrator.sources.masking import Masked, mask_file
from migrator.sources.stream import load_every
from tests.properties import policies, writing
from tests.properties.effort import examples

WORD = "blue-harbour-41"
HARMLESS = (
    f"on_http_request: [{{type: ai-gateway, config: {{providers: [{{id: {WORD}, value: {WORD}}}]}}}}]\n"
)


def masked(text: str) -> Masked:
    return mask_file(text, load_every(text).documents)


def shown(text: str) -> list[tuple[str, str]]:
    """The masked text, and every value of the tree after masking."""
    documents = load_every(text).documents
    found = mask_file(text, documents)
    return [("", found.text), *((one.kind, one.text) for one in masking.every_scalar(documents))]


@pytest.fixture(autouse=True)
def nothing_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(masking, "_HARMLESS", set())


def test_short_values_of_a_policy_are_remembered() -> None:
    assert masked(HARMLESS).spots == ()
    assert any(text == WORD for text, _, _ in masking._HARMLESS)


@pytest.mark.parametrize(
    "credential",
    [
        f"on_http_request: [{{type: ai-gateway, config: {{providers: [{{id: x, api_keys: [{WORD}]}}]}}}}]\n",
        f"on_http_request: [{{type: ai-gateway, config: {{providers: [{{id: x, api_keys: [{{value: {WORD}}}]}}]}}}}]\n",
        f"apiVersion: v1\nkind: Secret\nstringData: {{id: {WORD}}}\n",
        f"variables: [{{name: api_key, value: {WORD}}}]\n",
        f"command: [serve, --token, {WORD}]\n",
        f"{HARMLESS}---\nkey: {{api_key: {WORD}}}\n",
        f"on_http_request: [{{actions: [{{type: set-vars, config: {{vars: [{{tokens: [{WORD}]}}]}}}}]}}]\n",
    ],
)
def test_a_remembered_word_is_masked_where_it_is_a_credential(credential: str) -> None:
    cold = masked(credential)
    assert WORD not in cold.text, "the case is about a credential"
    masked(HARMLESS)
    assert masked(credential) == cold
    assert masked(credential) == cold


def test_no_credential_is_remembered() -> None:
    masked(
        f"on_http_request: [{{type: ai-gateway, config: {{providers: [{{id: x, api_keys: [{WORD}]}}]}}}}]\n"
    )
    masked(f"x: {{sk-{WORD}-{WORD}: y, z: a}}\n")
    assert WORD not in repr(masking._HARMLESS)


def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(masking, "_MOST", 10)
    masked("".join(f"a{number}: b{number}\n" for number in range(100)))
    assert 0 < len(masking._HARMLESS) <= 10


@examples(60)
@given(st.lists(writing.files(st.one_of(policies.clean(), policies.wild())), min_size=2, max_size=4))
def test_files_are_masked_the_same_whatever_was_read_before(made: list[writing.Written]) -> None:
    warm = [shown(one.text) for one in (*made, *made)][len(made) :]
    for one, seen in zip(made, warm, strict=True):
        masking._HARMLESS.clear()
        assert shown(one.text) == seen
