"""Answers to ``GET /v1/models`` as the contract has them, and catalogue files."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import yaml
from hypothesis import strategies as st
from jsonschema import Draft7Validator

JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


def contract(shared: Path) -> Draft7Validator:
    """Validates an answer as the published contract does."""
    text = (shared / "openapi" / "ai-gateway.yaml").read_text(encoding="utf-8")
    document = yaml.load(text, Loader=yaml.CSafeLoader)
    schemas = document["components"]["schemas"]
    return Draft7Validator({"components": document["components"], **schemas["AIGatewayModelList"]})


def offer(provider: str, model_id: str, **facts: Any) -> dict[str, Any]:
    """A model at one provider."""
    return {
        "model_id": model_id,
        "id": provider,
        "display_name": provider.upper(),
        "context_length": 0,
        "supports_implicit_caching": False,
        "status": "active",
        "pricing": {"currency": "USD", "rates": []},
        "supported_api_formats": [],
        **facts,
    }


def model(model_id: str, *offers: dict[str, Any], **facts: Any) -> dict[str, Any]:
    """A model with the providers that offer it."""
    return {
        "id": model_id,
        "name": model_id.upper(),
        "created": 1_780_000_000,
        "architecture": {
            "modality": "text->text",
            "input_modalities": ["text"],
            "output_modalities": ["text"],
        },
        "slug": model_id.rpartition("/")[2],
        "object": "model",
        "owned_by": "ngrok",
        "providers": list(offers),
        **facts,
    }


def answer(*models: dict[str, Any]) -> dict[str, Any]:
    return {"object": "list", "data": list(models)}


def rate(kind: str, unit: str, price: str, **more: Any) -> dict[str, Any]:
    return {"type": kind, "unit": unit, "price": price, **more}


GPT = answer(model("openai/gpt-4o", offer("openai", "openai:openai/gpt-4o")))
"""The smallest answer that is worth anything."""


def catalog_file(**changes: Any) -> dict[str, Any]:
    """A small catalogue file's content."""
    return {
        "formatVersion": 1,
        "gateway": "current",
        "asOf": "2026-10-01",
        "source": "made up",
        "providers": [
            {
                "id": "openai",
                "baseUrl": "https://api.openai.com/v1/",
                "keyRequired": False,
                "models": [{"id": "gpt-99", "contextWindow": 10}, {"id": "other/gpt-98"}],
            }
        ],
        **changes,
    }


def places(value: Any, here: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """The path to every value of a document."""
    found = [here]
    if isinstance(value, dict):
        found += [path for name, held in value.items() for path in places(held, (*here, name))]
    elif isinstance(value, list):
        found += [path for index, held in enumerate(value) for path in places(held, (*here, index))]
    return found


def changed(document: Any, path: tuple[str | int, ...], value: Any) -> Any:
    """The document with another value at ``path``."""
    if not path:
        return value
    made = copy.deepcopy(document)
    held = made
    for step in path[:-1]:
        held = held[step]
    held[path[-1]] = value
    return made


def without(document: Any, path: tuple[str | int, ...]) -> Any:
    """The document without what stands at ``path``."""
    made = copy.deepcopy(document)
    held = made
    for step in path[:-1]:
        held = held[step]
    del held[path[-1]]
    return made


def pointer(path: tuple[str | int, ...]) -> str:
    return "".join(f"/{step}" for step in path) or "the document"


MODEL_IDS = st.one_of(
    st.sampled_from(["gpt-4o", "gpt-oss-20b", "claude-opus-5", "x", "y:free"]),
    st.from_regex(r"[a-zA-Z0-9.-]{1,6}(/[a-zA-Z0-9.:-]{1,6}){0,2}", fullmatch=True),
)


@st.composite
def answers(draw: st.DrawFn) -> dict[str, Any]:
    """Answers that the contract allows."""
    models = []
    for _ in range(draw(st.integers(0, 5))):
        name = draw(MODEL_IDS)
        offers = []
        for provider in draw(
            st.lists(st.sampled_from(["openai", "groq", "z-ai", "new"]), max_size=3, unique=True)
        ):
            facts: dict[str, Any] = {
                "status": draw(st.sampled_from(["active", "active", "inactive"])),
                "context_length": draw(st.integers(0, 10**6)),
            }
            if draw(st.booleans()):
                facts["max_completion_tokens"] = draw(st.integers(0, 10**6))
            facts["pricing"] = {
                "currency": draw(st.sampled_from(["USD", "EUR", ""])),
                "rates": draw(st.lists(RATES, max_size=3)),
            }
            written = draw(st.sampled_from([name, f"{provider}:{name}", f"{provider}:{provider}/{name}"]))
            offers.append(offer(provider, written, **facts))
        owner = draw(st.sampled_from(["ngrok", "ngrok", "organization_owned"]))
        models.append(model(name, *offers, name=draw(st.text(max_size=9)), owned_by=owner))
    return answer(*models)


RATES = st.builds(
    rate,
    st.sampled_from(["text.input", "text.output", "audio.input", "", "Text Input"]),
    st.sampled_from(["token", "per_1m_tokens", "image", ""]),
    st.sampled_from(["0", "0.0000025", "2.50", "free", "-1", "1e3", "NaN", ""]),
) | st.builds(rate, st.text(), st.text(), st.text())
