"""The requests that are worth comparing, folded: those that no part of either side can tell apart are one class.

A class is a *case* (what the request asks for) of one client and what that client carries. What clients mean
counts: a case has the names that clients sent, and those that they send now. That the old spelling stops
working is a case of its own, once for each name.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property, lru_cache
from typing import Final, NamedTuple

from msgspec import Struct

from migrator.catalog import Catalogs
from migrator.verify.configured import ConfiguredModel
from migrator.verify.custom import Alike
from migrator.verify.model import AUTO, FORMATS, Denied, Format, Subject
from migrator.verify.new import NewGateway, Side
from migrator.verify.objects import Configuration
from migrator.verify.offers import UNKNOWN_MODEL, Offer, Part
from migrator.verify.old import OldGateway

UNKNOWN_PROVIDER: Final = "no-such-provider:no-such-model"
LIST_LIMIT: Final = 6
"""How many models that differ in anything are put before and behind each other."""


class Case(NamedTuple):
    """What a request asks for: the names before, and the names now."""

    subject: Subject
    before: tuple[str, ...]
    now: tuple[str, ...]
    size: int = 1


class Spelling(Struct, frozen=True, dict=True):
    """What clients have to send now, as the conversion announced it. A name with a colon behind it is a provider's."""

    renames: Mapping[str, str]

    @cached_property
    def _folded(self) -> dict[str, str]:
        """The renames by names in lower case, as the old gateway read names."""
        return {name.lower(): renamed for name, renamed in reversed(list(self.renames.items()))}

    def now(self, name: str) -> str:
        """The new spelling of a name; itself where it stays."""
        renames = self._folded
        if not renames:
            return name
        if name.lower() in renames:
            return renames[name.lower()]
        prefix, colon, rest = name.partition(":")
        if not colon:
            return name
        provider = renames.get(f"{prefix}:".lower(), f"{prefix}:")
        renamed = renames.get(rest.lower())
        if renamed is not None and renamed.startswith(provider):
            return renamed
        return f"{provider}{rest}"


class Space(NamedTuple):
    """Requests for one model; those for models of other policies' providers that are like one of ``cases``."""

    cases: list[Case]
    far: list[Case]


def single(
    sides: tuple[OldGateway, NewGateway],
    spelling: Spelling,
    configuration: Configuration,
    named: Iterable[str] | None,
    catalogs: Catalogs,
) -> Space:
    """Every request for one model, classes folded; the shortest name stands for its class.

    ``named`` are further providers that something has been told about; without them nothing is far.
    """
    old, new = sides
    folded: dict[object, Case] = {}
    seen: set[str] = set()
    for signature, case in _offered(old, new, spelling, configuration, seen):
        _fold(folded, signature, case)
    asked = {spelled.lower() for _, _, spelled in _spelled(old, spelling)}
    near, rest = new.custom.beyond(
        configuration, None if named is None else {*_prefixes(old, seen), *named}, servers(old)
    )
    known = {name.partition(":")[0] for name in seen}
    for provider, models in _catalogued(catalogs).items():
        if provider.lower() not in known and _is_shut(provider, old, new, configuration):
            folded.update((case, case) for case in models.shut)
            continue
        for name, lower in models.names:
            if lower not in seen:
                _fold(folded, *_closed(name, old, new, configuration))
    for name in _custom(new, near):
        old_name = name.lower() in seen
        # An id that this policy had to give up may be another one's now, and open.
        if not old_name or (name.lower() not in asked and not is_refused(new.side(name, configuration))):
            _fold(folded, *_closed(name, old, new, configuration))
    for name in (UNKNOWN_PROVIDER, UNKNOWN_MODEL):
        folded[name] = Case(Subject("unknown"), (name,), (name,))
    return Space(list(folded.values()), [case for one in rest for case in _far(one)])


def _far(alike: Alike) -> Iterator[Case]:
    """A model that such a provider has, and one that it has not."""
    provider, likeness, number = alike
    known = [] if likeness.model is None else [(likeness.model, likeness.models * number)]
    for model, size in (*known, (UNKNOWN_MODEL, number)):
        name = f"{provider}:{model}"
        yield Case(Subject("closed", provider, model), (name,), (name,), size)


def _fold(folded: dict[object, Case], signature: object, case: Case) -> None:
    known = folded.get(signature)
    folded[signature] = case if known is None else _shortest(known, case)


def _shortest(known: Case, case: Case) -> Case:
    """Two cases of one class as one."""
    own, other = known.before[0], case.before[0]
    subject, before, now, _ = case if (len(other), other) < (len(own), own) else known
    return Case(subject, before, now, known.size + 1)


def _offered(
    old: OldGateway, new: NewGateway, spelling: Spelling, configuration: Configuration, seen: set[str]
) -> Iterator[tuple[object, Case]]:
    """What the old gateway could be asked for, by class; ``seen`` gets every name, as it was and as it is."""
    for offer, sent, now in _spelled(old, spelling):
        provider = offer.provider
        aspect = "model" if offer.name is not None else "unknown"
        allowed = old.strategies.allowed(offer) if old.strategies is not None else ()
        told = offer.name if offer.model is not None else None
        seen.add(sent.lower())
        if now != sent:
            seen.add(now.lower())
        signature = (aspect, provider, allowed, offer.surely, told, new.side(now, configuration))
        yield signature, Case(Subject(aspect, provider.id, offer.name), (sent,), (now,))


def _spelled(old: OldGateway, spelling: Spelling) -> Iterator[tuple[Offer, str, str]]:
    """What there was to ask for: (model, its name as it was, and as it is now)."""
    for offer in (*old.offers.known, *old.offers.unknown):
        for sent in (offer.spelled, *(f"{offer.provider.id}:{alias}" for alias in _own_aliases(offer))):
            yield offer, sent, spelling.now(sent)


def _closed(name: str, old: OldGateway, new: NewGateway, configuration: Configuration) -> tuple[object, Case]:
    """A name of another policy's, or of what is closed, with its class."""
    provider_id, _, model = name.partition(":")
    subject = Subject("closed", provider_id, model)
    servers = old.servers(provider_id)
    if servers and new.server(provider_id) not in servers:  # the id means another one now
        subject = Subject("name", provider_id, f"{provider_id}:")
    return (subject.aspect, provider_id, new.side(name, configuration)), Case(subject, (name,), (name,))


def _own_aliases(offer: Offer) -> tuple[str, ...]:
    """The alternate names of a custom provider's model, each of which can be a model of its own now."""
    return () if offer.model is None or offer.provider.built_in else offer.model.aliases


class _Catalogued(NamedTuple):
    """The names of a built-in provider's models, in both cases of letters; and as closed cases, known and unknown."""

    names: tuple[tuple[str, str], ...]
    shut: tuple[Case, ...]


@lru_cache(maxsize=16)
def _catalogued(catalogs: Catalogs) -> dict[str, _Catalogued]:
    """By provider what today's catalogue has, and a model that it has not."""
    found: dict[str, _Catalogued] = {}
    for entry in catalogs.current.providers:
        models = dict.fromkeys(model.id for model in entry.models)
        shortest = [min(models, key=lambda model: (len(model), model))] if models else []
        names = (*(f"{entry.id}:{model.id}" for model in entry.models), f"{entry.id}:{UNKNOWN_MODEL}")
        sizes = [(model, len(entry.models)) for model in shortest] + [(UNKNOWN_MODEL, 1)]
        shut = (
            Case(Subject("closed", entry.id, model), (f"{entry.id}:{model}",), (f"{entry.id}:{model}",), size)
            for model, size in sizes
        )
        found[entry.id] = _Catalogued(tuple((name, name.lower()) for name in names), tuple(shut))
    return found


def _is_shut(provider: str, old: OldGateway, new: NewGateway, configuration: Configuration) -> bool:
    """Whether a built-in provider meant nothing before, and a scope shuts it out, whatever the model."""
    return (
        configuration.providers is not None
        and provider not in configuration.providers
        and not configuration.by_model
        and provider not in new.custom
        and not old.servers(provider)
    )


def _custom(new: NewGateway, custom: Iterable[str]) -> Iterator[str]:
    """Models of custom providers that this unit may not use, or never heard of: what other units have."""
    for provider in custom:
        yield from (f"{provider}:{model}" for model in new.custom.models[provider])
        yield f"{provider}:{UNKNOWN_MODEL}"


def servers(old: OldGateway) -> frozenset[str]:
    """What answered at the old gateway."""
    return frozenset(part.provider.server for part in old.offers.parts)


def prefixes(old: OldGateway, spelling: Spelling) -> frozenset[str]:
    """Providers' names, in lower case, that mean something in a request to this unit."""
    return _prefixes(old, (name.lower() for _, *names in _spelled(old, spelling) for name in names))


def _prefixes(old: OldGateway, seen: Iterable[str]) -> frozenset[str]:
    found = {name.partition(":")[0] for name in seen}
    for part in old.offers.parts:
        found |= part.provider.names
        found |= {name.partition(":")[0] for name in part.index if ":" in name}
    return frozenset(found)


def names(old: OldGateway, new: NewGateway, spelling: Spelling, configuration: Configuration) -> list[Case]:
    """Every other name of a model that the old gateway resolved, and whatever provider's other name."""
    folded: dict[object, Case] = {}
    for part in old.offers.parts:
        provider = part.provider
        model = next((str(offer.name) for offer in part.known), UNKNOWN_MODEL)
        for alias in provider.spellings:
            if not is_refused(new.side(spelling.now(f"{provider.id}:{model}"), configuration)):
                sent = f"{alias}:{model}"
                folded[provider, alias] = Case(Subject("name", provider.id, f"{alias}:"), (sent,), (sent,))
        open_now: dict[Offer, str] = {}
        for offer in part.known:
            spelled = spelling.now(f"{provider.id}:{offer.name}")
            if not is_refused(new.side(spelled, configuration)):
                open_now[offer] = spelled
        for name, offer in part.index.items() if open_now else ():
            if offer not in open_now or new.resolve(open_now[offer]) == new.resolve(name):
                continue
            spelled = open_now[offer]
            told = name if offer.model is not None and _is_written(name, offer.model) else None
            allowed = old.strategies.allowed(offer) if old.strategies is not None else ()
            is_name = name == str(offer.name).lower()
            sides = (new.side(spelled, configuration), new.side(name, configuration))
            signature = ("name", provider, allowed, offer.surely, told, is_name, sides)
            case = Case(Subject("name", provider.id, name), (name,), (name,))
            _fold(folded, signature, case)
        given = _given(part, new, spelling, configuration)
        if given is not None:
            folded["given", provider] = given
    return list(folded.values())


def _given(part: Part, new: NewGateway, spelling: Spelling, configuration: Configuration) -> Case | None:
    """The shortest name that stands for another model now, as another policy that has the same provider says."""
    provider = part.provider
    shared = spelling.now(f"{provider.id}:").rstrip(":")
    if new.custom.servers.get(shared) != provider.server:
        return None
    scope = configuration.models
    given = [
        name
        for name in new.custom.renaming(shared)
        if name.lower() not in part.index and (scope is None or f"{shared}:{name}" in scope)
    ]
    if not given or is_refused(new.side(f"{shared}:{given[0]}", configuration)):
        return None
    subject = Subject("given", provider.id, given[0])
    return Case(subject, (f"{provider.id}:{given[0]}",), (f"{shared}:{given[0]}",), len(given))


def lists(
    cases: Iterable[Case], old: OldGateway, new: NewGateway, configuration: Configuration
) -> list[Case]:
    """Two models, one as the fallback of the other, where a list or a strategy could cut one of them."""
    kinds: dict[object, Case] = {}
    for case in cases:
        if case.subject.provider is not None and len(kinds) < LIST_LIMIT:
            found = old.resolve(case.before[0])
            kept = old.strategies.membership(found[0].offer) if found and old.strategies is not None else ()
            kinds.setdefault((kept, bool(found), _refusal(new.side(case.now[0], configuration))), case)
    if len(kinds) == 1:
        return []
    return [
        Case(
            Subject("list", one.subject.provider, one.subject.model),
            (*one.before, *other.before),
            (*one.now, *other.now),
        )
        for one in kinds.values()
        for other in kinds.values()
        if one is not other
    ]


def _is_written(name: str, model: ConfiguredModel) -> bool:
    """Whether the configuration itself has the name."""
    return name in {model.id.lower(), *(alias.lower() for alias in model.aliases)}


def is_refused(side: tuple[Side, ...] | Denied) -> bool:
    """Whether a name is refused, whatever its format."""
    return _refusal(side) is not None


def _refusal(side: tuple[Side, ...] | Denied) -> Denied | None:
    """Why a name is refused, if it is."""
    if isinstance(side, Denied):
        return side
    return None if any(one.refused is None for one in side) else side[0].refused


def automatic() -> Case:
    """A request that leaves the choice to the gateway."""
    return Case(Subject("auto"), (AUTO,), (AUTO,))


def formats(case: Case, old: OldGateway, new: NewGateway) -> tuple[Format, ...]:
    """The API formats that are worth a request: one where both sides serve the same ones."""
    if len(case.before) > 1:
        served = [new.serves(name) or frozenset(FORMATS) for name in case.now]
        return tuple(form for form in FORMATS if all(form in one for one in served))[:1]
    (sent,), (name,) = case.before, case.now
    before = old.serves(sent)
    now = new.serves(name)
    if not before or not now or before == now:
        either = before or now
        return (next((form for form in FORMATS if form in either), FORMATS[0]),)
    return FORMATS
