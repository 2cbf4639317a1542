from __future__ import annotations

import random
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from migrator.catalog import Catalog, CatalogModel, bundled
from migrator.catalog.live import from_models_answer
from migrator.errors import MigratorError
from migrator.target.spelling import ModelIds, built_in_model
from tests.catalog.answers import (
    GPT,
    JSON_VALUES,
    answer,
    answers,
    changed,
    contract,
    model,
    offer,
    places,
    pointer,
    rate,
    without,
)

if TYPE_CHECKING:
    from jsonschema import Draft7Validator

PLANTED = "sk-PLANTED-not-a-key-0000"
SHIPPED = bundled().current
OFFER = ("data", 0, "providers", 0)


def catalog(*models: dict[str, Any]) -> Catalog:
    return from_models_answer(answer(*models), "2026-10-30", SHIPPED)


def only(provider: str, *models: dict[str, Any]) -> CatalogModel:
    """The one model that the provider has after these."""
    entry = catalog(*models).provider(provider)
    assert entry is not None
    (found,) = entry.models
    return found


def refusal(content: Any) -> MigratorError:
    with pytest.raises(MigratorError) as caught:
        from_models_answer(content, "2026-10-30", SHIPPED)
    assert "GET /v1/models" in caught.value.message
    assert "--catalog" in caught.value.remedy
    return caught.value


def test_the_made_up_answers_are_what_the_contract_says(validator: Draft7Validator) -> None:
    priced = offer(
        "groq",
        "groq:x/y",
        max_completion_tokens=5,
        pricing={"currency": "USD", "rates": [rate("text.input", "token", "1", conditions={"over": 1})]},
    )
    for content in (GPT, answer(model("x/y", priced, owned_by="organization_owned"))):
        assert list(validator.iter_errors(content)) == []


def test_an_answer_becomes_the_current_catalogue() -> None:
    priced = offer(
        "anthropic",
        "anthropic:anthropic/claude-next",
        context_length=500,
        max_completion_tokens=70,
        pricing={"currency": "USD", "rates": [rate("text.input", "token", "0.000003")]},
    )
    architecture = {"modality": "", "input_modalities": ["text", "image"], "output_modalities": ["audio"]}
    made = catalog(model("anthropic/claude-next", priced, name="Claude Next", architecture=architecture))
    assert (made.gateway, made.as_of) == ("current", "2026-10-30")
    assert made.model("anthropic", "claude-next") == CatalogModel(
        "claude-next",
        500,
        70,
        ("text", "image"),
        output_modalities=("audio",),
        author="anthropic",
        display_name="Claude Next",
        prices={"text.input": 3.0},
    )
    entry, before = made.provider("anthropic"), SHIPPED.provider("anthropic")
    assert entry is not None
    assert before is not None
    assert (entry.base_url, entry.key_required) == (before.base_url, before.key_required)


@pytest.mark.parametrize(
    "provider, listed, written, expected, author",
    [
        ("openai", "openai/gpt-4o", "openai:openai/gpt-4o", "gpt-4o", "openai"),
        ("openai", "openai/gpt-4o", "openai/gpt-4o", "gpt-4o", "openai"),
        ("openai", "gpt-4o", "openai:gpt-4o", "gpt-4o", "openai"),
        ("openai", "gpt-new", "gpt-new", "gpt-new", "openai"),
        ("groq", "openai/gpt-oss-20b", "groq:openai/gpt-oss-20b", "openai/gpt-oss-20b", "openai"),
        ("groq", "gpt-oss-20b", "groq:gpt-oss-20b", "openai/gpt-oss-20b", "openai"),
        ("groq", "openai/gpt-oss-9", "groq:gpt-oss-9", "openai/gpt-oss-9", "openai"),
        ("groq", "other", "groq:nobodys", "nobodys", None),
        ("z-ai", "glm-5", "z-ai:glm-5", "glm-5", None),
        ("z-ai", "zai-org/glm-5", "z-ai:zai-org/glm-5", "zai-org/glm-5", "zai-org"),
        ("xai", "xai/grok", "xai:xai/grok", "grok", "xai"),
        ("openrouter", "m", "openrouter:deepseek/r1:free", "deepseek/r1:free", "deepseek"),
        ("openrouter", "m", "openrouter:openrouter/deepseek/r1", "openrouter/deepseek/r1", "openrouter"),
        ("openrouter", "m", "other:x", "other:x", None),
    ],
)
def test_ids_are_spelled_as_the_catalogues_spell_them(
    provider: str, listed: str, written: str, expected: str, author: str | None
) -> None:
    found = only(provider, model(listed, offer(provider, written)))
    assert (found.id, found.author) == (expected, author)


def test_what_is_inactive_is_left_out_and_its_provider_is_reserved() -> None:
    made = catalog(
        model("a/x", offer("openai", "openai:a/x"), offer("later", "later:a/x", status="inactive")),
        model("gone", offer("openai", "openai:openai/gpt-4o", status="inactive")),
    )
    assert made.model("openai", "gpt-4o") is None
    assert made.provider("later") is None
    assert made.is_reserved("later")


def test_what_the_account_owns_is_no_part_of_it() -> None:
    own = model("llama", offer("my-vllm", "my-vllm:llama"), owned_by="organization_owned")
    made = catalog(*GPT["data"], own)
    assert made.provider("my-vllm") is None
    assert not made.is_reserved("my-vllm")


def test_a_new_provider_is_reserved_and_taken_to_need_a_key() -> None:
    made = catalog(model("xai/grok", offer("xai", "xai:xai/grok")))
    entry = made.provider("xai")
    assert entry is not None
    assert (entry.base_url, entry.key_required, entry.aliases) == (None, True, ())
    assert made.is_reserved("xai")


def test_what_shipped_as_built_in_stays_so_and_its_old_models_go() -> None:
    made = catalog(*GPT["data"])
    assert [entry.id for entry in made.providers] == [entry.id for entry in SHIPPED.providers]
    assert all(made.is_reserved(name) for name in (*SHIPPED.reserved, "groq", "openrouter"))
    assert made.model("groq", "gpt-oss-20b") is None
    assert made.model("openai", "gpt-4o") is not None


def test_what_the_answer_knows_replaces_the_unknown_and_the_rest_is_filled_in() -> None:
    found = only("openai", model("openai/gpt-4o", offer("openai", "openai:openai/gpt-4o"), name="\n"))
    shipped = SHIPPED.model("openai", "gpt-4o")
    assert shipped is not None
    assert found.context_window == shipped.context_window
    assert found.max_output_tokens == shipped.max_output_tokens
    assert found.display_name == shipped.display_name
    assert found.input_modalities == ("text",)
    assert found.output_modalities == ("text",)
    assert shipped.output_modalities is None


def test_facts_go_to_a_name_that_got_an_author_but_not_to_another_authors_model() -> None:
    shipped = SHIPPED.model("z-ai", "glm-5")
    assert shipped is not None
    found = only("z-ai", model("m", offer("z-ai", "z-ai:zai-org/glm-5")))
    assert found.context_window == shipped.context_window
    other = only("groq", model("m", offer("groq", "groq:somebody/gpt-oss-20b")))
    assert other.context_window is None


def test_absent_facts_are_unknown() -> None:
    content = answer(
        {
            "id": "new",
            "owned_by": "ngrok",
            "providers": [{"id": "groq", "model_id": "groq:a/new", "status": "active"}],
        }
    )
    made = from_models_answer(content, "2026-10-30", SHIPPED)
    assert made.model("groq", "a/new") == CatalogModel("a/new", None, None, None, author="a")


def test_what_is_stated_in_two_ways_is_unknown() -> None:
    twice = [
        model("a", offer("groq", "groq:a/x", context_length=10, max_completion_tokens=3), name="X"),
        model("b", offer("groq", "groq:A/X", context_length=20), name="X"),
    ]
    found = only("groq", *twice)
    assert found == only("groq", *reversed(twice))
    assert (found.context_window, found.max_output_tokens, found.display_name) == (None, 3, "X")


@pytest.mark.parametrize("unit", ["token", "tokens", "per_token", "Per Token", "1 token"])
def test_a_price_for_a_token_is_a_million_times_that_for_a_million(unit: str) -> None:
    assert prices(rate("text.input", unit, "0.0000025")) == {"text.input": 2.5}


@pytest.mark.parametrize(
    "unit", ["million_tokens", "per_million_tokens", "per 1M tokens", "1M-tokens", "mtok", "1000000 tokens"]
)
def test_a_price_for_a_million_tokens_is_taken_as_it_is(unit: str) -> None:
    assert prices(rate("text.input", unit, "2.50")) == {"text.input": 2.5}


@pytest.mark.parametrize("unit", ["", "image", "second", "1k_tokens", "million", "call", "per", "s"])
def test_a_unit_that_is_not_understood_leaves_the_price_unknown(unit: str) -> None:
    assert prices(rate("text.input", unit, "2.50")) is None


@pytest.mark.parametrize("price", ["", "free", "-1", "1e3", "NaN", "inf", "1,5", "٣", "9" * 40, "1\n"])
def test_a_price_that_is_no_plain_number_is_unknown(price: str) -> None:
    assert prices(rate("text.input", "token", price)) is None


def test_a_price_under_conditions_is_not_the_price() -> None:
    tier = rate("text.input", "mtok", "5", conditions={"above": 200_000})
    assert prices(tier) is None
    assert prices(tier, rate("text.input", "mtok", "2.5", conditions={})) == {"text.input": 2.5}


def test_two_prices_of_one_type_are_none() -> None:
    other = rate("text.output", "mtok", "10")
    two = [rate("text.input", "mtok", "1"), rate("text.input", "mtok", "2"), other]
    assert prices(*two) == {"text.output": 10.0}
    assert prices(other, rate("text.output", "token", "0.00001")) == {"text.output": 10.0}


def test_a_type_that_no_name_could_be_is_passed_over() -> None:
    assert prices(rate("Text Input", "mtok", "1")) is None


def test_another_currency_leaves_the_price_unknown() -> None:
    assert prices(rate("text.input", "mtok", "1"), currency="EUR") is None
    assert prices(rate("text.input", "mtok", "1"), currency="usd") == {"text.input": 1.0}


def prices(*rates: dict[str, Any], currency: str = "USD") -> dict[str, float] | None:
    pricing = {"currency": currency, "rates": list(rates)}
    found = only("groq", model("m", offer("groq", "groq:a/m", pricing=pricing))).prices
    return None if found is None else dict(found)


REQUIRED = [
    ("data",),
    ("data", 0, "id"),
    ("data", 0, "owned_by"),
    ("data", 0, "providers"),
    (*OFFER, "id"),
    (*OFFER, "model_id"),
    (*OFFER, "status"),
]


@pytest.mark.parametrize("path", REQUIRED, ids=pointer)
def test_what_must_be_there_is_missed_with_its_place(path: tuple[str | int, ...]) -> None:
    message = refusal(without(GPT, path)).message
    assert f"{pointer(path[:-1])}: the member {path[-1]} is missing" in message


@pytest.mark.parametrize(
    "path, value, expected",
    [
        ((), [], "an object"),
        ((), "<html>", "an object"),
        (("data",), None, "a list"),
        (("data",), {}, "a list"),
        (("data", 0), "gpt-4o", "an object"),
        (("data", 0, "owned_by"), PLANTED, "ngrok or organization_owned"),
        (("data", 0, "owned_by"), None, "text"),
        (("data", 0, "id"), 1, "text"),
        (("data", 0, "architecture"), "text->text", "an object"),
        (("data", 0, "architecture", "input_modalities"), "text", "a list"),
        (("data", 0, "architecture", "output_modalities"), [1], "text"),
        (("data", 0, "providers"), None, "a list"),
        (OFFER, None, "an object"),
        ((*OFFER, "id"), "", "1 to 255"),
        ((*OFFER, "id"), "open ai", "no colon, slash or space"),
        ((*OFFER, "id"), "a" * 256, "1 to 255"),
        ((*OFFER, "model_id"), ["openai:openai/gpt-4o"], "text"),
        ((*OFFER, "model_id"), "openai:\x1b[31m", "printable"),
        ((*OFFER, "model_id"), "openai:/gpt", "both sides of a slash"),
        ((*OFFER, "model_id"), "openai: gpt", "spaces around"),
        ((*OFFER, "model_id"), "x" * 300, "1 to 255"),
        ((*OFFER, "status"), PLANTED, "active or inactive"),
        ((*OFFER, "context_length"), -1, "from 0"),
        ((*OFFER, "context_length"), 1.5, "from 0"),
        ((*OFFER, "context_length"), 10**18, "from 0"),
        ((*OFFER, "context_length"), "128000", "found text"),
        ((*OFFER, "max_completion_tokens"), True, "found true"),
        ((*OFFER, "pricing"), [], "an object"),
        ((*OFFER, "pricing", "currency"), 1, "text"),
        ((*OFFER, "pricing", "rates"), {}, "a list"),
        ((*OFFER, "pricing", "rates"), [None], "/pricing/rates/0"),
        ((*OFFER, "pricing", "rates"), [rate("text.input", "token", "1") | {"price": 1}], "/rates/0/price"),
        ((*OFFER, "pricing", "rates"), [rate("t", "u", "1", conditions=[])], "/rates/0/conditions"),
    ],
)
def test_what_is_wrong_is_told_with_its_place_and_without_the_value(
    path: tuple[str | int, ...], value: Any, expected: str
) -> None:
    message = refusal(changed(GPT, path, value)).message
    assert pointer(path) in message
    assert expected in message
    assert PLANTED not in message
    assert message.isprintable()


@pytest.mark.parametrize(
    "content",
    [
        answer(),
        answer(model("llama", offer("my", "my:llama"), owned_by="organization_owned")),
        answer(model("m", offer("openai", "openai:m", status="inactive"))),
        answer(model("m")),
    ],
)
def test_an_answer_without_any_built_in_model_is_refused(content: dict[str, Any]) -> None:
    assert "no active built-in model" in refusal(content).message


@given(content=JSON_VALUES)
def test_no_json_does_worse_than_a_refusal(content: Any) -> None:
    refusal(content)


@given(st.data())
def test_no_change_of_an_answer_does_worse_than_a_refusal(data: st.DataObject) -> None:
    priced = changed(GPT, (*OFFER, "pricing", "rates"), [rate("text.input", "token", "1", conditions={})])
    path = data.draw(st.sampled_from(places(priced)))
    try:
        made = from_models_answer(changed(priced, path, data.draw(JSON_VALUES)), "2026-10-30", SHIPPED)
    except MigratorError as error:
        assert error.message.isprintable()  # noqa: PT017 -- either outcome is good, each has its own condition
    else:
        assert made.gateway == "current"


def active_offers(content: dict[str, Any]) -> list[tuple[str, str]]:
    return [
        (entry["id"], entry["model_id"].removeprefix(f"{entry['id']}:"))
        for listed in content["data"]
        if listed["owned_by"] == "ngrok"
        for entry in listed["providers"]
        if entry["status"] == "active"
    ]


@given(content=answers())
def test_every_active_model_is_found_and_spelled_back_as_the_answer_spelled_it(
    content: dict[str, Any],
) -> None:
    offers = active_offers(content)
    if not offers:
        refusal(content)
        return
    made = from_models_answer(content, "2026-10-30", SHIPPED)
    for provider, written in offers:
        found = made.model(provider, written)
        if "/" in written:
            assert found is not None
            spelled = built_in_model(provider, found.id, None, ModelIds.QUALIFIED)
            assert spelled.lower() == f"{provider}:{written}".lower()
    listed = sum(len(entry.models) for entry in made.providers)
    assert 1 <= listed <= len(offers)


@given(content=answers(), seed=st.integers(0, 1000))
def test_the_order_of_an_answer_makes_no_difference(content: dict[str, Any], seed: int) -> None:
    if not active_offers(content):
        return
    shuffled = answer(*content["data"])
    order = random.Random(seed)  # noqa: S311 -- an order, not a secret
    order.shuffle(shuffled["data"])
    for listed in shuffled["data"]:
        order.shuffle(listed["providers"])
    one, other = (from_models_answer(each, "2026-10-30", SHIPPED) for each in (content, shuffled))
    assert one == other


@pytest.fixture(scope="module")
def validator(shared: Path) -> Draft7Validator:
    return contract(shared)


@given(content=answers())
def test_generated_answers_are_what_the_contract_says(
    validator: Draft7Validator, content: dict[str, Any]
) -> None:
    assert list(validator.iter_errors(content)) == []
