"""What a manifest has to look like. Every rule here is one that would else fail, or grant more, later.

Members of a body that nobody knows are passed on: the API grows. Two kinds are not: what looks like a
misspelt member, and anything unknown within a scope or a routing rule, where the member that was meant
would be missing, and a missing restriction allows everything.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, Final

from migrator.manifest.model import MEMBERS, REF, SECRET
from migrator.manifest.problems import Path, Problem, near, unknown
from migrator.target import limits
from migrator.target.durations import nanoseconds

FORMAT_VERSION: Final = 1
SETTINGS: Final = "gatewayConfig"
_MEMBERS: Final = ("formatVersion", "migration", *MEMBERS, SETTINGS)
_MIGRATION_LIMIT: Final = 100
_REF_LIMIT: Final = 255
_ENV: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_TITLES: Final = dict(
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
_SETTINGS: Final = ("totalTimeout", "perRequestTimeout", "maxInputTokens", "maxOutputTokens")


def document_problems(document: object) -> Iterator[Problem]:
    """Everything about the document as such: what keeps the entries from being looked at."""
    if not isinstance(document, dict):
        yield Problem(
            (), f"expected a mapping, found {kind(document)}", "Give the manifest that convert wrote."
        )
        return
    version = document.get("formatVersion")
    if version != FORMAT_VERSION or isinstance(version, bool):
        found = "there is none" if "formatVersion" not in document else "it is another"
        yield Problem(
            ("formatVersion",) if "formatVersion" in document else (),
            f"expected formatVersion: {FORMAT_VERSION}, but {found}",
            "Give a manifest that this version of migrator wrote, or write it again with convert.",
        )
    migration = document.get("migration")
    if not (
        isinstance(migration, str) and 1 <= len(migration) <= _MIGRATION_LIMIT and migration.isprintable()
    ):
        yield Problem(
            ("migration",) if "migration" in document else (),
            f"expected migration: a name of 1 to {_MIGRATION_LIMIT} printable characters",
            "It is in the mark of every object; put it in quotes if it looks like a number.",
        )
    yield from unknown(document, _MEMBERS, (), "a manifest")
    for member in MEMBERS:
        held = document.get(member)
        if held is not None and not isinstance(held, list):
            yield Problem(
                (member,), f"{member}: expected a list, found {kind(held)}", "Begin each with `- ref:`."
            )


def entry_problems(document: dict[str, Any]) -> Iterator[Problem]:
    """Everything about the entries, one by one, and the account settings."""
    for member in MEMBERS:
        seen: set[str] = set()
        for index, item in enumerate(document.get(member) or ()):
            at: Path = (member, index)
            if not isinstance(item, dict):
                yield Problem(
                    at, f"{member}: expected a mapping with ref and body", "Write `ref: NAME` and `body:`."
                )
                continue
            yield from _ref_problems(item.get("ref"), member, at, seen)
            yield from unknown(item, ("ref", "body"), at, f"an entry of {member}")
            body = item.get("body")
            if isinstance(body, dict):
                yield from _body_problems(member, body, (*at, "body"))
            else:
                yield Problem(
                    (*at, "body") if "body" in item else at,
                    f"{member}: an entry has no body",
                    f"Write below `body:` what creates the {_TITLES[member]}.",
                )
    yield from _unique_provider_ids(document)
    if (settings := document.get(SETTINGS)) is not None:
        yield from _settings_problems(settings, (SETTINGS,))


def _ref_problems(ref: object, member: str, at: Path, seen: set[str]) -> Iterator[Problem]:
    place = (*at, "ref") if ref is not None else at
    if not isinstance(ref, str) or not limits.REF.match(ref) or len(ref) > _REF_LIMIT:
        yield Problem(
            place,
            f"{member}: expected ref: a name of lower-case letters, digits, `.`, `_` and `-`",
            "Give every entry one, in quotes if it looks like a number; the mark of its object carries it.",
        )
    elif ref in seen:
        yield Problem(
            place,
            f"{member}/{ref} is here a second time",
            "Remove one of the two, or give one another ref.",
        )
    else:
        seen.add(ref)


def _body_problems(member: str, body: dict[str, Any], at: Path) -> Iterator[Problem]:
    title = f"a {_TITLES[member]}" if member.startswith("p") else f"an {_TITLES[member]}"
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
    for name, check in _CHECKS[member].items():
        if body.get(name) is not None:
            yield from check(body[name], (*at, name))
    for place in _secret_places(body, at):
        if member != "providerKeys" or place != (*at, "value"):
            yield Problem(
                place,
                f"{SECRET} stands where no secret goes",
                "Only the value of a provider key is supplied that way; write the member's own value here.",
            )


_MISSING: Final = {
    "accessKeyConfigurationId": "Without a configuration it may call everything the account can: "
    "write `accessKeyConfigurationId: {$ref: accessKeyConfigurations/REF}`.",
    "value": "Write `value: {$secret: {env: VARIABLE}}`; a key itself never stands in a manifest.",
}


def _text_problems(value: object, at: Path, limit: int) -> Iterator[Problem]:
    if not isinstance(value, str):
        yield Problem(at, f"{at[-1]}: expected text, found {kind(value)}", "Put it in quotes.")
    elif len(value) > limit:
        yield Problem(at, f"{at[-1]} has {len(value)} characters, {limit} is the most", "Shorten it.")


def _base_url(value: object, at: Path) -> Iterator[Problem]:
    if isinstance(value, str) and (problem := limits.url_problem(value)) is not None:
        yield Problem(
            at, problem.replace("base_url", "baseUrl"), "The API takes https, or http for *.internal hosts."
        )


def _models(value: object, at: Path) -> Iterator[Problem]:
    if not isinstance(value, list):
        yield Problem(at, f"models: expected a list, found {kind(value)}", "Begin each with `- modelId:`.")
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
        yield Problem(
            at, "supportedApiSurfaces: expected a list of mappings with format", "Write `- format: openai`."
        )


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
        yield Problem(
            at, f"access: expected a mapping, found {kind(value)}", "It has providers, models or both."
        )
        return
    yield from unknown(value, ("providers", "models"), at, "access")
    for name in ("providers", "models"):
        if name not in value:
            continue
        dimension, place = value[name], (*at, name)
        if not isinstance(dimension, dict) or not isinstance(dimension.get("allow"), list):
            yield Problem(
                place,
                f"access.{name}: expected allow, a list",
                f"`allow: []` allows nothing; without {name} everything is allowed, so say which it is.",
            )
            continue
        yield from unknown(dimension, ("allow",), place, f"access.{name}")
        yield from _texts(dimension["allow"], (*place, "allow"), or_reference=True)


def _router(value: object, at: Path) -> Iterator[Problem]:
    rules = value.get("rules", []) if isinstance(value, dict) else None
    if not isinstance(value, dict) or not isinstance(rules, list):
        yield Problem(at, "router: expected rules, a list", "Write `rules:`, or remove router.")
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
            "accessKeyConfigurationId: expected an id, or a reference to an entry",
            "Write `{$ref: accessKeyConfigurations/REF}`.",
        )


def _metadata(value: object, at: Path) -> Iterator[Problem]:
    if not isinstance(value, str | dict):
        yield Problem(at, f"metadata: expected text, found {kind(value)}", "Write JSON in single quotes.")


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


def _settings_problems(settings: object, at: Path) -> Iterator[Problem]:
    if (
        not isinstance(settings, dict)
        or settings.keys() != {"body"}
        or not isinstance(settings["body"], dict)
    ):
        yield Problem(
            at, f"{SETTINGS}: expected body, a mapping", "Write `body:` with the settings to change."
        )
        return
    yield from unknown(settings["body"], _SETTINGS, (*at, "body"), "the account settings", only_near=True)
    for name, value in settings["body"].items():
        place = (*at, "body", name)
        if name in {"totalTimeout", "perRequestTimeout"} and not (
            isinstance(value, str) and nanoseconds(value)
        ):
            yield Problem(place, f"{name}: expected a duration", "Write it as 30s or 2m.")
        if name in {"maxInputTokens", "maxOutputTokens"} and not (
            value is None or (isinstance(value, int) and not isinstance(value, bool) and value >= 0)
        ):
            yield Problem(
                place, f"{name}: expected a number, or null for no limit", "Write it without quotes."
            )


def _unique_provider_ids(document: dict[str, Any]) -> Iterator[Problem]:
    seen: set[str] = set()
    for index, item in enumerate(document.get("providers") or ()):
        body = item.get("body") if isinstance(item, dict) else None
        named = body.get("providerId") if isinstance(body, dict) else None
        if isinstance(named, str) and named in seen:
            yield Problem(
                ("providers", index, "body", "providerId"),
                "another provider has this providerId; an account has each once",
                "Give one of the two another, and use it in allow lists and rules too.",
            )
        if isinstance(named, str):
            seen.add(named)


def reference_problems(document: dict[str, Any]) -> Iterator[Problem]:
    """Every ``$ref`` that names nothing, or nothing that exists before what it stands in."""
    known = {
        f"{member}/{item['ref']}": rank
        for rank, member in enumerate(MEMBERS)
        for item in document.get(member) or ()
    }
    for rank, member in enumerate(MEMBERS):
        for index, item in enumerate(document.get(member) or ()):
            own = f"{member}/{item['ref']}"
            for place, value in _places(item["body"], REF, (member, index, "body")):
                yield from _reference_problem(value, place, own, rank, known)


def _reference_problem(
    value: dict[str, Any], at: Path, own: str, rank: int, known: dict[str, int]
) -> Iterator[Problem]:
    target = value[REF]
    if len(value) != 1 or not isinstance(target, str):
        yield Problem(
            at, f"{REF} needs `member/ref`, and stands alone", f"Write `{{{REF}: providerKeys/REF}}`."
        )
    elif target not in known:
        yield Problem(
            at,
            f"{own} refers to {target[:120]}, which this manifest does not have.{near(target, known)}",
            "Correct it, or add the entry.",
        )
    elif known[target] >= rank:
        circle = "itself" if target == own else f"{target}, which cannot exist before it"
        yield Problem(
            at,
            f"{own} refers to {circle}",
            f"Only {', '.join(MEMBERS[:rank]) or 'nothing'} can be named here.",
        )
    elif (wanted := _wanted(at)) and not target.startswith(f"{wanted}/"):
        yield Problem(at, f"{own} refers to {target}, but an entry of {wanted} goes here", "Correct it.")


def _wanted(at: Path) -> str:
    """The member that a reference at this place has to name."""
    if at[-1] == "accessKeyConfigurationId":
        return "accessKeyConfigurations"
    if at[-1] == "id" and "steps" in at:
        return "providerKeys"
    return "providers"


def _texts(value: object, at: Path, *, or_reference: bool = False) -> Iterator[Problem]:
    for index, one in enumerate(value if isinstance(value, list) else [value]):
        if isinstance(value, list) and isinstance(one, str) and one:
            continue
        if or_reference and isinstance(one, dict) and REF in one:
            continue
        place = (*at, index) if isinstance(value, list) else at
        yield Problem(place, f"{at[-1]}: expected a list of texts", "Put each in quotes.")


def _is_id(value: object) -> bool:
    return (isinstance(value, str) and bool(value)) or (isinstance(value, dict) and REF in value)


def _secret_places(value: object, at: Path) -> Iterator[Path]:
    return (place for place, _ in _places(value, SECRET, at))


def _places(value: object, key: str, at: Path) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Every mapping with ``key``, and where it is."""
    if isinstance(value, dict):
        if key in value:
            yield at, value
            return
        for name, inner in value.items():
            yield from _places(inner, key, (*at, name))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _places(inner, key, (*at, index))


def kind(value: object) -> str:
    """What a value is, in words; never the value."""
    match value:
        case None:
            return "nothing"
        case bool():
            return "true or false"
        case int() | float():
            return "a number"
        case str():
            return "text"
        case list():
            return "a list"
        case _:
            return "a mapping"
