"""What one ai-gateway configuration says, in the old gateway's own terms.

Nothing here knows the new product. Every value keeps the field it was read from, so that what
became of it can be accounted for and traced.
"""

from __future__ import annotations

from typing import Generic, Literal, TypeVar

from msgspec import Struct

from migrator.policy.origin import Field

T = TypeVar("T")


class Value(Struct, Generic[T], frozen=True, eq=False):
    """A value and the field it was read from."""

    value: T
    field: Field


class VaultSecret(Struct, frozen=True):
    """``secrets.get(vault, name)``; ``vault`` is None for the one-argument form."""

    vault: str | None
    name: str


class LiteralSecret(Struct, frozen=True):
    """A credential written into the policy: the ``ordinal``-th different one of its file."""

    ordinal: int


class EnvironmentSecret(Struct, frozen=True):
    """``${NAME}`` or ``$NAME``: filled in from the environment of the agent that read the file."""

    name: str


class DynamicSecret(Struct, frozen=True):
    """A credential computed per request."""


Credential = VaultSecret | LiteralSecret | EnvironmentSecret | DynamicSecret


class ApiKey(Struct, frozen=True, eq=False):
    """One inline key of a provider, in failover order."""

    credential: Credential
    field: Field


class Model(Struct, frozen=True, eq=False):
    """One configured model. ``facts`` are fields that described it and decided nothing by themselves."""

    id: str
    id_field: Field
    field: Field
    aliases: tuple[Value[str], ...] = ()
    author: Value[str] | None = None
    disabled: Value[bool] | None = None
    unsupported_params: tuple[Value[str], ...] = ()
    unsupported_params_field: Field | None = None
    facts: tuple[Field, ...] = ()

    @property
    def is_disabled(self) -> bool:
        return self.disabled is not None and self.disabled.value


class Surface(Struct, frozen=True, eq=False):
    """One supported API surface of a provider."""

    format: str
    surface: str | None
    supported_params: tuple[str, ...]
    field: Field


class Provider(Struct, frozen=True, eq=False):
    """One configured provider, under the id as it was written."""

    id: str
    id_field: Field
    field: Field
    aliases: tuple[Value[str], ...] = ()
    base_url: Value[str] | None = None
    display_name: Value[str] | None = None
    metadata: Field | None = None
    disabled: Value[bool] | None = None
    keys: tuple[ApiKey, ...] = ()
    keys_field: Field | None = None
    models: tuple[Model, ...] = ()
    models_field: Field | None = None
    surfaces: tuple[Surface, ...] = ()
    surfaces_field: Field | None = None
    facts: tuple[Field, ...] = ()

    @property
    def is_disabled(self) -> bool:
        return self.disabled is not None and self.disabled.value


class Addition(Struct, frozen=True, eq=False):
    """One header, query parameter or body member the gateway added to provider requests."""

    name: str
    text: str | None
    field: Field


class Gateway(Struct, frozen=True, eq=False):
    """One ai-gateway configuration. None is absent; the old defaults apply."""

    field: Field
    providers: tuple[Provider, ...] = ()
    providers_field: Field | None = None
    only_configured_providers: Value[bool] | None = None
    only_configured_models: Value[bool] | None = None
    model_strategies: tuple[Field, ...] = ()
    model_selection: Field | None = None
    key_strategies: tuple[Field, ...] = ()
    key_selection: Field | None = None
    max_input_tokens: Value[int] | None = None
    max_output_tokens: Value[int] | None = None
    total_timeout: Value[str] | None = None
    per_request_timeout: Value[str] | None = None
    on_error: Value[Literal["halt", "continue"]] | None = None
    headers: tuple[Addition, ...] = ()
    query_params: tuple[Addition, ...] = ()
    body: tuple[Addition, ...] = ()
    additions_fields: tuple[Field, ...] = ()

    @property
    def restricts_providers(self) -> bool:
        return self.only_configured_providers is not None and self.only_configured_providers.value

    @property
    def restricts_models(self) -> bool:
        return self.only_configured_models is not None and self.only_configured_models.value
