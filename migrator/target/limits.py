"""The limits of the published contract, and the check that a desired state keeps them.

Source: the contract of api.ngrok.ai (maxLength of every ``*Create`` schema) and its error codes
27705, 27711 to 27718.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final
from urllib.parse import urlsplit

from migrator.secrets import visible
from migrator.target.bodies import metadata_text
from migrator.target.state import AccessKey, Configuration, DesiredState, Object, Provider

NAME = 255
DESCRIPTION = 255
METADATA = 4096
BASE_URL = 2048
PROVIDER_ID = 255
MODEL_ID = 255
PARAMS_PER_MODEL = 100
PARAM = 255
REF = re.compile(r"[a-z0-9][a-z0-9._-]*\Z")
_CONTROL = re.compile(r"[\x00-\x20\x7f]")


def url_problem(url: str) -> str | None:
    """Why the new gateway would refuse ``url`` as a base URL, None if it would not."""
    try:
        parts = urlsplit(url)
        host = parts.hostname
        _ = parts.port
    except ValueError:
        return "its base_url is not a URL"
    if _CONTROL.search(url) or not host:
        return "its base_url is not a URL"
    if parts.username is not None or parts.password is not None:
        return "its base_url holds a user name or password"
    if len(url) > BASE_URL:
        return f"its base_url is longer than {BASE_URL} characters"
    internal = host.endswith(".internal")
    if parts.scheme != "https" and not (parts.scheme == "http" and internal):
        return "its base_url is neither https nor plain http for a host ending in .internal"
    if host == "localhost" or host.endswith(".localhost") or host.startswith("127.") or host == "::1":
        return "its base_url points to the machine itself"
    return None


def violations(state: DesiredState) -> Iterator[str]:
    """Everything in ``state`` that the contract would refuse; nothing for a state that can be applied."""
    refs: dict[str, set[str]] = {}
    provider_ids: set[str] = set()
    for item in state.objects():
        seen = refs.setdefault(item.member, set())
        if item.ref in seen:
            yield f"{item.member}/{item.ref} exists twice"
        seen.add(item.ref)
        if not REF.match(item.ref):
            yield f"{item.member}/{item.ref!r} is no valid ref"
        yield from _text_violations(item, state.migration)
        if isinstance(item, Provider):
            if item.provider_id in provider_ids:
                yield f"providerId {item.provider_id!r} exists twice"
            provider_ids.add(item.provider_id)
            yield from _provider_violations(item)
        if isinstance(item, Configuration):
            yield from _configuration_violations(item, refs.get("providerKeys", set()))
    for key in state.access_keys:
        if key.configuration not in refs.get("accessKeyConfigurations", set()):
            yield f"accessKeys/{key.ref} has no configuration"


_TEXTS: Final[Mapping[str, int]] = {
    "name": NAME,
    "description": DESCRIPTION,
    "metadata": METADATA,
    "baseUrl": BASE_URL,
}
"""How long the texts of a body may be."""


_SHOWN_AS: Final = len("***")
"""Characters that one masked one is shown as at the most."""


def _text_violations(item: Object, migration: str) -> Iterator[str]:
    for name, text in _texts(item, migration):
        limit = _TEXTS[name]
        if text and len(text) * _SHOWN_AS <= limit:
            continue  # whatever of it is masked, it fits
        length = len(visible(text))
        if length > limit or (not length and name == "name"):
            yield f"{item.member}/{item.ref}: {name} has {length} characters"


def _texts(item: Object, migration: str) -> Iterator[tuple[str, str]]:
    yield "name", item.name
    match item:
        case Configuration() | AccessKey():
            yield "description", item.description
        case Provider():
            yield "baseUrl", item.base_url
    if item.metadata or len(migration) + len(item.ref) > NAME:  # the mark alone fits
        yield "metadata", metadata_text(item.metadata, migration, item.ref)


def _provider_violations(provider: Provider) -> Iterator[str]:
    where = f"providers/{provider.ref}"
    if not 1 <= len(provider.provider_id) <= PROVIDER_ID:
        yield f"{where}: providerId has {len(provider.provider_id)} characters"
    if (problem := url_problem(provider.base_url)) is not None:
        yield f"{where}: {problem}"
    names = [model.model_id for model in provider.models]
    if len(names) != len(set(names)):
        yield f"{where}: a modelId exists twice"
    for model in provider.models:
        for name in (model.model_id, model.provider_model_id or "x"):
            if not 1 <= len(name) <= MODEL_ID:
                yield f"{where}: a model id has {len(name)} characters"
        params = model.unsupported_params
        if len(params) > PARAMS_PER_MODEL or len(params) != len(set(params)) or not all(params):
            yield f"{where}: unsupportedParams are too many, empty or repeated"


def _configuration_violations(configuration: Configuration, keys: set[str]) -> Iterator[str]:
    where = f"accessKeyConfigurations/{configuration.ref}"
    providers = [rule.provider for rule in configuration.rules]
    if len(providers) != len(set(providers)):
        yield f"{where}: two rules for one provider"
    for rule in configuration.rules:
        if not rule.steps:
            yield f"{where}: a rule without steps"
        for step in rule.steps:
            if (step.type == "user") != bool(step.keys):
                yield f"{where}: a {step.type} step with {len(step.keys)} keys"
            for key in step.keys:
                if key.ref not in keys:
                    yield f"{where}: key {key.ref} does not exist"
