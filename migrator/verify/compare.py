"""Old and new, request by request: the differences of one unit, and the smallest witness of each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from msgspec.structs import replace

from migrator.policy.origin import Field
from migrator.spans import Location
from migrator.tree.nodes import elsewhere
from migrator.verify.callers import Caller
from migrator.verify.differ import differences
from migrator.verify.model import (
    Attempt,
    Attempts,
    Certainty,
    Client,
    Compared,
    Denied,
    Difference,
    Format,
    Kind,
    Outcome,
    Request,
    Sends,
    Subject,
)
from migrator.verify.sides import Pair, Told
from migrator.verify.space import Case, automatic, formats, is_refused, lists, names, single


def compare(pair: Pair, named: frozenset[str] | None = None) -> Compared:
    """Every difference of one unit; each stands for one class of requests.

    With ``named``, the providers that something was told about, other policies' providers that are
    alike are one class; without, each is one.
    """
    found: list[Difference] = []
    counts: Counter[str] = Counter()
    done: set[object] = set()
    for caller in pair.callers:
        configuration = pair.new.configuration(caller.key)
        same = (id(configuration), caller.attached)
        if same in done and configuration is not None:
            continue
        done.add(same)
        found += _Client(pair, caller, counts, named).differences()
    return Compared(tuple(found), counts, tuple(dict.fromkeys(one.sources for one in found)))


class _Client:
    """One client of a unit, compared."""

    def __init__(
        self, pair: Pair, caller: Caller, counts: Counter[str], named: frozenset[str] | None
    ) -> None:
        self._pair = pair
        self._old, self._new = pair.old, pair.new
        self._caller, self._key = caller, caller.key
        self._counts = counts
        self._named = named
        self._found: dict[tuple[Case, Format], tuple[Difference, ...]] = {}
        self._placed: dict[object, tuple[str, ...]] = {}
        self._lines: dict[object, tuple[Location, ...]] = {}
        self._provided: dict[str, Sequence[Location]] = {}
        self._clients: dict[Sends, Client] = {}
        self._senders = self._served()

    def differences(self) -> list[Difference]:
        pair, old, new = self._pair, self._old, self._new
        configuration = new.configuration(self._key)
        if configuration is None:
            return self._without_key()
        cases, far = single((old, new), pair.spelling, configuration, self._named, pair.catalogs)
        found = [one for case in (*cases, *far) for one in self._case(case)]
        found += [one for case in names(old, new, pair.spelling, configuration) for one in self._case(case)]
        found += [one for case in lists(cases, old, new, configuration) for one in self._list(case, cases)]
        found += self._automatic()
        found += self._branch(cases)
        return found

    def _served(self) -> tuple[Sends, ...]:
        """What clients of the old gateway may have sent: one that sends nothing must have been served by somebody."""
        if self._caller.had_key:
            return (Sends.GATEWAY_KEY,)
        config = self._old.config
        paid = any(one.keys or not one.built_in for one in config.providers if not one.disabled)
        if paid or config.header is not None:
            return (Sends.NOTHING, Sends.OWN_KEY, Sends.GATEWAY_KEY)
        return (Sends.OWN_KEY, Sends.GATEWAY_KEY)

    def _client(self, sends: Sends) -> Client:
        if sends not in self._clients:
            self._clients[sends] = Client(self._caller.name, sends, self._key, self._caller.attached)
        return self._clients[sends]

    def _asking(self, case: Case) -> tuple[Sends, ...]:
        """Those of them that the old gateway could tell apart for this request."""
        resolved = [one for name in case.before for one in self._old.resolve(name)]
        if self._old.config.header is not None or all(one.offer.provider.keys for one in resolved):
            return self._senders[:1]
        return self._senders

    # Requests for models by name

    def _case(self, case: Case) -> Iterator[Difference]:
        gravest = Kind.EQUAL
        for form in () if self._never_served(case) else formats(case, self._old, self._new):
            for difference in self._differing(case, form):
                gravest = max(gravest, difference.kind, key=lambda kind: kind.rank)
                yield difference
        self._counts[gravest.value] += case.size

    def _never_served(self, case: Case) -> bool:
        """Whether both sides refuse it, in any format and to anybody: it meant nothing, and nothing is open."""
        for name in case.before:
            if self._old.resolve(name):
                return False
        return is_refused(self._new.side(case.now[0], self._new.configuration(self._key)))

    def _differing(self, case: Case, form: Format) -> tuple[Difference, ...]:
        """The differences of one case in one format; asked for again by the lists that a model stands in."""
        if (case, form) not in self._found:
            served = not self._never_served(case)
            self._found[case, form] = tuple(self._difference(case, form)) if served else ()
        return self._found[case, form]

    def _difference(self, case: Case, form: Format) -> Iterator[Difference]:
        asking = self._asking(case)
        # What a client sent to the old gateway is nothing to the new one.
        new = self._new.answer(_request(form, case.now, self._client(asking[0])))
        for kind, certainty, sends, old in self._told(case, form, asking, new):
            yield self._made(
                kind, certainty, case, _request(form, case.before, self._client(sends)), old, new
            )

    def _told(self, case: Case, form: Format, asking: tuple[Sends, ...], new: Outcome) -> Iterable[Told]:
        """The ways in which the answers differ; remembered where the policy says nothing and all is refused now."""
        alone = len(case.before) == 1 and case.subject.aspect != "name" and not self._caller.attached
        unnamed = self._old.unnamed(case.before[0]) if alone and new.denied else None
        if unnamed is None:
            return self._tell(case, form, asking, new)
        known, key = self._pair.known, (unnamed, case.before, form, asking, new)
        if key not in known:
            known[key] = tuple(self._tell(case, form, asking, new))
        return known[key]

    def _tell(self, case: Case, form: Format, asking: tuple[Sends, ...], new: Outcome) -> Iterator[Told]:
        asked: dict[object, tuple[Outcome, dict[Kind, Certainty]]] = {}
        found: dict[Kind, list[Told]] = {}
        for sends in asking:
            client = self._client(sends)
            request = _request(form, case.before, client)
            payers = self._old.payers(case.before, client)
            if payers not in asked:
                old = self._old.answer(request)
                asked[payers] = old, differences(old, new, request if case.before == case.now else None)
            old, told = asked[payers]
            kinds = dict(told)
            if Kind.WIDER in kinds and self._only_reached(case, request, old, new):
                certainty = kinds.pop(Kind.WIDER)
                if case.subject.aspect == "list":
                    kinds.setdefault(Kind.REORDERED, certainty)
            for kind, certainty in kinds.items():
                found.setdefault(kind, []).append(Told(kind, certainty, sends, old))
        for kind, held in found.items():
            sure = len(held) == len(asking) and all(one.certainty == "certain" for one in held)
            shown = next((one for one in held if one.certainty == "certain"), held[0])
            yield Told(kind, "certain" if sure else "possible", shown.sends, shown.old)

    def _only_reached(self, case: Case, request: Request, old: Outcome, new: Outcome) -> bool:
        """Whether what a name or a list leads to now could be asked for before, by its own name."""
        if case.subject.aspect not in ("name", "given", "list") or (
            old.denied and case.subject.aspect == "list"
        ):
            return False
        before = _targets(old)
        return all(self._is_told(one, request) for one in _attempts(new) if one.target not in before)

    def _is_told(self, attempt: Attempt, request: Request) -> bool:
        """Whether a model was reached by its own name; or is reached by it now, which is told there."""
        alone = replace(request, model=f"{attempt.provider}:{attempt.model}", models=())
        old = self._old.answer(alone)
        if attempt.target in _targets(old):
            return True
        if request.models or str(alone.model).lower() == str(request.model).lower():
            return False
        return Kind.WIDER in differences(old, self._new.answer(alone))

    def _made(
        self, kind: Kind, certainty: Certainty, case: Case, request: Request, old: Outcome, new: Outcome
    ) -> Difference:
        asked = case.subject
        now, colon, _ = case.now[0].partition(":")
        if not colon:
            now = self._pair.spelling.now(f"{asked.provider}:").rstrip(":")
        subject = Subject(asked.aspect, asked.provider, asked.model, now)
        provider = now or asked.provider or ""
        return Difference(
            kind,
            certainty,
            subject,
            request,
            old,
            new,
            case.size,
            self._sources(subject),
            self._places(provider, new),
        )

    def _places(self, provider: str, new: Outcome) -> tuple[str, ...]:
        """The places of the manifest that made an answer."""
        refusals = tuple(one for one in new.answers if isinstance(one, Denied))
        if (provider, refusals) not in self._placed:
            self._placed[provider, refusals] = self._new.places(self._key, provider, new)
        return self._placed[provider, refusals]

    def _sources(self, subject: Subject) -> tuple[Location, ...]:
        """The lines of the policy about such a request; none where it says nothing of it."""
        about = subject.provider, subject.model
        if about not in self._lines:
            self._lines[about] = self._lines_about(subject)
        return self._lines[about]

    def _lines_about(self, subject: Subject) -> tuple[Location, ...]:
        found: list[Location] = []
        called = (subject.provider or "").lower()
        for part in self._old.offers.parts:
            if called in part.provider.names:
                models = [one for one in part.provider.models if one.id == subject.model]
                for field in part.provider.fields:
                    found += self._lines_of(field)
                found += [model.field.location for model in models[:1]]
        if self._old.strategies is not None:
            found += [field.location for field in self._old.strategies.fields[:1]]
        return tuple(dict.fromkeys(found))

    def _lines_of(self, provider: Field) -> Sequence[Location]:
        """Its own, and those of what stands elsewhere: found once for all models, of which it may have thousands."""
        if provider.pointer not in self._provided:
            others = (provider.origin.location(node.span) for node in elsewhere(provider.node))
            self._provided[provider.pointer] = (provider.location, *others)
        return self._provided[provider.pointer]

    # Requests with fallback models, or without any

    def _list(self, case: Case, cases: Iterable[Case]) -> Iterator[Difference]:
        """What differs for a list and for none of its models alone."""
        parts = [next(one for one in cases if one.before[0] == name) for name in case.before]
        for form in formats(case, self._old, self._new):
            alone = {(one.kind, one.certainty) for part in parts for one in self._differing(part, form)}
            # Of what is another model now the order is no question.
            if any(kind is Kind.WIDER for kind, _ in alone):
                alone.add((Kind.REORDERED, "certain"))
            gravest = Kind.EQUAL
            for one in () if self._is_told_alone(case, alone) else self._differing(case, form):
                if not {(one.kind, "certain"), (one.kind, one.certainty)} & alone:
                    gravest = max(gravest, one.kind, key=lambda kind: kind.rank)
                    yield one
            self._counts[gravest.value] += 1

    def _is_told_alone(self, case: Case, alone: set[tuple[Kind, Certainty]]) -> bool:
        """Whether a list can only be narrower, for its first model is refused now, and that is told already."""
        if (Kind.NARROWER, "certain") not in alone:
            return False
        return is_refused(self._new.side(case.now[0], self._new.configuration(self._key)))

    def _automatic(self) -> Iterator[Difference]:
        """``ngrok/auto``. Where no strategy chose, the choice was the gateway's own, and is again.

        What is refused by name, before or now, is told there.
        """
        case = automatic()
        strategies = self._old.strategies
        if strategies is None or strategies.say_nothing:
            self._counts[Kind.EQUAL.value] += 1
            yield from self._advice()
            return
        client = self._client(self._senders[-1])
        request = _request("openai", case.before, client)
        old, new = self._old.answer(request), self._new.answer(request)
        found = differences(old, new)
        chose = not (old.denied or new.denied)
        moved = bool(self._pair.advice) or set(found) != {Kind.RECREDENTIALED}
        kind = (
            Kind.REORDERED if chose and found and moved else Kind.EQUAL
        )  # what it reaches is reached by name, too
        self._counts[kind.value] += 1
        if kind is not Kind.EQUAL:
            yield self._made(kind, "possible", case, request, old, new)
        yield from self._advice()

    def _advice(self) -> Iterator[Difference]:
        """What clients are told to send instead has to work, and to ask for what the strategy chose.

        Asked by a client that pays by itself: what the strategy chose does not depend on who pays. What is
        refused by name, before or now, is told there.
        """
        advice = self._pair.advice
        if not advice:
            return
        client = self._client(Sends.OWN_KEY)
        old = self._old.answer(_request("openai", automatic().before, client))
        request = Request("openai", advice[0], advice[1:], client)
        new = self._new.answer(request)
        if old.denied or new.likely == old.likely or self._gained_none(old, new):
            return
        case = Case(Subject("advice"), advice, advice)
        yield self._made(Kind.NARROWER, "certain", case, request, old, new)

    def _gained_none(self, old: Outcome, new: Outcome) -> bool:
        client = self._client(Sends.OWN_KEY)
        if new.denied:
            alone = (Request("openai", name, (), client) for name in self._pair.advice)
            return any(self._new.answer(one).denied for one in alone)
        before = _targets(old)
        return all(one.target in before or self._is_wider(one, client) for one in _attempts(new))

    def _is_wider(self, attempt: Attempt, client: Client) -> bool:
        """Whether a model asked for by its name is told to be wider."""
        alone = Request("openai", f"{attempt.provider}:{attempt.model}", (), client)
        return Kind.WIDER in differences(self._old.answer(alone), self._new.answer(alone))

    # Requests of others

    def _branch(self, cases: Iterable[Case]) -> Iterator[Difference]:
        """Requests for which the unit's condition does not hold: the key does not ask for it."""
        if self._pair.condition is None:
            return
        for case in cases:
            client = self._client(self._senders[0])
            request = replace(_request("openai", case.before, client), branch=self._pair.elsewhere)
            new = self._new.answer(_request("openai", case.now, client))
            if not isinstance(new.likely, Denied):
                old = self._old.answer(request)
                asked = case._replace(subject=replace(case.subject, aspect="branch"), size=1)
                self._counts[Kind.WIDER.value] += 1
                yield self._made(Kind.WIDER, "possible", asked, request, old, new)
                return

    def _without_key(self) -> list[Difference]:
        """A client that nothing stands for at ngrok.ai: the first request that it could make."""
        client = self._client(self._senders[0])
        for offer in (*self._old.offers.known, *self._old.offers.unknown):
            case = Case(Subject("client", offer.provider.id), (offer.spelled,), (offer.spelled,))
            request = _request("openai", case.before, client)
            old = self._old.answer(request)
            if not isinstance(old.likely, Denied):
                self._counts[Kind.NARROWER.value] += 1
                new = self._new.answer(request)
                return [self._made(Kind.NARROWER, "certain", case, request, old, new)]
        return []


def _request(form: Format, named: tuple[str, ...], client: Client) -> Request:
    return Request(form, named[0], named[1:], client)


def _targets(outcome: Outcome) -> set[tuple[str, str]]:
    return {attempt.target for attempt in _attempts(outcome)}


def _attempts(outcome: Outcome) -> Iterator[Attempt]:
    for answer in outcome.answers:
        if isinstance(answer, Attempts):
            yield from answer.attempts
