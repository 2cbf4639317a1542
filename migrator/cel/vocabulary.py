"""What Traffic Policy adds to CEL for the selection strategies: names, fields and functions.

Source: the old product's pages "CEL Functions Reference" and "Model Selection Strategies" (last
published in June 2026) and its metrics reference. What is not here did not exist, as far as
anything public tells.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple, TypeAlias

Fields: TypeAlias = "Mapping[str, Fields | None]"
"""The fields of something by name, and their own fields; None where those are not enumerated."""

COLLECTIONS: Final = ("models", "providers", "authors", "keys")
"""The members of ``ai``."""

SURROUNDINGS: Final = frozenset(
    {
        *("req", "res", "conn", "vars", "actions", "secrets", "geo", "time", "endpoint"),
        *("base64", "basic_auth", "hash", "json", "lists", "queryString", "rand", "strings", "url"),
    }
)
"""Variables and namespaces that every expression of a Traffic Policy has: nothing of them is known here."""

ELSEWHERE: Final = frozenset(
    {
        *("getQueryParam", "hasQueryParam", "inCidrRange", "inCidrRanges", "isPrivateIp"),
        *(
            f"{verb}{side}{part}"
            for verb in ("get", "has")
            for side in ("Req", "Res")
            for part in ("Cookie", "Header")
        ),
        *("encodeJson", "decodeJson", "isJson", "encodeQueryString", "decodeQueryString", "isQueryString"),
        *("encodeBase64", "decodeBase64", "escapeUrl", "unescapeUrl", "parseUrl", "isURL", "lower", "upper"),
        *("md5", "sha1", "sha256", "sha512", "crc32", "crc64", "xxhash64"),
    }
)
"""Functions that every expression of a Traffic Policy has beside those of CEL and its libraries."""

PRICES: Final = (
    *("text.input", "text.output", "text.input_cache_write", "text.input_cache_read"),
    *("text.input_batch", "text.output_batch"),
    *("tools.web_search.per_search_call", "tools.code_interpreter.per_execution_call"),
    *("tools.file_search.per_storage_gb", "tools.image_generation.per_image_generation"),
)
"""The types of price that ``underCost`` knows."""

_ERROR_RATE: Final[Fields] = dict.fromkeys(("total", "timeout", "rate_limit", "client", "server"))
_SCOPE: Final[Fields] = {
    **dict.fromkeys(("provider", "model", "request_count", "start_time", "end_time")),
    "latency": dict.fromkeys(
        f"{what}_{how}"
        for what in ("upstream_ms", "gateway_ms", "time_to_first_token_ms", "time_per_output_token_ms")
        for how in ("avg", "p95")
    ),
    "error_rate": _ERROR_RATE,
    "token": dict.fromkeys(
        f"{side}_{way}" for side in ("provider", "estimated") for way in ("input", "output")
    ),
    "quota": None,
}
_METRICS: Final[Fields] = {
    **dict.fromkeys(("global", "region", "account", "endpoint"), _SCOPE),
    "api_keys": None,
}

_NAMED: Final = ("id", "id_aliases", "display_name", "description", "metadata")

FIELDS: Final[Mapping[str, Fields]] = {
    "model": {
        **dict.fromkeys(_NAMED),
        **dict.fromkeys(
            (
                *("provider_id", "provider_id_aliases", "author_id", "author_id_aliases", "known", "custom"),
                *("input_modalities", "output_modalities", "supported_features"),
                *("max_context_window", "max_output_tokens", "parameter_count", "quantization"),
                *("data_training_policy", "data_retention_days", "data_retention_policy"),
                *("pricing", "datacenters"),
            )
        ),
        "metrics": _METRICS,
    },
    "provider": dict.fromkeys((*_NAMED, "website", "base_url", "disabled")),
    "author": dict.fromkeys(_NAMED),
    "key": {
        "id": None,
        "value": None,
        "quota": dict.fromkeys(("remaining_requests", "remaining_tokens", "limit_requests", "limit_tokens")),
        "error_rate": _ERROR_RATE,
    },
}
"""The fields of an element of each collection."""

FUNCTIONS: Final = (
    *("filter", "sortBy", "random", "randomize", "only", "ignore"),
    *("onlyProviders", "ignoreProviders", "onlyAuthors", "ignoreAuthors"),
    *("inRegion", "inCountryCode", "underCost", "get", "getModel", "getMetadata"),
)
"""The functions that collections and their elements have beside those of CEL."""

_MEANT: Final[Mapping[str, str]] = {
    "capabilities": "supported_features",
    "features": "supported_features",
    "context_window": "max_context_window",
    "context_length": "max_context_window",
    "modalities": "input_modalities",
    "price": "pricing",
    "cost": "pricing",
    "provider": "provider_id",
    "author": "author_id",
    "name": "id",
    "model": "id",
    "tags": "metadata",
    "labels": "metadata",
    "latency": "metrics.global.latency.upstream_ms_avg",
    "error_rate": "metrics.global.error_rate.total",
    "ordered": "ai.models",
    "priority": "ai.models",
    "failover": "ai.models",
    "first": "ai.models",
    "fastest": "ai.models.sortBy(m, m.metrics.global.latency.upstream_ms_avg)",
    "cheapest": "ai.models.sortBy('price')",
    "round": "ai.models.randomize()",
    "round_robin": "ai.models.randomize()",
    "weighted": "ai.models.randomize()",
    "request": "req",
    "response": "res",
    "models": "ai.models",
    "keys": "ai.keys",
    "shuffle": "randomize",
    "orderBy": "sortBy",
    "sort": "sortBy",
    "exclude": "ignore",
    "include": "only",
    "where": "filter",
    "select": "filter",
    "onlyModels": "only",
    "ignoreModels": "ignore",
}
"""What people wrote, and what there was: names too far from each other to be told by their letters."""


class Field(NamedTuple):
    """What is known of a path by its names: the part that does not exist, and what there is in its place.

    ``declared``: everything of the kind has it, so that it has a value, if only null.
    """

    declared: bool
    missing: str = ""
    present: tuple[str, ...] = ()


def looked_up(kind: str, path: str) -> Field:
    """A path of fields, with dots between them, in what has the fields of ``kind``."""
    held: Fields | None = FIELDS.get(kind)
    for part in path.split("."):
        if held is None:
            return Field(declared=False)
        if part not in held:
            return Field(declared=False, missing=part, present=tuple(held))
        held = held[part]
    return Field(declared=True)


def meant(name: str, known: Iterable[str]) -> str | None:
    """The name that was probably meant, if one is near enough."""
    names = list(known)
    import difflib

    close = difflib.get_close_matches(name, names, n=1, cutoff=0.7)
    ending = [one for one in names if one.endswith(f".{name}")]
    told = _MEANT.get(name)
    if told == "pricing" and "price" in names:  # by which a list is sorted
        return "price"
    return next(iter((*close, *ending)), told)
