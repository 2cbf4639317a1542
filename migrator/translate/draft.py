"""What the passes of one unit share while they build its part of the desired state."""

from __future__ import annotations

from functools import cached_property

from msgspec import Struct, field
from msgspec.structs import replace

from migrator.catalog import CatalogProvider, Catalogs
from migrator.findings.base import Finding
from migrator.gateway.candidates import Candidates, candidates
from migrator.gateway.model import ApiKey, Gateway, Model, Provider
from migrator.policy.coverage import Ledger
from migrator.policy.origin import Field
from migrator.sources.model import Unit
from migrator.spans import Location
from migrator.target.state import AccessKey, Dimension, ProviderKey, Rule, Surface
from migrator.target.state import Model as TargetModel
from migrator.target.state import Provider as TargetProvider
from migrator.translate.decide import Question, decide
from migrator.translate.model import Advice, Decision, SettingClaim, TranslateOptions


class Planned(Struct, eq=False):
    """A configured provider on its way: what it is called now and whether it can be offered.

    ``built_in`` is the catalogue's entry for a built-in provider, None for a custom one.
    ``usable`` is False for providers that cannot exist or were disabled.
    """

    id: str
    sources: list[Provider]
    built_in: CatalogProvider | None
    usable: bool = True
    base_url: str = ""
    models: list[TargetModel] = field(default_factory=list)
    surfaces: list[Surface] = field(default_factory=list)

    @property
    def source(self) -> Provider:
        return self.sources[0]

    @property
    def keys(self) -> list[ApiKey]:
        return [key for source in self.sources for key in source.keys]

    @property
    def configured_models(self) -> list[Model]:
        return [model for source in self.sources for model in source.models]

    @property
    def is_disabled(self) -> bool:
        return any(source.is_disabled for source in self.sources)


class OwnRules(Struct, frozen=True, eq=False):
    """What is different for the client of one old key: its routing rules, and the providers they add."""

    name: str
    rules: tuple[Rule, ...]
    further: tuple[str, ...]
    origins: tuple[Location, ...]


class Draft(Struct, eq=False, dict=True):
    """One unit in the making."""

    unit: Unit
    gateway: Gateway
    catalogs: Catalogs
    options: TranslateOptions
    ledger: Ledger
    findings: list[Finding] = field(default_factory=list)
    decisions: list[Decision] = field(default_factory=list)
    asked: list[Question] = field(default_factory=list)
    planned: list[Planned] = field(default_factory=list)
    providers: list[TargetProvider] = field(default_factory=list)
    provider_keys: dict[str, ProviderKey] = field(default_factory=dict)
    scope_providers: Dimension | None = None
    scope_models: Dimension | None = None
    rules: list[Rule] = field(default_factory=list)
    own_rules: dict[str, OwnRules] = field(default_factory=dict)
    """By the id of an old key that had provider keys of its own."""
    access_keys: list[AccessKey] = field(default_factory=list)
    settings: list[SettingClaim] = field(default_factory=list)
    advice: Advice = field(default_factory=Advice)
    consumed: set[int] = field(default_factory=set)
    """``id()`` of the rules and actions that the client checks account for."""
    refused: bool = False
    """No configuration may be issued: the action could never run."""

    @cached_property
    def candidates(self) -> Candidates:
        """What the gateway's strategies chose from."""
        return candidates(self.gateway, self.catalogs)

    def add(self, found: Finding) -> None:
        self.findings.append(found)

    def ask(self, question: Question) -> Decision:
        """Put a question about this unit."""
        again = sum(
            1 for made in self.asked if (made.kind, made.subject) == (question.kind, question.subject)
        )
        self.asked.append(question)
        if again:
            question = replace(question, subject=f"{question.subject}:{again + 1}")
        decision = decide(question, self.unit.id, self.options)
        self.decisions.append(decision)
        return decision

    def usable(self) -> list[Planned]:
        return [planned for planned in self.planned if planned.usable]

    @property
    def action(self) -> Field:
        return self.unit.action.field
