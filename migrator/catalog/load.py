"""The one loader of catalogue files: the documented format in, a ``Catalog`` out.

Files that ship with the package and files of a user's are read and checked the same way.
"""

from __future__ import annotations

import codecs
import os
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Final

from migrator.catalog.model import Catalog, CatalogModel, CatalogProvider, Catalogs, Gateway, author_of
from migrator.catalog.part import PRICE_TYPE, NotJsonError, Part, decoded, printable
from migrator.errors import UsageError

SIZE_LIMIT: Final = 16 * 1024 * 1024
FORMAT_VERSION: Final = 1

_GATEWAYS: Final[dict[str, Gateway]] = {"legacy": "legacy", "current": "current"}
_ROOT: Final = (
    "formatVersion",
    "gateway",
    "asOf",
    "source",
    "reservedProviderIds",
    "providers",
    "modelAliases",
)
_PROVIDER: Final = ("id", "baseUrl", "keyRequired", "author", "aliases", "models")
_MODEL: Final = (
    "id",
    "displayName",
    "author",
    "contextWindow",
    "maxOutputTokens",
    "inputModalities",
    "outputModalities",
    "prices",
)
_ALIAS: Final = ("provider", "model")

_REMEDY: Final = "docs/catalog.md describes the format; null is what is unknown."


@cache
def bundled() -> Catalogs:
    """The catalogues that ship with the package."""
    folder = Path(__file__).parent
    return Catalogs(read_catalog(folder / "legacy.json"), read_catalog(folder / "current.json"))


def catalogs_with(replacements: Iterable[Catalog]) -> Catalogs:
    """The shipped catalogues, each replaced by the one given for its gateway.

    Raises UsageError for two catalogues of one gateway.
    """
    chosen: dict[Gateway, Catalog] = {}
    for catalog in replacements:
        if catalog.gateway in chosen:
            raise UsageError(
                f"there are two catalogues of the {catalog.gateway} gateway", "Give one of them."
            )
        chosen[catalog.gateway] = catalog
    shipped = bundled()
    return Catalogs(chosen.get("legacy", shipped.legacy), chosen.get("current", shipped.current))


def read_catalog(path: str | os.PathLike[str]) -> Catalog:
    """The catalogue in a file.

    Raises UsageError that names the file, the place in it as a JSON pointer, and what was expected there.
    """
    name = printable(os.fspath(path))
    try:
        value = decoded(_text(Path(path)))
    except NotJsonError as problem:
        raise UsageError(f"{name} is not JSON: {problem}", _REMEDY) from None
    return _catalog(Part(value, lambda place, what: UsageError(f"{name}: {place}: {what}", _REMEDY)))


def _text(path: Path) -> str:
    name = printable(str(path))
    try:
        with path.open("rb") as file:
            data = file.read(SIZE_LIMIT + 1)
    except OSError as error:
        reason = (error.strerror or "error").lower()
        raise UsageError(f"{name} could not be read: {reason}", "Name a catalogue file, or `live`.") from None
    except ValueError:
        raise UsageError(f"{name} is no path", "Name a catalogue file, or `live`.") from None
    if len(data) > SIZE_LIMIT:
        raise UsageError(f"{name} is larger than {SIZE_LIMIT // 1024 // 1024} MiB", "Is it a catalogue?")
    try:
        return data.removeprefix(codecs.BOM_UTF8).decode("utf-8")
    except UnicodeDecodeError as error:
        raise UsageError(f"{name} is not UTF-8: byte {error.start}", "Save it as UTF-8.") from None


def _catalog(root: Part) -> Catalog:
    version = root.member("formatVersion")
    if version.value is True or version.value != FORMAT_VERSION:
        raise version.wrong(f"this migrator reads formatVersion {FORMAT_VERSION}")
    root.only(_ROOT)
    gateway = _GATEWAYS.get(root.member("gateway").text())
    if gateway is None:
        raise root.member("gateway").refused("legacy or current")
    providers = tuple(_provider(part) for part in root.member("providers").items())
    _different_providers(root.member("providers"), providers)
    reserved = root.optional("reservedProviderIds", _provider_ids) or ()
    return Catalog(
        gateway,
        root.member("asOf").date(),
        root.member("source").text(),
        providers,
        frozenset(name.lower() for name in reserved),
        root.optional("modelAliases", lambda part: _model_aliases(part, {entry.id for entry in providers}))
        or {},
    )


def _provider_ids(part: Part) -> tuple[str, ...]:
    return tuple(item.provider_id() for item in part.items())


def _provider(part: Part) -> CatalogProvider:
    part.only(_PROVIDER)
    author = part.optional("author", Part.name)
    models = tuple(_model(item, author) for item in part.member("models").items())
    seen: set[str] = set()
    for index, model in enumerate(models):
        if model.id.lower() in seen:
            raise part.member("models").items()[index].wrong(f"the provider has two models {model.id}")
        seen.add(model.id.lower())
    return CatalogProvider(
        part.member("id").provider_id(),
        part.optional("baseUrl", Part.server),
        part.member("keyRequired").flag(),
        part.optional("aliases", _provider_ids) or (),
        models,
        author,
    )


def _model(part: Part, author: str | None) -> CatalogModel:
    part.only(_MODEL)
    model_id = part.member("id").model_id()
    return CatalogModel(
        model_id,
        part.optional("contextWindow", Part.whole),
        part.optional("maxOutputTokens", Part.whole),
        part.optional("inputModalities", Part.names),
        part.optional("outputModalities", Part.names),
        part.optional("author", Part.name) or author_of(model_id) or author,
        part.optional("displayName", Part.text),
        part.optional("prices", _prices),
    )


def _prices(part: Part) -> dict[str, float] | None:
    prices: dict[str, float] = {}
    for name, entry in part.entries():
        if not PRICE_TYPE.match(name):
            raise entry.wrong("a price type is words with dots between them, such as text.input")
        prices[name] = entry.amount()
    return prices or None


def _different_providers(part: Part, providers: tuple[CatalogProvider, ...]) -> None:
    owners: dict[str, int] = {}
    for index, (item, entry) in enumerate(zip(part.items(), providers, strict=True)):
        for name in (entry.id, *entry.aliases):
            if owners.setdefault(name.lower(), index) != index:
                raise item.wrong(f"two providers are called {name}")


def _model_aliases(part: Part, provider_ids: set[str]) -> dict[str, tuple[str, str]]:
    aliases: dict[str, tuple[str, str]] = {}
    for alias, entry in part.entries():
        entry.only(_ALIAS)
        provider = entry.member("provider")
        if provider.name() not in provider_ids:
            raise provider.wrong("no provider of this file has that id")
        target = (provider.name(), entry.member("model").model_id())
        if aliases.setdefault(alias.lower(), target) != target:
            raise entry.wrong("the alias stands for two models; case makes no difference")
    return aliases
