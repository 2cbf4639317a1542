"""Stage ``link``: references across the files of a run, and the units they make.

A unit's id is that of what clients call (see ``migrator.sources.identity``), plus the number of the branch
where several gateway actions can be reached from there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from msgspec.structs import replace

from migrator.findings.base import Finding
from migrator.findings.link import EndpointTwice, ForwardFollowed, ForwardNotFollowed, PolicyCopied
from migrator.findings.policy import PolicyDisabled, SeveralGateways
from migrator.naming import digest, shorten
from migrator.secrets import has_mask
from migrator.sources.attachments import Attachment, Parts, attachments, same_policy
from migrator.sources.identity import identity
from migrator.sources.keys import cut_short, known_secrets, with_keys
from migrator.sources.model import FileRead, Linked, Unit
from migrator.sources.routes import Route, computed, may_refuse, routes
from migrator.spans import Location
from migrator.tree.nodes import Scalar, leaves, to_python

_PART_LIMIT: Final = 80
"""Of what a title says of the requests that a unit was for."""


def link(files: Iterable[FileRead]) -> Linked:
    """Form the units of a run. Deterministic: files are taken in order of their paths."""
    given = list(files)
    ordered = sorted(map(Parts(given).settled, given), key=lambda file: file.path)
    findings: list[Finding] = []
    units: dict[str, Unit] = {}
    attached = list(attachments(ordered, findings))
    for start, found in routes(attached):
        for unit in _units(start, found, findings):
            _place(unit, units, findings)
    findings.extend(_not_followed(attached, units.values()))
    findings.extend(cut_short(ordered))
    keyed = tuple(with_keys((units[key] for key in sorted(units)), ordered, findings))
    policies = [found for file in ordered for found in file.policies]
    disabled = tuple(found for found in policies if found.policy.gateways() and not found.policy.enabled)
    findings.extend(PolicyDisabled(**found.policy.root.place) for found in disabled)
    return Linked(keyed, tuple(findings), tuple(ordered), disabled, known_secrets(ordered))


def _units(start: Attachment, found: list[Route], findings: list[Finding]) -> Iterator[Unit]:
    """The units of what clients reach from one endpoint."""
    base, title = identity(start.found, start.endpoint)
    told: set[int] = set()
    for number, route in enumerate(found, start=1):
        several = len(found) > 1
        unit = f"{base}--{number}" if several else base
        policy = route.gateway.found.policy
        own = policy.gateways()
        if len(own) > 1 and id(policy) not in told:
            told.add(id(policy))
            findings.append(SeveralGateways(**own[0][1].field.place, unit=unit, count=len(own)))
        if route.forwards:
            passed = ", ".join(_spot(forward.action.field.location) for forward in route.forwards)
            findings.append(ForwardFollowed(**route.action.field.place, unit=unit, place=passed))
        yield Unit(
            id=unit,
            title=f"{title} ({number})" if several else title,
            found=route.gateway.found,
            policy=route.policy,
            rule=route.rule,
            action=route.action,
            endpoint=start.endpoint,
            holder=route.gateway.endpoint,
            sources=route.sources,
            branch=route.rule.condition if route.rule.expressions else None,
            siblings=tuple(pair for pair in route.policy.gateways() if pair[1] is not route.action),
            forwards=route.forwards,
            fronts=route.fronts,
        )


def _not_followed(attached: list[Attachment], units: Iterable[Unit]) -> Iterator[Finding]:
    """Ways to gateways that only requests tell, where something stands that could refuse them."""
    internal = sorted(
        {unit.holder.url or "" for unit in units if unit.holder is not None and unit.holder.is_internal}
    )
    policies = {id(one.found): one.found.policy for one in attached}
    for policy in policies.values():
        for way in computed(policy) if policy.enabled and internal else ():
            gateways = [url for url in internal if way.may_be(url)]
            if gateways and way.refusing:
                place, refusing = way.action.field.place, ", ".join(way.refusing)
                yield ForwardNotFollowed(**place, refusing=refusing, gateways=", ".join(gateways))


def _place(unit: Unit, units: dict[str, Unit], findings: list[Finding]) -> None:
    """Add a unit; the same policy again becomes a further source, another one a unit of its own."""
    known = units.get(unit.id)
    if known is None:
        units[unit.id] = unit
        return
    if _same(known, unit):
        copies = known.copies
        if known.policies != unit.policies:
            copies = (*copies, unit)
            findings.append(
                PolicyCopied(
                    **unit.action.field.place, unit=unit.id, other=_spot(known.action.field.location)
                )
            )
        sources = tuple(dict.fromkeys((*known.sources, *unit.sources)))
        units[unit.id] = replace(known, sources=sources, copies=copies)
        return
    own, made = (unit, known) if _is_made(known) else (known, unit)
    if _is_made(made) and not _is_made(own) and _repeats(made, own):
        first = _spot(own.action.field.location)
        findings.append(PolicyCopied(**made.action.field.place, unit=unit.id, other=first))
        sources = tuple(dict.fromkeys((*own.sources, *made.sources)))
        units[unit.id] = replace(own, sources=sources)
        return
    apart = f"{unit.id}..{digest('place', unit.found.stem, unit.sources[0].pointer, str(unit.sources[0].document))}"
    if unit.endpoint is not None and _are_parts(known, unit):
        part = unit.endpoint.condition or unit.found.stem
        units[apart] = replace(unit, id=apart, title=f"{unit.title} ({shorten(part, _PART_LIMIT)})")
        return
    other = known.action.field.location
    findings.append(
        EndpointTwice(**unit.action.field.place, unit=apart, endpoint=unit.title, other=_spot(other))
    )
    units[apart] = replace(unit, id=apart, title=f"{unit.title} ({unit.found.stem})")


def _are_parts(one: Unit, other: Unit) -> bool:
    """Whether both can be in force at one address: each for other requests to it."""
    ends = one.endpoint, other.endpoint
    if ends[0] is None or ends[1] is None or ends[0].condition == ends[1].condition:
        return False
    return ends[0].at == ends[1].at or None not in (ends[0].condition, ends[1].condition)


def _is_made(unit: Unit) -> bool:
    """Whether the operator made what clients call of objects that may be among the inputs."""
    return unit.endpoint is not None and unit.endpoint.is_made


def _repeats(made: Unit, own: Unit) -> bool:
    """Whether all that a request meets up to the action, and could be refused by, is in the other unit as well."""
    actions = [to_python(action.field.node) for rule in own.policy.rules for action in rule.actions]
    for action in (action for rule in made.policy.rules for action in rule.actions):
        if action is made.action or may_refuse(action):
            node = action.field.node
            is_masked = any(isinstance(leaf, Scalar) and has_mask(leaf.text) for leaf in leaves(node))
            if is_masked or to_python(node) not in actions:
                return False
        if action is made.action:
            break
    return True


def _same(one: Unit, other: Unit) -> bool:
    """Whether the policies of two units say the same."""
    pairs = zip(one.policies, other.policies, strict=False)
    return len(one.policies) == len(other.policies) and all(same_policy(*pair) for pair in pairs)


def _spot(location: Location) -> str:
    return f"{location.path}:{location.span.line}"
