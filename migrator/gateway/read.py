"""From an action's config to the gateway it describes: one reader per mapping of the schema."""

from __future__ import annotations

import re
from typing import Literal

from migrator.cel import template
from migrator.findings.policy import BadValue, MissingId, OneArgumentSecret, SingleValue, WrongType
from migrator.gateway.model import (
    Addition,
    ApiKey,
    Credential,
    DynamicSecret,
    EnvironmentSecret,
    Gateway,
    LiteralSecret,
    Model,
    Provider,
    Surface,
    T,
    Value,
    VaultSecret,
)
from migrator.patterns import pattern
from migrator.policy.origin import Field
from migrator.policy.reader import Notes, Reader
from migrator.secrets import mask_ordinals
from migrator.target.durations import nanoseconds
from migrator.tree.nodes import Mapping, Scalar

TOKEN_LIMIT = 500_000
MODEL_FACTS = (
    "display_name",
    "description",
    "metadata",
    "input_modalities",
    "output_modalities",
    "max_context_window",
    "max_output_tokens",
    "supported_features",
)
FORMATS = ("openai", "anthropic")
SURFACES = ("chat-completions", "responses", "messages", "embeddings")
PROVIDER_FACTS = ("description", "website")
_ENVIRONMENT = pattern(r"\$(?:\{([A-Z_][A-Z0-9_]*)\}|([A-Za-z_]\w*))\Z", re.ASCII)


def read_gateway(config: Field, notes: Notes) -> Gateway:
    """The gateway that ``config`` (a mapping, or null) describes; problems go to ``notes``."""
    reader = Reader(config, "the ai-gateway configuration", notes)
    model_strategies, model_selection = _strategies(reader, "model_selection", notes)
    key_strategies, key_selection = _strategies(reader, "api_key_selection", notes)
    additions = {name: reader.mapping(name) for name in ("headers", "query_params", "body")}
    gateway = Gateway(
        field=config,
        providers=tuple(
            provider for item in reader.items("providers") if (provider := _provider(item, notes)) is not None
        ),
        providers_field=config.get("providers"),
        only_configured_providers=_value(reader.switch("only_allow_configured_providers")),
        only_configured_models=_value(reader.switch("only_allow_configured_models")),
        model_strategies=model_strategies,
        model_selection=model_selection,
        key_strategies=key_strategies,
        key_selection=key_selection,
        max_input_tokens=_tokens(reader, "max_input_tokens", notes),
        max_output_tokens=_tokens(reader, "max_output_tokens", notes),
        total_timeout=_duration(reader, "total_timeout", notes),
        per_request_timeout=_duration(reader, "per_request_timeout", notes),
        on_error=_on_error(reader, notes),
        headers=_additions(additions["headers"]),
        query_params=_additions(additions["query_params"]),
        body=_additions(additions["body"]),
        additions_fields=tuple(field for field in additions.values() if field is not None),
    )
    reader.close()
    return gateway


def _provider(item: Field, notes: Notes) -> Provider | None:
    reader = Reader(item, "a provider", notes)
    named = reader.text("id")
    base_url = _value(reader.text("base_url"))
    display_name = _value(reader.text("display_name"))
    metadata = reader.mapping("metadata")
    disabled = _value(reader.switch("disabled"))
    aliases = _values(reader.texts("id_aliases"))
    keys_field = reader.take("api_keys")
    keys = tuple(key for entry in reader.items("api_keys") if (key := _key(entry, notes)) is not None)
    models = tuple(model for entry in reader.items("models") if (model := _model(entry, notes)) is not None)
    surfaces = tuple(
        surface
        for entry in reader.items("supported_api_surfaces")
        if (surface := _surface(entry, notes)) is not None
    )
    facts = tuple(field for name in PROVIDER_FACTS if (field := reader.take(name)) is not None)
    reader.close()
    if named is None or not named[0]:
        if isinstance(item.node, Mapping):
            notes.add(MissingId(**item.place, what="a provider"))
        return None
    return Provider(
        id=named[0],
        id_field=named[1],
        field=item,
        aliases=aliases,
        base_url=base_url,
        display_name=display_name,
        metadata=metadata,
        disabled=disabled,
        keys=keys,
        keys_field=keys_field,
        models=models,
        models_field=item.get("models"),
        surfaces=surfaces,
        surfaces_field=item.get("supported_api_surfaces"),
        facts=facts,
    )


def _model(item: Field, notes: Notes) -> Model | None:
    if item.scalar is not None:
        notes.add(SingleValue(**item.place, where="a model with an id"))
        return Model(id=item.scalar.text, id_field=item, field=item)
    reader = Reader(item, "a model", notes)
    named = reader.text("id")
    aliases = _values(reader.texts("id_aliases"))
    author = _value(reader.text("author_id"))
    disabled = _value(reader.switch("disabled"))
    unsupported_field = reader.take("unsupported_params")
    unsupported = _names(reader.items("unsupported_params"), "unsupported_params", notes)
    facts = tuple(field for name in MODEL_FACTS if (field := reader.take(name)) is not None)
    reader.close()
    if named is None or not named[0]:
        if isinstance(item.node, Mapping):
            notes.add(MissingId(**item.place, what="a model"))
        return None
    return Model(named[0], named[1], item, aliases, author, disabled, unsupported, unsupported_field, facts)


def _surface(item: Field, notes: Notes) -> Surface | None:
    reader = Reader(item, "a supported API surface", notes)
    form = reader.text("format")
    surface = reader.text("surface")
    params = _names(reader.items("supported_params"), "supported_params", notes)
    reader.close()
    if not isinstance(item.node, Mapping):
        return None
    for named, known in ((form, FORMATS), (surface, SURFACES)):
        if named is not None and named[0] not in known:
            field = named[1].pointer.rpartition("/")[2]
            notes.add(BadValue(**named[1].place, field=field, expected=" or ".join(known)))
            return None
    return Surface(
        form[0] if form else "openai",
        surface[0] if surface else None,
        tuple(param.value for param in params),
        item,
    )


def _names(items: list[Field], where: str, notes: Notes) -> tuple[Value[str], ...]:
    """Names given as text or as ``{name: …}``: the old schema's type and its example disagreed."""
    found: list[Value[str]] = []
    for item in items:
        if item.text is not None:
            found.append(Value(item.text, item))
        elif isinstance(item.node, Mapping):
            reader = Reader(item, where, notes)
            if (name := reader.text("name")) is not None:
                found.append(Value(name[0], name[1]))
            reader.close()
        else:
            notes.add(
                WrongType(**item.place, field=item.pointer.rpartition("/")[2], where=where, expected="a name")
            )
    return tuple(found)


def _key(item: Field, notes: Notes) -> ApiKey | None:
    if item.scalar is not None:
        notes.add(SingleValue(**item.place, where="a key with a value"))
        return ApiKey(credential(item, notes), item)
    reader = Reader(item, "an API key", notes)
    value = reader.text("value")
    reader.close()
    return None if value is None else ApiKey(credential(value[1], notes), value[1])


def credential(field: Field, notes: Notes) -> Credential:
    """What a scalar that holds a credential refers to."""
    text = field.text or ""
    named = template.secret_reference(text)
    if named is not None:
        if named.vault is None:
            notes.add(OneArgumentSecret(**field.place, name=named.name))
        return VaultSecret(named.vault, named.name)
    if (environment := _ENVIRONMENT.match(text)) is not None:
        return EnvironmentSecret(environment.group(1) or environment.group(2))
    ordinals = mask_ordinals(text)
    return LiteralSecret(ordinals[0]) if ordinals and "${" not in text else DynamicSecret()


def _strategies(reader: Reader, key: str, notes: Notes) -> tuple[tuple[Field, ...], Field | None]:
    held = reader.mapping(key)
    if held is None:
        word = reader.take(key)
        return ((word,) if word is not None and word.scalar is not None else ()), word
    inner = Reader(held, key, notes)
    strategy = inner.present("strategy")
    inner.close()
    if strategy is None:
        return (), held
    if isinstance(strategy.node, Scalar):
        notes.add(SingleValue(**strategy.place, where="a list of strategies"))
        return (strategy,), held
    return tuple(strategy.items()), held


def _tokens(reader: Reader, key: str, notes: Notes) -> Value[int] | None:
    found = reader.whole_number(key)
    if found is not None and not 0 < found[0] <= TOKEN_LIMIT:
        expected = f"a number from 1 to {TOKEN_LIMIT}"
        notes.add(BadValue(**found[1].place, field=key, expected=expected))
        return None
    return _value(found)


def _duration(reader: Reader, key: str, notes: Notes) -> Value[str] | None:
    found = reader.text(key)
    if found is not None and not nanoseconds(found[0]):
        expected = "a duration such as 45s or 2m30s"
        notes.add(BadValue(**found[1].place, field=key, expected=expected))
        return None
    return _value(found)


def _on_error(reader: Reader, notes: Notes) -> Value[Literal["halt", "continue"]] | None:
    found = reader.text("on_error")
    if found is None:
        return None
    if found[0] == "halt":
        return Value("halt", found[1])
    if found[0] == "continue":
        return Value("continue", found[1])
    notes.add(BadValue(**found[1].place, field="on_error", expected="halt or continue"))
    return None


def _additions(field: Field | None) -> tuple[Addition, ...]:
    if field is None:
        return ()
    return tuple(Addition(key.text, value.text, value) for key, value in field.entries())


def _value(found: tuple[T, Field] | None) -> Value[T] | None:
    return None if found is None else Value(found[0], found[1])


def _values(found: list[tuple[str, Field]]) -> tuple[Value[str], ...]:
    return tuple(Value(text, field) for text, field in found)
