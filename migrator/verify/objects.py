"""What exists at ngrok.ai, as a manifest or an account says: objects by their refs, and configurations taken apart."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any

from msgspec import Struct, field

Body = Mapping[str, Any]


class Objects(Struct, frozen=True, eq=False):
    """What exists at ngrok.ai, by ref (and by id, where it exists already).

    ``credentials`` names what a provider key holds, where its body does not say.
    """

    providers: Mapping[str, Body] = field(default_factory=dict)
    keys: Mapping[str, Body] = field(default_factory=dict)
    configurations: Mapping[str, Body] = field(default_factory=dict)
    access_keys: Mapping[str, Body] = field(default_factory=dict)
    credentials: Mapping[str, str] = field(default_factory=dict)
    live: bool = False
    """Read from an account: its lists have no order of their own."""

    @classmethod
    def of(
        cls, entries: Iterable[tuple[str, str, Body]], credentials: Mapping[str, str] | None = None
    ) -> Objects:
        """From (member, ref, body) of a manifest's entries."""
        held: dict[str, dict[str, Body]] = {}
        for member, ref, body in entries:
            held.setdefault(member, {})[ref] = body
        return cls(
            held.get("providers", {}),
            held.get("providerKeys", {}),
            held.get("accessKeyConfigurations", {}),
            held.get("accessKeys", {}),
            credentials or {},
        )

    @classmethod
    def of_document(cls, document: Mapping[str, Any]) -> Objects:
        """From a manifest's data."""
        return cls.of(
            (member, item["ref"], item["body"])
            for member in ("providers", "providerKeys", "accessKeyConfigurations", "accessKeys")
            for item in document.get(member) or ()
        )

    def credential(self, ref: str) -> str:
        """What a provider key is called: by its secret, else by the variable that supplies it."""
        body = self.keys.get(ref)
        if body is None:
            return f"missing key {ref}"
        named = secret_name(body.get("value"))
        return named or self.credentials.get(ref) or str(body.get("name", ref))


def secret_name(value: object) -> str | None:
    """The name of the secret that a reference stands for."""
    secret = value.get("$secret") if isinstance(value, Mapping) else None
    if not isinstance(secret, Mapping):
        return None
    vault, name = secret.get("vault"), secret.get("name")
    if name is None:
        return str(secret.get("env"))
    return str(name) if vault is None else f"{vault}/{name}"


def reference(value: object) -> str | None:
    """The ref (or id) that a body names."""
    if isinstance(value, Mapping):
        target = value.get("$ref")
        return target.partition("/")[2] if isinstance(target, str) else None
    return value if isinstance(value, str) else None


def configuration_of(key: Body) -> str | None:
    """The configuration of an access key: as it is created, or as an account answers."""
    answered = key.get("accessKeyConfiguration")
    if "accessKeyConfigurationId" not in key and isinstance(answered, Mapping):
        return reference(answered.get("id"))
    return reference(key.get("accessKeyConfigurationId"))


class Configuration:
    """One access key configuration: its scope and rules, ready to be asked. ``body`` is None for a key without one."""

    def __init__(self, body: Body | None, objects: Objects) -> None:
        access = (body or {}).get("access") or {}
        self.providers = allowed(access.get("providers"), objects.providers)
        self.models = allowed(access.get("models"), {})
        self.exists = body is not None
        router = (body or {}).get("router")
        rules = (router or {}).get("rules") or []
        self.routed = router is not None
        self.by_provider: dict[str, Sequence[Body]] = {}
        self.by_model: dict[str, Sequence[Body]] = {}
        for rule in rules:
            model, provider = rule.get("model"), rule.get("provider")
            if model is not None:
                self.by_model.setdefault(str(model).lower(), rule.get("steps") or [])
            elif provider is not None:
                named = provider_named(str(reference(provider) or ""), objects.providers)
                self.by_provider.setdefault(named, rule.get("steps") or [])

    @cached_property
    def named(self) -> frozenset[str]:
        """The providers that its scope or a rule of it names, in itself or in front of a model."""
        models = {name.partition(":")[0] for name in (*(self.models or ()), *self.by_model)}
        return frozenset({*(self.providers or ()), *self.by_provider, *models})


def allowed(held: object, providers: Mapping[str, Body]) -> frozenset[str] | None:
    allow = held.get("allow") if isinstance(held, Mapping) else None
    if allow is None:
        return None
    return frozenset(provider_named(str(reference(entry) or ""), providers) for entry in allow)


def provider_named(name: str, providers: Mapping[str, Body]) -> str:
    """A provider by the id that clients say, where a body names it by ref or by the account's id."""
    body = providers.get(name)
    return name if body is None or "providerId" not in body else str(body["providerId"])
