"""What a unit is at ngrok.ai, as a flow: access keys, their configuration, its rules with steps and keys."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from migrator.merge.model import Migration, UnitSummary
from migrator.report.page.picture import Box, Branch, Flow, limited, limited_branches
from migrator.report.tally import number
from migrator.target.state import (
    AccessKey,
    Configuration,
    DesiredState,
    Dimension,
    Provider,
    ProviderKey,
    Rule,
    Step,
)

_HEADS: Final = (
    "Clients",
    "Access keys",
    "Configuration",
    "Routing rules",
    "Steps",
    "Provider keys",
    "Providers",
)
_NAMED: Final = 3
_LANES: Final = 4
"""So many configurations of one unit are drawn: its own, and those of single clients."""


@dataclass(frozen=True)
class Objects:
    """The desired state by ref, for a run with many units."""

    configurations: Mapping[str, Configuration]
    access_keys: Mapping[str, AccessKey]
    provider_keys: Mapping[str, ProviderKey]
    providers: Mapping[str, Provider]
    """Custom providers by their ids."""

    @classmethod
    def of(cls, state: DesiredState) -> Objects:
        return cls(
            {one.ref: one for one in state.configurations},
            {one.ref: one for one in state.access_keys},
            {one.ref: one for one in state.provider_keys},
            {one.provider_id: one for one in state.providers},
        )

    def keys_of(self, summary: UnitSummary) -> dict[str, list[AccessKey]]:
        """The unit's access keys by the ref of their configuration, its own configuration first."""
        found: dict[str, list[AccessKey]] = {}
        if summary.configuration is not None:
            found[summary.configuration] = []
        for ref in summary.access_keys:
            if (key := self.access_keys.get(ref)) is not None:
                found.setdefault(key.configuration, []).append(key)
        return {ref: keys for ref, keys in found.items() if ref in self.configurations}

    def used(self, summary: UnitSummary) -> Iterator[tuple[str, str]]:
        """(member, ref) of every object that belongs to the unit."""
        for ref, keys in self.keys_of(summary).items():
            yield "accessKeyConfigurations", ref
            yield from (("accessKeys", key.ref) for key in keys)
            for rule in self.configurations[ref].rules:
                if rule.provider in self.providers:
                    yield "providers", self.providers[rule.provider].ref
                for step in rule.steps:
                    yield from (("providerKeys", key.ref) for key in step.keys)
            allowed = self.configurations[ref].providers
            for name in allowed.allow if allowed is not None else ():
                if name in self.providers:
                    yield "providers", self.providers[name].ref


def new_flows(summary: UnitSummary, objects: Objects, migration: Migration) -> list[Flow]:
    """The unit after the migration: a flow for its configuration, and for each of single clients."""
    by_configuration = list(objects.keys_of(summary).items())
    if not by_configuration:
        nothing = (Box("no access key", "nothing is issued"),)
        return [Flow("After", _HEADS, (Box("Clients", "not served"),), nothing, (), ())]
    flows: list[Flow] = []
    for ref, keys in by_configuration[:_LANES]:
        title = "After" if not flows else "After, for single clients"
        flows.append(_flow(title, objects.configurations[ref], keys, objects, migration))
    if len(by_configuration) > _LANES:
        more = Box(f"and {len(by_configuration) - _LANES} more", "configurations")
        flows.append(Flow("After, for further clients", _HEADS, (), (), (more,), ()))
    return flows


def _flow(
    title: str, made: Configuration, keys: list[AccessKey], objects: Objects, migration: Migration
) -> Flow:
    settings = migration.state.gateway_config
    shared = [
        Box(one.member, f"{one.value}, whole account") for one in (settings.settings if settings else ())
    ]
    return Flow(
        title,
        _HEADS,
        (Box("Clients", "gateway.ngrok.ai"),),
        limited((Box(key.name, "access key") for key in keys), "access keys")
        or (Box("no access key", "none is issued"),),
        (
            Box(made.name, "configuration"),
            _access("providers", made.providers),
            _access("models", made.models),
            *limited(shared, "account settings"),
        ),
        limited_branches([_branch(rule, objects) for rule in made.rules])
        or tuple(_unruled(made.providers, objects)),
    )


def _access(what: str, dimension: Dimension | None) -> Box:
    if dimension is None:
        return Box(f"every {what[:-1]}", "access")
    named = ", ".join(dimension.allow[:_NAMED])
    more = f" and {len(dimension.allow) - _NAMED} more" if len(dimension.allow) > _NAMED else ""
    return Box(f"{len(dimension.allow)} {what if len(dimension.allow) != 1 else what[:-1]}", named + more)


def _unruled(providers: Dimension | None, objects: Objects) -> Iterator[Branch]:
    """Providers that are allowed and have no rule: nobody's credential is named for them."""
    for name in (providers.allow if providers is not None else ())[:_NAMED]:
        yield Branch(Box(name, "no rule"), (), _provider(name, objects))


def _branch(rule: Rule, objects: Objects) -> Branch:
    steps = tuple(_step(position, step, objects) for position, step in enumerate(rule.steps, 1))
    return Branch(
        Box(rule.provider, number(len(rule.steps), "step")), steps, _provider(rule.provider, objects)
    )


def _step(position: int, step: Step, objects: Objects) -> tuple[Box, tuple[Box, ...]]:
    if step.type == "ngrok":
        return Box(f"{position}. ngrok", "ngrok.ai inference"), (Box("ngrok credits", "your account pays"),)
    keys = (objects.provider_keys.get(key.ref) for key in step.keys)
    boxes = (Box(key.name, f"${key.value.env}") for key in keys if key is not None)
    return Box(f"{position}. own keys", "in order"), limited(boxes, "keys")


def _provider(name: str, objects: Objects) -> Box:
    custom = objects.providers.get(name)
    return Box(name, custom.base_url if custom is not None else "built-in provider")
