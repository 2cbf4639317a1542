"""What translating one unit takes and gives. All of it can be pickled."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Literal

from msgspec import Struct, field

from migrator.findings.base import Finding
from migrator.findings.rulings import ANY
from migrator.policy.coverage import Outcome
from migrator.policy.origin import LeafKey
from migrator.spans import Location
from migrator.target.spelling import ModelIds
from migrator.target.state import AccessKey, Configuration, Provider, ProviderKey

DEFAULT_MIGRATION = "default"


class Name(Struct, frozen=True):
    """A recorded name, and where in the decisions file it stands."""

    text: str
    at: Location | None = None


class Names(Struct, frozen=True):
    """What objects are to be called: by ``member/ref`` their names, by id the ids of custom providers."""

    objects: Mapping[str, Name] = field(default_factory=dict)
    provider_ids: Mapping[str, Name] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.objects or self.provider_ids)


class TranslateOptions(Struct, frozen=True, dict=True):
    """What the user may choose. ``decisions`` maps a decision's id, or a pattern of ids, to an option."""

    migration: str = DEFAULT_MIGRATION
    model_ids: ModelIds = ModelIds.QUALIFIED
    decisions: Mapping[str, str] = field(default_factory=dict)
    reasons: Mapping[str, Reason] = field(default_factory=dict)
    """Why, by the id or the pattern of an answer."""
    names: Names = field(default_factory=Names)

    @cached_property
    def patterns(self) -> tuple[str, ...]:
        """The answers that are patterns, in their order."""
        return tuple(answer for answer in self.decisions if ANY in answer)


class Reason(Struct, frozen=True):
    """What a recorded answer says beside its option, and where in the decisions file it stands."""

    reason: str | None = None
    by: str | None = None
    at: Location | None = None


class Decision(Struct, frozen=True, gc=False):
    """Something the tool must not guess: the options, the safe default, and what was chosen by whom."""

    id: str
    unit: str | None
    code: str
    question: str
    options: tuple[str, ...]
    default: str
    chosen: str
    by: Literal["default", "config"]
    pattern: str | None = None
    reason: str | None = None
    """Why it was chosen, and by whom, where the answer says so."""
    approver: str | None = None

    @property
    def is_open(self) -> bool:
        return self.by == "default"


class SettingClaim(Struct, frozen=True):
    """A limit of one unit that would become an account setting. ``amount`` compares equal values."""

    member: str
    value: str | int
    amount: int
    at: Location
    pointer: str
    leaf: LeafKey


class Fragment(Struct, frozen=True, gc=False):
    """The part of the desired state that one unit asks for, before the run is merged."""

    providers: tuple[Provider, ...] = ()
    provider_keys: tuple[ProviderKey, ...] = ()
    configuration: Configuration | None = None
    own_configurations: tuple[Configuration, ...] = ()
    """For clients whose old key had provider keys of its own: the unit's configuration, with these."""
    access_keys: tuple[AccessKey, ...] = ()
    settings: tuple[SettingClaim, ...] = ()

    @property
    def configurations(self) -> tuple[Configuration, ...]:
        """Every configuration; none where nothing is issued."""
        return () if self.configuration is None else (self.configuration, *self.own_configurations)


class Advice(Struct, frozen=True):
    """What clients of one unit have to change in their requests.

    ``model`` and ``models`` are what to send where the policy's strategies chose, None and empty where
    they did not. ``renames`` maps a name that stops working to the one to send; one with a colon at its
    end is a provider's, in front of any model. ``retired`` are names for which there is none.
    """

    model: str | None = None
    models: tuple[str, ...] = ()
    renames: Mapping[str, str] = field(default_factory=dict)
    retired: tuple[str, ...] = ()

    def respelled(self, spell: Callable[[str], str], stopped: Mapping[str, str]) -> Advice:
        """The same where what clients send is spelled otherwise, by which more names have ``stopped`` working."""
        renames = {old: spell(now) for old, now in self.renames.items()}
        for old, now in stopped.items():
            renames.setdefault(old, now)
        return Advice(
            None if self.model is None else spell(self.model),
            tuple(dict.fromkeys(map(spell, self.models))),
            renames,
            tuple(map(spell, self.retired)),
        )


class UnitResult(Struct, frozen=True):
    """One unit, translated."""

    unit: str
    fragment: Fragment
    findings: tuple[Finding, ...] = ()
    decisions: tuple[Decision, ...] = ()
    coverage: Mapping[LeafKey, Outcome] = field(default_factory=dict)
    advice: Advice = field(default_factory=Advice)
    copies: tuple[Fragment, ...] = ()
    """What the same policy at other places asks for: the same, from there."""

    @property
    def fragments(self) -> tuple[Fragment, ...]:
        return (self.fragment, *self.copies)
