"""What an ai-gateway configuration says, as far as it decides which requests are served, and by whom."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final
from urllib.parse import urlsplit

from msgspec import Struct

from migrator.catalog import Catalogs
from migrator.cel import template
from migrator.naming import literal_environment_name, own_environment_name
from migrator.policy.origin import Field
from migrator.policy.reader import Notes, Reader
from migrator.policy.vocabulary import names_a_credential
from migrator.secrets import has_mask, mask_ordinals, visible
from migrator.tree.nodes import Mapping, Scalar
from migrator.verify.model import FORMATS

COMPUTED: Final = "a key computed per request"
HEADER: Final = "header "
QUERY_PARAMETER: Final = "query parameter "
_OWN_VARIABLE: Final = re.compile(r"\$(?:\{([A-Z_][A-Z0-9_]*)\}|([A-Za-z_]\w*))\Z", re.ASCII)


class ConfiguredModel(Struct, frozen=True, eq=False):
    """One entry of a provider's ``models``. ``field`` is the entry, a mapping or the id alone."""

    id: str
    field: Field
    aliases: tuple[str, ...] = ()
    disabled: bool = False


class ConfiguredProvider(Struct, frozen=True, eq=False):
    """One provider of the configuration: all entries of one id and one server.

    ``id`` is the built-in id, or the id as written. ``server`` tells servers apart: the built-in id where
    the base URL is the built-in provider's own; ``names`` are lower case,
    ``spellings`` those of them that are not the id, as they are written. ``catalogued``: it has that provider's models, wherever it is.
    ``fault``: why nobody can say whether it ever worked.
    """

    id: str
    built_in: bool
    catalogued: bool
    server: str
    names: frozenset[str]
    spellings: tuple[str, ...]
    fields: tuple[Field, ...]
    keys: tuple[str, ...] = ()
    models: tuple[ConfiguredModel, ...] = ()
    formats: frozenset[str] = frozenset({"openai"})
    disabled: bool = False
    fault: str = ""


class Configured(Struct, frozen=True, eq=False):
    """One configuration. ``header`` is a credential that was added to every request, if one was."""

    field: Field
    providers: tuple[ConfiguredProvider, ...] = ()
    only_providers: bool = False
    only_models: bool = False
    strategies: tuple[Field, ...] = ()
    key_strategies: tuple[Field, ...] = ()
    header: str | None = None
    continues: bool = False

    @property
    def closed(self) -> bool:
        """Only configured providers can be used."""
        return self.only_providers or self.only_models


def configured(config: Field | None, action: Field, stem: str, catalogs: Catalogs) -> Configured:
    """What ``config`` says; ``stem`` names the file, as credentials written into it are called after it."""
    if config is None:
        return Configured(action)
    reader = Reader(config, "the configuration", Notes())
    found: dict[tuple[str, str], ConfiguredProvider] = {}
    for item in reader.items("providers"):
        one = _provider(item, stem, catalogs)
        if one is not None:
            key = one.id.lower(), one.server  # ids were the same in any case of letters
            known = found.get(key)
            found[key] = one if known is None else _together(known, one)
    on_error = reader.text("on_error")
    return Configured(
        config,
        tuple(found.values()),
        _is_on(reader, "only_allow_configured_providers"),
        _is_on(reader, "only_allow_configured_models"),
        _strategies(reader, "model_selection"),
        _strategies(reader, "api_key_selection"),
        _header(reader),
        continues=on_error is not None and on_error[0] == "continue",
    )


def host_of(url: str) -> str:
    """What tells one server from another: scheme, host, port and path, without query."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return url
    return f"{parts.scheme}://{parts.netloc.lower()}{parts.path.rstrip('/')}"


def own_server(provider_id: str, url: str, catalogs: Catalogs) -> str:
    """The server behind a base URL: the built-in id if it is that provider's own host."""
    built_in = catalogs.legacy.provider(provider_id) or catalogs.current.provider(provider_id)
    if built_in is not None and built_in.base_url is not None and _host(url) == _host(built_in.base_url):
        return built_in.id
    return host_of(url)


def _host(url: str) -> tuple[str, str | None]:
    try:
        parts = urlsplit(url)
    except ValueError:
        return url, None
    return parts.scheme, parts.hostname


def _provider(item: Field, stem: str, catalogs: Catalogs) -> ConfiguredProvider | None:
    reader = Reader(item, "a provider", Notes())
    named = reader.text("id")
    if named is None or not named[0]:
        return None
    written = named[0]
    url = reader.text("base_url")
    entry = catalogs.legacy.provider(written) or catalogs.current.provider(written)
    server = own_server(written, url[0], catalogs) if url is not None else entry.id if entry else ""
    built_in = entry is not None and server == entry.id
    catalogued = built_in or catalogs.legacy.provider(written) is not None
    own_id = entry.id if catalogued and entry is not None else written
    formats = frozenset(_formats(reader)) or frozenset({"openai"})
    if built_in:
        formats = built_in_formats(own_id)
    names = {written, own_id, *(alias for alias, _ in reader.texts("id_aliases"))}
    if catalogued and entry is not None:
        names |= set(entry.aliases)
    return ConfiguredProvider(
        own_id,
        built_in,
        catalogued,
        server,
        frozenset(name.lower() for name in names if not has_mask(name)),
        tuple(sorted(name for name in names if name != own_id and not has_mask(name))),
        (item,),
        tuple(key for entry in reader.items("api_keys") if (key := _key(entry, stem)) is not None),
        tuple(model for entry in reader.items("models") if (model := _model(entry)) is not None),
        formats,
        _is_on(reader, "disabled"),
        fault(url[0] if url is not None else None, built_in=built_in),
    )


def built_in_formats(provider_id: str) -> frozenset[str]:
    """Inferred: the old pages know the Anthropic format of Anthropic alone."""
    return frozenset(FORMATS) if provider_id == "anthropic" else frozenset({"openai"})


def fault(url: str | None, *, built_in: bool) -> str:
    """Why it is open whether such a provider worked at the old gateway."""
    if built_in:
        return ""
    if url is None:
        return "it has no base_url"
    if "${" in url:
        return ""
    scheme, named = _host(url)
    host = named or ""
    fits = scheme == "https" or (scheme == "http" and host.endswith(".internal"))
    own = host == "localhost" or host.endswith(".localhost")
    return "" if fits and not own else "its base_url is not one the gateway took"


def _together(one: ConfiguredProvider, other: ConfiguredProvider) -> ConfiguredProvider:
    return ConfiguredProvider(
        one.id,
        one.built_in,
        one.catalogued,
        one.server,
        one.names | other.names,
        tuple(name for name in dict.fromkeys((*one.spellings, *other.spellings, other.id)) if name != one.id),
        (*one.fields, *other.fields),
        (*one.keys, *other.keys),
        (*one.models, *other.models),
        one.formats | other.formats,
        one.disabled or other.disabled,
        one.fault,
    )


def _formats(reader: Reader) -> Iterator[str]:
    for item in reader.items("supported_api_surfaces"):
        if isinstance(item.node, Mapping):
            named = Reader(item, "a surface", Notes()).text("format")
            if named is None or named[0] in FORMATS:
                yield named[0] if named is not None else "openai"


def _model(item: Field) -> ConfiguredModel | None:
    if item.scalar is not None:
        return None if has_mask(item.scalar.text) else ConfiguredModel(item.scalar.text, item)
    reader = Reader(item, "a model", Notes())
    named = reader.text("id")
    if named is None or not named[0] or has_mask(named[0]):
        return None
    aliases = tuple(alias for alias, _ in reader.texts("id_aliases") if alias and not has_mask(alias))
    return ConfiguredModel(named[0], item, aliases, _is_on(reader, "disabled"))


def key_field(item: Field) -> Field | None:
    """Where an entry of ``api_keys`` has its credential, if it has one."""
    if item.scalar is not None:
        return item
    value = Reader(item, "a key", Notes()).text("value")
    return None if value is None else value[1]


def _key(item: Field, stem: str) -> str | None:
    held = key_field(item)
    return None if held is None else credential(held, stem)


def credential(field: Field, stem: str) -> str:
    """What a credential is called: by its secret, else by the variable that supplies it."""
    text = field.text or ""
    named = template.secret_reference(text)
    if named is not None:
        return visible(named.name if named.vault is None else f"{named.vault}/{named.name}")
    variable = _OWN_VARIABLE.match(text)
    if variable is not None:
        return own_environment_name(variable.group(1) or variable.group(2))
    ordinals = mask_ordinals(text)
    return literal_environment_name(stem, ordinals[0]) if ordinals and "${" not in text else COMPUTED


def _header(reader: Reader) -> str | None:
    """The header or query parameter that authenticated every request, if there was one."""
    for key in ("headers", "query_params"):
        held = reader.mapping(key)
        for name, value in held.entries() if held is not None else ():
            if names_a_credential(name.text) or has_mask(value.text or ""):
                return f"{HEADER if key == 'headers' else QUERY_PARAMETER}{name.text}"
    return None


def _is_on(reader: Reader, key: str) -> bool:
    found = reader.switch(key)
    return found is not None and found[0]


def _strategies(reader: Reader, key: str) -> tuple[Field, ...]:
    held = reader.take(key)
    if held is None or held.is_null:
        return ()
    if not isinstance(held.node, Mapping):
        return (held,) if held.scalar is not None else ()
    strategy = held.get("strategy")
    if strategy is None or strategy.is_null:
        return ()
    return (strategy,) if isinstance(strategy.node, Scalar) else tuple(strategy.items())
