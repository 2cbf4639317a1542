"""A manifest as data: what has to exist at ngrok.ai, in the order in which it can be created."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from msgspec import Struct

from migrator.spans import Location
from migrator.target.state import AccessKey, Body, Configuration, Provider, ProviderKey

MEMBERS: Final = tuple(kind.member for kind in (Provider, ProviderKey, Configuration, AccessKey))
"""The lists of a manifest, what is referred to before what refers to it."""

Path = tuple[str | int, ...]
"""Keys and indices that lead from the root of some data to a place in it."""

REF: Final = "$ref"
SECRET: Final = "$secret"


class SecretUse(NamedTuple):
    """A value to supply. ``vault`` and ``name`` are those of ``secrets.get``, where the source had one."""

    env: str
    vault: str | None = None
    name: str | None = None


class Entry(Struct, frozen=True):
    """One object that has to exist.

    ``body`` is the request that creates it, with ``{"$ref": "member/ref"}`` for an id not known yet and
    ``{"$secret": {"env": …}}`` for a value nobody may write down; its ``metadata`` always carries the mark.
    ``at`` is where the entry stands in the manifest, ``source`` the comment there: the lines of the old
    policies that it came from.
    """

    member: str
    ref: str
    body: Body
    at: Location | None = None
    source: str = ""

    @property
    def address(self) -> str:
        """``member/ref``, as a ``$ref`` spells it."""
        return f"{self.member}/{self.ref}"

    def references(self) -> tuple[str, ...]:
        """The addresses of what the body refers to, each once."""
        return tuple(dict.fromkeys(str(held[REF]) for _, held in places(self.body, REF)))

    def secrets(self) -> tuple[SecretUse, ...]:
        """The values that the body needs, each once."""
        held = (held[SECRET] for _, held in places(self.body, SECRET))
        return tuple(dict.fromkeys(SecretUse(one["env"], one.get("vault"), one.get("name")) for one in held))


class Manifest(Struct, frozen=True):
    """A manifest. ``entries`` are in the order of ``MEMBERS``, within a member as they were written.

    ``digest`` is of the data, so comments, layout and the order of members of an object do not change it.
    """

    migration: str
    entries: tuple[Entry, ...]
    settings: Body | None
    digest: str
    path: str

    def entry(self, address: str) -> Entry | None:
        """The entry of this ``member/ref``."""
        return next((entry for entry in self.entries if entry.address == address), None)


def places(value: Any, key: str, at: Path = ()) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Every mapping below ``value`` that has ``key``, and where it is, in order."""
    if isinstance(value, dict):
        if key in value:
            yield at, value
            return
        for name, inner in value.items():
            yield from places(inner, key, (*at, name))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from places(inner, key, (*at, index))
