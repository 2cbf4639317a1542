"""What an old policy let through, worked out from its data alone, as far as nobody need guess.

An allow list permits what it lists and what is not disabled; a provider or model that is disabled
anywhere in the configuration is not permitted, whatever else lists it. Names are read with the
catalogues' data, without the migrator's code.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any, Final
from urllib.parse import urlsplit

from tests.properties.policies import Data

SECRET: Final = re.compile(r"""\$\{\s*secrets\.get\((?:(["'])([^"']*)\1,\s*)?(["'])(.*)\3\)\s*\}\Z""")
_ENVIRONMENT: Final = re.compile(r"\$(?:\{([A-Z_][A-Z0-9_]*)\}|([A-Za-z_]\w*))\Z")


@cache
def _catalogue(name: str) -> dict[str, Any]:
    held: dict[str, Any] = json.loads((files("migrator.catalog") / f"{name}.json").read_text("utf-8"))
    return held


@cache
def built_ins() -> dict[str, str]:
    """Every name of a built-in provider in lower case, and its id."""
    names: dict[str, str] = {}
    for catalogue in ("current", "legacy"):
        for entry in _catalogue(catalogue)["providers"]:
            names |= {name.lower(): entry["id"] for name in (entry["id"], *(entry.get("aliases") or ()))}
    return names


@cache
def _hosts() -> dict[str, set[str]]:
    hosts: dict[str, set[str]] = {}
    for catalogue in ("current", "legacy"):
        for entry in _catalogue(catalogue)["providers"]:
            if entry["baseUrl"]:
                hosts.setdefault(entry["id"], set()).add(urlsplit(entry["baseUrl"]).hostname or "")
    return hosts


@cache
def names_of(provider: str, model: str) -> frozenset[str]:
    """Every spelling, in lower case, by which the catalogues know a model at a built-in provider."""
    known = {model.lower()}
    for catalogue in ("current", "legacy"):
        data = _catalogue(catalogue)
        targets = {
            to["model"].lower()
            for alias, to in data["modelAliases"].items()
            if alias.lower() == model.lower() and to["provider"] == provider
        }
        known |= targets
    for catalogue in ("current", "legacy"):
        for entry in _catalogue(catalogue)["providers"]:
            if entry["id"] == provider:
                for listed in (one["id"].lower() for one in entry["models"]):
                    if listed in known or listed.rpartition("/")[2] in known:
                        known |= {listed, listed.rpartition("/")[2]}
    return frozenset(known)


@dataclass
class Known:
    """One provider of a configuration, all its entries together. ``url`` is None for a built-in one."""

    name: str
    url: str | None
    disabled: bool = False
    models: list[Data] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)

    @property
    def enabled_models(self) -> list[Data]:
        """The models that are not disabled, under whichever of their names."""
        off = [self._names(model["id"]) for model in self.models if model.get("disabled") is True]
        return [
            model
            for model in self.models
            if model.get("disabled") is not True
            and not any(self._names(model["id"]) & names for names in off)
        ]

    def _names(self, model: str) -> frozenset[str]:
        return names_of(self.name, model) if self.url is None else frozenset({model})

    def allows(self, entry: str) -> bool:
        """Whether the part of a model entry behind the provider names an enabled model of this one."""
        for model in self.enabled_models:
            if self.url is not None:
                if entry in {model["id"], *model.get("id_aliases", ())}:
                    return True
            elif entry.lower() in self._spelled(model):
                return True
        return False

    def _spelled(self, model: Data) -> set[str]:
        author = model.get("author_id")
        spelled: set[str] = set()
        for name in names_of(self.name, model["id"]):
            prefix, slash, rest = name.partition("/")
            bare = rest if slash else name
            spelled |= {f"{(author or (prefix if slash else self.name)).lower()}/{bare}"}
        return spelled


def providers(config: Data) -> list[Known]:
    """The providers of a configuration whose fields have the right types."""
    found: dict[tuple[str, str | None], Known] = {}
    for entry in config.get("providers") or ():
        name = built_ins().get(entry["id"].lower())
        url = entry.get("base_url")
        if name is not None and (url is None or _is_own(name, url)):
            known = found.setdefault((name, None), Known(name, None))
        else:
            known = found.setdefault((entry["id"], url or ""), Known(entry["id"], url or ""))
        known.disabled = known.disabled or entry.get("disabled") is True
        known.models += entry.get("models") or ()
        known.keys += [key["value"] for key in entry.get("api_keys") or ()]
    return list(found.values())


def _is_own(name: str, url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme == "https" and parts.hostname in _hosts().get(name, set())


Identity = tuple[str, str | None, str]


def constant_keys(keys: list[str]) -> list[Identity]:
    """What each key is that does not depend on the request, in order, each once."""
    found: list[Identity] = []
    for key in keys:
        secret = SECRET.match(key)
        environment = _ENVIRONMENT.match(key)
        if secret is not None:
            found.append(("vault", secret.group(2), secret.group(4)))
        elif environment is not None:
            found.append(("environment", None, environment.group(1) or environment.group(2)))
        elif key and "${" not in key:
            found.append(("literal", None, key))
    return list(dict.fromkeys(found))
