"""A name that clients send as ``model`` → what becomes of it for the clients of some units."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Final, Literal

from msgspec import Struct

from migrator.catalog.model import Catalog, author_of
from migrator.clients.bundle import OldUnit, Scope
from migrator.target.spelling import ModelIds, built_in_model

AUTO: Final = "ngrok/auto"

Fate = Literal["renamed", "retired", "refused", "works", "unknown"]

_WRITABLE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/@-]*\Z")
"""A name that needs no quotes, wherever one stands."""


class Outcome(Struct, frozen=True):
    """What becomes of a name: ``new`` is the name to send instead, where there is one."""

    fate: Fate
    new: str | None = None

    @property
    def is_writable(self) -> bool:
        return self.new is not None and _WRITABLE.match(self.new) is not None


class Models:
    """The names of the clients of some units."""

    def __init__(self, units: Iterable[OldUnit], catalog: Catalog) -> None:
        self._units = tuple(units)
        self._catalog = catalog

    def outcomes(self, name: str) -> tuple[Outcome, ...]:
        """The different things that become of a name; empty where nobody knows it."""
        found = {self._outcome(name.lower(), unit): None for unit in self._units}
        known = [outcome for outcome in found if outcome.fate != "unknown"]
        if any(outcome.fate != "refused" for outcome in known):
            known = [outcome for outcome in known if outcome.fate != "refused"]
        return tuple(known)

    def requests(self) -> tuple[Mapping[str, object] | None, ...]:
        """The different bodies that replace ``ngrok/auto``; None for units that chose nothing."""
        found = {json.dumps(unit.request, sort_keys=True): unit.request for unit in self._units}
        return tuple(found.values())

    @cached_property
    def names(self) -> frozenset[str]:
        """Every name that may be worth a look, in lower case."""
        names = {name for unit in self._units for name in (*unit.renames, *unit.retired)}
        names |= {name.partition(":")[2] for unit in self._units for name in unit.retired} - {""}
        for provider in self._catalog.providers:
            for model in provider.models:
                names.update((model.id.lower(), model.id.lower().rpartition("/")[2]))
        return frozenset(names)

    @cached_property
    def prefixes(self) -> frozenset[str]:
        """Every provider's name that may stand in front of a model's, in lower case."""
        own = {name for unit in self._units for name in unit.providers}
        return frozenset({*own, *(provider.id.lower() for provider in self._catalog.providers)})

    def may_know(self, name: str) -> bool:
        """Whether a text can be a model's name at all; quick, for most texts are none."""
        lower = name.lower()
        prefix, colon, _ = lower.partition(":")
        return lower in self.names or (bool(colon) and prefix in self.prefixes)

    def is_name(self, name: str, outcome: Outcome) -> bool:
        """Whether a text that stands by itself is a model's name beyond doubt, and worth a word.

        Behind a provider's name and a colon anything may stand, a password for one.
        """
        return outcome.fate != "refused" and name.lower().partition(":")[2] in ("", *self.names)

    def _outcome(self, name: str, unit: OldUnit) -> Outcome:
        renamed = unit.renames.get(name)
        if renamed is not None:
            return Outcome("works") if renamed.lower() == name else Outcome("renamed", renamed)
        if name in unit.retired:
            return Outcome("retired")
        prefix, colon, rest = name.partition(":")
        if colon and rest and (prefix in unit.providers or self._catalog.provider(prefix) is not None):
            return self._qualified(prefix, rest, unit)
        found = self._in_scope(self._offers(name), unit.scope)
        is_gone = any(retired.partition(":")[2] == name for retired in unit.retired)
        return Outcome("retired") if is_gone and found.fate != "works" else found

    def _qualified(self, prefix: str, rest: str, unit: OldUnit) -> Outcome:
        """A name with its provider in front: the provider's name may have gone, the model's too."""
        provider = unit.providers.get(prefix, prefix)
        moved = unit.renames.get(rest) or unit.renames.get(rest.partition("/")[2])
        if moved is not None and moved.lower().startswith(f"{provider.lower()}:"):
            new = moved
        elif f"{provider.lower()}:{rest}" in unit.retired:
            return Outcome("retired")
        else:
            new = f"{provider}:{rest}"
        if new.lower() != f"{prefix}:{rest}":
            return Outcome("renamed", new)
        model = self._catalog.model(provider, rest)
        return self._in_scope([(provider.lower(), model.id)] if model is not None else [], unit.scope)

    def _offers(self, name: str) -> list[tuple[str, str]]:
        """(provider, model) of the new catalogue behind a name without a provider."""
        return [
            (provider.id, model.id)
            for provider in self._catalog.providers
            if (model := self._catalog.model(provider.id, name)) is not None
        ]

    def _in_scope(self, offers: list[tuple[str, str]], scope: Scope | None) -> Outcome:
        if not offers or scope is None:
            return Outcome("unknown")
        allowed = any(self._allows(scope, provider, model) for provider, model in offers)
        return Outcome("works" if allowed else "refused")

    def _allows(self, scope: Scope, provider_id: str, model_id: str) -> bool:
        if scope.providers is not None and provider_id.lower() not in scope.providers:
            return False
        if scope.models is None:
            return True
        provider, model = self._catalog.provider(provider_id), self._catalog.model(provider_id, model_id)
        author = (
            author_of(model_id)
            or (model.author if model else None)
            or (provider.author if provider else None)
        )
        spelled = {built_in_model(provider_id, model_id, author, style).lower() for style in ModelIds}
        spelled |= {model_id.lower(), f"{provider_id}:{model_id}".lower()}
        return not spelled.isdisjoint(scope.models)
