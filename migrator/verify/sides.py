"""From a unit to the old gateway that it was: its configuration, and what of its policy decides about it."""

from __future__ import annotations

from migrator.catalog import Catalogs
from migrator.policy.parse import Action
from migrator.sources.model import Unit
from migrator.verify.configured import configured
from migrator.verify.old import Around, OldGateway

_ENDS = frozenset({"close-connection", "custom-response", "deny", "forward-internal"})
"""Actions behind which nothing runs."""


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
    return not any(always and (action.type in _ENDS or action.is_gateway) for always, action in front(unit))


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
