"""Bodies in normal form: what means the same is the same, whoever wrote it down.

The API may answer with another order of keys, ``2m0s`` for ``120s``, nothing for an empty list, an id for a
name, a default where nothing was sent. In normal form none of that shows. What nobody can read back
(``value``, ``token``) or nobody wrote (ids, dates, counts) is not in it. Lists whose order means nothing are
sorted, or are mappings by what names their items; the keys of a step are in order, because their order is
who pays. A value of a wrong type stays as it is: it differs from everything that was asked for.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final
from urllib.parse import urlsplit, urlunsplit

from msgspec import Struct, field

from migrator.manifest.model import REF
from migrator.target.bodies import MARK
from migrator.target.durations import nanoseconds
from migrator.target.state import Body

_PORTS: Final = {"https": 443, "http": 80}
_WRITE_ONLY: Final = frozenset({"value", "token"})


class Names(Struct, frozen=True):
    """What stands for what.

    ``ids`` are by the address of an entry that exists; ``provider_ids`` by the id of a live custom provider,
    and by the address of a provider's entry.
    """

    ids: Mapping[str, str] = field(default_factory=dict)
    provider_ids: Mapping[str, str] = field(default_factory=dict)

    def id_of(self, value: Any) -> Any:
        """The id of an object; the reference itself for one that does not exist yet."""
        return self.ids.get(value[REF], value) if _is_reference(value) else value

    def provider_of(self, value: Any) -> Any:
        """The ``providerId`` that a scope or a rule names, in whichever of the ways it may."""
        key = value[REF] if _is_reference(value) else value
        return self.provider_ids.get(key, value) if isinstance(key, str) else value


def normal(member: str, body: Mapping[str, Any], names: Names) -> Body:
    """The comparable part of a body, of a manifest or of an answer."""
    known = _MEMBERS[member]
    made = {name: _member(name, read, body, names) for name, read in known.items()}
    return {name: value for name, value in made.items() if value is not None}


def others(member: str, body: Mapping[str, Any]) -> Body:
    """The members of a manifest's body that this version does not know; they are passed on."""
    known = _MEMBERS[member].keys() | _WRITE_ONLY
    return {name: value for name, value in body.items() if name not in known and value is not None}


def normal_settings(body: Mapping[str, Any], wanted: Iterable[str]) -> Body:
    """Those of the account's settings that are ``wanted``; a limit that is not set is None."""
    return {
        name: _duration(body.get(name)) if name.endswith("Timeout") else body.get(name) for name in wanted
    }


def _member(name: str, read: Callable[[Any, Names], Any], body: Mapping[str, Any], names: Names) -> Any:
    value = body.get(name)
    if name == "accessKeyConfigurationId" and name not in body:
        linked = body.get("accessKeyConfiguration")
        value = linked.get("id") if isinstance(linked, Mapping) else linked
    if name == "supportedApiSurfaces" and isinstance(value, list):
        own = _url(body.get("baseUrl"), names)
        return _by_key([_surface(one, own) for one in value], "format", "surface")
    return None if value is None else read(value, names)


def _text(value: Any, _: Names) -> Any:
    return None if value == "" else value


def _url(value: Any, _: Names) -> Any:
    if not isinstance(value, str):
        return value
    try:
        parts = urlsplit(value)
        port = parts.port
    except ValueError:
        return value
    host = (parts.hostname or "") if "@" not in parts.netloc else parts.netloc
    host = f"[{host}]" if ":" in host and "@" not in host else host
    netloc = host if port in (None, _PORTS.get(parts.scheme)) else f"{host}:{port}"
    return urlunsplit(
        (parts.scheme, netloc, "" if parts.path == "/" else parts.path, parts.query, parts.fragment)
    )


def _metadata(value: Any, _: Names) -> Any:
    """Without the mark, by which the object was recognised."""
    held = metadata_object(value)
    if held is None:
        return _text(value, _)
    return {key: one for key, one in held.items() if key != MARK} or None


def metadata_object(value: Any) -> dict[str, Any] | None:
    """The object that a metadata string is; None for any other text."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return None
    return value if isinstance(value, dict) else None


def _models(value: Any, _: Names) -> Any:
    if not isinstance(value, list):
        return value
    return _by_key([_model(one) for one in value], "modelId")


def _model(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    made = {key: one for key, one in value.items() if key != "id" and one not in (None, "", [])}
    if made.get("providerModelId") == made.get("modelId"):
        made.pop("providerModelId", None)
    if "unsupportedParams" in made:
        made["unsupportedParams"] = _sorted(made["unsupportedParams"])
    return made


def _surface(value: Any, base_url: Any) -> Any:
    if not isinstance(value, dict):
        return value
    made = {key: one for key, one in value.items() if one not in (None, "", [])}
    params = made.get("supportedParams")
    if isinstance(params, list):
        made["supportedParams"] = _sorted([_only(one, "name") for one in params])
    if "baseUrl" in made and (url := _url(made["baseUrl"], Names())) != base_url:
        made["baseUrl"] = url
    else:
        made.pop("baseUrl", None)
    return made


def _access(value: Any, names: Names) -> Any:
    if not isinstance(value, dict):
        return value
    read = {"providers": names.provider_of, "models": _folded}
    made = {}
    for name, dimension in value.items():
        allow = dimension.get("allow") if isinstance(dimension, dict) else dimension
        if allow is None:
            continue
        entries = [read.get(name, _same)(one) for one in allow] if isinstance(allow, list) else allow
        made[name] = {"allow": _unique(_sorted(entries))}
    return made or None


def _router(value: Any, names: Names) -> Any:
    rules = value.get("rules") if isinstance(value, dict) else value
    if not isinstance(rules, list):
        return rules
    keyed = _by_key([_rule(one, names) for one in rules], "provider", "model")
    return None if keyed is None else {"rules": keyed}


def _rule(value: Any, names: Names) -> Any:
    if not isinstance(value, dict):
        return value
    made = {key: one for key, one in value.items() if one not in (None, "")}
    if "provider" in made:
        made["provider"] = names.provider_of(made["provider"])
    if "model" in made:
        made["model"] = _folded(made["model"])
    if isinstance(made.get("steps"), list):
        made["steps"] = [_step(one, names) for one in made["steps"]]
    return made


def _step(value: Any, names: Names) -> Any:
    if not isinstance(value, dict):
        return value
    made = {key: one for key, one in value.items() if one not in (None, "", [])}
    if made.get("keySelectionStrategy") == "ordered":
        del made["keySelectionStrategy"]
    if isinstance(made.get("keys"), list):
        made["keys"] = [names.id_of(_only(one, "id")) for one in made["keys"]]
    return made


def _configuration_id(value: Any, names: Names) -> Any:
    return _text(names.id_of(value), names)


_MEMBERS: Final[dict[str, dict[str, Callable[[Any, Names], Any]]]] = {
    "providers": {
        "providerId": _text,
        "name": _text,
        "baseUrl": _url,
        "supportedApiSurfaces": _text,
        "models": _models,
        "metadata": _metadata,
    },
    "providerKeys": {"providerId": _text, "name": _text, "description": _text, "metadata": _metadata},
    "accessKeyConfigurations": {
        "name": _text,
        "description": _text,
        "access": _access,
        "router": _router,
        "metadata": _metadata,
    },
    "accessKeys": {
        "name": _text,
        "description": _text,
        "accessKeyConfigurationId": _configuration_id,
        "metadata": _metadata,
    },
}


def _duration(value: Any) -> Any:
    """One spelling for every duration: ``2m`` and ``120s`` are ``2m``."""
    total = nanoseconds(value) if isinstance(value, str) else None
    if total is None:
        return value
    if total % 10**9:
        return f"{total}ns"
    seconds = total // 10**9
    parts = ((seconds // 3600, "h"), (seconds // 60 % 60, "m"), (seconds % 60, "s"))
    return "".join(f"{count}{unit}" for count, unit in parts if count) or "0s"


def _by_key(items: list[Any], *keys: str) -> Any:
    """A list as a mapping by what names its items, None for an empty one; a second of a name gets a number."""
    if not items:
        return None
    made: dict[str, Any] = {}
    numbers: dict[str, int] = {}
    for item in sorted(items, key=_order):
        named = [item.get(key) for key in keys] if isinstance(item, dict) else [item]
        name = " ".join(one if isinstance(one, str) else _order(one) for one in named if one is not None)
        unique = name
        while unique in made:
            numbers[name] = numbers.get(name, 1) + 1
            unique = f"{name} #{numbers[name]}"
        made[unique] = item
    return made


def _sorted(value: Any) -> Any:
    return sorted(value, key=_order) if isinstance(value, list) else value


def _unique(value: Any) -> Any:
    return list({_order(one): one for one in value}.values()) if isinstance(value, list) else value


def _order(value: Any) -> str:
    return json.dumps(value, sort_keys=True)


def _only(value: Any, key: str) -> Any:
    """``value[key]`` of a mapping that has it: what else it has, the API added."""
    return value[key] if isinstance(value, dict) and key in value else value


def _folded(value: Any) -> Any:
    """Model names are read without regard to case."""
    return value.lower() if isinstance(value, str) else value


def _same(value: Any) -> Any:
    return value


def _is_reference(value: Any) -> bool:
    return isinstance(value, dict) and value.keys() == {REF}
