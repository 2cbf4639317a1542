from __future__ import annotations

from base64 import b64encode

import pytest

from migrator.clients import Bundle
from tests.clients.finding import found, one
from tests.properties.planting import made_up


@pytest.mark.parametrize(
    "text,replacement",
    [
        ('base_url="https://ai.example.com/v1"', "https://gateway.ngrok.ai/v1"),
        ('base_url="https://ai.example.com/v1/"', "https://gateway.ngrok.ai/v1/"),
        ('base_url="http://AI.Example.com:80/v1"', "https://gateway.ngrok.ai/v1"),
        ("OPENAI_BASE_URL=https://ai.example.com", "https://gateway.ngrok.ai/v1"),
        ("OPENAI_BASE_URL=https://ai.example.com/", "https://gateway.ngrok.ai/v1/"),
        ("ANTHROPIC_BASE_URL=https://ai.example.com", "https://gateway.ngrok.ai"),
        ('from openai import OpenAI\n\n\nc = f(a="https://ai.example.com")', "https://gateway.ngrok.ai/v1"),
        ("curl https://ai.example.com/v1/chat/completions -d @b", "https://gateway.ngrok.ai/v1/chat/completions"),
        ("fetch('https://ai.example.com/v1/messages')", "https://gateway.ngrok.ai/v1/messages"),
        (r'x = "{\"u\": \"https://ai.example.com/v1/messages\"}"', "https://gateway.ngrok.ai/v1/messages"),
        ("fetch(`https://ai.example.com/v1/${path}`)", "https://gateway.ngrok.ai/v1/"),
        ("spring.ai.openai.base-url=https://ai.example.com", "https://gateway.ngrok.ai"),
        ("SPRING_AI_OPENAI_BASE_URL=https://ai.example.com", "https://gateway.ngrok.ai"),
        ("spring:\n  ai:\n    openai:\n      base-url: https://ai.example.com\n", "https://gateway.ngrok.ai"),
        ('u = "https://ai.example.com/v1beta/models/g:generateContent?x=1"', "https://gateway.ngrok.ai/v1beta/models/g:generateContent"),
    ],
)  # fmt: skip
def test_an_address_with_a_clear_use_gets_its_counterpart(
    bundle: Bundle, text: str, replacement: str
) -> None:
    mention = one(bundle, text)
    assert (mention.kind, mention.replacement, mention.is_unambiguous) == ("base-url", replacement, True)
    assert text[mention.start : mention.end].lower().startswith("http")


@pytest.mark.parametrize(
    "text,why",
    [
        ('x = "https://ai.example.com"', "nothing around it says"),
        ('openai = "https://ai.example.com"; anthropic = 1', "nothing around it says"),
        ('openai("https://ai.example.com" + path)', "goes on"),
        ("openai(`https://ai.example.com${path}`)", "goes on"),
        ('openai(f"https://ai.example.com/{path}")', "goes on"),
        ('url: "https://ai.example.com"', "may describe the endpoint"),
        ("ngrok http --url https://ai.example.com 80", "may describe the endpoint"),
        ('HOST = "ai.example.com"', "a host name alone"),
        ('x = "https://ai.example.com:8443/v1"', "port"),
        ('x = "https://me:pw@ai.example.com/v1"', "user name or a password"),
        ('x = "https:\\/\\/ai.example.com\\/v1"', "escapes"),
        ('x = "wss://ai.example.com/v1"', "https alone"),
        ('x = "https://ai.example.com/v1/embeddings"', "may not have this path"),
        (r'x = "{\"u\": \"https://ai.example.com/v1/embeddings\"}"', "may not have this path"),
        ('x = "https://ai.example.com/login"', "none of the gateway's"),
        ('x = "https://paths.example.com/v1"', "only some of the requests"),
        ("OPENAI_HOST=https://ai.example.com", "a host, to which /v1 may be added"),
        (
            "spring.ai.openai.base-url=https://ai.example.com\nspring.ai.openai.chat.completions-path=/v1/x",
            "paths of its own",
        ),
        ("login?to=https%3A%2F%2Fai.example.com%2Fv1", "percent-encoded"),
        (f"OPENAI_BASE_URL: {b64encode(b'https://ai.example.com/v1').decode()}", "in Base64"),
        (f"x: {b64encode(b'U=https://ai.example.com').decode()}", "in Base64"),
        (f"x: {b64encode(b'it is ai.example.com').decode()}", "in Base64"),
    ],
)
def test_an_address_in_doubt_is_told_with_the_doubt(bundle: Bundle, text: str, why: str) -> None:
    mention = one(bundle, text)
    assert (mention.kind, mention.is_unambiguous) == ("base-url", False)
    assert why in mention.why


@pytest.mark.parametrize(
    "text",
    [
        "https://my-ai.example.com/v1",
        "https://www.ai.example.com/v1",
        "https://ai.example.com.au/v1",
        "https://ai.example.community/v1",
        "me@ai.example.com",
        "https://ai-example.com/v1",
        b64encode(b"https://my-ai.example.com/v1").decode(),
        b64encode(b"https://ai.example.community/v1").decode(),
    ],
)
def test_a_name_that_only_contains_the_host_is_another_one(bundle: Bundle, text: str) -> None:
    assert found(bundle, text) == []


def test_a_sentence_may_end_with_the_host(bundle: Bundle) -> None:
    assert one(bundle, "We called ai.example.com. It is gone.").found == "ai.example.com"


def test_what_in_an_address_may_be_a_credential_is_not_shown(bundle: Bundle) -> None:
    for text in (
        "https://user:hunter2-secret@ai.example.com/v1",
        f"https://ai.example.com/{made_up('path', 'sk-proj-')}/v1",
        "https://ai.example.com/v1/chat/completions?api_key=hunter2hunter2",
    ):
        mention = one(bundle, text)
        assert "hunter2" not in str(mention)
        assert "sk-proj" not in str(mention)


def test_the_environment_of_a_key_is_named_beside_the_address_alone(bundle: Bundle) -> None:
    text = 'c = OpenAI(base_url="https://ai.example.com/v1",\n    api_key=os.environ["TEAM_KEY"])\n'
    kinds = {mention.kind: mention.found for mention in found(bundle, text)}
    assert kinds["key-environment"] == "TEAM_KEY"
    far = text + "\n" * 20 + 'other = os.environ["OTHER_KEY"]'
    assert [mention.found for mention in found(bundle, far) if mention.kind == "key-environment"] == [
        "TEAM_KEY"
    ]
    names = found(bundle, "URL=https://ai.example.com/v1\nexport A_TOKEN=hunter2\nCOLOUR=red\n", ".env")
    assert [mention.found for mention in names] == ["https://ai.example.com/v1", "A_TOKEN"]


def test_where_an_endpoint_is_described_in_an_input_of_the_conversion_nothing_is_to_change(
    bundle: Bundle,
) -> None:
    text = "version: 3\nendpoints:\n  - url: https://ai.example.com\n    models: [fast]\n"
    assert found(bundle, text, "ngrok.yml", "agent-config") == []
    assert [mention.kind for mention in found(bundle, text, "other.yml")] != []
    assert found(bundle, '{"url": "https://ai.example.com/v1"}', "dump.json", "ngrok-api") == []


def test_a_key_beside_an_address_in_base64_is_told(bundle: Bundle) -> None:
    url = b64encode(b"https://ai.example.com/v1").decode()
    mentions = found(
        bundle, f"kind: Secret\ndata:\n  OPENAI_BASE_URL: {url}\n  OPENAI_API_KEY: bWFkZS11cA==\n"
    )
    assert [(one.kind, one.found) for one in mentions] == [
        ("base-url", "https://ai.example.com/v1"),
        ("key-environment", "OPENAI_API_KEY"),
    ]
