"""What a unit is at ngrok.ai, as a flow: access keys, their configuration, its rules with steps and keys."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from migrator.findings.base import Effect
from migrator.merge.model import Migration, UnitSummary
from migrator.report.page.marks import WORDS, NewMarks, Numbered, Place
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
from migrator.verify.model import Difference

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


class Objects(Struct, frozen=True):
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


def new_flows(
    summary: UnitSummary,
    before: Flow,
    objects: Objects,
    migration: Migration,
    numbers: Mapping[str, Numbered],
) -> list[Flow]:
    """The unit after the migration: a flow for its configuration, and for each of single clients.

    What ``before`` shows to be lost has its empty place here; ``numbers`` are the page's findings by fingerprint.
    """
    marks = NewMarks(_shown(summary, migration), numbers)
    lost = tuple(
        replace(box, sub="nothing in its place")
        for box in (*before.gates, *before.centre)
        if box.mark is not None and box.mark.word == WORDS[Effect.LOST_PROTECTION]
    )
    by_configuration = list(objects.keys_of(summary).items())
    if not by_configuration:
        nothing = (Box("no access key", "nothing is issued"),)
        return [Flow("After", _HEADS, (Box("Clients", "not served"),), (*nothing, *lost), (), ())]
    flows: list[Flow] = []
    for ref, keys in by_configuration[:_LANES]:
        title = "After" if not flows else "After, for single clients"
        made = _flow(title, objects.configurations[ref], keys, objects, migration, marks)
        gone = tuple(_gone(before, made, objects.configurations[ref]))
        flows.append(replace(made, gates=(*made.gates, *lost), branches=(*made.branches, *gone)))
    if len(by_configuration) > _LANES:
        more = Box(f"and {len(by_configuration) - _LANES} more", "configurations")
        flows.append(Flow("After, for further clients", _HEADS, (), (), (more,), ()))
    return flows


def _shown(summary: UnitSummary, migration: Migration) -> Iterator[tuple[Place, Difference]]:
    """The differences of the unit's verdict by the places of the manifest that make them."""
    state = migration.state
    refs = {
        "accessKeyConfigurations": [one.ref for one in state.configurations],
        "providers": [one.ref for one in state.providers],
    }
    for one in summary.verdict.differences if summary.verdict is not None else ():
        for pointer in one.outputs:
            _, member, index, *rest = pointer.split("/")
            if member in refs:
                yield (member, refs[member][int(index)], "".join(f"/{step}" for step in rest)), one


def _gone(before: Flow, after: Flow, made: Configuration) -> Iterator[Branch]:
    """Providers that a finding tells of, and that the configuration neither has a rule for nor lets in."""
    there = {branch.rule.label for branch in after.branches}
    for branch in before.branches:
        provider = branch.rule.label
        if branch.rule.mark is None or provider in there or made.providers is None:
            continue
        if provider not in made.providers.allow:
            yield Branch(replace(branch.rule, sub="not carried over"), (), Box(provider, "not reached"))


def _flow(
    title: str,
    made: Configuration,
    keys: list[AccessKey],
    objects: Objects,
    migration: Migration,
    marks: NewMarks,
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
            Box(made.name, "configuration", marks.of(made.member, made.ref)),
            _access("providers", made, made.providers, marks),
            _access("models", made, made.models, marks),
            *limited(shared, "account settings"),
        ),
        limited_branches(
            [_branch(rule, place, made, objects, marks) for place, rule in enumerate(made.rules)]
        )
        or tuple(_unruled(made.providers, objects, marks)),
    )


def _access(what: str, made: Configuration, dimension: Dimension | None, marks: NewMarks) -> Box:
    mark = marks.of(made.member, made.ref, f"/body/access/{what}")
    if dimension is None:
        return Box(f"every {what[:-1]}", "access", mark)
    named = ", ".join(dimension.allow[:_NAMED])
    more = f" and {len(dimension.allow) - _NAMED} more" if len(dimension.allow) > _NAMED else ""
    return Box(
        f"{len(dimension.allow)} {what if len(dimension.allow) != 1 else what[:-1]}", named + more, mark
    )


def _unruled(providers: Dimension | None, objects: Objects, marks: NewMarks) -> Iterator[Branch]:
    """Providers that are allowed and have no rule: nobody's credential is named for them."""
    for name in (providers.allow if providers is not None else ())[:_NAMED]:
        yield Branch(Box(name, "no rule"), (), _provider(name, objects, marks))


def _branch(rule: Rule, place: int, made: Configuration, objects: Objects, marks: NewMarks) -> Branch:
    steps = tuple(_step(position, step, objects) for position, step in enumerate(rule.steps, 1))
    mark = marks.of(made.member, made.ref, f"/body/router/rules/{place}")
    box = Box(rule.provider, number(len(rule.steps), "step"), mark)
    return Branch(box, steps, _provider(rule.provider, objects, marks))


def _step(position: int, step: Step, objects: Objects) -> tuple[Box, tuple[Box, ...]]:
    if step.type == "ngrok":
        return Box(f"{position}. ngrok", "ngrok.ai inference"), (Box("ngrok credits", "your account pays"),)
    keys = (objects.provider_keys.get(key.ref) for key in step.keys)
    boxes = (Box(key.name, f"${key.value.env}") for key in keys if key is not None)
    return Box(f"{position}. own keys", "in order"), limited(boxes, "keys")


def _provider(name: str, objects: Objects, marks: NewMarks) -> Box:
    custom = objects.providers.get(name)
    if custom is None:
        return Box(name, "built-in provider")
    return Box(name, custom.base_url, marks.of(custom.member, custom.ref))
