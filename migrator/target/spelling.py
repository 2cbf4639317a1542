"""The one place that spells model entries and provider refs.

ngrok's pages disagree about model entries: the contract shows ``openai:openai/gpt-4o`` and
``openai/gpt-4.1``, the guides ``openai/gpt-4o``. The best reading is that ``author/model`` names
a model at any provider and ``provider:author/model`` at one; so the qualified spelling never
allows more than was meant and is the default.
"""

from __future__ import annotations

from enum import StrEnum
from urllib.parse import urlsplit

from migrator.naming import compound, digest, slug


class ModelIds(StrEnum):
    """``--model-ids``: how models of built-in providers are spelled in access scopes."""

    QUALIFIED = "qualified"
    CATALOG = "catalog"


def built_in_model(provider_id: str, model_id: str, author: str | None, style: ModelIds) -> str:
    """The entry for a built-in provider's model. ``author`` is a configured one, of a model that no catalogue has."""
    prefix, slash, rest = model_id.partition("/")
    named = f"{author or prefix}/{rest}" if slash else f"{author or provider_id}/{model_id}"
    return named if style is ModelIds.CATALOG else f"{provider_id}:{named}"


def requested_model(provider_id: str, model_id: str) -> str:
    """How a request names a model: without its author."""
    return f"{provider_id}:{model_id}"


def custom_model(provider_id: str, model_id: str) -> str:
    """The entry for a custom provider's model, in either style."""
    return f"{provider_id}:{model_id}"


def provider_ref(provider_id: str, base_url: str) -> str:
    """A ref from the id and the server, so that two servers of one id have two refs.

    ``ollama`` for ``https://ollama.internal``, else ``ollama.gpu-1.example.com``; anything beyond
    scheme and host adds a digest of the URL.
    """
    parts = urlsplit(base_url)
    host = parts.hostname or ""
    plain = base_url.rstrip("/") == f"https://{host}"
    if plain and host == f"{provider_id}.internal":
        return slug(provider_id)
    nice = compound(provider_id, "x") == f"{provider_id}.x" and slug(host) == host
    if plain and nice:
        return f"{provider_id}.{host}"
    return f"{slug(provider_id).partition('..')[0]}.{slug(host).partition('..')[0]}..{digest(provider_id, base_url)}"
