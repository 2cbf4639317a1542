"""One unit on both sides: the old gateway that it was, by its configuration and its policy, and its access keys at the new one."""

from __future__ import annotations

from functools import cached_property
from typing import NamedTuple

from msgspec import Struct, field

from migrator.catalog import Catalogs
from migrator.policy.parse import Action
from migrator.sources.model import Unit
from migrator.verify.callers import Caller, callers
from migrator.verify.configured import configured
from migrator.verify.model import Certainty, Kind, Outcome, Sends
from migrator.verify.new import NewGateway
from migrator.verify.old import Around, OldGateway
from migrator.verify.space import Spelling

_ENDS = frozenset({"close-connection", "custom-response", "deny", "forward-internal"})
"""As the conversion has it, said here once more: a mistake there is not to be repeated by what looks for it."""
"""Actions behind which nothing runs."""


class Told(NamedTuple):
    """One way in which the two answers to a request differ, with who shows it."""

    kind: Kind
    certainty: Certainty
    sends: Sends
    old: Outcome


class Pair(Struct, frozen=True, eq=False, dict=True):
    """One unit on both sides. ``keys`` are the refs of its access keys, ``advice`` what replaces ``ngrok/auto``.

    ``reading`` is how several strategies count, None where nobody decided.
    """

    unit: Unit
    reading: str | None
    new: NewGateway
    catalogs: Catalogs
    keys: tuple[str, ...]
    spelling: Spelling
    advice: tuple[str, ...] = ()
    known: dict[object, tuple[Told, ...]] = field(default_factory=dict)
    """What has been found out already of requests that many units answer alike."""

    @cached_property
    def old(self) -> OldGateway:
        return old_gateway(self.unit, self.catalogs, self.reading)

    @cached_property
    def callers(self) -> tuple[Caller, ...]:
        return tuple(callers(self.unit, self.keys))

    @cached_property
    def condition(self) -> str | None:
        """What else than a client's credential decided whether a request was the unit's; None for nothing."""
        unit = self.unit
        if unit.branch is not None:
            from migrator.verify.clients import decides_branch

            if not decides_branch(unit):
                return unit.branch
        if unit.endpoint is not None and unit.endpoint.condition is not None:
            return unit.endpoint.condition
        return next((f"{action.type} failed" for action in _tried_first(unit)), None)

    @property
    def elsewhere(self) -> str:
        """Why a request is not the unit's."""
        return f"not ({self.condition})"


def old_gateway(unit: Unit, catalogs: Catalogs, reading: str | None = None) -> OldGateway:
    """The unit as a function. ``reading`` is how several strategies count, None where nobody decided."""
    action = unit.action
    return OldGateway(
        configured(action.config, action.field, unit.found.stem, catalogs),
        catalogs,
        reading,
        around(unit),
    )


def around(unit: Unit) -> Around:
    """What the unit's rules do before and after its action."""
    return Around(_next(unit), _reachable(unit))


def front(unit: Unit) -> list[tuple[bool, Action]]:
    """(whether it always runs, action) of everything in front of the gateway, in order."""
    found: list[tuple[bool, Action]] = []
    for rule in unit.policy.rules:
        if rule.phase not in ("on_tcp_connect", "on_http_request"):
            continue
        for action in rule.actions:
            if action is unit.action:
                return found
            found.append((rule.is_unconditional, action))
    return found


def _reachable(unit: Unit) -> bool:
    return not any(
        always and (action.type in _ENDS or action.is_gateway) and not _goes_on(action)
        for always, action in front(unit)
    )


def _tried_first(unit: Unit) -> list[Action]:
    """What had every request before the gateway, which got those with which it failed."""
    ending = [action for always, action in front(unit) if always and _goes_on(action)]
    return [action for action in ending if action.type in _ENDS or action.is_gateway]


def _goes_on(action: Action) -> bool:
    on_error = action.config.get("on_error") if action.config is not None else None
    return on_error is not None and on_error.text == "continue"


def _next(unit: Unit) -> str | None:
    """The type of the action that runs after the gateway has given up."""
    passed = False
    for rule in unit.policy.rules:
        if rule.phase == "on_http_request":
            for action in rule.actions:
                if passed and action.type in _ENDS:
                    return action.type
                passed = passed or action is unit.action
    return None
