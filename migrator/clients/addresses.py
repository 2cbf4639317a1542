"""Where files mention the address of an old endpoint, whatever for, and what a search passed over."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from urllib.parse import urlsplit

from msgspec import Struct

from migrator.clients.files import read_file
from migrator.clients.search import LIMIT, text_of
from migrator.clients.urls import OldUrls, shown_url
from migrator.merge.model import Migration
from migrator.progress import Tell
from migrator.sources.inputs import Input
from migrator.sources.walk import PassedOver


class Mention(Struct, frozen=True):
    """An address of an endpoint, where a file names it. ``holds_policy``: the file is one of the endpoint's own."""

    path: str
    line: int
    column: int
    url: str
    holds_policy: bool


class Search(Struct, frozen=True):
    """What a search looked into, and what it did not: paths, and of unread files the reason."""

    files: int
    mentions: tuple[Mention, ...] = ()
    ignored: tuple[str, ...] = ()
    vendored: tuple[str, ...] = ()
    elsewhere: tuple[str, ...] = ()
    bundles: tuple[str, ...] = ()
    unread: tuple[tuple[str, str], ...] = ()


def look_for_addresses(
    migration: Migration,
    inputs: Sequence[Input],
    passed: PassedOver,
    tell: Tell,
) -> Search:
    """Look into every file for the addresses of the run's endpoints."""
    holders = _holders(migration)
    mentions: list[Mention] = []
    unread: list[tuple[str, str]] = []
    for found in _addresses(holders, _files(inputs, tell)) if holders else ():
        if isinstance(found, _Unread):
            unread.append((found.path, found.reason))
        else:
            own = found.path in holders[found.host]
            mentions.append(Mention(found.path, found.line, found.column, found.url, own))
    return Search(
        len(inputs),
        tuple(mentions),
        tuple(sorted(passed.ignored)),
        tuple(sorted(passed.vendored)),
        tuple(sorted(passed.elsewhere)),
        tuple(sorted(passed.bundles)),
        tuple(unread),
    )


def _holders(migration: Migration) -> dict[str, frozenset[str]]:
    """The hosts of the endpoints, each with the files that say what it does."""
    holders: dict[str, set[str]] = {}
    for unit in migration.units:
        for endpoint in (unit.unit.endpoint, unit.unit.holder):
            for url in endpoint.all_urls if endpoint is not None else ():
                if host := _host(url):
                    holders.setdefault(host, set()).update(source.path for source in unit.sources)
    return {host: frozenset(paths) for host, paths in sorted(holders.items())}


def _host(url: str) -> str | None:
    try:
        return urlsplit(url if "://" in url else f"https://{url}").hostname
    except ValueError:
        return None


def _files(inputs: Sequence[Input], tell: Tell) -> Iterable[tuple[str, str]]:
    for done, item in enumerate(inputs):
        tell("looking for addresses", done, len(inputs))
        if item.data is None:
            yield item.path, item.file or item.path


class _Address(Struct, frozen=True):
    """A mention of an endpoint's address. ``url`` is safe to show."""

    path: str
    line: int
    column: int
    host: str
    url: str


class _Unread(Struct, frozen=True):
    """A file that could not be looked into, and why."""

    path: str
    reason: str


def _addresses(hosts: Iterable[str], files: Iterable[tuple[str, str]]) -> Iterator[_Address | _Unread]:
    """Every mention of one of the hosts in ``files``, each of them (shown path, path), in their order.

    Binary files are passed over.
    """
    sought = OldUrls(hosts)
    for shown, path in files:
        data = read_file(path, LIMIT)
        if isinstance(data, str):
            yield _Unread(shown, data)
        elif (file := text_of(shown, data)) is not None:
            for url in sought.found(file.text):
                yield _Address(shown, *file.place(url.start), url.host, shown_url(url))
