"""How records are named: by id and aliases certainly, by other spellings perhaps."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeAlias

from msgspec import Struct

from migrator.cel.possible import Known, Open, Record, outcomes


class Names(Struct, frozen=True):
    """The names of a record, as they are and without regard to case.

    ``prefixes`` may stand before them (``openai:gpt-4o``); None if it is not known what may.
    """

    certain: frozenset[str]
    folded: frozenset[str]
    prefixes: frozenset[str] | None = frozenset()


NamesOf: TypeAlias = Callable[[Record], Names | None]
"""The names by which a function finds a record; None where they are not known."""


class Wanted:
    """The names a strategy asks for. ``more``: there are others that are not known."""

    def __init__(self, names: Iterable[str], *, more: bool = False) -> None:
        self._names = frozenset(names)
        self._folded = frozenset(name.lower() for name in self._names)
        self._split = [
            (before, after)
            for name in sorted(self._folded)
            for sign in ":/"
            for before, found, after in [name.partition(sign)]
            if found
        ]
        self._more = more

    def names(self, value: Known | Open, names_of: NamesOf) -> bool | None:
        """Whether something has one of the names; None if that is not certain."""
        values, _ = outcomes(value)
        verdicts = {self._verdict(one, names_of) for one in values or ()}
        return verdicts.pop() if len(verdicts) == 1 else None

    def _verdict(self, value: Known, names_of: NamesOf) -> bool | None:
        own = names_of(value) if isinstance(value, Record) else None
        if own is None:
            return None
        if not own.certain.isdisjoint(self._names):
            return True
        if self._more or not own.folded.isdisjoint(self._folded):
            return None
        for before, after in self._split:
            if after in own.folded and (own.prefixes is None or before in own.prefixes):
                return None
        return False


def own_names(record: Record) -> Names | None:
    name = record.facts.get("id")
    if not isinstance(name, str):
        return None
    certain = record.aliases | {name}
    prefixes: frozenset[str] | None = frozenset()
    if record.kind == "model":
        provider = provider_names(record)
        prefixes = None if provider is None else provider.folded
    return Names(certain, _folded(certain), prefixes)


def provider_names(record: Record) -> Names | None:
    """Those of the model's provider: the record, or what the model itself says of it."""
    if record.provider is not None:
        return own_names(record.provider)
    return _told(record, "provider_id")


def author_names(record: Record) -> Names | None:
    return _told(record, "author_id")


def _told(record: Record, field: str) -> Names | None:
    name = record.facts.get(field)
    if not isinstance(name, str):
        return None
    aliases = record.facts.get(f"{field}_aliases")
    texts = (
        [alias for alias in aliases if isinstance(alias, str)] if isinstance(aliases, list | tuple) else []
    )
    certain = frozenset((name, *texts))
    return Names(certain, _folded(certain))


def _folded(names: Iterable[str]) -> frozenset[str]:
    return frozenset(name.lower() for name in names)
