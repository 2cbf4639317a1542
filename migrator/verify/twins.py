"""Units that names alone tell apart: what was found of one holds for the others, under their own names.

A fleet is made from templates. Two units are twins where all that the comparison reads of them is equal, but
for what their credentials, access keys and clients are called, and for where they stand. Of a credential's name
only its equality with others counts, so that a twin's differences are the same with the names of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import Final

from migrator.policy.origin import Field
from migrator.spans import Location
from migrator.tree.nodes import Mapping as MappingNode
from migrator.tree.nodes import Node, Scalar, values
from migrator.verify.compare import Compared, compare
from migrator.verify.configured import COMPUTED, HEADER, QUERY_PARAMETER, credential, key_field
from migrator.verify.model import (
    CREDITS,
    NO_KEY,
    OWN_KEY,
    Answer,
    Attempt,
    Attempts,
    Client,
    Denied,
    Difference,
    Outcome,
    Request,
    Subject,
)
from migrator.verify.new import NewGateway
from migrator.verify.objects import Body, Configuration
from migrator.verify.sides import Pair, around

_KEPT: Final = 512
"""How many units are kept to be twins of; a fleet has fewer templates."""

_NOBODYS: Final = frozenset({COMPUTED, CREDITS, NO_KEY, OWN_KEY})
"""What the comparison calls credentials that have no name of their own."""


class Twins:
    """The units that were compared, by all that decides about the result.

    What more than one unit has part in, custom providers and catalogues, has to be the same for all of them.
    """

    def __init__(self) -> None:
        self._known: dict[object, tuple[_Names, Compared]] = {}

    def compare(self, pair: Pair, named: frozenset[str] | None) -> Compared:
        """As ``compare``; worked out once for all twins."""
        names = _Names(pair)
        features = _features(pair, names, named)
        if features is None:
            return compare(pair, named)
        if features in self._known:
            first, found = self._known[features]
            moved = _Moved(first, names, pair)
            return Compared(tuple(moved.difference(one) for one in found.differences), found.counts)
        found = compare(pair, named)
        if len(self._known) >= _KEPT:
            self._known.clear()
        self._known[features] = names, found
        return found


class _Names:
    """What is a unit's own: the nodes of its configuration, and the names of its credentials as they are met."""

    def __init__(self, pair: Pair) -> None:
        self.callers = pair.callers
        self.origin = pair.unit.action.field.origin
        self.nodes: dict[int, Node] = {}
        self.credentials: dict[str, int] = {}

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


def _features(pair: Pair, names: _Names, named: frozenset[str] | None) -> object | None:
    """All that decides about the result, without names; None where more decides, and nobody is a twin."""
    unit = pair.unit
    configurations = [pair.new.configuration(caller.key) for caller in pair.callers]
    first = {id(one): place for place, one in reversed([*enumerate(configurations)])}
    clients: list[object] = []
    for caller, configuration in zip(pair.callers, configurations, strict=True):
        if configuration is None or not configuration.exists:
            return None  # without one, every key of the account pays
        attached = tuple((provider, names.number(name)) for provider, name in caller.attached)
        scope = configuration.providers, configuration.models, configuration.routed
        rules = _rules(configuration, pair.new, names)
        clients.append((first[id(configuration)], caller.had_key, attached, scope, rules))
    config = unit.action.config
    keys = {} if config is None else _keys(config, unit.found.stem, names)
    tree = None if config is None else tuple(_shape(config.node, keys, names.nodes))
    if tree is not None and None in tree:
        return None
    spelling = tuple(pair.spelling.renames.items())
    return (
        tree,
        around(unit),
        pair.condition is None,
        pair.reading,
        tuple(clients),
        spelling,
        pair.advice,
        named,
    )


def _keys(config: Field, stem: str, names: _Names) -> dict[int, int | str]:
    """What stands for each credential of the configuration, by the ``id()`` of its node."""
    found: dict[int, int | str] = {}
    providers = config.get("providers")
    for provider in () if providers is None else providers.items():
        held = provider.get("api_keys")
        for item in () if held is None else held.items():
            if (value := key_field(item)) is not None:
                found[id(value.node)] = names.number(credential(value, stem))
    return found


def _shape(node: Node, keys: Mapping[int, int | str], nodes: dict[int, Node]) -> Iterator[object]:
    """A tree, flat and without places; ``nodes`` gets each node. None for one that stands at several places."""
    if id(node) in nodes:
        yield None
        return
    nodes[id(node)] = node
    if isinstance(node, Scalar):
        yield ("key", keys[id(node)]) if id(node) in keys else (node.kind, node.text)
        return
    # Two keys alone would read as a kind and a text.
    yield (MappingNode, *node.keys()) if isinstance(node, MappingNode) else len(node.items)
    for inside in values(node):
        yield from _shape(inside, keys, nodes)


def _rules(configuration: Configuration, new: NewGateway, names: _Names) -> object:
    return tuple(
        tuple((name, tuple(_step(step, new, names) for step in steps)) for name, steps in held.items())
        for held in (configuration.by_provider, configuration.by_model)
    )


def _step(step: Body, new: NewGateway, names: _Names) -> object:
    keys = tuple(names.number(new.credential(key)) for key in step.get("keys") or ())
    return tuple((member, repr(value)) for member, value in step.items() if member != "keys"), keys


class _Moved:
    """A unit's differences as those of its twin."""

    def __init__(self, first: _Names, own: _Names, pair: Pair) -> None:
        self._first, self._own, self._pair = first, own, pair
        self._credentials = {
            one: other for one, other in zip(first.credentials, own.credentials, strict=True) if one != other
        }
        self._callers = {one.key: other for one, other in zip(first.callers, own.callers, strict=True)}
        self._nodes = [*own.nodes.values()]
        self._outcomes: dict[int, Outcome] = {}
        self._clients: dict[Client, Client] = {}
        self._locations: dict[Location, Location] = {}
        self._placed: dict[object, tuple[str, ...]] = {}

    def difference(self, one: Difference) -> Difference:
        request, new = self._request(one.request), self._outcome(one.new)
        return Difference(
            one.kind,
            one.certainty,
            one.subject,
            request,
            self._outcome(one.old),
            new,
            one.requests,
            tuple(self._location(at) for at in one.sources),
            self._places(one.subject, request.client, new),
        )

    def _request(self, one: Request) -> Request:
        if one.client not in self._clients:
            caller, sends = self._callers[one.client.key], one.client.sends
            self._clients[one.client] = Client(caller.name, sends, caller.key, caller.attached)
        branch = None if one.branch is None else self._pair.elsewhere
        return Request(one.format, one.model, one.models, self._clients[one.client], branch)

    def _outcome(self, one: Outcome) -> Outcome:
        if not self._credentials:
            return one
        if id(one) not in self._outcomes:
            self._outcomes[id(one)] = Outcome(tuple(map(self._answer, one.answers)), one.chosen)
        return self._outcomes[id(one)]

    def _answer(self, one: Answer) -> Answer:
        if isinstance(one, Denied):
            return one
        return Attempts(tuple(self._attempts(one.attempts)), one.ordered, one.then)

    def _attempts(self, found: Iterable[Attempt]) -> Iterator[Attempt]:
        for one in found:
            name = self._credentials.get(one.credential, one.credential)
            yield Attempt(one.provider, one.model, name, one.server, one.known)

    def _location(self, at: Location) -> Location:
        if at not in self._locations:
            node = self._nodes[self._first.locations[at]]
            self._locations[at] = self._own.origin.location(node.span)
        return self._locations[at]

    def _places(self, subject: Subject, client: Client, new: Outcome) -> tuple[str, ...]:
        provider = subject.now or subject.provider or ""
        place = client.key, provider, id(new)
        if place not in self._placed:
            self._placed[place] = self._pair.new.places(client.key, provider, new)
        return self._placed[place]
