"""The desired state at ngrok.ai: what must exist, as typed nodes that know where they came from.

Bodies follow the published contract of api.ngrok.ai (``AIGateway*Create`` and
``AIGatewayConfigUpdate``) member by member, with two additions: ``{"$ref": …}`` stands for an
id not known yet and ``{"$secret": …}`` for a value nobody may write down.

``parts`` of an object are the JSON pointers below it that were made from something, with the places of what they
were made from: names in alphabetical order, indices as numbers.

A fleet has hundreds of thousands of these, and none leads back to another: the garbage collector need not look.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar, Final

from msgspec import Struct, field

from migrator.spans import Location

Body = dict[str, Any]
Origins = tuple[Location, ...]


class Reference(Struct, frozen=True, gc=False):
    """An id that exists only after the object ``member``/``ref`` was created."""

    member: str
    ref: str

    def body(self) -> Body:
        return {"$ref": f"{self.member}/{self.ref}"}


class SecretReference(Struct, frozen=True, gc=False):
    """A value to supply: from the environment variable ``env``.

    ``vault`` and ``name`` are those of ``secrets.get``; both are None for a credential that was
    written into the policy, and ``vault`` alone for the one-argument form.
    """

    env: str
    vault: str | None = None
    name: str | None = None

    def body(self) -> Body:
        named = {"vault": self.vault, "name": self.name}
        return {"$secret": {**{k: v for k, v in named.items() if v is not None}, "env": self.env}}


DEFAULT_FORMAT: Final = "openai"
"""What a custom provider serves that lists no surface."""


class Surface(Struct, frozen=True, gc=False):
    """One entry of ``supportedApiSurfaces``."""

    format: str
    surface: str | None = None
    supported_params: tuple[str, ...] = ()
    origins: Origins = ()

    def body(self) -> Body:
        made: Body = {"format": self.format}
        if self.surface is not None:
            made["surface"] = self.surface
        if self.supported_params:
            made["supportedParams"] = [{"name": name} for name in self.supported_params]
        return made


class Model(Struct, frozen=True, gc=False):
    """One entry of a custom provider's ``models``."""

    model_id: str
    provider_model_id: str | None = None
    unsupported_params: tuple[str, ...] = ()
    origins: Origins = ()

    def body(self) -> Body:
        made: Body = {"modelId": self.model_id}
        if self.provider_model_id is not None:
            made["providerModelId"] = self.provider_model_id
        if self.unsupported_params:
            made["unsupportedParams"] = list(self.unsupported_params)
        return made


class Provider(Struct, frozen=True, gc=False):
    """``POST /providers``: a custom provider."""

    member: ClassVar[str] = "providers"
    ref: str
    provider_id: str
    name: str
    base_url: str
    metadata: Body = field(default_factory=dict)
    surfaces: tuple[Surface, ...] = ()
    models: tuple[Model, ...] = ()
    origins: Origins = ()

    def parts(self) -> Iterator[tuple[str, Origins]]:
        yield "", self.origins
        for index, model in enumerate(self.models):
            yield f"/body/models/{index}", model.origins
        for index, surface in enumerate(self.surfaces):
            yield f"/body/supportedApiSurfaces/{index}", surface.origins


class ProviderKey(Struct, frozen=True, gc=False):
    """``POST /provider-keys``: an upstream credential, by reference."""

    member: ClassVar[str] = "providerKeys"
    ref: str
    provider_id: str
    name: str
    value: SecretReference
    metadata: Body = field(default_factory=dict)
    origins: Origins = ()

    def parts(self) -> Iterator[tuple[str, Origins]]:
        yield "", self.origins


class Dimension(Struct, frozen=True, gc=False):
    """``access.providers`` or ``access.models``: the allowed entries, in source order.

    ``entry_origins`` runs parallel to ``allow``.
    """

    allow: tuple[str, ...]
    entry_origins: tuple[Origins, ...] = ()
    origins: Origins = ()


class StepKey(Struct, frozen=True, gc=False):
    """A provider key in a user step."""

    ref: str
    origins: Origins = ()


class Step(Struct, frozen=True, gc=False):
    """``user`` (own keys, tried in order) or ``ngrok`` (ngrok.ai inference, credits pay)."""

    type: str
    keys: tuple[StepKey, ...] = ()
    origins: Origins = ()

    def body(self) -> Body:
        if self.type == "ngrok":
            return {"type": "ngrok"}
        keys = [{"id": Reference("providerKeys", key.ref).body()} for key in self.keys]
        return {"type": "user", "keySelectionStrategy": "ordered", "keys": keys}


class Rule(Struct, frozen=True, gc=False):
    """A routing rule of a configuration: whose credential pays for a provider."""

    provider: str
    steps: tuple[Step, ...]
    origins: Origins = ()

    def body(self) -> Body:
        return {"provider": self.provider, "steps": [step.body() for step in self.steps]}


class Configuration(Struct, frozen=True, gc=False):
    """``POST /access-key-configurations``: access scope and routing rules."""

    member: ClassVar[str] = "accessKeyConfigurations"
    ref: str
    name: str
    description: str = ""
    metadata: Body = field(default_factory=dict)
    providers: Dimension | None = None
    models: Dimension | None = None
    rules: tuple[Rule, ...] = ()
    origins: Origins = ()

    def parts(self) -> Iterator[tuple[str, Origins]]:
        yield "", self.origins
        for name, dimension in (("models", self.models), ("providers", self.providers)):
            if dimension is not None:
                yield f"/body/access/{name}", dimension.origins
                for index, origins in enumerate(dimension.entry_origins):
                    yield f"/body/access/{name}/allow/{index}", origins
        for rule_index, rule in enumerate(self.rules):
            at = f"/body/router/rules/{rule_index}"
            yield at, rule.origins
            for step_index, step in enumerate(rule.steps):
                yield f"{at}/steps/{step_index}", step.origins
                for key_index, key in enumerate(step.keys):
                    yield f"{at}/steps/{step_index}/keys/{key_index}", key.origins


class AccessKey(Struct, frozen=True, gc=False):
    """``POST /access-keys``: what one client sends to the gateway. Always has a configuration."""

    member: ClassVar[str] = "accessKeys"
    ref: str
    name: str
    configuration: str
    description: str = ""
    metadata: Body = field(default_factory=dict)
    origins: Origins = ()

    def parts(self) -> Iterator[tuple[str, Origins]]:
        yield "", self.origins


class Setting(Struct, frozen=True, gc=False):
    """One member of ``PATCH /gateway-config``; it applies to every key of the account."""

    member: str
    value: str | int
    origins: Origins = ()


class GatewayConfig(Struct, frozen=True, gc=False):
    """The account settings on which all units agree."""

    settings: tuple[Setting, ...]

    def parts(self) -> Iterator[tuple[str, Origins]]:
        for setting in sorted(self.settings, key=lambda one: one.member):
            yield f"/body/{setting.member}", setting.origins


Object = Provider | ProviderKey | Configuration | AccessKey


class DesiredState(Struct, frozen=True, gc=False):
    """All that must exist at ngrok.ai after the migration, each list in order of its refs."""

    migration: str
    providers: tuple[Provider, ...] = ()
    provider_keys: tuple[ProviderKey, ...] = ()
    configurations: tuple[Configuration, ...] = ()
    access_keys: tuple[AccessKey, ...] = ()
    gateway_config: GatewayConfig | None = None

    def objects(self) -> Iterator[Object]:
        """Every object in the order in which it can be created."""
        yield from self.providers
        yield from self.provider_keys
        yield from self.configurations
        yield from self.access_keys
