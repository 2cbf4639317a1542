"""The old gateway as a function: a policy's configuration and a request to what it answered.

Source of every step: the documentation of the retired action. Names are resolved, then the lists and switches
apply, then the strategies, then somebody pays. Failures, timeouts and limits are no part of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from typing import Final, NamedTuple

from msgspec import Struct

from migrator.catalog import Catalogs
from migrator.cel import CelSyntaxError, parse
from migrator.cel.possible import Record
from migrator.policy.origin import Field
from migrator.secrets import has_mask
from migrator.verify.configured import Configured, ConfiguredProvider
from migrator.verify.model import (
    CREDITS,
    NO_KEY,
    OWN_KEY,
    Answer,
    Attempt,
    Attempts,
    Client,
    Denied,
    Outcome,
    Request,
    Sends,
)
from migrator.verify.offers import Offer, Part, offers, old_name, one_name
from migrator.verify.strategies import Chosen, Strategies

MANAGED: Final = frozenset({"openai", "anthropic"})
"""Providers for which ngrok itself had keys, for clients with an old gateway key."""

NO_MODEL: Final = Denied("3804", "no model matches")
STRATEGIES_EMPTY: Final = Denied("3805", "the strategies returned nothing")
NO_FORMAT: Final = Denied("3813", "no model for the API format")
NO_CREDENTIAL: Final = Denied("3817", "no key for the provider")
NOT_MANAGED: Final = Denied("3816", "the model cannot be used with a managed key")
ELSEWHERE: Final = Denied("elsewhere", "another part of the policy answered")
UNREACHABLE: Final = Denied("unreachable", "the action was never reached")


class Named(Struct, frozen=True):
    """One model that a name stands for: the offer, and the model's name upstream."""

    offer: Offer
    upstream: str
    known: bool = True


class Credentials(Struct, frozen=True):
    """Whose keys are tried for a provider, in order; empty where nobody's are. ``ordered``: the order is known."""

    keys: tuple[str, ...]
    ordered: bool = True
    some: bool = False
    """Perhaps not all of them."""


class Around(NamedTuple):
    """What runs around the action: whether any request got to it, and the type of what ran once it had given up."""

    then: str | None
    reachable: bool


class OldGateway:
    """One gateway action. ``reading`` is how several strategies count, None where nobody decided."""

    def __init__(self, config: Configured, catalogs: Catalogs, reading: str | None, around: Around) -> None:
        self.config = config
        self._catalogs = catalogs
        self._then = around.then if config.continues else None
        self._reachable = around.reachable
        self.offers = offers(config, catalogs)
        self._parts: dict[str, list[Part]] = {}
        own = {name for part in self.offers.parts if part.provider.fields for name in part.provider.names}
        for part in self.offers.parts:
            for name in part.provider.names:
                if part.provider.fields or name not in own:  # an alias comes before a built-in id
                    self._parts.setdefault(name, []).append(part)
        self._resolved: dict[str, list[Named]] = {}
        self._paying: dict[object, Credentials] = {}
        self._names = frozenset(name for provider in config.providers for name in provider.names)
        self.strategies = Strategies(config.strategies, self.offers, reading) if config.strategies else None

    def answer(self, request: Request) -> Outcome:
        """What the request gets."""
        if not self._reachable:
            return Outcome((UNREACHABLE,))
        if request.branch is not None:
            return Outcome((ELSEWHERE,))
        if not request.names:
            return self._automatic(request)
        named = [self.resolve(name) for name in request.names]
        found = [one for models in named for one in models]
        if not found:
            return Outcome((NO_MODEL,))
        unordered = any(len(models) > 1 for models in named)
        if len(found) == 1:
            answers = list(self._single(found[0], request))
            if not found[0].offer.surely and not self._by_provider(request.names[0]):
                answers.append(NO_MODEL)  # whether the old catalogue had it before the end is not public
        else:
            answers = list(self._several(found, request, unordered=unordered))
        working = [one for one in found if not one.offer.provider.fault]
        if not working:
            answers.append(NO_MODEL)
        elif len(working) < len(found):
            answers += self._several(working, request, unordered=unordered)
        if all(self._is_new(one.offer.provider) for one in found):
            answers.insert(0, NO_MODEL)
        return Outcome(tuple(dict.fromkeys(answers)))

    def resolve(self, name: str) -> list[Named]:
        """The models that a name stands for, of those at hand; none for a name that stands for nothing."""
        if name not in self._resolved:
            self._resolved[name] = self._resolve(name)
        return self._resolved[name]

    def _resolve(self, name: str) -> list[Named]:
        prefix, colon, rest = name.partition(":")
        if colon and self._by_provider(name):
            return [one for part in self._parts.get(prefix.lower(), ()) if (one := self._at(part, rest))]
        lower = name.lower()
        found = [part.index[lower] for part in self.offers.parts if lower in part.index]
        if found:
            return [Named(offer, _upstream(offer, lower)) for offer in found]
        alias = self._catalogs.legacy.alias(name)
        if alias is None:
            return []
        parts = [
            part for part in self.offers.parts if part.provider.catalogued and part.provider.id == alias[0]
        ]
        return [one for part in parts if (one := self._at(part, name)) is not None]

    def serves(self, name: str) -> frozenset[str]:
        """The API formats in which a name could be asked for."""
        found = self.resolve(name)
        if len(found) == 1:
            return found[0].offer.provider.formats
        return frozenset(form for one in found for form in one.offer.provider.formats)

    def unnamed(self, name: str) -> tuple[object, ...] | None:
        """All that decides about a model of a provider that the configuration does not name, but who asks; else None."""
        found = self.resolve(name)
        if len(found) != 1 or found[0].offer.provider.fields or self.config.header is not None:
            return None
        one = found[0]
        allowed = (True,) if self.strategies is None else self.strategies.allowed(one.offer)
        by_provider = self._by_provider(name)
        return one.offer, one.upstream, one.known, by_provider, allowed, self._then, self._reachable

    def servers(self, name: str) -> frozenset[str]:
        """The servers that a provider's name stands for, of those that can be used."""
        return frozenset(part.provider.server for part in self._parts.get(name.lower(), ()))

    def _by_provider(self, name: str) -> bool:
        """Whether the part in front of a colon names a provider, one at hand or one that is shut out."""
        prefix, colon, _ = name.partition(":")
        lower = prefix.lower()
        known = lower in self._parts or lower in self._names
        return bool(colon) and (known or self._catalogs.legacy.provider(prefix) is not None)

    def _at(self, part: Part, name: str) -> Named | None:
        lower = name.lower()
        if lower in part.index:
            return Named(part.index[lower], _upstream(part.index[lower], lower))
        if not part.provider.catalogued:
            known = name
        else:
            known = old_name(self._catalogs, part.provider.id, name)[0]
            if known.lower() in part.index:
                return Named(part.index[known.lower()], part.index[known.lower()].upstream)
        if known.lower() in part.off or lower in part.off or part.unknown is None:
            return None
        upstream = one_name(self._catalogs, part.provider.id, known) if part.provider.catalogued else known
        return Named(part.unknown, upstream, known=False)

    def _is_new(self, provider: ConfiguredProvider) -> bool:
        """Whether only today's catalogue has a provider: what the old one had in the end is not public."""
        return not provider.fields and self._catalogs.legacy.provider(provider.id) is None

    # From models to answers

    def _single(self, named: Named, request: Request) -> Iterator[Answer]:
        if request.format not in named.offer.provider.formats:
            yield NO_FORMAT
            return
        allowed = (True,) if self.strategies is None else self.strategies.allowed(named.offer)
        for passes in allowed:
            if not passes:
                yield STRATEGIES_EMPTY
            else:
                yield from self._attempts([named], request.client, ordered=True)

    def _several(self, found: Sequence[Named], request: Request, *, unordered: bool) -> Iterator[Answer]:
        served = [one for one in found if request.format in one.offer.provider.formats]
        if not served:
            yield NO_FORMAT
            return
        if self.strategies is None:
            yield from self._attempts(served, request.client, ordered=not unordered)
            if unordered and len(request.names) == 1:  # whether the gateway tried both is not public
                for one in served:
                    yield from self._attempts([one], request.client, ordered=True)
            return
        for chosen in self.strategies.survivors([one.offer for one in served]):
            kept = [one for one in served if one.offer in chosen.offers]
            yield from self._chosen(chosen, kept, request.client, ordered=not unordered)

    def _chosen(
        self, chosen: Chosen, named: Sequence[Named], client: Client, *, ordered: bool
    ) -> Iterator[Answer]:
        if not named:
            yield STRATEGIES_EMPTY
            return
        yield from self._attempts(named, client, ordered=ordered)
        sure = [one for one in named if one.offer in chosen.sure]
        if chosen.some and sure:
            yield from self._attempts(sure, client, ordered=ordered)
        elif chosen.some and len(named) > 1:
            for one in named:
                yield from self._attempts([one], client, ordered=True)

    def _automatic(self, request: Request) -> Outcome:
        if self.strategies is None:
            known = [offer for offer in self.offers.known if offer.surely or offer.model is not None]
            sets = [Chosen(tuple(known), ordered=len(known) == 1)]
        else:
            sets = self.strategies.automatic()
        answers: list[Answer] = []
        for chosen in sets:
            served = [
                Named(one, one.upstream) for one in chosen.offers if request.format in one.provider.formats
            ]
            if not chosen.offers:
                answers.append(STRATEGIES_EMPTY if self.strategies is not None else NO_MODEL)
            elif not served:
                answers.append(NO_FORMAT)
            else:
                answers += self._attempts(served, request.client, ordered=chosen.ordered)
        some = any(chosen.some for chosen in sets)
        return Outcome(tuple(dict.fromkeys(answers)), chosen=some)

    def _attempts(self, named: Sequence[Named], client: Client, *, ordered: bool) -> Iterator[Answer]:
        """The attempts for these models, one for each key; what nobody pays for cannot be tried."""
        made: list[list[Attempt]] = []
        refused: Denied = NO_CREDENTIAL
        some, by_list = False, True
        for one in named:
            paying = self.credentials(one.offer.provider, client)
            if CREDITS in paying.keys and not one.known:
                refused = NOT_MANAGED
                continue
            by_list = by_list and paying.ordered
            some = some or paying.some
            provider = one.offer.provider
            if paying.keys:
                made.append([Attempt(provider.id, one.upstream, key, provider.server) for key in paying.keys])
        if not made:
            yield refused
            return
        tried = tuple(dict.fromkeys(attempt for attempts in made for attempt in attempts))
        ordered = by_list and (ordered or len(made) == 1)
        yield Attempts(tried, ordered or len(tried) == 1, self._then)
        for number in range(max(len(attempts) for attempts in made) if some else 0):
            single = dict.fromkeys(attempts[min(number, len(attempts) - 1)] for attempts in made)
            yield Attempts(tuple(single), ordered or len(single) == 1, self._then)

    # Who pays

    def payers(self, names: Iterable[str], client: Client) -> tuple[Credentials, ...]:
        """All that the answer to a request for these models depends on of who sends it."""
        return tuple(
            self.credentials(one.offer.provider, client) for name in names for one in self.resolve(name)
        )

    def credentials(self, provider: ConfiguredProvider, client: Client) -> Credentials:
        """Whose keys are tried: attached ones alone, else the policy's, else ngrok's, else the client's own."""
        asked = provider, client.sends, client.attached
        if asked not in self._paying:
            self._paying[asked] = self._credentials(provider, client)
        return self._paying[asked]

    def _credentials(self, provider: ConfiguredProvider, client: Client) -> Credentials:
        attached = tuple(key for owner, key in client.attached if self._is_for(owner, provider))
        if attached:
            return Credentials(attached)
        if provider.keys:
            return self._inline(provider.keys)
        if self.config.header is not None:
            return Credentials((self.config.header,))
        if client.sends is Sends.GATEWAY_KEY and provider.id in MANAGED and provider.built_in:
            return Credentials((CREDITS,))
        if client.sends is Sends.OWN_KEY:
            return Credentials((OWN_KEY,))
        return Credentials(() if provider.built_in else (NO_KEY,))

    def _is_for(self, owner: str, provider: ConfiguredProvider) -> bool:
        """Whether a key was attached for a provider: by its id alone, whatever a policy called it."""
        known = self._catalogs.legacy.provider(owner)
        return provider.id.lower() == (known.id if known is not None else owner).lower()

    def _inline(self, keys: tuple[str, ...]) -> Credentials:
        different = tuple(dict.fromkeys(keys))
        if len(different) == 1 or self._keys_in_order:
            return Credentials(different)
        return Credentials(different, ordered=False, some=True)

    @cached_property
    def _keys_in_order(self) -> bool:
        """Whether no key strategy says anything but the list's own order."""
        if not self.config.key_strategies:
            return True
        count = sum(len(provider.keys) for provider in self.config.providers)
        return count > 0 and _is_identity(self.config.key_strategies[0], count)


def _upstream(offer: Offer, name: str) -> str:
    """What reached the provider: another server was asked for what the policy gave the alternate name to."""
    model = offer.model
    own = model is not None and not offer.provider.built_in and name in map(str.lower, model.aliases)
    return model.id if own and model is not None else offer.upstream


def _is_identity(field: Field, count: int) -> bool:
    if field.text is None or has_mask(field.text):
        return False
    try:
        node = parse(field.text)
    except CelSyntaxError:
        return False
    from migrator.cel.strategy import collections, select

    selection = select(node, collections(keys=[Record("key", {}) for _ in range(count)]), element="key")
    return len(selection.certain) == count and selection.order.by is None and not selection.undecided
