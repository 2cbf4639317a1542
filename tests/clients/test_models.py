from __future__ import annotations

import pytest

from migrator.clients import Bundle
from tests.clients.finding import found

CALL = 'c = OpenAI(base_url="https://ai.example.com/v1")\nc.create(model={!r})\n'


@pytest.mark.parametrize(
    "name,kind,replacement",
    [
        ("fast", "renamed-model", "openai:gpt-4o-mini"),
        ("gpt-4o-2024-05-13", "renamed-model", "openai:gpt-4o"),
        ("GPT-4o-2024-05-13", "renamed-model", "openai:gpt-4o"),
        ("openai:gpt-4o-2024-05-13", "renamed-model", "openai:gpt-4o"),
        ("gemini:gemini-2.5-pro", "renamed-model", "google:gemini-2.5-pro"),
        ("gemini-2.0-flash", "retired-model", None),
        ("claude-opus-4-5", "disallowed-model", None),
        ("gpt-5", "disallowed-model", None),
        ("openai:gpt-5", "disallowed-model", None),
    ],
)
def test_a_name_that_stops_working_is_told(
    bundle: Bundle, name: str, kind: str, replacement: str | None
) -> None:
    _, mention = found(bundle, CALL.format(name))
    assert (mention.kind, mention.found, mention.replacement) == (kind, name, replacement)
    assert mention.is_unambiguous is (replacement is not None)


@pytest.mark.parametrize(
    "name", ["gpt-4o", "gpt-4o-mini", "openai:gpt-4o", "gpt-4o-2024-05-13x", "xgpt-4o-2024-05-13", "my-fast"]
)
def test_a_name_that_works_or_is_another_one_is_not_told(bundle: Bundle, name: str) -> None:
    assert [mention.kind for mention in found(bundle, CALL.format(name))] == ["base-url"]


@pytest.mark.parametrize(
    "text,path",
    [
        ("MODEL=gpt-4o-2024-05-13", ".env"),
        ("  chat_model: gpt-4o-2024-05-13  # dated", "a.yaml"),
        ("model = gpt-4o-2024-05-13\r\n", "a.ini"),
        ("models:\n  - gpt-4o-2024-05-13\n", "a.yaml"),
        (r'body = "{\"model\": \"gpt-4o-2024-05-13\"}"', "a.java"),
        ("x = ['gpt-4o-2024-05-13', 'gpt-4o']", "a.py"),
        ("m = `gpt-4o-2024-05-13`", "a.ts"),
    ],
)
def test_a_name_is_found_where_it_is_all_of_a_value(bundle: Bundle, text: str, path: str) -> None:
    mentions = found(bundle, f"# https://ai.example.com/v1\n{text}", path)
    (mention,) = (mention for mention in mentions if mention.kind == "renamed-model")
    assert (mention.found, mention.is_unambiguous) == ("gpt-4o-2024-05-13", True)


def test_prose_and_longer_strings_are_left_alone(bundle: Bundle) -> None:
    text = '# https://ai.example.com/v1 uses gpt-4o-2024-05-13\nx = "we used gpt-4o-2024-05-13 then"\n'
    assert [mention.kind for mention in found(bundle, text)] == ["base-url"]


def test_a_word_is_a_model_only_where_something_says_so(bundle: Bundle) -> None:
    text = '# https://ai.example.com/v1\n\n\nspeed = "fast"\n\n\nmodel = "fast"\n'
    assert [(m.line, m.kind) for m in found(bundle, text) if m.kind != "base-url"] == [(7, "renamed-model")]


def test_without_a_word_of_the_api_a_name_is_told_but_not_changed(bundle: Bundle) -> None:
    (mention,) = found(bundle, 'create(model="gpt-4o-2024-05-13")')
    assert (mention.replacement, mention.is_unambiguous) == ("openai:gpt-4o", False)
    assert "does not say which API" in mention.why


def test_a_client_of_a_provider_itself_is_nobody_here(bundle: Bundle) -> None:
    assert found(bundle, 'OpenAI(base_url="https://api.openai.com/v1")\nmodel = "gpt-4o-2024-05-13"') == []
    both = 'a = "https://api.openai.com/v1"\nb = "https://ai.example.com/v1"\nmodel = "gpt-4o-2024-05-13"'
    assert [(m.kind, m.is_unambiguous) for m in found(bundle, both)] == [
        ("base-url", True),
        ("renamed-model", False),
    ]


def test_a_client_that_has_moved_is_still_held_to_the_new_names(bundle: Bundle) -> None:
    (mention,) = found(bundle, 'OpenAI(base_url="https://gateway.ngrok.ai/v1")\nmodel = "gpt-4o-2024-05-13"')
    assert (mention.kind, mention.is_unambiguous) == ("renamed-model", True)


def test_the_automatic_choice_is_told_with_what_the_policy_chose(bundle: Bundle) -> None:
    call = 'OpenAI(base_url="https://{}/v1").create(model="ngrok/auto")'
    chosen = next(m for m in found(bundle, call.format("one.example.com")) if m.kind == "automatic-model")
    assert (chosen.replacement, chosen.is_unambiguous) == ("openai:gpt-4o", True)
    free = next(m for m in found(bundle, call.format("ai.example.com")) if m.kind == "automatic-model")
    assert (free.replacement, free.is_unambiguous) == (None, False)
    assert "cheapest" in free.why
    nobody = next(m for m in found(bundle, 'model="ngrok/auto"') if m.kind == "automatic-model")
    assert not nobody.is_unambiguous


@pytest.mark.parametrize(
    "line",
    [
        "- name: CHAT_MODEL\n  value: ngrok/auto",
        "- {name: CHAT_MODEL, value: ngrok/auto}",
        "- value: 'ngrok/auto'\n  name: CHAT_MODEL",
        "CHAT_MODEL: ngrok/auto",
        "- CHAT_MODEL=ngrok/auto",
    ],
)
def test_the_automatic_choice_as_the_value_of_a_model_is_changed(bundle: Bundle, line: str) -> None:
    mentions = found(bundle, f"# https://one.example.com/v1\n{line}\n", "app.yaml")
    (auto,) = (mention for mention in mentions if mention.kind == "automatic-model")
    assert (auto.replacement, auto.is_unambiguous) == ("openai:gpt-4o", True)


@pytest.mark.parametrize(
    "line",
    ["- name: CHAT\n  value: ngrok/auto", "- name: CHAT_MODEL\n  value: ngrok/auto please", "the model: ngrok/auto."],
)  # fmt: skip
def test_the_automatic_choice_in_another_place_is_told_and_left(bundle: Bundle, line: str) -> None:
    mentions = found(bundle, f"# https://one.example.com/v1\n{line}\n", "app.yaml")
    (auto,) = (mention for mention in mentions if mention.kind == "automatic-model")
    assert not auto.is_unambiguous


def test_what_stands_behind_a_provider_need_not_be_a_model(bundle: Bundle) -> None:
    text = '# https://ai.example.com/v1\nlogin("gemini:hunter2-and-more")\nlogin("gemini:sk-proj-abcdefghijkl01")'
    assert "hunter2" not in str(found(bundle, text))
    assert "sk-proj" not in str(found(bundle, text.replace("login(", "model(")))


@pytest.mark.parametrize(
    "path,head",
    [
        ("poetry.lock", ""),
        ("package-lock.json", ""),
        ("app.min.js", ""),
        ("app.go", "// Code generated by tool. DO NOT EDIT.\n"),
        ("app.js", "x" * 6000 + "\n"),
    ],
)
def test_what_people_do_not_write_is_told_but_never_changed(bundle: Bundle, path: str, head: str) -> None:
    mentions = found(bundle, head + '"https://ai.example.com/v1"\nmodel = "fast"\n', path)
    assert [mention.kind for mention in mentions] == ["base-url", "renamed-model"]
    assert not any(mention.is_unambiguous for mention in mentions)
