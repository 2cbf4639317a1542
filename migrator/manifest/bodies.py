"""What the body of an entry has to look like.

Members that nobody knows are passed on: the API grows. Two kinds are not: what looks like a misspelt
member, and anything unknown within a scope or a routing rule, where the member that was meant would be
missing, and a missing restriction allows everything.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, Final

from migrator.manifest.model import MEMBERS, REF, SECRET, Path, places
from migrator.manifest.problems import Problem, kind, unknown
from migrator.target import limits

_ENV: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
TITLES: Final = dict(
    zip(MEMBERS, ("provider", "provider key", "access key configuration", "access key"), strict=True)
)
_TEXTS: Final[dict[str, dict[str, int]]] = {
    "providers": {
        "providerId": limits.PROVIDER_ID,
        "name": limits.NAME,
        "baseUrl": limits.BASE_URL,
    },
    "providerKeys": {
        "providerId": limits.PROVIDER_ID,
        "name": limits.NAME,
        "description": limits.DESCRIPTION,
    },
    "accessKeyConfigurations": {"name": limits.NAME, "description": limits.DESCRIPTION},
    "accessKeys": {"name": limits.NAME, "description": limits.DESCRIPTION},
}
"""Members that are text, with the most characters they may have."""

_REQUIRED: Final[dict[str, tuple[str, ...]]] = {
    "providers": ("providerId", "name", "baseUrl"),
    "providerKeys": ("providerId", "name", "value"),
    "accessKeyConfigurations": ("name",),
    "accessKeys": ("accessKeyConfigurationId",),
}
_OTHERS: Final[dict[str, tuple[str, ...]]] = {
    "providers": ("metadata", "supportedApiSurfaces", "models"),
    "providerKeys": ("metadata", "value"),
    "accessKeyConfigurations": ("metadata", "access", "router"),
    "accessKeys": ("metadata", "accessKeyConfigurationId"),
}


def body_problems(member: str, body: dict[str, Any], at: Path) -> Iterator[Problem]:
    title = f"a {TITLES[member]}" if member.startswith("p") else f"an {TITLES[member]}"
    texts = _TEXTS[member]
    for name in _REQUIRED[member]:
        if body.get(name) in (None, ""):
            yield Problem(
                (*at, name) if name in body else at, f"{title} needs {name}", _MISSING.get(name, "Add it.")
            )
    for name, limit in texts.items():
        if body.get(name) is not None:
            yield from _text_problems(body[name], (*at, name), limit)
    yield from unknown(body, (*texts, *_OTHERS[member]), at, title, only_near=True)
    for name in ("access", "router"):
        if name in body and body[name] is None:
            yield Problem(
                (*at, name), f"{name} is empty, and without it nothing is restricted", _EMPTIED[name]
            )
    for name, check in _CHECKS[member].items():
        if body.get(name) is not None:
            yield from check(body[name], (*at, name))
    for name in _VALUES:
        if name in body and (member, name) != ("providerKeys", "value"):
            yield Problem((*at, name), f"{title} has no {name} in a manifest", _NO_VALUE)
    for place, _ in places(body, SECRET, at):
        if member != "providerKeys" or place != (*at, "value"):
            yield Problem(
                place,
                f"{SECRET} stands where no secret goes",
                "Only the value of a provider key is supplied that way; write the member's own value here.",
            )


_VALUES: Final = ("value", "token")
"""By what names the API has credentials."""

_NO_VALUE: Final = (
    "Remove it: ngrok.ai makes an access key's token, and only a provider key has a value, as {$secret: {env: VARIABLE}}. "
    "If it was a key, it is in this file's history now: think of replacing it."
)
_EMPTIED: Final = {
    "access": "Write what it allows, or remove it: then every provider and model is allowed.",
    "router": "Write its rules, or remove it: then the account's credits pay for built-in providers.",
}
_MISSING: Final = {
    "accessKeyConfigurationId": "Without a configuration it may call everything the account can: "
    "write `accessKeyConfigurationId: {$ref: accessKeyConfigurations/REF}`.",
    "value": "Write `value: {$secret: {env: VARIABLE}}`; a key itself never stands in a manifest.",
}


def _text_problems(value: object, at: Path, limit: int) -> Iterator[Problem]:
    if not isinstance(value, str):
        yield Problem(at, f"expected text, found {kind(value)}", "Put it in quotes.")
    elif len(value) > limit:
        yield Problem(at, f"{at[-1]} has {len(value)} characters, {limit} is the most", "Shorten it.")


def _base_url(value: object, at: Path) -> Iterator[Problem]:
    if isinstance(value, str) and (problem := limits.url_problem(value)) is not None:
        yield Problem(
            at, problem.replace("base_url", "baseUrl"), "The API takes https, or http for *.internal hosts."
        )


def _models(value: object, at: Path) -> Iterator[Problem]:
    if not isinstance(value, list):
        yield Problem(at, f"expected a list, found {kind(value)}", "Begin each with `- modelId:`.")
        return
    seen: set[str] = set()
    for index, model in enumerate(value):
        place = (*at, index)
        if not isinstance(model, dict) or not isinstance(model.get("modelId"), str) or not model["modelId"]:
            yield Problem(
                place,
                "a model needs modelId, a text",
                "Write `- modelId: NAME`, in quotes if it is a number.",
            )
            continue
        if model["modelId"] in seen:
            yield Problem((*place, "modelId"), "this modelId is here a second time", "Remove one of the two.")
        seen.add(model["modelId"])
        params = model.get("unsupportedParams")
        if params is not None:
            yield from _texts(params, (*place, "unsupportedParams"))
        yield from unknown(
            model, ("modelId", "providerModelId", "unsupportedParams"), place, "a model", only_near=True
        )


def _surfaces(value: object, at: Path) -> Iterator[Problem]:
    if not isinstance(value, list) or not all(isinstance(one, dict) and "format" in one for one in value):
        yield Problem(at, "expected a list of mappings with format", "Write `- format: openai`.")


def _secret(value: Any, at: Path) -> Iterator[Problem]:
    match value:
        case {"$secret": {"env": str(env), **others}} if value.keys() == {SECRET} and _ENV.match(env):
            if not others.keys() <= {"vault", "name"} or not all(
                isinstance(one, str) for one in others.values()
            ):
                yield Problem(
                    at, f"{SECRET} has env, vault and name, all of them text", "Remove what else it has."
                )
        case {"$secret": _}:
            yield Problem(
                at,
                f"{SECRET} needs env, the name of an environment variable, and stands alone",
                "Write `value: {$secret: {env: VARIABLE}}`.",
            )
        case _:
            yield Problem(
                at,
                "the value of a provider key is no part of a manifest",
                "Remove it, and write `value: {$secret: {env: VARIABLE}}`. If it was a key, it is in this file's "
                "history now: think of replacing it.",
            )


def _access(value: object, at: Path) -> Iterator[Problem]:
    if not isinstance(value, dict):
        yield Problem(at, f"expected a mapping, found {kind(value)}", "It has providers, models or both.")
        return
    yield from unknown(value, ("providers", "models"), at, "access")
    for name in ("providers", "models"):
        if name not in value:
            continue
        dimension, place = value[name], (*at, name)
        if not isinstance(dimension, dict) or not isinstance(dimension.get("allow"), list):
            yield Problem(
                place,
                "expected allow, a list",
                f"`allow: []` allows nothing; without {name} everything is allowed, so say which it is.",
            )
            continue
        yield from unknown(dimension, ("allow",), place, f"access.{name}")
        yield from _texts(dimension["allow"], (*place, "allow"), or_reference=True)


def _router(value: object, at: Path) -> Iterator[Problem]:
    rules = value.get("rules", []) if isinstance(value, dict) else None
    if not isinstance(value, dict) or not isinstance(rules, list):
        yield Problem(at, "expected rules, a list", "Write `rules:`, or remove router.")
        return
    yield from unknown(value, ("rules",), at, "router")
    seen: set[tuple[str, str]] = set()
    for index, rule in enumerate(rules):
        place = (*at, "rules", index)
        if not isinstance(rule, dict) or not isinstance(rule.get("steps"), list) or not rule["steps"]:
            yield Problem(
                place,
                "a routing rule needs steps, at least one",
                "Write `steps: [{type: ngrok}]`, or whose keys.",
            )
            continue
        yield from unknown(rule, ("provider", "model", "steps"), place, "a routing rule")
        scope = (str(rule.get("provider")), str(rule.get("model")))
        if rule.get("provider") is None and rule.get("model") is None:
            yield Problem(place, "a routing rule needs provider, model or both", "Say for what it is.")
        elif scope in seen:
            yield Problem(
                place, "this provider and model have a rule already", "Put all steps into one rule."
            )
        seen.add(scope)
        for number, step in enumerate(rule["steps"]):
            yield from _step(step, (*place, "steps", number))


def _step(step: object, at: Path) -> Iterator[Problem]:
    if not isinstance(step, dict) or step.get("type") not in ("user", "ngrok"):
        yield Problem(
            at, "a step needs type: user or ngrok", "`user` are keys of yours, with `ngrok` credits pay."
        )
        return
    yield from unknown(step, ("type", "keys", "keySelectionStrategy"), at, "a step")
    keys = step.get("keys") or []
    if not isinstance(keys, list) or (step["type"] == "user") != bool(keys):
        yield Problem(at, "a user step needs keys, and an ngrok step has none", "Write `keys: [{id: …}]`.")
        return
    for index, key in enumerate(keys):
        if not (isinstance(key, dict) and key.keys() == {"id"} and _is_id(key["id"])):
            yield Problem(
                (*at, "keys", index),
                "a key of a step is {id: …} and nothing else",
                "List the key under providerKeys, and write `- id: {$ref: providerKeys/REF}` here.",
            )


def _configuration_id(value: object, at: Path) -> Iterator[Problem]:
    if not _is_id(value):
        yield Problem(
            at,
            "expected an id, or a reference to an entry",
            "Write `{$ref: accessKeyConfigurations/REF}`.",
        )


def _metadata(value: object, at: Path) -> Iterator[Problem]:
    if not isinstance(value, str | dict):
        yield Problem(at, f"expected text, found {kind(value)}", "Write JSON in single quotes.")


_CHECKS: Final[dict[str, dict[str, Callable[[object, Path], Iterator[Problem]]]]] = {
    "providers": {
        "baseUrl": _base_url,
        "models": _models,
        "supportedApiSurfaces": _surfaces,
        "metadata": _metadata,
    },
    "providerKeys": {"value": _secret, "metadata": _metadata},
    "accessKeyConfigurations": {"access": _access, "router": _router, "metadata": _metadata},
    "accessKeys": {"accessKeyConfigurationId": _configuration_id, "metadata": _metadata},
}


def _texts(value: object, at: Path, *, or_reference: bool = False) -> Iterator[Problem]:
    for index, one in enumerate(value if isinstance(value, list) else [value]):
        if isinstance(value, list) and isinstance(one, str) and one:
            continue
        if or_reference and isinstance(one, dict) and REF in one:
            continue
        place = (*at, index) if isinstance(value, list) else at
        yield Problem(place, "expected a list of texts", "Put each in quotes.")


def _is_id(value: object) -> bool:
    return (isinstance(value, str) and bool(value)) or (isinstance(value, dict) and REF in value)
