"""The new gateway as a function: what a manifest (or an account) holds and a request to what it answers.

Source of every step: the published contract and the pages beside it. Where pages disagree, or one speaks of
something that is only inferred, both answers are given.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Final, NamedTuple

from msgspec import Struct

from migrator.catalog import Catalogs
from migrator.verify.configured import built_in_formats
from migrator.verify.custom import CustomProviders, formats
from migrator.verify.fallbacks import joined
from migrator.verify.model import (
    CREDITS,
    NO_KEY,
    Answer,
    Attempt,
    Attempts,
    Denied,
    Format,
    Outcome,
    Request,
)
from migrator.verify.objects import (
    Body,
    Configuration,
    Objects,
    configuration_of,
    reference,
    secret_name,
)

NO_ACCESS_KEY: Final = Denied("27201", "no access key")
NO_RULE: Final = Denied("27202", "no keys for the provider")
UNKNOWN_MODEL: Final = Denied("27224", "unknown model")
UNKNOWN_PROVIDER: Final = Denied("27225", "unknown provider")
NO_FORMAT: Final = Denied("27226", "the provider does not serve the API format")
PROVIDER_CLOSED: Final = Denied("27231", "provider not allowed")
MODEL_CLOSED: Final = Denied("27232", "model not allowed")
NOT_SERVED: Final = Denied("27233", "ngrok does not serve the model itself")
GONE: Final = Denied("MODEL_GONE", "the model is retired")

SURELY_SERVED: Final = frozenset({"openai", "anthropic"})
"""Providers that an ngrok step serves by every page; of others some say so, or "and others"."""


class Target(Struct, frozen=True):
    """One model at one provider, as the new gateway understands a name."""

    provider: str
    model: str
    known: bool = True
    entry: str = ""
    """What an access scope calls a custom provider's model."""


class Side(NamedTuple):
    """What decides the answer to a name, apart from which model of its kind it is."""

    provider: str
    refused: Denied | None
    known: bool
    rule: int


class NewGateway:
    """An account as its access keys see it. ``custom`` are its custom providers, where somebody has looked at them."""

    def __init__(self, objects: Objects, catalogs: Catalogs, custom: CustomProviders | None = None) -> None:
        self.objects = objects
        self._catalogs = catalogs
        self._built_in = {
            entry.id: entry for catalog in (catalogs.legacy, catalogs.current) for entry in catalog.providers
        }  # a catalogue may leave a provider out; its id stays a built-in one
        self.custom = custom or CustomProviders(objects.providers, catalogs)
        self._configurations: dict[str | None, Configuration] = {}
        self._of_key: dict[str, Configuration] = {}
        self._places: dict[str, dict[str, int]] = {}
        self._resolved: dict[str, tuple[Target, ...] | Denied] = {}
        self._asked: Configuration | None = None
        self._sides: dict[str, tuple[Side, ...] | Denied] = {}

    def configuration(self, key: str | None) -> Configuration | None:
        """The configuration of an access key; None if there is no such key."""
        if key is None or key not in self.objects.access_keys:
            return None
        if key not in self._of_key:
            named = configuration_of(self.objects.access_keys[key])
            if named not in self._configurations:
                body = None if named is None else self.objects.configurations.get(named)
                self._configurations[named] = Configuration(body, self.objects)
            self._of_key[key] = self._configurations[named]
        return self._of_key[key]

    def forget(self) -> None:
        """Let go of the configurations that were asked for: other units have others."""
        self._configurations.clear()
        self._of_key.clear()

    def answer(self, request: Request) -> Outcome:
        """What the request gets."""
        configuration = self.configuration(request.client.key)
        if configuration is None:
            return Outcome((NO_ACCESS_KEY,))
        if not request.names:
            return self._automatic(configuration, request.format)
        found: list[tuple[Answer, ...]] = []
        for place, name in enumerate(request.names):
            answers = self._name(name, configuration, request.format)
            if place == 0 and isinstance(answers[0], Denied) and len(answers) == 1:
                return Outcome(answers)  # the primary model decides about the request
            found.append(answers)
        return Outcome(joined(found))

    # One name

    def _name(self, name: str, configuration: Configuration, form: Format) -> tuple[Answer, ...]:
        found = self.resolve(name)
        if isinstance(found, Denied):
            return (found,)
        answers: list[Answer] = []
        for target in found:
            refused = self._refused(target, configuration, form)
            if refused is None:
                answers += self._paid(target, configuration)
            elif len(found) == 1:
                return (refused,)
        if not answers:
            return (MODEL_CLOSED,)
        if len(found) > 1:
            served = [one for one in answers if isinstance(one, Attempts)]
            attempts = tuple(attempt for one in served for attempt in one.attempts)
            return (Attempts(attempts, ordered=len(attempts) == 1),) if attempts else (answers[0],)
        return tuple(dict.fromkeys(answers))

    def side(self, name: str, configuration: Configuration | None) -> tuple[Side, ...] | Denied:
        """What decides the answer to a name, for folding: names of one side are answered alike."""
        if configuration is None:
            return NO_ACCESS_KEY
        if configuration is not self._asked:  # only the sides of one are kept
            self._asked, self._sides = configuration, {}
        if name not in self._sides:
            self._sides[name] = self._side(name, configuration)
        return self._sides[name]

    def _side(self, name: str, configuration: Configuration) -> tuple[Side, ...] | Denied:
        found = self.resolve(name)
        if isinstance(found, Denied):
            return found
        return tuple(
            Side(
                target.provider,
                self._refused(target, configuration, None),
                target.known,
                id(self._steps(target, configuration)),
            )
            for target in found
        )

    def serves(self, name: str) -> frozenset[str]:
        """The API formats in which a name can be asked for."""
        found = self.resolve(name)
        targets = () if isinstance(found, Denied) else found
        if len(targets) == 1:
            return self.formats(targets[0].provider)
        return frozenset(form for target in targets for form in self.formats(target.provider))

    def places(self, key: str | None, provider: str, answer: Outcome) -> tuple[str, ...]:
        """The places of the manifest that made an answer, as JSON pointers; of an account, what it calls them."""
        objects = self.objects
        if key is None or key not in objects.access_keys:
            return ()
        named = configuration_of(objects.access_keys[key])
        if named is None or named not in objects.configurations:
            return (self._pointer("accessKeys", key),)
        start = f"{self._pointer('accessKeyConfigurations', named)}/body"
        found: list[str] = []
        for one in answer.answers:
            if one == PROVIDER_CLOSED:
                found.append(f"{start}/access/providers")
            elif one == MODEL_CLOSED:
                found.append(f"{start}/access/models")
        body = objects.configurations[named]
        for number, rule in enumerate((body.get("router") or {}).get("rules") or ()):
            if rule.get("provider") == provider and not found:
                found.append(f"{start}/router/rules/{number}")
        found += [self._pointer("providers", ref) for ref in self.custom.refs(provider)]
        return tuple(dict.fromkeys(found)) or (start.removesuffix("/body"),)

    def _pointer(self, member: str, ref: str) -> str:
        """Where an object stands in the manifest; what it is called where it stands in none."""
        if self.objects.live:
            return f"{member}/{ref}"
        if not self._places:
            self._places = {
                kind: {name: place for place, name in enumerate(bodies)}
                for kind, bodies in (
                    ("providers", self.objects.providers),
                    ("accessKeyConfigurations", self.objects.configurations),
                    ("accessKeys", self.objects.access_keys),
                )
            }
        return f"/{member}/{self._places[member][ref]}"

    def server(self, provider: str) -> str:
        """The server behind a provider's id."""
        return self.custom.servers.get(provider, provider)

    def resolve(self, name: str) -> tuple[Target, ...] | Denied:
        """The models that a name stands for; aliases are resolved by nobody."""
        if name not in self._resolved:
            found = self._resolve(name)
            self._resolved[name] = found if isinstance(found, Denied) else tuple(found)
        return self._resolved[name]

    def _resolve(self, name: str) -> list[Target] | Denied:
        prefix, colon, rest = name.partition(":")
        if colon:
            if prefix in self.custom:
                held = self.custom.models[prefix].get(rest)
                upstream = rest if held is None else str(held.get("providerModelId") or rest)
                return [Target(prefix, upstream, held is not None, f"{prefix}:{rest}")]
            if prefix in self._built_in:
                return self._at(prefix, rest)
            if self._catalogs.current.is_reserved(prefix) and prefix == prefix.lower():
                return [Target(prefix, rest, known=False)]
            return UNKNOWN_PROVIDER
        found = [
            Target(entry.id, model.id)
            for entry in self._catalogs.current.providers
            if (model := self._catalogs.current.model(entry.id, name)) is not None
        ]
        if found:
            return found
        retired = any(self._catalogs.legacy.model(one.id, name) for one in self._catalogs.legacy.providers)
        return GONE if retired else UNKNOWN_MODEL

    def _at(self, provider: str, name: str) -> list[Target] | Denied:
        current = self._catalogs.current.model(provider, name)
        if current is not None:
            return [Target(provider, current.id)]
        if self._catalogs.legacy.model(provider, name) is not None:
            return GONE
        return [Target(provider, name, known=False)]

    def _refused(self, target: Target, configuration: Configuration, form: Format | None) -> Denied | None:
        allowed = configuration.providers
        if allowed is not None and target.provider not in allowed:
            return PROVIDER_CLOSED
        if configuration.models is not None and not self.in_scope(target, configuration.models):
            return MODEL_CLOSED
        return None if form is None or form in self.formats(target.provider) else NO_FORMAT

    def formats(self, provider: str) -> frozenset[str]:
        """The API formats that a provider serves."""
        held = self.custom.bodies.get(provider)
        return built_in_formats(provider) if held is None else formats(held)

    def in_scope(self, target: Target, allow: frozenset[str]) -> bool:
        """Whether a list of models names this one: exactly, and with its author if it is a built-in provider's."""
        if target.provider in self.custom:
            return target.entry in allow
        model = target.model if "/" in target.model else f"{self._author(target)}/{target.model}"
        if f"{target.provider}:{model}" in allow or model in allow:
            return True
        # The author of a model that no catalogue has is whoever the entry says.
        rest = target.model.rpartition("/")[2]
        return not target.known and any(
            entry.startswith(f"{target.provider}:") and entry.rpartition("/")[2] == rest for entry in allow
        )

    def _author(self, target: Target) -> str:
        known = self._catalogs.current.model(target.provider, target.model)
        return (known.author if known is not None else None) or target.provider

    # Who pays

    def _paid(self, target: Target, configuration: Configuration) -> Iterator[Answer]:
        steps = self._steps(target, configuration)
        if steps is None:
            yield from self._without_rule(target, configuration)
            return
        keys: list[str] = []
        doubt = False
        for step in steps:
            if step.get("type") == "ngrok":
                served = self._served(target)
                keys += [CREDITS] if served else []
                doubt = doubt or (target.known and not served) or target.provider not in SURELY_SERVED
            else:
                keys += [self.credential(one) for one in step.get("keys") or ()]
        own = [key for key in keys if key != CREDITS]
        yield self._made(target, keys) if keys else NOT_SERVED
        if doubt:
            if CREDITS in keys:
                yield self._made(target, own) if own else NOT_SERVED
            elif target.known:
                yield self._made(target, [*own, CREDITS])

    def _steps(self, target: Target, configuration: Configuration) -> Sequence[Body] | None:
        if not configuration.by_model:
            return configuration.by_provider.get(target.provider)
        model = target.model if "/" in target.model else f"{self._author(target)}/{target.model}"
        for name in (f"{target.provider}:{model}", f"{target.provider}:{target.model}"):
            if name.lower() in configuration.by_model:
                return configuration.by_model[name.lower()]
        return configuration.by_provider.get(target.provider)

    def _without_rule(self, target: Target, configuration: Configuration) -> Iterator[Answer]:
        if not configuration.exists and (held := self._keys_of.get(target.provider)):
            keys = [self.objects.credential(ref) for ref in held]
            yield self._made(target, keys, ordered=len(keys) == 1)
            return
        if target.provider in self.custom:
            yield NO_RULE
            yield self._made(target, [NO_KEY])
            return
        if not target.known:
            yield NOT_SERVED
            return
        answers: list[Answer] = [self._made(target, [CREDITS])]
        if target.provider not in SURELY_SERVED:
            answers.append(NOT_SERVED)
        yield from answers if self._served(target) else reversed(answers)
        if configuration.routed:
            yield NO_RULE

    @cached_property
    def _keys_of(self) -> dict[str, list[str]]:
        """The refs of provider keys by their provider."""
        found: dict[str, list[str]] = {}
        for ref, body in self.objects.keys.items():
            found.setdefault(str(body.get("providerId")), []).append(ref)
        return found

    def _served(self, target: Target) -> bool:
        """Whether an ngrok step serves a model, by the catalogue."""
        entry = self._built_in.get(target.provider)
        return entry is not None and target.known and not entry.key_required

    def credential(self, held: Body) -> str:
        """What a key of a rule's step is called."""
        ref = reference(held.get("id"))
        if ref is not None:
            return self.objects.credential(ref)
        return secret_name(held.get("value")) or str(held.get("name"))

    def _made(self, target: Target, keys: Sequence[str], *, ordered: bool = True) -> Attempts:
        server = self.server(target.provider)
        attempts = (Attempt(target.provider, target.model, key, server) for key in dict.fromkeys(keys))
        return Attempts(tuple(attempts), ordered)

    def _automatic(self, configuration: Configuration, form: Format) -> Outcome:
        """``ngrok/auto``: a choice of the gateway's own among what the key reaches."""
        served: dict[Attempts, None] = {}
        for target in self._everything(configuration):
            if self._refused(target, configuration, form) is None:
                for answer in self._paid(target, configuration):
                    if isinstance(answer, Attempts):
                        served[answer] = None
                        break
        if not served:
            return Outcome((MODEL_CLOSED,))
        if len(served) == 1:  # one model: its keys keep their order
            return Outcome(tuple(served), chosen=True)
        attempts = tuple(attempt for answer in served for attempt in answer.attempts)
        return Outcome((Attempts(attempts, ordered=False),), chosen=True)

    def _everything(self, configuration: Configuration) -> Iterator[Target]:
        """What there is of all that its scope does not shut out by the provider alone."""
        for provider, targets in self._catalogued.items():
            if configuration.providers is None or provider in configuration.providers:
                yield from targets
        for name in sorted(configuration.models or ()):
            provider, colon, listed = name.partition(":")
            if colon and provider in self._built_in:
                found = self.resolve(f"{provider}:{listed.partition('/')[2] or listed}")
                if not isinstance(found, Denied) and not found[0].known:
                    yield found[0]
        for name in self.custom.inside(configuration):
            for key, one in self.custom.models[name].items():
                yield Target(name, str(one.get("providerModelId") or key), entry=f"{name}:{key}")

    @cached_property
    def _catalogued(self) -> dict[str, tuple[Target, ...]]:
        """Today's models, by their providers."""
        return {
            entry.id: tuple(Target(entry.id, model.id) for model in entry.models)
            for entry in self._catalogs.current.providers
        }
