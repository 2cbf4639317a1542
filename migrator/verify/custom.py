"""The custom providers of an account, found by whatever the comparison knows of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import NamedTuple

from migrator.catalog import Catalogs
from migrator.verify.configured import own_server
from migrator.verify.objects import Body, Configuration


class Likeness(NamedTuple):
    """What tells the providers of other policies from each other: the shortest name of a model, and how many."""

    model: str | None
    models: int
    formats: frozenset[str]


class Alike(NamedTuple):
    """``number`` providers that a unit has nothing to do with, and the shortest id among them."""

    provider: str
    likeness: Likeness
    number: int


class CustomProviders:
    """By id, in the account's order. An account has as many as all its policies together: nobody goes through them."""

    def __init__(self, providers: Mapping[str, Body], catalogs: Catalogs) -> None:
        """``providers`` are bodies by ref."""
        self._providers = providers
        self.bodies = {str(body.get("providerId")): body for body in providers.values()}
        self.servers = {
            name: own_server(name, str(body.get("baseUrl", "")), catalogs)
            for name, body in self.bodies.items()
        }
        self.models: dict[str, dict[str, Body]] = {
            name: {str(model.get("modelId")): model for model in body.get("models") or ()}
            for name, body in self.bodies.items()
        }
        self._upstream: dict[str, tuple[tuple[str, str], ...]] = {}
        self._renaming: dict[str, tuple[str, ...]] = {}
        self._places = {name: place for place, name in enumerate(self.bodies)}
        self._aliased = frozenset(
            name.partition(":")[0] for name in catalogs.legacy.model_aliases if ":" in name
        )

    def __contains__(self, name: str) -> bool:
        return name in self.bodies

    def __iter__(self) -> Iterator[str]:
        return iter(self.bodies)

    def refs(self, name: str) -> list[str]:
        """What the account calls a provider."""
        return self._refs.get(name, [])

    @cached_property
    def _refs(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for ref, body in self._providers.items():
            found.setdefault(str(body.get("providerId")), []).append(ref)
        return found

    def of_server(self, server: str) -> list[str]:
        """Those behind which a server is, in the account's order."""
        return self._by_server.get(server, [])

    def is_distinct(self, name: str) -> bool:
        """Whether no other provider's id is the same but for the case of its letters."""
        return self._by_name.get(name.lower()) == [name]

    def in_order(self, names: Iterable[str]) -> list[str]:
        """Those of the names that are custom providers', in the account's order."""
        return sorted((name for name in names if name in self._places), key=self._places.__getitem__)

    def upstream(self, name: str) -> tuple[tuple[str, str], ...]:
        """The names of a provider's models, each with what its server is asked for."""
        if name not in self._upstream:
            held = self.models[name].items()
            self._upstream[name] = tuple((model, repr(body.get("providerModelId"))) for model, body in held)
        return self._upstream[name]

    def renaming(self, name: str) -> tuple[str, ...]:
        """The names of a provider's models that are not what its server calls them, the shortest first."""
        if name not in self._renaming:
            held = [
                model for model, body in self.models[name].items() if body.get("providerModelId") is not None
            ]
            self._renaming[name] = tuple(sorted(held, key=lambda model: (len(model), model)))
        return self._renaming[name]

    def inside(self, configuration: Configuration) -> Iterable[str]:
        """Those that a configuration's scope does not shut out."""
        return self.bodies if configuration.providers is None else self.in_order(configuration.providers)

    def beyond(
        self, configuration: Configuration, names: Iterable[str] | None, servers: frozenset[str]
    ) -> tuple[list[str], list[Alike]]:
        """(those that a unit may have to do with, and the first of the others; the rest, as far as they are alike).

        It has to do with what its scope or a rule names, and with ``names`` (lower case; None: with all). ``servers`` are its own
        ones, which it is asked about by its own names. Its policy knew nothing of all others.
        """
        own = {name for server in servers for name in self.of_server(server)}
        if names is None or not configuration.exists:  # without one, every key of the account pays
            return [name for name in self.bodies if name not in own], []
        near = {name for name in configuration.named if name in self.bodies} | own
        for name in (*names, *self._aliased):
            near.update(self._by_name.get(name, ()))
        first = next((name for name in self.bodies if name not in near), None)
        if first is not None:
            near.add(first)
        left = dict(self._counts)
        for name in near:
            left[self._likeness[name]] -= 1
        rest = [
            Alike(next(one for one in self._by_likeness[likeness] if one not in near), likeness, count)
            for likeness, count in left.items()
            if count
        ]
        return self.in_order(near - own), rest

    @cached_property
    def _likeness(self) -> dict[str, Likeness]:
        return {
            name: Likeness(
                min(models, key=lambda model: (len(model), model), default=None),
                len(models),
                formats(self.bodies[name]),
            )
            for name, models in self.models.items()
        }

    @cached_property
    def _by_likeness(self) -> dict[Likeness, list[str]]:
        """Providers by what they are like, the shortest names first."""
        found: dict[Likeness, list[str]] = {}
        for name in sorted(self.bodies, key=lambda name: (len(name), name)):
            found.setdefault(self._likeness[name], []).append(name)
        return found

    @cached_property
    def _counts(self) -> dict[Likeness, int]:
        return {likeness: len(names) for likeness, names in self._by_likeness.items()}

    @cached_property
    def _by_server(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for name, server in self.servers.items():
            found.setdefault(server, []).append(name)
        return found

    @cached_property
    def _by_name(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for name in self.bodies:
            found.setdefault(name.lower(), []).append(name)
        return found


def formats(body: Body) -> frozenset[str]:
    """The API formats that a custom provider serves."""
    surfaces = body.get("supportedApiSurfaces") or ()
    return frozenset(str(surface.get("format", "openai")) for surface in surfaces) or frozenset({"openai"})
