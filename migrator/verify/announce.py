"""Which findings announce which differences: the one table, and how it is applied.

A finding announces only what it says: kinds of difference (``kinds`` whether certain or not, ``perhaps`` only
where a fact is not public, or nobody knows what the old gateway did), of requests of certain aspects, about what the finding is about. A difference that
nothing announces is a mistake of the conversion, or of the comparison. ``OUTSIDE`` are findings whose effect
the comparison leaves out: they speak of failures, of bodies, of what runs around the gateway.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

from msgspec import Struct
from msgspec.structs import replace

from migrator.findings import (
    gateway_keys,
    keys,
    link,
    merge,
    output,
    policy,
    protection,
    providers,
    requests,
    strategies,
    verify,
)
from migrator.findings.base import Effect, Finding
from migrator.verify.model import Announcement, Difference, Kind
from migrator.verify.new import GONE, UNKNOWN_MODEL

NARROWER, WIDER = Kind.NARROWER, Kind.WIDER
RECREDENTIALED, REORDERED = Kind.RECREDENTIALED, Kind.REORDERED
ALL_KINDS: Final = frozenset({NARROWER, WIDER, RECREDENTIALED, REORDERED})

MODELS: Final = frozenset({"model", "unknown", "closed"})
LISTS: Final = MODELS | {"list"}
NAMED: Final = LISTS | {"name"}
DOUBT: Final = frozenset({WIDER, RECREDENTIALED, REORDERED})
"""What may be where a policy names two servers by one id, and nobody knows which of them answered."""

CHOICES: Final = frozenset({"list", "auto"})
"""Requests that leave a choice to the gateway."""

DECISIVE: Final = ("provider", "other", "name", "renamed", "model", "models", "alias", "real")
"""The facts of findings that decide what they are about."""

About = Callable[[Any, Difference], bool]


def _anything(_: Any, __: Difference) -> bool:
    return True


def _provider(found: Any, difference: Difference) -> bool:
    """About one provider, by the id it has now or had before, or by its place in the policy."""
    subject = difference.subject
    named = {str(name).lower() for name in (subject.provider, subject.now)}
    return found.provider.lower() in named or _there(found, difference)


def _shared(found: Any, difference: Difference) -> bool:
    """About a request that names one of two providers, or what both were called."""
    held = {found.provider.lower(), found.other.lower(), *found.name.split(", ")}
    subject = difference.subject
    names = (*difference.request.names, f"{subject.provider}:", f"{subject.now}:")
    return any(name.partition(":")[0].lower() in held for name in names if ":" in name)


def _supplied(found: Any, difference: Difference) -> bool:
    """About one provider for which somebody chose to supply a key that clients had to bring."""
    return found.decided and _provider(found, difference)


def _named_alike(found: Any, difference: Difference) -> bool:
    """About a request for a model by a name that another one had, too; with or without its provider."""
    names = {name.lower() for name in difference.request.names}
    return any(one == found.name or one.partition(":")[2] == found.name for one in names)


def _called(found: Any, difference: Difference) -> bool:
    """About a request for the very name of a model."""
    return any(name.partition(":")[2] == found.model for name in difference.request.names)


def _renamed(found: Any, difference: Difference) -> bool:
    return _provider(found, difference) or found.renamed == difference.subject.now


def _model(found: Any, difference: Difference) -> bool:
    """About one model, by any spelling with or without provider and author."""
    named = difference.subject.model
    return named is not None and _plain(named) in {_plain(one) for one in _words(found)}


def _words(found: Any) -> list[str]:
    held = [getattr(found, name, "") for name in ("model", "models", "alias", "real")]
    return [word for text in held for word in str(text).split(", ") if word]


def _plain(name: str) -> str:
    return name.rpartition("/")[2].rpartition(":")[2].lower()


def _is_retired(_: Any, difference: Difference) -> bool:
    """About any model that today's catalogue has no more, or an alternate name that now stands for none."""
    return GONE in difference.new.answers or (
        difference.subject.aspect == "name" and UNKNOWN_MODEL in difference.new.answers
    )


def _alias(found: Any, difference: Difference) -> bool:
    """About one name: a model's, or a provider's with a colon behind it."""
    alias = str(found.alias).lower()
    named = (difference.subject.model or "").lower()
    return named.rstrip(":") == alias


def _several_keys(_: Any, difference: Difference) -> bool:
    """About a provider whose keys a strategy chose from."""
    tried = [attempt for answer in difference.old.answers for attempt in getattr(answer, "attempts", ())]
    return len({attempt.credential for attempt in tried}) > 1


def _takes_over(_: Any, difference: Difference) -> bool:
    """About what ran once every attempt had failed."""
    return any(getattr(answer, "then", None) is not None for answer in difference.old.answers)


def _there(found: Any, difference: Difference) -> bool:
    """About what stands at the finding's place."""
    return found.at is not None and any(
        at.path == found.at.path and at.span.line <= found.at.span.line <= at.span.end_line
        for at in difference.sources
    )


class Says(Struct, frozen=True):
    """What a class of findings announces."""

    kinds: frozenset[Kind]
    about: About = _anything
    aspects: frozenset[str] = MODELS
    perhaps: frozenset[Kind] = frozenset()

    def is_of(self, difference: Difference) -> bool:
        """Whether a difference is of one of its kinds."""
        doubtful = difference.certainty != "certain" or not difference.old.certain
        return difference.kind in self.kinds or (doubtful and difference.kind in self.perhaps)


def _says(
    *kinds: Kind, about: About = _anything, aspects: Iterable[str] = MODELS, perhaps: Iterable[Kind] = ()
) -> Says:
    return Says(frozenset(kinds), about, frozenset(aspects), frozenset(perhaps))


ANNOUNCES: Final[Mapping[type[Finding], tuple[Says, ...]]] = {
    # Names
    providers.ProviderAliasLost: (_says(NARROWER, about=_alias, aspects={"name"}),),
    providers.ModelAliasLost: (_says(NARROWER, about=_alias, aspects={"name"}),),
    providers.ModelRenamed: (_says(NARROWER, about=_model, aspects={"name"}),),
    providers.BareModelName: (_says(NARROWER, about=_provider, aspects={"name"}),),
    strategies.OldNamesStop: (_says(NARROWER, aspects={"name"}),),
    # Providers that exist no longer, or elsewhere
    providers.ProviderWithoutUrl: (_says(NARROWER, about=_provider, aspects=NAMED, perhaps=DOUBT),),
    providers.ProviderIdTaken: (_says(NARROWER, about=_renamed, aspects=NAMED, perhaps=DOUBT),),
    providers.BaseUrlRefused: (_says(NARROWER, about=_provider, aspects=NAMED, perhaps=DOUBT),),
    providers.BaseUrlNotConstant: (_says(NARROWER, about=_provider, aspects=NAMED, perhaps=DOUBT),),
    providers.BaseUrlDropped: (
        _says(RECREDENTIALED, WIDER, NARROWER, about=_provider, aspects=NAMED, perhaps={REORDERED}),
    ),
    keys.ProviderAgain: (_says(NARROWER, about=_provider, aspects=NAMED, perhaps=DOUBT),),
    providers.ProviderNameShared: (
        _says(*ALL_KINDS, about=_shared, aspects=NAMED | {"given"}),
        _says(aspects={"auto"}, perhaps=ALL_KINDS),
        _says(NARROWER, about=_shared, aspects={"advice"}),
    ),
    providers.ModelNameShared: (_says(*ALL_KINDS, about=_named_alike, aspects=NAMED | {"advice", "given"}),),
    merge.ModelNameTaken: (_says(NARROWER, WIDER, REORDERED, about=_named_alike, aspects=NAMED),),
    merge.OthersModelName: (_says(NARROWER, about=_provider, aspects={"given"}),),
    merge.PrimaryModelRefused: (_says(NARROWER, aspects={"list"}),),
    merge.SurfacesTogether: (_says(WIDER, about=_provider, aspects=LISTS | {"auto", "name"}),),
    merge.ProviderCollision: (_says(NARROWER, about=_renamed, aspects={"name"}),),
    merge.ProviderRenamed: (_says(NARROWER, about=_renamed, aspects={"name"}),),
    # Models that the scope does not list
    providers.ScopeEnumerated: (_says(NARROWER),),
    providers.ModelRetired: (_says(NARROWER, about=_model, aspects=MODELS | {"list"}),),
    providers.ModelTwice: (
        _says(NARROWER, about=_provider),
        _says(about=_provider, aspects=NAMED, perhaps=DOUBT),
        _says(*DOUBT, about=_called, aspects=NAMED),
    ),
    providers.ProviderWithoutModels: (_says(NARROWER, about=_provider),),
    strategies.ScopeFromStrategies: (_says(NARROWER),),
    strategies.KeptModelsRetired: (_says(NARROWER, about=_model, aspects=MODELS | {"list"}),),
    strategies.ModelsRetired: (_says(NARROWER, about=_is_retired, aspects=NAMED),),
    # Strategies
    strategies.StrategyNotEvaluated: (_says(WIDER, perhaps={REORDERED}, aspects=MODELS | CHOICES),),
    strategies.StrategyNeedsLiveData: (_says(WIDER, perhaps={REORDERED}, aspects=MODELS | CHOICES),),
    strategies.StrategiesRead: (_says(WIDER, REORDERED, aspects=MODELS | CHOICES),),
    strategies.StrategyNameUnknown: (_says(WIDER),),
    strategies.StrategyOrderLost: (_says(REORDERED, aspects=CHOICES),),
    strategies.AutomaticChoiceMoves: (_says(REORDERED, aspects={"auto"}),),
    strategies.KeySelectionLost: (
        _says(REORDERED, about=_several_keys, aspects=NAMED | {"auto"}, perhaps={RECREDENTIALED, NARROWER}),
    ),
    # Who pays
    keys.BuiltInWithoutKeys: (
        _says(RECREDENTIALED, NARROWER, about=_provider, aspects=NAMED, perhaps={WIDER}),
        _says(WIDER, about=_supplied, aspects=NAMED),
    ),
    keys.KeyNeeded: (
        _says(NARROWER, RECREDENTIALED, about=_provider, aspects=NAMED, perhaps={WIDER}),
        _says(WIDER, about=_supplied, aspects=NAMED),
    ),
    keys.CustomWithoutKeys: (_says(NARROWER, RECREDENTIALED, about=_provider, aspects=NAMED),),
    keys.KeyNotConstant: (_says(NARROWER, RECREDENTIALED, about=_provider, aspects=NAMED),),
    keys.OtherProviders: (_says(NARROWER, aspects=LISTS),),
    keys.OtherProvidersOpen: (_says(WIDER, RECREDENTIALED, NARROWER, aspects=NAMED),),
    keys.CreditsPay: (_says(RECREDENTIALED, NARROWER, aspects=NAMED, perhaps={WIDER}),),
    gateway_keys.AttachedKeysCarried: (_says(NARROWER, about=_provider, aspects={"name"}),),
    gateway_keys.AttachedKeyUnused: (_says(NARROWER, RECREDENTIALED, about=_provider, aspects=NAMED),),
    requests.AuthenticationHeaderLost: (_says(NARROWER, RECREDENTIALED),),
    requests.CredentialQueryLost: (_says(NARROWER, RECREDENTIALED),),
    # The rest of the policy
    requests.OnErrorContinue: (_says(NARROWER, about=_takes_over, aspects=MODELS | CHOICES | {"name"}),),
    protection.BranchVanishes: (_says(WIDER, aspects={"branch"}),),
    protection.SecondClientCheck: (_says(WIDER, aspects={"branch"}),),
    policy.Unreachable: (_says(WIDER, aspects=NAMED | {"auto", "branch", "given"}),),
    policy.BadValue: (
        _says(NARROWER, about=_there, aspects=MODELS | {"name"}),
        # An alternate name of what is left out is passed on now.
        _says(WIDER, about=_there, aspects={"list"}),
    ),
}
"""By class of finding what it announces. Every class with one of these effects is here, or in ``OUTSIDE``."""

_PLACES: Final = {told: place for place, told in enumerate(ANNOUNCES)}
_GENERAL: Final = frozenset(
    told for told, says in ANNOUNCES.items() if all(one.about is _anything for one in says)
)

OUTSIDE: Final[frozenset[type[Finding]]] = frozenset(
    {
        gateway_keys.AttachedKeyUnused,  # the policy may have kept the client from the provider
        keys.ManagedFallback,  # what happens after a failure
        link.KeyWithoutGateway,  # a client of no unit
        output.AppBehindIsReached,  # the endpoint that stays behind
        policy.MissingId,
        providers.ParamsOfBuiltIn,  # what a request's body may hold
        requests.BodyOverrideLost,
        requests.AuthenticationHeaderLost,  # a header beside a key: whether the provider needs it is not known
        requests.CredentialQueryLost,
        requests.OnErrorContinue,  # a refusal in other words is none
        verify.WiderThanBefore,  # what the comparison itself found
    }
)
"""Findings whose effect nothing need witness."""

NO_CONSENT: Final[frozenset[type[Finding]]] = frozenset({policy.Unreachable})
"""Findings whose answered decision does not accept what gets wider by it: that takes a reason."""

_PROVIDERS: Final = ("provider", "renamed")
_WITNESSED: Final = frozenset({Effect.NARROWER, Effect.WIDER, Effect.RECREDENTIALED, Effect.REORDERED})


def providers_named(findings: Iterable[Finding]) -> frozenset[str]:
    """The providers that findings are about, in lower case."""
    told = (getattr(one, name, "") for one in findings if type(one) in ANNOUNCES for name in _PROVIDERS)
    return frozenset(name.lower() for name in told if name)


def claiming(findings: Iterable[Finding]) -> list[Finding]:
    """Those that tell a difference, or claim one: all that the comparison looks at."""
    return [one for one in findings if type(one) in ANNOUNCES or _is_claim(one)]


def _is_claim(finding: Finding) -> bool:
    return finding.effect in _WITNESSED and type(finding) not in OUTSIDE


def announced(
    found: Sequence[Difference], findings: Sequence[Finding]
) -> tuple[tuple[Difference, ...], tuple[Finding, ...]]:
    """Each difference with the finding that told it, and the findings that claim what no difference shows."""
    telling = _Telling(findings)
    used: set[int] = set()
    told: list[Difference] = []
    made: dict[int, Announcement] = {}  # the same for all that a finding told
    for difference in found:
        said = telling.about(difference)
        if not said:
            told.append(difference)
            continue
        used.update(map(id, said))
        best = said[0]
        if id(best) not in made:
            made[id(best)] = announcement(best)
        told.append(replace(difference, announced=made[id(best)]))
    idle = [finding for finding in findings if _is_claim(finding) and id(finding) not in used]
    return tuple(told), tuple(idle)


class _Telling:
    """What findings say, found by the aspect of a request, and by its provider or place where they are about one.

    A configuration may have thousands of providers, and a finding about each of them.
    """

    def __init__(self, findings: Iterable[Finding]) -> None:
        self._said: list[tuple[Finding, Says]] = []
        self._of_aspect: dict[str, list[int]] = {}
        self._of_provider: dict[tuple[str, str], list[int]] = {}
        self._at_line: dict[tuple[str, str, int], list[int]] = {}
        self._fitting: dict[object, list[tuple[Finding, About]]] = {}
        for finding in findings:
            for one in ANNOUNCES.get(type(finding), ()):
                for aspect in one.aspects:
                    self._enter(len(self._said), finding, one, aspect)
                self._said.append((finding, one))

    def _enter(self, number: int, finding: Finding, one: Says, aspect: str) -> None:
        if one.about is not _provider:
            self._of_aspect.setdefault(aspect, []).append(number)
            return
        named = str(getattr(finding, "provider", "")).lower()
        self._of_provider.setdefault((aspect, named), []).append(number)
        if finding.at is not None:
            place = (aspect, finding.at.path, finding.at.span.line)
            self._at_line.setdefault(place, []).append(number)

    def about(self, difference: Difference) -> list[Finding]:
        """Whatever tells it, what fits best first."""
        kind, certainty, is_known = difference.kind, difference.certainty, difference.old.certain
        alike = kind, certainty, is_known, difference.subject.aspect, self._near(difference)
        if alike not in self._fitting:
            self._fitting[alike] = self._tellers(difference)
        return [finding for finding, about in self._fitting[alike] if about(finding, difference)]

    def _tellers(self, difference: Difference) -> list[tuple[Finding, About]]:
        """The findings that tell such differences, with what has still to be asked of each."""
        general = self._of_aspect.get(difference.subject.aspect, ())
        held = [self._said[number] for number in sorted({*general, *self._near(difference)})]
        found = [
            (finding, _anything if one.about is _provider else one.about)  # it is near, so it is about that
            for finding, one in held
            if one.is_of(difference)
        ]
        return sorted(found, key=lambda one: _fit(one[0], difference))

    def _near(self, difference: Difference) -> frozenset[int]:
        """What is said about its provider, or stands where its lines are."""
        if not self._of_provider:
            return frozenset()
        subject = difference.subject
        numbers: set[int] = set()
        for name in {str(subject.provider).lower(), str(subject.now).lower()}:
            numbers.update(self._of_provider.get((subject.aspect, name), ()))
        for at in difference.sources if self._at_line else ():
            for line in range(at.span.line, at.span.end_line + 1):
                numbers.update(self._at_line.get((subject.aspect, at.path, line), ()))
        return frozenset(numbers)


def _fit(finding: Finding, difference: Difference) -> tuple[bool, bool, int]:
    """The finding that says exactly this comes first, then what is about this alone, then the rest."""
    told = type(finding)
    return (finding.effect.value != difference.kind.value, told in _GENERAL, _PLACES[told])


def announcement(finding: Finding) -> Announcement:
    return Announcement(finding, finding.decided and type(finding) not in NO_CONSENT)
