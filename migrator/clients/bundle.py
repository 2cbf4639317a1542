"""What a bundle says to its clients: read from its ``report.json``, of which only members of the contract are used."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from msgspec import Struct, field

from migrator.clients.files import read_file
from migrator.errors import UsageError
from migrator.render.safe import shown

REPORT: Final = "report.json"
FORMAT_VERSION: Final = 1
_LIMIT: Final = 256 * 1024 * 1024

_URL: Final = re.compile(r"(?:(?P<scheme>[a-z]+)://)?(?P<host>[^/:?#@\s]+)(?::(?P<port>\d+))?", re.IGNORECASE)


class Scope(Struct, frozen=True):
    """What one access key configuration allows; None is no restriction."""

    providers: frozenset[str] | None = None
    models: frozenset[str] | None = None


class OldUnit(Struct, frozen=True):
    """One converted gateway, as its clients see it. Names are in lower case where they are looked up."""

    id: str
    host: str | None = None
    port: str | None = None
    is_part: bool = False
    """Whether only some of the endpoint's requests went to the gateway."""
    request: Mapping[str, Any] | None = None
    renames: Mapping[str, str] = field(default_factory=dict)
    providers: Mapping[str, str] = field(default_factory=dict)
    retired: frozenset[str] = frozenset()
    scope: Scope | None = None
    """None where no configuration came out."""


class Bundle(Struct, frozen=True):
    """A bundle. ``sources`` are the inputs it was made of by their real paths, with their containers."""

    folder: str
    units: tuple[OldUnit, ...]
    sources: Mapping[str, str]

    @property
    def hosts(self) -> tuple[str, ...]:
        return tuple(sorted({unit.host for unit in self.units if unit.host is not None}))

    def of_hosts(self, hosts: frozenset[str]) -> tuple[OldUnit, ...]:
        """The units behind these hosts; all of them where there is none."""
        return tuple(unit for unit in self.units if unit.host in hosts) or self.units


def read_bundle(folder: Path) -> Bundle:
    """The bundle in ``folder``. Raises UsageError where there is none that this version reads."""
    path = folder / REPORT
    data = read_file(str(path), _LIMIT)
    if not isinstance(data, bytes):
        raise _unreadable(path, data)
    try:
        document = json.loads(data)
    except (ValueError, RecursionError):
        raise _unreadable(path, "it is not JSON") from None
    version = document.get("formatVersion") if isinstance(document, dict) else None
    if version != FORMAT_VERSION:
        raise _unreadable(path, "it is not a report of this version of migrator")
    try:
        return _bundle(folder, document)
    except (KeyError, TypeError, AttributeError, ValueError):
        raise _unreadable(path, "it lacks members of the contract") from None


def _unreadable(path: Path, why: str) -> UsageError:
    return UsageError(
        f"{shown(str(path))} cannot be used: {shown(why)}",
        "--bundle takes the folder that `migrator convert … -o DIR` wrote.",
    )


def _bundle(folder: Path, document: dict[str, Any]) -> Bundle:
    configurations = {
        entry["ref"]: _scope(entry["body"]) for entry in document["manifest"]["accessKeyConfigurations"]
    }
    units = tuple(one for unit in document["units"] for one in _units(unit, configurations))
    sources = {os.path.realpath(source["path"]): str(source["container"]) for source in document["sources"]}
    return Bundle(os.path.realpath(folder), units, sources)


def _units(unit: dict[str, Any], configurations: Mapping[str, Scope]) -> Iterator[OldUnit]:
    """A unit at each of its addresses."""
    for url in unit.get("addresses") or [unit["endpoint"]]:
        yield _unit(unit, url, configurations)


def _unit(unit: dict[str, Any], url: str | None, configurations: Mapping[str, Scope]) -> OldUnit:
    advice = unit["clientAdvice"]
    renames = {str(old): str(new) for old, new in advice["renames"].items()}
    host, port = _place(url)
    return OldUnit(
        id=str(unit["id"]),
        host=host,
        port=port,
        is_part=unit["branch"] is not None,
        request=dict(advice["request"]) if advice["request"] is not None else None,
        renames={old.lower(): new for old, new in renames.items() if not old.endswith(":")},
        providers={
            old[:-1].lower(): new.removesuffix(":") for old, new in renames.items() if old.endswith(":")
        },
        retired=frozenset(str(name).lower() for name in advice["retired"]),
        scope=configurations.get(unit["configuration"]) if unit["configuration"] is not None else None,
    )


def _place(url: str | None) -> tuple[str | None, str | None]:
    """The host and the port of an endpoint's URL; a host with a wildcard, or none, is not looked for."""
    found = _URL.match(url.strip()) if url else None
    host = found.group("host").lower() if found is not None else ""
    if found is None or not re.fullmatch(r"[\w-]+(?:\.[\w-]+)+", host):
        return None, None
    return host, found.group("port")


def _scope(body: Mapping[str, Any]) -> Scope:
    access = body.get("access") or {}
    return Scope(_allowed(access.get("providers")), _allowed(access.get("models")))


def _allowed(part: Mapping[str, Any] | None) -> frozenset[str] | None:
    allow = part.get("allow") if part is not None else None
    return None if allow is None else frozenset(str(entry).lower() for entry in allow)
