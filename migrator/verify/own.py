"""The servers of a unit's own, and the custom providers that they are now: told apart by number, whatever they are called.

A number stands only for a name that nothing else knows of: no request of the unit's clients, no catalogue and no
other provider. What is named otherwise is itself, so that it is the same for all units that are taken for twins.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache

from migrator.catalog import Catalogs
from migrator.policy.origin import Field
from migrator.policy.reader import Notes, Reader
from migrator.verify.configured import fault, own_server
from migrator.verify.custom import CustomProviders, formats
from migrator.verify.offers import UNKNOWN_MODEL
from migrator.verify.space import UNKNOWN_PROVIDER


class Own:
    """By name the numbers of a unit's servers, and of the ids of providers behind them."""

    def __init__(self, custom: CustomProviders) -> None:
        self.servers: dict[str, int] = {}
        self.providers: dict[str, int] = {}
        self._custom = custom

    def urls(self, config: Field, catalogs: Catalogs) -> Iterator[tuple[int, object]]:
        """(``id()`` of its node, all that counts of it) for each base URL that is no built-in provider's."""
        readers = [
            Reader(item, "a provider", Notes()) for item in Reader(config, "", Notes()).items("providers")
        ]
        written = [(reader.text("id"), reader.text("base_url")) for reader in readers]
        ids = {named[0] for named, _ in written if named is not None}
        for named, url in written:
            if named is None or url is None:
                continue
            server = own_server(named[0], url[0], catalogs)
            if "://" in server and server not in ids and server not in self._custom:
                number = self.servers.setdefault(server, len(self.servers))
                yield id(url[1].node), ("server", number, fault(url[0], built_in=False))

    def number_providers(self, words: frozenset[str], catalogs: Catalogs) -> None:
        """Number the providers behind its servers; ``words`` are those that requests of the unit may have."""
        taken = words | _words(catalogs) if self.servers else words
        for server in self.servers:
            for name in self._custom.of_server(server):
                if name not in taken and _is_plain(name) and self._custom.is_distinct(name):
                    self.providers[name] = len(self.providers)

    def behind(self) -> tuple[object, ...]:
        """All that counts of the providers behind each server, but for what they are called."""
        return tuple(
            tuple(self._provider(name) for name in self._custom.of_server(server)) for server in self.servers
        )

    def _provider(self, name: str) -> object:
        return self.named(name), self._custom.upstream(name), formats(self._custom.bodies[name])

    def named(self, name: str) -> object:
        """A provider's id, or a model's name with one in front, where it has a number with that."""
        provider, colon, model = name.partition(":")
        number = self.providers.get(provider)
        return name if number is None else (number, colon, model)


def parts_of(texts: Iterable[str]) -> frozenset[str]:
    """In lower case whatever stands between colons."""
    return frozenset(part for text in texts for part in text.lower().split(":"))


def _is_plain(name: str) -> bool:
    return name == name.lower() and not {":", "/"} & {*name}


@lru_cache(maxsize=16)
def _words(catalogs: Catalogs) -> frozenset[str]:
    """What stands between colons in the names that catalogues have."""
    names = [UNKNOWN_PROVIDER, UNKNOWN_MODEL]
    for catalog in (catalogs.legacy, catalogs.current):
        names += catalog.reserved
        for alias, target in catalog.model_aliases.items():
            names += (alias, *target)
        for provider in catalog.providers:
            names += (provider.id, *provider.aliases, *(model.id for model in provider.models))
    return parts_of(names)
