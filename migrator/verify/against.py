"""Two manifests, compared: what the access keys of one could do, and what those of the other can.

The same space as for a policy, without what only policies have: names are those of the new gateway, and a client
is its access key. What is not known of the new gateway is not known of either side, so equal answers are equal
whatever is true.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Final

from migrator.catalog import Catalogs
from migrator.verify.differ import differences
from migrator.verify.model import AUTO, FORMATS, Client, Difference, Kind, Request, Subject, Verdict
from migrator.verify.new import NewGateway
from migrator.verify.offers import UNKNOWN_MODEL
from migrator.verify.space import UNKNOWN_PROVIDER, is_refused
from migrator.verify.verdict import folded, gravest

_PAIRED: Final = 6


def against(before: NewGateway, after: NewGateway, catalogs: Catalogs) -> tuple[Verdict, ...]:
    """A verdict for each access key of either manifest, by its ref."""
    keys = dict.fromkeys((*before.objects.access_keys, *after.objects.access_keys))
    return tuple(key_verdict(before, after, catalogs, key) for key in sorted(keys))


def key_verdict(before: NewGateway, after: NewGateway, catalogs: Catalogs, key: str) -> Verdict:
    """How the requests of one access key are answered now, beside how they were."""
    client = Client(key, key=key)
    counts: Counter[str] = Counter()
    found: list[Difference] = []
    for request, subject, size in _requests(before, after, catalogs, client):
        own = list(_differing(before, after, request, subject, size))
        worst = max((one.kind for one in own), key=lambda kind: kind.rank, default=Kind.EQUAL)
        counts[worst.value] += size
        found += own
    merged = folded(found)
    kind, certainty = gravest(merged)
    return Verdict(f"accessKeys/{key}", kind, certainty, merged, counts)


def _differing(
    before: NewGateway, after: NewGateway, request: Request, subject: Subject, size: int
) -> Iterator[Difference]:
    old, new = before.answer(request), after.answer(request)
    if old == new:
        return
    key = request.client.key
    for kind, certainty in differences(old, new).items():
        places = after.places(key, subject.provider or "", new)
        yield Difference(kind, certainty, subject, request, old, new, size, (), places)


def _requests(
    before: NewGateway, after: NewGateway, catalogs: Catalogs, client: Client
) -> Iterator[tuple[Request, Subject, int]]:
    """Requests that either side could tell apart, the shortest of each class, with the size of the class."""
    classes: dict[object, list[str]] = {}
    scopes = before.configuration(client.key), after.configuration(client.key)
    for name in _names(before, after, catalogs):
        sides = (before.side(name, scopes[0]), after.side(name, scopes[1]))
        sent = before.resolve(name), after.resolve(name)
        named = sent if sent[0] != sent[1] else name.partition(":")[0]
        classes.setdefault((sides, named), []).append(name)
    picked = [(min(names, key=lambda name: (len(name), name)), len(names)) for names in classes.values()]
    for name, size in picked:
        provider = name.partition(":")[0]
        for form in FORMATS:
            if form in before.serves(name) | after.serves(name):
                yield Request(form, name, (), client), Subject("model", provider, name), size
    for first, second in _pairs(before, after, client, [name for name, _ in picked]):
        yield Request("openai", first, (second,), client), Subject("list", first.partition(":")[0]), 1
    yield Request("openai", AUTO, (), client), Subject("auto"), 1


def _pairs(
    before: NewGateway, after: NewGateway, client: Client, names: list[str]
) -> Iterator[tuple[str, str]]:
    """Two models, where one of the manifests refuses one of them."""
    kinds: dict[object, str] = {}
    scopes = before.configuration(client.key), after.configuration(client.key)
    for name in names:
        sides = (before.side(name, scopes[0]), after.side(name, scopes[1]))
        kinds.setdefault(tuple(is_refused(side) for side in sides), name)
    chosen = list(kinds.values())[:_PAIRED]
    yield from ((one, other) for one in chosen for other in chosen if one != other)


def _names(before: NewGateway, after: NewGateway, catalogs: Catalogs) -> Iterator[str]:
    seen: dict[str, None] = {}
    for entry in catalogs.current.providers:
        seen.update(dict.fromkeys(f"{entry.id}:{model.id}" for model in entry.models))
        seen[f"{entry.id}:{UNKNOWN_MODEL}"] = None
        seen.update(dict.fromkeys(model.id for model in entry.models))
    for side in (before, after):
        for provider in side.custom:
            seen.update(dict.fromkeys(f"{provider}:{model}" for model in side.custom.models[provider]))
            seen[f"{provider}:{UNKNOWN_MODEL}"] = None
    seen.update(dict.fromkeys((UNKNOWN_PROVIDER, UNKNOWN_MODEL)))
    yield from seen
