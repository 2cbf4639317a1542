"""Units that names alone tell apart: what was found of one holds for the others, under their own names.

A fleet is made from templates. Two units are twins where all that the comparison reads of them is equal, but
for what their credentials, access keys, clients and own servers are called, and for where they stand. Of such a
name only its equality with others counts, so that a twin's differences are the same with the names of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from operator import is_
from typing import Final

from msgspec.structs import replace

from migrator.policy.origin import Field
from migrator.spans import Location
from migrator.tree.nodes import Mapping as MappingNode
from migrator.tree.nodes import Node, Scalar, elsewhere, values
from migrator.verify.compare import compare
from migrator.verify.configured import COMPUTED, HEADER, QUERY_PARAMETER, credential, key_field
from migrator.verify.model import (
    CREDITS,
    NO_KEY,
    OWN_KEY,
    Answer,
    AsFound,
    Attempt,
    Attempts,
    Client,
    Compared,
    Denied,
    Difference,
    Outcome,
    Request,
    Subject,
)
from migrator.verify.new import NewGateway
from migrator.verify.objects import Body, Configuration
from migrator.verify.own import Own, parts_of
from migrator.verify.sides import Pair, around
from migrator.verify.space import prefixes, servers

_KEPT: Final = 512
"""How many units are kept to be twins of; a fleet has fewer templates."""

_NOBODYS: Final = frozenset({COMPUTED, CREDITS, NO_KEY, OWN_KEY})
"""What the comparison calls credentials that have no name of their own."""


_DESCRIBING: Final = ("description", "display_name", "website")


class Twins:
    """The units that were compared, by all that decides about the result.

    What more than one unit has part in, custom providers and catalogues, has to be the same for all of them.
    """

    def __init__(self) -> None:
        self._known: dict[object, _Alike] = {}
        self._kept = 0

    def compare(self, pair: Pair, named: frozenset[str] | None) -> Compared:
        """As ``compare``; worked out once for all twins."""
        names = _Names(pair)
        features = _features(pair, names)
        if features is None:
            return compare(pair, named)
        alike = self._known.get(features) or _Alike(pair, names)
        others = alike.others(pair, names, named)
        if others is None:
            return compare(pair, named)
        if others in alike.found:
            first, found = alike.found[others]
            return replace(found, own=_Moved(first, names, pair))
        found = compare(pair, named)
        if self._kept >= _KEPT:
            self._known.clear()
            self._kept = 0
        self._kept += 1
        self._known.setdefault(features, alike).found[others] = names, found
        return found


class _Names:
    """What is a unit's own: the nodes of its configuration, and the names of its credentials as they are met."""

    def __init__(self, pair: Pair) -> None:
        self.callers = pair.callers
        self.origin = pair.unit.action.field.origin
        self.nodes: dict[int, Node] = {}
        self.credentials: dict[str, int] = {}
        self.own = Own(pair.new.custom)

    def number(self, name: str) -> int | str:
        """A number that stands for a credential; what is no name is itself."""
        if name in _NOBODYS or name.startswith((HEADER, QUERY_PARAMETER)):
            return name
        return self.credentials.setdefault(name, len(self.credentials))

    @cached_property
    def locations(self) -> dict[Location, int]:
        """Where the nodes stand, and the place of each among them."""
        location = self.origin.location
        return {location(node.span): place for place, node in reversed([*enumerate(self.nodes.values())])}


class _Alike:
    """Units that differ in nothing but in names, and perhaps in what others have that each is asked about."""

    def __init__(self, pair: Pair, names: _Names) -> None:
        own = names.own
        self.found: dict[object, tuple[_Names, Compared]] = {}
        self._prefixes = prefixes(pair.old, pair.spelling) - own.providers.keys()
        self._servers = servers(pair.old) - own.servers.keys()
        self._own = frozenset(own.servers[one] for one in servers(pair.old) & own.servers.keys())

    def others(self, pair: Pair, names: _Names, named: frozenset[str] | None) -> object | None:
        """What others have that one of them is asked about; None where that is among what was numbered."""
        own = names.own
        told = None if named is None else self._prefixes | named
        held = self._servers | {server for server, number in own.servers.items() if number in self._own}
        found: list[object] = []
        for configuration in dict.fromkeys(pair.new.configuration(caller.key) for caller in pair.callers):
            if configuration is not None:
                near, rest = pair.new.custom.beyond(configuration, told, held)
                if not own.providers.keys().isdisjoint((*near, *(one.provider for one in rest))):
                    return None
                found.append((*near, *rest))
        return tuple(found)


def _features(pair: Pair, names: _Names) -> object | None:
    """All that decides about the result, without names; None where more decides, and nobody is a twin."""
    unit, own = pair.unit, names.own
    configurations = [pair.new.configuration(caller.key) for caller in pair.callers]
    if any(one is None or not one.exists for one in configurations):
        return None  # without one, every key of the account pays
    config = unit.action.config
    tree: tuple[object, ...] = ()
    if config is not None:
        marked = {**_keys(config, unit.found.stem, names), **dict(own.urls(config, pair.catalogs))}
        marked |= _unread(config)
        tree = tuple(_shape(config.node, marked, names.nodes))
        if None in tree:
            return None
    if own.servers and all(one is not None and one.providers is not None for one in configurations):
        said = (text for one in tree if isinstance(one, tuple) for text in one if isinstance(text, str))
        own.number_providers(parts_of((*said, *pair.spelling.renames)), pair.catalogs)
    first = {id(one): place for place, one in reversed([*enumerate(configurations)])}
    clients: list[object] = []
    for caller, configuration in zip(pair.callers, configurations, strict=True):
        if configuration is not None:
            attached = tuple((provider, names.number(name)) for provider, name in caller.attached)
            scope, rules = _scope(configuration, pair.new, own), _rules(configuration, pair.new, names)
            clients.append((first[id(configuration)], caller.had_key, attached, scope, rules))
    return (
        config is None,
        tree,
        _elsewhere(config, names.nodes),
        around(unit),
        pair.condition is None,
        pair.reading,
        tuple(clients),
        tuple((name, own.named(now)) for name, now in pair.spelling.renames.items()),
        tuple(map(own.named, pair.advice)),
        own.behind(),
    )


def _elsewhere(config: Field | None, nodes: Mapping[int, Node]) -> object:
    """Which nodes of each provider stand on other lines: those are about it, too."""
    providers = None if config is None else config.get("providers")
    found = [[*elsewhere(one.node)] for one in (() if providers is None else providers.items())]
    if not any(found):
        return ()
    places = {name: place for place, name in enumerate(nodes)}
    return tuple(tuple(places[id(node)] for node in held) for held in found)


def _scope(configuration: Configuration, new: NewGateway, own: Own) -> object:
    providers, models = configuration.providers, configuration.models
    return (
        None if providers is None else frozenset(map(own.named, providers)),
        () if providers is None else tuple(map(own.named, new.custom.in_order(providers))),
        None if models is None else frozenset(map(own.named, models)),
        configuration.routed,
    )


def _keys(config: Field, stem: str, names: _Names) -> dict[int, object]:
    """What stands for each credential of the configuration, by the ``id()`` of its node."""
    found: dict[int, object] = {}
    providers = config.get("providers")
    for provider in () if providers is None else providers.items():
        held = provider.get("api_keys")
        for item in () if held is None else held.items():
            if (value := key_field(item)) is not None:
                found[id(value.node)] = "key", names.number(credential(value, stem))
    return found


def _unread(config: Field) -> dict[int, object]:
    """What stands for the words that describe a provider or a model, by the ``id()`` of their nodes: strategies read them."""
    if config.get("model_selection") is not None:
        return {}
    providers = config.get("providers")
    found: dict[int, object] = {}
    for provider in () if providers is None else providers.items():
        models = provider.get("models")
        for described in (provider, *(() if models is None else models.items())):
            for name in _DESCRIBING:
                words = described.get(name)
                if words is not None and words.scalar is not None:
                    found[id(words.node)] = name, words.scalar.kind
    return found


def _shape(node: Node, marked: Mapping[int, object], nodes: dict[int, Node]) -> Iterator[object]:
    """A tree, flat and without places; what is ``marked`` is that, by the ``id()`` of its node.

    ``nodes`` gets each node. None for one that stands at several places.
    """
    if id(node) in nodes:
        yield None
        return
    nodes[id(node)] = node
    if isinstance(node, Scalar):
        yield marked.get(id(node), (node.kind, node.text))
        return
    # Two keys alone would read as a kind and a text.
    yield (MappingNode, *node.keys()) if isinstance(node, MappingNode) else len(node.items)
    for inside in values(node):
        yield from _shape(inside, marked, nodes)


def _rules(configuration: Configuration, new: NewGateway, names: _Names) -> object:
    return tuple(
        tuple(
            (names.own.named(name), tuple(_step(step, new, names) for step in steps))
            for name, steps in held.items()
        )
        for held in (configuration.by_provider, configuration.by_model)
    )


def _step(step: Body, new: NewGateway, names: _Names) -> object:
    keys = tuple(names.number(new.credential(key)) for key in step.get("keys") or ())
    return tuple((member, repr(value)) for member, value in step.items() if member != "keys"), keys


def _differing(first: Iterable[str], own: Iterable[str]) -> dict[str, str]:
    """The names of a unit, and those of its twin, where they are not the same."""
    return {one: other for one, other in zip(first, own, strict=True) if one != other}


class _Moved(AsFound):
    """A unit's differences as those of its twin."""

    def __init__(self, first: _Names, own: _Names, pair: Pair) -> None:
        self._first, self._own, self._pair = first, own, pair
        self._credentials = _differing(first.credentials, own.credentials)
        self._servers = _differing(first.own.servers, own.own.servers)
        self._providers = _differing(first.own.providers, own.own.providers)
        self._callers = {one.key: other for one, other in zip(first.callers, own.callers, strict=True)}
        self._nodes = [*own.nodes.values()]
        self._outcomes: dict[int, Outcome] = {}
        self._clients: dict[int, Client] = {}
        self._locations: dict[int, tuple[Location, ...]] = {}
        self._placed: dict[object, tuple[str, ...]] = {}
        self.asks_the_same = not self._providers

    def outline(self, one: Difference) -> Difference:
        subject = one.subject
        if subject.now in self._providers:
            now = self._providers[subject.now]
            subject = Subject(subject.aspect, subject.provider, subject.model, now)
        return Difference(
            one.kind,
            one.certainty,
            subject,
            self._request(one.request),
            one.old,
            one.new,
            one.requests,
            self.lines(one.sources),
        )

    def completed(self, one: Difference) -> Difference:
        new = self._outcome(one.new)
        outputs = self._places(one.subject, one.request.client, new)
        return replace(one, old=self._outcome(one.old), new=new, outputs=outputs)

    def _request(self, one: Request) -> Request:
        if id(one.client) not in self._clients:
            caller, sends = self._callers[one.client.key], one.client.sends
            self._clients[id(one.client)] = Client(caller.name, sends, caller.key, caller.attached)
        branch = None if one.branch is None else self._pair.elsewhere
        model, models = one.model, one.models
        if self._providers:
            model = None if model is None else self._name(model)
            models = tuple(map(self._name, models))
        return Request(one.format, model, models, self._clients[id(one.client)], branch)

    def _name(self, name: str) -> str:
        """A model's name; clients are told the new one in place of ``ngrok/auto``."""
        provider, colon, model = name.partition(":")
        return f"{self._providers[provider]}:{model}" if colon and provider in self._providers else name

    def _outcome(self, one: Outcome) -> Outcome:
        if not (self._credentials or self._servers or self._providers):
            return one
        if id(one) not in self._outcomes:
            answers = tuple(map(self._answer, one.answers))
            is_same = all(map(is_, answers, one.answers))
            self._outcomes[id(one)] = one if is_same else Outcome(answers, one.chosen)
        return self._outcomes[id(one)]

    def _answer(self, one: Answer) -> Answer:
        if isinstance(one, Denied):
            return one
        attempts = tuple(map(self._attempt, one.attempts))
        is_same = all(map(is_, attempts, one.attempts))
        return one if is_same else Attempts(attempts, one.ordered, one.then, one.more)

    def _attempt(self, one: Attempt) -> Attempt:
        provider = self._providers.get(one.provider, one.provider)
        credential = self._credentials.get(one.credential, one.credential)
        server = self._servers.get(one.server, one.server)
        if (provider, credential, server) == (one.provider, one.credential, one.server):
            return one  # shared by all twins
        return Attempt(provider, one.model, credential, server)

    def lines(self, found: tuple[Location, ...]) -> tuple[Location, ...]:
        if id(found) not in self._locations:
            nodes = (self._nodes[self._first.locations[at]] for at in found)
            self._locations[id(found)] = tuple(self._own.origin.location(node.span) for node in nodes)
        return self._locations[id(found)]

    def _places(self, subject: Subject, client: Client, new: Outcome) -> tuple[str, ...]:
        provider = subject.now or subject.provider or ""
        place = client.key, provider, id(new)
        if place not in self._placed:
            self._placed[place] = self._pair.new.places(client.key, provider, new)
        return self._placed[place]
